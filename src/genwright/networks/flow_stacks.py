"""Whole invertible networks: layers of `coupling` in the order that works, for rows and for images.

The couplings of images are functions of a small residual convolutional network at one resolution.
"""

from collections.abc import Callable, Iterator
from math import ceil, log2

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.draws import Draws
from .coupling import (
    Affine,
    AutoregressiveLayer,
    Coupling,
    Flattened,
    InvertibleChain,
    PixelMarginals,
    Spline,
    Squeezed,
)
from .dropout import Dropout
from .mlp import ResidualMLP, init_at_zero


class FlowConvBlock(nn.Module):
    """A residual block h + W2 silu(W1 silu(h) + V c) with 3 x 3 kernels. W2 starts at zero, so it starts as the
    identity.

    Args:
        width: Channels of h.
        condition: Numbers in c, 0 for none.
        dropout: Share of units that training drops.
    """

    def __init__(self, width: int, condition: int, dropout: float):
        super().__init__()
        self.inner = nn.Conv2d(width, width, 3, padding=1)
        self.condition = nn.Linear(condition, width, bias=False) if condition else None
        self.dropout = Dropout(dropout)
        self.outer = init_at_zero(nn.Conv2d(width, width, 3, padding=1))

    def forward(self, h: Tensor, c: Tensor) -> Tensor:
        inner = self.inner(F.silu(h))
        if self.condition is not None:
            inner = inner + self.condition(c)[:, :, None, None]
        return h + self.outer(self.dropout(F.silu(inner)))


class ResidualConv(nn.Module):
    """A residual convolutional network that predicts the parameters of a coupling.

    x: (B, inputs, h, w), c: (B, condition) -> (B, outputs, h, w), zero at the start.

    Args:
        inputs: Input features.
        outputs: Output features.
        side: (h, w), since every place has a learned vector of its own: images are centred, so where a pixel is
            says much about it.
        width: Features of a layer.
        depth: Number of layers.
        condition: Numbers of the condition.
        dropout: Share of units that training drops.
    """

    def __init__(
        self, inputs: int, outputs: int, side: tuple[int, int], width: int, depth: int, condition: int = 0,
        dropout: float = 0.0,
    ):  # fmt: skip
        super().__init__()
        self.first = nn.Conv2d(inputs, width, 3, padding=1)
        self.place = nn.Parameter(torch.zeros(width, *side))
        self.blocks = nn.ModuleList(FlowConvBlock(width, condition, dropout) for _ in range(depth))
        self.last = init_at_zero(nn.Conv2d(width, outputs, 1))

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        h = self.first(x) + self.place
        for block in self.blocks:
            h = block(h, c)
        return self.last(F.silu(h))


PAIRS = ((0, 3), (1, 2), (0, 1), (2, 3), (0, 2), (1, 3))  # places in a 2 x 2 block: checkerboards, rows, columns


