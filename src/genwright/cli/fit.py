"""`genwright describe` and `fit`: how data are read, and one model trained on them."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ..core.errors import BudgetError, DataError
from ..core.safe_text import visible
from ..core.terminal import tell
from ..run import fit as fitting
from ..run.compatible_options import require_compatible
from ..studies.compare.compare_families import compare
from ..zoo import registry
from .arguments import STDOUT, about, place, say
from .options import DataOptions, Quiet, Source, read_names, recorded, settings_of
from .parser import OPTIONS, WORDS, Keywords, Shown

if TYPE_CHECKING:
    from ..run.trained_model import TrainedModel

FIT = Keywords(
    fitting.fit,
    {
        OPTIONS: "family preset hyperparameters seed device",
        "Budget (choose one)": "minutes steps items epochs",
        "Training": "pace balance ensemble cores member match probe about timeout",
        "Folder": "out restart checkpoint_seconds previews replay parent control codec processes_changed",
        "Graphs": "task",
    },
    rare="steps items pace balance ensemble cores member match probe about timeout checkpoint_seconds codec "
    "processes_changed",
    shown={
        "family": Shown("FAMILY"),
        "preset": Shown("NAME"),
        "hyperparameters": Shown("NAME=VALUE", ("--set",)),
        "device": Shown("auto|cpu|cuda"),
        "member": Shown("K"),
        "ensemble": Shown("K"),
        "match": Shown("RUN"),
        "about": Shown("ITEMS"),
        "timeout": Shown("SECONDS"),
        "checkpoint_seconds": Shown("SECONDS"),
        "previews": Shown("N"),
        "replay": Shown("RUN"),
        "parent": Shown("RUN", ("--from",)),
        "control": Shown("NAME"),
        "codec": Shown("RUN"),
    },
)
JOBS = Keywords(compare, {OPTIONS: "slurm retries"}, rare="slurm retries", shown={"slurm": Shown("NAME=VALUE")})


def describe(
    data: Source,
    *,
    out: Path | None = None,
    reading: DataOptions,
    task: Annotated[str | None, Shown(panel="Graphs")] = None,
    seed: int = 0,
) -> None:
    """Show how genwright reads the data, without training.

    If something is unclear, it prints a question that names the option to pass. It does not wait for an answer.

    Example: genwright describe penguins.csv --out types.toml

    Args:
        out: A .toml file with the type of each column, to edit and pass to --types. For molecules, a .csv of those
            that could not be read.
        task: Task on a graph, or match: images with texts (see `genwright list`).
        seed: Seed of the split.
    """
    from ..core.data import Data
    from ..kinds.load import load_data
    from ..kinds.types_file import write_types

    called, out = "types.toml" if str(out) in STDOUT else str(out), out and place(out, "types.toml")[0]
    with about(data):
        loaded = load_data(data, **read_names(data, reading), seed=seed, task=task)
    lines = str(loaded).split("\n") if isinstance(loaded, Data) else loaded.describe()
    if out is not None and out.suffix.lower() == ".csv" and hasattr(loaded, "write_unreadable"):
        lines.append(f"left out: {loaded.write_unreadable(out)}")
    elif out is not None:
        lines.append(f"types: {write_types(loaded, out, called)}")
    tell(lines)


def fit(
    data: Source = None,
    *,
    words: Annotated[list[str], WORDS],
    options: Annotated[dict, FIT],
    all_rows: Annotated[bool, Shown(panel="Training", rare=True)] = False,
    workers: Annotated[str | None, Shown("slurm|list", rare=True)] = None,
    jobs: Annotated[dict, JOBS],
    processes: Annotated[int | None, Shown("N", panel="Training", rare=True)] = None,
    split_number: Annotated[int, Shown("K", least=0, panel="Folder", rare=True)] = 0,
    reading: DataOptions,
    quiet: Quiet = False,
) -> int | None:
    """Train one model. Run the same command again to resume an interrupted run.

    Example: genwright fit digits --family flow --minutes 10 --out runs/mine

    Graph: genwright fit edges.csv --nodes nodes.csv --target label --family gcn

    Fine-tune: genwright fit few.csv --from runs/mine (images that edges steer: --from runs/words --control edges)

    Args:
        all_rows: Learn from all items, also test items.
        workers: Send the members of an ensemble to Slurm, or list their commands.
        processes: Train with N processes on this host (docs/many-machines.md).
        split_number: For few data: train on their K-th further split.
    """
    from ..kinds.load import load_data
    from ..run.final_model import typed_again, used_share
    from ..run.folder import read_config
    from ..run.members import member_folder
    from ..run.needed_options import load_as_needed
    from ..run.run_record import RunRecord
    from ..run.tasks import further_split
    from ..studies.compare.workers import Listed
    from ..training.world import current_world, is_started_alone
    from .fit_processes import launch, members_of

    family = options.pop("family", None)
    replay, parent, out = (options.get(name) for name in ("replay", "parent", "out"))
    device, member = options.get("device", "auto"), options.get("member")
    options["hyperparameters"] = settings_of(options.get("hyperparameters"))
    require_compatible({"out": Path()} | options, FIT.flag)
    fitting.plan_and_place(**{"out": Path()} | options, family=family)  # refused at once: nobody waits for the data
    members = members_of(words, options, workers, jobs.get("slurm"), jobs.get("retries"), processes)
    if processes is not None and is_started_alone():
        return launch(processes, words, device)
    world = current_world(device, options.get("timeout", fitting.DEFAULTS["timeout"]))
    if processes not in (None, world.size) or (members and world.size > 1):
        one = "--workers" if members else "--processes"
        raise BudgetError(f"{world.size} processes were started already: leave {one} out")
    quiet = quiet or not world.leads
    compared = replay and replay.is_file()  # the results of a comparison, of which one run is repeated
    record = replay and (_compared(replay, family, split_number) if compared else read_config(replay))
    if options.get("control") and not reading.get("given"):  # the parent is told what it was told in training
        reading["given"] = read_config(parent)["data"]["options"].get("given")
    data, reading, seed, task = recorded("fit", data, options, reading, record)
    read = lambda options: (load_data(data, **options, seed=seed, task=task), None)
    with about(data):
        loaded, _ = load_as_needed(read, reading, task, [family])
    say([] if quiet else loaded.describe())
    if split_number:
        loaded = further_split(loaded, seed, split_number)
    if out is None:
        chosen = family or registry.default_family(loaded.kind, loaded.task)
        old = replay.parent / chosen if compared else replay
        out = Path(f"{old}-replay" if replay else f"{parent}-further" if parent else f"runs/{loaded.name}-{chosen}")
    options |= {"out": out, "replay": record if compared else replay, "rows": "all" if all_rows else "train"}
    with about(data):
        try:
            model = fitting.fit(loaded, family, **options, seed=seed, progress=not quiet, train_members=members)
        except Listed as listed:
            print("\n".join(listed.commands))
            return None
    if world.leads:
        if not (quiet or member):
            tell([*ended_sentences(model, out)], sys.stderr)
        print(visible(f"model: {member_folder(out, member) if member else out}"))
        if not (quiet or member or replay) and (again := typed_again(words, RunRecord(model.config), out)):
            share = used_share(RunRecord(model.config))
            tell([f"It trained on {share}. The final model, on all: {shlex.join(again)}"], sys.stderr)
    return None


FEW_PASSES = 10  # over the data, below which a tuning changes next to nothing


def ended_sentences(model: "TrainedModel", out: Path) -> Iterator[str]:
    """How a run ended, and the command to go on with: the last loss of each player, and the passes over the data."""
    from ..run.curves import read_curves

    config = model.config
    if (curves := read_curves({"loss": out})) and (outcome := config.get("outcome")):
        last = []
        for curve in curves:
            loss = f"{curve.label} {curve.steps[-1][2]:.4g}" if curve.steps else curve.label
            last.append(f"{loss} (validation {curve.valid[-1][2]:.4g})" if curve.valid else loss)
        seen, count = outcome["items"], config["data"]["items"]
        passes = f"{seen / count:.2g} passes over the data" if len(config["stages"]) == 1 else f"{seen:,} items"
        yield f"{', '.join(last)} {curves[-1].unit} after {passes}"
        if (parent := config.get("parent")) and seen < FEW_PASSES * count:
            yield (
                f"Few passes for a tuning: the model has hardly changed from {parent['run']}. Give it "
                f"{FEW_PASSES} passes or more: --epochs {FEW_PASSES}"
            )
    if "sample" in model.verbs:
        words = ["sample", str(out), "-n", "100", "--out", f"new{model.domain.viewed}"]
    elif "predict" in model.verbs and config["data"]["source"]:
        words = ["predict", str(out), str(config["data"]["source"]), "--out", "predictions.csv"]
    else:
        return
    yield f"Next: {shlex.join(['genwright', *words])}"


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
    return runs[number].content
