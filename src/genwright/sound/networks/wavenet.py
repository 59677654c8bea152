"""WaveNet (van den Oord et al. 2016): sound sample by sample, by dilated causal convolutions.

    h_0 = embedding of the sample before + a linear map of the last 32 as numbers + what a clock says
    a, b = W_old h_{t - d} + W_new h_t + V given,   z = tanh(a) sigmoid(b),   h + W z goes to the next layer

Each layer looks twice as far back as the one before it (d = 1, 2, 4, ..); what is said of a sample comes from the z of
all layers and the last h. Before a clip everything is zero, in training as in a walk, whose only state is what each
layer saw in its last d places (Paine et al. 2016). A word is longer than what the layers see, so without a clock
nothing says which part of it comes next, nor when it is over.
"""

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.spec import Spec
from ...distributions.logit_masks import Endings
from ...networks.conditioning import GivenVector
from ...networks.mlp import FourierFeatures

TAPS = 32  # samples that the first layer of a network of sound sees as numbers, on the scale of mu-law
WAVES = 32  # numbers that tell the time


class DilatedLayer(nn.Module):
    """A gated convolution of two taps, `dilation` positions apart. h: (B, P, width).

    Args:
        width: Features of a layer.
    """

    def __init__(self, width: int, given: int, dilation: int):
        super().__init__()
        self.dilation = dilation
        self.taps = nn.Linear(2 * width, 2 * width)
        self.given = nn.Linear(given, 2 * width, bias=False)
        self.out = nn.Linear(width, width)

    def forward(self, h: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        """Computes the features that the next layer reads, and the skip output z, both like h.

        Args:
            h: Features of the items.
            given: (B, 1, G).
        """
        old = F.pad(h, (0, 0, self.dilation, 0))[:, : h.shape[1]]
        return self.gated(h, old, self.given(given))

    def gated(self, h: Tensor, old: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        a, b = (self.taps(torch.cat([old, h], -1)) + given).chunk(2, -1)
        z = a.tanh() * b.sigmoid()
        return h + self.out(z), z


class PositionWaves(nn.Module):
    """Embeds positions of a line of `length`, int64 (...), as (..., width), by waves of periods from `reach` to 2 pi
    `length` positions."""

    def __init__(self, length: int, reach: int, width: int):
        super().__init__()
        self.length = length
        self.waves = FourierFeatures(WAVES, highest=max(1.0, 2 * math.pi * length / reach))
        self.read = nn.Linear(WAVES, width, bias=False)

    def forward(self, place: Tensor) -> Tensor:
        return self.read(self.waves(place.flatten() / self.length)).view(*place.shape, -1)


class WaveNet(nn.Module):
    """A network of sound: logits of p(x_t | x_<t, given) for every position t of a clip that ends.

    Args:
        spec: one leaf of shape (T,) that ends, an Ordered of 256 levels of mu-law, or a Category, of codes of sound.
        given: of the conditioning variables.
        width: features of a place.
        depth: layers, of dilations 1, 2, .., 2^(depth - 1).
        head: features between the layers and the logits.
        taps: samples before a place that are seen as numbers; 0 for codes.
        clock: places know how far from the beginning they are, by waves of the longest clip to the layers' reach.
    """

    orders = 1  # forwards in time

    def __init__(
        self, spec: Spec, given: Spec, width: int, depth: int, head: int, taps: int = TAPS, clock: bool = False
    ):
        super().__init__()
        self.leaf = spec.leaf
        self.levels = nn.Embedding(self.leaf.k, width)  # the vector of END stands before the first sample as well
        self.taps = taps
        self.recent = nn.Linear(taps, width, bias=False) if taps else None
        self.given = GivenVector(given, width)
        self.layers = nn.ModuleList(DilatedLayer(width, width, 2**i) for i in range(depth))
        self.joined = nn.Linear((depth + 1) * width, head)
        self.hidden = nn.Linear(head, head)
        self.out = nn.Linear(head, self.leaf.k)
        heights = torch.cat([torch.linspace(-1, 1, self.leaf.levels), torch.zeros(self.leaf.k - self.leaf.levels)])
        self.register_buffer("heights", heights, False)
        self.clock = PositionWaves(spec.shape[0], self.reach, width) if clock else None

    @property
    def reach(self) -> int:
        """The number of samples before a position that its logits depend on."""
        return max(self.taps, 1) + sum(layer.dilation for layer in self.layers)

    def forward(self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0) -> Tensor:
        """Computes logits (B, T, k) of every code, given the codes before it.

        Args:
            x: (B, T) codes.
            given: (B, G) conditions.
            known: bool like x, True for beginnings. None for none.
            order: Unused, for one order alone.
        """
        return self.params_at(x, given, torch.arange(x.shape[1], device=x.device).expand(x.shape), known)

    def params_at(self, x: Tensor, given: Tensor, place: Tensor, known: Tensor | None = None) -> Tensor:
        """Computes logits (B, P, k) at some consecutive positions (B, P). Those from `reach` positions after the first
        on equal `forward`, and all do where the first is 0.

        Args:
            x: (B, T) codes.
            given: (B, G) conditions.
            place: (B, P) int64 positions.
            known: bool like x, or None.
        """
        x = x.long()
        previous = x.gather(1, (place - 1).clamp(0, x.shape[1] - 1)).masked_fill(place == 0, self.leaf.end)
        h = self.levels(previous)
        if self.taps:
            h = h + self.recent(F.pad(self.heights[previous], (self.taps - 1, 0)).unfold(1, self.taps, 1))
        if self.clock:
            h = h + self.clock(place)
        condition, skips = self.given(given)[:, None], []
        for layer in self.layers:
            h, z = layer(h, condition)
            skips.append(z)
        return Endings.from_leaf(self.leaf, x, known).masked(self._logits([*skips, h]), previous, place)

    def _logits(self, skips: list[Tensor]) -> Tensor:
        return self.out(F.silu(self.hidden(F.silu(self.joined(torch.cat(skips, -1))))))

    @torch.no_grad()
    def walk(
        self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0
    ) -> Iterator[tuple[tuple, Tensor]]:
        """Yields ((t,), logits (B, k)) from the first position on; the caller writes x[:, t] before it continues. The
        numbers are those of `forward`, at the cost of about one pass in all. Ends when every clip has, with PAD in what
        is left of x.

        Args:
            x: (B, ...) input.
            given: (B, G) conditions of the items.
            known: bool like x, True where a number is known.
            order: Number of the order in which the items are written.
        """
        batch, length = x.shape
        endings, vector = Endings.from_leaf(self.leaf, x, known), self.given(given)
        conditions = [layer.given(vector) for layer in self.layers]
        states = [vector.new_zeros(layer.dilation, batch, vector.shape[1]) for layer in self.layers]
        recent = vector.new_zeros(batch, self.taps)
        previous = torch.full((batch,), self.leaf.end, device=x.device)
        for t in range(length):
            h, skips, place = self.levels(previous), [], torch.tensor([t], device=x.device)
            if self.taps:
                recent = torch.cat([recent[:, 1:], self.heights[previous][:, None]], 1)
                h = h + self.recent(recent)
            if self.clock:
                h = h + self.clock(place)
            for layer, state, condition in zip(self.layers, states, conditions):
                old = state[t % layer.dilation].clone()
                state[t % layer.dilation] = h
                h, z = layer.gated(h, old, condition)
                skips.append(z)
            yield (t,), endings.masked(self._logits([*skips, h])[:, None], previous[:, None], place)[:, 0]
            previous = x[:, t].long()
            if (previous >= self.leaf.end).all():
                x[:, t + 1 :] = self.leaf.pad
                return
