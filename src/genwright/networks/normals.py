"""A normal distribution over few numbers, given others and a label."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class LabelledNormal(nn.Module):
    """x: (*, inputs), y: (*, labels) weights of the labels -> mean, log variance in [-10, 4]: (*, outputs) each, of
    leading axes that broadcast: what is of x alone, or of y alone, is then computed once for all the others."""

    def __init__(self, inputs: int, labels: int, outputs: int, width: int):
        super().__init__()
        self.first, self.label = nn.Linear(inputs, width), nn.Linear(labels, width, bias=False)
        self.inner, self.last = nn.Linear(width, width), nn.Linear(width, 2 * outputs)

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        h = F.silu(self.inner(F.silu(self.first(x) + self.label(y))))
        mean, log_var = self.last(h).float().chunk(2, -1)
        return mean, log_var.clamp(-10, 4)
