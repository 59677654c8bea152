"""Batch norm over the rows of a batch, whichever processes hold them (Ioffe & Szegedy 2015)."""

from torch import Tensor, nn

from .shares import share


class BatchNorm(nn.BatchNorm1d):
    """x: (N, D) -> (N, D)."""

    def forward(self, x: Tensor) -> Tensor:
        own = share()
        if not self.training or own.count == 1:
            return super().forward(x)
        mean = own.mean_of_rows(x)
        var = own.mean_of_rows((x - mean).square())
        rows = own.sum(x.new_full((), len(x)))
        self.num_batches_tracked += 1
        self.running_mean.lerp_(mean.detach(), self.momentum)
        self.running_var.lerp_((var * rows / (rows - 1)).detach(), self.momentum)
        return (x - mean) * (var + self.eps).rsqrt() * self.weight + self.bias
