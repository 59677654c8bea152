"""Dropout (Srivastava 2014): y = h m / q, each number of m is 1 with probability q = 1 - rate, else 0.

One random byte decides about a number. Torch draws a float for each, one after another, which takes a fifth to a third
of a training step of a small network.
"""

import torch
from torch import Tensor, nn


def dropout_factors(h: Tensor, rate: float) -> Tensor:
    """Draws dropout factors like h: 0 with probability `rate` in whole 256ths, else 1 over the probability of staying.
    Drawn by torch's global generator of the device."""
    size = h.numel()
    dropped = min(round(256 * rate), 255)
    words = torch.empty((size + 7) // 8, dtype=torch.int64, device=h.device).random_(-(2**63), None)
    is_kept = words.view(torch.uint8)[:size].view(h.shape) >= dropped
    return is_kept.to(h.dtype).mul_(256 / (256 - dropped))


class Dropout(nn.Module):
    """Dropout as a layer on h of any shape.

    Args:
        rate: share of the numbers that are dropped, in [0, 1).
    """

    def __init__(self, rate: float):
        super().__init__()
        self.rate = rate

    def forward(self, h: Tensor) -> Tensor:
        return h * dropout_factors(h, self.rate) if self.training and self.rate else h
