"""The metrics for predicted structures of protein chains: how right the built coordinates are, in numbers that a mirror
image cannot hide from, and whether the confidence knows.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from ...core.data import Data
from ...measure.intervals import bootstrap_se, numpy_generator, proportion
from ...measure.metric import Metric, Role
from ...measure.rows import MetricRow, estimate, rows
from ...measure.suite import PredictionSuite
from ...run.predictor import Predictor
from ..kinds.protein_data import chain_keys
from ..kinds.sketches import CAUTION
from . import structure_scores as structures
from . import structure_sheets

PREVIEW, SHOWN_CHAINS = 5, 6  # chains of a preview, and of a drawing


def mean_of(score: Callable[..., float]) -> Callable[[Suite, list], Metric]:
    """Makes a row's function from a score of one chain: the mean over test chains."""
    return lambda suite, folded: suite._mean(folded, score)


class Suite(PredictionSuite):
    """Measures predictors of protein structures.

    Args:
        data: the task's `Data` of chains.
        seed: Seed of the random numbers.
    """

    AIM = "structures"

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(data, seed, sizes)
        self.chains = [chain for chain in data.test if chain.has_backbone.sum() > structures.SEPARATION]
        self.keys = chain_keys(self.chains).view(np.int64)

    def _mean(self, folded: list, score) -> Metric:
        values = np.array(
            [score(structure.atoms, chain.atoms, chain.has_backbone) for structure, chain in zip(folded, self.chains)],
            float,
        )
        known = values[np.isfinite(values)]
        if not len(known):
            return estimate(float("nan"), None, 0)
        return estimate(known.mean(), known.std() / max(len(known) - 1, 1) ** 0.5, len(known), items=values)

    def _contacts(self, folded: list) -> Metric | None:
        metric = self._mean(folded, structures.contact_precision)
        return metric if metric.n else None

    def _hand(self, folded: list) -> Metric:
        right = [
            structures.has_right_hand(structure.atoms, chain.atoms, chain.has_backbone)
            for structure, chain in zip(folded, self.chains)
        ]
        right = np.array(right)
        return estimate(*proportion(right), len(right), items=right.astype(float))

    def _confidence(self, folded: list) -> Metric | None:
        """Over residues of all chains; its error is that of drawing chains again."""
        true = [
            structures.lddt(structure.atoms, chain.atoms, chain.has_backbone)
            for structure, chain in zip(folded, self.chains)
        ]
        confidences = [
            np.where(np.isfinite(scores), structure.confidence, np.nan) for scores, structure in zip(true, folded)
        ]
        if np.nanstd(np.concatenate(confidences)) == 0:
            return None

        def correlation(mask: np.ndarray) -> float:
            pairs = np.concatenate([np.stack([confidences[i], true[i]]) for i in mask], 1)
            return float(spearmanr(*pairs[:, np.isfinite(pairs[1])]).statistic)

        all_residues = np.arange(len(folded))
        se = bootstrap_se(correlation, (len(folded),), numpy_generator("confidence", self.seed))
        return estimate(correlation(all_residues), se, len(folded))

    ROWS = rows(
        MetricRow("lddt", "lDDT",
            "distances up to 15 A between CA that are right to .5, 1, 2 and 4 A; higher is better", "of distances",
            "higher", Role.ANSWERS,
            mean_of(lambda *chain: np.nanmean(structures.lddt(*chain))), ranks="labels"),
        MetricRow("lddt_apart", "lDDT, 6 residues apart or more",
            "the same of pairs that say something of the fold; higher is better", "of distances", "higher",
            Role.ANSWERS, mean_of(lambda *chain: np.nanmean(structures.lddt(*chain, structures.SEPARATION)))),
        MetricRow("tm", "TM-score", "closeness of whole structures, near .17 for unrelated ones; higher is better", "",
            "higher", Role.ANSWERS, mean_of(structures.tm_score)),
        MetricRow("rmsd", "RMSD", "distance of CA after the best rotation; lower is better", "A", "lower",
            Role.ANSWERS, mean_of(structures.rmsd)),
        MetricRow("hand", "Right hand", "chains nearer to the truth than their mirror image is; higher is better",
            "of chains", "higher", Role.ANSWERS, _hand),
        MetricRow("q3", "Q3", "residues in the right one of three states: helix, strand, neither; higher is better",
            "of residues", "higher", Role.ANSWERS, mean_of(structures.q3)),
        MetricRow("contacts", "Contacts, P@L/5",
            "closest L / 5 predicted pairs 24 residues apart or more that touch; higher is better", "of pairs",
            "higher", Role.ANSWERS, _contacts),
        MetricRow("confidence", "Confidence",
            "rank correlation of the confidence of a residue with its lDDT; higher is better", "", "higher",
            Role.CONFIDENCE, _confidence),
    )  # fmt: skip

    def _predict_test(self, model: Predictor) -> list:
        return list(model.predict(self.chains)["folded"])

    def _sheet(self, folded: list, folder: Path) -> dict[str, str]:
        shown_chains = self._in_order(folded)[:SHOWN_CHAINS]
        return {
            "Predicted over true": structure_sheets.overlaid(shown_chains, folder / "structures.png"),
            "Distances between CA: true above, predicted below the diagonal": structure_sheets.distance_maps(
                shown_chains, folder / "distances.png"
            ),
            f"Confidence and true lDDT along the chain. Confidence is {CAUTION}": structure_sheets.along_the_chain(
                shown_chains, folder / "confidence.png"
            ),
        }

    def _table(self, folded: list) -> pd.DataFrame:
        shown_chains = self._in_order(folded)[:PREVIEW]
        score = lambda structure, chain: np.nanmean(structures.lddt(structure.atoms, chain.atoms, chain.has_backbone))
        return pd.DataFrame(
            {
                "chain": [chain.name for _, chain in shown_chains],
                "residues": [len(chain) for _, chain in shown_chains],
                "confidence": [round(float(structure.confidence.mean()), 3) for structure, _ in shown_chains],
                "identity to the nearest training chain": [str(structure.identity) for structure, _ in shown_chains],
                "inside": pd.Series([structure.inside for structure, _ in shown_chains], dtype=object),
                "lDDT": [round(float(score(structure, chain)), 3) for structure, chain in shown_chains],
                "RMSD": [
                    round(structures.rmsd(structure.atoms, chain.atoms, chain.has_backbone), 2)
                    for structure, chain in shown_chains
                ],
            }
        )

    def _in_order(self, folded: list) -> list[tuple]:
        """Predicted and true chains in a seeded order."""
        order = numpy_generator("preview", self.seed).permutation(len(folded))
        return [(folded[i], self.chains[i]) for i in order]
