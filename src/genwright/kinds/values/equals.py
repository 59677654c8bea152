"""Which items of a kind are one item: what splits, filters, notes on copies and metrics ask.

Each kind declares once, as the `equals` of its domain, what its models and metrics are blind to:

    points      sorted distances between points of each two types, to 0.001
    graphs      isomorphism, kinds of nodes and edges included
    molecules   the parent, without salts, solvents and charges
    others      their content as it is modelled
"""

import hashlib
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

import numpy as np


def content_keys(contents: Iterable[bytes]) -> np.ndarray:
    """Computes a hash (n,) uint64 of the bytes of each item."""
    digests = (hashlib.blake2b(content, digest_size=8).digest() for content in contents)
    return np.frombuffer(b"".join(digests), "<u8")


class Equals:
    """Numbers items: an item has the number of the first item that it equals, counted over all calls.

    Args:
        hashes: Hashes of items, one each, equal where items are; None for what is no item.
    """

    def __init__(self, hashes: Callable[[Sequence], Iterable[Hashable]]):
        self._hashes = hashes
        self._first_numbers: dict[Hashable, int] = {}
        self._count = 0

    def number(self, items: Sequence) -> np.ndarray:
        """Numbers items (n,) int64 so that equal items have equal numbers; below 0 for what is no item."""
        start, self._count = self._count, self._count + len(items)
        hashes = self._hashes(items)
        hashes = hashes.tolist() if isinstance(hashes, np.ndarray) else hashes
        firsts = (-1 if key is None else self._first_numbers.setdefault(key, n) for n, key in enumerate(hashes, start))
        return np.fromiter(firsts, np.int64, len(items))


class Facts(ABC):
    """What of an item is compared.

    An equal item has its own hash among them.

    Args:
        places: hashes, the first of them its own.
    """

    places: tuple[Hashable, ...]

    @abstractmethod
    def equal(self, other_item: object) -> bool:
        """Tells whether another item is equal."""


class ComparedEquals(Equals):
    """Numbers items that are compared exactly where their places meet.

    Equality is made transitive: an item that equals two others joins them.

    Args:
        describe: gives the `Facts` of each item, None of what is no item.
    """

    def __init__(self, describe: Callable[[Sequence], Iterable[Facts | None]]):
        super().__init__(describe)
        self._groups: dict[Hashable, list[tuple[int, list[Facts]]]] = defaultdict(list)  # by place
        self._joined: dict[int, int] = {}  # a group that became part of an earlier one

    def number(self, items: Sequence) -> np.ndarray:
        start, self._count = self._count, self._count + len(items)
        own_numbers = [
            -1 if facts is None else self._join(facts, n) for n, facts in enumerate(self._hashes(items), start)
        ]
        return np.array([self._root(number) for number in own_numbers], np.int64)

    def _join(self, facts: Facts, number: int) -> int:
        """The number of the group of an item, which joins all groups with an item that it equals."""
        equal: list[int] = []
        for group, members in self._groups.get(facts.places[0], ()):
            root = self._root(group)
            if root not in equal and any(facts.equal(member) for member in members):
                equal.append(root)
        first = min(equal, default=number)
        self._joined |= {root: first for root in equal if root != first}
        for place in facts.places:
            self._members(place, first).append(facts)
        return first

    def _members(self, place: Hashable, root: int) -> list[Facts]:
        for group, members in self._groups[place]:
            if self._root(group) == root:
                return members
        self._groups[place].append((root, []))
        return self._groups[place][-1][1]

    def _root(self, group: int) -> int:
        while group in self._joined:
            group = self._joined[group]
        return group
