"""Points in space: how each family is put together. One dataclass a family holds the hyperparameters, one function the
construction."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.hyper import real
from ..core.recipe import Recipe, Trained
from ..core.spec import Spec
from ..families.baselines.noisy_copies import NoisyCopies
from ..families.baselines.set_baselines import BootstrapSets, IndependentMembers
from ..families.diffusion.equivariant_diffusion import EquivariantDiffusion
from ..families.diffusion.point_diffusion import PointDiffusion
from ..families.two_stage.latent_point_diffusion import LatentPointDiffusion
from ..families.two_stage.point_codec import PointCodec
from ..networks.equivariant.latent_points import NoisyLatents, PointMap
from ..networks.equivariant.noisy_points import NoisyPoints
from . import fields


@dataclass(frozen=True)
class OfPoints(Trained):
    """Hyperparameters of families that remove noise from points."""

    batch: int = 32
    lr: float = 3e-3
    width: int = fields.units(64, "units of a layer, an even number")
    depth: int = fields.layers(4, "layers of the network; Satorras 2021")
    chain_length: int = fields.chain_length(1_000, "steps of the chain of noise; Ho 2020")
    levels: int = fields.chain_length(100, "levels of noise of the chain that samples and the bound pass")
    terms: int = fields.terms(32)

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_multiple(self, "width", 2, "sines and cosines come in pairs")


@dataclass(frozen=True)
class EquivariantDiffusionHyper(OfPoints):
    """Hyperparameters of equivariant diffusion (Hoogeboom 2022 (EDM); kinds of Vignac 2023)."""


@dataclass(frozen=True)
class LatentDiffusionHyper(OfPoints):
    """Hyperparameters of latent diffusion (Xu 2023 (GeoLDM))."""

    features: int = fields.units(2, "numbers of a point's code beside its position")
    codec_depth: int = fields.layers(2, "layers of each of the codec's two networks")
    beta: float = real(0.01, least=0.0, says="weight of the KL divergence in the loss of the codec")
    share: float = fields.share(0.2)


TINY = dict(width=16, depth=2, lr=2e-3, chain_length=100, levels=10, terms=16)
LARGE = dict(width=128, depth=6, batch=64, lr=1e-3, levels=200, terms=64)
PRESETS = {
    "equivariant-diffusion": {
        "tiny": EquivariantDiffusionHyper(**TINY),
        "small": EquivariantDiffusionHyper(),
        "large": EquivariantDiffusionHyper(**LARGE),
    },
    "latent-diffusion": {
        "tiny": LatentDiffusionHyper(**TINY, codec_depth=1),
        "small": LatentDiffusionHyper(),
        "large": LatentDiffusionHyper(**LARGE),
    },
}
JITTER = 0.05  # angstrom: bonds that are told by their length still are, most of them


def choose(family: str, spec: Spec, given: Spec, items: int) -> str:
    """small: fewer than 20,000 sets."""
    return "small" if items < 20_000 else "large"


def equivariant_diffusion(spec: Spec, given: Spec, hyper: EquivariantDiffusionHyper) -> Recipe:
    network = NoisyPoints(spec, given, hyper.width, hyper.depth)
    chain = hyper.chain_length, hyper.levels, hyper.terms
    return hyper.recipe(EquivariantDiffusion(spec, given, network, *chain), average=0.1)


def latent_diffusion(spec: Spec, given: Spec, hyper: LatentDiffusionHyper) -> Recipe:
    each, features, sizes = spec.leaf.each, hyper.features, (hyper.width, hyper.codec_depth)
    kinds = each.columns[each.names.index("kind")].k
    encoder, decoder = PointMap(kinds, 2 * features, *sizes), PointMap(features, kinds, *sizes)
    codec = PointCodec(spec, encoder, decoder, features, hyper.beta)
    network = NoisyLatents(features, given, hyper.width, hyper.depth)
    chain = hyper.chain_length, hyper.levels, hyper.terms
    prior = PointDiffusion(codec.latents, given, network, *chain)
    return hyper.recipe(LatentPointDiffusion(spec, given, codec, prior, hyper.share), average=0.1)


def bootstrap(spec: Spec, given: Spec) -> Recipe:
    return Recipe(BootstrapSets(spec, given))


def noisy_copies(spec: Spec, given: Spec) -> Recipe:
    return Recipe(NoisyCopies(spec, given, JITTER))


def independent(spec: Spec, given: Spec) -> Recipe:
    return Recipe(IndependentMembers(spec, given))
