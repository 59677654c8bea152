"""The two recurrences of GraphRNN (You 2018): one over nodes, which carries the graph so far, and one over the pairs of
the node that comes, which begins where the other one stands.

    network.nodes(rows, numbers, given)    -> h (b, T, width)        of T nodes in turn
    network.pairs(h, told, counts)         -> logits (P,)            of P pairs, those of a node in turn
    network.node_steps(given), network.pair_steps(h)                 the same, a step at a time

rows: (b, T, W) the row of the node before; numbers: (b, T, NUMBERS) what the family tells of the graph at that step.
h: (R, width) of the nodes that come, those with most pairs first. told: (P, STEP_INPUTS + pair_width), first of the
first pair of all of them, then of the second, .., what the family tells of it, and what `member` says of its other
node. counts: (W,), how many nodes have a first pair, a second, ..
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from .conditioning import GivenVector
from .packed_sequences import gru_states

NUMBERS, STEP_INPUTS = 4, 5


class GraphRecurrence(nn.Module):
    """width, depth: of the recurrence over nodes. pair_width: of the one over pairs."""

    def __init__(self, spec: Spec, given: Spec, width: int, depth: int, pair_width: int):
        super().__init__()
        self.given, self.numbers = GivenVector(given, width), nn.Linear(NUMBERS, width)
        self.row = nn.Linear(len(spec.leaf.sizes.probs), width, bias=False)
        self.over_nodes = nn.GRU(width, width, depth, batch_first=True)
        self.begin, self.member = nn.Linear(width, pair_width), nn.Linear(width, pair_width)
        self.over_pairs = nn.GRU(STEP_INPUTS + pair_width, pair_width, batch_first=True)
        self.out = nn.Sequential(nn.Linear(pair_width, pair_width), nn.ReLU(), nn.Linear(pair_width, 1))

    def nodes(self, rows: Tensor, numbers: Tensor, given: Tensor) -> Tensor:
        return self.over_nodes(self._read(rows, numbers, self.given(given)[:, None]))[0]

    def pairs(self, h: Tensor, told: Tensor, counts: Tensor) -> Tensor:
        return self.out(gru_states(self.over_pairs, told, counts, self.begin(h).tanh()))[:, 0]

    def node_steps(self, given: Tensor) -> Callable[[Tensor, Tensor], Tensor]:
        """step(row (b, W), numbers (b, NUMBERS)) -> h (b, width) of the next node."""
        given = self.given(given)
        states = [torch.zeros_like(given) for _ in self.over_nodes.all_weights]

        def step(row: Tensor, numbers: Tensor) -> Tensor:
            h = self._read(row, numbers, given)
            for layer, weights in enumerate(self.over_nodes.all_weights):
                states[layer] = h = torch.gru_cell(h, states[layer], *weights)
            return h

        return step

    def pair_steps(self, h: Tensor) -> Callable[[Tensor], Tensor]:
        """step(told (b, STEP_INPUTS + pair_width)) -> logits (b,) of the next pair."""
        state, (weights,) = self.begin(h).tanh(), self.over_pairs.all_weights

        def step(told: Tensor) -> Tensor:
            nonlocal state
            state = torch.gru_cell(told, state, *weights)
            return self.out(state)[:, 0]

        return step

    def _read(self, rows: Tensor, numbers: Tensor, given: Tensor) -> Tensor:
        return F.relu(F.linear(rows, self.row.weight[:, : rows.shape[-1]]) + self.numbers(numbers) + given)
