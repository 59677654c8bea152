"""Images: the networks that several families put together, with their hyperparameters, and the choice of a preset."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from math import lcm

from torch import nn

from ...core.errors import DataError
from ...core.hyper import Hyper, one_of, real, whole
from ...core.recipe import Trained
from ...core.spec import Spec
from ...distributions.heads import observation_head
from ...networks.adapters import Velocity
from ...networks.codecs import GridDecoder, GridEncoder
from ...networks.conditioning import has_tokens
from ...networks.dense import Dense
from ...networks.diffusion_transformer import PictureTransformer
from ...networks.towers import TowerBody
from ...networks.unet import PictureUNet
from .. import fields
from ..card import On

MOST_ENTRIES = 2**20  # largest codebook: the prior has an output for each
OF_CODEC = ("latents", "channels", "depth", "halvings", "mixture", "beta", "share", "patch", "entries")  # alone
TINY_UNET = dict(width=8, blocks=1, dropout=0.0, batch=64)
LARGE_UNET = dict(width=64, blocks=1, patch=2, dropout=0.0, batch=64)


def choose(presets: Mapping[str, Hyper], spec: Spec, given: Spec, items: int) -> str:
    """Chooses a preset: "small" up to 16 x 16 pixels, and "large" beyond. Some families have "captioned" for larger
    images with a text, "huge" beyond 32 x 32, and "photographs" beyond 64 x 64; "photographs-256" beyond 128 x 128."""
    side = max(spec.shape[1:])
    if side > 64 and "photographs" in presets:
        return "photographs" if side <= 128 else "photographs-256"
    if side > 16 and "captioned" in presets and has_tokens(given):
        return "captioned"
    if side > 32 and "huge" in presets:
        return "huge"
    return "small" if side <= 16 else "large"


Reading = partial(On, choose=choose)  # the networks look at images that are given
Blind = partial(Reading, conditional="no image")


@dataclass(frozen=True)
class Coded(Trained):
    """Hyperparameters of families with one latent vector for an image: its size, and the network around it."""

    latents: int = fields.latents(16)
    channels: int = fields.units(32, "channels of all maps, a multiple of 8, or units of a dense layer")
    dropout: float = fields.dropout(0.0)
    network: str = one_of("towers", "dense", says="convolutions that halve the image, or layers of all pixels")
    depth: int = fields.layers(0, "hidden layers of the dense network", least=0)
    weight_decay: float = 0.05

    patch, masked, observation, sd = 1, True, "automatic", 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.network == "towers":
            fields.require_groups(self, "channels")

    def body(self, spec: Spec, given: Spec) -> Dense | TowerBody:
        if self.network == "dense":
            return Dense(spec, self.channels, self.depth, self.channels if given.columns else 0, self.masked)
        return TowerBody(spec, self.channels, self.dropout, self.patch)

    def head(self, spec: Spec) -> nn.Module | None:
        """Builds the head of p(x | z)."""
        return observation_head(spec, self.observation, self.mixture, self.sd)


@dataclass(frozen=True)
class OfUNet(Trained):
    """Hyperparameters of families that remove noise by a U-Net."""

    lr: float = 2e-3
    weight_decay: float = 0.01
    width: int = fields.units(32, "channels of the fine level, a multiple of 8; the coarse level has twice as many")
    blocks: int = fields.layers(2, "residual blocks of each level, down and up")
    dropout: float = fields.dropout(0.1)

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_groups(self, "width")

    def velocity(self, spec: Spec, given: Spec, patch: int | None = None) -> Velocity:
        """Builds the velocity network over a U-Net.

        Args:
            spec: The images.
            given: Conditioning variables.
            patch: Side of a patch in pixels. Default: None, the field of that name.
        """
        return Velocity(self.unet(spec, given, patch or self.patch), given)

    def unet(self, spec: Spec, given: Spec, patch: int) -> PictureUNet:
        return PictureUNet(spec, self.width, self.blocks, patch, self.dropout, given)


@dataclass(frozen=True)
class OfMatching(OfUNet):
    """Hyperparameters of flow matching, of pixels and of codes."""

    sampling_steps: int = fields.sampling_steps(20, least=2)
    density_steps: int = fields.density_steps(8)
    heads: int = whole(
        0, least=0, most=256, says="heads of a transformer of `blocks` layers, 0 for the U-Net; Peebles & Xie 2023"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.heads:
            fields.require_multiple(self, "width", lcm(8, self.heads), f"of 8 and of heads = {self.heads}")

    def velocity(self, spec: Spec, given: Spec, patch: int | None = None) -> Velocity:
        if not self.heads:
            return super().velocity(spec, given, patch)
        return Velocity(self.transformer(spec, given, patch or self.patch), given)

    def transformer(self, spec: Spec, given: Spec, patch: int) -> PictureTransformer:
        return PictureTransformer(spec, self.width, self.blocks, self.heads, patch, self.dropout, given)


@dataclass(frozen=True)
class OfCodec(Trained):
    """Hyperparameters of families that learn a codec, and then a prior of its codes."""

    batch: int = 64
    lr: float = 2e-3
    latents: int = fields.units(16, "numbers of a code, at each position of its grid")
    channels: int = fields.units(32, "channels of the codec, a multiple of 8")
    depth: int = fields.layers(2, "residual blocks of encoder and of decoder")
    halvings: int = whole(1, least=1, most=10, says="times that the codec halves the sides of an image")
    mixture: int = fields.mixture(5)
    beta: float = real(0.25, least=0.0, says="weight of what codes cost in the loss of the codec")
    share: float = fields.share(0.5)
    patch: int = whole(1, least=1, most=8, says="side, in pixels, of what the codec reads as one position")

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_groups(self, "channels")
        if self.patch not in (powers := [2**k for k in range(self.halvings + 1)]):
            raise DataError(f"patch = {self.patch} must be one of {', '.join(map(str, powers))} by halvings")

    def sides(self, spec: Spec, outputs: int, width: int, size: int) -> tuple[GridEncoder, GridDecoder]:
        """Builds the encoder to `outputs` numbers at each position, and the decoder from `width` of them to a head of
        `size`."""
        encoder = GridEncoder(spec, self.channels, self.depth, outputs, self.halvings, self.patch)
        return encoder, GridDecoder(spec, self.channels, self.depth, width, self.halvings, size, self.patch)
