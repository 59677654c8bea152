"""Images, a codec and then priors of its codes: their hyperparameters, and how they are put together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from torch import nn

from ...core.errors import DataError
from ...core.hyper import flag, real, whole, wholes
from ...core.limits import MOST_LAYERS, MOST_WIDTH
from ...core.recipe import Recipe, Trained
from ...core.spec import Spec
from ...distributions.heads import Categorical, head_for
from ...families.autoregressive.autoregressive import Autoregressive
from ...families.two_stage.hierarchical_codec import HierarchicalCodec
from ...families.two_stage.quantisers.finite_scalar import FiniteScalar
from ...families.two_stage.quantisers.gradients import rotated, straight_through
from ...families.two_stage.quantisers.nearest import Codebook
from ...families.two_stage.quantisers.residual import Residual
from ...families.two_stage.quantized import VQCodec
from ...families.two_stage.two_stage import TwoStage, given_of, latent
from ...networks.masked_conv import GatedPixelCNN
from ...networks.picture_codec import GridDecoder, GridEncoder, GridLevels, grid
from ...networks.raster_transformer import RasterTransformer
from .. import fields

MOST_ENTRIES = 2**20  # of a codebook: the prior has an output for each
OF_CODEC = ("latents", "channels", "depth", "halvings", "mixture", "beta", "share", "patch", "entries")  # alone


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
    patch: int = whole(1, least=1, most=2, says="side, in pixels, of what the codec reads as one position")

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_groups(self, "channels")

    def sides(self, spec: Spec, outputs: int, width: int, size: int) -> tuple[GridEncoder, GridDecoder]:
        """Encoder to `outputs` numbers at each position, and decoder from `width` of them to a head of `size`."""
        encoder = GridEncoder(spec, self.channels, self.depth, outputs, self.halvings, self.patch)
        return encoder, GridDecoder(spec, self.channels, self.depth, width, self.halvings, size, self.patch)


@dataclass(frozen=True)
class OfDiscreteCodes(OfCodec):
    """Hyperparameters of families with discrete codes, of codebooks or rounded; van den Oord 2017."""

    weight_decay: float = 0.05
    entries: int = whole(64, least=2, most=MOST_ENTRIES, says="entries of a codebook; van den Oord 2017")
    books: int = whole(1, least=1, most=64, says="codebooks, each of what the ones before it leave; Lee 2022")
    finite: tuple[int, ...] = wholes(
        (),
        least=2,
        most=MOST_ENTRIES,
        fewest=0,
        says="levels of each number of a code, rounded without a codebook; [] for codebooks; Mentzer 2023",
    )
    rotation: bool = flag(False, says="gradients are rotated on their way through the codebook, not copied; Fifty 2024")
    width: int = fields.units(48, "channels of the prior of codes, a gated PixelCNN")
    layers: int = fields.layers(5, "layers of the prior")
    embedding: int = whole(
        0, least=0, most=MOST_WIDTH, says="numbers that the prior reads a code as, 0 for its index on a scale"
    )
    attention: int = whole(
        0,
        least=0,
        most=MOST_LAYERS,
        says="layers of the prior between looks back at all earlier codes, 0 for none; Chen 2018",
    )
    dropout: float = fields.dropout(0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if (entries := prod(self.finite)) > MOST_ENTRIES:
            raise DataError(
                f"finite = {list(self.finite)} has {entries:,} combinations, and at most {MOST_ENTRIES:,} are taken: "
                "give fewer or smaller levels"
            )

    def quantiser(self) -> nn.Module:
        if self.finite:
            return FiniteScalar(self.finite)
        passed = rotated if self.rotation else straight_through
        if self.books > 1:
            return Residual(self.books, self.entries, self.latents, passed)
        return Codebook(self.entries, self.latents, passed)

    def prior(self, given: Spec, codec: nn.Module, level: int, attention: int) -> Autoregressive:
        spec, given = latent(codec, level), given_of(given, codec, level)
        network = self.network(spec, given, attention)
        return Autoregressive(spec, given, network, Categorical(spec.leaf.k), known_share=0.15)

    def network(self, spec: Spec, given: Spec, attention: int) -> nn.Module:
        """The network of one latent's prior, here a gated PixelCNN."""
        reads = dict(dropout=self.dropout, embedding=self.embedding, attention=attention)
        return GatedPixelCNN(spec, given, spec.leaf.k, self.width, self.layers, **reads)


