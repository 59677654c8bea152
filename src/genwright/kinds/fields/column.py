"""Fields of one cell an item: a label, one of a set of the user's own names, or a column beside the items, which is
read as a column of a table is (a number, a category or a date).
"""

import warnings
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...core.errors import GivenError, list_some
from ...core.spec import Category
from ..tables.column_marginals import category_marginal
from ..tables.domain import Tables
from ..values.conditions import Names, Variable
from ..values.corrections import Corrections
from .field import Field, one_or_each

DESCRIBED_LABELS, ERROR_LABELS = 10, 20  # names that are listed in a description, and in an error


def sort_names(labels: Iterable) -> list:
    """Sorts distinct labels as plain ints or strings, without None; numerals by their numbers."""
    names = np.unique([label for label in labels if label is not None]).tolist()
    return sorted(names, key=lambda name: (0, int(name), "") if str(name).isdecimal() else (1, 0, str(name)))


class Label(Field):
    """A condition with names for values. Raises ValueError where there is not one name for each code.

    Args:
        name: Name of the condition.
        leaf: a Category whose marginal holds the frequencies of the training items.
        labels: the names, texts or whole numbers, in the order of their codes.
    """

    kind = "label"

    def __init__(self, name: str, leaf: Category, labels: Sequence):
        super().__init__(name, leaf)
        if len(labels) != leaf.levels:
            raise ValueError(f"there are as many names of {name!r} as codes")
        self.labels = list(labels)
        self._codes = {str(label): code for code, label in enumerate(labels)}

    @classmethod
    def from_values(cls, name: str, labels: Sequence, values: Iterable) -> "Label":
        """Makes the field of some labels.

        Args:
            name: Name of the condition.
            labels: every name there is.
            values: Values of the training items, None for one without.
        """
        codes = {str(label): code for code, label in enumerate(labels)}
        known = [codes[str(value)] for value in values if value is not None]
        counts = np.bincount(np.array(known, int), minlength=len(labels))
        return cls(name, Category(len(labels), marginal=category_marginal(counts, 0.0)), labels)

    @property
    def own_texts(self) -> frozenset[str]:
        return frozenset(label for label in self.labels if isinstance(label, str))

    @property
    def variable(self) -> Names:
        return Names(self.name, tuple(self.labels))

    def encode(self, values: object, n: int) -> Tensor:
        codes = [self._code(value) for value in one_or_each(self.name, values, n)]
        return torch.tensor(codes, dtype=torch.float32)[:, None].expand(n, 1)

    def carried(self, values: Sequence, n: int) -> Tensor:
        """Returns labels that the model does not know are left out, with a warning."""
        texts, known = list(map(_text, one_or_each(self.name, values, n))), {None, *self._codes}
        if unknown_labels := [text for text in texts if text not in known]:
            names = list_some(list(dict.fromkeys(unknown_labels)), DESCRIBED_LABELS)
            omission = f"{self.name} left out of {len(unknown_labels):,} of {n:,} items, unknown to this model: {names}"
            warnings.warn(omission, stacklevel=2)
        return self.encode([text if text in self._codes else None for text in texts], n)

    def decode(self, columns: Tensor, seed: int | None) -> np.ndarray | None:
        codes = columns[:, 0].cpu().numpy()
        is_missing = np.isnan(codes)
        if is_missing.all():
            return None
        values = np.array(self.labels)[np.nan_to_num(codes).astype(int)]
        return np.where(is_missing, None, values.astype(object)) if is_missing.any() else values

    def describe(self) -> str:
        return f"given: `{self.name}`, {len(self.labels)} values: {self._list_labels(DESCRIBED_LABELS)}"

    def to_json(self) -> dict:
        return {"labels": self.labels}

    @classmethod
    def from_json(cls, name: str, leaf: Category, record: dict) -> "Label":
        return cls(name, leaf, record["labels"])

    def _code(self, value: object) -> float:
        if (text := _text(value)) is None:
            return torch.nan
        if text not in self._codes:
            known = self._list_labels(ERROR_LABELS)
            raise GivenError(f"{self.name} {value!r} is unknown to this model: it knows {known}")
        return self._codes[text]

    def _list_labels(self, count: int) -> str:
        return ", ".join(map(str, self.labels[:count])) + ", ..." * (len(self.labels) > count)


def _text(value: object) -> str | None:
    """A label as text, None for one that is left out: None or NaN."""
    if value is None or value != value:
        return None
    return str(int(value)) if isinstance(value, (float, np.floating)) and value == int(value) else str(value)


class Column(Field):
    """A condition that is a column of a table.

    Args:
        table: Table of this column alone, which is given in it.
    """

    kind = "column"

    def __init__(self, table: Tables):
        ((name, leaf),) = table.given.leaves
        super().__init__(name, leaf)
        self.table = table

    @classmethod
    def from_column(
        cls, other_columns: pd.DataFrame, train: np.ndarray, corrections: Corrections = Corrections()
    ) -> "Column":
        """Makes the field of a column of a table. Raises DataError for a column that can condition no model.

        Args:
            train: (n,) bool, the rows to learn from.
            corrections: what a person said of it.
        """
        return cls(Tables.fit_given_columns(other_columns[train], other_columns, corrections))

    @property
    def own_texts(self) -> frozenset[str]:
        return self.table.own_texts[self.name]

    @property
    def variable(self) -> Variable:
        return self.table.givens[0]

    def encode(self, values: object, n: int) -> Tensor:
        return self.table.encode_given({self.name: values}, n)

    def carried(self, values: object, n: int) -> Tensor:
        """Returns labels that the training items lack have no code, and are left out."""
        return self.table.encode(pd.DataFrame({self.name: values}))[1]

    def decode(self, columns: Tensor, seed: int | None) -> np.ndarray:
        return self.table.decode(torch.zeros(len(columns), 0), columns, seed)[self.name].to_numpy()


def columns_to_json(columns: Sequence[Column]) -> dict:
    """Writes all columns as one table."""
    tables = [column.table for column in columns]
    missing = {name: words for table in tables for name, words in table.missing.items()}
    all_columns = [column for table in tables for column in table.columns]
    return Tables(all_columns, [column.name for column in columns], missing, tables[0].written).to_json()


def columns_from_json(record: dict) -> list[Column]:
    return [Column(table) for table in Tables.from_json(record).split_columns()]
