"""Discrete diffusion of graphs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...core.hyper import Hyper, one_of
from ...core.recipe import Recipe
from ...core.spec import Spec
from ...zoo import diffusion, fields
from ...zoo.card import On, extend_card
from ..families.discrete_diffusion import DiscreteDiffusion
from ..networks.graph_transformer import GraphTransformer
from .bodies import sets

SPARSE = 2.5  # neighbours of a node on average, below which plain graphs are nearly trees


@dataclass(frozen=True)
class DiscreteGraphsHyper(sets.OfPairs):
    dropout: float = fields.dropout(0.1)
    chain_length: int = fields.chain_length(100, "steps of the chain of noise; Vignac 2023")
    terms: int = fields.terms(64)
    noise: str = one_of(
        *("marginal", "nothing"), says="what noise makes of pairs: kinds at their frequencies, or no edges (Chen 2023)"
    )


DISCRETE_GRAPHS = {
    "tiny": DiscreteGraphsHyper(**sets.TINY_PAIRS, dropout=0.0, chain_length=20, terms=16),
    "small": DiscreteGraphsHyper(),
    "large": DiscreteGraphsHyper(
        width=128, pair_width=48, depth=6, heads=8, walks=10, dropout=0.0, lr=5e-4, chain_length=200
    ),
    "sparse": DiscreteGraphsHyper(dropout=0.2, batch=16, lr=3e-3, chain_length=1_000, noise="nothing"),
}


def choose_for_graphs(presets: Mapping[str, Hyper], spec: Spec, given: Spec, items: int) -> str:
    """Takes "sparse" where nodes and edges have no kinds and edges are about as many as nodes, so that one edge more or
    less matters."""
    plain = spec.leaf.pairs.k == 2 and not any(leaf.k > 1 for leaf in spec.leaf.each.columns)
    return "sparse" if plain and neighbours(spec) < SPARSE else sets.choose(presets, spec, given, items)


def neighbours(spec: Spec) -> float:
    """Computes the average number of neighbours of a node in training graphs."""
    edges, shares = np.array(spec.leaf.sizes.edges), np.array(spec.leaf.sizes.probs)
    sizes = (edges[1:] + edges[:-1]) / 2
    return (1 - spec.leaf.pairs.marginal.probs[0]) * (shares @ (sizes * (sizes - 1))) / (shares @ sizes)


def build_discrete_graphs(spec: Spec, given: Spec, hyper: DiscreteGraphsHyper) -> Recipe:
    sizes = hyper.width, hyper.pair_width, hyper.depth, hyper.heads, hyper.walks, hyper.dropout
    network = GraphTransformer(spec, given, *sizes)
    family = DiscreteDiffusion(spec, given, network, hyper.chain_length, hyper.terms, hyper.noise)
    # to no edges, the bound of a few trees is soon as good as it gets, while draws keep more and more of their rules
    return hyper.recipe(family, validates=hyper.noise == "marginal")


DISCRETE = extend_card(
    diffusion.DISCRETE,
    {
        "graph-sets": On(
            build_discrete_graphs,
            DISCRETE_GRAPHS,
            choose_for_graphs,
            "Vignac 2023 (DiGress)",
            ("graphs.families.discrete_diffusion",),
            default=True,
        ),
    },
    variants={"sparse": "noise that removes edges, as in EDGE (Chen 2023)"},
)
