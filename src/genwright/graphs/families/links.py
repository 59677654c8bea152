"""Links: which pairs of nodes are joined. Edges that are to be predicted never carry messages.

    z = f(x, A_messages);   p(u ~ v) = sigmoid(d(z_u, z_v)),  d an inner product, or an MLP of z_u * z_v
    min  - 1/2 mean_{edges} log p(u ~ v)  -  1/2 mean_{others} log(1 - p(u ~ v))

This is the weighted cross entropy over all pairs of Kipf 2016, whose weights give edges and other pairs half each.
Random pairs, `times` as many as there are edges, estimate the second mean.

In a directed graph, p(u -> v) has vectors of senders and receivers (Kollias 2022), and sees which way an edge runs:

    z_u = [f(x, A)_u, f(x, A^T)_u, log degrees of u];   p(u -> v) = sigmoid(d(z_u, W z_v) + <a, z_u> + <b, z_v>)

f is one network, whose messages run along the edges, and against them. The reverse of an edge, where it is none itself,
is among the others.

transductive: all nodes are seen; of the edges 85% carry messages and are learned from, 5% validate, 10% test
inductive:    5% of the nodes come with validation and 10% with the test; half of their edges carry messages then, half
              are asked
disjoint:     in each step a part of the training edges is learned from, and the others carry messages
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.account import Account
from ...core.answers import Answers, Target
from ...core.data import Data
from ...core.draws import Draws
from ...core.errors import DataError
from ...core.graph import Graph, from_edges, is_undirected, keep, undirected
from ...core.trainable import Batch, Trainable
from ...distributions.normal import kl_to_standard
from ...families.task_data import make_task
from ..kinds.graph_data import GraphData
from ..networks.features import FeatureLinear, Features, SparseRows
from ..networks.negatives import NonEdges, graph_of, is_member, likeliest_pairs, pair_keys, pairs_of, walk_step
from ..networks.network import GraphNetwork
from .graph_task import GraphDomain, TaskContext

VALID, TEST = 0.05, 0.1
FEWEST = 10  # edges
CHUNK = 1 << 18  # pairs scored at a time


@dataclass(frozen=True)
class LinkContext(TaskContext):
    """A graph and its training edges, around which links are predicted.

    graph: the edges that carry messages in training.

    Args:
        nodes: (n,) seen there.
        later, last: as `graph`, in validation, and where the pairs `asked` (m, 2) are predicted.
    """

    nodes: Tensor | None = None
    later: Graph | None = None
    last: Graph | None = None
    asked: Tensor | None = None


class InnerProduct(nn.Module):
    """Scores pairs of nodes by <z_u, z_v>: u, v (n, D) -> (n,) logits."""

    def forward(self, u: Tensor, v: Tensor) -> Tensor:
        return (u * v).sum(1)


class ProductMLP(nn.Module):
    """Scores pairs of nodes by W_2 relu(W_1 (z_u * z_v) + b_1) + b_2: u, v (n, D) -> (n,) logits."""

    def __init__(self, width: int):
        super().__init__()
        self.first, self.second = FeatureLinear(width, width), FeatureLinear(width, 1)

    def forward(self, u: Tensor, v: Tensor) -> Tensor:
        return self.second(F.relu(self.first(u * v)))[:, 0]


class OneWay(nn.Module):
    """Scores ordered pairs of nodes by d(u, W v) + <a, u> + <b, v>: u, v (n, D) -> (n,) logits. It begins as d.

    Args:
        decoder: d.
        width: D.
    """

    def __init__(self, decoder: nn.Module, width: int):
        super().__init__()
        self.decoder = decoder
        self.turn = nn.Parameter(torch.eye(width))
        self.sends, self.receives = nn.Parameter(torch.zeros(width)), nn.Parameter(torch.zeros(width))

    def forward(self, u: Tensor, v: Tensor) -> Tensor:
        return self.decoder(u, v @ self.turn.T) + u @ self.sends + v @ self.receives


class PairScorer(Trainable):
    """Base of the predictors of links."""

    @abstractmethod
    def scorer(self, context: LinkContext) -> Callable[[Tensor], Tensor]:
        """Returns a function that maps pairs (n, 2) to probabilities (n,) that an edge joins them."""

    def predict(self, context: LinkContext) -> Tensor:
        """Predicts the probability (n, 1) that an edge joins each pair."""
        return self.scorer(context)(context.asked)[:, None]

    def likeliest(self, context: LinkContext, n: int) -> Tensor:
        """Finds the n pairs (n, 2) without an edge that score highest, best first."""
        return likeliest_pairs(self.scorer(context), context.last, n)


class LinkPredictor(PairScorer):
    """Predicts links: a graph network embeds nodes, and a head scores pairs of embeddings.

    Args:
        network: prepare(graph), forward(x, graph) -> (N, D).
        decoder: two (n, D) -> (n,) logits.
        negatives: "easy" | "hard", those of training (see `graphs.networks.negatives`).
        disjoint: share of a step's edges that it learns from while the others carry messages; 0: all do both, as in
            Kipf 2016.
        times: pairs without an edge drawn in training for each edge.
        directed: whether edges have a direction; the decoder then scores embeddings of twice the width.
    """

    allow_bf16 = False
    parallel = "alone"  # a loss looks at the whole graph, from which the edges of its batch are taken
    probed = False

    def __init__(
        self, network: GraphNetwork, decoder: nn.Module, negatives: str = "easy", disjoint: float = 0.0, times: int = 1,
        directed: bool = False,
    ):  # fmt: skip
        super().__init__()
        self.network, self.decoder = network, decoder
        self.negatives, self.disjoint, self.times, self.directed = negatives, disjoint, times, directed

    def attach(self, context: LinkContext) -> None:
        self.x, self.graph = context.x, context.graph
        self.prepared = self.prepare(self.graph)
        self.later = self.prepared if context.later is self.graph else self.prepare(context.later)
        self.edges = ordered_keys(self.graph.edge_index().T, self.graph.rows).sort().values
        non_edges = NonEdges(self.graph, context.nodes, context.nodes)
        self.others = {"easy": non_edges.easy, "hard": non_edges.hard}[self.negatives]

    def prepare(self, graph: Graph) -> list[Graph]:
        """Prepares a graph for `code`: its messages along the edges, and against them if they have a direction."""
        ways = [graph, transpose(graph)] if self.directed else [graph]
        return [self.network.prepare(way) for way in ways]

    def code(self, x: Features, graphs: list[Graph]) -> tuple[Tensor, Tensor | float]:
        """Computes embeddings z (N, D), and their cost in the loss besides the cross entropy, in nats.

        Args:
            x: (N, F) features.
            graphs: As `prepare` gives them.
        """
        embeddings, costs = zip(*(self.code_one_way(x, graph) for graph in graphs))
        degrees = [torch.log1p(graph.degree.to(embeddings[0]))[:, None] for graph in graphs] if self.directed else []
        return torch.cat([*embeddings, *degrees], 1), sum(costs)

    def code_one_way(self, x: Features, graph: Graph) -> tuple[Tensor, Tensor | float]:
        """Computes embeddings (N, D) by messages along the edges of a prepared graph, and their cost as `code`."""
        return self.network(x, graph), 0.0

    def score(self, z: Tensor, pairs: Tensor) -> Tensor:
        """Computes logits (n,) of pairs (n, 2) of nodes."""
        return torch.cat([self.decoder(z[u], z[v]) for u, v in (part.T for part in pairs.split(CHUNK))])

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss of pairs batch.x (B, 2), batch.target: whether an edge joins them. In training they are
        edges, and pairs without an edge are drawn."""
        if not self.training:
            return self._cross_entropy(self.later, batch.x, batch.target.y[:, 0]), {}
        positives, messages = batch.x, self.prepared
        if self.disjoint:
            positives = positives[: max(1, round(self.disjoint * len(positives)))]
            messages = self.prepare(remove_pairs(self.graph, positives))
        negatives = [self.others(self.times * len(positives), batch.rng)]
        if self.directed:
            reverse = positives.flip(1)
            negatives.append(reverse[~is_member(ordered_keys(reverse, self.graph.rows), self.edges)])
        pairs = torch.cat([positives, *negatives])
        labels = (torch.arange(len(pairs), device=pairs.device) < len(positives)).float()
        return self._cross_entropy(messages, pairs, labels), {}

    def scorer(self, context: LinkContext) -> Callable[[Tensor], Tensor]:
        z = self.encode(context)
        return lambda pairs: self.score(z, pairs).sigmoid()

    def encode(self, context: LinkContext) -> Tensor:
        """Computes embeddings z (N, D), by the edges that carry messages in prediction."""
        return self.code(context.x, self.prepare(context.last))[0]

    def _cross_entropy(self, messages: list[Graph], pairs: Tensor, labels: Tensor) -> Tensor:
        z, cost = self.code(self.x, messages)
        share = torch.where(labels > 0, 0.5 / labels.sum().clamp(min=1), 0.5 / (1 - labels).sum().clamp(min=1))
        return F.binary_cross_entropy_with_logits(self.score(z, pairs), labels, share, reduction="sum") + cost


