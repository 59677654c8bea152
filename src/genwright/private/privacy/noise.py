"""Noise whose law is that of the proof, and not one that floating point has holes in (Mironov 2012).

All that is released is whole: counts with discrete Gaussian noise, P(k) in proportion to exp(-k^2 / (2 s^2)), and the
number of a choice. The noise costs what continuous noise does (Canonne, Kamath & Steinke 2020). Each is drawn from a
table of probabilities in units of 2^-128, computed with 50 decimal digits, by random bits of the system. A release of
MOST_DRAWS draws is within LAW_ERROR of its law in total variation, which `delta_for_law` takes from delta.

The random numbers are the system's. The seed of a run is on record: whoever knew the noise could take it off.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext
from math import ceil, exp, inf, sqrt
from secrets import token_bytes

import numpy as np

from ...core.errors import DataError

DIGITS = 50  # of the probabilities
BITS = 64  # of a word; two of them draw a number
NEGLIGIBLE = 80  # nats, below the middle's, of what is never drawn: exp(-80) < 2^-115
LARGEST_DEVIATION = 1e5  # of Gaussian noise: a table has less than 2^22 entries
MOST_DRAWS = 2**24
LAW_ERROR = 2.0 ** (24 + 22 - 115)  # of a release, at most: draws, entries of a table, and the mass that each may lose
Bytes = Callable[[int], bytes]  # count -> as many random bytes


def gaussian_noise(variance: float, shape: tuple[int, ...], random: Bytes = token_bytes) -> np.ndarray:
    """Draws discrete Gaussian noise, int64; 0 for a variance of 0. Raises DataError for noise that is too wide for any
    use.

    Args:
        variance: s^2.
        shape: of the result.
        random: where its bits come from.
    """
    if variance == 0:
        return np.zeros(shape, np.int64)
    if sqrt(variance) > LARGEST_DEVIATION:
        raise DataError(
            f"the noise would have a deviation of {sqrt(variance):,.0f} rows, which hides every table: allow a larger "
            "epsilon"
        )
    reach = ceil(sqrt(2 * NEGLIGIBLE * variance))
    return draw(thresholds(gaussian_weights(variance, reach)), shape, random) - reach


def gaussian_weights(variance: float, reach: int) -> list[Decimal]:
    """Weights (2 reach + 1) of -reach .. reach: exp(-k^2 / (2 s^2)), each from the one before."""
    with localcontext() as context:
        context.prec = DIGITS
        ratio = (Decimal(-1) / (2 * Decimal(variance))).exp()  # of 1 to 0; of k + 1 to k it is ratio^(2 k + 1)
        weights, step, square = [Decimal(1)], ratio, ratio * ratio
        for _ in range(reach):
            weights.append(weights[-1] * step)
            step *= square
    return [*weights[:0:-1], *weights]


def choose(scores: Sequence[int], rate: float, random: Bytes = token_bytes) -> int:
    """Chooses a number with a probability in proportion to exp(rate * score): the exponential mechanism (McSherry &
    Talwar 2007). An infinite rate chooses the first of the best.

    Args:
        scores: whole numbers.
        rate: see `accountant.exponential_rate`.
        random: where its bits come from.
    """
    best = max(scores)
    if rate == inf:
        return list(scores).index(best)
    with localcontext() as context:
        context.prec = DIGITS
        weights = [(Decimal(rate) * (score - best)).exp() for score in scores]
    return int(draw(thresholds(weights), (), random))


def thresholds(weights: Sequence[Decimal]) -> list[int]:
    """(K,) increasing numbers: one of two words, below 2^128, draws k where it is below the k-th, and not below the one
    before."""
    ends, total = [], Decimal(0)
    with localcontext() as context:
        context.prec = DIGITS
        for weight in weights:
            total += weight
            ends.append(total)
        numbers = [int(end / total * 2 ** (2 * BITS)) for end in ends]
    return [*numbers[:-1], 2 ** (2 * BITS)]


def draw(ends: list[int], shape: tuple[int, ...], random: Bytes) -> np.ndarray:
    """Draws numbers by their thresholds (K,), int64. The second word is drawn only if the first one does not decide."""
    first = np.array([min(end >> BITS, 2**BITS - 1) for end in ends], np.uint64)
    words = np.frombuffer(random(8 * int(np.prod(shape, dtype=np.int64))), np.uint64)
    low, high = (np.searchsorted(first, words, side=side) for side in ("left", "right"))
    found = high.astype(np.int64)
    for k in np.flatnonzero(low != high):
        found[k] = bisect_right(ends, int(words[k]) << BITS | int.from_bytes(random(8)))
    return found.reshape(shape)


def delta_for_law(epsilon: float) -> float:
    """The delta that a release costs because it is only within LAW_ERROR of its law."""
    return 0.0 if epsilon == inf else LAW_ERROR * (1 + exp(epsilon))
