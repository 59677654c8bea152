"""Kinds of nodes, or of edges: which attribute says them, and which there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.errors import DataError

NONE = "none"  # named in the place of an attribute: all are alike
FEW, MOST = 32, 120  # kinds of an attribute that is taken unasked, and of any: a network has columns for each
WEIGHT = "weight"  # is a number, whatever it looks like, unless it is asked for
SHOWN = 8  # kinds that a description names


@dataclass(frozen=True)
class Kinds:
    """name: the attribute. values: all of one type (str, int or bool), in the order of their numbers. Without either,
    all nodes, or edges, are alike."""

    name: str = ""
    values: tuple = ()
    codes: dict = field(init=False, compare=False, repr=False)

    def __post_init__(self):
        object.__setattr__(self, "codes", {value: code for code, value in enumerate(self.values)})

    def __bool__(self) -> bool:
        return bool(self.name)

    @property
    def k(self) -> int:
        return max(1, len(self.values))

    def of(self, attributes: dict) -> dict:
        """This attribute alone, of those that a node or an edge has. Raises KeyError where it is missing, ValueError,
        with the value, where it is none of these kinds."""
        if not self:
            return {}
        value = _plain(attributes[self.name])
        if value not in self.codes:
            raise ValueError(value)
        return {self.name: value}

    def told(self, what: str) -> str:
        few = ", ".join(str(value) for value in self.values[:SHOWN]) + (", ..." if len(self.values) > SHOWN else "")
        return f"{what} of {len(self.values)} kinds by {self.name!r}: {few}"

    def to_json(self) -> dict:
        return {"name": self.name, "values": list(self.values)}

    @classmethod
    def from_json(cls, record: dict | None) -> Kinds:
        return ALIKE if record is None else cls(record["name"], tuple(record["values"]))


ALIKE = Kinds()


def find_kinds(graphs: Sequence[Any], what: str, asked: str | None) -> tuple[Kinds, list[str]]:
    """Of all nodes, or edges, of graphs of NetworkX, and notes. what: "nodes" or "edges". asked: the attribute, NONE
    for no kinds; by default the only one that each of them has and whose values are 2 to FEW words, whole numbers or
    flags.

    Raises DataError for an attribute that is asked for and is not there, or has other values or more than MOST.
    """
    if asked == NONE:
        return ALIKE, []
    option, seen, often, count = f"{what[:-1]}_kind", {}, {}, 0
    for graph in graphs:
        for *_, attributes in getattr(graph, what).data():
            count += 1
            for name, value in attributes.items():
                if isinstance(name, str):
                    often[name] = often.get(name, 0) + 1
                    values = seen.setdefault(name, set())
                    if len(values) <= MOST:
                        value = _plain(value)
                        values.add((type(value), value if type(value) in (str, int, bool) else None))
    if asked is not None:
        return _asked(asked, what, often.get(asked, 0), count, seen.get(asked, set())), []
    found = [
        name
        for name, values in seen.items()
        if often[name] == count and 2 <= len(values) <= FEW and name != WEIGHT and _of_one_type(values)
    ]
    if len(found) > 1:
        names = ", ".join(map(repr, found))
        return ALIKE, [f"{what} have {names}, any of which may be their kind: name one by {option}"]
    if not found:
        return ALIKE, []
    return _kinds(found[0], seen[found[0]]), []


def _asked(name: str, what: str, often: int, count: int, values: set) -> Kinds:
    option = f"{what[:-1]}_kind"
    if often < count or not count:
        raise DataError(
            f"{option}={name!r} is an attribute of {often:,} of {count:,} {what}: name one that all of them have, or "
            f"{NONE!r}"
        )
    if not _of_one_type(values):
        raise DataError(
            f"{option}={name!r} is not a word, a whole number or a flag of each of the {what}: name another"
        )
    if len(values) > MOST:
        raise DataError(f"{option}={name!r} has more than {MOST} values: join some, or name another attribute")
    return _kinds(name, values)


def _of_one_type(values: set) -> bool:
    return len({kind for kind, _ in values}) == 1 and all(kind in (str, int, bool) for kind, _ in values)


def _kinds(name: str, values: set) -> Kinds:
    return Kinds(name, tuple(sorted(value for _, value in values)))


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
