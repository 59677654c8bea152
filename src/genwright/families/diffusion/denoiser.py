"""The denoiser: one interface for every network that has learned to remove Gaussian noise.

    z = alpha x + sigma n,  n ~ N(0, I);   D = E[x | z],   N = E[n | z],   z = alpha D + sigma N

The network F sees z / size and a clock in [0, 1], and predicts a x + b n, from which D and N follow:

    D = (b z - sigma F) / (alpha b - sigma a),   N = (alpha F - a z) / (alpha b - sigma a)

                a              b              size            clock            D = c_skip z + c_out F: c_skip, c_out
    x0        1              0              r               angle            0, 1
    noise     0              1              r               angle            1 / alpha, -sigma / alpha
    v         -sigma / r     alpha / r      r               angle            alpha / r^2, -sigma / r
    velocity  1              -1             alpha + sigma   alpha / size     1 / size, sigma / size

r = sqrt(alpha^2 + sigma^2), angle = arctan(sigma / alpha) / (pi / 2). v is that of Salimans & Ho 2022, whose
coefficients are, up to the sign, the preconditioning of Karras 2022 (eq. 7 with data of unit variance); velocity is
that of flow matching (Lipman 2023).

No row looks at the scale of z: for (c z, c alpha, c sigma) they say the same. So one network serves every path: noise
that is added (alpha = 1), variance that is preserved (r = 1), straight lines (alpha + sigma = 1). At alpha = 0,
"noise" says nothing of x, and at sigma = 0, "x0" says nothing of n; v and velocity are defined at both ends.

Instead of the angle, the clock may be log(sigma^2 / alpha^2), from 0 at its low end to 1 at its high one: it tells
levels of little noise apart, where most of a likelihood is decided (Kingma 2021).

`LevelDenoiser` is a denoiser of pixels that knows which values a pixel can have.

    p(k | z) is in proportion to p(k) N(z; alpha x_k, sigma^2),   x_k the middle of level k          (Bayes' rule)
    log p(k) = -(x_k - mean)^2 / (2 width^2) + lowest [k = 0] + highest [k = last] + constant
    D = sum_k x_k p(k | z),   N = (z - alpha D) / sigma

The network predicts mean, log width, lowest and highest for each number, from all that it sees. A plain network has to
carry z through its layers to within a hundredth of a level where there is little noise. Here z decides the level by
itself there. Many pixels of an image are as dark or as bright as can be, so both ends have a number of their own.
"""

from collections.abc import Callable
from math import atan2, log, pi

import torch
from torch import Tensor, nn

from ...core.spec import Spec
from ..conditions import condition

PerItem = Tensor | float  # (B,), or one number for all


def on_circle(alpha: PerItem, sigma: PerItem) -> tuple[PerItem, PerItem]:
    angle = (sigma / alpha).atan() if isinstance(sigma, Tensor) else atan2(sigma, alpha)
    return (alpha**2 + sigma**2) ** 0.5, angle * (2 / pi)


def _log(ratio: PerItem) -> PerItem:
    return torch.log(ratio) if isinstance(ratio, Tensor) else log(ratio)


def on_line(alpha: PerItem, sigma: PerItem) -> tuple[PerItem, PerItem]:
    return alpha + sigma, alpha / (alpha + sigma)


TABLE = {  # prediction of F -> (size, clock) at (alpha, sigma), (a, b) at (alpha, sigma, size)
    "x0": (on_circle, lambda alpha, sigma, size: (1.0, 0.0)),
    "noise": (on_circle, lambda alpha, sigma, size: (0.0, 1.0)),
    "v": (on_circle, lambda alpha, sigma, size: (-sigma / size, alpha / size)),
    "velocity": (on_line, lambda alpha, sigma, size: (1.0, -1.0)),
}


def broadcast_level(level: PerItem, z: Tensor) -> PerItem:
    """Reshapes levels (B,) to (B, 1, ...), so that they multiply z. A number stays one."""
    return level.view(-1, *[1] * (z.ndim - 1)) if isinstance(level, Tensor) else level


