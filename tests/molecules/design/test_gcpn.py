# Tests molecules/families/graph_policy.py, molecules/networks/growth_policy.py
"""GCPN: the policy begins as its prior, keeps within limits, learns what scores, and resumes."""

from collections import Counter
from types import SimpleNamespace

import pytest
import torch

import genwright as gw
from genwright.core.draws import Draws
from genwright.core.errors import DataError
from genwright.molecules.chemistry.standards import canonical
from genwright.molecules.design import gcpn, result
from genwright.molecules.families.graph_policy import ROUNDS, GraphPolicy
from genwright.run.open import load_model

SMILES = "CCO CCN CCCO CC(C)O c1ccccc1O Cc1ccccc1N CCOC(C)=O CC(=O)Nc1ccccc1 NCCc1ccccc1 CCCCN".split()


@pytest.fixture(scope="module")
def prior(tmp_path_factory):
    out = tmp_path_factory.mktemp("prior") / "run"
    data = gw.load_data(SMILES * 12, kind="molecules")
    gw.fit(data, "graph-policy", preset="tiny", items=1_500, out=out, progress=False)
    return out


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(result, "MOLECULES_SHOWN", 1)
    monkeypatch.setattr(gcpn, "EPISODES", 8)


def test_the_most_atoms_fall_from_the_room_of_the_network_to_the_least_that_there_must_be():
    policy = SimpleNamespace(network=SimpleNamespace(atoms=20))
    most = lambda tried: GraphPolicy.most_atoms(policy, torch.tensor([1, 20, 12]), tried).tolist()
    assert most(0) == [20, 20, 20] and most(ROUNDS - 1) == [1, 20, 12]
    assert most(ROUNDS // 2)[1] == 20 and 1 < most(ROUNDS // 2)[0] < 20


def test_imitation_is_the_weighted_cross_entropy_among_the_allowed_actions():
    """Of three states, the last of which does what is not allowed, and so teaches nothing."""
    logits = torch.tensor([[1.0, 2.0, 3.0]] * 3)
    allowed = torch.tensor([[True, True, False], [True, True, True], [True, False, True]])
    network = lambda state: (logits, None)
    network.atoms = 9
    policy = SimpleNamespace(training=False, network=network, allowed=lambda state, most: allowed)
    policy.log_masses = GraphPolicy.log_masses
    found = GraphPolicy.imitation(policy, None, torch.tensor([0, 2, 1]), torch.tensor([2.0, 0.5, 1.0]))
    whole = logits[0].exp()
    wanted = [-2 * (whole[0] / whole[:2].sum()).log(), -0.5 * (whole[2] / whole.sum()).log()]
    assert found.tolist() == pytest.approx([float(each) for each in wanted])


def test_a_policy_samples_lines_that_are_molecules(prior):
    model = load_model(prior)
    given = torch.zeros(3, model.family.given.width)
    lines = model.domain.decode(model.family.sample(3, given, Draws("sample")), given, None)
    assert len(lines) == 3 and all(canonical(line) for line in lines)


def design(prior, out, calls, score=lambda smiles: [float(text.count("N")) for text in smiles], **options):
    options = dict(family="gcpn", prior=prior, filters=False, batch=8, progress=False) | options
    return gw.design(SMILES, score=score, calls=calls, out=out, **options)


@pytest.mark.long
def test_it_proposes_molecules_within_the_limits_and_resumes(prior, tmp_path):
    design(prior, tmp_path / "out", 12)
    resumed, whole = (design(prior, tmp_path / name, 24) for name in ("out", "whole"))
    assert whole.calls["smiles"].tolist() == resumed.calls["smiles"].tolist()
    assert len(whole.calls) == 24 and whole.best["valid"].all()


def test_a_scaffold_that_is_kept_is_where_molecules_begin(prior, tmp_path):
    from rdkit import Chem

    found = design(prior, tmp_path / "out", 8, keep="[*:1]c1ccncc1")
    pattern = Chem.MolFromSmarts("c1ccncc1")
    assert all(Chem.MolFromSmiles(text).HasSubstructMatch(pattern) for text in found.calls["smiles"])


def test_what_must_be_resembled_is_what_parts_of_molecules_come_from(prior, tmp_path):
    lead = "CC(C)(C)NCC(O)c1ccc(O)c(CO)c1"  # far from all that the prior knows
    designed = design(prior, tmp_path / "out", 24, like=[lead], similar=0.4)
    assert len(designed.calls) == 24 and designed.calls["smiles"].nunique() == 24


def test_start_molecules_that_it_cannot_grow_are_counted(prior, tmp_path):
    start = [*SMILES, "C[N+](C)(C)C", "C1CCCCCCCCC1"]
    options = dict(family="gcpn", prior=prior, filters=False, rings=None, batch=8, progress=False)
    score = lambda smiles: [1.0 * len(text) for text in smiles]
    designed = gw.design(start, score=score, calls=4, out=tmp_path / "out", **options)
    (note,) = [note for note in designed.notes if "cannot grow 2 of 12" in note]
    assert "charges" in note and "rings" in note


def test_a_prior_of_another_family_is_refused(tmp_path):
    gw.fit(gw.load_data(SMILES * 3, kind="molecules"), "bootstrap", out=tmp_path / "run", progress=False)
    with pytest.raises(DataError):
        design(tmp_path / "run", tmp_path / "out", 8)


def test_what_learns_begins_by_the_seed_of_the_design_alone(prior):
    def begun(elsewhere: int) -> list[torch.Tensor]:
        torch.manual_seed(elsewhere)
        policy = gcpn.Policy(task(prior))
        judge = gcpn.Judge(policy.prior.network.encoder, task(prior))
        return [*policy.family.parameters(), *policy.value.parameters(), *judge.parameters()]

    assert all(map(torch.equal, begun(0), begun(1)))


@pytest.mark.long
def test_ppo_makes_rewarded_steps_likelier_and_stays_near_its_prior(prior):
    """Molecules with nitrogen are rewarded; the first round teaches what to expect alone."""
    policy = gcpn.Policy(task(prior))
    share = lambda: sum("N" in text.upper() for text in policy.grow(200)[0].smiles()) / 200
    before = share()
    for _ in range(12):
        grown, steps = policy.grow(32)
        policy.learn(steps, torch.tensor([float("N" in text.upper()) for text in grown.smiles()]))
    assert share() > before + 0.15


@pytest.mark.long
def test_the_judge_tells_start_molecules_from_others(prior):
    judge = gcpn.Judge(gcpn.Policy(task(prior)).prior.network.encoder, task(prior))
    strange = gcpn.final_states([gcpn.bonded("FC(F)(F)C(F)(F)C(F)(F)F")] * 16, range(16), judge.most)
    for _ in range(200):
        judge.learn(strange)
    real = gcpn.final_states([gcpn.bonded(text) for text in SMILES], range(99), judge.most)
    assert judge(real).mean() > judge(strange).mean() + 1.0


def test_strain_and_repeats_lower_the_reward():
    scores, often = {"C": 0.0, "CC": 3.0, "CCC": 3.0}, Counter({"CC": 4, "C": 1, "CCC": 1, "": 2})
    reward = gcpn.reward_of(["CC", "CCC", "C", ""], scores, often, {"CCC"})
    assert reward.tolist() == pytest.approx([0.5, 1 - gcpn.STRAIN_COST, 0.0, 0.0])


def test_strained_molecules_cost_reward_within_a_search(prior, tmp_path, monkeypatch):
    seen, reward_of = [], gcpn.reward_of
    monkeypatch.setattr(gcpn, "bend_strain", lambda smiles: float("N" in smiles.upper()))
    monkeypatch.setattr(gcpn, "reward_of", lambda *known: seen.append(known) or reward_of(*known))
    found = design(prior, tmp_path / "out", 16)
    assert seen[-1][3] and seen[-1][3] == {smiles for smiles in seen[-1][1] if "N" in smiles.upper()}
    assert {*seen[-1][1]} <= {*found.calls["smiles"]}  # they are scored


def task(prior) -> gcpn.Task:
    limits = gcpn_limits()
    return gcpn.Task(SMILES, limits, limits.elements, 0, 8, 8, lambda kind: gw.load_model(prior))


def gcpn_limits():
    from genwright.molecules.design.limits import Limits

    return Limits(frozenset({"C", "N", "O", "F"}), filters=False)