@dataclass(frozen=True)
class VQVAEHyper(OfDiscreteCodes):
    """van den Oord 2017."""

    heads: int = whole(
        0, least=0, most=256, says="heads of a transformer as the prior, 0 for the gated PixelCNN; Esser 2021"
    )

    of_codec = (*OF_CODEC, "books", "finite", "rotation")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.heads:
            fields.require_multiple(self, "width", 2 * self.heads, f"twice heads = {self.heads}")

    def codec(self, spec: Spec) -> VQCodec:
        head, quantiser = head_for(spec, self.mixture), self.quantiser()
        sides = self.sides(spec, quantiser.width, quantiser.width, head.size)
        return VQCodec(*sides, head, quantiser, grid(spec, self.halvings), self.beta)

    def network(self, spec: Spec, given: Spec, attention: int) -> nn.Module:
        if self.heads:
            return RasterTransformer(spec, given, self.width, self.heads, self.layers, self.dropout)
        return super().network(spec, given, attention)


@dataclass(frozen=True)
class VQVAE2Hyper(OfDiscreteCodes):
    """Razavi 2019. attention: of the coarsest level's prior; the others see all that is above them instead."""

    layers: int = 6
    levels: int = whole(2, least=2, most=8, says="grids of codes; the finest is halved `halvings` times, others more")
    share: float = 0.4


TINY = dict(entries=16, latents=4, channels=8, depth=1, mixture=2, width=8, layers=2, embedding=4, lr=1e-2)
SMALL = dict(embedding=16, dropout=0.5)
LARGE = dict(entries=256, channels=64, width=64, layers=6, embedding=32, batch=32, weight_decay=0.01, patch=2)
VQ = VQVAEHyper(**LARGE, halvings=2, dropout=0.1, share=0.4)
VQ2 = VQVAE2Hyper(**LARGE, attention=2, share=0.3)
QUANTISERS = {"fsq": {"finite": (8, 6, 5)}, "residual": {"books": 2, "entries": 16}, "rotation": {"rotation": True}}
PRIORS = {"snail": {"attention": 2}, "transformer": {"heads": 4, "width": 128, "layers": 4}}
PRESETS = {
    "vq-vae": {
        "tiny": VQVAEHyper(**TINY, batch=32, weight_decay=0.0),
        "small": VQVAEHyper(**SMALL),
        "large": VQ,
    }
    | {name: replace(VQ, **values) for name, values in (QUANTISERS | PRIORS).items()},
    "vq-vae-2": {
        "tiny": VQVAE2Hyper(**TINY, attention=2, batch=16, weight_decay=0.0),
        "small": VQVAE2Hyper(**SMALL, attention=2),
        "large": VQ2,
    }
    | {name: replace(VQ2, **values) for name, values in QUANTISERS.items()},
}


def vq_vae(spec: Spec, given: Spec, hyper: VQVAEHyper, codec: VQCodec | None = None) -> Recipe:
    """codec: one that is trained already."""
    codec, share = (codec, 0.0) if codec else (hyper.codec(spec), hyper.share)
    prior = hyper.prior(given, codec, 0, hyper.attention)
    return hyper.recipe(TwoStage(spec, given, codec, [prior], share))


def vq_vae_2(spec: Spec, given: Spec, hyper: VQVAE2Hyper) -> Recipe:
    head, quantisers = head_for(spec, hyper.mixture), [hyper.quantiser() for _ in range(hyper.levels)]
    widths = [quantiser.width for quantiser in quantisers]
    sizes = widths, hyper.halvings, head.size, hyper.patch
    networks = GridLevels(spec, hyper.channels, hyper.depth, *sizes)
    codec = HierarchicalCodec(networks, head, quantisers, networks.grids, hyper.beta)
    looks = [hyper.attention] + [0] * (hyper.levels - 1)
    priors = [hyper.prior(given, codec, level, attention) for level, attention in enumerate(looks)]
    return hyper.recipe(TwoStage(spec, given, codec, priors, hyper.share))
