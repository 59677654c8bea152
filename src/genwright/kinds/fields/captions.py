"""Captions: texts as conditions of items, encoded as codes of a table of words; and captions that say something
else with the same words, two colours swapped or a relation reversed. A reader that takes a caption for a bag of its
words cannot tell the two apart (Yuksekgonul 2023).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...core.errors import GivenError
from ...core.graph import offsets
from ...core.ragged import Ragged
from ...core.spec import Category
from ...core.trainable import Alternatives
from ..alphabets import BYTES, Words
from ..values.several_texts import several, shares_of

LONGEST = 64  # codes of a caption, beside its end


class Captions:
    """Captions in lower case, words apart by one space; those that say nothing are none.

    Args:
        words: the table.
        text_name: what messages call a caption. leaf: of what is given, codes of the table, then END and PAD.
    """

    def __init__(self, words: Words, text_name: str = "caption"):
        self.words, self.called = words, text_name
        self.leaf = Category(words.k + 2, shape=(LONGEST + 1,), axis="sequence", ends=True)

    @classmethod
    def fit(cls, captions: Iterable[str | None], text_name: str = "caption") -> "Captions":
        """Learns the words of training captions."""
        return cls(Words.fit(plain_texts(captions, text_name)), text_name)

    def encode(self, captions: Sequence[str | None]) -> Tensor:
        """Encodes captions (n,) as tokens (n, T), cut where they are too long, NaN where there is none. Raises
        GivenError for what is no text."""
        codes = np.full((len(captions), *self.leaf.shape), np.nan, np.float32)
        for row, caption in zip(codes, captions):
            if text := plain(caption, self.called):
                tokens = [*self.words.encode(text)[:LONGEST], self.leaf.end]
                row[:] = self.leaf.pad
                row[: len(tokens)] = tokens
        return torch.from_numpy(codes)

    def cut(self, captions: Iterable[str | None]) -> str:
        """Describes in a sentence the captions that are too long; "" where there are none."""
        count = sum(len(self.words.encode(text)) > LONGEST for text in plain_texts(captions, self.called))
        return f"{count:,} {self.called}{'s' * (count > 1)} of more than {LONGEST} tokens cut there" if count else ""

    def alternatives(self, captions: Sequence[str | None], column: int) -> Alternatives | None:
        """Returns the captions (n,) beside the first of each item, None where there are none.

        Args:
            column: see `Alternatives`.
        """
        other_captions = [several(caption)[1:] for caption in captions]
        if not any(other_captions):
            return None
        ptr = offsets(torch.tensor([len(texts) for texts in other_captions]))
        shares = torch.tensor([share for caption in captions for share in shares_of(caption)[1:]])
        values = self.encode(list(chain.from_iterable(other_captions)))
        return Alternatives(Ragged(values, ptr), Ragged(shares[:, None], ptr), column)

    def decode(self, codes: Tensor) -> np.ndarray:
        """Decodes tokens (n, T) to texts (n,), None where there is none."""
        texts = np.full(len(codes), None, object)
        for i, row in enumerate(codes.cpu().numpy()):
            if not np.isnan(row).any():
                texts[i] = self.words.decode(int(code) for code in row if code < self.leaf.end)
        return texts

    def describe(self) -> str:
        return f"texts, with {self.words.k - BYTES:,} words seen twice or more; others are spelled"


def plain_texts(captions: Iterable[str | None], text_name: str = "caption") -> Iterator[str]:
    """Normalises every caption of every item as captions are encoded."""
    return (text for caption in captions for wording in several(caption) if (text := plain(wording, text_name)))


def plain(caption: object, text_name: str = "caption") -> str | None:
    """Normalises a caption as it is encoded. Returns None for one that is missing or empty. Raises GivenError for what
    is no text.

    Args:
        text_name: Name of the condition, for messages.
    """
    if caption is None or caption is pd.NA or caption != caption:
        return None
    if not isinstance(caption, str):
        raise GivenError(f"{text_name} {caption!r} is of type {type(caption).__name__}: give a text")
    return " ".join(caption.lower().split()) or None


COLOURS = (
    "black", "white", "grey", "gray", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "violet",
    "turquoise", "beige", "gold", "golden", "silver", "cyan", "magenta",
)  # fmt: skip
OPPOSITES = (
    ("left of", "right of"),
    ("to the left", "to the right"),
    ("above", "below"),
    ("over", "under"),
    ("on top of", "underneath"),
    ("in front of", "behind"),
    ("inside", "outside"),
    ("before", "after"),
)
_OPPOSITE_WORDS = {a: b for pair in OPPOSITES for a, b in (pair, pair[::-1])}


def _word_pattern(words) -> re.Pattern:
    """Longer ones first, so that `golden` is not read as `gold`."""
    return re.compile(rf"\b(?:{'|'.join(sorted(words, key=len, reverse=True))})\b")


_COLOUR, _RELATION = _word_pattern(COLOURS), _word_pattern(_OPPOSITE_WORDS)


def swapped_colours(text: str) -> str | None:
    """Returns a caption in lower case with its first two colours swapped, None where it has no two that differ."""
    first, *other_colours = [*_COLOUR.finditer(text)] or [None]
    other_pair = next((pair for pair in other_colours if pair[0] != first[0]), None)
    if other_pair is None:
        return None
    return "".join(
        (
            text[: first.start()],
            other_pair[0],
            text[first.end() : other_pair.start()],
            first[0],
            text[other_pair.end() :],
        )
    )


def reversed_relation(text: str) -> str | None:
    """Returns a caption in lower case with its first relation turned round, None where it has none."""
    match = _RELATION.search(text)
    return None if match is None else f"{text[: match.start()]}{_OPPOSITE_WORDS[match[0]]}{text[match.end() :]}"


SWAPS = {"colours": swapped_colours, "relation": reversed_relation}
