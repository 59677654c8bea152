# Tests molecules/design/hill_climbing.py, molecules/design/loop.py, molecules/design/plan.py,
#   molecules/design/reinvent.py, molecules/design/result.py, molecules/design/string_policy.py
"""Families that begin with a string model: they learn towards the score, and repeat themselves to the bit."""

import time
from contextlib import suppress

import pytest
import torch
from made_molecules import molecules

pytest.importorskip("rdkit")

import genwright as gw  # noqa: E402
from genwright.core.errors import DataError  # noqa: E402
from genwright.molecules.design import hill_climbing, loop, reinvent, result  # noqa: E402
from genwright.molecules.design.families import Task  # noqa: E402
from genwright.molecules.design.plan import read_start  # noqa: E402

SMILES = molecules(120)


@pytest.fixture(scope="module")
def prior(tmp_path_factory):
    out = tmp_path_factory.mktemp("prior") / "run"
    data = gw.load_data(SMILES, kind="molecules")
    gw.fit(data, preset="tiny", items=6_000, out=out, progress=False)
    return out


@pytest.fixture(autouse=True)
def short_rounds(monkeypatch):
    monkeypatch.setattr(hill_climbing, "ROUND", 16)
    monkeypatch.setattr(result, "MOLECULES_SHOWN", 1)


@pytest.mark.parametrize("family", [pytest.param("reinvent", marks=pytest.mark.long), "hill-climbing"])
def test_a_string_model_proposes_molecules_within_the_limits_and_resumes(family, prior, tmp_path):
    def design(out, calls):
        score = lambda smiles: [float(len(text)) for text in smiles]
        options = dict(family=family, prior=prior, filters=False, rings=None, batch=8, progress=False)
        return gw.design(SMILES, score=score, calls=calls, out=out, **options)

    design(tmp_path / "out", 12)
    resumed, whole = design(tmp_path / "out", 32), design(tmp_path / "whole", 32)
    assert len(whole.calls) == 32 and whole.best["valid"].all() and (whole.calls["parent"] == "").all()
    assert whole.calls["smiles"].tolist() == resumed.calls["smiles"].tolist()
    assert set(whole.best["start"]) <= set(read_start(SMILES).smiles)


def test_where_nothing_is_within_the_limits_reinvent_begins_from_the_start_molecules(prior, tmp_path, monkeypatch):
    """A model writes hardly any molecule that is like one of a person's own."""
    monkeypatch.setattr(reinvent, "RATE", 5e-3)
    lead = "CC(C)CCCCCCNC(=O)c1ccccc1"
    options = dict(family="reinvent", prior=prior, filters=False, rings=None, like=[lead], similar=0.3, progress=False)
    found = gw.design([lead], score=lambda smiles: [*map(len, smiles)], calls=4, out=tmp_path / "out", **options)
    assert len(found.calls) == 4 and found.calls["smiles"][0] == lead


def test_what_is_no_string_model_is_refused(tmp_path):
    gw.fit("iris", "independent", items=64, out=tmp_path / "run", progress=False)
    options = dict(family="reinvent", prior=tmp_path / "run", calls=10, filters=False, progress=False)
    with pytest.raises(DataError):
        gw.design(SMILES, score=lambda smiles: [1.0] * len(smiles), out=tmp_path / "out", **options)


def test_a_scaffold_of_an_element_that_the_model_cannot_spell_ends_with_a_remedy(prior, tmp_path, monkeypatch):
    monkeypatch.setattr(reinvent, "FRUITLESS", 3)
    options = dict(family="reinvent", prior=prior, keep="[*:1][Si](C)(C)C", calls=4, filters=False, progress=False)
    found = gw.design(SMILES, score=lambda smiles: [1.0] * len(smiles), out=tmp_path / "out", **options)
    assert any("--family genetic" in note for note in found.notes)


def test_the_clock_starts_when_the_prior_is_there_and_what_it_writes_is_no_start_molecule(prior, tmp_path, monkeypatch):
    def slow(*_):
        time.sleep(1.0)
        return gw.load_model(prior)

    monkeypatch.setattr(loop, "_prior", slow)
    options = dict(family="reinvent", minutes=0.015, calls=5, filters=False, rings=None, progress=False)
    found = gw.design(SMILES, score=lambda smiles: [*map(len, smiles)], out=tmp_path / "out", **options)
    assert len(found.calls) == 5 and set(found.summary["family"]) == {"reinvent"}


STRINGS = ["C", "CC", "CCC", ""]  # the last breaks a limit


class Policy:
    """Stands in for a `StringPolicy` that writes `STRINGS` in turn. A string of one letter more is e^-1 times as likely
    under the prior, and e^-3 times under the agent. learned: the losses of each policy made, by its name."""

    learned: dict[str, list[float]]

    def __init__(self, model, name, seed, rate):
        self.nats, self.losses = -1.0 if name.endswith("prior") else -3.0, self.learned.setdefault(name, [])

    def sample(self, n):
        return torch.arange(n)[:, None] % len(STRINGS)

    def smiles(self, x, limits):
        return [STRINGS[code] for code in x[:, 0]]

    def codes(self, smiles):
        return torch.tensor([[STRINGS.index(text)] for text in smiles]), smiles

    def log_prob(self, x):
        return self.nats * (1.0 + x[:, 0])

    def learn(self, loss):
        self.losses.append(loss.item())


@pytest.fixture
def losses(monkeypatch):
    """losses(module): of its search, after it was told that the strings score 2, 4 and 6."""

    def run(module):
        monkeypatch.setattr(Policy, "learned", {}, raising=False)
        monkeypatch.setattr(module, "StringPolicy", Policy)
        search = module.search(Task([], None, frozenset(), 0, 16, 100, lambda kind: None))
        with suppress(DataError):  # hill climbing wants something new
            search.send([2.0 * len(one.smiles) for one in next(search)])
        return Policy.learned

    return run


def test_reinvent_learns_from_its_prior_and_the_scores_of_what_it_wrote_and_of_the_best(losses):
    """It writes each string 16 times and replays the three with a score, which come to 0, 1/2 and 1."""
    off = torch.tensor([-1.0, -2, -3, -4]) + 500 * torch.tensor([0, 0.5, 1, 0]) - torch.tensor([-3.0, -6, -9, -12])
    square = off**2
    expected = ((16 * square.sum() + square[:3].sum()) / 67).item()
    found = losses(reinvent)
    assert found["reinvent prior"] == [] and found["reinvent"] == [pytest.approx(expected)]


def test_hill_climbing_learns_from_the_best_alone(losses, monkeypatch):
    monkeypatch.setattr(hill_climbing, "LEAST_MOLECULES", 2)
    assert losses(hill_climbing) == {"hill-climbing": [7.5] * hill_climbing.EPOCHS}  # 3 nats a letter, of 2 and of 3
