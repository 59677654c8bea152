"""Graph networks on the graph of atoms and bonds, which predict properties."""

from dataclasses import dataclass

from ...graphs.zoo import graph_networks
from ...graphs.zoo.bodies.convolutions import GATHyper, GCNHyper, GINHyper, SAGEHyper
from ...zoo import fields
from ...zoo.card import extend_card
from . import bodies

GCN = extend_card(graph_networks.GCN, {"properties": bodies.on_encoder(GCNHyper)})
GIN = extend_card(
    graph_networks.GIN,
    {"properties": bodies.on_encoder(GINHyper, paper="Xu 2019; features of bonds by Hu 2020", compare=False)},
)
SAGE = extend_card(graph_networks.SAGE, {"properties": bodies.on_encoder(SAGEHyper, compare=False)})


@dataclass(frozen=True)
class GATMoleculesHyper(GATHyper, bodies.OfMoleculeGraphs):
    width: int = fields.units(128, "units of each layer")
    heads: int = fields.units(4, "heads of attention side by side, which share the units of a layer; Velickovic 2018")

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_multiple(self, "width", self.heads, "heads share it")

    @property
    def units(self) -> int:
        return self.width


GAT_MOLECULES = {"default": GATMoleculesHyper(), "tiny": GATMoleculesHyper(**bodies.TINY, heads=2)}
GAT = extend_card(graph_networks.GAT, {"properties": bodies.make_on(GAT_MOLECULES, GATHyper.equations, compare=False)})
