"""A normal distribution over few numbers, given others: a mean and a log variance from one residual perceptron."""

from __future__ import annotations

from torch import Tensor

from .adapters import normal
from .mlp import ResidualMLP


class NormalMLP(ResidualMLP):
    """x: (B, inputs), c: (B, condition) -> mean, log variance in [-10, 4]: (B, outputs) each."""

    def __init__(self, inputs: int, outputs: int, width: int, depth: int, condition: int):
        super().__init__(inputs, 2 * outputs, width, depth, condition)

    def forward(self, x: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        return normal(super().forward(x, c))
