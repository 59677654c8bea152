"""A text: what an item is given with in words, such as a caption."""

import warnings
from collections import Counter
from collections.abc import Sequence
from itertools import chain

import numpy as np
import pandas as pd
from torch import Tensor

from ...core.spec import Category
from ...core.trainable import Alternatives
from ..alphabets import Words
from ..tables.fit_column import is_free_text
from .captions import Captions, plain_texts
from .field import Field, one_or_each


class Text(Field):
    """A condition that is a text. A text is lower case when it comes back.

    Args:
        name: Name of the condition.
        captions: how texts become tokens, the leaf of which the field has.
    """

    kind = "text"

    def __init__(self, name: str, captions: Captions):
        super().__init__(name, captions.leaf)
        self.captions = captions

    @classmethod
    def suits(cls, cells: pd.Series) -> bool:
        return is_free_text(cells)

    @classmethod
    def fit(cls, name: str, cells: pd.Series) -> "Text":
        return cls(name, Captions.fit(cells, name))

    def encode(self, values: object, n: int) -> Tensor:
        texts = one_or_each(self.name, values, n)
        if cut_count := self.captions.cut(texts):
            warnings.warn(cut_count, stacklevel=2)
        return self.captions.encode(texts).expand(n, -1)

    def carried(self, values: object, n: int) -> Tensor:
        return self.captions.encode(values)

    def alternatives(self, values: Sequence, column: int) -> Alternatives | None:
        return self.captions.alternatives(values, column)

    def decode(self, columns: Tensor, seed: int | None) -> np.ndarray | None:
        texts = self.captions.decode(columns)
        return texts if any(texts) else None

    def describe(self) -> str:
        return f"given: `{self.name}`, {self.captions.describe()}"

    def remarks(self, values: Sequence) -> list[str]:
        of_each = [set(plain_texts([value], self.name)) for value in values]
        captioned, many = sum(map(bool, of_each)), [len(texts) for texts in of_each if len(texts) > 1]
        shared_count = sum(count > 1 for count in Counter(chain.from_iterable(of_each)).values())
        respelled, notes = self.captions.words.spelled(chain.from_iterable(of_each)), []
        if captioned < len(of_each):
            notes.append(f"{captioned:,} of {len(of_each):,} items have a `{self.name}`")
        if many:
            have_words = "items have" if len(many) > 1 else "item has"
            notes.append(
                f"{len(many):,} {have_words} more than one `{self.name}`, {sum(many):,} in all: each batch shows "
                "one of them"
            )
        if shared_count:
            are = "texts are" if shared_count > 1 else "text is"
            notes.append(f"{shared_count:,} `{self.name}` {are} shared by several items")
        if respelled:
            are = "words are" if len(respelled) > 1 else "word is"
            notes.append(f"{len(respelled):,} `{self.name}` {are} spelled byte by byte, such as {respelled[0]!r}")
        return notes + [cut_note for cut_note in [self.captions.cut(values)] if cut_note]

    def to_json(self) -> dict:
        return {"words": self.captions.words.to_json()}

    @classmethod
    def from_json(cls, name: str, leaf: Category, record: dict) -> "Text":
        return cls(name, Captions(Words.from_json(record["words"]), name))
