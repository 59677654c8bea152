"""A normal distribution over few numbers, given others and a label."""

import torch.nn.functional as F
from torch import Tensor, nn

from .mlp import Block


class LabelledNormal(nn.Module):
    """x: (*, inputs), y: (*, labels) weights of the labels -> mean, log variance in [-10, 4]: (*, outputs) each, of
    leading axes that broadcast: what is of x alone, or of y alone, is then computed once for all the others."""

    def __init__(self, inputs: int, labels: int, outputs: int, width: int):
        super().__init__()
        self.first, self.label = nn.Linear(inputs, width), nn.Linear(labels, width, bias=False)
        self.block, self.norm = Block(width, 0, 0.0), nn.LayerNorm(width)
        self.last = nn.Linear(width, 2 * outputs)

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = self.block(self.first(x) + self.label(y), None)
        mean, log_var = self.last(F.silu(self.norm(h))).float().chunk(2, -1)
        return mean, log_var.clamp(-10, 4)
