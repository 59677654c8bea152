"""Coding of a number's level inside its bin, by an entropy coder: even inside a bin, and as `tails` has it in the
outermost ones."""

import torch
from torch import Tensor

from ..core.entropy_coder import Coder, code_raw
from . import tails
from .margins import Margins

NEAR_LEVELS = 4096  # levels of a tail that have symbols of their own; numbers farther out are coded as they are


def code_inside(margins: Margins, bins: Tensor, coder: Coder, x: Tensor | None) -> Tensor:
    """(B,) numbers on the lattice of the only column of `margins`, NaN in bin 0. bins: (B,) long, those of x. x: (B,)
    where the coder writes, None where it reads."""
    left, right, lower, upper = (part[:, 0] for part in margins.bounds(bins[:, None]))
    there, outer = bins > 0, lower | upper
    found = torch.full((len(bins),), torch.nan, dtype=torch.float64)
    found[there] = left[there] + 0.5
    some = lambda rows, value: None if x is None else value()[rows].round().long()
    many = there & ~outer & (right - left > 1.5)
    found[many] += coder.code_even((right - left)[many].long(), some(many, lambda: x - left - 0.5))
    levels = torch.where(lower, right - 0.5 - x, x - left - 0.5) if x is not None else None
    far = None if levels is None else levels.clamp(0, NEAR_LEVELS)
    away = coder.code(_tail_masses((right - left)[outer]), some(outer, lambda: far))
    inner = torch.where(lower[outer], right[outer] - 0.5 - away, left[outer] + 0.5 + away)
    escaped = away == NEAR_LEVELS
    inner[escaped] = code_raw(coder, int(escaped.sum()), None if x is None else x[outer][escaped]).double()
    found[outer] = inner
    return found.float()


def _tail_masses(width: Tensor) -> Tensor:
    """(n, NEAR_LEVELS + 1): of the first levels of tails, and of all that are farther. width: (n,) of the outermost
    bins."""
    step = 1 / (width[:, None] * tails.SCALE)
    edges = tails.beyond(step * torch.arange(NEAR_LEVELS + 1))
    return torch.cat([edges[:, :-1] - edges[:, 1:], edges[:, -1:]], 1)
