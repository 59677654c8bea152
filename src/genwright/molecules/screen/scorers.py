"""How likely molecules are to be active, by known actives alone or by a model; and how well that finds actives that
it did not learn from.

    similarity   the Tanimoto similarity to the nearest active
    one-class    log of the mean over actives of exp((similarity - 1) / WIDTH): a density, which several near actives
                 raise

Held-out actives are ranked among the library; an enrichment says how much richer the best molecules are than any.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from ...core.answers import UNKNOWN, Target
from ...core.data import Data
from ...core.errors import DataError
from ...measure.intervals import area_influence as of_area
from ...measure.intervals import bootstrap_se, numpy_generator, proportion_se
from ...measure.metrics.predictions import average_precision, enrichment
from ...run.predictor import Predictor
from ...run.tasks import training_data_if_there
from ..chemistry.fingerprints import COLUMNS, nearest, similarity
from ..chemistry.measured import Direction, Library, find_warning
from ..chemistry.standards import parent_of, quiet_rdkit
from ..library_tables import open_predictor
from .record import ONE_CLASS, Known, find_actives

WIDTH = 0.1  # drop of similarity over which an active counts e times less
NORMAL = 1.645  # deviations to each side that hold 90%
DIGITS = 6  # digits of a score: molecules that agree in all of them tie


class ByActives:
    """Scores molecules by their similarity to known actives.

    Args:
        by: as of `scored`.
        actives: as of `scored`.
    """

    def __init__(self, by: str, actives: np.ndarray):
        self.by, self.actives = by, actives

    def scores(self, library: Library, fingerprints: np.ndarray) -> pd.DataFrame:
        """Scores each molecule that can be read, a row each.

        Args:
            library: Library of molecules.
            fingerprints: theirs.
        """
        return pd.DataFrame({"score": rounded(scored(self.by, fingerprints, self.actives))})


def scored(by: str, fingerprints: np.ndarray, actives: np.ndarray) -> np.ndarray:
    """Scores fingerprints by known actives, (n,), by SIMILARITY or ONE_CLASS."""
    return density(fingerprints, actives) if by == ONE_CLASS else nearest(fingerprints, actives)[0]


def density(fingerprints: np.ndarray, actives: np.ndarray) -> np.ndarray:
    """Computes the density (n,) of packed fingerprints (n, bytes) under actives (a, bytes)."""
    bits = torch.from_numpy(np.unpackbits(fingerprints, axis=1)).float()
    logs = []
    for begin in range(0, len(actives), COLUMNS):
        own = torch.from_numpy(np.unpackbits(actives[begin : begin + COLUMNS], axis=1)).float()
        logs.append(((similarity(bits, own) - 1).double() / WIDTH).logsumexp(1))
    return (torch.stack(logs, 1).logsumexp(1) - np.log(len(actives))).numpy()


@dataclass(frozen=True)
class ByModel:
    """Scores molecules by a model.

    Args:
        model: a predictor of properties.
        target: the one that ranks.
        direction: Direction of the target; its positive class is the one whose probability is the score.
    """

    model: Predictor
    target: Target
    direction: Direction

    def scores(self, library: Library, fingerprints: np.ndarray) -> pd.DataFrame:
        """Scores each molecule that can be read, a row each, with `low` and `high`, ends of a 90% interval, `number` of
        the nearest training molecule and the similarity to it, `alike`.

        Args:
            library: Library of molecules.
        """
        table = self.model.predict(library)[library.valid]
        score, low, high = score_target(table, self.target, self.model, self.direction.positive)
        columns = {"score": score, "low": low, "high": high, "number": table["nearest"], "alike": table["similarity"]}
        return pd.DataFrame({name: np.asarray(values, float) for name, values in columns.items()})


def score_target(
    table: pd.DataFrame, target: Target, model: Predictor, positive: str = ""
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns score, low and high (n,) of a target, NaN where there is no interval.

    Args:
        table: predictions, a row a molecule.
        target: the one that is scored.
        model: that predicted.
        positive: the class whose probability is the score; the last one by default.
    """
    domain, cells = model.domain, lambda name: table[name].to_numpy(float)
    if not target.classes:
        return tuple(rounded(cells(f"{target.name}{end}")) for end in ("", "_low", "_high"))
    place = target.classes.index(positive) if positive else -1
    chance = cells(domain.chance_columns(target)[place])
    half = NORMAL * cells(domain.column_of(target, "spread"))
    return rounded(chance), rounded((chance - half).clip(0, 1)), rounded((chance + half).clip(0, 1))


