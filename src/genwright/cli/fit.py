"""`genwright describe` and `fit`: how data are read, and one model trained on them."""

import shlex
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ..core.errors import BudgetError, DataError
from ..core.safe_text import visible
from ..run.fit_options import FitOptions, require_compatible
from ..zoo import registry
from .arguments import STDOUT, about, load, place, say
from .options import DataOptions, option_of, read_names, recorded, settings_of


def describe(
    data: str, *, out: Path | None = None, reading: DataOptions, task: str | None = None, seed: int | None = None
) -> None:
    """Show how genwright reads the data, without training.

    If something is unclear, it prints a question that names the option to pass. It does not wait for an answer.

    Example: genwright describe penguins.csv --out types.toml

    Args:
        out: A .toml file with the type of each column, to edit and pass to --types. For molecules, a .csv of those
            that could not be read.
    """
    from ..core.data import Data
    from ..kinds.load import load_data, write_types

    called, out = "types.toml" if str(out) in STDOUT else str(out), out and place(out, "types.toml")[0]
    with about(data):
        loaded = load_data(data, **read_names(data, reading), seed=seed or 0, task=task)
    lines = str(loaded).split("\n") if isinstance(loaded, Data) else loaded.describe()
    if out is not None and out.suffix.lower() == ".csv" and hasattr(loaded, "write_unreadable"):
        lines.append(f"left out: {loaded.write_unreadable(out)}")
    elif out is not None:
        lines.append(f"types: {write_types(loaded, out, called)}")
    print("\n".join(map(visible, lines)))


def fit(
    data: str | None = None,
    *,
    context: typer.Context,
    family: str | None = None,
    options: FitOptions,
    all_rows: bool = False,
    workers: Annotated[str | None, {"hidden": True}] = None,
    slurm: str | None = None,
    retries: int | None = None,
    processes: int | None = None,
    split_number: int = 0,
    reading: DataOptions,
    quiet: bool = False,
) -> None:
    """Train one model. Run the same command again to resume an interrupted run.

    Example: genwright fit digits --family flow --minutes 10 --out runs/mine

    Graph: genwright fit edges.csv --nodes nodes.csv --target label --family gcn

    Fine-tune: genwright fit few.csv --from runs/mine (images that edges steer: --from runs/words --control edges)

    Args:
        family (FAMILY): Family of models (see `genwright list`).

    Training:
        all_rows (rare): Learn from all items, also test items.
        processes (N, rare): Train with N processes on this host (docs/many-machines.md).

    Folder:
        split_number (K, 0.., rare): For few data: train on their K-th further split.
    """
    from ..run.final_model import typed_again, used_share
    from ..run.fit import fit
    from ..run.folder import read_config
    from ..run.members import member_folder
    from ..run.plan import Plan, of_type
    from ..run.tasks import further_split, task_of
    from ..studies.compare.workers import Listed
    from ..training.world import TIMEOUT, current_world, is_started_alone
    from .fit_processes import launch, members_of

    replay, parent, out = (options.get(name) for name in ("replay", "parent", "out"))
    device, member = options.get("device", "auto"), options.get("member")
    options["hyperparameters"] = settings_of(options.get("hyperparameters"))
    require_compatible({"out": Path()} | options, partial(option_of, FitOptions))
    of_type(Plan, options | {"family": family})  # refused whatever the data are: nobody waits until they are read
    members = members_of(context.obj, options, workers, slurm, retries, processes)
    if processes is not None and is_started_alone():
        raise typer.Exit(launch(processes, context.obj, device))
    world = current_world(device, options.get("timeout", TIMEOUT))
    if processes not in (None, world.size) or (members and world.size > 1):
        one = "--workers" if members else "--processes"
        raise BudgetError(f"{world.size} processes were started already: leave {one} out")
    quiet = quiet or not world.leads
    compared = replay and replay.is_file()  # the results of a comparison, of which one run is repeated
    record = replay and (_compared(replay, family, split_number) if compared else read_config(replay))
    if options.get("control") and not reading.get("given"):  # the parent is told what it was told in training
        reading["given"] = read_config(parent)["data"]["options"].get("given")
    data, reading, seed, task = recorded("fit", data, options, reading, record)
    loaded = load(data, reading, seed, quiet, lambda whole: task_of(whole, task), task)
    if split_number:
        loaded = further_split(loaded, seed, split_number)
    if out is None:
        chosen = family or registry.default_family(loaded.kind, loaded.task)
        old = replay.parent / chosen if compared else replay
        out = Path(f"{old}-replay" if replay else f"{parent}-further" if parent else f"runs/{loaded.name}-{chosen}")
    options |= {"out": out, "replay": record if compared else replay, "rows": "all" if all_rows else "train"}
    with about(data):
        try:
            model = fit(loaded, family, **options, seed=seed, progress=not quiet, train_members=members)
        except Listed as listed:
            return print("\n".join(listed.commands))
    if world.leads:
        print(visible(f"model: {member_folder(out, member) if member else out}"))
        if not (quiet or member or replay) and (words := typed_again(context.obj, model.config, out)):
            say([f"It trained on {used_share(model.config)}. The final model, on all: {shlex.join(words)}"])


def _compared(replay: Path, family: str | None, number: int) -> dict:
    """The record of the run of a family in a comparison, on the split of this number."""
    from ..studies.report.results import find, read_comparison

    results = read_comparison(replay)
    row = family and find(results, family)
    if not row or row.error:
        names = [row.family for row in results.models + results.baselines if not row.error]
        raise DataError(f"{replay} has the runs of {', '.join(names)}: name one of them by --family")
    runs = [row.config, *row.splits]
    if number >= len(runs):
        raise DataError(f"{replay} has no run of {family} on split {number}: name one below {len(runs)}")
    return runs[number]
