"""Batches of which a share carries labels, however few of the items do: what semi-supervised learning asks for, since a
batch of 64 among 60,000 items would hold one of a hundred labelled ones in every tenth step.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .stage import Order


class Mixed:
    """Stands in for `Order`: the first round(share * size) of a batch are of the items with labels, in an order of
    their own, the others of all items."""

    def __init__(self, labelled: Tensor, share: float, seed: int, stage: str):
        """labelled: (n,) bool."""
        self.share, self.members = share, labelled.nonzero()[:, 0]
        self.own = Order(len(self.members), seed, f"{stage}/labelled")
        self.every = Order(len(labelled), seed, stage)

    def batch(self, items: int, size: int) -> Tensor:
        """Indices (size,) of the batch that begins after `items` items, a multiple of size."""
        own, step = round(self.share * size), items // size
        rest = size - own
        return torch.cat([self.members[self.own.batch(step * own, own)], self.every.batch(step * rest, rest)])
