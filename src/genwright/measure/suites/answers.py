"""The metrics for predicted answers, classes and numbers: on test items alone, target by
target, and their mean.

A bound ("> 10") is no measured value and has no part. A target whose test items are all of one class cannot be ranked,
and has no part in the means of what ranks; the detail of the metric names it. With several numbers, errors are in
deviations of the training part, since their units differ.
"""

from functools import cached_property
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...core.answers import EXACT, LOWER_BOUND, UNKNOWN, UPPER_BOUND, Target
from ...core.errors import list_some
from ...run.predictor import Predictor
from ..intervals import bootstrap_se, numpy_generator
from ..metric import Metric, Role
from ..metrics import predictions
from ..metrics.predictions import (
    OF_CLASSES,
    OF_NUMBERS,
    OfTarget,
    ScaledPredictions,
    answers_in_words,
    each_target,
    enriched,
    over_targets,
    predicted_of,
    sides,
)
from ..metrics.table_columns import shorten
from ..plots import prediction_plots
from ..plots.table_sheets import write_rows
from ..rows import MetricRow, constant_chance, estimate, ranked, rows
from ..suite import PredictionSuite

PREVIEW, NAMED = 5, 3  # items of a preview; targets left out that are named
CONSTANT = 1e-6  # share of a value by which it must vary for an error to be known
RANKS = "roc_auc", "average_precision", "enrichment"  # want test items of both sides
ONE_CLASS, TOO_FEW = "one class in the test set", "fewer than two test values"  # why a target has no number
INSIDE = "as similar to training as 95% of validation molecules"

SIDES = "inside", "outside"
SIDED = "brier", "rmse", "coverage"  # measured of the molecules inside and outside too
SCALED = "rmse", "mae", "width"  # in the unit of a number, those inside and outside too
DEVIATIONS = "deviations"


