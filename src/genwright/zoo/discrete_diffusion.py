"""Discrete diffusion of lines and of graphs."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..core.hyper import Hyper, one_of
from ..core.recipe import Recipe
from ..core.spec import Spec
from . import fields
from .bodies import lines, sets
from .card import Card, On, choose_always

SPARSE = 2.5  # neighbours of a node on average, below which plain graphs are nearly trees


@dataclass(frozen=True)
class LinesHyper(lines.OfDeepLines):
    """Hyperparameters of discrete diffusion (Austin 2021; Sahoo 2024 (MDLM))."""

    taps: int = 3
    squared: bool = True
    noise: str = one_of("mask", "uniform", says="what noise makes of a token: a mask, or any token (Schiff 2025)")
    sampling_steps: int = fields.sampling_steps(64)
    terms: int = fields.terms(32)


@dataclass(frozen=True)
class GraphsHyper(sets.OfPairs):
    """Hyperparameters of discrete diffusion (Vignac 2023 (DiGress); noise of Chen 2023 (EDGE))."""

    dropout: float = fields.dropout(0.1)
    chain_length: int = fields.chain_length(100, "steps of the chain of noise; Vignac 2023")
    terms: int = fields.terms(64)
    noise: str = one_of(
        *("marginal", "nothing"), says="what noise makes of pairs: kinds at their frequencies, or no edges (Chen 2023)"
    )


LINES = {
    "tiny": LinesHyper(**lines.TINY, depth=1, taps=0, squared=False, sampling_steps=12, terms=16, lr=2e-2),
    "small": LinesHyper(),
    "large": LinesHyper(**lines.DEEP, dropout=0.0),
    "text": LinesHyper(**lines.TEXT, sampling_steps=128, lr=5e-4),
    "uniform": LinesHyper(**lines.DEEP, noise="uniform"),
}
MUSIC = {name: LINES[name] for name in ("tiny", "text")}
GRAPHS = {
    "tiny": GraphsHyper(**sets.TINY_PAIRS, dropout=0.0, chain_length=20, terms=16),
    "small": GraphsHyper(),
    "large": GraphsHyper(width=128, pair_width=48, depth=6, heads=8, walks=10, dropout=0.0, lr=5e-4, chain_length=200),
    "sparse": GraphsHyper(dropout=0.2, batch=16, lr=3e-3, chain_length=1_000, noise="nothing"),
}


def choose_for_graphs(presets: Mapping[str, Hyper], spec: Spec, given: Spec, items: int) -> str:
    """sparse: where nodes and edges have no kinds and there are about as many edges as nodes, so that one edge more or
    less matters."""
    plain = spec.leaf.pairs.k == 2 and not any(leaf.k > 1 for leaf in spec.leaf.each.columns)
    return "sparse" if plain and neighbours(spec) < SPARSE else sets.choose(presets, spec, given, items)


def neighbours(spec: Spec) -> float:
    """Average number of neighbours of a node in training graphs."""
    import numpy as np

    edges, shares = np.array(spec.leaf.sizes.edges), np.array(spec.leaf.sizes.probs)
    sizes = (edges[1:] + edges[:-1]) / 2
    return (1 - spec.leaf.pairs.margin.probs[0]) * (shares @ (sizes * (sizes - 1))) / (shares @ sizes)


def build(spec: Spec, given: Spec, hyper: LinesHyper) -> Recipe:
    from ..families.diffusion.token_diffusion import TokenDiffusion
    from ..networks.symbol_transformer import SymbolTransformer

    outputs = spec.leaf.end if spec.leaf.ends else spec.leaf.k
    timed = hyper.noise == "uniform"  # how many masks there are says as much
    network = SymbolTransformer(spec, given, outputs, *hyper.sizes, timed)
    family = TokenDiffusion(spec, given, network, hyper.noise, hyper.sampling_steps, hyper.terms)
    return hyper.recipe(family, warmup=2_000)


def build_graphs(spec: Spec, given: Spec, hyper: GraphsHyper) -> Recipe:
    from ..families.diffusion.discrete_diffusion import DiscreteDiffusion
    from ..networks.graph_transformer import GraphTransformer

    sizes = hyper.width, hyper.pair_width, hyper.depth, hyper.heads, hyper.walks, hyper.dropout
    network = GraphTransformer(spec, given, *sizes)
    family = DiscreteDiffusion(spec, given, network, hyper.chain_length, hyper.terms, hyper.noise)
    # to no edges, the bound of a few trees is soon as good as it gets, while draws keep more and more of their rules
    return hyper.recipe(family, validates=hyper.noise == "marginal")


TOKENS = ("families.diffusion.token_diffusion",)
CARD = Card(
    "discrete-diffusion",
    (
        "Take it to complete items of categories with gaps in any position.",
        "Its likelihood is a lower bound, and every sample takes several calls of the network.",
    ),
    {
        **dict.fromkeys(lines.LINES, On(build, LINES, lines.choose, equations=TOKENS)),
        "music": On(build, MUSIC, choose_always("text"), equations=TOKENS),
        "graph-sets": On(
            build_graphs,
            GRAPHS,
            choose_for_graphs,
            "Vignac 2023 (DiGress)",
            ("families.diffusion.discrete_diffusion",),
            default=True,
        ),
    },
    paper="Austin 2021; Sahoo 2024 (MDLM)",
    equations=("families.diffusion.categorical_noise",),
    variants={
        "uniform": "uniform noise (Austin 2021) in place of masks",
        "sparse": "noise that removes edges, as in EDGE (Chen 2023)",
    },
    near=("d3pm", "ddim", "imagen", "karras", "tabddpm", "tabsyn"),
)
