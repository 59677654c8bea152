"""GIN for nodes, links, graphs and molecules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.hyper import flag
from . import fields
from .bodies import graph_heads as heads
from .bodies import nodes
from .bodies.convolutions import NEAR, Convolved, build, cross
from .card import Card

if TYPE_CHECKING:
    from ..networks.graph.gin import GIN


class GINHyper(Convolved):
    """Hyperparameters of GIN (Xu 2019, with features of edges as Hu 2020 reads them)."""

    learn_eps = False

    def layer(self, inputs, outputs, last, spec) -> GIN:
        from ..networks.graph.gin import GIN

        return GIN(inputs, outputs, self.width, self.learn_eps, spec.edge_features)


@dataclass(frozen=True)
class NodeGIN(GINHyper, nodes.OfNodes):
    """Hyperparameters of GIN (Xu 2019). The share of wrong labels picks the weights: with sums, the validation loss
    soon rises, since answers grow too sure, while more of them are right."""

    width: int = 64
    dropout: float = 0.8
    decay: float = fields.decay(0.02)
    learn_eps: bool = flag(False, says="learn how much a node counts beside its neighbours; Xu 2019")
    decays, monitor = True, "wrong"


NODES = {
    "few": NodeGIN(),
    "many": NodeGIN(**nodes.MANY, **nodes.PLAIN),
    "tiny": NodeGIN(**nodes.TINY, **nodes.PLAIN, learn_eps=True),
}
GRAPHS = cross(
    GINHyper,
    heads.OfGraphs,
    dict(lr=0.01, width=32, layers=4),
    **heads.USUAL_GRAPHS,
    tiny=heads.TINY_GRAPHS | dict(readout="set2set"),
)
MOLECULES = cross(GINHyper, **heads.ATOMS)
CARD = Card(
    "gin",
    ("Take it for whole graphs, whose structure it tells apart by sums.", NEAR),
    {
        "nodes": nodes.OnNodes(build, NODES),
        "links": heads.OnLinks(cross(GINHyper, heads.OfPairs, heads.DISJOINT, usual={}, tiny=heads.TINY_LINKS)),
        "graphs": heads.OnGraphs(GRAPHS, default=True),
        "properties": heads.OnMolecules(MOLECULES, paper="Xu 2019; features of bonds by Hu 2020", compare=False),
    },
    paper="Xu 2019; features of edges by Hu 2020",
    equations=("networks.graph.gin",),
)