class AnswersSuite(PredictionSuite):
    """Measures predictors of answers, of which some are classes.

    ERROR: the metric by which the page compares items inside with those outside. ITEM: what an item is called.

    Args:
        data: the `Data` of a task.
        seed: Seed of the random numbers.
    """

    ERROR = "brier"
    ITEM = "item"

    def __init__(self, data: Any, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(data, seed, sizes)
        self.targets = data.domain.spec.targets
        test = data.tensors("test")
        self.keys, self.answers = test.x.numpy(), test.target
        numbers = [target for target in self.targets if not target.classes]
        self.scaled = len(numbers) > 1
        self.unit = DEVIATIONS if self.scaled else _unit(numbers[0]) if numbers else ""

    def believed(self, metrics: dict[str, Metric]) -> str:
        """Describes how often intervals and probabilities were right, which molecules lie inside the model's domain,
        how errors differ there, and which targets the means leave out."""
        sentences = []
        if "coverage" in metrics:
            sentences.append(f"90% intervals held {metrics['coverage'].value:.0%} of test values.")
        if "calibration" in metrics:
            sentences.append(f"Confidence and accuracy differed by {metrics['calibration']} on average.")
        sides = {side: metrics[name] for side in SIDES if (name := f"{self.ERROR}_{side}") in metrics}
        if sides:
            share = sides["inside"].n / metrics[self.ERROR].n if "inside" in sides else 0.0
            unit = f" ({DEVIATIONS})" if metrics[self.ERROR].unit == DEVIATIONS else ""
            errors = " and ".join(f"{metric} {side}" for side, metric in sides.items())
            sentences += [
                f"{share:.0%} of test molecules were inside: {INSIDE}.",
                f"{self.ROWS[self.ERROR].title}{unit} was {errors}.",
                "Validation hardly measured errors outside.",
            ]
        if self._missing:
            title = self.ROWS[self.HEADLINE["labels"]].title
            sentences.append(f"Left out of the mean {title}: {_list_missing(self._missing)}.")
        return " ".join(sentences)

    def _sheet(self, predictions: ScaledPredictions, folder: Path) -> dict[str, str]:
        sheets = {}
        parts = self._target_parts(predictions)
        numbers = [part for part in parts if not part.target.classes]
        classes = [part for part in parts if part.target.classes]
        if numbers:
            panels = [(part.target.name, part.y, part.predicted[:, 0], part.low, part.high) for part in numbers]
            sheets["Predicted against measured"] = prediction_plots.against_measured(panels, folder / "measured.png")
        if len(self.targets) > 1 and parts:
            sheets["Each target"] = write_rows(self._each_target(predictions), folder / "targets.csv")
        if ranked := [side for part in classes for side in _titled(part)]:
            sheets["ROC and precision-recall curves"] = prediction_plots.curves(ranked, folder / "curves.png")
        if classes:
            confidence = np.concatenate([part.predicted.max(1) for part in classes])
            right = np.concatenate([part.predicted.argmax(1) == part.y for part in classes])
            sheets["Calibration"] = prediction_plots.calibration(confidence, right, folder / "calibration.png")
        return sheets

    def _predict_test(self, model: Predictor) -> ScaledPredictions:
        return predicted_of(model.predict(self.data).iloc[self.keys], self.targets)

    def _means(self, predictions: ScaledPredictions) -> dict[str, Metric]:
        """The means over targets, of all molecules, and of those inside and outside."""
        parts = self._target_parts(predictions, self.scaled)
        metrics = {}
        for name in OF_CLASSES | OF_NUMBERS:
            metrics |= self._mean(name, name, parts)
        if predictions.inside is not None:
            for side, is_side in zip(SIDES, (predictions.inside, ~predictions.inside)):
                halves = [part.of_molecules(is_side) for part in parts]
                for name in SIDED:
                    metrics |= self._mean(f"{name}_{side}", name, halves)
        return metrics

    def _table(self, found: ScaledPredictions) -> pd.DataFrame:
        """A few test molecules, one of each target in turn, so that many targets are no wider than one."""
        parts, rows = self._target_parts(found), []
        order = numpy_generator("preview", self.seed).permutation(len(self.keys))
        for k, part in zip(range(PREVIEW), cycle(parts)):
            known = order[np.isin(order, part.items)]
            if k < len(known):
                words, measured_words = answers_in_words(part.of_rows(np.flatnonzero(part.items == known[k])))
                rows.append((self._item(known[k]), part.target.name, *words, *measured_words))
        table = pd.DataFrame(rows, columns=[self.ITEM, "target", "predicted", "measured"])
        return table if len(self.targets) > 1 else table.drop(columns="target")

    def _item(self, number: int) -> object:
        """What stands for a test item in a table, here its number."""
        return self.keys[number]

    def _target_parts(self, predictions: ScaledPredictions, scaled: bool = False) -> list[OfTarget]:
        """Known values and predictions of each target with two test values or more."""
        parts = each_target(predictions, self.answers.y.numpy(), self.answers.known.numpy(), self.targets, scaled)
        return [part for part in parts if len(part.y) > 1]

    @cached_property
    def _missing(self) -> dict[str, str]:
        """{target: why it has no part in means} of those whose test items do not suffice."""
        missing = {}
        for t, target in enumerate(self.targets):
            known = self.answers.known.numpy()[:, t]
            values = self.answers.y.numpy()[known != UNKNOWN if target.classes else known == EXACT, t]
            if len(values) < 2:
                missing[target.name] = TOO_FEW
            elif target.classes and len(np.unique(values)) < 2:
                missing[target.name] = ONE_CLASS
        return missing

    def _each_target(self, scaled_predictions: ScaledPredictions) -> pd.DataFrame:
        """The means, then a row a target, in its own unit; in place of a number, why a target has none."""
        table, counts = predictions.by_target(self._target_parts(scaled_predictions)), ["tested", "of the last class"]
        mean = predictions.by_target(self._target_parts(scaled_predictions, self.scaled)).drop(
            columns=counts, errors="ignore"
        )
        unit = lambda name: f" {DEVIATIONS}" if self.scaled and name in SCALED else ""
        mean = {name: f"{value:.3g}{unit(name)}" for name, value in mean.mean(numeric_only=True).dropna().items()}
        table = table.astype(object).map(shorten, digits=3)
        for name in table.columns.intersection(RANKS):
            table.loc[table["target"].map(self._missing.get) == ONE_CLASS, name] = ONE_CLASS
        untested = [{"target": name, "tested": reason} for name, reason in self._missing.items() if reason == TOO_FEW]
        lines = [{"target": "mean"} | mean, *table.to_dict("records"), *untested]
        titles = {name: title for name, (title, *_) in self.TITLES.items()} | dict(zip(counts, ("test values", "hits")))
        return pd.DataFrame(lines, columns=list(table)).rename(columns=titles)

    def _mean(self, name: str, base: str, parts: list[OfTarget]) -> dict[str, Metric]:
        """The metric `base`, called `name`, over the targets that have it; {} where none has."""
        of = (OF_CLASSES | OF_NUMBERS)[base]
        parts = [part for part in parts if bool(part.target.classes) == (base in OF_CLASSES) and len(part.y) > 1]
        measured_parts = [(part, values) for part in parts if (values := of(part)) is not None]
        if not measured_parts:
            return {}
        items = over_targets(len(self.keys), [(part.items, values) for part, values in measured_parts])
        finite_items = items[np.isfinite(items)]
        value = float(finite_items.mean())
        se = (
            float(finite_items.std(ddof=1) / len(finite_items) ** 0.5)
            if np.ptp(finite_items) > CONSTANT * abs(value)
            else None
        )
        figures = [(part.target.name, float(values.mean())) for part, values in measured_parts]
        unit = self.unit if base in SCALED else ""
        return {
            name: estimate(value, se, len(finite_items), detail=self._detail(base, figures), unit=unit, items=items)
        }

    def _enrichment(self, predictions: ScaledPredictions) -> Metric | None:
        parts = [part for part in self._target_parts(predictions, self.scaled) if part.target.classes]
        measured_parts = [(part, value) for part in parts if (value := enriched(part)) is not None]
        if not measured_parts:
            return None
        rows = []
        for part, _ in measured_parts:
            row = np.full(len(self.keys), -1)
            row[part.items] = np.arange(len(part.items))
            rows.append(row)

        def mean_enrichment(items: np.ndarray) -> float:
            picked_parts = [part.of_rows(row[items][row[items] >= 0]) for (part, _), row in zip(measured_parts, rows)]
            values = [value for part in picked_parts if len(part.y) and (value := enriched(part)) is not None]
            return float(np.mean(values)) if values else float("nan")

        n = len(np.unique(np.concatenate([part.items for part, _ in measured_parts])))
        se = bootstrap_se(mean_enrichment, (len(self.keys),), numpy_generator("enrichment", self.seed))
        figures = [(part.target.name, value) for part, value in measured_parts]
        value = float(np.mean([value for _, value in measured_parts]))
        return estimate(value, se, n, detail=self._detail("enrichment", figures))

    def _detail(self, name: str, figures: list[tuple[str, float]]) -> str:
        """The value of each of several targets, the targets left out with reasons, and the count of bounds left out."""
        details = [", ".join(f"{target} {value:.3g}" for target, value in figures)] if len(figures) > 1 else []
        if name in RANKS and len(self.targets) == 1 and len(self.targets[0].classes) == 2:
            details.append(f"by the probability of `{self.targets[0].classes[-1]}`")
        omitted_targets = {
            target: reason for target, reason in self._missing.items() if name in RANKS or reason == TOO_FEW
        }
        if omitted_targets:
            details.append(f"left out: {_list_missing(omitted_targets)}")
        known = self.answers.known.numpy()
        bounds = int(((known == LOWER_BOUND) | (known == UPPER_BOUND)).sum())
        if bounds and name in OF_NUMBERS:
            details.append(f"{bounds:,} bounds left out")
        return "; ".join(details)

    ROWS = rows(
        MetricRow("roc_auc", "ROC-AUC",
            "chance that a hit, of the class that comes last, ranks above others; higher is better", "", "higher",
            Role.ANSWERS, _means, ranks="labels", chance=constant_chance(0.5)),
        MetricRow("average_precision", "Average precision", "mean precision at the ranks of the hits; higher is better",
            "", "higher", Role.ANSWERS, _means),
        MetricRow("enrichment", "Enrichment at 1%", "hits in the top 1%, over those in a random 1%; higher is better",
            "times", "higher", Role.ANSWERS, _enrichment),
        MetricRow("brier", "Brier score", "mean squared error of the probabilities; lower is better", "", "lower",
            Role.ANSWERS, _means),
        MetricRow("brier_inside", "Brier score inside", f"of molecules {INSIDE}; lower is better", "", "lower",
            Role.ANSWERS, _means),
        MetricRow("brier_outside", "Brier score outside", "of all other molecules; lower is better", "", "lower",
            Role.ANSWERS, _means),
        MetricRow("calibration", "Calibration error",
            "mean gap between confidence and accuracy, in bins; lower is better", "", "lower", Role.CONFIDENCE, _means),
        MetricRow("rmse", "RMSE", "root mean squared error; lower is better", "", "lower", Role.ANSWERS, _means),
        MetricRow("rmse_inside", "RMSE inside", f"of molecules {INSIDE}; lower is better", "", "lower", Role.ANSWERS,
            _means),
        MetricRow("rmse_outside", "RMSE outside", "of all other molecules; lower is better", "", "lower", Role.ANSWERS,
            _means),
        MetricRow("mae", "MAE", "mean absolute error; lower is better", "", "lower", Role.ANSWERS, _means),
        MetricRow("r2", "R²", "share of the variance of test values that is predicted; higher is better", "", "higher",
            Role.ANSWERS, _means),
        MetricRow("spearman", "Spearman", "rank correlation of predicted and measured values; higher is better", "",
            "higher", Role.ANSWERS, _means),
        MetricRow("coverage", "Coverage", "share of test values in their 90% interval; 0.9 is right", "", "near 1",
            Role.COVERAGE, _means),
        MetricRow("coverage_inside", "Coverage inside", f"of molecules {INSIDE}; 0.9 is right", "", "near 1",
            Role.CONFIDENCE, _means),
        MetricRow("coverage_outside", "Coverage outside", "of all other molecules; 0.9 is right", "", "near 1",
            Role.CONFIDENCE, _means),
        MetricRow("width", "Interval width", "mean width of the 90% interval; lower is better", "", "lower",
            Role.CONFIDENCE, _means),
    )  # fmt: skip


def _list_missing(missing: dict[str, str]) -> str:
    """The first few targets that are left out, each with the reason."""
    return list_some([f"{name} ({reason})" for name, reason in missing.items()], NAMED)


def _unit(target: Target) -> str:
    return f"log of {target.name}" if target.log else target.name


def _titled(part: OfTarget) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Each class that is sought, with what to call it."""
    name, classes = part.target.name, part.target.classes
    return [(name if len(classes) == 2 else f"{name} {classes[c]}", y, p) for c, y, p in sides(part)]


class NumbersSuite(AnswersSuite):
    """The same where all answers are numbers."""

    ROWS = ranked(AnswersSuite.ROWS, labels="rmse")
    ERROR = "rmse"
