"""RotatE: a relation turns the vector of its head onto that of its tail (Sun 2019).

    h, t in C^k,   r = exp(i theta_r),   theta_r in R^k
    d(h, r, t) = sum_j |h_j r_j - t_j|,    p = sigmoid(gamma - d(h, r, t))

    loop over batches of triples (h, r, t):
        draw S entities e_1 .. e_S and put each in place of the tail, or of the head, of every triple,
            but where training has that triple
        w_s = softmax over s of alpha (gamma - d_s)                                       no gradient
        min  - log sigmoid(gamma - d(h, r, t)) - sum_s w_s log sigmoid(d_s - gamma)

A turn by pi is a relation that holds both ways, the opposite turn is its inverse, and one turn after another is a
composition of relations. h turned is as far from t as h is from t turned back, so heads are found as tails are.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.trainable import Batch
from .triple_scores import HEAD, TAIL, RelationContext, Score, TripleScorer, hide_known, known_answers

CELLS = 1 << 22  # numbers of vectors that are compared at a time
LEAST = 1e-12  # added to squared moduli, whose root has a slope at 0 then


class RotatE(TripleScorer):
    """Predicts triples by rotations in the complex plane, as in the module.

    Args:
        nodes, relations: how many.
        width: k.
        margin: gamma.
        negatives: S, drawn anew for each batch, which shares them.
        sharpness: alpha; 0 weighs all alike.
    """

    def __init__(self, nodes: int, relations: int, width: int, margin: float, negatives: int, sharpness: float):
        super().__init__()
        reach = (margin + 2) / width
        self.vectors = nn.Parameter(torch.empty(nodes, 2, width).uniform_(-reach, reach))  # real and imaginary parts
        self.angles = nn.Parameter(torch.empty(relations, width).uniform_(-math.pi, math.pi))
        self.margin, self.negatives, self.sharpness = margin, negatives, sharpness

    def attach(self, context: RelationContext) -> None:
        self.known = {end: known_answers(context.triples, context.relations, end) for end in (HEAD, TAIL)}

    def turn(self, ends: Tensor, relations: Tensor, open_end: int) -> Tensor:
        """Turns the vectors of ends (n,) onto the open end: (n, 2, k). A tail turns back.

        Args:
            ends: (n,) entities.
            relations: (n,).
            open_end: TAIL, or HEAD.
        """
        x, y = self.vectors[ends].unbind(1)
        angle = self.angles[relations] if open_end == TAIL else -self.angles[relations]
        cos, sin = angle.cos(), angle.sin()
        return torch.stack([x * cos - y * sin, x * sin + y * cos], 1)

    def logits(self, context: RelationContext, triples: Tensor) -> Tensor:
        return self.margin - distance(self.turn(triples[:, 0], triples[:, 1], TAIL), self.vectors[triples[:, 2]])

    def completions(self, context: RelationContext) -> Score:
        return lambda ends, relations, open_end: self.compare(self.turn(ends, relations, open_end), self.vectors)

    def compare(self, turned: Tensor, vectors: Tensor) -> Tensor:
        """Computes logits (n, m) of turned vectors (n, 2, k) with vectors (m, 2, k) of the open end."""
        rows = max(1, CELLS // vectors.numel())
        return torch.cat([self.margin - distance(part[:, None], vectors) for part in turned.split(rows)])

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss of triples batch.x (B, 3), batch.target: whether they hold. In training they hold, and
        others are drawn."""
        logits = self.logits(None, batch.x)
        if not self.training:
            return F.binary_cross_entropy_with_logits(logits, batch.target.y[:, 0]), {}
        open_end = (HEAD, TAIL)[int(batch.rng.integers(2, (1,)))]
        entities = batch.rng.integers(len(self.vectors), (self.negatives,))
        end, relation = batch.x[:, TAIL - open_end], batch.x[:, 1]
        false = self.compare(self.turn(end, relation, open_end), self.vectors[entities])
        false = hide_known(false, entities, self.known[open_end](end, relation), len(self.vectors))
        weights = (self.sharpness * false).detach().softmax(1)
        return -F.logsigmoid(logits).mean() - (weights * F.logsigmoid(-false)).sum(1).mean(), {}

    def encode(self, context: RelationContext) -> Tensor:
        """Returns the vectors (N, 2 k) of the entities."""
        return self.vectors.flatten(1)


def distance(a: Tensor, b: Tensor) -> Tensor:
    """Computes the sum of the moduli of a - b, complex vectors (.., 2, k): (..)."""
    return ((a - b).square().sum(-2) + LEAST).sqrt().sum(-1)
