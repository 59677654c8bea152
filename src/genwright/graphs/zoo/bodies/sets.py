"""Graphs and points in space: hyperparameters that several families share, and the choice of a preset."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from math import lcm

from ....core.domain import BaseDomain
from ....core.hyper import Hyper, whole
from ....core.recipe import Trained
from ....core.spec import Spec
from ....zoo import fields
from ....zoo.card import On

SMALL_NETWORK_GRAPHS = 2_000  # training graphs, up to which a small network learns all there is
TINY_PAIRS = dict(width=32, pair_width=16, depth=2, heads=2, walks=3, lr=2e-3)
TINY_POINTS = dict(width=16, depth=2, lr=2e-3, chain_length=100, levels=10, terms=16)
LARGE_POINTS = dict(width=128, depth=6, batch=64, lr=1e-3, levels=200, terms=64)


def choose(presets: Mapping[str, Hyper], spec: Spec, given: Spec, items: int) -> str:
    """Chooses a preset: "small" up to 2,000 training graphs, and "large" beyond."""
    return "small" if items <= SMALL_NETWORK_GRAPHS else "large"


def choose_points(presets: Mapping[str, Hyper], spec: Spec, given: Spec, items: int) -> str:
    """Chooses a preset: "small" below 20,000 sets, and "large" from there on."""
    return "small" if items < 20_000 else "large"


def structure_alone(domain: BaseDomain) -> bool:
    """Whether the nodes of graphs are all alike, and pairs joined or not."""
    leaf = domain.spec.leaf
    return leaf.each.columns[0].k == 1 and leaf.pairs.k == 2


OnGraphs = partial(On, choose=choose)
OnPoints = partial(On, choose=choose_points)


@dataclass(frozen=True)
class OfPairs(Trained):
    """Hyperparameters of families that read graphs by a transformer over nodes and pairs of nodes."""

    batch: int = 32
    width: int = fields.units(64, "units of a node, an even number and a multiple of the heads")
    pair_width: int = fields.units(32, "units of a pair of nodes")
    depth: int = fields.layers(4, "layers; Vignac 2023")
    heads: int = fields.heads(4)
    walks: int = whole(6, least=1, most=1_000, says="steps of the longest random walk that is a feature; Ma 2023")

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_multiple(self, "width", lcm(2, self.heads), "of 2 and of the heads")


@dataclass(frozen=True)
class OfPoints(Trained):
    """Hyperparameters of families that remove noise from points."""

    batch: int = 32
    lr: float = 3e-3
    width: int = fields.units(64, "units of a layer, an even number")
    depth: int = fields.layers(4, "layers of the network; Satorras 2021")
    chain_length: int = fields.chain_length(1_000, "steps of the chain of noise; Ho 2020")
    levels: int = fields.chain_length(100, "levels of noise of the chain that samples and the bound pass")
    terms: int = fields.terms(32)

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_multiple(self, "width", 2, "sines and cosines come in pairs")
