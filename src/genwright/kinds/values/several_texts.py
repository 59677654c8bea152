"""An item's texts: one, or one and others that may stand in its place, such as five captions of an image."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat

import numpy as np


class Texts(str):
    """The first of several texts of an item, an ordinary str, which also carries `others`, and of all of them the
    `shares` of training in which they are shown, which sum to 1."""

    others: tuple[str, ...]
    shares: tuple[float, ...]

    @classmethod
    def from_rates(cls, texts: Mapping[str, float]) -> "Texts":
        """Returns the texts of an item, and how often each is shown beside the others."""
        first, *other_texts = texts
        own_texts = cls(first)
        own_texts.others = tuple(other_texts)
        own_texts.shares = tuple(rate / sum(texts.values()) for rate in texts.values())
        return own_texts


def texts_of(texts: Iterable[str], rates: Iterable[float] = repeat(1.0)) -> str | None:
    """Returns texts of an item as one value, each once: None if all are empty, a single one as it is, several as
    `Texts`.

    Args:
        texts: The texts.
        rates: how often each is shown beside the others.
    """
    rate_of_text: dict[str, float] = {}
    for text, rate in zip(texts, rates):
        if text.strip():
            rate_of_text[text] = rate_of_text.get(text, 0.0) + rate
    return Texts.from_rates(rate_of_text) if len(rate_of_text) > 1 else next(iter(rate_of_text), None)


def in_array(texts: Sequence[str | None]) -> np.ndarray:
    """Makes an array (n,) of objects, in which numpy keeps `Texts`."""
    array = np.full(len(texts), None, object)
    array[:] = texts
    return array


def shares_of(text: str | None) -> tuple[float, ...]:
    """Returns the share of training in which each text of an item is shown, in the order of `several`."""
    return () if text is None else getattr(text, "shares", (1.0,))


def several(text: str | None) -> tuple[str, ...]:
    """Returns every text of an item, the first first; none where it has none."""
    return () if text is None else (text, *getattr(text, "others", ()))
