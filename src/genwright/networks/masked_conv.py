"""Gated PixelCNN: convolutions that see only pixels above and to the left, and a cached walk in raster order.

van den Oord et al. 2016, "Conditional Image Generation with PixelCNN Decoders". A vertical stack v sees all rows above,
a horizontal stack h the pixels to the left, and v feeds h, so no blind spot is left. The masks are shifts: a kernel of
only the half that it may see, on an image moved by one where the pixel itself is hidden (mask A, in the first layer;
mask B after it).

Between the layers pixels may attend to themselves and to those before them in raster order (PixelSNAIL, Chen 2018).
"""

from collections.abc import Iterator
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from ..distributions.coordinates import Array
from .conditioning import GivenMaps
from .dropout import Dropout

HEAD = 16  # numbers of a head, at least


class RasterAttention(nn.Module):
    """Causal attention in raster order: h + drop(W attention(norm(h) + places)), h (B, width, H, W). It starts as the
    identity.

    Args:
        width: Features of a layer.
        dropout: Share of units that training drops.
    """

    def __init__(self, width: int, grid: tuple[int, int], dropout: float):
        super().__init__()
        self.heads = next(heads for heads in (4, 2, 1) if width % heads == 0 and (width // heads >= HEAD or heads == 1))
        self.norm = nn.LayerNorm(width)
        self.rows = nn.Parameter(0.02 * torch.randn(grid[0], 1, width))
        self.columns = nn.Parameter(0.02 * torch.randn(grid[1], width))
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.dropout = Dropout(dropout)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, h: Tensor) -> Tensor:
        flat = h.flatten(2).transpose(1, 2)
        query, key, value = self._heads(flat, self._places)
        attended = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        return h + self._project(attended).transpose(1, 2).unflatten(2, h.shape[2:])

    def step(self, h: Tensor, memory: "Memory") -> Tensor:
        """Computes the output at the next pixel alone, (B, width), after those in memory."""
        at = memory.filled
        query, key, value = self._heads(h[:, None], memory.places[at])
        memory.keys[:, :, at], memory.values[:, :, at] = key[:, :, 0], value[:, :, 0]
        memory.filled = at + 1
        attended = F.scaled_dot_product_attention(query, memory.keys[:, :, : at + 1], memory.values[:, :, : at + 1])
        return h + self._project(attended)[:, 0]

    @property
    def _places(self) -> Tensor:
        """(P, width)."""
        return (self.rows + self.columns).flatten(0, 1)

    def _heads(self, flat: Tensor, places: Tensor) -> Tensor:
        """(B, P, width) -> queries, keys and values (3, B, heads, P, D)."""
        return self.qkv(self.norm(flat) + places).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)

    def _project(self, attended: Tensor) -> Tensor:
        return self.dropout(self.out(attended.transpose(1, 2).flatten(2)))


class Memory:
    """Keys and values (B, heads, P, D) of the pixels so far.

    Args:
        batch: Number of items.
        device: Device of the tensors.
    """

    def __init__(self, attention: RasterAttention, batch: int, device: torch.device):
        self.places = attention._places
        places, width = self.places.shape
        shape = batch, attention.heads, places, width // attention.heads
        self.keys, self.values = (torch.zeros(shape, device=device) for _ in range(2))
        self.filled = 0


