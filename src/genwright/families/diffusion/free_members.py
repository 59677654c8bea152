"""Point sets with some members known: their origin, and the changes that noise and networks may make to positions.

In a set with known members, the others may be anywhere around them: zero is the centre of the known members. In a set
without any, a shift of all members changes nothing. Zero is then the centre of all members, and noise has zero mean
over them (Hoogeboom 2022).
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from ...core.ragged import Ragged
from ..gaussian_noise import Gaussian


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
    def whole(self) -> Tensor:
        """(M, 1) bool: of a set of which nothing is known."""
        return (self.counts == 0)[self.item][:, None]

    @property
    def process(self) -> Gaussian:
        return Gaussian(self.sets.ptr)

    def centre(self, x: Tensor) -> Tensor:
        """(M, d) positions -> the centre of what is known of each member's set, or of all of it where nothing is."""
        seen = (self.known[:, None] | self.whole).to(x.dtype)
        return (self.process.sums(x * seen) / self.process.sums(seen))[self.item]

    def free(self, v: Tensor) -> Tensor:
        """(M, d) as a change of positions that may be: none of known members, none of a centre of all."""
        return torch.where(self.whole, self.process.centred(v), v.masked_fill(self.known[:, None], 0.0))
