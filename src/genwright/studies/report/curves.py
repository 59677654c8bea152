"""Plots of training curves of one or several runs: one plot a unit, so that nats meet nats only."""

from base64 import b64encode
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...measure.plots.figures import make_figure, png
from ...run.curves import Curve, curves_of, read_curves, read_metrics

# Okabe & Ito 2008, lighter on dark paper: told apart with any colour vision; the line style repeats the difference
COLOURS = {
    "light": ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"),
    "dark": ("#5EB0EF", "#FF9150", "#3ECF9F", "#E79AC7", "#FFC552", "#A8DCFF"),
}
STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
THEMES = {"light": ("#ffffff", "#1c2430", "#d5dae1"), "dark": ("#171c24", "#e6eaf0", "#3a4452")}  # paper, ink, grid
KEYS = 3  # names of curves in a line
SMOOTH = 25  # windows of the running median that a noisy training loss is shown with


def plots_of(runs: dict[str, Path]) -> list[dict]:
    """Plots the learning curves of runs, one plot for each unit, in both themes.

    Args:
        runs: {family: folder}.
    """
    units = by_unit(read_curves(runs))
    pictures = lambda plots, unit: {theme: plot(plots, unit, theme) for theme in THEMES}
    return [dict(alt=describe(plots, unit), **pictures(plots, unit)) for unit, plots in units.items()]


def by_unit(curves: list[Curve]) -> dict[str, list[Curve]]:
    """Nats first, then every other unit apart."""
    units = sorted({curve.unit for curve in curves}, key=lambda unit: (unit != "nats", unit))
    return {unit: [curve for curve in curves if curve.unit == unit] for unit in units}


def of_one_run(label: str, log: Path | list[dict]) -> Figure | None:
    """Returns the curves of one run, a panel for each unit; None where it logged no loss.

    Args:
        log: its metrics.jsonl, or the rows of such a file.
    """
    units = by_unit(curves_of(label, read_metrics(log) if isinstance(log, Path) else log))
    if not units:
        return None
    figure = make_figure(3.2 * len(units))
    for axes, (unit, plots) in zip(figure.subplots(len(units), squeeze=False)[:, 0], units.items()):
        _draw(axes, plots, unit, "light")
        axes.legend(frameon=False, fontsize=9, labelcolor=THEMES["light"][1])
    return figure


def plot(curves: list[Curve], unit: str, theme: str) -> str:
    """Returns the curves of one unit as a PNG in a data URI; the same curves give the same bytes.

    Args:
        unit: Unit in words.
        theme: Colours of the light or the dark page.
    """
    _, ink, _ = THEMES[theme]
    figure = make_figure(3.2 + 0.2 * -(-len(curves) // KEYS))
    _draw(figure.add_subplot(), curves, unit, theme)
    figure.legend(frameon=False, labelcolor=ink, loc="outside lower center", ncols=KEYS)
    return "data:image/png;base64," + b64encode(png(figure)).decode("ascii")


def _draw(axes: Axes, curves: list[Curve], unit: str, theme: str) -> None:
    """Lines: losses on training items. Points: on validation items."""
    paper, ink, grid = THEMES[theme]
    axes.figure.set_facecolor(paper)
    axes.set_facecolor(paper)
    for i, curve in enumerate(curves):
        colour, style = COLOURS[theme][i % len(COLOURS[theme])], STYLES[i % len(STYLES)]
        if curve.steps:
            _, t, loss = np.array(curve.steps).T
            axes.plot(t, running_median(loss), color=colour, linestyle=style, linewidth=1.8, label=curve.label)
        if curve.valid:
            _, t, loss = np.array(curve.valid).T
            label = None if curve.steps else curve.label
            axes.plot(t, loss, "o", color=colour, markersize=4, markerfacecolor=paper, label=label)
    axes.set_ylim(*limits(curves))
    axes.set_xlabel("seconds of training", color=ink)
    axes.set_ylabel(f"loss ({unit} per item)" if unit == "nats" else f"loss ({unit})" if unit else "loss", color=ink)
    axes.grid(color=grid, linewidth=0.6)
    axes.tick_params(colors=ink)
    for side, spine in axes.spines.items():
        spine.set_color(grid)
        spine.set_visible(side in ("left", "bottom"))


def running_median(loss: np.ndarray) -> np.ndarray:
    """Smooths a loss (T,) by the median over a window of T / SMOOTH points, narrower at the ends."""
    half = len(loss) // (2 * SMOOTH)
    return np.array([np.median(loss[max(0, i - half) : i + half + 1]) for i in range(len(loss))])


def limits(curves: list[Curve]) -> tuple[float, float]:
    """Returns the range of the losses after a tenth of the run, with a margin; the first steps would flatten
    the rest."""
    late = []
    for curve in curves:
        start = 0.1 * max(t for _, t, _ in curve.steps + curve.valid)
        loss = np.array([y for _, t, y in curve.steps if t >= start])
        late += [*running_median(loss), *(y for _, t, y in curve.valid if t >= start)]
    low, high = min(late), max(late)
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return low - margin, high + margin


def describe(curves: list[Curve], unit: str) -> str:
    """Returns a description of a plot, for readers who cannot see it."""
    ends = [f"{c.label} from {(c.steps or c.valid)[0][2]:.4g} to {(c.valid or c.steps)[-1][2]:.4g}" for c in curves]
    return f"Loss in {unit or 'its own unit'} over seconds of training: {'; '.join(ends)}."
