"""Simple predictors beside networks: boosted trees say what scikit-learn says, and validation says how much each
counts."""

import numpy as np
import pytest
import torch
from made_molecules import molecules
from scipy.special import softmax
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from test_property_baselines import Context, sizes

import genwright
from genwright.core.answers import Answers, Target
from genwright.core.draws import Draws
from genwright.core.trainable import Items
from genwright.molecules.families.simple_predictors import PRIOR, Boosting, SimplePredictors, _shares
from genwright.training.stage import StageTraining
from genwright.zoo.registry import presets, row

TARGETS = Target("y"), Target("active", ("no", "yes")), Target("kind", ("a", "b", "c"))


@pytest.fixture
def context():
    rng = np.random.default_rng(0)
    return Context(torch.from_numpy(rng.normal(size=(120, 6)).astype(np.float32)), torch.zeros(120, 64))


def answers(context):
    x = context.descriptors.double()
    return torch.stack([x[:, 0], (x[:, 1] > 0).double(), torch.bucketize(x[:, 2], torch.tensor([-0.5, 0.5]))], 1)


@pytest.mark.parametrize("t", range(3))
def test_boosted_trees_say_what_scikit_learn_says(context, t):
    y = answers(context)[:, t : t + 1]
    family = Boosting(sizes((TARGETS[t],)), 20)
    family.attach(context)
    family.finish(Items(torch.arange(120), torch.zeros(120, 0), Answers.exact(y.float())), Draws(0))
    kind = HistGradientBoostingClassifier if t else HistGradientBoostingRegressor
    x = context.descriptors.numpy()
    peer = kind(max_iter=20, early_stopping=False).fit(x, y[:, 0].float().numpy())
    wanted = peer.predict_proba(x) if t else peer.predict(x)[:, None]
    assert np.allclose(family.member_predictions(context)[0].numpy(), wanted, atol=1e-5)
    assert not any(module.flaw() for module in family.modules() if hasattr(module, "flaw"))


def test_a_class_that_nobody_has_gets_next_to_no_probability(context):
    y = answers(context)[:, 2:].clamp(max=1)
    family = Boosting(sizes((TARGETS[2],)), 5)
    family.attach(context)
    family.finish(Items(torch.arange(120), torch.zeros(120, 0), Answers.exact(y.float())), Draws(0))
    p = family.member_predictions(context)[0]
    assert torch.allclose(p.sum(1), torch.ones(120)) and p[:, 2].max() < 1e-4
    family.finish(Items(torch.arange(120), torch.zeros(120, 0), Answers.exact(0 * y.float())), Draws(0))
    assert family.member_predictions(context)[0][:, 0].min() > 0.99


def test_shares_go_to_the_predictor_that_is_right_and_are_even_where_nothing_tells():
    rng = np.random.default_rng(0)
    y = rng.normal(size=400)
    right, wrong = (y + 0.1 * rng.normal(size=400))[:, None], rng.normal(size=400)[:, None]
    assert _shares(np.stack([wrong, right, wrong]), y, Target("y"))[1] > 0.9
    assert np.allclose(_shares(np.stack([right, right]), y, Target("y")), 0.5)
    p = np.stack([1 - (y > 0), y > 0], 1) * 0.9 + 0.05
    shares = _shares(np.stack([p, p[::-1]]), (y > 0).astype(float), TARGETS[1])
    assert shares[0] > 0.9 and shares.sum() == pytest.approx(1)


def test_few_molecules_outside_the_commonest_class_leave_shares_near_each_other():
    """Shares as of n such molecules beside PRIOR that say nothing, however many others there are."""
    for rare, share in ((0, 1 / 2), (5, (5 + PRIOR / 2) / (5 + PRIOR)), (90, (90 + PRIOR / 2) / (90 + PRIOR))):
        y = np.arange(1_000) < rare
        right = np.stack([1 - y, y], 1) * 0.98 + 0.01
        found = _shares(np.stack([right, right[:, ::-1]]), y.astype(float), TARGETS[1])
        assert found == pytest.approx([share, 1 - share], abs=0.03)


def test_a_predictor_that_is_too_sure_is_cooled_before_it_is_weighed():
    """One that ranks as well as the other, and is three times as sure, gets its share all the same."""
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(2_000, 1)) * [-1.0, 1.0]
    y = (rng.random(2_000) < softmax(scores, 1)[:, 1]).astype(float)
    sound, too_sure = (torch.tensor(softmax(by * scores, 1)) for by in (1.0, 3.0))
    beside = SimplePredictors(TARGETS[1:2], [Boosting(sizes(TARGETS[1:2]), 1)], 100)
    beside.weigh(sound, too_sure[None], Answers.exact(torch.tensor(y[:, None])))
    assert beside.temperature[0].tolist() == pytest.approx([1.0, 3.0], rel=0.1)
    assert beside.share[0].tolist() == pytest.approx([0.5, 0.5], abs=0.1)
    mixed = beside.mix(torch.stack([sound, sound]), too_sure[None])
    assert torch.allclose(mixed, sound.expand(2, -1, -1), atol=0.02)


