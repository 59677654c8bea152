"""GCN for nodes, links, graphs and molecules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .bodies import graph_heads as heads
from .bodies import nodes
from .bodies.convolutions import NEAR, Convolved, build, cross
from .card import Card

if TYPE_CHECKING:
    from ..networks.graph.gcn import GCN


class GCNHyper(Convolved):
    """Hyperparameters of GCN (Kipf & Welling 2017)."""

    norm = "symmetric"

    def layer(self, inputs, outputs, last, spec) -> GCN:
        from ..networks.graph.gcn import GCN

        return GCN(inputs, outputs, self.norm)


LINKS = cross(GCNHyper, heads.OfPairs, usual={}, tiny=heads.TINY_LINKS | heads.DISJOINT | dict(negatives="hard"))
GRAPHS = cross(
    GCNHyper,
    heads.OfGraphs,
    dict(readout="mean"),
    **heads.USUAL_GRAPHS,
    tiny=heads.TINY_GRAPHS | dict(readout="attention"),
)
NODES = cross(
    GCNHyper,
    nodes.OfSamples,
    dict(dropout=0.7, norm=nodes.norm()),
    few={},
    many=nodes.MANY | dict(dropout=0.5),
    tiny=nodes.TINY | dict(dropout=0.5),
    **{name: dict(dropout=0.5, batch=50, sampler=name, budgets=budgets) for name, budgets in nodes.SAMPLERS.items()},
)
CARD = Card(
    "gcn",
    ("Take it first: it averages neighbours, with one matrix a layer.", NEAR),
    {
        "nodes": nodes.OnNodes(build, NODES, default=True),
        "links": heads.OnLinks(LINKS),
        "graphs": heads.OnGraphs(GRAPHS),
        "properties": heads.OnMolecules(cross(GCNHyper, **heads.ATOMS)),
    },
    paper="Kipf & Welling 2017",
    equations=("networks.graph.gcn",),
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
