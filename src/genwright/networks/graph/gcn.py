"""Graph convolution (Kipf & Welling 2017): one matrix for all nodes, then the average over a node and its neighbours.

h_i' = sum_{j in N(i) + i} a_ij h_j W + b
symmetric: a = D^-1/2 (A + I) D^-1/2;  mean: a = D^-1 (A + I)
own matrix: h_i' = W mean_{j in N(i)} h_j + B h_i + b
"""

from torch import Tensor, nn

from ...core.graph import Graph
from . import normalise
from .features import Features, Linear, mixed

NORMS = ("symmetric", "mean", "own")


class GCN(nn.Module):
    """Graph convolution, x: (columns, inputs) -> (rows, outputs).

    Args:
        inputs: features of a node.
        outputs: numbers of a node that come out.
        norm: of the adjacency: "symmetric", "mean", or "own", which gives the node itself another matrix than its
            neighbours.
    """

    def __init__(self, inputs: int, outputs: int, norm: str = "symmetric"):
        super().__init__()
        self.norm = norm
        self.linear = Linear(inputs, outputs, bias=False)
        self.own = Linear(inputs, outputs) if norm == "own" else None
        self.bias = None if norm == "own" else nn.Parameter(self.linear.weight.new_zeros(outputs))

    def prepare(self, graph: Graph) -> Graph:
        """The graph with normalised weights. Raises DataError for weights that cannot be normalised.

        Args:
            graph: square, with weights of 0 and above.
        """
        return {"symmetric": normalise.symmetric, "mean": normalise.mean, "own": normalise.neighbours}[self.norm](graph)

    def forward(self, x: Features, graph: Graph) -> Tensor:
        """Outputs (rows, outputs) of the nodes that edges arrive at.

        Args:
            x: (columns, inputs) features of the nodes that send, the receivers first.
            graph: as `prepare` returns it.
        """
        y = mixed(graph, x, self.linear)
        return y + self.bias if self.own is None else y + self.own(x[: graph.rows])
