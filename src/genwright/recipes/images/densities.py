"""Pictures, families of densities: the numbers they run with, and how they are put together."""

from __future__ import annotations

from ...core.errors import Unsupported
from ...core.spec import Spec
from ...core.trainable import Recipe
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

# fmt: off
PRESETS = {
    "flow": {
        "tiny":  dict(fine=1, coarse=1, width=8, depth=1, bins=4, margins=4, dropout=0.0, batch=64, lr=2e-3,
                      weight_decay=0.0, draws=2),
        "small": dict(fine=6, coarse=4, width=48, depth=1, bins=8, margins=17, dropout=0.5, batch=128, lr=2e-3,
                      weight_decay=0.1, draws=8),
        "large": dict(fine=6, coarse=8, width=32, depth=1, bins=8, margins=16, dropout=0.0, batch=64, lr=3e-3,
                      weight_decay=0.0, draws=4),
    },
    "integer-flow": {
        "tiny":  dict(scales=1, layers=2, components=2, width=8, depth=1, batch=64, lr=1e-2),
        "small": dict(scales=2, layers=2, components=5, width=48, depth=2, batch=64, lr=3e-3),
        "large": dict(scales=2, layers=2, components=5, width=48, depth=2, batch=32, lr=3e-3),
    },
    "autoregressive": {
        "tiny":  dict(width=8, depth=2, top=16, dropout=0.0, batch=64, lr=2e-3, weight_decay=0.0),
        "small": dict(width=48, depth=5, top=64, dropout=0.4, batch=64, lr=2e-3, weight_decay=0.1),
        "large": dict(width=48, depth=6, top=64, dropout=0.0, batch=16, lr=2e-3, weight_decay=0.01),
    },
    "energy": {
        "tiny":  dict(channels=8, features=32, blur=0.25, step=0.15, steps=4, chains=256, draw_steps=10,
                      energy_l2=0.001, batch=64, lr=2e-3),
        "small": dict(channels=32, features=256, blur=0.25, step=0.15, steps=5, chains=512, draw_steps=120,
                      energy_l2=0.001, batch=128, lr=2e-3),
        "large": dict(channels=32, features=256, blur=0.25, step=0.15, steps=10, chains=512, draw_steps=60,
                      energy_l2=0.001, batch=128, lr=1e-3),
    },
}
# fmt: on


def flow(
    spec: Spec,
    given: Spec,
    fine: int,
    coarse: int,
    width: int,
    depth: int,
    bins: int,
    margins: int,
    dropout: float,
    batch: int,
    lr: float,
    weight_decay: float,
    draws: int,
) -> Recipe:
    condition = 64 if given.columns else 0
    pixels = margins if spec.discrete else 0  # learned margins are for numbers in [-1, 1]
    f = picture_flow(spec.shape, fine, coarse, Spline(bins), width, depth, condition, dropout, pixels)
    family = Flow(spec, given, f, GivenVector(given, condition), draws)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay, betas=(0.9, 0.99))


def integer_flow(
    spec: Spec,
    given: Spec,
    scales: int,
    layers: int,
    components: int,
    width: int,
    depth: int,
    batch: int,
    lr: float,
) -> Recipe:
    if not spec.discrete:
        raise Unsupported("an integer flow is for pictures on levels, not for real numbers: take the family flow")
    condition = 64 if given.columns else 0
    head = DiscretisedLogistic(spec.leaf.levels, components)
    f = WholeNumberFlow(spec.shape, spec.leaf.levels, scales, layers, head, width, depth, condition)
    return Recipe(IntegerFlow(spec, given, f, GivenVector(given, condition)), batch=batch, lr=lr, weight_decay=0.01)


def autoregressive(
    spec: Spec,
    given: Spec,
    width: int,
    depth: int,
    top: int,
    dropout: float,
    batch: int,
    lr: float,
    weight_decay: float,
) -> Recipe:
    head = Categorical(spec.leaf.levels)
    network = GatedPixelCNN(spec, given, head.size, width, depth, top=top, dropout=dropout)
    return Recipe(
        Autoregressive(spec, given, network, head, known_share=0.15), batch=batch, lr=lr, weight_decay=weight_decay
    )


def energy(
    spec: Spec,
    given: Spec,
    channels: int,
    features: int,
    blur: float,
    step: float,
    steps: int,
    chains: int,
    draw_steps: int,
    energy_l2: float,
    batch: int,
    lr: float,
) -> Recipe:
    network = PictureEnergy(spec, given, channels, features)
    family = Energy(spec, given, network, blur, step, steps, chains, draw_steps, energy_l2)
    return Recipe(family, batch=batch, lr=lr, validates=False)
