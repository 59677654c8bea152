"""Sets of graphs: hyperparameters that several families share, and the choice of a preset."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from math import lcm

from ....core.hyper import Hyper, whole
from ....core.recipe import Trained
from ....core.spec import Spec
from ....zoo import fields
from ....zoo.card import On

SMALL_NETWORK_GRAPHS = 2_000  # training graphs, up to which a small network learns all there is
TINY_PAIRS = dict(width=32, pair_width=16, depth=2, heads=2, walks=3, lr=2e-3)


def choose(presets: Mapping[str, Hyper], spec: Spec, given: Spec, items: int) -> str:
    """Chooses a preset: "small" up to 2,000 training graphs, and "large" beyond."""
    return "small" if items <= SMALL_NETWORK_GRAPHS else "large"


STRUCTURE_ALONE = {"node_kind": "none", "edge_kind": "none"}  # nodes all alike, pairs joined or not
OnGraphs = partial(On, choose=choose)


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
