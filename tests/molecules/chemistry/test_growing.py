# Tests molecules/chemistry/ways.py
"""Molecules grow atom by atom: each way to a molecule ends in it, and what is allowed is always a molecule."""

import pytest
import torch
from rdkit import Chem

from genwright.molecules.chemistry.growing import VALENCES, Growth, bonded
from genwright.molecules.chemistry.ways import final_states, random_states

MOLECULES = [
    "CC1=CC=C(C=C1)C1=CC(=NN1C1=CC=C(C=C1)S(N)(=O)=O)C(F)(F)F",
    "O=[N+]([O-])c1ccc2[nH]ccc2c1",
    "CS(=O)c1ccccc1Cl",
    "C1CC2CCC1C2",
    "N#Cc1ccncc1Br",
    "C",
]
ANY, RINGS, ATOMS = torch.ones(len(VALENCES), dtype=torch.bool), (3, 8), 40


@pytest.mark.parametrize("smiles", MOLECULES)
def test_every_way_ends_in_its_molecule_by_allowed_steps(smiles):
    graph = bonded(smiles)
    for seed in range(5):
        states, action, first, weight = random_states([graph], [seed], ATOMS, 12)
        assert states.allowed(ANY, RINGS, ATOMS).gather(1, action[:, None]).all()
        assert (first == states.kinds[:, 0]).all() and len(weight) == 12
        (end,) = final_states([graph], [seed], ATOMS).smiles()
        assert end == Chem.CanonSmiles(smiles)


def test_a_scaffold_grows_at_its_marks_alone_and_stays():
    scaffold = bonded("[*:1]c1ccc([*:2])nc1")
    state = Growth.from_scaffold(scaffold, 8, ATOMS)
    assert state.open.sum(1).tolist() == [2] * 8 and state.smiles() == ["c1ccncc1"] * 8
    rng = torch.Generator().manual_seed(0)
    for _ in range(12):
        allowed = state.allowed(ANY, RINGS, ATOMS).float()
        state = state.take(torch.multinomial(allowed, 1, generator=rng)[:, 0])
    assert (state.count > 6).all()
    for text in state.smiles():
        molecule = Chem.MolFromSmiles(text)
        assert molecule.HasSubstructMatch(Chem.MolFromSmarts("c1ccncc1"))


@pytest.mark.parametrize("smiles", ["[Na+]", "C[N+](C)(C)C", "[CH3]", "CC.O", "F[P](F)(F)(F)F", "nonsense", ""])
def test_what_has_no_atoms_of_one_valence_is_no_graph(smiles):
    assert bonded(smiles) is None


def test_steps_lead_from_one_state_to_the_next():
    graph = bonded(MOLECULES[0])
    states, action, *_ = random_states([graph], [0], ATOMS, 400)
    after = states.take(action)
    unlike = after.free().sum(1) - states.free().sum(1)
    assert (unlike[action == states.stop] == 0).all()
    end = final_states([graph], [1], ATOMS)
    assert (after.count <= end.count).all() and (after.count - states.count <= 1).all()


def test_random_steps_make_whole_molecules_without_radicals_and_with_rings_within_limits():
    rng = torch.Generator().manual_seed(0)
    kinds = torch.randint(len(VALENCES), (60,), generator=rng)
    state, left = Growth.begin(kinds, 24), torch.arange(60)
    while len(left):
        now = state[left]
        allowed = now.allowed(ANY, (4, 7), 20).float()
        allowed[:, -1] *= 0.02
        action = torch.multinomial(allowed, 1, generator=rng)[:, 0]
        state.replace_rows(left, now.take(action))
        left = left[action != state.stop]
    for text in state.smiles():
        molecule = Chem.MolFromSmiles(text)
        assert molecule is not None and "." not in text
        assert not sum(atom.GetNumRadicalElectrons() for atom in molecule.GetAtoms())
    assert int(state.count.max()) <= 20


def test_a_ring_closes_in_the_sizes_that_are_allowed():
    chain = final_states([bonded("CCCCCCCCC")], [3], 12)
    chain = chain.take(torch.tensor([chain.stop]))
    ends = chain._closes_ring((4, 7))[0]
    start = int(chain.newest)
    distance = {start: 0}
    queue = [start]
    for at in queue:
        for other in chain.near[0, at].tolist():
            if other < 12 and other not in distance:
                distance[other] = distance[at] + 1
                queue.append(other)
    assert {at for at in distance if ends[at]} == {at for at, far in distance.items() if 3 <= far <= 6}
