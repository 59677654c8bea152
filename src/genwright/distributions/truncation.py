"""Draws that keep to what is likely: at a temperature, among the k likeliest, or among the fewest that hold a share p
of the mass (the nucleus, Holtzman et al. 2020)."""

from dataclasses import dataclass
from math import inf

from torch import Tensor

from ..core.sample_options import TRUNCATED


@dataclass(frozen=True)
class Truncation:
    """temperature: by which log masses are divided, first of all; below 1 favours what is likely. top_k: how many of
    the likeliest are kept. top_p: the share of the mass that is kept, in (0, 1]. None keeps all.

    Raises DataError for a temperature that is not above 0, a top_k below 1, or a top_p outside (0, 1].
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None

    def __post_init__(self):
        for option in TRUNCATED:
            if (value := getattr(self, option.name)) is not None:
                option.check(value)

    def __call__(self, logits: Tensor) -> Tensor:
        """(..., K) -> alike, -inf for logits that are not kept. Equal logits at the edge of top_k are all kept."""
        logits = logits.float() / self.temperature
        if self.top_k is not None and self.top_k < logits.shape[-1]:
            least = logits.topk(self.top_k, -1).values[..., -1:]
            logits = logits.masked_fill(logits < least, -inf)
        if self.top_p is not None and self.top_p < 1:
            p, order = logits.softmax(-1).sort(-1, descending=True)
            left_out = p.cumsum(-1) - p >= self.top_p  # what is before holds the share already
            logits = logits.masked_fill(left_out.scatter(-1, order, left_out), -inf)
        return logits


def truncation_of(**options: float) -> Truncation | None:
    """Truncation that the chosen options ask for; None if they keep the whole distribution."""
    truncation = Truncation(**options)
    return None if truncation == Truncation() else truncation
