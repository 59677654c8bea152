"""Masks: truth values, 0 and 1, or words for these, whatever holds them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

WORDS = {**dict.fromkeys(("true", "yes", "1", "1.0"), True), **dict.fromkeys(("false", "no", "0", "0.0", ""), False)}


def as_mask(values: np.ndarray | pd.Series | Sequence) -> np.ndarray:
    """Converts values to bool where they are a mask (missing ones are False); other values stay as they are. Missing
    ones are False."""
    array = np.asarray(values)
    if array.dtype == bool or not array.size:
        return array
    if array.dtype.kind in "iuf":
        return array == 1 if np.isin(array, (0, 1)).all() else array
    words = ["" if pd.isna(value) else str(value).strip().casefold() for value in array.ravel()]
    if not all(word in WORDS for word in words):
        return array
    return np.array([WORDS[word] for word in words]).reshape(array.shape)
