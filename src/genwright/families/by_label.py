"""A label as a condition, for families that model x alone: a model for the items of each label, and one for all items,
which answers where the label is left out.

    p(x | label = k) = p_k(x),   p(x) = p_all(x)
"""

from collections.abc import Callable, Sequence
from functools import partial, wraps
from inspect import signature

import torch
from torch import Tensor, nn

from ..core.domain import BaseDomain
from ..core.draws import Draws
from ..core.family import Family
from ..core.ragged import X, join_items
from ..core.spec import Spec
from ..core.trainable import Items

METHODS = ("sample", "log_likelihood", "encode", "decode", "fill")
Answer = X | tuple[X | None, ...] | None
ITEMS = ("x", "z", "known")  # arguments with a row an item


class ByLabel(Family):
    """make() gives an unfitted model that is fitted in `finish` alone. given: one category. It has the verbs of these
    models, with their arguments.

    Each model whose label is in the block answers for a whole block, with the same random numbers, so that an item
    takes the same ones whatever labels stand beside it. In the places of other labels it sees the first of its own.
    """

    def __init__(self, spec: Spec, given: Spec, make: Callable[[], Family]):
        super().__init__(spec, given)
        self.models = nn.ModuleList(make() for _ in range(given.columns[0].k + 1))
        first = self.models[0]
        self.kind, self.method = first.kind, first.method
        self.sample_options, self.complete_options = first.sample_options, first.complete_options
        self.scores_known = first.scores_known
        self.allow_bf16, self.lacks = first.allow_bf16, getattr(first, "lacks", {})

    def attach_domain(self, domain: BaseDomain) -> None:
        for model in self.models:
            model.attach_domain(domain)

    def finish(self, items: Items, rng: Draws) -> None:
        """A label of fewer than two items has the model of all."""
        label = items.given[:, 0]
        for k, model in enumerate(self.models):
            own = (label == k).nonzero()[:, 0]
            model.finish(items[own] if len(own) > 1 else items, Draws.from_seed(rng.seed, rng.device))

    def kind_given(self, known: X) -> str:
        return self.models[0].kind_given(known)

    def completes_given(self, known: X, **options: object) -> str:
        return self.models[0].completes_given(known, **options)

    def __getattr__(self, name: str) -> Callable | nn.Module | Tensor:
        if name not in METHODS:
            return super().__getattr__(name)
        own = getattr(self.models[0], name)  # has no such verb where these models have none
        return wraps(own)(partial(self._answered, name))

    def _answered(self, verb: str, *args: object, **named: object) -> Answer:
        told = signature(getattr(self.models[0], verb)).bind_partial(*args).arguments | named
        label, all_items = told["given"][:, 0], len(self.models) - 1
        numbers, which = torch.where(label.isnan(), all_items, label).long().unique(return_inverse=True)
        place, answers = torch.arange(len(label), device=label.device), []
        for number, k in enumerate(numbers.tolist()):
            own = torch.where(which == number, place, (which == number).long().argmax())
            again = {name: told[name][own] for name in ITEMS if told.get(name) is not None}
            if "rng" in told:
                again["rng"] = Draws.from_seed(told["rng"].seed, told["rng"].device)
            answers.append(getattr(self.models[k], verb)(**told | again))
        if isinstance(answers[0], tuple):
            return tuple(self._picked(parts, which) for parts in zip(*answers))
        return self._picked(answers, which)

    def _picked(self, answers: Sequence[X | None], which: Tensor) -> X | None:
        """The answer for each item, taken from the model of its label."""
        if answers[0] is None or len(answers) == 1:
            return answers[0]
        return join_items(answers)[which * len(which) + torch.arange(len(which), device=which.device)]
