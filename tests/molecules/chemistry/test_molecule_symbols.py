# Tests kinds/values/smiles_texts.py, molecules/chemistry/notations.py
"""Symbols of SMILES and SELFIES: cut without a rest, and put together again."""

import pytest

from genwright.kinds.alphabets import alphabet_from_json
from genwright.kinds.values.smiles_texts import looks_like_smiles
from genwright.molecules.chemistry.notations import SelfiesSymbols, SmilesSymbols, tokens

MOLECULES = ["CCO", "C[C@@H](Cl)Br", "c1ccc2[nH]ccc2c1", "O=C([O-])/C=C\\[N+](C)(C)C", "C1CC1C(=O)N1CCC1"]


def test_tokens_are_atoms_bonds_and_ring_numbers():
    cut = ["C", "[C@@H]", "(", "Cl", ")", "c", "1", "=", "%10", "%(123)", "Br", "/", "[13CH3]"]
    assert tokens("".join(cut)) == cut
    with pytest.raises(KeyError, match="X"):
        tokens("CCX")


@pytest.mark.parametrize(
    "text, is_like",
    [("CCO ethanol", True), ("[NH4+]", True), ("Annaberg3", False), ("no139", False), ("123", False), ("", False)],
)
def test_what_looks_like_smiles(text, is_like):
    assert looks_like_smiles(text) == is_like


def test_smiles_come_back_to_the_letter():
    symbols = SmilesSymbols.fit(MOLECULES)
    for smiles in MOLECULES:
        codes = symbols.encode(smiles)
        assert symbols.decode(codes) == smiles and symbols.count(smiles) == len(codes) <= len(smiles)
    assert alphabet_from_json(symbols.to_json()).symbols == symbols.symbols
    with pytest.raises(KeyError, match="I"):
        symbols.encode("CI")


def test_selfies_come_back_as_canonical_smiles_and_any_series_is_a_molecule():
    chem = pytest.importorskip("rdkit.Chem")
    pytest.importorskip("selfies")
    canonical = [chem.CanonSmiles(smiles) for smiles in MOLECULES]
    symbols = SelfiesSymbols.fit(canonical)
    assert [symbols.decode(symbols.encode(smiles)) for smiles in canonical] == canonical
    assert all(chem.MolFromSmiles(symbols.decode([k, k, k])) is not None for k in range(symbols.k))
    assert alphabet_from_json(symbols.to_json()).symbols == symbols.symbols


@pytest.mark.parametrize(
    "record",
    [{"smiles": ["C", "C"]}, {"smiles": ["*"]}, {"smiles": []}, {"selfies": ["C"]}, {"scaffold-first": ["{x}"]}],
)
def test_a_damaged_record_is_refused(record):
    with pytest.raises(ValueError):
        alphabet_from_json(record)
