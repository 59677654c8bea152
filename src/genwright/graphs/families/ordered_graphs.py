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
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws, ItemDraws, require_numbers
from ...core.errors import Unsupported
from ...core.family import Family
from ...core.monte_carlo import average
from ...core.ragged import Ragged, of_padded
from ...core.spec import Spec
from ...core.trainable import Batch, Items
from ...distributions.histograms import SetSizes
from ...families.conditions import drop_given
from .pairs import empty_sets, expect_structure_alone, uniform_rows

ORDERS = ("breadth-first", "depth-first", "degree", "core")


def draw_order(name: str, is_joined: Tensor, mask: Tensor, chance: Tensor) -> tuple[Tensor, Tensor]:
    """Samples an order of the nodes of each graph.

    order (b, m) int64, the node at each place, and log q (b,) of having drawn it. Nodes that are not there are last.

    Args:
        name: Name of ORDERS.
        is_joined: (b, m, m) bool, the same both ways.
        mask: (b, m) bool, nodes there are, the first ones.
        chance: (b, m, m) uniform numbers, a row a step.
    """
    b, m = mask.shape
    if name == "degree":
        key = -is_joined.sum(2)
    elif name == "core":
        key = -core_numbers(is_joined, mask)
    else:
        key = torch.full((b, m), m, device=mask.device)
    item, remaining, steps = torch.arange(b, device=mask.device), mask.clone(), []
    chance = chance + 1  # nodes that are no candidates have 0
    for step in range(m):
        smallest_key = key.masked_fill(~remaining, 2 * m).amin(1, keepdim=True)
        candidates = remaining & (key == smallest_key)
        node = torch.where(mask[:, step], (chance[:, step] * candidates).argmax(1), step)
        steps.append((node, candidates.sum(1)))
        remaining[item, node] = False
        if name == "breadth-first":
            key = torch.where(is_joined[item, node] & (key == m), step, key)
        elif name == "depth-first":
            key = torch.where(is_joined[item, node], -step, key)
    order, previous_links = (torch.stack(parts, 1) for parts in zip(*steps))
    return order, -previous_links.clamp(min=1).log().sum(1)


def core_numbers(is_joined: Tensor, mask: Tensor) -> Tensor:
    """Computes the core number (b, m) int64 of each node, 0 for nodes that do not exist.

    The nodes of least degree leave, one by one (Batagelj & Zaversnik 2003).

    Args:
        is_joined: (b, m, m) bool, whether two nodes are joined.
        mask: bool mask.
    """
    remaining, degree, item = mask.clone(), is_joined.sum(2), torch.arange(len(mask), device=mask.device)
    core, k = torch.zeros_like(degree), torch.zeros_like(degree[:, 0])
    for _ in range(mask.shape[1]):
        lowest_degree, node = degree.masked_fill(~remaining, 2 * mask.shape[1]).min(1)
        has_remaining = remaining.any(1)
        k = torch.where(has_remaining, torch.maximum(k, lowest_degree), k)
        removed = torch.zeros_like(remaining).scatter(1, node[:, None], has_remaining[:, None])
        core, remaining = torch.where(removed, k[:, None], core), remaining & ~removed
        degree = degree - is_joined[item, node].long() * has_remaining[:, None]
    return core


def permute(dense: Tensor, order: Tensor) -> Tensor:
    """Reorders the rows and columns of matrices (b, m, m) by an order (b, m) of the nodes."""
    return dense.take_along_dim(order[:, :, None], 1).take_along_dim(order[:, None], 2)


