"""Graph attention, and its second version for nodes."""

from dataclasses import dataclass

from . import fields
from .bodies import graphs, links, molecules, nodes
from .bodies.convolutions import GATHyper
from .card import Card


@dataclass(frozen=True)
class NodesHyper(GATHyper, nodes.OfNodes):
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


class SecondHyper(NodesHyper):
    """Hyperparameters of GATv2 (Brody 2022)."""

    convolution = "GATv2"


@dataclass(frozen=True)
class MoleculesHyper(GATHyper, molecules.OfMoleculeGraphs):
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
MOLECULES = {"default": MoleculesHyper(), "tiny": MoleculesHyper(**molecules.TINY, heads=2)}
FIGURES = ("attention", "layers")
GAT = Card(
    "gat",
    ("Take it where some neighbours matter more than others.", nodes.NEIGHBOUR_ADVICE),
    {
        "nodes": nodes.on({name: NodesHyper(**values) for name, values in NODES.items()}, figures=FIGURES),
        "links": links.on(GATHyper, {}, dict(width=4, heads=2, size=8, epochs=20)),
        "graphs": graphs.on(GATHyper, dict(readout="mean"), dict(width=4, heads=2)),
        "properties": molecules.on(MOLECULES, GATHyper.equations, compare=False),
    },
    paper="Velickovic 2018",
    near=("graph-transformer", "mpnn", "pna", "schnet"),
)
GATV2 = Card(
    "gatv2",
    ("Take it where the neighbour that matters depends on the node.", nodes.NEIGHBOUR_ADVICE),
    {"nodes": nodes.on({name: SecondHyper(**values) for name, values in NODES.items()}, figures=FIGURES)},
    paper="Brody 2022",
)
