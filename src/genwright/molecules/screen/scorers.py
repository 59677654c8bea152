"""How likely molecules are to be active: by known actives alone, or by a model.

similarity   the Tanimoto similarity to the nearest active
one-class    log of the mean over actives of exp((similarity - 1) / WIDTH): a density, which several near actives
             raise
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch

from ...chemistry.direction import Direction
from ...chemistry.fingerprints import COLUMNS, nearest, similarity
from ...chemistry.measured import Library
from ...core.answers import Target
from ...core.errors import DataError
from .settings import ONE_CLASS

WIDTH = 0.1  # of similarity, over which an active counts e times less
NORMAL = 1.645  # deviations to each side that hold 90%
DIGITS = 6  # of a score: molecules that agree in all of them tie


class ByActives:
    """by, actives: as of `scored`."""

    def __init__(self, by: str, actives: np.ndarray):
        self.by, self.actives = by, actives

    def scores(self, library: Library, fingerprints: np.ndarray) -> pd.DataFrame:
        """A row for each molecule that can be read. fingerprints: theirs."""
        return pd.DataFrame({"score": rounded(scored(self.by, fingerprints, self.actives))})


def scored(by: str, fingerprints: np.ndarray, actives: np.ndarray) -> np.ndarray:
    """(n,) by SIMILARITY or ONE_CLASS."""
    return density(fingerprints, actives) if by == ONE_CLASS else nearest(fingerprints, actives)[0]


def density(fingerprints: np.ndarray, actives: np.ndarray) -> np.ndarray:
    """(n,) of packed fingerprints (n, bytes) and those of actives (a, bytes)."""
    bits = torch.from_numpy(np.unpackbits(fingerprints, axis=1)).float()
    logs = []
    for begin in range(0, len(actives), COLUMNS):
        own = torch.from_numpy(np.unpackbits(actives[begin : begin + COLUMNS], axis=1)).float()
        logs.append(((similarity(bits, own) - 1).double() / WIDTH).logsumexp(1))
    return (torch.stack(logs, 1).logsumexp(1) - np.log(len(actives))).numpy()


@dataclass(frozen=True)
class ByModel:
    """Scores by a model.

    Args:
        model: a predictor of properties.
        target: the one that ranks.
        direction: of the target; its positive class is the one whose probability is the score.
    """

    model: Any
    target: Target
    direction: Direction

    def scores(self, library: Library, fingerprints: np.ndarray) -> pd.DataFrame:
        """A row for each molecule that can be read, with `low` and `high`, ends of a 90% interval, `number` of the
        nearest training molecule and the similarity to it, `alike`."""
        table = self.model.predict(library)[library.valid]
        score, low, high = score_target(table, self.target, self.model.domain, self.direction.positive)
        found = {"score": score, "low": low, "high": high, "number": table["nearest"], "alike": table["similarity"]}
        return pd.DataFrame({name: np.asarray(values, float) for name, values in found.items()})


def score_target(
    table: pd.DataFrame, target: Target, domain: Any, positive: str = ""
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Score, low and high (n,) of a target, NaN where there is no interval.

    Args:
        table: predictions, a row a molecule.
        target: the one that is scored.
        domain: of the model that predicted.
        positive: the class whose probability is the score; the last one by default.
    """
    cells = lambda name: table[name].to_numpy(float)
    if not target.classes:
        return tuple(rounded(cells(f"{target.name}{end}")) for end in ("", "_low", "_high"))
    place = target.classes.index(positive) if positive else -1
    chance = cells(domain.chance_columns(target)[place])
    half = NORMAL * cells(domain.spread_column(target))
    return rounded(chance), rounded((chance - half).clip(0, 1)), rounded((chance + half).clip(0, 1))


@dataclass(frozen=True)
class Flag:
    """Warnings by another model. name: of their column."""

    name: str
    model: Any

    @property
    def columns(self) -> dict[str, str]:
        """{column: what it is}."""
        targets = self.model.domain.targets
        if not any(target.classes for target in targets):
            return {self.name: f"`{targets[0].name}` by the flag's model"}
        about = {self.name: "highest probability that the flag's model gives to the last class of a target"}
        return about | ({f"{self.name}_of": "the target with that probability"} if len(targets) > 1 else {})

    def cells(self, library: Library) -> tuple[dict[str, Any], np.ndarray]:
        """{column: values (k,)} of the molecules that can be read, and (k,) bool: which are flagged."""
        table, targets = self.model.predict(library)[library.valid], self.model.domain.targets
        classes = [target for target in targets if target.classes]
        if not classes:
            values = score_target(table, targets[0], self.model.domain)[0]
            return {self.name: values}, np.zeros(len(values), bool)
        each = np.stack([score_target(table, target, self.model.domain)[0] for target in classes], 1)
        found = {self.name: each.max(1)}
        if len(targets) > 1:
            found[f"{self.name}_of"] = np.array([target.name for target in classes], object)[each.argmax(1)]
        return found, each.max(1) >= 0.5


def target_of(model: Any, name: str, who: str) -> Target:
    """The target of a model that ranks. Raises DataError where it has several and none is named, or another one is."""
    targets = {target.name: target for target in model.domain.targets}
    if not name and len(targets) == 1:
        return model.domain.targets[0]
    if name not in targets:
        wrong = f"{who} predicts no '{name}'" if name else f"{who} predicts several targets"
        raise DataError(f"{wrong}: name one of {', '.join(targets)} with --target")
    return targets[name]


def rounded(values: Iterable[float]) -> np.ndarray:
    """To DIGITS that count."""
    return np.array([float(f"{value:.{DIGITS}g}") for value in values], np.float64)
