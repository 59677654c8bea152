"""Random walks: they follow edges, and each step has the probability that its definition gives it."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from genwright.core.draws import Draws
from genwright.core.errors import BudgetError
from genwright.core.graph import from_edges, undirected
from genwright.graphs.networks.random_walks import Walker

# 0 - 1 - 2 - 3 - 0 with 0 - 2, 2 - 4 and 4 - 5: triangles, a square and a tail
SOURCE, TARGET = torch.tensor([0, 1, 2, 3, 0, 2, 4]), torch.tensor([1, 2, 3, 0, 2, 4, 5])
SMALL = undirected(from_edges(SOURCE, TARGET, 6))
WEIGHT = torch.tensor([1.0, 2.0, 3.0, 1.0, 0.5, 4.0, 1.0])
WEIGHTED = undirected(from_edges(SOURCE, TARGET, 6, WEIGHT))


def matrix(graph) -> torch.Tensor:
    """(N, N) weight of the edge from row to column."""
    a = torch.zeros(graph.rows, graph.rows)
    a[graph.source, graph.target] = graph.values
    return a


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 9),
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=25),
    st.sampled_from([(1.0, 1.0), (0.25, 4.0), (4.0, 0.5)]),
)
def test_walks_stay_on_edges_in_their_direction_and_at_dead_ends(nodes, edges, pq):
    edges = [(a % nodes, b % nodes) for a, b in edges]
    source, target = torch.tensor(edges, dtype=torch.long).reshape(-1, 2).T
    graph = from_edges(source, target, nodes)
    walks = Walker(graph, *pq).walk(torch.arange(nodes), 6, Draws("walks"))
    assert walks.shape == (nodes, 7) and torch.equal(walks[:, 0], torch.arange(nodes))
    a = matrix(graph) > 0
    for here, there in zip(walks[:, :-1].flatten().tolist(), walks[:, 1:].flatten().tolist()):
        assert a[here, there] or (here == there and not a[here].any())


@pytest.mark.parametrize("graph", [SMALL, WEIGHTED], ids=["plain", "weighted"])
def test_a_uniform_step_is_drawn_by_weight(graph):
    walks = Walker(graph).walk(torch.full((20_000,), 2), 1, Draws("uniform"))
    wanted = matrix(graph)[2] / matrix(graph)[2].sum()
    seen = torch.bincount(walks[:, 1], minlength=6)
    assert not seen[wanted == 0].any()
    assert chisquare(seen[wanted > 0], 20_000 * wanted[wanted > 0].double() / wanted.double().sum()).pvalue > 1e-4


@pytest.mark.parametrize("p, q", [(0.25, 4.0), (4.0, 0.25), (1.0, 2.0)])
@pytest.mark.parametrize("graph", [SMALL, WEIGHTED], ids=["plain", "weighted"])
def test_the_steps_of_node2vec_have_its_transition_probabilities(graph, p, q):
    """Against the definition of Grover & Leskovec 2016 (3.2), for every pair of a node before and a node at hand."""
    a = matrix(graph).double()
    walks = Walker(graph, p, q).walk(torch.arange(6).repeat(2_000), 8, Draws("node2vec", p, q))
    triples = torch.stack([walks[:, :-2], walks[:, 1:-1], walks[:, 2:]], -1).flatten(0, 1)
    for before in range(6):
        for at in range(6):
            seen = triples[(triples[:, 0] == before) & (triples[:, 1] == at), 2]
            if not a[before, at]:
                assert not len(seen)
                continue
            bias = torch.where(a[before] > 0, 1.0, 1 / q)
            bias[before] = 1 / p
            wanted = a[at] * bias
            found = torch.bincount(seen, minlength=6)
            assert not found[wanted == 0].any() and len(seen) > 200
            expected = (wanted / wanted.sum() * len(seen))[wanted > 0]
            assert len(expected) == 1 or chisquare(found[wanted > 0], expected).pvalue > 1e-5, (before, at)


def test_p_and_q_must_be_above_zero():
    with pytest.raises(BudgetError):
        Walker(SMALL, 0.0, 1.0)
