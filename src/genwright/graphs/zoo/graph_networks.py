"""GCN, GIN, GAT, GATv2 and GraphSAGE: graph networks for nodes, links, whole graphs and molecules. Beside them,
what whole graphs are predicted by without a network.
"""

from dataclasses import dataclass

from ...core.hyper import flag, real
from ...zoo import fields
from ...zoo.card import FLOOR, Baseline, Card, on_predictor
from ..families.label_baselines import WeisfeilerLehman
from .bodies import graphs, links, nodes
from .bodies.convolutions import GATHyper, GCNHyper, GINHyper, SAGEHyper, cross

SAMPLED = {name: dict(dropout=0.5, batch=50, sampler=name, budgets=budgets) for name, budgets in nodes.BUDGETS.items()}
GCN_NODES = {
    "few": {},
    "many": nodes.LONG_TRAINING | dict(dropout=0.5),
    "tiny": nodes.TINY | dict(dropout=0.5),
    **SAMPLED,
}
GCN = Card(
    "gcn",
    ("Take it first: it averages neighbours, with one matrix a layer.", nodes.NEIGHBOUR_ADVICE),
    {
        "nodes": nodes.make_on(
            cross(GCNHyper, nodes.OfSamples, dict(dropout=0.7, norm=nodes.norm()), GCN_NODES), default=True
        ),
        "links": links.make_on(GCNHyper, {}, links.TINY | links.DISJOINT | dict(negatives="hard")),
        "graphs": graphs.make_on(GCNHyper, dict(readout="mean"), dict(readout="attention")),
    },
    paper="Kipf & Welling 2017",
    variants={
        "uniform": "uniform neighbours (Hamilton 2017)",
        "fastgcn": "FastGCN (Chen 2018)",
        "ladies": "LADIES (Zou 2019)",
        "as-gcn": "AS-GCN (Huang 2018)",
        "bandit": "GCN-BS (Liu 2020)",
        "pass": "PASS (Yoon 2021)",
        "clusters": "Cluster-GCN (Chiang 2019)",
        "walks": "GraphSAINT with random walks (Zeng 2020)",
    },
)


@dataclass(frozen=True)
class GINNodesHyper(GINHyper, nodes.OfNodes):
    """Hyperparameters of GIN (Xu 2019). The share of wrong labels picks the weights: with sums, the validation loss
    soon rises, since answers grow too sure, while more of them are right."""

    width: int = 64
    dropout: float = 0.8
    decay: float = fields.decay(0.02)
    learn_eps: bool = flag(False, says="learn how much a node counts beside its neighbours; Xu 2019")
    decays, monitor = True, "wrong"


GIN_NODES = {
    "few": GINNodesHyper(),
    "many": GINNodesHyper(**nodes.LONG_TRAINING, **nodes.PLAIN),
    "tiny": GINNodesHyper(**nodes.TINY, **nodes.PLAIN, learn_eps=True),
}
GIN = Card(
    "gin",
    ("Take it for whole graphs, whose structure it tells apart by sums.", nodes.NEIGHBOUR_ADVICE),
    {
        "nodes": nodes.make_on(GIN_NODES),
        "links": links.make_on(GINHyper, links.DISJOINT, links.TINY),
        "graphs": graphs.make_on(GINHyper, dict(lr=0.01, width=32, layers=4), dict(readout="set2set"), default=True),
    },
    paper="Xu 2019; features of edges by Hu 2020",
)


@dataclass(frozen=True)
class GATNodesHyper(GATHyper, nodes.OfNodes):
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


class GATv2NodesHyper(GATNodesHyper):
    convolution = "GATv2"


GAT_NODES = {
    "few": {},
    "many": dict(output_heads=8, decay=1e-3, lr=0.01, epochs=300),
    "tiny": dict(width=4, heads=2, output_heads=2, epochs=20),
}
GAT_FIGURES = ("attention", "layers")
GAT = Card(
    "gat",
    ("Take it where some neighbours matter more than others.", nodes.NEIGHBOUR_ADVICE),
    {
        "nodes": nodes.make_on(
            {name: GATNodesHyper(**values) for name, values in GAT_NODES.items()}, figures=GAT_FIGURES
        ),
        "links": links.make_on(GATHyper, {}, dict(width=4, heads=2, size=8, epochs=20)),
        "graphs": graphs.make_on(GATHyper, dict(readout="mean"), dict(width=4, heads=2)),
    },
    paper="Velickovic 2018",
    near=("graph-transformer", "mpnn", "pna", "schnet"),
)
GATV2 = Card(
    "gatv2",
    ("Take it where the neighbour that matters depends on the node.", nodes.NEIGHBOUR_ADVICE),
    {
        "nodes": nodes.make_on(
            {name: GATv2NodesHyper(**values) for name, values in GAT_NODES.items()}, figures=GAT_FIGURES
        )
    },
    paper="Brody 2022",
)


@dataclass(frozen=True)
class SAGENodesHyper(SAGEHyper, nodes.OfSamples):
    nodes_dropped: float = real(0.0, least=0.0, below=1.0, says="share of nodes whose features training leaves out")
    norm: bool = flag(False, says="layer norm between layers; Ba 2016")
    unit: bool = flag(False, says="vectors of length 1 between layers; Hamilton 2017")


SAGE_NODES = {
    "few": SAGENodesHyper(),
    "many": SAGENodesHyper(**nodes.LONG_TRAINING, norm=True),
    "pool": SAGENodesHyper(aggregator="pool"),
    "lstm": SAGENodesHyper(aggregator="lstm"),
    "uniform": SAGENodesHyper(batch=50, sampler="uniform"),
    "tiny": SAGENodesHyper(**nodes.TINY, aggregator="pool", dropout=0.2, nodes_dropped=0.1, norm=True, unit=True),
}
SAGE = Card(
    "sage",
    ("Take it for large graphs and for nodes that come later.", nodes.NEIGHBOUR_ADVICE),
    {
        "nodes": nodes.make_on(SAGE_NODES),
        "links": links.make_on(SAGEHyper, links.DISJOINT, links.TINY),
        "graphs": graphs.make_on(SAGEHyper, dict(readout="max"), {}),
    },
    paper="Hamilton 2017",
    variants={
        "pool": "the max-pooling aggregator (Hamilton 2017)",
        "lstm": "the LSTM aggregator (Hamilton 2017)",
        "uniform": "uniform neighbours (Hamilton 2017)",
    },
    near=("graphsage",),
)


WEISFEILER_LEHMAN = Baseline(
    "weisfeiler-lehman",
    ("Take it for whole graphs as the floor: a linear map of which neighbourhoods occur.", FLOOR),
    {"graphs": on_predictor(WeisfeilerLehman)},
    paper="Weisfeiler & Lehman 1968; Shervashidze 2011",
    near=("graphlet-kernel", "wl-kernel"),
)
