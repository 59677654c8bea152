"""Images, families that remove noise: their hyperparameters, and how they are put together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import lcm

from ...core.hyper import real, whole
from ...core.recipe import Recipe, Trained
from ...core.spec import Spec
from ...distributions.low_resolution import low_leaf
from ...families.diffusion.diffusion import Diffusion
from ...families.diffusion.flow_matching import FlowMatching
from ...families.diffusion.level_denoiser import PREDICTED
from ...families.diffusion.score_matching import ScoreMatching
from ...families.diffusion.variational_diffusion import VariationalDiffusion
from ...families.two_stage.cascade import Cascade
from ...networks.adapters import Velocity
from ...networks.diffusion_transformer import PictureTransformer
from ...networks.unet import PictureUNet
from .. import fields

LOWEST = 0.03  # level of noise of score matching, where levels of an image go from -1 to 1


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

    def velocity(self, spec: Spec, given: Spec, patch: int) -> Velocity:
        return Velocity(PictureUNet(spec, self.width, self.blocks, patch, self.dropout, given), given)


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

    def velocity(self, spec: Spec, given: Spec, patch: int) -> Velocity:
        if not self.heads:
            return super().velocity(spec, given, patch)
        return Velocity(
            PictureTransformer(spec, self.width, self.blocks, self.heads, patch, self.dropout, given), given
        )


@dataclass(frozen=True)
class FlowMatchingHyper(OfMatching):
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
class DiffusionHyper(OfUNet):
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

    def velocity(self, spec: Spec, given: Spec, patch: int) -> Velocity:
        sizes = self.width, self.blocks, patch, self.dropout
        outputs = PREDICTED if self.objective == "continuous" and spec.discrete else 1
        return Velocity(PictureUNet(spec, *sizes, given, self.waves, outputs), given)


@dataclass(frozen=True)
class CascadeHyper(OfUNet):
    """Hyperparameters of cascade (Ho 2022)."""

    blocks: int = 1
    patch: int = fields.patch(1)
    times: int = whole(2, least=2, most=64, says="how many times smaller the sides of the small images are")
    noise: float = real(
        0.1, least=0.0, says="standard deviation of the noise on small images in training, as a share of their range"
    )
    base_width: int = fields.units(32, "channels of the small images' U-Net, a multiple of 8")
    sampling_steps: int = fields.sampling_steps(20, least=2)
    density_steps: int = fields.density_steps(8)

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_groups(self, "base_width")


@dataclass(frozen=True)
class ScoreMatchingHyper(OfUNet):
    """Hyperparameters of score matching (Song & Ermon 2019; flow of Song 2021)."""

    patch: int = fields.patch(1)
    levels: int = fields.chain_length(16, "levels of noise; Song & Ermon 2019")
    high: float = real(5.0, above=LOWEST, says="highest level of noise, where pixels go from -1 to 1")
    repeats: int = fields.chain_length(4, "Langevin steps at each level")
    density_steps: int = fields.density_steps(12)


TINY = dict(width=8, blocks=1, dropout=0.0, batch=64)
LARGE = dict(width=64, blocks=1, patch=2, dropout=0.0, batch=64)
PRESETS = {
    "flow-matching": {
        "tiny": FlowMatchingHyper(**TINY, sampling_steps=4, density_steps=2),
        "small": FlowMatchingHyper(),
        "large": FlowMatchingHyper(**LARGE, lr=1.5e-3, density_steps=12, middle=0.9, condition_dropout=0.02),
        "captioned": FlowMatchingHyper(**LARGE | {"batch": 16}, lr=1e-3, density_steps=12, middle=0.9),
    },
    "diffusion": {
        "tiny": DiffusionHyper(**TINY, chain_length=50, levels=5, terms=8),
        "small": DiffusionHyper(),
        "large": DiffusionHyper(**LARGE, terms=24),
        "bound": DiffusionHyper(**LARGE, terms=24, objective="bound"),
        "vdm": DiffusionHyper(**LARGE | {"width": 32, "batch": 32}, terms=24, objective="continuous", waves=2),
    },
    "cascade": {
        "tiny": CascadeHyper(base_width=8, width=8, dropout=0.0, batch=32, lr=5e-3, sampling_steps=4, density_steps=2),
        "small": CascadeHyper(),
        "large": CascadeHyper(**LARGE, times=4, base_width=64, lr=1.5e-3, density_steps=12),
    },
    "score-matching": {
        "tiny": ScoreMatchingHyper(**TINY, levels=3, repeats=1, density_steps=2),
        "small": ScoreMatchingHyper(),
        "large": ScoreMatchingHyper(**LARGE, levels=24, high=10.0, density_steps=16),
    },
}


def flow_matching(spec: Spec, given: Spec, hyper: FlowMatchingHyper) -> Recipe:
    steps, training = (hyper.sampling_steps, hyper.density_steps), (hyper.middle, hyper.condition_dropout)
    velocity = hyper.velocity(spec, given, hyper.patch)
    return hyper.recipe(FlowMatching(spec, given, velocity, *steps, *training), average=0.1)


def diffusion(spec: Spec, given: Spec, hyper: DiffusionHyper) -> Recipe:
    network, sampling = hyper.velocity(spec, given, hyper.patch), ("dpm-solver", hyper.levels, hyper.terms)
    if hyper.objective == "continuous":
        family = VariationalDiffusion(spec, given, network, *sampling)
    else:
        family = Diffusion(spec, given, network, "cosine", hyper.chain_length, "v", hyper.objective, *sampling)
    return hyper.recipe(family, average=0.1)


def cascade(spec: Spec, given: Spec, hyper: CascadeHyper) -> Recipe:
    """Flow matching twice; the small images are read pixel by pixel."""
    leaf, steps = low_leaf(spec.leaf, hyper.times), (hyper.sampling_steps, hyper.density_steps)
    low, told = Spec((("picture", leaf),)), Spec((*given.leaves, ("low", leaf)))
    base = FlowMatching(low, given, replace(hyper, width=hyper.base_width).velocity(low, given, 1), *steps)
    upsampler = FlowMatching(spec, told, hyper.velocity(spec, told, hyper.patch), *steps)
    return hyper.recipe(Cascade(spec, given, base, upsampler, hyper.times, hyper.noise), average=0.1)


def score_matching(spec: Spec, given: Spec, hyper: ScoreMatchingHyper) -> Recipe:
    network, levels = hyper.velocity(spec, given, hyper.patch), (hyper.levels, hyper.high, LOWEST)
    family = ScoreMatching(spec, given, network, *levels, hyper.repeats, 0.3, hyper.density_steps)
    return hyper.recipe(family, average=0.1)
