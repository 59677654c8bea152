"""A field: one variable that items are given with, such as a label, a number, a text or a smaller image."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ...core.errors import GivenError
from ...core.spec import Leaf

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

    from ...core.trainable import Alternatives
    from ..values.conditions import Variable


class Field(ABC):
    """Turns the values of a variable into the columns of one leaf of the given Spec, and back.

    Args:
        name: the user's own.
        leaf: what its columns hold, of any shape. NaN in all columns means that an item has no value.
    """

    kind: ClassVar[str]  # the name of the class in `domain.json`

    def __init__(self, name: str, leaf: Leaf):
        self.name, self.leaf = name, leaf

    @property
    def own_texts(self) -> frozenset[str]:
        """Returns the texts that are its values, if it has a set of them."""
        return frozenset()

    @property
    def variable(self) -> "Variable | None":
        """How its values are compared, where a condition may be on them; None for texts and images."""
        return None

    @property
    def width(self) -> int:
        """The number of columns of the given row."""
        return prod(self.leaf.shape)

    @classmethod
    def suits(cls, cells: "pd.Series") -> bool:
        """Tells whether a column of values beside the items becomes such a field. By default only a domain
        makes one."""
        return False

    @classmethod
    def fit(cls, name: str, cells: "pd.Series") -> "Field":
        """Returns the field of a column that it suits.

        Args:
            name: Name of the condition.
            cells: Cells of the training items.
        """
        raise NotImplementedError(f"no column becomes a field of the kind {cls.kind!r}")

    @abstractmethod
    def encode(self, values: object, n: int) -> "Tensor":
        """Encodes one value for all items, or n values: (n, width).

        Raises GivenError for an unknown value, and for neither one value nor n."""

    def carried(self, values: object, n: int) -> "Tensor":
        """Encodes n values that items carry beside themselves."""
        return self.encode(values, n)

    def alternatives(self, values: Sequence, column: int) -> "Alternatives | None":
        """Returns the values (n,) that items carry beside the first one each, None where there are none.

        Args:
            column: where the field begins in the given row.
        """
        return None

    def derived(self, x: "Tensor") -> "Tensor | None":
        """Computes the field from encoded items x, (n, width); None for a field that the items do not determine."""
        return None

    @abstractmethod
    def decode(self, columns: "Tensor", seed: int | None) -> np.ndarray | None:
        """Decodes columns (n, width) to values (n,), None for an item without one; None instead of them where no item
        has one.

        Args:
            seed: Seed of the draw that the columns belong to.
        """

    def agreed(self, x: "Tensor", columns: "Tensor") -> "Tensor":
        """Items x before they are decoded, moved so that they agree with their given columns (n, width)."""
        return x

    def describe(self) -> str:
        """Describes the field in a sentence, "" where the name says all."""
        return ""

    def remarks(self, values: Sequence) -> list[str]:
        """Describes the values of all items: how many are missing, or do not fit."""
        return []

    def to_json(self) -> dict:
        """Returns the record that `from_json` needs beside the name and the leaf."""
        return {}

    @classmethod
    def from_json(cls, name: str, leaf: Leaf, record: dict) -> "Field":
        """Returns the field that `to_json` described. A damaged record raises any error.

        Args:
            name: Name of the condition.
            leaf: Leaf of the spec.
        """
        return cls(name, leaf)


def one_or_each(name: str, values: object, n: int) -> np.ndarray:
    """Returns one value of a variable, (1,), or one for each item, (n,). Raises GivenError for another number of them.

    Args:
        name: Name of the condition.
        n: Number of items.
    """
    value_list = np.asarray(values, dtype=object).reshape(-1)
    require_one_or_each(name, len(value_list), n)
    return value_list


def require_one_or_each(name: str, count: int, n: int) -> None:
    if count not in (1, n):
        raise GivenError(f"given {name} holds {count} values for {n} items: pass one, or one for each item")
