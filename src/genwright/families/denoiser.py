"""The denoiser: one interface for every network that has learned to remove Gaussian noise.

    y = x + sigma n,  n ~ N(0, I);   D(y, sigma) = E[x | y],  learned as  D = c_skip y + c_out F(y / sqrt(1 + sigma^2),
                                                                          angle)

The network F predicts x, the noise n, or v (Salimans & Ho 2022), whose coefficients are, up to the sign of v, the
preconditioning of Karras 2022 (eq. 7 with data of unit variance):

              c_skip               c_out
    x0        0                    1
    noise     1                    -sigma
    v         1 / (1 + sigma^2)    -sigma / sqrt(1 + sigma^2)

The variance-preserving coordinates of DDPM are x_t = y / sqrt(1 + sigma^2) with abar_t = 1 / (1 + sigma^2); those of
flow matching are z_t = y / (1 + sigma) with t = 1 / (1 + sigma). Whatever one predicts, the others follow (`noise`,
`score`, `flow`).
"""

from __future__ import annotations

from math import pi

import torch
from torch import Tensor, nn

COEFFICIENTS = {  # what F predicts -> (c_skip, c_out) at sigma
    "x0": lambda sigma: (torch.zeros_like(sigma), torch.ones_like(sigma)),
    "noise": lambda sigma: (torch.ones_like(sigma), -sigma),
    "v": lambda sigma: (1 / (1 + sigma**2), -sigma / (1 + sigma**2).sqrt()),
}


def like(sigma: Tensor, y: Tensor) -> Tensor:
    """(B,) -> (B, 1, ...), to be multiplied with y: (B, ...)."""
    return sigma.view(-1, *[1] * (y.ndim - 1))


class Denoiser(nn.Module):
    """network: of `networks.velocity`, F(y, time in [0, 1], given, known_values, known). predicts: a row of
    COEFFICIENTS."""

    def __init__(self, network: nn.Module, predicts: str):
        super().__init__()
        self.network, self.predicts = network, predicts

    def forward(self, y: Tensor, sigma: Tensor, given: Tensor, known_values: Tensor, known: Tensor | None) -> Tensor:
        """y: (B, *shape), sigma: (B,) -> D(y, sigma): (B, *shape). known_values: x where `known`;
        there y is not looked at."""
        skip, out = (like(c, y) for c in COEFFICIENTS[self.predicts](sigma))
        return skip * y + out * self.raw(y, sigma, given, known_values, known)

    def raw(self, y: Tensor, sigma: Tensor, given: Tensor, known_values: Tensor, known: Tensor | None) -> Tensor:
        """What the network predicts: F(c_in y, angle), with the angle arctan(sigma) as a share of its range."""
        y = y / like((1 + sigma**2).sqrt(), y)
        y = y if known is None else y.masked_fill(known, 0.0)
        return self.network(y, sigma.atan() * (2 / pi), given, known_values, known).float()

    def target(self, x: Tensor, y: Tensor, sigma: Tensor) -> Tensor:
        """What the network should predict where the clean x is known."""
        skip, out = (like(c, y) for c in COEFFICIENTS[self.predicts](sigma))
        return (x - skip * y) / out


def noise(d: Tensor, y: Tensor, sigma: Tensor) -> Tensor:
    """The predicted noise (y - D) / sigma."""
    return (y - d) / like(sigma, y)


def score(d: Tensor, y: Tensor, sigma: Tensor) -> Tensor:
    """grad_y log p_sigma(y) = (D - y) / sigma^2 (Tweedie's formula), which is -noise / sigma."""
    return (d - y) / like(sigma**2, y)


def flow(d: Tensor, y: Tensor, sigma: Tensor) -> Tensor:
    """The velocity E[x - n | y] of flow matching at z_t = y / (1 + sigma), t = 1 / (1 + sigma)."""
    return d - noise(d, y, sigma)
