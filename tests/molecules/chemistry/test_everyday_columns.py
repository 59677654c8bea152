# Tests molecules/chemistry/properties.py
"""Columns that chemists look at first, by value; and clusters of alike molecules on one side of a split."""

import numpy as np
import pandas as pd
import pytest
from made_molecules import molecules

import genwright
from genwright.molecules.chemistry.fingerprints import cluster_butina, morgan_counts, packed
from genwright.molecules.chemistry.properties import PROPERTIES, computed
from genwright.molecules.library_tables import score

ASPIRIN, LONG = "CC(=O)Oc1ccccc1C(=O)O", "C" * 40
WANTED = {"hbd": 1, "hba": 3, "rotatable": 2, "fsp3": 1 / 9, "charge": 0, "rings": 1, "lipinski": 0, "veber": 0}


def test_everyday_columns_by_value():
    table = score([ASPIRIN, "no molecule", "CC(=O)[O-]", LONG])
    assert table.loc[0, list(WANTED)].to_dict() == pytest.approx(WANTED)
    assert table.loc[1, list(WANTED)].isna().all() and table.loc[2, "charge"] == -1
    assert table.loc[3, ["lipinski", "veber"]].tolist() == [2, 1]  # weight and logp; rotatable bonds
    values = computed([ASPIRIN], PROPERTIES)
    assert {name: values[name][0] for name in WANTED} == pytest.approx(WANTED)


@pytest.mark.long
def test_wishes_and_screens_have_them(tmp_path):
    library = [ASPIRIN, "CCO", *molecules(10)]
    done = genwright.screen(library, actives=["CCCO"], out=tmp_path / "h", progress=False)
    row = done.best.set_index("smiles").loc[ASPIRIN]
    assert {name: float(row[name]) for name in WANTED} == pytest.approx(WANTED, abs=1e-3)
    assert "rotatable rotatable bonds" in " ".join((tmp_path / "h" / "ranked.columns.txt").read_text().split())
    ask = dict(want=["hbd<=0", "rings=1..2"], calls=60, out=tmp_path / "d", progress=False)
    best = genwright.design(molecules(60), **ask).best
    assert best["hbd"].iloc[0] == 0 and 1 <= best["rings"].iloc[0] <= 2 and best["score"].iloc[0] == 1


def test_a_butina_split_parts_no_cluster():
    smiles = molecules(150)
    bits = packed(morgan_counts(smiles))
    cluster = cluster_butina(bits)
    unpacked = np.unpackbits(bits, axis=1).astype(float)
    both = unpacked @ unpacked.T
    alike = both / (unpacked.sum(1)[:, None] + unpacked.sum(1) - both)
    assert (alike[np.arange(150), cluster] >= 0.6).all() and (cluster[cluster] == cluster).all()
    assert (cluster == cluster_butina(bits)).all() and 1 < len(np.unique(cluster)) < 150
    centres = np.unique(cluster)
    assert (alike[np.ix_(centres, centres)] - np.eye(len(centres))).max() < 0.6
    data = genwright.load_data(pd.DataFrame({"smiles": smiles, "y": range(150)}), target="y", split="butina")
    part = dict(zip(data.smiles, data.parts))
    sides = pd.Series([part[s] for s in map(genwright_smiles, smiles)]).groupby(cluster).nunique()
    assert (sides == 1).all() and "butina" in data.protocol and data.redraw is not None
    assert set(data.parts) == {"train", "valid", "test"}


def genwright_smiles(text):
    from rdkit import Chem

    return Chem.CanonSmiles(text)
