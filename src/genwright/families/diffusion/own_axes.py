"""Sets of points in axes and an order of their own, so that what is drawn for a set does not depend on how it was
turned, or its members listed.

The axes are those of its scatter, each pointing to where the farther points lie; the order goes by kind, then by
distance from the centre. A set that is symmetric has several such, of which rounding takes one.
"""

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
