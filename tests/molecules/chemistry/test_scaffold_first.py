# Tests molecules/chemistry/scaffolds.py
"""Molecules with their scaffold first: there and back, and scaffolds that a model grows where it chooses."""

from itertools import product

import pytest

chem = pytest.importorskip("rdkit.Chem")

from made_molecules import ENDS, molecules  # noqa: E402

import genwright  # noqa: E402
from genwright.molecules.chemistry.notations import (  # noqa: E402
    ScaffoldFirstSymbols,
    encode_scaffold_prefix,
    scaffold_first,
    smiles_of,
)
from genwright.molecules.chemistry.scaffolds import scaffold_of  # noqa: E402
from genwright.molecules.measure.decorations import decorate  # noqa: E402

WRITTEN = {
    "Cc1ccc(F)[nH]1": "c1{0}c{0}c{1}[nH]{0}c1{2}|<2>F<1>C",
    "Cn1cccc1": "c1{0}c{0}c{0}[nH]{1}c1{0}|<1>C",
    "CC1(C)CCNC1": "C1{2}C{0}C{0}N{0}C1{0}|<2>C<1>C",
    "CC(C)=C1CCCC1": "C{2}=C1C{0}C{0}C{0}C1{0}|<2>C<1>C",
    "CC(=O)c1ccccc1": "c1{1}c{0}c{0}c{0}c{0}c1{0}|<1>C(C)=O",
    "c1ccccc1": "c1{0}c{0}c{0}c{0}c{0}c1{0}|",
}
PLAIN = ["CCO", "C[C@H](F)c1ccccc1", "C[C@@H]1CCCO1", "Cl.c1ccccc1"]  # no rings, stereo, two pieces
MADE = molecules(12)
SIMPLE = [end + ring.format(other) for end, ring, other in product(ENDS, ("c1ccc({})cc1", "c1ccnc({})c1"), ENDS[:3])]


@pytest.mark.parametrize("smiles", WRITTEN)
def test_the_scaffold_comes_first_and_then_what_it_binds(smiles):
    assert "".join(scaffold_first(smiles)) == WRITTEN[smiles]


@pytest.mark.parametrize("smiles", [*WRITTEN, *PLAIN, *MADE, "C[N+](C)(C)c1ccccc1", "C[n+]1cccc(C2CC2)c1"])
def test_a_molecule_comes_back_however_it_was_written(smiles):
    read = chem.MolFromSmiles(smiles)
    symbols = scaffold_first(chem.MolToSmiles(read))
    assert smiles_of(symbols) == chem.MolToSmiles(read)
    assert (smiles in PLAIN) == (not any(symbol[0] == "{" for symbol in symbols))
    for seed in range(3):
        assert scaffold_first(chem.MolToSmiles(read, doRandom=True)) == symbols or smiles in PLAIN


@pytest.mark.parametrize("smiles", [*WRITTEN, *MADE])
def test_a_molecule_begins_as_its_scaffold_does(smiles):
    """Or the scaffold that a person brings would be one that the model never saw."""
    molecule = scaffold_first(chem.CanonSmiles(smiles))
    scaffold, known = encode_scaffold_prefix(scaffold_of(smiles))
    same = [one == other for one, other in zip(molecule, scaffold, strict=False)]
    assert all(one or not there for one, there in zip(same, known, strict=True))
    assert [symbol[0] == "{" for symbol in scaffold] == [not there for there in known]


def test_points_say_where_a_scaffold_grows_and_that_it_grows_nowhere_else():
    symbols, known = encode_scaffold_prefix("[*:1]c1ccc([*:2])[nH]1")
    assert "".join(symbols) == "c1{0}c{0}c{1}[nH]{0}c1{2}|<2>" and all(known)
    symbols, _ = encode_scaffold_prefix("[*:1]c1ccc(C(N)=O)cc1")
    assert symbols.count("{1}") == 1 and symbols.count("{0}") == 5 and symbols[-1] == "<1>"


@pytest.mark.parametrize(
    "wrong",
    [
        "c1{1}ccccc1",
        "c1{1}ccccc1|",
        "c1{1}ccccc1|<1>C{0}",
        "{1}c1ccccc1|<1>C",
        "c1{1}ccccc1|<2>C<1>",
        "c1{1}ccccc1|<1>C|",
        "c1{1}ccccc1|C",
        "|<1>C",
        "c1{2}ccccc1|<2>C<1>C",
        "O=c1{1}cc[nH]cc1|<1>C",
    ],
)
def test_what_spells_no_molecule_cannot_be_read(wrong):
    symbols = ScaffoldFirstSymbols.pattern.findall(wrong)
    assert "".join(symbols) == wrong and chem.MolFromSmiles(smiles_of(symbols)) is None


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    out = tmp_path_factory.mktemp("scaffold-first") / "run"
    data = genwright.load_data(SIMPLE, kind="molecules", notation="scaffold-first", given=["weight"])
    genwright.fit(data, "autoregressive", preset="tiny", steps=350, out=out, progress=False)
    return genwright.load_model(out)


@pytest.mark.long
def test_a_model_grows_scaffolds_where_it_chooses_and_keeps_them(model):
    table = decorate(model, ["c1ccncc1", "c1ccccc1"], {"weight": 120}, samples=40, seed=0)
    assert (table["opened"] == table["scaffold"]).all()
    read = table[table["valid"]]
    assert len(read) >= 8 and read["kept"].all() and read["same_scaffold"].mean() > 0.8


def test_a_hole_of_a_scaffold_holds_a_count_whatever_a_model_writes_there(model):
    domain = model.domain
    x, given, known = domain.encode_holes(["c1ccncc1"], None, {"weight": [120]})
    wrong = x.clone()
    wrong[~known] = domain.alphabet.symbols.index("=")
    wrong[known.flip(1).cumsum(1).flip(1) == 0] = domain.leaf.end  # nothing behind the scaffold
    assert domain.decode_holes(wrong, ["c1ccncc1"], known, given, {}) == ["c1ccncc1"]


def test_all_points_of_a_scaffold_grow_at_once(model):
    grown = decorate(model, ["[*:1]c1ccc([*:2])nc1"], {"weight": 120}, samples=40, seed=0)
    read = grown[grown["valid"]]["smiles"]
    pattern = chem.MolFromSmarts("[!#1]c1ccc([!#1])nc1")
    assert len(read) >= 8 and all(chem.MolFromSmiles(smiles).HasSubstructMatch(pattern) for smiles in read)
