"""Models that remove noise: diffusion, score matching and flow matching of images and of tables, cascades of images (a
small one first, then its details), and discrete diffusion of lines.
"""

from dataclasses import dataclass, replace

from ..core.errors import DataError
from ..core.hyper import Brief, flag, one_of, real, whole
from ..core.recipe import Recipe
from ..core.spec import Spec
from ..distributions.low_resolution import low_leaf
from ..families.diffusion.denoiser import PREDICTED
from ..families.diffusion.denoising import ScoreMatching
from ..families.diffusion.diffusion import Diffusion, VariationalDiffusion
from ..families.diffusion.flow_matching import FlowMatching, SteeredFlowMatching
from ..families.diffusion.token_diffusion import TokenDiffusion
from ..families.two_stage.two_stage import Cascade
from ..networks.adapters import Velocity
from ..networks.control import SteeredVelocity
from ..networks.lines import SymbolTransformer
from ..networks.unet import PictureUNet
from . import fields
from .bodies import images, lines, tables
from .card import Alias, Card, On


@dataclass(frozen=True)
class DiffusionImagesHyper(images.OfUNet):
    """Hyperparameters of diffusion of images (Ho 2020, DDPM; DPM-Solver++ of Lu 2022).

    The objective "continuous" is the bound of Kingma 2021 (VDM): noise levels are learned, and no chain is read."""

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
        sizes = self.width, self.blocks, self.patch, self.dropout
        outputs = PREDICTED if self.objective == "continuous" and spec.discrete else 1
        return Velocity(PictureUNet(spec, *sizes, given, self.waves, outputs), given)


@dataclass(frozen=True)
class DiffusionTablesHyper(tables.OfRows):
    depth: int = 3
    objective: str = fields.objective()
    chain_length: int = fields.chain_length(1_000, "steps of the chain of noise; Ho 2020")
    levels: int = fields.chain_length(25, "levels of noise of the chain that a sample passes")
    terms: int = fields.terms(384)


DIFFUSION_IMAGES = {
    "tiny": DiffusionImagesHyper(**images.TINY_UNET, chain_length=50, levels=5, terms=8),
    "small": DiffusionImagesHyper(),
    "large": DiffusionImagesHyper(**images.LARGE_UNET, terms=24),
    "bound": DiffusionImagesHyper(**images.LARGE_UNET, terms=24, objective="bound"),
    "vdm": DiffusionImagesHyper(
        **images.LARGE_UNET | {"width": 32, "batch": 32}, terms=24, objective="continuous", waves=2
    ),
}
DIFFUSION_TABLES = {
    "tiny": DiffusionTablesHyper(**tables.TINY, chain_length=50, levels=5, terms=16),
    "small": DiffusionTablesHyper(),
    "large": DiffusionTablesHyper(**tables.LARGE, lr=3e-3),
    "bound": DiffusionTablesHyper(**tables.LARGE, lr=3e-3, objective="bound"),
}


def build_diffusion(spec: Spec, given: Spec, hyper: DiffusionImagesHyper | DiffusionTablesHyper) -> Recipe:
    network, sampling = hyper.velocity(spec, given), ("dpm-solver", hyper.levels, hyper.terms)
    if hyper.objective == "continuous":
        family = VariationalDiffusion(spec, given, network, *sampling)
    else:
        family = Diffusion(spec, given, network, "cosine", hyper.chain_length, "v", hyper.objective, *sampling)
    return hyper.recipe(family, average=0.1)


DIFFUSION = Card(
    "diffusion",
    (
        "Take it for samples and a proven bound of the likelihood in one model.",
        "Every sample takes many calls of the network.",
    ),
    {
        "images": images.Reading(
            build_diffusion,
            DIFFUSION_IMAGES,
            brief={"small": Brief(30_000, dict(width=16, blocks=1, batch=64, lr=4e-3, dropout=0.0))},
        ),
        "tables": tables.OnRows(build_diffusion, DIFFUSION_TABLES),
    },
    paper="Ho 2020 (DDPM); DPM-Solver++ of Lu 2022",
    equations=("families.diffusion.diffusion",),
    variants={"bound": "DDPM trained by its variational bound (Ho 2020)", "vdm": "VDM (Kingma 2021)"},
    aliases=(Alias("ddpm", ("images", "tables"), "Ho 2020"),),
    near=("d3pm", "ddim", "imagen", "karras", "ldm", "sdxl", "stable-diffusion", "tabddpm", "tabsyn"),
)


LOWEST = 0.03  # level of noise, where levels of an image go from -1 to 1


@dataclass(frozen=True)
class ScoreMatchingImagesHyper(images.OfUNet):
    patch: int = fields.patch(1)
    levels: int = fields.chain_length(16, "levels of noise; Song & Ermon 2019")
    high: float = real(5.0, above=LOWEST, says="highest level of noise, where pixels go from -1 to 1")
    repeats: int = fields.chain_length(4, "Langevin steps at each level")
    density_steps: int = fields.density_steps(12)

    low = LOWEST


