"""Files of SMILES: a molecule a line, its name behind a blank or a tab; a header and comments (#) may be there."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ...core.errors import DataError
from ...domains.molecule_symbols import looks_like_smiles
from ..raw import Raw
from .text_lines import BREAKS, read_text

SUFFIXES = (".smi", ".smiles", ".smi.gz", ".smiles.gz")


def read_smiles(path: Path) -> Raw:
    """Its molecules, as they are written. Raises DataError for a file that is no text, or holds none."""
    found, header = [], 0
    for number, line in enumerate(BREAKS.split(read_text(path)), 1):
        smiles, *name = line.split(maxsplit=1) or [""]
        if not smiles or smiles.startswith("#"):
            continue
        if not found and not header and "smiles" in smiles.lower() and not looks_like_smiles(smiles):
            header = number
            continue
        found.append((smiles, "".join(name), f"line {number}"))
    if not found:
        raise DataError(f"'{path}' is empty: give a file with a molecule a line, as SMILES")
    smiles, names, places = map(list, zip(*found))
    notes = [f"line {header} is taken for a header"] * bool(header)
    beside = pd.DataFrame({"name": names}) if any(names) else None
    return Raw("molecules", path.name.split(".")[0] or path.name, smiles, notes=notes, beside=beside, places=places)
