"""Relations: which of several kinds of edge joins two nodes, as a drug to a protein, or two drugs to a side effect.

    z = f(A_1, .., A_R),   p(u -r-> v) = sigmoid(sum_d z_ud m_rd z_vd)
    min  - mean_{triples} log p - mean_{others} log(1 - p),   others: a triple with its head or its tail drawn anew

p is DistMult's (Yang 2015), f that of Schlichtkrull 2018.
In each step half of the training triples carry messages and the other half are learned from, so that none gives itself
away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.answers import Answers, Target
from ...core.data import Data
from ...core.draws import Draws
from ...core.errors import DataError
from ...core.graph import is_undirected
from ...core.trainable import Batch
from ...families.task_data import TaskSizes, make_task
from ..kinds.graph_data import GraphData, Triples
from ..kinds.triples import COLUMNS
from ..networks.rgcn import Typed, both_ways, typed_graph
from .graph_task import GraphDomain, TaskContext, digest_of_names
from .triple_scores import RelationContext, Score, TripleScorer, are_known, triple_keys

VALID, TEST = 0.05, 0.1
FEWEST = 20  # edges


class RelationPredictor(TripleScorer):
    """Predicts triples (head, relation, tail) by vectors of nodes and relations (DistMult, Yang 2015).

    Args:
        layers: Layers of `Typed` graphs with twice as many relations, since each has its reverse.
        nodes, relations: how many.
        width: Width of their vectors.
        dropout: Share of units that training drops.
    """

    def __init__(self, layers: list[nn.Module], nodes: int, relations: int, width: int, dropout: float):
        super().__init__()
        self.vectors = nn.Parameter(nn.init.xavier_normal_(torch.empty(nodes, width)))
        self.layers = nn.ModuleList(layers)
        self.meaning = nn.Parameter(1 + 0.1 * torch.randn(relations, width))
        self.nodes, self.relations, self.dropout = nodes, relations, dropout

    def attach(self, context: RelationContext) -> None:
        self.triples = context.triples
        self.whole = self._graph(self.triples)

    def embed(self, graph: Typed) -> Tensor:
        """Computes embeddings z (N, width) of all nodes."""
        z = self.vectors
        for number, layer in enumerate(self.layers):
            z = layer(F.dropout(z if number == 0 else F.relu(z), self.dropout, self.training), graph)
        return z

    def score(self, z: Tensor, triples: Tensor) -> Tensor:
        """Computes logits (n,) of triples (n, 3)."""
        head, relation, tail = triples.T
        return (z.index_select(0, head) * self.meaning.index_select(0, relation) * z.index_select(0, tail)).sum(1)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss of triples batch.x (B, 3), batch.target: whether they hold. In training they hold, and
        others are drawn."""
        if not self.training:
            logits = self.score(self.embed(self.whole), batch.x)
            return F.binary_cross_entropy_with_logits(logits, batch.target.y[:, 0]), {}
        speaks = batch.rng.uniform(len(self.triples)) < 0.5
        positives = self.triples[~speaks]
        pairs = torch.cat([positives, corrupt(positives, self.nodes, batch.rng)])
        labels = (torch.arange(len(pairs), device=pairs.device) < len(positives)).float()
        z = self.embed(self._graph(self.triples[speaks]))
        return F.binary_cross_entropy_with_logits(self.score(z, pairs), labels), {}

    def logits(self, context: RelationContext, triples: Tensor) -> Tensor:
        return self.score(self.encode(context), triples)

    def completions(self, context: RelationContext) -> Score:
        z = self.encode(context)
        return lambda ends, relations, open_end: (z[ends] * self.meaning[relations]) @ z.T  # alike at both ends

    def encode(self, context: RelationContext) -> Tensor:
        """Computes embeddings z (N, width) from the triples that carry messages."""
        return self.embed(self._graph(context.triples))

    def _graph(self, triples: Tensor) -> Typed:
        return self.layers[0].prepare(typed_graph(both_ways(triples, self.relations), self.nodes, 2 * self.relations))


def corrupt(triples: Tensor, nodes: int, rng: Draws) -> Tensor:
    """Replaces either the head or the tail of each triple by another node at random.

    Args:
        triples: (n, 3) int64 head, relation and tail.
        nodes: number of nodes.
        rng: random numbers.
    """
    corrupted, end = triples.clone(), rng.integers(2, (len(triples),)) * 2
    corrupted[torch.arange(len(triples), device=triples.device), end] = rng.integers(nodes, (len(triples),))
    return corrupted


