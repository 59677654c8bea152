"""Labels as they are compared and put in order, whatever holds them; and the words for the parts of a split."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ...core.errors import DataError

PART_WORDS = {"train": "train", "valid": "valid", "val": "valid", "validation": "valid", "test": "test", "": ""}


def label_text(value: object) -> str:
    """Writes a label as text: 3, 3.0 and "3" are one label; True and "True" are another one than 1."""
    whole = isinstance(value, (float, np.floating)) and np.isfinite(value) and value == int(value)
    return str(int(value)) if whole else str(value)


def label_texts(cells: Iterable) -> list[str]:
    """Returns the text of each label; missing cells give some text."""
    return [label_text(value) for value in cells]


def label_order(label: str) -> tuple:
    """Returns a sort key for labels: numbers by size, then words by the alphabet."""
    try:
        return 0, float(label), label
    except ValueError:
        return 1, 0.0, label


def require_shared(labels: np.ndarray, parts: np.ndarray, noun: str) -> None:
    """Raises DataError for a label (n,) that test items alone have: it is a mistake of coding more often than not."""
    labels, test = pd.Series(labels, dtype=object), np.asarray(parts) == "test"
    if only := set(labels[test].dropna()) - set(labels[~test]):
        raise DataError(
            f"{noun} has label {min(map(str, only))} in test items alone, so no model could learn it: give both parts "
            "the same labels, or leave those items out"
        )
