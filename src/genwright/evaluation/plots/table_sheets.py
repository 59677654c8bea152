"""Drawings of a table for the report: columns, pairs, a scatter and completions, real beside drawn."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ...core.spec import Category, Leaf, Ordered, Spec
from ..metrics.pair_distance import associations

ROWS = 10_000  # rows drawn, at most
COLUMNS = 12  # columns with a small picture of their own, at most
BARS = 12  # categories drawn, the most frequent ones
REAL, SAMPLE = "#4c6a92", "#d9822b"
STYLE = {"font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 9}


def columns(real: np.ndarray, sample: np.ndarray, spec: Spec, path: Path) -> Path:
    """Small multiples: the distribution of each column, real filled, samples as a line (or bars side by side)."""
    with matplotlib.rc_context(STYLE):
        figure, axes = _grid(min(spec.dims, COLUMNS))
        for j, (axis, (name, leaf)) in enumerate(zip(axes, spec.leaves)):
            if isinstance(leaf, Category):
                _bars(axis, real[:, j], sample[:, j], leaf)
            else:
                _histogram(axis, real[:, j], sample[:, j], leaf)
            axis.set_title(_short(name))
            axis.set_yticks([])
        axes[0].legend(frameon=False, fontsize=7)
        return _save(figure, path)


def pairs(real: np.ndarray, sample: np.ndarray, spec: Spec, path: Path) -> Path:
    """The strength of the link between each two columns: real, samples, difference."""
    a, b = associations(real, real, spec), associations(sample, real, spec)
    with matplotlib.rc_context(STYLE):
        figure = _figure(10.5, 3.9)
        alone, against = ("viridis", 0, 1), ("RdBu_r", -0.5, 0.5)
        panels = ("real", a, *alone), ("samples", b, *alone), ("samples - real", b - a, *against)
        names = [_short(name) for name in spec.names]
        for axis, (title, matrix, colours, low, high) in zip(figure.subplots(1, 3), panels):
            shown = axis.imshow(matrix, cmap=colours, vmin=low, vmax=high)
            axis.set_title(title)
            axis.set_xticks(range(spec.dims), names, rotation=90, fontsize=6)
            axis.set_yticks(range(spec.dims), names if matrix is a else [""] * spec.dims, fontsize=6)
            figure.colorbar(shown, ax=axis, shrink=0.7)
        return _save(figure, path)


def scatter(real: np.ndarray, sample: np.ndarray, spec: Spec, path: Path) -> Path:
    """Two columns of numbers as points: real beside samples, on the same axes."""
    with matplotlib.rc_context(STYLE):
        figure = _figure(7.5, 3.8)
        shown = [_values(real[:, j], leaf) for j, leaf in enumerate(spec.columns)]
        limits = [np.nanquantile(v, [0.001, 0.999]) + np.array([-0.05, 0.05]) * np.ptp(v[~np.isnan(v)]) for v in shown]
        panels = ("real", real, REAL), ("samples", sample, SAMPLE)
        for axis, (title, table, colour) in zip(figure.subplots(1, 2), panels):
            x, y = (_values(table[:, j], leaf) for j, leaf in enumerate(spec.columns))
            axis.scatter(x, y, s=1, c=colour, alpha=0.4, linewidths=0)
            axis.set(title=title, xlim=limits[0], ylim=limits[1], xlabel=spec.names[0], ylabel=spec.names[1])
        return _save(figure, path)


def completions(truth: np.ndarray, guess: np.ndarray, hidden: np.ndarray, spec: Spec, path: Path) -> Path:
    """Hidden cells: the truth against the best guess for numbers, share guessed right for each category."""
    chosen = [j for j in range(spec.dims) if hidden[:, j].any()][:COLUMNS]
    with matplotlib.rc_context(STYLE):
        figure, axes = _grid(len(chosen))
        for axis, j in zip(axes, chosen):
            name, leaf = spec.leaves[j]
            real, said = truth[hidden[:, j], j], guess[hidden[:, j], j]
            if isinstance(leaf, Category):
                frequent = np.argsort(-np.bincount(real.astype(int), minlength=leaf.k), kind="stable")[:BARS]
                right = [np.mean(said[real == c] == c) if (real == c).any() else 0.0 for c in frequent]
                axis.bar(range(len(frequent)), right, color=SAMPLE)
                axis.set(xlabel="category, by frequency", ylim=(0, 1), xticks=[])
                axis.set_title(f"{_short(name)}: {np.mean(real == said):.0%} right")
            else:
                real, said = _values(real, leaf), _values(said, leaf)
                low, high = np.quantile(real, [0.005, 0.995])
                margin = 0.05 * (high - low) or 1.0
                axis.scatter(real, said, s=3, c=SAMPLE, alpha=0.5, linewidths=0)
                axis.plot([low, high], [low, high], color=REAL, linewidth=1)
                limits = low - margin, high + margin
                axis.set(xlabel="truth", ylabel="best guess", xlim=limits, ylim=limits)
                axis.locator_params(nbins=4)
                axis.set_title(_short(name))
        return _save(figure, path)


def _values(column: np.ndarray, leaf: Leaf) -> np.ndarray:
    """Numbers in the user's units."""
    return leaf.start + leaf.width * column if isinstance(leaf, Ordered) else leaf.shift + leaf.scale * column


def _histogram(axis: Axes, real: np.ndarray, sample: np.ndarray, leaf: Leaf) -> None:
    real, sample = (_values(v[~np.isnan(v)], leaf) for v in (real, sample))
    if not len(real):
        return
    low, high = np.quantile(real, [0.005, 0.995])
    edges = np.linspace(low, high if high > low else low + 1, 31)
    heights = lambda values: np.histogram(values.clip(edges[0], edges[-1]), edges)[0] / max(len(values), 1)
    axis.locator_params(axis="x", nbins=4)
    axis.stairs(heights(real), edges, fill=True, color=REAL, alpha=0.55, label="real")
    axis.stairs(heights(sample), edges, color=SAMPLE, linewidth=1.3, label="samples")


def _bars(axis: Axes, real: np.ndarray, sample: np.ndarray, leaf: Category) -> None:
    p, q = (np.bincount(v[~np.isnan(v)].astype(int), minlength=leaf.k) / max(len(v), 1) for v in (real, sample))
    frequent = np.argsort(-p, kind="stable")[:BARS]
    place = np.arange(len(frequent))
    axis.bar(place - 0.2, p[frequent], 0.4, color=REAL, alpha=0.55, label="real")
    axis.bar(place + 0.2, q[frequent], 0.4, color=SAMPLE, label="samples")
    axis.set(xticks=[], xlabel="categories, by frequency")


def _short(name: str) -> str:
    return name if len(name) <= 22 else name[:21] + "…"


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _grid(count: int) -> tuple[Figure, list[Axes]]:
    across = min(count, 4)
    down = -(-count // across)
    figure = _figure(2.6 * across, 1.9 * down)
    axes = list(figure.subplots(down, across, squeeze=False).flat)
    for spare in axes[count:]:
        spare.set_axis_off()
    return figure, axes[:count]


def _save(figure: Figure, path: Path) -> Path:
    figure.savefig(path, dpi=110, metadata={"Software": None})  # the same bytes for the same numbers
    return path
