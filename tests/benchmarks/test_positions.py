"""The symmetries that networks of positions keep."""

import networkx as nx
import torch
from graph_sets import PositionNetwork, anchored, draw_sets
from hypothesis import given, settings
from hypothesis import strategies as st
from small_graphs import of, renumbered

from genwright.core.draws import Draws
from genwright.graphs.networks.marked_nodes import PGNN, closeness


def test_there_are_as_many_anchor_sets_of_each_half_as_levels():
    sets = draw_sets(100, Draws("sets"))
    assert [len(s) for s in sets] == [size for size in (50, 25, 12, 6, 3, 1) for _ in range(6)]
    assert all(len(s.unique()) == len(s) for s in sets)


@settings(max_examples=15, deadline=None)
@given(st.integers(3, 14), st.integers(0, 25), st.integers(0, 10**6))
def test_positions_are_equivariant_when_the_anchors_move_too(nodes, edges, seed):
    graph = of(nx.gnm_random_graph(nodes, edges, seed))
    other, new = renumbered(graph, seed)
    torch.manual_seed(seed)
    network = PositionNetwork(torch.nn.Linear(3, 5), [PGNN(5, 5), PGNN(5, 4)], 4, 0.0).double().eval()
    x = torch.randn(nodes, 3, dtype=torch.float64)
    moved = torch.empty_like(x).index_copy_(0, new, x)
    sets = draw_sets(nodes, Draws("anchors", seed))
    here, there = anchored(closeness(graph).double(), sets), anchored(closeness(other).double(), [new[s] for s in sets])
    with torch.no_grad():
        assert torch.allclose(network(moved, there)[new], network(x, here), atol=1e-10)
