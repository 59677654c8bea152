"""Tails: how the mass of a margin's outermost bin lies over all numbers beyond those of training.

    P(T > t) = (1 + t)^-ALPHA,   t >= 0 the distance from the bin's inner edge in units of the scale    (Lomax 1954)

A power of t, so that an outlier of heavy-tailed data costs a few nats, and one a hundred times as far out 18 more;
ALPHA = 3, so that draws have a finite mean and variance. The scale is half of the observed range: half of the draws
from a tail lie within an eighth of the range from its edge, and one in 700 farther than four ranges.
"""

from math import log

import torch
from torch import Tensor

ALPHA = 3
SCALE = 1 / 16  # of the width of a tail bin, which is eight observed ranges


def beyond(t: Tensor) -> Tensor:
    """P(T > t)."""
    return (-ALPHA * t.log1p()).exp()


def mass_within(t: Tensor) -> Tensor:
    """P(T <= t)."""
    return -(-ALPHA * t.log1p()).expm1()


def distance(share: Tensor) -> Tensor:
    """The t beyond which `share` of the mass lies."""
    return (-share.log() / ALPHA).expm1()


def log_density(t: Tensor) -> Tensor:
    """log of the density of T at t, per unit of the scale."""
    return log(ALPHA) - (ALPHA + 1) * t.log1p()


def log_mass(t: Tensor, step: Tensor) -> Tensor:
    """log P(t < T <= t + step)."""
    return -ALPHA * t.log1p() + torch.log(-(-ALPHA * (step / (1 + t)).log1p()).expm1())
