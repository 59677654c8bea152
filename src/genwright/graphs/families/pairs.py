"""One number for each pair i < j of a set's members, packed set after set. The random numbers of a set's
pairs depend on no other set.
"""

import torch
from torch import Tensor

from ...core.draws import ItemDraws
from ...core.errors import Unsupported
from ...core.graph import from_edges, offsets
from ...core.ragged import Ragged
from ...core.spec import Spec


class Pairs:
    """The pairs i < j of members of padded sets, packed set after set. P pairs in all; `item` (P,): the set of each
    pair; `counts` (b,): pairs of each set.

    Args:
        mask: (b, m) bool, True at members.
    """

    def __init__(self, mask: Tensor):
        upper = torch.ones(mask.shape[1], mask.shape[1], dtype=torch.bool, device=mask.device).triu(1)
        self.there = mask[:, :, None] & mask[:, None] & upper
        self.counts = self.there.flatten(1).sum(1)
        self.item = torch.repeat_interleave(torch.arange(len(mask), device=mask.device), self.counts)

    def packed(self, dense: Tensor) -> Tensor:
        """Packs numbers of pairs: (b, m, m, ...) -> (P, ...)."""
        return dense[self.there]

    def dense(self, pair_values: Tensor) -> Tensor:
        """Unpacks numbers of pairs: (P, ...) -> (b, m, m, ...), symmetric, and 0 where there is no pair."""
        upper = pair_values.new_zeros(*self.there.shape, *pair_values.shape[1:])
        upper[self.there] = pair_values
        return upper + upper.transpose(1, 2)

    def both(self, members: Tensor) -> Tensor:
        """Finds the pairs of which both members are in `members` (b, m) bool: (P,) bool."""
        return self.packed(members[:, :, None] & members[:, None])

    def sums(self, numbers: Tensor) -> Tensor:
        """Sums numbers over the pairs of each set: (P,) -> (b,)."""
        return numbers.new_zeros(len(self.counts)).index_add(0, self.item, numbers)


class PairDraws:
    """Random numbers for the pairs of sets, in the place of `Draws`.

    Args:
        items: a stream for each set.
        counts: (b,) pairs of each.
    """

    def __init__(self, items: ItemDraws, counts: Tensor):
        self.items, self.counts = items, counts

    def uniform(self, shape: tuple[int, ...]) -> Tensor:
        """Draws uniform numbers (P, ...) in [0, 1)."""
        return self.items.uniform(self.counts, *shape[1:])

    def categories(self, p: Tensor) -> Tensor:
        """Samples categories (P,) int64 by probabilities p (P, K)."""
        return self.items.categories(self.counts, p)


def uniform_rows(items: ItemDraws, mask: Tensor) -> Tensor:
    """Draws uniform numbers (b, m, m) in [0, 1), a row for each member that exists, zeros behind.

    Args:
        items: Random numbers, a stream for each set.
        mask: (b, m) bool, members that exist.
    """
    rows = torch.zeros(*mask.shape, mask.shape[1], device=mask.device)
    rows[mask] = items.uniform(mask.sum(1), mask.shape[1])
    return rows


def empty_sets(sizes: Tensor, width: int) -> Ragged:
    """Makes sets of `sizes` (b,) members with no information: zeros (N, width) and no edges."""
    ptr = offsets(sizes)
    nodes, none = int(ptr[-1]), sizes.new_zeros(0)
    pairs = from_edges(none, none, nodes, none.float())
    return Ragged(torch.zeros(nodes, width, device=sizes.device), ptr, pairs)


def expect_structure_alone(spec: Spec) -> None:
    """Raises Unsupported for a spec that has more than which nodes are joined."""
    leaf = spec.leaf
    if leaf.pairs is None or leaf.pairs.k != 2 or [getattr(column, "k", 0) for column in leaf.each.columns] != [1]:
        raise Unsupported(
            "this family models only which nodes are joined, and these graphs have types of nodes or edges. Leave the "
            "types out (--node-kind none --edge-kind none), or take another family"
        )
