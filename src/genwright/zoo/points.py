"""Models of points in space: equivariant diffusion."""

from dataclasses import dataclass

from ..core.recipe import Recipe
from ..core.spec import Spec
from ..families.diffusion.equivariant_diffusion import EquivariantDiffusion
from ..networks.equivariant.egnn import NoisyPoints
from .bodies import points
from .card import Alias, Card


@dataclass(frozen=True)
class EquivariantDiffusionHyper(points.OfPoints):
    """Hyperparameters of equivariant diffusion (Hoogeboom 2022 (EDM); kinds of Vignac 2023)."""


EQUIVARIANT_DIFFUSION_PRESETS = {
    "tiny": EquivariantDiffusionHyper(**points.TINY_POINTS),
    "small": EquivariantDiffusionHyper(),
    "large": EquivariantDiffusionHyper(**points.LARGE_POINTS),
}


def build_equivariant_diffusion(spec: Spec, given: Spec, hyper: EquivariantDiffusionHyper) -> Recipe:
    network = NoisyPoints(spec, given, hyper.width, hyper.depth)
    chain = hyper.chain_length, hyper.levels, hyper.terms
    return hyper.recipe(EquivariantDiffusion(spec, given, network, *chain), average=0.1)


EQUIVARIANT_DIFFUSION = Card(
    "equivariant-diffusion",
    (
        "Take it for molecules in space: turning or renumbering a molecule changes nothing.",
        "Every sample takes many calls of the network, and it has no codes.",
    ),
    {"points": points.OnPoints(build_equivariant_diffusion, EQUIVARIANT_DIFFUSION_PRESETS, default=True)},
    paper="Hoogeboom 2022 (EDM); kinds of Vignac 2023",
    equations=("families.diffusion.equivariant_diffusion",),
    aliases=(Alias("edm", ("points",), "Hoogeboom 2022"),),
)
