"""Several networks of one kind, trained in turn within one run. They answer with their mean, and their spread measures
doubt (Lakshminarayanan 2017).

They differ by their first weights, by the order of their items, and by which items validate: each has its own fold of
the run's training and validation items. If too few validate to set any apart, each member is measured on its fold. A
member needs nothing of the others while it trains, so each may train in a process of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from ..chemistry.fingerprints import nearest
from ..core.trainable import Items, Stage, join
from .properties.properties import MoleculesContext, PropertyPredictor
from .properties.uncertainty import Believed, Calibration, bits

JUDGED = 2_000  # molecules of all folds together that measure, at most: all members predict all of them


class Ensemble(Believed):
    """members: at least two, untrained, which read the same of molecules and answer the same."""

    def __init__(self, members: Sequence[PropertyPredictor]):
        super().__init__(members[0].targets)
        self.members = nn.ModuleList(members)
        for k, member in enumerate(members):
            member.fold = k, len(members)
        self.unit, self.views = members[0].unit, members[0].views

    def attach(self, context: MoleculesContext) -> None:
        super().attach(context)
        for member in self.members:
            member.attach(context)

    def stages(self) -> list[Stage]:
        """One for each member."""
        return [stage for member in self.members for stage in member.stages()]

    def member_predictions(self, context: MoleculesContext) -> Tensor:
        return torch.cat([member.member_predictions(context) for member in self.members])

    def judge_by_folds(self, folds: list[Items]) -> None:
        parts = [fold[: JUDGED // len(folds)] for fold in folds]
        items, fold = join(parts), np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        values = self.member_predictions(self.around.select(items.x)), items.target.y, items.target.known
        each, y, known = (of_items.double().cpu().numpy() for of_items in values)
        kept = [self.fingerprints[~torch.isin(self.numbers, fold.x)].cpu().numpy() for fold in folds]
        similarity = [nearest(bits(self.around, part.x), outside)[0] for part, outside in zip(parts, kept)]
        measured = Calibration.fit_by_folds(each, fold, y, known, self.targets, np.concatenate(similarity))
        self.calibration = measured.to_rows().to(self.device)

    def encode(self, context: MoleculesContext) -> Tensor:
        """(n, members x D): of all members side by side."""
        return torch.cat([member.encode(context) for member in self.members], 1)

    def begin_from(self, parent: PropertyPredictor | Ensemble) -> None:
        """Each member begins from one of the parent's, in turn. Raises DataError as theirs does."""
        for member in self.members:
            member.begin_from(parent)
