"""A codec whose codes are learned by Gumbel-softmax (the dVAE of Ramesh 2021, section 2.1 and appendix A).

    q(z | x) = softmax(l(x)) at each position of a grid, of K codes;   p(z) uniform
    train    z = softmax((l + g) / tau),  g Gumbel noise, tau from 1 to 1/16: the decoder sees sum_k z_k e_k
    judge    z = argmax l, so that no figure is of a relaxed code
    min      -log p(x | z) + weight sum of KL(q || uniform),   KL = sum_k q_k log q_k + log K at each position

The paper divides its loss by the V = 3 x 256 x 256 numbers of an image, and weighs the mean KL of its P = 32 x 32
positions by beta / 192, where 192 = V / P. A nat of KL at every position then costs beta / 192 nats at every number:

    paper    mean over numbers of -log p + beta / 192  mean over positions of KL          beta raised to 6.6
    here     sum over numbers of -log p  + beta / 192 (V / P) sum over positions of KL    V and P of our images
"""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor, nn

from ...core.spec import Spec
from ...core.trainable import Batch
from ..latent.discrete_vae import kl_to_uniform, relaxed
from .quantized import VQCodec, perplexity

NUMBERS = 192  # of an image at each position of the paper's grid
COOLEST = 1 / 16  # tau at the end
COOLED = 0.6  # share of the training after which tau is there
RAISED = 0.1  # share of the training after which beta has its full weight


def temperature(progress: float) -> float:
    """tau, falling from 1 to 1/16 by the same factor in each step, at a share of the training."""
    return COOLEST ** min(1.0, progress / COOLED)


class GumbelCodec(VQCodec):
    """encoder: (B, *shape) of the Spec -> logits (B, K, h, w). decoder: (B, D, h, w) -> parameters (B, *shape, size) of
    head. spec: of the images. beta: weight of the KL, in the paper's units."""

    def __init__(
        self,
        spec: Spec,
        encoder: nn.Module,
        decoder: nn.Module,
        head: nn.Module,
        entries: int,
        width: int,
        grid: tuple[int, int],
        beta: float,
    ):
        super().__init__(encoder, decoder, head, Entries(entries, width), grid, beta)
        self.price = beta / NUMBERS * spec.dims / prod(grid)  # of a nat of the KL, in nats of the image

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Nats an item; and the KL, and the perplexity of the codes of this batch."""
        logits = self._logits(batch.x)
        codes = logits.argmax(-1, keepdim=True)
        if self.training:
            q = relaxed(logits, temperature(batch.progress), batch.rng) @ self.quantiser.table.weight
        else:
            q = self.quantiser.decode(codes)
        kl = kl_to_uniform(logits).sum((1, 2)).mean()
        nats = -self.log_prob(batch.x, q).mean()
        used = perplexity(codes, self.quantiser.entries).mean()
        loss = nats + self.price * min(1.0, batch.progress / RAISED) * kl
        return loss, {"nats": nats.detach(), "kl": kl.detach(), "perplexity": used}

    def encode(self, x: Tensor) -> Tensor:
        """The likeliest codes (B, 1, h, w) float, as items of `latents`."""
        return self._logits(x).argmax(-1)[:, None].float()

    def _logits(self, x: Tensor) -> Tensor:
        """(B, h, w, K)."""
        return self.encoder(x).float().movedim(1, -1)


class Entries(nn.Module):
    """K learned vectors of D numbers, as `quantisers` name them."""

    books = 1

    def __init__(self, entries: int, width: int):
        super().__init__()
        self.entries, self.width = entries, width
        self.table = nn.Embedding(entries, width)

    def encode(self, z: Tensor) -> Tensor:
        """The nearest entries: (..., D) -> (..., 1) int64."""
        return torch.cdist(z.float().flatten(0, -2), self.table.weight).argmin(1).view(*z.shape[:-1], 1)

    def decode(self, codes: Tensor) -> Tensor:
        """(..., 1) -> (..., D)."""
        return self.table(codes[..., 0])