class Denoiser(nn.Module):
    """A network as a denoiser: it returns D = E[x | z] and N = E[n | z] for z = alpha x + sigma n.

    Args:
        network: a velocity of `networks.adapters`, F(z, clock in [0, 1], given, known_values, known).
        predicts: a row of TABLE.
        ends: of log(sigma^2 / alpha^2) where that is the clock, else None.

    z is (B, *shape). given is (B, G), or what `condition` makes of it once for many calls. known_values is x where
    `known` holds; z is not read there.
    """

    def __init__(self, network: nn.Module, predicts: str, ends: tuple[float, float] | None = None):
        super().__init__()
        self.network, self.predicts, self.ends = network, predicts, ends

    def forward(
        self, z: Tensor, alpha: PerItem, sigma: PerItem, given: Tensor, known_values: Tensor, known: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Estimates the clean items D = E[x | z] and the noise N = E[n | z]: (B, *shape) each.

        Args:
            z: (B, *shape) noisy items.
            alpha, sigma: Level of noise, one number or (B,).
            given: (B, G) conditions.
            known_values: x, read where it is known.
            known: bool like x, or None.
        """
        return self.split(self.network_output(z, alpha, sigma, given, known_values, known), z, alpha, sigma)

    def condition(self, given: Tensor):
        """Computes the input that replaces given in calls of the network, once for many calls."""
        return condition(self.network, given)

    def network_output(
        self, z: Tensor, alpha: PerItem, sigma: PerItem, given: Tensor, known_values: Tensor, known: Tensor | None
    ) -> Tensor:
        """Computes the network's output F(z / size, clock), with z set to 0 where it is known: (B, *shape). Arguments
        as of `forward`.

        Args:
            z: (B, latents) latents.
            given: (B, G) conditions of the items.
        """
        size, clock = TABLE[self.predicts][0](alpha, sigma)
        if self.ends is not None:
            low, high = self.ends
            clock = (2 * _log(sigma / alpha) - low) / (high - low)
        z = z / broadcast_level(size, z)
        z = z if known is None else z.masked_fill(known, 0.0)
        clock = clock if isinstance(clock, Tensor) else z.new_full((len(z),), clock)
        return self.network(z, clock, given, known_values, known).float()

    def split(self, raw: Tensor, z: Tensor, alpha: PerItem, sigma: PerItem) -> tuple[Tensor, Tensor]:
        """Converts the network's output to D and N, by what the network predicts.

        Args:
            raw: Output of the network.
            z: (B, *shape) noisy items.
            alpha, sigma: Level of noise.
        """
        a, b = self._shares(alpha, sigma)
        det = alpha * b - sigma * a
        c_skip, c_out, n_skip, n_out = (broadcast_level(c / det, z) for c in (b, -sigma, -a, alpha))
        return c_skip * z + c_out * raw, n_skip * z + n_out * raw

    def guided_split(
        self, guide: Callable[..., Tensor], raws: list[Tensor], z: Tensor, alpha: PerItem, sigma: PerItem
    ) -> tuple[Tensor, Tensor]:
        """Converts the network's outputs to D and N under guidance, which moves what the network predicts. `split` is
        linear in it, so D moves likewise.

        Args:
            guide: Rule of guidance.
            raws: Outputs of the network for each condition of the rule.
            z: (B, *shape) noisy items.
            alpha, sigma: Level of noise.
        """
        return self.split(guide(*raws), z, alpha, sigma)

    def target(self, x: Tensor, n: Tensor, alpha: PerItem, sigma: PerItem) -> Tensor:
        """Computes the network's target a x + b n.

        Args:
            x: (B, *shape) clean items.
            n: Noise like x.
            alpha, sigma: Level of noise.
        """
        a, b = (broadcast_level(share, x) for share in self._shares(alpha, sigma))
        return a * x + b * n

    def _shares(self, alpha: PerItem, sigma: PerItem) -> tuple[PerItem, PerItem]:
        levels, shares = TABLE[self.predicts]
        return shares(alpha, sigma, levels(alpha, sigma)[0])


def score(n: Tensor, sigma: Tensor) -> Tensor:
    """Computes the score grad_z log p(z) = -N / sigma (Tweedie's formula, (alpha D - z) / sigma^2)."""
    return -n / broadcast_level(sigma, n)


PREDICTED = 4  # numbers that the network predicts for each number of an item
STEEP = 4.0  # log p of an end for each unit that the network predicts
WIDEST, NARROWEST = 2.0, -6.0  # log width


class LevelDenoiser(Denoiser):
    """A denoiser of pixels whose network predicts a distribution over the levels of each pixel.

    Args:
        network: a velocity with outputs (B, PREDICTED * C, H, W).
        spec: Spec of an array of levels.
        ends: those of `Denoiser`.
    """

    def __init__(self, network: nn.Module, spec: Spec, ends: tuple[float, float]):
        super().__init__(network, "v", ends)
        levels = spec.leaf.levels
        self.register_buffer("middles", (torch.arange(levels) + 0.5) * (2 / levels) - 1, False)

    def split(self, raw: Tensor, z: Tensor, alpha: PerItem, sigma: PerItem) -> tuple[Tensor, Tensor]:
        """Converts the network's output to D and N: (B, C, H, W) each.

        Args:
            raw: (B, PREDICTED * C, H, W) output.
            z: (B, C, H, W) noisy items.
            alpha, sigma: Level of noise.
        """
        mean, log_width, lowest, highest = raw.unflatten(1, (PREDICTED, -1)).unbind(1)
        alpha, sigma = broadcast_level(alpha, z), broadcast_level(sigma, z)
        precision, snr = (-2 * log_width.clamp(NARROWEST, WIDEST)).exp(), (alpha / sigma) ** 2
        slope, curve = precision * mean + snr * z / alpha, -(precision + snr) / 2
        logits = slope[..., None] * self.middles + curve[..., None] * self.middles**2
        logits[..., 0] += STEEP * lowest
        logits[..., -1] += STEEP * highest
        d = logits.softmax(-1) @ self.middles
        return d, (z - alpha * d) / sigma

    def guided_split(
        self, guide: Callable[..., Tensor], raws: list[Tensor], z: Tensor, alpha: PerItem, sigma: PerItem
    ) -> tuple[Tensor, Tensor]:
        """Converts the network's outputs to D and N under guidance, which moves D itself: D is no linear function of
        what the network predicts.

        Args:
            z: (B, latents) latents.
        """
        d = guide(*(self.split(raw, z, alpha, sigma)[0] for raw in raws))
        return d, (z - broadcast_level(alpha, z) * d) / broadcast_level(sigma, z)
