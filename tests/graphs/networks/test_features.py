"""Features of nodes that are mostly zeros come to the same, stored sparse or dense."""

import pytest
import torch

from genwright.core.draws import Draws
from genwright.graphs.networks.features import (
    SparseRows,
    as_features,
    normalise_rows,
    single,
    squared_norms,
    unit_rows,
)


@pytest.mark.parametrize("change", [normalise_rows, unit_rows, squared_norms, single])
def test_sparse_rows_come_to_what_dense_ones_do(change):
    """Numbers of both signs, and a row of zeros."""
    x = Draws("features").normal(6, 40).masked_fill(Draws("zeros").uniform(6, 40) > 0.2, 0.0)
    x[2] = 0
    sparse = as_features(x)
    assert isinstance(sparse, SparseRows) and torch.equal(sparse.dense(), x)
    found = change(sparse)
    assert torch.allclose(found.dense() if isinstance(found, SparseRows) else found, change(x))
