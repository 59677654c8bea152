"""Sets of different sizes in one value: members packed in rows, pairs of members as a union of graphs.

Set g holds the members ptr[g] .. ptr[g + 1]. Pairs are stored as edges in both directions, whose weight is the kind of
the pair. Pairs of kind 0 ("none") are not stored, so the memory of a set grows with its bonds. Length, indexing and
concatenation work as they do for a tensor. Functions on `X` take items that are either one tensor (rows, arrays) or a
Ragged (sets).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import torch
from torch import Tensor

from .errors import DataError
from .graph import Graph, from_edges, offsets, spans, subgraphs

BUCKETS = (4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)  # members that a padded set may have


@dataclass(frozen=True, eq=False)
class Ragged:
    """Several sets of different sizes in one value: their members packed in rows, and the pairs of members.

    Args:
        x: (N, D) float, a row a member; bool if it says what is known.
        ptr: (B + 1,) int64, where each set begins.
        pairs: Edges among the N members, none from one set to another. Default: None, pairs have no kinds. If x says
            what is known, stored pairs of kind 0 are open: they are not known, although both their members are.
    """

    x: Tensor
    ptr: Tensor
    pairs: Graph | None = None

    def __post_init__(self):
        if len(self.ptr) < 1 or int(self.ptr[0]) != 0 or int(self.ptr[-1]) != len(self.x) or (self.sizes < 0).any():
            raise DataError(f"the sets begin at {self.ptr.tolist()[:8]}, which does not cut {len(self.x)} members")

    def __len__(self) -> int:
        return len(self.ptr) - 1

    @property
    def sizes(self) -> Tensor:
        """The number (B,) int64 of members of each set."""
        return self.ptr.diff()

    @property
    def item(self) -> Tensor:
        """The set (N,) int64 that each member is in."""
        return torch.repeat_interleave(torch.arange(len(self), device=self.x.device), self.sizes)

    @property
    def place(self) -> Tensor:
        """The number (N,) int64 of each member in its set."""
        return spans(torch.zeros_like(self.sizes), self.ptr)

    def count(self, condition: Tensor) -> Tensor:
        """Counts for each set the members for which `condition`, (N,) bool, holds: (B,) int64."""
        return torch.zeros_like(self.sizes).index_add(0, self.item, condition.long())

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of sets, then the shape of a member, as a tensor would have it."""
        return (len(self), *self.x.shape[1:])

    @property
    def device(self) -> torch.device:
        return self.x.device

    @property
    def nbytes(self) -> int:
        pairs = self.pairs
        return self.x.nbytes + self.ptr.nbytes + (0 if pairs is None else pairs.source.nbytes + pairs.ptr.nbytes)

    @property
    def some_open(self) -> Tensor:
        """Which sets have open pairs, (B,) bool. The value is a known part."""
        return torch.isin(torch.arange(len(self), device=self.device), self.item[self._open()[1]])

    def open_pairs(self, sets: "Ragged") -> "Ragged":
        """Returns `sets`, each at least as large as its set in self, with the open pairs of self as their only
        pairs."""
        at = sets.ptr[self.item] + self.place
        source, target = (at[ends] for ends in self._open())
        return replace(sets, pairs=from_edges(source, target, len(sets.x), torch.ones_like(source).float()))

    def _open(self) -> tuple[Tensor, Tensor]:
        if self.pairs is None:
            return self.ptr[:0], self.ptr[:0]
        is_open = self.pairs.values == 0
        return self.pairs.source[is_open], self.pairs.target[is_open]

    def with_x(self, x: Tensor) -> "Ragged":
        """Returns the same sets and pairs with other numbers: (N, D')."""
        return replace(self, x=x)

    def __getitem__(self, index: slice | Tensor | Sequence[int]) -> "Ragged":
        """Some of the sets, in the order asked for; one may be asked for twice."""
        all_numbers = torch.arange(len(self), device=self.device)
        ids = all_numbers[
            torch.as_tensor(index, device=self.device) if not isinstance(index, (slice, Tensor)) else index
        ]
        if self.pairs is not None:
            pairs, member, ptr = subgraphs(self.pairs, self.ptr, ids)
            return Ragged(self.x[member], ptr, pairs)
        ptr = offsets(self.sizes[ids])
        return Ragged(self.x[spans(self.ptr[ids], ptr)], ptr)

    def repeat_last(self, count: int) -> "Ragged":
        """Appends `count` copies of the last set, to fill up a block."""
        last = torch.full((count,), len(self) - 1, device=self.device)
        return self[torch.cat([torch.arange(len(self), device=self.device), last])]

    def move_to(self, device: torch.device | str) -> "Ragged":
        pairs = None if self.pairs is None else self.pairs.to(torch.device(device))
        return Ragged(self.x.to(device), self.ptr.to(device), pairs)

    to = move_to  # as a tensor calls it

    def filled(self, known: "Ragged", sampled: "Ragged") -> "Ragged":
        """Puts the known members and pairs into drawn sets. A pair stays where both its members are known in any of
        their numbers, and it is not open.

        Args:
            known: bool of this layout, known members first. Draws of the same sizes may have them anywhere, if pairs
                have no kinds.
            sampled: Sets at least as large as what is known of them.

        Raises DataError where known members do not come first, or a drawn set has no room for them.
        """
        if self.pairs is None and torch.equal(self.ptr, sampled.ptr):
            return sampled.with_x(torch.where(known.x, self.x.to(sampled.x.dtype), sampled.x))
        is_partial = known.x.any(1)
        count = self.count(is_partial)
        place = self.place
        if not torch.equal(is_partial, place < count[self.item]):
            raise DataError("the known members of a set must come before those of which nothing is known: sort them")
        if (sampled.sizes < count).any():
            short = int((sampled.sizes < count).nonzero()[0])
            raise DataError(
                f"set {short} was drawn with {int(sampled.sizes[short])} members, and {int(count[short])} are known"
            )
        at = sampled.ptr[self.item[is_partial]] + place[is_partial]
        x = sampled.x.clone()
        x[at] = torch.where(known.x[is_partial], self.x[is_partial].to(x.dtype), x[at])
        if self.pairs is None:
            return sampled.with_x(x)
        new = torch.full((len(self.x),), -1, device=self.device)
        new[is_partial] = at
        ends = [new[self.pairs.source], new[self.pairs.target]]
        open_pairs = known.open_pairs(sampled).pairs
        key = lambda source, target: source * len(sampled.x) + target
        left_open = lambda *pair: torch.isin(key(*pair), key(open_pairs.source, open_pairs.target))
        edge_mask = (ends[0] >= 0) & (ends[1] >= 0) & ~left_open(*ends)
        is_known = torch.zeros(len(sampled.x), dtype=torch.bool, device=self.device)
        is_known[at] = True
        is_open = ~(is_known[sampled.pairs.source] & is_known[sampled.pairs.target])
        is_open |= left_open(sampled.pairs.source, sampled.pairs.target)
        source = torch.cat([sampled.pairs.source[is_open], ends[0][edge_mask]])
        target = torch.cat([sampled.pairs.target[is_open], ends[1][edge_mask]])
        weight = torch.cat([sampled.pairs.values[is_open], self.pairs.values[edge_mask]])
        return Ragged(x, sampled.ptr, from_edges(source, target, len(x), weight))

    def padded(self, buckets: Sequence[int] = BUCKETS) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor | None]]:
        """Yields sets of similar size together, padded: which they are (b,), x (b, m, D) with zeros behind the last
        member, mask (b, m), and kinds of pairs (b, m, m) int64 where there are any. m is the least of `buckets` that
        holds them."""
        widths = torch.tensor([*buckets, max(int(self.sizes.max()) if len(self) else 0, buckets[-1])])
        bucket = torch.bucketize(self.sizes.cpu(), widths)
        for number in bucket.unique().tolist():
            ids = (bucket == number).nonzero()[:, 0].to(self.device)
            part, width = self[ids], int(widths[number])
            mask = torch.arange(width, device=self.device) < part.sizes[:, None]
            x = part.x.new_zeros(len(ids), width, *part.x.shape[1:])
            x[mask] = part.x
            kinds = None
            if part.pairs is not None:
                kinds = torch.zeros(len(ids), width, width, dtype=torch.long, device=self.device)
                place, target, source = part.place, part.pairs.target, part.pairs.source
                kinds[part.item[target], place[target], place[source]] = part.pairs.values.long()
            yield ids, x, mask, kinds


