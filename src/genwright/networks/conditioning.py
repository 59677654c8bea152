"""Given variables, rows of scalars and known parts as features that a network can read."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..core.spec import Category, Spec
from ..distributions.margins import Margins


class ColumnFeatures(nn.Module):
    """Each scalar as a learned vector of its bin plus its Gaussian coordinate along a learned direction: (B, D) -> (B,
    D, width).

    A value that is hidden (see `forward`) or absent is a learned vector too. Neighbouring bins of a number mean nearly
    the same, so their vectors start at zero and learn slowly; those of categories start apart, as do hidden and absent:
    what a known value says depends on which others are known, and a hidden value must not look like a known one in the
    middle.
    """

    def __init__(self, spec: Spec, width: int):
        super().__init__()
        self.margins = Margins(spec)
        columns, bins = len(spec.columns), self.margins.bins
        named = torch.tensor([isinstance(leaf, Category) for leaf in spec.columns]).float()
        pace = 0.1 + 0.9 * named
        start = torch.randn(columns, bins + 1, width) * 0.5  # the first bin of a column is "absent", the last "hidden"
        start[:, 1:-1] *= named[:, None, None]
        self.table = nn.Parameter((start / pace[:, None, None]).flatten(0, 1))
        self.slope = nn.Parameter(torch.randn(columns, width))
        self.register_buffer("pace", pace[:, None], False)
        self.register_buffer("offset", torch.arange(columns) * (bins + 1), False)

    def hidden(self, n: int) -> Tensor:
        """(n, D, width): what `forward` gives where nothing may be seen."""
        return (self.table[self.offset + self.margins.bins] * self.pace).expand(n, -1, -1)

    def forward(self, x: Tensor, shown: Tensor | None = None) -> Tensor:
        """x: (B, D), NaN for absent -> (B, D, width). shown: (B, D) bool, which values may be seen (all, when left
        out)."""
        bins = self.margins.to_bins(x)
        middle = self.margins.centre(x, bins)
        if shown is not None:
            bins = torch.where(shown, bins, self.margins.bins)
            middle = middle * shown
        vectors = nn.functional.embedding(bins + self.offset, self.table)
        return vectors * self.pace + middle[..., None] * self.slope


class GivenVector(nn.Module):
    """The given variables as one vector: (B, G) -> (B, width), zeros where G is 0; a variable that is left out (NaN)
    has a vector of its own."""

    def __init__(self, given: Spec, width: int):
        super().__init__()
        self.width = width
        self.features = ColumnFeatures(given, width) if given.columns else None

    def forward(self, given: Tensor) -> Tensor:
        if self.features is None:
            return given.new_zeros(len(given), self.width)
        return self.features(given).sum(1)


def known_maps(z: Tensor, known: Tensor | None) -> Tensor:
    """Pictures: (B, C, H, W) coordinates and mask -> (B, C + 1, H, W): the known values, 0 elsewhere, and the mask,
    which is the same in every channel. known: None where nothing is."""
    if known is None:
        return z.new_zeros(len(z), z.shape[1] + 1, *z.shape[2:])
    return torch.cat([z * known, known[:, :1].to(z.dtype)], 1)
