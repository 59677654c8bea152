"""Kinds of nodes, or of edges, by the names that their attribute has."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

SHOWN_KINDS = 8  # kinds that a description names


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

    def select(self, attributes: dict) -> dict:
        """This attribute alone, of those that a node or an edge has. Raises KeyError if it is missing, and ValueError,
        with the value, for an unknown type."""
        if not self:
            return {}
        value = plain(attributes[self.name])
        if value not in self.codes:
            raise ValueError(value)
        return {self.name: value}

    def describe(self, what: str) -> str:
        few = ", ".join(str(value) for value in self.values[:SHOWN_KINDS]) + (
            ", ..." if len(self.values) > SHOWN_KINDS else ""
        )
        return f"{what} of {len(self.values)} kinds by {self.name!r}: {few}"

    def to_json(self) -> dict:
        return {"name": self.name, "values": list(self.values)}

    @classmethod
    def from_json(cls, record: dict | None) -> Kinds:
        return ALIKE if record is None else cls(record["name"], tuple(record["values"]))


ALIKE = Kinds()


def plain(value: object) -> object:
    """A number of NumPy as Python's own."""
    return value.item() if isinstance(value, np.generic) else value
