"""What gradient-boosted trees learn: a column of a table from samples, and what an item was asked to be from what can
be seen of it.

Train on synthetic, test on real (Esteban et al. 2017): can samples stand in for the data where a model is learned?
Trees with fixed settings learn one column from the others on samples. Their score on real test rows is the area under
the ROC curve for two classes, accuracy for more, R^2 for a number. A second metric divides this score by the score of
the same trees after learning from as many real rows. The same trees, asked to tell samples from real rows, are the
classifier of the two-sample test.

Items and their conditions: trees learn from training items to tell the given variables, and their answer for another
item is compared with what was given with it. They err of real items too, so that what these reach belongs beside a
number of samples.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import accuracy_score, r2_score
from torch import Tensor

from ...core.spec import Category, Spec
from ..intervals import bootstrap_se, learned_variance, numpy_generator, random_groups, resample
from ..metric import Metric
from ..rows import estimate
from .classifiers import Score, area, fixed_threads

ROUNDS = 100
CLASSIFIER = f"gradient-boosted trees (scikit-learn, {ROUNDS} rounds)"
RESAMPLES = 20  # of rows, where a number takes a while
TAUGHT, DEGREES = 300, 3  # rows that classifiers of a part learn from, at least; of freedom of the variance over parts
PARTS_JUDGED = 2_000  # test rows on which classifiers of parts are scored, at most
CATEGORIES = 255  # a column with more categories is a number to the trees


class _Fits:
    """Takes a column that has no known cell for a constant: scikit-learn finds no bins of it, and fails."""

    def fit(self, x: np.ndarray, y: np.ndarray) -> "_Fits":
        return super().fit(np.where(np.isnan(x).all(0), 0.0, x), y)


class Classifier(_Fits, HistGradientBoostingClassifier): ...


class Regressor(_Fits, HistGradientBoostingRegressor): ...


def trees(features: Spec, classify: bool, seed: int) -> Classifier | Regressor:
    """Builds an untrained boosted-trees classifier or regressor for columns of these leaves; absent cells (NaN) go to
    the better side of a split.

    Args:
        features: leaves of the columns.
        classify: whether the target is a class.
        seed: Seed of the random numbers.
    """
    kind = Classifier if classify else Regressor
    categories = [isinstance(leaf, Category) and leaf.k <= CATEGORIES for leaf in features.columns]
    return kind(max_iter=ROUNDS, early_stopping=False, categorical_features=categories, random_state=seed)


def telling_apart(rows: np.ndarray, spec: Spec, seed: int) -> Score:
    """Returns the score function that `two_sample_auc` needs, by trees on rows.

    Args:
        rows: (n, D).
        spec: Spec of the rows.
        seed: Seed of the random numbers.
    """

    def score(train: np.ndarray, labels: np.ndarray, test: np.ndarray) -> np.ndarray:
        with fixed_threads(1):
            return trees(spec, True, seed).fit(rows[train], labels).predict_proba(rows[test])[:, 1]

    return score


class ColumnTask:
    """A prediction task on a table: one column as the target, the others as features.

    measure: "ROC-AUC", "accuracy" or "R^2". Only rows with a known target count.

    Args:
        spec: Spec of the items.
        real: Real items.
        seed: Seed of the random numbers.
    """

    def __init__(self, spec: Spec, target: str, real: np.ndarray, seed: int):
        self.target, self.column = target, spec.names.index(target)
        self.features = Spec(tuple(leaf for leaf in spec.leaves if leaf[0] != target))
        self.classify = isinstance(spec.columns[self.column], Category)
        classes = np.unique(real[~np.isnan(real[:, self.column]), self.column])
        self.measure = ("ROC-AUC" if len(classes) == 2 else "accuracy") if self.classify else "R^2"
        self.positive = classes[-1] if len(classes) else np.nan
        self.seed = seed

    def known_rows(self, table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Selects the rows in which the target is present: features (m, D - 1) and target (m,)."""
        rows = table[~np.isnan(table[:, self.column])]
        return np.delete(rows, self.column, axis=1), rows[:, self.column]

    def predict(self, train: np.ndarray, test: np.ndarray) -> np.ndarray:
        """Trains a classifier on `train` and predicts the test rows with a known target: (m,) probability of the
        positive class, class, or number."""
        (x, y), (query, _) = self.known_rows(train), self.known_rows(test)
        if len(np.unique(y)) < 2:  # nothing to learn: one answer for all
            constant = y[0] if len(y) else np.nan_to_num(self.positive)
            return np.full(len(query), float(constant == self.positive) if self.measure == "ROC-AUC" else constant)
        with fixed_threads(1):
            classifier = trees(self.features, self.classify, self.seed).fit(x, y)
            if self.measure != "ROC-AUC":
                return classifier.predict(query)
            if self.positive not in classifier.classes_:
                return np.zeros(len(query))
            return classifier.predict_proba(query)[:, list(classifier.classes_).index(self.positive)]

    def score(self, truth: np.ndarray, predictions: np.ndarray) -> float:
        """Scores predictions (m,) against the truth (m,); NaN where the truth takes one value only."""
        if self.measure == "accuracy":
            return float(accuracy_score(truth, predictions))
        if len(np.unique(truth)) < 2:
            return float("nan")
        if self.measure == "R^2":
            return float(r2_score(truth, predictions))
        positive = truth == self.positive
        return area(predictions[~positive], predictions[positive])


