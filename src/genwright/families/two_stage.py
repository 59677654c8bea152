"""Two stages: a codec, and a prior of its codes that is any family over them.

    first    the codec by its own loss
    then     the codec stands still, its codes are computed once, and the prior learns them as its items
    log p(x) >= log p(x | z) + log p(z | given),  z = the code of x, a sum over codes of which one term is taken
    draw     z from the prior, x from p(x | z)

To complete, codes whose part of x is known all stay, the prior fills in the others, and the decoder draws what is not
known.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.draws import Draws
from ..core.family import Family
from ..core.spec import Spec
from ..core.trainable import Batch, Items, Player, Stage


class TwoStage(Family):
    """codec: as `quantized.VQCodec`. prior: a family over codec.latents and the same given variables. share: of the
    budget that the codec trains for.
    """

    kind = "lower bound"
    method = "codes of known parts kept, the others filled by the prior, and the picture drawn from all codes"

    def __init__(self, spec: Spec, given: Spec, codec: nn.Module, prior: Family, share: float = 0.5):
        super().__init__(spec, given)
        self.codec, self.prior, self.share = codec, prior, share

    def stages(self) -> list[Stage]:
        codec = Player("codec", list(self.codec.parameters()), self.codec_loss)
        (stage,) = self.prior.stages()
        return [Stage("codec", [codec], self.share), Stage("prior", stage.players, 1 - self.share, inputs=self.codes)]

    def codec_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        return self.codec.loss(batch.x, batch.rng)

    def codes(self, items: Items, draws: Draws) -> Items:
        return Items(self.codec.encode(items.x), items.given)

    # ------------------------------------------------------------------ verbs

    def sample(self, n: int, given: Tensor, rng: Draws, guidance: float = 1.0, against: Tensor | None = None) -> Tensor:
        away = () if against is None else (against,)  # not every prior can be moved away from anything
        return self._draw(self.prior.sample(n, given, rng, guidance, *away), rng)

    def log_likelihood(self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None) -> tuple[Tensor, None]:
        codes = self.codec.encode(x)
        nats, _ = self.prior.log_likelihood(codes, given, rng, draws)
        return nats + self.codec.log_prob(x, self.codec.entries(codes)), None

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        # where nothing is known the codec is shown something of the data
        typical = self._middle(x.new_zeros(len(x), *self.codec.latents.shape))
        codes = self.codec.encode(torch.where(known, x.float(), typical))
        whole = -F.adaptive_max_pool2d((~known).float().amax(1, keepdim=True), codes.shape[2:]) == 0
        return torch.where(known, x.float(), self._draw(self.prior.fill(codes, whole, given, rng), rng))

    def encode(self, x: Tensor, given: Tensor) -> Tensor:
        """The codebook's entries at each place: (B, h, w, D)."""
        return self.codec.entries(self.codec.encode(x))

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        """The middle of p(x | z), with z: (B, h, w, D) taken to the nearest entries."""
        return self._middle(self.codec.codebook.nearest(z)[:, None])

    def health(self, x: Tensor, given: Tensor, rng: Draws) -> list[str]:
        """Codebook collapse: how many entries the codes of some items use."""
        codes, entries = self.codec.encode(x).long(), self.codec.latents.leaf.k
        used = len(codes.unique())
        if used >= min(entries, codes.numel()) / 4:
            return []
        return [f"the codec uses {used} of its {entries} codes: codebook collapse"]

    def _draw(self, codes: Tensor, rng: Draws) -> Tensor:
        return self.codec.head.sample(self.codec.params(self.codec.entries(codes)), rng)

    def _middle(self, codes: Tensor) -> Tensor:
        return self.codec.head.middle(self.codec.params(self.codec.entries(codes)))
