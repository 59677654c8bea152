"""A denoiser of pixels that knows which values a pixel can have.

    p(k | z) is in proportion to p(k) N(z; alpha x_k, sigma^2),   x_k the middle of level k          (Bayes' rule)
    log p(k) = -(x_k - mean)^2 / (2 width^2) + lowest [k = 0] + highest [k = last] + constant
    D = sum_k x_k p(k | z),   N = (z - alpha D) / sigma

The network predicts mean, log width, lowest and highest for each number, from all that it sees. A plain network has to
carry z through its layers to within a hundredth of a level where there is little noise. Here z decides the level by
itself there. Many pixels of an image are as dark or as bright as can be, so both ends have a number of their own.
"""

import torch
from torch import Tensor, nn

from ...core.spec import Spec
from .denoiser import Denoiser, PerItem, broadcast_level

PREDICTED = 4  # numbers that the network predicts for each number of an item
STEEP = 4.0  # log p of an end for each unit that the network predicts
WIDEST, NARROWEST = 2.0, -6.0  # log width


class LevelDenoiser(Denoiser):
    """network: a velocity with outputs (B, PREDICTED * C, H, W). spec: of an array of levels. ends: those of
    `Denoiser`."""

    def __init__(self, network: nn.Module, spec: Spec, ends: tuple[float, float]):
        super().__init__(network, "v", ends)
        levels = spec.leaf.levels
        self.register_buffer("middles", (torch.arange(levels) + 0.5) * (2 / levels) - 1, False)

    def split(self, raw: Tensor, z: Tensor, alpha: PerItem, sigma: PerItem) -> tuple[Tensor, Tensor]:
        """raw: (B, PREDICTED * C, H, W) -> D and N: (B, C, H, W)."""
        mean, log_width, lowest, highest = raw.unflatten(1, (PREDICTED, -1)).unbind(1)
        alpha, sigma = broadcast_level(alpha, z), broadcast_level(sigma, z)
        sure, seen = (-2 * log_width.clamp(NARROWEST, WIDEST)).exp(), (alpha / sigma) ** 2
        slope, curve = sure * mean + seen * z / alpha, -(sure + seen) / 2
        logits = slope[..., None] * self.middles + curve[..., None] * self.middles**2
        logits[..., 0] += STEEP * lowest
        logits[..., -1] += STEEP * highest
        d = logits.softmax(-1) @ self.middles
        return d, (z - alpha * d) / sigma
