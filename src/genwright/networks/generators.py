"""Generators z -> coordinates of an item, for images and for rows. All see the given variables (B, G) and the known
part: x: (B, *shape) in the units of the Spec, looked at where `known`, bool like x.

The layers of `StyleGenerator` are scaled by styles (Karras 2019; modulated convolutions of Karras 2020).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from ..distributions.coordinates import Array
from .conditioning import ColumnFeatures, GivenVector, known_maps
from .mlp import ResidualMLP
from .towers import ConvBlock, halvings, into_patches

FINE = 16  # maps at the size of the image where it is drawn in patches


class PictureGenerator(nn.Module):
    """A generator of images from latents.

    z: (B, latents) -> (B, C, H, W), in [-1, 1] where the image has levels, else any real numbers.

    Grows from at most 4 x 4. The known part joins at full size, and enters the condition of every layer as one vector.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        latents: Numbers of the latent.
        channels: Channels of the feature maps.
        condition: Numbers of the condition.
        patch: side of what is drawn as one position; an image whose sides are no multiples is cut from a larger
            one.
    """

    def __init__(self, spec: Spec, given: Spec, latents: int, channels: int, condition: int, patch: int = 1):
        super().__init__()
        self.patch = patch
        outputs, height, width = spec.shape[0], *(-(-side // patch) for side in spec.shape[1:])
        shown_channels, times = (spec.shape[0] + 1) * patch**2, halvings(height, width)
        self.shape, self.bounded, self.view = spec.shape, spec.leaf.discrete, Array(spec)
        self.given = GivenVector(given, condition)
        self.known = nn.Linear(shown_channels * height * width, condition)
        self.coarse = (channels, -(-height // 2**times), -(-width // 2**times))
        self.first = nn.Linear(latents + condition, channels * self.coarse[1] * self.coarse[2])
        self.blocks = nn.ModuleList(ConvBlock(channels, condition) for _ in range(times))
        self.last = nn.Conv2d(channels + shown_channels, channels, 3, padding=1)
        self.norm = nn.GroupNorm(8, channels)
        self.out = nn.Conv2d(channels, outputs if patch == 1 else FINE, 3, padding=1)
        self.fine = FinePixels(outputs, patch) if patch > 1 else nn.Identity()

    def forward(self, z: Tensor, x: Tensor, known: Tensor, given: Tensor) -> Tensor:
        known_patches = into_patches(known_maps(self.view.centre(x), known), self.patch)
        height, width = known_patches.shape[2:]
        c = self.given(given) + self.known(known_patches.flatten(1))
        h = self.first(torch.cat([z, c], 1)).unflatten(1, self.coarse)
        for block in self.blocks:
            h = F.interpolate(block(h, c), scale_factor=2, mode="nearest")
        h = self.norm(self.last(torch.cat([h[:, :, :height, :width], known_patches], 1)))
        out = self.fine(self.out(F.silu(h)))[:, :, : self.shape[1], : self.shape[2]]
        return out.tanh() if self.bounded else out


class FinePixels(nn.Module):
    """Enlarges features (B, FINE, h, w) to (B, outputs, h patch, w patch) by interpolation, then two convolutions.

    Weights that differ by the place of a pixel in its patch would show a pattern of patches, which a discriminator
    finds."""

    def __init__(self, outputs: int, patch: int):
        super().__init__()
        self.patch = patch
        self.convs = nn.ModuleList(nn.Conv2d(FINE, to, 3, padding=1) for to in (FINE, outputs))

    def forward(self, h: Tensor) -> Tensor:
        h = F.interpolate(h, scale_factor=self.patch, mode="bilinear")
        for conv in self.convs:
            h = conv(F.silu(h))
        return h


class RowGenerator(nn.Module):
    """A generator of rows (B, D) in Gaussian coordinates from z (B, latents).

    The network reads the signs of z beside z. A continuous map of a connected space cannot leave the gap between
    categories, or modes, empty; signs let it jump.

    Args:
        spec: The columns.
        given: Conditioning variables.
        latents: Numbers in z.
        width: Units of a layer.
        depth: Residual blocks.
        features: Numbers that a column is read as.
    """

    def __init__(self, spec: Spec, given: Spec, latents: int, width: int, depth: int, features: int):
        super().__init__()
        columns = len(spec.columns)
        self.known = ColumnFeatures(spec, features)
        self.given = GivenVector(given, width)
        self.net = ResidualMLP(2 * latents + columns * features, columns, width, depth, width)

    def forward(self, z: Tensor, x: Tensor, known: Tensor, given: Tensor) -> Tensor:
        h = torch.cat([z, z.sign(), self.known.known_features(x, known).flatten(1)], 1)
        return self.net(h, self.given(given))


PACE = 10.0  # times that the map from latents to styles learns slower
CONDITION_SIZE = 0.7  # size of what is given beside the latent's, so that neither drowns the other
DEPTH = 4  # layers of the map from latents to styles
SLOPE = 0.2  # slope of the leaky rectifiers below 0
GAIN = 2**0.5  # keeps the size of what they pass


def init_keeping_size(linear: nn.Linear, bias: float = 0.0) -> nn.Linear:
    """Initialises a linear layer so that it keeps the size of its inputs: styles then vary with z from the start."""
    nn.init.normal_(linear.weight, std=linear.in_features**-0.5)
    nn.init.constant_(linear.bias, bias)
    return linear


class SlowLinear(nn.Module):
    """A linear layer that learns `PACE` times as slowly, since its weights are stored as much larger than they are used
    (Karras 2019, section 2: the map from latents to styles).

    Args:
        inputs: Input features.
        outputs: Output features.
    """

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) * PACE)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = inputs**-0.5 / PACE

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * self.scale, self.bias / PACE)


def unit_size(x: Tensor) -> Tensor:
    """Scales rows (B, W) to mean square 1."""
    return x * (x.square().mean(1, keepdim=True) + 1e-8).rsqrt()


class ModulatedConv(nn.Module):
    """A convolution whose input channels a style scales, and whose output channels are scaled back to unit size (Karras
    2020, equations 1 and 3): (B, inputs, H, W), (B, width) -> (B, outputs, H, W).

    Args:
        inputs: Input features.
        outputs: Output features.
        width: Features of a layer.
        normed: whether they are.
    """

    def __init__(self, inputs: int, outputs: int, width: int, kernel: int = 3, normed: bool = True):
        super().__init__()
        self.normed, self.pad = normed, kernel // 2
        self.scale = init_keeping_size(nn.Linear(width, inputs), 1.0)
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
    """A layer of a style generator: modulated convolution, noise of a learned strength, leaky rectifier.

    Args:
        inputs: Input features.
        outputs: Output features.
        width: Features of a layer.
    """

    def __init__(self, inputs: int, outputs: int, width: int):
        super().__init__()
        self.conv = ModulatedConv(inputs, outputs, width)
        self.strength = nn.Parameter(torch.zeros(outputs, 1, 1))

    def forward(self, h: Tensor, style: Tensor, noise: Tensor) -> Tensor:
        """Computes the layer's output from h under a style, with noise added.

        Args:
            h: (B, C, H, W).
            style: (B, width).
            noise: (B, H, W).
        """
        return GAIN * F.leaky_relu(self.conv(h, style) + self.strength * noise[:, None], SLOPE)


class StyleGenerator(nn.Module):
    """A style-based generator of images (Karras 2019, 2020).

    z: (B, latents) -> (B, C, H, W), in [-1, 1] where the image has levels, else any real numbers.

    The first `codes` numbers of z become the style, the others are the noise, one map a size of the image from at most
    4 x 4 on. The known part enters the style, and joins the maps at full size.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        channels: Channels of the feature maps.
        width: Features of a layer.
        patch: side of what is drawn as one position. latents, layers: numbers of z, and layers that take a style.
    """

    def __init__(self, spec: Spec, given: Spec, codes: int, channels: int, width: int, patch: int = 1):
        super().__init__()
        self.shape, self.bounded, self.view, self.patch = spec.shape, spec.leaf.discrete, Array(spec), patch
        height, side = (-(-size // patch) for size in spec.shape[1:])
        outputs, shown_channels, times = spec.shape[0], (spec.shape[0] + 1) * patch**2, halvings(height, side)
        coarse = -(-height // 2**times), -(-side // 2**times)
        self.size = height, side
        self.sizes = [(coarse[0] * 2**k, coarse[1] * 2**k) for k in range(times + 1)]
        self.codes, self.layers = codes, 2 * times + 3
        self.latents = codes + sum(a * b for a, b in self.sizes)
        self.given = GivenVector(given, width)
        self.known = nn.Linear(shown_channels * height * side, width, bias=False)
        sizes = [codes + width, *[width] * DEPTH]
        self.mapping = nn.ModuleList(SlowLinear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.start = nn.Parameter(torch.randn(1, channels, *coarse))
        self.grow = nn.ModuleList(StyledLayer(channels, channels, width) for _ in range(2 * times + 1))
        self.last = ModulatedConv(channels + shown_channels, channels, width)
        self.out = ModulatedConv(channels, outputs if patch == 1 else FINE, width, 1, normed=False)
        self.fine = FinePixels(outputs, patch) if patch > 1 else nn.Identity()

    def forward(self, z: Tensor, x: Tensor, known: Tensor, given: Tensor) -> Tensor:
        style = self.style(z, given, (x, known))
        return self.render(style[:, None].expand(-1, self.layers, -1), z, x, known)

    def style(self, z: Tensor, given: Tensor, part: tuple[Tensor, Tensor] | None) -> Tensor:
        """Maps z to its style (B, width) under its conditions.

        Args:
            z: (B, latents).
            given: (B, G) conditions.
            part: x and its mask, None where nothing is known.
        """
        c = self.given(given)
        if part is not None:
            c = c + self.known(self._known_patches(*part).flatten(1))
        condition = CONDITION_SIZE * (self.codes / c.shape[1]) ** 0.5 * unit_size(c)
        h = unit_size(torch.cat([unit_size(z[:, : self.codes]), condition], 1))
        for layer in self.mapping:
            h = GAIN * F.leaky_relu(layer(h), SLOPE)
        return h

    def crossed(self, coarse: Tensor, fine: Tensor, layers: int | Tensor) -> Tensor:
        """Crosses two styles: `coarse` in the first `layers` layers, `fine` in the others. Returns (B, layers,
        width).

        Args:
            coarse: (B, width) style.
            fine: (B, width) style.
            layers: number of layers, one for each item or for all.
        """
        first = torch.arange(self.layers, device=coarse.device) < layers
        return torch.where(first.expand(len(coarse), -1)[..., None], coarse[:, None], fine[:, None])

    def render(self, styles: Tensor, z: Tensor, x: Tensor, known: Tensor) -> Tensor:
        """Renders images from styles.

        Args:
            styles: (B, layers, width).
            z: (B, latents), of which the noise alone is read.
            x: Items, read where they are known.
            known: bool like x, None for nothing known.
        """
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
