"""Simple graph convolution (Wu 2019): smooth the features K times, then one linear map, with no nonlinearity.

    H = (D^-1/2 (A + I) D^-1/2)^K X W + b

The product is associative. To smooth X once makes training a logistic regression; to smooth X W costs least in a single
pass.
"""

from torch import Tensor, nn

from ...core.graph import Graph
from . import normalise
from .features import Features, Linear
from .propagate import propagate

MAX_SMOOTHED_NUMBERS = 1 << 28  # smoothed features are dense; they are kept up to so many numbers


class SGC(nn.Module):
    """x: (N, inputs) -> (N, outputs). hops: K."""

    def __init__(self, inputs: int, outputs: int, hops: int):
        super().__init__()
        self.hops = hops
        self.linear = Linear(inputs, outputs, bias=False)
        self.bias = nn.Parameter(self.linear.weight.new_zeros(outputs))

    def prepare(self, graph: Graph) -> Graph:
        return normalise.symmetric(graph)

    def precompute(self, x: Features, graph: Graph) -> Tensor | None:
        """A^K x, (N, inputs), None where it would be too large to keep."""
        if len(x) * x.shape[1] > MAX_SMOOTHED_NUMBERS:
            return None
        return self._smooth(x if isinstance(x, Tensor) else x.dense(), graph)

    def forward(self, x: Features, graph: Graph | None) -> Tensor:
        """x: (N, inputs) -> (N, outputs). graph: None where x is smoothed already, as `precompute` gives it."""
        y = self.linear(x)
        return (y if graph is None else self._smooth(y, graph)) + self.bias

    def _smooth(self, x: Tensor, graph: Graph) -> Tensor:
        for _ in range(self.hops):
            x = propagate(graph, x)
        return x
