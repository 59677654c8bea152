"""Sound to a vector for each block of samples and back, by convolutions in time (van den Oord 2017). Between steps are
residual blocks whose kernels reach 1 and 3 places (dilated convolutions).
"""

from math import prod

import torch
from torch import Tensor, nn

REACHES = 1, 3  # dilations of the residual blocks


class ResidualInTime(nn.Module):
    """A residual block over positions in time: h + W2 gelu(W1 gelu(h)), W1 over three positions. h: (B, width, P)."""

    def __init__(self, width: int, dilation: int):
        super().__init__()
        near = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.inner = nn.Sequential(nn.GELU(), near, nn.GELU(), nn.Conv1d(width, width, 1))

    def forward(self, h: Tensor) -> Tensor:
        return h + self.inner(h)


def residuals(width: int) -> list[nn.Module]:
    return [ResidualInTime(width, dilation) for dilation in REACHES]


class SoundEncoder(nn.Module):
    """Encodes sound: levels (B, P S) int64, END and PAD among them, -> (B, P, D), S the product of strides (each
    even)."""

    def __init__(self, levels: int, width: int, strides: list[int], outputs: int):
        super().__init__()
        self.levels, self.block = levels, prod(strides)
        parts, inputs = [], 2
        for stride in strides:
            parts += [nn.Conv1d(inputs, width, 2 * stride, stride, stride // 2), *residuals(width)]
            inputs = width
        self.parts = nn.Sequential(*parts, nn.GELU(), nn.Conv1d(width, outputs, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        is_level = (x < self.levels).float()
        height = (2 * x / (self.levels - 1) - 1) * is_level
        return self.parts(torch.stack([height, is_level], 1)).movedim(1, -1)


class SoundDecoder(nn.Module):
    """Decodes codes of sound: (B, P, D) -> (B, P S, outputs), S the product of strides, from the last stride to the
    first."""

    def __init__(self, inputs: int, width: int, strides: list[int], outputs: int):
        super().__init__()
        parts = [nn.Conv1d(inputs, width, 3, padding=1), *residuals(width)]
        for stride in strides[:0:-1]:
            parts += [nn.ConvTranspose1d(width, width, 2 * stride, stride, stride // 2), *residuals(width)]
        fine, stride = max(width // 2, 1), strides[0]
        last = nn.ConvTranspose1d(width, fine, 2 * stride, stride, stride // 2)
        self.parts = nn.Sequential(*parts, nn.GELU(), last, nn.GELU(), nn.Conv1d(fine, outputs, 1))

    def forward(self, q: Tensor) -> Tensor:
        return self.parts(q.movedim(-1, 1)).movedim(1, -1)
