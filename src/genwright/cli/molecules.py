"""Molecules: `genwright score`, `design`, `screen` and `explain`."""

from pathlib import Path

from ..core.errors import BudgetError, DataError
from ..core.safe_text import visible
from ..molecules.design.design_options import DesignOptions
from ..molecules.screen.screen_options import ScreenOptions
from .arguments import about, open_model, place, say, training_data_of
from .options import SheetOptions, read_pairs, split_names

SWITCHED_OFF = "off"


def score(
    run: Path,
    file: str,
    *,
    out: Path | None = None,
    train: str | None = None,
    grid: Path | None = None,
    by: str = "qed",
    smarts: Path | None = None,
    sheet: SheetOptions,
    device: str = "auto",
) -> None:
    """Score molecules; for other data, take genwright log-prob.

    For each molecule: log-likelihood, properties, nearest training molecule and structural alerts.

    Example: genwright score runs/mine new.smi --out ranked.csv --grid best.png --by qed

    Args:
        file (FILE): Molecules, such as new.smi, new.csv or new.sdf; of a table, the column that RUN learned.
        out: Output .csv, one row per molecule. Default: a new scores.csv. A .txt beside it explains the columns.
        train (FILE): Molecules to search for the nearest one (default: the training data of RUN).
        grid (PNG): Picture of the best molecules.
        by (COLUMN): Column that ranks them: qed, nats, similarity, sa ...
        smarts (FILE): Your own alerts, a SMARTS and its name in each line.
    """
    from ..chemistry.alerts import read_alerts
    from ..kinds.known_kinds import source_like
    from ..kinds.molecules.library import read_in_batches
    from ..molecules.library_tables import score_file

    alerts = read_alerts(smarts) if smarts else ()
    out, over = place(out, "scores.csv", "scores")
    place(grid, "best.png", "a picture of molecules")
    model = open_model(run, "log_prob", device)
    if model.domain.rest is None:  # no lines of text, which may be SMILES
        raise DataError(f"score is for molecules, which {run} was not trained on: take genwright log-prob {run} {file}")
    if train:
        named, _ = source_like(train, model.config["data"]["options"], {})
        known = [text for part in read_in_batches(named, model.domain.column) for _, text, _, why in part if not why]
    else:
        known = list(training_data_of(model, "name the molecules to compare with by --train").train)
    with about(file):
        scores = score_file(file, out, known, model, grid, by, alerts, **sheet)
    say(scores.notes)
    lost = f", {scores.unreadable:,} of them cannot be read" if scores.unreadable else ""
    print(visible(f"{scores.count:,} molecules{lost}: {', '.join(map(str, scores.paths))}{over}"))


def design(
    data: str,
    *,
    options: DesignOptions,
    rings: str = "4..7",
    atoms: str = "38",
    filters: str = "on",
    quiet: bool = False,
) -> None:
    """Design molecules that score high in few calls.

    Example: genwright design mols.smi --score my_score.py --calls 2000

    Wishes: genwright design mols.smi --want "weight=300..350" --want "qed>=0.8" --calls 2000

    Args:
        data (DATA): Molecules to start from (docs/design.md).

    Limits:
        rings: Sizes of rings, or off.
        atoms: Most heavy atoms, or off.
        filters (on|off): Keep only what passes MOSES' filters.
    """
    from ..molecules.design.loop import design

    if filters not in ("on", SWITCHED_OFF):
        raise DataError(f"--filters takes on or off, not {filters!r}")
    if "family" in options:
        options["family"] = split_names(options["family"])
        if not options["family"]:
            raise BudgetError("no family is named: leave --family out for genetic")
    options |= {"rings": _rings(rings), "atoms": _atoms(atoms), "filters": filters != SWITCHED_OFF}
    with about(data):
        done = design(data, **options, progress=not quiet)
    if not quiet:
        print("\n".join(map(visible, [*done.notes, done.lead])))
    print(
        visible(f"{len(done.best):,} molecules of {len(done.calls):,} calls: {done.folder / 'best.csv'}, {done.report}")
    )


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


def screen(library: str, *, options: ScreenOptions, quiet: bool = False) -> None:
    """Rank a library of molecules, and say what to buy.

    Writes ranked.csv, top.sdf and report.html. Run the same command again to resume.

    Example: genwright screen library.smi.gz --actives actives.smi --out hits

    Assay: genwright screen library.smi.gz --assay assay.csv --target active --out hits

    Model: genwright screen library.smi.gz --run runs/assay --top 500 --without pains,mcf --new 0.4

    Args:
        library (LIBRARY): Molecules to rank, such as library.smi.gz, of any length.
    """
    from ..molecules.screen.screen import screen

    options["flags"] = read_pairs(options.get("flags"), "toxicity=runs/tox21")
    options["without"] = split_names(options.get("without", []))
    done = screen(library, **options, progress=not quiet)
    if not quiet:
        print("\n".join(map(visible, [*done.notes, *done.describe()])))
    print(visible(f"{done.ranked}, {done.folder / 'top.sdf'} and {done.report}"))


def explain(run: Path, molecules: str, *, target: str | None = None, n: int = 24, out: Path | None = None) -> None:
    """Draw which atoms of molecules move a prediction.

    The value at an atom is the prediction less the prediction with the atom's features masked.

    Example: genwright explain runs/assay hits/ranked.csv --out atoms.html

    Args:
        molecules (FILE): Molecules, such as hits/ranked.csv.
        target (COLUMN): Target to explain, where the model has several.
        n (NUMBER, 1..): Molecules from the top of FILE.
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
