# Tests molecules/chemistry/decorating.py, molecules/networks/decorator_policy.py
"""The decorator: scaffolds stay, marks are filled and nothing else, and what is written is what has grown."""

from random import Random

import pytest
import torch

import genwright as gw
from genwright.contract.small_data import small_data
from genwright.core.draws import Draws
from genwright.core.errors import DataError, GivenError
from genwright.core.trainable import Batch
from genwright.molecules.chemistry.decorating import decoration_of, read_begun
from genwright.molecules.chemistry.growing import RING
from genwright.molecules.chemistry.notations import ScaffoldFirstSymbols, smiles_of
from genwright.molecules.chemistry.scaffolds import scaffold_of
from genwright.molecules.chemistry.standards import canonical
from genwright.molecules.chemistry.ways import final_states, random_states, way_to
from genwright.molecules.families import decorator
from genwright.molecules.measure.decorations import decorate

MOLECULES = [
    "CC1=CC=C(C=C1)C1=CC(=NN1C1=CC=C(C=C1)S(N)(=O)=O)C(F)(F)F",
    "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "CC(C)(C)C1CCN(CC(=O)NC2CC2)CC1",
    "Cc1ccc([N+](=O)[O-])cc1OCC#N",
    "OS(=O)(=O)c1ccccc1".replace("OS", "NS"),
]


@pytest.mark.parametrize("smiles", MOLECULES)
def test_ways_begin_at_the_scaffold_and_end_in_the_molecule(smiles):
    graph, scaffold = decoration_of(canonical(smiles))
    assert scaffold == scaffold_of(canonical(smiles))
    for seed in range(5):
        order, steps, begun = way_to(graph, Random(seed))
        assert set(order[: len(graph.core)]) == graph.core
        assert all(step.kind != RING for step in steps[begun:])
        assert final_states([graph], [seed], 60).smiles() == [canonical(smiles)]
    states, action, _, _ = random_states([graph], [0], 60, 12)
    grown = states.take(action)
    assert (grown.due.sum(1) <= states.due.sum(1)).all() and not grown.due[action == states.stop].any()


@pytest.mark.parametrize("smiles", MOLECULES)
def test_a_line_that_begins_with_its_scaffold_is_written_back(smiles):
    alphabet = ScaffoldFirstSymbols.fit([canonical(text) for text in MOLECULES])
    codes = alphabet.encode(canonical(smiles))
    begun = read_begun(alphabet, codes, [True] * len(codes))
    graph, _ = decoration_of(canonical(smiles))
    assert len(begun.graph.points) == len(graph.points)
    alone = final_states([begun.graph], [3], 60)
    bare = begun.write(alone, 0, way_to(begun.graph, Random(3))[0])
    assert smiles_of(bare) == scaffold_of(canonical(smiles))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    out = tmp_path_factory.mktemp("decorator") / "run"
    data = small_data("genwright.molecules.contract:DecoratedMolecules")
    return gw.fit(data, "decorator", preset="tiny", items=200, out=out, progress=False)


@pytest.mark.long
def test_scaffolds_are_kept_and_marks_are_filled(model):
    from rdkit import Chem

    begun = ["[*:1]c1ccccc1", "[*:1]c1ccnc([*:2])c1", "c1ccncc1", "C1CCNC1"] * 4
    table = decorate(model, begun, {"weight": 160.0}, seed=1)
    assert table["valid"].all() and table["kept"].all() and table["same_scaffold"].all()
    one, two = (Chem.MolFromSmarts(text) for text in ("[*]-c1ccccc1", "[*]-c1ccnc(-[*])c1"))
    for begin, smiles in zip(begun, table["smiles"]):
        molecule = Chem.MolFromSmiles(smiles)
        assert molecule.HasSubstructMatch({begun[0]: one, begun[1]: two}.get(begin, Chem.MolFromSmarts("*")))
        assert not any(atom.GetNumRadicalElectrons() for atom in molecule.GetAtoms())


def test_a_state_allows_what_keeps_the_scaffold(model):
    begun = [decoration_of("Cc1ccccc1O")[0]]
    states = random_states(begun, [0], 60, 40)[0]
    allowed = model.family.allowed(states, 60)
    grows = allowed[:, :-1].view(len(states), 60, -1, 3)
    assert not grows[:, :, RING].any() and not grows[states.fixed][:, :, 1:].any()
    assert (allowed[:, -1] == (states.due.sum(1) == 0)).all() and allowed.any(1).all()
    assert not torch.equal(states.due.sum(1), states.due.sum(1) * 0)


@pytest.mark.parametrize("scratch", [0.0, 1.0])
def test_the_first_atom_is_learned_where_a_molecule_begins_without_a_scaffold(model, monkeypatch, scratch):
    """By cross-entropy, once a state: its slope is softmax - onehot, summed, so its numbers add up to 0."""
    monkeypatch.setattr(decorator, "SCRATCH", scratch)
    family, items = model.family, small_data("genwright.molecules.contract:DecoratedMolecules").tensors("train")
    batch = Batch(items.x[:4], items.given[:4], Draws(0), 0)
    family.zero_grad()
    family.eval().loss(batch)[0].backward()
    slope = family.network.first.grad
    if not scratch:
        assert slope is None or not slope.any()
    else:
        p = family.network.first.detach().softmax(-1).flatten()
        shares = p - slope.flatten()  # each molecule adds the first atom of its ways, whose shares sum to 1
        assert torch.allclose(shares.sum(), torch.tensor(1.0), atol=1e-5) and (shares > -1e-6).all()
    family.zero_grad()


@pytest.mark.long
def test_a_policy_that_never_stops_still_ends_in_what_can_be_written(model, monkeypatch):
    never = lambda state, most, allowed=type(model.family).allowed: _without_stop(allowed(model.family, state, most))
    monkeypatch.setattr(model.family, "allowed", never)
    table = decorate(model, ["[*:1]c1ccccc1", "c1ccncc1"] * 5, {"weight": 160.0}, seed=2)
    assert table["valid"].all() and table["kept"].all() and table["same_scaffold"].all()


def _without_stop(allowed):
    """What may be done if a molecule stops only where nothing else is left."""
    allowed[:, -1] &= ~allowed[:, :-1].any(1)
    return allowed


@pytest.mark.long
def test_what_cannot_be_written_is_a_line_that_is_no_molecule(model, monkeypatch):
    monkeypatch.setattr(type(model.family), "_codes", lambda self, symbols: None)
    table = decorate(model, ["[*:1]c1ccccc1"] * 2, {"weight": 160.0}, seed=2)
    assert len(table) == 2 and not table["valid"].any()


@pytest.mark.parametrize("scaffold", ["c1cc[nH+]cc1", "[*:1]c1ccc([*:2])c([*:3])c1"])
def test_scaffolds_beyond_the_notation_are_refused(model, scaffold):
    with pytest.raises(DataError):
        model.complete([scaffold])


def test_a_weight_below_that_of_the_scaffold_is_refused(model):
    with pytest.raises(GivenError):
        decorate(model, ["c1ccccc1"], {"weight": 50.0})


def test_another_notation_is_refused(tmp_path):
    with pytest.raises(DataError, match="scaffold-first"):
        gw.fit(gw.load_data(["Cc1ccccc1"] * 30, kind="molecules"), "decorator", items=10, out=tmp_path / "run")
