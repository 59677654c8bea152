"""Models of graphs: GraphRNN (one pair of nodes after another), GRAN (several nodes at a time), and VAEs of whole
graphs.
"""

from dataclasses import dataclass

from ...core.errors import DataError
from ...core.hyper import one_of, whole
from ...core.limits import MAX_MEMBERS
from ...core.recipe import Recipe, Trained
from ...core.spec import Spec
from ...zoo import fields
from ...zoo.card import Card
from ..families.gran import GRAN
from ..families.graph_vae import GraphVAE
from ..families.ordered_graphs import GraphRNN
from ..networks.graph_decoders import GraphAttention, GraphRecurrence
from ..networks.graph_transformer import GraphDecoder, GraphEncoder
from .bodies import sets


@dataclass(frozen=True)
class GraphRNNHyper(Trained):
    batch: int = 32
    lr: float = 2e-3
    width: int = fields.units(128, "units of the recurrence over nodes")
    depth: int = fields.layers(2, "layers of the recurrence over nodes")
    pair_width: int = fields.units(32, "units of the recurrence over pairs")
    scored: int = fields.orders(16)


GRAPH_RNN_PRESETS = {
    "tiny": GraphRNNHyper(width=32, depth=1, pair_width=16, lr=3e-3, scored=4),
    "small": GraphRNNHyper(),
    "large": GraphRNNHyper(width=256, depth=3, pair_width=48, lr=1e-3),
}


def build_graph_rnn(spec: Spec, given: Spec, hyper: GraphRNNHyper) -> Recipe:
    network = GraphRecurrence(spec, given, hyper.width, hyper.depth, hyper.pair_width)
    return hyper.recipe(GraphRNN(spec, given, network, hyper.scored))


GRAPH_RNN = Card(
    "graph-rnn",
    (
        "Take it for graphs without types, one pair of nodes after another.",
        "It is for structure alone, and sampling takes a step for each pair.",
    ),
    {
        "graph-sets": sets.OnGraphs(
            build_graph_rnn, GRAPH_RNN_PRESETS, needs=sets.STRUCTURE_ALONE, passes=928.5
        )  # graph_generators.json
    },
    paper="You 2018 (GraphRNN), breadth-first",
    equations=("graphs.families.ordered_graphs:GraphRNN",),
)


@dataclass(frozen=True)
class GRANHyper(Trained):
    batch: int = 16
    width: int = fields.units(64, "units of a node, a multiple of the heads")
    depth: int = fields.layers(4, "layers of messages")
    heads: int = fields.heads(4)
    block: int = whole(1, least=1, most=MAX_MEMBERS, says="nodes that are drawn at once; Liao 2019")
    stride: int = whole(1, least=1, most=MAX_MEMBERS, says="nodes of a block that stay, at most the block; Liao 2019")
    mixture: int = fields.units(20, "Bernoulli distributions that the edges of a block mix; Liao 2019")
    order: str = one_of(
        *("breadth-first", "depth-first", "degree", "core"), says="order in which nodes are drawn; Liao 2019"
    )
    blocks: int = whole(8, least=1, most=MAX_MEMBERS, says="blocks of each graph that a step of training looks at")
    scored: int = fields.orders(32)

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_multiple(self, "width", self.heads, "the heads")
        if self.stride > self.block:
            raise DataError(
                f"stride = {self.stride} of {type(self).__name__} must be at most block = {self.block}: lower stride"
            )


GRAN_PRESETS = {
    "tiny": GRANHyper(width=32, depth=2, heads=2, block=2, mixture=4, blocks=4, batch=32, lr=2e-3, scored=4),
    "small": GRANHyper(),
    "large": GRANHyper(width=128, depth=6, lr=5e-4),
}


def build_gran(spec: Spec, given: Spec, hyper: GRANHyper) -> Recipe:
    sizes = hyper.width, hyper.depth, hyper.heads, hyper.block, hyper.mixture
    network = GraphAttention(spec, given, *sizes)
    blocks = hyper.block, hyper.stride, hyper.blocks, hyper.scored
    return hyper.recipe(GRAN(spec, given, network, hyper.order, *blocks))


GRAN_CARD = Card(
    "gran",
    (
        "Take it for graphs without types, several nodes at a time.",
        "It is for structure alone: it learns no types of nodes or edges.",
    ),
    {"graph-sets": sets.OnGraphs(build_gran, GRAN_PRESETS, needs=sets.STRUCTURE_ALONE)},
    paper="Liao 2019, breadth-first by default",
    equations=("graphs.families.gran",),
    near=("graphaf", "graphebm", "moflow", "molgan"),
)


@dataclass(frozen=True)
class GraphVAEHyper(sets.OfPairs):
    batch: int = 64
    depth: int = 3
    walks: int = 4
    latents: int = fields.latents(32)
    decoder: int = fields.units(512, "units of each of the decoder's three layers")
    draws: int = fields.draws(32)
    rounds: int = fields.chain_length(6, "steps of the search for the best order of nodes; Vogelstein 2015")
    warmup: int = fields.kl_warmup(20_000)
    beta: float = fields.beta(1.0)


GRAPH_VAE_PRESETS = {
    "tiny": GraphVAEHyper(**sets.TINY_PAIRS, latents=8, decoder=64, batch=32, draws=8, rounds=4, warmup=0),
    "small": GraphVAEHyper(),
    "large": GraphVAEHyper(latents=64, width=96, depth=4, walks=6, decoder=1_024, batch=128, warmup=50_000, beta=0.5),
}


def build_graph_vae(spec: Spec, given: Spec, hyper: GraphVAEHyper) -> Recipe:
    sizes = hyper.width, hyper.pair_width, hyper.depth, hyper.heads, hyper.walks
    encoder = GraphEncoder(spec, given, hyper.latents, *sizes)
    decoder = GraphDecoder(spec, given, hyper.latents, hyper.decoder, 3)
    bound = hyper.draws, hyper.rounds, hyper.warmup, hyper.beta
    return hyper.recipe(GraphVAE(spec, given, encoder, decoder, hyper.latents, *bound))


GRAPH_VAE = Card(
    "graph-vae",
    (
        "Take it for codes of small graphs, each of which is generated at once.",
        "It cannot complete a graph, and it matches nodes to positions, which grows costly with the graph.",
    ),
    {"graph-sets": sets.OnGraphs(build_graph_vae, GRAPH_VAE_PRESETS)},
    paper="Simonovsky & Komodakis 2018 (GraphVAE)",
    equations=("graphs.families.graph_vae",),
    near=("graphaf", "graphebm", "moflow", "molgan"),
)
