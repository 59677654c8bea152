"""Tables whose columns a person described, and the privacy that models of them must keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from ...core.errors import GivenError
from ...core.type_names import UserItems
from ...kinds.tables.columns import Labels, Number, column_from_json, column_to_json
from ...kinds.tables.domain import Tables
from ..privacy.accountant import Budget
from .kind import NAME

if TYPE_CHECKING:
    from torch import Tensor

MISSING = "missing cells of training rows"  # begins a line on cells that were counted


class PrivateTables(Tables):
    """Columns as a person described them: no range, label, rule or number here is read from the rows.

    Args:
        columns: numbers on lattices, and labels.
        budget: epsilon and delta that a model of the rows may take.
    """

    kind = NAME

    def __init__(self, columns: Sequence[Number | Labels], budget: Budget):
        super().__init__(columns)
        self.budget = budget

    def encode(self, items: UserItems) -> tuple[Tensor, Tensor]:
        """Encodes rows; a number beyond its range counts as its end, and an unknown label as missing, or as the first
        one where no cell may be missing."""
        x = torch.tensor(self._numbers(self._frame(items), self.modelled))
        for j, column in enumerate(self.modelled):
            x[:, j] = x[:, j].clamp(0, column.leaf.levels - 1)
            if not column.leaf.optional:
                x[:, j] = x[:, j].nan_to_num(0.0)
        return x, torch.zeros(len(x), 0)

    def encode_given(self, given: dict, n: int) -> Tensor:
        if given:
            raise GivenError(f"private models know no conditions: leave '{min(given)}' out")
        return torch.zeros(n, 0)

    def describe(self) -> list[str]:
        lines = [line for line in super().describe() if not line.startswith(MISSING)]  # which nobody knows of the rows
        promise = f"epsilon {self.budget.epsilon:g} and delta {self.budget.delta:g} for each row"
        return [*lines, f"models learn with differential privacy: {promise}"]

    def to_json(self) -> dict:
        return {
            "domain": self.kind,
            "columns": [column_to_json(column) for column in self.columns],
            "epsilon": self.budget.epsilon,
            "delta": self.budget.delta,
        }

    @classmethod
    def from_json(cls, record: dict) -> PrivateTables:
        columns = [column_from_json(column) for column in record["columns"]]
        return cls(columns, Budget(record["epsilon"], record["delta"]))
