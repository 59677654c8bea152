"""Relations: which of several kinds of edge joins two nodes, as a drug to a protein, or two drugs to a side effect.

    z = f(A_1, .., A_R),   p(u -r-> v) = sigmoid(sum_d z_ud m_rd z_vd)
    min  - mean_{triples} log p - mean_{others} log(1 - p),   others: a triple with its head or its tail drawn anew

p is DistMult's (Yang 2015), f that of Schlichtkrull 2018.
In each step half of the training triples carry messages and the other half are learned from, so that none gives itself
away.
"""

from dataclasses import dataclass

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
from ...core.trainable import Batch, Trainable
from ...families.task_data import TaskSizes, make_task
from ..kinds.graph_data import GraphData
from ..networks.rgcn import Typed, both_ways, typed_graph
from .graph_task import GraphDomain, TaskContext, digest_of_names

VALID, TEST = 0.05, 0.1
FEWEST = 20  # edges


@dataclass(frozen=True)
class RelationContext(TaskContext):
    """A graph with relations, and its training triples.

    Args:
        triples: (n, 3) that carry messages.
        asked: (m, 3) to predict.
        relations: how many kinds there are.
    """

    triples: Tensor | None = None
    asked: Tensor | None = None
    relations: int = 0


class RelationPredictor(Trainable):
    """Predicts triples (head, relation, tail) by vectors of nodes and relations (DistMult, Yang 2015).

    Args:
        layers: Layers of `Typed` graphs with twice as many relations, since each has its reverse; none leaves the
            vectors as they are.
        nodes, relations: how many.
        width: Width of their vectors.
        dropout: Share of units that training drops.
    """

    allow_bf16 = False
    parallel = "alone"  # a loss looks at the whole graph, from which the edges of its batch are taken
    probed = False

    def __init__(self, layers: list[nn.Module], nodes: int, relations: int, width: int, dropout: float):
        super().__init__()
        self.vectors = nn.Parameter(nn.init.xavier_normal_(torch.empty(nodes, width)))
        self.layers = nn.ModuleList(layers)
        self.meaning = nn.Parameter(1 + 0.1 * torch.randn(relations, width))
        self.nodes, self.relations, self.dropout = nodes, relations, dropout

    def attach(self, context: RelationContext) -> None:
        self.triples = context.triples
        self.whole = self._graph(self.triples)

    def embed(self, graph: Typed | None) -> Tensor:
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
        z = self.embed(self._graph(self.triples[speaks]) if len(self.layers) else None)
        return F.binary_cross_entropy_with_logits(self.score(z, pairs), labels), {}

    def predict(self, context: RelationContext) -> Tensor:
        """Predicts the probability (n, 1) that each triple holds."""
        return self.score(self.encode(context), context.asked).sigmoid()[:, None]

    def encode(self, context: RelationContext) -> Tensor:
        """Computes embeddings z (N, width) from the triples that carry messages."""
        return self.embed(self._graph(context.triples))

    def _graph(self, triples: Tensor) -> Typed | None:
        if not len(self.layers):
            return None
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
        if task.whole.graph.rows != self.spec.inputs or tuple(task.whole.relations or ()) != self.classes:
            given_graph = f"{task.whole.graph.rows:,} nodes and {len(task.whole.relations or ())} kinds of edges"
            trained_on = f"{self.spec.inputs:,} and {self.spec.outputs}"
            raise DataError(
                f"{task.name} has {given_graph}, and training had {trained_on}: vectors are learned for those alone, "
                "so fit anew"
            )
        self.require_same_nodes(task.whole)
        return task.context

    def answers(self, predictions: Tensor, task: Data) -> pd.DataFrame:
        """Makes a table of predictions.

        head, relation, tail, probability of the triples asked.

        Args:
            predictions: The predictions.
            task: The task: its items and its context.
        """
        names = task.whole.node_names
        head, relation, tail = task.context.asked.T.numpy()
        kinds = np.array(self.classes, dtype=object)[relation]
        return pd.DataFrame(
            {"head": names[head], "relation": kinds, "tail": names[tail], "probability": predictions[:, 0].numpy()}
        )


def relation_data(data: GraphData) -> Data:
    """Makes the task of predicting triples (head, relation, tail): each relation is split 85 : 5 : 10, and each part
    has as many false triples.

    An edge and its reverse are one triple if a relation goes both ways, so that neither gives the other away. Raises
    DataError for a graph whose edges are of one kind, or of fewer than twenty edges."""
    if not data.relations:
        raise DataError(
            f"the edges of {data.name} are of one kind: give several, as a PyG HeteroData has them, or take "
            "task='links'"
        )
    blocks = []
    for number, graph in enumerate(data.relations.values()):
        head, tail = graph.edge_index()
        once = head <= tail if is_undirected(graph) else torch.ones_like(head, dtype=torch.bool)
        blocks.append(torch.stack([head[once], torch.full_like(head[once], number), tail[once]], 1))
    triples = torch.cat(blocks)
    if len(triples) < FEWEST:
        raise DataError(
            f"{data.name} has {len(triples)} edges, and {FEWEST} at least are needed to learn relations from"
        )
    triples = triples[Draws("relations", data.seed).permutation(len(triples))]
    test, valid = max(1, int(TEST * len(triples))), max(1, int(VALID * len(triples)))
    parts = {"test": triples[:test], "valid": triples[test : test + valid], "train": triples[test + valid :]}
    items = {"train": (parts["train"], Answers.exact(torch.ones(len(parts["train"]), 1)))}
    known = _keys(triples, data.graph.rows)
    for part in ("valid", "test"):
        negatives = corrupt(parts[part].repeat(4, 1), data.graph.rows, Draws("no relations", part, data.seed))
        negatives = negatives[~torch.isin(_keys(negatives, data.graph.rows), known)][: len(parts[part])]
        labels = torch.cat([torch.ones(len(parts[part])), torch.zeros(len(negatives))])
        items[part] = torch.cat([parts[part], negatives]), Answers.exact(labels[:, None])
    target = Target("relation", tuple(data.relations))
    domain = RelationDomain("relations", TaskSizes(data.graph.rows, (target,)), who=digest_of_names(data))
    context = RelationContext(
        data.graph, data.x, triples=parts["train"], asked=items["test"][0], relations=len(data.relations)
    )
    return make_task(data, domain, items, context)


def _keys(triples: Tensor, nodes: int) -> Tensor:
    """(n,) int64, one number for a triple, its head and tail in either order."""
    low, high = triples[:, [0, 2]].amin(1), triples[:, [0, 2]].amax(1)
    return (triples[:, 1] * nodes + low) * nodes + high
