"""GCN: graph convolution, for nodes, links, whole graphs and molecules."""

from .bodies import graphs, links, molecules, nodes
from .bodies.convolutions import GCNHyper, cross
from .card import Card

SAMPLED = {name: dict(dropout=0.5, batch=50, sampler=name, budgets=budgets) for name, budgets in nodes.BUDGETS.items()}
NODES = {"few": {}, "many": nodes.LONG_TRAINING | dict(dropout=0.5), "tiny": nodes.TINY | dict(dropout=0.5), **SAMPLED}
CARD = Card(
    "gcn",
    ("Take it first: it averages neighbours, with one matrix a layer.", nodes.NEIGHBOUR_ADVICE),
    {
        "nodes": nodes.on(cross(GCNHyper, nodes.OfSamples, dict(dropout=0.7, norm=nodes.norm()), NODES), default=True),
        "links": links.on(GCNHyper, {}, links.TINY | links.DISJOINT | dict(negatives="hard")),
        "graphs": graphs.on(GCNHyper, dict(readout="mean"), dict(readout="attention")),
        "properties": molecules.on_encoder(GCNHyper),
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
