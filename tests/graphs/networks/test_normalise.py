"""Each normalised matrix is its formula, on a graph with weights and a node that nothing reaches."""

import numpy as np
import pytest
import torch

from genwright.core.graph import from_edges
from genwright.graphs.networks import normalise

A = np.array([[0, 2, 0, 0.5], [2, 0, 3, 0], [0, 3, 0, 0], [0.5, 0, 0, 0]], np.float32)
A = np.pad(A, (0, 1))  # the last node is alone
SELF = A + np.eye(5, dtype=np.float32)


def divided(top, below):
    return np.divide(top, below, out=np.zeros_like(top), where=below > 0)


def scaled(a):
    d = a.sum(1)
    return divided(a, np.sqrt(np.outer(d, d)))


WANTED = {
    normalise.symmetric: scaled(SELF),
    normalise.scaled: scaled(A),
    normalise.mean: divided(SELF, np.broadcast_to(SELF.sum(1)[:, None], SELF.shape)),
    normalise.neighbours: divided(A, np.broadcast_to(A.sum(1)[:, None], A.shape)),
    normalise.scaled_laplacian: -scaled(A),
}


@pytest.mark.parametrize("way", WANTED, ids=lambda way: way.__name__)
def test_a_matrix_is_its_formula(way):
    target, source = (torch.as_tensor(ends) for ends in np.nonzero(A))
    graph = way(from_edges(source, target, 5, weight=torch.as_tensor(A[target, source])))
    found = np.zeros_like(A)
    found[graph.target, graph.source] = graph.values
    assert found == pytest.approx(WANTED[way], abs=1e-6)
