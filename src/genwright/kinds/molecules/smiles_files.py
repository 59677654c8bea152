"""Files of SMILES: a molecule a line, its name behind a blank or a tab; a header and comments (#) may be there.

An extension of CXSMILES (C[C@H](F)Cl |&1:1| my name) is part of the molecule, not of its name.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ...chemistry.standards import extension_of
from ...chemistry.symbols import looks_like_smiles
from ...core.errors import DataError
from ..raw import Raw
from ..sequences.text_lines import BREAKS, comments_left_out, read_text

SUFFIXES = (".smi", ".smiles", ".smi.gz", ".smiles.gz")


class Line(NamedTuple):
    number: int
    smiles: str
    name: str
    header: bool


def smiles_lines(lines: Iterable[str]) -> Iterator[Line]:
    """Lines that are neither empty nor comments, cut into SMILES and name. The first of them may be a header."""
    first = True
    for number, line in enumerate(lines, 1):
        smiles, name = (*line.split(maxsplit=1), "", "")[:2]
        if not smiles or smiles.startswith("#"):
            continue
        header = first and "smiles" in smiles.lower() and not looks_like_smiles(smiles)
        first = False
        if extension := extension_of(line):
            smiles, name = f"{smiles} {extension}", name.removeprefix(extension)
        yield Line(number, smiles, name.strip(), header)


def read_smiles(path: Path) -> Raw:
    """Its molecules, as they are written. Raises DataError for a file that is no text, or holds none."""
    lines = BREAKS.split(read_text(path))
    lines_read = list(smiles_lines(lines))
    notes = [f"line {line.number} is read as a header" for line in lines_read if line.header]
    notes += comments_left_out(sum(line.lstrip().startswith("#") for line in lines), "#")
    lines_read = [line for line in lines_read if not line.header]
    if not lines_read:
        raise DataError(f"'{path}' is empty: give a file with a molecule a line, as SMILES")
    smiles, names = [line.smiles for line in lines_read], [line.name for line in lines_read]
    places = [f"line {line.number}" for line in lines_read]
    beside = pd.DataFrame({"name": names}) if any(names) else None
    return Raw("molecules", path.name.split(".")[0] or path.name, smiles, notes=notes, beside=beside, places=places)
