"""Precision, recall, density and coverage against `prdc` of their authors (Naeem et al. 2020)."""

import numpy as np
import pytest
from prdc import compute_prdc

from genwright.measure.metrics.coverage import K, neighbourhoods


@pytest.mark.parametrize("n, d, shift, spread", [(60, 4, 0, 1), (400, 64, 0.5, 1), (300, 128, 0, 0.5), (200, 2, 9, 1)])
def test_equals_the_authors_own(n, d, shift, spread):
    rng = np.random.default_rng(d)
    real, fake = rng.normal(size=(n, d)), spread * rng.normal(size=(n, d)) + shift / np.sqrt(d)
    expected, found = compute_prdc(real, fake, K), neighbourhoods(real, fake, 0, "")
    assert set(found) == set(expected)
    for name, metric in found.items():
        assert metric.value == pytest.approx(expected[name], abs=1e-6), name
