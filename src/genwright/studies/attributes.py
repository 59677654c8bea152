"""Attributes as directions of the latent (Larsen 2016; White 2016): items with them, items without, and what lies
between their mean codes.

    v = mean code of items with it - mean code of items without it;    edited(x) = decode(encode(x) + strength v)

Whatever else tells the two lists apart is in v too: let them be alike in it, as many of each class in both.
"""

from typing import Any

import numpy as np

from ..core.errors import DataError
from ..run.model import Model


def attribute_vector(model: Model, having: Any, lacking: Any) -> np.ndarray:
    """Mean latent of the items that have an attribute minus that of items that lack it, in the shape of a latent.

    Conditions of the items, such as labels, are ignored, so that the latents have to represent them.

    Args:
        model: with latents.
        having: items with the attribute, as `encode` takes them.
        lacking: items without it.

    Raises Unsupported for a family without latents, DataError for items unlike the training data.
    """
    mean = lambda items: model.encode(items, given={}).mean(0)
    return mean(having) - mean(lacking)


def edited(model: Model, items: Any, vector: np.ndarray, strength: float = 1.0) -> Any:
    """Items whose latents are moved along `vector`, decoded, in the form of `sample`.

    Args:
        model: with latents.
        items: as `encode` takes them.
        vector: of `attribute_vector`, in the shape of a latent.
        strength: 1 moves an item as far as the two means lie apart; below 0 moves it the other way (1). 0 shows what
            encoding and decoding alone change.

    Raises Unsupported for a family without latents. Raises DataError for items unlike the training data, or a vector of
    another model.
    """
    z = model.encode(items, given={})
    if np.shape(vector) != z.shape[1:]:
        raise DataError(
            f"a vector of shape {np.shape(vector)} moves no code of shape {z.shape[1:]}: make it by attribute_vector "
            "of the same model"
        )
    return model.decode(z + strength * vector, given={})
