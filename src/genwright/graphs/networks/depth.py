"""Networks that stay useful when they are deep. A is the prepared adjacency, C_l a convolution, and h_0 the output of
`before` for x:

    none            h_l = relu(C_l(h_{l-1})), which collapses
    residual        h_l = h_{l-1} + relu(C_l(h_{l-1}))
    initial         h_l = relu(((1 - a) A h_{l-1} + a h_0) ((1 - b_l) I + b_l W_l)), b_l = log(1 + b / l)
    pair-norm       h_l = relu(N(C_l(h_{l-1}))), N: columns centred, then the mean squared length of rows 1
    group-norm      the same with N(h) = h + share * sum_g batch-norm(s_g h), s = softmax(h U)
    batch-norm, layer-norm      the same with those N
    virtual-node    h_l = relu(C_l(h_{l-1} + relu(V_l mean_i h_i))): two hops between any two nodes

residual: Kipf & Welling 2017, appendix B. initial: GCNII, Chen 2020. pair-norm: Zhao & Akoglu 2020. group-norm: DGN,
Zhou 2020. virtual-node: Gilmer 2017.

The classifier `after` reads h_L, or all layers at once, [h_1 .. h_L] or their maximum (Xu 2018, jumping knowledge).
Edges to the neighbours of neighbours (A + A^2) halve the layers that a distance needs.

Over-smoothing drives the spread of the embeddings to 0:

    spread     mean over pairs (i, j) of 1 - cos(h_i, h_j)            = 1 - ||mean_i h_i / |h_i| ||^2
    energy     tr(H^T (I - D^-1/2 (A + I) D^-1/2) H) / tr(H^T H)       Dirichlet's, as a share of the size of H

Repeated averaging leaves every row a multiple of one vector (Li 2018; Oono & Suzuki 2020). Both numbers are 0 there,
although the rows still differ in length by sqrt(degree), and neither changes when H is multiplied by a number. Biases
make rows equal instead: then the spread is 0 and the energy that of a constant, which is what degrees differ by.
"""

from collections.abc import Callable, Sequence
from math import log

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.graph import Graph, as_scipy, without_self_loops
from .features import FeatureLinear, Features, dropout
from .normalise import symmetric
from .propagate import propagate


class InitialResidualLayer(nn.Module):
    """Layer number l, from 1, of GCNII (Chen 2020), which adds a share of the first features.

    Args:
        width: Features of a layer.
        alpha: share of h_0.
        beta: Beta of the weights, falling with l. As every layer here it takes what `build_layer` says.
    """

    def __init__(self, width: int, number: int, alpha: float, beta: float):
        super().__init__()
        self.linear = FeatureLinear(width, width, bias=False)
        self.alpha, self.beta = alpha, log(1 + beta / number)

    def forward(self, h: Tensor, before_dropout: Tensor, first: Tensor, graph: Graph) -> Tensor:
        mixed_features = (1 - self.alpha) * propagate(graph, h) + self.alpha * first[: graph.rows]
        return F.relu((1 - self.beta) * mixed_features + self.beta * self.linear(mixed_features))


class ResidualLayer(nn.Module):
    """A layer that adds its input, as it was before dropout."""

    def __init__(self, convolution: nn.Module):
        super().__init__()
        self.convolution = convolution

    def forward(self, h: Tensor, before_dropout: Tensor, first: Tensor, graph: Graph) -> Tensor:
        return before_dropout[: graph.rows] + F.relu(self.convolution(h, graph))


class NormedLayer(nn.Module):
    """A convolution, a norm and an activation.

    Args:
        norm: (N, D) -> (N, D), nn.Identity for none.
    """

    def __init__(self, convolution: nn.Module, norm: nn.Module):
        super().__init__()
        self.convolution, self.norm = convolution, norm

    def forward(self, h: Tensor, before_dropout: Tensor, first: Tensor, graph: Graph) -> Tensor:
        return F.relu(self.norm(self.convolution(h, graph)))


