"""Batches of which a share carries labels, however few of the items do: what semi-supervised learning asks for, since a
batch of 64 among 60,000 items would hold one of a hundred labelled ones in every tenth step.
"""

import torch
from torch import Tensor

from .stage import Order


class MixedOrder:
    """Stands in for `Order`: the first round(share * size) of a batch are of the items with labels, in an order of
    their own, the others of all items."""

    def __init__(self, labelled: Tensor, share: float, seed: int, stage: str):
        """labelled: (n,) bool."""
        self.share, self.labelled_items = share, labelled.nonzero()[:, 0]
        self.labelled_order = Order(len(self.labelled_items), seed, f"{stage}/labelled")
        self.full_order = Order(len(labelled), seed, stage)

    def batch(self, items: int, size: int) -> Tensor:
        """Indices (size,) of the batch that begins after `items` items, a multiple of size."""
        count, step = round(self.share * size), items // size
        rest = size - count
        labelled = self.labelled_items[self.labelled_order.batch(step * count, count)]
        return torch.cat([labelled, self.full_order.batch(step * rest, rest)])
