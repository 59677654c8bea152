"""VAEs of whole graphs."""

from dataclasses import dataclass

from ..core.recipe import Recipe
from ..core.spec import Spec
from . import fields
from .bodies import sets
from .card import Card


@dataclass(frozen=True)
class GraphVAEHyper(sets.OfPairs):
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


PRESETS = {
    "tiny": GraphVAEHyper(**sets.TINY_PAIRS, latents=8, decoder=64, batch=32, draws=8, rounds=4, warmup=0),
    "small": GraphVAEHyper(),
    "large": GraphVAEHyper(latents=64, width=96, depth=4, walks=6, decoder=1_024, batch=128, warmup=50_000, beta=0.5),
}


def build(spec: Spec, given: Spec, hyper: GraphVAEHyper) -> Recipe:
    from ..families.latent.graph_vae import GraphVAE
    from ..networks.graph_codes import GraphDecoder, GraphEncoder

    sizes = hyper.width, hyper.pair_width, hyper.depth, hyper.heads, hyper.walks
    encoder = GraphEncoder(spec, given, hyper.latents, *sizes)
    decoder = GraphDecoder(spec, given, hyper.latents, hyper.decoder, 3)
    bound = hyper.draws, hyper.rounds, hyper.warmup, hyper.beta
    return hyper.recipe(GraphVAE(spec, given, encoder, decoder, hyper.latents, *bound))


CARD = Card(
    "graph-vae",
    (
        "Take it for codes of small graphs, each of which is generated at once.",
        "It cannot complete a graph, and it matches nodes to positions, which grows costly with the graph.",
    ),
    {"graph-sets": sets.OnGraphs(build, PRESETS)},
    paper="Simonovsky & Komodakis 2018 (GraphVAE)",
    equations=("families.latent.graph_vae",),
    near=("graphaf", "graphebm", "moflow", "molgan"),
)
