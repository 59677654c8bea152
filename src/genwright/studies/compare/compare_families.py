"""compare: data in, every family that fits them trained and measured alike out. Loads nothing heavy, since the command
line takes its options from this signature."""

from pathlib import Path
from typing import TYPE_CHECKING

from ...core.arguments import checked, defaults_of, make_value
from ...core.type_names import DataSource

if TYPE_CHECKING:
    from .compare_plan import ComparePlan
    from .comparison import Comparison


@checked
def compare(
    data: DataSource,
    families: str | list[str] | None = None,
    *,
    minutes: float = 5.0,
    seed: int = 0,
    out: str | Path | None = None,
    replay: str | Path | None = None,
    task: str | None = None,
    target: str | None = None,
    more_minutes: float | None = None,
    device: str = "auto",
    cores: int | None = None,
    workers: str | None = None,
    slurm: str | None = None,
    retries: int = 5,
    previews: int = 0,
    progress: bool = True,
) -> "Comparison | list[str]":
    """Train families for equal shares of `minutes`, measure them and write the report.

    A family that fails becomes a row with its error. An interrupt writes the report of what was measured so far.

    Args:
        data: A Data, or anything that `load_data` takes.
        families: Names of families. Default: all that fit the data except variants of others, which "all" includes.
        minutes: Minutes of training by the clock, all families side by side. Each family trains on a core of its own,
            for an equal share of the time of all cores.
        seed: Seed of the split, the weights and all sampling.
        out: Folder of the comparison (runs/compare-DATA). The call resumes a comparison that was stopped there.
        replay: Results of the comparison to repeat. A results.json or its folder: its recorded items, hyperparameters
            and decisions count, and so do its minutes, seed, families and target.
        task: Task to learn, as in `fit`.
        target: Column of a table for which trees learn from samples. By default genwright picks one and prints it. For
            labels of a graph, pass `target` to `load_data` instead.
        more_minutes: Train the families in `out` further, then measure again. They go on from before their learning
            rate was cooled down. Minutes, seed, families and target come from that comparison.
        device: Device to train on, as in `fit`.
        cores: Cores that train and measure at once (the idle ones). Any number of cores gives the same models for the
            same items. On a GPU, families train one after another.
        workers: Send runs to Slurm, or list their commands. Each run is a `genwright fit` in a folder of its own.
            "slurm": jobs of Slurm. "list": whoever takes the commands; the call returns those of runs that have not
            ended and are not running, until all have ended. The data need a name or a path. Each run has its share of
            `minutes` on one core, and unused time is lost. This process measures all runs.
        slurm: Resources of each job, such as partition=cpu,time=60,cpus=4 (minutes, cores).
        retries: Times to start a run again if its process was lost.
        previews: Samples of each family to draw during training, as in `fit`. They lie in previews/ of its run folder.
        progress: Whether to show progress and the table.

    Raises BudgetError for minutes that are not above 0 and for unknown workers, DataError for an unknown family or
    target, DeviceError for a device that is not available. Raises RunError if `out` holds something else or is in use,
    if there is no comparison to continue, if the replayed comparison was of other data, if Slurm is missing, or if some
    runs have not ended.
    """
    options = locals()
    from ...run.needed_options import data_for
    from ...training.progress import report_for
    from .compare import run_comparison

    plan = plan_comparison(**options)
    with report_for(progress) as report:
        data_of_task = data_for(data, task, plan.named, report.say)
    return run_comparison(data_of_task, plan)


DEFAULTS = defaults_of(compare)


def plan_comparison(**options: object) -> "ComparePlan":
    """Returns the plan of a call of `compare` with these arguments. Raises what `compare` raises whatever the
    data are."""
    from .compare_plan import ComparePlan

    return make_value(ComparePlan, DEFAULTS | options)
