"""The metrics for predicted properties of molecules, and for numbers of whole graphs: on test items alone, target by
target, and their mean.

A bound ("> 10") is no measured value and has no part. A target whose test items are all of one class cannot be ranked,
and has no part in the means of what ranks; the detail of the metric names it. With several numbers, errors are in
deviations of the training part, since their units differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from ...core.answers import AT_LEAST, AT_MOST, EXACT, Target
from ...run.predictor import Predictor
from ..intervals import bootstrap_se, numpy_generator
from ..metric import Measured, Metric, per_item
from ..metrics import properties
from ..metrics.properties import (
    OF_CLASSES,
    OF_NUMBERS,
    OfTarget,
    ScaledPredictions,
    each_target,
    enriched,
    over_targets,
    sides,
)
from ..plots import label_plots, molecule_sheets, property_plots
from ..plots.figures import short
from ..plots.row_sheets import write_rows
from ..sizes import Sizes

WORST, PREVIEW, NAMED = 10, 5, 3  # molecules of the sheet of errors, of a preview; targets left out that are named
DIGITS, CONSTANT = 4, 1e-6  # shown of a number; share of a value by which it must vary for an error to be known
RANKS = "roc_auc", "average_precision", "enrichment"  # want test items of both sides

TITLES = {
    "roc_auc": ("ROC-AUC", "chance that a hit scores above a molecule that is none; higher is better", "AUC"),
    "average_precision": (
        "Average precision",
        "mean precision over the ranks of hits; higher is better",
        "of molecules",
    ),
    "enrichment": (
        "Enrichment at 1%",
        "hits in the top 1%, over those in as many at random; higher is better",
        "times",
    ),
    "brier": ("Brier score", "squared distance of probabilities from the class; lower is better", "squared"),
    "calibration": ("Calibration error", "confidence less the share right, by bins; lower is better", "of molecules"),
    "rmse": ("RMSE", "root of the mean squared error; lower is better", ""),
    "mae": ("MAE", "mean absolute error; lower is better", ""),
    "r2": ("R²", "1 - squared errors over squared deviations from the mean; higher is better", ""),
    "spearman": ("Spearman", "correlation of ranks; higher is better", ""),
    "coverage": ("Coverage", "answers inside their 90% interval; 0.9 is right", "of answers"),
    "coverage_inside": (
        "Coverage inside",
        "the same of molecules near to those of training; 0.9 is right",
        "of answers",
    ),
    "width": ("Interval width", "mean width of the 90% interval; lower is better", ""),
}
BETTER = dict.fromkeys(TITLES, "higher") | dict.fromkeys(("brier", "calibration", "rmse", "mae", "width"), "lower")
BETTER |= dict.fromkeys(("coverage", "coverage_inside"), "near 1")
SCALED = "rmse", "mae", "width"  # in the unit of a number
WORST_CAPTION = "Largest errors, each beside the nearest training molecule"


class Suite:
    """Measures predictors of answers, of which some are classes. data: the `Data` of a task."""

    TITLES = TITLES
    HEADLINE = {"labels": "roc_auc"}

    def __init__(self, data: Any, seed: int = 0, sizes: dict[str, int] | None = None):
        self.sizes = Sizes({}, sizes)  # predicting takes little, and all is measured
        self.data, self.seed, self.targets = data, seed, data.domain.spec.targets
        test = data.tensors("test")
        self.items, self.answers = test.x.numpy(), test.target
        numbers = [target for target in self.targets if not target.classes]
        self.scaled = len(numbers) > 1
        self.unit = "deviations" if self.scaled else _unit(numbers[0]) if numbers else ""
        self._last: tuple[Predictor, ScaledPredictions] | None = None  # the model that was asked last, and what it said

    def reference(self) -> dict[str, Metric]:
        """Nothing: what was measured is the answer itself."""
        return {}

    def measure(self, model: Predictor) -> Measured:
        """Every metric, and the seconds that predicting and the rest took."""
        start = perf_counter()
        said = self._predicted(model)
        predicted = perf_counter()
        parts = self._parts(said, self.scaled)
        metrics = {}
        for name, of in (OF_CLASSES | OF_NUMBERS).items():
            metrics |= self._mean(
                name, of, [part for part in parts if bool(part.target.classes) == (name in OF_CLASSES)]
            )
        metrics |= self._enrichment(parts)
        if said.inside is not None:
            near = [_only(part, said.inside) for part in parts if not part.target.classes]
            metrics |= self._mean("coverage_inside", OF_NUMBERS["coverage"], near)
        seconds = {"sample": predicted - start, "evaluate": perf_counter() - predicted}
        return Measured(metrics, seconds, per_item(metrics, self.items))

    def plot(self, model: Predictor, folder: str | Path) -> dict[str, str]:
        """Drawings for the report: {caption: path of the file}."""
        folder, sheets = Path(folder), {}
        folder.mkdir(parents=True, exist_ok=True)
        said = self._predicted(model)
        parts = self._parts(said)
        numbers = [part for part in parts if not part.target.classes]
        ranked = [side for part in parts if part.target.classes for side in _titled(part)]
        if numbers:
            panels = [(part.target.name, part.y, part.said[:, 0], part.low, part.high) for part in numbers]
            sheets["Predicted against measured"] = property_plots.against_measured(panels, folder / "measured.png")
        if ranked:
            sheets["ROC and precision-recall curves"] = property_plots.curves(ranked, folder / "curves.png")
        if classes := [part for part in parts if part.target.classes]:
            sure = np.concatenate([part.said.max(1) for part in classes])
            right = np.concatenate([part.said.argmax(1) == part.y for part in classes])
            sheets["Calibration"] = label_plots.calibration(sure, right, folder / "calibration.png")
        if self._smiles is not None and parts:
            sheets |= self._by_similarity(said, folder)
        if len(self.targets) > 1:
            sheets["Each target"] = write_rows(properties.by_target(parts), folder / "targets.csv")
        return sheets

    def plot_real(self, folder: str | Path) -> dict[str, str]:
        """Nothing: what was measured is the answer itself."""
        return {}

    def preview(self, model: Predictor | None, folder: str | Path) -> str:
        """A few test items, what was predicted of them and what was measured: the path of a CSV file; "" without a
        model."""
        if model is None:
            return ""
        parts, few = self._parts(self._predicted(model)), np.arange(len(self.items))
        few = few[numpy_generator("preview", self.seed).permutation(len(few))[:PREVIEW]]
        alone = len(self.targets) == 1
        rows = pd.DataFrame({"item": self.items[few]} if self._smiles is None else {"molecule": self._smiles[few]})
        for part in parts[:NAMED]:
            said, measured = _in_words(part)
            place = {molecule: row for row, molecule in enumerate(part.items)}
            known = [place.get(item) for item in few]
            name = "" if alone else f"{part.target.name}, "
            rows[f"{name}predicted"] = [None if row is None else said[row] for row in known]
            rows[f"{name}measured"] = [None if row is None else measured[row] for row in known]
        return write_rows(rows, Path(folder) / "preview.csv")

    # ------------------------------------------------------------------ inside

    def _predicted(self, model: Predictor) -> ScaledPredictions:
        if self._last is None or self._last[0] is not model:
            self._last = model, predicted_of(model.predict(self.data).iloc[self.items], self.targets)
        return self._last[1]

    def _parts(self, said: ScaledPredictions, scaled: bool = False) -> list[OfTarget]:
        """Of each target of which something is known."""
        parts = each_target(said, self.answers.y.numpy(), self.answers.known.numpy(), self.targets, scaled)
        return [part for part in parts if len(part.y)]

    def _mean(self, name: str, of, parts: list[OfTarget]) -> dict[str, Metric]:
        """The metric over the targets that have it; {} where none has."""
        found = [(part, values) for part in parts if (values := of(part)) is not None and len(values) > 1]
        if not found:
            return {}
        items = over_targets(len(self.items), [(part.items, values) for part, values in found])
        there = items[np.isfinite(items)]
        value = float(there.mean())
        se = float(there.std(ddof=1) / len(there) ** 0.5) if np.ptp(there) > CONSTANT * abs(value) else None
        each = [(part.target.name, float(values.mean())) for part, values in found]
        return {name: self._metric(name, value, se, len(there), self._detail(name, parts, each), items)}

    def _enrichment(self, parts: list[OfTarget]) -> dict[str, Metric]:
        parts = [part for part in parts if part.target.classes]
        found = [(part, value) for part in parts if (value := enriched(part)) is not None]
        if not found:
            return {}
        rows = []
        for part, _ in found:
            row = np.full(len(self.items), -1)
            row[part.items] = np.arange(len(part.items))
            rows.append(row)

        def again(items: np.ndarray) -> float:
            picked = [_rows(part, row[items][row[items] >= 0]) for (part, _), row in zip(found, rows)]
            values = [value for part in picked if len(part.y) and (value := enriched(part)) is not None]
            return float(np.mean(values)) if values else float("nan")

        n = len(np.unique(np.concatenate([part.items for part, _ in found])))
        se = bootstrap_se(again, (len(self.items),), numpy_generator("enrichment", self.seed))
        each = [(part.target.name, value) for part, value in found]
        value = float(np.mean([value for _, value in found]))
        return {"enrichment": self._metric("enrichment", value, se, n, self._detail("enrichment", parts, each))}

    def _metric(
        self, name: str, value: float, se: float | None, n: int, detail: str, items: np.ndarray | None = None
    ) -> Metric:
        unit = self.unit if name in SCALED else TITLES[name][2]
        return Metric(value, se, "estimate", "predictions", unit, n, BETTER[name], detail=detail, items=items)

    def _detail(self, name: str, parts: list[OfTarget], each: list[tuple[str, float]]) -> str:
        """What each of several targets has, which have none and why, and how many bounds had no part."""
        said = [", ".join(f"{target} {value:.3g}" for target, value in each)] if len(each) > 1 else []
        gone = [part.target.name for part in parts if part.target.name not in dict(each)]
        if gone and name in RANKS:
            shown = ", ".join(gone[:NAMED]) + f" and {len(gone) - NAMED} more" * (len(gone) > NAMED)
            said.append(f"left out, since all test molecules are of one class: {shown}")
        known = self.answers.known.numpy()
        bounds = int(((known == AT_LEAST) | (known == AT_MOST)).sum())
        if bounds and name in OF_NUMBERS:
            said.append(f"{bounds:,} bounds left out")
        return "; ".join(said)

    @cached_property
    def _smiles(self) -> np.ndarray | None:
        """(n,) of the test molecules; None of graphs that are no molecules."""
        return self._smiles_of(self.items)

    def _smiles_of(self, numbers: np.ndarray) -> np.ndarray | None:
        smiles = getattr(self.data.whole, "smiles", None)
        return None if smiles is None else np.array(smiles, object)[numbers]

    @cached_property
    def _nearest(self) -> tuple[np.ndarray, np.ndarray]:
        """(n,) similarity of each test molecule to the nearest training molecule, and (n,) its number among these."""
        from ...chemistry.fingerprints import morgan_counts, nearest, packed

        train = self._smiles_of(self.data.tensors("train").x.numpy())
        return nearest(*(packed(morgan_counts(smiles)) for smiles in (self._smiles, train)))

    def _known(self, numbers: np.ndarray) -> list[str]:
        """What was measured of training molecules, a line each, where there is one target; "" where that is unknown."""
        if len(self.targets) > 1:
            return [""] * len(numbers)
        answers = self.data.tensors("train").target
        y, exact = answers.y.numpy()[numbers, 0], answers.known.numpy()[numbers, 0] == EXACT
        (target,) = self.targets
        values = y.astype(int) if target.classes else y * target.scale + target.shift
        return [f"measured {word}" if known else "" for word, known in zip(_words(target, values), exact)]

    def _by_similarity(self, said: ScaledPredictions, folder: Path) -> dict[str, str]:
        similarity, near = self._nearest
        parts = self._parts(said, self.scaled)
        error, worst = _errors(parts, self._parts(said), len(self.items))
        what = "Brier score" if parts[0].target.classes else f"absolute error, {short(self.unit, 24)}"
        there = np.flatnonzero(np.isfinite(error))
        known = None if said.inside is None else said.inside[there]
        curve = property_plots.against_similarity(
            similarity[there], error[there], what, known, folder / "similarity.png"
        )
        order = there[np.argsort(-error[there], kind="stable")][:WORST]
        train = self._smiles_of(self.data.tensors("train").x.numpy())[near[order]]
        said = [worst[i] for i in order], self._known(near[order])
        sheet = molecule_sheets.beside(self._smiles[order], train, similarity[order], folder / "worst.png", *said)
        return {"Error against similarity to training": curve, WORST_CAPTION: sheet}


class NumbersSuite(Suite):
    """The same where all answers are numbers."""

    HEADLINE = {"labels": "rmse"}


def suite(data: Any) -> type[Suite]:
    """The class that measures predictors of the data."""
    return Suite if any(target.classes for target in data.domain.spec.targets) else NumbersSuite


def predicted_of(table: pd.DataFrame, targets: Sequence[Target]) -> ScaledPredictions:
    """What the table of `predict` says, as arrays."""
    nothing = np.full(len(table), np.nan)
    cells = lambda column: table[column].to_numpy(float) if column in table else nothing
    found, ends = [], []
    for target in targets:
        name = target.name or "value"
        if target.classes:
            columns = [each if len(targets) == 1 else f"{name}={each}" for each in target.classes]
            found += [table[f"p({column})"].to_numpy(float) for column in columns]
            ends.append((nothing, nothing))
        else:
            taken = np.log if target.log else np.asarray
            scaled = [(taken(cells(f"{name}{end}")) - target.shift) / target.scale for end in ("", "_low", "_high")]
            found.append(scaled[0])
            ends.append(scaled[1:])
    low, high = (np.stack(side, 1) for side in zip(*ends))
    said = "inside" in table and table["inside"].notna().all()
    return ScaledPredictions(np.stack(found, 1), low, high, table["inside"].to_numpy(bool) if said else None)


def _unit(target: Target) -> str:
    return f"log of {target.name}" if target.log else target.name


def _only(part: OfTarget, inside: np.ndarray) -> OfTarget:
    """The molecules of a target that are inside."""
    return _rows(part, np.flatnonzero(inside[part.items]))


def _rows(part: OfTarget, rows: np.ndarray) -> OfTarget:
    return OfTarget(part.target, *(values[rows] for values in (part.items, part.y, part.said, part.low, part.high)))


def _titled(part: OfTarget) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Each class that is sought, with what to call it."""
    name, classes = part.target.name, part.target.classes
    return [(name if len(classes) == 2 else f"{name} {classes[c]}", y, p) for c, y, p in sides(part)]


