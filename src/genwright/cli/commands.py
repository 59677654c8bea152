"""The command line: a function a command.

Heavy libraries are imported inside the commands, so that `--help` and `list` answer at once.
"""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import __version__
from ..core.errors import BudgetError, DataError, GivenError, ItemError, Unsupported
from ..core.packages import require_package
from ..core.sample_options import METHOD
from ..core.visible import visible
from ..recipes import registry
from .decorating import decorated, is_one_table
from .design import Asking, Goal, Limiting, Searching
from .design import options as design_options
from .errors import exit_code_of, leave
from .options import (
    BUDGET,
    DATA_HELP,
    FOLDER,
    TRAINING,
    DataArgument,
    Device,
    DrawSeed,
    Given,
    Quiet,
    RunArgument,
    Seed,
    Task,
)
from .outputs import place, places, table_place
from .parameters import DataOptions, EdgeListOptions, Program, SheetOptions, ToReadOptions
from .sampling import TypedCompleting, TypedSampling, sampling_options
from .screening import explain, screen
from .signals import stops
from .typed import cut_at_commas, option_of, pairs, recorded, settings_of

SEEKING = ("search", "misfits")  # verbs of predictors that match images with texts
EACH = 8  # samples of each prompt of a file, where nobody says how many
FoundOut = Annotated[
    Path | None,
    typer.Option(help="Output .html, a page with the images, or a table such as .csv. Default: lines on stdout."),
]


def _version(wanted: bool) -> None:
    if wanted:
        print(f"genwright {__version__}")
        raise typer.Exit


app = Program(
    help="Train every family of generative model that fits your data, measure them alike, and use the best one.\n\n"
    "Start with: genwright compare digits",
)


@app.callback()
def program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def describe(
    data: Annotated[str, typer.Argument(metavar="DATA", help=DATA_HELP)],
    out: Annotated[
        Path | None,
        typer.Option(
            help="A .toml file with the type of each column, to edit and pass to --types. For molecules, a .csv of "
            "those that could not be read."
        ),
    ] = None,
    *,
    options: DataOptions,
    task: Task = None,
    seed: Seed = None,
) -> None:
    """Show how genwright reads the data, without training.

    If something is unclear, it prints a question that names the option to pass. It does not wait for an answer.

    Example: genwright describe penguins.csv --out types.toml
    """
    from ..core.data import Data
    from ..data.load import load_data
    from ..data.types_file import write_types

    with _about(data):
        found = load_data(data, **cut_at_commas(data, options), seed=seed or 0, task=task)
    lines = str(found).split("\n") if isinstance(found, Data) else found.describe()
    if out is not None and out.suffix.lower() == ".csv" and hasattr(found, "write_unreadable"):
        lines.append(f"left out: {found.write_unreadable(out)}")
    elif out is not None:
        lines.append(f"types: {write_types(found, out)}")
    print("\n".join(map(visible, lines)))


@dataclass
class Plan:
    """The families that a comparison trains, and its time."""

    minutes: Annotated[float, typer.Option(help="Training time of all families together, shared equally.")] = 5.0
    more_minutes: Annotated[
        float | None,
        typer.Option(metavar="MINUTES", help="Train the families in --out further, then measure again."),
    ] = None
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print which families would train and how long it takes; write nothing.")
    ] = False
    family: Annotated[
        list[str] | None,
        typer.Option(metavar="FAMILY", help="Train only this family, beside the baselines (repeatable)."),
    ] = None
    every: Annotated[bool, typer.Option("--all", help="Also train the variants, which are left out by default.")] = (
        False
    )


WORKERS = {
    "metavar": "N|slurm|list",
    "help": "Train N runs at a time, send them to Slurm, or list commands (docs/many-machines.md).",
}


@dataclass
class Team:
    """Workers that train the runs of a comparison, or the members of an ensemble."""

    workers: Annotated[str | None, typer.Option(**WORKERS)] = None
    slurm: Annotated[
        str | None,
        typer.Option(
            metavar="NAME=VALUE", hidden=True, help="What each job gets: partition=cpu,time=60,cpus=4 (minutes, cores)."
        ),
    ] = None
    retries: Annotated[
        int, typer.Option(metavar="N", hidden=True, help="How often to start a run again if its process was lost.")
    ] = 5


@app.command()
def compare(
    data: DataArgument = None,
    *,
    plan: Plan,
    team: Team,
    out: Annotated[
        Path | None,
        typer.Option(rich_help_panel=FOLDER, help="Folder (runs/compare-DATA). Resumes a comparison there."),
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option(
            metavar="RESULTS", rich_help_panel=FOLDER, help="Re-run the comparison recorded in this results.json."
        ),
    ] = None,
    options: DataOptions,
    task: Task = None,
    seed: Seed = None,
    device: Device = "auto",
    quiet: Quiet = False,
) -> None:
    """Train the families that fit the data and compare them.

    All share one budget and are measured alike. The result is a report.

    Example: genwright compare penguins.csv --minutes 3

    Again: genwright compare --replay runs/compare-penguins/results.json

    Longer: genwright compare penguins.csv --more-minutes 5
    """
    from ..data.load import load_to_compare
    from ..reports.results import read_comparison
    from ..run.tasks import task_of
    from ..studies.compare import compare, forecast
    from ..studies.compare_plan import ComparePlan

    if plan.every and plan.family:
        raise DataError(f"--all trains all families that fit, --family {plan.family[0]} this one: name one of the two")
    ComparePlan(plan.family, minutes=plan.minutes, more_minutes=plan.more_minutes, **asdict(team))
    known = replay or (out if plan.more_minutes is not None else None)  # which has the data, their split and the task
    record = known and read_comparison(known)
    data, seed, options = recorded("compare", data, seed, options, record)
    task = task or _task(record)
    with _about(data):
        loaded, learned = load_to_compare(data, **options, seed=seed, task=task)
        loaded = task_of(loaded, task)
    _say([] if quiet else loaded.describe())
    families = "all" if plan.every else plan.family
    if plan.dry_run:
        sentences = forecast(
            loaded, families, minutes=plan.minutes, seed=seed, target=learned, workers=team.workers, slurm=team.slurm
        )
        print("\n".join(map(visible, sentences)))
        return
    with stops():
        done = compare(
            loaded, families, minutes=plan.minutes, seed=seed, out=out, replay=replay, progress=not quiet,
            device=device, target=learned, more_minutes=plan.more_minutes, **asdict(team),
        )  # fmt: skip
    if isinstance(done, list):
        print("\n".join(done))
    elif quiet:
        print(visible(done.folder / "report.html"))


