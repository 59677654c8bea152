"""Style-based GAN (Karras 2019, 2020): latents become styles w, which scale the channels of every layer.

    draw:        w = f(z, given),  x = g(w, noise),  both ~ N(0, I)
    truncation:  w' = mean + psi (w - mean), mean over 10,000 z of w with the same given: fewer kinds, better drawn
    mixing:      coarse layers take the style of one z, fine ones of another; so do images in training, so that what
                 a layer decides is its own

guidance asks for the truncation psi = 1 / guidance. A code is z and the noise, one after the other.
"""

from dataclasses import replace

import torch
from torch import Tensor

from ...core.draws import Draws
from ...core.sample_options import GUIDANCE
from .gan import GAN

CENTRED = 10_000  # draws whose mean style is the middle (Karras 2019, appendix B)
MIXED = 0.5  # share of the samples in training that are drawn by two styles


class StyleGAN(GAN):
    """A `GAN` whose generator maps latents to styles, style(z, given, nothing known) -> (B, W), and styles (B, layers,
    W) to images."""

    sample_options = (replace(GUIDANCE, help="Keep styles near the middle: each at 1 / guidance of its way", above=0),)

    def sample(self, n: int, given: Tensor, rng: Draws, guidance: float = 1.0) -> Tensor:
        z = rng.normal(n, self.latents)
        given = self._labelled(given, rng)
        if guidance == 1:
            return self.decode(z, given)
        styles = self.styles(z, given)
        mean_style = self.mean_styles(given)
        return self._draw(
            (mean_style + (styles - mean_style) / guidance)[:, None].expand(-1, self.generator.layers, -1), z
        )

    def mix(self, coarse: Tensor, fine_latents: Tensor, given: Tensor, layers: int) -> Tensor:
        """Mixes two latents: the first `layers` layers take the styles of `coarse`, the others those of `fine_latents`.
        Returns images (n, *shape).

        Args:
            coarse: (n, latents) latents, from which the noise comes too.
            fine_latents: (n, latents) latents.
            given: (n, G) conditions.
            layers: number of layers that take the styles of `coarse`.
        """
        return self._draw(
            self.generator.crossed(self.styles(coarse, given), self.styles(fine_latents, given), layers), coarse
        )

    def styles(self, z: Tensor, given: Tensor) -> Tensor:
        """Maps latents z (n, latents) to styles (n, W)."""
        return self.generator.style(z, given, None)

    def mean_styles(self, given: Tensor) -> Tensor:
        """Estimates the mean style (n, W) under each item's conditions."""
        kinds, kind_of_row = given.nan_to_num(-1.0).unique(dim=0, return_inverse=True)
        z = Draws.from_seed(0, given.device).normal(CENTRED, self.latents)  # the same for every item
        first = [int((kind_of_row == k).nonzero()[0]) for k in range(len(kinds))]
        means = [self.styles(z, given[i : i + 1].expand(CENTRED, -1)).mean(0) for i in first]
        return torch.stack(means)[kind_of_row]

    def _draw(self, styles: Tensor, z: Tensor) -> Tensor:
        empty_items = z.new_zeros(len(z), *self.spec.shape)
        return self.view.inverse(
            self.generator.render(styles, z, empty_items, torch.zeros_like(empty_items, dtype=torch.bool))
        )

    def _fake(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        z, other_z = rng.normal(2, len(x), self.latents)
        style, other_style = (self.generator.style(part, given, (x, known)) for part in (z, other_z))
        layers = rng.integers(self.generator.layers, (len(x),), 1)
        layers = torch.where(rng.uniform(len(x)) < MIXED, layers, self.generator.layers)
        return self.generator.render(self.generator.crossed(style, other_style, layers[:, None]), z, x, known)
