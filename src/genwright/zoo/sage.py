"""GraphSAGE: neighbours are put together by an aggregator, for nodes, links, whole graphs and molecules."""

from dataclasses import dataclass

from ..core.hyper import flag, real
from .bodies import graphs, links, molecules, nodes
from .bodies.convolutions import SAGEHyper
from .card import Card


@dataclass(frozen=True)
class NodesHyper(SAGEHyper, nodes.OfSamples):
    """Hyperparameters of GraphSAGE (Hamilton 2017)."""

    nodes_dropped: float = real(0.0, least=0.0, below=1.0, says="share of nodes whose features training leaves out")
    norm: bool = flag(False, says="layer norm between layers; Ba 2016")
    unit: bool = flag(False, says="vectors of length 1 between layers; Hamilton 2017")


NODES = {
    "few": NodesHyper(),
    "many": NodesHyper(**nodes.LONG_TRAINING, norm=True),
    "pool": NodesHyper(aggregator="pool"),
    "lstm": NodesHyper(aggregator="lstm"),
    "uniform": NodesHyper(batch=50, sampler="uniform"),
    "tiny": NodesHyper(**nodes.TINY, aggregator="pool", dropout=0.2, nodes_dropped=0.1, norm=True, unit=True),
}
CARD = Card(
    "sage",
    ("Take it for large graphs and for nodes that come later.", nodes.NEIGHBOUR_ADVICE),
    {
        "nodes": nodes.on(NODES),
        "links": links.on(SAGEHyper, links.DISJOINT, links.TINY),
        "graphs": graphs.on(SAGEHyper, dict(readout="max"), {}),
        "properties": molecules.on_encoder(SAGEHyper, compare=False),
    },
    paper="Hamilton 2017",
    variants={
        "pool": "the max-pooling aggregator (Hamilton 2017)",
        "lstm": "the LSTM aggregator (Hamilton 2017)",
        "uniform": "uniform neighbours (Hamilton 2017)",
    },
    near=("graphsage",),
)