@dataclass
class Budget:
    """How long a run trains, and how fast."""

    minutes: Annotated[float | None, typer.Option(rich_help_panel=BUDGET, help="Minutes of training (2).")] = None
    steps: Annotated[int | None, typer.Option(rich_help_panel=BUDGET, hidden=True, help="Optimizer steps.")] = None
    items: Annotated[int | None, typer.Option(rich_help_panel=BUDGET, hidden=True, help="Training items seen.")] = None
    epochs: Annotated[float | None, typer.Option(rich_help_panel=BUDGET, help="Passes over the training data.")] = None
    pace: Annotated[
        float | None,
        typer.Option(
            rich_help_panel=TRAINING, hidden=True, help="With --from: factor on the learning rate of that run (0.1)."
        ),
    ] = None


@dataclass
class Learning:
    """Hyperparameters, what a run learns from, how many networks learn, and how it chooses threads and dtype."""

    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A hyperparameter (see `genwright list FAMILY`)."),
    ] = None
    all_rows: Annotated[
        bool,
        typer.Option(
            "--all-rows", rich_help_panel=TRAINING, hidden=True, help="Learn from all items, also test items."
        ),
    ] = False
    balance: Annotated[
        bool,
        typer.Option("--balance", rich_help_panel=TRAINING, hidden=True, help="Show each class equally often."),
    ] = False
    ensemble: Annotated[
        int | None,
        typer.Option(
            metavar="K", rich_help_panel=TRAINING, hidden=True, help="Networks that predict properties together."
        ),
    ] = None
    member: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            rich_help_panel=TRAINING,
            hidden=True,
            help="Train only the K-th member of the ensemble, in a folder of its own (docs/many-machines.md).",
        ),
    ] = None
    match: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            rich_help_panel=TRAINING,
            hidden=True,
            help="For unclip: take the two networks (towers) of this run of --task match on the same images.",
        ),
    ] = None
    probe: Annotated[
        bool,
        typer.Option(
            "--probe",
            rich_help_panel=TRAINING,
            hidden=True,
            help="Choose threads and dtype by timing a few steps; the result then depends on the machine's load.",
        ),
    ] = False


@dataclass
class Folder:
    """The folder of a run, and the run that it begins from."""

    out: Annotated[
        Path | None,
        typer.Option(rich_help_panel=FOLDER, help="Run folder (runs/DATA-FAMILY). Resumes a run there."),
    ] = None
    restart: Annotated[
        bool, typer.Option("--restart", rich_help_panel=FOLDER, help="Overwrite the run in the folder and begin anew.")
    ] = False
    checkpoint_seconds: Annotated[
        float,
        typer.Option(metavar="SECONDS", rich_help_panel=FOLDER, hidden=True, help="Seconds between checkpoints."),
    ] = 30.0
    previews: Annotated[
        int,
        typer.Option(
            metavar="N",
            rich_help_panel=FOLDER,
            show_default=False,
            help="Draw N samples into previews/ during training.",
        ),
    ] = 0
    replay: Annotated[
        Path | None, typer.Option(metavar="RUN", rich_help_panel=FOLDER, help="Repeat this run bit for bit.")
    ] = None
    split_number: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="K",
            rich_help_panel=FOLDER,
            hidden=True,
            help="For few data: train on their K-th further split.",
        ),
    ] = 0
    parent: Annotated[
        Path | None,
        typer.Option("--from", metavar="RUN", rich_help_panel=FOLDER, help="Begin with the weights of this run."),
    ] = None
    codec: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN", rich_help_panel=FOLDER, hidden=True, help="Take the codec of this run (dall-e, vq-vae)."
        ),
    ] = None


@dataclass
class Machines(Team):
    """Device and processes that train one model, and workers that train the members of an ensemble."""

    workers: Annotated[str | None, typer.Option(hidden=True, **WORKERS)] = None
    device: Device = "auto"
    processes: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            rich_help_panel=TRAINING,
            hidden=True,
            help="Train with N processes on this host (docs/many-machines.md).",
        ),
    ] = None
    processes_changed: Annotated[
        bool,
        typer.Option(
            "--processes-changed",
            rich_help_panel=FOLDER,
            hidden=True,
            help="Resume or repeat a run with another number of processes; its bits then differ.",
        ),
    ] = False
    timeout: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            rich_help_panel=TRAINING,
            hidden=True,
            help="Seconds without an answer after which another process counts as lost.",
        ),
    ] = 120.0


@app.command()
def fit(
    data: DataArgument = None,
    family: Annotated[
        str | None, typer.Option(metavar="FAMILY", help="Family of models (see `genwright list`).")
    ] = None,
    preset: Annotated[
        str | None, typer.Option(metavar="NAME", help="Named hyperparameters, such as small or large.")
    ] = None,
    *,
    context: typer.Context,
    budget: Budget,
    learning: Learning,
    folder: Folder,
    options: DataOptions,
    task: Task = None,
    seed: Seed = None,
    machines: Machines,
    quiet: Quiet = False,
) -> None:
    """Train one model. Run the same command again to resume an interrupted run.

    Example: genwright fit digits --family flow --minutes 10 --out runs/mine

    Graph: genwright fit edges.csv --nodes nodes.csv --target label --family gcn

    Fine-tune: genwright fit few.csv --from runs/mine
    """
    from ..run.fit import fit
    from ..run.folder import read_config
    from ..run.members import member_folder
    from ..run.plan import Plan, of_type, require_compatible
    from ..run.resplit import further_split
    from ..run.tasks import task_of
    from ..studies.workers import Listed
    from ..training.world import current_world, is_started_alone
    from .processes import launch

    replay, parent = folder.replay, folder.parent
    asked = {"preset": preset, "ensemble": learning.ensemble, "match": learning.match, "codec": folder.codec}
    asked |= {"balance": learning.balance, "probe": learning.probe, "hyperparameters": settings_of(learning.settings)}
    asked |= asdict(budget)
    require_compatible(asked | {"replay": replay, "parent": parent}, option_of)
    of_type(Plan, asked | {"family": family})  # refused whatever the data are, so that nobody waits until they are read
    members = _members(context.obj, machines, learning, budget.minutes)
    if machines.processes is not None and is_started_alone():
        raise typer.Exit(launch(machines.processes, context.obj, machines.device))
    world = current_world(machines.device, machines.timeout)
    if machines.processes not in (None, world.size):
        raise BudgetError(f"{world.size} processes were started already: leave --processes out")
    if members and world.size > 1:
        raise BudgetError(f"{world.size} processes were started already: leave --workers out")
    quiet = quiet or not world.leads
    compared = replay and replay.is_file()  # the results of a comparison, of which one run is repeated
    record = replay and (_compared(replay, family, folder.split_number) if compared else read_config(replay))
    data, seed, options = recorded("fit", data, seed, options, record)
    task = task or _task(record)
    loaded = _load(data, options, seed, quiet, lambda found: task_of(found, task), task)
    if folder.split_number:
        loaded = further_split(loaded, seed, folder.split_number)
    chosen = family or registry.TASKS[loaded.kind, loaded.task].default
    old = replay.parent / chosen if compared else replay
    begun = f"{old}-replay" if replay else f"{parent}-further" if parent else f"runs/{loaded.name}-{chosen}"
    out = folder.out or Path(begun)
    with _about(data), stops():
        try:
            fit(
                loaded, family, **asked, seed=seed, out=out, restart=folder.restart,
                replay=record if compared else replay, parent=parent,
                rows="all" if learning.all_rows else "train", progress=not quiet,
                checkpoint_seconds=folder.checkpoint_seconds, device=machines.device,
                processes_changed=machines.processes_changed, timeout=machines.timeout,
                member=learning.member, train_members=members, previews=folder.previews,
            )  # fmt: skip
        except Listed as listed:
            return print("\n".join(listed.commands))
    if world.leads:
        print(visible(f"model: {member_folder(out, learning.member) if learning.member else out}"))


