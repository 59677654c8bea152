"""GraphSAGE for nodes, links, graphs and molecules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.hyper import flag, one_of, real
from .bodies import graph_heads as heads
from .bodies import nodes
from .bodies.convolutions import NEAR, Convolved, build, cross
from .card import Card

if TYPE_CHECKING:
    from ..networks.graph.sage import SAGE


@dataclass(frozen=True)
class SAGEHyper(Convolved):
    """Hyperparameters of GraphSAGE (Hamilton 2017).

    norm, unit: layer norm, and length 1, of what each layer but the last hands on.
    """

    aggregator: str = one_of("mean", "pool", "lstm", says="how neighbours are put together; Hamilton 2017")
    norm = unit = False

    def layer(self, inputs, outputs, last, spec) -> SAGE:
        from ..networks.graph.sage import SAGE

        return SAGE(inputs, outputs, self.aggregator, self.norm and not last, self.unit and not last)


@dataclass(frozen=True)
class NodeSAGE(SAGEHyper, nodes.OfSamples):
    """Hyperparameters of GraphSAGE (Hamilton 2017)."""

    nodes_dropped: float = real(0.0, least=0.0, below=1.0, says="share of nodes whose features training leaves out")
    norm: bool = flag(False, says="layer norm between layers; Ba 2016")
    unit: bool = flag(False, says="vectors of length 1 between layers; Hamilton 2017")


NODES = {
    "few": NodeSAGE(),
    "many": NodeSAGE(**nodes.MANY, norm=True),
    "pool": NodeSAGE(aggregator="pool"),
    "lstm": NodeSAGE(aggregator="lstm"),
    "uniform": NodeSAGE(batch=50, sampler="uniform"),
    "tiny": NodeSAGE(**nodes.TINY, aggregator="pool", dropout=0.2, nodes_dropped=0.1, norm=True, unit=True),
}
GRAPHS = cross(SAGEHyper, heads.OfGraphs, dict(readout="max"), **heads.USUAL_GRAPHS, tiny=heads.TINY_GRAPHS)
CARD = Card(
    "sage",
    ("Take it for large graphs and for nodes that come later.", NEAR),
    {
        "nodes": nodes.OnNodes(build, NODES),
        "links": heads.OnLinks(cross(SAGEHyper, heads.OfPairs, heads.DISJOINT, usual={}, tiny=heads.TINY_LINKS)),
        "graphs": heads.OnGraphs(GRAPHS),
        "properties": heads.OnMolecules(cross(SAGEHyper, **heads.ATOMS), compare=False),
    },
    paper="Hamilton 2017",
    equations=("networks.graph.sage",),
    variants={
        "pool": "the max-pooling aggregator (Hamilton 2017)",
        "lstm": "the LSTM aggregator (Hamilton 2017)",
        "uniform": "uniform neighbours (Hamilton 2017)",
    },
    near=("graphsage",),
)
