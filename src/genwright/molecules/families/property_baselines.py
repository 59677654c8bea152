"""Properties of molecules without a network: what every network has to beat.

    mean      f(x) = 1/n sum_i y_i, the mean answer of training, or how frequent each class is
    linear    f(x) = w . d(x) + b, by ridge regression (Hoerl & Kennard 1970), or logistic regression; d: descriptors
    forest    f(x) = 1/T sum_t tree_t(x), a random forest (Breiman 2001) on descriptors and bits of Morgan fingerprints
    nearest   f(x) = sum_k s_k y_k / sum_k s_k over the nearest training molecules, s_k how similar each is (Tanimoto
              1958)

Each target is learned from the molecules whose answer is known. Where only a bound is known, a model of the exact
answers predicts the answer, the bound corrects a prediction beyond it, and the model is fitted to all, ROUNDS times.
"""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from ...core.answers import EXACT, UNKNOWN, Target, probabilities
from ...core.draws import Draws
from ...core.graph import leads_down
from ...core.trainable import Items
from ...families.known_answers import (
    KnownAnswers,
    fit_logistic,
    fit_ridge,
    fit_with_bounds,
    mean_answer,
    means_of_answers,
)
from ...families.task_data import TaskSizes
from ..chemistry.fingerprints import nearest, several_nearest
from .properties import MoleculesContext
from .uncertainty import FEWEST_ERRORS, Believed, Calibration, bits, dense

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

JUDGES, MOST_TO_REFIT = 5, 5_000  # parts, and items that are fitted once more for each, at most
BLOCK = 1_000  # molecules that fall through trees at a time


class PropertyBaseline(Believed):
    """Base of predictors of properties that are fitted in closed form. views: what it reads of molecules."""

    allow_bf16 = False
    views: ClassVar[tuple[str, ...]] = ("counts",)

    def __init__(self, spec: TaskSizes):
        super().__init__(spec.targets, spec.counts)

    def finish(self, items: Items, rng: Draws) -> None:
        super().finish(items, rng)
        self.fit_answers(items, rng)

    @abstractmethod
    def fit_answers(self, items: Items, rng: Draws) -> None:
        """Fits the predictor to the items."""

    def known_answers(self, items: Items) -> list[KnownAnswers]:
        """Returns the known answers of each target."""
        answers, targets = items.target, []
        weight = torch.ones(len(items)) if answers.weight is None else answers.weight
        for t in range(len(self.targets)):
            is_known = answers.known[:, t] != UNKNOWN
            numbers = (
                values[is_known].double().cpu().numpy() for values in (answers.y[:, t], weight.to(is_known.device))
            )
            targets.append(KnownAnswers(items.x[is_known], *numbers, answers.known[is_known, t].cpu().numpy()))
        return targets

    def judge_by_refits(self, items: Items, rng: Draws) -> None:
        """Calibrates by cross-validation: predicts each of JUDGES parts of the items by a model that is fitted to all
        others."""
        if not FEWEST_ERRORS <= len(items) <= MOST_TO_REFIT:
            super().judge_by_refits(items, rng)
            return
        part = torch.arange(len(items))[rng.permutation(len(items)).cpu()] % JUDGES
        similarities = np.zeros(len(items))
        predictions = torch.zeros(len(items), sum(target.outputs for target in self.targets))
        for k in range(JUDGES):
            out, refit = (part == k).nonzero()[:, 0], copy.deepcopy(self)
            refit.attach(self.around)
            refit.finish(items[(part != k).nonzero()[:, 0]], rng)
            predictions[out] = refit.member_predictions(self.around.select(items.x[out])).mean(0).cpu()
            similarities[out.numpy()] = nearest(bits(self.around, items.x[out]), refit.fingerprints.cpu().numpy())[0]
        y, known = (values.cpu().numpy() for values in (items.target.y, items.target.known))
        self.keep_calibration(Calibration.fit(predictions.double().numpy(), None, y, known, self.targets, similarities))


