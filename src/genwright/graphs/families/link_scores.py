"""Links without learned vectors: scores of two nodes by their neighbourhoods, which every network has to beat.

    common neighbours   |N(u) & N(v)|
    Adamic-Adar         sum of 1 / log d_w over w in N(u) & N(v)                                (Adamic & Adar 2003)
    Katz                sum over l = 1 .. 4 of b^l (A^l)_uv, b = 0.001; longer paths left out           (Katz 1953)
    degree product      d_u d_v, by which popular nodes attract                               (Barabasi & Albert 1999)

    p(u ~ v) = sigmoid(a + c log(1 + s_uv / m)),  c > 0

Training edges, hidden from the graph a tenth at a time, and as many pairs without an edge settle a, c and the mean
score m. An edge counts as one in both directions, whatever its weight. In a bipartite graph, nodes of the two sides
have no common neighbour: the first two scores are 0 there, and Katz counts paths of three edges.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ...core.draws import Draws
from ...core.graph import Graph, as_scipy, without_self_loops
from ...core.trainable import Items
from ..networks.negatives import NonEdges, blocks_of
from .links import LinkContext, PairScorer, remove_pairs

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

DAMPING = 0.001  # of Katz, as in Zhang & Chen 2018
MOST_PROBED, FOLDS = 2_000, 10  # training edges that settle probabilities, and parts hidden in turn
PULL = 1e-3  # weight of the squared slope, so that a score without mistakes has a finite one
STEPS = 50  # most steps of Newton's method


class LinkScore(PairScorer):
    """A predictor of links by a rule on the neighbourhoods of two nodes, without training.

    Args:
        rule: a key of RULES.
    """

    allow_bf16 = False

    def __init__(self, rule: str):
        super().__init__()
        self.rule = rule
        self.register_buffer("scale", torch.ones((), dtype=torch.double))  # m
        self.register_buffer("curve", torch.tensor([0.0, 1.0], dtype=torch.double))  # a, c

    def attach(self, context: LinkContext) -> None:
        self.graph, self.nodes = context.graph, context.nodes

    def finish(self, items: Items, rng: Draws) -> None:
        order, probes = items.x[rng.permutation(len(items.x))], []
        non_edges = NonEdges(self.graph, self.nodes, self.nodes).easy(min(len(order), MOST_PROBED), rng)
        for hidden in order[:MOST_PROBED].chunk(FOLDS):
            probes.append(score_pairs(self.rule, remove_pairs(self.graph, hidden), hidden))
        scores = torch.cat([*probes, score_pairs(self.rule, self.graph, non_edges)])
        self.scale = scores.mean() if scores.any() else torch.ones_like(self.scale)
        self.curve = fit_curve(torch.log1p(scores / self.scale), len(scores) - len(non_edges))

    def health(self, x: Tensor, given: Tensor, rng: Draws) -> list[str]:
        if self.rule in BLIND and is_bipartite(self.graph):
            return ["the graph is bipartite, and its two sides share no neighbours: read katz or degree-product"]
        return []

    def scorer(self, context: LinkContext) -> Callable[[Tensor], Tensor]:
        score, (offset, slope) = pair_scorer(self.rule, context.last), self.curve
        return lambda pairs: (offset + slope * torch.log1p(score(pairs) / self.scale)).sigmoid()


def score_pairs(rule: str, graph: Graph, pairs: Tensor) -> Tensor:
    """Computes scores (n,) double of pairs by a rule. Loops and weights are left out.

    Args:
        rule: A key of RULES.
        graph: Undirected graph.
        pairs: (n, 2).
    """
    return pair_scorer(rule, graph)(pairs)


def pair_scorer(rule: str, graph: Graph) -> Callable[[Tensor], Tensor]:
    """Returns a function that scores pairs (n, 2) as `score_pairs` does, for many calls with one graph."""
    from scipy.sparse import csr_matrix

    to = csr_matrix(as_scipy(without_self_loops(graph).with_weight(None)), dtype=np.float64)  # senders in columns
    out = csr_matrix(to.T)
    sends, receives = (np.diff(a.indptr).astype(float) for a in (out, to))
    two_steps = out @ sends + sends + to @ receives + receives  # numbers in rows of both, and of their squares

    def score(pairs: Tensor) -> Tensor:
        ends, scores = pairs.cpu().numpy(), [np.zeros(0)]
        for part in blocks_of(np.maximum(two_steps[ends], 1).sum(1)):
            scores.append(RULES[rule](out, to, sends, receives, *ends[part].T))
        return torch.from_numpy(np.concatenate(scores)).to(pairs.device)

    return score


def _common_neighbours(out: "csr_matrix", to: "csr_matrix", sends, receives, u: np.ndarray, v: np.ndarray):
    return _dots(out[u], to[v])


def _adamic_adar(out: "csr_matrix", to: "csr_matrix", sends, receives, u: np.ndarray, v: np.ndarray):
    shared_counts = out[u].multiply(to[v])  # a node between two has two edges at least
    return shared_counts @ (1 / np.log(np.maximum((sends + receives) / 2, 2)))


def _katz(out: "csr_matrix", to: "csr_matrix", sends, receives, u: np.ndarray, v: np.ndarray):
    first, second = out[u], to[v]
    two, ends = first @ out, second @ to
    walks = np.asarray(out[u, v]).ravel(), _dots(first, second), _dots(two, second), _dots(two, ends)
    return sum(DAMPING**length * count for length, count in enumerate(walks, 1))


def _degree_product(out: "csr_matrix", to: "csr_matrix", sends, receives, u: np.ndarray, v: np.ndarray):
    return sends[u] * receives[v]


RULES = {
    "common neighbours": _common_neighbours,
    "Adamic-Adar": _adamic_adar,
    "Katz": _katz,
    "degree product": _degree_product,
}
BLIND = "common neighbours", "Adamic-Adar"  # rules that see nothing between the sides of a bipartite graph


def is_bipartite(graph: Graph) -> bool:
    """Tells whether the nodes of a graph split into two sets without edges inside."""
    from scipy.sparse import bmat
    from scipy.sparse.csgraph import connected_components

    a = as_scipy(graph.with_weight(None))
    a = a + a.T
    return connected_components(bmat([[None, a], [a, None]]))[0] == 2 * connected_components(a)[0]


def _dots(a: "csr_matrix", b: "csr_matrix") -> np.ndarray:
    """(n,) products of the rows of two sparse matrices (n, m)."""
    return np.asarray(a.multiply(b).sum(1)).ravel()


def fit_curve(x: Tensor, edges: int) -> Tensor:
    """Fits a logistic regression by Newton's method: offset and slope (2,), of which the slope is positive.

    Args:
        x: (n,) scores.
        edges: Number of the first rows that are edges; the others are none.
    """
    design = torch.stack([torch.ones_like(x), x], 1)
    y = (torch.arange(len(x), device=x.device) < edges).to(x)
    pull = torch.tensor([0.0, PULL], dtype=x.dtype, device=x.device)
    curve = x.new_zeros(2)
    for _ in range(STEPS):
        p = (design @ curve).sigmoid()
        slope = design.T @ (p - y) / len(x) + pull * curve
        bend = (design * (p * (1 - p))[:, None]).T @ design / len(x) + torch.diag(pull + 1e-9)
        curve = curve - torch.linalg.solve(bend, slope).clamp(-2, 2)
    return torch.stack([curve[0], curve[1].clamp(min=1e-3)])
