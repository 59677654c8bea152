"""Networks that write a graph node by node: by attention over blocks (GRAN), and by two recurrences (GraphRNN)."""

from collections.abc import Callable
from math import log

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.spec import Spec
from ...networks.conditioning import GivenVector
from .packed_sequences import gru_states

NUMBERS, QUEUE = 2, 5


class GraphAttention(nn.Module):
    """A graph network with gated messages over old nodes and a block of new ones (Liao 2019, GRAN).

        m_ij = relu(A (h_j - h_i) + s_j - r_i)                     of each edge from j to i
        g_ij = sigmoid(G (h_j - h_i) + s'_j - r'_i)                a gate a head
        h_i <- GRU(h_i, B sum_j g_ij m_ij)                         once a layer

    s and r tell old nodes from new ones, and these from each other, by their place in the block. Up to relu and sigmoid
    all is said of nodes, of which there are fewer than edges.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        width: Features of a layer.
        depth: Number of layers.
        heads: Attention heads.
        block: new nodes at most.
        mixture: components K of the Bernoullis of a block. first, none: say its first joined pair. queue: reads how
            a node stands to the queue, and how many nodes are still to come.
    """

    def __init__(self, spec: Spec, given: Spec, width: int, depth: int, heads: int, block: int, mixture: int):
        super().__init__()
        self.given, self.numbers = GivenVector(given, width), nn.Linear(NUMBERS, width)
        self.row_in = nn.Linear(len(spec.leaf.sizes.probs), width)
        self.new = nn.Embedding(block, width)
        self.layers = nn.ModuleList(GatedMessages(width, heads, block + 1) for _ in range(depth))
        head = lambda outputs: nn.Sequential(
            nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, outputs)
        )
        self.theta, self.alpha = head(mixture), head(mixture)
        self.first, self.none, self.by_first = head(1), nn.Linear(width, 1), head(mixture)
        self.queue = nn.Linear(QUEUE, width, bias=False)
        join_probability = spec.leaf.pairs.marginal.probs[1]
        nn.init.constant_(
            self.theta[-1].bias, log(join_probability / (1 - join_probability))
        )  # as often as pairs are joined at all

    def embed_old_nodes(self, rows: Tensor) -> Tensor:
        """Embeds old nodes by rows (b, m, m), their pairs with the nodes before them: (b, m, width)."""
        return F.linear(rows, self.row_in.weight[:, : rows.shape[-1]], self.row_in.bias)

    def embed_new_nodes(self, place: Tensor, numbers: Tensor, given: Tensor) -> Tensor:
        """Embeds new nodes: (N, width).

        Args:
            place: (N,) in the block.
            numbers: (N, NUMBERS).
            given: (N, G).
        """
        return self.new(place) + self.numbers(numbers) + self.given(given)

    def forward(self, h: Tensor, source: Tensor, target: Tensor, place: Tensor) -> Tensor:
        """Computes features (N, width) of the nodes after all layers.

        Args:
            h: (N, width) features.
            source, target: (E,) ends of the edges.
            place: (N,) 0 of old nodes, else the place in the block, from 1.
        """
        for layer in self.layers:
            h = layer(h, source, target, place)
        return h

    def pair_difference(self, h: Tensor, new: Tensor, other_features: Tensor) -> Tensor:
        """Computes the difference (P, width) of the features of pairs of nodes, which theta, alpha, first and by_first
        read.

        Args:
            h: (N, width) features.
            new, other: (P,) nodes of each pair.
        """
        return h.index_select(0, new) - h.index_select(0, other_features)

    def no_pair(self, h: Tensor, block: Tensor, blocks: int) -> Tensor:
        """Computes the logit (blocks,) that no pair of a block is joined.

        Args:
            h: (M, width) features of new nodes.
            block: (M,) block of each.
            blocks: Number of blocks.
        """
        sums = h.new_zeros(blocks).index_add(0, block, self.none(h)[:, 0])
        return sums / torch.bincount(block, minlength=blocks)


