"""Predictors of properties that know how far to believe an answer: from the molecules that they learned from, and from
errors on molecules that did not train them.

A run keeps the bits of each training molecule's fingerprint, and its number, not the molecule.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...chemistry.fingerprints import BITS, nearest, packed
from ...core.answers import Target
from ...core.draws import Draws
from ...core.errors import RunError
from ...core.trainable import Items, Trainable
from ...networks.graph.features import Features
from .uncertainty import Calibration


class BelievedAnswers(NamedTuple):
    """Predictions of n molecules. found: (n, outputs) probabilities of classes, and scaled numbers. low, high: (n, T)
    ends of 90% intervals of scaled numbers, NaN where there are none. spread: (n, T) standard deviation over members of
    an ensemble, None of a single one. similarity: (n,) to the nearest training molecule; number: (n,) of the latter
    among the molecules of the source; inside: (n,) whether it is near enough, None where that is not known."""

    found: Tensor
    low: Tensor
    high: Tensor
    spread: Tensor | None
    similarity: Tensor
    number: Tensor
    inside: Tensor | None


class Believed(Trainable):
    """targets: what is predicted. bits: of a fingerprint. A subclass has `each`, and `views` with "counts"."""

    gaps = ("calibration",)
    grows: ClassVar[dict[str, int]] = {"fingerprints": 0, "numbers": 0}

    def __init__(self, targets: Sequence[Target], bits: int = BITS):
        super().__init__()
        self.targets = tuple(targets)
        self.register_buffer("fingerprints", torch.zeros(0, bits // 8, dtype=torch.uint8))
        self.register_buffer("numbers", torch.zeros(0, dtype=torch.int64))
        self.register_buffer("calibration", Calibration.none(self.targets).to_rows())

    def attach(self, context: Any) -> None:
        self.around = context

    @abstractmethod
    def member_predictions(self, context: Any) -> Tensor:
        """(members, n, outputs): what each network, or the one, predicts: probabilities of classes, scaled numbers."""

    def finish(self, items: Items, rng: Draws) -> None:
        self.fingerprints = torch.from_numpy(bits(self.around, items.x)).to(items.x.device)
        self.numbers = items.x.clone()

    def judge(self, items: Items) -> None:
        each = self.member_predictions(self.around.select(items.x)).double().cpu().numpy()
        similarity, _ = nearest(bits(self.around, items.x), self.fingerprints.cpu().numpy())
        y, known = (values.cpu().numpy() for values in (items.target.y, items.target.known))
        measured = Calibration.fit(each.mean(0), _spread(each), y, known, self.targets, similarity)
        self.calibration = measured.to_rows().to(items.x.device)

    def flaw(self) -> str:
        if len(self.fingerprints) != len(self.numbers) or (self.numbers < 0).any():
            return "fingerprints and numbers of different training molecules"
        return ""

    def predict(self, context: Any) -> BelievedAnswers:
        """Raises RunError where no training molecule is kept."""
        if not len(self.numbers):
            raise RunError("the run keeps no molecule that it learned from: fit it anew")
        each, measured = self.member_predictions(context).double().cpu().numpy(), self._measured
        spread = _spread(each)
        similarity, number = nearest(bits(context), self.fingerprints.cpu().byte().numpy())
        inside = None if measured.least is None else torch.from_numpy(measured.inside(similarity))
        numbers = *measured.predictions(each, spread, self.targets), _widest(spread, self.targets)
        return BelievedAnswers(
            *(None if values is None else torch.from_numpy(values).float() for values in numbers),
            torch.from_numpy(similarity), self.numbers.cpu().long()[number], inside,
        )  # fmt: skip

    def health(self, x: Tensor, given: Tensor, rng: Draws) -> list[str]:
        """Targets without an interval, or whose probabilities nobody could check, those of one reason together."""
        without: dict[str, list[str]] = {}
        for target, why in zip(self.targets, self._measured.reasons):
            if why:
                without.setdefault(why, []).append(f"`{target.name}`")
        return [f"how far {', '.join(names)} can be believed is not known: {why}" for why, names in without.items()]

    @property
    def _measured(self) -> Calibration:
        return Calibration.from_rows(self.calibration.cpu())


def bits(context: Any, which: Tensor | None = None) -> np.ndarray:
    """(n, bits / 8) uint8: the packed fingerprints of molecules, of all or of these numbers."""
    counts = context.counts if which is None else context.counts[which]
    return packed(dense(counts).cpu().numpy())


def dense(x: Features) -> Tensor:
    """(n, bits) of counts that may be sparse."""
    return x if isinstance(x, Tensor) else x.dense()


def _spread(each: np.ndarray) -> np.ndarray | None:
    """(n, outputs) standard deviation over members; None of a single one."""
    return each.std(0, ddof=1) if len(each) > 1 else None


def _widest(spread: np.ndarray | None, targets: Sequence[Target]) -> np.ndarray | None:
    """(n, outputs) -> (n, T), of a class the probability that differs most."""
    if spread is None:
        return None
    ends = np.cumsum([target.outputs for target in targets])[:-1]
    return np.stack([part.max(1) for part in np.split(spread, ends, 1)], 1)
