"""Autoregressive models of long signals such as sound: trained on crops, scored window by window.

The likelihood is that of `Autoregressive`. An output of the network depends on at most `reach` earlier positions, so a
window of a clip gives the same outputs as the whole clip:

    network.params_at(x, given, place)    parameters (B, P, size) of places (B, P) that follow each other, right from
                                          `reach` after the first on, and at once where the first is the beginning
"""

import torch
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.spec import Spec
from ...core.trainable import Batch
from ..conditions import drop_given, sum_unknown
from .autoregressive import Autoregressive


class AutoregressiveInTime(Autoregressive):
    """crop: places of an item that a training step scores. Items are completed from their beginnings on."""

    method = "drawn from p(rest | beginning), one number after another in time"

    def __init__(self, spec: Spec, given: Spec, network: nn.Module, head: nn.Module, crop: int):
        super().__init__(spec, given, network, head)
        self.crop = crop

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """-log p(x | given), nats per item: exact of items of up to `crop` numbers, an unbiased estimate of longer
        ones."""
        given = drop_given(self.given, batch.given, batch.rng)
        numbers = self.spec.numbers(batch.x)
        first, weight = self._crops(numbers, batch.rng)
        start = (first - self.network.reach).clamp(min=0)
        last = torch.minimum(first + self.crop, numbers)
        place = start[:, None] + torch.arange(int((last - start).max()), device=start.device)
        inside = (place >= first[:, None]) & (place < last[:, None])
        x = batch.x.gather(1, place.clamp(max=batch.x.shape[1] - 1))
        each = self.head.log_prob(self.network.params_at(batch.x, given, place), x)
        nats = each.masked_fill(~inside, 0.0).sum(1) * weight
        return -nats.mean(), {}

    def _crops(self, numbers: Tensor, rng: Draws) -> tuple[Tensor, Tensor]:
        """(B,) where crops begin, maybe before the item, and by how much what they hold stands for the whole.

        A crop of c numbers begins anywhere from c - 1 before an item of n to its last number, so that every number is
        in it with the same chance, c / (n + c - 1).
        """
        ways = numbers + self.crop - 1
        first = (rng.uniform(len(numbers)) * ways).long() - self.crop + 1
        whole = numbers <= self.crop
        return first.masked_fill(whole, 0), torch.where(whole, 1.0, ways / self.crop)

    def log_likelihood(
        self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None, known: Tensor | None = None
    ) -> tuple[Tensor, None]:
        """Exact nats (B,). rng and draws are not used. Items are scored one by one, since their lengths differ."""
        known = torch.zeros_like(x, dtype=torch.bool) if known is None else known
        each = [self._nats(x[i : i + 1], given[i : i + 1], known[i : i + 1]) for i in range(len(x))]
        return torch.cat(each), None

    def _nats(self, x: Tensor, given: Tensor, known: Tensor) -> Tensor:
        """(1,) of one item, window by window."""
        numbers, total = int(self.spec.numbers(x)), x.new_zeros(1, dtype=torch.float)
        for first in range(0, numbers, self.crop):
            start, end = max(0, first - self.network.reach), min(first + self.crop, numbers)
            place = torch.arange(start, end, device=x.device)[None]
            said = self.network.params_at(x, given, place, known)[:, first - start :]
            total = total + sum_unknown(self.head.log_prob(said, x[:, first:end]), known[:, first:end])
        return total