@dataclass(frozen=True)
class Flag:
    """Warnings by another model.

    Args:
        name: Name of their column.
        model: The trained model.
        word: the class that it warns of, "" if words say it.
    """

    name: str
    model: Predictor
    word: str = ""

    @classmethod
    def open(cls, name: str, run_text: str) -> "Flag":
        """Opens the flag of a run, or of RUN:CLASS. Raises DataError if nothing says which class it warns of."""
        run, _, word = (
            run_text.rpartition(":") if not Path(run_text).exists() and ":" in run_text else (run_text, "", "")
        )
        flag = cls(name, open_predictor(run), word)
        for target in flag.classes:
            find_warning(target, flag.word)
        return flag

    @property
    def classes(self) -> dict[Target, str]:
        """The class that the flag warns of, for each target with classes: {target: class}."""
        return {target: find_warning(target, self.word) for target in self.model.domain.targets if target.classes}

    @property
    def columns(self) -> dict[str, str]:
        """The columns of the flag: {column: what it is}."""
        targets = self.model.domain.targets
        if not any(target.classes for target in targets):
            return {self.name: f"`{targets[0].name}` by the flag's model"}
        class_words = " or ".join(f"`{target.name}` is {word}" for target, word in self.classes.items())
        column_words = {
            self.name: f"probability by the flag's model that {class_words}" + ", the highest" * (len(self.classes) > 1)
        }
        return column_words | ({f"{self.name}_of": "the target with that probability"} if len(targets) > 1 else {})

    def cells(self, library: Library) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Computes {column: values (k,)} of the molecules that can be read, and which are flagged, (k,) bool."""
        table, targets = self.model.predict(library)[library.valid], self.model.domain.targets
        classes = self.classes
        if not classes:
            values = score_target(table, targets[0], self.model)[0]
            return {self.name: values}, np.zeros(len(values), bool)
        class_scores = np.stack(
            [score_target(table, target, self.model, word)[0] for target, word in classes.items()], 1
        )
        columns = {self.name: class_scores.max(1)}
        if len(targets) > 1:
            columns[f"{self.name}_of"] = np.array([target.name for target in classes], object)[class_scores.argmax(1)]
        return columns, class_scores.max(1) >= 0.5


def target_of(model: Predictor, name: str, who: str) -> Target:
    """Returns the target of a model that ranks. Raises DataError where it has several and none is named, or another one
    is.

    Args:
        model: The trained model.
    """
    targets = {target.name: target for target in model.domain.targets}
    if not name and len(targets) == 1:
        return model.domain.targets[0]
    if name not in targets:
        problem = f"{who} predicts no '{name}'" if name else f"{who} predicts several targets"
        raise DataError(f"{problem}: name one of {', '.join(targets)} with --target")
    return targets[name]


def rounded(values: Iterable[float]) -> np.ndarray:
    """Rounds values to DIGITS significant digits."""
    return np.array([float(f"{value:.{DIGITS}g}") for value in values], np.float64)


SHARES = (0.01, 0.05)  # shares of a library or of test molecules, whose enrichment is told
MOST_ACTIVES = 500  # actives that are left out in turn
Figure = tuple[float, float | None]  # a value and its standard error


@dataclass(frozen=True)
class Judged:
    """How well held-out actives rank.

    Args:
        how: what was held out, in a sentence.
        scores: (h,) of held-out actives.
        figures: {name: value and error} of test molecules, () where there were no inactive ones.
    """

    how: str
    scores: list[float] = field(default_factory=list)
    figures: dict[str, Figure] = field(default_factory=dict)

    def to_json(self) -> dict:
        return asdict(self)

    def for_final_model(self) -> "Judged":
        """Returns the same evidence for a model that was then retrained on all molecules."""
        return replace(self, how=f"{self.how} The model that ranks was trained again, on them too.")


def by_leaving_out(by: str, known: Known) -> Judged:
    """Scores each active by those of other parents: its own stereoisomers and charge states have nearly its
    fingerprint, and say nothing about new molecules. With a single parent there is nothing to measure."""
    bits, n = known.fingerprints, len(known.actives)
    with quiet_rdkit():
        parents = np.array([parent_of(smiles) for smiles in known.actives])
    if len(set(parents)) < 2:
        return Judged("One active alone: nothing is left to measure recall on.")
    chosen = numpy_generator("left out", n).permutation(n)[:MOST_ACTIVES]
    scores = []
    for k in chosen:
        scores += list(scored(by, bits[k : k + 1], bits[parents != parents[k]]))
    method = f"Each of {len(chosen):,} known actives was scored by the others, without its salts and stereoisomers."
    return Judged(method, rounded(scores).tolist())


def by_test(model: Predictor, data: Data, target: Target, direction: Direction) -> Judged:
    """Measures the ranking on the test molecules of the data that a model was trained on, if it learned nothing of
    them.

    Args:
        model: a predictor of properties.
        data: what it was trained on.
        target: the property that ranks.
        direction: Direction of this property.
    """
    test = data.tensors("test")
    number = [target.name for target in data.domain.targets].index(target.name)
    y, known = test.target.y.numpy()[:, number], test.target.known.numpy()[:, number]
    is_known = known != UNKNOWN
    active, is_active = find_actives(y, known, target.classes, direction)[is_known], test.x.numpy()[is_known]
    table = model.predict([data.whole.smiles[k] for k in is_active])
    score = score_target(table, target, model, direction.positive)[0]
    better = direction.sign * score
    best = "smallest" if direction.lower else "largest"
    cut_words = "" if target.classes else f", the tenth with the {best} numbers"
    method = f"{active.sum():,} actives of {len(active):,} test molecules that training did not see{cut_words}."
    if not 0 < active.sum() < len(active):
        return Judged(f"{method} Both actives and others are needed to measure more.", score[active].tolist())
    figures = {"ROC-AUC": _mean(of_area(active, better)), "Average precision": _mean(average_precision(active, better))}
    for share in SHARES:
        figures[f"Enrichment at {share:.0%}"] = enrichment(active, better, share), _error(active, better, share)
    return Judged(method, score[active].tolist(), figures)


def among_library(ranks: np.ndarray, tested_count: int) -> dict[str, Figure]:
    """Computes the enrichment of held-out actives from their ranks (h,) in a library."""
    figures = {}
    for share in SHARES:
        depth = max(1, int(share * (tested_count + 1)))  # ranks are whole: the share that they make up is another
        part, of = float((ranks <= depth).mean()), depth / (tested_count + 1)
        figures[f"Enrichment at {share:.0%}"] = part / of, float(proportion_se(part, len(ranks))) / of
    return figures


def auc_of(flag: Flag) -> str:
    """Describes a flag's model: its ROC-AUC on test molecules, or why this is not known."""
    model = flag.model
    data = training_data_if_there(model)
    if data is None:
        return "its AUC is not known: the training table is gone, or another"
    if model.config["rows"] != "train":
        return "its AUC is not known: it learned from all molecules"
    judged_targets = [
        by_test(model, data, target, Direction(target.name, flag.classes.get(target, "")))
        for target in model.domain.targets
    ]
    areas = [judged.figures["ROC-AUC"] for judged in judged_targets if judged.figures]
    if not areas:
        return "its AUC is not known: the test molecules are of one class"
    mean, error = np.mean([area for area, _ in areas]), np.linalg.norm([se or 0.0 for _, se in areas]) / len(areas)
    over = f", mean of {len(areas)} targets" if len(areas) > 1 else ""
    return f"ROC-AUC {mean:.2f} ± {error:.2f} on its test molecules{over}"


def _error(active: np.ndarray, score: np.ndarray, share: float) -> float | None:
    """Standard error of an enrichment, by actives and others drawn again; None of a single one."""
    ones, inactive = np.flatnonzero(active), np.flatnonzero(~active)

    def resampled_enrichment(i: np.ndarray, j: np.ndarray) -> float:
        both = np.concatenate([ones[i], inactive[j]])
        return enrichment(active[both], score[both], share)

    error = bootstrap_se(resampled_enrichment, (len(ones), len(inactive)), numpy_generator("enrichment", f"{share}"))
    return error if np.isfinite(error) else None


def _mean(items: np.ndarray) -> Figure:
    return float(items.mean()), float(items.std(ddof=1) / len(items) ** 0.5) if len(items) > 1 else None
