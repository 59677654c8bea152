"""How many members a set has: the histogram of `Members` as a distribution."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..core.draws import ItemDraws
from ..core.spec import Members


class Sizes(nn.Module):
    """leaf: its `sizes` have a bin for each whole number from 1."""

    def __init__(self, leaf: Members):
        super().__init__()
        probs = torch.tensor(leaf.sizes.probs, dtype=torch.float64)
        self.register_buffer("probs", probs / probs.sum(), False)

    @property
    def mean(self) -> float:
        return float((self.probs * torch.arange(1, len(self.probs) + 1, device=self.probs.device)).sum())

    def log_prob(self, sizes: Tensor) -> Tensor:
        """(B,) float64, of sizes (B,)."""
        return self.probs.log()[sizes - 1]

    def sample(self, draws: ItemDraws, least: Tensor) -> Tensor:
        """(B,) int64, as many as draws has streams, each at least as large as `least` (B,) says."""
        number = torch.arange(1, len(self.probs) + 1, device=least.device)
        p = self.probs.masked_fill(number < least[:, None], 0.0)
        return 1 + draws.categories(torch.ones_like(least), (p / p.sum(1, keepdim=True)).float())