class RelationDomain(GraphDomain):
    """The domain of predictions about triples.

    spec: `inputs` nodes; the target has the names of the relations."""

    labelled = False

    def context_for(self, task: Data, views: tuple[str, ...]) -> TaskContext:
        """Returns the context of a task. Raises DataError for another graph: vectors are learned for the nodes of
        training alone."""
        relations = task.whole.relation_names
        if task.whole.graph.rows != self.spec.inputs or relations != self.classes:
            given_graph = f"{task.whole.graph.rows:,} nodes and {len(relations)} kinds of edges"
            trained_on = f"{self.spec.inputs:,} and {self.spec.outputs}"
            raise DataError(
                f"{task.name} has {given_graph}, and training had {trained_on}: vectors are learned for those alone, "
                "so fit anew"
            )
        self.require_same_nodes(task.whole)
        return task.context

    def with_pairs(self, data: GraphData, pairs: pd.DataFrame | np.ndarray | Sequence) -> Data:
        """Adds triples to predict to a graph: heads, relations and tails by name. All known triples carry messages, but
        for those asked about.

        Raises DataError for triples of another form, and for a name that is not there.

        Args:
            data: The graph.
            pairs: Triples, (n, 3).
        """
        self.require_same_nodes(data)
        known = _known(_triples_of(data))
        asked = self._numbers(data, pairs) if len(pairs) else known[:0]
        spoken = known[~torch.isin(triple_keys(known, data.graph.rows), triple_keys(asked, data.graph.rows))]
        no_triples = known[:0], Answers.exact(torch.zeros(0, 1))
        context = RelationContext(data.graph, data.x, triples=spoken, asked=asked,
                                  relations=len(data.relation_names), known=known)  # fmt: skip
        return make_task(data, self, dict.fromkeys(("train", "valid", "test"), no_triples), context)

    def wanting(self, task: Data, wanted: Mapping[str, object]) -> Data:
        """Narrows the new triples that a task looks for to those with a head, a relation or a tail.

        Raises DataError for another word, and for a name that is not there.

        Args:
            task: The task of `with_pairs`.
            wanted: {head, relation or tail: name}.
        """
        if odd := [word for word in wanted if word not in COLUMNS]:
            raise DataError(f"where names {odd[0]!r}: name one of {', '.join(COLUMNS)}, as in head=anna")
        known_names = self._places(task.whole)
        places = [None if word not in wanted else self._place(task.whole, known_names[word], wanted[word], word)
                  for word in COLUMNS]  # fmt: skip
        return replace(task, context=replace(task.context, wanted=tuple(places)))

    def asking(self, task: Data, triples: Tensor) -> Data:
        """Makes the task of `with_pairs` for triples (n, 3) that are not known."""
        return replace(task, context=replace(task.context, asked=triples))

    def answers(self, predictions: Tensor, task: Data) -> pd.DataFrame:
        """Makes a table of predictions: head, relation, tail and probability of the triples asked.

        Args:
            predictions: The predictions.
            task: The task: its items and its context.
        """
        return self.named(task, task.context.asked).assign(probability=predictions[:, 0].numpy())

    def ranked(self, ranks: Tensor, task: Data) -> pd.DataFrame:
        """Makes a table of the triples asked that hold, with the ranks of head and tail.

        Args:
            ranks: (n, 2) of `TripleScorer.ranks`.
            task: The task.
        """
        holding = task.context.asked[are_known(task.context.asked, task.context)]
        return self.named(task, holding).assign(head_rank=ranks[:, 0].numpy(), tail_rank=ranks[:, 1].numpy())

    def named(self, task: Data, triples: Tensor) -> pd.DataFrame:
        """Makes a table of head, relation and tail of triples (n, 3)."""
        names, (head, relation, tail) = task.whole.node_names, triples.T.numpy()
        kinds = np.array(self.classes, dtype=object)[relation]
        return pd.DataFrame({"head": names[head], "relation": kinds, "tail": names[tail]})

    def _places(self, data: GraphData) -> dict[str, dict[str, int]]:
        entities = {str(name): number for number, name in enumerate(data.node_names)}
        return {"head": entities, "relation": {name: k for k, name in enumerate(self.classes)}, "tail": entities}

    def _place(self, data: GraphData, places: dict[str, int], name: object, word: str) -> int:
        if (place := places.get(str(name).strip())) is None:
            raise DataError(f"{word} {str(name)!r} is not in {data.name}: write a name as the data have it")
        return place

    def _numbers(self, data: GraphData, triples: pd.DataFrame | np.ndarray | Sequence) -> Tensor:
        """(n, 3) int64 of a person's triples."""
        is_table = isinstance(triples, pd.DataFrame)
        rows = np.asarray(triples[list(COLUMNS)] if is_table else triples, dtype=object)
        if rows.ndim != 2 or rows.shape[1] != 3:
            raise DataError(f"triples have the shape {rows.shape}: give a head, a relation and a tail a row, (n, 3)")
        places = self._places(data)
        return torch.tensor(
            [[self._place(data, places[word], name, word) for word, name in zip(COLUMNS, row)] for row in rows]
        )


