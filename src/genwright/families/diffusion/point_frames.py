"""Frames of point sets: their zero, their axes, and their order.

In a set with known members, the others may be anywhere around them: zero is the centre of the known members. In a set
without any, a shift of all members changes nothing. Zero is then the centre of all members, and noise has zero mean
over them (Hoogeboom 2022).

`in_own_axes` gives sets axes and an order of their own, so that what is drawn for a set does not depend on how it was
turned, or its members listed. The axes are those of its scatter, each pointing to where the farther points lie; the
order goes by kind, then by distance from the centre. A set that is symmetric has several such, of which rounding takes
one.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from ...core.ragged import Ragged
from ..gaussian_noise import Gaussian


def in_own_axes(sets: Ragged, x: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
    """x: (M, 3) of zero mean in each set, kinds: (M,) int64 -> the same sets, turned or mirrored and listed anew.

    Turned, mirrored and listed otherwise, a set without a symmetry gives the same but for rounding.
    """
    item, x64 = sets.item, x.double()
    sums = Gaussian(sets.ptr).sums
    scatter = sums((x64[:, :, None] * x64[:, None]).flatten(1)).view(-1, 3, 3)
    _, axes = torch.linalg.eigh(scatter)
    turned = (x64[:, None] @ axes[item])[:, 0]
    turned = turned * torch.where(sums(turned**3) < 0, -1.0, 1.0)[item]
    order = x64.norm(dim=1).argsort(stable=True)
    for key in (kinds, item):
        order = order[key[order].argsort(stable=True)]
    return turned[order].to(x.dtype), kinds[order]


@dataclass(frozen=True)
class FreeMembers:
    """Packed members (M, ...) of sets. sets: of which the sizes are looked at. known: (M,) bool."""

    sets: Ragged
    known: Tensor

    @cached_property
    def item(self) -> Tensor:
        """(M,) the set that each member is in."""
        return self.sets.item

    @cached_property
    def counts(self) -> Tensor:
        """(B,) known members of each set."""
        return self.sets.count(self.known)

    @cached_property
    def in_unknown_set(self) -> Tensor:
        """(M, 1) bool: of a set of which nothing is known."""
        return (self.counts == 0)[self.item][:, None]

    @property
    def process(self) -> Gaussian:
        return Gaussian(self.sets.ptr)

    def centre(self, x: Tensor) -> Tensor:
        """(M, d) positions -> the centre of what is known of each member's set, or of all of it where nothing is."""
        seen = (self.known[:, None] | self.in_unknown_set).to(x.dtype)
        return (self.process.sums(x * seen) / self.process.sums(seen))[self.item]

    def free(self, v: Tensor) -> Tensor:
        """(M, d) as a change of positions that may be: none of known members, none of a centre of all."""
        return torch.where(self.in_unknown_set, self.process.centred(v), v.masked_fill(self.known[:, None], 0.0))
