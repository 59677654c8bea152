"""Simple predictors beside networks: boosted trees, and how much each predictor counts.

    f = sum over predictors k of w_k f_k,   w_k >= 0,   sum w_k = 1        for each target

f_k are numbers, or probabilities at a temperature of their own: boosted trees rank well and are too sure. Molecules
that no training looked at set temperatures and shares: half of those that each network leaves out, by which it does not
stop either, with each class in its share. Simple predictors are fitted without them. Of all shares in steps of a tenth,
those whose mean loss is within one standard error of the lowest are averaged. Their mean w tends to equal shares where
it rests on a few of n molecules (for classes, of those outside the commonest class):

    (n w + PRIOR / K) / (n + PRIOR)        of K predictors

Without such molecules, all predictors count alike. Then the simple predictors learn from all molecules.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from itertools import product
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from ...core.answers import EXACT, UNKNOWN, Answers, Target, probabilities
from ...core.draws import Draws
from ...core.trainable import Items
from ...families.task_data import TaskSizes
from .properties import MoleculesContext
from .property_baselines import KnownAnswers, PropertyBaseline, Trees, fit_with_bounds, mean_answer, side_by_side
from .uncertainty import TINY, apply_temperature, fit_temperature, output_slices

STEPS = 10  # in which shares are tried
FEWEST_TO_WEIGH = 10  # molecules, below which all count alike
PRIOR = 10.0  # molecules by which equal shares count
LOWEST = 1e-6  # probability in a logarithm


class Boosting(PropertyBaseline):
    """Boosted trees (Friedman 2001) that predict properties from descriptors, or from bits of fingerprints if there are
    none.

    Args:
        rounds: trees for each target, or for each class of more than two.
    """

    views: ClassVar[tuple[str, ...]] = ("descriptors", "counts")

    def __init__(self, spec: TaskSizes, rounds: int):
        super().__init__(spec)
        self.rounds = rounds
        self.trees = nn.ModuleList(Trees(spec.descriptors or spec.counts, t.outputs) for t in self.targets)
        self.register_buffer("base", torch.zeros(spec.outputs, dtype=torch.float64))

    def fit_answers(self, items: Items, rng: Draws) -> None:
        x, known_answers = self._inputs(self.around), self.known_answers(items)
        base = torch.zeros_like(self.base)
        for known, target, trees, place in zip(known_answers, self.targets, self.trees, output_slices(self.targets)):
            mean = mean_answer(known.y, known.weight, target)
            base[place] = torch.from_numpy(np.log(np.maximum(mean, LOWEST)) if target.classes else mean)
            trees.constant(np.zeros(target.outputs), items.x.device)
            if len(np.unique(known.y)) > 1:
                base[place] = torch.from_numpy(self._grow(x, known, target, trees, rng)).to(base)
        self.base = base

    def _grow(self, x: Tensor, known: KnownAnswers, target: Target, trees: Trees, rng: Draws) -> np.ndarray:
        """Fill the trees of a target; what they add to, (outputs,)."""
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        kind = HistGradientBoostingClassifier if target.classes else HistGradientBoostingRegressor
        booster_options = {"max_iter": self.rounds, "random_state": rng.number(2**31), "early_stopping": False}
        rows = lambda items: x[items].cpu().numpy()
        grow = lambda subset: kind(**booster_options).fit(rows(subset.items), subset.y, subset.weight)
        boosters = fit_with_bounds(known, grow, lambda model, items: model.predict(rows(items)))
        classes = boosters.classes_.astype(int) if target.classes else np.zeros(1, int)
        of_tree = classes[1:] if len(classes) == 2 else classes
        all_trees = [(k, tree.nodes) for row in boosters._predictors for k, tree in zip(of_tree, row)]
        trees.fill([nodes for _, nodes in all_trees], [k for k, _ in all_trees], x.device)
        base = np.full(target.outputs, np.log(LOWEST) if target.classes else 0.0)
        base[classes], base[of_tree] = 0.0, boosters._baseline_prediction.ravel()
        return base

    def member_predictions(self, context: MoleculesContext) -> Tensor:
        x = self._inputs(context)
        raw = torch.cat([trees(x) * len(trees.roots) for trees in self.trees], 1) + self.base
        return probabilities(raw, self.targets).float()[None]

    def _inputs(self, context: MoleculesContext) -> Tensor:
        return side_by_side(context) if context.descriptors is None else context.descriptors


class SimplePredictors(nn.Module):
    """Simple predictors that are fitted in closed form beside networks, and the weights by which their predictions are
    mixed.

    share: (targets, 1 + predictors), the first of the networks. temperature: the same of probabilities, None as long as
    nothing is measured.

    Args:
        targets: what is predicted.
        predictors: untrained; they answer the same.
        most_answers: answers that they learn from, at most.
    """

    def __init__(self, targets: Sequence[Target], predictors: Sequence[PropertyBaseline], most_answers: int):
        super().__init__()
        self.targets, self.predictors, self.most = tuple(targets), nn.ModuleList(predictors), most_answers
        count = 1 + len(self.predictors)
        self.register_buffer("share", torch.full((len(self.targets), count), 1 / count, dtype=torch.float64))
        self.register_buffer("temperature", None)

    def fit(self, context: MoleculesContext, items: Items, rng: Draws) -> None:
        limit = max(1, self.most // len(self.targets))
        if len(items) > limit:
            items = items[rng.permutation(len(items))[:limit]]
        for predictor in self.predictors:
            predictor.attach(context)
            predictor.fit_answers(items, rng)

    def predict(self, context: MoleculesContext) -> Tensor:
        """Returns predictions (predictors, n, outputs) of each simple predictor."""
        return torch.cat([predictor.member_predictions(context) for predictor in self.predictors])

    def predict_left_out(
        self, context: MoleculesContext, learned: Sequence[Items], held_out: Sequence[Items], rng: Draws
    ) -> Tensor:
        """Predicts held-out molecules by copies that learned from the others: (predictors, n, outputs).

        Args:
            context: Molecules.
            learned: Molecules to learn from.
            held_out: Molecules to predict, fold by fold.
            rng: Random numbers.
        """
        parts = []
        for subset, others_out in zip(learned, held_out):
            copied = copy.deepcopy(self)
            copied.fit(context, subset, rng)
            parts.append(copied.predict(context.select(others_out.x)))
        return torch.cat(parts, 1)

    def mix(self, networks: Tensor, simple_predictions: Tensor) -> Tensor:
        """Mixes the networks' predictions with those of simple predictors: (members, n, outputs).

        Args:
            networks: (members, n, outputs).
            simple_predictions: (predictors, n, outputs).
        """
        mixture, simple_predictions = networks.clone(), simple_predictions.to(networks)
        for t, (share, place) in enumerate(zip(self.share.to(networks), output_slices(self.targets))):
            parts = self._at_temperature([networks[..., place], *simple_predictions[..., place]], t)
            mixture[..., place] = sum(weight * part for weight, part in zip(share, parts))
        return mixture

    def _at_temperature(self, parts: list[Tensor], t: int) -> list[Tensor]:
        """Answers (..., outputs) of each predictor to target t, probabilities at the temperatures of the predictors."""
        if self.temperature is None or not self.targets[t].classes:
            return parts
        temperatures = self.temperature[t].to(parts[0])
        return [(p.clamp(min=TINY).log() / temperature).softmax(-1) for p, temperature in zip(parts, temperatures)]

    def weigh(self, networks: Tensor, simple_predictions: Tensor, answers: Answers) -> None:
        """Fits the temperatures and the weights of the mixture on items that no predictor learned from.

        Args:
            networks: (n, outputs) predictions of the networks.
            simple_predictions: (predictors, n, outputs) predictions of the simple predictors.
            answers: known answers of the n items.
        """
        predictions = torch.cat([networks[None], simple_predictions.to(networks)]).double().cpu().numpy()
        if any(target.classes for target in self.targets):
            self.temperature = torch.ones_like(self.share)
        for t, (target, place) in enumerate(zip(self.targets, output_slices(self.targets))):
            state, y = answers.known[:, t].cpu().numpy(), answers.y[:, t].double().cpu().numpy()
            is_known = state != UNKNOWN if target.classes else state == EXACT
            if is_known.sum() < FEWEST_TO_WEIGH:
                continue
            parts, y = predictions[:, is_known, place], y[is_known]
            if target.classes:
                temperatures = [fit_temperature(p, y.astype(int)) or 1.0 for p in parts]
                self.temperature[t] = torch.tensor(temperatures, dtype=torch.float64)
                parts = np.stack([apply_temperature(p, temperature) for p, temperature in zip(parts, temperatures)])
            self.share[t] = torch.from_numpy(_shares(parts, y, target))


def _shares(predictions: np.ndarray, y: np.ndarray, target: Target) -> np.ndarray:
    """(predictors,) by what each says, (predictors, n, outputs), and y (n,)."""
    count, n = predictions.shape[:2]
    share_choices = [share for share in product(range(STEPS + 1), repeat=count) if sum(share) == STEPS]
    shares = np.array(share_choices) / STEPS
    right = predictions[:, np.arange(n), y.astype(int)] if target.classes else predictions[..., 0]
    mixtures = shares @ right
    losses = -np.log(np.maximum(mixtures, LOWEST)) if target.classes else (mixtures - y) ** 2
    worse = losses - losses[losses.mean(1).argmin()]
    is_near = worse.mean(1) <= worse.std(1, ddof=1) / n**0.5 + LOWEST * losses.mean()
    telling = n - np.bincount(y.astype(int)).max() if target.classes else n
    return (telling * shares[is_near].mean(0) + PRIOR / count) / (telling + PRIOR)
