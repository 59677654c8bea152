# Tests graphs/networks/rgcn.py
"""Relational convolution: forward and gradients equal those of PyG's layer with the same weights."""

import pytest
import torch
from late_peers import Peer

from genwright.core.draws import Draws
from genwright.core.errors import DataError
from genwright.graphs.networks.rgcn import RGCN, both_ways, typed_graph

pyg = Peer("torch_geometric.nn")


def test_forward_and_gradients():
    rng = Draws.from_seed(0)
    triples = torch.unique(torch.stack([rng.integers(k, (90,)) for k in (12, 3, 12)], 1), dim=0)
    graph = typed_graph(triples, 14, 3)  # the last two nodes have no edge
    ours, theirs = RGCN(5, 4, 3, 2), pyg.RGCNConv(5, 4, 3, num_bases=2).double()
    ours = ours.double()
    with torch.no_grad():
        theirs.weight.copy_(ours.bases.weight.view(5, 2, 4).transpose(0, 1))
        theirs.comp.copy_(ours.shares)
        theirs.root.copy_(ours.own.weight)
        theirs.bias.copy_(ours.own.bias.normal_())
    x = rng.normal(14, 5, dtype=torch.float64).requires_grad_()
    prepared = ours.prepare(graph)
    prepared = type(prepared)(prepared.graph.with_weight(prepared.graph.weight.double()), prepared.relation, 3)
    y = ours(x, prepared)
    z = theirs(x, graph.graph.edge_index(), graph.relation)
    torch.testing.assert_close(y, z, atol=1e-7, rtol=1e-6)  # the counts' inverses are kept in float32
    gradient = rng.normal(y.shape, dtype=torch.float64)
    of = lambda out, *weights: torch.autograd.grad((out * gradient).sum(), weights)
    mine = of(y, x, ours.shares, ours.own.weight, ours.bases.weight)
    peer = of(z, x, theirs.comp, theirs.root, theirs.weight)
    peer = (*peer[:3], peer[3].transpose(0, 1).reshape(5, 8))
    for a, b in zip(mine, peer):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-6)


def test_triples_count_once_and_relations_stay_apart():
    graph = typed_graph(torch.tensor([[0, 0, 1], [0, 0, 1], [0, 1, 1]]), 2, 2)
    assert graph.graph.edges == 2 and graph.relation.tolist() == [0, 1]
    assert both_ways(torch.tensor([[0, 1, 2]]), 2).tolist() == [[0, 1, 2], [2, 3, 0]]
    with pytest.raises(DataError):
        typed_graph(torch.tensor([[0, 5, 1]]), 2, 2)
