"""Monotone functions of one number whose parameters a network writes: the elementwise half of a coupling.

Each has a `size` (numbers wanted for one value) and maps x: (B, *), params: (B, size, *) to y: (B, *) and log dy/dx:
(B, *); `inverse` maps y back, in the precision of y. Params of zero give the identity.
"""

from math import expm1, log

import torch
import torch.nn.functional as F
from torch import Tensor

NARROWEST = 1e-3  # least width of a bin, as a share of the whole interval
FLATTEST = 1e-3  # least slope at a knot


class Affine:
    """y = x exp(s) + t, with |s| <= 3 by a soft clamp (Dinh 2017, eq. 7)."""

    size = 2

    def __call__(self, x: Tensor, params: Tensor) -> tuple[Tensor, Tensor]:
        log_scale, shift = self._split(x, params)
        return x * log_scale.exp() + shift, log_scale

    def inverse(self, y: Tensor, params: Tensor) -> Tensor:
        log_scale, shift = self._split(y, params)
        return (y - shift) * (-log_scale).exp()

    def _split(self, x: Tensor, params: Tensor) -> tuple[Tensor, Tensor]:
        raw, shift = params.to(x.dtype).unbind(1)
        return 3 * (raw / 3).tanh(), shift


class Spline:
    """Monotone rational-quadratic spline on [-bound, bound], the identity outside (Durkan 2019, eq. 4 and appendix
    A.1).

    K bins with knots (x_k, y_k) and slopes d_k; with xi = (x - x_k) / (x_{k+1} - x_k) and s = (y_{k+1} - y_k) /
    (x_{k+1} - x_k)

        y = y_k + (y_{k+1} - y_k) (s xi^2 + d_k xi (1 - xi)) / (s + (d_{k+1} + d_k - 2 s) xi (1 - xi)).

    params: K widths and K heights before a softmax, K - 1 inner slopes before a softplus; the slopes at both ends are
    1.
    """

    def __init__(self, bins: int = 8, bound: float = 5.0):
        self.bins, self.bound, self.size = bins, bound, 3 * bins - 1

    def knots(self, params: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """params: (B, 3 K - 1, *) -> x_k, y_k, d_k: (B, K + 1, *) each."""
        widths, heights, slopes = params.split([self.bins, self.bins, self.bins - 1], 1)
        at_zero = log(expm1(1 - FLATTEST))  # softplus of it is 1 - FLATTEST
        slopes = FLATTEST + F.softplus(slopes + at_zero)
        one = torch.ones_like(params[:, :1])
        return self._edges(widths), self._edges(heights), torch.cat([one, slopes, one], 1)

    def _edges(self, raw: Tensor) -> Tensor:
        share = NARROWEST + (1 - NARROWEST * self.bins) * raw.softmax(1)
        inner = self.bound * (2 * share[:, :-1].cumsum(1) - 1)
        end = torch.full_like(raw[:, :1], self.bound)
        return torch.cat([-end, inner, end], 1)

    def __call__(self, x: Tensor, params: Tensor) -> tuple[Tensor, Tensor]:
        inside = x.clamp(-self.bound, self.bound)
        x_k, y_k, d_k = self.knots(params.to(x.dtype))
        left, width, low, height, d0, d1 = _bin(inside, x_k, x_k, y_k, d_k)
        s = height / width
        xi = (inside - left) / width
        both = xi * (1 - xi)
        below = s + (d1 + d0 - 2 * s) * both
        y = low + height * (s * xi**2 + d0 * both) / below
        log_slope = 2 * s.log() + (d1 * xi**2 + 2 * s * both + d0 * (1 - xi) ** 2).log() - 2 * below.log()
        out = x != inside
        return torch.where(out, x, y), log_slope.masked_fill(out, 0.0)

    def inverse(self, y: Tensor, params: Tensor) -> Tensor:
        inside = y.clamp(-self.bound, self.bound)
        x_k, y_k, d_k = self.knots(params.to(y.dtype))
        left, width, low, height, d0, d1 = _bin(inside, y_k, x_k, y_k, d_k)
        s = height / width
        up = inside - low
        bend = up * (d1 + d0 - 2 * s)
        a, b, c = height * (s - d0) + bend, height * d0 - bend, -s * up
        root = (b**2 - 4 * a * c).clamp(min=0).sqrt()
        x = left + width * (
            2 * c / (-b - root)
        )  # the root of a xi^2 + b xi + c that lies in [0, 1], without cancellation
        return torch.where(y != inside, y, x)


def _bin(value: Tensor, edges: Tensor, x_k: Tensor, y_k: Tensor, d_k: Tensor) -> tuple[Tensor, ...]:
    """The bin of `edges` that holds each value: its left end, width, lower end, height, and slopes at both ends."""
    k = (value[:, None] >= edges[:, 1:-1]).sum(1, keepdim=True)
    left, right, low, high, d0, d1 = (t.gather(1, k + i)[:, 0] for t in (x_k, y_k, d_k) for i in (0, 1))
    return left, right - left, low, high - low, d0, d1
