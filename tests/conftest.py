"""Small specs and data that every test may use."""

import numpy as np
import pytest
import torch

from genwright.spec import Category, Margin, Ordered, Real, Spec

torch.set_num_threads(1)


def real(values, bins=64, plain=True, **leaf):
    """A Real leaf whose margin is a histogram of `values` with tails."""
    edges = np.quantile(values, np.linspace(0, 1, bins + 1))
    reach = 8 * (edges[-1] - edges[0])
    edges = (edges[0] - reach, *edges, edges[-1] + reach)
    return Real(margin=Margin(edges, (1e-5, *[1 / bins] * bins, 1e-5), plain=plain), **leaf)


def category(*probs, absent=0.0):
    return Category(len(probs), optional=absent > 0, margin=Margin(tuple(np.arange(len(probs) + 1) - 0.5), probs, absent))


@pytest.fixture
def mixed():
    """A real, an ordered and a category column, the last two sometimes absent."""
    count = Ordered(10, optional=True, margin=Margin((-0.5, 0.5, 3.5, 9.5), (0.5, 0.3, 0.2), absent=0.2))
    heavy = Real(scale=2.0, margin=Margin((-3.0, -1.0, 0.0, 1.0, 3.0), (0.1, 0.4, 0.4, 0.1)))
    return Spec((("heavy", heavy), ("count", count), ("class", category(0.2, 0.3, 0.5, absent=0.1))))


@pytest.fixture
def pictures():
    return Spec((("picture", Ordered(17, shape=(1, 8, 8), axis="grid")),))


@pytest.fixture
def nothing():
    """No given variables."""
    return Spec(())
