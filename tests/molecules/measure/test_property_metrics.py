# Tests measure/metrics/predictions.py
"""Numbers of predicted properties: those of scikit-learn and SciPy, and of single molecules what moves them."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
    root_mean_squared_error,
)

from genwright.core.answers import EXACT, LOWER_BOUND, UNKNOWN, Target
from genwright.measure.metrics import predictions
from genwright.measure.metrics.predictions import (
    OF_CLASSES,
    OF_NUMBERS,
    OfTarget,
    ScaledPredictions,
    by_target,
    calibration_error,
    each_target,
    enrichment,
    over_targets,
)

N = 600
NUMBER, PAIR, THREE = Target("y", (), 3.0, 2.0), Target("active", ("no", "yes")), Target("kind", ("a", "b", "c"))


def number(seed=0, n=N, rounded=False):
    rng = np.random.default_rng(seed)
    y = rng.normal(3, 2, n)
    said = y + rng.normal(size=n)
    y, said = (y.round(), said.round()) if rounded else (y, said)
    return OfTarget(NUMBER, np.arange(n), y, said[:, None], said - 1.5, said + 1.5)


def classes(target=PAIR, seed=0, n=N, rounded=False):
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(n, len(target.classes))) * 1.5
    p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    y = (p.cumsum(1) > rng.random((n, 1))).argmax(1)
    p = p.round(1) if rounded else p
    p[:, -1] = 1 - p[:, :-1].sum(1)
    return OfTarget(target, np.arange(n), y, p, *[np.full(n, np.nan)] * 2)


@pytest.mark.parametrize("rounded", [False, True])
def test_classes_are_measured_as_scikit_learn_does(rounded):
    part = classes(rounded=rounded)
    y, p = part.y, part.predicted[:, 1]
    value = {name: of(part).mean() for name, of in OF_CLASSES.items()}
    assert value["roc_auc"] == pytest.approx(roc_auc_score(y, p))
    assert value["average_precision"] == pytest.approx(average_precision_score(y, p))
    assert value["brier"] == pytest.approx(brier_score_loss(y, p))
    assert value["calibration"] == pytest.approx(
        calibration_error(part.predicted.max(1), part.predicted.argmax(1) == y)
    )


def test_of_several_classes_each_is_sought_in_turn():
    part = classes(THREE)
    one = lambda of: np.mean([of(part.y == c, part.predicted[:, c]) for c in range(3)])
    assert OF_CLASSES["roc_auc"](part).mean() == pytest.approx(one(roc_auc_score))
    assert OF_CLASSES["average_precision"](part).mean() == pytest.approx(one(average_precision_score))
    wanted = ((part.predicted - np.eye(3)[part.y]) ** 2).sum(1).mean() / 2
    assert OF_CLASSES["brier"](part).mean() == pytest.approx(wanted)


@pytest.mark.parametrize("rounded", [False, True])
def test_numbers_are_measured_as_scikit_learn_and_scipy_do(rounded):
    part = number(rounded=rounded)
    y, said = part.y, part.predicted[:, 0]
    value = {name: of(part).mean() for name, of in OF_NUMBERS.items()}
    assert value["rmse"] == pytest.approx(root_mean_squared_error(y, said))
    assert value["mae"] == pytest.approx(mean_absolute_error(y, said))
    assert value["r2"] == pytest.approx(r2_score(y, said))
    assert value["spearman"] == pytest.approx(spearmanr(y, said)[0])
    assert value["coverage"] == pytest.approx((np.abs(y - said) <= 1.5).mean()) and value["width"] == pytest.approx(3.0)


def without(part, i):
    keep = np.delete(np.arange(len(part.y)), i)
    return OfTarget(part.target, keep, *(getattr(part, name)[keep] for name in ("y", "predicted", "low", "high")))


@pytest.mark.parametrize(
    "make", [number, classes, lambda **how: classes(THREE, **how)], ids=["number", "pair", "three"]
)
@pytest.mark.parametrize("rounded", [False, True])
def test_influence_values_say_what_leaving_a_molecule_out_does(make, rounded):
    """n times the metric, less n - 1 times that of the others: equal up to the order 1 / n."""
    part = make(n=300, rounded=rounded)
    for name, of in (OF_CLASSES if part.target.classes else OF_NUMBERS).items():
        values, every = of(part), of(part).mean()
        left_out = np.array([300 * every - 299 * of(without(part, i)).mean() for i in range(0, 300, 5)])
        off = np.abs(values[::5] - left_out)
        assert np.median(off) < 0.03 * values.std() + 1e-9, name
        if name not in ("calibration", "width"):  # a molecule may leave its bin as right as sure; all are as wide
            assert np.corrcoef(values[::5], left_out)[0, 1] > 0.99, name


@pytest.mark.parametrize("name", ["roc_auc", "average_precision", "rmse", "r2", "spearman"])
def test_errors_from_influence_values_hold_as_often_as_they_say(name):
    make, of = (classes, OF_CLASSES[name]) if name in OF_CLASSES else (number, OF_NUMBERS[name])
    values = [of(make(seed=seed, n=200)) for seed in range(200)]
    means, errors = np.array([v.mean() for v in values]), np.array([v.std(ddof=1) / len(v) ** 0.5 for v in values])
    assert errors.mean() == pytest.approx(means.std(), rel=0.15)


def test_enrichment_counts_hits_at_the_top():
    y = np.zeros(1_000, bool)
    y[:50] = True
    score = np.arange(1_000)[::-1].astype(float)
    assert enrichment(y, score) == pytest.approx(20.0)  # all of the first ten are hits, of which 5% are
    assert enrichment(y, -score) == 0.0
    assert enrichment(y, np.zeros(1_000)) == pytest.approx(1.0)  # of equal scores, none is the top
    rng = np.random.default_rng(0)
    drawn = [enrichment(y, score // 25 + rng.random(1_000) * 1e-6) for _ in range(4_000)]
    assert enrichment(y, score // 25) == pytest.approx(np.mean(drawn), rel=0.02)


def test_unknown_answers_and_bounds_have_no_part():
    rng = np.random.default_rng(0)
    y = np.stack([rng.normal(size=6), [0, 1, 1, 0, 1, 0]], 1)
    known = np.full((6, 2), EXACT)
    known[0, 0], known[1, 0], known[2, 1] = UNKNOWN, LOWER_BOUND, UNKNOWN
    found = rng.random((6, 3))
    said = ScaledPredictions(found, found[:, :2] - 1, found[:, :2] + 1)
    number, pair = each_target(said, y, known, [NUMBER, PAIR])
    assert number.items.tolist() == [2, 3, 4, 5] and pair.items.tolist() == [0, 1, 3, 4, 5]
    assert number.y == pytest.approx(2 * y[2:, 0] + 3) and number.low == pytest.approx(2 * (found[2:, 0] - 1) + 3)
    assert pair.y.tolist() == [0, 1, 0, 1, 0] and (pair.predicted == found[pair.items, 1:]).all()
    scaled, _ = each_target(said, y, known, [NUMBER, PAIR], scaled=True)
    assert scaled.y == pytest.approx(y[2:, 0])


def test_the_mean_over_targets_has_the_error_of_molecules_that_they_share():
    """Of targets that are the same, the mean is as uncertain as one of them; of others, less."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=400)
    same = over_targets(500, [(np.arange(400), values)] * 3)
    assert np.isnan(same[400:]).all() and same[:400] == pytest.approx(values)
    apart = over_targets(1_200, [(np.arange(400) + 400 * k, values) for k in range(3)])
    assert apart.mean() == pytest.approx(values.mean())
    assert apart.std() / 1_200**0.5 == pytest.approx(values.std() / 1_200**0.5, rel=1e-6)
    mixed = over_targets(400, [(np.arange(400), values), (np.arange(100), values[:100] + 1)])
    assert mixed.mean() == pytest.approx((values.mean() + values[:100].mean() + 1) / 2)


def test_a_target_of_one_class_is_not_ranked():
    part = classes()
    part = OfTarget(PAIR, part.items, np.zeros(N, int), part.predicted, part.low, part.high)
    assert OF_CLASSES["roc_auc"](part) is OF_CLASSES["average_precision"](part) is predictions.enriched(part) is None
    assert np.isfinite(OF_CLASSES["brier"](part)).all()
    table = by_target([part, number()])
    assert (
        table["target"].tolist() == ["active", "y"] and np.isnan(table["roc_auc"][0]) and np.isfinite(table["rmse"][1])
    )


def test_numbers_that_are_all_alike_have_no_correlation():
    part = number()
    alike = OfTarget(NUMBER, part.items, np.full(N, 2.0), part.predicted, part.low, part.high)
    assert OF_NUMBERS["r2"](alike) is OF_NUMBERS["spearman"](alike) is None
    constant = OfTarget(NUMBER, part.items, part.y, np.full((N, 1), 2.0), part.low, part.high)
    assert OF_NUMBERS["spearman"](constant).tolist() == [0.0] * N
    right = OfTarget(NUMBER, part.items, part.y, part.y[:, None], part.low, part.high)
    assert OF_NUMBERS["rmse"](right).mean() == 0
