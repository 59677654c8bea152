"""GraphRNN: graphs without types, one pair of nodes after another."""

from dataclasses import dataclass

from ..core.recipe import Recipe, Trained
from ..core.spec import Spec
from . import fields
from .bodies import sets
from .card import Card


@dataclass(frozen=True)
class GraphRNNHyper(Trained):
    """Hyperparameters of GraphRNN (You 2018)."""

    batch: int = 32
    lr: float = 2e-3
    width: int = fields.units(128, "units of the recurrence over nodes")
    depth: int = fields.layers(2, "layers of the recurrence over nodes")
    pair_width: int = fields.units(32, "units of the recurrence over pairs")
    scored: int = fields.orders(16)


PRESETS = {
    "tiny": GraphRNNHyper(width=32, depth=1, pair_width=16, lr=3e-3, scored=4),
    "small": GraphRNNHyper(),
    "large": GraphRNNHyper(width=256, depth=3, pair_width=48, lr=1e-3),
}


def build(spec: Spec, given: Spec, hyper: GraphRNNHyper) -> Recipe:
    from ..families.autoregressive.graph_rnn import GraphRNN
    from ..networks.graph_recurrence import GraphRecurrence

    network = GraphRecurrence(spec, given, hyper.width, hyper.depth, hyper.pair_width)
    return hyper.recipe(GraphRNN(spec, given, network, hyper.scored))


CARD = Card(
    "graph-rnn",
    (
        "Take it for graphs without types, one pair of nodes after another.",
        "It is for structure alone, and sampling takes a step for each pair.",
    ),
    {"graph-sets": sets.OnGraphs(build, PRESETS, suits=sets.structure_alone)},
    paper="You 2018 (GraphRNN), breadth-first",
    equations=("families.autoregressive.graph_rnn",),
)
