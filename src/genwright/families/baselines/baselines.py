"""Models that learn next to nothing, behind the same verbs: what every learned model has to beat."""

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from ...core.draws import Draws
from ...core.family import Family
from ...core.spec import Spec
from ...core.trainable import Items, Stage
from ...distributions.heads import Histogram
from ..conditions import nearest_given, sum_unknown


class Bootstrap(Family):
    """Training items drawn with replacement (Efron 1979): perfect fidelity, nothing learned. A sound comparison catches
    it by its memorisation."""

    gaps = ("items", "values")
    grows: ClassVar[dict[str, int]] = {"values": 0}
    lacks = {"log_prob": "a resampled training set has no density", "complete": "it holds whole items only"}
    allow_bf16 = False

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        self.register_buffer("items", None)  # (n, *shape), of the dtype that they have in training
        self.register_buffer("values", torch.zeros(0, given.width))

    def stages(self) -> list[Stage]:
        return []

    def finish(self, items: Items, rng: Draws) -> None:
        self.items, self.values = items.x.clone(), items.given.clone()

    def flaw(self) -> str:
        there = self.items is not None and len(self.items) == len(self.values) > 0
        return "" if there and self.spec.holds(self.items) else "items that training cannot have had"

    def sample(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        """Any of the items whose given values are nearest."""
        if not given.shape[1]:
            return self.items[rng.integers(len(self.items), (n,))].float()
        best = nearest_given(self.given, given, self.values)
        keys = rng.uniform(best.shape).masked_fill(~best, -1.0)
        return self.items[keys.argmax(1)].float()


class Independent(Family):
    """Every column drawn from its own margin, apart from all others: its bins as often as in the training items."""

    allow_bf16 = False
    conditional = False
    completes = "exact"
    method = "each column from its own margin"
    scores_known = True

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        self.head = Histogram(spec)
        self.register_buffer("counts", torch.zeros(spec.width, self.head.size, dtype=torch.long))  # (D, K), in each bin

    def stages(self) -> list[Stage]:
        return []

    def finish(self, items: Items, rng: Draws) -> None:
        self.counts = one_hot(self.head.margins.to_bins(items.x), self.head.size).sum(0)

    @property
    def logits(self) -> Tensor:
        """(D, K) of each bin of each column, which counts as one item is shared out by the margins of the Spec."""
        return (self.counts + self.head.margins.cum.diff(dim=1)).clamp(min=1e-12).log().float()

    def sample(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        return self.head.sample(self.logits.expand(n, -1, -1), rng)

    def log_likelihood(
        self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None, known: Tensor | None = None
    ) -> tuple[Tensor, None]:
        return sum_unknown(self.head.log_prob(self.logits.expand(len(x), -1, -1), x), known), None

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        return torch.where(known, x, self.head.sample(self.logits.expand(len(x), -1, -1), rng, present=True))
