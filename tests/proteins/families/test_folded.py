# Tests proteins/families/structures.py, proteins/kinds/chain_files.py, proteins/kinds/load.py,
#   proteins/zoo/folding.py
"""Predicted structures as files: what is written is read again, under names that stay inside the folder."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from genwright.core.errors import DataError
from genwright.kinds.formats.source import Source
from genwright.kinds.known_kinds import READER
from genwright.proteins.families.folded import Folded, write_folded
from genwright.proteins.families.structures import Structures
from genwright.proteins.kinds.chain import chain_of_sequence
from genwright.proteins.kinds.chain_files import read_chains
from genwright.proteins.kinds.geometry import HELIX, build_backbone
from genwright.proteins.kinds.load import read_items
from genwright.proteins.kinds.sketches import UNKNOWN_IDENTITY, Identity, sketch, sketch_to_text


def folded(name: str, sequence: str = "MKVLAX") -> Folded:
    chain = chain_of_sequence(sequence, name)
    atoms = build_backbone(*np.tile(HELIX, (len(chain), 1)).T)
    return Folded.of_chain(chain, atoms, np.linspace(0, 1, len(chain)))


def test_a_folder_of_structures_is_read_again(tmp_path):
    pytest.importorskip("gemmi")
    structures = [folded("one"), folded("two", "ACDEFGHIKLMNPQRSTVWY")]
    raw = read_chains(write_folded(structures, tmp_path / "folded"))
    assert [chain.sequence for chain in raw.items] == [one.chain.sequence for one in structures]
    for chain, one in zip(raw.items, structures):
        assert np.allclose(chain.atoms, one.atoms, atol=1e-3) and not chain.breaks.any()
    lines = (tmp_path / "folded" / "one.pdb").read_text().split("\n")
    assert [float(line[60:66]) for line in lines if line[12:16] == " CA "] == [0, 20, 40, 60, 80, 100]
    atoms = [line for line in lines if line.startswith("ATOM")]
    assert [int(line[6:11]) for line in atoms] == [*range(1, 19)]
    assert [int(line[22:26]) for line in atoms[::3]] == [1, 2, 3, 4, 5, 6]
    assert {line[54:60] for line in atoms} == {"  1.00"}


def test_an_mmcif_file_of_structures_is_read_again(tmp_path):
    gemmi = pytest.importorskip("gemmi")
    structures = [folded("one"), folded("my two", "ACDEFGHIKLMNPQRSTVWY")]
    file = write_folded(structures, tmp_path / "folded.cif")
    raw = read_chains(file)
    assert [chain.sequence for chain in raw.items] == [one.chain.sequence for one in structures]
    assert [chain.name for chain in raw.items] == ["folded_one_A", "folded_my_two_A"]
    for chain, one in zip(raw.items, structures):
        assert np.allclose(chain.atoms, one.atoms, atol=1e-3) and not chain.breaks.any()
    sure = gemmi.cif.read(str(file))[0].find_values("_atom_site.B_iso_or_equiv")
    assert [float(value) for value in list(sure)[1::3]] == [0, 20, 40, 60, 80, 100]
    column = lambda name: [*map(float, gemmi.cif.read(str(file))[0].find_values(f"_atom_site.{name}"))]
    assert column("id") == [*range(1, 19)] and set(column("occupancy")) == {1.0}
    assert column("label_seq_id") == column("auth_seq_id") == [k for k in range(1, 7) for _ in range(3)]


def test_files_and_the_terminal_say_how_like_the_training_chains_a_prediction_is(tmp_path):
    gemmi = pytest.importorskip("gemmi")
    known, strange = "MKVLAAGITRESLKQWWEDNPFYHCSTRDA", "GGSPNQHHFYCWWEDKIMLTVARRSNPQGF"
    hashes = tuple(sketch_to_text(sketch(chain_of_sequence(known).letters)) for _ in range(2))
    domain = Structures.from_json(Structures(0, 30, 2, hashes).to_json())
    one, other = (replace(folded(text, text), identity=domain.identity_of(folded(text, text).chain))
                  for text in (known, strange))  # fmt: skip
    assert one.identity == Identity(1.0) and other.identity.is_bound
    for each in (one, other):
        remarks = [line for line in each.to_pdb().split("\n") if line.startswith("REMARK")]
        assert max(map(len, remarks)) <= 80 and str(each.identity) in " ".join(line[11:] for line in remarks)
        text = gemmi.cif.read_string(each.to_mmcif("x"))[0].find_value("_pdbx_database_remark.text")
        assert str(each.identity) in text
        assert str(each.identity) in domain.caution([one, other])
    table = pd.read_csv(write_folded([one, other], tmp_path / "folded") / "folded.csv")
    assert table["identity"].tolist() == [str(one.identity), str(other.identity)]


def test_a_run_that_does_not_know_its_chains_says_so():
    domain = Structures.from_json({"rows": 0, "longest": 30, "count": 2})
    assert domain.identity_of(folded("one").chain) is UNKNOWN_IDENTITY
    assert str(UNKNOWN_IDENTITY) in domain.caution([folded("one")])


def test_names_stay_inside_the_folder_and_none_is_lost(tmp_path):
    names = ["../up", "a/b", "same", "same", "x" * 300, ""]
    folder = write_folded([folded(name) for name in names], tmp_path / "folded")
    files = sorted(path.name for path in folder.iterdir())
    assert len(files) == len(names) + 1 and "folded.csv" in files and [*tmp_path.iterdir()] == [folder]


def test_a_full_folder_is_not_overwritten(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match="not an empty folder"):
        write_folded([folded("one")], tmp_path)


def test_a_damaged_alignment_is_left_out_and_named(tmp_path):
    pytest.importorskip("gemmi")
    folder = write_folded([folded("one"), folded("two")], tmp_path / "folded")
    (folder / "one.a3m").write_text("MKVLAX\n")
    (folder / "two.a3m").write_text(">two\nMKVLAX\n>other\nMK-LAX\n")
    (folder / "all.fasta").write_text(">one\nMKVLAX\n>two\nMKVLAX\n")
    raw, read = read_chains(folder), read_items(Source.take(folder / "all.fasta", reader=READER), Structures(1, 6, 2))
    for items, account in ((raw.items, raw.account), (read.items, read.account)):
        assert [chain.alignment is None for chain in items] == [True, False]
        assert [remark for remark in account.remarks if "one.a3m" in remark]


def test_a_text_that_is_no_sequence_is_named_by_its_number():
    domain = Structures(rows=0, longest=9, count=1)
    with pytest.raises(DataError, match="sequence 2"):
        domain.without_labels(["MKTAYIA", "12345", "MKT"])
