"""Conditions at every place of a grid: scalars, and grids of codes, such as coarse codes for a prior of fine ones."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Category, Leaf, Spec
from .conditioning import GivenVector


def is_codes(leaf: Leaf) -> bool:
    return isinstance(leaf, Category) and leaf.axis == "grid" and len(leaf.shape) == 3


class GivenMaps(GivenVector):
    """(B, G) as the given Spec says -> (B, width, *grid), or (B, width, 1, 1) where no codes are given.

    A code is a learned vector, as is one that is left out; convolutions look around it before the places of the finer
    grid that lie in it take it.
    """

    def __init__(self, given: Spec, width: int, grid: tuple[int, int]):
        super().__init__(Spec(tuple((name, leaf) for name, leaf in given.leaves if not is_codes(leaf))), width)
        self.whole, self.grid = given, grid
        self.leaves = [(name, leaf) for name, leaf in given.leaves if is_codes(leaf)]
        self.tables = nn.ModuleList(nn.Embedding(leaf.k + 1, width) for _, leaf in self.leaves)
        self.around = nn.ModuleList(
            nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(2)) for _ in self.leaves
        )

    def forward(self, given: Tensor) -> Tensor:
        if not self.leaves:
            return super().forward(given)[:, :, None, None]
        others = [self.whole.part(given, name).reshape(len(given), -1) for name in self.spec.names]
        total = super().forward(torch.cat([given[:, :0], *others], 1))[:, :, None, None]
        for (name, leaf), table, around in zip(self.leaves, self.tables, self.around):
            codes = self.whole.part(given, name)
            h = table(torch.where(codes.isnan(), leaf.k, codes).long()).sum(1).movedim(-1, 1)
            for conv in around:
                h = h + conv(F.silu(h))
            total = total + F.interpolate(h, size=self.grid, mode="nearest")
        return total
