"""Molecules read once: what is found is RDKit's own, however they are written, and what cannot be read is counted."""

import numpy as np
import pytest
from made_molecules import molecules

pytest.importorskip("rdkit")

from rdkit import Chem, DataStructs  # noqa: E402
from rdkit.Chem import QED, Crippen, Descriptors, rdFingerprintGenerator  # noqa: E402

from genwright.measure.metrics.distances import (
    count_cosine,  # noqa: E402
    frechet,  # noqa: E402
)
from genwright.molecules.chemistry.alerts import _patterns, structural_alerts  # noqa: E402
from genwright.molecules.chemistry.chemnet import activations  # noqa: E402
from genwright.molecules.chemistry.fingerprints import fragments, mean_similarities, nearest
from genwright.molecules.chemistry.properties import PROPERTIES  # noqa: E402
from genwright.molecules.chemistry.scaffolds import scaffold  # noqa: E402
from genwright.molecules.measure.molecule_metrics import describe  # noqa: E402

SOME = molecules(80)


def mols(smiles):
    return [Chem.MolFromSmiles(text) for text in smiles]


def test_what_cannot_be_read_is_counted_and_the_rest_keeps_its_order():
    found = describe(["OCC", "CC(", "", "CCO", "C1CC", "c1ccccc1"])
    assert found.valid.tolist() == [True, False, False, True, False, True]
    assert found.canonical.tolist() == ["CCO", "CCO", "c1ccccc1"]
    assert (found.parts["fingerprints"][0] == found.parts["fingerprints"][1]).all()


@pytest.mark.parametrize("smiles", [[], ["CC("]])
def test_of_no_molecules_every_part_is_empty(smiles):
    found = describe(smiles)
    assert (
        len(found) == 0 and len(found.valid) == len(smiles) and found.parts["properties"].shape == (0, len(PROPERTIES))
    )


def test_nothing_depends_on_how_a_molecule_is_written():
    other = [Chem.MolToSmiles(mol, doRandom=True) for mol in mols(SOME)]
    one, two = describe(SOME), describe(other)
    assert other != SOME and one.canonical.tolist() == two.canonical.tolist()
    for name, part in one.parts.items():
        assert all(np.array_equal(a, b) for a, b in zip(part, two.parts[name])), name


def test_processes_find_the_same():
    one, two = describe(SOME), describe(SOME, processes=2)
    assert one.canonical.tolist() == two.canonical.tolist()
    assert (one.parts["properties"] == two.parts["properties"]).all()


def test_properties_are_those_of_rdkit():
    found = describe(SOME, ("properties",))
    for name, function in {"weight": Descriptors.MolWt, "logp": Crippen.MolLogP, "qed": QED.qed}.items():
        assert found.property(name) == pytest.approx([function(mol) for mol in mols(SOME)], abs=1e-9), name


def test_similarities_are_those_of_rdkit():
    made = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    known = [made.GetFingerprint(mol) for mol in mols(SOME)]
    packed = describe(SOME, ("fingerprints",)).parts["fingerprints"]
    every = np.array([DataStructs.BulkTanimotoSimilarity(one, known) for one in known])
    alike, number = nearest(packed[:30], packed[30:])
    assert alike == pytest.approx(every[:30, 30:].max(1), abs=1e-6)
    assert (number == every[:30, 30:].argmax(1)).all()
    once, squared = mean_similarities(packed)
    assert once == pytest.approx(every.mean(1), abs=1e-6) and squared == pytest.approx((every**2).mean(1), abs=1e-6)


def test_similarity_in_blocks_is_that_of_all(monkeypatch):
    packed = describe(SOME, ("fingerprints",)).parts["fingerprints"]
    whole = *mean_similarities(packed), *nearest(packed[:30], packed[30:])
    monkeypatch.setattr("genwright.molecules.chemistry.fingerprints.ROWS", 7)
    monkeypatch.setattr("genwright.molecules.chemistry.fingerprints.COLUMNS", 11)
    for a, b in zip(whole, (*mean_similarities(packed), *nearest(packed[:30], packed[30:]))):
        assert a == pytest.approx(b, abs=1e-6)


def test_alerts_are_all_patterns_that_are_there():
    names, patterns, _ = _patterns()
    for mol in mols(SOME[:20] + ["O=C1CSC(=S)N1", "O=C1C=CC(=O)C=C1", "CC(C#N)=C", "Oc1ccccc1N=Nc1ccccc1"]):
        whole = Chem.AddHs(mol)
        there = [name for name, pattern in zip(names, patterns) if whole.HasSubstructMatch(pattern)]
        assert [failed for failed in structural_alerts(mol) if failed not in ("large ring", "charge")] == there


def test_alerts_name_what_is_wrong():
    of = lambda smiles: structural_alerts(Chem.MolFromSmiles(smiles))
    assert of("CCO") == () and of("C1CCCCCCC1") == ("large ring",) and of("C1CCCCCC1") == ()
    assert of("C[NH3+]") == ("charge",) and of("C[SiH3]") == ("element Si",)
    assert any("quinone" in name for name in of("O=C1C=CC(=O)C=C1"))


def test_pieces_and_scaffolds():
    assert fragments(Chem.MolFromSmiles("CCC(=O)Nc1ccccc1")) == ("[1*]C(=O)CC", "[16*]c1ccccc1", "[5*]N[5*]")
    assert fragments(Chem.MolFromSmiles("CCO")) == ("CCO",)
    assert scaffold(Chem.MolFromSmiles("Cc1ccccc1")) is None
    assert scaffold(Chem.MolFromSmiles("Cc1ccc(CCc2ccccc2O)cc1")) == "c1ccc(CCc2ccccc2)cc1"


def test_cosine_of_parts():
    of = lambda real, sample: count_cosine(real, sample)(np.arange(len(real)), np.arange(len(sample)))
    assert of([["a"], ["a", "b"]], [["a", "a", "b"]]) == pytest.approx(1)
    assert of([["a"]], [["b"]]) == 0 and of([[]], [["b"]]) == 0
    assert of([["a", "b"]], [["a"]]) == pytest.approx(0.5**0.5)


@pytest.mark.long
def test_chemnet_sees_molecules_and_not_their_neighbours_in_a_batch():
    found = activations(SOME)
    assert found.shape == (80, 512) and activations(SOME[40:50]) == pytest.approx(found[40:50], abs=1e-5)
    assert frechet(found, found) == pytest.approx(0, abs=1e-8)
    assert frechet(found[:40], found[40:]) < frechet(found[:40], activations([k * "C" for k in range(1, 41)]))


def test_chemnet_reads_strings_of_any_length_and_the_first_of_a_mixture():
    one, first, long, longer = activations(["CCO", "CCO.Cl", 349 * "C", 400 * "C"])
    assert one == pytest.approx(first, abs=1e-6) and long == pytest.approx(longer, abs=1e-6)
    assert np.isfinite(activations(["C"])).all()
