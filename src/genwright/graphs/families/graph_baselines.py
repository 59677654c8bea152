"""Baselines for graphs with the same verbs, which learn a few numbers or none. Every learned model has to beat them.

Erdos-Renyi joins pairs independently, as often as in training graphs of the same size (Gilbert 1959; usually named
after Erdos and Renyi). Types of nodes have their frequencies. It knows nothing of structure.

    p(n, x, k) = p(n) prod_i p(k_i) prod_i<j p(x_ij | n)
"""

from collections.abc import Iterable
from typing import ClassVar

import torch
from torch import Tensor

from ...core.draws import Draws, ItemDraws
from ...core.family import Family
from ...core.graph import from_edges, is_offsets
from ...core.packages import nx
from ...core.ragged import Ragged, of_padded
from ...core.spec import Spec
from ...core.trainable import Items
from ...distributions.histograms import SetSizes
from ...families.baselines.bootstrap_and_independent import BootstrapSets
from .pairs import PairDraws, Pairs, empty_sets, expect_structure_alone, uniform_rows

PRIOR = 10  # pairs of usual kinds that are added to those seen of each size


class ErdosRenyi(Family):
    allow_bf16 = False
    conditional = False
    completes = "exact"
    method = "pairs joined independently, as often as in training graphs of the size"

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        pair_probs = torch.tensor(spec.leaf.pairs.marginal.probs, dtype=torch.float64)
        self.sizes = SetSizes(spec.leaf)
        self.register_buffer("kinds", pair_probs.repeat(len(self.sizes.probs), 1))  # (S, K), of pairs by the size
        (node,) = spec.leaf.each.columns
        frequencies = torch.tensor(node.marginal.probs if node.k > 1 else [1.0], dtype=torch.float64)
        self.register_buffer("of_nodes", frequencies, False)  # (k,)

    def finish(self, items: Items, rng: Draws) -> None:
        counts = torch.zeros_like(self.kinds).index_add(0, items.x.sizes - 1, self._counts(items.x))
        counts += PRIOR * self.kinds
        self.kinds = counts / counts.sum(1, keepdim=True)

    def sample(self, n: int, given: Tensor, rng: Draws) -> Ragged:
        draws, none = rng.items(n), torch.zeros(n, dtype=torch.long, device=rng.device)
        return self._sample_pairs(empty_sets(self.sizes.sample(draws, none), self.spec.leaf.each.width), draws)

    def log_likelihood(self, x: Ragged, given: Tensor, rng: Draws, draws: int | None = None) -> tuple[Tensor, None]:
        """Computes the exact log-likelihood (B,) in nats of graphs with numbered nodes."""
        kinds, nodes = self.kinds[x.sizes - 1].log(), self.of_nodes.log()[x.x[:, 0].long()]
        of_nodes = torch.zeros(len(x), dtype=torch.float64, device=x.device).index_add(0, x.item, nodes)
        return self.sizes.log_prob(x.sizes) + of_nodes + (self._counts(x) * kinds).sum(1), None

    def fill(self, x: Ragged, known: Ragged, given: Tensor, rng: Draws) -> Ragged:
        """Samples the size given the known part, p(n) prod p(known x_ij | n) for n that hold it, then the other pairs.
        With open pairs, all nodes are there.

        Args:
            x: Packed sets.
            known: Known members and pairs of the sets.
            given: (B, G) conditions of the items.
            rng: Random numbers.
        """
        draws, width = rng.items(len(x)), x.x.shape[1]
        count = x.count(known.x.any(1))
        part = self._counts(x.filled(known, empty_sets(count, width)))
        enough = torch.arange(1, len(self.sizes.probs) + 1, device=count.device) >= count[:, None]
        logs = self.sizes.probs.log() + part @ self.kinds.log().T
        p = logs.masked_fill(~enough, -torch.inf).softmax(1).float()
        sizes = torch.where(known.some_open, count, 1 + draws.categories(torch.ones_like(count), p))
        return x.filled(known, self._sample_pairs(empty_sets(sizes, width), draws))

    def _sample_pairs(self, x: Ragged, draws: ItemDraws) -> Ragged:
        """x with other pairs, and nodes of other kinds."""
        if len(self.of_nodes) > 1:
            kinds = draws.categories(x.sizes, self.of_nodes.float().expand(len(x.x), -1))
            x = x.with_x(kinds[:, None].float())
        parts = []
        for ids, rows, mask, _ in x.padded():
            pairs = Pairs(mask)
            kinds = self.kinds[x.sizes[ids] - 1][pairs.item].float()
            parts.append((ids, rows, mask, pairs.dense(draws[ids].categories(pairs.counts, kinds))))
        return of_padded(parts)

    def _counts(self, x: Ragged) -> Tensor:
        """(B, K) float64: pairs of each kind in each set."""
        kind, item = x.pairs.values.long(), x.item[x.pairs.target]
        counts = torch.zeros(len(x), self.kinds.shape[1], dtype=torch.float64, device=x.device)
        counts.index_put_((item, kind), torch.tensor(0.5, dtype=torch.float64, device=x.device), accumulate=True)
        counts[:, 0] = x.sizes * (x.sizes - 1) / 2 - counts[:, 1:].sum(1)
        return counts


