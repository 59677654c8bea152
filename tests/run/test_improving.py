# Tests run/curves.py
"""Whether a run was still improving, from validation curves whose end is known."""

import numpy as np
import pytest

from genwright.run.curves import still_falls


def curve(loss, first=1.0, last=1000.0, points=60):
    items = np.geomspace(first, last, points)
    return list(zip(items, loss(items)))


@pytest.mark.parametrize(
    "loss", [lambda t: 1 / t**2, lambda t: 5 + 0 * t, lambda t: np.abs(np.log(t / 100)), lambda t: t]
)
def test_a_curve_that_has_come_to_rest_or_rises_is_done(loss):
    assert not still_falls(curve(loss))


@pytest.mark.parametrize("power", [0.5, 0.65, 0.8])
def test_a_power_law_falls_until_a_doubling_gains_a_hundredth(power):
    gain = lambda last: ((last / 2) ** -power - last**-power) / (1 - last**-power)
    end = next(last for last in np.geomspace(10, 1e5, 200) if gain(last) < 0.01)
    assert still_falls(curve(lambda t: t**-power, last=end / 2)) and not still_falls(
        curve(lambda t: t**-power, last=2 * end)
    )


def test_a_straight_fall_goes_on():
    assert still_falls(curve(lambda t: -np.log(t)))


def test_noise_after_the_end_is_no_improvement():
    noise = np.random.default_rng(0).normal(size=200) * 1e-3
    points = [(t, loss + n) for (t, loss), n in zip(curve(lambda t: np.exp(-t / 20), points=200), noise)]
    assert not still_falls(points)


def test_too_few_validations_tell_nothing_but_that_it_was_early():
    assert still_falls([]) and still_falls([(10, 3.0)])
