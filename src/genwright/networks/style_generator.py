"""A generator of images whose layers are scaled by styles (Karras 2019; modulated convolutions of Karras 2020)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from ..distributions.coordinates import Array
from .conditioning import GivenVector, known_maps
from .generator import FINE, FinePixels
from .towers import halvings, into_patches

PACE = 10.0  # times that the map from latents to styles learns slower
CONDITION_SIZE = 0.7  # size of what is given beside the latent's, so that neither drowns the other
DEPTH = 4  # layers of the map from latents to styles
SLOPE = 0.2  # of the leaky rectifiers below 0
GAIN = 2**0.5  # keeps the size of what they pass


def keeping_size(linear: nn.Linear, bias: float = 0.0) -> nn.Linear:
    """With weights that hand on the size of what they see, so that styles vary with z from the start."""
    nn.init.normal_(linear.weight, std=linear.in_features**-0.5)
    nn.init.constant_(linear.bias, bias)
    return linear


class SlowLinear(nn.Module):
    """A linear layer whose weights are kept `PACE` times as large as they are used, so that they learn as much slower
    (Karras 2019, section 2: the map from latents to styles)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) * PACE)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = inputs**-0.5 / PACE

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * self.scale, self.bias / PACE)


def unit_size(x: Tensor) -> Tensor:
    """Rows (B, W) of mean square 1."""
    return x * (x.square().mean(1, keepdim=True) + 1e-8).rsqrt()


class ModulatedConv(nn.Module):
    """Convolution whose input channels are scaled by a style and whose output channels are scaled back to unit size
    (Karras 2020, equations 1 and 3): (B, inputs, H, W), (B, width) -> (B, outputs, H, W). normed: whether they are."""

    def __init__(self, inputs: int, outputs: int, width: int, kernel: int = 3, normed: bool = True):
        super().__init__()
        self.normed, self.pad = normed, kernel // 2
        self.scale = keeping_size(nn.Linear(width, inputs), 1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel) / (inputs * kernel**2) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(outputs, 1, 1))

    def forward(self, h: Tensor, style: Tensor) -> Tensor:
        scale = self.scale(style)
        h = F.conv2d(h * scale[:, :, None, None], self.weight, padding=self.pad)
        if self.normed:
            sizes = (scale.square() @ self.weight.square().sum((2, 3)).T + 1e-8).rsqrt()
            h = h * sizes[:, :, None, None]
        return h + self.bias


class StyledLayer(nn.Module):
    """Modulated convolution, noise of a learned strength, leaky rectifier."""

    def __init__(self, inputs: int, outputs: int, width: int):
        super().__init__()
        self.conv = ModulatedConv(inputs, outputs, width)
        self.strength = nn.Parameter(torch.zeros(outputs, 1, 1))

    def forward(self, h: Tensor, style: Tensor, noise: Tensor) -> Tensor:
        """noise: (B, H, W)."""
        return GAIN * F.leaky_relu(self.conv(h, style) + self.strength * noise[:, None], SLOPE)


class StyleGenerator(nn.Module):
    """z: (B, latents) -> (B, C, H, W), in [-1, 1] where the image has levels, else any real numbers.

    The first `codes` numbers of z become the style, the others are the noise, one map a size of the image from at
    most 4 x 4 on. The known part enters the style, and joins the maps at full size. patch: side of what is drawn as one
    position. latents, layers: numbers of z, and layers that take a style.
    """

    def __init__(self, spec: Spec, given: Spec, codes: int, channels: int, width: int, patch: int = 1):
        super().__init__()
        self.shape, self.bounded, self.view, self.patch = spec.shape, spec.leaf.discrete, Array(spec), patch
        height, side = (-(-size // patch) for size in spec.shape[1:])
        outputs, shown, times = spec.shape[0], (spec.shape[0] + 1) * patch**2, halvings(height, side)
        coarse = -(-height // 2**times), -(-side // 2**times)
        self.size = height, side
        self.sizes = [(coarse[0] * 2**k, coarse[1] * 2**k) for k in range(times + 1)]
        self.codes, self.layers = codes, 2 * times + 3
        self.latents = codes + sum(a * b for a, b in self.sizes)
        self.given = GivenVector(given, width)
        self.known = nn.Linear(shown * height * side, width, bias=False)
        sizes = [codes + width, *[width] * DEPTH]
        self.mapping = nn.ModuleList(SlowLinear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.start = nn.Parameter(torch.randn(1, channels, *coarse))
        self.grow = nn.ModuleList(StyledLayer(channels, channels, width) for _ in range(2 * times + 1))
        self.last = ModulatedConv(channels + shown, channels, width)
        self.out = ModulatedConv(channels, outputs if patch == 1 else FINE, width, 1, normed=False)
        self.fine = FinePixels(outputs, patch) if patch > 1 else nn.Identity()

    def forward(self, z: Tensor, x: Tensor, known: Tensor, given: Tensor) -> Tensor:
        style = self.style(z, given, (x, known))
        return self.drawn(style[:, None].expand(-1, self.layers, -1), z, x, known)

    def style(self, z: Tensor, given: Tensor, part: tuple[Tensor, Tensor] | None) -> Tensor:
        """(B, width). part: x and its mask, None where nothing is known."""
        c = self.given(given)
        if part is not None:
            c = c + self.known(self._known_patches(*part).flatten(1))
        told = CONDITION_SIZE * (self.codes / c.shape[1]) ** 0.5 * unit_size(c)
        h = unit_size(torch.cat([unit_size(z[:, : self.codes]), told], 1))
        for layer in self.mapping:
            h = GAIN * F.leaky_relu(layer(h), SLOPE)
        return h

    def crossed(self, coarse: Tensor, fine: Tensor, layers: int | Tensor) -> Tensor:
        """Two styles (B, width) -> (B, layers, width): `coarse` in the first `layers` of them, a number each or all."""
        first = torch.arange(self.layers, device=coarse.device) < layers
        return torch.where(first.expand(len(coarse), -1)[..., None], coarse[:, None], fine[:, None])

    def drawn(self, styles: Tensor, z: Tensor, x: Tensor, known: Tensor) -> Tensor:
        """styles: (B, layers, width); of z the noise alone."""
        maps = z[:, self.codes :].split([a * b for a, b in self.sizes], 1)
        noise = [part.unflatten(1, size) for part, size in zip(maps, self.sizes)]
        h = self.grow[0](self.start.expand(len(z), -1, -1, -1), styles[:, 0], noise[0])
        for k in range(1, len(self.sizes)):
            h = F.interpolate(h, scale_factor=2, mode="bilinear")
            for at in (2 * k - 1, 2 * k):
                h = self.grow[at](h, styles[:, at], noise[k])
        h = torch.cat([h[:, :, : self.size[0], : self.size[1]], self._known_patches(x, known)], 1)
        h = GAIN * F.leaky_relu(self.last(h, styles[:, -2]), SLOPE)
        out = self.fine(self.out(h, styles[:, -1]))[:, :, : self.shape[1], : self.shape[2]]
        return out.tanh() if self.bounded else out

    def _known_patches(self, x: Tensor, known: Tensor) -> Tensor:
        return into_patches(known_maps(self.view.centre(x), known), self.patch)
