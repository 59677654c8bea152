"""A residual network whose outputs for a column see only the columns before it (Germain 2015; residual, Durkan
2019)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STEPS = 12
RANK = 256  # of the map from a wide side to the outputs


def steps(x: Tensor) -> Tensor:
    """(B, D) about standard normal -> (B, (STEPS + 1) D): each number, and smooth steps of it at the normal quantiles.

    Columns of categories become intervals of a number; steps let a network tell intervals apart from the start.
    """
    at = torch.special.ndtri(torch.linspace(0, 1, STEPS + 2, dtype=x.dtype, device=x.device)[1:-1])
    return torch.cat([x[..., None], (3 * (x[..., None] - at)).tanh()], -1).flatten(1)


class MaskedLinear(nn.Linear):
    """A linear layer with weight * mask; mask: (outputs, inputs) bool, buffer."""

    def __init__(self, mask: Tensor):
        super().__init__(mask.shape[1], mask.shape[0])
        self.register_buffer("mask", mask.to(torch.float32), False)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * self.mask, self.bias)

    def select_outputs(self, x: Tensor, outputs: slice) -> Tensor:
        """(B, inputs) -> some of the outputs alone, as `forward` gives them."""
        return F.linear(x, self.weight[outputs] * self.mask[outputs], self.bias[outputs])


class MaskedResidual(nn.Module):
    """x: (B, D), side: (B, S) -> (B, size, D); outputs of column j depend on side and on the columns before j in
    `order`.

    order: the columns, first to last. Hidden unit u has a degree m(u) and sees columns at places <= m(u); the outputs
    of the column at place i see units with m(u) < i. The last layer starts at zero.
    """

    def __init__(self, order: list[int], size: int, width: int, depth: int, side: int):
        super().__init__()
        columns = len(order)
        self.order, self.size = order, size
        place = torch.empty(columns, dtype=torch.long)
        place[torch.tensor(order)] = torch.arange(columns)
        degree = torch.arange(width) % max(columns - 1, 1)
        among = degree[:, None] >= degree
        self.first = MaskedLinear((degree[:, None] >= place).repeat_interleave(STEPS + 1, 1))
        self.side = nn.Linear(side, width)
        self.inner = nn.ModuleList(MaskedLinear(among) for _ in range(depth))
        self.asides = nn.ModuleList(nn.Linear(side, width, bias=False) for _ in range(depth))
        self.outer = nn.ModuleList(MaskedLinear(among) for _ in range(depth))
        self.last = MaskedLinear((place[:, None] > degree).repeat(size, 1))
        if side <= 2 * RANK:
            self.aside = aside = nn.Linear(side, columns * size, bias=False)  # the only input of the first column
        else:  # weights that grow with the number of columns and not with its square
            aside = nn.Linear(RANK, columns * size, bias=False)
            self.aside = nn.Sequential(nn.Linear(side, RANK, bias=False), aside)
        for layer in [*self.outer, self.last, aside]:
            nn.init.zeros_(layer.weight)
        for layer in [*self.outer, self.last]:
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor, side: Tensor) -> Tensor:
        beside, asides, out = self.project_side(side)
        return (self.last(self._hidden(steps(x), beside, asides)) + out).unflatten(1, (self.size, -1))

    def project_side(self, side: Tensor) -> tuple[Tensor, list[Tensor], Tensor]:
        """Contributions of side (B, S) to the first layer (B, width), to each inner one (B, width), and to the outputs
        (B, size D). They serve the steps of all columns."""
        return self.side(side), [layer(side) for layer in self.asides], self.aside(side)

    def column(self, seen: Tensor, beside: Tensor, asides: list[Tensor], out: Tensor, j: int) -> Tensor:
        """(B, size): the outputs of column j alone. seen: (B, D, STEPS + 1), `steps` of the columns before it, 0
        elsewhere."""
        outputs = slice(j, None, len(self.order))
        return self.last.select_outputs(self._hidden(seen.flatten(1), beside, asides), outputs) + out[:, outputs]

    def _hidden(self, features: Tensor, beside: Tensor, asides: list[Tensor]) -> Tensor:
        h = self.first(features) + beside
        for inner, aside, outer in zip(self.inner, asides, self.outer):
            h = h + outer(F.silu(inner(F.silu(h)) + aside))
        return F.silu(h)