def transpose(graph: Graph) -> Graph:
    """Turns every edge of a graph around."""
    turned = from_edges(graph.target, graph.source, graph.rows, graph.weight, graph.features)
    return turned if graph.weight is not None else turned.with_weight(None)


def ordered_keys(pairs: Tensor, nodes: int) -> Tensor:
    """Computes one number for (u, v), (n,) int64, from pairs (n, 2)."""
    return pairs[:, 0] * nodes + pairs[:, 1]


def remove_pairs(graph: Graph, pairs: Tensor) -> Graph:
    """Removes the edges that join pairs (n, 2), in either direction, from a graph."""
    if not len(pairs):
        return graph
    return keep(graph, ~_joins(graph, pairs))


def _joins(graph: Graph, pairs: Tensor) -> Tensor:
    """Whether each edge of graph joins one of pairs (n, 2)."""
    return is_member(pair_keys(graph.edge_index().T, graph.rows), pair_keys(pairs, graph.rows).sort().values)


class LinkDomain(GraphDomain):
    """The domain of predictions about pairs of nodes. Sparse features stay as they are, as in Kipf 2016."""

    labelled = False

    def scaled(self, x: Features) -> Features:
        return x if isinstance(x, SparseRows) and not self.mean else super().scaled(x)

    def with_pairs(self, data: GraphData, pairs: pd.DataFrame | np.ndarray | Sequence) -> Data:
        """Adds pairs of nodes to predict to a graph.

        data with a person's pairs of nodes, by name where they have any, else by number, of which none carries a
        message.

        Raises DataError for pairs of another form, or a node that is not there, and as `require_same_nodes`.

        Args:
            data: The graph.
            pairs: Pairs of nodes, by name or number. They carry no messages.
        """
        self.require_same_nodes(data)
        pairs = _numbers(data, pairs) if len(pairs) else torch.zeros(0, 2, dtype=torch.long)
        graph = data.graph if self.spec.directed else _both_ways(data)
        last = remove_pairs(graph, pairs)
        no_pairs = torch.zeros(0, 2, dtype=torch.long), Answers.exact(torch.zeros(0, 1))
        context = LinkContext(graph, data.x, later=graph, last=last, asked=pairs)
        return make_task(data, self, dict.fromkeys(("train", "valid", "test"), no_pairs), context)

    def asking(self, task: Data, pairs: Tensor) -> Data:
        """Makes the task of `with_pairs` for pairs (n, 2) that no edge joins."""
        return replace(task, context=replace(task.context, asked=pairs))

    def answers(self, predictions: Tensor, task: Data) -> pd.DataFrame:
        """Makes a table of predictions for pairs of nodes: source, target, probability."""
        names = task.whole.node_names
        source, target = task.context.asked.T.numpy()
        return pd.DataFrame(
            {"source": names[source], "target": names[target], "probability": predictions[:, 0].numpy()}
        )


