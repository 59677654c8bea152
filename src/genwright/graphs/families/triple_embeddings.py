"""Vectors of entities and relations that score triples, learned against drawn triples.

    loop over batches of triples (h, r, t):
        draw S entities e_1 .. e_S and put each in place of the tail, or of the head, of every triple,
            but where training has that triple
        w_s = softmax over s of alpha f_s                                                     no gradient
        min  - log sigmoid(f(h, r, t)) - sum_s w_s log sigmoid(- f_s)

f is the score of a triple, and f_s that with e_s. False triples that score high count more (Sun 2019). Half of the
validation triples choose the weights by their ranks; the other half settles p = sigmoid(a + c f), by logistic
regression.

    DistMult   f(h, r, t) = sum_d h_d r_d t_d                                                (Yang 2015)

DistMult scores (h, r, t) and (t, r, h) alike: it sees no direction of a relation, which RotatE does.
"""

from abc import abstractmethod
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.trainable import Batch, HeldOut, Stage
from .link_scores import fit_curve
from .triple_scores import HEAD, TAIL, RelationContext, Score, TripleScorer, hide_known, known_answers

COMPARED = 1_000  # entities that validation ranks among, at most


class TripleEmbedding(TripleScorer):
    """Base of predictors of triples by a vector for each entity, `vectors` (N, ...), and for each relation.

    Args:
        vectors: Of the entities, as they begin.
        negatives: S, drawn anew for each batch, which shares them.
        sharpness: alpha; 0 weighs all alike.
    """

    monitor = "missed"

    def __init__(self, vectors: Tensor, negatives: int, sharpness: float):
        super().__init__()
        self.vectors = nn.Parameter(vectors)
        self.register_buffer("curve", torch.tensor([0.0, 1.0]))  # a, c
        self.negatives, self.sharpness = negatives, sharpness

    @abstractmethod
    def score(self, triples: Tensor) -> Tensor:
        """Computes f (n,) of triples (n, 3)."""

    @abstractmethod
    def query(self, ends: Tensor, relations: Tensor, open_end: int) -> Tensor:
        """Returns what the vector of the open end is compared with, (n, ...).

        Args:
            ends: (n,) entities at the other end.
            relations: (n,).
            open_end: TAIL, or HEAD.
        """

    @abstractmethod
    def compare(self, query: Tensor, vectors: Tensor) -> Tensor:
        """Computes f (n, m) of queries (n, ...) with vectors (m, ...)."""

    def attach(self, context: RelationContext) -> None:
        self.known = {end: known_answers(context.triples, context.relations, end) for end in (HEAD, TAIL)}

    def completions(self, context: RelationContext) -> Score:
        offset, slope = self.curve
        compare = lambda query: offset + slope * self.compare(query, self.vectors)
        return lambda ends, relations, open_end: compare(self.query(ends, relations, open_end))

    def logits(self, context: RelationContext, triples: Tensor) -> Tensor:
        offset, slope = self.curve
        return offset + slope * self.score(triples)

    def stages(self) -> list[Stage]:
        return [replace(stage, weighed=True) for stage in super().stages()]

    def weigh(self, splits: list[HeldOut], rng: Draws) -> None:
        items = splits[0].unseen
        holds, scores = items.target.y[:, 0] > 0, self.score(items.x).double()
        if holds.any() and not holds.all():
            self.curve = fit_curve(torch.cat([scores[holds], scores[~holds]]), int(holds.sum())).to(self.curve)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss of triples batch.x (B, 3), batch.target: whether they hold. In training they hold, and
        others are drawn."""
        scores = self.score(batch.x)
        if not self.training:
            holds = batch.target.y[:, 0]
            return F.binary_cross_entropy_with_logits(scores, holds), {"missed": self.missed(batch, holds > 0)}
        open_end = (HEAD, TAIL)[int(batch.rng.integers(2, (1,)))]
        entities = batch.rng.integers(len(self.vectors), (self.negatives,))
        end, relation = batch.x[:, TAIL - open_end], batch.x[:, 1]
        false = self.compare(self.query(end, relation, open_end), self.vectors[entities])
        false = hide_known(false, entities, self.known[open_end](end, relation), len(self.vectors))
        weights = (self.sharpness * false).detach().softmax(1)
        return -F.logsigmoid(scores).mean() - (weights * F.logsigmoid(-false)).sum(1).mean(), {}

    def missed(self, batch: Batch, holds: Tensor) -> Tensor:
        """Computes 1 less the mean of 1 / rank of the true head and tail among all entities, or many drawn ones. A
        loss of logits would rather have them small than in the right order.

        Args:
            batch: Triples to validate on.
            holds: (B,) bool, which of them are true.
        """
        nodes, found = len(self.vectors), [self.vectors.new_zeros(0)]
        few = nodes <= COMPARED
        entities = torch.arange(nodes, device=holds.device) if few else batch.rng.integers(nodes, (COMPARED,))
        true = batch.x[holds]
        own = self.score(true)[:, None]
        for open_end in (HEAD, TAIL):
            end, relation = true[:, TAIL - open_end], true[:, 1]
            scores = self.compare(self.query(end, relation, open_end), self.vectors[entities])
            scores = hide_known(scores, entities, self.known[open_end](end, relation), nodes)
            found.append(1 / (1 + (scores > own).sum(1)))
        return 1 - torch.cat(found).mean() if len(true) else own.sum()

    def encode(self, context: RelationContext) -> Tensor:
        """Returns the vectors (N, D) of the entities."""
        return self.vectors.flatten(1)


class DistMult(TripleEmbedding):
    """Predicts triples by sum_d h_d r_d t_d, as in the module.

    Args:
        nodes, relations: how many.
        width: of a vector.
        negatives, sharpness: As in `TripleEmbedding`.
    """

    def __init__(self, nodes: int, relations: int, width: int, negatives: int, sharpness: float):
        super().__init__(nn.init.xavier_normal_(torch.empty(nodes, width)), negatives, sharpness)
        self.meaning = nn.Parameter(1 + 0.1 * torch.randn(relations, width))

    def query(self, ends: Tensor, relations: Tensor, open_end: int) -> Tensor:
        return self.vectors[ends] * self.meaning[relations]

    def compare(self, query: Tensor, vectors: Tensor) -> Tensor:
        return query @ vectors.T

    def score(self, triples: Tensor) -> Tensor:
        head, relation, tail = triples.T
        return (self.vectors[head] * self.meaning[relation] * self.vectors[tail]).sum(1)
