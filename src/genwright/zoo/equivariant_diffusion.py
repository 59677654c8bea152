"""Equivariant diffusion of points in space."""

from dataclasses import dataclass

from ..core.recipe import Recipe
from ..core.spec import Spec
from .bodies import sets
from .card import Alias, Card


@dataclass(frozen=True)
class EquivariantDiffusionHyper(sets.OfPoints):
    """Hyperparameters of equivariant diffusion (Hoogeboom 2022 (EDM); kinds of Vignac 2023)."""


PRESETS = {
    "tiny": EquivariantDiffusionHyper(**sets.TINY_POINTS),
    "small": EquivariantDiffusionHyper(),
    "large": EquivariantDiffusionHyper(**sets.LARGE_POINTS),
}


def build(spec: Spec, given: Spec, hyper: EquivariantDiffusionHyper) -> Recipe:
    from ..families.diffusion.equivariant_diffusion import EquivariantDiffusion
    from ..networks.equivariant.noisy_points import NoisyPoints

    network = NoisyPoints(spec, given, hyper.width, hyper.depth)
    chain = hyper.chain_length, hyper.levels, hyper.terms
    return hyper.recipe(EquivariantDiffusion(spec, given, network, *chain), average=0.1)


CARD = Card(
    "equivariant-diffusion",
    (
        "Take it for molecules in space: turning or renumbering a molecule changes nothing.",
        "Every sample takes many calls of the network, and it has no codes.",
    ),
    {"points": sets.OnPoints(build, PRESETS, default=True)},
    paper="Hoogeboom 2022 (EDM); kinds of Vignac 2023",
    equations=("families.diffusion.equivariant_diffusion",),
    aliases=(Alias("edm", ("points",), "Hoogeboom 2022"),),
)
