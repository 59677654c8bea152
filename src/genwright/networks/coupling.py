"""Invertible layers on rows (B, D) and images (B, C, H, W), all with the same two calls:

    forward(z, known, c) -> y, log |det dy/dz|: (B,)        inverse(y, known, c) -> z

known: bool like z. A known number is a constant of the flow: every coupling leaves it as it is, adds nothing to the
determinant for it, and shows it to its network, so that one flow holds p(unknown | known) for every mask. c: (B, W) a
condition.

`AutoregressiveLayer` layers have a residual network whose outputs for a column see only the columns before it (Germain
2015; residual, Durkan 2019).
"""

from collections.abc import Callable
from math import expm1, log

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..distributions.marginals import EDGE

NARROWEST = 1e-3  # least width of a bin, as a share of the whole interval
FLATTEST = 1e-3  # least slope at a knot


class Affine:
    """An affine map of one number, whose parameters a network predicts: the elementwise half of a coupling.

    Each has a `size` (numbers wanted for one value) and maps x: (B, *), params: (B, size, *) to y: (B, *) and log
    dy/dx: (B, *); `inverse` maps y back, in the precision of y. Params of zero give the identity.

    y = x exp(s) + t, with |s| <= 3 by a soft clamp (Dinh 2017, eq. 7)."""

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
    """A monotone rational-quadratic spline on [-bound, bound], the identity outside (Durkan 2019, eq. 4 and appendix
    A.1).

    K bins with knots (x_k, y_k) and slopes d_k; with xi = (x - x_k) / (x_{k+1} - x_k) and s = (y_{k+1} - y_k) /
    (x_{k+1} - x_k)

        y = y_k + (y_{k+1} - y_k) (s xi^2 + d_k xi (1 - xi)) / (s + (d_{k+1} + d_k - 2 s) xi (1 - xi)).

    params: K widths and K heights before a softmax, K - 1 inner slopes before a softplus; the slopes at both ends are
    1."""

    def __init__(self, bins: int = 8, bound: float = 5.0):
        self.bins, self.bound, self.size = bins, bound, 3 * bins - 1

    def knots(self, params: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Computes positions and slopes of the knots, x_k, y_k and d_k: (B, K + 1, *) each.

        Args:
            params: (B, 3 K - 1, *) as the class says.
        """
        widths, heights, slopes = params.split([self.bins, self.bins, self.bins - 1], 1)
        at_zero = log(expm1(1 - FLATTEST))  # softplus of it is 1 - FLATTEST
        slopes = FLATTEST + F.softplus(slopes + at_zero)
        ones = torch.ones_like(params[:, :1])
        return self._edges(widths), self._edges(heights), torch.cat([ones, slopes, ones], 1)

    def _edges(self, raw: Tensor) -> Tensor:
        share = NARROWEST + (1 - NARROWEST * self.bins) * raw.softmax(1)
        inner = self.bound * (2 * share[:, :-1].cumsum(1) - 1)
        end = torch.full_like(raw[:, :1], self.bound)
        return torch.cat([-end, inner, end], 1)

    def __call__(self, x: Tensor, params: Tensor) -> tuple[Tensor, Tensor]:
        inside = x.clamp(-self.bound, self.bound)
        x_k, y_k, d_k = self.knots(params.to(x.dtype))
        start, width, low, height, d0, d1 = _bin(inside, x_k, x_k, y_k, d_k)
        s = height / width
        xi = (inside - start) / width
        product = xi * (1 - xi)
        below = s + (d1 + d0 - 2 * s) * product
        y = low + height * (s * xi**2 + d0 * product) / below
        log_slope = 2 * s.log() + (d1 * xi**2 + 2 * s * product + d0 * (1 - xi) ** 2).log() - 2 * below.log()
        out = x != inside
        return torch.where(out, x, y), log_slope.masked_fill(out, 0.0)

    def inverse(self, y: Tensor, params: Tensor) -> Tensor:
        inside = y.clamp(-self.bound, self.bound)
        x_k, y_k, d_k = self.knots(params.to(y.dtype))
        start, width, low, height, d0, d1 = _bin(inside, y_k, x_k, y_k, d_k)
        s = height / width
        up = inside - low
        bend = up * (d1 + d0 - 2 * s)
        a, b, c = height * (s - d0) + bend, height * d0 - bend, -s * up
        root = (b**2 - 4 * a * c).clamp(min=0).sqrt()
        x = start + width * (
            2 * c / (-b - root)
        )  # the root of a xi^2 + b xi + c that lies in [0, 1], without cancellation
        return torch.where(y != inside, y, x)


def _bin(value: Tensor, edges: Tensor, x_k: Tensor, y_k: Tensor, d_k: Tensor) -> tuple[Tensor, ...]:
    """The bin of `edges` that holds each value: its left end, width, lower end, height, and slopes at both ends."""
    k = (value[:, None] >= edges[:, 1:-1]).sum(1, keepdim=True)
    left, right, low, high, d0, d1 = (t.gather(1, k + i)[:, 0] for t in (x_k, y_k, d_k) for i in (0, 1))
    return left, right - left, low, high - low, d0, d1


STEPS = 12
RANK = 256  # rank of the map from a wide side to the outputs


def smooth_steps(x: Tensor) -> Tensor:
    """Computes smooth features of standard normal numbers: each number, and STEPS sigmoids at the normal quantiles.

    Columns of categories become intervals of a number. Steps let a network tell intervals apart from the start.

    Args:
        x: (B, D) numbers. The result is (B, (STEPS + 1) D).
    """
    at = torch.special.ndtri(torch.linspace(0, 1, STEPS + 2, dtype=x.dtype, device=x.device)[1:-1])
    return torch.cat([x[..., None], (3 * (x[..., None] - at)).tanh()], -1).flatten(1)


class Linear(nn.Linear):
    """A linear layer that computes in the precision of its input."""

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight.to(x.dtype), None if self.bias is None else self.bias.to(x.dtype))


class MaskedLinear(nn.Linear):
    """A linear layer whose weight is multiplied by a mask, (outputs, inputs) bool, a buffer. It computes in the
    precision of its input."""

    def __init__(self, mask: Tensor):
        super().__init__(mask.shape[1], mask.shape[0])
        self.register_buffer("mask", mask.to(torch.float32), False)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, (self.weight * self.mask).to(x.dtype), self.bias.to(x.dtype))


class MaskedResidual(nn.Module):
    """A masked residual network: the outputs for column j depend on a condition and on the columns before j in
    `order`.

    Hidden unit u has a degree m(u) and sees columns at places <= m(u). The outputs of the column at place i see units
    with m(u) < i. The last layer starts at zero.

    Args:
        order: The columns, first to last.
        size: Outputs of each column.
        width: Hidden units.
        depth: Residual blocks.
        side: Numbers S of the condition, (B, S).
    """

    def __init__(self, order: list[int], size: int, width: int, depth: int, side: int):
        super().__init__()
        columns = len(order)
        self.order, self.size = order, size
        place = torch.empty(columns, dtype=torch.long)
        place[torch.tensor(order)] = torch.arange(columns)
        degree = torch.arange(width) % max(columns - 1, 1)
        self.register_buffer("degree", degree, False)
        is_seen = degree[:, None] >= degree
        self.first = MaskedLinear((degree[:, None] >= place).repeat_interleave(STEPS + 1, 1))
        self.side = Linear(side, width)
        self.inner = nn.ModuleList(MaskedLinear(is_seen) for _ in range(depth))
        self.asides = nn.ModuleList(Linear(side, width, bias=False) for _ in range(depth))
        self.outer = nn.ModuleList(MaskedLinear(is_seen) for _ in range(depth))
        self.last = MaskedLinear((place[:, None] > degree).repeat(size, 1))
        if side <= 2 * RANK:
            self.aside = aside = Linear(side, columns * size, bias=False)  # the only input of the first column
        else:  # weights that grow with the number of columns and not with its square
            aside = Linear(RANK, columns * size, bias=False)
            self.aside = nn.Sequential(Linear(side, RANK, bias=False), aside)
        for layer in [*self.outer, self.last, aside]:
            nn.init.zeros_(layer.weight)
        for layer in [*self.outer, self.last]:
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor, side: Tensor) -> Tensor:
        shift, shifts, out = self.project_side(side)
        return (self.last(self._hidden(smooth_steps(x), shift, shifts)) + out).unflatten(1, (self.size, -1))

    def project_side(self, side: Tensor) -> tuple[Tensor, list[Tensor], Tensor]:
        """Computes what the condition adds to every layer, once for the steps of all columns.

        Returns those to the first layer, (B, width), to each inner one, (B, width), and to the outputs, (B, size D).

        Args:
            side: (B, S) condition.
        """
        return self.side(side), [layer(side) for layer in self.asides], self.aside(side)

    def stepwise(self, side: Tensor, rows: int) -> Callable[[int, Tensor], Tensor]:
        """Returns a function step(i, features) -> outputs (size, rows) of the i-th column in order. features: (i (STEPS
        + 1), rows), `smooth_steps` of the columns before it.

        It is called for i = 0, 1, ... A hidden unit is computed once, as soon as its columns are there: with units
        sorted by degree, what each may see is a slice from the front. All steps cost about one pass.

        Args:
            side: (rows, S) condition, or (1, S) of all rows.
            rows: Number of rows.
        """
        order = torch.tensor(self.order, device=side.device)
        units, columns = self.degree.argsort(stable=True), len(order)
        ends = [0, *torch.bincount(self.degree, minlength=columns).cumsum(0).tolist()]  # units of degree below i
        shift, shifts, out = self.project_side(side)
        first = self.first.weight.view(len(units), columns, -1)[units][:, order].flatten(1).to(side.dtype)
        shift = (shift + self.first.bias)[:, units].T
        blocks = []
        for inner, aside, outer in zip(self.inner, shifts, self.outer):
            weights = [layer.weight[units][:, units].to(side.dtype) for layer in (inner, outer)]
            blocks.append([(aside + inner.bias)[:, units].T, *weights, outer.bias[units, None].to(side.dtype)])
        last = self.last.weight.view(self.size, columns, -1)[:, order][:, :, units].transpose(0, 1).to(side.dtype)
        out = (out + self.last.bias).unflatten(1, (self.size, -1))[:, :, order].transpose(0, 2)
        layer_inputs = [
            side.new_empty(len(units), rows) for _ in range(2 * len(blocks) + 1)
        ]  # by the layers after the first

        def step(i: int, features: Tensor) -> Tensor:
            own_part, until = slice(ends[max(i - 1, 0)], ends[i]), slice(ends[i])
            h = torch.addmm(shift[own_part], first[own_part, : len(features)], features)
            for k, (aside, inner, outer, bias) in enumerate(blocks):
                layer_inputs[2 * k][own_part] = F.silu(h)
                layer_inputs[2 * k + 1][own_part] = F.silu(
                    torch.addmm(aside[own_part], inner[own_part, until], layer_inputs[2 * k][until])
                )
                h = h + torch.addmm(bias[own_part], outer[own_part, until], layer_inputs[2 * k + 1][until])
            layer_inputs[-1][own_part] = F.silu(h)
            return torch.addmm(out[i], last[i, :, until], layer_inputs[-1][until])

        return step

    def _hidden(self, features: Tensor, shift: Tensor, shifts: list[Tensor]) -> Tensor:
        h = self.first(features) + shift
        for inner, aside, outer in zip(self.inner, shifts, self.outer):
            h = h + outer(F.silu(inner(F.silu(h)) + aside))
        return F.silu(h)


class InvertibleChain(nn.Module):
    """Invertible layers one after another; their log-determinants add up."""

    def __init__(self, *layers: nn.Module):
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, z: Tensor, known: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        total = z.new_zeros(len(z))
        for layer in self.layers:
            z, log_det = layer(z, known, c)
            total = total + log_det
        return z, total

    def inverse(self, y: Tensor, known: Tensor, c: Tensor) -> Tensor:
        for layer in reversed(self.layers):
            y = layer.inverse(y, known, c)
        return y


class Coupling(nn.Module):
    """A coupling layer: transforms some channels elementwise by functions of all others (Dinh 2015; with splines,
    Durkan 2019).

    Args:
        net: Network net(input, c), with 2 * channels inputs: the numbers that it may see, and the mask of known
            ones. It has len(moved) * transform.size outputs.
        moved: The channels, or columns of a row, that are transformed.
        channels: Channels in all.
        transform: Elementwise map, whose parameters `net` writes.
    """

    def __init__(self, net: nn.Module, moved: list[int], channels: int, transform: Affine | Spline):
        super().__init__()
        self.net, self.transform = net, transform
        visible = torch.ones(channels, dtype=torch.bool)
        visible[moved] = False
        self.register_buffer("moved", torch.tensor(moved), False)
        self.register_buffer("seen", visible, False)

    def _params(self, z: Tensor, known: Tensor, c: Tensor) -> Tensor:
        visible = known | self.seen.view(-1, *[1] * (z.ndim - 2))
        params = self.net(torch.cat([z * visible, known], 1).to(c.dtype), c)
        return params.unflatten(1, (-1, len(self.moved)))  # (B, size, m, ...)

    def forward(self, z: Tensor, known: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        old, fixed = z[:, self.moved], known[:, self.moved]
        new, log_slope = self.transform(old, self._params(z, known, c))
        y = z.index_copy(1, self.moved, torch.where(fixed, old, new))
        return y, log_slope.masked_fill(fixed, 0.0).flatten(1).sum(1)

    def inverse(self, y: Tensor, known: Tensor, c: Tensor) -> Tensor:
        old, fixed = y[:, self.moved], known[:, self.moved]
        new = self.transform.inverse(old, self._params(y, known, c))
        return y.index_copy(1, self.moved, torch.where(fixed, old, new))


class AutoregressiveLayer(nn.Module):
    """An autoregressive layer: transforms every column of a row by functions of the columns before it (Papamakarios
    2017). The network also sees the known numbers, their mask, and c (B, condition). It computes in the precision of z:
    where the map is flat, its inverse multiplies what differs from the way forward.

    Args:
        order: the columns, first to last.
        transform: Transform of each number.
        width: hidden units of the `MaskedResidual` network.
        depth: its residual blocks.
        condition: numbers in c.
    """

    def __init__(self, order: list[int], transform: Affine | Spline, width: int, depth: int, condition: int):
        super().__init__()
        self.order, self.transform = order, transform
        self.net = MaskedResidual(order, transform.size, width, depth, side=(STEPS + 2) * len(order) + condition)

    def _side(self, z: Tensor, known: Tensor, c: Tensor) -> Tensor:
        """What is known and given: (B, S), or (1, S) where that is nothing."""
        if not (c.shape[1] or known.any()):
            z, known, c = z[:1], known[:1], c[:1]
        known_features = smooth_steps(z) * known.repeat_interleave(STEPS + 1, 1)
        return torch.cat([known_features, known.to(z.dtype), c.to(z.dtype)], 1)

    def forward(self, z: Tensor, known: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        y, log_slope = self.transform(z, self.net(z, self._side(z, known, c)))
        return torch.where(known, z, y), log_slope.masked_fill(known, 0.0).sum(1)

    def inverse(self, y: Tensor, known: Tensor, c: Tensor) -> Tensor:
        step = self.net.stepwise(self._side(y, known, c), len(y))
        z, features, steps_each = y.clone(), y.new_empty((STEPS + 1) * len(self.order), len(y)), STEPS + 1
        for i, j in enumerate(self.order):
            new = self.transform.inverse(y[:, j], step(i, features[: i * steps_each]).T)
            z[:, j] = torch.where(known[:, j], y[:, j], new)
            features[i * steps_each : (i + 1) * steps_each] = smooth_steps(z[:, j : j + 1]).T
        return z


class Reshaped(nn.Module):
    """Base of layers that run inner layers on another arrangement of the same numbers. Subclasses define `rearrange(z)`
    and its inverse `restore(z, shape)`, where shape is that of z."""

    def __init__(self, *layers: nn.Module):
        super().__init__()
        self.inner = InvertibleChain(*layers)

    def forward(self, z: Tensor, known: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        y, log_det = self.inner(self.rearrange(z), self.rearrange(known), c)
        return self.restore(y, z.shape), log_det

    def inverse(self, y: Tensor, known: Tensor, c: Tensor) -> Tensor:
        return self.restore(self.inner.inverse(self.rearrange(y), self.rearrange(known), c), y.shape)


class Squeezed(Reshaped):
    """Runs inner layers on images as f x f blocks: (B, C, H, W) as (B, f^2 C, H / f, W / f) (Dinh 2017); f must divide
    the sides."""

    def __init__(self, factor: int, *layers: nn.Module):
        super().__init__(*layers)
        self.factor = factor

    def rearrange(self, z: Tensor) -> Tensor:
        f = self.factor
        b, c, h, w = z.shape
        return z.view(b, c, h // f, f, w // f, f).permute(0, 3, 5, 1, 2, 4).reshape(b, f * f * c, h // f, w // f)

    def restore(self, z: Tensor, shape: torch.Size) -> Tensor:
        f = self.factor
        b, c, h, w = shape
        return z.view(b, f, f, c, h // f, w // f).permute(0, 3, 4, 1, 5, 2).reshape(shape)


class Flattened(Reshaped):
    """Runs inner layers on items as rows: (B, *shape) as (B, D)."""

    def rearrange(self, z: Tensor) -> Tensor:
        return z.flatten(1)

    def restore(self, z: Tensor, shape: torch.Size) -> Tensor:
        return z.view(shape)


class PixelMarginals(nn.Module):
    """A learned distribution function for each pixel, which maps pixels to Gaussian coordinates. z in [-1, 1] ->
    Phi^-1((s(z) + 1) / 2), s a spline of [-1, 1] onto itself. Known pixels are mapped alike, without their part of the
    determinant.

    Coordinates end at |y| = 4.75 (`EDGE`).

    Args:
        shape: Shape of an item.
        bins: Bins of the spline.
    """

    gain = 10.0  # multiplies the parameters, which must move further than a network's weights in as many steps

    def __init__(self, shape: tuple[int, ...], bins: int):
        super().__init__()
        self.transform = Spline(bins, bound=1.0)
        self.params = nn.Parameter(torch.zeros(self.transform.size, *shape))

    def forward(self, z: Tensor, known: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        s, log_slope = self.transform(z, self._params(z))
        u = ((s + 1) / 2).clamp(EDGE, 1 - EDGE)
        y = torch.special.ndtri(u)
        log_det = log_slope + 0.5 * y**2 + 0.2257913526447274  # log sqrt(2 pi) - log 2
        return y, log_det.masked_fill(known, 0.0).flatten(1).sum(1)

    def inverse(self, y: Tensor, known: Tensor, c: Tensor) -> Tensor:
        s = 2 * torch.special.ndtr(y) - 1
        return self.transform.inverse(s, self._params(y))

    def _params(self, z: Tensor) -> Tensor:
        return (self.gain * self.params).expand(len(z), *self.params.shape)
