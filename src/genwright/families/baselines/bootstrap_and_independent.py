"""Models that learn next to nothing, behind the same verbs: what every learned model has to beat.

    bootstrap      training items, drawn again
    noisy copies   x = x_i + s n,   i ~ U{1 .. N},  n ~ N(0, I) without its mean over the members of a point set
    independent    each number, or each member of a set, from its frequencies in training, whatever the others are
    uniform        every value as likely as any other: what a learned prior of codes has to beat

Noisy copies show what a metric forgives.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial, wraps
from inspect import signature
from math import log, pi
from typing import ClassVar

import torch
from torch import Tensor, nn

from ...core.domain import BaseDomain
from ...core.draws import Draws
from ...core.family import Family
from ...core.graph import from_edges, is_offsets, offsets
from ...core.ragged import Ragged, X, join_items
from ...core.spec import Spec
from ...core.trainable import Items, Stage
from ...distributions.coordinates import rows_at_once
from ...distributions.heads import Histogram
from ...distributions.histograms import SetSizes
from ..conditions import pick_nearest, sum_unknown
from ..gaussian_noise import GaussianNoise


class Bootstrap(Family):
    """A baseline that draws training items with replacement (Efron 1979): perfect fidelity, nothing learned. A sound
    comparison catches it by its memorisation.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
    """

    gaps = ("items", "values")
    grows: ClassVar[dict[str, int]] = {"values": 0}
    lacks = {"log_prob": "a resampled training set has no density", "complete": "it holds whole items only"}
    allow_bf16 = False

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        self.register_buffer("items", None)  # (n, *shape), of the dtype that they have in training
        self.register_buffer("values", torch.zeros(0, given.width))

    def finish(self, items: Items, rng: Draws) -> None:
        self.items, self.values = items.x.clone(), items.given.clone()

    def flaw(self) -> str:
        complete = self.items is not None and len(self.items) == len(self.values) > 0
        return "" if complete and self.spec.holds(self.items) else "items that training cannot have had"

    def sample(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        """Draws training items whose conditions are nearest to given."""
        if not given.shape[1]:
            return self.items[rng.integers(len(self.items), (n,))].float()
        return self.items[pick_nearest(self.given, given, self.values, rng)].float()


class Independent(Family):
    """A baseline that draws each column from its own marginal, independent of the others. Bins are as frequent as in
    the training items.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
    """

    allow_bf16 = False
    conditional = False
    completes = "exact"
    method = "each column from its own marginal"
    scores_known = True

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        self.head = Histogram(spec)
        self.register_buffer("counts", torch.zeros(spec.width, self.head.size, dtype=torch.long))  # (D, K), in each bin

    def finish(self, items: Items, rng: Draws) -> None:
        counts = torch.zeros_like(self.counts)
        for x in items.x.split(rows_at_once(items.x)):
            bins = self.head.marginals.to_bins(x)
            counts += torch.stack([column.bincount(minlength=self.head.size) for column in bins.T])
        self.counts = counts

    @property
    def logits(self) -> Tensor:
        """Logits (D, K) of the bins of each column. One pseudo-item, shared out by the marginals of the Spec, joins the
        counts."""
        return (self.counts + self.head.marginals.cum.diff(dim=1)).clamp(min=1e-12).log().float()

    def sample(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        return self.head.sample(self.logits.expand(n, -1, -1), rng)

    def log_likelihood(
        self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None, known: Tensor | None = None
    ) -> tuple[Tensor, None]:
        return sum_unknown(self.head.log_prob(self.logits.expand(len(x), -1, -1), x), known), None

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        return torch.where(known, x, self.head.sample(self.logits.expand(len(x), -1, -1), rng, present=True))


PRIOR = 1.0  # members of each kind that the spread of all is worth


class BootstrapSets(Family):
    """A baseline that draws training sets with replacement (Efron 1979): perfect fidelity, nothing learned. A sound
    comparison catches it by its copies.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
    """

    gaps = ("values",)
    grows: ClassVar[dict[str, int]] = {"members": 0, "ptr": 0, "values": 0, "joined": 1, "kinds": 0}
    lacks = {"log_prob": "a resampled training set has no density", "complete": "it holds whole items only"}
    allow_bf16 = False

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        self.register_buffer("members", torch.zeros(0, spec.leaf.each.width))
        self.register_buffer("ptr", torch.zeros(1, dtype=torch.long))
        if given.leaves:
            self.register_buffer("values", torch.zeros(0, given.width))
        if spec.leaf.pairs is not None:
            self.register_buffer("joined", torch.zeros(2, 0, dtype=torch.long))  # (2, E), pairs of a kind, both ways
            self.register_buffer("kinds", torch.zeros(0))  # (E,)

    def finish(self, items: Items, rng: Draws) -> None:
        self.members, self.ptr = items.x.x.to(self.members, copy=True), items.x.ptr.clone()
        if self.given.leaves:
            self.values = items.given.clone()
        if items.x.pairs is not None:
            self.joined, self.kinds = items.x.pairs.edge_index(), items.x.pairs.values.clone()

    def flaw(self) -> str:
        if not is_offsets(self.ptr, len(self.members)) or not self.spec.holds(self.members):
            return "sets that training cannot have had"
        if self.given.leaves and len(self.values) != len(self.ptr) - 1:
            return "given values of other sets"
        if self.spec.leaf.pairs is not None:
            members_valid = not self.joined.numel() or (
                self.joined.min() >= 0 and self.joined.max() < len(self.members)
            )
            if len(self.kinds) != self.joined.shape[1] or not members_valid or self._strays():
                return "pairs of members that are not in one set"
            if not Spec((("kind", replace(self.spec.leaf.pairs, shape=())),)).holds(self.kinds[:, None]):
                return "pairs of a kind that is not there"
        return ""

    def _strays(self) -> bool:
        """Whether a pair leads from one set to another."""
        set_of = Ragged(self.members, self.ptr).item
        return bool((set_of[self.joined[0]] != set_of[self.joined[1]]).any())

    def sample(self, n: int, given: Tensor, rng: Draws) -> Ragged:
        """Draws training sets whose conditions are nearest to given."""
        pairs = None
        if self.spec.leaf.pairs is not None:
            pairs = from_edges(*self.joined, len(self.members), self.kinds)
        return Ragged(self.members, self.ptr, pairs)[self._picked(n, given, rng)]

    def _picked(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        if not self.given.leaves:
            return rng.integers(len(self.ptr) - 1, (n,))
        return pick_nearest(self.given, given, self.values, rng)


class IndependentMembers(Family):
    """A baseline of point sets whose members are independent: kinds at their frequencies, positions Gaussian around a
    common point. The spread depends on the kind, and only differences of positions are seen.

    With a_i = 1 / s_i^2 for the spread s_i of member i's kind, the density of m centred coordinates x, which is that of
    the Gaussian over all shifts, is

        sqrt(m / (2 pi)^(m-1) prod a_i / sum a_i) exp(-1/2 (sum a_i x_i^2 - (sum a_i x_i)^2 / sum a_i))

    on the space of zero centre (Lebesgue's measure on it), for each axis on its own; positions are in the user's units.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
    """

    allow_bf16 = False
    conditional = False
    completes = "exact"
    method = "members apart, given where the known ones lie"

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        self.each, self.sizes = spec.leaf.each, SetSizes(spec.leaf)
        self.position = self.each.columns[self.each.names.index("position")]
        frequencies = torch.tensor(self.each.columns[self.each.names.index("kind")].marginal.probs)
        self.register_buffer("frequencies", frequencies / frequencies.sum(), False)
        self.register_buffer("spread", torch.ones(len(frequencies)))

    def finish(self, items: Items, rng: Draws) -> None:
        x, kinds = self._positions_and_kinds(items.x)
        kept_variance = 1 - 1 / items.x.sizes[items.x.item]  # share of the variance that the centre takes
        is_kept = kept_variance > 0
        square = (x**2).mean(1)[is_kept] / kept_variance[is_kept]
        sums = torch.zeros_like(self.spread).index_add(0, kinds[is_kept], square)
        counts = torch.bincount(kinds[is_kept], minlength=len(sums))
        self.spread = ((sums + PRIOR * square.mean()) / (counts + PRIOR)).sqrt()

    def sample(self, n: int, given: Tensor, rng: Draws) -> Ragged:
        empty = Ragged(torch.zeros(0, self.each.width, device=rng.device), torch.zeros(n + 1, dtype=torch.long))
        return self._draw(empty.to(rng.device), rng)

    def fill(self, x: Ragged, known: Ragged, given: Tensor, rng: Draws) -> Ragged:
        has_known = known.x.any(1)
        counts = x.count(has_known)
        return self._draw(Ragged(x.x[has_known].float(), offsets(counts)), rng)

    def _draw(self, known: Ragged, rng: Draws) -> Ragged:
        """Sets that begin with the known ones, which may have no members."""
        draws, (x, kinds), counts = rng.items(len(known)), self._positions_and_kinds(known), known.sizes
        centre, precision = self._centre(known, x, kinds)
        sizes = self.sizes.sample(draws, counts)
        missing = sizes - counts
        item = torch.repeat_interleave(torch.arange(len(known), device=rng.device), missing)
        new = draws.categories(missing, self.frequencies.expand(int(missing.sum()), -1))
        shift = centre + draws.normal(torch.ones_like(counts), *self.position.shape) * (counts > 0)[:, None] / (
            precision.clamp(min=1e-12).sqrt()
        )
        places = self.spread[new, None] * draws.normal(missing, *self.position.shape) + shift[item]
        rows = torch.cat([known.x, self._rows(places, new)])
        order = torch.cat([known.item, item]).argsort(stable=True)
        sets = Ragged(rows[order], offsets(sizes))
        x, kinds = self._positions_and_kinds(sets)
        is_empty = (counts == 0)[sets.item, None]
        return sets.with_x(self._rows(torch.where(is_empty, GaussianNoise(sets.ptr).centred(x), x), kinds))

    def log_likelihood(self, x: Ragged, given: Tensor, rng: Draws, draws: int | None = None):
        places, kinds = self._positions_and_kinds(x)
        sums = lambda values: GaussianNoise(x.ptr).sums(values.double())
        a, axes = (self.spread[kinds].double() ** -2)[:, None], self.position.shape[0]
        total, sizes = sums(a)[:, 0], x.sizes.double()
        squares = sums(a * places**2) - sums(a * places) ** 2 / total[:, None]
        volume = sizes.log() - (sizes - 1) * log(2 * pi) + sums(a.log())[:, 0] - total.log()
        density = axes * (volume / 2 - (sizes - 1) * log(self.position.scale)) - squares.sum(1) / 2
        return self.sizes.log_prob(x.sizes) + sums(self.frequencies.log()[kinds, None])[:, 0] + density, None

    def _centre(self, sets: Ragged, x: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
        """Centre of each set, given its known members: mean (B, d), 0 without any of them, and precision (B, 1)."""
        a, sums = self.spread[kinds, None] ** -2, GaussianNoise(sets.ptr).sums
        precision = sums(a)
        return sums(a * x) / precision.clamp(min=1e-12), precision

    def _positions_and_kinds(self, x: Ragged) -> tuple[Tensor, Tensor]:
        return self.each.part(x.x, "position"), self.each.part(x.x, "kind").long()

    def _rows(self, places: Tensor, kinds: Tensor) -> Tensor:
        rows = {"position": places, "kind": kinds[:, None].to(places.dtype)}
        return torch.cat([rows[name] for name in self.each.names], 1)


class NoisyCopies(BootstrapSets):
    """A baseline that draws training sets and moves their positions by noise.

    Args:
        spec: Spec of sets whose members have a `kind` and a `position`.
        given: Spec of the conditions.
        noise: s, in the user's units.
    """

    lacks = {
        "log_prob": "its density is a sum over all training sets, in whatever order their members are listed",
        "complete": "it holds whole items only",
    }

    def __init__(self, spec: Spec, given: Spec, noise: float):
        super().__init__(spec, given)
        self.noise = noise

    def sample(self, n: int, given: Tensor, rng: Draws) -> Ragged:
        sets, member = super().sample(n, given, rng), self.spec.leaf.each
        position = member.columns[member.names.index("position")]
        noise = GaussianNoise(sets.ptr).centred(rng.items(n).normal(sets.sizes, *position.shape))
        rows = {name: member.part(sets.x, name).reshape(len(sets.x), -1) for name in member.names}
        rows["position"] = rows["position"] + self.noise / position.scale * noise
        return sets.with_x(torch.cat([rows[name] for name in member.names], 1))


class Uniform(Family):
    """A baseline that draws uniformly among categories or levels, whatever is given."""

    completes = "exact"
    method = "each number from its uniform distribution"

    def stages(self) -> list[Stage]:
        return []

    def sample(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        return rng.integers(self.spec.leaf.levels, (n, *self.spec.shape)).float()

    def log_likelihood(self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None) -> tuple[Tensor, None]:
        return torch.full((len(x),), -self.spec.dims * log(self.spec.leaf.levels), device=x.device), None

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        return torch.where(known, x.float(), self.sample(len(x), given, rng))


METHODS = ("sample", "log_likelihood", "encode", "decode", "fill")
Answer = X | tuple[X | None, ...] | None
ITEMS = ("x", "z", "known")  # arguments with a row an item


class ByLabel(Family):
    """Makes a family conditional on a label: fits one model for the items of each label, and one for all items, which
    answers where the label is left out.

        p(x | label = k) = p_k(x),   p(x) = p_all(x)

    make() gives an unfitted model that is fitted in `finish` alone. It has the verbs of these models, with their
    arguments.

    Each model whose label is in the block answers for a whole block, with the same random numbers, so that an item
    takes the same ones whatever labels stand beside it. In the places of other labels it sees the first of its own.

    Args:
        spec: Spec of the items.
        given: one category.
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
        """Fits the model of each label on its items. A label of fewer than two items has the model of all."""
        label = items.given[:, 0]
        for k, model in enumerate(self.models):
            rows = (label == k).nonzero()[:, 0]
            model.finish(items[rows] if len(rows) > 1 else items, Draws.from_seed(rng.seed, rng.device))

    def kind_given(self, known: X) -> str:
        return self.models[0].kind_given(known)

    def completes_given(self, known: X, **options: object) -> str:
        return self.models[0].completes_given(known, **options)

    def __getattr__(self, name: str) -> Callable | nn.Module | Tensor:
        if name not in METHODS:
            return super().__getattr__(name)
        method = getattr(self.models[0], name)  # has no such verb where these models have none
        return wraps(method)(partial(self._answered, name))

    def _answered(self, verb: str, *args: object, **keywords: object) -> Answer:
        arguments = signature(getattr(self.models[0], verb)).bind_partial(*args).arguments | keywords
        label, all_items = arguments["given"][:, 0], len(self.models) - 1
        numbers, model_of_item = torch.where(label.isnan(), all_items, label).long().unique(return_inverse=True)
        place, answers = torch.arange(len(label), device=label.device), []
        for number, k in enumerate(numbers.tolist()):
            rows = torch.where(model_of_item == number, place, (model_of_item == number).long().argmax())
            arguments_of_model = {name: arguments[name][rows] for name in ITEMS if arguments.get(name) is not None}
            if "rng" in arguments:
                arguments_of_model["rng"] = Draws.from_seed(arguments["rng"].seed, arguments["rng"].device)
            answers.append(getattr(self.models[k], verb)(**arguments | arguments_of_model))
        if isinstance(answers[0], tuple):
            return tuple(self._picked(parts, model_of_item) for parts in zip(*answers))
        return self._picked(answers, model_of_item)

    def _picked(self, answers: Sequence[X | None], model_of_item: Tensor) -> X | None:
        """The answer for each item, taken from the model of its label."""
        if answers[0] is None or len(answers) == 1:
            return answers[0]
        return join_items(answers)[
            model_of_item * len(model_of_item) + torch.arange(len(model_of_item), device=model_of_item.device)
        ]
