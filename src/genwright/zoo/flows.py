"""Flows of images and of tables, and integer flows of images on levels."""

from dataclasses import dataclass

from torch import nn

from ..core.errors import Unsupported
from ..core.hyper import Brief, flag, whole
from ..core.recipe import Recipe, Trained
from ..core.spec import Spec
from ..distributions.heads import DiscretisedLogistic
from ..families.flows.flow import Flow, IntegerFlow
from ..networks.conditioning import GivenVector
from ..networks.coupling import Spline
from ..networks.flow_stacks import WholeNumberFlow, picture_flow, row_flow
from . import fields
from .bodies import images, tables
from .card import Alias, Card


@dataclass(frozen=True)
class FlowImagesHyper(Trained):
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

    def bijection(self, spec: Spec, condition: int) -> nn.Module:
        margins = self.margins if spec.discrete else 0  # learned margins are for numbers in [-1, 1]
        sizes, network = (self.fine, self.coarse), (self.width, self.depth, condition, self.dropout)
        return picture_flow(spec.shape, *sizes, Spline(self.bins), *network, margins)


@dataclass(frozen=True)
class FlowTablesHyper(Trained):
    batch: int = 64
    lr: float = 2e-3
    weight_decay: float = 0.1
    layers: int = fields.layers(2, "autoregressive layers, in pairs of an order and its reverse")
    width: int = fields.units(64, "units of a layer's network")
    depth: int = fields.layers(1, "hidden layers of a layer's network")
    bins: int = fields.bins(8)
    draws: int = fields.draws(8)
    couplings: bool = flag(
        False,
        later=True,
        says="whether layers change half of the columns at once (Dinh 2017), which samples sooner",
    )

    def bijection(self, spec: Spec, condition: int) -> nn.Module:
        sizes = self.layers, Spline(self.bins), self.width, self.depth, condition, self.couplings
        return row_flow(len(spec.columns), *sizes)


FLOW_IMAGES = {
    "tiny": FlowImagesHyper(
        fine=1, coarse=1, width=8, bins=4, margins=4, dropout=0.0, batch=64, weight_decay=0.0, draws=2
    ),
    "small": FlowImagesHyper(),
    "large": FlowImagesHyper(coarse=8, width=32, margins=16, dropout=0.0, batch=64, lr=3e-3, weight_decay=0.0, draws=4),
}
FLOW_TABLES = {
    "tiny": FlowTablesHyper(width=16, bins=4, lr=4e-3, weight_decay=0.0, draws=2),
    "small": FlowTablesHyper(),
    "large": FlowTablesHyper(width=128, depth=2, batch=512, lr=4e-3, weight_decay=0.0),
    "coupling": FlowTablesHyper(couplings=True, layers=6, width=32, batch=512, lr=2e-3, weight_decay=0.0),
    "plane": FlowTablesHyper(layers=3, depth=2, bins=16, batch=512, lr=5e-3, weight_decay=0.0),
}


def build_flow(spec: Spec, given: Spec, hyper: FlowImagesHyper | FlowTablesHyper) -> Recipe:
    condition = 64 if given.columns else 0
    f = hyper.bijection(spec, condition)
    return hyper.recipe(Flow(spec, given, f, GivenVector(given, condition), hyper.draws), betas=(0.9, 0.99))


FLOW = Card(
    "flow",
    ("Take it for densities and for codes that map back to the item.", "Its code is as large as the item."),
    {
        "images": images.Blind(
            build_flow,
            FLOW_IMAGES,
            paper="Dinh 2017 (RealNVP); Durkan 2019 (splines)",
            brief={"small": Brief(30_000, dict(fine=3, coarse=2, batch=64, lr=4e-3, dropout=0.0))},
        ),
        "tables": tables.OnRows(build_flow, FLOW_TABLES, paper="Papamakarios 2017 (MAF); Durkan 2019 (splines)"),
    },
    equations=("families.flows.flow",),
    aliases=(Alias("nsf", ("images", "tables"), "Durkan 2019"),),
    near=("ffjord", "glow", "iaf", "maf", "nice", "realnvp"),
)


@dataclass(frozen=True)
class IntegerFlowHyper(Trained):
    batch: int = 64
    lr: float = 3e-3
    weight_decay: float = 0.01
    scales: int = whole(2, least=1, most=10, says="scales, each with half the sides of the one before")
    layers: int = fields.layers(2, "couplings of a scale", least=0)
    components: int = fields.units(5, "logistics that the distribution of a number mixes; Salimans 2017")
    width: int = fields.units(48, "channels of a coupling's network")
    depth: int = fields.layers(2, "residual blocks of a coupling's network")


INTEGER_FLOW_PRESETS = {
    "tiny": IntegerFlowHyper(scales=1, components=2, width=8, depth=1, lr=1e-2),
    "small": IntegerFlowHyper(),
    "large": IntegerFlowHyper(batch=32),
}


def build_integer_flow(spec: Spec, given: Spec, hyper: IntegerFlowHyper) -> Recipe:
    if not spec.discrete:
        raise Unsupported("an integer flow is for images on levels, not for real numbers: take the family flow")
    condition, levels = 64 if given.columns else 0, spec.leaf.levels
    head = DiscretisedLogistic(levels, hyper.components)
    network = hyper.width, hyper.depth, condition
    f = WholeNumberFlow(spec.shape, levels, hyper.scales, hyper.layers, head, *network)
    return hyper.recipe(IntegerFlow(spec, given, f, GivenVector(given, condition)))


INTEGER_FLOW = Card(
    "integer-flow",
    ("Take it for exact likelihoods of images and for lossless compression.", "It has no codes."),
    {"images": images.Blind(build_integer_flow, INTEGER_FLOW_PRESETS, compare=False)},
    paper="Hoogeboom 2019",
    equations=("families.flows.flow:IntegerFlow",),
)
