"""Encoder and decoder of counts, and what their numbers mean: totals and negative binomials.

    x_g ~ NB(mean l rho_g, dispersion r_g),    rho = softmax(W h(z, c) + V c + b),    log l = m(c) + s(c) u

A negative binomial of mean mu has variance mu + mu^2 / r. z has the standard normal prior N(0, I), and so has u, the
last of the latents: it is the total of a row, l, among the totals of rows of the same conditions c.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.graph import offsets
from ...core.ragged import Ragged
from ...core.shares import BatchNorm
from ...core.spec import Spec
from ...networks.conditioning import GivenVector

LEAST_RATE = 1e-8  # of a Poisson, so that its logarithm is finite
START_SPREAD = 0.05  # standard deviation of log l given x, as training begins


def sparse(counts: Tensor) -> Ragged:
    """Rows (B, columns) without their zeros, as float32."""
    row, column = counts.nonzero(as_tuple=True)
    members = torch.stack([column.to(counts.dtype), counts[row, column]], 1)
    return Ragged(members, offsets(torch.bincount(row, minlength=len(counts))))


def totals(x: Ragged) -> Tensor:
    """(B,) sums of rows, at least 1."""
    counts = x.x[:, 1].float()
    return counts.new_zeros(len(x)).index_add_(0, x.item, counts).clamp(min=1.0)


def round_to_total(means: Tensor) -> Tensor:
    """Whole numbers near means (B, columns) that add up to their rounded sum: what is left over goes where most was cut
    off."""
    whole = means.floor()
    rest = (means.sum(1).round() - whole.sum(1)).clamp(min=0)
    order = (means - whole).argsort(dim=1, descending=True, stable=True)
    ranks = torch.arange(means.shape[1], device=means.device).expand_as(order)
    place = torch.empty_like(order).scatter_(1, order, ranks)
    return whole + (place < rest[:, None])


class Totals(nn.Module):
    """The distribution of the totals of rows: log l = m(c) + s(c) u, u ~ N(0, 1).

    Args:
        width: Numbers of the vector of conditions.
    """

    def __init__(self, width: int):
        super().__init__()
        self.move = nn.Linear(width, 2)  # of m in units of s, and of log s
        nn.init.zeros_(self.move.weight)
        nn.init.zeros_(self.move.bias)
        self.register_buffer("log_total", torch.zeros(()))
        self.register_buffer("log_spread", torch.ones(()))

    def forward(self, condition: Tensor) -> tuple[Tensor, Tensor]:
        """m and s (B,) of conditions (B, width)."""
        shift, stretch = self.move(condition).unbind(1)
        return self.log_total + self.log_spread * shift, self.log_spread * stretch.exp()


class LogMass(torch.autograd.Function):
    """Log-mass (..., B) of counts x, by the logarithms of their means (..., B, columns) and of dispersions (columns,).

    With s = mu / (mu + r) = sigmoid(t), t = log mu - log r, a cell has the gradients

        d / d log mu = x (1 - s) - r s
        d / d log r  = r (psi(x + r) - psi(r) - softplus(t)) - d / d log mu

    A count of 0 costs r softplus(t), so only the others are gathered. Autograd would keep three tables of all cells for
    the way back, and make four there; this keeps the means that it is given, and makes two.
    """

    @staticmethod
    def forward(ctx: Any, log_means: Tensor, log_r: Tensor, row: Tensor, column: Tensor, count: Tensor) -> Tensor:
        ctx.save_for_backward(log_means, log_r, row, column, count)
        t, r = log_means - log_r, log_r[column].exp()
        cells = (count + r).lgamma() - r.lgamma() - (count + 1).lgamma() + count * F.logsigmoid(t[..., row, column])
        return (F.softplus(t) @ log_r.exp()).neg_().index_add_(-1, row, cells)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None, None]:
        log_means, log_r, row, column, count = ctx.saved_tensors
        t, r = log_means - log_r, log_r.exp()
        of_log_r = -r * (grad.flatten() @ F.softplus(t).flatten(0, -2))
        own = grad[..., row]  # of each count above 0
        counted = own * count * (-t[..., row, column]).sigmoid()
        of_means = t.sigmoid_().mul_(-r).mul_(grad[..., None])
        of_means[..., row, column] += counted
        of_log_r -= of_means.flatten(0, -2).sum(0)
        of_r = own * (r[column] * ((count + r[column]).digamma() - r[column].digamma()))
        of_log_r.index_add_(0, column, of_r.reshape(-1, len(column)).sum(0))
        return of_means, of_log_r, None, None, None


class NegativeBinomial(nn.Module):
    """Counts given the logarithms of their means (..., B, columns), with a dispersion r for each column."""

    def __init__(self, columns: int):
        super().__init__()
        self.log_r = nn.Parameter(torch.ones(columns))

    def log_prob(self, log_means: Tensor, x: Ragged) -> Tensor:
        """Log-mass (..., B) of rows."""
        return LogMass.apply(log_means, self.log_r, x.item, x.x[:, 0].long(), x.x[:, 1].float())

    def sample(self, log_means: Tensor, rng: Draws) -> Tensor:
        """Counts (B, columns): Poisson numbers of gamma rates."""
        r = self.log_r.exp().expand(log_means.shape)
        rates = torch._standard_gamma(r.contiguous(), generator=rng.generator) / r * log_means.exp()
        return torch.poisson(rates.clamp(max=2.0**23), generator=rng.generator)

    def mean(self, log_means: Tensor) -> Tensor:
        return log_means.exp()


class CountEncoder(nn.Module):
    """q(z, u | x, c), a Gaussian: u from the total of a row, z from the logarithms of its counts.

    Args:
        columns: Number of columns.
        given: Conditions.
        latents: Numbers of z.
        units: Of the hidden layer.
        dropout: Rate.
        totals: The distribution of totals, which the decoder has too.
    """

    def __init__(self, columns: int, given: Spec, latents: int, units: int, dropout: float, totals: Totals):
        super().__init__()
        self.totals = totals
        self.given = GivenVector(given, totals.move.in_features)
        self.first = nn.EmbeddingBag(columns, units, mode="sum")  # a linear layer that meets no zeros
        nn.init.uniform_(self.first.weight, -(columns**-0.5), columns**-0.5)
        self.of_given = nn.Linear(self.given.width, units)
        self.norm, self.dropout = BatchNorm(units), nn.Dropout(dropout)
        self.last = nn.Linear(units, 2 * (latents + 1))

    def forward(self, x: Ragged, known: None, given: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance, each (B, latents + 1)."""
        condition = self.given(given)
        h = self.first(x.x[:, 0].long(), x.ptr[:-1], x.x[:, 1].float().log1p()) + self.of_given(condition)
        mean, log_var = self.last(self.dropout(F.relu(self.norm(h)))).chunk(2, 1)
        middle, spread = self.totals(condition)
        log_var_u = log_var[:, -1] + 2 * (START_SPREAD / spread).log()
        u = (totals(x).log() - middle) / spread + (0.5 * log_var_u).exp() * mean[:, -1]
        return torch.cat([mean[:, :-1], u[:, None]], 1), torch.cat([log_var[:, :-1], log_var_u[:, None]], 1)


class CountDecoder(nn.Module):
    """Logarithms of the means of counts, of latents (B, latents + 1), the last of which is u.

    Args:
        columns, given, latents, units, dropout, totals: As of the encoder.
    """

    def __init__(self, columns: int, given: Spec, latents: int, units: int, dropout: float, totals: Totals):
        super().__init__()
        self.totals, self.given = totals, GivenVector(given, totals.move.in_features)
        self.first = nn.Linear(latents, units)
        self.of_given = nn.Linear(self.given.width, units, bias=False)
        self.norm, self.dropout = BatchNorm(units), nn.Dropout(dropout)
        self.last = nn.Linear(units + self.given.width, columns)  # conditions also move each column whatever z is
        with torch.no_grad():
            self.last.weight[:, units:] = 0.0

    def forward(self, z: Tensor, x: None, known: None, given: Tensor) -> Tensor:
        """(B, columns) of latents (B, latents + 1)."""
        condition = self.given(given)
        h = self.norm(self.first(z[:, :-1]) + self.of_given(condition))
        logits = self.last(torch.cat([self.dropout(F.relu(h)), condition], 1))
        middle, spread = self.totals(condition)
        return logits.log_softmax(1) + (middle + spread * z[:, -1])[:, None]
