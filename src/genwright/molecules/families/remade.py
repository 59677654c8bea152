"""Baselines that apply rules of a field, such as those of valence, and learn little more than counts.

    x = f(c, r),   c counts of training items,  r random numbers,  f a rule of the field, such as valence

The plain function f makes each item in the user's form.
"""

import json
from collections.abc import Callable, Iterable
from random import Random
from typing import ClassVar, Protocol

import torch
from torch import Tensor

from ...core.domain import BaseDomain
from ...core.draws import Draws
from ...core.errors import DataError
from ...core.family import Family
from ...core.seeds import seed_of
from ...core.spec import Spec
from ...core.trainable import Items

MAX_COUNTED_ITEMS = 20_000  # training items, at most, that are counted
TRIES = 1_000  # draws for one item, at most


class Counts(Protocol):
    """The counts in training items that a baseline keeps: `to_json` makes a dict, from which the family's `read` brings
    them back."""

    def to_json(self) -> dict: ...


class Remade(Family):
    """A baseline that puts items together anew from the parts of training items, such as fragments of molecules.

    Args:
        count: items -> what is known of them, an object that has `to_json`: that is kept, the items are not.
        read: makes it of JSON again.
        draw: (what is known, random numbers) -> an item, or None where they come to none.

    An item that the Spec cannot say, for its length or a symbol that training never had, is drawn again.
    """

    allow_bf16 = False
    conditional = False
    grows: ClassVar[dict[str, int]] = {"counted": 0}
    lacks = {
        "log_prob": "an item can be put together in more ways than are counted",
        "complete": "it makes whole items only",
    }

    def __init__(
        self, spec: Spec, given: Spec, count: Callable[[Iterable[str]], Counts], read: Callable[[dict], Counts],
        draw: Callable[[Counts, Random], str | None],
    ):  # fmt: skip
        super().__init__(spec, given)
        self.count, self.read, self.draw = count, read, draw
        self.domain, self.known = None, None
        self.register_buffer("counted", torch.zeros(0, dtype=torch.uint8))  # bytes of JSON

    def attach_domain(self, domain: BaseDomain) -> None:
        self.domain = domain

    def finish(self, items: Items, rng: Draws) -> None:
        rows = items.x[rng.permutation(len(items))[:MAX_COUNTED_ITEMS]].cpu()
        decoded = self.domain.decode(rows, torch.full((len(rows), items.given.shape[1]), torch.nan), None)
        text = json.dumps(self.count(decoded).to_json())
        self.counted, self.known = torch.tensor(list(text.encode()), dtype=torch.uint8, device=rng.device), None

    def flaw(self) -> str:
        try:
            self.known = self._training_counts()
        except Exception:  # reading damaged JSON can fail in any way
            return "counts that cannot be read"
        return ""

    def sample(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        """Samples n items. Raises DataError where the parts of training items make no item."""
        if self.known is None:
            self.known = self._training_counts()
        samples = [self._one(Random(seed_of("remade", rng.seed, i))) for i in range(n)]
        return torch.cat(samples).to(rng.device, torch.float32)

    def _training_counts(self) -> Counts:
        """The counts of training items, read from the buffer. A damaged buffer may raise any error."""
        return self.read(json.loads(bytes(self.counted.tolist())))

    def _one(self, numbers: Random) -> Tensor:
        for _ in range(TRIES):
            item = self.draw(self.known, numbers)
            if item is None:
                continue
            try:
                return self.domain.encode([item])[0]
            except DataError:  # the alphabet or the longest line of training has no room for it
                continue
        raise DataError(f"of {TRIES:,} draws none came to an item like those of training: train on more of them")
