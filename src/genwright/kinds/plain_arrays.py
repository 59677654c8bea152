"""Arrays of other libraries as NumPy's, and as features of nodes."""

import numpy as np
import torch

from ..core.errors import DataError
from ..networks.graph.features import Features, as_features


def plain(values: object) -> np.ndarray:
    """An array of a tensor on any device, a sparse matrix, a list."""
    values = values.detach().cpu() if hasattr(values, "detach") else values
    return np.asarray(values.toarray() if hasattr(values, "toarray") else values)


def features_of(x: object) -> Features:
    """as_features of an array, a tensor or a sparse matrix. Raises DataError for what is not (N, F) numbers."""
    values = plain(x)
    if values.ndim != 2 or values.dtype.kind not in "biuf":
        raise DataError(
            f"features of nodes are an array of shape {tuple(values.shape)} of {values.dtype}: give numbers, one row a "
            "node"
        )
    return as_features(torch.as_tensor(values.astype(np.float32)))
