"""Triples without learned vectors, which every embedding has to beat.

    frequency   s(h, r, t) = f_r(h) g_r(t),  the shares of the triples of r that have the head h, and the tail t
    rules       s(h, r, t) = max of P(r(x, y) | q(x, y)) over known q(h, t), q not r,
                             and P(r(x, y) | q(y, x)) over known q(t, h);  + 0.001 f_r(h) g_r(t), which breaks ties

P(r | q) is the share of the training triples of q of which r holds too. The second kind of rules are inverse relations
(Dettmers 2018); with q = r they are symmetric ones.

    p = sigmoid(a + c log s),   a and c by logistic regression on training triples and as many drawn ones
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ...core.draws import Draws
from ...core.trainable import Items
from .link_scores import fit_curve
from .relations import corrupt
from .triple_scores import CELLS, HEAD, TAIL, RelationContext, Score, TripleScorer, ValuesByKey

TIE_BREAK = 1e-3  # weight of frequencies beside rules
SMOOTH = 0.1  # added to the count of each entity, so that no share is 0
MOST_PROBED = 2_000  # training triples that settle probabilities


class TripleRule(TripleScorer):
    """A predictor of triples by counts of the training triples, without training.

    Args:
        rule: "frequency" or "rules".
    """

    def __init__(self, rule: str):
        super().__init__()
        self.rule = rule
        self.register_buffer("curve", torch.tensor([0.0, 1.0], dtype=torch.double))  # a, c

    def attach(self, context: RelationContext) -> None:
        self.context = context

    def finish(self, items: Items, rng: Draws) -> None:
        true = items.x[rng.permutation(len(items.x))[:MOST_PROBED]]
        probes = torch.cat([true, corrupt(true, self.context.graph.rows, rng)])
        self.curve = fit_curve(self.score(self.context, probes), len(true))

    def logits(self, context: RelationContext, triples: Tensor) -> Tensor:
        offset, slope = self.curve
        return offset + slope * self.score(context, triples)

    def score(self, context: RelationContext, triples: Tensor) -> Tensor:
        """Computes log s (n,) double of triples (n, 3)."""
        score, blocks = self._logs(context), triples.split(max(1, CELLS // context.graph.rows))
        return torch.cat([score(part[:, 0], part[:, 1], TAIL).gather(1, part[:, 2:])[:, 0] for part in blocks])

    def completions(self, context: RelationContext) -> Score:
        logs, (offset, slope) = self._logs(context), self.curve
        return lambda ends, relations, open_end: offset + slope * logs(ends, relations, open_end)

    def _logs(self, context: RelationContext) -> Score:
        """As `completions`, log s."""
        shares = {end: _shares(context, end) for end in (HEAD, TAIL)}
        confidence = _rules(context) if self.rule == "rules" else None

        def score(ends: Tensor, relations: Tensor, open_end: int) -> Tensor:
            own = shares[TAIL - open_end](relations).gather(1, ends[:, None])
            frequency = own * shares[open_end](relations)
            if confidence is None:
                return frequency.log()
            return (confidence(ends, relations, open_end) + TIE_BREAK * frequency).log()

        return score


def _shares(context: RelationContext, end: int) -> Callable[[Tensor], Tensor]:
    """Returns a function of relations (n,): the share of each entity (n, N) at one end of their triples."""
    nodes = context.graph.rows
    keys = (context.triples[:, 1] * nodes + context.triples[:, end]).sort().values
    ends, counts = keys.unique_consecutive(return_counts=True)
    entities, totals = ends % nodes, torch.bincount(context.triples[:, 1], minlength=context.relations)
    first = torch.searchsorted(ends, torch.arange(context.relations + 1, device=ends.device) * nodes)

    def shares(relations: Tensor) -> Tensor:
        found = torch.full((len(relations), nodes), SMOOTH, dtype=torch.double, device=ends.device)
        for row, relation in enumerate(relations.tolist()):
            own = slice(int(first[relation]), int(first[relation + 1]))
            found[row, entities[own]] += counts[own]
        return found / (totals[relations, None] + SMOOTH * nodes)

    return shares


def _rules(context: RelationContext) -> Score:
    """Returns a function as `completions`: the confidence of the surest rule, 0 without one."""
    along, back = _confidences(context)
    by_end = {end: _links(context, end) for end in (HEAD, TAIL)}

    def confidence(ends: Tensor, relations: Tensor, open_end: int) -> Tensor:
        found = torch.zeros(len(ends), context.graph.rows, dtype=torch.double, device=ends.device)
        for known_end, table in ((open_end, along), (TAIL - open_end, back)):
            rows, found_links = by_end[known_end](ends)
            entities, kinds = found_links.T
            places = kinds.cpu().numpy().copy(), relations[rows].cpu().numpy().copy()  # SciPy may write to them
            values = torch.from_numpy(np.asarray(table[places]).ravel()).to(ends.device)
            keys = rows * context.graph.rows + entities
            found.view(-1).scatter_reduce_(0, keys, values, "amax")
        return found

    return confidence


def _links(context: RelationContext, open_end: int) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """Returns a function of entities (n,): for each training triple that has one of them at the other end, the number
    (m,) of the query, and (m, 2) the entity at the open end and the relation."""
    closed = context.triples[:, TAIL - open_end]
    order = closed.argsort()
    index = ValuesByKey(closed[order], torch.stack([context.triples[order, open_end], context.triples[order, 1]], 1))
    return index.of


def _confidences(context: RelationContext):
    """Two sparse matrices of SciPy (relations, relations) of P(r | q), q in rows: along the triple, and against it."""
    from scipy.sparse import csr_array, diags_array

    nodes, size = context.graph.rows, context.relations
    head, relation, tail = context.triples.cpu().numpy().T
    keys, pair = np.unique(head * nodes + tail, return_inverse=True)
    holds = csr_array((np.ones(len(pair)), (pair, relation)), shape=(len(keys), size))
    reverse = keys % nodes * nodes + keys // nodes
    place = np.searchsorted(keys, reverse).clip(max=len(keys) - 1)
    is_there = keys[place] == reverse
    per_triple = diags_array(1 / np.maximum(np.bincount(relation, minlength=size), 1))
    along = per_triple @ (holds.T @ holds)
    back = per_triple @ (holds[place[is_there]].T @ holds[np.flatnonzero(is_there)])
    along = csr_array(along)
    along.setdiag(0)
    return along, csr_array(back)