class VirtualNode(nn.Module):
    """A node without features that exchanges messages with all nodes (Gilmer 2017). h: of one graph, not of a union of
    many.

    Args:
        width: Features of a layer.
    """

    def __init__(self, convolution: nn.Module, width: int):
        super().__init__()
        self.convolution, self.speak = convolution, FeatureLinear(width, width)

    def forward(self, h: Tensor, before_dropout: Tensor, first: Tensor, graph: Graph) -> Tensor:
        return F.relu(self.convolution(h + F.relu(self.speak(h.mean(0, keepdim=True))), graph))


class PairNorm(nn.Module):
    """Normalises features (N, D) so that rows have a mean squared distance of 2 (Zhao & Akoglu 2020)."""

    def forward(self, h: Tensor) -> Tensor:
        centred = h - h.mean(0)
        return centred / (centred.square().sum(1).mean() + 1e-6).sqrt()


class GroupNorm(nn.Module):
    """Normalises features within soft groups of nodes.

    (N, D) -> (N, D). Differentiable group normalisation (Zhou 2020): nodes belong softly to groups, and each group is
    normalised by itself.

    Args:
        width: Features of a layer.
        share: Share of the normalised h that is added.
    """

    def __init__(self, width: int, groups: int = 10, share: float = 0.01):
        super().__init__()
        self.assign, self.groups, self.share = FeatureLinear(width, groups, bias=False), groups, share
        self.norm = nn.BatchNorm1d(groups * width)

    def forward(self, h: Tensor) -> Tensor:
        shares = self.assign(h).softmax(1)
        normed_features = self.norm((shares[:, :, None] * h[:, None]).flatten(1))
        return h + self.share * normed_features.view(len(h), self.groups, -1).sum(1)


NORMS: dict[str, Callable[[int], nn.Module]] = {
    "none": lambda width: nn.Identity(),
    "pair-norm": lambda width: PairNorm(),
    "group-norm": GroupNorm,
    "batch-norm": nn.BatchNorm1d,
    "layer-norm": nn.LayerNorm,
}
REMEDIES = (*NORMS, "residual", "initial", "virtual-node")


def build_layer(remedy: str, convolution: nn.Module, width: int, number: int, alpha: float, beta: float) -> nn.Module:
    """Builds one layer with a remedy against oversmoothing. Its forward(h, before_dropout, h_0, graph) returns (rows,
    width), where h and its values before dropout are (columns, width). h_0 is the input of the first layer. graph:
    prepared.

    Args:
        remedy: one of REMEDIES.
        convolution: width -> width; "initial" has its own.
        width: features of a node.
        number: Number of the layer, from 1.
        alpha: share of h_0, for "initial".
        beta: weight of the matrix, for "initial".
    """
    if remedy == "initial":
        return InitialResidualLayer(width, number, alpha, beta)
    if remedy == "residual":
        return ResidualLayer(convolution)
    if remedy == "virtual-node":
        return VirtualNode(convolution, width)
    return NormedLayer(convolution, NORMS[remedy](width))


