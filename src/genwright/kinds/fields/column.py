"""A column beside the items, read as a column of a table is: a number, a category or a date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ..tables.domain import Tables
from .field import Field


class Column(Field):
    """table: of this column alone, which is given in it."""

    kind = "column"

    def __init__(self, table: Tables):
        ((name, leaf),) = table.given.leaves
        super().__init__(name, leaf)
        self.table = table

    @classmethod
    def from_column(cls, beside: pd.DataFrame, train: np.ndarray) -> Column:
        """Field of the only column of a table. train: (n,) bool, the rows to learn from. Raises DataError for a column
        that can condition no model."""
        return cls(Tables.fit_given_columns(beside[train], beside))

    def encode(self, values: Any, n: int) -> Tensor:
        return self.table.encode_given({self.name: values}, n)

    def carried(self, values: Any, n: int) -> Tensor:
        """Labels that the training items lack have no code, and are left out."""
        return self.table.encode(pd.DataFrame({self.name: values}))[1]

    def decode(self, columns: Tensor, seed: int | None) -> np.ndarray:
        return self.table.decode(torch.zeros(len(columns), 0), columns, seed)[self.name].to_numpy()


def columns_to_json(columns: Sequence[Column]) -> dict:
    """All columns as one table."""
    tables = [column.table for column in columns]
    missing = {name: words for table in tables for name, words in table.missing.items()}
    every = [column for table in tables for column in table.columns]
    return Tables(every, [column.name for column in columns], missing, tables[0].written).to_json()


def columns_from_json(record: dict) -> list[Column]:
    return [Column(table) for table in Tables.from_json(record).split_columns()]
