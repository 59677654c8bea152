"""A kind of field of a test's own: tags in one cell, such as `;round;red;`, and `;` for none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from genwright.core.errors import GivenError
from genwright.core.spec import Leaf, Real
from genwright.kinds.fields.field import Field, one_or_each
from genwright.kinds.fields.fields import register_field


class Tags(Field):
    """1 for each of the `tags` that an item has, 0 for the others."""

    kind = "tags"

    def __init__(self, name: str, tags: Sequence[str]):
        super().__init__(name, Real((len(tags),)))
        self.tags = list(tags)

    @classmethod
    def suits(cls, cells: pd.Series) -> bool:
        return cells.dropna().map(lambda cell: isinstance(cell, str) and ";" in cell).all()

    @classmethod
    def fit(cls, name: str, cells: pd.Series) -> Tags:
        return cls(name, sorted({tag for cell in cells.dropna() for tag in cell.split(";") if tag}))

    def encode(self, values: Any, n: int) -> Tensor:
        rows = [self._row(value) for value in one_or_each(self.name, values, n)]
        return torch.tensor(rows).reshape(-1, len(self.tags)).expand(n, -1)

    def decode(self, columns: Tensor, seed: int | None) -> np.ndarray:
        absent = columns.isnan().any(1).tolist()
        cells = [joined(tag for tag, there in zip(self.tags, row) if there > 0.5) for row in columns.tolist()]
        return np.array([None if gone else cell for gone, cell in zip(absent, cells)], object)

    def describe(self) -> str:
        return f"given: `{self.name}`, any of {', '.join(self.tags)}"

    def to_json(self) -> dict:
        return {"tags": self.tags}

    @classmethod
    def from_json(cls, name: str, leaf: Leaf, record: dict) -> Tags:
        return cls(name, record["tags"])

    def _row(self, value: Any) -> list[float]:
        if not isinstance(value, str):
            return [torch.nan] * len(self.tags)
        here = [tag for tag in value.split(";") if tag]
        if unknown := [tag for tag in here if tag not in self.tags]:
            raise GivenError(f"{self.name} has no tag {unknown[0]!r}: use some of {', '.join(self.tags)}")
        return [float(tag in here) for tag in self.tags]


def joined(tags: Iterable[str]) -> str:
    return ";" + "".join(f"{tag};" for tag in tags)


def register() -> None:
    register_field(Tags)
