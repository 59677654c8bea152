"""The nearest entry of a codebook (van den Oord 2017), whose entries are running averages (its appendix A.1).

    k = argmin_j |z - c_j|^2,  q = c_k,  cost |z - sg(q)|^2
    c_j = sums_j / counts_j, running averages of the z that chose j

An entry that hardly anything chooses is put where a vector of the batch is, so that the codebook stays in use (Razavi
2019; Lancucki 2020).
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ....core.draws import Draws
from ....core.shares import share
from .gradients import straight_through

DECAY = 0.9  # of the running averages, a step
IDLE = 0.05  # an entry is put elsewhere where it is chosen less often than this share of an even use


class Codebook(nn.Module):
    """entries: K. width: D, numbers of an entry. passed: of `gradients`."""

    books = 1

    def __init__(self, entries: int, width: int, passed: Callable = straight_through):
        super().__init__()
        self.entries, self.width, self.passed = entries, width, passed
        self.register_buffer("sums", Draws("codebook", entries, width).normal(entries, width))
        self.register_buffer("counts", torch.ones(entries))

    @property
    def codes(self) -> Tensor:
        """(K, D)."""
        return self.sums / self.counts[:, None]

    def forward(self, z: Tensor, rng: Draws) -> tuple[Tensor, Tensor, Tensor]:
        chosen = self.nearest(z)
        q = self.codes[chosen]
        if self.training:
            self.follow(z.detach().flatten(0, -2), chosen.flatten(), rng)
        return self.passed(z, q), chosen[..., None], ((z - q) ** 2).sum(-1)

    def encode(self, z: Tensor) -> Tensor:
        return self.nearest(z)[..., None]

    def decode(self, codes: Tensor) -> Tensor:
        return self.codes[codes[..., 0]]

    def nearest(self, z: Tensor) -> Tensor:
        """z: (..., D) -> (...,) int64, in full precision whatever the rest is computed in."""
        with torch.autocast(z.device.type, enabled=False):
            flat, codes = z.reshape(-1, z.shape[-1]).float(), self.codes
            away = (codes**2).sum(1) - 2 * flat @ codes.T  # but for |z|^2, which is the same for all entries
            return away.argmin(1).view(z.shape[:-1])

    @torch.no_grad()
    def follow(self, z: Tensor, chosen: Tensor, rng: Draws) -> None:
        """One step of the running averages, towards the vectors z: (n, D) of a batch and what they chose: (n,)."""
        own, z, entries = share(), z.float(), len(self.counts)
        hits, even = F.one_hot(chosen, entries).float(), own.count * len(z) / entries
        with torch.autocast(z.device.type, enabled=False):
            self.counts.lerp_(own.sum(hits.sum(0)), 1 - DECAY)
            self.sums.lerp_(own.sum(hits.T @ z), 1 - DECAY)
        idle = self.counts < IDLE * even
        place = z[rng.integers(len(z), (entries,))]
        if own.count > 1:  # each process brings vectors for some of the entries
            place[torch.arange(entries, device=z.device) % own.count != own.number] = 0.0
            place = own.sum(place)
        self.sums.copy_(torch.where(idle[:, None], place * even, self.sums))
        self.counts.copy_(torch.where(idle, torch.full_like(self.counts, even), self.counts))