def row_flow(
    columns: int, layers: int, transform: Affine | Spline, width: int, depth: int, condition: int = 0,
    couplings: bool = False,
) -> InvertibleChain:  # fmt: skip
    """Builds a flow of rows: autoregressive layers, or couplings, in pairs. An autoregressive pair has a random order
    (at first the columns' own) and its reverse (Papamakarios 2017). A pair of couplings has a random half of the
    columns and the other half (Dinh 2017).

    Args:
        columns: D of rows (B, D).
        layers: number of them.
        transform: Transform of each number.
        width: hidden units of the layers' networks.
        depth: their residual blocks.
        condition: numbers in c (B, condition).
        couplings: whether layers are couplings, whose inverse takes one pass.
    """
    if couplings and columns > 1:
        return InvertibleChain(*(_rows(columns, k, transform, width, depth, condition, 0.0) for k in range(layers)))
    orders = []
    for k in range(layers):
        order = list(range(columns)) if k < 2 else _shuffled("order", columns, k // 2)
        orders.append(order[::-1] if k % 2 else order)
    return InvertibleChain(*(AutoregressiveLayer(order, transform, width, depth, condition) for order in orders))


def picture_flow(
    shape: tuple[int, int, int], fine: int, coarse: int, transform: Affine | Spline, width: int, depth: int,
    condition: int = 0, dropout: float = 0.0, margins: int = 0,
) -> InvertibleChain:  # fmt: skip
    """Builds a flow of images: couplings in two scales (Dinh 2017). `fine` ones work on 2 x 2 blocks and alternate
    checkerboards, rows and columns; then `coarse` ones work on random halves of 4 x 4 blocks. Sides that 4 does not
    divide have one scale, odd sides are taken as rows.

    Args:
        shape: (C, H, W).
        fine: couplings over 2 x 2 blocks.
        coarse: couplings over 4 x 4 blocks.
        transform: Transform of each number.
        width: Width of the fine networks; the coarse ones have twice as much.
        depth: residual blocks of each network.
        condition: numbers in c (B, condition).
        dropout: share of hidden numbers that are left out.
        margins: bins of a learned marginal for each pixel, for numbers in [-1, 1]; 0 takes real numbers as they
            are.
    """
    channels, height, wide = shape
    first = [PixelMarginals(shape, margins)] if margins else []
    if height % 2 or wide % 2:
        size = channels * height * wide
        flat = [_rows(size, k, transform, width, depth, condition, dropout) for k in range(fine + coarse)]
        return InvertibleChain(*first, Flattened(*flat))
    if height % 4 or wide % 4:
        fine, coarse = fine + coarse, 0

    def coupling(factor: int, moved: list[int], wider: int) -> Coupling:
        blocks, side = channels * factor**2, (height // factor, wide // factor)
        net = ResidualConv(2 * blocks, len(moved) * transform.size, side, wider, depth, condition, dropout)
        return Coupling(net, moved, blocks, transform)

    at_two = [
        coupling(2, [p * channels + c for p in PAIRS[k % 6] for c in range(channels)], width) for k in range(fine)
    ]
    at_four = [coupling(4, half_of(16 * channels, k), 2 * width) for k in range(coarse)]
    return InvertibleChain(*first, Squeezed(2, *at_two), *([Squeezed(4, *at_four)] if coarse else []))


def _rows(
    size: int, k: int, transform: Affine | Spline, width: int, depth: int, condition: int, dropout: float
) -> Coupling:
    moved = half_of(size, k)
    net = ResidualMLP(2 * size, len(moved) * transform.size, 4 * width, depth, condition, dropout, zero=True)
    return Coupling(net, moved, size, transform)


def half_of(size: int, k: int) -> list[int]:
    """Picks a random half of the positions; the next odd k has the other half."""
    places = _shuffled("half", size, k // 2)
    return sorted(places[size // 2 :] if k % 2 else places[: size // 2])


def _shuffled(flow_name: str, size: int, k: int) -> list[int]:
    return Draws(flow_name, size, k).permutation(size).tolist()


SLOW = 0.02  # a shift of one level breaks what was learned of the levels, so shifts must not come by chance
Part = tuple[Tensor, Tensor, Tensor]  # numbers (B, m, h, w), parameters of each (B, m, h, w, size), known (B, m, h, w)


class RoundedShift:
    """Shifts integers by rounded predictions of a network, a coupling of whole numbers.

    y = x + [levels / 2 tanh(s / 50)], around the levels, with the gradient of what is neither rounded nor taken around
    (Hoogeboom 2019, eq. 5 and section 4.1). An elementwise half of a coupling, see `Spline`.

    Args:
        lowest: Lowest of the numbers, which are `step` apart.
        levels: Number of levels.
    """

    size = 1

    def __init__(self, lowest: float, step: float, levels: int):
        self.lowest, self.step, self.levels = lowest, step, levels

    def __call__(self, x: Tensor, params: Tensor) -> tuple[Tensor, Tensor]:
        return self._around(x + self._shift(params)), torch.zeros_like(x)

    def inverse(self, y: Tensor, params: Tensor) -> Tensor:
        return self._around(y - self._shift(params))

    def _shift(self, params: Tensor) -> Tensor:
        steps = self.levels / 2 * (SLOW * params[:, 0].float()).tanh()
        return (steps + (steps.round() - steps).detach()) * self.step

    def _around(self, y: Tensor) -> Tensor:
        span = self.levels * self.step
        return y - ((y.detach() - self.lowest) / span).floor() * span


class Distribution(nn.Module):
    """Predicts the parameters (B, m, h, w, size) of numbers (B, m, h, w) from `beside` (B, n, h, w), the known numbers,
    and c (B, condition). They begin apart, so that components of a mixture learn different things.

    Args:
        width: Features of a layer.
        depth: Number of layers.
        condition: Numbers of the condition.
    """

    def __init__(
        self, count: int, context: int, size: int, side: tuple[int, int], width: int, depth: int, condition: int
    ):
        super().__init__()
        self.size = size
        self.net = ResidualConv(context + 2 * count, count * size, side, width, depth, condition)
        nn.init.normal_(self.net.last.bias, std=0.3)

    def forward(self, context: Tensor, z: Tensor, known: Tensor, c: Tensor) -> Tensor:
        params = self.net(torch.cat([context, z * known, known], 1), c)
        return params.unflatten(1, (-1, self.size)).movedim(2, -1)


class Scale(nn.Module):
    """One scale of an integer flow, and the scales above it.

    Args:
        shape: (C, h, w) of the numbers, sides even.
        above: the number of further scales.
        layers: Number of layers.
        width: Features of a layer.
        depth: Number of layers.
        condition: Numbers of the condition.
    """

    def __init__(
        self, shape: tuple[int, int, int], above: int, layers: int, transform: RoundedShift, size: int, width: int,
        depth: int, condition: int,
    ):  # fmt: skip
        super().__init__()
        channels, side = 4 * shape[0], (shape[1] // 2, shape[2] // 2)
        upper = channels // 2
        places = torch.arange(channels).view(4, -1)[[0, 3, 1, 2]].flatten()  # of the black squares, then the white
        self.register_buffer("order", places, False)
        self.register_buffer("back_order", places.argsort(), False)
        halves = [half_of(channels, k) for k in range(layers)]
        nets = [ResidualConv(2 * channels, len(moved), side, width, depth, condition) for moved in halves]
        self.blocks = Squeezed(2)
        self.couplings = InvertibleChain(
            *(Coupling(net, moved, channels, transform) for net, moved in zip(nets, halves))
        )
        numbers = size, width, depth, condition
        self.left = Distribution(channels - upper, upper, size, side, width, depth, condition)
        self.above = Scale((upper, *side), above - 1, layers, transform, *numbers) if above else None
        self.top = None if above else Distribution(upper, 0, size, side, width, depth, condition)

    def split_parts(self, z: Tensor, known: Tensor, c: Tensor) -> Iterator[Part]:
        """Splits numbers into parts, each with its parameters given the parts before it.

        Args:
            z: (B, m, h, w) numbers.
            known: bool like z, or None.
            c: (B, condition).
        """
        z, known = self.blocks.rearrange(z), self.blocks.rearrange(known)
        z, _ = self.couplings(z, known, c)
        (upper, lower), (upper_known, lower_known) = self._split(z), self._split(known)
        if self.above is not None:
            yield from self.above.split_parts(upper, upper_known, c)
        else:
            yield upper, self.top(upper[:, :0], upper, upper_known, c), upper_known
        yield lower, self.left(upper, lower, lower_known, c), lower_known

    def invert(self, choose: Callable[[Tensor, Tensor], Tensor], z: Tensor, known: Tensor, c: Tensor) -> Tensor:
        """Rebuilds the numbers (B, m, h, w), where each part's unknown numbers are choose(parameters, known).

        Args:
            choose: picks the numbers of a part.
            z: (B, m, h, w), read where known.
            known: bool like z, or None.
            c: (B, condition).
        """
        shape, z, known = z.shape, self.blocks.rearrange(z), self.blocks.rearrange(known)
        (upper, lower), (upper_known, lower_known) = self._split(z), self._split(known)
        if self.above is not None:
            upper = self.above.invert(choose, upper, upper_known, c)
        else:
            params = self.top(upper[:, :0], upper, upper_known, c)
            upper = torch.where(upper_known, upper, choose(params, upper_known))
        params = self.left(upper, lower, lower_known, c)
        lower = torch.where(lower_known, lower, choose(params, lower_known))
        z = torch.cat([upper, lower], 1)[:, self.back_order]
        return self.blocks.restore(self.couplings.inverse(z, known, c), shape)

    def _split(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Channels kept for the scale above, and channels left at this scale: (B, m, h, w) each."""
        return z[:, self.order].chunk(2, 1)


class WholeNumberFlow(nn.Module):
    """An invertible network on whole numbers (Hoogeboom 2019, integer discrete flows). Couplings shift numbers by
    rounded ones, and a distribution predicts each scale's numbers given those of the scale above.

    each scale:  2 x 2 blocks as channels; couplings z_b <- z_b + [t(z_a)]; half of the channels, which lie as the black
                 squares of a chessboard, is kept for the next
    z = (kept, left):   p(z) = p(kept) p(left | kept)

    Shifts go around: what leaves the levels at one end comes in at the other, so that there are as many images behind
    the flow as before it, and their masses sum to one. Numbers are multiples of a power of two about zero, which floats
    hold to the bit, so the way back is exact.

    Items x (B, C, H, W) of whole numbers from 0 to levels - 1, padded to sides that `scales` halvings divide by zeros
    that are known.

    Args:
        shape: Shape of an item.
        levels: Number of levels.
        layers: couplings of a scale.
        head: the distribution of a number.
        width: Features of a layer.
        depth: Number of layers.
        condition: Numbers of the condition.
    """

    def __init__(
        self, shape: tuple[int, int, int], levels: int, scales: int, layers: int, head: nn.Module, width: int,
        depth: int, condition: int,
    ):  # fmt: skip
        super().__init__()
        channels, *sides = shape
        self.sides = [ceil(side / 2**scales) * 2**scales for side in sides]
        self.zero, self.step = levels // 2, 2.0 ** -ceil(log2(max(levels / 2, 1)))
        self.head = head
        transform = RoundedShift(-self.zero * self.step, self.step, levels)
        self.scale = Scale(
            (channels, *self.sides), scales - 1, layers, transform, self.head.size, width, depth, condition
        )

    def split_parts(self, x: Tensor, known: Tensor, c: Tensor) -> Iterator[Part]:
        """Splits items with numbers from 0 to levels - 1 as `Scale.split_parts` does.

        Args:
            x: (B, ...) input.
            known: bool like x, True where a number is known.
        """
        for z, params, fixed in self.scale.split_parts(*self._lattice(x, known), c):
            yield z / self.step + self.zero, params, fixed

    def invert(self, choose: Callable[[Tensor, Tensor], Tensor], x: Tensor, known: Tensor, c: Tensor) -> Tensor:
        """Rebuilds items x, whose unknown numbers are chosen one part at a time.

        Args:
            choose: choose(parameters, known) -> numbers of 0 to levels - 1.
            x: Items, read where they are known.
            known: bool like x.
            c: (B, condition).
        """
        at = lambda params, known: (choose(params, known) - self.zero) * self.step
        z = self.scale.invert(at, *self._lattice(x, known), c)
        return (z / self.step + self.zero)[..., : x.shape[2], : x.shape[3]]

    def _lattice(self, x: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        z = (x.float() - self.zero) * self.step
        pad = 0, self.sides[1] - x.shape[3], 0, self.sides[0] - x.shape[2]
        return nn.functional.pad(z, pad), nn.functional.pad(known, pad, value=True)
