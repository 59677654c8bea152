"""GRAN: graphs without types, several nodes at a time."""

from dataclasses import dataclass

from ..core.errors import DataError
from ..core.hyper import one_of, whole
from ..core.limits import MAX_MEMBERS
from ..core.recipe import Recipe, Trained
from ..core.spec import Spec
from . import fields
from .bodies import sets
from .card import Card


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


PRESETS = {
    "tiny": GRANHyper(width=32, depth=2, heads=2, block=2, mixture=4, blocks=4, batch=32, lr=2e-3, scored=4),
    "small": GRANHyper(),
    "large": GRANHyper(width=128, depth=6, lr=5e-4),
}


def build(spec: Spec, given: Spec, hyper: GRANHyper) -> Recipe:
    from ..families.autoregressive.gran import GRAN
    from ..networks.graph_attention import GraphAttention

    sizes = hyper.width, hyper.depth, hyper.heads, hyper.block, hyper.mixture
    network = GraphAttention(spec, given, *sizes)
    blocks = hyper.block, hyper.stride, hyper.blocks, hyper.scored
    return hyper.recipe(GRAN(spec, given, network, hyper.order, *blocks))


CARD = Card(
    "gran",
    (
        "Take it for graphs without types, several nodes at a time.",
        "It is for structure alone: it learns no types of nodes or edges.",
    ),
    {"graph-sets": sets.OnGraphs(build, PRESETS, suits=sets.structure_alone)},
    paper="Liao 2019, breadth-first by default",
    equations=("families.autoregressive.gran",),
    near=("graphaf", "graphebm", "moflow", "molgan"),
)
