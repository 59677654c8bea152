"""Whether a run was still improving, from validation curves whose end is known."""

import numpy as np
import pytest

from genwright.run.curves import MOST_DOUBLINGS, UNSEEN, doublings_left


def curve(loss, first=1.0, last=1000.0, points=60):
    items = np.geomspace(first, last, points)
    return list(zip(items, loss(items)))


@pytest.mark.parametrize(
    "loss", [lambda t: 1 / t**2, lambda t: 5 + 0 * t, lambda t: np.abs(np.log(t / 100)), lambda t: t]
)
def test_a_curve_that_has_come_to_rest_or_rises_is_done(loss):
    assert doublings_left(curve(loss)) == 0


@pytest.mark.parametrize("power", [0.5, 0.65, 0.8])
def test_a_power_law_is_foretold_until_a_doubling_gains_a_hundredth(power):
    """The gain of the k-th doubling from now on, over all gained so far, crosses 1/100 at the k that is told."""
    points = curve(lambda t: t**-power, last=100.0)
    left, gained = doublings_left(points), 1 - 100.0**-power
    gain = lambda k: (100.0 * 2 ** (k - 1)) ** -power - (100.0 * 2**k) ** -power
    assert 0 < left < MOST_DOUBLINGS and gain(left) <= 0.0101 * gained < gain(left - 1) * 1.02


def test_a_straight_fall_needs_as_long_as_is_foretold_at_most():
    assert doublings_left(curve(lambda t: -np.log(t))) == MOST_DOUBLINGS


def test_noise_after_the_end_is_no_improvement():
    noise = np.random.default_rng(0).normal(size=200) * 1e-3
    points = [(t, loss + n) for (t, loss), n in zip(curve(lambda t: np.exp(-t / 20), points=200), noise)]
    assert doublings_left(points) == 0


def test_too_few_validations_tell_nothing_but_that_it_was_early():
    assert doublings_left([]) == doublings_left([(10, 3.0)]) == UNSEEN
