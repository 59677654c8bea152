"""Labels as they are compared and put in order, whatever holds them."""

from collections.abc import Iterable

import numpy as np


def label_text(value: object) -> str:
    """3, 3.0 and "3" are one label; True and "True" are another one than 1."""
    whole = isinstance(value, (float, np.floating)) and np.isfinite(value) and value == int(value)
    return str(int(value)) if whole else str(value)


def label_texts(cells: Iterable) -> list[str]:
    """The text of each label; missing cells give some text."""
    return [label_text(value) for value in cells]


def label_order(label: str) -> tuple:
    """Key by which numbers stand in the order of their size, before words in that of the alphabet."""
    try:
        return 0, float(label), label
    except ValueError:
        return 1, 0.0, label