def of_padded(parts: Sequence[tuple[Tensor, Tensor, Tensor, Tensor | None]]) -> Ragged:
    """Packs the parts of `Ragged.padded` again: sets in the order of their ids."""
    sets = []
    for _, x, mask, kinds in parts:
        sizes = mask.sum(1)
        pairs = None
        if kinds is not None:
            number = torch.full(mask.shape, -1, device=x.device)
            number[mask] = torch.arange(int(mask.sum()), device=x.device)
            g, i, j = (kinds * (mask[:, :, None] & mask[:, None])).nonzero(as_tuple=True)
            weight = kinds[g, i, j].float()
            pairs = from_edges(number[g, j], number[g, i], int(mask.sum()), weight)
        sets.append(Ragged(x[mask], offsets(sizes), pairs))
    order = torch.cat([ids for ids, *_ in parts]).argsort()
    return join(sets)[order]


def join(sets: Sequence[Ragged]) -> Ragged:
    """Joins sets, one part after the other."""
    ptr = offsets(torch.cat([part.sizes for part in sets]))
    x = torch.cat([part.x for part in sets])
    if sets[0].pairs is None:
        return Ragged(x, ptr)
    first = torch.tensor([0, *(len(part.x) for part in sets)]).cumsum(0).tolist()
    source = torch.cat([part.pairs.source + start for part, start in zip(sets, first)])
    degree = torch.cat([part.pairs.degree for part in sets])
    weight = torch.cat([part.pairs.values for part in sets])
    return Ragged(x, ptr, Graph(offsets(degree), source, len(x), weight))


