"""The classifiers against scikit-learn's own way: classification accuracy score by a pipeline, two-sample test by
cross-validated predictions and `roc_auc_score`."""

import numpy as np
import pytest
import torch
from scipy.stats import rankdata
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from genwright.measure.metrics.classifiers import COMPONENTS, boosted_trees, share_right, svc_classifier, two_sample_auc


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    return x[order] / 16, y[order]


def test_accuracy_of_the_support_vector_machine_is_that_of_a_pipeline(digits):
    x, y = digits
    peer = make_pipeline(PCA(COMPONENTS, svd_solver="full"), SVC(C=10.0)).fit(x[:900], y[:900])
    pictures = torch.from_numpy(x.reshape(-1, 1, 8, 8)).float()
    said = svc_classifier(pictures[:900], torch.from_numpy(y[:900]), pictures[900:])
    assert (said == y[900:]).mean() == pytest.approx(peer.score(x[900:], y[900:]), abs=1e-6)


def test_the_score_is_the_share_of_right_answers(monkeypatch):
    """Three networks that always answer 0, 1 and 1."""
    answers = iter([0, 1, 1])
    monkeypatch.setattr(
        "genwright.measure.metrics.classifiers.cnn_classifier",
        lambda x, y, test, k, seed, seen: np.full(len(test), next(answers)),
    )
    x, truth = torch.rand(8, 1, 8, 8), np.array([0, 0, 1, 1, 1])
    found = share_right(x, torch.tensor([0, 1] * 4), torch.rand(5, 1, 8, 8), truth, 2)
    assert found["cnn"].mean(0) == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3, 2 / 3])


def pooled(scores: np.ndarray, folds: list[np.ndarray]) -> np.ndarray:
    """Scores of each fold as midranks over its size, which is how folds with scales of their own are put together."""
    ranks = np.empty(len(scores))
    for fold in folds:
        ranks[fold] = (rankdata(scores[fold], method="average") - 0.5) / len(fold)
    return ranks


@pytest.mark.parametrize("shift", [0.0, 0.4])
def test_two_sample_auc_is_that_of_cross_validated_predictions(shift):
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(size=(300, 5)), rng.normal(size=(240, 5)) + shift])
    fake, group = np.repeat([0, 1], [300, 240]), np.arange(540)

    def logistic(train, labels, test):
        return LogisticRegression().fit(rows[train], labels).decision_function(rows[test])

    group = np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)
    split = StratifiedGroupKFold(4, shuffle=True, random_state=7)
    scores = cross_val_predict(LogisticRegression(), rows, fake, groups=group, cv=split, method="decision_function")
    expected = roc_auc_score(fake, pooled(scores, [test for _, test in split.split(rows, fake, group)]))
    assert two_sample_auc(rows, fake, logistic, 7)[0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("seed", range(2))
def test_two_sample_auc_of_a_score_with_two_values_is_scikit_learns(seed):
    rng = np.random.default_rng(seed)
    fake = np.repeat([0, 1], [1700, 1300])
    says = (rng.random(3000) < np.where(fake, 0.6, 0.3)).astype(float)
    keys = rng.permutation(3000)[:, None]
    found = two_sample_auc(keys, fake, lambda train, labels, test: says[test], seed)[0]
    group = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)
    split = StratifiedGroupKFold(4, shuffle=True, random_state=seed).split(keys, fake, group)
    assert found == pytest.approx(roc_auc_score(fake, pooled(says, [test for _, test in split])), abs=1e-9)
    assert found == pytest.approx(roc_auc_score(fake, says), abs=0.01)  # folds differ a little in how many score 1


def test_the_trees_are_scikit_learns():
    rng = np.random.default_rng(1)
    rows, labels = rng.normal(size=(300, 3)), rng.integers(0, 2, 200)
    peer = HistGradientBoostingClassifier(max_iter=60, early_stopping=False, random_state=0).fit(rows[:200], labels)
    found = boosted_trees(rows)(np.arange(200), labels, np.arange(200, 300))
    np.testing.assert_allclose(found, peer.decision_function(rows[200:]), atol=1e-6)
