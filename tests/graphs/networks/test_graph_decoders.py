"""Networks that write graphs: the messages of GRAN by its equations, and GraphRNN a step at a time."""

import networkx as nx
import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.spec import Spec
from genwright.graphs.kinds.domain import GraphSets
from genwright.graphs.networks.graph_decoders import GatedMessages, GraphAttention


def test_messages_are_those_of_the_equations():
    """One edge at a time: relu and a gate a head of A (h_j - h_i) + s_j - r_i, and one GRU step of their sum."""
    torch.manual_seed(0)
    layer, h = GatedMessages(4, 2, 3), Draws("h").normal(5, 4)
    edges, place = [(0, 1), (2, 1), (1, 0), (4, 2)], torch.tensor([0, 0, 1, 2, 2])
    source, target = torch.tensor(edges).T
    both = torch.cat([layer.ends.weight, layer.gates.weight])
    sums = torch.zeros(5, 4)
    for j, i in edges:
        said = both @ (h[j] - h[i]) + layer.sends.weight[place[j]] - layer.hears.weight[place[i]]
        sums[i] += said[:4].relu() * said[4:].sigmoid().repeat_interleave(2)
    wanted = layer.update(sums @ layer.back.weight.T, h)
    assert torch.allclose(layer(h, source, target, place), wanted, atol=1e-5)


SPEC = GraphSets.fit([nx.path_graph(3), nx.cycle_graph(4), nx.empty_graph(2)]).spec


@pytest.fixture
def attention():
    torch.manual_seed(0)
    return GraphAttention(SPEC, Spec(()), 8, 2, 2, 2, 3)


def test_that_no_pair_is_joined_has_the_mean_of_what_the_nodes_of_a_block_say(attention):
    h, block = Draws("h").normal(5, 8), torch.tensor([0, 0, 2, 2, 2])
    said = attention.none(h)[:, 0]
    found = attention.no_pair(h, block, 3)
    assert torch.allclose(found[[0, 2]], torch.stack([said[:2].mean(), said[2:].mean()]), atol=1e-6)


def test_pairs_are_read_by_the_difference_of_new_and_other(attention):
    h = Draws("h").normal(3, 8)
    assert torch.equal(attention.pair_difference(h, torch.tensor([2, 1]), torch.tensor([0, 2])), h[[2, 1]] - h[[0, 2]])


def test_at_first_pairs_are_joined_as_often_as_in_training(attention):
    share = SPEC.leaf.pairs.marginal.probs[1]
    assert attention.theta[-1].bias.sigmoid().tolist() == pytest.approx([share] * 3)
