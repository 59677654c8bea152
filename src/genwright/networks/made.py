"""MADE: a masked network over the columns of a row, in several orders, with a cached walk over the columns.

Germain et al. 2015, "MADE: Masked Autoencoder for Distribution Estimation". Every column owns a block of units, its
state, which residual blocks change. A state sees the columns before its own, so that one set of weights serves every
order: an order is nothing but the choice of masks.

Hidden units lie between the states. Each has an owner, one of the columns, and sees what its owner sees. A column owns
as many hidden units as its state has, up to `hidden` in all. The columns of a wider table share `hidden` units, so that
weights grow with the number of columns and not with its square.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import factorial, prod

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.draws import Draws
from ..core.spec import Category, Spec
from ..distributions.marginals import Marginals
from .conditioning import GivenVector
from .dropout import Dropout
from .mlp import init_at_zero

FREE = 0.1  # weight of the free part of a numeric column's vectors, which makes it learn as much slower
OWNED = 0.75  # share of the hidden units that have an owner where columns share them


@dataclass(frozen=True)
class OrderMasks:
    """Masks of one order of columns, 1 where a row may see a column. A group of rank -1 has no owner, and sees only
    known and given values.

    Args:
        columns: (D,), the rank of each column.
        hidden: (G,), the rank of the owner of each group of hidden units.
    """

    columns: Tensor
    hidden: Tensor

    @cached_property
    def states_from_columns(self) -> Tensor:
        return (self.columns < self.columns[:, None]).float()

    @cached_property
    def hidden_from_columns(self) -> Tensor:
        return (self.columns < self.hidden[:, None]).float()

    @cached_property
    def hidden_from_states(self) -> Tensor:
        return (self.columns <= self.hidden[:, None]).float()

    @cached_property
    def states_from_hidden(self) -> Tensor:
        return (self.hidden <= self.columns[:, None]).float()


class Places:
    """States and hidden units sorted by an order, so that a state sees a slice from the front.

    Args:
        units: Units of a state.
        group: hidden units of a group.
    """

    def __init__(self, masks: OrderMasks, units: int, group: int):
        self.columns, self.hidden, self.units = masks.columns.argsort(), masks.hidden.argsort(stable=True), units
        ranks = torch.arange(-1, len(self.columns), device=masks.hidden.device)
        self.ends = (group * torch.searchsorted(masks.hidden.sort()[0], ranks, right=True)).tolist()

    def state(self, n: int) -> slice:
        """Returns the slice of units of the n-th column's state."""
        return slice(n * self.units, (n + 1) * self.units)

    def owned(self, n: int) -> slice:
        """Returns the slice of hidden units that the n-th column owns."""
        return slice(self.ends[n], self.ends[n + 1])

    def begin_active(self, start: Tensor) -> Tensor:
        """Initialises the activations of hidden units, (B, units)."""
        active, free = torch.empty_like(start), slice(0, self.ends[0])
        active[:, free] = F.silu(start[:, free])
        return active


def sort_groups(h: Tensor, order: Tensor) -> Tensor:
    """Sorts the G groups of h (B, G * n) by an order."""
    return h.unflatten(1, (len(order), -1))[:, order].flatten(1)