@dataclass(frozen=True, eq=False)
class TreeLessons:
    """Trees taught by samples, beside trees taught by as many real rows.

    Args:
        task: the column that is learned.
        real: (n, D) rows to which samples are compared.
        test: (m, D) rows on which all are tested.
        seed: Seed of errors.
        detail: words on how the column was chosen.
    """

    task: ColumnTask
    real: np.ndarray
    test: np.ndarray
    seed: int
    detail: str

    def scores(self, sample: np.ndarray) -> dict[str, Metric]:
        """Returns the score after learning from a sample (n, D), and that over the score after learning from real
        rows."""
        task, (_, truth) = self.task, self.task.known_rows(self.test)
        if len(truth) < 2 or np.ptp(truth) == 0:
            return {}
        answers = task.predict(sample, self.test)
        score = lambda i: task.score(truth[i], answers[i])
        of_real = lambda i: task.score(truth[i], self._real_answers[i])
        size, n, parts = (len(truth),), len(sample), self._taught_by_parts(sample)
        classifier = f"{CLASSIFIER}, target {task.target}, {task.measure}"

        def metric(value: float, influence: Callable[[np.ndarray], float], unit: str, parts: np.ndarray) -> Metric:
            """moved(rows) -> how the number moves with the test rows.

            Args:
                parts: how far what taught the classifiers moves it.
            """
            rows = bootstrap_se(influence, size, numpy_generator("tstr", self.seed), RESAMPLES)
            return estimate(value, np.sqrt(rows**2 + learned_variance(parts)), n, classifier, self.detail, unit=unit)

        sample_scores, real = (resampled_score(np.arange(len(truth))) for resampled_score in (score, of_real))
        metrics = {"tstr": metric(sample_scores, score, task.measure, parts)}
        if real > 0:
            share = sample_scores / real
            influence = lambda i: (score(i) - share * of_real(i)) / real  # to first order; a resample's own may be 0
            metrics["tstr_share"] = metric(share, influence, "", (parts - share * self._real_parts) / real)
        return metrics

    def _taught_by_parts(self, rows: np.ndarray) -> np.ndarray:
        """Scores of classifiers that learn from random groups of rows, on some test rows: `resampled`, (21, cuts,
        groups)."""
        groups = random_groups((len(rows),), numpy_generator("taught", self.seed), TAUGHT, DEGREES)
        rng = numpy_generator("taught, test rows", self.seed)
        test = self.test[rng.permutation(len(self.test))[:PARTS_JUDGED]]
        truth = self.task.known_rows(test)[1]
        answers = [[self.task.predict(rows[i], test) for (i,) in cut_group] for cut_group in groups]
        score = lambda i: [[self.task.score(truth[i], part[i]) for part in cut_group] for cut_group in answers]
        return resample(score, len(truth), rng)

    @cached_property
    def _real_answers(self) -> np.ndarray:
        return self.task.predict(self.real, self.test)

    @cached_property
    def _real_parts(self) -> np.ndarray:
        return self._taught_by_parts(self.real)


def default_target(spec: Spec) -> str:
    """Returns the last category, where there is one, else the last column."""
    categories = [name for name, leaf in spec.leaves if isinstance(leaf, Category)]
    return (categories or spec.names)[-1]


class GivenReader:
    """Trees that predict the conditions of items from the items, to test whether samples follow them. A variable of
    which all items have the same value is not read, nor one with a shape, such as a text.

    Args:
        x: (n, F) numbers of training items; rows with NaN are left out.
        given: (n, G), columns of `spec`, NaN where an item has none.
        spec: Spec of the items.
        seed: Seed of the random numbers.
    """

    def __init__(self, x: np.ndarray, given: Tensor, spec: Spec, seed: int):
        self.spec, self.readers, readable = spec, {}, np.isfinite(x).all(1)
        self.name = f"gradient-boosted trees, taught by {readable.sum():,} training items"
        for name, leaf in spec.leaves:
            if leaf.shape:
                continue
            y, classify = spec.part(given, name).numpy(), isinstance(leaf, Category)
            known = readable & np.isfinite(y)
            guess = (_commonest if classify else np.median)(y[known]) if known.any() else np.nan
            usual_error = _errors(y[known], guess, classify).mean() if known.any() else 0.0
            if usual_error > 0:
                with fixed_threads(1):
                    self.readers[name] = trees(Spec(()), classify, seed).fit(x[known], y[known]), classify, usual_error

    def errors(self, x: np.ndarray, given: Tensor) -> np.ndarray:
        """Computes how far predicted conditions are from the given ones, over how far a guess is among training items:
        (n,). It is the mean over variables: the distance of numbers, and whether categories differ. NaN where nothing
        could be predicted.

        Args:
            x: (n, ...) values.
            given: (B, G) conditions of the items.
        """
        column_errors, readable = np.full((len(x), len(self.readers)), np.nan), np.isfinite(x).all(1)
        for k, (name, (reader, classify, usual_error)) in enumerate(self.readers.items()):
            y = self.spec.part(given, name).numpy()
            known = readable & np.isfinite(y)
            if known.any():
                with fixed_threads(1):
                    column_errors[known, k] = _errors(y[known], reader.predict(x[known]), classify) / usual_error
        count = np.isfinite(column_errors).sum(1)
        return np.where(count > 0, np.nansum(column_errors, 1) / np.maximum(count, 1), np.nan)


def _errors(truth: np.ndarray, predictions: np.ndarray, classify: bool) -> np.ndarray:
    return (truth != predictions).astype(float) if classify else np.abs(truth - predictions)


def _commonest(y: np.ndarray) -> float:
    values, counts = np.unique(y, return_counts=True)
    return values[counts.argmax()]
