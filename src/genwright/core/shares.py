"""Statistics of a batch of which several processes hold a share each, and the batch norm that uses them.

A loss that is more than a mean over items, such as one with a batch norm, asks its `share()` for the mean of its
statistic over all shares. If one process trains, its share is the batch, and the mean is the statistic itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx


@dataclass(frozen=True)
class Share:
    """The share of a batch that this process holds. Every process asks for the same statistics, in the same order.

    Args:
        number: Number of this share.
        count: Number of shares, which have equally many items.
        reduce: A tensor, which it may overwrite -> its mean over the shares. Default: None, one process trains.
    """

    number: int = 0
    count: int = 1
    reduce: Callable[[Tensor], Tensor] | None = None

    def mean(self, statistic: Tensor) -> Tensor:
        """Averages a statistic over the shares. Its gradient reaches all of them."""
        return statistic if self.reduce is None else _Mean.apply(statistic, self.reduce)

    def sum(self, statistic: Tensor) -> Tensor:
        return statistic if self.reduce is None else self.mean(statistic) * self.count

    def weight(self, rows: Tensor | int) -> Tensor | float:
        """Computes the weight of this process's mean over `rows` items in the mean over all processes."""
        return 1.0 if self.reduce is None else rows / self.mean(torch.as_tensor(rows).float())

    def ratio(self, total: Tensor, count: Tensor) -> Tensor:
        """Computes total / count over all processes together, 0 where the count is 0. Both are scalars. Both are
        scalars."""
        return self.mean(total) / self.mean(count).clamp(min=1 / self.count)

    def mean_of_rows(self, rows: Tensor) -> Tensor:
        """Averages rows (n, ...) -> (...) over all shares, which need not have equally many."""
        if self.reduce is None:
            return rows.mean(0)
        count = rows.new_full((1,), len(rows))
        total, rows_each = self.mean(torch.cat([rows.sum(0).flatten(), count])).split([rows[0].numel(), 1])
        return (total / rows_each).view(rows.shape[1:])


_share: ContextVar[Share] = ContextVar("share", default=Share())
share = _share.get


@contextmanager
def sharing(one: Share) -> Iterator[None]:
    """Makes `share()` return a given object, within this context and thread.

    Args:
        one: Object that `share()` returns.
    """
    share_before = _share.set(one)
    try:
        yield
    finally:
        _share.reset(share_before)


class _Mean(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, statistic: Tensor, reduce: Callable[[Tensor], Tensor]) -> Tensor:
        ctx.reduce = reduce
        return reduce(statistic.detach().clone())

    @staticmethod
    def backward(ctx: FunctionCtx, gradient: Tensor) -> tuple[Tensor, None]:
        return ctx.reduce(gradient.clone()), None


class BatchNorm(nn.BatchNorm1d):
    """Batch norm over the rows of all shares: x (N, D) -> (N, D)."""

    def forward(self, x: Tensor) -> Tensor:
        own_share = share()
        if not self.training or own_share.count == 1:
            return super().forward(x)
        mean = own_share.mean_of_rows(x)
        var = own_share.mean_of_rows((x - mean).square())
        rows = own_share.sum(x.new_full((), len(x)))
        self.num_batches_tracked += 1
        self.running_mean.lerp_(mean.detach(), self.momentum)
        self.running_var.lerp_((var * rows / (rows - 1)).detach(), self.momentum)
        return (x - mean) * (var + self.eps).rsqrt() * self.weight + self.bias
