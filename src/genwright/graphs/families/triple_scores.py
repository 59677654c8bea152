"""What predictors of triples share: ranks among all entities, and the likeliest triples that are not known.

    rank of t in (h, r, t)  =  1 + #{t' : s(h, r, t') > s(h, r, t)} + 1/2 #{t' != t : s(h, r, t') = s(h, r, t)}

t' runs over the entities for which (h, r, t') is not known: the filtered rank (Bordes 2013), with ties in the middle.
The rank of h is that among all heads.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ...core.graph import offsets, spans
from ...core.trainable import Trainable
from ..networks.negatives import is_member
from .graph_task import TaskContext

HEAD, TAIL = 0, 2  # columns of triples
CELLS = 1 << 22  # scores that are held at a time
HIDDEN = -1e4  # logit of a known triple among false ones: it has no weight, and no loss
Score = Callable[[Tensor, Tensor, int], Tensor]


@dataclass(frozen=True)
class RelationContext(TaskContext):
    """A graph with relations, and its training triples.

    Args:
        triples: (n, 3) that carry messages.
        asked: (m, 3) to predict.
        relations: how many kinds there are.
        known: (k, 3) all that hold, whatever their part, each once.
        wanted: head, relation and tail of the triples to look for; None for any.
    """

    triples: Tensor | None = None
    asked: Tensor | None = None
    relations: int = 0
    known: Tensor | None = None
    wanted: tuple[int | None, int | None, int | None] = (None, None, None)


class TripleScorer(Trainable):
    """Base of the predictors of triples (head, relation, tail)."""

    allow_bf16 = False
    parallel = "alone"  # its context is the whole graph
    probed = False

    @abstractmethod
    def completions(self, context: RelationContext) -> Score:
        """Returns a function that scores every entity at the open end of triples.

        It maps the other ends (n,), the relations (n,) and the open column, HEAD or TAIL, to logits (n, N)."""

    @abstractmethod
    def logits(self, context: RelationContext, triples: Tensor) -> Tensor:
        """Computes logits (n,) that triples (n, 3) hold."""

    def predict(self, context: RelationContext) -> Tensor:
        """Predicts the probability (n, 1) that each triple holds."""
        return self.logits(context, context.asked).sigmoid()[:, None]

    def ranks(self, context: RelationContext) -> Tensor:
        """Computes the filtered ranks (n, 2) double of head and tail of those triples asked that hold."""
        asked = context.asked[are_known(context.asked, context)]
        score, nodes = self.completions(context), context.graph.rows
        ranks = torch.zeros(len(asked), 2, dtype=torch.double, device=asked.device)
        for column, open_end in enumerate((HEAD, TAIL)):
            answers = known_answers(context.known, context.relations, open_end)
            for rows in torch.arange(len(asked), device=asked.device).split(max(1, CELLS // nodes)):
                end, relation, truth = asked[rows, TAIL - open_end], asked[rows, 1], asked[rows, open_end]
                scores = score(end, relation, open_end)
                own = scores.gather(1, truth[:, None])
                scores = scores.index_put(answers(end, relation), scores.new_tensor(-torch.inf))
                ranks[rows, column] = 1 + (scores > own).sum(1).double() + (scores == own).sum(1).double() / 2
        return ranks

    def likeliest(self, context: RelationContext, n: int) -> Tensor:
        """Finds the n triples (n, 3) that score highest among those that are not known, best first.

        An end that is not wanted by name is an entity that a known triple of the relation has in that place."""
        score = self.completions(context)
        best, value = context.known[:0], torch.zeros(0, device=context.known.device)
        for triples, scores in self._candidates(context, score):
            triples, scores = torch.cat([best, triples]), torch.cat([value.to(scores), scores])
            order = scores.sort(descending=True, stable=True).indices[:n]
            best, value = triples[order], scores[order]
        return best

    def _candidates(self, context: RelationContext, score: Score) -> Iterator[tuple[Tensor, Tensor]]:
        """Triples that are not known, and their scores, in blocks."""
        head, relation, tail = context.wanted
        nodes = context.graph.rows
        held = triple_keys(context.known, nodes).sort().values
        for number in range(context.relations) if relation is None else [relation]:
            own = context.known[context.known[:, 1] == number]
            heads, tails = (
                own[:, column].unique() if wanted is None else own.new_tensor([wanted])
                for column, wanted in ((HEAD, head), (TAIL, tail))
            )
            for block in heads.split(max(1, CELLS // nodes)):
                scores = score(block, torch.full_like(block, number), TAIL)[:, tails].flatten()
                pairs = torch.cartesian_prod(block, tails).view(-1, 2)
                triples = torch.stack([pairs[:, 0], torch.full_like(pairs[:, 0], number), pairs[:, 1]], 1)
                is_new = (pairs[:, 0] != pairs[:, 1]) & ~is_member(triple_keys(triples, nodes), held)
                yield triples[is_new], scores[is_new].double()


def triple_keys(triples: Tensor, nodes: int) -> Tensor:
    """Computes one number (n,) int64 for each of triples (n, 3)."""
    return (triples[:, 1] * nodes + triples[:, 0]) * nodes + triples[:, 2]


def are_known(triples: Tensor, context: RelationContext) -> Tensor:
    """Tells whether each of triples (n, 3) holds: (n,) bool."""
    nodes = context.graph.rows
    return is_member(triple_keys(triples, nodes), triple_keys(context.known, nodes).sort().values)


class ValuesByKey:
    """What stands with each key of a table: rows of values, found by key.

    Args:
        keys: (n,) int64, ascending.
        values: (n, ...) what stands with each.
    """

    def __init__(self, keys: Tensor, values: Tensor):
        self.keys, self.values = keys, values

    def of(self, asked: Tensor) -> tuple[Tensor, Tensor]:
        """Finds the values of keys (q,): the number (m,) of the key, and one of its values (m, ...)."""
        first, last = (torch.searchsorted(self.keys, asked.contiguous(), right=right) for right in (False, True))
        rows = torch.repeat_interleave(torch.arange(len(asked), device=asked.device), last - first)
        return rows, self.values[spans(first, offsets(last - first))]


def known_answers(triples: Tensor, relations: int, open_end: int) -> Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Returns a function that finds the entities which triples have at their open end.

    It maps the other ends (n,) and relations (n,) to the number (m,) of the query, and an entity (m,).

    Args:
        triples: (k, 3).
        relations: Number of relations.
        open_end: HEAD or TAIL.
    """
    keys, order = (triples[:, TAIL - open_end] * relations + triples[:, 1]).sort()
    answers = ValuesByKey(keys, triples[order, open_end])
    return lambda ends, of_relation: answers.of(ends * relations + of_relation)


def hide_known(scores: Tensor, entities: Tensor, answers: tuple[Tensor, Tensor], nodes: int) -> Tensor:
    """Replaces scores (n, S) of entities that are known answers by a score that no answer has.

    Args:
        scores: of n queries.
        entities: (S,) that were scored.
        answers: As `known_answers` finds them.
        nodes: Number of entities.
    """
    column = torch.full((nodes,), -1, device=entities.device)
    column[entities] = torch.arange(len(entities), device=entities.device)
    rows, columns = answers[0], column[answers[1]]
    is_drawn = columns >= 0
    return scores.index_put((rows[is_drawn], columns[is_drawn]), scores.new_tensor(HIDDEN))