class MeanAnswer(PropertyBaseline):
    """A baseline that predicts the mean answer of training for every molecule."""

    def __init__(self, spec: TaskSizes):
        super().__init__(spec)
        self.register_buffer("answer", torch.zeros(spec.outputs))

    def fit_answers(self, items: Items, rng: Draws) -> None:
        answers = []
        for known, target in zip(self.known_answers(items), self.targets):
            mean = lambda subset, target=target: mean_answer(subset.y, subset.weight, target)
            answers.append(fit_with_bounds(known, mean, lambda model, items: np.full(len(items), model[0])))
        self.answer = torch.from_numpy(np.concatenate(answers)).float().to(items.x.device)

    def member_predictions(self, context: MoleculesContext) -> Tensor:
        return self.answer.expand(1, len(context.counts), -1)


class Linear(PropertyBaseline):
    """Linear or logistic ridge regression on descriptors and fingerprints. PENALTIES are tried for each target within
    the training molecules: by leaving out one after another for a number, by FOLDS parts for a class."""

    views = ("descriptors", "counts")

    def __init__(self, spec: TaskSizes):
        super().__init__(spec)
        self.register_buffer("weight", torch.zeros(spec.descriptors, spec.outputs))
        self.register_buffer("bias", torch.zeros(spec.outputs))

    def fit_answers(self, items: Items, rng: Draws) -> None:
        x, parts = self.around.descriptors, []
        for known, target in zip(self.known_answers(items), self.targets):
            seed, rows = rng.number(2**31), lambda items: x[items].double().cpu().numpy()
            if target.classes:
                parts.append(fit_logistic(rows(known.items), known, target, seed))
                continue
            ridge = lambda subset: fit_ridge(rows(subset.items), subset)
            line = lambda model, items: rows(items) @ model[0][:, 0] + model[1]
            parts.append(fit_with_bounds(known, ridge, line))
        for name, values in zip(("weight", "bias"), zip(*parts)):
            value = torch.from_numpy(np.concatenate(values, -1)).float()
            setattr(self, name, value.to(items.x.device))

    def member_predictions(self, context: MoleculesContext) -> Tensor:
        return probabilities(context.descriptors @ self.weight + self.bias, self.targets)[None]


class Forest(PropertyBaseline):
    """A random forest for each target, without balanced classes, so that its class shares are probabilities.

    Args:
        trees: Trees of each.
        leaf: training molecules in a leaf, at least.
        share: Share of the inputs, those among which a split of numbers is sought; a split of classes takes the
            square root of their number, as is usual.
    """

    views = ("descriptors", "counts")

    def __init__(self, spec: TaskSizes, trees: int, leaf: int, share: float):
        super().__init__(spec)
        self.how = {"n_estimators": trees, "min_samples_leaf": leaf}
        self.share = share
        self.forests = nn.ModuleList(Trees(spec.descriptors + spec.counts, t.outputs) for t in self.targets)

    def fit_answers(self, items: Items, rng: Draws) -> None:
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

        x = side_by_side(self.around)
        for known, target, forest in zip(self.known_answers(items), self.targets, self.forests):
            forest_options = self.how | {"random_state": rng.number(2**31)}
            if not len(known.y):
                forest.constant(mean_answer(known.y, known.weight, target), items.x.device)
                continue
            numbers = partial(RandomForestRegressor, **forest_options, max_features=self.share)
            make = partial(RandomForestClassifier, **forest_options) if target.classes else numbers
            grow = lambda subset, make=make: make().fit(x[subset.items].cpu().numpy(), subset.y, subset.weight)
            grown = fit_with_bounds(known, grow, lambda trees, items: trees.predict(x[items].cpu().numpy()))
            forest.take(grown, target, items.x.device)

    def flaw(self) -> str:
        for forest, target in zip(self.forests, self.targets):
            total = forest.value.sum(1)
            if target.classes and ((forest.value < 0).any() or (total - 1).abs().max() > 1e-6):
                return "leaves whose shares of classes are no probabilities"
        return super().flaw()

    def member_predictions(self, context: MoleculesContext) -> Tensor:
        answers = []
        for start in range(0, max(1, len(context.counts)), BLOCK):
            x = side_by_side(context, slice(start, start + BLOCK))
            answers.append(torch.cat([forest(x) for forest in self.forests], 1))
        return torch.cat(answers).float()[None]