def link_data(data: GraphData, inductive: bool = False, hard: bool = False) -> Data:
    """Makes the task of predicting links: splits the edges of one graph in three parts, with as many fixed pairs
    without an edge to validate, and to test.

    Args:
        data: the graph.
        inductive: split by nodes, else by edges.
        hard: whether those fixed pairs are hard ones (`graphs.networks.negatives`).

    An edge and its reverse are in one part, so that none gives the other away. In an undirected graph they are one
    pair. In a directed graph items are ordered pairs, and those without an edge also hold the reverse of edges that run
    one way. Raises DataError for fewer than ten edges, or a graph in which all nodes are linked.
    """
    is_directed = not is_undirected(data.graph.with_weight(None))
    graph, pairs = data.graph if is_directed else _both_ways(data), pairs_of(data.graph)
    if len(pairs) < FEWEST:
        raise DataError(
            f"{data.name} has {len(pairs)} edges between different nodes, and {FEWEST} at least are needed to learn "
            "links from"
        )
    split = _by_nodes if inductive else _by_edges
    known, targets, nodes, starts, ends = split(pairs, graph.rows, data.seed)
    if is_directed:
        targets = {part: _edges_between(graph, asked) for part, asked in targets.items()}
    domain = LinkDomain.fit("links", data, Target(), nodes)
    domain = replace(domain, spec=replace(domain.spec, directed=int(is_directed)))
    items = {"train": (targets["train"], Answers.exact(torch.ones(len(targets["train"]), 1)))}
    full_graph = graph_of(pairs, graph.rows)
    for part in ("valid", "test"):
        pair_negatives = NonEdges(full_graph, starts[part], ends[part])
        non_edges = pair_negatives.distinct(
            len(targets[part]), pair_negatives.hard if hard else pair_negatives.easy, Draws("no links", part, data.seed)
        )
        reverse = one_way(targets[part], graph.rows).flip(1) if is_directed else non_edges[:0]
        labels = torch.cat([torch.ones(len(targets[part])), torch.zeros(len(non_edges) + len(reverse))])
        items[part] = torch.cat([targets[part], non_edges, reverse]), Answers.exact(labels[:, None])
    carried = {part: keep(graph, _joins(graph, known[part])) for part in ("train", "valid", "test")}
    train, later_edges, last = carried["train"], carried["valid"], carried["test"]
    if not inductive:
        later_edges = last = train
    context = LinkContext(
        train, domain.context(data).x, nodes=nodes, later=later_edges, last=last, asked=items["test"][0]
    )
    if is_directed:
        remark = "edges have a direction, which links predict: make the graph undirected to leave it out"
        data = replace(data, account=data.account + Account(remarks=[remark]))
    return make_task(data, domain, items, context, {"inductive": inductive, "hard": hard})


