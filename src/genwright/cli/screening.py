"""Commands of drug screening: `screen` ranks a library, `explain` draws which atoms move a prediction."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from ..core.visible import visible
from .options import FOLDER, TRAINING, Quiet, RunArgument, Seed
from .outputs import place
from .typed import pairs, split


@dataclass
class Evidence:
    """Evidence of activity, one of three: known actives, an assay or a trained model."""

    actives: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Known actives alone: a .smi, a table with SMILES or an .sdf.")
    ] = None
    by: Annotated[
        str,
        typer.Option(metavar="similarity|one-class|decoys", help="With --actives: how molecules rank (similarity)."),
    ] = "similarity"
    assay: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Table with measured values, on which a model is trained.")
    ] = None
    target: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="With --assay or --run: the column that ranks.")
    ] = None
    positive: Annotated[
        str | None,
        typer.Option(metavar="WORD", help="The class of the column that is sought, where its word does not say so."),
    ] = None
    lower: Annotated[
        bool | None,
        typer.Option("--lower/--higher", help="Whether smaller or larger numbers of the column are better (larger)."),
    ] = None
    run: Annotated[Path | None, typer.Option(metavar="RUN", help="Folder of a trained model of properties.")] = None


@dataclass
class Choice:
    """Molecules that are kept, how many of them go into top.sdf, and columns of warnings."""

    top: Annotated[int, typer.Option(metavar="N", help="Best molecules in top.sdf.")] = 100
    without: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Leave out what fails pains, mcf, charges, elements, rings, or a flag (repeatable)."
        ),
    ] = None
    new: Annotated[
        float | None,
        typer.Option(metavar="SIMILARITY", help="Leave out molecules more similar to a measured one, such as 0.4."),
    ] = None
    flag: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=RUN", help="Column of warnings by another model: toxicity=RUN (repeatable)."),
    ] = None


def screen(
    library: Annotated[
        str, typer.Argument(metavar="LIBRARY", help="Molecules to rank, such as library.smi.gz, of any length.")
    ],
    *,
    evidence: Evidence,
    family: Annotated[
        str | None,
        typer.Option(metavar="FAMILY", rich_help_panel=TRAINING, help="With --assay: family to train (dmpnn)."),
    ] = None,
    minutes: Annotated[float, typer.Option(rich_help_panel=TRAINING, help="With --assay: minutes of training.")] = 2.0,
    seed: Seed = None,
    choice: Choice,
    out: Annotated[Path, typer.Option(rich_help_panel=FOLDER, help="Folder. Resumes a screen there.")] = Path("hits"),
    quiet: Quiet = False,
) -> None:
    """Rank a library of molecules, and say what to buy.

    Writes ranked.csv, top.sdf and report.html. Run the same command again to resume.

    Example: genwright screen library.smi.gz --actives actives.smi --out hits

    Assay: genwright screen library.smi.gz --assay assay.csv --target active --out hits

    Model: genwright screen library.smi.gz --run runs/assay --top 500 --without pains,mcf --new 0.4
    """
    from ..screening.screen import screen

    chosen = asdict(choice)
    chosen |= {"flags": pairs(chosen.pop("flag"), "toxicity=runs/tox21"), "without": split(chosen["without"] or [])}
    done = screen(library, **asdict(evidence), **chosen, family=family, minutes=minutes, seed=seed or 0, out=out,
                  progress=not quiet)  # fmt: skip
    if not quiet:
        print("\n".join(map(visible, [*done.notes, *done.describe()])))
    print(visible(f"{done.ranked}, {out / 'top.sdf'} and {done.report}"))


def explain(
    run: RunArgument,
    molecules: Annotated[str, typer.Argument(metavar="FILE", help="Molecules, such as hits/ranked.csv.")],
    target: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Target to explain, where the model has several.")
    ] = None,
    n: Annotated[int, typer.Option("-n", min=1, metavar="NUMBER", help="Molecules from the top of FILE.")] = 24,
    out: Annotated[Path | None, typer.Option(help="Output page. Default: a new atoms.html.")] = None,
) -> None:
    """Draw which atoms of molecules move a prediction.

    The value at an atom is the prediction less the prediction with the atom's features masked.

    Example: genwright explain runs/assay hits/ranked.csv --out atoms.html
    """
    from ..core.errors import DataError
    from ..core.files import write_whole
    from ..screening.explain import explain

    out, over = place(out, "atoms.html")
    if out.suffix.lower() != ".html":
        raise DataError(f"cannot draw atoms to {out}: let its name end in .html")
    found = explain(run, molecules, target, n)
    write_whole(out, found.page.encode())
    if found.skipped:
        print(visible(found.skipped))
    print(visible(f"{len(found.table):,} atoms of {found.count:,} molecules: {out}{over}"))