class Trees(nn.Module):
    """Decision trees in flat buffers: node i sends molecules with x[feature] <= threshold to node `left`, the others to
    `right`. A leaf (left = 0) has a value (outputs,). roots: (trees,).

    Args:
        inputs: features of a molecule.
        outputs: Output features.
    """

    NODES: ClassVar[tuple[str, ...]] = ("feature", "threshold", "value", "left", "right")
    grows: ClassVar[dict[str, int]] = dict.fromkeys([*NODES, "roots"], 0)

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.inputs = inputs
        for name, kind in (("feature", torch.int32), ("left", torch.int32), ("right", torch.int32)):
            self.register_buffer(name, torch.zeros(0, dtype=kind))
        self.register_buffer("threshold", torch.zeros(0, dtype=torch.float64))
        self.register_buffer("value", torch.zeros(0, outputs, dtype=torch.float64))
        self.register_buffer("roots", torch.zeros(0, dtype=torch.int64))

    def flaw(self) -> str:
        nodes = len(self.left)
        if len({len(getattr(self, name)) for name in self.NODES}) > 1 or not leads_down(self.left, self.right):
            return "trees with nodes that point outside the tree, or back to an earlier node"
        if not len(self.roots) or not _in_range(self.roots, nodes) or not _in_range(self.feature, self.inputs):
            return "trees without a root, or that ask for a feature that is not there"
        return ""

    def take(
        self, forest: RandomForestClassifier | RandomForestRegressor, target: Target, device: torch.device
    ) -> None:
        """Copies the trees of a forest of scikit-learn into the buffers.

        Args:
            forest: fitted; its classes are numbers of those of the target.
            target: what is predicted.
            device: Device of the buffers.
        """
        trees, outputs = [tree.tree_ for tree in forest.estimators_], self.value.shape[1]
        values = np.concatenate([tree.value[:, 0] for tree in trees])
        if target.classes:
            values, class_values = np.zeros((len(values), outputs)), values
            values[:, forest.classes_.astype(int)] = class_values
        names = "feature", "threshold", "children_left", "children_right"
        self._assign([[getattr(tree, name) for name in names] for tree in trees], values, device)

    def fill(self, trees: Sequence[np.ndarray], outputs: Sequence[int], device: torch.device) -> None:
        """Copies boosted trees of scikit-learn into the buffers.

        Args:
            trees: an array of nodes for each tree.
            outputs: the output to which each tree adds.
            device: Device of the buffers.
        """
        values = np.zeros((sum(map(len, trees)), self.value.shape[1]))
        values[np.arange(len(values)), np.repeat(outputs, list(map(len, trees)))] = np.concatenate(
            [np.where(nodes["is_leaf"], nodes["value"], 0.0) for nodes in trees]
        )
        child = lambda nodes, side: np.where(nodes["is_leaf"], -1, nodes[side].astype(np.int64))
        names = "feature_idx", "num_threshold"
        parts = [[*(nodes[name] for name in names), child(nodes, "left"), child(nodes, "right")] for nodes in trees]
        self._assign(parts, values, device)

    def _assign(self, trees: Sequence[Sequence[np.ndarray]], values: np.ndarray, device: torch.device) -> None:
        """trees: features, thresholds and children of the nodes of each, -1 for no child. values: (nodes, outputs)."""
        counts = np.array([len(tree[0]) for tree in trees])
        first = counts.cumsum() - counts
        feature, threshold, *sides = (np.concatenate(parts) for parts in zip(*trees))
        lefts, rights = (np.where(side < 0, 0, side + np.repeat(first, counts)).astype(np.int32) for side in sides)
        buffers = {
            "feature": feature.clip(0).astype(np.int32), "threshold": threshold.astype(np.float64), "value": values,
            "left": lefts, "right": rights, "roots": first.astype(np.int64),
        }  # fmt: skip
        for name, buffer in buffers.items():
            setattr(self, name, torch.from_numpy(buffer).to(device))

    def constant(self, value: np.ndarray, device: torch.device) -> None:
        """Makes the trees a single leaf with this value (outputs,)."""
        for name in ("feature", "threshold", "left", "right", "roots"):
            setattr(self, name, torch.zeros(1, dtype=getattr(self, name).dtype, device=device))
        self.value = torch.from_numpy(value[None]).to(device)

    def forward(self, x: Tensor) -> Tensor:
        """Predicts outputs (n, outputs) float64 of rows (n, F) float32."""
        node = self.roots.expand(len(x), -1)
        while (inner := self.left[node] > 0).any():
            goes_left = x.gather(1, self.feature[node].long()) <= self.threshold[node]
            node = torch.where(inner, torch.where(goes_left, self.left[node], self.right[node]).long(), node)
        total = torch.zeros(len(x), self.value.shape[1], dtype=self.value.dtype, device=x.device)
        for tree in node.T:  # one after another, as scikit-learn adds
            total += self.value[tree]
        return total / len(self.roots)


