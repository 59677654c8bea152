"""The sum over t = 1 ... T in the bound of a diffusion, estimated without bias from some of its terms.

    sum_t f_t = E f_t / p_t,   t ~ p,   p_t = (1 - u) size_t / sum_s size_s + u / T

The estimate varies least if p is in proportion to the size of the terms. `finish` measures the size at some t. A share
u of the draws is spread evenly, in case a term is larger than it was when it was measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from .noise_schedules import Chain

MEASURED = 24  # steps of the chain at which the size of its terms is measured
UNEXPLAINED = 0.15  # of a term's noise, that no known noise explains


@dataclass(frozen=True)
class Terms:
    """chance: (T,) float64 that each term is drawn."""

    chance: Tensor

    @classmethod
    def by_size(cls, size: Tensor, uniform: float) -> Terms:
        """size: (T,) float64 of the terms. uniform: share of the draws that is spread evenly."""
        return cls((1 - uniform) * size / size.sum() + uniform / len(size))

    @cached_property
    def _ends(self) -> Tensor:
        return self.chance.cumsum(0)

    def draw(self, u: Tensor) -> Tensor:
        """(B,) numbers of terms, from 0, that uniform numbers u (B,) float64 in [0, 1) draw. u of the i-th of n equal
        parts of [0, 1) draws from the i-th of n equally likely parts of the terms."""
        return torch.searchsorted(self._ends, u).clamp(max=len(self.chance) - 1)


def measure_terms(measure: Callable[[int], Tensor], steps: int) -> Tensor:
    """(T, C) float64: what measure(t) -> (C,) float64 finds at MEASURED of the steps t = 0 ... T - 1, more of them
    where there is little noise, and on straight lines between them."""
    places = (torch.linspace(0, 1, MEASURED, dtype=torch.float64) ** 2 * (steps - 1)).round().long()
    return interpolate(places, torch.stack([measure(t) for t in places.tolist()]), steps)


def interpolate(places: Tensor, values: Tensor, steps: int) -> Tensor:
    """(T, C) float64, on straight lines between values (P, C) at places (P,) of 0 ... T - 1."""
    columns = values.T.cpu().numpy()
    rows = [torch.from_numpy(np.interp(np.arange(steps), places.cpu().numpy(), column)) for column in columns]
    return torch.stack(rows, 1).to(values.device)


def explained_noise(chain: Chain, error: Tensor) -> tuple[Tensor, Tensor]:
    """How far the noise n of x_t explains (x - D)^2 beyond its mean: the coefficient of n^2 - 1 in it, e_t^2 /
    sigma_t^2 where x is Gaussian, and the share of the term's size that is left without it. The mean of n^2 - 1 is 0,
    so subtracting it removes noise alone. error: e_t, (T,) float64 or (T, C); so are both."""
    sigma = chain.sigma.view(-1, *[1] * (error.ndim - 1))
    share = (error / sigma**2).clamp(max=1).flip(0).cummax(0).values.flip(0)  # falls with sigma, but for noise in error
    return share**2 * sigma**2, 1 + UNEXPLAINED - share
