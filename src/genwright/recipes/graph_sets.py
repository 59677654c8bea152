"""Simple graphs: how each family is put together. `PRESETS` holds the numbers, one function a family the
construction."""

from __future__ import annotations

import numpy as np

from ..core.spec import Spec
from ..core.trainable import Recipe
from ..families.autoregressive.gran import GRAN
from ..families.autoregressive.graph_rnn import GraphRNN
from ..families.baselines.erdos_renyi import ErdosRenyi
from ..families.baselines.graph_baselines import BarabasiAlbert, Rewiring, StochasticBlockModel
from ..families.baselines.set_baselines import BootstrapSets
from ..families.diffusion.discrete_diffusion import DiscreteDiffusion
from ..families.latent.graph_vae import GraphVAE
from ..networks.graph_attention import GraphAttention
from ..networks.graph_codes import GraphDecoder, GraphEncoder
from ..networks.graph_recurrence import GraphRecurrence
from ..networks.graph_transformer import GraphTransformer

# fmt: off
PRESETS = {
    "discrete-diffusion": {
        "tiny":  dict(width=32, pair_width=16, depth=2, heads=2, walks=3, dropout=0.0, batch=32, lr=2e-3, steps=20,
                      terms=16, cycles=True, resistance=True, noise="marginal"),
        "small": dict(width=64, pair_width=32, depth=4, heads=4, walks=6, dropout=0.1, batch=32, lr=1e-3, steps=100,
                      terms=64, cycles=True, resistance=True, noise="marginal"),
        "large": dict(width=128, pair_width=48, depth=6, heads=8, walks=10, dropout=0.0, batch=32, lr=5e-4, steps=200,
                      terms=64, cycles=True, resistance=True, noise="marginal"),
        "sparse": dict(width=64, pair_width=32, depth=4, heads=4, walks=6, dropout=0.2, batch=16, lr=3e-3, steps=1000,
                       terms=64, cycles=True, resistance=True, noise="nothing"),
    },
    "graph-vae": {
        "tiny":  dict(latents=8, width=32, pair_width=16, depth=2, heads=2, walks=3, decoder=64, batch=32, lr=2e-3,
                      draws=8, rounds=4, warmup=0, beta=1.0),
        "small": dict(latents=32, width=64, pair_width=32, depth=3, heads=4, walks=4, decoder=512, batch=64, lr=1e-3,
                      draws=32, rounds=6, warmup=20_000, beta=1.0),
        "large": dict(latents=64, width=96, pair_width=32, depth=4, heads=4, walks=6, decoder=1024, batch=128, lr=1e-3,
                      draws=32, rounds=6, warmup=50_000, beta=0.5),
    },
    "gran": {
        "tiny":  dict(width=32, depth=2, heads=2, block=2, stride=1, mixture=4, order="breadth-first", blocks=4,
                      batch=32, lr=2e-3, scored=4, first=True, queued=True, to_come=True, in_turn=True),
        "small": dict(width=64, depth=4, heads=4, block=1, stride=1, mixture=20, order="breadth-first", blocks=8,
                      batch=16, lr=1e-3, scored=32, first=True, queued=True, to_come=True, in_turn=True),
        "large": dict(width=128, depth=6, heads=4, block=1, stride=1, mixture=20, order="breadth-first", blocks=8,
                      batch=16, lr=5e-4, scored=32, first=True, queued=True, to_come=True, in_turn=True),
    },
    "graph-rnn": {
        "tiny":  dict(width=32, depth=1, pair_width=16, batch=32, lr=3e-3, scored=4),
        "small": dict(width=128, depth=2, pair_width=32, batch=32, lr=2e-3, scored=16),
        "large": dict(width=256, depth=3, pair_width=48, batch=32, lr=1e-3, scored=16),
    },
}
# fmt: on
FEW = 2_000  # training graphs, up to which a small network learns all there is
SPARSE = 2.5  # neighbours of a node on average, below which plain graphs are nearly trees


def choose(family: str, spec: Spec, items: int) -> str:
    """The preset for `items` training graphs. sparse: of diffusion where nodes and edges have no kinds and there are
    about as many edges as nodes, so that one edge more or less matters."""
    plain = spec.leaf.pairs.k == 2 and not any(leaf.k > 1 for leaf in spec.leaf.each.columns)
    if family == "discrete-diffusion" and plain and neighbours(spec) < SPARSE:
        return "sparse"
    return "small" if items <= FEW else "large"


def neighbours(spec: Spec) -> float:
    """Of a node, on average."""
    edges, shares = np.array(spec.leaf.sizes.edges), np.array(spec.leaf.sizes.probs)
    sizes = (edges[1:] + edges[:-1]) / 2
    return (1 - spec.leaf.pairs.margin.probs[0]) * (shares @ (sizes * (sizes - 1))) / (shares @ sizes)


def discrete_diffusion(
    spec,
    given,
    *,
    width,
    pair_width,
    depth,
    heads,
    walks,
    dropout,
    batch,
    lr,
    steps,
    terms,
    cycles=False,
    resistance=False,
    noise="marginal",
) -> Recipe:
    """cycles, resistance, noise: not in runs from before there were."""
    network = GraphTransformer(spec, given, width, pair_width, depth, heads, walks, dropout, cycles, resistance)
    # to no edges, the bound of a few trees is soon as good as it gets, while draws keep more and more of their rules
    validates = noise == "marginal"
    return Recipe(DiscreteDiffusion(spec, given, network, steps, terms, noise), batch, lr, validates=validates)


def graph_vae(
    spec, given, *, latents, width, pair_width, depth, heads, walks, decoder, batch, lr, draws, rounds, warmup, beta=1.0
) -> Recipe:
    """decoder: width of its three layers."""
    encoder = GraphEncoder(spec, given, latents, width, pair_width, depth, heads, walks)
    network = GraphDecoder(spec, given, latents, decoder, 3)
    return Recipe(GraphVAE(spec, given, encoder, network, latents, draws, rounds, warmup, beta), batch, lr)


def bootstrap(spec, given) -> Recipe:
    return Recipe(BootstrapSets(spec, given))


def erdos_renyi(spec, given) -> Recipe:
    return Recipe(ErdosRenyi(spec, given))


def stochastic_block_model(spec, given) -> Recipe:
    return Recipe(StochasticBlockModel(spec, given))


def barabasi_albert(spec, given) -> Recipe:
    return Recipe(BarabasiAlbert(spec, given))


def rewiring(spec, given) -> Recipe:
    return Recipe(Rewiring(spec, given))


def graph_rnn(spec, given, *, width, depth, pair_width, batch, lr, scored) -> Recipe:
    network = GraphRecurrence(spec, given, width, depth, pair_width)
    return Recipe(GraphRNN(spec, given, network, scored), batch, lr)


def gran(
    spec,
    given,
    *,
    width,
    depth,
    heads,
    block,
    stride,
    mixture,
    order,
    blocks,
    batch,
    lr,
    scored,
    first=False,
    queued=False,
    to_come=False,
    in_turn=False,
) -> Recipe:
    network = GraphAttention(spec, given, width, depth, heads, block, mixture, first, to_come)
    return Recipe(GRAN(spec, given, network, order, block, stride, blocks, scored, queued, in_turn), batch, lr)
