"""Finds the items that a model cannot take, so that one bad item does not stop the others."""

from typing import Any

from ..core.errors import ItemError


def misfits(domain: Any, items: Any, first: int = 0) -> dict[int, ItemError]:
    """By number, what is wrong with each item that a model of `domain` cannot take. first: the number of the first.

    Found by halves: where few of many are wrong, most are encoded together.
    """
    try:
        domain.encode(items)
        return {}
    except ItemError as error:
        if len(items) == 1:
            return {first: error}
    half = len(items) // 2
    return misfits(domain, items[:half], first) | misfits(domain, items[half:], first + half)
