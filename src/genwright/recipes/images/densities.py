"""Images, families of densities: their hyperparameters, and how they are put together."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.errors import Unsupported
from ...core.hyper import whole
from ...core.recipe import Recipe, Trained
from ...core.spec import Spec
from ...distributions.heads import Categorical, DiscretisedLogistic
from ...families.autoregressive.autoregressive import Autoregressive
from ...families.energy import Energy
from ...families.flows.flow import Flow
from ...families.flows.integer_flow import IntegerFlow
from ...networks.conditioning import GivenVector
from ...networks.energies import PictureEnergy
from ...networks.flow_stacks import picture_flow
from ...networks.masked_conv import GatedPixelCNN
from ...networks.splines import Spline
from ...networks.whole_number_flow import WholeNumberFlow
from .. import fields
from ..chains import OfChains


@dataclass(frozen=True)
class FlowHyper(Trained):
    """Hyperparameters of flow (Dinh 2017; Kingma 2018; Durkan 2019 (splines))."""

    lr: float = 2e-3
    weight_decay: float = 0.1
    fine: int = fields.layers(6, "couplings over blocks of 2 x 2 pixels; Dinh 2017")
    coarse: int = fields.layers(4, "couplings over blocks of 4 x 4 pixels after them", least=0)
    width: int = fields.units(48, "channels of a fine coupling's network; a coarse one's has twice as many")
    depth: int = fields.layers(1, "residual blocks of a coupling's network")
    bins: int = fields.bins(8)
    margins: int = whole(
        17, least=0, most=512, says="bins of a learned margin of each pixel with levels, which comes first; 0 for none"
    )
    dropout: float = fields.dropout(0.5)
    draws: int = fields.draws(8)


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


@dataclass(frozen=True)
class AutoregressiveHyper(Trained):
    """van den Oord 2016 (gated PixelCNN)."""

    batch: int = 64
    lr: float = 2e-3
    weight_decay: float = 0.1
    width: int = fields.units(48, "channels of each of the two stacks")
    depth: int = fields.layers(5, "gated layers")
    top: int = fields.units(64, "hidden units before the outputs of a pixel's channel")
    dropout: float = fields.dropout(0.4)


@dataclass(frozen=True)
class EnergyHyper(OfChains):
    """Hyperparameters of energy-based models (Hinton 2002; Tieleman 2008; Du & Mordatch 2019)."""

    lr: float = 2e-3
    channels: int = fields.units(32, "channels of the first convolution; each further one has twice as many")
    features: int = fields.units(256, "units of the layers over the whole image")
    blur: float = 0.25
    chain_length: int = 5
    draw_steps: int = 120


PRESETS = {
    "flow": {
        "tiny": FlowHyper(
            fine=1, coarse=1, width=8, bins=4, margins=4, dropout=0.0, batch=64, weight_decay=0.0, draws=2
        ),
        "small": FlowHyper(),
        "large": FlowHyper(coarse=8, width=32, margins=16, dropout=0.0, batch=64, lr=3e-3, weight_decay=0.0, draws=4),
    },
    "integer-flow": {
        "tiny": IntegerFlowHyper(scales=1, components=2, width=8, depth=1, lr=1e-2),
        "small": IntegerFlowHyper(),
        "large": IntegerFlowHyper(batch=32),
    },
    "autoregressive": {
        "tiny": AutoregressiveHyper(width=8, depth=2, top=16, dropout=0.0, weight_decay=0.0),
        "small": AutoregressiveHyper(),
        "large": AutoregressiveHyper(depth=6, dropout=0.0, batch=16, weight_decay=0.01),
    },
    "energy": {
        "tiny": EnergyHyper(channels=8, features=32, chain_length=4, chains=256, draw_steps=10, batch=64),
        "small": EnergyHyper(),
        "large": EnergyHyper(chain_length=10, draw_steps=60, lr=1e-3),
    },
}


def flow(spec: Spec, given: Spec, hyper: FlowHyper) -> Recipe:
    condition = 64 if given.columns else 0
    margins = hyper.margins if spec.discrete else 0  # learned margins are for numbers in [-1, 1]
    sizes, network = (hyper.fine, hyper.coarse), (hyper.width, hyper.depth, condition, hyper.dropout)
    f = picture_flow(spec.shape, *sizes, Spline(hyper.bins), *network, margins)
    return hyper.recipe(Flow(spec, given, f, GivenVector(given, condition), hyper.draws), betas=(0.9, 0.99))


def integer_flow(spec: Spec, given: Spec, hyper: IntegerFlowHyper) -> Recipe:
    if not spec.discrete:
        raise Unsupported("an integer flow is for images on levels, not for real numbers: take the family flow")
    condition, levels = 64 if given.columns else 0, spec.leaf.levels
    head = DiscretisedLogistic(levels, hyper.components)
    network = hyper.width, hyper.depth, condition
    f = WholeNumberFlow(spec.shape, levels, hyper.scales, hyper.layers, head, *network)
    return hyper.recipe(IntegerFlow(spec, given, f, GivenVector(given, condition)))


def autoregressive(spec: Spec, given: Spec, hyper: AutoregressiveHyper) -> Recipe:
    head = Categorical(spec.leaf.levels)
    sizes = dict(top=hyper.top, dropout=hyper.dropout)
    network = GatedPixelCNN(spec, given, head.size, hyper.width, hyper.depth, **sizes)
    return hyper.recipe(Autoregressive(spec, given, network, head, known_share=0.15))


def energy(spec: Spec, given: Spec, hyper: EnergyHyper) -> Recipe:
    network = PictureEnergy(spec, given, hyper.channels, hyper.features)
    chains = hyper.chain_length, hyper.chains, hyper.draw_steps
    family = Energy(spec, given, network, hyper.blur, hyper.step, *chains, hyper.energy_l2)
    return hyper.recipe(family, validates=False)
