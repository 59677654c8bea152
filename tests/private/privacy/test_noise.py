"""The law of the noise, read off the tables that it is drawn from, and the draws at their edges."""

from fractions import Fraction
from math import exp, inf, sqrt

import numpy as np
import pytest

from genwright.core.errors import DataError
from genwright.private.privacy import noise


def law_of(ends: list[int]) -> list[Fraction]:
    """The exact probability of each number."""
    return [Fraction(b - a, 2**128) for a, b in zip([0, *ends[:-1]], ends)]


@pytest.mark.parametrize("variance", [0.3, 2.0, 700.0])
def test_noise_has_the_law_of_the_discrete_gaussian(variance):
    reach = int(sqrt(160 * variance)) + 1
    law = law_of(noise.thresholds(noise.gaussian_weights(variance, reach)))
    weights = [exp(-(k**2) / (2 * variance)) for k in range(-reach, reach + 1)]
    assert sum(law) == 1
    assert np.allclose(np.array(law, float), np.array(weights) / sum(weights), rtol=1e-9, atol=1e-37)
    assert all(abs(a - b) <= Fraction(2, 2**128) for a, b in zip(law, reversed(law)))  # as likely on both sides


def test_a_choice_has_the_law_of_the_exponential_mechanism():
    scores, drawn = [5, 0, 7, 7], []
    words = iter([0, 2**63, 2**64 - 2])
    for _ in range(3):
        drawn.append(noise.choose(scores, 0.4, lambda count: np.uint64(next(words)).tobytes()))
    weights = np.cumsum([exp(0.4 * (score - 7)) for score in scores])
    assert drawn == [0, int(np.searchsorted(weights / weights[-1], 0.5, side="right")), 3]
    assert noise.choose(scores, inf) == 2


def test_the_second_word_decides_where_the_first_does_not():
    ends = [5 * 2**64 + 9, 5 * 2**64 + 10, 2**128]
    draw = lambda *words: int(noise.draw(ends, (), iter_bytes(words)))
    assert [draw(4), draw(6), draw(5, 8), draw(5, 9), draw(5, 10)] == [0, 2, 0, 1, 2]


def iter_bytes(words):
    """The first word as numpy reads it, and the second as Python does."""
    given = iter([np.uint64(words[0]).tobytes(), *(word.to_bytes(8) for word in words[1:])])
    return lambda count: next(given)


def test_noise_that_hides_everything_is_refused():
    with pytest.raises(DataError):
        noise.gaussian_noise(1e20, (2,))
    assert (noise.gaussian_noise(0.0, (3,)) == 0).all() and noise.gaussian_noise(2.0, (0,)).shape == (0,)


def test_the_system_draws_the_noise():
    """Twice the same call gives other noise, whose spread is that of the law."""
    first, second = noise.gaussian_noise(100.0, (4_000,)), noise.gaussian_noise(100.0, (4_000,))
    assert (first != second).any() and first.std() == pytest.approx(10, rel=0.1)
