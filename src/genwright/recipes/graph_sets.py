"""Simple graphs: how each family is put together. One dataclass a family holds the hyperparameters, one function the
construction."""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm
from typing import Any

import numpy as np

from ..core.errors import DataError
from ..core.hyper import one_of, whole
from ..core.limits import MAX_MEMBERS, MOST_STEPS
from ..core.recipe import Recipe, Trained
from ..core.spec import Spec
from ..families.autoregressive.gran import GRAN
from ..families.autoregressive.graph_rnn import GraphRNN
from ..families.autoregressive.node_orders import ORDERS
from ..families.baselines.erdos_renyi import ErdosRenyi
from ..families.baselines.graph_baselines import BarabasiAlbert, Rewiring, StochasticBlockModel
from ..families.baselines.set_baselines import BootstrapSets
from ..families.diffusion.discrete_diffusion import NOISES, DiscreteDiffusion
from ..families.latent.graph_vae import GraphVAE
from ..networks.graph_attention import GraphAttention
from ..networks.graph_codes import GraphDecoder, GraphEncoder
from ..networks.graph_recurrence import GraphRecurrence
from ..networks.graph_transformer import GraphTransformer
from . import fields


def orders(default: int) -> Any:
    return whole(default, least=1, most=MOST_STEPS, says="orders of the nodes by which the bound is estimated")


@dataclass(frozen=True)
class OfPairs(Trained):
    """Hyperparameters of families that read graphs by a transformer over nodes and pairs of nodes."""

    batch: int = 32
    width: int = fields.units(64, "units of a node, an even number and a multiple of the heads")
    pair_width: int = fields.units(32, "units of a pair of nodes")
    depth: int = fields.layers(4, "layers; Vignac 2023")
    heads: int = fields.heads(4)
    walks: int = whole(6, least=1, most=1_000, says="steps of the longest random walk that is a feature; Ma 2023")

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_multiple(self, "width", lcm(2, self.heads), "of 2 and of the heads")


@dataclass(frozen=True)
class DiscreteDiffusionHyper(OfPairs):
    """Hyperparameters of discrete diffusion (Vignac 2023 (DiGress); noise of Chen 2023 (EDGE))."""

    dropout: float = fields.dropout(0.1)
    chain_length: int = fields.chain_length(100, "steps of the chain of noise; Vignac 2023")
    terms: int = fields.terms(64)
    noise: str = one_of(*NOISES, says="what noise makes of pairs: kinds at their frequencies, or no edges (Chen 2023)")


@dataclass(frozen=True)
class GraphVAEHyper(OfPairs):
    """Hyperparameters of graph VAE (Simonovsky & Komodakis 2018; matching of Vogelstein 2015)."""

    batch: int = 64
    depth: int = 3
    walks: int = 4
    latents: int = fields.latents(32)
    decoder: int = fields.units(512, "units of each of the decoder's three layers")
    draws: int = fields.draws(32)
    rounds: int = fields.chain_length(6, "steps of the search for the best order of nodes; Vogelstein 2015")
    warmup: int = fields.kl_warmup(20_000)
    beta: float = fields.beta(1.0)


@dataclass(frozen=True)
class GRANHyper(Trained):
    """Hyperparameters of GRAN (Liao 2019)."""

    batch: int = 16
    width: int = fields.units(64, "units of a node, a multiple of the heads")
    depth: int = fields.layers(4, "layers of messages")
    heads: int = fields.heads(4)
    block: int = whole(1, least=1, most=MAX_MEMBERS, says="nodes that are drawn at once; Liao 2019")
    stride: int = whole(1, least=1, most=MAX_MEMBERS, says="nodes of a block that stay, at most the block; Liao 2019")
    mixture: int = fields.units(20, "Bernoulli distributions that the edges of a block mix; Liao 2019")
    order: str = one_of(*ORDERS, says="order in which nodes are drawn; Liao 2019")
    blocks: int = whole(8, least=1, most=MAX_MEMBERS, says="blocks of each graph that a step of training looks at")
    scored: int = orders(32)

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_multiple(self, "width", self.heads, "the heads")
        if self.stride > self.block:
            raise DataError(
                f"stride = {self.stride} of {type(self).__name__} must be at most block = {self.block}: lower stride"
            )


@dataclass(frozen=True)
class GraphRNNHyper(Trained):
    """Hyperparameters of GraphRNN (You 2018)."""

    batch: int = 32
    lr: float = 2e-3
    width: int = fields.units(128, "units of the recurrence over nodes")
    depth: int = fields.layers(2, "layers of the recurrence over nodes")
    pair_width: int = fields.units(32, "units of the recurrence over pairs")
    scored: int = orders(16)


