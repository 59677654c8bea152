"""What a single graph is: the rule that it keeps, which makes a sample a valid one where all training graphs keep one.

    tree      connected, without a ring
    grid      nodes at whole places of a rectangle, joined to those beside them
    planar    connected, and can be drawn without crossings (Martinkus 2022)
    blocks    a stochastic block model of 2 to 5 blocks of 20 to 40 nodes, joined with probability .3 within a block and
              .005 between two (Martinkus 2022)
    connected

For blocks the reference asks a sampler of partitions of graph-tool which blocks there are. Here they are found from
eigenvectors, which for such probabilities are as good, and the number of blocks by likelihood less what it costs to say
which node is of which block; then the same test: a probability is off by w = (p - p_0)^2 / (p (1 - p) + 1e-6), and the
mean over pairs of blocks of the chance of a larger w, chi-squared of one degree, is above .9.
"""

from collections.abc import Callable, Sequence
from math import isqrt
from typing import Any

import numpy as np
from scipy.special import xlogy
from scipy.stats import chi2

from ...core.packages import nx

EDGE_WITHIN_BLOCK, EDGE_BETWEEN_BLOCKS = 0.3, 0.005  # probabilities of an edge
BLOCKS, BLOCK = (2, 5), (20, 40)  # fewest and most blocks, and nodes of one
SURE = 0.9
KEPT_SHARE = 0.85  # share of training graphs by which a rule is one: of real blocks, one in ten fails the test above
ROUNDS = 20  # in which nodes may change their block


def tree(graph: Any) -> bool:
    return nx.is_tree(graph)


def grid(graph: Any) -> bool:
    """Tells whether a graph is a grid of a x b nodes, both at least 2, which is known by its size: a b nodes and 2 a b
    - a - b edges."""
    nodes, edges = len(graph), graph.number_of_edges()
    side_sum = 2 * nodes - edges  # a + b
    root = isqrt(max(side_sum * side_sum - 4 * nodes, 0))
    a, b = (side_sum - root) // 2, (side_sum + root) // 2
    if a < 2 or a * b != nodes or a + b != side_sum:
        return False
    degrees = np.bincount([degree for _, degree in graph.degree], minlength=5)
    if len(degrees) > 5 or degrees[:2].any() or degrees[2] != 4 or not nx.is_connected(graph):
        return False
    return nx.is_isomorphic(graph, nx.grid_2d_graph(a, b))


def planar(graph: Any) -> bool:
    return nx.is_connected(graph) and nx.check_planarity(graph)[0]


def blocks(graph: Any) -> bool:
    if not BLOCKS[0] * BLOCK[0] <= len(graph) <= BLOCKS[1] * BLOCK[1]:
        return False
    adjacency = nx.to_numpy_array(graph, weight=None)
    block = partition(adjacency, BLOCKS[1] + 1)
    sizes = np.bincount(block)
    if not (BLOCKS[0] <= len(sizes) <= BLOCKS[1] and BLOCK[0] <= sizes.min() <= sizes.max() <= BLOCK[1]):
        return False
    edges, pairs = _edges_and_pairs(adjacency, block)
    shares = edges / np.maximum(pairs, 1)
    expected_shares = np.where(np.eye(len(sizes), dtype=bool), EDGE_WITHIN_BLOCK, EDGE_BETWEEN_BLOCKS)
    squared_errors = (shares - expected_shares) ** 2 / (shares * (1 - shares) + 1e-6)
    return bool(chi2.sf(squared_errors, 1).mean() > SURE)


def connected(graph: Any) -> bool:
    return nx.is_connected(graph)


RULES: dict[str, Callable[[Any], bool]] = {  # the strictest first
    "tree": tree,
    "grid": grid,
    "planar": planar,
    "blocks": blocks,
    "connected": connected,
}


def find_rule(graphs: Sequence[Any]) -> str | None:
    """Finds the first rule that KEPT_SHARE of some graphs keep, None where they keep none."""
    for name, rule in RULES.items():
        broken_count = 0
        for graph in graphs:
            broken_count += not rule(graph)
            if broken_count > (1 - KEPT_SHARE) * len(graphs):
                break
        else:
            return name
    return None


def partition(adjacency: np.ndarray, most_blocks: int) -> np.ndarray:
    """Partitions the nodes of a graph (m, m) into 1 to `most_blocks` blocks, (m,), numbered from 0. The number of
    blocks is the most likely one, by likelihood less log k for each node and half a log of the pairs for each of the k
    (k + 1) /
    2 probabilities."""
    nodes, best, likeliest = len(adjacency), -np.inf, np.zeros(len(adjacency), int)
    for k in range(1, most_blocks + 1):
        block = _blocks_of(adjacency, k)
        cost = nodes * np.log(k) + k * (k + 1) / 4 * np.log(nodes * (nodes - 1) / 2)
        value = _log_likelihood(adjacency, block) - cost
        if value > best:
            best, likeliest = value, block
    return np.unique(likeliest, return_inverse=True)[1]


def _blocks_of(adjacency: np.ndarray, k: int) -> np.ndarray:
    """k blocks by the first eigenvectors, then each node to where it is likeliest, in turns."""
    from sklearn.cluster import KMeans

    if k == 1:
        return np.zeros(len(adjacency), int)
    root = 1 / np.sqrt(adjacency.sum(1) + adjacency.mean() * len(adjacency))
    vectors = np.linalg.eigh(root[:, None] * adjacency * root)[1][:, -k:]
    block = KMeans(k, n_init=5, random_state=0).fit(vectors).labels_
    for _ in range(ROUNDS):
        member = np.eye(k)[block]
        edges, pairs = _edges_and_pairs(adjacency, block, k)
        p = (edges + EDGE_BETWEEN_BLOCKS) / (pairs + 1)
        edges_to_blocks, block_sizes = adjacency @ member, member.sum(0) - member
        scores = edges_to_blocks @ np.log(p).T + (block_sizes - edges_to_blocks) @ np.log(1 - p).T
        if (scores.argmax(1) == block).all():
            break
        block = scores.argmax(1)
    return block


def _log_likelihood(adjacency: np.ndarray, block: np.ndarray) -> float:
    edges, pairs = _edges_and_pairs(adjacency, block)
    p = edges / np.maximum(pairs, 1)
    log_likelihoods = xlogy(edges, p) + xlogy(pairs - edges, 1 - p)
    return float(np.triu(log_likelihoods).sum())


def _edges_and_pairs(adjacency: np.ndarray, block: np.ndarray, k: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Between blocks, and on the diagonal within one: (k, k) each."""
    member = np.eye(k or block.max() + 1)[block]
    sizes, edges = member.sum(0), member.T @ adjacency @ member
    pairs = np.outer(sizes, sizes) - np.diag(sizes)
    pair_weights = np.where(np.eye(len(sizes), dtype=bool), 0.5, 1.0)
    return edges * pair_weights, pairs * pair_weights
