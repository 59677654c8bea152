"""The metrics for predicted properties of molecules, with drawings of the molecules that are predicted worst."""

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...core.answers import EXACT
from ...measure.metrics import predictions
from ...measure.metrics.predictions import OfTarget, ScaledPredictions, answers_in_words, in_words
from ...measure.plots import prediction_plots
from ...measure.plots.figures import short
from ...measure.suites import answers
from ..chemistry.fingerprints import morgan_counts, nearest, packed
from ..chemistry.matched_pairs import exchanged_groups
from . import molecule_sheets

WORST = 10  # molecules of the sheet of errors
WORST_CAPTION = "Largest errors, each beside the nearest training molecule"
PAIRS_CAPTION = "Matched pairs: a test molecule beside the nearest training molecule, which differs in one group"
ACROSS = 2  # molecules a row of a preview, whose letters stay readable at half width
MOST_COMPARED = 100  # test molecules, those most like training, of which matched pairs are sought


class DrawnMolecules(answers.AnswersSuite):
    """Drawings of molecules beside what is predicted of them."""

    ITEM = "molecule"

    def _sheet(self, predictions: ScaledPredictions, folder: Path) -> dict[str, str]:
        sheets = super()._sheet(predictions, folder)
        if not self._target_parts(predictions):
            return sheets
        similar = {"Error against similarity to training": self._by_similarity(predictions, folder / "similarity.png")}
        sheets = similar | sheets | {WORST_CAPTION: self._worst_predictions(predictions, folder / "worst.png")}
        if len(self.targets) == 1 and self._matched_pairs:
            sheets[PAIRS_CAPTION] = self._draw_matched_pairs(predictions, folder / "pairs.png")
        return sheets

    def _preview(self, items: ScaledPredictions, folder: Path) -> str:
        table = self._table(items)
        if table.empty:
            return ""
        targets = [f"{short(name, 12)}: " for name in table["target"]] if "target" in table else [""] * len(table)
        words = [
            f"{name}predicted {a}\nmeasured {b}" for name, a, b in zip(targets, table["predicted"], table["measured"])
        ]
        shown = slice(2 * ACROSS)
        return molecule_sheets.strip(table[self.ITEM][shown], folder / "preview.svg", words[shown], ACROSS)

    def _item(self, number: int) -> object:
        return self._smiles[number]

    @cached_property
    def _smiles(self) -> np.ndarray:
        """(n,) of the test molecules."""
        return self._smiles_of(self.keys)

    def _smiles_of(self, numbers: np.ndarray) -> np.ndarray:
        return np.array(self.data.whole.smiles, object)[numbers]

    @cached_property
    def _nearest(self) -> tuple[np.ndarray, np.ndarray]:
        """(n,) similarity of each test molecule to the nearest training molecule, and (n,) its number among these."""
        train = self._smiles_of(self.data.tensors("train").x.numpy())
        return nearest(*(packed(morgan_counts(smiles)) for smiles in (self._smiles, train)))

    def _describe_measured(self, numbers: np.ndarray) -> list[str]:
        """A line on the measured value of each training molecule; "" if it is unknown, or there are several targets."""
        if len(self.targets) > 1:
            return [""] * len(numbers)
        answers = self.data.tensors("train").target
        y, exact = answers.y.numpy()[numbers, 0], answers.known.numpy()[numbers, 0] == EXACT
        (target,) = self.targets
        values = y.astype(int) if target.classes else y * target.scale + target.shift
        return [f"measured {word}" if known else "" for word, known in zip(in_words(target, values), exact)]

    def _by_similarity(self, predictions: ScaledPredictions, path: Path) -> str:
        error, _ = self._errors(predictions)
        finite = np.flatnonzero(np.isfinite(error))
        of_classes = self._target_parts(predictions)[0].target.classes
        error_name = "Brier score" if of_classes else f"absolute error\n{short(self.unit, 32)}"
        known = None if predictions.inside is None else predictions.inside[finite]
        return prediction_plots.against_similarity(self._nearest[0][finite], error[finite], error_name, known, path)

    def _worst_predictions(self, predictions: ScaledPredictions, path: Path) -> str:
        similarity, near = self._nearest
        error, lines = self._errors(predictions)
        finite = np.flatnonzero(np.isfinite(error))
        order = finite[np.argsort(-error[finite], kind="stable")][:WORST]
        train = self._smiles_of(self.data.tensors("train").x.numpy())[near[order]]
        words = [lines[i] for i in order], self._describe_measured(near[order])
        return molecule_sheets.draw_pairs(self._smiles[order], train, similarity[order], path, *words)

    @cached_property
    def _matched_pairs(self) -> list[tuple[int, str]]:
        """Test molecules that differ in one group from their nearest training molecule, with measured values in both,
        those first whose values differ most; and the exchange in words."""
        similarity, near = self._nearest
        train, answer_parts = self.data.tensors("train"), (self.answers, self.data.tensors("train").target)
        own, train_values = (answers.y.numpy()[:, 0] for answers in answer_parts)
        states = [answers.known.numpy()[:, 0] == EXACT for answers in answer_parts]
        both = np.flatnonzero(states[0] & states[1][near])
        both = both[np.argsort(-similarity[both], kind="stable")][:MOST_COMPARED]
        partners = self._smiles_of(train.x.numpy())
        groups = {i: exchanged_groups(self._smiles[i], partners[near[i]]) for i in both.tolist()}
        pairs = [(i, f"{pair[0]} for {pair[1]}") for i, pair in groups.items() if pair]
        return sorted(pairs, key=lambda pair: -abs(own[pair[0]] - train_values[near[pair[0]]]))

    def _draw_matched_pairs(self, predictions: ScaledPredictions, path: Path) -> str:
        similarity, near = self._nearest
        order, exchanges = (list(column) for column in zip(*self._matched_pairs[:WORST]))
        lines, train = self._errors(predictions)[1], self._smiles_of(self.data.tensors("train").x.numpy())[near[order]]
        words = [f"{lines[i]}\n{exchange}" for i, exchange in zip(order, exchanges)]
        return molecule_sheets.draw_pairs(
            self._smiles[order], train, similarity[order], path, words, self._describe_measured(near[order])
        )

    def _errors(self, predictions: ScaledPredictions) -> tuple[np.ndarray, list[str]]:
        return _errors(self._target_parts(predictions, self.scaled), self._target_parts(predictions), len(self.keys))