class NearestMolecules(PropertyBaseline):
    """A baseline that averages the answers of the most similar training molecules, by fingerprints.

    Args:
        neighbours: how many.
    """

    grows: ClassVar[dict[str, int]] = {**PropertyBaseline.grows, "answers": 0, "weight": 0}

    def __init__(self, spec: TaskSizes, neighbours: int):
        super().__init__(spec)
        self.neighbours = neighbours
        self.register_buffer("answers", torch.zeros(0, len(self.targets)))  # (m, T)
        self.register_buffer("weight", torch.zeros(0, len(self.targets)))  # (m, T), 0 where an answer is unknown

    def fit_answers(self, items: Items, rng: Draws) -> None:
        self.answers = items.target.y.clone()
        weight = torch.ones(len(items), device=items.x.device) if items.target.weight is None else items.target.weight
        self.weight = weight[:, None] * (items.target.known != UNKNOWN)
        order = items.x.cpu().argsort()
        for t, (known, target) in enumerate(zip(self.known_answers(items), self.targets)):
            if not target.classes and (known.state != EXACT).any():
                rows = order[torch.searchsorted(items.x.cpu()[order], known.items.cpu())]
                y = fit_with_bounds(known, lambda subset: subset, self._predict_near, rounds=1).y
                self.answers[rows, t] = torch.from_numpy(y).to(self.answers)

    def _predict_near(self, known: KnownAnswers, items: Tensor) -> np.ndarray:
        """(k,) numbers of items (k,), by the nearest of those that are known."""
        similar, neighbours = several_nearest(bits(self.around, items), bits(self.around, known.items), self.neighbours)
        weight = known.weight[neighbours] * np.where(similar.any(1, keepdims=True), similar, 1.0)
        return (weight * known.y[neighbours]).sum(1) / weight.sum(1)

    def flaw(self) -> str:
        classes = [(k, len(target.classes)) for k, target in enumerate(self.targets) if target.classes]
        if len(self.answers) != len(self.fingerprints) or len(self.weight) != len(self.answers):
            return "answers of other molecules than fingerprints"
        if (self.weight < 0).any() or not all(_in_range(self.answers[:, k], count) for k, count in classes):
            return "answers that are no classes, or weights below 0"
        return super().flaw()

    def member_predictions(self, context: MoleculesContext) -> Tensor:
        fingerprints, candidates = bits(context), self.fingerprints.cpu().byte().numpy()
        answers, weights = self.answers.double().cpu().numpy(), self.weight.double().cpu().numpy()
        predictions = []
        for t, target in enumerate(self.targets):
            is_weighted = np.flatnonzero(weights[:, t] > 0)
            if len(is_weighted):
                similar, number = several_nearest(fingerprints, candidates[is_weighted], self.neighbours)
                neighbours = is_weighted[number]
                weight = weights[neighbours, t] * np.where(similar.any(1, keepdims=True), similar, 1.0)
                predictions.append(means_of_answers(answers[neighbours, t], weight, target))
            else:
                predictions.append(
                    np.tile(
                        mean_answer(answers[is_weighted, t], weights[is_weighted, t], target), (len(fingerprints), 1)
                    )
                )
        return torch.from_numpy(np.concatenate(predictions, 1)).float().to(self.answers.device)[None]


def _in_range(numbers: Tensor, count: int) -> bool:
    """Whether all lie in 0 .. count - 1."""
    return not len(numbers) or bool(numbers.min() >= 0 and numbers.max() < count)


def side_by_side(context: MoleculesContext, items: slice = slice(None)) -> Tensor:
    """Joins descriptors, where there are any, and fingerprint bits of some molecules: (n, descriptors + bits)
    float32."""
    presence = (dense(context.counts[items]) > 0).float()
    return presence if context.descriptors is None else torch.cat([context.descriptors[items], presence], 1)
