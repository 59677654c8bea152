"""How much privacy a release costs, in zero-concentrated differential privacy (zCDP; Bun & Steinke 2016).

A mechanism M is rho-zCDP if, for any two tables that differ in one row and all alpha > 1, the Renyi divergence of
order alpha of its outputs is at most alpha rho. The costs of parts add up, also where a part depends on what the
parts before it released.

    Gaussian noise of variance s^2 on counts that one row moves by D (L2)      rho = D^2 / (2 s^2)
    exponential mechanism, exp(e q / (2 D)), q of sensitivity D                rho = e^2 / 8     (Cesar & Rogers 2021)

rho-zCDP is (epsilon, delta)-differential privacy for

    delta = min over alpha > 1 of  exp((alpha - 1)(alpha rho - epsilon)) / (alpha - 1) (1 - 1/alpha)^alpha

(Canonne, Kamath & Steinke 2020, proposition 12).
"""

from dataclasses import dataclass
from math import exp, inf, log, log1p, sqrt

from ...core.errors import DataError
from .noise import delta_for_law

MOST_EPSILON, LEAST_DELTA = 20.0, 1e-10  # within which the law of the noise is as good as that of the proof
STEPS = 200  # of a bisection, after which it stands still
SLACK = 1e-9  # share by which results are on the safe side, far above what rounding takes


@dataclass(frozen=True)
class Budget:
    """The promise about one row: with the model, nobody tells by a factor above exp(epsilon) whether the row was in the
    table or another one in its place, but for a probability of delta."""

    epsilon: float
    delta: float


def require_budget(budget: Budget) -> None:
    """Raises DataError for numbers that promise nothing, or nothing that can be kept."""
    if not 0 < budget.epsilon <= MOST_EPSILON:
        raise DataError(f"epsilon is {budget.epsilon:g}: choose a number above 0, at most {MOST_EPSILON:g}")
    if not LEAST_DELTA <= budget.delta < 1:
        raise DataError(f"delta is {budget.delta:g}: choose at least {LEAST_DELTA:g}, below one over the rows")


def delta_of(rho: float, epsilon: float) -> float:
    """The least delta for which rho-zCDP is known to be (epsilon, delta)-differential privacy, at most 1."""
    if rho <= 0 or rho == inf:
        return 0.0 if rho <= 0 else 1.0
    slope = lambda alpha: (2 * alpha - 1) * rho - epsilon + log1p(-1 / alpha)  # of the log, which is convex
    low, high = 1 + 1e-12, max(2.0, (epsilon + 1) / (2 * rho) + 2)
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return min(1.0, exp((high - 1) * (high * rho - epsilon) + high * log1p(-1 / high)) / (high - 1))


def rho_of(budget: Budget) -> float:
    """The largest rho, rounded downwards, for which rho-zCDP keeps the budget, less what the law of the noise takes of
    delta; inf for an infinite epsilon."""
    if budget.epsilon == inf:
        return inf
    delta = budget.delta - delta_for_law(budget.epsilon)
    low, high = 0.0, (sqrt(budget.epsilon - log(budget.delta)) - sqrt(-log(budget.delta))) ** 2 + budget.epsilon
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if delta_of(middle, budget.epsilon) <= delta else (low, middle)
    return low * (1 - SLACK)


def gaussian_variance(rho: float, square: float) -> float:
    """The variance of Gaussian noise that costs rho; 0 where rho is infinite.

    Args:
        rho: what the release may cost.
        square: square of the L2 distance by which one row moves the counts.
    """
    return square / (2 * rho) * (1 + SLACK)


def exponential_rate(rho: float, sensitivity: float) -> float:
    """The factor of scores in the exponents of an exponential mechanism that costs rho; inf where rho is infinite.

    Args:
        rho: what the choice may cost.
        sensitivity: how far one row moves a score, at most.
    """
    return sqrt(8 * rho) / (2 * sensitivity) * (1 - SLACK)
