"""Users, items and the pairs between them, in the published parts."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from ...core.data import Whole
from ...core.errors import DataError
from ...core.graph import Graph, from_edges, undirected


@dataclass
class Interactions(Whole):
    """train, test: (n, 2) int64 pairs of a user in [0, users) and an item in [0, items), each once.

    Raises DataError for a user or item that is not there, or no pairs to learn from.
    """

    name: str
    users: int
    items: int
    train: Tensor
    test: Tensor
    seed: int = 0
    source: str = ""
    licence: str = ""
    notes: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    kind = "interactions"  # as in the registry, like the task
    default_task = "recommend"
    names = None

    def __post_init__(self):
        for part in (self.train, self.test):
            for ends, count, what in ((part[:, 0], self.users, "user"), (part[:, 1], self.items, "item")):
                if len(ends) and not 0 <= int(ends.min()) <= int(ends.max()) < count:
                    raise DataError(
                        f"{self.name} names {what} {int(ends.max())}, and there are {count:,}: number them from 0"
                    )
        if not len(self.train):
            raise DataError(f"{self.name} has no pairs to learn from: give some")

    def graph(self) -> Graph:
        """The training pairs as an undirected graph of the users, then the items."""
        return undirected(
            from_edges(self.train[:, 1] + self.users, self.train[:, 0], self.users + self.items)
        ).with_weight(None)

    def describe(self) -> list[str]:
        """Sentences about how genwright understood the data."""
        share = len(self.train) / (self.users * self.items)
        return [
            f"{self.users:,} users, {self.items:,} items, {len(self.train):,} pairs to learn from ({share:.3%} of all)",
            *self.notes,
        ]

    @property
    def hash(self) -> str:
        digest = hashlib.blake2b(f"{self.users} {self.items}".encode(), digest_size=16)
        for part in (self.train, self.test):
            digest.update(part.contiguous().numpy().tobytes())
        return digest.hexdigest()
