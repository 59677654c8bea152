"""A codec, and then priors of its codes: VQ-VAE and VQ-VAE-2 of images, whose codes are discrete, and diffusion in real
codes, of images and of points in space.
"""

from dataclasses import dataclass, replace
from math import prod

from torch import nn

from ..core.errors import DataError
from ..core.hyper import flag, real, whole, wholes
from ..core.limits import MOST_LAYERS, MOST_WIDTH
from ..core.recipe import Recipe
from ..core.spec import Spec
from ..distributions.heads import CategoricalHead, DiscretisedNormal, head_for
from ..families.autoregressive.autoregressive import Autoregressive
from ..families.diffusion.flow_matching import FlowMatching
from ..families.diffusion.point_diffusion import PointDiffusion
from ..families.two_stage.latent_point_diffusion import LatentPointDiffusion, PointCodec
from ..families.two_stage.quantized import GaussianCodec, HierarchicalCodec, QuantisedCodec, VQCodec
from ..families.two_stage.two_stage import TwoStage, latent, prior_spec
from ..families.two_stage.vector_quantisers import (
    Codebook,
    FiniteScalar,
    ResidualQuantiser,
    rotate_gradient,
    straight_through,
)
from ..networks.codecs import GridLevels, grid
from ..networks.equivariant.egnn import NoisyLatents, PointMap
from ..networks.masked_conv import GatedPixelCNN
from ..networks.raster_transformer import RasterTransformer
from . import fields
from .bodies import images, points
from .card import Alias, Card


