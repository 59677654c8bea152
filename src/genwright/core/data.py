"""Data: one person's items, understood by a domain and split once."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .account import Account
from .domain import Question
from .errors import DataError, briefly, expect_unseen
from .files import write_whole
from .safe_text import csv_bytes
from .spec import Category
from .type_names import Options, UserItems, Values

if TYPE_CHECKING:
    from torch import Tensor

    from .domain import BaseDomain
    from .trainable import Items

DrawnByCode = Callable[[Sequence[int]], UserItems]  # a generator with a seed: (k,) numbers of items -> these items

IMBALANCED = 2  # times as many items in the commonest class as in the rarest: then their counts are told
SHOWN_CLASSES = 12  # classes with their counts
SHOWN_QUESTIONS = 2  # where the name of data is typed
RESERVED_PART = "apart"  # a part of validation that neither trains nor stops a predictor, which is judged by it


class Whole(ABC):
    """The data before a task makes items of it: a graph, or users with the items that they took.

    Args:
        name: As in `Data`.
        kind: Kind of data, by its name in the registry.
        default_task: Task that is learned where none is named, by its name in the registry.
        hash: Hash of everything that is learned from.
        source: As in `Data`.
        licence: As in `Data`.
        options: As in `Data`.
        account: As in `Data`.
    """

    name: str
    kind: str
    default_task: str
    hash: str
    source: str
    licence: str
    options: Options
    account: Account

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {self.name}; {briefly('; '.join(self.describe()), 400)}"

    @abstractmethod
    def describe(self) -> list[str]:
        """Describes in sentences how the data were read."""


@dataclass
class Data:
    """Items in three parts: models learn from `train`, early stopping looks at `valid`, and metrics look at `test`.

    Args:
        name: Name of the data.
        domain: The description of the data, which translates between the person's form and tensors.
        items: {"train" | "valid" | "test": items in the person's form}. For a task on a whole, they are numbers of
            nodes, graphs or pairs.
        content: Hash of the content, or a function that computes it when it is needed.
        source: The name or path that `load_data` was given, "" for an object.
        licence: Licence of named data, for the report.
        log_density: The true log density (n,) of items, if it is known (toy data).
        options: Options of `load_data` by name, and the sheet that it chose, so that a run can record them.
        notes: Sentences about the split.
        settled: Whether the source, or time, determines the test items.
        protocol: How the test items were chosen, a few words beside a figure; "" if all figures for such data use
            one protocol.
        whole: The graph or interactions that the items are part of, None if items stand alone.
        context: What surrounds the items of a task, if the domain has computed it.
        encoded: Parts as tensors, if they were encoded already.
        unreadable: A row (where, text, why) for each item that could not be read, if the kind leaves such items
            out.
        questions: Questions about the data, each with the options that answer it.
        examples: A few items, one line each, for people.
        rule: Name of the rule that checks whether an image shows its caption, "" without one.
        account: What the reader used of the source, and what it did not.
        drawn: Training items of any numbers (k,), where code draws them: those below n are `train` itself. Training
            shows others at each pass. Default: None.
    """

    name: str
    domain: "BaseDomain"
    items: dict[str, UserItems]
    content: str | Callable[[], str]
    source: str = ""
    licence: str = ""
    log_density: Callable | None = None
    options: Options = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    settled: bool = False
    protocol: str = ""
    whole: Whole | None = None
    context: object = None
    encoded: "dict[str, Items]" = field(default_factory=dict, repr=False)
    unreadable: pd.DataFrame | None = field(default=None, repr=False)
    questions: list[Question] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)
    rule: str = ""
    account: Account = field(default_factory=Account)
    drawn: DrawnByCode | None = field(default=None, repr=False)

    @cached_property
    def hash(self) -> str:
        """Hash of the content, by which a run recognises other data."""
        return self.content if isinstance(self.content, str) else self.content()

    @property
    def kind(self) -> str:
        """Kind of data, by its name in the registry."""
        return self.domain.kind

    @property
    def task(self) -> str:
        """Name of the task in the registry."""
        return self.domain.task

    @property
    def train(self) -> UserItems:
        """Training items, in the form in which they were given."""
        return self.items["train"]

    @property
    def valid(self) -> UserItems:
        """Validation items, in the form in which they were given."""
        return self.items["valid"]

    @property
    def test(self) -> UserItems:
        """Test items, in the form in which they were given."""
        return self.items["test"]

    def tensors(self, part: str) -> "Items":
        """Returns the items of one part as tensors, encoded once. x: (n, *spec.shape), uint8 for images and float32 for
        rows; given: (n, G).

        For a task of prediction, x is the input and target holds the answers. Only training items carry alternatives:
        validation and metrics use the first values.

        Args:
            part: "train", "valid" or "test".
        """
        from .trainable import Items

        if part not in self.encoded:
            items, trains = self.items[part], part == "train"
            alternatives = self.domain.alternatives(items) if trains else None
            afresh = self._draw_afresh if trains and self.drawn is not None else None
            with expect_unseen():
                encoded = self.domain.encode(items)
            self.encoded[part] = Items(*encoded, running=self.domain.running, alternatives=alternatives, afresh=afresh)
        return self.encoded[part]

    def _draw_afresh(self, numbers: "Tensor") -> "Items":
        from .trainable import Items

        return Items(*self.domain.encode(self.drawn(numbers.tolist())))

    def learned(self, parts: Sequence[str]) -> "tuple[Items, Items, Items | None]":
        """Returns tensors of the items to learn from, those to validate on, and those that are set apart.

        A run that learns from validation items learns from those set apart too, and validates on none.

        Args:
            parts: Names of the parts to learn from.
        """
        from .trainable import join

        if "valid" not in parts:
            return self.tensors("train"), self.tensors("valid"), self.encoded.get(RESERVED_PART) or None
        encoded = [self.tensors(part) for part in parts]
        whole = join([*encoded, *([self.encoded[RESERVED_PART]] if RESERVED_PART in self.encoded else [])])
        return whole, whole[:0], None

    def values(self, part: str, name: str) -> Values:
        """Returns the values (n,) of a column, or of a condition of images, that the items of one part carry.

        Args:
            part: "train", "valid" or "test".
            name: Name of the column or condition.
        """
        return self.domain.values(self.items[part], name)

    def keys(self, part: str) -> np.ndarray:
        """Computes keys (n,) uint64 that are equal for items of one part that are equal, conditions included. The order
        of items does not matter.

        Args:
            part: "train", "valid" or "test".
        """
        return self.domain.keys(self.items[part])

    @property
    def sizes(self) -> dict[str, int]:
        """Counts the items of each part: {part: count}."""
        return {part: len(items) for part, items in self.items.items()}

    def write_unreadable(self, path: Path) -> Path:
        """Writes a CSV of the items that could not be read, and returns its path.

        Args:
            path: The file.

        Raises DataError if there are none.
        """
        if self.unreadable is None:
            raise DataError(f"nothing of {self.name} was left out that a table could list: leave --out out")
        return write_whole(path, csv_bytes(self.unreadable))

    def facts(self) -> list[str]:
        """Describes in sentences how the items, or the whole that they are part of, were read."""
        return (self.domain if self.whole is None else self.whole).describe()

    def describe(self) -> list[str]:
        """Describes in sentences how the data were read: facts, classes of unequal size, notes about the split,
        questions, sizes."""
        sizes = "{train:,} to train, {valid:,} to validate, {test:,} to test".format(**self.sizes)
        return [*self.facts(), *self._imbalances(), *self.notes, *map(str, self.questions), sizes]

    def __str__(self) -> str:
        """Name, kind, details (for a table, one line per column), examples, and the sentences of `describe`."""
        details = self.domain.details(self.items)
        return "\n".join([f"{self.name}: {self.kind}", *details, *self.examples, *self.describe()])

    def __repr__(self) -> str:
        sizes = ", ".join(f"{part} {size:,}" for part, size in self.sizes.items())
        question_texts = list(map(str, self.questions))
        remainder_line = [f"and {len(question_texts) - SHOWN_QUESTIONS:,} more questions: print(data)"] * (
            len(question_texts) > SHOWN_QUESTIONS
        )
        return "\n".join(
            [f"Data: {self.name}, {self.kind} ({sizes})", *question_texts[:SHOWN_QUESTIONS], *remainder_line]
        )

    def _repr_html_(self) -> str:
        first, *details = str(self).split("\n")
        return f"<b>{escape(first)}</b><pre>{escape(chr(10).join(details))}</pre>"

    def _imbalances(self) -> list[str]:
        """Training items of each class of a given category, where the commonest has twice those of the rarest."""
        lines = []
        for name, leaf in zip(self.domain.given.names, self.domain.given.columns):
            if not isinstance(leaf, Category) or leaf.shape:
                continue
            counts = pd.Series(self.values("train", name)).value_counts()
            if len(counts) and counts.iloc[0] >= IMBALANCED * counts.iloc[-1]:
                label_counts = [f"{value} {count:,}" for value, count in counts.items()]
                label_counts = (
                    label_counts
                    if len(label_counts) <= SHOWN_CLASSES
                    else [*label_counts[: SHOWN_CLASSES - 1], "...", label_counts[-1]]
                )
                lines.append(f"`{name}` is imbalanced in training: {', '.join(label_counts)}")
        return lines
