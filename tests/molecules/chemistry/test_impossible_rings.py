# Tests molecules/chemistry/embedding.py
"""Rings that cannot exist, by kind and size; and molecules that exist and look like them."""

from itertools import product
from random import Random

import pytest

pytest.importorskip("rdkit")
from rdkit import Chem  # noqa: E402

from genwright.molecules.chemistry.embedding import can_embed  # noqa: E402
from genwright.molecules.chemistry.impossible_rings import find_impossible_ring  # noqa: E402
from genwright.molecules.design.limits import Limits  # noqa: E402

EXIST = {
    "norbornene": "C1CC2CC1C=C2",
    "barrelene": "C1=CC2C=CC1C=C2",
    "cubane": "C12C3C4C1C5C2C3C45",
    "adamantane": "C1C2CC3CC1CC(C2)C3",
    "bicyclopentane": "C1C2CC1C2",
    "camphor": "CC1(C)C2CCC1(C)C(=O)C2",
    "pinene": "CC1=CCC2CC1C2(C)C",
    "caryophyllene": "CC1=CCCC(=C)C2CC(C)(C)C2CC1",
    "morphine": "CN1CCC23C4C1Cc1ccc(O)c(c12)OC3C(O)C=C4",
    "thebaine": "COC1=CC=C2C3Cc4ccc(OC)c5OC1C2(CCN3C)c45",
    "strychnine": "O=C1CC2OCC=C3CN4CCC56C4CC3C2C5N1c1ccccc16",
    "cytisine": "O=c1cccc2n1CC1CNCC2C1",
    "quinine": "COc1ccc2nccc(C(O)C3CC4CCN3CC4C=C)c2c1",
    "varenicline": "c1cnc2cc3C4CNCC(c3cc2n1)C4",
    "core of taxol": "CC1=C2CC(=O)C3CCC4OCC4C3CC(C2(C)C)CC1",
    "cholesterol": "CC(C)CCCC(C)C1CCC2C1(CCC3C2CC=C4C3(CCC(C4)O)C)C",
    "penicillin": "CC1(C)SC2C(NC(=O)Cc3ccccc3)C(=O)N2C1C(O)=O",
    "triptycene": "c1ccc2c(c1)C1c3ccccc3C2c2ccccc21",
    "acenaphthylene": "C1=Cc2cccc3cccc1c23",
    "phenalene": "C1=Cc2cccc3cccc(C1)c23",
    "pyrene": "c1cc2ccc3cccc4ccc(c1)c2c34",
    "corannulene": "c1cc2ccc3ccc4ccc5ccc1c1c2c3c4c51",
    "cyclazine": "CC(=O)c1c(C(C)=O)c2ccc3cccc1n32",
    "peri-fused purine": "CCn1nc2c3c(ncn3C(C)(C)O2)c1=O",
    "paracyclophane": "C1Cc2ccc(cc2)CCc2ccc1cc2",
    "decaparacyclophane": "C1CCCCc2ccc(CCCCC1)cc2",
    "methanoannulene": "C1C2=CC=CC=C1C=CC=C2",
    "biphenylene": "c1ccc2c(c1)-c1ccccc1-2",
    "benzocyclobutene": "C1Cc2ccccc12",
    "squaric acid": "O=C1C(=O)C(O)=C1O",
    "tricyclooctadiene": "C1=CC2C1C1C=CC21",
    "cyclononyne": "C1CCCC#CCCC1",
    "porphine": "c1cc2cc3ccc([nH]3)cc3ccc(cc4ccc([nH]4)cc1n2)n3",
    "a copper chelate": "C1=[N]2CC[N]3=Cc4ccccc4O[Cu]32Oc2ccccc21",
}


def judged(smiles: str) -> str:
    """The verdict, after another order of atoms gave the same."""
    molecule = Chem.MolFromSmiles(smiles)
    order = Random(0).sample(range(molecule.GetNumAtoms()), molecule.GetNumAtoms())
    found = find_impossible_ring(molecule)
    assert found == find_impossible_ring(Chem.RenumberAtoms(molecule, order))
    return found


@pytest.mark.parametrize("name", EXIST)
def test_a_molecule_that_exists_passes(name):
    assert judged(EXIST[name]) == ""


@pytest.mark.parametrize("between", ["cccc{}c", "ccc{}cc", "ccnc{}c", "ccc{}o", "ccc{}[nH]"], ids=str)
def test_an_aromatic_ring_is_not_bridged_by_a_short_chain(between):
    """Between both ends of the bridge, the shorter way round the ring has one atom (meta) or two (para)."""
    para = between == "ccc{}cc"
    for length in range(1, 13):
        bridged = f"C1{'C' * (length - 1)}c2{between.format(1)}2"
        assert bool(judged(bridged)) == (length + 3 + para < 9)


@pytest.mark.parametrize("size", range(4, 13))
@pytest.mark.parametrize("chain", ["C#C", "C=C=C", "C=C=C=C", "N=C=N", "C#CC#C"])
def test_a_straight_chain_needs_a_ring_of_nine(chain, size):
    rest = size - sum(letter in "CN" for letter in chain)
    if rest > 0:
        assert bool(judged(f"C1{'C' * (rest - 1)}{chain}1")) == (size < 9)
        assert judged(f"C1{'C' * (size - 1)}1{chain}C") == ""


def bicycle(lengths: tuple[int, ...], element: str) -> str:
    """Two bridgeheads, joined by chains of so many atoms; the last chain begins with a double bond."""
    made = Chem.RWMol()
    heads = made.AddAtom(Chem.Atom(element)), made.AddAtom(Chem.Atom("C"))
    for length in lengths:
        chain = [heads[0], *(made.AddAtom(Chem.Atom("C")) for _ in range(length)), heads[1]]
        for one, other in zip(chain, chain[1:]):
            made.AddBond(one, other, Chem.BondType.SINGLE)
    first = sum(lengths[:-1]) + 2
    made.GetBondBetweenAtoms(heads[0], first).SetBondType(Chem.BondType.DOUBLE)
    made.GetAtomWithIdx(heads[0]).SetFormalCharge(int(element == "N"))
    Chem.SanitizeMol(made)
    return Chem.MolToSmiles(made)


@pytest.mark.parametrize("element", ["C", "N"])
def test_a_double_bond_at_a_bridgehead_is_trans_in_a_ring_of_nine_or_more(element):
    """Wiseman's rule, for all bicycles with chains of up to five atoms; fused ones, without a third chain, exist."""
    for x, y, own in product(range(6), range(1, 6), range(1, 6)):
        if x + own > 1:  # else a ring of two
            expected = x > 0 and own + max(x, y) + 2 < 9
            assert bool(judged(bicycle((x, y, own), element))) == expected, (x, y, own)


@pytest.mark.parametrize("smiles", ["C1=CC=C1", "COc1c2cc(C)c-2c1C", "CC1=C2C=CC2=C1"])
def test_cyclobutadiene_is_refused(smiles):
    assert judged(smiles)


def test_impossible_rings_are_a_limit_that_nothing_switches_off():
    limits = Limits(None, rings=None, atoms=None, filters=False)
    name, words = limits.find_breach(Chem.MolFromSmiles("C1Cc2cccc1c2"))
    assert name and words and limits.find_breach(Chem.MolFromSmiles("Cc1cccc(C)c1")) == ("", "")


def test_rdkit_embeds_drugs_and_no_bent_benzene():
    assert can_embed(EXIST["morphine"]) and can_embed("C[C@H](N)C(=O)O") and not can_embed("C1CCCc2ccc(cc2)CC1")
