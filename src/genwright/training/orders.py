"""Orders of training items beside `Order`: classes in balance, batches with labels, and the folds of an ensemble.

Each is a function of (seed, stage, items seen). A share of labels in each batch is what semi-supervised learning asks
for: a batch of 64 among 60,000 items would hold one of a hundred labelled ones in every tenth step. Each member of an
ensemble has its own partition into training and validation items.
"""

import torch
from torch import Tensor

from ..core.draws import Draws
from .stage import Order

ROUNDS = 256  # rounds whose order of classes is drawn at once


class BalancedOrder:
    """An order of items in which classes are equally frequent.

    Each round shows every class once, in a new random order. Round r shows the r-th item of each class's own order. So
    a rare item comes again more often than a common one.

    Args:
        classes: (n,) class of each item.
        seed: Seed of the order.
        stage: Name of the stage, part of the seed.
    """

    def __init__(self, classes: Tensor, seed: int, stage: str):
        """classes: (n,) the class of each item, NaN where it has none, which is a class as well."""
        self.seed, self.stage = seed, stage
        codes = classes.nan_to_num(-1.0)
        self.members = [(codes == code).nonzero()[:, 0] for code in codes.unique()]
        self.orders = [Order(len(members), seed, f"{stage}/class {c}") for c, members in enumerate(self.members)]

    def batch(self, items: int, size: int) -> Tensor:
        """Returns the indices (size,) of the batch that begins after `items` items."""
        k = len(self.members)
        first, end = items // k, -(-(items + size) // k)
        shown_classes = torch.cat([self._classes(r) for r in range(first // ROUNDS, -(-end // ROUNDS))])  # (rounds, k)
        shown_classes = shown_classes[first % ROUNDS :][: end - first]
        index = torch.empty_like(shown_classes)
        for c, (members, order) in enumerate(zip(self.members, self.orders)):
            index[shown_classes == c] = members[
                order.batch(first, end - first)
            ]  # one place a row, so rounds stay in their order
        return index.flatten()[items - first * k :][:size]

    def _classes(self, block: int) -> Tensor:
        """(ROUNDS, k): each row a permutation of the classes."""
        rng = Draws("classes", self.seed, self.stage, block)
        return rng.uniform(ROUNDS, len(self.members)).argsort(1)


class MixedOrder:
    """An order of items whose batches have a fixed share of labelled items.

    The first round(share * size) items of a batch are labelled, the others are drawn from all items.

    Args:
        labelled: Numbers of the labelled items.
        share: Share of a batch.
        seed: Seed of the order.
        stage: Name of the stage, part of the seed.
    """

    def __init__(self, labelled: Tensor, share: float, seed: int, stage: str):
        """labelled: (n,) bool."""
        self.share, self.labelled_items = share, labelled.nonzero()[:, 0]
        self.labelled_order = Order(len(self.labelled_items), seed, f"{stage}/labelled")
        self.full_order = Order(len(labelled), seed, stage)

    def batch(self, items: int, size: int) -> Tensor:
        """Returns the indices (size,) of the batch that begins after `items` items, a multiple of size."""
        count, step = round(self.share * size), items // size
        unlabelled_count = size - count
        labelled = self.labelled_items[self.labelled_order.batch(step * count, count)]
        return torch.cat([labelled, self.full_order.batch(step * unlabelled_count, unlabelled_count)])


def fold(k: int, count: int, valid: int, classes: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Returns the indices of the training and of the held-out items in fold k of `count`.

    Args:
        k: the fold, from 0.
        count: the number of folds.
        valid: items that each fold holds out, so that folds may overlap. If it is 0, exactly one fold holds out
            each.
        classes: (n,) of all items; a fold holds out each class in its share, but for one item.
        seed: Seed of the order.
    """
    items = len(classes)
    begin, end = (k * valid, (k + 1) * valid) if valid else (k * items // count, (k + 1) * items // count)
    order = Draws("folds", seed).balanced_permutation(classes).roll(-begin)
    return order[end - begin :], order[: end - begin]
