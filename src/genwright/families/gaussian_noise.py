"""Gaussian noise (Sohl-Dickstein 2015; Ho 2020; Kingma 2021), of the level (alpha, sigma).

    q(z_t | x)      = N(alpha_t x, sigma_t^2 I),   so z_t = alpha_t x + sigma_t n
    q(z_s | z_t, x) = N(alpha_s x + sigma_s k n, sigma_s^2 (1 - k^2) I),   k = (sigma_s / alpha_s) / (sigma_t / alpha_t)
    q(z_t | z_s)    = N(a z_s, (sigma_t^2 - a^2 sigma_s^2) I),   a = alpha_t / alpha_s

for less noise at s than at t: a share of the old noise is kept, the rest is new. If a shift of all
positions changes nothing (Kohler 2020; Hoogeboom 2022), x and n have zero mean over the members of a set. Then m
members with d coordinates are (m - 1) d numbers, and densities are over the space of these numbers.
"""

from collections.abc import Callable
from math import log, pi, prod

import torch
from torch import Tensor

from ..core.draws import Draws

Level = tuple[float, float]  # alpha, sigma


class GaussianNoise:
    """Gaussian noise on items (B, *shape), or on the members of sets, packed in rows (M, d), centred in each set.

    Args:
        members: (B + 1,) int64, set i is rows members[i] .. members[i + 1] - 1; None for items.
    """

    def __init__(self, members: Tensor | None = None):
        self.members = members

    def centred(self, x: Tensor) -> Tensor:
        """Subtracts the mean over the members of each set from positions; items stay as they are."""
        if self.members is None:
            return x
        sizes = self.members.diff()
        means = self.sums(x) / sizes.clamp(min=1)[:, None]
        return x - means.repeat_interleave(sizes, 0, output_size=len(x))

    def noise(self, shape: tuple[int, ...], rng: Draws) -> Tensor:
        return self.centred(rng.normal(shape))

    def log_prob(self, z: Tensor, scale: float) -> Tensor:
        """Computes the log density (B,) of N(0, scale^2 I) on the space that z lies in."""
        if self.members is None:
            squares, dims = (z**2).flatten(1).sum(1), prod(z.shape[1:])
        else:
            squares, dims = self.sums(z**2).sum(1), (self.members.diff() - 1).clamp(min=0) * z.shape[1]
        return -0.5 * (squares / scale**2 + dims * log(2 * pi * scale**2))

    def sums(self, x: Tensor) -> Tensor:
        """Sums over the members of each set: (M, d) -> (B, d)."""
        sizes = self.members.diff()
        sets = torch.arange(len(sizes), device=x.device).repeat_interleave(sizes, output_size=len(x))
        return x.new_zeros(len(sizes), x.shape[1]).index_add(0, sets, x)


def posterior(x: Tensor, n: Tensor, current_level: Level, target_level: Level) -> tuple[Tensor, float]:
    """Computes mean and standard deviation of q(z_s | z_t, x) for z_t = alpha_t x + sigma_t n.

    Args:
        x: Clean items.
        n: Noise like x.
        current_level: Level t, (alpha, sigma).
        target_level: Level s, with less noise.
    """
    (alpha, sigma), (alpha_s, sigma_s) = current_level, target_level
    share = alpha * sigma_s / (alpha_s * sigma)
    return alpha_s * x + share * sigma_s * n, sigma_s * (1 - share**2) ** 0.5


def add_noise(
    z: Tensor, current_level: Level, source_level: Level, noise: Callable[[tuple[int, ...]], Tensor]
) -> Tensor:
    """Samples q(z_t | z_s): adds noise.

    Args:
        z: Items at level s.
        current_level: Level s, (alpha, sigma).
        source_level: Level t, with more noise.
        noise: noise(shape) -> standard normal numbers.
    """
    (alpha, sigma), (alpha_t, sigma_t) = current_level, source_level
    scale = alpha_t / alpha
    return scale * z + (sigma_t**2 - (scale * sigma) ** 2) ** 0.5 * noise(z.shape)
