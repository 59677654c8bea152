"""Convolutions on graphs: what a node makes of its own features and its neighbours'."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.errors import DataError
from ...core.graph import Graph, with_self_loops
from ...core.shares import BatchNorm
from . import normalise
from .features import FeatureLinear, Features, dropout, mix
from .packed_sequences import lstm_ends
from .propagate import edge_softmax, maximum, propagate, row_sums

NORMS = ("symmetric", "mean", "own")


class GCN(nn.Module):
    """Graph convolution (Kipf & Welling 2017): one matrix for all nodes, then the average over a node and its
    neighbours.

    h_i' = sum_{j in N(i) + i} a_ij h_j W + b
    symmetric: a = D^-1/2 (A + I) D^-1/2;  mean: a = D^-1 (A + I)
    own matrix: h_i' = W mean_{j in N(i)} h_j + B h_i + b

    Args:
        inputs: features of a node.
        outputs: numbers of a node that come out.
        norm: of the adjacency: "symmetric", "mean", or "own", which gives the node itself another matrix than its
            neighbours.
    """

    def __init__(self, inputs: int, outputs: int, norm: str = "symmetric"):
        super().__init__()
        self.norm = norm
        self.linear = FeatureLinear(inputs, outputs, bias=False)
        self.own = FeatureLinear(inputs, outputs) if norm == "own" else None
        self.bias = None if norm == "own" else nn.Parameter(self.linear.weight.new_zeros(outputs))

    def prepare(self, graph: Graph) -> Graph:
        """Normalises the weights of a graph. Raises DataError for weights that cannot be normalised.

        Args:
            graph: square, with weights of 0 and above.
        """
        return {"symmetric": normalise.symmetric, "mean": normalise.mean, "own": normalise.neighbours}[self.norm](graph)

    def forward(self, x: Features, graph: Graph) -> Tensor:
        """Computes the outputs (rows, outputs) of the nodes that edges arrive at.

        Args:
            x: (columns, inputs) features of the nodes that send, the receivers first.
            graph: as `prepare` returns it.
        """
        y = mix(graph, x, self.linear)
        return y + self.bias if self.own is None else y + self.own(x[: graph.rows])


class Cheb(nn.Module):
    """Chebyshev convolution (Defferrard 2016): a polynomial of the Laplacian, which reaches as far as its degree.

        H = sum_{k < K} T_k(L~) X W_k + b,   T_0 = 1, T_1 = L~, T_k = 2 L~ T_{k-1} - T_{k-2}
        L~ = 2 L / 2 - I = -D^-1/2 A D^-1/2                 no eigenvalue of L is above 2

    Summed from the highest degree down (Clenshaw 1955), so that the matrix meets outputs, never features:
        B_k = X W_k + 2 L~ B_{k+1} - B_{k+2},   H = X W_0 + L~ B_1 - B_2 + b,   B_K = B_{K+1} = 0

    Args:
        inputs: Input features.
        outputs: Output features.
        terms: K, one more than the degree of the polynomial. Its graphs are whole ones, and undirected.
    """

    def __init__(self, inputs: int, outputs: int, terms: int):
        super().__init__()
        self.terms = terms
        self.linear = FeatureLinear(inputs, terms * outputs, bias=False)
        for block in self.linear.weight.data.split(outputs, 1):
            nn.init.xavier_uniform_(block)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def prepare(self, graph: Graph) -> Graph:
        """Computes the scaled Laplacian of a graph. Raises DataError for a directed graph."""
        normalise.require_undirected(graph, "a Chebyshev convolution")
        return normalise.scaled_laplacian(graph)

    def forward(self, x: Features, graph: Graph) -> Tensor:
        """Applies the polynomial of the Laplacian to x: (N, inputs) -> (N, outputs)."""
        *lower_terms, last_term = self.linear(x).chunk(self.terms, 1)
        afterwards = 0.0
        for k in reversed(range(len(lower_terms))):
            last_term, afterwards = (
                lower_terms[k] + (2 if k else 1) * propagate(graph, last_term) - afterwards,
                last_term,
            )
        return last_term + self.bias


MAX_SMOOTHED_NUMBERS = 1 << 28  # smoothed features are dense; they are kept up to so many numbers


class SGC(nn.Module):
    """Simple graph convolution (Wu 2019): smooths the features K times, then applies one linear map, with no
    nonlinearity.

        H = (D^-1/2 (A + I) D^-1/2)^K X W + b

    The product is associative. To smooth X once makes training a logistic regression; to smooth X W costs least in a
    single pass.

    x: (N, inputs) -> (N, outputs).

    Args:
        inputs: Input features.
        outputs: Output features.
        hops: K.
    """

    def __init__(self, inputs: int, outputs: int, hops: int):
        super().__init__()
        self.hops = hops
        self.linear = FeatureLinear(inputs, outputs, bias=False)
        self.bias = nn.Parameter(self.linear.weight.new_zeros(outputs))

    def prepare(self, graph: Graph) -> Graph:
        return normalise.symmetric(graph)

    def precompute(self, x: Features, graph: Graph) -> Tensor | None:
        """Smooths features once for all steps, A^K x: (N, inputs). Returns None where they would be too large to
        keep."""
        if len(x) * x.shape[1] > MAX_SMOOTHED_NUMBERS:
            return None
        return self._smooth(x if isinstance(x, Tensor) else x.dense(), graph)

    def forward(self, x: Features, graph: Graph | None) -> Tensor:
        """Multiplies smoothed features by one matrix: (N, inputs) -> (N, outputs).

        Args:
            graph: None where x is smoothed already, by `precompute`.
        """
        y = self.linear(x)
        return (y if graph is None else self._smooth(y, graph)) + self.bias

    def _smooth(self, x: Tensor, graph: Graph) -> Tensor:
        for _ in range(self.hops):
            x = propagate(graph, x)
        return x


class GIN(nn.Module):
    """Graph isomorphism network (Xu 2019): an MLP of the sum over neighbours, which distinguishes any two multisets of
    neighbours.

    h_i' = MLP((1 + eps) h_i + sum_{j in N(i)} w_ij h_j)                         eps learned, or 0 (GIN-0)
    h_i' = MLP((1 + eps) h_i + sum_{j in N(i)} w_ij relu(h_j + W e_ij))          with features of edges (GINE, Hu 2020)

    MLP: linear, batch norm, relu, linear. Without features of edges, the first linear map is applied before the sum,
    with the same result.

    Args:
        inputs: Features of a node.
        outputs: Numbers of a node that come out.
        width: Hidden units of the MLP.
        learn_eps: Whether eps is learned. Default: False, and eps is 0.
        edge_features: Numbers of an edge, 0 for none.
    """

    def __init__(self, inputs: int, outputs: int, width: int, learn_eps: bool = False, edge_features: int = 0):
        super().__init__()
        self.eps = nn.Parameter(torch.zeros(())) if learn_eps else 0.0
        self.edge = FeatureLinear(edge_features, inputs) if edge_features else None
        self.first = FeatureLinear(inputs, width, bias=False)
        self.rest = nn.Sequential(BatchNorm(width), nn.ReLU(), FeatureLinear(width, outputs))

    def prepare(self, graph: Graph) -> Graph:
        return graph

    def forward(self, x: Features, graph: Graph) -> Tensor:
        """Computes new features of the nodes that edges arrive at: (columns, inputs) -> (rows, outputs)."""
        if self.edge is None:
            z = self.first(x)
            return self.rest((1 + self.eps) * z[: graph.rows] + propagate(graph, z))
        x = x if isinstance(x, Tensor) else x.dense()
        messages = F.relu(x.index_select(0, graph.source) + self.edge(graph.features)) * graph.values[:, None]
        return self.rest(self.first((1 + self.eps) * x[: graph.rows] + row_sums(graph, messages)))


class DenseLayer(nn.Module):
    """A layer that ignores the graph and treats each node by itself, to show what the edges are worth.

    h_i' = h_i W + b

    x: (columns, inputs) -> (rows, outputs). graph: None where x holds the receivers alone (see `precompute`)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.linear = FeatureLinear(inputs, outputs)

    def prepare(self, graph: Graph) -> Graph:
        return graph

    def precompute(self, x: Features, graph: Graph) -> Features:
        return x

    def forward(self, x: Features, graph: Graph | None) -> Tensor:
        return self.linear(x if graph is None else x[: graph.rows])


