# Tests graphs/networks/marked_nodes.py
"""What each form of network can tell apart, and the symmetries that identity and position keep."""

import networkx as nx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_graphs import of, renumbered, small_trees_and_graphs

from genwright.graphs.networks.convolutions import GCN, GIN
from genwright.graphs.networks.marked_nodes import IdentityNetwork, closed_walks, closeness, egos
from genwright.graphs.networks.weisfeiler_lehman import colours, distinguishes
from genwright.graphs.studies.expressiveness import GRAPHS, NETWORKS, NODES, embeddings, graphs_apart, nodes_apart

REGULAR = "rook, Shrikhande"  # strongly regular, of the same numbers: beyond every network that marks one node


@pytest.mark.parametrize("name", GRAPHS)
def test_pairs_of_graphs_are_told_apart_by_identity_or_position_and_by_no_sum_over_neighbours(name):
    told = {kind: graphs_apart(kind, *GRAPHS[name]) for kind in NETWORKS}
    marked = name != REGULAR
    assert told == {"GCN": False, "GIN": False, "ID-GNN-Fast": marked, "ID-GNN": marked, "P-GNN": True}


@pytest.mark.parametrize("name", NODES)
def test_pairs_of_nodes_are_told_apart_by_identity_where_they_differ_and_by_position_even_where_they_do_not(name):
    told = {kind: nodes_apart(kind, *NODES[name]) for kind in NETWORKS}
    differ = name.startswith("nodes of")
    assert told == {"GCN": False, "GIN": False, "ID-GNN-Fast": differ, "ID-GNN": differ, "P-GNN": True}


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("name", ["decalin, bicyclopentyl", REGULAR])
def test_no_network_tells_a_graph_from_itself_with_other_numbers(kind, name):
    for graph in GRAPHS[name]:
        assert not graphs_apart(kind, graph, renumbered(graph, seed=1)[0])


@pytest.mark.long
def test_gin_of_random_weights_separates_what_refinement_separates_and_nothing_else():
    graphs = [of(drawn) for drawn in small_trees_and_graphs()] + [
        g for pair in GRAPHS.values() for g in pair if g.rows <= 10
    ]
    sums = [embeddings("GIN", graph, 0)[0].sum(0) for graph in graphs]
    pairs = [(i, j) for i, a in enumerate(graphs) for j, b in enumerate(graphs[:i]) if a.rows == b.rows]
    verdicts = [distinguishes(graphs[i], graphs[j]) for i, j in pairs]
    assert 20 < sum(verdicts) < len(verdicts) - 5
    assert [bool((sums[i] - sums[j]).abs().max() > 1e-9 * sums[i].abs().max()) for i, j in pairs] == verdicts


def test_gin_gives_nodes_of_a_graph_the_same_embedding_where_refinement_gives_the_same_colour():
    graph = of(nx.gnm_random_graph(16, 18, seed=5))
    h, colour = embeddings("GIN", graph, 0)[0], colours(graph)
    near = (h[:, None] - h).abs().amax(2) <= 1e-9 * h.abs().max()
    assert torch.equal(near, colour[:, None] == colour)
    assert 2 < len(colour.unique()) < 16


@pytest.mark.parametrize("hops", [0, 1, 2, 3])
def test_egos_are_networkx_ego_graphs(hops):
    drawn = nx.gnm_random_graph(15, 20, seed=2)
    found = egos(of(drawn), hops)
    where, first = [], 0
    for v in range(15):
        ego = nx.ego_graph(drawn, v, hops)
        names = sorted(ego)
        inside = slice(first, first + len(names))
        assert found.node[inside].tolist() == names
        assert found.node[found.centre[v]] == v and first <= found.centre[v] < first + len(names)
        where += [tuple(sorted((first + names.index(a), first + names.index(b)))) for a, b in ego.edges]
        first += len(names)
    assert first == len(found.node)
    assert sorted(map(tuple, found.graph.edge_index().T.tolist())) == sorted(where + [(b, a) for a, b in where])


def test_closed_walks_count_triangles_and_trace_the_spectrum():
    drawn = nx.gnm_random_graph(20, 60, seed=4)
    walks = closed_walks(of(drawn), 5)
    assert walks[:, 2].tolist() == [2 * nx.triangles(drawn, v) for v in range(20)]
    spectrum = torch.linalg.eigvalsh(torch.tensor(nx.to_numpy_array(drawn)))
    assert torch.allclose(
        walks.double().sum(0), torch.stack([(spectrum**k).sum() for k in range(1, 6)]), rtol=1e-5, atol=1e-6
    )


def test_closeness_is_one_over_steps_and_stops_where_told():
    path = of(nx.path_graph(5))
    steps = (torch.arange(5)[:, None] - torch.arange(5)).abs()
    assert torch.allclose(closeness(path), 1 / (steps + 1.0))
    assert torch.allclose(closeness(path, 2), torch.where(steps <= 2, 1 / (steps + 1.0), torch.zeros(())))
    apart = of(nx.Graph([(0, 1), (2, 3)]))
    assert (closeness(apart)[:2, 2:] == 0).all()


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(["gcn", "gin"]), st.integers(3, 14), st.integers(0, 25), st.integers(0, 10**6))
def test_identity_networks_are_equivariant(kind, nodes, edges, seed):
    graph = of(nx.gnm_random_graph(nodes, edges, seed))
    other, new = renumbered(graph, seed)
    torch.manual_seed(seed)
    sizes = [(3, 5), (5, 5), (5, 4)]
    layers = [GCN(*size) if kind == "gcn" else GIN(*size, 6) for size in sizes]
    network = IdentityNetwork(layers, [3, 5, 5], 0.0).double().eval()
    x = torch.randn(nodes, 3, dtype=torch.float64)
    moved = torch.empty_like(x).index_copy_(0, new, x)
    with torch.no_grad():
        assert torch.allclose(
            network(moved, network.prepare(other))[new], network(x, network.prepare(graph)), atol=1e-10
        )
