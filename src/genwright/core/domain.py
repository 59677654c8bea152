"""What the domains of models and those of predictors have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from .spec import Spec


class BaseDomain(ABC):
    """A fitted description of one person's data. kind and task are names of the registry."""

    kind: ClassVar[str]  # of data
    task: str
    given: Spec = Spec(())  # leaves of the variables that models are conditioned on, possibly none
    viewed: ClassVar[str] = ""  # suffix of a file of samples, which people look at; "" where there are none

    @property
    def reads(self) -> Any:
        """The domain that items are read for, where they stand alone: files of images are brought to its size."""
        return self

    def describe(self) -> list[str]:
        """Sentences about how genwright understood the data, printed before training."""
        return []

    def details(self, parts: dict[str, Any]) -> list[str]:
        """More of the items of all parts than `describe` says, line by line, where there is more."""
        return []

    def try_out(self) -> None:
        """Use the domain as far as its record alone allows: any error says that the record is damaged."""

    @abstractmethod
    def to_json(self) -> dict:
        """Everything needed to rebuild the domain: the content of `domain.json`."""

    @classmethod
    @abstractmethod
    def from_json(cls, record: dict) -> BaseDomain:
        """The domain that `to_json` described. A damaged record raises any error, which the caller makes a RunError."""