def relation_data(data: GraphData) -> Data:
    """Makes the task of predicting triples (head, relation, tail). A split of the source is kept; else they are split
    85 : 5 : 10 at random, so that training has each entity and each relation. Each part that is tested has as many
    false triples.

    In a graph whose relations are graphs, an edge and its reverse are one triple if a relation goes both ways, so that
    neither gives the other away. Raises DataError for a graph whose edges are of one kind, or of fewer than twenty
    edges."""
    if not data.relation_names:
        raise DataError(
            f"the edges of {data.name} have no types: give a table of head, relation and tail without nodes, or a PyG "
            "HeteroData, or take task='links'"
        )
    triples = _triples_of(data)
    if len(triples.ends) < FEWEST:
        raise DataError(
            f"{data.name} has {len(triples.ends)} edges, and {FEWEST} at least are needed to learn relations from"
        )
    parts = _parts(data, triples)
    items = {"train": (parts["train"], Answers.exact(torch.ones(len(parts["train"]), 1)))}
    held = _keys(triples.ends, data.graph.rows)
    for part in ("valid", "test"):
        negatives = corrupt(parts[part].repeat(4, 1), data.graph.rows, Draws("no relations", part, data.seed))
        negatives = negatives[~torch.isin(_keys(negatives, data.graph.rows), held)][: len(parts[part])]
        labels = torch.cat([torch.ones(len(parts[part])), torch.zeros(len(negatives))])
        items[part] = torch.cat([parts[part], negatives]), Answers.exact(labels[:, None])
    target = Target("relation", data.relation_names)
    domain = RelationDomain("relations", TaskSizes(data.graph.rows, (target,)), who=digest_of_names(data))
    context = RelationContext(
        data.graph, data.x, triples=parts["train"], asked=items["test"][0], relations=len(data.relation_names),
        known=_known(triples),
    )  # fmt: skip
    return make_task(data, domain, items, context)


def _triples_of(data: GraphData) -> Triples:
    """The triples of a graph; of a relation that is a graph and goes both ways, each pair once."""
    if data.triples is not None:
        return data.triples
    blocks, both_ways = [], []
    for number, graph in enumerate(data.relations.values()):
        head, tail = graph.edge_index()
        both_ways += [number] * is_undirected(graph)
        once = head <= tail if is_undirected(graph) else torch.ones_like(head, dtype=torch.bool)
        blocks.append(torch.stack([head[once], torch.full_like(head[once], number), tail[once]], 1))
    return Triples(torch.cat(blocks), data.relation_names, both_ways=tuple(both_ways))


def _known(triples: Triples) -> Tensor:
    """(k, 3) of all triples that hold, with the reverse of those whose relation goes both ways."""
    goes_back = torch.isin(triples.ends[:, 1], torch.tensor(triples.both_ways, dtype=torch.long))
    return torch.unique(torch.cat([triples.ends, triples.ends[goes_back].flip(1)]), dim=0)


def _parts(data: GraphData, triples: Triples) -> dict[str, Tensor]:
    """The triples of each part. Raises DataError where none can be spared to validate or to test."""
    names = ("train", "valid", "test")
    ends = triples.ends
    part = triples.parts
    if part is None or "test" not in part or "valid" not in part:
        order = Draws("relations", data.seed).permutation(len(ends))
        ends = ends[order]
        part = _spared(ends.numpy(), None if part is None else part[order.numpy()])
    parts = {name: ends[torch.from_numpy(part == name)] for name in names}
    if empty := [name for name in names if not len(parts[name])]:
        raise DataError(
            f"{data.name} has no triple for {empty[0]}: every other has an entity or a relation that no triple in "
            "training has, so give more triples"
        )
    return parts


def _spared(ends: np.ndarray, part: np.ndarray | None) -> np.ndarray:
    """Deals triples in their order to test and valid, while training still has their entities and their relation.

    part: (n,) the split of the source, which lacks test or valid; its training triples are dealt."""
    dealt = np.full(len(ends), "train", dtype="<U5") if part is None else part.copy()
    of_entity, of_relation = np.bincount(ends[:, [0, 2]].ravel()), np.bincount(ends[:, 1])
    wanted = [(name, max(1, int(share * len(ends)))) for name, share in (("test", TEST), ("valid", VALID))
              if name not in dealt]  # fmt: skip
    for i in np.flatnonzero(dealt == "train"):
        if not wanted:
            break
        head, relation, tail = ends[i]
        if of_relation[relation] < 2 or min(of_entity[head], of_entity[tail]) < 2 + (head == tail):
            continue
        of_relation[relation] -= 1
        of_entity[head] -= 1
        of_entity[tail] -= 1
        name, count = wanted[0]
        dealt[i] = name
        wanted = [(name, count - 1), *wanted[1:]] if count > 1 else wanted[1:]
    return dealt


def _keys(triples: Tensor, nodes: int) -> Tensor:
    """(n,) int64, one number for a triple, its head and tail in either order."""
    low, high = triples[:, [0, 2]].amin(1), triples[:, [0, 2]].amax(1)
    return triple_keys(torch.stack([low, triples[:, 1], high], 1), nodes)