class RowsAbove(nn.Conv2d):
    """A convolution over an output's row and the rows above it.

    k wide (odd), (k + 1) / 2 high: (B, inputs, H, W) -> (B, outputs, H, W). An output sees its row and those above,
    or with `strict` only those above (mask A)."""

    def __init__(self, inputs: int, outputs: int, k: int, strict: bool = False):
        high = (k + 1) // 2
        super().__init__(inputs, outputs, (high, k), padding=(high - 1 + strict, k // 2))

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x)[:, :, : x.shape[2]]

    def row(self, rows: Tensor) -> Tensor:
        """Computes the outputs of one row, (B, outputs, 1, W), from the inputs that it sees, (B, inputs, high, W)."""
        return F.conv2d(rows, self.weight, self.bias, padding=(0, self.padding[1]))


class PixelsLeft(nn.Conv2d):
    """A convolution along the row, (k + 1) / 2 wide: (B, inputs, H, W) -> (B, outputs, H, W). An output sees its pixel
    and those left of it, or with `strict` only these (mask A)."""

    def __init__(self, inputs: int, outputs: int, k: int, strict: bool = False):
        wide = (k + 1) // 2
        super().__init__(inputs, outputs, (1, wide), padding=(0, wide - 1 + strict))

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x)[..., : x.shape[3]]

    def matrix(self) -> Tensor:
        """Returns the convolution as a matrix on one window: (wide * inputs, outputs), the window's pixels from left to
        right."""
        return self.weight[:, :, 0].permute(2, 1, 0).reshape(-1, self.out_channels).contiguous()


def gated(x: Tensor) -> Tensor:
    """Gates the first half of the channels by the second: (B, 2 C, ...) -> (B, C, ...).

    `F.glu` takes several times as long in bfloat16 where channels come last."""
    a, b = x.chunk(2, 1)
    return a * b.sigmoid()