class GatedMessages(nn.Module):
    def __init__(self, width: int, heads: int, places: int):
        super().__init__()
        self.ends, self.gates = nn.Linear(width, width, bias=False), nn.Linear(width, heads, bias=False)
        self.sends, self.hears = nn.Embedding(places, width + heads), nn.Embedding(places, width + heads)
        self.back, self.update = nn.Linear(width, width, bias=False), nn.GRUCell(width, width)

    def forward(self, h: Tensor, source: Tensor, target: Tensor, place: Tensor) -> Tensor:
        state = torch.cat([self.ends(h), self.gates(h)], 1)
        sent, received = state + self.sends(place), state + self.hears(place)
        difference = sent.index_select(0, source) - received.index_select(0, target)
        message, gate = difference.split([h.shape[1], self.gates.out_features], 1)
        gated = F.relu(message).unflatten(1, (gate.shape[1], -1)) * gate.sigmoid()[..., None]
        return self.update(self.back(torch.zeros_like(h).index_add(0, target, gated.flatten(1))), h)


GRAPH_NUMBERS, STEP_INPUTS = 4, 5


class GraphRecurrence(nn.Module):
    """The two recurrences of GraphRNN (You 2018): one over nodes, which carries the graph so far, and one over the
    pairs of the next node, which begins with its state.

        network.nodes(rows, numbers, given)    -> h (b, T, width)        of T nodes in turn
        network.pairs(h, told, counts)         -> logits (P,)            of P pairs, those of a node in turn
        network.node_steps(given), network.pair_steps(h)                 the same, a step at a time

    rows: (b, T, W) the row of the node before; numbers: (b, T, NUMBERS) what the family tells of the graph at that
    step. h: (R, width) of the nodes that come, those with most pairs first. told: (P, STEP_INPUTS + pair_width), first
    of the first pair of all of them, then of the second, .., what the family tells of it, and what `member` says of its
    other node. counts: (W,), how many nodes have a first pair, a second, ..

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        width, depth: of the recurrence over nodes.
        pair_width: Pair width of the one over pairs.
    """

    def __init__(self, spec: Spec, given: Spec, width: int, depth: int, pair_width: int):
        super().__init__()
        self.given, self.numbers = GivenVector(given, width), nn.Linear(GRAPH_NUMBERS, width)
        self.row = nn.Linear(len(spec.leaf.sizes.probs), width, bias=False)
        self.over_nodes = nn.GRU(width, width, depth, batch_first=True)
        self.begin, self.member = nn.Linear(width, pair_width), nn.Linear(width, pair_width)
        self.over_pairs = nn.GRU(STEP_INPUTS + pair_width, pair_width, batch_first=True)
        self.out = nn.Sequential(nn.Linear(pair_width, pair_width), nn.ReLU(), nn.Linear(pair_width, 1))

    def nodes(self, rows: Tensor, numbers: Tensor, given: Tensor) -> Tensor:
        return self.over_nodes(self._read(rows, numbers, self.given(given)[:, None]))[0]

    def pairs(self, h: Tensor, inputs: Tensor, counts: Tensor) -> Tensor:
        return self.out(gru_states(self.over_pairs, inputs, counts, self.begin(h).tanh()))[:, 0]

    def node_steps(self, given: Tensor) -> Callable[[Tensor, Tensor], Tensor]:
        """Returns a function step(row (b, W), numbers (b, NUMBERS)) -> h (b, width) of the next node."""
        given = self.given(given)
        states = [torch.zeros_like(given) for _ in self.over_nodes.all_weights]

        def step(row: Tensor, numbers: Tensor) -> Tensor:
            h = self._read(row, numbers, given)
            for layer, weights in enumerate(self.over_nodes.all_weights):
                states[layer] = h = torch.gru_cell(h, states[layer], *weights)
            return h

        return step

    def pair_steps(self, h: Tensor) -> Callable[[Tensor], Tensor]:
        """Returns a function step(inputs (b, STEP_INPUTS + pair_width)) -> logits (b,) of the next pair."""
        state, (weights,) = self.begin(h).tanh(), self.over_pairs.all_weights

        def step(inputs: Tensor) -> Tensor:
            nonlocal state
            state = torch.gru_cell(inputs, state, *weights)
            return self.out(state)[:, 0]

        return step

    def _read(self, rows: Tensor, numbers: Tensor, given: Tensor) -> Tensor:
        return F.relu(F.linear(rows, self.row.weight[:, : rows.shape[-1]]) + self.numbers(numbers) + given)
