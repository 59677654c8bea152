"""Long short-term memory (Hochreiter & Schmidhuber 1997) over sequences, which walks at the cost of a step a symbol,
however long they are."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..core.spec import Spec
from .causal import CausalNetwork


class CausalLSTM(CausalNetwork):
    """depth: layers, each of `width` cells."""

    def __init__(self, spec: Spec, given: Spec, width: int, depth: int, dropout: float = 0.0):
        super().__init__(spec, given, width)
        between = dropout if depth > 1 else 0.0
        self.lstm = nn.LSTM(width, width, depth, batch_first=True, dropout=between)

    def read(self, h: Tensor) -> Tensor:
        return self.lstm(h)[0]

    def reader(self, h: Tensor, length: int) -> CellsWalk:
        # cell by cell: the library's layer prepares its weights anew at every call, which costs more than the step
        return CellsWalk([self.lstm.all_weights[layer] for layer in range(self.lstm.num_layers)], h)


class CellsWalk:
    """A function of the features (B, width) of the next place alone: what the last layer says of it, alike. h: of the
    first, to be like."""

    def __init__(self, weights: list[list[Tensor]], h: Tensor):
        self.weights = weights
        self.states = [(torch.zeros_like(h), torch.zeros_like(h)) for _ in weights]

    def __call__(self, h: Tensor) -> Tensor:
        for layer, weights in enumerate(self.weights):
            self.states[layer] = torch.lstm_cell(h, self.states[layer], *weights)
            h = self.states[layer][0]
        return h

    def reorder(self, rows: Tensor) -> None:
        """Go on with sequence rows[i] in the place of each i. rows: (B,) int64."""
        self.states = [(h[rows], c[rows]) for h, c in self.states]
