"""How well a screen finds actives that it did not learn from: their ranks among the library, and how much richer the
best molecules are than any."""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ...chemistry.direction import Direction
from ...chemistry.standards import parent_of, quiet_rdkit
from ...core.answers import UNKNOWN, Target
from ...core.data import Data
from ...measure.influence import of_area
from ...measure.intervals import bootstrap_se, numpy_generator, proportion_se
from ...measure.metrics.properties import average_precision, enrichment
from ...run.training_data import training_data_if_there
from .known import Known, find_actives
from .scorers import rounded, score_target, scored

SHARES = (0.01, 0.05)  # of a library or of test molecules, whose enrichment is told
MOST_ACTIVES = 500  # actives that are left out in turn
Figure = tuple[float, float | None]  # a value and its standard error


@dataclass(frozen=True)
class Judged:
    """how: what was held out, in a sentence. scores: (h,) of held-out actives. figures: {name: value and error} of test
    molecules, () where there were no inactive ones."""

    how: str
    scores: list[float] = field(default_factory=list)
    figures: dict[str, Figure] = field(default_factory=dict)

    def to_json(self) -> dict:
        return asdict(self)


def by_leaving_out(by: str, known: Known) -> Judged:
    """Score each active by those of other parents: its own stereoisomers and charge states have nearly its fingerprint,
    and say nothing about new molecules. With a single parent there is nothing to measure."""
    bits, n = known.fingerprints, len(known.actives)
    with quiet_rdkit():
        parents = np.array([parent_of(smiles) for smiles in known.actives])
    if len(set(parents)) < 2:
        return Judged("One active alone: nothing is left to measure recall on.")
    chosen = numpy_generator("left out", n).permutation(n)[:MOST_ACTIVES]
    scores = []
    for k in chosen:
        scores += list(scored(by, bits[k : k + 1], bits[parents != parents[k]]))
    how = f"Each of {len(chosen):,} known actives was scored by the others, without its salts and stereoisomers."
    return Judged(how, rounded(scores).tolist())


def by_test(model: Any, data: Data, target: Target, direction: Direction) -> Judged:
    """The test molecules of the data that a model was trained on, if it learned nothing of them.

    Args:
        model: a predictor of properties.
        data: what it was trained on.
        target: the property that ranks.
        direction: of this property.
    """
    test = data.tensors("test")
    number = [each.name for each in data.domain.targets].index(target.name)
    y, known = test.target.y.numpy()[:, number], test.target.known.numpy()[:, number]
    there = known != UNKNOWN
    active, every = find_actives(y, known, target.classes, direction)[there], test.x.numpy()[there]
    table = model.predict([data.whole.smiles[k] for k in every])
    score = score_target(table, target, model.domain, direction.positive)[0]
    better = direction.sign * score
    best = "smallest" if direction.lower else "largest"
    what = "" if target.classes else f", the tenth with the {best} numbers"
    how = f"{active.sum():,} actives of {len(active):,} test molecules that training did not see{what}."
    if not 0 < active.sum() < len(active):
        return Judged(f"{how} Both actives and others are needed to measure more.", score[active].tolist())
    figures = {"ROC-AUC": _mean(of_area(active, better)), "Average precision": _mean(average_precision(active, better))}
    for share in SHARES:
        figures[f"Enrichment at {share:.0%}"] = enrichment(active, better, share), _error(active, better, share)
    return Judged(how, score[active].tolist(), figures)


def among_library(ranks: np.ndarray, kept: int) -> dict[str, Figure]:
    """Enrichment of held-out actives by their ranks (h,), from 1 to kept + 1, among so many molecules of a library."""
    found = {}
    for share in SHARES:
        depth = max(1, int(share * (kept + 1)))  # ranks are whole: the share that they make up is another
        part, of = float((ranks <= depth).mean()), depth / (kept + 1)
        found[f"Enrichment at {share:.0%}"] = part / of, float(proportion_se(part, len(ranks))) / of
    return found


def auc_of(model: Any) -> str:
    """Text about a flag's model: its ROC-AUC on test molecules, or why this is not known."""
    data = training_data_if_there(model)
    if data is None:
        return "its AUC is not known: the training table is gone, or another"
    if model.config["rows"] != "train":
        return "its AUC is not known: it learned from all molecules"
    found = [
        by_test(model, data, target, Direction(target.name, target.classes[-1] if target.classes else ""))
        for target in data.domain.targets
    ]
    areas = [judged.figures["ROC-AUC"] for judged in found if judged.figures]
    if not areas:
        return "its AUC is not known: the test molecules are of one class"
    mean, error = np.mean([area for area, _ in areas]), np.linalg.norm([se or 0.0 for _, se in areas]) / len(areas)
    over = f", mean of {len(areas)} targets" if len(areas) > 1 else ""
    return f"ROC-AUC {mean:.2f} ± {error:.2f} on its test molecules{over}"


def _error(active: np.ndarray, score: np.ndarray, share: float) -> float | None:
    """Standard error of an enrichment, by actives and others drawn again; None of a single one."""
    ones, others = np.flatnonzero(active), np.flatnonzero(~active)

    def resampled_enrichment(i: np.ndarray, j: np.ndarray) -> float:
        both = np.concatenate([ones[i], others[j]])
        return enrichment(active[both], score[both], share)

    found = bootstrap_se(resampled_enrichment, (len(ones), len(others)), numpy_generator("enrichment", f"{share}"))
    return found if np.isfinite(found) else None


def _mean(items: np.ndarray) -> Figure:
    return float(items.mean()), float(items.std(ddof=1) / len(items) ** 0.5) if len(items) > 1 else None
