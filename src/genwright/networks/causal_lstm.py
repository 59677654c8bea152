"""Long short-term memory (Hochreiter & Schmidhuber 1997) over sequences, which walks at the cost of a step a symbol,
however long they are."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..core.spec import Spec
from .causal import CausalNetwork


class CausalLSTM(CausalNetwork):
    """depth: layers, each of `width` cells. heads: of the attention to what is known."""

    def __init__(self, spec: Spec, given: Spec, width: int, heads: int, depth: int, dropout: float = 0.0):
        super().__init__(spec, given, width, heads, dropout)
        self.known.normed = True
        between = dropout if depth > 1 else 0.0
        self.lstm = nn.LSTM(width, width, depth, batch_first=True, dropout=between)

    def read(self, h: Tensor) -> Tensor:
        return self.lstm(h)[0]

    def reader(self, h: Tensor, length: int) -> Callable[[Tensor], Tensor]:
        # cell by cell: the library's layer prepares its weights anew at every call, which costs more than the step
        layers = [self.lstm.all_weights[layer] for layer in range(self.lstm.num_layers)]
        states = [(torch.zeros_like(h), torch.zeros_like(h)) for _ in layers]

        def next_place(h: Tensor) -> Tensor:
            for layer, weights in enumerate(layers):
                states[layer] = torch.lstm_cell(h, states[layer], *weights)
                h = states[layer][0]
            return h

        return next_place
