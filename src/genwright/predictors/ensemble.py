"""Several networks of one kind, trained in turn within one run; their mean answers, and what they differ by is a
measure of doubt (Lakshminarayanan 2017).

They differ by their first weights, by the order of what they see, and by which items validate: each has a fold of its
own of the items that the run learns from and validates on.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..core.trainable import Player, Stage
from .believed import Believed
from .properties import MoleculesContext, PropertyPredictor


class Ensemble(Believed):
    """members: at least two, untrained, which read the same of molecules and answer the same."""

    def __init__(self, members: Sequence[PropertyPredictor]):
        super().__init__(members[0].targets)
        self.members = nn.ModuleList(members)
        self.unit, self.views = members[0].unit, members[0].views

    def attach(self, context: MoleculesContext) -> None:
        super().attach(context)
        for member in self.members:
            member.attach(context)

    def stages(self) -> list[Stage]:
        """One for each member."""
        count = len(self.members)
        return [
            Stage(
                f"member-{k + 1}",
                [Player("model", list(member.parameters()), member.loss, unit=self.unit)],
                fold=(k, count),
            )
            for k, member in enumerate(self.members)
        ]

    def each(self, context: MoleculesContext) -> Tensor:
        return torch.cat([member.each(context) for member in self.members])

    def encode(self, context: MoleculesContext) -> Tensor:
        """(n, members x D): of all members side by side."""
        return torch.cat([member.encode(context) for member in self.members], 1)

    def begin_from(self, parent: PropertyPredictor | Ensemble) -> None:
        """Each member begins from one of the parent's, in turn. Raises DataError as theirs does."""
        theirs = parent.members if isinstance(parent, Ensemble) else [parent]
        for k, member in enumerate(self.members):
            member.begin_from(theirs[k % len(theirs)])
