"""Every value as likely as any other: what a learned prior of codes has to beat."""

from math import log

import torch
from torch import Tensor

from ...core.draws import Draws
from ...core.family import Family
from ...core.trainable import Stage


class Uniform(Family):
    """Over an array of categories or levels, whatever is given."""

    completes = "exact"
    method = "each number from its uniform distribution"

    def stages(self) -> list[Stage]:
        return []

    def sample(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        return rng.integers(self.spec.leaf.levels, (n, *self.spec.shape)).float()

    def log_likelihood(self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None) -> tuple[Tensor, None]:
        return torch.full((len(x),), -self.spec.dims * log(self.spec.leaf.levels), device=x.device), None

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        return torch.where(known, x.float(), self.sample(len(x), given, rng))