TINY = dict(width=32, pair_width=16, depth=2, heads=2, walks=3, lr=2e-3)
PRESETS = {
    "discrete-diffusion": {
        "tiny": DiscreteDiffusionHyper(**TINY, dropout=0.0, chain_length=20, terms=16),
        "small": DiscreteDiffusionHyper(),
        "large": DiscreteDiffusionHyper(
            width=128, pair_width=48, depth=6, heads=8, walks=10, dropout=0.0, lr=5e-4, chain_length=200
        ),
        "sparse": DiscreteDiffusionHyper(dropout=0.2, batch=16, lr=3e-3, chain_length=1_000, noise="nothing"),
    },
    "graph-vae": {
        "tiny": GraphVAEHyper(**TINY, latents=8, decoder=64, batch=32, draws=8, rounds=4, warmup=0),
        "small": GraphVAEHyper(),
        "large": GraphVAEHyper(
            latents=64, width=96, depth=4, walks=6, decoder=1_024, batch=128, warmup=50_000, beta=0.5
        ),
    },
    "gran": {
        "tiny": GRANHyper(width=32, depth=2, heads=2, block=2, mixture=4, blocks=4, batch=32, lr=2e-3, scored=4),
        "small": GRANHyper(),
        "large": GRANHyper(width=128, depth=6, lr=5e-4),
    },
    "graph-rnn": {
        "tiny": GraphRNNHyper(width=32, depth=1, pair_width=16, lr=3e-3, scored=4),
        "small": GraphRNNHyper(),
        "large": GraphRNNHyper(width=256, depth=3, pair_width=48, lr=1e-3),
    },
}
FEW = 2_000  # training graphs, up to which a small network learns all there is
SPARSE = 2.5  # neighbours of a node on average, below which plain graphs are nearly trees


def choose(family: str, spec: Spec, given: Spec, items: int) -> str:
    """The preset for `items` training graphs. sparse: of diffusion where nodes and edges have no kinds and there are
    about as many edges as nodes, so that one edge more or less matters."""
    plain = spec.leaf.pairs.k == 2 and not any(leaf.k > 1 for leaf in spec.leaf.each.columns)
    if family == "discrete-diffusion" and plain and neighbours(spec) < SPARSE:
        return "sparse"
    return "small" if items <= FEW else "large"


def neighbours(spec: Spec) -> float:
    """Average number of neighbours of a node in training graphs."""
    edges, shares = np.array(spec.leaf.sizes.edges), np.array(spec.leaf.sizes.probs)
    sizes = (edges[1:] + edges[:-1]) / 2
    return (1 - spec.leaf.pairs.margin.probs[0]) * (shares @ (sizes * (sizes - 1))) / (shares @ sizes)


def discrete_diffusion(spec: Spec, given: Spec, hyper: DiscreteDiffusionHyper) -> Recipe:
    sizes = hyper.width, hyper.pair_width, hyper.depth, hyper.heads, hyper.walks, hyper.dropout
    network = GraphTransformer(spec, given, *sizes)
    family = DiscreteDiffusion(spec, given, network, hyper.chain_length, hyper.terms, hyper.noise)
    # to no edges, the bound of a few trees is soon as good as it gets, while draws keep more and more of their rules
    return hyper.recipe(family, validates=hyper.noise == "marginal")


def graph_vae(spec: Spec, given: Spec, hyper: GraphVAEHyper) -> Recipe:
    sizes = hyper.width, hyper.pair_width, hyper.depth, hyper.heads, hyper.walks
    encoder = GraphEncoder(spec, given, hyper.latents, *sizes)
    decoder = GraphDecoder(spec, given, hyper.latents, hyper.decoder, 3)
    bound = hyper.draws, hyper.rounds, hyper.warmup, hyper.beta
    return hyper.recipe(GraphVAE(spec, given, encoder, decoder, hyper.latents, *bound))


def bootstrap(spec: Spec, given: Spec) -> Recipe:
    return Recipe(BootstrapSets(spec, given))


def erdos_renyi(spec: Spec, given: Spec) -> Recipe:
    return Recipe(ErdosRenyi(spec, given))


def stochastic_block_model(spec: Spec, given: Spec) -> Recipe:
    return Recipe(StochasticBlockModel(spec, given))


def barabasi_albert(spec: Spec, given: Spec) -> Recipe:
    return Recipe(BarabasiAlbert(spec, given))


def rewiring(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Rewiring(spec, given))


def graph_rnn(spec: Spec, given: Spec, hyper: GraphRNNHyper) -> Recipe:
    network = GraphRecurrence(spec, given, hyper.width, hyper.depth, hyper.pair_width)
    return hyper.recipe(GraphRNN(spec, given, network, hyper.scored))


def gran(spec: Spec, given: Spec, hyper: GRANHyper) -> Recipe:
    sizes = hyper.width, hyper.depth, hyper.heads, hyper.block, hyper.mixture
    network = GraphAttention(spec, given, *sizes)
    blocks = hyper.block, hyper.stride, hyper.blocks, hyper.scored
    return hyper.recipe(GRAN(spec, given, network, hyper.order, *blocks))