@dataclass(frozen=True)
class ScoreMatchingTablesHyper(tables.OfRows):
    depth: int = 3
    levels: int = fields.chain_length(20, "levels of noise; Song & Ermon 2019")
    repeats: int = fields.chain_length(5, "Langevin steps at each level")
    density_steps: int = fields.density_steps(16)

    high, low = 8.0, 0.02


SCORE_IMAGES = {
    "tiny": ScoreMatchingImagesHyper(**images.TINY_UNET, levels=3, repeats=1, density_steps=2),
    "small": ScoreMatchingImagesHyper(),
    "large": ScoreMatchingImagesHyper(**images.LARGE_UNET, levels=24, high=10.0, density_steps=16),
}
SCORE_TABLES = {
    "tiny": ScoreMatchingTablesHyper(**tables.TINY, levels=3, repeats=1, density_steps=2),
    "small": ScoreMatchingTablesHyper(),
    "large": ScoreMatchingTablesHyper(**tables.LARGE, lr=3e-3),
}


def build_score_matching(spec: Spec, given: Spec, hyper: ScoreMatchingImagesHyper | ScoreMatchingTablesHyper) -> Recipe:
    network, levels = hyper.velocity(spec, given), (hyper.levels, hyper.high, hyper.low)
    family = ScoreMatching(spec, given, network, *levels, hyper.repeats, 0.3, hyper.density_steps)
    return hyper.recipe(family, average=0.1)


SCORE = Card(
    "score-matching",
    (
        "Take it to sample with Langevin dynamics over many noise levels.",
        "Its likelihood is an estimate, and every sample takes many calls of the network.",
    ),
    {
        "images": images.Reading(
            build_score_matching,
            SCORE_IMAGES,
            brief={"small": Brief(30_000, dict(width=16, blocks=1, batch=64, lr=4e-3, dropout=0.0))},
        ),
        "tables": tables.OnRows(build_score_matching, SCORE_TABLES),
    },
    paper="Song & Ermon 2019; flow of Song 2021",
    equations=("families.diffusion.denoising:ScoreMatching",),
    near=("ncsn", "score-sde", "smld"),
)


@dataclass(frozen=True)
class FlowMatchingGridsHyper(images.OfMatching):
    patch: int = fields.patch(1)
    middle: float = real(
        0.0,
        least=0.0,
        most=1.0,
        says="share of training times from a logit-normal around 1/2, others uniform; Esser 2024",
    )
    condition_dropout: float = real(
        0.1,
        least=0.0,
        most=1.0,
        says="share of training in which a given variable is left out; Ho & Salimans 2021",
    )
    control: bool = flag(False, says="a side network steers a trained one, as --control says; Zhang 2023", later=True)

    shift = 1

    def velocity(self, spec: Spec, given: Spec, patch: int | None = None) -> Velocity | SteeredVelocity:
        if not self.control:
            return super().velocity(spec, given, patch)
        if self.heads:
            raise DataError("control steers a U-Net, and heads names a transformer: begin from a run without heads")
        return SteeredVelocity(self.unet(spec, Spec(()), self.patch), given)


@dataclass(frozen=True)
class FlowMatchingTablesHyper(tables.OfRows):
    depth: int = 3
    sampling_steps: int = fields.sampling_steps(40, least=2)
    density_steps: int = fields.density_steps(12)
    waves: int = fields.waves(0)

    middle, condition_dropout, control, shift = 0.0, 0.1, False, 1


FLOW_IMAGES = {
    "tiny": FlowMatchingGridsHyper(**images.TINY_UNET, sampling_steps=4, density_steps=2),
    "small": FlowMatchingGridsHyper(),
    "large": FlowMatchingGridsHyper(
        **images.LARGE_UNET, lr=1.5e-3, density_steps=12, middle=0.9, condition_dropout=0.02
    ),
    "captioned": FlowMatchingGridsHyper(**images.LARGE_UNET | {"batch": 16}, lr=1e-3, density_steps=12, middle=0.9),
}
FLOW_TABLES = {
    "tiny": FlowMatchingTablesHyper(**tables.TINY, sampling_steps=4, density_steps=2),
    "small": FlowMatchingTablesHyper(),
    "large": FlowMatchingTablesHyper(**tables.LARGE, lr=3e-3, density_steps=16),
    "plane": FlowMatchingTablesHyper(**tables.LARGE | {"batch": 512}, lr=4e-3, density_steps=16, waves=5),
}


def build_flow_matching(spec: Spec, given: Spec, hyper: FlowMatchingGridsHyper | FlowMatchingTablesHyper) -> Recipe:
    family = SteeredFlowMatching if hyper.control else FlowMatching
    steps = hyper.sampling_steps, hyper.density_steps
    training = hyper.middle, hyper.condition_dropout, hyper.shift
    return hyper.recipe(family(spec, given, hyper.velocity(spec, given), *steps, *training), average=0.1)