class GatedLayer(nn.Module):
    """A layer of a gated PixelCNN: v' = v + drop(gate(conv(v))), h' = h + W drop(gate(conv(h) + U v')), gate(a, b) = a
    sigmoid(b).

    v, h: (B, width, H, W). The gate's first half is linear (Dauphin et al. 2017) where the paper has tanh: one costly
    function less.

    Args:
        width: Features of a layer.
        dropout: Share of units that training drops.
    """

    def __init__(self, width: int, k: int, dropout: float):
        super().__init__()
        self.vertical = RowsAbove(width, 2 * width, k)
        self.horizontal = PixelsLeft(width, 2 * width, k)
        self.down = nn.Conv2d(width, 2 * width, 1)
        self.dropout = Dropout(dropout)
        self.out = nn.Conv2d(width, width, 1, bias=False)

    def forward(self, v: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        v = v + self.dropout(gated(self.vertical(v)))
        h = h + self.out(self.dropout(gated(self.horizontal(h) + self.down(v))))
        return v, h


class KnownEncoder(nn.Module):
    """Encodes the known part of an image, without a causal mask: (B, inputs, H, W) -> (B, outputs, H, W). Dilations
    make it see 16 pixels to every side.

    Args:
        inputs: Input features.
        outputs: Output features.
        width: Features of a layer.
    """

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


class LevelNumbers(nn.Module):
    """Scales levels to numbers: (B, C, ...) -> (B, C, ...)."""

    width = 1

    def __init__(self, spec: Spec):
        super().__init__()
        self.coordinates = Array(spec)

    def forward(self, x: Tensor) -> Tensor:
        return self.coordinates.centre(x)


class CategoryEmbedding(nn.Module):
    """Embeds categories as learned vectors, the same in every channel: (B, C, ...) -> (B, C width, ...).

    Args:
        spec: Spec of the items.
        width: Features of a layer.
    """

    def __init__(self, spec: Spec, width: int):
        super().__init__()
        self.width, self.table = width, nn.Embedding(spec.leaf.levels, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.table(x.long()).movedim(-1, 2).flatten(1, 2)


class GatedPixelCNN(nn.Module):
    """A gated PixelCNN (van den Oord 2016): parameters of p(x_i | x_<i, given, known part) for every pixel and channel
    i in raster order, channels innermost.

    Args:
        spec: one discrete leaf of shape (C, H, W).
        given: scalars, and grids of categories (codes of a coarser level).
        outputs: numbers wanted for each x_i.
        width: features of a stack.
        depth: gated layers.
        kernel: Kernel of the masked convolutions.
        reach: width of the first kernel, which hides the pixel itself.
        top: hidden units before the outputs, where the earlier channels of the same pixel come in.
        dropout: share of the features that are left out.
        embedding: width of a learned vector of each level; 0 reads levels as numbers on a scale.
        attention: after so many layers each a look back at all earlier pixels (PixelSNAIL, Chen 2018); 0 for none.
    """

    orders = 1  # raster order only

    def __init__(
        self, spec: Spec, given: Spec, outputs: int, width: int, depth: int, kernel: int = 3, reach: int = 7,
        top: int = 64, dropout: float = 0.0, embedding: int = 0, attention: int = 0,
    ):  # fmt: skip
        super().__init__()
        self.read = CategoryEmbedding(spec, embedding) if embedding else LevelNumbers(spec)
        self.channels, self.every = spec.shape[0], attention
        channels = self.channels * self.read.width  # channels that are read
        self.given = GivenMaps(given, 2 * width, spec.shape[1:])
        self.known_encoder = KnownEncoder(channels + 1, 2 * width, width)
        # a channel of ones beside the pixels tells the image from the padding around it
        self.first_v = RowsAbove(channels + 1, width, reach, strict=True)
        self.first_h = PixelsLeft(channels + 1, width, reach, strict=True)
        self.layers = nn.ModuleList(GatedLayer(width, kernel, dropout) for _ in range(depth))
        looks = depth // attention if attention else 0
        self.looks = nn.ModuleList(RasterAttention(width, spec.shape[1:], dropout) for _ in range(looks))
        self.top = nn.ModuleList(nn.Linear(width + c * self.read.width, top) for c in range(self.channels))
        self.last = nn.ModuleList(nn.Linear(top, outputs) for _ in range(self.channels))

    def forward(self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0) -> Tensor:
        """Computes logits (B, C, H, W, outputs) of every number, given those before it in raster order.

        Args:
            x: (B, C, H, W) levels.
            given: (B, G) conditions.
            known: bool like x, numbers that all others may read. None for none.
            order: Unused, for one order alone.
        """
        z = self.read(x)
        inputs = torch.cat([z, torch.ones_like(z[:, :1])], 1)
        to_v, to_h = self._condition(z, given, known)
        v, h = self.first_v(inputs) + to_v, self.first_h(inputs) + to_h
        for n, layer in enumerate(self.layers):
            v, h = layer(v, h)
            look = self._look(n)
            if look is not None:
                h = look(h)
        features, z = h.permute(0, 2, 3, 1), z.permute(0, 2, 3, 1)  # (B, H, W, width), (B, H, W, C)
        return torch.stack([self._outputs(features, z, k) for k in range(self.channels)], 1)

    def _look(self, n: int) -> RasterAttention | None:
        """The attention behind layer n, or None where no attention follows."""
        return self.looks[n // self.every] if self.every and n % self.every == self.every - 1 else None

    def _outputs(self, features: Tensor, z: Tensor, k: int) -> Tensor:
        """Channel k of pixels from features (*, width) and what is read of their earlier channels, z: (*, C read.width)
        -> (*, outputs)."""
        earlier = z[..., : k * self.read.width]
        inputs = torch.cat([F.silu(features), earlier.to(features.dtype)], -1) if k else F.silu(features)
        return self.last[k](F.silu(self.top[k](inputs)))

    def _condition(self, z: Tensor, given: Tensor, known: Tensor | None) -> tuple[Tensor, Tensor]:
        """Contributions of given variables and the known part to the first v and h: (B, width, H, W). They are
        (B, width, 1, 1) if no grid is given and nothing known. The residual stacks carry them on. The known part is
        read only in items that have one."""
        c = self.given(given)
        if known is not None and known.any():
            partly_known = known.flatten(1).any(1).nonzero()[:, 0]
            known_features = known[partly_known].repeat_interleave(self.read.width, 1)
            maps = torch.cat([z[partly_known] * known_features, known_features[:, :1].to(z.dtype)], 1)
            encoded = self.known_encoder(maps).to(c.dtype)
            c = c.expand(-1, -1, *z.shape[2:]).index_add(0, partly_known, encoded)
        return c.chunk(2, 1)

    @torch.inference_mode()
    def walk(
        self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0
    ) -> Iterator[tuple[tuple, Tensor]]:
        """Yields ((c, i, j), parameters (B, outputs)) in raster order; the caller writes x[:, c, i, j] before it
        continues.

        The numbers are those of `forward`, at the cost of about one pass in all: the vertical stack is computed once a
        row, the horizontal one once a pixel, as one product a layer on a window of the row so far.

        Args:
            x: (B, ...) input.
            given: (B, G) conditions of the items.
            known: bool like x, True where a number is known.
            order: Number of the order in which the items are written.
        """
        b, channels, height, wide = x.shape
        channels, size = channels * self.read.width, self.read.width
        condition = self._condition(self.read(x), given, known)
        to_v, to_h = (c.expand(-1, -1, height, wide) for c in condition)
        zeros = partial(torch.zeros, device=x.device)
        above = zeros(b, channels + 1, self.first_v.kernel_size[0], wide)  # the rows of inputs above this one
        past = [zeros(b, layer.vertical.in_channels, layer.vertical.kernel_size[0] - 1, wide) for layer in self.layers]
        inputs, first = RowBuffer(self.first_h, b, wide), self.first_h.matrix()
        for slot in inputs.slots:
            slot[:, channels] = 1
        lines = [RowBuffer(layer.horizontal, b, wide) for layer in self.layers]
        matrices = [(layer.horizontal.matrix(), layer.out.weight[:, :, 0, 0].T.contiguous()) for layer in self.layers]
        memories = [Memory(look, b, x.device) for look in self.looks]
        h = zeros(b, self.first_h.out_channels)  # output of the last layer at one pixel
        nexts = [line.slots for line in lines[1:]] + [[h] * wide]
        for i in range(height):
            v = self.first_v.row(above) + to_v[:, :, i : i + 1]
            begin = per_pixel(to_h[:, :, i] + self.first_h.bias[:, None])
            starts = []
            for n, layer in enumerate(self.layers):
                rows = torch.cat([past[n], v], 2)
                v, past[n] = v + gated(layer.vertical.row(rows)), rows[:, :, 1:]
                starts.append(per_pixel(layer.down(v)[:, :, 0] + layer.horizontal.bias[:, None]))
            for j in range(wide):
                torch.addmm(begin[j], inputs.windows[j], first, out=lines[0].slots[j])
                for n, (start, line, (matrix, out), next_part) in enumerate(zip(starts, lines, matrices, nexts)):
                    gate = gated(torch.addmm(start[j], line.windows[j], matrix))
                    torch.addmm(line.slots[j], gate, out, out=next_part[j])
                    look = self._look(n)
                    if look is not None:
                        next_part[j].copy_(look.step(next_part[j], memories[n // self.every]))
                z = inputs.slots[j][:, :channels]
                for k in range(self.channels):
                    yield (k, i, j), self._outputs(h, z, k)
                    z[:, k * size : (k + 1) * size] = self.read(x[:, k : k + 1, i, j])
            above = torch.cat([above[:, :, 1:], torch.stack(inputs.slots, 2)[:, :, None]], 2)


class RowBuffer:
    """A buffer of the row so far for a `PixelsLeft` convolution. Pixel j is written to slots[j] (B, inputs), and its
    output is a product with windows[j] (B, wide * inputs). Both are views of one tensor with zeros in front.

    Args:
        batch: Number of items.
    """

    def __init__(self, conv: PixelsLeft, batch: int, wide: int):
        size, reach, pad = conv.in_channels, conv.kernel_size[1], conv.padding[1]
        flat = conv.weight.new_zeros(batch, (pad + wide) * size)
        self.slots = [flat[:, (pad + j) * size : (pad + j + 1) * size] for j in range(wide)]
        self.windows = [flat[:, j * size : (j + reach) * size] for j in range(wide)]


def per_pixel(row: Tensor) -> tuple[Tensor, ...]:
    """Splits a row (B, width, W) into W tensors (B, width)."""
    return row.permute(2, 0, 1).contiguous().unbind(0)