AGGREGATORS = ("mean", "pool", "lstm")


class SAGE(nn.Module):
    """GraphSAGE (Hamilton 2017, algorithm 1): one matrix for the node, and one for the aggregate of its neighbours.

    h_i' = W h_i + V agg({h_j : j in N(i)}) + b,  then layer norm, then h_i' / ||h_i'||, where they are asked for
    mean:  agg = sum_j w_ij h_j / sum_j w_ij
    pool:  agg = max_j relu(P h_j + p), number by number, 0 for a node without neighbours
    lstm:  agg = last state of an LSTM over the neighbours, in random order while training, else by their number

    Args:
        inputs: Features of a node.
        outputs: Numbers of a node that come out.
        aggregator: One of AGGREGATORS.
        norm: Whether the result has a layer norm.
        unit: Whether the result has length 1.
    """

    def __init__(self, inputs: int, outputs: int, aggregator: str = "mean", norm: bool = False, unit: bool = False):
        super().__init__()
        self.aggregator, self.unit = aggregator, unit
        self.own, self.neighbours = FeatureLinear(inputs, outputs), FeatureLinear(inputs, outputs, bias=False)
        self.pool = FeatureLinear(inputs, inputs) if aggregator == "pool" else None
        self.lstm = nn.LSTM(inputs, inputs) if aggregator == "lstm" else None
        self.norm = nn.LayerNorm(outputs) if norm else nn.Identity()

    def prepare(self, graph: Graph) -> Graph:
        return normalise.neighbours(graph) if self.aggregator == "mean" else graph

    def forward(self, x: Features, graph: Graph) -> Tensor:
        """Computes new features of the nodes that edges arrive at: (columns, inputs) -> (rows, outputs)."""
        if self.pool is not None:
            aggregate = self.neighbours(maximum(graph, F.relu(self.pool(x))))
        elif self.lstm is not None:
            aggregate = self.neighbours(self._last_state(x if isinstance(x, Tensor) else x.dense(), graph))
        else:
            aggregate = mix(graph, x, self.neighbours)
        y = self.norm(self.own(x[: graph.rows]) + aggregate)
        return F.normalize(y, dim=1) if self.unit else y

    def _last_state(self, x: Tensor, graph: Graph) -> Tensor:
        """(rows, inputs) state of the LSTM after a node's last neighbour, zeros where there is none.

        Sequences of many lengths run packed: all first neighbours, then all second ones, nodes with most neighbours
        first.
        """
        states = x.new_zeros(graph.rows, x.shape[1])
        if not graph.edges:
            return states
        source, target = graph.source, graph.target
        if self.training:
            source = source[torch.argsort(target + torch.rand(graph.edges, dtype=torch.float64, device=x.device))]
        nodes = torch.argsort(graph.degree, descending=True, stable=True)
        rank = torch.empty_like(nodes).index_copy_(0, nodes, torch.arange(graph.rows, device=x.device))
        turn = torch.arange(graph.edges, device=x.device) - graph.ptr[target]
        order = torch.argsort(turn * graph.rows + rank[target])
        last = lstm_ends(self.lstm, x.index_select(0, source[order]), torch.bincount(turn))
        return states.index_copy(0, nodes[: len(last)], last)


