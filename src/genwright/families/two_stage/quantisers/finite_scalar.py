"""Finite scalar quantisation (Mentzer 2023, arXiv 2309.15505): each of a few numbers rounded to one of a few levels.

    z_i = tanh(z_i + shift_i) reach_i - offset_i  in (-L_i / 2, L_i / 2),  q_i = round(z_i) / floor(L_i / 2)

All combinations of levels are the codebook: nothing is learned of it, so nothing collapses, and nothing is to pay.
"""

from math import prod

import torch
from torch import Tensor, nn

from ....core.draws import Draws
from .gradients import straight_through

EDGE = 1e-3  # of the range, beyond the outermost levels, so that a tanh may reach them


class FiniteScalar(nn.Module):
    """levels: of each of the D numbers, at least 2; K is their product."""

    books = 1

    def __init__(self, levels: tuple[int, ...]):
        super().__init__()
        self.width, self.entries = len(levels), prod(levels)
        count = torch.tensor(levels)
        reach, offset = (count - 1) * (1 + EDGE) / 2, 0.5 * (count % 2 == 0)
        places = torch.cat([torch.ones(1, dtype=torch.long), count.cumprod(0)[:-1]])
        self.register_buffer("levels", count, False)
        self.register_buffer("places", places, False)
        self.register_buffer("reach", reach, False)
        self.register_buffer("offset", offset, False)
        self.register_buffer("shift", torch.atanh(offset / reach), False)

    def forward(self, z: Tensor, rng: Draws) -> tuple[Tensor, Tensor, Tensor]:
        inside = self._inside(z)
        rounded = inside.detach().round()
        return (
            straight_through(inside, rounded) / (self.levels // 2),
            self._codes(rounded),
            z.new_zeros(z.shape[:-1]),
        )

    def encode(self, z: Tensor) -> Tensor:
        return self._codes(self._inside(z).round())

    def decode(self, codes: Tensor) -> Tensor:
        return (codes // self.places % self.levels - self.levels // 2) / (self.levels // 2)

    def _inside(self, z: Tensor) -> Tensor:
        return (z.float() + self.shift).tanh() * self.reach - self.offset

    def _codes(self, rounded: Tensor) -> Tensor:
        """(..., D) whole numbers around 0 -> (..., 1) int64: they are the digits of the code."""
        return ((rounded.long() + self.levels // 2) * self.places).sum(-1, keepdim=True)
