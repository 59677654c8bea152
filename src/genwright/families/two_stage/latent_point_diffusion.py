"""Diffusion over the codes of sets of points (Xu 2023, GeoLDM): two stages, as of `two_stage`, of sets.

    first    the codec by its own loss
    then     the codec stands still, its codes are drawn once, and the diffusion learns them
    log p(m, x, k) >= E_z log p(m, z) + log p(x, k | z) - log q(z | x, k),  z ~ q(z | x, k)
    draw     m and z from the diffusion, x and k from p(x, k | z)

Every part turns with the positions, so that the distribution does not know how a set lies, or is listed; the bound is
estimated in axes of the set's own (`own_axes`), of one code for each estimate of the diffusion's own bound.
"""

import torch
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.family import Family
from ...core.monte_carlo import average
from ...core.ragged import Ragged
from ...core.spec import Spec
from ...core.trainable import Items
from ..diffusion.own_axes import in_own_axes
from ..diffusion.point_diffusion import CALIBRATION_ITEMS, PointDiffusion
from .two_stage import CodecAndPriors

CODES = 4  # of a set, for one likelihood


class LatentPointDiffusion(CodecAndPriors):
    """codec: as `PointCodec`. prior: over its latents."""

    lacks = {
        "complete": "codes of a part of a set are not those of the whole",
        "encode": "the codes of a set are as many as its members, and not of one size",
        "decode": "the codes of a set are as many as its members, and not of one size",
        "interpolate": "two sets have no members in common to go between",
    }

    def __init__(self, spec: Spec, given: Spec, codec: nn.Module, prior: PointDiffusion, share: float):
        super().__init__(spec, given, codec, share)
        self.prior = prior

    @property
    def priors(self) -> list[Family]:
        return [self.prior]

    def finish(self, items: Items, rng: Draws) -> None:
        self.prior.sizes.learn(items.x.sizes, items.given)
        items = items[rng.permutation(len(items))[:CALIBRATION_ITEMS].to(items.given.device)]
        self.prior.finish(Items(self._coded(items.x, rng)[0], items.given), rng)

    def log_likelihood(self, x: Ragged, given: Tensor, rng: Draws, draws: int | None = None):
        """draws: terms of the diffusion's bound, of all codes together."""
        each = self.spec.leaf.each
        places, kinds = in_own_axes(x, each.part(x.x, "position"), each.part(x.x, "kind").long())
        rows = {"position": places, "kind": kinds[:, None].to(places.dtype)}
        x = x.with_x(torch.cat([rows[name] for name in each.names], 1))
        terms, stream = draws or self.prior.terms, rng.items(len(x))
        codes = min(CODES, terms)
        found = []
        for _ in range(codes):
            z, log_q = self.codec.draw(x, stream)
            found.append(self.prior.bound(z, given, stream, terms // codes)[0] + self.codec.log_prob(x, z) - log_q)
        return average(torch.stack(found))

    def _coded(self, x: Ragged, rng: Draws) -> tuple[Ragged, Tensor]:
        return self.codec.draw(x, rng.items(len(x)))
