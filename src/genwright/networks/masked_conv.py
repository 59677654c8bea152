"""Gated PixelCNN: convolutions that see only pixels above and to the left, and a cached walk over the pixels in raster order.

van den Oord et al. 2016, "Conditional Image Generation with PixelCNN Decoders". A vertical stack v sees all rows above, a
horizontal stack h the pixels to the left, and v feeds h, so no blind spot is left. The masks are shifts: a kernel that covers
only the half it may see, on a picture moved by one where the pixel itself is hidden (mask A, first layer; mask B after it).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..continuous import Array
from ..spec import Spec
from .conditioning import GivenVector, known_maps


class RowsAbove(nn.Conv2d):
    """k wide, (k + 1) / 2 high: each output sees its own row and those above, or with `strict` only those above (mask A)."""

    def __init__(self, inputs: int, outputs: int, k: int, strict: bool = False):
        high = (k + 1) // 2
        super().__init__(inputs, outputs, (high, k), padding=(high - 1 + strict, k // 2))

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x)[:, :, : x.shape[2]]


class PixelsLeft(nn.Conv2d):
    """One row, (k + 1) / 2 wide: each output sees its own pixel and those to the left, or with `strict` only the left (mask A)."""

    def __init__(self, inputs: int, outputs: int, k: int, strict: bool = False):
        wide = (k + 1) // 2
        super().__init__(inputs, outputs, (1, wide), padding=(0, wide - 1 + strict))

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x)[..., : x.shape[3]]

    def matrix(self) -> Tensor:
        """The same product on one window: (wide * inputs, outputs), the window's pixels from left to right."""
        return self.weight[:, :, 0].permute(2, 1, 0).reshape(-1, self.out_channels).contiguous()


