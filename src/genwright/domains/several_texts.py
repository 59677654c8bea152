"""An item's texts: one, or one and others that may stand in its place, such as five captions of an image."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np


class Texts(str):
    """The first of several texts of an item, an ordinary str, which also carries `others`."""

    others: tuple[str, ...]

    def __new__(cls, texts: Iterable[str]):
        first, *others = texts
        own = super().__new__(cls, first)
        own.others = tuple(others)
        return own


def texts_of(texts: Iterable[str]) -> str | None:
    """What an item is given of its texts, each once: None where none says anything, one as it is, several as
    `Texts`."""
    there = list(dict.fromkeys(text for text in texts if text.strip()))
    return Texts(there) if len(there) > 1 else there[0] if there else None


def in_array(texts: Sequence[str | None]) -> np.ndarray:
    """(n,) objects, in which numpy keeps `Texts`."""
    found = np.full(len(texts), None, object)
    found[:] = texts
    return found


def several(text: str | None) -> tuple[str, ...]:
    """Every text of an item, the first first; none where it has none."""
    return () if text is None else (text, *getattr(text, "others", ()))
