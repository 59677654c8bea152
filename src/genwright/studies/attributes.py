"""Attributes as directions of the latent (Larsen 2016; White 2016): items with them, items without, and what lies
between their mean codes.

    v = mean code of items with it - mean code of items without it;    edited(x) = decode(encode(x) + strength v)

Whatever else tells the two lists apart is in v too: let them be alike in it, as many of each class in both.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.errors import DataError
from ..run.model import Model


def attribute_vector(model: Model, having: Any, lacking: Any) -> np.ndarray:
    """Mean code of the items that have an attribute less that of items that lack it, in the shape of a code. Items: as
    `encode` takes them. What is given of them, such as a label, is left out, so that the codes have to say it.

    Raises Unsupported for a family without a latent, DataError for items unlike the training data.
    """
    mean = lambda items: model.encode(items, given={}).mean(0)
    return mean(having) - mean(lacking)


def edited(model: Model, items: Any, vector: np.ndarray, strength: float = 1.0) -> Any:
    """Items moved along `vector` in the latent, in the form of `sample`. strength: 1 moves each as far as the mean of
    one list lies from that of the other, below 0 the other way; 0 is the round trip, which shows what editing cannot
    keep.

    Raises Unsupported for a family without a latent, DataError for items unlike the training data, or a vector that is
    none of this model's.
    """
    z = model.encode(items, given={})
    if np.shape(vector) != z.shape[1:]:
        raise DataError(
            f"a vector of shape {np.shape(vector)} moves no code of shape {z.shape[1:]}: make it by attribute_vector "
            "of the same model"
        )
    return model.decode(z + strength * vector, given={})
