"""Diffusion in the codes of a codec, of images and of points in space."""

from dataclasses import dataclass, replace

from ..core.hyper import real, whole
from ..core.recipe import Recipe
from ..core.spec import Spec
from . import fields
from .bodies import images, sets
from .card import Alias, Card


@dataclass(frozen=True)
class ImagesHyper(images.OfCodec, images.OfMatching):
    """Hyperparameters of latent diffusion (Rombach 2022)."""

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


@dataclass(frozen=True)
class PointsHyper(sets.OfPoints):
    """Hyperparameters of latent diffusion (Xu 2023 (GeoLDM))."""

    features: int = fields.units(2, "numbers of a point's code beside its position")
    codec_depth: int = fields.layers(2, "layers of each of the codec's two networks")
    beta: float = real(0.01, least=0.0, says="weight of the KL divergence in the loss of the codec")
    share: float = fields.share(0.2)


SMALL = ImagesHyper()
LARGE = replace(SMALL, channels=64, halvings=2, width=64, dropout=0.0, density_steps=12, batch=32, lr=1.5e-3)
IMAGES = {
    "tiny": ImagesHyper(
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
    "small": SMALL,
    "large": LARGE,
    "huge": replace(LARGE, latents=8, halvings=3, patch=2, mixture=2, share=0.5),
    "quantised": replace(LARGE, entries=256, beta=0.25),
    "transformer": replace(LARGE, width=128, blocks=6, heads=4),
}
POINTS = {
    "tiny": PointsHyper(**sets.TINY_POINTS, codec_depth=1),
    "small": PointsHyper(),
    "large": PointsHyper(**sets.LARGE_POINTS),
}


def build(spec: Spec, given: Spec, hyper: ImagesHyper) -> Recipe:
    """Flow matching learns the codes, and reads each as one position."""
    from ..distributions.heads import head_for
    from ..families.diffusion.flow_matching import FlowMatching
    from ..families.two_stage.gaussian_codec import GaussianCodec
    from ..families.two_stage.quantised_codec import QuantisedCodec
    from ..families.two_stage.quantisers.nearest import Codebook
    from ..families.two_stage.two_stage import TwoStage, latent
    from ..networks.picture_codec import grid

    head, latents, shape = head_for(spec, hyper.mixture), hyper.latents, grid(spec, hyper.halvings)
    sides = hyper.sides(spec, latents if hyper.entries else 2 * latents, latents, head.size)
    if hyper.entries:
        codec = QuantisedCodec(*sides, head, Codebook(hyper.entries, latents), shape, hyper.beta)
    else:
        codec = GaussianCodec(*sides, head, latents, shape, hyper.beta)
    codes, steps = latent(codec, 0), (hyper.sampling_steps, hyper.density_steps)
    prior = FlowMatching(codes, given, hyper.velocity(codes, given, 1), *steps, middle=0.5)
    return hyper.recipe(TwoStage(spec, given, codec, [prior], hyper.share), average=0.1)


def build_points(spec: Spec, given: Spec, hyper: PointsHyper) -> Recipe:
    from ..families.diffusion.point_diffusion import PointDiffusion
    from ..families.two_stage.latent_point_diffusion import LatentPointDiffusion
    from ..families.two_stage.point_codec import PointCodec
    from ..networks.equivariant.latent_points import NoisyLatents, PointMap

    each, features, sizes = spec.leaf.each, hyper.features, (hyper.width, hyper.codec_depth)
    kinds = each.columns[each.names.index("kind")].k
    encoder, decoder = PointMap(kinds, 2 * features, *sizes), PointMap(features, kinds, *sizes)
    codec = PointCodec(spec, encoder, decoder, features, hyper.beta)
    network = NoisyLatents(features, given, hyper.width, hyper.depth)
    chain = hyper.chain_length, hyper.levels, hyper.terms
    prior = PointDiffusion(codec.latents, given, network, *chain)
    return hyper.recipe(LatentPointDiffusion(spec, given, codec, prior, hyper.share), average=0.1)


CARD = Card(
    "latent-diffusion",
    (
        "Take it where noise removal on raw items is too slow: it works on smaller codes.",
        "Its codec loses detail, and both stages share the budget.",
    ),
    {
        "images": images.Reading(
            build,
            IMAGES,
            paper="Rombach 2022",
            equations=("families.two_stage.gaussian_codec", "families.two_stage.two_stage"),
            compare=False,
        ),
        "points": sets.OnPoints(
            build_points,
            POINTS,
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
