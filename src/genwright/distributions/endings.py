"""Endings of sequences: a line is at least one symbol, then one END, then PAD alone, to the last place.

Whatever gives a symbol's probability asks here which symbols may stand at a place. So the model covers only lines, and
their probabilities sum to 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..core.spec import Category, Ordered

NEVER = -1e9  # logit


@dataclass(frozen=True)
class Endings:
    """leaf: of shape (T,); where it does not end, every symbol may stand anywhere. first, last: (B, 1) int64, the
    places between which END stands."""

    leaf: Category | Ordered
    first: Tensor
    last: Tensor

    @classmethod
    def from_leaf(cls, leaf: Category | Ordered, x: Tensor, known: Tensor | None = None) -> Endings:
        """Places where sequences x (B, T) may end, by their known part: after known symbols, before known PAD, at a
        known END. known: bool like x, or None."""
        place, length = torch.arange(leaf.shape[0], device=x.device), leaf.shape[0]
        first, last = x.new_ones((len(x), 1), dtype=torch.long), x.new_full((len(x), 1), length - 1, dtype=torch.long)
        if known is not None and leaf.ends:
            before, behind = known & (x < leaf.end), known & (x == leaf.pad)
            at = known & (x == leaf.end)
            first = torch.maximum(first, torch.where(before, place + 1, at * place).amax(1, keepdim=True))
            last = torch.where(behind, place - 1, torch.where(at, place, length - 1)).amin(1, keepdim=True)
        return cls(leaf, first, last)

    def masked(self, logits: Tensor, before: Tensor, place: Tensor) -> Tensor:
        """Logits (B, P, k) of the symbols at places (P,), float32, `NEVER` for those that may not stand there. before:
        (B, P) the symbol before each; at place 0 it is not looked at."""
        if not self.leaf.ends:
            return logits.float()
        symbol, leaf = torch.arange(self.leaf.k, device=logits.device), self.leaf
        ended = ((before >= leaf.end) & (place > 0))[..., None]
        early, late = (place < self.first)[..., None], (place >= self.last)[..., None]
        wrong = (symbol == leaf.pad) | (symbol == leaf.end) & early | (symbol < leaf.end) & late & ~early
        return logits.float().masked_fill(torch.where(ended, symbol != leaf.pad, wrong), NEVER)


def known_ahead(known: Tensor) -> Tensor:
    """(B,) bool, of what is known (B, T): which sequences have a known place behind one that is not."""
    return (known[:, 1:] & ~known[:, :-1]).any(1)
