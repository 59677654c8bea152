"""Class-balanced order of items: every class equally often, as a function of (seed, stage, items seen)."""

import torch
from torch import Tensor

from ..core.draws import Draws
from .stage import Order

ROUNDS = 256  # of which the order of classes is drawn at once


class BalancedOrder:
    """Stands in for `Order`. Round r shows each of the k classes once, in an order drawn anew for every round; the item
    of class c in round r is the r-th of the class's own `Order`. So a rare item comes again more often than a common
    one.
    """

    def __init__(self, classes: Tensor, seed: int, stage: str):
        """classes: (n,) the class of each item, NaN where it has none, which is a class as well."""
        self.seed, self.stage = seed, stage
        codes = classes.nan_to_num(-1.0)
        self.members = [(codes == code).nonzero()[:, 0] for code in codes.unique()]
        self.orders = [Order(len(own), seed, f"{stage}/class {c}") for c, own in enumerate(self.members)]

    def batch(self, items: int, size: int) -> Tensor:
        """Indices (size,) of the batch that begins after `items` items."""
        k = len(self.members)
        first, end = items // k, -(-(items + size) // k)
        shown = torch.cat([self._classes(r) for r in range(first // ROUNDS, -(-end // ROUNDS))])  # (rounds, k)
        shown = shown[first % ROUNDS :][: end - first]
        index = torch.empty_like(shown)
        for c, (own, order) in enumerate(zip(self.members, self.orders)):
            index[shown == c] = own[order.batch(first, end - first)]  # one place a row, so rounds stay in their order
        return index.flatten()[items - first * k :][:size]

    def _classes(self, block: int) -> Tensor:
        """(ROUNDS, k): each row a permutation of the classes."""
        rng = Draws("classes", self.seed, self.stage, block)
        return rng.uniform(ROUNDS, len(self.members)).argsort(1)
