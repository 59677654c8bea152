"""The code of an autoregressive model: number by number, each by p(x_i | x_<i), at -log2 p(x) bits in all.

Both sides walk through items as a draw does, so that they compute the same numbers. With several orders, an item
takes one by bits of the stack, from its posterior p(o | x). These bits come back when the item is read. So it costs
-log2 of the mean of p_o(x), whichever order it takes (bits-back coding).
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..core.entropy_coder import Coder, Reader, Stack, Writer


class SymbolBySymbol:
    """model: with a network that walks, as in `autoregressive`, a head and `by_order`."""

    sizes = None  # of blocks of items: as many as are drawn at once

    def __init__(self, model):
        self.model, self.orders = model, model.network.orders

    def compress(self, x: Tensor, given: Tensor, stack: Stack) -> None:
        order = stack.pop(self._shares(x, given))
        with Writer(stack) as writer:
            self._through(writer, given, order, x.float())
        stack.push(order, self._even(len(x)))

    def decompress(self, given: Tensor, stack: Stack) -> Tensor:
        order = stack.pop(self._even(len(given)))
        x = self._through(Reader(stack), given, order, None)
        stack.push(order, self._shares(x, given))
        return x

    def _even(self, n: int) -> Tensor:
        """p(o): (n, orders). A stack is not touched by one alone."""
        return torch.ones(n, self.orders)

    def _shares(self, x: Tensor, given: Tensor) -> Tensor:
        """p(o | x): (B, orders)."""
        return self.model.by_order(x, given).T.softmax(1) if self.orders > 1 else self._even(len(x))

    def _through(self, coder: Coder, given: Tensor, order: Tensor, x: Tensor | None) -> Tensor:
        """Items as they are coded, or come back where x is None."""
        found = torch.zeros(len(given), *self.model.spec.shape)
        for o in order.unique().tolist():
            rows = (order == o).nonzero()[:, 0]
            walk = lambda part: self.model.network.walk(part, given[rows], None, o)
            found[rows] = coded_in_turn(walk, found[rows], self.model.head, coder, None if x is None else x[rows])
        return found


def coded_in_turn(walk: Callable, found: Tensor, head: nn.Module, coder: Coder, x: Tensor | None) -> Tensor:
    """Items (B, *shape) as they are coded, or come back where x is None, place by place of a network's walk over
    `found`, zeros at first."""
    for at, params in walk(found):
        place = (slice(None), *at)
        found[place] = head.code_at(at, params, coder, None if x is None else x[place])
    return found
