"""Residual multilayer perceptrons: with a conditioning vector, and for a normal distribution given a label. Sines and
cosines let them read a number finely.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .dropout import Dropout


def init_at_zero(layer: nn.Module) -> nn.Module:
    """Sets the weight and bias of a layer to zero, and returns it."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def split_normal(output: Tensor, axis: int = 1, bounds: tuple[float, float] = (-10.0, 4.0)) -> tuple[Tensor, Tensor]:
    """Splits an output along an axis into mean and log variance, clamped to the bounds, in float32.

    Args:
        output: (..., 2 n, ...).
        axis: to split.
        bounds: lowest and highest log variance.
    """
    mean, log_var = output.float().chunk(2, axis)
    return mean, log_var.clamp(*bounds)


class ConditionedBlock(nn.Module):
    """Residual layer h + W2 dropout(silu(W1 norm(h) + V c)) (He 2016). Its last matrix starts at zero, so it starts as
    the identity.

    Args:
        width: Numbers in h: (B, width).
        condition: Numbers in c: (B, condition); 0 for none.
        dropout: Share of units that training drops.
    """

    def __init__(self, width: int, condition: int, dropout: float):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.inner = nn.Linear(width, width)
        self.condition = nn.Linear(condition, width, bias=False) if condition else None
        self.dropout = Dropout(dropout)
        self.outer = init_at_zero(nn.Linear(width, width))

    def forward(self, h: Tensor, c: Tensor | None) -> Tensor:
        inner = self.inner(self.norm(h))
        if self.condition is not None:
            inner = inner + self.condition(c)
        return h + self.outer(self.dropout(nn.functional.silu(inner)))


class ResidualMLP(nn.Module):
    """A residual perceptron under a condition.

    x: (B, inputs), c: (B, condition) -> (B, outputs).

    Args:
        inputs: numbers in x.
        outputs: numbers that come out.
        width: Width of the blocks.
        depth: blocks.
        condition: numbers in c; 0 for none, c is then left out.
        dropout: share of the hidden numbers that are left out.
        zero: the output starts at zero.
    """

    def __init__(
        self, inputs: int, outputs: int, width: int, depth: int, condition: int = 0, dropout: float = 0.0,
        zero: bool = False,
    ):  # fmt: skip
        super().__init__()
        self.first = nn.Linear(inputs, width)
        self.blocks = nn.ModuleList(ConditionedBlock(width, condition, dropout) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        last = nn.Linear(width, outputs)
        self.last = init_at_zero(last) if zero else last

    def forward(self, x: Tensor, c: Tensor | None = None) -> Tensor:
        h = self.first(x)
        for block in self.blocks:
            h = block(h, c)
        return self.last(nn.functional.silu(self.norm(h)))


class Waves(nn.Module):
    """Sines and cosines of numbers at `count` frequencies 1, 2, 4, ..., which let a smooth network be steep: (B, D) ->
    (B, 2 count D)."""

    def __init__(self, count: int):
        super().__init__()
        self.register_buffer("rates", 2.0 ** torch.arange(count), False)

    def forward(self, z: Tensor) -> Tensor:
        phase = (z[:, :, None] * self.rates).flatten(1)
        return torch.cat([phase.sin(), phase.cos()], 1)


class FourierFeatures(nn.Module):
    """Sines and cosines of a number in [0, 1] at frequencies from 1 to `highest` radians a unit, evenly spaced in their
    logarithm (Vaswani 2017): (B,) -> (B, width).

    Args:
        width: even.
    """

    def __init__(self, width: int, highest: float = 1000.0):
        super().__init__()
        self.register_buffer("rates", torch.logspace(0, torch.tensor(highest).log10().item(), width // 2), False)

    def forward(self, t: Tensor) -> Tensor:
        phase = t[:, None] * self.rates
        return torch.cat([phase.sin(), phase.cos()], 1)


class Clock(nn.Sequential):
    """Embeds times (B,) in [0, 1] as (B, width)."""

    def __init__(self, width: int):
        super().__init__(FourierFeatures(width), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))


class LabelledNormal(nn.Module):
    """A network of x and a label that predicts a normal distribution.

    x: (*, inputs), y: (*, labels) weights of the labels -> mean, log variance in [-10, 4]: (*, outputs) each, of
    leading axes that broadcast: what is of x alone, or of y alone, is then computed once for all the others.

    Args:
        inputs: Input features.
        outputs: Output features.
        width: Features of a layer.
    """

    def __init__(self, inputs: int, labels: int, outputs: int, width: int):
        super().__init__()
        self.first, self.label = nn.Linear(inputs, width), nn.Linear(labels, width, bias=False)
        self.block, self.norm = ConditionedBlock(width, 0, 0.0), nn.LayerNorm(width)
        self.last = nn.Linear(width, 2 * outputs)

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = self.block(self.first(x) + self.label(y), None)
        return split_normal(self.last(F.silu(self.norm(h))), -1)
