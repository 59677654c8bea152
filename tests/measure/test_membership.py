"""Attacks on who was trained on: sharp for copies, and one half, with the right error, for what never saw anybody."""

import numpy as np
import pytest

from genwright.measure.metrics.memorisation import (
    Candidates,
    attack,
    candidates_of,
    closer_share,
    find_lone,
    membership,
    score_fresh,
)

N, M = 1_000, 300  # training and test rows
WORLDS = 200


def rows(rng: np.random.Generator, n: int) -> np.ndarray:
    """Two clumps and a heavy tail: most rows have neighbours, some are alone."""
    x = rng.standard_normal((n, 3)) + 4 * rng.integers(0, 2, (n, 1))
    return x * np.where(rng.random((n, 1)) < 0.1, 5, 1)


def world(seed: int, n: int = N, m: int = M) -> tuple[np.random.Generator, np.ndarray, Candidates]:
    rng = np.random.default_rng(seed)
    train = rows(rng, n)
    return rng, train, candidates_of(train, rows(rng, m), rows(rng, m // 2), lambda x: x, "test rows")


def copies(rng, train, n):
    return train[rng.integers(0, len(train), n)]


def test_a_bootstrap_is_found_out():
    rng, train, candidates = world(0)
    found = membership([copies(rng, train, N) for _ in range(3)], candidates)["membership_auc"]
    assert found.value >= 0.95 and found.n == 3 * N
    assert found.value == pytest.approx(float(found.detail.split()[-1]), abs=4 * found.se + 0.005)
    assert closer_share(copies(rng, train, N), candidates)["dcr_share"].value > 0.6


@pytest.mark.parametrize("noise, least", [(0.1, 0.8), (0.3, 0.57)])
def test_copies_with_noise_are_found_out_as_well(noise, least):
    rng, train, candidates = world(1)
    sample = copies(rng, train, 3 * N)
    found = membership([sample + noise * rng.standard_normal(sample.shape)], candidates)["membership_auc"]
    assert found.value > least and found.above(0.5)


def test_beside_fresh_items_the_attack_is_sharper_than_by_distance_alone():
    """Rows far out are far from every sample, members or not: only what is usual there says that they are near."""
    gained = []
    for seed in range(5):
        rng, train, candidates = world(seed)
        sample = copies(rng, train, 3 * N)
        sample = sample + 0.3 * rng.standard_normal(sample.shape)
        alone = candidates._replace(fresh=np.full((3, 3), 1e9))  # as far from all
        gained.append(attack([sample], candidates).value - attack([sample], alone).value)
    assert min(gained) > 0


def test_unseen_rows_reach_one_half_within_the_error_of_it():
    """Over many draws of all the data the intervals of 95% hold one half as often as they say."""
    held = np.zeros(2)
    values = np.zeros(2)
    for seed in range(WORLDS):
        rng, _, candidates = world(seed, 500, 120)
        fresh = rows(rng, 500)
        found = closer_share(fresh, candidates)["dcr_share"], membership([fresh], candidates)["membership_auc"]
        held += [abs(metric.value - 0.5) < 1.96 * metric.se for metric in found]
        values += [metric.value for metric in found]
    assert (0.91 * WORLDS <= held).all() and (held <= 0.99 * WORLDS).all(), held
    assert np.abs(values / WORLDS - 0.5).max() < 0.01


def test_rows_that_repeat_are_no_candidates():
    train, test, valid = (np.array(part, float)[:, None] for part in ([1, 1, 2, 3, np.nan], [3, 4], [2, 5, 6]))
    assert [part.tolist() for part in find_lone(train, test, valid)] == [
        [False, False, False, False, True],
        [False, True],
        [False, True, True],
    ]


def test_samples_that_could_show_few_training_rows_say_nothing():
    rng, train, candidates = world(2)
    assert membership([copies(rng, train, 100)], candidates) == {}
    assert not world(3, m=30)[2].enough and candidates.enough


def test_fresh_items_stand_beside():
    found = score_fresh(world(4)[2])
    assert all(abs(found[name].value - 0.5) < 3 * found[name].se for name in ("dcr_share", "membership_auc"))


def test_a_tie_is_half():
    _, _, candidates = world(5)
    same = candidates._replace(others=candidates.members)
    assert closer_share(candidates.members, same)["dcr_share"].value == 0.5
