"""Flow matching of images and of tables."""

from dataclasses import dataclass

from ..core.hyper import real
from ..core.recipe import Recipe
from ..core.spec import Spec
from . import fields
from .bodies import images, tables
from .card import Card


@dataclass(frozen=True)
class ImagesHyper(images.OfMatching):
    """Hyperparameters of flow matching (Lipman 2023)."""

    patch: int = fields.patch(1)
    middle: float = real(
        0.0,
        least=0.0,
        most=1.0,
        says="share of training times from a logit-normal around 1/2, others uniform; Esser 2024",
    )
    condition_dropout: float = real(
        0.1, least=0.0, most=1.0, says="share of training in which a given variable is left out; Ho & Salimans 2021"
    )


@dataclass(frozen=True)
class TablesHyper(tables.OfRows):
    """Hyperparameters of flow matching (Lipman 2023)."""

    depth: int = 3
    sampling_steps: int = fields.sampling_steps(40, least=2)
    density_steps: int = fields.density_steps(12)
    waves: int = fields.waves(0)

    middle, condition_dropout = 0.0, 0.1


IMAGES = {
    "tiny": ImagesHyper(**images.TINY_UNET, sampling_steps=4, density_steps=2),
    "small": ImagesHyper(),
    "large": ImagesHyper(**images.LARGE_UNET, lr=1.5e-3, density_steps=12, middle=0.9, condition_dropout=0.02),
    "captioned": ImagesHyper(**images.LARGE_UNET | {"batch": 16}, lr=1e-3, density_steps=12, middle=0.9),
}
TABLES = {
    "tiny": TablesHyper(**tables.TINY, sampling_steps=4, density_steps=2),
    "small": TablesHyper(),
    "large": TablesHyper(**tables.LARGE, lr=3e-3, density_steps=16),
    "plane": TablesHyper(**tables.LARGE | {"batch": 512}, lr=4e-3, density_steps=16, waves=5),
}


def build(spec: Spec, given: Spec, hyper: ImagesHyper | TablesHyper) -> Recipe:
    from ..families.diffusion.flow_matching import FlowMatching

    steps, training = (hyper.sampling_steps, hyper.density_steps), (hyper.middle, hyper.condition_dropout)
    return hyper.recipe(FlowMatching(spec, given, hyper.velocity(spec, given), *steps, *training), average=0.1)


CARD = Card(
    "flow-matching",
    (
        "Take it for samples by few or many steps, with guidance and starts.",
        "Its likelihood is an estimate, and every sample takes several calls of the network.",
    ),
    {"images": images.Reading(build, IMAGES, default=True), "tables": tables.OnRows(build, TABLES)},
    paper="Lipman 2023",
    equations=("families.diffusion.flow_matching",),
    near=("cfm", "rectified-flow", "stable-diffusion-3"),
)
