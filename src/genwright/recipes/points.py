"""Points in space: how each family is put together. `PRESETS` holds the numbers, one function a family the
construction."""

from __future__ import annotations

from ..core.spec import Spec
from ..core.trainable import Recipe
from ..families.baselines.noisy_copies import NoisyCopies
from ..families.baselines.set_baselines import BootstrapSets, IndependentMembers
from ..families.diffusion.equivariant_diffusion import EquivariantDiffusion
from ..families.diffusion.point_diffusion import PointDiffusion
from ..families.two_stage.latent_point_diffusion import LatentPointDiffusion
from ..families.two_stage.point_codec import PointCodec
from ..networks.equivariant.latent_points import NoisyLatents, PointMap
from ..networks.equivariant.noisy_points import NoisyPoints

# fmt: off
PRESETS = {
    "equivariant-diffusion": {
        "tiny":  dict(width=16, depth=2, batch=32, lr=2e-3, steps=100, levels=10, terms=16, matched=True),
        "small": dict(width=64, depth=4, batch=32, lr=3e-3, steps=1000, levels=100, terms=32, matched=True),
        "large": dict(width=128, depth=6, batch=64, lr=1e-3, steps=1000, levels=200, terms=64, matched=True),
    },
    "latent-diffusion": {
        "tiny":  dict(features=2, width=16, depth=2, codec_depth=1, beta=0.01, share=0.2, batch=32, lr=2e-3, steps=100,
                      levels=10, terms=16, matched=True),
        "small": dict(features=2, width=64, depth=4, codec_depth=2, beta=0.01, share=0.2, batch=32, lr=3e-3, steps=1000,
                      levels=100, terms=32, matched=True),
        "large": dict(features=2, width=128, depth=6, codec_depth=2, beta=0.01, share=0.2, batch=64, lr=1e-3,
                      steps=1000, levels=200, terms=64, matched=True),
    },
}
# fmt: on
SHAKEN = 0.05  # angstrom: bonds that are told by their length still are, most of them


def choose(family: str, spec: Spec, items: int) -> str:
    """small: fewer than 20,000 sets."""
    return "small" if items < 20_000 else "large"


def equivariant_diffusion(
    spec: Spec,
    given: Spec,
    width: int,
    depth: int,
    batch: int,
    lr: float,
    steps: int,
    levels: int,
    terms: int,
    matched: bool = False,  # in runs from before
) -> Recipe:
    network = NoisyPoints(spec, given, width, depth)
    family = EquivariantDiffusion(spec, given, network, steps, levels, terms, matched)
    return Recipe(family, batch=batch, lr=lr, average=0.1)


def latent_diffusion(
    spec: Spec,
    given: Spec,
    features: int,
    width: int,
    depth: int,
    codec_depth: int,
    beta: float,
    share: float,
    batch: int,
    lr: float,
    steps: int,
    levels: int,
    terms: int,
    matched: bool = False,  # in runs from before
) -> Recipe:
    """features: numbers of a code beside its position. share: of the budget for the codec, whose networks have
    `codec_depth` layers."""
    each = spec.leaf.each
    kinds = each.columns[each.names.index("kind")].k
    encoder, decoder = (
        PointMap(kinds, 2 * features, width, codec_depth),
        PointMap(features, kinds, width, codec_depth),
    )
    codec = PointCodec(spec, encoder, decoder, features, beta)
    network = NoisyLatents(features, given, width, depth)
    prior = PointDiffusion(codec.latents, given, network, steps, levels, terms, matched)
    return Recipe(LatentPointDiffusion(spec, given, codec, prior, share), batch=batch, lr=lr, average=0.1)


def bootstrap(spec: Spec, given: Spec) -> Recipe:
    return Recipe(BootstrapSets(spec, given))


def noisy_copies(spec: Spec, given: Spec) -> Recipe:
    return Recipe(NoisyCopies(spec, given, SHAKEN))


def independent(spec: Spec, given: Spec) -> Recipe:
    return Recipe(IndependentMembers(spec, given))