def _edges_between(graph: Graph, pairs: Tensor) -> Tensor:
    """(n, 2) of the edges u -> v that join pairs (m, 2), one or two for each."""
    return graph.edge_index().T[_joins(graph, pairs)] if len(pairs) else pairs


def one_way(edges: Tensor, nodes: int) -> Tensor:
    """Selects the edges (n, 2) u -> v of which v -> u is none.

    Args:
        edges: (m, 2) edges, with both directions of a pair where it has both.
        nodes: Number of nodes.
    """
    keys = ordered_keys(edges, nodes).sort().values
    return edges[~is_member(ordered_keys(edges.flip(1), nodes), keys)]


def _by_edges(pairs: Tensor, nodes: int, seed: int):
    """Pairs that carry messages in each part, pairs asked, nodes seen in training, nodes that other pairs begin and end
    at."""
    order = pairs[Draws("links", seed).permutation(len(pairs))]
    test, valid = max(1, int(TEST * len(pairs))), max(1, int(VALID * len(pairs)))
    targets = {"test": order[:test], "valid": order[test : test + valid], "train": order[test + valid :]}
    everyone = torch.arange(nodes)
    all_parts = dict.fromkeys(targets, everyone)
    return dict.fromkeys(targets, targets["train"]), targets, everyone, all_parts, all_parts


