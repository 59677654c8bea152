"""GRAN (Liao 2019) generates the nodes of a graph in an order, a block of B at a time, with the edges of a block
together.

    p(A | n)      = prod_blocks sum_k alpha_k prod_pairs Bernoulli(A_ij | theta_ijk)       i in the block, j before i
    alpha, theta  = a graph network over the nodes before the block and the block's, which are joined to all others
    train:          -log p of a few blocks of each graph, for all of them
    draw:           block after block: k ~ alpha, then the pairs, each by its theta of k

All pairs of a block share one k, on which they all depend. That does not ensure that a node is joined to anything: by
chance, a graph may fall apart, or a tree may get a cycle. So, unlike the paper, the first joined pair of a block (its
pairs in turn) is sampled by itself, one of all pairs or none:

    p(block)      = p_first sum_k alpha_k(first) prod_(pairs behind it) Bernoulli(A_ij | theta_ijk)
    p_first       = (s_f prod_(pairs before f) (1 - s)  or  e^none) / their sum over the block

s is the probability that a pair is joined if none before it is. So whether the node at the front of the queue gets one
more edge depends on what is known of that node, not on all nodes that wait. The network also reads how each node stands
to the queue, as in `ordered_graphs.py`, and how many nodes are still to come. Without this, the queue empties too soon.

In breadth-first order, no node of a block is joined to a node from before the queue, as the queue was when the block
began. The model leaves out such pairs. It also leaves out nodes too far behind the queue to reach the network, at one
first neighbour per layer. In large graphs these are most nodes, so a step costs as much as the queue is wide, not as
much as the graph has grown. (In the paper, and in other orders, new nodes have pairs with all nodes.)

With a stride S below B, blocks overlap: each begins S nodes after the one before, and sampling keeps its first S rows.
Their mass is that of the block with the other rows summed out, sum_k alpha_k over the pairs that are kept. Training
uses all rows of a block.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import ItemDraws, require_numbers
from ...core.graph import offsets, spans
from ...core.spec import Spec
from .ordered_graphs import OrderedGraphs, first_neighbours
from .pairs import uniform_rows


class GRAN(OrderedGraphs):
    """Graph recurrent attention network (Liao 2019): generates a graph block of nodes by block of nodes.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        network: Network of `graphs.networks.graph_decoders`.
        order, scored: see `OrderedGraphs`.
        block: B.
        stride: S, at most B.
        blocks: Blocks of each graph that a loss or a term of the bound looks at.
    """

    def __init__(
        self, spec: Spec, given: Spec, network: nn.Module, order: str, block: int, stride: int, blocks: int, scored: int
    ):
        super().__init__(spec, given, order, scored)
        self.network, self.block, self.stride, self.blocks = network, block, stride, blocks
        self.queued = order == "breadth-first"  # pairs from before the queue are never joined, and left out

    def rows_log_prob(self, a: Tensor, mask: Tensor, given: Tensor, rng: ItemDraws) -> Tensor:
        """Estimates log p(A | n), (b,), from `blocks` random blocks of each graph: one from each of as many runs of
        blocks, which stands for the run.

        Args:
            a: (b, m, m) bool, the graphs in their order.
            mask: (b, m) bool, nodes that exist.
            given: (b, G) conditions.
            rng: Random numbers.
        """
        sizes, rows = mask.sum(1), a.tril(-1)
        count = (sizes + self.stride - 1) // self.stride  # blocks of each graph
        looked = count.clamp(max=self.blocks)
        item = torch.repeat_interleave(torch.arange(len(a), device=a.device), looked)
        weight = (count / looked)[item]
        log_probs = (spans(torch.zeros_like(looked), offsets(looked)) + rng.uniform(looked)) * weight
        begin = log_probs.long().clamp(max=count[item] - 1) * self.stride
        union = self._union(item, begin, sizes, first_neighbours(rows))
        h, difference = self._read(union, rows, self.network.embed_old_nodes(rows.float()), sizes, given)
        candidates = union.new < begin[union.part] + (self.block if self.training else self.stride)
        bits = union.bits(rows) & candidates
        first = union.first_pair(bits)
        nats = self._first_pairs(union, h, difference).log_prob(first, candidates)
        is_later = candidates & (union.place_of_pair > first[union.part])
        theta, alpha = self._mixture(union, difference, first)
        joint = alpha.log_softmax(1) + union.sums(bits_log_prob(theta, bits) * is_later[:, None])
        return torch.zeros_like(mask[:, 0], dtype=joint.dtype).index_add(0, item, weight * (nats + joint.logsumexp(1)))

    def draw_rows(self, a: Tensor, mask: Tensor, count: Tensor, given: Tensor, rng: ItemDraws) -> Tensor:
        """Samples graphs block after block; the known rows of a block decide its first pair and its component of the
        mixture. Returns adjacency matrices (b, m, m).

        Args:
            mask: bool mask.
            given: (B, G) conditions of the items.
        """
        chance, sizes, rows = uniform_rows(rng, mask), mask.sum(1), a.tril(-1)
        old, firsts = self.network.embed_old_nodes(rows.float()), torch.zeros(mask.shape, device=mask.device)
        firsts[mask] = rng.uniform(sizes)
        first_reached = first_neighbours(rows)
        for start in range(0, mask.shape[1], self.stride):
            item = ((start < sizes) & (start + self.stride > count)).nonzero()[:, 0]
            if not len(item):
                continue
            union = self._union(item, torch.full_like(item, start), sizes, first_reached)
            h, difference = self._read(union, rows, old, sizes, given)
            known = union.new < count[item[union.part]]
            bits = union.bits(rows) & known
            first = union.first_pair(bits)
            union_pairs = self._first_pairs(union, h, difference).draw(~known, firsts[item, start])
            first = torch.where(first < len(bits), first, union_pairs)
            is_later = union.place_of_pair > first[union.part]
            theta, alpha = self._mixture(union, difference, first)
            p = alpha.log_softmax(1) + union.sums(bits_log_prob(theta, bits) * (known & is_later)[:, None])
            p = p.softmax(1)
            k = (p.cumsum(1) <= chance[item, start, start, None]).sum(1).clamp(max=p.shape[1] - 1)
            at = item[union.part], union.new, union.other
            require_numbers(theta)
            edges = (chance[at] < theta.take_along_dim(k[union.part, None], 1)[:, 0].sigmoid()) & is_later
            edges |= union.place_of_pair == first[union.part]
            candidates = union.new < start + self.stride
            rows[at] = torch.where(known, rows[at], edges & candidates)
            block = slice(start, start + self.stride)
            old[:, block] = self.network.embed_old_nodes(rows[:, block].float())
            first_reached[:, block] = first_neighbours(rows[:, block], start)
        return rows | rows.transpose(1, 2)

    def _union(self, item: Tensor, begin: Tensor, sizes: Tensor, first: Tensor) -> "Union":
        """first: (b, m), the first node that each is joined to among those before it, or its own number."""
        queue = first[item, (begin - 1).clamp(min=0)]
        since = torch.zeros_like(begin)
        if self.queued:
            since, earliest = queue, first.flip(1).cummin(1).values.flip(1)
            for _ in self.network.layers:
                since = earliest[item, since]
        end = torch.minimum(begin + self.block, sizes[item])
        return Union(item, begin, end, queue, since, self.queued)

    def _read(self, union: "Union", rows: Tensor, old: Tensor, sizes: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        """(N, width) of all nodes of a union, (P, width) of the pairs that its blocks decide."""
        item, fresh = union.item[union.of_node], union.place >= 0
        numbers = torch.stack([union.number, sizes[item]], 1)[fresh] / len(self.sizes.probs)
        h = old[item, union.number]
        h[fresh] = self.network.embed_new_nodes(union.place[fresh], numbers, given[item[fresh]])
        ends, other_ends, joined_counts = union.before(rows)
        to_come = (sizes[item] - union.begin[union.of_node]).float().log1p()
        h = h + self.network.queue(torch.cat([union.queue(joined_counts), to_come[:, None]], 1))
        h = self.network(h, *union.edges(ends, other_ends), union.place + 1)
        return h, self.network.pair_difference(h, *union.ends)

    def _mixture(self, union: "Union", difference: Tensor, first: Tensor) -> tuple[Tensor, Tensor]:
        """theta (P, K) of the pairs of all blocks, and alpha (blocks, K), logits: the means over a block's pairs, and
        what its first joined one says."""
        alpha = union.sums(self.network.alpha(difference)) / union.pair_ptr.diff().clamp(min=1)[:, None]
        rows_with_pairs = (first < len(difference)).nonzero()[:, 0]
        alpha = alpha.index_add(
            0, rows_with_pairs, self.network.by_first(difference.index_select(0, first[rows_with_pairs]))
        )
        return self.network.theta(difference), alpha

    def _first_pairs(self, union: "Union", h: Tensor, difference: Tensor) -> "First":
        fresh = union.place >= 0
        none = self.network.no_pair(h[fresh], union.of_node[fresh], len(union.item))
        return First(union, union.in_turn(self.network.first(difference)[:, 0]), none)


class First:
    """Distribution of the first joined pair of each block: logits pair (P,) of its pairs, none (blocks,) of no pair."""

    def __init__(self, union: "Union", pair: Tensor, none: Tensor):
        largest = none.detach().scatter_reduce(0, union.part, pair.detach(), "amax")
        self.union, self.pair, self.none = union, pair - largest[union.part], (none - largest).exp()
        self.weight = self.pair.exp()

    def log_prob(self, first: Tensor, candidates: Tensor) -> Tensor:
        """Computes the log-probability (blocks,) of the first joined pair of each block.

        Args:
            first: (blocks,) the first joined pair; len(pair) for none.
            candidates: (P,) bool, pairs that may be the first.
        """
        sums = lambda numbers: self.union.sums(numbers[:, None])[:, 0]
        total, exists = sums(self.weight) + self.none, first < len(self.pair)
        none = sums(self.weight * ~candidates) + self.none
        log_weight = F.pad(self.pair, (0, 1))[first]
        return torch.where(exists, log_weight, torch.where(exists, 1.0, none).log()) - total.log()

    def draw(self, can_be_first: Tensor, chance: Tensor) -> Tensor:
        """Samples the first joined pair of each block, (blocks,), or none.

        Args:
            can_be_first: (P,) bool, pairs that may be the first.
            chance: (blocks,) uniform numbers.
        """
        weight = (self.weight * can_be_first).double()
        total = self.none + self.union.sums(weight[:, None])[:, 0]
        so_far = weight.cumsum(0)
        mass_before = F.pad(so_far, (1, 0))[self.union.pair_ptr[:-1]]
        is_reached = so_far - mass_before[self.union.part] > (chance * total)[self.union.part]
        return self.union.first_pair(is_reached)


class Union:
    """Blocks of several graphs side by side, each with the nodes before it, as one graph.

    Args:
        item, begin, end: (blocks,): the graph of each, its first node and where it ends.
        queue, since: (blocks,): where the queue before each begins, and the first node that stands there with it.
        queued: whether new nodes have pairs with those from the queue on, not with all.

    of_node, number, place: (N,), of each node the block that it is there for, its number in the graph, and its place in
    the block, -1 where it is before it. part, new, other: (P,), of each pair that a block decides, the block, and the
    numbers of its nodes, a new one and one before that; place_of_pair: (P,) 0 ... P - 1. pair_ptr: (blocks + 1,)
    where the pairs of each begin.
    """

    def __init__(self, item: Tensor, begin: Tensor, end: Tensor, queue: Tensor, since: Tensor, queued: bool):
        self.item, self.begin, self.first, self.since = item, begin, queue, since
        self.ptr = offsets(end - since)
        self.of_node = torch.repeat_interleave(end - since)
        self.number, self.shift = spans(since, self.ptr), self.ptr[:-1] - since
        self.place = (self.number - begin[self.of_node]).clamp(min=-1)
        fresh = (self.place >= 0).nonzero()[:, 0]
        node_set, new = self.of_node[fresh], self.number[fresh]
        queue_position = queue[node_set] if queued else torch.zeros_like(new)
        self.part = torch.repeat_interleave(node_set, new - queue_position)
        self.new = torch.repeat_interleave(new, new - queue_position)
        self.other = spans(queue_position, offsets(new - queue_position))
        self.place_of_pair = torch.arange(len(self.part), device=item.device)
        self.pair_ptr = offsets(torch.bincount(self.part, minlength=len(item)))

    @property
    def ends(self) -> tuple[Tensor, Tensor]:
        """Indices, among all N nodes, of the new and of the other node of each pair: (P,) each."""
        return self.shift[self.part] + self.new, self.shift[self.part] + self.other

    def before(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Finds the edges between nodes before each block, by rows (b, m, m). Returns their ends (E,), (E,), each edge
        once, and the number of edges at each node, (N,)."""
        low, high = int(self.since.min()), int(self.begin.max())
        window = rows[:, low:high, low:high]
        until = F.pad(window.sum(2).cumsum(1), (1, 0))
        item, i, j = window.nonzero(as_tuple=True)
        passed = until[self.item, self.since - low]
        count = until[self.item, self.begin - low] - passed
        known, block = spans(offsets(until[:, -1])[self.item] + passed, offsets(count)), torch.repeat_interleave(count)
        i, j, shift = low + i[known], low + j[known], self.shift[block]
        is_inside = j >= self.since[block]
        joined_counts = torch.bincount(torch.cat([shift + i, (shift + j)[is_inside]]), minlength=len(self.number))
        return (shift + i)[is_inside], (shift + j)[is_inside], joined_counts

    def edges(self, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Joins the edges before the blocks with all pairs that the blocks decide. Returns source and target (E,), both
        ways."""
        u, v = self.ends
        source, target = torch.cat([source, u]), torch.cat([target, v])
        return torch.cat([source, target]), torch.cat([target, source])

    def queue(self, is_joined: Tensor) -> Tensor:
        """Computes the features (N, 4) of each node in the breadth-first queue of its block.

        They are its distance from the block, its distance from the beginning of the queue, whether it is in the queue,
        and `is_joined` (N,)."""
        remaining, distance = (
            (self.begin[self.of_node] - self.number).clamp(min=0),
            self.number - self.first[self.of_node],
        )
        numbers = remaining.log1p(), distance.sign() * distance.abs().log1p(), is_joined.log1p()
        return torch.stack([*numbers, distance >= 0], 1).float()

    def bits(self, rows: Tensor) -> Tensor:
        """Looks up in rows (b, m, m) whether each pair is joined: (P,) bool."""
        return rows[self.item[self.part], self.new, self.other]

    def first_pair(self, bits: Tensor) -> Tensor:
        """Finds the first pair of each block for which `bits` (P,) hold: (blocks,); P where there is none."""
        place = torch.where(bits, self.place_of_pair, len(bits))
        return torch.full_like(self.item, len(bits)).scatter_reduce(0, self.part, place, "amin")

    def in_turn(self, logit: Tensor) -> Tensor:
        """Computes the log-probability (P,) that each pair of a block is its first joined one.

        Args:
            logit: (P,) logit that a pair is joined where none before it is.
        """
        log_before = F.pad(F.logsigmoid(-logit.double()).cumsum(0), (1, 0))
        return (F.logsigmoid(logit) + log_before[:-1] - log_before[self.pair_ptr[:-1]][self.part]).float()

    def sums(self, numbers: Tensor) -> Tensor:
        """Sums numbers of pairs over each block: (P, K) -> (blocks, K)."""
        return numbers.new_zeros(len(self.item), numbers.shape[1]).index_add(0, self.part, numbers)


def bits_log_prob(theta: Tensor, bits: Tensor) -> Tensor:
    """Computes the log-probability (P, K) of bits (P,) under logits (P, K)."""
    return -F.binary_cross_entropy_with_logits(theta, bits[:, None].to(theta).expand_as(theta), reduction="none")