@app.command()
def sample(
    run: RunArgument,
    n: Annotated[
        int | None,
        typer.Option(
            "-n", help="Number of items (64; one per item of --start, --like or given images; 8 per line of @FILE)."
        ),
    ] = None,
    given: Given = None,
    prompt: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Text: begin every sample with TEXT, which the model continues.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Output file or folder, such as new.png or new.csv (docs/command-line.md). Default: a new name such "
            "as samples.csv. An existing file is overwritten, with a message."
        ),
    ] = None,
    ids: Annotated[
        bool,
        typer.Option(
            "--ids",
            help="Tables: also write columns that were not modelled: made-up IDs, others empty.",
        ),
    ] = False,
    keep_rules: Annotated[
        bool, typer.Option("--keep-rules", help="Tables: keep only rows that break no rule of the data.")
    ] = False,
    unique: Annotated[bool, typer.Option("--unique", help="Keep only different items.")] = False,
    novel: Annotated[
        str | None,
        typer.Option(metavar="DATA", help="Keep only items that are not in DATA, such as the training data."),
    ] = None,
    seed: DrawSeed = None,
    device: Device = "auto",
    *,
    chosen: TypedSampling,
) -> None:
    """Sample new items from a trained model.

    Example: genwright sample runs/mine -n 64 --given label=3 --out new.png
    """
    from ..run.model import BEGUN
    from ..run.open import load_model

    model, seed = _open(run, "sample", device), _seed(seed)
    usual = 64
    for name in filter(chosen.__contains__, BEGUN):
        chosen[name], usual = _read_start(chosen[name], model, name)
    if "rerank" in chosen:
        chosen["rerank"] = load_model(chosen["rerank"], device)
    options = sampling_options(chosen, model.sample_options)
    if ids and not hasattr(model.domain, "with_ids"):
        raise DataError(f"--ids is for tables, and {run} was trained on other data: leave it out")
    told = pairs(given, "label=3")
    images = _read_given(told, model.domain)
    told |= images
    if prompts := _prompts(told, model.domain):
        each = EACH if n is None else n
        told = told | {name: [line for line in lines for _ in range(each)] for name, lines in prompts.items()}
        n = each * max(map(len, prompts.values()))
    n = max(map(len, images.values()), default=usual) if n is None else n
    known = None if novel is None else _read_for(model, novel).items
    if prompt is None:
        drawn = model.sample(
            n, told or None, seed, options, keep_rules=keep_rules, progress=True, unique=unique, novel=known
        )
    else:
        if keep_rules or unique or novel:
            raise GivenError("--prompt continues one text: leave --keep-rules, --unique and --novel out")
        begun = [_begun(prompt, model.domain)] * n
        drawn = model.complete(begun, given=told or None, seed=seed, options=options, progress=True)
    for what in getattr(drawn, "attrs", {}).get("kept", ()):
        print(visible(what), file=sys.stderr)
    drawn = model.domain.with_ids(drawn, seed) if ids else drawn
    out, over = place(out, f"samples{model.domain.viewed}")
    if prompts and out.suffix.lower() == ".png" and len(drawn) == n:  # a row of the sheet for each prompt
        drawn = model.domain.stack([drawn[k::each] for k in range(each)])
    elif unique or novel:
        n = len(drawn)
    print(visible(f"{n:,} sampled with seed {seed}: {model.domain.write(drawn, out)}{over}"))
    if effort := model.effort(options):
        print(f"each in {effort}")
    if options.best_of is not None:
        print(visible(drawn.method))
    _say_what_is_beside(model, drawn, out)


@app.command("log-prob")
def log_prob(
    run: RunArgument,
    data: Annotated[str, typer.Argument(metavar="DATA", help=DATA_HELP)],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Output table, one row per item: id, nats, se, kind, of. Default: a new log_prob.csv. An existing "
            "file is overwritten, with a message."
        ),
    ] = None,
    draws: Annotated[
        int | None, typer.Option(min=1, help="Random draws per item that estimate a bound; more are more accurate.")
    ] = None,
    *,
    sheet: SheetOptions,
    device: Device = "auto",
) -> None:
    """Log-likelihood of each item, in nats. For an .npz with a `known` mask: of the unknown part given the known part.

    Example: genwright log-prob runs/mine new.csv --out lp.csv
    """
    import pandas as pd

    from ..core.files import write_whole
    from ..domains.tables.write_table import table_parts

    out, over = table_place(out, "log_prob.csv", "a likelihood")
    model = _open(run, "log_prob", device)
    read = _read_for(model, data, sheet)
    lp, fits = _of_those_that_fit(
        model, data, read, "likelihood", lambda items: model.log_prob(items, draws=draws, known=read.known)
    )
    each = lambda values: _in_rows(values, fits)
    drawn = {} if lp.se is None else {"se": each(lp.se)}
    carried = getattr(read.items, "given", {})
    named = {name: carried[name] for name in ("name", "smiles") if name in carried}
    columns = {"id": list(read.places), **named, "nats": each(lp.nats), **drawn, "kind": lp.kind, "of": lp.of}
    write_whole(out, table_parts(pd.DataFrame(columns), out))
    what = _counted(len(lp), "item") + " given what is known" * (read.known is not None)
    print(visible(f"{what}, mean {lp.mean()} nats ({lp.kind} of the {lp.of}): {out}{over}"))
    if lp.noise:
        print(f"{lp.noise} (within the ± above): more --draws make it smaller")


