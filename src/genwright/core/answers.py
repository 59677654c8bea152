"""Answers that predictors learn: one or several targets per item, any of which may be unknown.

    loss = sum of w l(f_t, y_t) / number of known targets

l is -log softmax(f_t)[y_t] for a class, and (f_t - y_t)^2 for a number. If only a bound on the number is known, l is 0
where f_t respects the bound.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .answer_states import EXACT, LOWER_BOUND, UNKNOWN, UPPER_BOUND
from .shares import share

__all__ = ["EXACT", "LOWER_BOUND", "UNKNOWN", "UPPER_BOUND", "Answers", "Target"]


@dataclass(frozen=True)
class Target:
    """The description of one target that a predictor learns.

    Args:
        name: Its name.
        classes: Names of the classes, () of a number.
        shift: Shift of a number, which is learned as (y - shift) / scale.
        scale: Scale of a number.
        log: Whether y is the logarithm of what the person measured.
        positive: The class that a person seeks, if they said it.
    """

    name: str = ""
    classes: tuple[str, ...] = ()
    shift: float = 0.0
    scale: float = 1.0
    log: bool = False
    positive: str = ""

    @property
    def outputs(self) -> int:
        """The number of network outputs: a score for each class, or one number."""
        return len(self.classes) or 1

    @classmethod
    def from_json(cls, record: dict) -> "Target":
        """Rebuilds a target from its `asdict`."""
        return cls(**record | {"classes": tuple(record["classes"])})


@dataclass(frozen=True)
class Answers:
    """Answers to learn, in the order of the items.

    Args:
        y: (n, T) float, the number of the class or the scaled number, 0 where unknown.
        known: (n, T) int8, UNKNOWN, EXACT, or, of a number, that y is a LOWER_BOUND or an UPPER_BOUND of the answer.
        weight: (n,) float, how much an item counts in a loss. Default: None, all count alike.
    """

    y: Tensor
    known: Tensor
    weight: Tensor | None = None

    @classmethod
    def exact(cls, y: Tensor) -> "Answers":
        """Makes answers (n, T) that are all known."""
        return cls(y, torch.full(y.shape, EXACT, dtype=torch.int8))

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, index: Tensor | slice) -> "Answers":
        return self._map_tensors(lambda t: t[index])

    def move_to(self, device: torch.device | str) -> "Answers":
        return self._map_tensors(lambda t: t.to(device))

    to = move_to  # as a tensor calls it

    @property
    def nbytes(self) -> int:
        return self.y.nbytes + self.known.nbytes + (0 if self.weight is None else self.weight.nbytes)

    def _map_tensors(self, change: Callable[[Tensor], Tensor]) -> "Answers":
        return Answers(change(self.y), change(self.known), None if self.weight is None else change(self.weight))


def join(parts: Sequence[Answers]) -> Answers:
    """Joins answers one after another."""
    weight = None if parts[0].weight is None else torch.cat([part.weight for part in parts])
    return Answers(torch.cat([part.y for part in parts]), torch.cat([part.known for part in parts]), weight)


def columns(outputs: Tensor, targets: Sequence[Target]) -> tuple[Tensor, ...]:
    """Splits outputs (n, outputs) of a network into those of each target, (n, target.outputs)."""
    return outputs.split([target.outputs for target in targets], 1)


def loss(outputs: Tensor, answers: Answers, targets: Sequence[Target]) -> Tensor:
    """Computes the mean loss over all known answers. Unknown answers have no gradient: they are masked, not left out,
    so that a GPU need not tell how much is known.

    Args:
        outputs: (B, outputs) of a network.
        answers: Answers of the B items.
        targets: Targets of the answers.
    """
    total, unknown = outputs.new_zeros(()), answers.known == UNKNOWN
    for t, (part, target) in enumerate(zip(columns(outputs, targets), targets)):
        y, known = answers.y[:, t], answers.known[:, t]
        if target.classes:
            losses = F.cross_entropy(part, y.long(), reduction="none")
        else:
            error = part[:, 0] - y
            error = torch.where(known == LOWER_BOUND, error.clamp(max=0), error)
            losses = torch.where(known == UPPER_BOUND, error.clamp(min=0), error).square()
        losses = losses if answers.weight is None else losses * answers.weight
        total = total + losses.masked_fill(unknown[:, t], 0.0).sum()
    batch_share = share()  # shares of a batch differ in which answers are known
    return total / (batch_share.sum((~unknown).sum().float()).clamp(min=1) / batch_share.count)


def probabilities(outputs: Tensor, targets: Sequence[Target]) -> Tensor:
    """Converts class scores in outputs (n, outputs) of a network to probabilities."""
    parts = zip(columns(outputs, targets), targets)
    return torch.cat([part.softmax(1) if target.classes else part for part, target in parts], 1)
