"""Diffusion over the codes of sets of points (Xu 2023, GeoLDM): two stages, as of `two_stage`, of sets.

    first    the codec by its own loss
    then     the codec stands still, its codes are drawn once, and the diffusion learns them
    log p(m, x, k) >= E_z log p(m, z) + log p(x, k | z) - log q(z | x, k),  z ~ q(z | x, k)
    draw     m and z from the diffusion, x and k from p(x, k | z)

Every part turns with the positions, so that the distribution does not know how a set lies, or is listed; the bound is
estimated in axes of the set's own (`own_axes`), of one code for each estimate of the diffusion's own bound.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.family import Family
from ...core.monte_carlo import average
from ...core.ragged import Ragged
from ...core.sample_options import STARTED
from ...core.spec import Spec
from ...core.trainable import Items, Player, Stage
from ..conditions import started_at
from ..diffusion.own_axes import in_own_axes
from ..diffusion.point_diffusion import CALIBRATION_ITEMS, PointDiffusion

CODES = 4  # of a set, for one likelihood


class LatentPointDiffusion(Family):
    """codec: as `PointCodec`. prior: over its latents. share: of the budget that the codec trains for."""

    kind = "lower bound"
    parallel = "gather"  # its codec keeps running averages
    sample_options = STARTED
    lacks = {
        "complete": "codes of a part of a set are not those of the whole",
        "encode": "the codes of a set are as many as its members, and not of one size",
        "decode": "the codes of a set are as many as its members, and not of one size",
        "interpolate": "two sets have no members in common to go between",
    }

    def __init__(self, spec: Spec, given: Spec, codec: nn.Module, prior: PointDiffusion, share: float):
        super().__init__(spec, given)
        self.codec, self.prior, self.share = codec, prior, share

    def stages(self) -> list[Stage]:
        codec = Player("codec", list(self.codec.parameters()), self.codec.loss)
        (stage,) = self.prior.stages()
        return [
            Stage("codec", [codec], self.share),
            Stage("prior", stage.players, 1 - self.share, inputs=self._codes),
        ]

    @torch.no_grad()
    def _codes(self, items: Items, rng: Draws) -> Items:
        return Items(self.codec.draw(items.x, rng.items(len(items)))[0], items.given)

    def finish(self, items: Items, rng: Draws) -> None:
        self.prior.sizes.learn(items.x.sizes, items.given)
        items = items[rng.permutation(len(items))[:CALIBRATION_ITEMS].to(items.given.device)]
        self.prior.finish(self._codes(items, rng), rng)

    def sample(self, n: int, given: Tensor, rng: Draws, **options: Any) -> Ragged:
        z = self.prior.sample(n, given, rng, **started_at(options, self.codec.encode))
        return self.codec.sample(z, rng.items(n))

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