def _in_words(part: OfTarget) -> tuple[list[str], list[str]]:
    """What is predicted and what was measured of each molecule of a target."""
    if not part.target.classes:
        return _words(part.target, part.said[:, 0]), _words(part.target, part.y)
    names = np.array(part.target.classes, object)
    named, sure = names[part.said.argmax(1)], part.said.max(1)
    return [f"{name} ({p:.0%})" for name, p in zip(named, sure)], _words(part.target, part.y)


def _words(target: Target, values: np.ndarray) -> list[str]:
    """Numbers of classes as their names; numbers, of which the logarithm may have been taken, as they were measured."""
    if target.classes:
        return [target.classes[value] for value in values]
    return [f"{value:.{DIGITS}g}" for value in (np.exp(values) if target.log else values)]


def _errors(parts: list[OfTarget], in_units: list[OfTarget], n: int) -> tuple[np.ndarray, list[str]]:
    """(n,) the mean error of each molecule over targets of the first one's kind, NaN where none is known; and a line on
    the target where it errs most, in its unit."""
    total, count, most, lines = np.zeros(n), np.zeros(n), np.full(n, -1.0), [""] * n
    for part, own in zip(parts, in_units):
        if bool(part.target.classes) != bool(parts[0].target.classes):
            continue
        error = properties.brier(part) if part.target.classes else properties.mae(part)
        total[part.items] += error
        count[part.items] += 1
        said, measured = _in_words(own)
        for row in np.flatnonzero(error > most[part.items]):
            name = f"{short(part.target.name)}\n" if len(parts) > 1 else ""
            lines[part.items[row]] = f"{name}predicted {said[row]}\nmeasured {measured[row]}"
        most[part.items] = np.maximum(most[part.items], error)
    with np.errstate(invalid="ignore"):
        return total / count, lines