@app.command()
def score(
    run: RunArgument,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A .smi with one SMILES per line, or a .csv with a column smiles (also .gz)."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Output .csv, one row per molecule. Default: a new scores.csv. A .txt beside it explains the columns."
        ),
    ] = None,
    train: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Molecules to search for the nearest one (default: the training data of RUN)."
        ),
    ] = None,
    grid: Annotated[Path | None, typer.Option(metavar="PNG", help="Picture of the best molecules.")] = None,
    by: Annotated[
        str, typer.Option(metavar="COLUMN", help="Column that ranks them: qed, nats, similarity, sa ...")
    ] = "qed",
    device: Device = "auto",
) -> None:
    """Score molecules; for other data, take genwright log-prob.

    For each molecule: log-likelihood, properties, nearest training molecule and structural alerts.

    Example: genwright score runs/mine new.smi --out ranked.csv --grid best.png --by qed
    """
    from ..data.readers.smiles_parts import parts_of
    from ..studies.molecule_scores import score_file

    out, over = place(out, "scores.csv")
    if out.suffix.lower() != ".csv":
        raise DataError(f"cannot write scores to {out}: let its name end in .csv")
    if grid is not None and grid.suffix.lower() != ".png":
        raise DataError(f"cannot draw molecules to {grid}: let its name end in .png")
    model = _open(run, "log_prob", device)
    if not hasattr(model.domain, "rest"):  # lines of text, which may be SMILES
        raise DataError(f"score is for molecules, which {run} was not trained on: take genwright log-prob {run} {file}")
    if train:
        known = [smiles for part in parts_of(train) for _, smiles, _ in part]
    else:
        known = list(_trained_on(model, "name the molecules to compare with by --train").train)
    found = score_file(file, out, known, model if model.has("log_prob") else None, grid, by)
    lost = f", {found.unreadable:,} of them cannot be read" if found.unreadable else ""
    print(visible(f"{found.count:,} molecules{lost}: {', '.join(map(str, found.paths))}{over}"))


@app.command()
def complete(
    run: RunArgument,
    data: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="The items to complete. Tables: leave cells empty. Images: a PNG, transparent where to fill. Text: "
            "_ for an unknown character, * at the end to continue. Other data: docs/command-line.md.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="Output file, as for sample. Default: a new filled.csv or the like."),
    ] = None,
    estimate: Annotated[
        str | None, typer.Option(metavar="mean", help="Best guess (mean or mode) instead of one sample.")
    ] = None,
    given: Given = None,
    samples: Annotated[
        int, typer.Option(min=1, metavar="K", help="Completions of each item, in files filled-1.csv to filled-K.csv.")
    ] = 1,
    known: Annotated[
        Path | None,
        typer.Option(metavar="PNG", help="If FILE is one image: a mask of its size, white to keep and black to fill."),
    ] = None,
    seed: DrawSeed = None,
    device: Device = "auto",
    *,
    sheet: SheetOptions,
    chosen: TypedCompleting,
) -> None:
    """Fill the missing parts of items. Known parts stay as they are.

    Example: genwright complete runs/mine holes.csv --out filled.csv --estimate mean

    Scaffolds: genwright complete runs/mols scaffolds.smi --given logp=2.5 --samples 20 --out grown.csv
    """
    from ..domains.tables.write_table import suffix_of

    model = _open(run, "complete", device)
    suffix = model.domain.suffix
    if suffix == ".npz":
        suffix = suffix_of(Path(data)) or (".npz" if data.lower().endswith(".npy") else model.domain.viewed)
    if estimate and samples > 1:
        raise GivenError(f"--estimate {estimate} gives one best guess: leave --samples out")
    grows = hasattr(model.domain, "openings") and not estimate
    outputs = places(out, f"filled{suffix}", 1 if grows and is_one_table(out) else samples)
    seed = _seed(seed)
    items, known, where, _, names, _ = _read_holes(model, data, sheet, known)
    told = pairs(given, "label=3")
    told |= _read_given(told, model.domain) | _prompts(told, model.domain)
    options = sampling_options(chosen, model.complete_options)
    with _about(data, where):
        if grows:
            return print(visible(decorated(model, items, told, samples, seed, options, outputs)))
        filled = model.complete(items, known, samples, estimate, told or None, seed, options, progress=True)
        filled = [filled] if samples == 1 else [filled[k] for k in range(samples)]
        if model.spec.is_set:  # something is missing of every one
            holes, of = len(items), f"{_counted(len(items), 'set')} completed"
        else:
            holes = model.domain.holes(items, known)
            of = f"{_counted(holes, 'missing value')} in {_counted(len(filled[0]), 'item')} filled"
    chooses = any(option.name == METHOD.name for option in model.complete_options)
    how = f"; {model.family.how(**options.chosen)}" if chooses else ""
    kind = filled[0].attrs["kind"] if hasattr(filled[0], "attrs") else filled[0].kind
    what = f"{of} with seed {seed} ({kind}{how})"
    written = [f"{model.domain.write(part, path, names)}{over}" for part, (path, over) in zip(filled, outputs)]
    print(visible(f"{what if holes else f'nothing is missing in {data}, written as it is'}: {', '.join(written)}"))
    for part, (path, _) in zip(filled, outputs):
        _say_what_is_beside(model, part, path)


@app.command()
def design(
    data: Annotated[str, typer.Argument(metavar="DATA", help="Molecules to start from (docs/design.md).")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder (runs/design-DATA). Resumes or extends a design there."),
    ] = None,
    *,
    goal: Goal,
    search: Searching,
    limits: Limiting,
    asking: Asking,
    quiet: Quiet = False,
) -> None:
    """Design molecules that score high in few calls.

    Example: genwright design mols.smi --score my_score.py --calls 2000

    Wishes: genwright design mols.smi --want "weight=300..350" --want "qed>=0.8" --calls 2000
    """
    from ..designing.loop import design as run_design

    with _about(data), stops():
        found = run_design(data, out=out, progress=not quiet, **design_options(goal, search, limits, asking))
    if not quiet:
        print("\n".join(map(visible, found.notes)))
        print(visible(found.lead))
    print(visible(f"{len(found.best):,} molecules: {found.folder / 'best.csv'}, {found.report}"))


@app.command()
def compress(
    run: RunArgument,
    data: Annotated[str, typer.Argument(metavar="DATA", help=DATA_HELP)],
    out: Annotated[Path | None, typer.Option(help="Output .gw file. Default: a new items.gw.")] = None,
    given: Annotated[
        bool, typer.Option("--given/--no-given", help="Keep the labels of items, and condition the code on them.")
    ] = True,
) -> None:
    """Compress items losslessly with the model. Only the same run can decompress them.

    Example: genwright compress runs/mine new.csv --out new.gw
    """
    from ..core.files import write_whole
    from ..data.load import read_items

    model = _open(run, "compress", "cpu")
    out, over = place(out, "items.gw")
    with _about(data):
        read = read_items(data, model.domain, model.config["data"]["options"])
        if notes := _notes(read):
            raise DataError(
                f"{'; '.join(notes)}, so decompress would not give back what is there: change that in a copy, and "
                "compress the copy"
            )
        if read.known is not None:
            raise DataError("some items have unknown parts, and compress takes whole items: complete them first")
    with _about(data, read.places):
        write_whole(out, model.compress_blocks(read.items, None if given else {}, progress=True))
    size, count = out.stat().st_size, len(read.items)
    print(visible(f"{_counted(count, 'item')} in {size:,} bytes, {8 * size / count:,.1f} bits each: {out}{over}"))


