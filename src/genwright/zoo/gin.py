"""GIN: sums over neighbours, for nodes, links, whole graphs and molecules."""

from dataclasses import dataclass

from ..core.hyper import flag
from . import fields
from .bodies import graphs, links, molecules, nodes
from .bodies.convolutions import GINHyper
from .card import Card


@dataclass(frozen=True)
class NodesHyper(GINHyper, nodes.OfNodes):
    """Hyperparameters of GIN (Xu 2019). The share of wrong labels picks the weights: with sums, the validation loss
    soon rises, since answers grow too sure, while more of them are right."""

    width: int = 64
    dropout: float = 0.8
    decay: float = fields.decay(0.02)
    learn_eps: bool = flag(False, says="learn how much a node counts beside its neighbours; Xu 2019")
    decays, monitor = True, "wrong"


NODES = {
    "few": NodesHyper(),
    "many": NodesHyper(**nodes.LONG_TRAINING, **nodes.PLAIN),
    "tiny": NodesHyper(**nodes.TINY, **nodes.PLAIN, learn_eps=True),
}
CARD = Card(
    "gin",
    ("Take it for whole graphs, whose structure it tells apart by sums.", nodes.NEIGHBOUR_ADVICE),
    {
        "nodes": nodes.on(NODES),
        "links": links.on(GINHyper, links.DISJOINT, links.TINY),
        "graphs": graphs.on(GINHyper, dict(lr=0.01, width=32, layers=4), dict(readout="set2set"), default=True),
        "properties": molecules.on_encoder(GINHyper, paper="Xu 2019; features of bonds by Hu 2020", compare=False),
    },
    paper="Xu 2019; features of edges by Hu 2020",
)
