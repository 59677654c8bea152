"""Models that learn next to nothing, behind the same verbs: what every learned model has to beat."""

from __future__ import annotations

import torch
from torch import Tensor

from ..core.draws import Draws
from ..core.family import Family
from ..core.spec import Spec
from ..core.trainable import Items, Stage
from ..distributions.heads import Histogram
from .conditions import sum_unknown


class Bootstrap(Family):
    """Training items drawn with replacement (Efron 1979): perfect fidelity, nothing learned. A sound comparison catches
    it by its memorisation."""

    gaps = ("items", "values")
    lacks = {"log_prob": "a resampled training set has no density", "complete": "it holds whole items only"}
    allow_bf16 = False

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        self.register_buffer("items", torch.zeros(0))
        self.register_buffer("values", torch.zeros(0))

    def stages(self) -> list[Stage]:
        return []

    def finish(self, items: Items, rng: Draws) -> None:
        self.items, self.values = items.x.clone(), items.given.clone()

    def sample(self, n: int, given: Tensor, rng: Draws, guidance: float = 1.0) -> Tensor:
        """Any item that agrees with the given values, or the items that agree with most of them."""
        if not given.shape[1]:
            return self.items[rng.integers(len(self.items), (n,))].float()
        agree = (given[:, None] == self.values).sum(2).float()  # (B, N)
        best = agree == agree.max(1, keepdim=True).values
        keys = rng.uniform(best.shape).masked_fill(~best, -1.0)
        return self.items[keys.argmax(1)].float()


class Independent(Family):
    """Every column drawn from its own margin, apart from all others."""

    allow_bf16 = False
    completes = "exact"
    method = "each column from its own margin"

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        self.head = Histogram(spec)
        margins = self.head.margins
        self.register_buffer("logits", (margins.cum[:, 1:] - margins.cum[:, :-1]).clamp(min=1e-12).log().float(), False)

    def stages(self) -> list[Stage]:
        return []

    def sample(self, n: int, given: Tensor, rng: Draws, guidance: float = 1.0) -> Tensor:
        return self.head.sample(self.logits.expand(n, -1, -1), rng)

    def log_likelihood(
        self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None, known: Tensor | None = None
    ) -> tuple[Tensor, None]:
        return sum_unknown(self.head.log_prob(self.logits.expand(len(x), -1, -1), x), known), None

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        return torch.where(known, x, self.head.sample(self.logits.expand(len(x), -1, -1), rng, present=True))
