"""Layers over places in order: attention and what goes with it, all places at once (`layer_walk`: one after another).

Norms stand before each part (Xiong 2020), and positions are rotations of queries and keys (Su 2021). Two options are
those of So et al. 2021 (Primer): `taps`, a depthwise convolution over the places before this one, and a squared
rectifier.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

BASE = 10_000.0  # of the wavelengths of positions


def angles(length: int, size: int) -> Tensor:
    """(2, length, size / 2): cosines and sines of the angles by which pairs of numbers turn at each place."""
    pace = BASE ** (-torch.arange(size // 2) * 2 / size)
    angle = torch.arange(length)[:, None] * pace
    return torch.stack([angle.cos(), angle.sin()])


def apply_rotary(x: Tensor, turns: Tensor) -> Tensor:
    """x: (B, heads, P, D), each pair of its numbers rotated by the `angles` of its place, (2, P, D / 2)."""
    (a, b), (cos, sin) = x.chunk(2, -1), turns.to(x.dtype)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


def attention(query: Tensor, key: Tensor, value: Tensor, causal: bool, bias: Tensor | None = None) -> Tensor:
    """(B, heads, P, D) each -> (B, heads, P, D). bias: (B, P, P), added to what each place makes of each other one, in
    the place of `causal`.

    bfloat16 on a processor goes through plain products, which are three to six times as fast there as torch's fused
    attention at windows of 64 to 512; float32 is as fast in either.
    """
    if query.dtype != torch.bfloat16 or query.device.type != "cpu":
        mask = None if bias is None else bias[:, None].to(query.dtype)
        return F.scaled_dot_product_attention(query, key, value, mask, is_causal=causal and bias is None)
    shape, places = query.shape, query.shape[2]
    if bias is not None:
        ahead = bias.to(query.dtype).repeat_interleave(shape[1], 0)
    else:
        ahead = query.new_full((places, places), -torch.inf).triu(1) if causal else query.new_zeros(())
    query, key, value = (part.flatten(0, 1) for part in (query, key, value))
    scores = torch.baddbmm(ahead, query, key.transpose(1, 2), alpha=shape[3] ** -0.5)
    return torch.bmm(scores.softmax(-1), value).view(shape)


class Taps(nn.Module):
    """Each feature mixed with itself at `count` places: this one and those before it, or around it where it is not
    causal. (B, P, width) -> (B, P, width), at first unchanged."""

    def __init__(self, count: int, width: int, causal: bool):
        super().__init__()
        self.after = 0 if causal else (count - 1) // 2
        self.before = count - 1 - self.after
        self.weight = nn.Parameter(torch.zeros(count, width))
        nn.init.ones_(self.weight[self.before])

    def forward(self, x: Tensor) -> Tensor:
        picture = F.pad(x, (0, 0, self.before, self.after)).transpose(1, 2)[:, :, None]  # one pixel high, channels last
        mixed = F.conv2d(picture, self.weight.t()[:, None, None], groups=x.shape[2])
        return mixed[:, :, 0].transpose(1, 2)


class Layer(nn.Module):
    """h + attention(norm(h)), then h + mlp(norm(h)). h: (B, P, width); width / heads is even.

    taps: places that the depthwise convolution before attention sees; none for 0. squared: rectifiers are squared ones
    in the place of GELUs.
    """

    def __init__(
        self, width: int, heads: int, dropout: float, causal: bool = True, taps: int = 0, squared: bool = False
    ):
        super().__init__()
        self.heads, self.causal = heads, causal
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.taps = Taps(taps, width, causal) if taps else None
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), SquaredReLU() if squared else nn.GELU(), nn.Linear(4 * width, width)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, h: Tensor, turns: Tensor, bias: Tensor | None = None) -> Tensor:
        """turns: the `angles` of the places. bias: as of `attention`."""
        seen = self.norms[0](h)
        seen = seen if self.taps is None else self.taps(seen)
        split = self.qkv(seen).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        query, key, value = apply_rotary(split[0], turns), apply_rotary(split[1], turns), split[2]
        found = attention(query, key, value, self.causal, bias)
        h = h + self.dropout(self.out(found.transpose(1, 2).flatten(2)))
        return h + self.dropout(self.mlp(self.norms[1](h)))


class SquaredReLU(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x).square()