class DeepNetwork(nn.Module):
    """A deep graph network: layers with a remedy against oversmoothing, between two linear maps.

    Args:
        norm_before: x -> h_0 (N, width).
        steps: layers as `build_layer` makes them.
        norm_after: (N, width or steps times width) -> (N, outputs).
        dropout: share of numbers left out before each layer.
        prepare: turns a graph once, before the first layer, into what the layers read.
        jump: "last", "concatenate" or "maximum" of the layers.
    """

    def __init__(
        self, norm_before: nn.Module, steps: list[nn.Module], norm_after: nn.Module, dropout: float,
        prepare: Callable[[Graph], Graph], jump: str,
    ):  # fmt: skip
        super().__init__()
        self.before, self.steps, self.after = norm_before, nn.ModuleList(steps), norm_after
        self.dropout, self.prepare, self.jump = dropout, prepare, jump

    def attach(self, x: Features, graph: Graph) -> tuple[Features, Graph]:
        """Returns x and the prepared graph, computed once for all steps of training."""
        return x, self.prepare(graph)

    def layers(self, x: Features, graph: Graph) -> list[Tensor]:
        """Computes the features h_1 .. h_L, (N, width) each."""
        first = h = self.before(x)
        layers = []
        for layer in self.steps:
            h = layer(dropout(h, self.dropout, self.training), h, first, graph)
            layers.append(h)
        return layers

    def outputs(self, x: Features, graph: Graph) -> list[Tensor]:
        """Computes the features h_1 .. h_L, (N, width) each, and the scores of the classifier, (N, outputs)."""
        layers = self.layers(x, graph)
        return [*layers, self.after(self._read(layers))]

    def hidden(self, x: Features, graph: Graph) -> Tensor:
        """Computes the features (N, D) that the classifier reads. D is L times the width where layers are joined side
        by side."""
        return self._read(self.layers(x, graph))

    def _read(self, layers: list[Tensor]) -> Tensor:
        if self.jump == "concatenate":
            return torch.cat(layers, 1)
        return torch.stack(layers).amax(0) if self.jump == "maximum" else layers[-1]

    def forward(self, x: Features, graph: Graph) -> Tensor:
        """Computes scores (N, outputs) of nodes with features x (N, F).

        Args:
            graph: prepared.
        """
        return self.after(dropout(self.hidden(x, graph), self.dropout, self.training))


class Perceptron(nn.Module):
    """Linear layers with dropout before each and an activation between: (N, widths[0]) -> (N, widths[-1]).

    Args:
        dropout: Share of units that training drops.
        last: what is done to the result.
    """

    def __init__(self, widths: Sequence[int], dropout: float, last: Callable[[Tensor], Tensor] = lambda y: y):
        super().__init__()
        self.linears = nn.ModuleList(FeatureLinear(a, b) for a, b in zip(widths, widths[1:]))
        self.dropout, self.last = dropout, last

    def forward(self, x: Features) -> Tensor:
        for i, linear in enumerate(self.linears):
            x = linear(dropout(F.relu(x) if i else x, self.dropout, self.training))
        return self.last(x)


def sum_walks(graph: Graph, hops: int) -> Graph:
    """Computes A + A^2 + .. + A^hops without loops: an edge weighs as many walks as it stands for.

    Args:
        graph: square.
    """
    if hops == 1:
        return graph
    total = power = adjacency = as_scipy(graph)
    for _ in range(hops - 1):
        power = power @ adjacency
        total = total + power
    total.sort_indices()
    ptr, source = (torch.from_numpy(part).long() for part in (total.indptr, total.indices))
    return without_self_loops(Graph(ptr, source, graph.columns, torch.from_numpy(total.data)).to(graph.ptr.device))


ZERO_NORM = 1e-12  # shorter embeddings count as the zero vector


def mean_cosine_distance(h: Tensor) -> float:
    """Computes the mean cosine distance over all pairs of rows of h (N, D). Rows of zeros lie 0 from each other and 1
    from the rest."""
    h = h.double()
    mean = F.normalize(h, dim=1, eps=ZERO_NORM).mean(0)
    empty = (h.norm(dim=1) <= ZERO_NORM).double().mean()
    return float((1 - mean.square().sum() - empty**2).clamp(min=0))


def dirichlet_energy(h: Tensor, graph: Graph) -> float:
    """Computes the Dirichlet energy, in [0, 2], of features h (N, D) (Cai & Wang 2020).

    Args:
        h: Features of the items.
        graph: without added loops or weights.
    """
    h = h.double()
    size = float(h.square().sum())
    return 0.0 if size <= ZERO_NORM**2 else max(0.0, 1 - float((h * propagate(symmetric(graph), h)).sum()) / size)
