"""The linear probe: what a linear classifier reads from latent codes."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from .judges import fixed_threads
from .metric import Metric


def linear_probe(codes: np.ndarray, y: np.ndarray, test: np.ndarray, truth: np.ndarray) -> Metric:
    """Accuracy on test codes (m, d) of classes (m,), after logistic regression on training codes (n, d) of classes (n,)."""
    with fixed_threads(1):
        probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=300)).fit(codes, y)
        right = (probe.predict(test) == truth).astype(float)
    value, se, n = float(right.mean()), float(right.std() / len(right) ** 0.5), len(right)
    reference = f"logistic regression on codes of {len(codes):,} training pictures"
    return Metric(value, se, "estimate", "codes", "accuracy", n, "higher", reference)
