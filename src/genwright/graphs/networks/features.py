"""Node features: a dense tensor (N, F), or sparse rows where most are zero, as in bags of words.

Sparse rows stay sparse: their product with a matrix is a sum over the words of a node, and dropout acts on the stored
values alone, which is the same model (a zero that is dropped is a zero) at a small part of the cost.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.graph import Graph, at_least_float32, pointer, spans
from ...networks.dropout import dropout_factors
from .propagate import propagate

DENSE = 0.25  # rows with a larger share of non-zero values are kept dense, which is faster under dropout


@dataclass(frozen=True, eq=False)
class SparseRows:
    """Sparse features of nodes.

    (N, F) with its zeros left out.

    Args:
        words: a graph with one row a node, one column a feature, and the values as weights.
    """

    words: Graph

    @property
    def shape(self) -> tuple[int, int]:
        return self.words.rows, self.words.columns

    def __len__(self) -> int:
        return self.words.rows

    def move_to(self, device: torch.device) -> "SparseRows":
        """Copies the rows to a device."""
        return SparseRows(self.words.to(device))

    to = move_to  # as a tensor calls it

    def __getitem__(self, rows: Tensor | slice) -> "SparseRows":
        """Some rows. rows: (n,) int64, or a slice."""
        rows = torch.arange(len(self), device=self.words.ptr.device)[rows] if isinstance(rows, slice) else rows
        ptr = torch.cat([self.words.ptr.new_zeros(1), self.words.degree[rows].cumsum(0)])
        stored = spans(self.words.ptr[rows], ptr)
        return SparseRows(Graph(ptr, self.words.source[stored], self.words.columns, self.words.values[stored]))

    def __matmul__(self, matrix: Tensor) -> Tensor:
        """(N, F) @ (F, D) -> (N, D)."""
        return propagate(self.words, matrix)

    def dense(self) -> Tensor:
        """Converts the rows to a tensor (N, F)."""
        return self.words.values.new_zeros(self.shape).index_put_(
            (self.words.target, self.words.source), self.words.values
        )


Features = Tensor | SparseRows


def as_features(x: Tensor) -> Features:
    """Converts a tensor (N, F) to sparse rows where at most a quarter of it is not zero."""
    if not x.numel() or (x != 0).float().mean() > DENSE:
        return at_least_float32(x)
    row, column = torch.nonzero(x, as_tuple=True)
    return SparseRows(Graph(pointer(row, len(x)), column, x.shape[1], at_least_float32(x[row, column])))


def as_dense_as_they_are(x: SparseRows) -> Features:
    """Converts sparse rows to a tensor (N, F) where more than a quarter of the values is stored."""
    return x.dense() if x.words.edges > DENSE * len(x) * x.shape[1] else x


def single(x: Features) -> Features:
    """Converts features to single precision, in which networks compute."""
    return x.float() if isinstance(x, Tensor) else SparseRows(x.words.with_weight(x.words.values.float()))


def normalise_rows(x: Features) -> Features:
    """Divides each row by the sum of its absolute values; rows of zeros stay (Kipf & Welling 2017)."""
    if isinstance(x, Tensor):
        return F.normalize(x, p=1, dim=1)
    total = x.words.values.new_zeros(len(x)).index_add_(0, x.words.target, x.words.values.abs())
    return SparseRows(x.words.with_weight(x.words.values / total.clamp(min=1e-12)[x.words.target]))


def squared_norms(x: Features) -> Tensor:
    """Computes the squared length (N,) of each row of x."""
    if isinstance(x, Tensor):
        return (x**2).sum(1)
    return x.words.values.new_zeros(len(x)).index_add_(0, x.words.target, x.words.values**2)


def unit_rows(x: Features) -> Features:
    """Divides each row by its length; rows of zeros stay."""
    if isinstance(x, Tensor):
        return F.normalize(x, dim=1)
    length = squared_norms(x).sqrt()
    return SparseRows(x.words.with_weight(x.words.values / length.clamp(min=1e-12)[x.words.target]))


def dropout(x: Features, rate: float, training: bool) -> Features:
    """Sets each number to 0 with probability `rate` in whole 256ths, and divides the others by the probability of
    staying.

    Args:
        x: (N, F) features, dense or sparse.
        rate: share to drop, in [0, 1).
        training: False leaves x as it is.
    """
    if not training or not rate:
        return x
    if isinstance(x, Tensor):
        return x * dropout_factors(x, rate)
    return SparseRows(x.words.with_weight(x.words.values * dropout_factors(x.words.values, rate)))


def node_dropout(x: Features, rate: float, training: bool) -> Features:
    """Drops whole rows as `dropout` drops numbers.

    Args:
        x: (N, F) features, dense or sparse.
        rate: share to drop, in [0, 1).
        training: False leaves x as it is.
    """
    if not training or not rate:
        return x
    if isinstance(x, Tensor):
        return x * dropout_factors(x[:, :1], rate)
    return SparseRows(
        x.words.with_weight(x.words.values * dropout_factors(x.words.values.new_ones(len(x)), rate)[x.words.target])
    )


class FeatureLinear(nn.Module):
    """A linear layer over dense or sparse features.

    x W + b for features of either form: (N, inputs) -> (N, outputs). W is (inputs, outputs), as Glorot & Bengio 2010
    draw it, b begins at 0.

    Args:
        inputs: Input features.
        outputs: Output features.
    """

    def __init__(self, inputs: int, outputs: int, bias: bool = True):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        nn.init.xavier_uniform_(self.weight)

    def forward(self, x: Features) -> Tensor:
        y = x @ self.weight
        return y if self.bias is None else y + self.bias


def mix(graph: Graph, x: Features, linear: FeatureLinear) -> Tensor:
    """Computes A x W, (rows, outputs), in the order of products that takes fewer operations.

    In a sampled neighbourhood there are many more columns than rows, and (A x) W keeps nothing of the columns but x.

    Args:
        graph: A, (rows, columns).
        x: (columns, inputs) features.
        linear: W, a layer without bias.
    """
    inputs, outputs = linear.weight.shape
    saved = (graph.columns - graph.rows) * inputs * outputs + graph.edges * (outputs - inputs)
    if isinstance(x, Tensor) and saved > 0:
        return linear(propagate(graph, x))
    return propagate(graph, linear(x))
