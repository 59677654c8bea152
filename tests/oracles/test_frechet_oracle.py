"""The Frechet distance against the formula with SciPy's general matrix square root."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from genwright.measure.metrics.distances import frechet, moments


def reference(a: np.ndarray, b: np.ndarray) -> float:
    (m_1, c_1), (m_2, c_2) = moments(a), moments(b)
    return float(((m_1 - m_2) ** 2).sum() + np.trace(c_1 + c_2 - 2 * np.real(sqrtm(c_1 @ c_2))))


@pytest.mark.parametrize("d, scale", [(2, 1.0), (16, 1.0), (64, 1.0), (16, 1e-3), (16, 1e3)])
def test_equals_the_formula_with_a_general_square_root(d, scale):
    rng = np.random.default_rng(d)
    a = scale * rng.normal(size=(400, d)) @ rng.normal(size=(d, d))
    b = scale * (rng.normal(size=(300, d)) @ rng.normal(size=(d, d)) + 0.3)
    assert frechet(a, b) == pytest.approx(reference(a, b), rel=1e-6)
