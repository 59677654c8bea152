"""Published molecules: sets that generators are compared on, and tables of one measured property."""

import io
from dataclasses import replace

import numpy as np
import pandas as pd

from ...core.account import Account
from ...core.packages import Chem
from ...core.patience import with_progress
from ...kinds.formats.download import File, content
from ...kinds.formats.raw import Raw
from ..chemistry.standards import Standard, Unreadable, canonical, parsed, quiet_rdkit
from .molecule_tables import molecules_of_table
from .molecule_texts import as_graphs

MOSES = (
    File("moses/train.csv.gz", "cc9d6e8e9534e25a7a36361529ae739ddda8036e9072b2fc5cea6930a0592144", ()),
    File("moses/test.csv.gz", "0248e682a9c29ca7649184dd88a4edc83f48f0e84af6b923990069c3da4501b6", ()),
)
QM9 = File("qm9-smiles/qm9.csv.gz", "f7cc792c3e8c066fabf0645d11d8e3e98a41f4c6b7b6bed1e5b6425e5251c133", ())
ZINC = (
    File("zinc250k/valid.txt.gz", "ad7d9c2bfebd93ffda6c32ed0e89d1714ae1f592f6340c0e6ae057521bbae30d", ()),
    File("zinc250k/test.txt.gz", "31f6ce92914814db33bf0dbfc45f3836193e27cb80a59c54d88bc05a1f5fab83", ()),
)
MEASURED = {  # name -> (file, column of SMILES, column of the property)
    "bbbp": (
        File("moleculenet/BBBP.csv.gz", "34c10e0f0b15dbc178c3ce4ad9774decc6a202776a31763f5a899309c97497ee", ()),
        "smiles",
        "BBBP",
    ),
    "bace": (
        File("moleculenet/bace.csv.gz", "f3fb9ce90bada3e2bd6148b0df13f8f8145a357bf87df0dd5b391ede974fc737", ()),
        "mol",
        "Class",
    ),
    "esol": (
        File(
            "moleculenet/delaney-processed.csv.gz",
            "8c06a76f0c6487d29ab0f903e6a7a7139f189ab3c1178f159c8be8964602f189",
            (),
        ),
        "smiles",
        "measured log solubility in mols per litre",
    ),
    "freesolv": (
        File("moleculenet/SAMPL.csv.gz", "ab5895d914ee87cb563bd7b9611e869527bba45bec6b014d34dc495a0f9dcb72", ()),
        "smiles",
        "expt",
    ),
    "lipophilicity": (
        File(
            "moleculenet/Lipophilicity.csv.gz", "aed41590cb30609d51d8e08ad3ff06495a76e80e211358801f596b10da69bacd", ()
        ),
        "smiles",
        "exp",
    ),
    "antibiotics": (
        File("antibiotics/ecoli.csv", "699e63df8d622f8353978318b69e6652dcde9d002b36bf2eb83a770e4dd52191", ()),
        "smiles",
        "activity",
    ),
}


def moses() -> Raw:
    """Train and test of the benchmark (Polykovskiy et al. 2020), without its test set of new scaffolds. Its SMILES are
    taken as they were published: parsing them anew takes minutes."""
    train, test = map(_lines, MOSES)
    parts = np.repeat(["", "test"], [len(train), len(test)])
    return Raw("molecules", "moses", train + test, parts=parts, canonical=True, account=Account())


def zinc_jtvae() -> Raw:
    """Returns the available part of ZINC250k as Jin et al. (2018) split it: their validation molecules, to learn from,
    and their test molecules."""
    train, test = (content(file).decode("ascii").split() for file in ZINC)
    parts = np.repeat(["", "test"], [len(train), len(test)])
    return Raw("molecules", "zinc-jtvae", train + test, parts=parts, account=Account())


def qm9_smiles() -> Raw:
    """Returns the molecules of QM9, of which the file writes many with charges that QM9 does not have: these are
    neutralised, and those that stay charged are left out, both counted."""
    smiles, neutral, lost, changed = [], Standard(charges="neutral"), [], 0
    with quiet_rdkit():
        for row, text in enumerate(with_progress(_lines(QM9), "neutralising"), 1):
            if "+" not in text and "-" not in text:
                smiles.append(text)
                continue
            try:
                neutral_smiles = neutral.smiles(text)
            except Unreadable as why:
                lost.append((f"row {row}", text, str(why)))
                continue
            if Chem.GetFormalCharge(parsed(neutral_smiles)):
                lost.append((f"row {row}", text, "it stays charged"))
            else:
                smiles.append(neutral_smiles)
                changed += neutral_smiles != canonical(text)
    notes = [f"{changed:,} molecules neutralised"]
    return Raw("molecules", "qm9-smiles", smiles, account=Account(remarks=notes), unreadable=lost)


def qm9_graphs() -> Raw:
    """Loads QM9 as graphs of atoms and bonds."""
    return replace(as_graphs(qm9_smiles()), name="qm9-graphs")


def measured(name: str) -> Raw:
    """Loads a named table of molecules with a measured property as a condition."""
    file, column, given = MEASURED[name]
    table = pd.read_csv(io.BytesIO(content(file)), keep_default_na=False, na_values=[""])
    return replace(molecules_of_table(table[[column, given]], column, name, name), given=(given,))


def _lines(file: File) -> list[str]:
    """The cells of a table of one column, without its name."""
    return content(file).decode("ascii").split()[1:]
