"""Models that draw a graph node after node: what they share, and the orders in which nodes come.

A row is what a node is joined to among the nodes before it, and a family says how likely the rows are, p(A | n), and
draws them. Matrices A that differ only in the order of nodes are the same graph, so that a graph G with numbered nodes
has the mass

    p(G) = p(n) 1/n! sum_o p(G in the order o | n)                                  over all n! orders o
    log p(G) >= log p(n) - log n! + E_q(o | G) [log p(G in the order o | n) - log q(o | G)]

where q draws orders of one kind (`ORDERS`), as many as tell of the graph: the sum over fewer orders is smaller, and its
logarithm is no less than the mean of the logarithms (Jensen). In training o is drawn anew each time, and minus the
bound is the loss; of a model that has learned all there is the bound is tight, as it then draws orders by q. (1/n!: a
graph that was drawn is numbered at random. A draw's nodes are left in the order in which they came.)

An order is drawn one node after another, with the chance of having been drawn. At every step the nodes that are left
compare by a key, and one of those with the least is drawn:

    breadth-first   its first neighbour among those that came (a queue)
    depth-first     its last neighbour among those that came (a stack)
    degree          minus its number of neighbours
    core            minus the largest k of a part of the graph, it among them, whose nodes have k neighbours inside

In the first two, nodes without a neighbour among those that came have the largest key: the walk begins at any node, and
where a component ends it goes on at any node of another.
"""

import torch
from torch import Tensor

from ...core.draws import Draws, ItemDraws
from ...core.errors import Unsupported
from ...core.family import Family
from ...core.monte_carlo import average
from ...core.ragged import Ragged, of_padded
from ...core.spec import Spec
from ...core.trainable import Batch, Items
from ...distributions.histograms import Sizes
from ..conditions import drop_given
from ..pairs import empty_sets, expect_structure_alone, uniform_rows

ORDERS = ("breadth-first", "depth-first", "degree", "core")


def draw_order(name: str, joined: Tensor, mask: Tensor, chance: Tensor) -> tuple[Tensor, Tensor]:
    """order (b, m) int64, the node at each place, and log q (b,) of having drawn it. Nodes that are not there are last.

    Args:
        name: of ORDERS.
        joined: (b, m, m) bool, the same both ways.
        mask: (b, m) bool, nodes there are, the first ones.
        chance: (b, m, m) uniform numbers, a row a step.
    """
    b, m = mask.shape
    if name == "degree":
        key = -joined.sum(2)
    elif name == "core":
        key = -core_numbers(joined, mask)
    else:
        key = torch.full((b, m), m, device=mask.device)
    item, left, drawn = torch.arange(b, device=mask.device), mask.clone(), []
    chance = chance + 1  # nodes that are no candidates have 0
    for step in range(m):
        least = key.masked_fill(~left, 2 * m).amin(1, keepdim=True)
        candidates = left & (key == least)
        node = torch.where(mask[:, step], (chance[:, step] * candidates).argmax(1), step)
        drawn.append((node, candidates.sum(1)))
        left[item, node] = False
        if name == "breadth-first":
            key = torch.where(joined[item, node] & (key == m), step, key)
        elif name == "depth-first":
            key = torch.where(joined[item, node], -step, key)
    order, among = (torch.stack(parts, 1) for parts in zip(*drawn))
    return order, -among.clamp(min=1).log().sum(1)


def core_numbers(joined: Tensor, mask: Tensor) -> Tensor:
    """(b, m) int64, 0 for nodes that are not there: the nodes of least degree leave, one by one (Batagelj & Zaversnik
    2003)."""
    left, degree, item = mask.clone(), joined.sum(2), torch.arange(len(mask), device=mask.device)
    core, k = torch.zeros_like(degree), torch.zeros_like(degree[:, 0])
    for _ in range(mask.shape[1]):
        least, node = degree.masked_fill(~left, 2 * mask.shape[1]).min(1)
        some = left.any(1)
        k = torch.where(some, torch.maximum(k, least), k)
        here = torch.zeros_like(left).scatter(1, node[:, None], some[:, None])
        core, left = torch.where(here, k[:, None], core), left & ~here
        degree = degree - joined[item, node].long() * some[:, None]
    return core


