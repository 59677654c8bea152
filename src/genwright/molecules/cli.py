"""Molecules: `genwright score`, `design`, `screen`, `explain` and `conformers`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ..cli.arguments import about, open_model, place, say, training_data_of
from ..cli.options import Device, Quiet, Run, SheetOptions, read_pairs, split_names
from ..cli.parser import OPTIONS, Keywords, Shown
from ..core.errors import BudgetError, DataError
from ..core.files import require_ours, write_whole
from ..core.safe_text import csv_bytes, visible
from ..core.sample_options import SampleOptions
from ..molecules.design import design_molecules
from ..molecules.screen import screen_library

if TYPE_CHECKING:
    from ..core.type_names import UserItems
    from ..run.model import Model

SWITCHED_OFF = "off"


def score(
    run: Annotated[str, Shown("[RUN]", help="Model of molecules, such as shipped:molecules (default: none).")],
    file: str | None = None,
    *,
    out: Path | None = None,
    train: Annotated[str | None, Shown("FILE")] = None,
    grid: Annotated[Path | None, Shown("PNG")] = None,
    by: Annotated[str, Shown("COLUMN")] = "qed",
    smarts: Annotated[Path | None, Shown("FILE")] = None,
    sheet: SheetOptions,
    device: Device = "auto",
) -> None:
    """Score molecules; for other data, take genwright log-prob.

    For each molecule: properties and structural alerts; of a RUN, also log-likelihood and nearest training molecule.

    Example: genwright score runs/mine new.smi --out ranked.csv --grid best.png --by qed

    Args:
        file: Molecules, such as new.smi, new.csv or new.sdf; of a table, the column that RUN learned.
        out: Output .csv, one row per molecule. Default: a new scores.csv. A .txt beside it explains the columns.
        train: Molecules to search for the nearest one (default: the training data of RUN, if it is not shipped).
        grid: Picture of the best molecules.
        by: Column that ranks them: qed, nats, similarity, sa ...
        smarts: Your own alerts, a SMARTS and its name in each line.
    """
    from ..molecules.library_tables import score_file
    from .chemistry.alerts import read_alerts

    alerts = read_alerts(smarts) if smarts else ()
    out, over = place(out, "scores.csv", "scores")
    place(grid, "best.png", "a picture of molecules")
    run, file = (None, run) if file is None else (run, file)
    model = None if run is None else open_model(run, "log_prob", device)
    if model is not None and model.domain.rest is None:  # no lines of text, which may be SMILES
        raise DataError(f"score is for molecules, which {run} was not trained on: take genwright log-prob {run} {file}")
    known = _molecules_to_compare(run, model, train)
    with about(file):
        scores = score_file(file, out, known, model, grid, by, alerts, **sheet)
    say(scores.notes)
    lost = f", {scores.unreadable:,} of them cannot be read" if scores.unreadable else ""
    print(visible(f"{scores.count:,} molecules{lost}: {', '.join(map(str, scores.paths))}{over}"))


def _molecules_to_compare(run: str | None, model: "Model | None", train: str | None) -> list[str] | None:
    """The molecules among which the nearest one is sought; None without a file of them and a run that has them."""
    from ..kinds.known_kinds import source_like
    from ..run.shipped import PREFIX
    from .kinds.library import read_in_batches

    if train:
        options, column = ({}, "") if model is None else (model.config["data"]["options"], model.domain.column)
        named, _ = source_like(train, options, {})
        return [text for part in read_in_batches(named, column) for _, text, _, why in part if not why]
    if model is None or run.startswith(PREFIX):
        return None
    return list(training_data_of(model, "name the molecules to compare with by --train").train)


def _rings(text: str) -> tuple[int, int] | None:
    first, _, last = text.partition("..")
    try:
        return None if text == SWITCHED_OFF else (int(first), int(last or first))
    except ValueError:
        raise DataError(f"--rings {text} says no sizes: write it as in --rings 5..6, or --rings off") from None


def _atoms(text: str) -> int | None:
    try:
        return None if text == SWITCHED_OFF else int(text)
    except ValueError:
        raise DataError(f"--atoms {text} is no number: write it as in --atoms 50, or --atoms off") from None


def _filters(text: str) -> bool:
    if text not in ("on", SWITCHED_OFF):
        raise DataError(f"--filters takes on or off, not {text!r}")
    return text == "on"


DESIGN = Keywords(
    design_molecules.design,
    {
        "Goal": "score lower want like similar keep ask tell",
        "Search": "family calls minutes seed seeds batch score_seconds diverse prior prior_minutes",
        "Limits": "rings atoms filters elements smarts",
        "Folder": "out",
    },
    shown={
        "score": Shown("FILE|COMMAND|RUN:PROPERTY"),
        "lower": Shown(flags=("--lower/--higher",)),
        "want": Shown("WISH"),
        "like": Shown("DATA"),
        "keep": Shown("SMILES"),
        "tell": Shown("CSV"),
        "family": Shown("NAMES"),
        "elements": Shown("SYMBOLS"),
        "prior": Shown("RUN"),
        "rings": Shown("SIZES|off", read=_rings),
        "atoms": Shown("NUMBER|off", read=_atoms),
        "filters": Shown("on|off", read=_filters),
        "smarts": Shown("FILE"),
    },
)
SCREEN = Keywords(
    screen_library.screen,
    {
        OPTIONS: "actives by assay target positive lower run top without smarts new flags seed",
        "Training": "family minutes",
        "Folder": "out",
    },
    shown={
        "actives": Shown("FILE"),
        "by": Shown("similarity|one-class|decoys"),
        "assay": Shown("FILE"),
        "target": Shown("COLUMN"),
        "positive": Shown("WORD"),
        "lower": Shown(flags=("--lower/--higher",)),
        "run": Shown("RUN"),
        "top": Shown("N"),
        "without": Shown("NAME"),
        "smarts": Shown("FILE"),
        "new": Shown("SIMILARITY"),
        "flags": Shown("NAME=RUN", ("--flag",)),
    },
)


def design(
    data: Annotated[str, Shown("DATA", help="Molecules to start from (docs/design.md).")],
    *,
    options: Annotated[dict, DESIGN],
    quiet: Quiet = False,
) -> None:
    """Design molecules that score high in few calls.

    Example: genwright design mols.smi --score my_score.py --calls 2000

    Wishes: genwright design mols.smi --want "weight=300..350" --want "qed>=0.8" --calls 2000
    """
    if "family" in options:
        options["family"] = split_names(options["family"])
        if not options["family"]:
            raise BudgetError("no family is named: leave --family out for genetic")
    with about(data):
        done = design_molecules.design(data, **options, progress=not quiet)
    if not quiet:
        print("\n".join(map(visible, [*done.notes, done.lead])))
    print(
        visible(f"{len(done.best):,} molecules of {len(done.calls):,} calls: {done.folder / 'best.csv'}, {done.report}")
    )


def screen(
    library: Annotated[str, Shown(help="Molecules to rank, such as library.smi.gz, of any length.")],
    *,
    options: Annotated[dict, SCREEN],
    quiet: Quiet = False,
) -> None:
    """Rank a library of molecules, and say what to buy.

    Writes ranked.csv, top.sdf and report.html. Run the same command again to resume.

    Example: genwright screen library.smi.gz --actives actives.smi --out hits

    Assay: genwright screen library.smi.gz --assay assay.csv --target active --out hits

    Model: genwright screen library.smi.gz --run runs/assay --top 500 --without pains,mcf --new 0.4
    """
    options["flags"] = read_pairs(options.get("flags"), "toxicity=runs/tox21")
    options["without"] = split_names(options.get("without", []))
    done = screen_library.screen(library, **options, progress=not quiet)
    if not quiet:
        print("\n".join(map(visible, [*done.notes, *done.describe()])))
    print(visible(f"{done.ranked}, {done.folder / 'top.sdf'} and {done.report}"))


def explain(
    run: Run,
    molecules: Annotated[str, Shown("FILE")],
    *,
    target: Annotated[str | None, Shown("COLUMN")] = None,
    n: Annotated[int, Shown(least=1)] = 24,
    out: Path | None = None,
) -> None:
    """Draw which atoms of molecules move a prediction.

    The value at an atom is the prediction less the prediction with the atom's features masked.

    Example: genwright explain runs/assay hits/ranked.csv --out atoms.html

    Args:
        molecules: Molecules, such as hits/ranked.csv.
        target: Target to explain, where the model has several.
        n: Molecules from the top of FILE.
        out: Output page. Default: a new atoms.html.
    """
    from ..core.files import write_whole
    from ..molecules.screen.explain import explain

    out, over = place(out, "atoms.html", "atoms")
    explained = explain(run, molecules, target, n)
    write_whole(out, explained.page.encode())
    if explained.skipped:
        print(visible(explained.skipped))
    print(visible(f"{len(explained.table):,} atoms of {explained.count:,} molecules: {out}{over}"))


def conformers(
    file: Annotated[str, Shown(help="Molecules as SMILES, such as new.smi, or best.csv of a design.")],
    *,
    out: Path | None = None,
    n: Annotated[int, Shown(least=1)] = 1,
    seed: int = 0,
) -> None:
    """Give molecules 3D coordinates, by RDKit's ETKDG and MMFF94.

    Example: genwright conformers new.smi --out new.sdf

    Args:
        out: Output .sdf. Default: a new conformers.sdf.
        n: Conformers of each molecule, the lowest energy first.
        seed: Seed of the coordinates to begin with.
    """
    from .conformers import write_conformers

    out, over = place(out, "conformers.sdf", "molecules in space")
    with about(file):
        written = write_conformers(file, out, n, seed)
    say(written.describe())
    print(visible(f"{written.conformers:,} structures of {written.molecules:,} molecules: {out}{over}"))


def grow_scaffolds(
    model: "Model", items: "UserItems", given: dict[str, object], samples: int, seed: int, options: SampleOptions,
    outputs: list[tuple[Path, str]], draws: int | None,
) -> str:  # fmt: skip
    """Grow scaffolds, write them, and return a sentence. given: what was typed; else what stands beside the scaffolds
    in their file. draws: of each scaffold, None for the default."""
    from .measure.decorations import DRAWS, DRAWS_EACH, MEANING, decorate_nearest, describe_unmet

    conditions = getattr(items, "given", {})
    given = given or {name: conditions[name] for name in model.domain.given.names if name in conditions}
    table = decorate_nearest(model, items, given, samples, seed, options, progress=True, draws=draws)
    if len(outputs) == 1 and outputs[0][0].suffix.lower() == ".csv":
        legend = outputs[0][0].with_suffix(".columns.txt")
        lines = [f"{name:13} {meaning}" for name, meaning in MEANING.items()]
        require_ours(legend, lines[0])
        write_whole(outputs[0][0], csv_bytes(table))
        write_whole(legend, "\n".join([*lines, ""]).encode())
    else:
        for number, (path, _) in enumerate(outputs, 1):
            model.domain.write(table["smiles"][table["sample"] == number].tolist(), path)
    if unmet := describe_unmet(table):
        say([unmet])
    valid, count_kept = int(table["valid"].sum()), int(table["kept"].eq(True).sum())  # None is neither
    path_words = ", ".join(f"{path}{over}" for path, over in outputs)
    most_draws = draws or max(DRAWS, DRAWS_EACH * samples)
    return (
        f"{len(table):,} completions of {len(items):,} scaffolds with seed {seed}, chosen from up to "
        f"{most_draws:,} draws of each: {valid:,} are molecules, {count_kept:,} hold the scaffold: {path_words}"
    )
