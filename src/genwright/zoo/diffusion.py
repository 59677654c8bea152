"""Diffusion of images and of tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.hyper import whole
from ..core.recipe import Recipe
from ..core.spec import Spec
from . import fields
from .bodies import images, tables
from .card import Alias, Card

if TYPE_CHECKING:
    from ..networks.adapters import Velocity


@dataclass(frozen=True)
class ImagesHyper(images.OfUNet):
    """Ho 2020 (DDPM); DPM-Solver++ of Lu 2022.

    The objective "continuous" is the bound of Kingma 2021 (VDM): noise levels are learned, and no chain is read.
    """

    patch: int = fields.patch(1)
    objective: str = fields.objective("continuous")
    chain_length: int = fields.chain_length(1_000, "steps of the chain of noise; Ho 2020", least=2)
    levels: int = fields.chain_length(20, "levels of noise of the chain that a sample passes")
    terms: int = fields.terms(16)
    waves: int = whole(
        0,
        least=0,
        most=20,
        says="Fourier features of a pixel: sines and cosines of periods 1, 2, 4, ... levels; Kingma 2021",
    )

    def velocity(self, spec: Spec, given: Spec) -> Velocity:
        from ..families.diffusion.level_denoiser import PREDICTED
        from ..networks.adapters import Velocity
        from ..networks.unet import PictureUNet

        sizes = self.width, self.blocks, self.patch, self.dropout
        outputs = PREDICTED if self.objective == "continuous" and spec.discrete else 1
        return Velocity(PictureUNet(spec, *sizes, given, self.waves, outputs), given)


@dataclass(frozen=True)
class TablesHyper(tables.OfRows):
    """Hyperparameters of diffusion (Ho 2020 (DDPM); DPM-Solver++ of Lu 2022)."""

    depth: int = 3
    objective: str = fields.objective()
    chain_length: int = fields.chain_length(1_000, "steps of the chain of noise; Ho 2020")
    levels: int = fields.chain_length(25, "levels of noise of the chain that a sample passes")
    terms: int = fields.terms(384)


IMAGES = {
    "tiny": ImagesHyper(**images.TINY_UNET, chain_length=50, levels=5, terms=8),
    "small": ImagesHyper(),
    "large": ImagesHyper(**images.LARGE_UNET, terms=24),
    "bound": ImagesHyper(**images.LARGE_UNET, terms=24, objective="bound"),
    "vdm": ImagesHyper(**images.LARGE_UNET | {"width": 32, "batch": 32}, terms=24, objective="continuous", waves=2),
}
TABLES = {
    "tiny": TablesHyper(**tables.TINY, chain_length=50, levels=5, terms=16),
    "small": TablesHyper(),
    "large": TablesHyper(**tables.LARGE, lr=3e-3),
    "bound": TablesHyper(**tables.LARGE, lr=3e-3, objective="bound"),
}


def build(spec: Spec, given: Spec, hyper: ImagesHyper | TablesHyper) -> Recipe:
    from ..families.diffusion.diffusion import Diffusion
    from ..families.diffusion.variational_diffusion import VariationalDiffusion

    network, sampling = hyper.velocity(spec, given), ("dpm-solver", hyper.levels, hyper.terms)
    if hyper.objective == "continuous":
        family = VariationalDiffusion(spec, given, network, *sampling)
    else:
        family = Diffusion(spec, given, network, "cosine", hyper.chain_length, "v", hyper.objective, *sampling)
    return hyper.recipe(family, average=0.1)


CARD = Card(
    "diffusion",
    (
        "Take it for samples and a proven bound of the likelihood in one model.",
        "Every sample takes many calls of the network.",
    ),
    {"images": images.Reading(build, IMAGES), "tables": tables.OnRows(build, TABLES)},
    paper="Ho 2020 (DDPM); DPM-Solver++ of Lu 2022",
    equations=("families.diffusion.diffusion",),
    variants={"bound": "DDPM trained by its variational bound (Ho 2020)", "vdm": "VDM (Kingma 2021)"},
    aliases=(Alias("ddpm", ("images", "tables"), "Ho 2020"),),
    near=("d3pm", "ddim", "imagen", "karras", "ldm", "sdxl", "stable-diffusion", "tabddpm", "tabsyn"),
)
