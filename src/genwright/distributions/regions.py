"""Regions: for some scalar leaves of a row, the values that it may have there, and what share of each bin these hold.

A family that learns the masses of bins (see `distributions.marginals`) draws within a region and weighs it:

    p(x_j allowed | ...) = sum_b p(b | ...) share_j(b),     p(x_j | b, allowed): even over what is allowed of bin b

What lies beyond all training rows, in the tails, is no cell of the column: no region holds it.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from ..core.draws import Draws
from ..core.spec import Spec
from .marginals import Marginals


class Region:
    """The allowed values of some leaves of a row.

    Args:
        spec: The leaves of the row.
        allowed: {number of a leaf: what it may be}. A discrete leaf has (levels,) bool, a real one (k, 2) float64, the
            ends of disjoint intervals that ascend.

    shares: {number of a leaf: (bins,) float64, the share of the mass of each bin that is allowed}.
    """

    def __init__(self, spec: Spec, allowed: Mapping[int, Tensor]):
        self.marginals = Marginals(spec)
        self.shares, self._pieces = {}, {}
        for j, values in allowed.items():
            self._pieces[j], self.shares[j] = self._cut(j, values)

    @property
    def columns(self) -> list[int]:
        """The numbers of the leaves that are restricted."""
        return [*self.shares]

    def draw(self, column: int, bins: Tensor, rng: Draws) -> Tensor:
        """Draws an allowed number inside each bin: (B,) float32. bins: (B,) long, of shares above 0."""
        low, start, begin, total = (part.to(bins.device) for part in self._pieces[column])
        at = begin[bins] + rng.uniform(len(bins), dtype=torch.float64) * total[bins]
        piece = (torch.searchsorted(start, at, right=True) - 1).clamp(0, len(low) - 1)
        inside = 0 if self.marginals.spec.columns[column].discrete else at - start[piece]
        return (low[piece] + inside).float()

    def _cut(self, column: int, values: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        """Pieces of what is allowed, each inside one bin, in order: where each begins, and the length before it; of
        each bin, the length before it and its own. And the share of each bin."""
        marginals = self.marginals
        edges = marginals.edges[column]
        first, last = (2, int(marginals.last[column]) - 1) if marginals.tailed[column] else (1, marginals.bins - 1)
        if marginals.spec.columns[column].discrete:
            low = values.nonzero()[:, 0].double()
            high, bins = low + 1, marginals.bins_of_column(low, column)
        else:
            inner = edges[1:-1]
            ends = torch.cat([values.double().flatten(), inner]).unique()
            low, high = ends[:-1], ends[1:]
            middle = (low + high) / 2
            is_allowed = ((middle[:, None] >= values[:, 0]) & (middle[:, None] <= values[:, 1])).any(1)
            low, high = low[is_allowed], high[is_allowed]
            bins = marginals.bins_of_column((low + high) / 2, column)
        is_inside = (bins >= first) & (bins <= last)
        low, length, bins = low[is_inside], (high - low)[is_inside], bins[is_inside]
        total = torch.zeros(marginals.bins, dtype=torch.float64).index_add_(0, bins, length)
        start = length.cumsum(0) - length
        width = edges[1:] - edges[:-1]
        return (low, start, total.cumsum(0) - total, total), (total / width).clamp(max=1)
