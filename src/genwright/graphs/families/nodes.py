"""Labels of nodes. Few are known in training, but all nodes and edges are (Kipf & Welling 2017).

min  - 1/|L| sum_{i in L} log softmax(f(x, A))_i[y_i]  +  decay / 2 ||W||^2

`SampledNodeClassifier` learns from batches and a part of their neighbourhoods, so that a step costs the same on a graph
of any size.

    A^L, .., A^1 ~ sampler(batch)             E[A^l x] = A x for the rows of each block
    min  sum_i share_i (- log softmax(f(x, A^1 .. A^L))_i[y_i])  +  decay / 2 ||W||^2  +  what the sampler learns by

The loss of a sampled network has not quite the mean of the whole one's, since f is not linear: more draws, less of
that. It is validated with many uniform neighbours, whatever the sampler, and answers are exact.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.answers import Answers, Target
from ...core.data import Data
from ...core.draws import Draws
from ...core.errors import DataError, Unsupported
from ...core.graph import Graph
from ...core.trainable import Batch, HeldOut, Player, Stage, Trainable
from ...families.task_data import make_task
from ..kinds.graph_data import UNKNOWN, GraphData
from ..networks.features import Features
from ..networks.network import GraphNetwork, each_layer, layerwise
from ..networks.samplers import Sampler, UniformSampler
from .graph_task import GraphDomain, TaskContext, parts_of_labels

PER_CLASS, VALID_PER_CLASS = 20, 30  # nodes of each class to train and to validate on (Shchur 2018)
CHOOSE = "a column `split` of the nodes (train, valid or test) chooses other parts"
SMALL_CLASSES = (
    f"20% of each class train and 30% validate, since a class has fewer than {2 * (PER_CLASS + VALID_PER_CLASS)} nodes "
    f"with a label: {CHOOSE}"
)
LARGE_CLASSES = f"{PER_CLASS} nodes of each class train and {VALID_PER_CLASS} validate (Shchur 2018): {CHOOSE}"
BIG = 1_000_000  # edges: a step is long enough for threads to be worth choosing


class NodeClassifier(Trainable):
    """Predicts the labels of nodes by a graph network.

    Args:
        network: see GraphNetwork. Every step sees the whole graph, unless what a node needs of it is known beforehand.
        decay: weight of half the squared norm of `decayed` (parameters).
        parameter_groups: other parameters, with a decay of their own.
        monitor: what picks the weights on validation nodes, the loss or `wrong`, the share of labels that are.
    """

    allow_bf16 = False
    full_batch = True
    parallel = "alone"  # a loss looks at the whole graph

    def __init__(
        self, network: GraphNetwork, decayed: list[nn.Parameter], decay: float,
        parameter_groups: tuple[Sequence[nn.Parameter], float] = ((), 0.0), monitor: str = "loss",
    ):  # fmt: skip
        super().__init__()
        self.network = network
        self.decays = [(decayed, decay), parameter_groups]
        self.monitor = monitor

    def attach(self, context: TaskContext) -> None:
        self.x, self.graph = self.network.attach(context.x, context.graph)
        self.probed = context.graph.edges >= BIG

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss of nodes batch.x (B,) with labels batch.target."""
        return self.loss_of(self.network, self.x, self.graph, batch)

    def loss_of(
        self, network: GraphNetwork, x: Features, graph: Graph | None, batch: Batch
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss as `loss` does, by a network and what its `attach` returned."""
        logits = network(x[batch.x], None) if graph is None else network(x, graph)[batch.x]
        y = batch.target.y[:, 0].long()
        loss = F.cross_entropy(logits, y)
        if self.training:
            return loss + self.penalty(), {}
        return loss, {"wrong": (logits.argmax(1) != y).float().mean()}

    def penalty(self) -> Tensor:
        """Computes the weight penalty decay / 2 ||W||^2 over the weights that decay."""
        return sum(decay / 2 * (weight**2).sum() for weights, decay in self.decays for weight in weights)

    def predict(self, context: TaskContext) -> Tensor:
        """Predicts class probabilities (N, classes) of all nodes."""
        return self.network(context.x, self.network.prepare(context.graph)).softmax(1)

    def encode(self, context: TaskContext) -> Tensor:
        """Computes the features (N, D) of each node that the last layer reads, neighbourhood included."""
        hidden = self.network.hidden(*self.network.attach(context.x, context.graph))
        return hidden if isinstance(hidden, Tensor) else hidden.dense()

    def by_layer(self, context: TaskContext, nodes: Tensor) -> list[Tensor]:
        """Computes the features (n, D_l) of some nodes, layer by layer, the input features first.

        Args:
            context: Context of the task that the family was attached to.
            nodes: Numbers of the nodes.
        """
        known = context.x[nodes]
        known = known if isinstance(known, Tensor) else known.dense()
        return [known, *(layer[nodes] for layer in self.outputs(context))]

    def outputs(self, context: TaskContext) -> Iterable[Tensor]:
        """Computes the outputs (N, D_l) of each layer, class scores last."""
        return self.network.outputs(*self.network.attach(context.x, context.graph))

    def attention(self, context: TaskContext) -> tuple[Tensor, Tensor]:
        """Finds source and target (2, E) of the first layer's edges, and their mean attention weight over heads, (E,).
        Raises Unsupported where the layer has no attention."""
        layer = next((module for module in self.network.modules() if hasattr(module, "attention")), None)
        if layer is None:
            raise Unsupported("this predictor has no attention to show: families that attend are gat and gatv2")
        x, graph = context.x, self.network.prepare(context.graph)
        return graph.edge_index(), layer.attention(x, graph).mean(1)


class DepthClassifier(NodeClassifier):
    """Predicts the labels of nodes by one of several networks that reach differently far.

    They train side by side, and the one that then loses least on validation nodes is used. Each has the weights of one
    layer alone, so several cost little.

    Args:
        networks: Of one layer each, whose matrices decay.
        decay: As in `NodeClassifier`.
    """

    def __init__(self, networks: Sequence[GraphNetwork], decay: float):
        Trainable.__init__(self)
        self.networks, self.decay, self.monitor = nn.ModuleList(networks), decay, "loss"
        self.register_buffer("chosen", torch.zeros((), dtype=torch.long))

    @property
    def network(self) -> GraphNetwork:
        """The network that is used."""
        return self.networks[int(self.chosen)]

    def flaw(self) -> str:
        return "" if 0 <= int(self.chosen) < len(self.networks) else "a network that is not there"

    def attach(self, context: TaskContext) -> None:
        self.attached = [network.attach(context.x, context.graph) for network in self.networks]
        self.probed = context.graph.edges >= BIG

    def stages(self) -> list[Stage]:
        players = [
            Player(f"network {k}", list(network.parameters()), partial(self.loss_of, network, *self.attached[k]))
            for k, network in enumerate(self.networks)
        ]
        return [Stage("fit", players, weighed=True)]

    def weigh(self, splits: list[HeldOut], rng: Draws) -> None:
        batch = splits[0].held_out.batch(rng, 0)
        losses = [self.loss_of(network, *seen, batch)[0] for network, seen in zip(self.networks, self.attached)]
        self.chosen = torch.stack(losses).argmin()

    def penalty(self) -> Tensor:
        """As in `NodeClassifier`, of every network; only those that train have gradients."""
        return sum(self.decay / 2 * (p**2).sum() for p in self.networks.parameters() if p.ndim > 1)


def node_data(data: GraphData) -> Data:
    """Makes the task of predicting labels of nodes, in the source's split, or 20 a class to train, 30 a class to
    validate, the rest to test.

    Classes with too few nodes for that are split 20 : 30 : 50 by the hundred.
    Raises DataError where there are no labels, only one class, or none of the training nodes has one."""
    if data.y is None:
        raise DataError(
            f"{data.name} has no labels of nodes: name the column that holds them, or take task='{data.default_task}'"
        )
    if data.y.is_floating_point():
        raise DataError(
            f"the labels of {data.name} are numbers, and this task learns classes: name a column of categories, or "
            "call this one so"
        )
    y = data.y.numpy()
    if len(np.unique(y[y != UNKNOWN])) < 2:
        raise DataError(
            f"the labels of {data.name} are all alike or missing: two classes at least are needed to tell apart"
        )
    parts, notes = data.parts, []
    if parts is None:
        lacks_nodes = np.bincount(y[y >= 0]).min() < 2 * (PER_CLASS + VALID_PER_CLASS)
        notes = [SMALL_CLASSES if lacks_nodes else LARGE_CLASSES]
        parts = parts_of_labels(y, data.seed, *((0.2, 0.3) if lacks_nodes else (PER_CLASS, VALID_PER_CLASS)))
    known = (parts == "train") & (y != UNKNOWN)
    if not known.any():
        raise DataError(
            f"none of the training nodes of {data.name} has a label: label some, or leave the split out to draw one"
        )
    items = {
        part: torch.as_tensor(np.flatnonzero((parts == part) & (y != UNKNOWN))) for part in ("train", "valid", "test")
    }
    domain = GraphDomain.fit("nodes", data, Target(classes=data.classes), torch.arange(len(y)))
    train_labels = torch.full_like(data.y, UNKNOWN)
    train_labels[items["train"]] = data.y[items["train"]]
    answers = {part: (nodes, Answers.exact(data.y[nodes, None].float())) for part, nodes in items.items()}
    return replace(make_task(data, domain, answers, domain.context(data, train_labels)), notes=notes)


JUDGED = 32  # neighbours of a node in validation


class SampledNodeClassifier(NodeClassifier):
    """A `NodeClassifier` that learns from sampled neighbours.

    Args:
        network: Network of layers that look one edge far, of which the first prepares the graph for all.
        sampler: with a budget a layer.
    """

    full_batch = probed = False

    def __init__(self, network: GraphNetwork, sampler: Sampler, decayed: list[nn.Parameter], decay: float):
        super().__init__(network, decayed, decay)
        self.sampler, self.valid_sampler = sampler, UniformSampler([JUDGED] * len(network.layers))

    def attach(self, context: TaskContext) -> None:
        self.x, self.y = context.x, context.y
        prepared_graph = self.network.prepare(context.graph)
        self.sampler.attach(prepared_graph, self.x, np.flatnonzero(self.y.cpu().numpy() != UNKNOWN))
        self.valid_sampler.adjacency = self.sampler.adjacency

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss of nodes batch.x (B,) with labels batch.target. A node that is there twice counts once."""
        sampler = self.sampler if self.training else self.valid_sampler
        rng = np.random.Generator(np.random.SFC64(batch.rng.number(1 << 62)))
        nodes, first = np.unique(batch.x.cpu().numpy(), return_index=True)
        blocks = sampler.draw(nodes, rng)
        h, inputs = self.x[blocks[0].nodes], []
        for number, block in enumerate(blocks):
            inputs.append(h)
            h = self.network.step(number, h, block.graph)
        rows = blocks[-1].nodes[: len(h)]
        labels = self.y[rows]
        labels[: len(nodes)] = batch.target.y[torch.from_numpy(first).to(rows.device), 0].long()
        share = torch.from_numpy(sampler.shares(rows.cpu().numpy(), len(nodes))).float().to(rows.device)
        share = share.masked_fill(labels == UNKNOWN, 0.0)
        is_counted = share > 0
        loss = (share[is_counted] * F.cross_entropy(h[is_counted], labels[is_counted], reduction="none")).sum()
        if self.training:
            loss = loss + self.penalty() + sampler.learn(blocks, inputs)
        return loss, {}

    def predict(self, context: TaskContext) -> Tensor:
        """Predicts class probabilities (N, classes) of all nodes."""
        return layerwise(self.network, context.x, context.graph, len(self.network.layers)).softmax(1)

    def encode(self, context: TaskContext) -> Tensor:
        """Computes the features (N, D) of each node that the last layer reads."""
        hidden = layerwise(self.network, context.x, context.graph, len(self.network.layers) - 1)
        return hidden if isinstance(hidden, Tensor) else hidden.dense()

    def outputs(self, context: TaskContext) -> Iterator[Tensor]:
        return each_layer(self.network, context.x, context.graph, len(self.network.layers))
