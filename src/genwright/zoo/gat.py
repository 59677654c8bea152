"""Graph attention for nodes, links, graphs and molecules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import fields
from .bodies import graph_heads, nodes
from .bodies.convolutions import NEAR, Convolved, build, cross
from .card import Card

if TYPE_CHECKING:
    from ..networks.graph.gat import GAT


@dataclass(frozen=True)
class GATHyper(Convolved):
    """Hyperparameters of GAT (Velickovic 2018; Brody 2022).

    Heads side by side between layers, `output_heads` averaged at the end. dropout: also of the shares of attention.
    """

    width: int = fields.units(16, "units of a head of attention")
    heads: int = fields.units(4, "heads of attention side by side; Velickovic 2018")
    activation, convolution, output_heads = "elu", "GAT", 1

    @property
    def units(self) -> int:
        return self.heads * self.width

    def layer(self, inputs, outputs, last, spec) -> GAT:
        from ..networks.graph import gat

        heads = (outputs, self.output_heads, False) if last else (self.units // self.heads, self.heads, True)
        return getattr(gat, self.convolution)(inputs, *heads, self.encoder_dropout, spec.edge_features)


@dataclass(frozen=True)
class NodeGAT(GATHyper, nodes.OfNodes):
    """Hyperparameters of GAT (Velickovic 2018). As there, all weights decay, and after every epoch the share of right
    labels on validation nodes is looked at, of the weights as they are."""

    lr: float = 0.005
    epochs: float = 1_000.0
    width: int = 8
    heads: int = 8
    output_heads: int = fields.units(1, "heads of the last layer, which are averaged; Velickovic 2018")
    dropout: float = 0.6
    decay: float = fields.decay(5e-4)
    decays, monitor, settings = True, "wrong", {"average": 0.0, "validate_every": 1}


class NodeGATv2(NodeGAT):
    """Hyperparameters of GATv2 (Brody 2022)."""

    convolution = "GATv2"


@dataclass(frozen=True)
class MoleculeGAT(GATHyper, graph_heads.OfMoleculeGraphs):
    """Hyperparameters of GAT (Velickovic 2018, with features of bonds)."""

    width: int = fields.units(128, "units of each layer")
    heads: int = fields.units(4, "heads of attention side by side, which share the units of a layer; Velickovic 2018")

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_multiple(self, "width", self.heads, "heads share it")

    @property
    def units(self) -> int:
        return self.width


NODES = {
    "few": {},
    "many": dict(output_heads=8, decay=1e-3, lr=0.01, epochs=300),
    "tiny": dict(width=4, heads=2, output_heads=2, epochs=20),
}
LINKS = cross(GATHyper, graph_heads.OfPairs, usual={}, tiny=dict(width=4, heads=2, size=8, epochs=20))
GRAPHS = cross(
    GATHyper,
    graph_heads.OfGraphs,
    dict(readout="mean"),
    **graph_heads.USUAL_GRAPHS,
    tiny=graph_heads.TINY_GRAPHS | dict(width=4, heads=2),
)
MOLECULES = {"default": MoleculeGAT(), "tiny": MoleculeGAT(**graph_heads.TINY_MOLECULES, heads=2)}
FIGURES = ("attention", "layers")
GAT_CARD = Card(
    "gat",
    ("Take it where some neighbours matter more than others.", NEAR),
    {
        "nodes": nodes.OnNodes(build, {name: NodeGAT(**values) for name, values in NODES.items()}, figures=FIGURES),
        "links": graph_heads.OnLinks(LINKS),
        "graphs": graph_heads.OnGraphs(GRAPHS),
        "properties": graph_heads.OnMolecules(MOLECULES, compare=False),
    },
    paper="Velickovic 2018",
    equations=("networks.graph.gat",),
    near=("graph-transformer", "mpnn", "pna", "schnet"),
)
GATV2_CARD = Card(
    "gatv2",
    ("Take it where the neighbour that matters depends on the node.", NEAR),
    {"nodes": nodes.OnNodes(build, {name: NodeGATv2(**values) for name, values in NODES.items()}, figures=FIGURES)},
    paper="Brody 2022",
    equations=("networks.graph.gat",),
)
