"""Quality of samples against network calls, of one run: each sampler of its family in a few numbers of steps."""

from dataclasses import dataclass
from pathlib import Path

import matplotlib

from ..core.data import Data
from ..core.errors import BudgetError, DataError, Unsupported
from ..core.patience import with_progress
from ..measure.metric import SIGMAS, Metric
from ..measure.plots.figures import MARKS, STYLE, make_figure, save
from ..run.model import Model
from ..run.predictor import Predictor
from ..zoo import registry

CALLS = 5, 10, 20, 50  # network calls of a draw, at most
ITEMS, FEWEST = 500, 50  # samples for each point, where nobody says how many, and at least
USELESS = 5.0  # times the best value: a sampler that has it gains nothing from so few calls
CLOSE = 1.1  # times the best value, which is called as good
TOP = 1.15  # of the axis over the largest value that is no useless one


@dataclass(frozen=True, eq=False)
class Point:
    """sampler: its name, "" if the family has only one.

    Args:
        steps: Steps of the sampler.
        calls: Calls of the network for a sample.
        metric: Metric of its samples.
    """

    sampler: str
    steps: int
    calls: int
    metric: Metric

    def __str__(self) -> str:
        return f"{self.sampler} with {self.calls} calls".strip()


@dataclass(frozen=True)
class StepsCurve:
    """name: of the metric, in words; the lower the better."""

    name: str
    points: list[Point]

    @property
    def best(self) -> Point:
        return min(self.points, key=lambda point: point.metric.value)

    @property
    def useless(self) -> list[Point]:
        """The points USELESS times worse than the best."""
        return [point for point in self.points if point.metric.value > USELESS * self.best.metric.value]

    def describe(self) -> list[str]:
        """Returns sentences on the measurement, with a line for each point."""
        best, n = self.best, self.points[0].metric.n
        quick = min(
            (point for point in self.points if point.metric.value <= CLOSE * best.metric.value),
            key=lambda point: (point.calls, point.metric.value),
        )
        lines = [f"{self.name} of {n:,} samples at each point (lower is better), with 95% intervals:"]
        for point in self.points:
            half = SIGMAS * (point.metric.se or 0)
            mark = "  useless" if point in self.useless else ""
            lines.append(
                f"  {point.sampler or 'sampler':12} {point.steps:4} steps {point.calls:4} calls  "
                f"{point.metric.value:.3g} ± {half:.2g}{mark}"
            )
        return [*lines, f"Best: {best} ({best.metric.value:.3g}). Within 10% of it by the fewest calls: {quick}."]


def steps_curve(model: Model, data: Data, items: int | None = None, seed: int = 0) -> StepsCurve:
    """Returns the metric that `compare` ranks samples by, for each sampler and each of CALLS, of `items` samples each.

    Raises Unsupported for a family that samples in one call, BudgetError for too few items.

    Args:
        model: The trained model.
        data: The data set, in its parts.
        seed: Seed of the random numbers.
    """
    items = ITEMS if items is None else items
    if items < FEWEST:
        raise BudgetError(f"a point of a steps curve needs {FEWEST} samples at least, not {items}: give more items")
    require_steps(model)
    options = {option.name: option for option in model.sample_options}
    suite = registry.suite_class(data)(data, seed, {"samples": items})
    samplers = options["sampler"].choices if "sampler" in options else ("",)
    all_points = [point for sampler in samplers for point in _points_within(model, sampler)]
    points = []
    for sampler, steps, calls in with_progress(all_points, "sampling and measuring"):
        chosen = {"sampler": sampler} if sampler else {}
        points.append(Point(sampler, steps, calls, suite.quality(model, steps=steps, **chosen)))
    return StepsCurve(suite.TITLES[suite.HEADLINE["samples"]][0], points)


def require_steps(model: Model | Predictor) -> None:
    """Raises Unsupported for a family that samples in one call, or predicts."""
    if "steps" in [option.name for option in getattr(model, "sample_options", ())]:
        return
    kind, task, family = (model.config[name] for name in ("kind", "task", "family"))
    other_families = registry.families(kind, task, "steps")
    raise Unsupported(
        f"{family} does not sample in steps, so it has no curve of steps; families that do: "
        f"{', '.join(other_families) or 'none of this kind of data'}"
    )


def _points_within(model: Model, sampler: str) -> list[tuple[str, int, int]]:
    """(sampler, steps, calls) of the most steps that each of CALLS allows, where it allows any."""
    chosen, points = {"sampler": sampler} if sampler else {}, {}
    for steps in range(1, max(CALLS) + 1):
        try:
            calls = model.effort(steps=steps, **chosen).network_calls
        except DataError:  # more steps than the model has noise levels
            break
        for most_calls in CALLS:
            if calls <= most_calls:
                points[most_calls] = (sampler, steps, calls)
    return list(dict.fromkeys(points.values()))


def draw_curve(curve: StepsCurve, path: Path) -> str:
    """Write the image, in which useless points stand at the upper edge with their value. Returns the path of the
    PNG."""
    useless = curve.useless
    value = {point: point.metric.value for point in curve.points}
    top = TOP * max(value[point] for point in curve.points if point not in useless)
    with matplotlib.rc_context(STYLE):
        figure = make_figure(3.8)
        axes = figure.add_subplot()
        for (colour, marker), sampler in zip(MARKS, dict.fromkeys(point.sampler for point in curve.points)):
            own_points = [point for point in curve.points if point.sampler == sampler]
            good = [point for point in own_points if point not in useless]
            calls, values = [point.calls for point in good], [value[point] for point in good]
            errors = [SIGMAS * (point.metric.se or 0) for point in good]
            axes.errorbar(
                calls, values, errors, color=colour, marker=marker, capsize=3, label=sampler or None, linewidth=1.4
            )
            for point in (point for point in own_points if point in useless):
                axes.plot(point.calls, top, marker, color=colour, fillstyle="none", markersize=8, clip_on=False)
                words = f"{value[point]:.3g}: useless"
                axes.annotate(words, (point.calls, top), (7, -1), textcoords="offset points", va="top", fontsize=9)
        axes.set_xscale("log")
        axes.set_xticks(CALLS, CALLS)  # a sampler of two calls a step has one less, too near for a word of its own
        axes.minorticks_off()
        axes.set_ylim(0, top)
        axes.set_xlabel("network calls of a draw")
        axes.set_ylabel(f"{curve.name} of {curve.points[0].metric.n:,} samples")
        axes.grid(alpha=0.3)
        if any(point.sampler for point in curve.points):
            figure.legend(loc="outside lower center", ncols=4)
        return save(figure, path)
