"""Skip-gram with negative sampling (Mikolov 2013, eq. 4) on walks: nodes that are met close together get similar
vectors.

    l = - mean over pairs (i, c) at most `window` steps apart in a walk of
              log s(u_c . e_i)  +  K E_{n ~ P} log s(- u_n . e_i),      P(n) ~ (1 + degree)^(3/4)

All pairs of a walk are one product of its vectors with themselves, and the negative nodes are drawn once for all pairs
of a step.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ....core.draws import Draws
from ....core.graph import Graph
from ....networks.graph.random_walks import Walker

SHARED = 64  # negative nodes a step
POWER = 0.75


def noise_of(graph: Graph) -> Tensor:
    """(N,) running sum of P, which ends at 1."""
    p = (1.0 + graph.degree).double() ** POWER
    return p.cumsum(0) / p.sum()


def skip_gram(
    embedding: Tensor, context: Tensor, walks: Tensor, window: int, negatives: int, noise: Tensor, rng: Draws
) -> Tensor:
    """The loss, in nats a pair. embedding, context: (N, D), e and u. walks: (B, L). negatives: K. noise: of
    `noise_of`."""
    place = torch.arange(walks.shape[1], device=walks.device)
    apart = (place[:, None] - place).abs()
    near = ((0 < apart) & (apart <= window)).float()  # (L, L)
    pairs = len(walks) * near.sum()
    e = F.embedding(walks, embedding)  # (B, L, D)
    positive = F.softplus(-e @ F.embedding(walks, context).transpose(1, 2)) * near
    others = torch.searchsorted(noise, rng.uniform(SHARED, dtype=torch.float64))
    negative = F.softplus(e @ F.embedding(others, context).T).mean(2) * near.sum(1)
    return (positive.sum() + negatives * negative.sum()) / pairs


@dataclass(frozen=True)
class SkipGram:
    """How vectors of nodes are learned. walks: a step, of `length` edges each. window, negatives: as in `skip_gram`."""

    walks: int
    length: int
    window: int
    negatives: int

    def loss(self, embedding: Tensor, context: Tensor, walker: Walker, noise: Tensor, rng: Draws) -> Tensor:
        """`skip_gram` on walks from nodes drawn at random."""
        walks = walker.walk(rng.integers(len(embedding), (self.walks,)), self.length, rng)
        return skip_gram(embedding, context, walks, self.window, self.negatives, noise, rng)
