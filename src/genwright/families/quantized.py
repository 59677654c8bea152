"""Vector quantisation (van den Oord 2017): a codec whose latents are the nearest entries of a codebook.

    z = e(x),  k = argmin_j |z - c_j|^2 at each place,  q = c_k
    min  -log p(x | q) + beta |z - sg(q)|^2,   the gradient of the first term passes from q to z as if q were z
    c_j = sums_j / counts_j, running averages of the z that chose j (appendix A.1)

An entry that hardly anything chooses is put where a code of the batch is, so that the codebook stays in use (Razavi
2019; Lancucki 2020).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.draws import Draws
from ..core.spec import Category, Spec

DECAY = 0.99  # of the running averages, a step
IDLE = 0.05  # an entry is put elsewhere where it is chosen less often than this share of an even use


class Codebook(nn.Module):
    """entries: K. width: D, numbers of an entry."""

    def __init__(self, entries: int, width: int):
        super().__init__()
        self.register_buffer("sums", Draws("codebook", entries, width).normal(entries, width))
        self.register_buffer("counts", torch.ones(entries))

    @property
    def codes(self) -> Tensor:
        """(K, D)."""
        return self.sums / self.counts[:, None]

    def nearest(self, z: Tensor) -> Tensor:
        """z: (..., D) -> (...,) int64, in full precision whatever the rest is computed in."""
        with torch.autocast(z.device.type, enabled=False):
            flat, codes = z.reshape(-1, z.shape[-1]).float(), self.codes
            away = (codes**2).sum(1) - 2 * flat @ codes.T  # but for |z|^2, which is the same for all entries
            return away.argmin(1).view(z.shape[:-1])

    @torch.no_grad()
    def follow(self, z: Tensor, chosen: Tensor, rng: Draws) -> None:
        """One step of the running averages, towards the codes z: (n, D) of a batch and what they chose: (n,)."""
        z, entries = z.float(), len(self.counts)
        hits, even = F.one_hot(chosen, entries).float(), len(z) / entries
        with torch.autocast(z.device.type, enabled=False):
            self.counts.lerp_(hits.sum(0), 1 - DECAY)
            self.sums.lerp_(hits.T @ z, 1 - DECAY)
        idle = self.counts < IDLE * even
        place = z[rng.integers(len(z), (entries,))]
        self.sums.copy_(torch.where(idle[:, None], place * even, self.sums))
        self.counts.copy_(torch.where(idle, torch.full_like(self.counts, even), self.counts))


class VQCodec(nn.Module):
    """encoder: (B, *shape) of the Spec -> (B, D, h, w). decoder: (B, D, h, w) -> parameters (B, *shape, size) of head.
    beta: how much the encoder pays for staying away from its codes.
    """

    def __init__(
        self, encoder: nn.Module, decoder: nn.Module, head: nn.Module, codebook: Codebook, grid: tuple[int, int],
        beta: float,
    ):  # fmt: skip
        super().__init__()
        self.encoder, self.decoder, self.head, self.codebook = encoder, decoder, head, codebook
        self.beta = beta
        self.latents = Spec((("code", Category(len(codebook.counts), (1, *grid), "grid")),))

    def loss(self, x: Tensor, rng: Draws) -> tuple[Tensor, dict[str, Tensor]]:
        """Nats an item, and what the codes cost and how many of them are in use (their perplexity)."""
        z = self.encoder(x).float().movedim(1, -1)
        chosen = self.codebook.nearest(z)
        if self.training:
            self.codebook.follow(z.detach().flatten(0, -2), chosen.flatten(), rng)
        q = self.codebook.codes[chosen]
        commitment = ((z - q.detach()) ** 2).flatten(1).sum(1).mean()
        nats = -self.log_prob(x, z + (q - z).detach()).mean()
        share = self.codebook.counts / self.codebook.counts.sum()
        perplexity = (-(share * share.clamp(min=1e-12).log()).sum()).exp()
        return nats + self.beta * commitment, {"commitment": commitment.detach(), "perplexity": perplexity}

    def encode(self, x: Tensor) -> Tensor:
        """The codes (B, 1, h, w) float, as items of `latents`."""
        return self.codebook.nearest(self.encoder(x).movedim(1, -1))[:, None].float()

    def entries(self, codes: Tensor) -> Tensor:
        """codes: (B, 1, h, w) -> (B, h, w, D)."""
        return self.codebook.codes[codes[:, 0].long()]

    def params(self, q: Tensor) -> Tensor:
        """q: (B, h, w, D) -> parameters of p(x | q)."""
        return self.decoder(q.movedim(-1, 1)).float()

    def log_prob(self, x: Tensor, q: Tensor) -> Tensor:
        """log p(x | q): (B,) nats."""
        return self.head.log_prob(self.params(q), x.float()).flatten(1).sum(1)