@dataclass(frozen=True)
class OfDiscreteCodes(images.OfCodec):
    """Hyperparameters of families with discrete codes, of codebooks or rounded; van den Oord 2017."""

    weight_decay: float = 0.05
    entries: int = whole(64, least=2, most=images.MOST_ENTRIES, says="entries of a codebook; van den Oord 2017")
    books: int = whole(1, least=1, most=64, says="codebooks, each of what the ones before it leave; Lee 2022")
    finite: tuple[int, ...] = wholes(
        (),
        least=2,
        most=images.MOST_ENTRIES,
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
        if (entries := prod(self.finite)) > images.MOST_ENTRIES:
            raise DataError(
                f"finite = {list(self.finite)} has {entries:,} combinations, and at most {images.MOST_ENTRIES:,} are "
                "taken: give fewer or smaller levels"
            )

    def quantiser(self) -> nn.Module:
        if self.finite:
            return FiniteScalar(self.finite)
        passed = rotate_gradient if self.rotation else straight_through
        if self.books > 1:
            return ResidualQuantiser(self.books, self.entries, self.latents, passed)
        return Codebook(self.entries, self.latents, passed)

    def prior(self, given: Spec, codec: nn.Module, level: int, attention: int) -> Autoregressive:
        spec, given = latent(codec, level), prior_spec(given, codec, level)
        network = self.network(spec, given, attention)
        return Autoregressive(spec, given, network, CategoricalHead(spec.leaf.k), known_share=0.15)

    def network(self, spec: Spec, given: Spec, attention: int) -> nn.Module:
        """Builds the network of one latent's prior, here a gated PixelCNN."""
        reads = dict(dropout=self.dropout, embedding=self.embedding, attention=attention)
        return GatedPixelCNN(spec, given, spec.leaf.k, self.width, self.layers, **reads)


@dataclass(frozen=True)
class VQVAEHyper(OfDiscreteCodes):
    """Hyperparameters of a VQ-VAE (van den Oord 2017)."""

    heads: int = whole(
        0, least=0, most=256, says="heads of a transformer as the prior, 0 for the gated PixelCNN; Esser 2021"
    )

    of_codec = (*images.OF_CODEC, "books", "finite", "rotation")

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
    """Hyperparameters of VQ-VAE-2 (Razavi 2019). attention: of the coarsest level's prior; the others see all that is
    above them instead."""

    layers: int = 6
    levels: int = whole(2, least=2, most=8, says="grids of codes; the finest is halved `halvings` times, others more")
    share: float = 0.4


VQ_VAE_TINY = dict(entries=16, latents=4, channels=8, depth=1, mixture=2, width=8, layers=2, embedding=4, lr=1e-2)
VQ_VAE_SMALL = dict(embedding=16, dropout=0.5)
VQ_VAE_LARGE = dict(entries=256, channels=64, width=64, layers=6, embedding=32, batch=32, weight_decay=0.01, patch=2)
VQ = VQVAEHyper(**VQ_VAE_LARGE, halvings=2, dropout=0.1, share=0.4)
VQ2 = VQVAE2Hyper(**VQ_VAE_LARGE, attention=2, share=0.3)
QUANTISERS = {"fsq": {"finite": (8, 6, 5)}, "residual": {"books": 2, "entries": 16}, "rotation": {"rotation": True}}
PRIORS = {"snail": {"attention": 2}, "transformer": {"heads": 4, "width": 128, "layers": 4}}
VQ_VAE_IMAGES = {
    "tiny": VQVAEHyper(**VQ_VAE_TINY, batch=32, weight_decay=0.0),
    "small": VQVAEHyper(**VQ_VAE_SMALL),
    "large": VQ,
} | {name: replace(VQ, **values) for name, values in (QUANTISERS | PRIORS).items()}
VQ_VAE_LEVELS = {
    "tiny": VQVAE2Hyper(**VQ_VAE_TINY, attention=2, batch=16, weight_decay=0.0),
    "small": VQVAE2Hyper(**VQ_VAE_SMALL, attention=2),
    "large": VQ2,
} | {name: replace(VQ2, **values) for name, values in QUANTISERS.items()}


def build_vq_vae(spec: Spec, given: Spec, hyper: VQVAEHyper, codec: VQCodec | None = None) -> Recipe:
    """Builds a VQ-VAE.

    Args:
        codec: one that is trained already; None for a new one.
    """
    codec, share = (codec, 0.0) if codec else (hyper.codec(spec), hyper.share)
    prior = hyper.prior(given, codec, 0, hyper.attention)
    return hyper.recipe(TwoStage(spec, given, codec, [prior], share))


def build_levels(spec: Spec, given: Spec, hyper: VQVAE2Hyper) -> Recipe:
    head, quantisers = head_for(spec, hyper.mixture), [hyper.quantiser() for _ in range(hyper.levels)]
    widths = [quantiser.width for quantiser in quantisers]
    sizes = widths, hyper.halvings, head.size, hyper.patch
    networks = GridLevels(spec, hyper.channels, hyper.depth, *sizes)
    codec = HierarchicalCodec(networks, head, quantisers, networks.grids, hyper.beta)
    looks = [hyper.attention] + [0] * (hyper.levels - 1)
    priors = [hyper.prior(given, codec, level, attention) for level, attention in enumerate(looks)]
    return hyper.recipe(TwoStage(spec, given, codec, priors, hyper.share))


QUANTISER_VARIANTS = {
    "fsq": "finite scalar quantisation (Mentzer 2023)",
    "residual": "residual quantisation (Lee 2022)",
    "rotation": "gradients by rotation (Fifty 2024)",
}
VQ_VAE = Card(
    "vq-vae",
    (
        "Take it for discrete codes of items.",
        "It trains in two stages, the codec and then a prior of its codes, which share the budget.",
    ),
    {
        "images": images.Blind(
            build_vq_vae,
            VQ_VAE_IMAGES,
            paper="van den Oord 2017; its codes by a gated PixelCNN",
            equations=("families.two_stage.quantized", "families.two_stage.two_stage"),
            compare=False,
        ),
    },
    variants=QUANTISER_VARIANTS
    | {"snail": "a PixelSNAIL as prior (Chen 2018)", "transformer": "a transformer as prior"},
)
VQ_VAE_2 = Card(
    "vq-vae-2",
    (
        "Take it for discrete codes on several levels, coarse and fine.",
        "It trains a prior for each level, which all share the budget.",
    ),
    {"images": images.Blind(build_levels, VQ_VAE_LEVELS, compare=False)},
    paper="Razavi 2019; coarse codes by a PixelSNAIL (Chen 2018)",
    equations=("families.two_stage.quantized:HierarchicalCodec", "families.two_stage.two_stage"),
    variants=QUANTISER_VARIANTS,
)


@dataclass(frozen=True)
class LatentDiffusionImagesHyper(images.OfCodec, images.OfMatching):
    weight_decay: float = 0.01
    latents: int = 4
    beta: float = 0.1
    share: float = 0.4
    entries: int = whole(
        0,
        least=0,
        most=images.MOST_ENTRIES,
        says="entries of a codebook that codes are taken to on the way to the image, 0 for normal codes",
    )
    sd: float = real(
        0.0,
        least=0.0,
        says="standard deviation of a normal p(pixel | code), where levels go from -1 to 1; 0 for logistics",
    )

    code_patch: int = whole(1, least=1, most=2, says="side, in codes, of what the prior reads as one position")

    of_codec = (*(name for name in images.OF_CODEC if name != "share"), "sd")
    real_codes = True

    def codec(self, spec: Spec) -> GaussianCodec:
        head = DiscretisedNormal(spec.leaf.levels, self.sd) if self.sd else head_for(spec, self.mixture)
        shape = grid(spec, self.halvings)
        sides = self.sides(spec, self.latents if self.entries else 2 * self.latents, self.latents, head.size)
        if self.entries:
            return QuantisedCodec(*sides, head, Codebook(self.entries, self.latents), shape, self.beta)
        return GaussianCodec(*sides, head, self.latents, shape, self.beta)


@dataclass(frozen=True)
class LatentDiffusionPointsHyper(points.OfPoints):
    features: int = fields.units(2, "numbers of a point's code beside its position")
    codec_depth: int = fields.layers(2, "layers of each of the codec's two networks")
    beta: float = real(0.01, least=0.0, says="weight of the KL divergence in the loss of the codec")
    share: float = fields.share(0.2)


LATENT_DIFFUSION_SMALL = LatentDiffusionImagesHyper()
LATENT_DIFFUSION_LARGE = replace(
    LATENT_DIFFUSION_SMALL, channels=64, halvings=2, width=64, dropout=0.0, density_steps=12, batch=32, lr=1.5e-3
)
LATENT_DIFFUSION_PHOTOGRAPHS = replace(
    LATENT_DIFFUSION_LARGE, channels=96, depth=3, halvings=3, patch=4, sd=0.1, batch=16, lr=1e-3, share=0.35
)
LATENT_DIFFUSION_IMAGES = {
    "tiny": LatentDiffusionImagesHyper(
        latents=2,
        channels=8,
        depth=1,
        mixture=2,
        width=8,
        blocks=1,
        dropout=0.0,
        share=0.5,
        sampling_steps=4,
        density_steps=2,
        batch=32,
        lr=5e-3,
    ),
    "small": LATENT_DIFFUSION_SMALL,
    "large": LATENT_DIFFUSION_LARGE,
    "huge": replace(LATENT_DIFFUSION_LARGE, latents=8, halvings=3, patch=2, mixture=2, share=0.5),
    "quantised": replace(LATENT_DIFFUSION_LARGE, entries=256, beta=0.25),
    "transformer": replace(LATENT_DIFFUSION_LARGE, width=128, blocks=6, heads=4),
    "photographs": LATENT_DIFFUSION_PHOTOGRAPHS,
    "photographs-256": replace(LATENT_DIFFUSION_PHOTOGRAPHS, code_patch=2),
}
LATENT_DIFFUSION_POINTS = {
    "tiny": LatentDiffusionPointsHyper(**points.TINY_POINTS, codec_depth=1),
    "small": LatentDiffusionPointsHyper(),
    "large": LatentDiffusionPointsHyper(**points.LARGE_POINTS),
}


def build_latent_diffusion(
    spec: Spec, given: Spec, hyper: LatentDiffusionImagesHyper, codec: GaussianCodec | None = None
) -> Recipe:
    """Builds latent diffusion: flow matching learns the codes.

    Args:
        codec: one that is trained already and is tuned further; None for a new one.
    """
    codec = codec or hyper.codec(spec)
    codes, steps = latent(codec, 0), (hyper.sampling_steps, hyper.density_steps)
    prior = FlowMatching(codes, given, hyper.velocity(codes, given, hyper.code_patch), *steps, middle_share=0.5)
    return hyper.recipe(TwoStage(spec, given, codec, [prior], hyper.share), average=0.1)


def build_latent_point_diffusion(spec: Spec, given: Spec, hyper: LatentDiffusionPointsHyper) -> Recipe:
    member_spec, features, sizes = spec.leaf.each, hyper.features, (hyper.width, hyper.codec_depth)
    kinds = member_spec.columns[member_spec.names.index("kind")].k
    encoder, decoder = PointMap(kinds, 2 * features, *sizes), PointMap(features, kinds, *sizes)
    codec = PointCodec(spec, encoder, decoder, features, hyper.beta)
    network = NoisyLatents(features, given, hyper.width, hyper.depth)
    chain = hyper.chain_length, hyper.levels, hyper.terms
    prior = PointDiffusion(codec.latents, given, network, *chain)
    return hyper.recipe(LatentPointDiffusion(spec, given, codec, prior, hyper.share), average=0.1)


LATENT_DIFFUSION = Card(
    "latent-diffusion",
    (
        "Take it where noise removal on raw items is too slow: it works on smaller codes.",
        "Its codec loses detail, and both stages share the budget.",
    ),
    {
        "images": images.Reading(
            build_latent_diffusion,
            LATENT_DIFFUSION_IMAGES,
            paper="Rombach 2022",
            equations=("families.two_stage.quantized:GaussianCodec", "families.two_stage.two_stage"),
            compare=False,
        ),
        "points": points.OnPoints(
            build_latent_point_diffusion,
            LATENT_DIFFUSION_POINTS,
            paper="Xu 2023 (GeoLDM)",
            equations=("families.two_stage.latent_point_diffusion",),
            compare=False,
        ),
    },
    variants={
        "quantised": "latents from a codebook",
        "transformer": "a diffusion transformer (Peebles & Xie 2023) in place of the U-Net",
    },
    aliases=(Alias("geoldm", ("points",), "Xu 2023"),),
    near=("ldm", "sdxl", "stable-diffusion"),
)