SLOPE = 0.2  # slope of the leaky rectifiers below 0


class GAT(nn.Module):
    """Graph attention (Velickovic 2018) and its second version (Brody 2022), which learn the weight of each neighbour.

    h_i' = sum_{j in N(i) + i} a_ij W h_j + b      for each head; heads side by side, or averaged
    a_ij = w_ij exp(l_ij) / sum_k w_ik exp(l_ik)   an edge of weight 2 counts as two edges
    GAT:   l_ij = leaky_relu(s . W h_j + t . W h_i + u . e_ij)
    GATv2: l_ij = s . leaky_relu(W h_j + W' h_i + U e_ij)       so that whom a node attends to depends on the node

    A node's edge to itself has the mean features of those that arrive.

    Args:
        inputs: features of a node.
        outputs: numbers of each head.
        heads: of attention.
        join: put the heads side by side, so that `heads` times as many numbers come out; otherwise average them.
        dropout: share of a_ij and of W h_j that is left out.
        edge_features: numbers an edge, 0 for none.
    """

    def __init__(
        self, inputs: int, outputs: int, heads: int, join: bool = True, dropout: float = 0.0, edge_features: int = 0
    ):
        super().__init__()
        self.heads, self.join, self.dropout = heads, join, dropout
        self.linear = FeatureLinear(inputs, heads * outputs, bias=False)
        self.bias = nn.Parameter(torch.zeros(heads * outputs if join else outputs))
        self._attend_to(inputs, outputs, edge_features)

    def _attend_to(self, inputs: int, outputs: int, edge_features: int) -> None:
        self.sender, self.receiver = _vectors(self.heads, outputs), _vectors(self.heads, outputs)
        self.edge = FeatureLinear(edge_features, self.heads, bias=False) if edge_features else None

    def prepare(self, graph: Graph) -> Graph:
        """Prepares a graph. Raises DataError for negative weights."""
        if graph.edges and graph.values.min() < 0:
            raise DataError(
                "attention needs weights of edges that are not negative, and some are: leave weights out, or shift them"
            )
        return with_self_loops(graph)

    def forward(self, x: Features, graph: Graph) -> Tensor:
        """Averages neighbours by attention: (columns, inputs) -> (rows, heads x outputs), or (rows, outputs) where
        heads are averaged."""
        z = self._values(x)
        shares = dropout(self._shares(x, z, graph), self.dropout, self.training)
        y = propagate(graph, dropout(z, self.dropout, self.training), shares)
        return (y.flatten(1) if self.join else y.mean(1)) + self.bias

    def attention(self, x: Features, graph: Graph) -> Tensor:
        """Computes the attention weight (E, heads) of each edge of a prepared graph; those of the edges that arrive at
        a node sum to 1."""
        return self._shares(x, self._values(x), graph)

    def _values(self, x: Features) -> Tensor:
        return self.linear(x).unflatten(1, (self.heads, -1))

    def _shares(self, x: Features, z: Tensor, graph: Graph) -> Tensor:
        logits = self._logits(x, z, graph)
        return edge_softmax(graph, logits if graph.weight is None else logits + graph.weight.log()[:, None])

    def _logits(self, x: Features, z: Tensor, graph: Graph) -> Tensor:
        sent, received = (z * self.sender).sum(-1), (z[: graph.rows] * self.receiver).sum(-1)
        logits = sent.index_select(0, graph.source) + received.index_select(0, graph.target)
        return F.leaky_relu(logits if self.edge is None else logits + self.edge(graph.features), SLOPE)


class GATv2(GAT):
    """The second version of graph attention (Brody 2022), with the same arguments. It has an additional matrix W' for
    the receiving node."""

    def _attend_to(self, inputs: int, outputs: int, edge_features: int) -> None:
        self.receiver = FeatureLinear(inputs, self.heads * outputs, bias=False)
        self.sender = _vectors(self.heads, outputs)
        self.edge = FeatureLinear(edge_features, self.heads * outputs, bias=False) if edge_features else None

    def _logits(self, x: Features, z: Tensor, graph: Graph) -> Tensor:
        received = self.receiver(x[: graph.rows]).view(graph.rows, *z.shape[1:])
        summed = z.index_select(0, graph.source) + received.index_select(0, graph.target)
        summed = summed if self.edge is None else summed + self.edge(graph.features).view_as(summed)
        return (F.leaky_relu(summed, SLOPE) * self.sender).sum(-1)


def _vectors(heads: int, outputs: int) -> nn.Parameter:
    return nn.Parameter(nn.init.xavier_uniform_(torch.empty(heads, outputs)))
