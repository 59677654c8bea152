"""Families and published figures: `genwright list` and `reproduce`."""

import shutil
import sys
from pathlib import Path

from ..core.visible import visible


def list_families(family: str | None = None, *, of: str | None = None) -> None:
    """List the families, or print one in full.

    Example: genwright list vae --kind images

    Args:
        family (FAMILY): Print one family in full.
        of (--kind, KIND): With FAMILY: only one kind of data, or one task.
    """
    from ..zoo.index import describe_alias, family_aliases
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
    print("\nOther names:", *(describe_alias(*one) for one in family_aliases()), sep="\n")
    print("\nTrain one: genwright fit DATA --task TASK --family FAMILY.  Use it: genwright predict RUN DATA")


def reproduce(
    name: str | None = None,
    *,
    seeds: int | None = None,
    out: Path | None = None,
    device: str = "auto",
    quiet: bool = False,
) -> None:
    """Measure a published figure again, and print both.

    Example: genwright reproduce label-propagation-cora

    Args:
        name (NAME): Name of a published figure (default: list them).
        seeds: Number of fits (default: as the target says).

    Folder:
        out: Folder (runs/reproduce-NAME). Resumes a reproduction there.
    """
    from ..studies.reproduce import lines, listed
    from ..studies.reproduce import reproduce as measure

    if name is None:
        print("\n".join(listed()))
        return
    found = measure(name, seeds=seeds, out=out, progress=not quiet, device=device)
    print("\n".join(map(visible, lines(name, found))))
    print(visible(f"results: {(out or Path('runs') / f'reproduce-{name}') / 'results.json'}"))