ROOM = 2**20  # numbers of edges that are compared at a time
SWAPS = 10  # exchanges of each edge, when a graph is rewired
TRIES = 100  # attempts to find two edges whose ends can be exchanged, for each swap


class StochasticBlockModel(Family):
    """A baseline that joins pairs independently, more often within a community than between two (Holland 1983).

    The blocks of each training graph are its communities by modularity (Blondel 2008), and how often its pairs are
    joined is counted, within blocks and between them. A draw has the blocks and the two shares of one training graph,
    any of them.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
    """

    lacks = {
        "log_prob": "a graph's mass is a sum over all ways to put its nodes into blocks",
        "complete": "it does not say which blocks known nodes are in",
    }
    allow_bf16 = False
    conditional = False
    grows: ClassVar[dict[str, int]] = {"ptr": 0, "block": 0, "share": 0}

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        expect_structure_alone(spec)
        self.register_buffer("ptr", torch.zeros(1, dtype=torch.long))
        self.register_buffer("block", torch.zeros(0, 1))  # (N, 1), of each training graph's nodes
        self.register_buffer("share", torch.zeros(0, 2))  # (G, 2), of pairs that are joined: between blocks, within

    def finish(self, items: Items, rng: Draws) -> None:
        blocks, shares = [], []
        for graph in range(len(items)):
            x = items.x[graph : graph + 1]
            _, _, _, kinds = next(x.padded((len(x.x),)))
            block = find_communities(kinds[0], rng)
            same_block = block[:, None] == block
            pairs = torch.ones_like(same_block).triu(1)
            counts = torch.stack([(pairs & pair_mask).sum() for pair_mask in (~same_block, same_block)])
            block_counts = torch.stack(
                [(pairs & pair_mask & (kinds[0] > 0)).sum() for pair_mask in (~same_block, same_block)]
            )
            blocks.append(block)
            shares.append(block_counts / counts.clamp(min=1))
        self.ptr, self.block = items.x.ptr.clone(), torch.cat(blocks)[:, None].float()
        self.share = torch.stack(shares)

    def flaw(self) -> str:
        consistent = is_offsets(self.ptr, len(self.block)) and len(self.share) == len(self.ptr) - 1
        return "" if consistent else "blocks of other graphs"

    def sample(self, n: int, given: Tensor, rng: Draws) -> Ragged:
        block_draw, draws = rng.integers(len(self.share), (n,)), rng.items(n)
        blocks, parts = Ragged(self.block, self.ptr)[block_draw], []
        for ids, rows, mask, _ in blocks.padded():
            pairs, block = Pairs(mask), rows[..., 0]
            same_block = pairs.packed(block[:, :, None] == block[:, None])
            p = self.share[block_draw[ids]][pairs.item, same_block.long()]
            is_joined = PairDraws(draws[ids], pairs.counts).uniform(p.shape) < p
            parts.append((ids, torch.zeros_like(rows), mask, pairs.dense(is_joined.long())))
        return of_padded(parts)