class OrderedGraphs(Family):
    """Base of families that generate a graph node by node.

    A family defines, for padded graphs in their order, A (b, m, m) bool and mask (b, m):

        rows_log_prob(A, mask, given, rng)                 log p(A | n) (b,), or an estimate of it without bias
        draw_rows(A, mask, count, given, rng) -> A         the rows behind the first count (b,), which are in A already

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        order: Order of `ORDERS`.
        scored: orders of each graph by which the bound is estimated.
    """

    kind = "lower bound"
    allow_bf16 = False
    quick_finish = True
    method = "known nodes taken for the first that came, in an order drawn for them; the others drawn after them"

    def __init__(self, spec: Spec, given: Spec, order: str, scored: int):
        super().__init__(spec, given)
        expect_structure_alone(spec)
        self.order, self.scored, self.sizes = order, scored, SetSizes(spec.leaf, given)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes minus the bound from one order of each graph, in nats per graph."""
        given = drop_given(self.given, batch.given, batch.rng)
        return -self._bound(batch.x, given, batch.rng.items(len(batch.x))).mean(), {}

    def finish(self, items: Items, rng: Draws) -> None:
        """Counts the sizes of training graphs under each condition."""
        self.sizes.learn(items.x.sizes, items.given)

    def log_likelihood(self, x: Ragged, given: Tensor, rng: Draws, draws: int | None = None):
        """Estimates the bound (B,) without bias from `draws` (else `scored`) orders, with its standard error."""
        items = rng.items(len(x))
        return average(torch.stack([self._bound(x, given, items) for _ in range(draws or self.scored)]).double())

    def _bound(self, x: Ragged, given: Tensor, draws: ItemDraws) -> Tensor:
        """(B,), by one order of each."""
        bound = (self.sizes.log_prob(x.sizes, given) - torch.lgamma(x.sizes + 1.0)).float()
        for ids, _, mask, kinds in x.padded():
            a, log_q = self._in_order(kinds > 0, mask, draws[ids])
            bound = bound.index_add(0, ids, self.rows_log_prob(a, mask, given[ids], draws[ids]) - log_q)
        return bound

    def _in_order(self, is_joined: Tensor, mask: Tensor, draws: ItemDraws) -> tuple[Tensor, Tensor]:
        """The graphs in a drawn order, and log q of it."""
        order, log_q = draw_order(self.order, is_joined, mask, uniform_rows(draws, mask))
        return permute(is_joined, order), log_q

    def sample(self, n: int, given: Tensor, rng: Draws) -> Ragged:
        draws, none = rng.items(n), torch.zeros(n, dtype=torch.long, device=rng.device)
        x = empty_sets(self.sizes.sample(draws, none, given), self.spec.leaf.each.width)
        return self._sample_pairs(x, none, given, draws)

    def fill(self, x: Ragged, known: Ragged, given: Tensor, rng: Draws) -> Ragged:
        """Completes graphs. The known nodes come first and keep all their edges. Raises Unsupported for open pairs
        among them, since nodes come with all edges to those before them.

        Args:
            x: Packed sets.
            known: Known members and pairs of the sets.
            given: (B, G) conditions of the items.
            rng: Random numbers.
        """
        if known.some_open.any():
            raise Unsupported(
                "this family draws nodes with all their edges, so that pairs of known ones cannot be left open: "
                "take discrete-diffusion, or erdos-renyi"
            )
        draws, count = rng.items(len(x)), x.count(known.x.any(1))
        graphs = x.filled(known, empty_sets(self.sizes.sample(draws, count, given), x.x.shape[1]))
        return x.filled(known, self._sample_pairs(graphs, count, given, draws))

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


class GraphRNN(OrderedGraphs):
    """GraphRNN (You 2018): generates nodes in breadth-first order, and decides for each node its edges to earlier
    nodes.

        a_t             the first neighbour of node t - 1 among earlier nodes, or t - 1 itself if it has none
        p(A | n)      = prod_t prod_{a_t <= j < t} p(A_tj | A_t,<j, rows before t)
        sampling:       the same, one pair after another

    The breadth-first queue begins at a_t. All neighbours of the nodes before a_t come before t, so t has no edge to
    them. You 2018 looks at the last M nodes instead, with M the widest queue among training graphs. The queue itself
    allows exactly the graphs in breadth-first order, so probabilities sum to one. A row without an edge starts a new
    component: disconnected graphs are kept whole (You 2018 keeps their largest component).

    The recurrence over nodes reads the row of the previous node. The recurrence over pairs starts from its state. Its
    inputs at a pair (t, j) are:

    * whether t is joined to j - 1, as in You 2018;
    * the number of nodes from j to t;
    * the degree of j so far, the number of common neighbours of t and j, and the degree of t so far;
    * the state of the recurrence over nodes at j.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        network: Network of `graphs.networks.graph_decoders`.
        scored: see `OrderedGraphs`.
    """

    def __init__(self, spec: Spec, given: Spec, network: nn.Module, scored: int):
        super().__init__(spec, given, "breadth-first", scored)
        self.network = network

    def rows_log_prob(self, a: Tensor, mask: Tensor, given: Tensor, rng: ItemDraws) -> Tensor:
        """Computes the exact log p(A | n) (b,) of graphs whose nodes stand in breadth-first order.

        Args:
            mask: bool mask.
            given: (B, G) conditions of the items.
        """
        rows, place = a.tril(-1), torch.arange(a.shape[1], device=a.device)
        begin = F.pad(first_neighbours(rows), (1, -1))
        length = (place - begin) * mask
        widest = int(length.max())
        if not widest:  # graphs of one node
            return torch.zeros(len(a), device=a.device)
        h = self._states(rows, mask, begin, widest, given)
        item, t = length.nonzero(as_tuple=True)
        by_length = length[item, t].argsort(descending=True)
        item, t = item[by_length], t[by_length]
        is_inside = torch.arange(widest, device=a.device)[:, None] < length[item, t]  # (W, R), as sequences are packed
        k, pair_number = is_inside.nonzero(as_tuple=True)
        pair = item[pair_number], t[pair_number], begin[item, t][pair_number] + k
        row_features, members = rows.float(), self.network.member(h).flatten(0, 1)
        bits, sums = row_features[pair], row_features.cumsum(2)[pair]
        previous_link = row_features[pair[0], pair[1], (pair[2] - 1).clamp(min=0)] * (k > 0)
        degree, common = F.pad(a.float().cumsum(1), (0, 0, 1, -1))[pair], (row_features @ row_features.mT)[pair]
        member = members.index_select(0, pair[0] * a.shape[1] + pair[2])
        features = torch.cat([pair_numbers(previous_link, pair[1] - pair[2], degree, common, sums - bits), member], 1)
        logits = self.network.pairs(h[item, t], features, is_inside.sum(1))
        nats = -F.binary_cross_entropy_with_logits(logits, bits, reduction="none")
        return torch.zeros(len(a), device=a.device).index_add(0, pair[0], nats)

    def _states(self, rows: Tensor, mask: Tensor, begin: Tensor, widest: int, given: Tensor) -> Tensor:
        """(b, m, width) of each node as it comes, zeros for the first."""
        at = begin[..., None] + torch.arange(widest, device=rows.device)
        bits = F.pad(rows, (0, widest)).gather(2, at).float()
        place, sizes = torch.arange(rows.shape[1], device=rows.device), mask.sum(1, keepdim=True)
        numbers = node_numbers(place, begin, sizes, F.pad(rows.sum(2), (1, -1)))
        return F.pad(self.network.nodes(bits[:, :-1], numbers[:, 1:], given), (0, 0, 1, 0))

    def draw_rows(self, a: Tensor, mask: Tensor, count: Tensor, given: Tensor, rng: ItemDraws) -> Tensor:
        chance, sizes, known = uniform_rows(rng, mask), mask.sum(1), a.tril(-1)
        (b, m), item = mask.shape, torch.arange(len(mask), device=mask.device)
        edges_so_far = torch.zeros(b, m, m, device=mask.device)  # edges of nodes that came, both ways
        node_step, begin, row = self.network.node_steps(given), torch.zeros_like(sizes), edges_so_far[:, 0, :1]
        members = [self.network.member(edges_so_far.new_zeros(b, self.network.member.in_features))]
        for t in range(1, m):
            degree = edges_so_far.sum(2)
            h = node_step(row, node_numbers(begin.new_tensor(t), begin, sizes, degree[:, t - 1]))
            pair_step, length, came = self.network.pair_steps(h), (t - begin) * (t < sizes), torch.stack(members, 1)
            bit, own_edges, common, row = torch.zeros(b, device=mask.device), 0.0, torch.zeros_like(degree), []
            for k in range(int(length.max())):
                at = (begin + k).clamp(max=t - 1)
                numbers = pair_numbers(
                    bit, t - at, degree[item, at], common[item, at], own_edges + torch.zeros_like(bit)
                )
                p = pair_step(torch.cat([numbers, came[item, at]], 1)).sigmoid()
                require_numbers(p)
                edge = torch.where(t < count, known[item, t, at], chance[item, t, at] < p) & (k < length)
                bit = edge.float()
                own_edges, common = own_edges + bit, common + bit[:, None] * edges_so_far[item, at]
                edges_so_far[item, t, at] += bit
                row.append(bit)
            if not row:  # all graphs have ended
                break
            row = torch.stack(row, 1)
            edges_so_far[:, :, t] = edges_so_far[:, t]
            begin = first_neighbours(edges_so_far[:, t : t + 1] > 0, t)[:, 0]
            members.append(self.network.member(h))
        return edges_so_far > 0


def first_neighbours(rows: Tensor, begin: int | Tensor = 0) -> Tensor:
    """Finds the first earlier node (b, T) int64 that each of the nodes begin, begin + 1, ... is joined to, else its own
    number.

    Args:
        rows: (b, T, m) bool.
        begin: One number for all graphs, or (b, 1).
    """
    numbers = begin + torch.arange(rows.shape[1], device=rows.device)
    return torch.where(rows.any(2), rows.float().argmax(2), numbers)


def node_numbers(place: Tensor, begin: Tensor, sizes: Tensor, degree: Tensor) -> Tensor:
    """Computes features (..., NUMBERS) of the next node: width of the queue, nodes before and after it, degree of the
    last.

    Args:
        place: Number of each node.
        begin: First node of its queue.
        sizes: Nodes of the graph.
        degree: Edges of the node before to those before it.
    """
    numbers = place - begin, place, (sizes - place).clamp(min=0), degree
    return torch.stack(torch.broadcast_tensors(*numbers), -1).float().log1p()


def pair_numbers(
    previous_link: Tensor, steps_back: Tensor, degree: Tensor, common: Tensor, own_edges: Tensor
) -> Tensor:
    """Computes features (..., 5) of pairs (t, j) of a node t and an earlier node j.

    Args:
        previous_link: 1 where t is joined to the node before j, else 0.
        steps_back: t - j.
        degree: Edges of j to nodes before t.
        common: Common neighbours of j and t.
        own_edges: Edges of t to nodes before j.
    """
    return torch.stack([previous_link, steps_back.log1p(), degree.log1p(), common.log1p(), own_edges.log1p()], -1)
