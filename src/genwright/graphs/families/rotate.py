"""RotatE: a relation turns the vector of its head onto that of its tail (Sun 2019).

    h, t in C^k,   r = exp(i theta_r),   theta_r in R^k
    d(h, r, t) = sum_j |h_j r_j - t_j|,    p = sigmoid(gamma - d(h, r, t))

    loop over batches of triples (h, r, t):
        draw S entities e_1 .. e_S and put each in place of the tail, or of the head, of every triple,
            but where training has that triple;  d_s is the distance then
        w_s = softmax over s of alpha (gamma - d_s)                                           no gradient
        min  - log sigmoid(gamma - d(h, r, t)) - sum_s w_s log sigmoid(d_s - gamma)

A turn by pi is a relation that holds both ways, the opposite turn is its inverse, and one turn after another is a
composition of relations. h turned is as far from t as h is from t turned back, so heads are found as tails are.
"""

import math

import torch
from torch import Tensor, nn

from .triple_embeddings import TripleEmbedding
from .triple_scores import TAIL

CELLS = 1 << 22  # numbers of vectors that are compared at a time
LEAST = 1e-12  # added to squared moduli, whose root then has a slope at 0


class RotatE(TripleEmbedding):
    """Predicts triples by rotations in the complex plane, as in the module.

    Args:
        nodes, relations: how many.
        width: k.
        margin: gamma.
        negatives: S, drawn anew for each batch, which shares them.
        sharpness: alpha; 0 weighs all alike.
    """

    def __init__(self, nodes: int, relations: int, width: int, margin: float, negatives: int, sharpness: float):
        reach = (margin + 2) / width
        super().__init__(torch.empty(nodes, 2, width).uniform_(-reach, reach), negatives, sharpness)  # real, imaginary
        self.angles = nn.Parameter(torch.empty(relations, width).uniform_(-math.pi, math.pi))
        self.margin = margin

    def query(self, ends: Tensor, relations: Tensor, open_end: int) -> Tensor:
        """Turns the vectors of ends (n,) onto the open end: (n, 2, k). A tail turns back."""
        x, y = self.vectors[ends].unbind(1)
        angle = self.angles[relations] if open_end == TAIL else -self.angles[relations]
        cos, sin = angle.cos(), angle.sin()
        return torch.stack([x * cos - y * sin, x * sin + y * cos], 1)

    def compare(self, query: Tensor, vectors: Tensor) -> Tensor:
        rows = max(1, CELLS // vectors.numel())
        return torch.cat([self.margin - distance(part[:, None], vectors) for part in query.split(rows)])

    def score(self, triples: Tensor) -> Tensor:
        head, relation, tail = triples.T
        return self.margin - distance(self.query(head, relation, TAIL), self.vectors[tail])


def distance(a: Tensor, b: Tensor) -> Tensor:
    """Computes the sum of the moduli of a - b, complex vectors (.., 2, k): (..)."""
    return ((a - b).square().sum(-2) + LEAST).sqrt().sum(-1)
