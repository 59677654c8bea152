"""A likelihood is never a bare float: it states its kind and its measure.

Kinds, from strongest to weakest: `exact`; `lower bound` (the true value is at least this); `estimate` (an ODE solver,
importance sampling without a guarantee); `unnormalised` (differences between items mean something, the level does not).
Combining two numbers gives the weaker kind.

`of` names the measure: the `mass` of discrete leaves, the `density` of real leaves in the user's units, or `mass x
density` for a spec that has both.
"""

from dataclasses import dataclass, replace
from math import log

import numpy as np

KINDS = ("exact", "lower bound", "estimate", "unnormalised")
EXACT, LOWER_BOUND, ESTIMATE, UNNORMALISED = KINDS
MEASURES = ("mass", "density", "mass x density")
NOISY = 0.2  # nats: a larger mean error of single items is reported


def weakest(*kinds: str) -> str:
    """Returns the kind of a sum of terms: unnormalised absorbs estimate, which absorbs lower bound, which absorbs
    exact."""
    return max(kinds, key=KINDS.index)


@dataclass(frozen=True)
class Mean:
    """An average with its standard error.

    Args:
        value: The mean.
        se: Its standard error.
    """

    value: float
    se: float

    def __str__(self) -> str:
        return f"{self.value:.4f}" if np.isnan(self.se) else f"{self.value:.4f} ± {self.se:.4f}"


@dataclass(frozen=True)
class Likelihood:
    """The log-likelihoods of `n` items, with their kind and measure.

    Args:
        nats: (n,) float64, in natural logarithm; NaN for an item that the model cannot make, which no mean counts.
        kind: exact, lower bound, estimate or unnormalised (`KINDS`).
        of: mass, density or both (`MEASURES`).
        dims: Count of numbers in one item; (n,) if items differ, in length or in what is scored.
        se: (n,) standard error of the number of each item if it was estimated by sampling. Default: None.
        given: Names of the conditions. Default: none.
        derived: Names of the columns that follow from the others, and cost nothing. Default: none.

    Raises ValueError for another kind or measure.
    """

    nats: np.ndarray
    kind: str
    of: str
    dims: int | np.ndarray
    se: np.ndarray | None = None
    given: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of likelihood {self.kind!r}: use one of {', '.join(KINDS)}")
        if self.of not in MEASURES:
            raise ValueError(f"unknown measure {self.of!r}: use one of {', '.join(MEASURES)}")

    def __len__(self) -> int:
        return len(self.nats)

    def __repr__(self) -> str:
        given = f" given {', '.join(self.given)}" if self.given else ""
        mean = f", mean {self.mean()} nats" if len(self) else ""
        if unscored := int((~self.scored).sum()):
            mean += f" without {unscored:,} that break a rule"
        return f"Likelihood: {len(self):,} items{given}{mean} ({self.kind} of the {self.of})"

    def __add__(self, other: "Likelihood") -> "Likelihood":
        """The likelihood of two independent parts of the same items. Raises ValueError for other numbers of items."""
        if len(self) != len(other):
            raise ValueError(f"cannot add likelihoods of {len(self)} and {len(other)} items")
        ses = [s for s in (self.se, other.se) if s is not None]
        return Likelihood(
            self.nats + other.nats,
            weakest(self.kind, other.kind),
            self.of if self.of == other.of else "mass x density",
            self.dims + other.dims,
            np.sqrt(sum(s**2 for s in ses)) if ses else None,
            tuple(sorted({*self.given, *other.given})),
            tuple(sorted({*self.derived, *other.derived})),
        )

    @property
    def scored(self) -> np.ndarray:
        """Which items have a likelihood, (n,) bool."""
        return ~np.isnan(self.nats)

    def mean(self) -> Mean:
        """Averages over items in nats, with the standard error, NaN for a single item. The error includes the noise of
        random draws (`se`), since items draw independently of one another."""
        nats = self.nats[self.scored]
        n = len(nats)
        value = float(nats.mean()) if n else float("nan")
        return Mean(value, float(nats.std(ddof=1) / n**0.5) if n > 1 else float("nan"))

    @property
    def bits_per_dim(self) -> Mean:
        """Computes the negative log-likelihood in bits per number: lower is better. For images it is the likelihood of
        the mass.

        If items have different counts of numbers, it is a ratio of sums, in which all numbers count alike. Its standard
        error is that of the delta method (Cochran 1977, eq. 2.39), from the spread of nats - ratio * dims. NaN without
        numbers."""
        dims = np.broadcast_to(self.dims, self.nats.shape)
        per = float(np.mean(dims[self.scored])) if self.scored.any() else 0.0
        if not per:
            return Mean(float("nan"), float("nan"))
        ratio = self.mean().value / per
        mean = replace(self, nats=self.nats - ratio * (self.dims - per)).mean()
        return Mean(-mean.value / (per * log(2)), mean.se / (per * log(2)))

    @property
    def noise(self) -> str:
        """A phrase about the random draws if their error exceeds `NOISY` nats in the mean over items, else ""."""
        error = 0.0 if self.se is None else float(self.se.mean())
        if np.isnan(error):
            return "drawn once an item, which leaves its error unknown"
        if error <= NOISY:
            return ""
        return f"drawn with an error of {error:.2g} nats an item"

    def comparable(self, other: "Likelihood") -> bool:
        """Tells whether the two numbers may be ranked: the same measure of the same items under the same conditions,
        and neither unnormalised.

        Args:
            other: The other likelihood.
        """
        is_same_measure = all(getattr(self, name) == getattr(other, name) for name in ("of", "given", "derived"))
        is_same_measure = is_same_measure and all(
            np.array_equal(*pair) for pair in ((self.dims, other.dims), (self.scored, other.scored))
        )
        return is_same_measure and UNNORMALISED not in (self.kind, other.kind)
