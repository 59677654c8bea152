"""Data: one person's items, understood by a domain and split once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable

from torch import Tensor

from .domains.domain import Domain


@dataclass
class Data:
    """Items in three parts. Early stopping sees `valid`, rulers see `test`, models learn from `train`.

    items: {"train" | "valid" | "test": items in the user's form}. hash: of the content, so that a run can refuse other data.
    source: what `load_data` was given, as text. log_density: the true log density (n,) of items, where it is known (toys).
    licence: of named data, for the report.
    """

    name: str
    domain: Domain
    items: dict[str, Any]
    hash: str
    source: str = ""
    licence: str = ""
    log_density: Callable | None = None
    _tensors: dict[str, tuple[Tensor, Tensor]] = field(default_factory=dict, repr=False)

    @property
    def train(self) -> Any:
        return self.items["train"]

    @property
    def valid(self) -> Any:
        return self.items["valid"]

    @property
    def test(self) -> Any:
        return self.items["test"]

    def tensors(self, part: str) -> tuple[Tensor, Tensor]:
        """x: (n, *spec.shape) (uint8 for pictures, float32 for rows), given: (n, G) of one part, encoded once."""
        if part not in self._tensors:
            self._tensors[part] = self.domain.encode(self.items[part])
        return self._tensors[part]
