"""Policies that build molecules atom by atom."""

from dataclasses import dataclass

from ...core.hyper import real, whole
from ...core.recipe import Recipe, Trained
from ...core.spec import Spec
from ...zoo import fields
from ...zoo.card import NO_LIKELIHOOD, Card, On
from ..chemistry.growing import ORDERS, VALENCES
from ..families.decorator import Decorator
from ..families.graph_policy import GraphPolicy
from ..networks.decorator_policy import DecoratorPolicy
from ..networks.growth_policy import GrowthPolicy

LARGEST = 60  # atoms of a molecule; larger ones are left out of training
RINGS = 3, 8  # sizes of rings that may close


@dataclass(frozen=True)
class GraphPolicyHyper(Trained):
    batch: int = 64
    lr: float = 2e-3
    weight_decay: float = 0.01
    width: int = fields.units(96, "features of an atom")
    depth: int = fields.layers(4, "layers of the graph network")
    states: int = whole(4, least=1, most=100, says="states of a molecule that a step of training looks at")


def build_graph_policy(spec: Spec, given: Spec, hyper: GraphPolicyHyper) -> Recipe:
    """Builds a policy that grows molecules. Lines must be SMILES."""
    network = GrowthPolicy(len(VALENCES), ORDERS, LARGEST, hyper.width, hyper.depth)
    return hyper.recipe(GraphPolicy(spec, given, network, RINGS, hyper.states), warmup=6_400)


@dataclass(frozen=True)
class DecoratorHyper(GraphPolicyHyper):
    latents: int = whole(16, least=1, most=1_000, says="numbers of the latent of a molecule")
    kl_warmup: int = fields.kl_warmup(20_000)
    free_nats: float = real(4.0, least=0.0, says="nats of a molecule's latent that cost nothing; Kingma 2016, eq. 15")


def build_decorator(spec: Spec, given: Spec, hyper: DecoratorHyper) -> Recipe:
    """Builds a policy that decorates scaffolds. Lines must be SMILES with the scaffold first."""
    sizes = len(VALENCES), ORDERS, LARGEST, hyper.width, hyper.depth
    network = DecoratorPolicy(*sizes, given, hyper.latents)
    family = Decorator(spec, given, network, RINGS, hyper.states, hyper.kl_warmup, hyper.free_nats)
    return hyper.recipe(family, warmup=6_400)


GRAPH_POLICY = Card(
    "graph-policy",
    ("Take it to begin a design with gcpn: it grows molecules as graphs, and all are valid.", NO_LIKELIHOOD),
    {
        "molecules": On(
            build_graph_policy,
            {"default": GraphPolicyHyper(), "tiny": GraphPolicyHyper(width=16, depth=2, batch=16)},
            paper="You 2018 (GCPN), imitation",
            equations=("molecules.families.graph_policy", "molecules.networks.growth_policy"),
            compare=False,
            conditional="label",
        )
    },
    paper="You 2018 (GCPN)",
    near=("gcpn", "moler", "molecule-rnn"),
)

DECORATOR = Card(
    "decorator",
    ("Take it to complete scaffolds: each stays as it is, and all completions are valid.", NO_LIKELIHOOD),
    {
        "molecules": On(
            build_decorator,
            {"default": DecoratorHyper(), "tiny": DecoratorHyper(width=16, depth=2, batch=16, latents=4, kl_warmup=0)},
            equations=("molecules.families.decorator", "molecules.networks.decorator_policy"),
            compare=False,
            conditional="no image",
            needs={"notation": "scaffold-first"},
            small_data="genwright.molecules.contract:DecoratedMolecules",
        )
    },
    paper="Lim 2019",
    near=("scaffold-decorator", "libinvent", "deepscaffold"),
)
