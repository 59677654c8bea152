"""Cascades of images: a small one first, then its details."""

from dataclasses import dataclass, replace

from ..core.hyper import real, whole
from ..core.recipe import Recipe
from ..core.spec import Spec
from . import fields
from .bodies import images
from .card import Card


@dataclass(frozen=True)
class CascadeHyper(images.OfUNet):
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


PRESETS = {
    "tiny": CascadeHyper(base_width=8, width=8, dropout=0.0, batch=32, lr=5e-3, sampling_steps=4, density_steps=2),
    "small": CascadeHyper(),
    "large": CascadeHyper(**images.LARGE_UNET, times=4, base_width=64, lr=1.5e-3, density_steps=12),
}


def build(spec: Spec, given: Spec, hyper: CascadeHyper) -> Recipe:
    """Flow matching twice; the small images are read pixel by pixel."""
    from ..distributions.low_resolution import low_leaf
    from ..families.diffusion.flow_matching import FlowMatching
    from ..families.two_stage.cascade import Cascade

    leaf, steps = low_leaf(spec.leaf, hyper.times), (hyper.sampling_steps, hyper.density_steps)
    low, told = Spec((("picture", leaf),)), Spec((*given.leaves, ("low", leaf)))
    base = FlowMatching(low, given, replace(hyper, width=hyper.base_width).velocity(low, given, 1), *steps)
    upsampler = FlowMatching(spec, told, hyper.velocity(spec, told), *steps)
    return hyper.recipe(Cascade(spec, given, base, upsampler, hyper.times, hyper.noise), average=0.1)


CARD = Card(
    "cascade",
    (
        "Take it to generate a small image first and then its details.",
        "Its two models share the budget, and it has no codes.",
    ),
    {"images": images.Reading(build, PRESETS, compare=False)},
    paper="Ho 2022; SR3, Saharia 2021",
    equations=("families.two_stage.cascade", "families.diffusion.flow_matching"),
)
