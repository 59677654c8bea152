"""Scalar leaves with margins, made for tests."""

import numpy as np

from genwright.core.spec import Category, Marginal, Real


def real(values, bins=64, plain=True, **leaf):
    """A Real leaf whose margin is a histogram of `values` with tails."""
    edges = np.quantile(values, np.linspace(0, 1, bins + 1))
    reach = 8 * (edges[-1] - edges[0])
    edges = (edges[0] - reach, *edges, edges[-1] + reach)
    return Real(marginal=Marginal(edges, (1e-5, *[1 / bins] * bins, 1e-5), plain=plain), **leaf)


def category(*probs, absent=0.0):
    return Category(
        len(probs), optional=absent > 0, marginal=Marginal(tuple(np.arange(len(probs) + 1) - 0.5), probs, absent)
    )