def test_a_mix_is_the_sum_of_shares():
    beside = SimplePredictors(TARGETS[:2], [Boosting(sizes(TARGETS[:2]), 1)], 100)
    beside.share = torch.tensor([[0.25, 0.75], [1.0, 0.0]], dtype=torch.float64)
    networks, simple = torch.ones(2, 4, 3), torch.zeros(1, 4, 3)
    assert (beside.mix(networks, simple) == torch.tensor([0.25, 1.0, 1.0])).all()


@pytest.mark.long
@pytest.mark.parametrize("members, count", [(1, 200), (3, 260)])
def test_a_network_is_no_worse_than_what_stands_beside_it_and_opens_again(tmp_path, members, count):
    smiles = molecules(count + 100)
    values = [text.count("C") + text.count("c") + 2 * text.count("N") for text in smiles]
    data = genwright.load_data((smiles[:count], values[:count]), target="size")
    hyper = {"beside": True, "members": members}
    ask = dict(preset="tiny", steps=3, hyperparameters=hyper, progress=False, out=tmp_path / "run")
    model = genwright.fit(data, "dmpnn", **ask)
    test, truth = smiles[count:], np.array(values[count:])
    table = model.predict(test)
    assert np.corrcoef(table["size"], truth)[0, 1] > 0.8  # three steps teach a network nothing
    assert model.family.beside.share[0, 0] < 0.4
    again = genwright.load_model(tmp_path / "run").predict(test)
    assert (again["size"] == table["size"]).all()
    inside = (table["size_low"] <= truth) & (truth <= table["size_high"])
    assert table["size_low"].isna().all() if members == 1 else inside.mean() > 0.75


@pytest.mark.parametrize(
    "budget, members, answers",
    [
        ({"minutes": 2}, 4, 1_800),
        ({"minutes": 0.01}, 1, 500),
        ({"minutes": 60}, 5, 45_000),
        ({"epochs": 60}, 2, 60_000),
    ],
)
def test_a_budget_says_how_many_networks_and_how_many_answers(budget, members, answers):
    hyper = presets(row("molecules", "properties", "dmpnn"))["default"]
    settled = hyper.fit_to_budget(budget, 400, ())
    assert (settled.members, settled.simple_answers) == (members, answers)
    assert hyper.fit_to_budget(budget, 400, ("members", "simple_answers")) == hyper
    assert presets(row("molecules", "properties", "gin"))["default"].fit_to_budget(budget, 400, ()).members == 1


def test_a_number_far_beyond_all_training_values_is_flagged():
    count = np.arange(40)
    data = genwright.load_data((["C" * (k % 20 + 1) + "O" * (k // 20) for k in count], count * 1.0), target="y")
    model = genwright.fit(data, "linear", progress=False)
    model.family.ranges = torch.tensor([[-0.1, 0.1]], dtype=torch.float64)
    words = model.predict(data.smiles)["beyond"]
    assert set(words) == {"", "above", "below"}


@pytest.mark.parametrize("members", [1, 3])
def test_molecules_that_no_training_looked_at_weigh_the_predictors(monkeypatch, members):
    """Each network leaves molecules out; half of them validate it, the others weigh it and those beside it."""
    smiles, learned, weighed, validated, weigh = molecules(240), [], [], [], SimplePredictors.weigh

    def left_out(own, context, some, held_out, rng):  # as if each had said that nothing is known
        learned.extend(set(items.x.tolist()) for items in some)
        return torch.full((len(own.predictors), sum(map(len, held_out)), 2), 0.5)

    def validate(own, items, *how):
        validated.append(set(items.x.tolist()))
        return 0.0, 0.0

    monkeypatch.setattr(SimplePredictors, "predict_left_out", left_out)
    monkeypatch.setattr(SimplePredictors, "fit", lambda *given: None)
    monkeypatch.setattr(SimplePredictors, "weigh", lambda *given: (weighed.append(given[-1]), weigh(*given)))
    monkeypatch.setattr(StageTraining, "validate", validate)
    rare = np.arange(240) % 10 == 0
    data = genwright.load_data((smiles, np.where(rare, "yes", "no")), target="active", descriptors="none")
    hyper = {"beside": True, "members": members}
    genwright.fit(data, "dmpnn", preset="tiny", steps=members, hyperparameters=hyper, progress=False)
    every, valid = (data.parts != "test").sum(), (data.parts == "valid").sum()
    assert len(validated) == len(learned) == members
    assert not any(some & stopping for some, stopping in zip(learned, validated))
    unseen = sum(every - len(some | stopping) for some, stopping in zip(learned, validated))
    assert len(weighed[0]) == unseen == members * (valid // 2)
    assert abs(weighed[0].y.sum() - unseen * rare.mean()) <= members + 1