def permute(dense: Tensor, order: Tensor) -> Tensor:
    """(b, m, m) with rows and columns in an order (b, m)."""
    return dense.take_along_dim(order[:, :, None], 1).take_along_dim(order[:, None], 2)


class OrderedGraphs(Family):
    """order: of `ORDERS`. scored: orders of each graph by which the bound is estimated.

    A family defines, for padded graphs in their order, A (b, m, m) bool and mask (b, m):

        rows_log_prob(A, mask, given, rng)                 log p(A | n) (b,), or an estimate of it without bias
        draw_rows(A, mask, count, given, rng) -> A         the rows behind the first count (b,), which are in A already
    """

    kind = "lower bound"
    allow_bf16 = False
    quick_finish = True
    method = "known nodes taken for the first that came, in an order drawn for them; the others drawn after them"

    def __init__(self, spec: Spec, given: Spec, order: str, scored: int):
        super().__init__(spec, given)
        expect_structure_alone(spec)
        self.order, self.scored, self.sizes = order, scored, Sizes(spec.leaf, given)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Minus the bound, from one order of each graph: nats per graph."""
        given = drop_given(self.given, batch.given, batch.rng)
        return -self._bound(batch.x, given, batch.rng.items(len(batch.x))).mean(), {}

    def finish(self, items: Items, rng: Draws) -> None:
        """Count what is given with which size."""
        self.sizes.learn(items.x.sizes, items.given)

    def log_likelihood(self, x: Ragged, given: Tensor, rng: Draws, draws: int | None = None):
        """The bound (B,), estimated without bias from `draws` (else `scored`) orders, and its standard error."""
        items = rng.items(len(x))
        return average(torch.stack([self._bound(x, given, items) for _ in range(draws or self.scored)]).double())

    def _bound(self, x: Ragged, given: Tensor, draws: ItemDraws) -> Tensor:
        """(B,), by one order of each."""
        bound = (self.sizes.log_prob(x.sizes, given) - torch.lgamma(x.sizes + 1.0)).float()
        for ids, _, mask, kinds in x.padded():
            a, log_q = self._in_order(kinds > 0, mask, draws[ids])
            bound = bound.index_add(0, ids, self.rows_log_prob(a, mask, given[ids], draws[ids]) - log_q)
        return bound

    def _in_order(self, joined: Tensor, mask: Tensor, draws: ItemDraws) -> tuple[Tensor, Tensor]:
        """The graphs in a drawn order, and log q of it."""
        order, log_q = draw_order(self.order, joined, mask, uniform_rows(draws, mask))
        return permute(joined, order), log_q

    def sample(self, n: int, given: Tensor, rng: Draws) -> Ragged:
        draws, none = rng.items(n), torch.zeros(n, dtype=torch.long, device=rng.device)
        x = empty_sets(self.sizes.sample(draws, none, given), self.spec.leaf.each.width)
        return self._sample_pairs(x, none, given, draws)

    def fill(self, x: Ragged, known: Ragged, given: Tensor, rng: Draws) -> Ragged:
        """Graphs of at least as many nodes as are known, which come first. Raises Unsupported for open pairs, since
        nodes come with all their edges to those before them."""
        if known.some_open.any():
            raise Unsupported(
                "this family draws nodes with all their edges, so that pairs of known ones cannot be left open: "
                "take discrete-diffusion, or erdos-renyi"
            )
        draws, count = rng.items(len(x)), x.count(known.x.any(1))
        whole = x.filled(known, empty_sets(self.sizes.sample(draws, count, given), x.x.shape[1]))
        return x.filled(known, self._sample_pairs(whole, count, given, draws))

    def _sample_pairs(self, x: Ragged, count: Tensor, given: Tensor, draws: ItemDraws) -> Ragged:
        """x with other pairs, but for those of its first `count` (B,) nodes, which take any order."""
        parts = []
        for ids, rows, mask, kinds in x.padded():
            places = torch.arange(mask.shape[1], device=mask.device)
            known = places < count[ids, None]
            order, _ = draw_order(self.order, kinds > 0, known, uniform_rows(draws[ids], mask))
            a = self.draw_rows(permute(kinds > 0, order), mask, count[ids], given[ids], draws[ids])
            parts.append((ids, rows, mask, permute(a, order.argsort(1)).long()))
        return of_padded(parts)