@app.command()
def decompress(
    run: RunArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File that genwright compress wrote with the same run.")],
    out: Annotated[
        Path | None, typer.Option(help="Output file, as for sample. Default: a new items.csv or the like.")
    ] = None,
) -> None:
    """Restore the items of a compressed file.

    Example: genwright decompress runs/mine new.gw --out new.csv
    """
    from ..core.limits import read_plain

    model = _open(run, "compress", "cpu")
    out, over = place(out, f"items{model.domain.suffix}")
    with _about(str(file)):
        items = model.decompress(bytes(read_plain(file)), progress=True)
    print(visible(f"{_counted(len(items), 'item')}: {model.domain.write(items, out)}{over}"))


@app.command()
def predict(
    run: RunArgument,
    data: Annotated[str, typer.Argument(metavar="DATA", help=DATA_HELP)],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Output table, one row per item: label and probabilities, or a number. Default: a new "
            "predictions.csv. An existing file is overwritten, with a message."
        ),
    ] = None,
    *,
    among: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="Images matched with texts: a text to choose among (repeatable)."),
    ] = None,
    options: ToReadOptions,
    sheet: SheetOptions,
    descriptors: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Table of descriptors, if training had one.")
    ] = None,
    device: Device = "auto",
) -> None:
    """Predict labels or numbers.

    DATA: molecules, images, or a graph (the training graph or another one).

    Items keep the order of DATA; files are sorted by name. To predict labels of images, train a semi-supervised-vae.

    Example: genwright predict runs/mine edges.csv --nodes nodes.csv --out predictions.csv

    Molecules: genwright predict runs/assay library.smi.gz

    Images: genwright predict runs/few photos/unlabelled

    Images and texts: genwright predict runs/match photos --among "a star" --among "a ring"
    """
    from ..core.files import write_whole
    from ..domains.tables.write_table import table_parts

    out, over = table_place(out, "predictions.csv", "predictions")
    model = _open(run, "predict", device)
    if among and not _matches_texts(model):
        raise DataError(f"{run} does not match images with texts: leave among out")
    if (model.config["kind"], model.config["task"]) == registry.PROPERTIES:
        _require_no_graph(options, run)
        return _predict_properties(model, data, out, over, descriptors, sheet)
    if descriptors is not None:
        raise DataError(f"{run} does not predict properties of molecules: leave descriptors out")
    with _about(data):
        if registry.predicts(model.config["task"]):
            items, names = _asked(data, options, sheet, model)
            table = model.predict(items, **({"among": among} if among else {}))
            table = table.set_axis(names) if _matches_texts(model) else table
        else:
            _require_no_graph(options, run)
            read = _read_for(model, data, sheet)
            table, fits = _of_those_that_fit(model, data, read, "prediction", model.predict)
            table = table.set_axis(fits.nonzero()[0]).reindex(range(len(fits))).set_axis(list(read.places))
    write_whole(out, table_parts(table, out, index_label="id"))
    print(visible(f"{len(table):,} predicted: {out}{over}"))


app.command()(screen)
app.command()(explain)


@app.command()
def encode(
    run: RunArgument,
    data: Annotated[str, typer.Argument(metavar="DATA", help=DATA_HELP)],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Output .npz: codes, one row per item, and id. Default: a new codes.npz. An existing file is "
            "overwritten, with a message."
        ),
    ] = None,
    *,
    options: ToReadOptions,
    sheet: SheetOptions,
    device: Device = "auto",
) -> None:
    """Encode items as latents or embeddings.

    Generative models have latents; predictors have embeddings of nodes, graphs or molecules.

    Images and texts: a folder of images (the run keeps its index for `genwright search`), or a .txt of texts.

    Example: genwright encode runs/mine cora --out codes.npz
    """
    import io

    import numpy as np

    from ..core.files import write_whole
    from .matching import kept_index

    out, over = place(out, "codes.npz")
    if out.suffix.lower() != ".npz":
        raise DataError(f"cannot write codes to {out}: let its name end in .npz")
    model = _open(run, "encode", device)
    with _about(data):
        if _matches_texts(model) and Path(data).is_dir():
            index = kept_index(model, run, data)
            codes, names = index.vectors, list(index.names)
        elif registry.predicts(model.config["task"]):
            items, names = _asked(data, options, sheet, model)
            codes = np.asarray(model.encode(items))
        else:
            _require_no_graph(options, run)
            read = _read_for(model, data, sheet)
            codes = _in_rows(*_of_those_that_fit(model, data, read, "code", model.encode))
            names = list(read.places)
    file = io.BytesIO()
    np.savez(file, codes=codes, **({} if names is None else {"id": np.array(names).astype(str)}))
    write_whole(out, file.getvalue())
    print(visible(f"{_counted(len(codes), 'code')} of {int(np.prod(codes.shape[1:])):,} numbers: {out}{over}"))