FLOW = Card(
    "flow-matching",
    (
        "Take it for samples by few or many steps, with guidance and starts.",
        "Its likelihood is an estimate, and every sample takes several calls of the network.",
    ),
    {
        "images": images.Reading(
            build_flow_matching,
            FLOW_IMAGES,
            default=True,
            brief={"small": Brief(30_000, dict(blocks=1, batch=64, dropout=0.0))},
        ),
        "tables": tables.OnRows(build_flow_matching, FLOW_TABLES),
    },
    paper="Lipman 2023",
    equations=("families.diffusion.flow_matching",),
    near=("cfm", "rectified-flow", "stable-diffusion-3"),
)


@dataclass(frozen=True)
class CascadeHyper(images.OfUNet):
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


CASCADE_PRESETS = {
    "tiny": CascadeHyper(base_width=8, width=8, dropout=0.0, batch=32, lr=5e-3, sampling_steps=4, density_steps=2),
    "small": CascadeHyper(),
    "large": CascadeHyper(**images.LARGE_UNET, times=4, base_width=64, lr=1.5e-3, density_steps=12),
}


def build_cascade(spec: Spec, given: Spec, hyper: CascadeHyper) -> Recipe:
    """Builds a cascade of two flow-matching models; the small images are read pixel by pixel."""
    leaf, steps = low_leaf(spec.leaf, hyper.times), (hyper.sampling_steps, hyper.density_steps)
    low, upsampler_given = Spec((("picture", leaf),)), Spec((*given.leaves, ("low", leaf)))
    base = FlowMatching(low, given, replace(hyper, width=hyper.base_width).velocity(low, given, 1), *steps)
    upsampler = FlowMatching(spec, upsampler_given, hyper.velocity(spec, upsampler_given), *steps)
    return hyper.recipe(Cascade(spec, given, base, upsampler, hyper.times, hyper.noise), average=0.1)


CASCADE = Card(
    "cascade",
    (
        "Take it to generate a small image first and then its details.",
        "Its two models share the budget, and it has no codes.",
    ),
    {"images": images.Reading(build_cascade, CASCADE_PRESETS, compare=False)},
    paper="Ho 2022; SR3, Saharia 2021",
    equations=("families.two_stage.two_stage:Cascade", "families.diffusion.flow_matching"),
)


@dataclass(frozen=True)
class DiscreteLinesHyper(lines.OfDeepLines):
    taps: int = 3
    squared: bool = True
    noise: str = one_of("mask", "uniform", says="what noise makes of a token: a mask, or any token (Schiff 2025)")
    sampling_steps: int = fields.sampling_steps(64)
    terms: int = fields.terms(32)


DISCRETE_LINES = {
    "tiny": DiscreteLinesHyper(**lines.TINY, depth=1, taps=0, squared=False, sampling_steps=12, terms=16, lr=2e-2),
    "small": DiscreteLinesHyper(),
    "large": DiscreteLinesHyper(**lines.DEEP, dropout=0.0),
    "text": DiscreteLinesHyper(**lines.TEXT, sampling_steps=128, lr=5e-4),
    "uniform": DiscreteLinesHyper(**lines.DEEP, noise="uniform"),
}


def build_discrete_diffusion(spec: Spec, given: Spec, hyper: DiscreteLinesHyper) -> Recipe:
    outputs = spec.leaf.end if spec.leaf.ends else spec.leaf.k
    timed = hyper.noise == "uniform"  # how many masks there are says as much
    network = SymbolTransformer(spec, given, outputs, *hyper.sizes, timed)
    family = TokenDiffusion(spec, given, network, hyper.noise, hyper.sampling_steps, hyper.terms)
    return hyper.recipe(family, warmup=2_000)


TOKENS = ("families.diffusion.token_diffusion",)
DISCRETE_ON_LINES = On(build_discrete_diffusion, DISCRETE_LINES, lines.choose, equations=TOKENS)
FEW_WINDOWS = Brief(3_000, dict(depth=2, batch=8, lr=1e-3, dropout=0.0))
DISCRETE = Card(
    "discrete-diffusion",
    (
        "Take it to complete items of categories with gaps in any position.",
        "Its likelihood is a lower bound, and every sample takes several calls of the network.",
    ),
    {
        "sequences": replace(DISCRETE_ON_LINES, brief={"text": FEW_WINDOWS}),
    },
    paper="Austin 2021; Sahoo 2024 (MDLM)",
    equations=("families.diffusion.categorical_noise",),
    variants={
        "uniform": "uniform noise (Austin 2021) in place of masks",
    },
    near=("d3pm", "ddim", "imagen", "karras", "tabddpm", "tabsyn"),
)
