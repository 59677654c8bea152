"""A small assay, a library and runs that tests of screening share."""

import gzip
from types import SimpleNamespace

import pandas as pd
import pytest
from made_molecules import molecules

import genwright

ACTIVE = "CS(=O)(=O)"  # what makes a molecule active here


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    """Files of a screen: an assay of 160 molecules, active where they have a sulfone, their actives, a library of 120
    others with some of the assay's as salts, twice or unreadable; and runs of a forest, one of them on all rows."""
    folder = tmp_path_factory.mktemp("screen")
    every = molecules(276)
    measured, library = every[:160], every[160:]
    active = [int(smiles.startswith(ACTIVE)) for smiles in measured]
    pd.DataFrame({"smiles": measured, "active": active, "y": [len(text) / 3 for text in measured]}).to_csv(
        folder / "assay.csv", index=False
    )
    (folder / "actives.smi").write_text("\n".join(text for text, hit in zip(measured, active) if hit) + "\n")
    salt = next(text for text in measured if "CO" in text)
    lines = [f"{text} L{k}" for k, text in enumerate(library)]
    lines += [f"{salt}.Cl salt", f"{library[0]} twice", "c1cccc1 bad"]
    (folder / "library.smi").write_text("\n".join(lines) + "\n")
    with gzip.open(folder / "library.smi.gz", "wt") as file:
        file.write("\n".join(lines) + "\n")
    assay = genwright.load_data(folder / "assay.csv", target="active", descriptors="none", seed=0)
    forest = dict(family="forest", hyperparameters={"trees": 30}, progress=False)
    genwright.fit(assay, out=folder / "forest", **forest)
    genwright.fit(assay, out=folder / "all", rows="all", **forest)
    both = genwright.load_data(folder / "assay.csv", target=["active", "y"], descriptors="none", seed=0)
    genwright.fit(both, out=folder / "both", **forest)
    return SimpleNamespace(folder=folder, measured=measured, active=active, library=library, mark=ACTIVE)
