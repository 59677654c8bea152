"""Integer flows of images on levels."""

from dataclasses import dataclass

from ..core.errors import Unsupported
from ..core.hyper import whole
from ..core.recipe import Recipe, Trained
from ..core.spec import Spec
from . import fields
from .bodies import images
from .card import Card


@dataclass(frozen=True)
class IntegerFlowHyper(Trained):
    """Hyperparameters of integer flow (Hoogeboom 2019)."""

    batch: int = 64
    lr: float = 3e-3
    weight_decay: float = 0.01
    scales: int = whole(2, least=1, most=10, says="scales, each with half the sides of the one before")
    layers: int = fields.layers(2, "couplings of a scale", least=0)
    components: int = fields.units(5, "logistics that the distribution of a number mixes; Salimans 2017")
    width: int = fields.units(48, "channels of a coupling's network")
    depth: int = fields.layers(2, "residual blocks of a coupling's network")


PRESETS = {
    "tiny": IntegerFlowHyper(scales=1, components=2, width=8, depth=1, lr=1e-2),
    "small": IntegerFlowHyper(),
    "large": IntegerFlowHyper(batch=32),
}


def build(spec: Spec, given: Spec, hyper: IntegerFlowHyper) -> Recipe:
    from ..distributions.heads import DiscretisedLogistic
    from ..families.flows.integer_flow import IntegerFlow
    from ..networks.conditioning import GivenVector
    from ..networks.whole_number_flow import WholeNumberFlow

    if not spec.discrete:
        raise Unsupported("an integer flow is for images on levels, not for real numbers: take the family flow")
    condition, levels = 64 if given.columns else 0, spec.leaf.levels
    head = DiscretisedLogistic(levels, hyper.components)
    network = hyper.width, hyper.depth, condition
    f = WholeNumberFlow(spec.shape, levels, hyper.scales, hyper.layers, head, *network)
    return hyper.recipe(IntegerFlow(spec, given, f, GivenVector(given, condition)))


CARD = Card(
    "integer-flow",
    ("Take it for exact likelihoods of images and for lossless compression.", "It has no codes."),
    {"images": images.Blind(build, PRESETS, compare=False)},
    paper="Hoogeboom 2019",
    equations=("families.flows.integer_flow",),
)
