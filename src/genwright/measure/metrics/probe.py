"""The linear probe: what a linear classifier reads from latent codes."""

from dataclasses import replace

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ..intervals import learned_variance, numpy_generator, proportion, random_groups, resampled
from ..metric import Metric
from .classifiers import fixed_threads

DEGREES = 2  # degrees of freedom of the variance over halves of the training codes


def linear_probe(codes: np.ndarray, y: np.ndarray, test: np.ndarray, truth: np.ndarray) -> Metric:
    """Accuracy, a share, on test codes (m, d) of classes truth: (m,), after logistic regression on training codes (n,
    d) of classes y: (n,) (Alain & Bengio 2017). Its error counts what the probe learned from, too."""

    def right(i: np.ndarray) -> np.ndarray:
        if len(np.unique(y[i])) < 2:
            return truth == y[i[0]]
        probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=300)).fit(codes[i], y[i])
        return probe.predict(test) == truth

    with fixed_threads(1):
        found = right(np.arange(len(y)))
        cuts = random_groups((len(y),), numpy_generator("probe"), None, DEGREES)
        parts = np.array([[right(i) for (i,) in cut] for cut in cuts])
    (value, se), n = proportion(found), len(found)
    taught = learned_variance(resampled(lambda i: parts[:, :, i].mean(2), n, numpy_generator("probe")))
    own = float(taught**0.5)
    se = float(np.hypot(se, own))
    reference = f"logistic regression on codes of {len(codes):,} training images"
    metric = Metric(value, se, "estimate", "codes", "accuracy", n, "higher", reference)
    return replace(metric, own=own, items=found.astype(float))