class Suite(DrawnMolecules):
    """Measures predictors of properties, of which some are classes."""

    ROWS = answers.AnswersSuite.ROWS


class NumbersSuite(DrawnMolecules):
    """Measures predictors of properties that are all numbers."""

    ROWS = answers.NumbersSuite.ROWS
    ERROR = answers.NumbersSuite.ERROR


def suite(data: Any) -> type[answers.AnswersSuite]:
    """Returns the class that measures predictors of the data."""
    return Suite if any(target.classes for target in data.domain.spec.targets) else NumbersSuite


def _errors(parts: list[OfTarget], in_units: list[OfTarget], n: int) -> tuple[np.ndarray, list[str]]:
    """(n,) the mean error of each molecule over targets of the first one's kind, NaN where none is known; and a line on
    the target where it errs most, in its unit."""
    total, count, largest_error, lines = np.zeros(n), np.zeros(n), np.full(n, -1.0), [""] * n
    for part, own in zip(parts, in_units):
        if bool(part.target.classes) != bool(parts[0].target.classes):
            continue
        error = predictions.brier(part) if part.target.classes else predictions.mae(part)
        total[part.items] += error
        count[part.items] += 1
        words, measured = answers_in_words(own)
        for row in np.flatnonzero(error > largest_error[part.items]):
            name = f"{short(part.target.name)}\n" if len(parts) > 1 else ""
            lines[part.items[row]] = f"{name}predicted {words[row]}\nmeasured {measured[row]}"
        largest_error[part.items] = np.maximum(largest_error[part.items], error)
    with np.errstate(invalid="ignore"):
        return total / count, lines
