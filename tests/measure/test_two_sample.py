from statistics import NormalDist

import numpy as np
import pytest

from genwright.measure.metrics.classifiers import boosted_trees, two_sample_auc


def auc(real, fake, seed=0, keys=None):
    rows = np.concatenate([real, fake])
    label = np.repeat([0, 1], [len(real), len(fake)])
    return two_sample_auc(rows if keys is None else keys, label, boosted_trees(rows), seed)[:2]


@pytest.fixture
def draw():
    rng = np.random.default_rng(0)
    return lambda n: rng.normal(size=(n, 5))


def test_alike_is_one_half(draw):
    value, se = auc(draw(400), draw(600))
    assert abs(value - 0.5) < 5 * se < 0.4


@pytest.mark.long
def test_a_shift_is_seen_and_a_chasm_is_certain(draw):
    value, se = auc(draw(400), draw(400) + 0.4)
    best = NormalDist().cdf(0.4 * 5**0.5 / 2**0.5)  # of the likelihood ratio
    assert 0.5 + 3 * se < value < best + 4 * se
    assert auc(draw(400), draw(400) + 9)[0] == 1


def test_another_dependence_is_seen(draw):
    fake = draw(600)
    fake[:, 1] = fake[:, 0]
    assert auc(draw(600), fake)[0] > 0.9


@pytest.mark.long
def test_copies_that_occur_twice_are_no_difference(draw):
    real, once = draw(400), draw(150)
    fake = np.repeat(once, 4, axis=0)
    _, se = auc(real, once)  # a copy adds nothing that would make the error smaller
    assert abs(auc(real, fake)[0] - 0.5) < 5 * se < 0.4
    split_apart = auc(real, fake, keys=np.arange(1000)[:, None])[0]
    assert split_apart > 0.75  # what remembering alone would give


@pytest.mark.long
def test_the_same_seed_gives_the_same_number(draw):
    real, fake = draw(200), draw(200) + 0.2
    assert auc(real, fake, 1) == auc(real, fake, 1) != auc(real, fake, 2)


@pytest.mark.parametrize("sizes", [(200, 200), (123, 310)])
def test_a_score_that_knows_nothing_is_one_half_exactly(sizes):
    fake = np.repeat([0, 1], sizes)
    constant = lambda train, labels, test: np.zeros(len(test))
    assert two_sample_auc(np.arange(len(fake))[:, None], fake, constant, 0)[0] == pytest.approx(0.5, abs=1e-12)


def test_too_few_items_give_no_number(draw):
    assert np.isnan(auc(draw(5), draw(200))).all()


def test_fewer_different_items_than_folds():
    rng = np.random.default_rng(0)
    assert 0 <= auc(rng.integers(3, size=(60, 1)), np.ones((60, 1)))[0] <= 1
    assert auc(np.ones((60, 1)), np.ones((60, 1)))[0] == 0.5


@pytest.mark.long
def test_the_error_is_that_of_replicate_worlds():
    """Fresh items on both sides spread the area as its error says, though the classifiers of all folds are alike: the
    direction from mean to mean hangs on a few items where tails are heavy (Student's t)."""

    def world(k):
        rng = np.random.default_rng(k)
        rows = np.concatenate([rng.standard_t(0.7, (200, 1)), rng.standard_t(0.7, (200, 1)) + 1])
        means = lambda train, fake: rows[train][fake == 1].mean(0) - rows[train][fake == 0].mean(0)
        direction = lambda train, fake, test: rows[test] @ means(train, fake)
        return two_sample_auc(rows, np.repeat([0, 1], 200), direction, k)[:2]

    values, errors = np.transpose([world(k) for k in range(24)])
    assert 0.42 < errors.mean() / values.std(ddof=1) < 2