@app.command()
def search(
    run: RunArgument,
    data: Annotated[str, typer.Argument(metavar="DATA", help="A folder of images, or other images (docs/data.md).")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Text that the images should match.")],
    n: Annotated[int, typer.Option("-n", metavar="NUMBER", help="Images to find.")] = 12,
    out: FoundOut = None,
    device: Device = "auto",
) -> None:
    """Find the images that a text describes best.

    RUN must match images with texts (`genwright fit DATA --task match`).

    The run keeps an index of a folder, so later searches encode only images whose file changed.

    Example: genwright search runs/match photos "a red star" -n 12 --out found.html
    """
    from .matching import found_by, require_page, show

    require_page(out)
    model = _open(run, "search", device)
    with _about(data):
        show(found_by(model, run, data, text, n), out, text)


@app.command()
def misfits(
    run: RunArgument,
    data: Annotated[str, typer.Argument(metavar="DATA", help="Images with captions (docs/images.md).")],
    n: Annotated[int, typer.Option("-n", metavar="NUMBER", help="Images to list.")] = 12,
    out: FoundOut = None,
    device: Device = "auto",
) -> None:
    """List the images whose captions fit worst.

    Each comes with the caption of another image that fits better.

    Example: genwright misfits runs/match photos -n 50 --out misfits.html
    """
    from .matching import require_page, show, unfit

    require_page(out)
    model = _open(run, "misfits", device)
    with _about(data):
        show(unfit(model, data, n), out, f"Captions of {data} that fit worst")


@app.command()
def edit(
    run: RunArgument,
    data: Annotated[str, typer.Argument(metavar="DATA", help=f"Items to edit. {DATA_HELP}")],
    having: Annotated[str | None, typer.Option("--with", metavar="DATA", help="Items that have the attribute.")] = None,
    lacking: Annotated[
        str | None, typer.Option("--without", metavar="DATA", help="Similar items without the attribute.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Caption of what the images show (models such as unclip).")
    ] = None,
    target: Annotated[str | None, typer.Option(metavar="TEXT", help="Caption of what the images should show.")] = None,
    strength: Annotated[
        float, typer.Option(help="Size of the step: 1 is the whole difference, below 0 goes the other way.")
    ] = 1.0,
    out: Annotated[
        Path | None, typer.Option(help="Output file, as for sample. Default: a new edited.png or the like.")
    ] = None,
    device: Device = "auto",
) -> None:
    """Change items by an attribute, or images by captions.

    Latents move from the mean of --without towards the mean of --with, or from --source towards --target.

    Example: genwright edit runs/faces me.png --with faces/smiling --without faces/serious --out smiling.png

    Captions: genwright edit runs/unclip star.png --source "a red star" --target "a blue star"
    """
    from ..studies.attributes import attribute_vector, edited

    if not isfinite(strength):
        raise GivenError(f"strength must be a finite number, not {strength}: 1 is the whole difference")
    by_items, by_texts = ([one is not None for one in pair] for pair in ((having, lacking), (source, target)))
    if not (all(by_items) and not any(by_texts) or all(by_texts) and not any(by_items)):
        raise GivenError(
            "an edit needs --with and --without, items that have an attribute and that lack it, or --source and "
            "--target, two captions"
        )
    model = _open(run, "edit" if all(by_texts) else "decode", device)
    read = _read_for(model, data)
    items = read.items
    with _about(data, read.places):
        if all(by_texts):
            changed = model.edit(items, source, target, strength)
        else:
            vector = attribute_vector(model, *(_read_for(model, listed).items for listed in (having, lacking)))
            changed = edited(model, items, vector, strength)
    out, over = place(out, f"edited{model.domain.viewed}")
    print(
        visible(
            f"{len(items):,} edited with strength {strength:g}: {model.domain.write(changed, out, read.names)}{over}"
        )
    )


@app.command()
def plot(
    run: RunArgument,
    data: Annotated[str, typer.Argument(metavar="DATA", help=DATA_HELP)],
    what: Annotated[str, typer.Option(metavar="|".join(registry.FIGURES), help="The figure.")],
    out: Annotated[
        Path | None,
        typer.Option(
            help="A .png or .svg file (named after the figure). An existing file is overwritten, with a message."
        ),
    ] = None,
    node: Annotated[
        str | None,
        typer.Option(help="For attention: node whose neighbours are shown (default: all nodes of a small graph)."),
    ] = None,
    method: Annotated[
        str | None, typer.Option(metavar="t-SNE|PCA", help="For codes and layers: projection to the plane (t-SNE).")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="NUMBER", help="Seed of samples, and of the items that are shown.")] = 0,
    *,
    options: ToReadOptions,
    sheet: SheetOptions,
    device: Device = "auto",
) -> None:
    """Draw one figure of a model, with a sentence about it.

    Example: genwright plot runs/mine digits --what progressive --out chain.svg

    On a graph: genwright plot runs/cora-gat cora --what attention --node 17
    """
    from ..run.open import load_model
    from ..studies.plot import figure_of
    from ..studies.plot import plot as draw

    model = load_model(run, device)
    figure_of(model, what)
    out, over = place(out, f"{what}.png")
    with _about(data):
        if registry.predicts(model.config["task"]):
            items = _asked(data, options, sheet, model)[0]
        else:
            _require_no_graph(options, run)
            items = _read_for(model, data, sheet).items
    seen = draw(model, items, what, out, node=node, method=method, seed=seed)
    print(f"{visible(seen)}\n{visible(f'{out}{over}')}")


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a comparison or of a run.")],
    steps_curve: Annotated[
        bool,
        typer.Option("--steps-curve", help="For a run that samples in steps: also measure quality against steps."),
    ] = False,
    items: Annotated[
        int | None,
        typer.Option(metavar="N", help="With --steps-curve: samples for each sampler and number of steps (500)."),
    ] = None,
) -> None:
    """Write the report again from recorded results.

    Example: genwright report runs/compare-digits

    Steps: genwright report runs/mine --steps-curve
    """
    from ..reports.report import report

    if items is not None and not steps_curve:
        raise BudgetError("items is for a curve of steps: add --steps-curve, or leave --items out")
    if steps_curve:
        _measure_steps(folder, items)
    print(visible(f"report: {report(folder)}"))


@app.command()
def depth(
    data: Annotated[
        str,
        typer.Argument(
            metavar="GRAPH",
            help="A graph whose nodes have labels: cora, karate-club, or an edge list with --nodes.",
        ),
    ],
    *,
    options: EdgeListOptions,
    seeds: Annotated[int, typer.Option(help="Number of fits per network, each with its own seed.")] = 3,
    minutes: Annotated[float, typer.Option(help="Start no fit after this many minutes. Run again to resume.")] = 60.0,
    out: Annotated[Path | None, typer.Option(rich_help_panel=FOLDER, help="Folder (runs/depth-GRAPH).")] = None,
    device: Device = "auto",
    quiet: Quiet = False,
) -> None:
    """Measure how a graph network changes with its depth.

    It measures accuracy and over-smoothing by the number of layers, without and with remedies.

    Example: genwright depth cora --seeds 1 --minutes 20

    Your graph: genwright depth edges.csv --nodes nodes.csv --target label
    """
    from ..studies.depth import left, sweep

    out = out or Path("runs") / f"depth-{Path(data).stem}"
    with _about(data):
        loaded = _load(data, options, 0, quiet)
        found = sweep(loaded, out, seeds, minutes, not quiet, device)
    done = f"{len(found['models']):,} fits, {left(found):,} left"
    print(visible(f"{done}: {out / 'depth.png'} and {out / 'results.json'}"))


@app.command()
def expressiveness(
    out: Annotated[Path, typer.Option(rich_help_panel=FOLDER, help="Folder for the figure and the table.")] = Path(
        "runs/expressiveness"
    ),
) -> None:
    """Show which graph networks tell look-alike graphs apart.

    Example: genwright expressiveness
    """
    from ..studies.expressiveness import as_text, show, table

    print(as_text(table(show(out))))
    print(visible(f"{out / 'expressiveness.png'} and {out / 'results.json'}"))


@app.command()
def ladder(
    data: Annotated[
        str,
        typer.Argument(
            metavar="GRAPH",
            help="A graph whose nodes have labels: cora, karate-club, or an edge list with --nodes.",
        ),
    ],
    family: Annotated[
        list[str] | None, typer.Option(metavar="FAMILY", help="Train only this method (repeatable).")
    ] = None,
    *,
    options: EdgeListOptions,
    seeds: Annotated[int, typer.Option(help="Fits of each method, each with its own seed.")] = 3,
    out: Annotated[
        Path | None,
        typer.Option(rich_help_panel=FOLDER, help="Folder (runs/ladder-GRAPH). Resumes a ladder there."),
    ] = None,
    device: Device = "auto",
    quiet: Quiet = False,
) -> None:
    """Compare methods that label the nodes of a graph.

    It trains methods from label propagation to graph attention, and prints measured accuracy beside published.

    Example: genwright ladder cora

    Your graph: genwright ladder edges.csv --nodes nodes.csv --target label
    """
    from rich.console import Console

    from ..studies.ladder import ladder, print_ladder

    with _about(data):
        loaded = _load(data, options, 0, quiet)
        done = ladder(loaded, family, seeds=seeds, out=out, progress=not quiet, device=device)
    if not quiet:
        print_ladder(done.results, Console())
    print(
        visible(f"{len(done.results['plan']['families'])} methods: {done.picture} and {done.folder / 'results.json'}")
    )


