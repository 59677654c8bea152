"""Comparisons of families and their reports: `genwright compare`, `report` and `status`."""

from pathlib import Path

from ..core.errors import BudgetError, DataError
from ..core.visible import visible
from ..studies.compare_options import CompareOptions
from .options import DataOptions
from .reading import about, say, training_data_of
from .signals import stops
from .typed import recorded


def compare(
    data: str | None = None,
    *,
    options: CompareOptions,
    dry_run: bool = False,
    family: list[str] | None = None,
    every: bool = False,
    reading: DataOptions,
    quiet: bool = False,
) -> None:
    """Train the families that fit the data and compare them.

    All share one budget and are measured alike. The result is a report.

    Example: genwright compare penguins.csv --minutes 3

    Again: genwright compare --replay runs/compare-penguins/results.json

    Longer: genwright compare penguins.csv --more-minutes 5

    Args:
        dry_run: Print which families would train and how long it takes; write nothing.
        family (FAMILY): Train only this family, beside the baselines (repeatable).
        every (--all): Also train the variants, which are left out by default.
    """
    from ..kinds.load import load_to_compare
    from ..run.tasks import task_of
    from ..studies.compare.compare import compare, forecast
    from ..studies.compare.compare_plan import ComparePlan
    from ..studies.report.results import read_comparison

    if every and family:
        raise DataError(f"--all trains all families that fit, --family {family[0]} this one: name one of the two")
    ComparePlan(family, **options)  # refused whatever the data are, so that nobody waits until they are read
    known = options.get("replay") or (options.get("out") if "more_minutes" in options else None)
    record = known and read_comparison(known).to_json()  # which has the data, their split and the task
    data, reading, seed, task = recorded("compare", data, options, reading, record)
    with about(data):
        loaded, target = load_to_compare(data, **reading, seed=seed, task=task)
        loaded = task_of(loaded, task)
    say([] if quiet else loaded.describe())
    families = "all" if every else family
    if dry_run:
        print("\n".join(map(visible, forecast(loaded, families, **options, seed=seed, target=target))))
        return
    with stops():
        done = compare(loaded, families, **options, seed=seed, target=target, progress=not quiet)
    if isinstance(done, list):
        print("\n".join(done))
    elif quiet:
        print(visible(done.folder / "report.html"))


def report(folder: Path, *, steps_curve: bool = False, items: int | None = None) -> None:
    """Write the report again from recorded results.

    Example: genwright report runs/compare-digits

    Steps: genwright report runs/mine --steps-curve

    Args:
        folder (DIR): Folder of a comparison or of a run.
        steps_curve: For a run that samples in steps: also measure quality against steps.
        items (N): With --steps-curve: samples for each sampler and number of steps (500).
    """
    from ..studies.report.report import report

    if items is not None and not steps_curve:
        raise BudgetError("items is for a curve of steps: add --steps-curve, or leave --items out")
    if steps_curve:
        _measure_steps(folder, items)
    print(visible(f"report: {report(folder)}"))


def _measure_steps(run: Path, items: int | None) -> None:
    """Draw samples/steps-curve.png into a run, and print what was measured."""
    from ..run.open import load_model
    from ..studies.steps_curve import draw_curve, require_steps, steps_curve

    model = load_model(run)
    require_steps(model)
    curve = steps_curve(model, training_data_of(model, "put them back where they were"), items)
    print("\n".join(map(visible, curve.describe())))
    path = run / "samples" / "steps-curve.png"
    path.parent.mkdir(exist_ok=True)
    print(visible(f"steps: {draw_curve(curve, path)}"))


def status(folder: Path) -> None:
    """Print how runs stand.

    A run is waiting, running, stopped, stale (its process was lost), failed or done.

    Example: genwright status runs/compare-penguins

    Args:
        folder (DIR): Folder of a comparison, of a run, or of several.
    """
    from ..studies.compare.status import table

    print("\n".join(map(visible, table(folder))))