def _by_nodes(pairs: Tensor, nodes: int, seed: int):
    """Split by nodes, with results as of `_by_edges`: a node is new in one part and known in those after it."""
    order = Draws("links by nodes", seed).permutation(nodes)
    test, valid = max(1, int(TEST * nodes)), max(1, int(VALID * nodes))
    comes = torch.zeros(nodes, dtype=torch.long)
    comes[order[:test]], comes[order[test : test + valid]] = 2, 1
    pairs = pairs[Draws("links", seed).permutation(len(pairs))]
    when = comes[pairs].amax(1)
    at = [pairs[when == k] for k in range(3)]
    half_counts = [len(part) // 2 for part in at]
    targets = {"train": at[0], "valid": at[1][half_counts[1] :], "test": at[2][half_counts[2] :]}
    if not all(map(len, targets.values())):
        raise DataError("too few edges for new nodes to validate and test: split by edges, which is the default")
    known = {
        "train": at[0],
        "valid": torch.cat([at[0], at[1][: half_counts[1]]]),
        "test": torch.cat([at[0], at[1], at[2][: half_counts[2]]]),
    }
    new = [torch.nonzero(comes == k).flatten() for k in range(3)]
    arrived = [torch.nonzero(comes <= k).flatten() for k in range(3)]
    return known, targets, new[0], {"valid": new[1], "test": new[2]}, {"valid": arrived[1], "test": arrived[2]}


def _both_ways(data: GraphData) -> Graph:
    return data.graph if is_undirected(data.graph) else undirected(data.graph)


def _numbers(data: GraphData, pairs: pd.DataFrame | np.ndarray | Sequence) -> Tensor:
    """(n, 2) int64 of a person's pairs."""
    named_pairs = np.asarray(pairs[["source", "target"]] if isinstance(pairs, pd.DataFrame) else pairs)
    if named_pairs.ndim != 2 or named_pairs.shape[1] != 2:
        raise DataError(f"pairs have the shape {named_pairs.shape}: give two nodes a row, (n, 2)")
    number = {name: k for k, name in enumerate(range(data.graph.rows) if data.names is None else data.names)}
    unknown_name = next((name for name in named_pairs.ravel().tolist() if name not in number), None)
    if unknown_name is not None:
        raise DataError(
            f"{data.name} has no node {unknown_name!r}: ask about its own nodes, by "
            f"{'number' if data.names is None else 'name'}"
        )
    return torch.tensor([[number[u], number[v]] for u, v in named_pairs.tolist()], dtype=torch.long).view(-1, 2)


TIMES = 5  # pairs without an edge for each edge; Kipf 2016 sums over all of them
LENGTH, NEGATIVES, POWER = 5, 20, 0.75  # steps of a walk, negatives a pair, power of the degree (Hamilton 2017)


class GraphAutoencoder(LinkPredictor):
    """Embeds nodes without labels, trained to reconstruct the edges of the graph, or the pairs that meet on random
    walks.

    GAE    z = f(x, A);  min CE(sigmoid(z z^T), A), edges and others half each
    VGAE   z_i ~ N(mu_i, sigma_i^2);  the same, + 1/N mean_i KL(N(mu_i, sigma_i^2) || N(0, I))
    walks  u, v on one short walk:  min - log sigmoid(z_u z_v) - sum_{q=1}^Q log sigmoid(- z_u z_q)
           q ~ degree^(3/4),  |z| = 1

    GAE and VGAE: Kipf & Welling 2016. Walks: Hamilton 2017.

    Args:
        network: f, (N, D) out.
        decoder: As in `LinkPredictor`.
        directed: As in `LinkPredictor`.
    """

    def __init__(self, network: GraphNetwork, decoder: nn.Module, directed: bool = False):
        super().__init__(network, decoder, times=TIMES, directed=directed)


class VariationalGraphAutoencoder(GraphAutoencoder):
    """A `GraphAutoencoder` with a Gaussian for each embedding. network: (N, 2 D) out, mu and log sigma."""

    def code_one_way(self, x: Features, graph: Graph) -> tuple[Tensor, Tensor]:
        """Computes embeddings z, sampled in training, else mu, and the divergence of q from the prior."""
        mean, log_deviation = self.network(x, graph).chunk(2, 1)
        z = mean + torch.randn_like(mean) * log_deviation.exp() if self.training else mean
        return z, kl_to_standard(mean, 2 * log_deviation).sum(1).mean() / len(mean)


class WalkEmbedding(GraphAutoencoder):
    """Embeds nodes by random walks, without labels (Hamilton 2017, equation 1). Each node of a step's edges begins one
    walk."""

    def attach(self, context: LinkContext) -> None:
        super().attach(context)
        self.commonness = self.graph.degree.double() ** POWER

    def code_one_way(self, x: Features, graph: Graph) -> tuple[Tensor, float]:
        return F.normalize(self.network(x, graph), dim=1), 0.0

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        if not self.training:
            return super().loss(batch)
        start, met = walks(self.graph, batch.x.unique(), LENGTH, batch.rng)
        noise_nodes = batch.rng.categories(self.commonness, NEGATIVES * len(start), replacement=True)
        z, _ = self.code(self.x, self.prepared)
        positive = F.logsigmoid(self.score(z, torch.stack([met, start], 1)))  # a walk goes back along the edges
        negative = F.logsigmoid(-self.score(z, torch.stack([noise_nodes, start.repeat_interleave(NEGATIVES)], 1)))
        return -positive.mean() - NEGATIVES * negative.mean(), {}


def walks(graph: Graph, start: Tensor, length: int, rng: Draws) -> tuple[Tensor, Tensor]:
    """Finds pairs of a start and a node met on a walk from it; pairs of a node with itself are left out.

    Args:
        graph: The graph.
        start: (n,) nodes.
        length: Longest walk; the step is drawn from 1 .. length.
        rng: Random numbers.
    """
    stops = rng.integers(length + 1, start.shape, low=1)
    at = met = start
    for k in range(1, length + 1):
        at = walk_step(graph, at, rng)
        met = torch.where(stops == k, at, met)
    return start[met != start], met[met != start]