@app.command()
def reproduce(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Name of a published figure (default: list them).")
    ] = None,
    seeds: Annotated[int | None, typer.Option(help="Number of fits (default: as the target says).")] = None,
    out: Annotated[
        Path | None,
        typer.Option(rich_help_panel=FOLDER, help="Folder (runs/reproduce-NAME). Resumes a reproduction there."),
    ] = None,
    device: Device = "auto",
    quiet: Quiet = False,
) -> None:
    """Measure a published figure again, and print both.

    Example: genwright reproduce label-propagation-cora
    """
    from ..studies.reproduce import lines, listed
    from ..studies.reproduce import reproduce as measure

    if name is None:
        print("\n".join(listed()))
        return
    found = measure(name, seeds=seeds, out=out, progress=not quiet, device=device)
    print("\n".join(map(visible, lines(name, found))))
    print(visible(f"results: {(out or Path('runs') / f'reproduce-{name}') / 'results.json'}"))


@app.command("list")
def list_families(
    family: Annotated[str | None, typer.Argument(metavar="FAMILY", help="Print one family in full.")] = None,
    of: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help="With FAMILY: only one kind of data, or one task.")
    ] = None,
) -> None:
    """List the families, or print one in full.

    Example: genwright list vae --kind images
    """
    from ..recipes.names import ALIASES
    from .family_page import family_page
    from .family_table import family_table, options_table, predictor_table

    if family is not None:
        print(family_page(family, of))
        return
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    print(family_table(width))
    print(
        "\n* a simple baseline.  Train one: genwright fit DATA --family FAMILY.  Compare all: genwright compare DATA\n"
    )
    print(f"{options_table()}\n")
    print(predictor_table(width))
    print("\nOther names:", *(f"{one.name}: {one}" for one in ALIASES), sep="\n")
    print("\nTrain one: genwright fit DATA --task TASK --family FAMILY.  Use it: genwright predict RUN DATA")


@app.command()
def status(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a comparison, of a run, or of several.")],
) -> None:
    """Print how runs stand.

    A run is waiting, running, stopped, stale (its process was lost), failed or done.

    Example: genwright status runs/compare-penguins
    """
    from ..studies.status import table

    print("\n".join(map(visible, table(folder))))


@app.command()
def studio(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of runs. It is made if it is missing.")] = Path(
        "runs"
    ),
    port: Annotated[
        int, typer.Option(min=1, max=65_535, help="Port to listen on; if it is taken, the next free one.")
    ] = 8317,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", hidden=True, help="Answer to other machines too; needs --token-file.")
    ] = "127.0.0.1",
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", hidden=True, help="File with the token that a browser must know.")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address, and open no browser.")] = False,
) -> None:
    """Show runs, train and use models in the browser.

    The page shows all runs of a folder, also those that you start there from a terminal.

    Example: genwright studio runs
    """
    for package in ("starlette", "uvicorn"):
        require_package(package)
    from ..studio.server import serve, token_of

    serve(folder, port, host, token_of(token_file, host), not no_browser)


@app.command()
def doctor() -> None:
    """Print versions, devices, the cache and optional packages.

    Example: genwright doctor
    """
    from .doctor import findings

    print("\n".join(visible(f"{name:14} {what}") for name, what in findings()))


# ---------------------------------------------------------------------- what a person typed


def _load(source: str, options: dict, seed: int, quiet: bool, then=lambda data: data, task: str | None = None):
    """then: what the loaded data become before they describe themselves. task: what they are loaded for."""
    from ..data.load import load_data

    with _about(source):
        data = then(load_data(source, **options, seed=seed, task=task))
    _say([] if quiet else data.describe())
    return data


def _members(typed: list[str], machines: Machines, learning: Learning, minutes: float | None):
    """The `Members` that workers train, None if no workers are named. typed: the command. minutes: of all members
    together, None if the budget has another unit."""
    from ..studies.workers import require_retries, workers_of
    from .members import Members

    if machines.workers is None and machines.slurm is None:
        return None
    if machines.processes is not None:
        raise BudgetError("--workers trains members apart, --processes one model together: leave --processes out")
    if learning.member is not None:
        raise BudgetError("--workers trains all members, --member one of them: leave --member out")
    require_retries(machines.retries)
    each = None if minutes is None else minutes / (learning.ensemble or 1)
    return Members(typed, workers_of(machines.workers, machines.slurm, each), machines.retries)


def _compared(replay: Path, family: str | None, number: int) -> dict:
    """The record of the run of a family in a comparison, on the split of this number."""
    from ..reports.results import find, read_comparison

    results = read_comparison(replay)
    row = family and find(results, family)
    if not row or row["error"]:
        names = [row["family"] for row in results["models"] + results["baselines"] if not row["error"]]
        raise DataError(f"{replay} has the runs of {', '.join(names)}: name one of them by --family")
    runs = [row["config"], *row["splits"]]
    if number >= len(runs):
        raise DataError(f"{replay} has no run of {family} on split {number}: name one below {len(runs)}")
    return runs[number]


def _task(record: dict | None) -> str | None:
    """The task of a run or a comparison that is to be repeated, None where it is of no graph."""
    if record is None:
        return None
    task = record["task"] if "task" in record else registry.place(record["data"]["domain"])[1]
    return task if registry.predicts(task) else None


def _read(source: str, domain, trained: dict | None = None, **options):
    """Items for a model, and what is said of those that were left out or changed. trained, options: as in
    `read_items`."""
    from ..data.load import read_items

    with _about(source):
        read = read_items(source, domain, trained, **options)
    _say(_notes(read))
    return read


def _read_for(model, source: str, sheet: dict | None = None):
    """The same, as the training data of the model were read. sheet: the options that are named instead."""
    return _read(source, model.domain, model.config["data"]["options"], **sheet or {})


def _read_holes(model, source: str, sheet: dict, mask: Path | None):
    """The same of items to complete: files of images have holes where they are transparent or the mask is black."""
    from ..data.load import read_items

    with _about(source):
        read = read_items(source, model.domain, model.config["data"]["options"], mask=mask, **sheet)
    _say(read.notes)
    if read.opaque is not None:
        return read._replace(known=None if mask is None and read.opaque.all() else read.opaque)
    if mask is not None:
        raise DataError(f"--known is a mask for files of images, and {source} is none: leave it out")
    return read


def _notes(read) -> list[str]:
    """Notes on the items read and on their transparent pixels, for verbs that do not fill such pixels."""
    from ..data.readers.picture_files import on_white

    return read.notes if read.opaque is None else [*read.notes, *on_white(read.opaque)]


