# Tests molecules/kinds/library.py, molecules/kinds/properties.py
"""Molecules to predict about: in order, part by part, each as the run's standard has it, and what cannot be read keeps
its place."""

import gzip
from functools import partial

import numpy as np
import pandas as pd
import pytest

from genwright.core.answers import Target
from genwright.core.errors import DataError
from genwright.kinds.formats.source import Source
from genwright.kinds.known_kinds import READER
from genwright.kinds.load import read_items
from genwright.molecules.chemistry.standards import Standard
from genwright.molecules.families.properties_domain import Properties
from genwright.molecules.kinds import library
from genwright.molecules.kinds.library import libraries, read_library

pytest.importorskip("rdkit")
source_of = partial(Source.take, reader=READER)
TEXTS = ["OCC", "CC(", "", "C[N+](C)(C)C.[Cl-]", "C", "[Pt]", "C" * 600]
NAMES = ["ethanol", "", "nothing", "salt", "methane", "", "long"]
READ = ["CCO", "C[N+](C)(C)C", "C", "[Pt]", "C" * 600]


def domain(**more) -> Properties:
    return Properties((Target("y"),), **{"descriptors": "none", **more})


def write(path, texts, names):
    if path.name.startswith("t."):
        delimiter = {"t.csv": ",", "t.csv.gz": ",", "t.tsv": "\t"}[path.name]
        text = pd.DataFrame({"id": names, "Canonical_SMILES": texts}).to_csv(index=False, sep=delimiter)
    else:
        text = "".join(f"{text or 'junk('} {name}\n" for text, name in zip(texts, names))
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.mark.parametrize(
    "name, part", [("m.smi", 2), ("m.smi.gz", 5_000), ("t.csv", 5_000), ("t.csv.gz", 2), ("t.tsv", 2)]
)
def test_files_are_read_in_order_and_part_by_part(name, part, tmp_path, monkeypatch):
    monkeypatch.setattr(library, "BATCH_MOLECULES", part)
    found = list(libraries(source_of(write(tmp_path / name, TEXTS, NAMES)), domain()))
    assert [len(one) for one in found] == ([2, 2, 2, 1] if part == 2 else [7])
    assert [text for one in found for text in one.smiles] == READ
    assert [name for one in found for name in one.names] == NAMES
    assert np.concatenate([one.valid for one in found]).tolist() == [True, False, False, True, True, True, True]
    places = [place for one in found for place in one.places]
    assert places == [f"{'row' if name[0] == 't' else 'line'} {k}" for k in range(1, 8)]


@pytest.mark.parametrize("form", [list, np.array, pd.Series])
def test_molecules_in_memory_keep_their_order_too(form):
    notes = (read := read_items(form(TEXTS), domain())).notes
    assert read.items.smiles == READ and read.items.texts == TEXTS and read.items.names == [""] * 7
    assert "salts and solvents are taken off" in notes[0] and "2 of them cannot be read (" in notes[1]
    table = pd.DataFrame({"drug": TEXTS, "name": NAMES, "y": range(7)})
    read = read_library(source_of(table), domain(column="drug"))
    assert read.items.smiles == READ and read.items.names == NAMES


def test_an_sdf_keeps_the_place_of_a_block_that_cannot_be_read(tmp_path):
    from rdkit import Chem

    whole = [Chem.MolToMolBlock(Chem.MolFromSmiles(smiles)) + "$$$$\n" for smiles in ("CCO", "CCN")]
    (tmp_path / "m.sdf").write_text(whole[0] + "damaged\n$$$$\n" + whole[1])
    library = read_library(source_of(tmp_path / "m.sdf"), domain()).items
    assert library.valid.tolist() == [True, False, True] and library.smiles == ["CCO", "CCN"]
    assert "RDKit does not read its block" in library.why[1]


def test_the_standard_of_the_run_is_applied():
    kept = domain(standard=Standard(salts="keep"))
    assert read_library(source_of(["CC.[Na+]"]), kept).items.smiles == ["CC.[Na+]"]
    assert read_library(source_of(["CC.[Na+]"]), domain()).items.smiles == ["CC"]


def test_descriptors_of_a_file_come_with_a_library():
    own = pd.DataFrame({"smiles": ["C", "CCO", "CCN"], "b": [1.0, 2.0, 3.0], "a": [4.0, 5.0, 6.0]})
    (found,) = libraries(source_of(["OCC", "N", "C"]), domain(descriptors=("a", "b")), own)
    assert found.own[[0, 2]].tolist() == [[5, 2], [4, 1]] and np.isnan(found.own[1]).all()
    with pytest.raises(DataError):
        list(libraries(source_of(["C"]), domain(descriptors=("a", "z")), own))
    with pytest.raises(DataError):
        list(libraries(source_of(["C"]), domain(), own))