class GatedLayer(nn.Module):
    """v' = v + gate(conv(v));  h' = h + W drop(gate(conv(h) + U v'));  gate(a, b) = a sigmoid(b).

    The gate's first half is linear (Dauphin 2017) where the paper has tanh: as good, and half the cost on a processor.
    """

    def __init__(self, width: int, k: int, dropout: float):
        super().__init__()
        self.vertical = RowsAbove(width, 2 * width, k)
        self.horizontal = PixelsLeft(width, 2 * width, k)
        self.down = nn.Conv2d(width, 2 * width, 1)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Conv2d(width, width, 1)

    def forward(self, v: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        v = v + F.glu(self.vertical(v), 1)
        h = h + self.out(self.dropout(F.glu(self.horizontal(h) + self.down(v), 1)))
        return v, h


class Surroundings(nn.Module):
    """What is known of a picture, read without a mask: (B, inputs, H, W) -> (B, outputs, H, W). Dilations reach across 31 pixels."""

    def __init__(self, inputs: int, outputs: int, width: int):
        super().__init__()
        self.first = nn.Conv2d(inputs, width, 3, padding=1)
        self.middle = nn.ModuleList(nn.Conv2d(width, width, 3, padding=d, dilation=d) for d in (1, 2, 4, 8))
        self.last = nn.Conv2d(width, outputs, 1)

    def forward(self, maps: Tensor) -> Tensor:
        m = self.first(maps)
        for conv in self.middle:
            m = m + conv(F.silu(m))
        return self.last(F.silu(m))


class GatedPixelCNN(nn.Module):
    """Parameters of p(x_i | x_<i, given, known part) for every pixel and channel i, in raster order, channels innermost.

    spec: one discrete leaf of shape (C, H, W). outputs: numbers wanted for each x_i. width: features of either stack. depth:
    gated layers. kernel: of the masked convolutions; the first, which hides the pixel itself, is `reach` wide. top: hidden
    units between the stacks and the outputs, where the earlier channels of the same pixel come in.
    """

    orders = 1  # raster order only

    def __init__(
        self, spec: Spec, given: Spec, outputs: int, width: int, depth: int, kernel: int = 3, reach: int = 7,
        top: int = 64, dropout: float = 0.0,
    ):
        super().__init__()
        self.coordinates = Array(spec)
        self.channels = channels = spec.shape[0]
        self.given = GivenVector(given, 2 * width)
        self.surroundings = Surroundings(channels + 1, 2 * width, width)
        # beside the pixels stands a channel of ones, which tells the picture from the zeros around it
        self.first_v = RowsAbove(channels + 1, width, reach, strict=True)
        self.first_h = PixelsLeft(channels + 1, width, reach, strict=True)
        self.layers = nn.ModuleList(GatedLayer(width, kernel, dropout) for _ in range(depth))
        self.top = nn.ModuleList(nn.Linear(width + c, top) for c in range(channels))
        self.last = nn.ModuleList(nn.Linear(top, outputs) for _ in range(channels))

    def forward(self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0) -> Tensor:
        """x: (B, C, H, W) levels, given: (B, G), known: bool like x or None -> (B, C, H, W, outputs)."""
        z = self.coordinates.centre(x)
        inputs = torch.cat([z, torch.ones_like(z[:, :1])], 1)
        to_v, to_h = self._condition(z, given, known)
        v, h = self.first_v(inputs) + to_v, self.first_h(inputs) + to_h
        for layer in self.layers:
            v, h = layer(v, h)
        features, z = h.permute(0, 2, 3, 1), z.permute(0, 2, 3, 1)  # (B, H, W, width), (B, H, W, C)
        return torch.stack([self._outputs(features, z, k) for k in range(self.channels)], 1)

    def _outputs(self, features: Tensor, z: Tensor, k: int) -> Tensor:
        """Channel k of a pixel from its features (*, width) and the earlier ones of its channels z: (*, C) -> (*, outputs)."""
        seen = torch.cat([F.silu(features), z[..., :k].to(features.dtype)], -1) if k else F.silu(features)
        return self.last[k](F.silu(self.top[k](seen)))

    def _condition(self, z: Tensor, given: Tensor, known: Tensor | None) -> tuple[Tensor, Tensor]:
        """What given variables and the known part add to the first v and h: (B, width, H, W) each, or (B, width, 1, 1) where
        nothing is known. The residual stacks carry it on. The known part is read only in the items that have one."""
        c = self.given(given)[:, :, None, None]
        if known is not None and known.any():
            some = known.flatten(1).any(1).nonzero()[:, 0]
            found = self.surroundings(known_maps(z[some], known[some])).to(c.dtype)
            c = c.expand(-1, -1, *z.shape[2:]).index_add(0, some, found)
        return c.chunk(2, 1)

    def walk(self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0) -> Iterator[tuple[tuple, Tensor]]:
        """Yield ((c, i, j), parameters (B, outputs)) in raster order; the caller writes x[:, c, i, j] before it goes on.

        The numbers are those of `forward`, at the cost of about one pass in all: the vertical stack is computed once a row, the
        horizontal one once a pixel, as one product a layer on the last few pixels.
        """
        b, _, height, wide = x.shape
        width = self.first_v.out_channels
        to_v, to_h = (c.expand(-1, -1, height, wide) for c in self._condition(self.coordinates.centre(x), given, known))
        weights = [(l.horizontal.matrix(), l.out.weight[:, :, 0, 0].T.contiguous(), l.out.bias) for l in self.layers]
        first, spans = self.first_h.matrix(), [w[0].shape[0] - width for w in weights]
        rows = [x.new_zeros(b, width, l.vertical.kernel_size[0] - 1, wide, dtype=torch.float) for l in self.layers]
        high = self.first_v.kernel_size[0]
        above = torch.zeros(b, self.channels + 1, high, wide)  # the rows of inputs above this one
        for i in range(height):
            v = F.conv2d(above, self.first_v.weight, self.first_v.bias, padding=(0, self.first_v.padding[1]))
            v = v + to_v[:, :, i : i + 1]
            starts = []
            for n, layer in enumerate(self.layers):
                rows[n] = torch.cat([rows[n], v], 2)
                conv = layer.vertical
                v = v + F.glu(F.conv2d(rows[n], conv.weight, conv.bias, padding=(0, conv.padding[1])), 1)
                rows[n] = rows[n][:, :, 1:]
                start = layer.down(v) + layer.horizontal.bias[:, None, None]
                starts.append(start[:, :, 0].permute(2, 0, 1).contiguous().unbind(0))  # wide x (B, 2 width)
            begin = (to_h[:, :, i] + self.first_h.bias[:, None]).permute(2, 0, 1).contiguous().unbind(0)
            left = torch.zeros(b, len(first))  # the inputs of the last pixels
            windows = [torch.zeros(b, span) for span in spans]
            line = []
            for j in range(wide):
                h = torch.addmm(begin[j], left, first)
                for n, (matrix, out, bias) in enumerate(weights):
                    window = torch.cat([windows[n], h], 1)
                    windows[n] = window[:, width :]
                    h = h + torch.addmm(bias, F.glu(torch.addmm(starts[n][j], window, matrix), 1), out)
                for k in range(self.channels):
                    z = self.coordinates.centre(x[:, :, i, j])
                    yield (k, i, j), self._outputs(h, z, k)
                pixel = torch.cat([self.coordinates.centre(x[:, :, i, j]), torch.ones(b, 1)], 1)
                left = torch.cat([left[:, self.channels + 1 :], pixel], 1)
                line.append(pixel)
            above = torch.cat([above[:, :, 1:], torch.stack(line, 2)[:, :, None]], 2)