def from_sets(members: Sequence[Tensor], kinds: Sequence[Tensor] | None = None) -> Ragged:
    """Packs sets.

    Args:
        members: (n_g, D) of each set.
        kinds: (n_g, n_g) int64 of each, symmetric, 0 where a pair is none.
    """
    sizes = torch.tensor([len(x) for x in members])
    x, ptr = torch.cat(list(members)), offsets(sizes)
    if kinds is None:
        return Ragged(x, ptr)
    related = [kind.nonzero() for kind in kinds]
    ends = torch.cat([pairs + start for pairs, start in zip(related, ptr.tolist())])
    weight = torch.cat([kind[tuple(pairs.T)] for kind, pairs in zip(kinds, related)]).float()
    return Ragged(x, ptr, from_edges(ends[:, 1], ends[:, 0], len(x), weight))


# ---------------------------------------------------------------------- tensors and sets alike

X = Tensor | Ragged


def join_items(parts: Sequence[X]) -> X:
    """Joins the items of all parts, in order."""
    return join(parts) if isinstance(parts[0], Ragged) else torch.cat(list(parts))


def join_first(n: int, parts: Iterable[X]) -> X:
    """Joins the first n items of several parts. Tensors are copied into place as they come, to save memory. Tensors are
    copied into place as they come, since those that wait for the last take as much room as the whole."""
    parts = iter(parts)
    part = next(parts)
    if isinstance(part, Ragged):
        return join([part, *parts])[:n]
    whole, start = part.new_empty(n, *part.shape[1:]), 0
    for part in chain([part], parts):
        whole[start : start + len(part)] = part[: n - start]
        start += len(part)
    return whole


def repeat_last(x: X, count: int) -> X:
    """Appends `count` copies of the last item."""
    if isinstance(x, Ragged):
        return x.repeat_last(count)
    return torch.cat([x, x[-1:].expand(count, *x.shape[1:])])


def keep_known(x: X, known: X, sampled: X) -> X:
    """Puts the known part of x into draws, to the bit.

    Args:
        x: items.
        known: bool, like x.
        sampled: items like x.
    """
    if isinstance(x, Ragged):
        return x.filled(known, sampled)
    return torch.where(known, x, sampled.to(x.dtype))