class BarabasiAlbert(Family):
    """A baseline that grows graphs: each node comes with m edges, to nodes in proportion to their degrees (Barabasi &
    Albert 1999).

    It begins with a node joined to m others. m is the one whose m (n - m) edges are nearest to those of training graphs
    of n nodes, as `ErdosRenyi` counts them.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
    """

    lacks = {
        "log_prob": "a graph's mass is a sum over all orders in which its nodes may have come",
        "complete": "it does not say when known nodes came",
    }
    allow_bf16 = False
    conditional = False

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        expect_structure_alone(spec)
        self.sizes = SetSizes(spec.leaf)
        self.register_buffer("edges", torch.zeros(len(self.sizes.probs), dtype=torch.long))  # m, by the size

    def finish(self, items: Items, rng: Draws) -> None:
        edge_counts = ErdosRenyi(self.spec, self.given).to(items.x.device)
        edge_counts.finish(items, rng)
        n = torch.arange(1, len(self.edges) + 1, device=self.edges.device)
        mean_edges, m = edge_counts.kinds[:, 1] * n * (n - 1) / 2, torch.arange(len(n), device=n.device)
        parts = []
        for sizes, goal in zip(*(column[:, None].split(max(1, ROOM // len(n))) for column in (n, mean_edges))):
            parts.append((m * (sizes - m) - goal).abs().masked_fill(m >= sizes, torch.inf).argmin(1))
        self.edges = torch.cat(parts)

    def sample(self, n: int, given: Tensor, rng: Draws) -> Ragged:
        draws, none = rng.items(n), torch.zeros(n, dtype=torch.long, device=rng.device)
        x, parts = empty_sets(self.sizes.sample(draws, none), self.spec.leaf.each.width), []
        for ids, rows, mask, _ in x.padded():
            parts.append((ids, rows, mask, self._grow_graphs(mask, draws[ids])))
        return of_padded(parts)

    def _grow_graphs(self, mask: Tensor, draws: ItemDraws) -> Tensor:
        """(b, m, m) int64. The targets of a node are drawn one after another without replacement, all at once: those
        with the least of exponential numbers whose rates are their degrees (Efraimidis & Spirakis 2006)."""
        b, nodes = mask.shape
        sizes, places = mask.sum(1), torch.arange(nodes, device=mask.device)
        edges = self.edges[sizes - 1][:, None]
        late = -(1 - uniform_rows(draws, mask)).log()
        kinds = torch.zeros(b, nodes, nodes, dtype=torch.long, device=mask.device)
        for step in range(1, nodes):
            grows = (step < sizes)[:, None] & (step >= edges)
            begins, is_earlier = step == edges, places < step
            key = (late[:, step] / kinds.sum(2)).masked_fill(~is_earlier, torch.inf)
            targets = key.argsort(1).argsort(1) < edges
            row = ((begins | targets) & is_earlier & grows).long()
            kinds[:, step], kinds[:, :, step] = row, row
        return kinds


class Rewiring(BootstrapSets):
    """A baseline that draws training graphs and exchanges their edges two by two, so that all degrees stay (Maslov &
    Sneppen 2002). It makes up to SWAPS exchanges an edge.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
    """

    lacks = {"log_prob": "a rewired training graph has no density", "complete": "it holds whole graphs only"}

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        expect_structure_alone(spec)

    def sample(self, n: int, given: Tensor, rng: Draws) -> Ragged:
        originals = super().sample(n, given, rng)
        source, target, item = (t.tolist() for t in (originals.pairs.source, originals.pairs.target, originals.item))
        graphs = [[] for _ in range(n)]
        for u, v in zip(source, target):
            if u < v:
                graphs[item[u]].append((u, v))
        seeds = rng.integers(2**31, (n,)).tolist()
        ends = [pair for edges, seed in zip(graphs, seeds) for pair in swap_edges(edges, seed)]
        u, v = torch.tensor(ends, dtype=torch.long, device=rng.device).reshape(-1, 2).T
        directed = torch.cat([u, v]), torch.cat([v, u])
        return Ragged(
            originals.x,
            originals.ptr,
            from_edges(*directed, len(originals.x), torch.ones(len(directed[0]), device=rng.device)),
        )


def find_communities(is_joined: Tensor, rng: Draws) -> Tensor:
    """Finds the community (n,) int64 of each node of a graph (n, n), numbered from 0.

    Args:
        is_joined: (b, m, m) bool, whether two nodes are joined.
        rng: Random numbers.
    """
    graph = nx.from_numpy_array((is_joined > 0).cpu().numpy())
    groups = nx.community.louvain_communities(graph, seed=rng.number(2**31))
    block = torch.zeros(len(is_joined), dtype=torch.long)
    for number, nodes in enumerate(groups):
        block[sorted(nodes)] = number
    return block.to(is_joined.device)


def swap_edges(edges: list[tuple[int, int]], seed: int) -> Iterable[tuple[int, int]]:
    """Exchanges the ends of edges (u, v) at random so that all degrees stay and no node is joined to itself or
    twice."""
    graph = nx.Graph(edges)
    try:
        nx.double_edge_swap(graph, SWAPS * len(edges), SWAPS * TRIES * len(edges), seed=seed)
    except nx.NetworkXException:  # too few edges that can be exchanged: what was exchanged stays
        pass
    return graph.edges
