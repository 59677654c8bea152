"""Models of known answers in closed form, and of answers of which only bounds are known."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor

from ..core.answers import EXACT, LOWER_BOUND, UPPER_BOUND, Target

PENALTIES = tuple(10.0 ** np.arange(-1, 5.1, 0.5))  # factors of squared weights, among which training molecules choose
FOLDS = 3  # parts of the training molecules, each of which judges penalties that the others were fitted with
STEPS = 300  # most steps of the solver of logistic regression
ROUNDS = 2  # times that bounds are replaced by predictions, and all is fitted again
TINY = 1e-6  # lowest probability, so that one wrong certainty does not settle a penalty


class KnownAnswers(NamedTuple):
    """The training items (m,) whose answer for one target is known, by their numbers in the context.

    Args:
        y: (m,), weight: (m,).
        weight: Weights of the items.
        state: (m,) what is known, as in `Answers`.
    """

    items: Tensor
    y: np.ndarray
    weight: np.ndarray
    state: np.ndarray

    def select(self, mask: np.ndarray) -> KnownAnswers:
        """Selects the items where `mask`, (m,) bool, holds."""
        return KnownAnswers(
            self.items[torch.from_numpy(mask).to(self.items.device)], *(values[mask] for values in self[1:])
        )


Fitted = TypeVar("Fitted")


def fit_with_bounds(
    known: KnownAnswers,
    fit: Callable[[KnownAnswers], Fitted],
    predict: Callable[[Fitted, Tensor], np.ndarray],
    rounds: int = ROUNDS,
) -> Fitted:
    """Fits a model to answers of which some are bounds, which are replaced by predictions that respect them.

    Args:
        known: answers of a target; if all are bounds, they are taken for the answers.
        fit: a model of answers.
        predict: (k,) of a model about items (k,).
        rounds: fits to all answers after the first, to exact ones.
    """
    is_exact = known.state == EXACT
    if is_exact.all() or not is_exact.any():
        return fit(known)
    model, low, high = fit(known.select(is_exact)), known.state == LOWER_BOUND, known.state == UPPER_BOUND
    for _ in range(rounds):
        predictions, y = predict(model, known.items), known.y.copy()
        y[low], y[high] = np.maximum(y, predictions)[low], np.minimum(y, predictions)[high]
        model = fit(known._replace(y=y))
    return model


def mean_answer(y: np.ndarray, weight: np.ndarray, target: Target) -> np.ndarray:
    """Computes the weighted mean of answers (m,), or the share of each class: (outputs,). Without answers, it is 0 or
    equal shares.

    Args:
        y: (m,) answers.
        weight: (m,) weights.
        target: What is predicted.
    """
    if not len(y):
        return np.full(target.outputs, 1 / len(target.classes) if target.classes else 0.0)
    return means_of_answers(y[None], weight[None], target)[0]


def means_of_answers(y: np.ndarray, weight: np.ndarray, target: Target) -> np.ndarray:
    """Returns (n, outputs) of answers (n, k) with weights (n, k).

    Args:
        weight: Weights of the items.
        target: The target that is predicted.
    """
    values = np.eye(len(target.classes))[y.astype(int)] if target.classes else y[..., None]
    return (weight[..., None] * values).sum(1) / weight.sum(1, keepdims=True)


def fit_ridge(x: np.ndarray, known: KnownAnswers) -> tuple[np.ndarray, np.ndarray]:
    """Fits ridge regression: weights (D, 1) and bias (1,).

    Args:
        x: (n, ...) values.
    """
    from sklearn.linear_model import RidgeCV

    if not len(known.y):
        return np.zeros((x.shape[1], 1)), np.zeros(1)
    fitted = RidgeCV(PENALTIES).fit(x, known.y, known.weight)
    return fitted.coef_[:, None], np.array([fitted.intercept_])


def fit_logistic(x: np.ndarray, known: KnownAnswers, target: Target, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Fits logistic regression: weights (D, classes) and bias (classes,), whose softmax are the probabilities. A class
    that no molecule has gets next to none.

    Args:
        x: (m, D) inputs.
        known: the m known answers.
        target: what is predicted.
        seed: Seed of the folds that choose the penalty.
    """
    from sklearn.linear_model import LogisticRegression

    present, y = np.unique(known.y.astype(int), return_inverse=True)
    weight, bias = (
        np.zeros((x.shape[1], len(target.classes))),
        np.log(mean_answer(known.y, known.weight, target) + TINY),
    )
    if len(present) < 2:
        return weight, bias
    penalty = _penalty(x, y, known.weight, seed)
    fitted = LogisticRegression(C=1 / penalty, max_iter=STEPS).fit(x, y, known.weight)
    two_rows = lambda coefficients: (
        np.stack([np.zeros_like(coefficients[0]), coefficients[0]]) if len(present) == 2 else coefficients
    )
    weight[:, present], bias[present] = two_rows(fitted.coef_).T, two_rows(fitted.intercept_)
    return weight, bias


def _penalty(x: np.ndarray, y: np.ndarray, weight: np.ndarray, seed: int) -> float:
    """The one of PENALTIES with the lowest cross-entropy of the classes (m,) in left-out folds; the largest where a
    class is too rare to tell."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    if np.bincount(y).min() < FOLDS:
        return PENALTIES[-1]
    nats = np.zeros(len(PENALTIES))
    for learned, held_out in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(x, y):
        model = LogisticRegression(max_iter=STEPS, warm_start=True)
        for k in reversed(range(len(PENALTIES))):
            model.set_params(C=1 / PENALTIES[k]).fit(x[learned], y[learned], weight[learned])
            p = model.predict_proba(x[held_out])[np.arange(len(held_out)), y[held_out]]
            nats[k] -= weight[held_out] @ np.log(np.maximum(p, TINY))
    return PENALTIES[nats.argmin()]
