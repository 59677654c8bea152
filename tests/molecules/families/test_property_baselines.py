# Tests families/known_answers.py, molecules/zoo/properties.py
"""Baselines of properties: they say what scikit-learn says, learn each target from what is known of it, and are saved
as tensors."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV

from genwright.core.answers import EXACT, UNKNOWN, Answers, Target
from genwright.core.draws import Draws
from genwright.core.errors import DataError
from genwright.core.graph import MAX_TREE_DEPTH, leads_down
from genwright.core.spec import Spec
from genwright.core.trainable import Items
from genwright.families import known_answers
from genwright.families.task_data import TaskSizes
from genwright.graphs.networks.features import as_features
from genwright.molecules.families import property_baselines as module
from genwright.molecules.families.properties_domain import _spread
from genwright.molecules.families.property_baselines import Forest, Linear, MeanAnswer, NearestMolecules
from genwright.molecules.zoo.properties import build_linear

NUMBER, PAIR, THREE = Target("y"), Target("active", ("no", "yes")), Target("kind", ("a", "b", "c"))
TARGETS = NUMBER, PAIR, THREE
D, BITS, N = 6, 64, 120


@dataclass(frozen=True)
class Context:
    descriptors: torch.Tensor
    counts: torch.Tensor


def sizes(targets=TARGETS, descriptors=D, counts=BITS):
    return TaskSizes(0, targets, descriptors=descriptors, counts=counts)


@pytest.fixture
def context():
    rng = np.random.default_rng(0)
    counts = rng.poisson(0.2, (N, BITS)).astype(np.float32)
    return Context(torch.from_numpy(rng.normal(size=(N, D)).astype(np.float32)), torch.from_numpy(counts))


@pytest.fixture
def items(context):
    """The first 90 molecules, of each of which a third of the answers is unknown."""
    rng = np.random.default_rng(1)
    x = torch.from_numpy(rng.permutation(90))
    seen = context.descriptors[x].double().numpy() + 0.5 * rng.normal(size=(90, D))
    y = np.stack([seen[:, 0], seen[:, 1] > 0, np.digitize(seen[:, 2], [-0.5, 0.5])], 1)
    known = np.where(rng.random(y.shape) < 2 / 3, EXACT, UNKNOWN).astype(np.int8)
    y = torch.from_numpy(np.where(known == UNKNOWN, 0, y).astype(np.float32))
    return Items(x, torch.zeros(90, 0), Answers(y, torch.from_numpy(known)))


def families(targets=TARGETS):
    spec = sizes(targets)
    return {
        "mean": MeanAnswer(spec),
        "linear": Linear(spec),
        "forest": Forest(spec, 7, 2, 0.5),
        "nearest": NearestMolecules(spec, 5),
    }


def fitted(family, context, items, seed=0):
    family.attach(context)
    assert family.stages() == []
    family.finish(items, Draws(seed))
    return family


EACH = pytest.mark.parametrize("name", list(families()))


@EACH
def test_answers_are_probabilities_and_numbers(name, context, items):
    found = fitted(families()[name], context, items).member_predictions(context)[0]
    assert found.shape == (N, 6) and found.dtype == torch.float32 and found.isfinite().all()
    for part in (found[:, 1:3], found[:, 3:]):
        assert part.min() >= 0 and part.sum(1) == pytest.approx(np.ones(N), abs=1e-6)


@EACH
def test_what_is_known_of_one_target_changes_nothing_of_another(name, context, items):
    family = fitted(families()[name], context, items)
    for t, (target, begin) in enumerate(zip(TARGETS, (0, 1, 3))):
        known = items.target.known[:, t] != UNKNOWN
        answers = Answers(items.target.y[known, t, None], items.target.known[known, t, None])
        alone = families((target,))[name]
        alone.attach(context)
        draws = Draws(0)
        for _ in range(t):  # the seed of each target
            draws.number(2**31)
        alone.finish(Items(items.x[known], torch.zeros(int(known.sum()), 0), answers), draws)
        both = (
            family.member_predictions(context)[0][:, begin : begin + target.outputs],
            alone.member_predictions(context)[0],
        )
        assert both[0].numpy() == pytest.approx(both[1].numpy(), abs=1e-6), target


@EACH
def test_what_stands_at_an_unknown_answer_changes_nothing(name, context, items):
    first = fitted(families()[name], context, items).member_predictions(context)[0]
    y = torch.where(items.target.known == UNKNOWN, 1.0, items.target.y)
    other = fitted(families()[name], context, replace(items, target=replace(items.target, y=y)))
    assert torch.equal(first, other.member_predictions(context)[0])


@EACH
def test_blocks_and_order_of_molecules_change_no_answer(name, context, items, monkeypatch):
    family = fitted(families()[name], context, items)
    first, order = family.member_predictions(context)[0], torch.randperm(N)
    monkeypatch.setattr(module, "BLOCK", 7)
    mixed = family.member_predictions(Context(context.descriptors[order], context.counts[order]))[0]
    assert mixed.numpy() == pytest.approx(first[order].numpy(), abs=1e-6)


def test_an_item_of_weight_zero_is_not_there_and_one_of_two_is_there_twice(context, items):
    weight = torch.ones(90)
    weight[:20], weight[20:40] = 0, 2
    weighted = replace(items, target=replace(items.target, weight=weight))
    twice = torch.cat([torch.arange(20, 90), torch.arange(20, 40)])
    found = [
        fitted(families()["mean"], context, each).member_predictions(context)[0].numpy()
        for each in (weighted, items[twice])
    ]
    assert found[0] == pytest.approx(found[1], abs=1e-6)
    near = fitted(families()["nearest"], context, weighted)
    assert (near.weight[:20] == 0).all() and near.weight.max() == 2


@EACH
def test_a_target_of_which_nothing_is_known_gets_an_answer_without_a_preference(name, context, items):
    known = items.target.known.clone()
    known[:, 0] = known[:, 1] = UNKNOWN
    nothing = replace(items, target=replace(items.target, known=known))
    found = fitted(families()[name], context, nothing).member_predictions(context)[0]
    assert (found[:, 0] == 0).all() and found[:, 1:3].numpy() == pytest.approx(np.full((N, 2), 0.5))


@EACH
def test_a_class_alone_is_certain(name, context, items):
    y = items.target.y.clone()
    y[:, 1] = 1
    found = fitted(families()[name], context, replace(items, target=replace(items.target, y=y))).member_predictions(
        context
    )[0]
    assert (found[:, 2] > 0.999).all()


def test_a_forest_says_to_the_bit_what_that_of_scikit_learn_says(context, items):
    x = torch.cat([context.descriptors, (context.counts > 0).float()], 1)
    family, draws = fitted(families()["forest"], context, items), Draws(0)
    for t, (target, trees) in enumerate(zip(TARGETS, family.forests)):
        known = items.target.known[:, t] != UNKNOWN
        how = dict(n_estimators=7, min_samples_leaf=2, random_state=draws.number(2**31))
        kind = RandomForestClassifier(**how) if target.classes else RandomForestRegressor(**how, max_features=0.5)
        kind.fit(x[items.x[known]].numpy(), items.target.y[known, t].double().numpy(), np.ones(int(known.sum())))
        wanted = kind.predict_proba(x.numpy()) if target.classes else kind.predict(x.numpy())[:, None]
        assert np.array_equal(trees(x).numpy(), wanted)


def test_linear_is_the_ridge_of_scikit_learn(context, items):
    family = fitted(families()["linear"], context, items)
    x, known = context.descriptors.double().numpy(), items.target.known[:, 0] != UNKNOWN
    ridge = RidgeCV(known_answers.PENALTIES).fit(x[items.x[known]], items.target.y[known, 0].double().numpy())
    assert family.member_predictions(context)[0][:, 0].numpy() == pytest.approx(ridge.predict(x), abs=1e-5)


def test_linear_is_the_logistic_regression_of_scikit_learn_with_a_penalty_of_its_own(context, items, monkeypatch):
    chosen = []
    penalty = known_answers._penalty
    monkeypatch.setattr(known_answers, "_penalty", lambda *asked: chosen.append(penalty(*asked)) or chosen[-1])
    found = fitted(families()["linear"], context, items).member_predictions(context)[0]
    x = context.descriptors.double().numpy()
    for t, begin in ((1, 1), (2, 3)):
        known = items.target.known[:, t] != UNKNOWN
        model = LogisticRegression(C=1 / chosen[t - 1], max_iter=known_answers.STEPS)
        model.fit(x[items.x[known]], items.target.y[known, t].numpy())
        end = begin + len(TARGETS[t].classes)
        assert found[:, begin:end].numpy() == pytest.approx(model.predict_proba(x), abs=1e-5)
    assert all(known_answers.PENALTIES[0] < each < known_answers.PENALTIES[-1] for each in chosen)


def test_noise_is_penalised_and_signal_is_not():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 20))
    noise, signal = rng.integers(2, size=300), (x[:, 0] > 0).astype(int)
    strong, weak = (known_answers._penalty(x, y, np.ones(300), 0) for y in (noise, signal))
    assert strong > 100 * weak


def test_the_nearest_answer_by_how_similar_they_are(context):
    counts = torch.zeros(4, 16)
    for row, bits in enumerate([(0, 1, 2, 3), (0, 1, 2), (0, 1), (15,)]):
        counts[row, list(bits)] = 1
    answers = Answers.exact(torch.tensor([[1.0], [2.0], [4.0]]))
    family = NearestMolecules(sizes((NUMBER,), counts=16), 2)
    items = Items(torch.tensor([1, 2, 3]), torch.zeros(3, 0), answers)
    found = fitted(family, Context(None, counts), items).member_predictions(Context(None, counts))[0][:, 0]
    assert found[0] == pytest.approx((1 * 3 / 4 + 2 * 2 / 4) / (3 / 4 + 2 / 4))  # the nearest two
    assert found[3] == pytest.approx(4.0)  # another is not similar at all


def test_without_similarity_all_count_alike():
    counts = torch.eye(4, 16)
    family = NearestMolecules(sizes((NUMBER,), counts=16), 3)
    items = Items(torch.arange(3), torch.zeros(3, 0), Answers.exact(torch.tensor([[1.0], [2.0], [6.0]])))
    assert fitted(family, Context(None, counts), items).member_predictions(Context(None, counts))[0][
        3, 0
    ] == pytest.approx(3.0)


def test_counts_may_be_sparse_rows_and_descriptors_may_be_absent(context, items):
    dense, sparse = Context(None, context.counts), Context(None, as_features(context.counts))
    assert not isinstance(sparse.counts, torch.Tensor)
    for name in ("mean", "forest", "nearest"):
        found = [fitted(families()[name], each, items).member_predictions(each)[0] for each in (dense, sparse)]
        assert torch.equal(*found)


def test_linear_without_descriptors_is_refused():
    with pytest.raises(DataError, match="--descriptors"):
        build_linear(sizes(descriptors=0), Spec(()))


def test_leaves_that_are_no_probabilities_are_a_flaw(context, items):
    forest = families((PAIR,))["forest"]
    forest.attach(context)
    forest.finish(replace(items, target=Answers(items.target.y[:, 1:2], items.target.known[:, 1:2])), Draws(0))
    assert not forest.flaw()
    for value in (-7.0, 7.0):
        forest.forests[0].value[:] = value
        assert forest.flaw()


def test_a_chain_is_no_tree_to_walk():
    def chain(length):
        left = torch.arange(1, 2 * length + 1, 2)
        nodes = torch.zeros(2, 2 * length + 1, dtype=torch.int32)
        nodes[:, : 2 * length : 2] = torch.stack([left + 1, left]).int()
        return nodes

    assert leads_down(*chain(50)) and not leads_down(*chain(MAX_TREE_DEPTH))
    assert not leads_down(torch.tensor([1, 0, 0]), torch.tensor([1, 0, 0])), "two ways lead to one node"


@pytest.mark.parametrize("size", [1e-300, 1.0])
def test_the_spread_of_tiny_targets_is_kept(size):
    assert _spread(size * np.array([1.0, 2.0, 4.0])) == pytest.approx(size * np.std([1.0, 2.0, 4.0]))
