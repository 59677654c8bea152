"""Masks of logits: which symbols may stand at a place of a sequence that ends, and which are likely enough to be drawn.

A line is at least one symbol, then one END, then PAD alone, to the last place. Whatever gives a symbol's probability
asks `Endings` which symbols may stand at a place. So the model covers only lines, and their probabilities sum to 1.

Truncated draws keep to what is likely: at a temperature, among the k likeliest, or among the fewest that hold a share p
of the mass (the nucleus, Holtzman et al. 2020).
"""

from dataclasses import dataclass
from functools import cached_property
from math import inf

import torch
from torch import Tensor

from ..core.sample_options import TRUNCATED
from ..core.spec import Category, Ordered

NEVER = -1e9  # logit
EARLY, LATE, ENDED = 1, 2, 3  # states of a place, by row of `wrong_symbols`; 0 is between


@dataclass(frozen=True)
class Endings:
    """The places where sequences may end, given their known parts.

    Args:
        leaf: Leaf of shape (T,); where it does not end, every symbol may stand anywhere.
        first: (B, 1) int64, the first place where END may stand.
        last: (B, 1) int64, the last place.
    """

    leaf: Category | Ordered
    first: Tensor
    last: Tensor

    @classmethod
    def from_leaf(cls, leaf: Category | Ordered, x: Tensor, known: Tensor | None = None) -> "Endings":
        """Finds where sequences x (B, T) may end, by their known part: after known tokens, before known PAD, at a known
        END.

        Args:
            leaf: Leaf of the spec.
            x: (B, ...) input.
            known: bool like x, or None.
        """
        place, length = torch.arange(leaf.shape[0], device=x.device), leaf.shape[0]
        first, last = x.new_ones((len(x), 1), dtype=torch.long), x.new_full((len(x), 1), length - 1, dtype=torch.long)
        if known is not None and leaf.ends:
            stands_before, stands_after = known & (x < leaf.end), known & (x == leaf.pad)
            at = known & (x == leaf.end)
            first = torch.maximum(first, torch.where(stands_before, place + 1, at * place).amax(1, keepdim=True))
            last = torch.where(stands_after, place - 1, torch.where(at, place, length - 1)).amin(1, keepdim=True)
        return cls(leaf, first, last)

    def masked(self, logits: Tensor, previous: Tensor, place: Tensor) -> Tensor:
        """Masks the logits (B, P, k) of tokens that may not stand at positions (P,), in float32.

        Args:
            logits: (B, P, k) logits.
            previous: (B, P) token before each; ignored at position 0.
            place: (P,) positions.
        """
        if not self.leaf.ends:
            return logits.float()
        early, has_ended = place < self.first, (previous >= self.leaf.end) & (place > 0)
        state = torch.where(early, EARLY, (place >= self.last) * LATE).masked_fill_(has_ended, ENDED)
        return logits.float().masked_fill(self.wrong_symbols[state], NEVER)

    @cached_property
    def wrong_symbols(self) -> Tensor:
        """Tells which tokens may not stand at a place of each state: (4, k) bool."""
        symbol, leaf = torch.arange(self.leaf.k, device=self.first.device), self.leaf
        pad = symbol == leaf.pad
        return torch.stack([pad, pad | (symbol == leaf.end), symbol != leaf.end, ~pad])


def known_ahead(known: Tensor) -> Tensor:
    """Finds the sequences with a known place behind an unknown one: (B,) bool.

    Args:
        known: (B, T).
    """
    return (known[:, 1:] & ~known[:, :-1]).any(1)


@dataclass(frozen=True)
class Truncation:
    """Truncation of a distribution to its likely values: temperature, top_k and top_p. None keeps all.

    Args:
        temperature: Divisor of the log-probabilities, applied before top_k and top_p; below 1 favours what is likely.
        top_k: Number of the likeliest that are kept.
        top_p: Share of the mass that is kept, in (0, 1].

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
        logits = logits.float() if self.temperature == 1 else self._tempered(logits)
        if self.top_k is not None and self.top_k < logits.shape[-1]:
            threshold = logits.topk(self.top_k, -1).values[..., -1:]
            logits = logits.masked_fill(logits < threshold, -inf)
        if self.top_p is not None and self.top_p < 1:
            p, order = logits.softmax(-1).sort(-1, descending=True)
            left_out = p.cumsum(-1) - p >= self.top_p  # likelier values hold the share already
            left_out[..., 0] = False  # however small a share float32 makes of it
            logits = logits.masked_fill(left_out.scatter(-1, order, left_out), -inf)
        return logits

    def _tempered(self, logits: Tensor) -> Tensor:
        """Divided in double precision, with the greatest at 0, so that no temperature overflows; what may not stand at
        a place may not at any temperature."""
        log_ratio = logits.double() - logits.amax(-1, keepdim=True)
        return (log_ratio / self.temperature).float().masked_fill(log_ratio <= NEVER / 2, -inf)


def truncation_of(**options: float) -> Truncation | None:
    """Returns the truncation that the options ask for; None if they keep the whole distribution."""
    truncation = Truncation(**options)
    return None if truncation == Truncation() else truncation