class GroupedLinear(nn.Linear):
    """A linear layer over groups of numbers, with a mask of groups.

    y_j = sum over the groups i allowed to j of W_ji x_i + b_j, for x: (B, I * n), y: (B, O * m).

    Args:
        inputs: (I, n), the number of groups and the numbers in each.
        outputs: (O, m).
    """

    def __init__(self, inputs: tuple[int, int], outputs: tuple[int, int]):
        super().__init__(prod(inputs), prod(outputs))
        self.blocks = (*outputs, *inputs)

    def forward(self, x: Tensor, allowed: Tensor) -> Tensor:
        """Computes the masked linear map of x.

        Args:
            x: (B, I * n).
            allowed: (O, I), 1 where group j (row) may see group i.
        """
        return self.product(x, allowed) + self.bias

    def product(self, x: Tensor, allowed: Tensor) -> Tensor:
        """Computes the masked linear map of x without the bias."""
        weight = self.weight.view(self.blocks) * allowed[:, None, :, None]
        return F.linear(x, weight.view_as(self.weight))

    def unseen(self, e: Tensor | None, known: Tensor | None, allowed: Tensor) -> Tensor:
        """Computes the bias, and what known columns add to groups that are not allowed to see them: a known column is
        read like an earlier one. Returns (B, O * m), or (1, O * m) where known is None.

        Args:
            e: (B, I, n), the features of columns; not read where known is None.
            known: bool (B, I).
            allowed: (O, I), as in `forward`.
        """
        if known is None:
            return self.bias[None]
        return self.product((e * known[..., None]).flatten(1), 1 - allowed) + self.bias

    def sorted(self, outputs: Tensor, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Returns weight and bias with the groups in other orders."""
        weight = self.weight.view(self.blocks)[outputs][:, :, inputs].reshape(self.weight.shape)
        return weight, self.bias.view(self.blocks[:2])[outputs].flatten()


class OwnFirst(GroupedLinear):
    """The first layer of MADE where each column has units of its own: h_j = W_j (features of the columns before j, and
    of known ones) + b_j."""

    def forward(self, e: Tensor, known: Tensor | None, c: Tensor, masks: OrderMasks) -> Tensor:
        allowed = masks.states_from_columns
        return self.product(e.flatten(1), allowed) + self.unseen(e, known, allowed)

    def sorted_by(self, places: Places) -> Tensor:
        """Returns the weight in the form that `stepwise` takes."""
        return self.sorted(places.columns, places.columns)[0]

    def stepwise(
        self, e: Tensor | None, known: Tensor | None, c: Tensor, masks: OrderMasks, places: Places, weight: Tensor
    ) -> Callable:
        """Returns a function step(n, features of the first n columns (B, n * features)) -> the n-th state (B,
        units).

        Args:
            e: (B, D, features) features of columns.
            known: bool, columns that are known, or None.
            c: (B, condition).
            masks: Masks of the order.
            places: Places of the columns in the order.
            weight: Weights sorted by the order.
        """
        unseen = sort_groups(self.unseen(e, known, masks.states_from_columns), places.columns)
        return lambda n, features: torch.addmm(
            unseen[:, places.state(n)], features, weight[places.state(n), : features.shape[1]].T
        )


class SharedFirst(nn.Module):
    """The first layers of MADE where columns share hidden units: h = W2 silu(W1 e + V c).

    Args:
        condition: Numbers of the condition.
    """

    def __init__(self, columns: int, features: int, hidden: int, units: int, condition: int):
        super().__init__()
        self.inner = GroupedLinear((columns, features), (hidden, 1))
        self.condition = nn.Linear(condition, hidden, bias=False)
        self.outer = GroupedLinear((hidden, 1), (columns, units))

    def forward(self, e: Tensor, known: Tensor | None, c: Tensor, masks: OrderMasks) -> Tensor:
        allowed = masks.hidden_from_columns
        inner = self.inner.product(e.flatten(1), allowed) + self.inner.unseen(e, known, allowed) + self.condition(c)
        return self.outer(F.silu(inner), masks.states_from_hidden)

    def sorted_by(self, places: Places) -> tuple[Tensor, ...]:
        """Returns the weights in the form that `stepwise` takes."""
        return (self.inner.sorted(places.hidden, places.columns)[0], *self.outer.sorted(places.columns, places.hidden))

    def stepwise(
        self, e: Tensor | None, known: Tensor | None, c: Tensor, masks: OrderMasks, places: Places, weights: tuple
    ) -> Callable:
        """Returns the same function step as `OwnFirst.stepwise`.

        Args:
            e: (B, D * features) features of columns.
            known: (B, D) bool, or None.
            c: (B, condition).
            masks: Masks of the order.
            places: Places of the order.
            weights: Weights of `sorted_by`.
        """
        inner, outer, bias = weights
        unseen = self.inner.unseen(e, known, masks.hidden_from_columns) + self.condition(c)
        unseen = sort_groups(unseen, places.hidden)
        active = places.begin_active(unseen)

        def step(n: int, features: Tensor) -> Tensor:
            owned, state = places.owned(n), places.state(n)
            active[:, owned] = F.silu(torch.addmm(unseen[:, owned], features, inner[owned, : features.shape[1]].T))
            return F.linear(active[:, : owned.stop], outer[state, : owned.stop], bias[state])

        return step


class MaskedBlock(nn.Module):
    """A residual block within each column's state: h + W2 drop(silu(W1 norm(h) + V c)). W2 starts at zero.

    It maps h: (B, D * units) by c: (B, condition).

    Args:
        states: (D, units).
        hidden: (G, n), number of groups and units of each.
        condition: Numbers in c.
        dropout: Share of units that training drops.
    """

    def __init__(self, states: tuple[int, int], hidden: tuple[int, int], condition: int, dropout: float):
        super().__init__()
        self.inner = GroupedLinear(states, hidden)
        self.condition = nn.Linear(condition, prod(hidden), bias=False)
        self.dropout = Dropout(dropout)
        self.outer = init_at_zero(GroupedLinear(hidden, states))

    def forward(self, h: Tensor, c: Tensor, masks: OrderMasks) -> Tensor:
        inner = self.inner(norm(h, len(masks.columns)), masks.hidden_from_states) + self.condition(c)
        return h + self.outer(self.dropout(F.silu(inner)), masks.states_from_hidden)

    def sorted_by(self, places: Places) -> tuple[Tensor, ...]:
        """Returns the weights in the form that `stepwise` takes."""
        inner, outer = (places.hidden, places.columns), (places.columns, places.hidden)
        return *self.inner.sorted(*inner), *self.outer.sorted(*outer)

    def stepwise(self, c: Tensor, places: Places, weights: tuple[Tensor, ...]) -> Callable:
        """Returns a function step(n, the n-th state (B, units)) -> the n-th state after this block.

        Args:
            c: (B, condition).
            places: Places of the columns in the order.
            weights: Weights sorted by the order.
        """
        inner, inner_bias, outer, outer_bias = weights
        start = sort_groups(self.condition(c), places.hidden) + inner_bias
        normed, active = start.new_empty(len(c), len(outer)), places.begin_active(start)

        def step(n: int, h: Tensor) -> Tensor:
            owned, state = places.owned(n), places.state(n)
            normed[:, state] = norm(h, 1)
            active[:, owned] = F.silu(
                torch.addmm(start[:, owned], normed[:, : state.stop], inner[owned, : state.stop].T)
            )
            return h + F.linear(active[:, : owned.stop], outer[state, : owned.stop], outer_bias[state])

        return step


def norm(h: Tensor, columns: int) -> Tensor:
    """Applies layer norm within each column's units, which keeps the columns apart: (B, D * units) -> the same
    shape."""
    h = h.unflatten(1, (columns, -1))
    return F.layer_norm(h, h.shape[2:]).flatten(1)


class BinVectors(nn.Module):
    """A learned vector for every bin of every column: (D, K, width).

    Neighbouring bins of a numeric column mean nearly the same, so that its vectors are sum_r f_r(bin) a_r + FREE b_bin
    with smooth functions f_r: powers of the Gaussian coordinate z of the bin's middle, and cos(pi r u) of its rank u.
    The free part moves slowly and learns only what many rows say. A category has its free vectors alone.

    Args:
        spec: Spec of the items.
        width: Features of a layer.
    """

    counts_bins = ("free",)  # parameters with a row for each bin of each column

    def __init__(self, spec: Spec, marginals: Marginals, width: int, start: float, waves: int = 8):
        super().__init__()
        numeric = torch.tensor([not isinstance(leaf, Category) for leaf in spec.columns])
        u = (marginals.cum[:, :-1] + marginals.cum[:, 1:]) / 2
        z = torch.special.ndtri(u.clamp(1e-4, 1 - 1e-4))
        basis = torch.stack([2 * z, z**2 - 1, *(torch.cos(torch.pi * r * u) for r in range(1, waves + 1))], 2)
        self.register_buffer("basis", (basis * numeric[:, None, None]).float(), False)  # (D, K, R)
        self.register_buffer("pace", torch.where(numeric, FREE, 1.0)[:, None, None], False)
        fade = torch.cat([torch.ones(2), 1 / torch.arange(1, waves + 1) ** 2])
        self.smooth = nn.Parameter(start * fade[:, None] * torch.randn(len(u), waves + 2, width))
        self.free = nn.Parameter(start * torch.randn(*u.shape, width))

    def forward(self) -> Tensor:
        return torch.baddbmm(self.free * self.pace, self.basis, self.smooth)


def flags_first(order: list[int], flags: list[int]) -> list[int]:
    """Reorders columns so that a column comes before the columns that share its absence flag.

    Args:
        order: Numbers of the columns.
        flags: As in `Spec`.
    """
    order = list(order)
    places: dict[int, list[int]] = {}
    for place, column in enumerate(order):
        places.setdefault(flags[column], []).append(place)
    for flag, columns in places.items():
        if len(columns) > 1:
            at = order.index(flag)
            order[columns[0]], order[at] = order[at], order[columns[0]]
    return order


class MADE(nn.Module):
    """A masked autoregressive network of rows (Germain 2015): logits of p(x_j | x_i for i before j, given, known part)
    over the bins of each column's marginal.

    Args:
        spec: scalar leaves.
        given: of the conditioning variables.
        units: Units of a column's state.
        depth: residual blocks.
        features: width of a column's input vector.
        context: width of the vector that carries the given variables and the order.
        orders: fixed orders, at most; the first is the order of the spec, the others are shuffles of it, in which a
            column that keeps the flag of others comes before them.
        hidden: units of a hidden layer, at most.
        dropout: share of the hidden units that are left out.
    """

    counts_bins = ("bias",)  # as of `BinVectors`

    def __init__(
        self, spec: Spec, given: Spec, units: int, depth: int, features: int = 16, context: int = 64, orders: int = 4,
        hidden: int = 512, dropout: float = 0.0,
    ):  # fmt: skip
        super().__init__()
        marginals = Marginals(spec)
        d = len(spec.columns)
        perms, shuffle, flags = [list(range(d))], Draws.from_seed(0), spec.flags
        while len(perms) < min(orders, factorial(d) // prod(Counter(flags).values())):
            perm = flags_first(shuffle.permutation(d).tolist(), flags)
            perms += [perm] if perm not in perms else []
        self.orders = len(perms)
        self.register_buffer("perms", torch.tensor(perms))  # (orders, D): the n-th column of an order
        self.marginals = marginals
        self.inputs = BinVectors(spec, marginals, features, 0.5)
        self.outputs = BinVectors(spec, marginals, units, 0.0)
        self.given = GivenVector(given, context)
        self.which = nn.Embedding(self.orders, context)
        if d * units <= hidden:
            owners, group = torch.arange(d), units
            self.first = OwnFirst((d, features), (d, units))
        else:
            owned = round(OWNED * hidden)
            owners, group = torch.cat([torch.arange(owned) * d // owned, torch.full((hidden - owned,), d)]), 1
            self.first = SharedFirst(d, features, hidden, units, context)
        self.units, self.group = units, group
        self.register_buffer("owners", owners, False)  # (G,): a column each, D for none
        groups = (len(owners), group)
        self.blocks = nn.ModuleList(MaskedBlock((d, units), groups, context, dropout) for _ in range(depth))
        # an untrained network gives each column its marginal, independent of the others
        self.bias = nn.Parameter(marginals.cum.diff(dim=1).clamp(min=1e-6).log().float())
        self._kept: dict[int, tuple[Places, list]] = {}  # of orders that were walked by
        self._kept_for: list[tuple[Tensor, int]] = []  # the weights of which these are, and their versions

    def _context(self, given: Tensor, order: int) -> Tensor:
        """(B, context)."""
        return self.given(given) + self.which.weight[order]

    def forward(self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0) -> Tensor:
        """Computes logits (B, D, bins) of every column, given the columns before it in an order.

        Args:
            x: (B, D), NaN for absent.
            given: (B, G) conditions.
            known: bool like x, columns that all others may read. None for none.
            order: Number of the order.
        """
        c, masks = self._context(given, order), self._masks(order)
        h = self.first(self._features(x), known, c, masks)
        for block in self.blocks:
            h = block(h, c, masks)
        columns = x.shape[1]
        h = F.silu(norm(h, columns)).unflatten(1, (columns, -1)).transpose(0, 1)  # (D, B, units)
        return torch.baddbmm(self.bias[:, None], h, self.outputs().mT).transpose(0, 1)

    def _masks(self, order: int) -> OrderMasks:
        rank = self.perms[order].argsort()
        return OrderMasks(rank, F.pad(rank, (0, 1), value=-1)[self.owners])

    def _features(self, x: Tensor) -> Tensor:
        """(B, D) -> (B, D, features): the vector of each number's bin."""
        table = self.inputs()
        bins = self.marginals.to_bins(x) + torch.arange(len(table), device=x.device) * table.shape[1]
        return F.embedding(bins, table.flatten(0, 1))

    @torch.inference_mode()
    def walk(
        self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0
    ) -> Iterator[tuple[tuple, Tensor]]:
        """Yields ((j,), logits (B, bins)) in the given order; the caller writes x[:, j] before it continues.

        The numbers are those of `forward`, at the cost of one pass in all: a step computes the units of one column.

        Args:
            x: (B, ...) input.
            given: (B, G) conditions of the items.
            known: bool like x, True where a number is known.
            order: Number of the order in which the items are written.
        """
        c, masks, vectors, last = self._context(given, order), self._masks(order), self.inputs(), self.outputs()
        places, (of_first, *of_blocks) = self._sorted(order, masks)
        first = self.first.stepwise(None if known is None else self._features(x), known, c, masks, places, of_first)
        blocks = [block.stepwise(c, places, weights) for block, weights in zip(self.blocks, of_blocks)]
        width = vectors.shape[2]
        features = c.new_empty(len(c), len(vectors) * width)  # features of the columns so far, in their order
        for n, j in enumerate(places.columns.tolist()):
            h = first(n, features[:, : n * width])
            for block in blocks:
                h = block(n, h)
            yield (j,), torch.addmm(self.bias[j], F.silu(norm(h, 1)), last[j].T)
            features[:, n * width : (n + 1) * width] = vectors[j, self.marginals.bins_of_column(x[:, j], j)]

    def _sorted(self, order: int, masks: OrderMasks) -> tuple[Places, list]:
        """Places of an order, and the weights of all layers sorted by it. They are kept until a weight changes."""
        now = [(weight.data, weight._version) for weight in self.parameters()]  # no other takes their place in memory
        state = lambda weights: [(weight.data_ptr(), version) for weight, version in weights]
        if state(self._kept_for) != state(now):
            self._kept_for, self._kept = now, {}
        if order not in self._kept:
            places = Places(masks, self.units, self.group)
            self._kept[order] = places, [layer.sorted_by(places) for layer in (self.first, *self.blocks)]
        return self._kept[order]
