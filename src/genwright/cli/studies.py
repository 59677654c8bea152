"""Studies of many fits: `genwright compare`, `measure`, `report` and `status`."""

from pathlib import Path
from typing import Annotated

from ..core.errors import BudgetError, DataError
from ..core.safe_text import visible
from ..studies import measure_samples
from ..studies.compare import compare_families
from .arguments import about, say, training_data_of
from .options import DataOptions, Quiet, Source, read_names, recorded
from .parser import OPTIONS, Keywords, Shown

COMPARE = Keywords(
    compare_families.compare,
    {
        OPTIONS: "minutes cores more_minutes seed device workers slurm retries",
        "Folder": "out replay previews",
        "Graphs": "task",
    },
    rare="slurm retries previews",
    shown={
        "previews": Shown("N"),
        "more_minutes": Shown("MINUTES"),
        "replay": Shown("RESULTS"),
        "device": Shown("auto|cpu|cuda"),
        "workers": Shown("slurm|list"),
        "slurm": Shown("NAME=VALUE"),
    },
)
MEASURE = Keywords(measure_samples.measure, {OPTIONS: "test seed", "Folder": "out"}, shown={"test": Shown("DATA")})


def compare(
    data: Source = None,
    *,
    options: Annotated[dict, COMPARE],
    dry_run: bool = False,
    family: list[str] | None = None,
    every: Annotated[bool, Shown(flags=("--all",))] = False,
    reading: DataOptions,
    quiet: Quiet = False,
) -> None:
    """Train the families that fit the data and compare them.

    All share one budget and are measured alike. The result is a report.

    Example: genwright compare penguins.csv --minutes 3

    Again: genwright compare --replay runs/compare-penguins/results.json

    Longer: genwright compare penguins.csv --more-minutes 5

    Args:
        dry_run: Print which families would train, their passes over the data and the time. With --out, keep this plan
            there, and the same command without --dry-run starts from it.
        family: Train only this family, beside the baselines (repeatable).
        every: Also train the variants, which are left out by default.
    """
    from ..kinds.load import load_to_compare
    from ..run.needed_options import load_as_needed
    from ..studies.compare.compare import keep_plan
    from ..studies.compare.compare_plan import forecast
    from ..studies.report.results import read_comparison

    if every and family:
        raise DataError(f"--all trains all families that fit, --family {family[0]} this one: name one of the two")
    compare_families.plan_comparison(families=family, **options)  # refused at once: nobody waits for the data
    known = options.get("replay") or (options.get("out") if "more_minutes" in options else None)
    record = known and read_comparison(known).to_json()  # which has the data, their split and the task
    data, reading, seed, task = recorded("compare", data, options, reading, record)
    read = lambda options: load_to_compare(data, **options, seed=seed, task=task)
    with about(data):
        loaded, target = load_as_needed(read, reading, task, family or ())
    say([] if quiet else loaded.describe())
    families = "all" if every else family
    if dry_run:
        plan = compare_families.plan_comparison(families=families, **options, seed=seed, target=target)
        print("\n".join(map(visible, forecast(loaded, plan) if plan.out is None else keep_plan(loaded, plan))))
        return
    done = compare_families.compare(loaded, families, **options, seed=seed, target=target, progress=not quiet)
    if isinstance(done, list):
        print("\n".join(done))
    elif quiet:
        print(visible(done.folder / "report.html"))


def measure(
    real: str,
    samples: Annotated[list[str], Shown("SYNTHETIC")],
    *,
    options: Annotated[dict, MEASURE],
    reading: DataOptions,
    quiet: Quiet = False,
) -> None:
    """Measure samples of any tool, without training.

    The metrics and the page are those of a comparison; several files stand side by side.

    Example: genwright measure real.csv ours.csv theirs.csv

    Held out: genwright measure trained-on.csv ours.csv --test never-seen.csv

    Args:
        real: Real items: a name (digits), a folder or a file (docs/data.md).
        samples: Files or folders of samples, of the same kind and columns.
    """
    done = measure_samples.measure(real, samples, progress=not quiet, **options, **read_names(real, reading))
    if quiet:
        print(visible(done.folder / "report.html"))


def report(
    folder: Annotated[Path, Shown("DIR")],
    *,
    steps_curve: bool = False,
    items: Annotated[int | None, Shown("N")] = None,
) -> None:
    """Write the report again from recorded results.

    Example: genwright report runs/compare-digits

    Steps: genwright report runs/mine --steps-curve

    Args:
        folder: Folder of a comparison or of a run.
        steps_curve: For a run that samples in steps: also measure quality against steps.
        items: With --steps-curve: samples for each sampler and number of steps (500).
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


def status(folder: Annotated[Path, Shown("DIR")]) -> None:
    """Print how runs stand.

    A run is waiting, running, stopped, stale (its process was lost), failed or done.

    Example: genwright status runs/compare-penguins

    Args:
        folder: Folder of a comparison, of a run, or of several.
    """
    from ..studies.compare.status import table

    print("\n".join(map(visible, table(folder))))
