"""Two stages of what is long in time: the codec and the prior of `TwoStage`, whose codes end as clips do."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ...core.draws import Draws
from .two_stage import TwoStage


class TwoStageInTime(TwoStage):
    """codec: as `VQCodecInTime`. priors: one. Items are completed from their beginnings on."""

    method = "codes of the beginning kept, those that follow drawn by the prior, and the sound drawn from all codes"

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws, **options: Any) -> Tensor:
        codec, leaf, (prior,) = self.codec, self.codec.leaf, self.priors
        counts = known.sum(1)
        whole, number = counts // codec.block, torch.arange(codec.most + 1, device=x.device)
        least = whole + 1  # blocks: the clip goes on
        there = codec.of_blocks(torch.where(known, x.float(), float(leaf.pad)), least)
        codes = prior.fill(codec.ended(there, least), number < whole[:, None], given, rng, **options)
        short = codes.gather(1, whole[:, None])[:, 0] >= codec.latents.leaf.end
        codes = torch.where(short[:, None], codec.ended(there, least), codes)
        return torch.where(known, x.float(), codec.sample(codes, rng, counts.clamp(min=1)))

    def _draw(self, codes: Tensor, rng: Draws) -> Tensor:
        return self.codec.sample(codes, rng)

    def _middle(self, codes: Tensor) -> Tensor:
        return self.codec.middle(codes)