def _asked(source: str, options: dict, sheet: dict, model):
    """Items that a predictor is asked about, or the whole that they are part of; and the items' names, None where they
    are only counted."""
    from ..data.load import stands_alone
    from ..data.readers.text_lines import read_lines

    if _matches_texts(model) and Path(source).suffix.lower() == ".txt":
        texts = read_lines(source).kept
        return model.domain.without_labels(texts), texts
    if not stands_alone(model.domain.kind):
        whole = _load(source, options | sheet, model.config["seed"], True, task=model.config["task"])
        return whole, getattr(whole, "names", None)
    _require_no_graph(options, "the model")
    read = _read_for(model, source, sheet)
    return model.domain.without_labels(read.items), list(read.places)


def _matches_texts(model) -> bool:
    return "search" in model.verbs


def _require_no_graph(options: dict, who: object) -> None:
    """Raises DataError for options of a graph, where `who` was trained on none."""
    if options:
        raise DataError(f"{who} was not trained on a graph: leave {next(iter(options))} out")


def _predict_properties(model, data: str, out: Path, over: str, descriptors: Path | None, sheet: dict) -> None:
    from ..studies.property_predictions import predict_file

    with _about(data):
        done = predict_file(model, data, out, descriptors, **sheet)
    _say(done.notes)
    print(visible(f"{done.count:,} predicted: {done.paths[0]}{over}; columns explained in {done.paths[1]}"))


def _say(notes: list[str]) -> None:
    print("".join(f"{visible(note)}\n" for note in notes), end="", file=sys.stderr)


def _of_those_that_fit(model, source: str, read, what: str, answer):
    """Result of `answer` for the items that the model can take, and (n,) bool, True for these items. Print how many
    others there are. Raises DataError if no item fits. what: the thing that the others lack."""
    import numpy as np

    from ..run.misfits import misfits

    fits = np.ones(len(read.places), bool)
    with _about(source, read.places):
        try:
            return answer(read.items), fits
        except ItemError:
            wrong = misfits(model.domain, read.items)
            if len(wrong) in (0, len(fits)):  # 0: what is wrong is not the item
                raise
        number, first = next(iter(wrong.items()))
        fits[list(wrong)] = False
        have = "have" if len(wrong) > 1 else "has"
        _say([f"{len(wrong):,} of {len(fits):,} items {have} no {what}: {first.at(read.places[number])}"])
        return answer(read.items[fits]), fits


def _in_rows(values, fits):
    """(n, ...) values of the items that fit, NaN of the others."""
    import numpy as np

    whole = np.full((len(fits), *values.shape[1:]), np.nan, values.dtype)
    whole[fits] = values
    return whole


@contextmanager
def _about(source: str, places=None):
    """Within, an error about the data says which data they were, and in which place of them an item stands."""
    try:
        yield
    except ItemError as error:
        said = str(error) if places is None else error.at(places[error.number])
        raise DataError(f"{source}: {said}") from error.__cause__
    except (DataError, GivenError) as error:
        if Path(source).name in str(error):
            raise
        raise type(error)(f"{source}: {error}") from error.__cause__


def _open(run: Path, verb: str, device: str):
    """Raises Unsupported where the run is of the other kind: a predictor does not sample, a generative model does not
    predict."""
    from ..run.model import Model
    from ..run.open import load_model

    model = load_model(run, device)
    if isinstance(model, Model):
        model.as_written = True
    if not hasattr(model, verb) or (verb in ("predict", *SEEKING) and not model.has(verb)):
        does, instead = (
            ("predicts", "predict or encode")
            if registry.predicts(model.config["task"])
            else ("samples", "sample, log-prob or complete")
        )
        name = verb.replace("_", "-")
        raise Unsupported(
            f"{run} holds {model.config['family']}, which {does} and cannot {name}: take genwright {instead}"
        )
    return model


def _measure_steps(run: Path, items: int | None) -> None:
    """Draw samples/steps-curve.png into a run, and print what was measured."""
    from ..run.open import load_model
    from ..studies.steps_curve import draw_curve, require_steps, steps_curve

    model = load_model(run)
    require_steps(model)
    data = _trained_on(model, "put them back where they were")
    curve = steps_curve(model, data, items)
    print("\n".join(map(visible, curve.describe())))
    path = run / "samples" / "steps-curve.png"
    path.parent.mkdir(exist_ok=True)
    print(visible(f"steps: {draw_curve(curve, path)}"))


def _trained_on(model, instead: str):
    """The data that a model was trained on. Raises DataError, with what to do instead, where they are not there."""
    from ..run.training_data import training_data

    try:
        return training_data(model)
    except DataError as error:
        raise DataError(f"{error}: {instead}") from error


def _read_given(given: dict[str, str], domain) -> dict:
    """{name: images} of the files and folders that were typed for given images."""
    from ..domains.images import GivenImage

    images = [field for field in domain.fields or () if isinstance(field, GivenImage) and field.name in given]
    return {field.name: _read(given[field.name], field.pictures).items for field in images}


def _read_start(source: str, model, name: str) -> tuple[Any, int]:
    """Items that draws resemble, in the form of the model, and how many they are. name: of the option."""
    items, domain = _read_for(model, source).items, model.domain
    with _about(source):
        items = domain.as_start(items, name)
        return items, len(domain.encode(domain.bare(items))[0])


def _begun(prompt: str, domain) -> str:
    """A text that goes on, as `complete` reads it."""
    if not hasattr(domain, "rest"):
        raise DataError("--prompt is for models of text: leave it out")
    if not domain.rest:
        raise DataError("every mark for an open end is a character of this text: leave --prompt out")
    return f"{prompt}{domain.rest}"


def _prompts(given: dict, domain) -> dict[str, list[str]]:
    """{variable: texts} of what was typed as @FILE, a text a line, where a text is given."""
    from ..data.readers.text_lines import read_lines

    texts = [name for name, leaf in domain.given.leaves if leaf.axis == "sequence"]
    return {name: read_lines(given[name][1:]).kept for name in texts if str(given.get(name)).startswith("@")}


def _say_what_is_beside(model, items, path: Path) -> None:
    """Print a sentence about what `path` lacks of the items, if it lacks anything."""
    if beside := model.domain.left_beside(items, path):
        print(visible(beside), file=sys.stderr)


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _seed(seed: int | None) -> int:
    from ..core.seeds import fresh_seed

    return fresh_seed() if seed is None else seed


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: see `cli_errors` for the codes."""
    arguments = sys.argv[1:] if arguments is None else arguments
    command = app.drawn_for(arguments[0] if arguments else "")

    def run() -> None:  # not command.main, which keeps Ctrl-C to itself
        whole = typer.Context(command, info_name="genwright", obj=list(arguments), **command.context_settings)
        named = command.commands.get(arguments[0]) if arguments else None
        if not arguments:
            print(command.get_help(whole))
        if named is None:
            with command.make_context("genwright", list(arguments)) as context:
                return command.invoke(context)
        with named.make_context(arguments[0], arguments[1:], parent=whole) as context:
            named.invoke(context)

    leave(exit_code_of(run, arguments))
