# Tests measure/metrics/trees.py
import numpy as np
import pytest

from genwright.core.spec import Category, Real, Spec
from genwright.measure.metrics.classifiers import two_sample_auc
from genwright.measure.metrics.trees import ColumnTask, default_target, telling_apart, trees


def classes(n, k, noise=0.3, seed=0):
    """Two numbers and a class that the first decides."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    cut = np.digitize(x[:, 0] + noise * rng.normal(size=n), np.linspace(-1, 1, k + 1)[1:-1])
    return np.column_stack([x, cut]), Spec((("a", Real()), ("b", Real()), ("y", Category(k, optional=True))))


@pytest.mark.parametrize(("k", "measure", "good", "bad"), [(2, "ROC-AUC", 0.9, 0.5), (4, "accuracy", 0.6, 0.25)])
def test_a_judge_learns_from_good_rows_and_not_from_shuffled_ones(k, measure, good, bad):
    (train, spec), (test, _) = classes(1500, k), classes(800, k, seed=1)
    task = ColumnTask(spec, "y", train, seed=0)
    assert task.measure == measure
    truth = task.known_rows(test)[1]
    assert task.score(truth, task.predict(train, test)) > good
    shuffled = train.copy()
    shuffled[:, 2] = np.random.default_rng(0).permutation(train[:, 2])
    found = task.score(truth, task.predict(shuffled, test))
    assert found == pytest.approx(bad, abs=0.16)  # five standard deviations over shuffles


def test_a_number_is_scored_by_r2():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 2))
    table = np.column_stack([x, 1000 + 50 * x[:, 0]])
    task = ColumnTask(Spec((("a", Real()), ("b", Real()), ("y", Real()))), "y", table, seed=0)
    truth = task.known_rows(table[1500:])[1]
    assert task.score(truth, task.predict(table[:1500], table[1500:])) > 0.95
    assert task.score(truth, np.full(500, truth.mean())) == pytest.approx(0)


def test_samples_that_lack_a_class_teach_nothing():
    (train, spec), (test, _) = classes(500, 2), classes(300, 2, seed=1)
    task = ColumnTask(spec, "y", train, seed=0)
    truth = task.known_rows(test)[1]
    for gone in (0, 1):
        one = train[train[:, 2] != gone]
        assert task.score(truth, task.predict(one, test)) == 0.5
    empty = train.copy()
    empty[:, 2] = np.nan
    assert task.score(truth, task.predict(empty, test)) == 0.5


def test_rows_without_a_target_are_left_out():
    (train, spec), (test, _) = classes(500, 2), classes(300, 2, seed=1)
    test[:100, 2] = np.nan
    task = ColumnTask(spec, "y", train, seed=0)
    assert len(task.known_rows(test)[1]) == 200 == len(task.predict(train, test))


def test_the_default_target():
    assert default_target(Spec((("a", Category(2)), ("b", Category(3)), ("c", Real())))) == "b"
    assert default_target(Spec((("a", Real()), ("b", Real())))) == "b"


def auc_of(a, b, spec):
    rows = np.concatenate([a, b])
    return two_sample_auc(rows, np.repeat([0, 1], [len(a), len(b)]), telling_apart(rows, spec, 0), seed=0)[:2]


@pytest.mark.long
def test_two_samples_of_one_distribution_cannot_be_told_apart():
    (a, spec), (b, _) = classes(500, 3), classes(500, 3, seed=1)
    auc, se = auc_of(a, b, spec)
    assert abs(auc - 0.5) < 4 * se and 0.01 < se < 0.06


@pytest.mark.long
def test_a_broken_link_is_seen_though_every_column_is_right():
    a, spec = classes(500, 3)
    b, _ = classes(500, 3, seed=1)
    b[:, 2] = np.random.default_rng(0).permutation(b[:, 2])
    assert auc_of(a, b, spec)[0] > 0.7
    assert auc_of(a, b + [9, 0, 0], spec)[0] > 0.99


@pytest.mark.parametrize("classify", [True, False])
def test_trees_learn_beside_a_column_without_a_known_cell(classify):
    rng = np.random.default_rng(0)
    x, spec = rng.normal(size=(60, 2)), Spec((("a", Real()), ("b", Real())))
    y = x[:, 0] > 0 if classify else x[:, 0]
    without = np.c_[x[:, 0], np.full(60, np.nan)]
    predict = lambda rows: trees(spec, classify, 0).fit(rows, y).predict(x)
    assert (predict(without) == predict(np.c_[x[:, 0], np.zeros(60)])).all()
