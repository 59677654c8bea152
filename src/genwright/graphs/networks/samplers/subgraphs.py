"""Samplers whose batch is a part of the graph, the same for all layers.

Cluster-GCN (Chiang 2019): the graph is cut into clusters once; a batch is some clusters with the edges within and
between them.

    w_ij = a_ij / P(j is in the batch | i is)
         = a_ij                                   in one cluster, or where j's cluster holds one of the nodes asked for
         = a_ij (c - s) / b                       from a node asked for to one of the b others drawn of c - s
         = a_ij (c - s - 1) / (b - 1)             between two of those others

s clusters hold the nodes asked for and are always taken. As published, weights are only normalised by degree within the
batch, which leaves out what comes from clusters that are not drawn; with b < 2 such edges have no weight that could
make up for it.

The cut is by propagation of labels with full clusters closed (Ugander & Backstrom 2013), instead of METIS, which must
be compiled.

GraphSAINT with random walks (Zeng 2020): a batch is all that walks from some training nodes visit, with every edge
in between.

    w_ij = a_ij C_i / C_ij               C_i, C_ij: batches with node i, with edge i <- j, of M batches drawn beforehand
    L = sum_{i in the batch} L_i / (lambda_i n),   lambda_i = C_i / M        over the n training nodes

The weights tend to one over the probability that j is there when i is, as M grows; an edge that none of the M batches
had counts as if one had.
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import reverse_cuthill_mckee

from ....core.graph import Graph
from ..features import Features
from .block import HUB, Adjacency, Block, SampledEdges, Sampler

SWEEPS = 10
SLACK = 1.1  # largest cluster over the mean
MOVED = 0.5  # share of the nodes that would gain which move in a sweep; if all did, neighbours would swap for ever


class Clusters(Sampler):
    """Samples clusters of nodes (Chiang 2019, Cluster-GCN).

    Args:
        budgets: Budgets of the presets.
        size: nodes of a cluster. budget: b >= 2, clusters drawn beside those of the nodes asked for.
    """

    def __init__(self, budgets: Sequence[int], size: int):
        super().__init__(budgets)
        self.size = size

    def attach(self, graph: Graph, x: Features, train: np.ndarray) -> None:
        super().attach(graph, x, train)
        self.cluster = partition(self.adjacency, max(1, round(graph.rows / self.size)))
        order = np.argsort(self.cluster, kind="stable")
        self.members = np.split(order, np.bincount(self.cluster).cumsum()[:-1])

    def block(self, frontier: np.ndarray, budget: int, rng: np.random.Generator) -> Block:
        c, cluster = len(self.members), self.cluster
        targets = np.unique(cluster[frontier])
        other_clusters = np.setdiff1d(np.arange(c), targets)
        chosen_clusters = rng.permutation(other_clusters)[:budget]
        kind = np.zeros(c, dtype=np.int8)  # 0: not drawn, 1: drawn, 2: asked for
        kind[chosen_clusters], kind[targets] = 1, 2
        nodes_inside = np.concatenate([self.members[k] for k in (*targets, *chosen_clusters)])
        nodes, _ = self.adjacency.columns(frontier, nodes_inside)
        edges = self.adjacency.neighbours(nodes, HUB, rng)
        to, source_cluster = cluster[nodes][edges.row], cluster[edges.source]
        from_targets = len(chosen_clusters) / max(len(other_clusters), 1)
        from_chosen = (len(chosen_clusters) - 1) / max(len(other_clusters) - 1, 1)
        probability = np.where(
            (kind[source_cluster] == 2) | (to == source_cluster),
            1.0,
            np.where(kind[to] == 2, from_targets, from_chosen),
        )
        keep = kind[source_cluster] > 0
        return self.adjacency.block(nodes, edges.chosen(keep, np.where(keep, probability, 1.0)))

    def draw(self, nodes: np.ndarray, rng: np.random.Generator) -> list[Block]:
        """Samples one block for all layers, whose first nodes are those asked for.

        Args:
            nodes: Numbers of the nodes.
            rng: Random numbers.
        """
        return [self.block(nodes, self.budgets[0], rng)] * len(self.budgets)


def partition(adjacency: Adjacency, count: int, seed: int = 0) -> np.ndarray:
    """Partitions the nodes into clusters with few edges between them.

    (N,) cluster of each node, 0 to at most count - 1, none empty, of like size.

    From pieces of a walk in breadth (reverse Cuthill-McKee), nodes move to the cluster where most of their neighbours
    are, those that gain most first, as long as there is room in it.

    Args:
        adjacency: Adjacency of the graph.
        count: number of clusters.
        seed: Seed of the random numbers.
    """
    n, rng = adjacency.nodes, np.random.default_rng(seed)
    order = reverse_cuthill_mckee(
        csr_matrix((np.ones_like(adjacency.source), adjacency.source, adjacency.ptr), shape=(n, n))
    )
    cluster = np.empty(n, dtype=np.int64)
    cluster[order] = np.arange(n) * count // n
    target = np.repeat(np.arange(n), np.diff(adjacency.ptr))
    for _ in range(SWEEPS if count > 1 else 0):
        pair, edges = np.unique(target * count + cluster[adjacency.source], return_counts=True)
        node, neighbour_cluster = pair // count, pair % count
        own_edges = np.zeros(n, dtype=np.int64)
        at_home = neighbour_cluster == cluster[node]
        own_edges[node[at_home]] = edges[at_home]
        best = np.lexsort((rng.random(len(pair)), edges, node))
        best = best[np.append(node[best][1:] != node[best][:-1], True)] if len(best) else best
        gain = edges[best] - own_edges[node[best]]
        best = best[(gain > 0) & (rng.random(len(best)) < MOVED)]
        best = best[np.lexsort((own_edges[node[best]] - edges[best], neighbour_cluster[best]))]
        rank = np.arange(len(best)) - np.searchsorted(neighbour_cluster[best], neighbour_cluster[best])
        size = np.bincount(cluster, minlength=count)
        best = best[rank < (SLACK * n / count - size).astype(np.int64)[neighbour_cluster[best]]]
        cluster[node[best]] = neighbour_cluster[best]
    return np.unique(cluster, return_inverse=True)[1]


class RandomWalks(Sampler):
    """Samples the nodes of random walks (Zeng 2020, GraphSAINT).

    budget: steps of a walk, the same for all layers.

    Args:
        budgets: Budgets of the presets.
        roots: walks of a batch.
        batches: M.
    """

    def __init__(self, budgets: Sequence[int], roots: int, batches: int):
        super().__init__(budgets)
        self.roots, self.batches = roots, batches

    def attach(self, graph: Graph, x: Features, train: np.ndarray) -> None:
        super().attach(graph, x, train)
        self.train_share = np.zeros(graph.rows)
        self.train_share[train] = 1 / len(train)
        self.of_node, self.of_edge = np.zeros(graph.rows), np.zeros(len(self.adjacency.source), dtype=np.float32)
        rng = np.random.default_rng(0)
        for _ in range(self.batches):
            nodes, edges = self._visit(rng.permutation(train)[: self.roots], self.budgets[0], rng)
            self.of_node[nodes] += 1
            self.of_edge[edges.number] += 1

    def block(self, frontier: np.ndarray, budget: int, rng: np.random.Generator) -> Block:
        nodes, edges = self._visit(frontier, budget, rng)
        alpha = np.maximum(self.of_edge[edges.number], 1) / np.maximum(self.of_node[nodes], 1)[edges.row]
        edges = edges._replace(weight=(self.adjacency.weight[edges.number] / alpha).astype(np.float32))
        return self.adjacency.block(nodes, edges)

    def draw(self, nodes: np.ndarray, rng: np.random.Generator) -> list[Block]:
        """Samples one block for all layers, whose first nodes are those asked for.

        Args:
            nodes: Numbers of the nodes.
            rng: Random numbers.
        """
        return [self.block(nodes, self.budgets[0], rng)] * len(self.budgets)

    def shares(self, rows: np.ndarray, batch: int) -> np.ndarray:
        return self.train_share[rows] * self.batches / np.maximum(self.of_node[rows], 1)

    def _visit(self, roots: np.ndarray, length: int, rng: np.random.Generator) -> tuple[np.ndarray, SampledEdges]:
        """The nodes on walks of `length` steps from `roots`, which come first, and the edges between them; a walk ends
        where no edge goes on."""
        a, at, visited = self.adjacency, roots, [roots]
        for _ in range(length):
            degree = a.ptr[at + 1] - a.ptr[at]
            at, degree = at[degree > 0], degree[degree > 0]
            at = a.source[a.ptr[at] + (rng.random(len(at)) * degree).astype(np.int64)]
            visited.append(at)
        nodes, _ = a.columns(roots, np.concatenate(visited))
        edges = a.neighbours(nodes, HUB, rng)
        return nodes, edges.chosen(a.columns(nodes, edges.source)[1] < len(nodes))
