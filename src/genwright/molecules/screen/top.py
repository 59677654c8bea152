"""The best molecules of ranked.csv, each once, and as an SDF."""

from pathlib import Path

import pandas as pd

from ...chemistry.standards import quiet_rdkit
from ...core.formulas import unquoted

END = "$$$$"  # of a block
READ = 1_000  # rows that are read at once
NUMBERS = ("rank", "score", "low", "high", "similarity", "training_similarity")


def best_of(ranked: Path, count: int) -> pd.DataFrame:
    """The first `count` different molecules that are not left out."""
    found = pd.DataFrame()
    for rows in pd.read_csv(ranked, chunksize=READ, dtype=str, keep_default_na=False):
        kept = rows[rows["removed"] == ""].drop(columns="removed")
        found = pd.concat([found, kept]).drop_duplicates("smiles")[:count]
        if len(found) == count or len(kept) < len(rows):
            break
    found = found.reset_index(drop=True)
    for name in found.columns:
        found[name] = pd.to_numeric(found[name]) if name in NUMBERS else found[name].map(unquoted)
    return found


def sdf(best: pd.DataFrame) -> bytes:
    """A block a molecule, drawn flat, with the columns as its data."""
    from rdkit import Chem
    from rdkit.Chem.rdDepictor import Compute2DCoords

    blocks = []
    with quiet_rdkit():
        for row in best.to_dict("records"):
            molecule = Chem.MolFromSmiles(row["smiles"])
            molecule.SetProp("_Name", _line(row["name"] or row["place"]))
            Compute2DCoords(molecule)
            data = "".join(f">  <{name}>\n{_line(value)}\n\n" for name, value in row.items() if _has_value(value))
            blocks.append(f"{Chem.MolToMolBlock(molecule)}{data}{END}\n")
    return "".join(blocks).encode()


def _line(value: object) -> str:
    """On one line, which does not begin like the end of a block."""
    line = " ".join(str(value).split())
    return f" {line}" if line.startswith(END) else line


def _has_value(value: object) -> bool:
    return value != "" and not pd.isna(value)
