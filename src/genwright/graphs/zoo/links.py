"""Families that predict pairs: embeddings of nodes without labels, by the edges of the graph or by walks on it; scores
of links without learned vectors; relations (RGCN, DistMult, RotatE and counts); and recommenders (LightGCN,
PinSage, matrix factorisation, popularity, neighbours of items).
"""

from dataclasses import dataclass
from functools import partial

from torch import nn

from ...core.hyper import one_of, real, whole
from ...core.limits import MOST_BATCH
from ...core.recipe import Recipe, Trained, TrainedWhole
from ...families.task_data import TaskSizes
from ...zoo import fields
from ...zoo.card import FLOOR, Baseline, Card, On, on_predictor
from ..families.link_scores import LinkScore
from ..families.links import GraphAutoencoder, InnerProduct, LinkPredictor, VariationalGraphAutoencoder, WalkEmbedding
from ..families.recommend import ItemNeighbours, Popularity, Recommender
from ..families.relations import RelationPredictor
from ..families.rotate import RotatE
from ..families.triple_embeddings import DistMult
from ..families.triple_rules import TripleRule
from ..networks.network import GraphNetwork
from ..networks.recommenders import LightGCN, PinSage
from ..networks.rgcn import RGCN
from .bodies.convolutions import GCNHyper, SAGEHyper, build
from .bodies.links import OfLinks

NO_BRIDGES = "It sees nothing between nodes without a common neighbour, so nothing in a bipartite graph."
AUTOENCODER_EQUATIONS = ("graphs.families.links:GraphAutoencoder",)


@dataclass(frozen=True)
class GAEHyper(GCNHyper, OfLinks):
    width: int = 32
    size: int = 16

    def predictor(self, network: GraphNetwork, directed: bool) -> LinkPredictor:
        return GraphAutoencoder(network, self.scored(InnerProduct(), directed), directed)


class VGAEHyper(GAEHyper):
    numbers = 2

    def predictor(self, network: GraphNetwork, directed: bool) -> LinkPredictor:
        return VariationalGraphAutoencoder(network, self.scored(InnerProduct(), directed), directed)


@dataclass(frozen=True)
class WalksHyper(SAGEHyper, OfLinks):
    epochs: float = 100.0
    validates = False

    def predictor(self, network: GraphNetwork, directed: bool) -> LinkPredictor:
        return WalkEmbedding(network, self.scored(InnerProduct(), directed), directed)


TINY_AUTOENCODER = dict(width=8, size=4, epochs=20)
GAE = Card(
    "gae",
    ("Take it for links and vectors of nodes without labels.", "Its vectors have no uncertainty."),
    {"links": On(build, {"usual": GAEHyper(), "tiny": GAEHyper(**TINY_AUTOENCODER)})},
    paper="Kipf & Welling 2016",
    equations=AUTOENCODER_EQUATIONS,
)
VGAE = Card(
    "vgae",
    ("Take it for links and vectors of nodes with uncertainty.", "It learns edges, not types of edges."),
    {"links": On(build, {"usual": VGAEHyper(), "tiny": VGAEHyper(**TINY_AUTOENCODER)}, default=True)},
    paper="Kipf & Welling 2016",
    equations=AUTOENCODER_EQUATIONS,
)
WALKS = Card(
    "walks",
    ("Take it where nodes that meet on walks should be alike.", "It learns no types of edges."),
    {"links": On(build, {"usual": WalksHyper(), "tiny": WalksHyper(**TINY_AUTOENCODER)})},
    paper="Hamilton 2017, the loss without labels",
    equations=AUTOENCODER_EQUATIONS,
)
Score = partial(Baseline, equations=("graphs.families.link_scores",))


def by_rule(predictor: type, rule: str) -> On:
    """Returns the `On` of a predictor that scores by a rule."""
    return On(lambda spec, given: Recipe(predictor(rule), epochs=1))


COMMON_NEIGHBOURS = Score(
    "common-neighbours",
    ("Take it as the floor of links: it counts the neighbours that two nodes share.", NO_BRIDGES),
    {"links": by_rule(LinkScore, "common neighbours")},
    paper="Liben-Nowell & Kleinberg 2007",
    near=("jaccard", "resource-allocation"),
)
ADAMIC_ADAR = Score(
    "adamic-adar",
    ("Take it as the floor of links: a shared neighbour counts more if it has few others.", NO_BRIDGES),
    {"links": by_rule(LinkScore, "Adamic-Adar")},
    paper="Adamic & Adar 2003",
)
KATZ = Score(
    "katz",
    ("Take it as the floor of links where nodes at more than two edges matter: it counts paths.", FLOOR),
    {"links": by_rule(LinkScore, "Katz")},
    paper="Katz 1953, paths of at most four edges",
)
DEGREE_PRODUCT = Score(
    "degree-product",
    ("Take it to see how far popularity alone predicts links.", FLOOR),
    {"links": by_rule(LinkScore, "degree product")},
    paper="Barabasi & Albert 1999",
    near=("preferential-attachment",),
)


@dataclass(frozen=True)
class RGCNHyper(TrainedWhole):
    epochs: float = 300.0
    width: int = fields.units(32, "dimensions of a node's vector")
    layers: int = fields.layers(2, "convolutions")
    bases: int = fields.units(4, "basis matrices that the relations' matrices mix; Schlichtkrull 2018")
    dropout: float = fields.dropout(0.2)

    def build(self, spec: TaskSizes) -> Recipe:
        layers = [RGCN(self.width, self.width, 2 * spec.outputs, self.bases) for _ in range(self.layers)]
        return self.recipe(RelationPredictor(layers, spec.inputs, spec.outputs, self.width, self.dropout))


@dataclass(frozen=True)
class TripleHyper(Trained):
    """Hyperparameters of families that learn a vector of each entity from triples."""

    batch: int = 512
    lr: float = 0.01
    epochs: float = fields.epochs(100.0)
    negatives: int = whole(64, least=1, most=MOST_BATCH, says="entities that a step puts in place of the true ones")
    sharpness: float = real(1.0, least=0.0, says="how far false triples that score high count more; 0: all alike")


@dataclass(frozen=True)
class DistMultHyper(TripleHyper):
    width: int = fields.units(64, "dimensions of the vector of an entity")

    def build(self, spec: TaskSizes) -> Recipe:
        family = DistMult(spec.inputs, spec.outputs, self.width, self.negatives, self.sharpness)
        return self.recipe(family, epochs=self.epochs)


@dataclass(frozen=True)
class RotatEHyper(TripleHyper):
    width: int = fields.units(64, "complex numbers in the vector of an entity")
    margin: float = real(9.0, above=0.0, says="distance at which a triple holds with probability 1/2; Sun 2019")

    def build(self, spec: TaskSizes) -> Recipe:
        family = RotatE(spec.inputs, spec.outputs, self.width, self.margin, self.negatives, self.sharpness)
        return self.recipe(family, epochs=self.epochs)


TINY_TRIPLES = dict(width=8, negatives=16, batch=256, epochs=4.0)
TINY_RELATIONS = dict(width=8, epochs=20)
RGCN_CARD = Card(
    "rgcn",
    ("Take it for graphs with several types of edges.", "It needs types of edges to gain anything."),
    {
        "relations": On(
            build, {"usual": RGCNHyper(), "tiny": RGCNHyper(**TINY_RELATIONS, bases=2, dropout=0.0)}, default=True
        )
    },
    paper="Schlichtkrull 2018",
    equations=("graphs.networks.rgcn", "graphs.families.relations"),
)
DISTMULT = Baseline(
    "distmult",
    ("Take it to see what directions and messages are worth.", "It scores a triple and its reverse alike."),
    {"relations": On(build, {"usual": DistMultHyper(), "tiny": DistMultHyper(**TINY_TRIPLES)})},
    paper="Yang 2015; loss of Sun 2019",
    equations=("graphs.families.triple_embeddings",),
)


ROTATE = Card(
    "rotate",
    ("Take it for triples whose relations have a direction, inverses or compositions.", "It reads no features."),
    {"relations": On(build, {"usual": RotatEHyper(), "tiny": RotatEHyper(**TINY_TRIPLES)})},
    paper="Sun 2019",
    equations=("graphs.families.rotate",),
    near=("complex", "transe"),
)
Rule = partial(Baseline, equations=("graphs.families.triple_rules",))
RELATION_FREQUENCY = Rule(
    "relation-frequency",
    ("Take it as the floor of triples: it counts the heads and the tails of each relation.", FLOOR),
    {"relations": by_rule(TripleRule, "frequency")},
    paper="how often an entity is head or tail of a relation",
)
RELATION_RULES = Rule(
    "relation-rules",
    ("Take it to see what inverse and equal relations alone tell.", "It sees no paths of two edges."),
    {"relations": by_rule(TripleRule, "rules")},
    paper="Dettmers 2018, inverse relations",
)


@dataclass(frozen=True)
class FactorisationHyper(Trained):
    batch: int = 16_384
    lr: float = 0.01
    epochs: float = fields.epochs(60.0)
    width: int = fields.units(64, "dimensions of the vector of a user or an item")
    loss: str = one_of(
        "softmax", "bpr", "margin", says="loss of the ranking; softmax: Wu 2022, bpr: Rendle 2009, margin: Ying 2018"
    )
    negatives: int = whole(
        2_048, least=1, most=MOST_BATCH, says="random items that a step ranks below those taken; bpr draws one for each"
    )
    temperature: float = real(0.15, above=0.0, says="temperature of the softmax over cosines; Wu 2022")
    decay: float = real(1e-6, least=0.0, says="weight of half the squared length of a batch's vectors; Rendle 2009")
    layers = 0

    def network(self, spec: TaskSizes) -> nn.Module:
        return LightGCN(spec.nodes, self.width, self.layers)

    def build(self, spec: TaskSizes) -> Recipe:
        ranking = self.loss, self.negatives, self.temperature, self.decay
        family = Recommender(self.network(spec), spec, *ranking)
        return self.recipe(family, epochs=self.epochs, clip=10.0, validates=False)


@dataclass(frozen=True)
class LightGCNHyper(FactorisationHyper):
    layers: int = fields.layers(3, "averages over neighbours; without any it is matrix factorisation", least=0)


@dataclass(frozen=True)
class PinSageHyper(FactorisationHyper):
    lr: float = 3e-3
    loss: str = "margin"
    layers: int = fields.layers(2, "convolutions")
    heard: int = whole(10, least=1, most=200, says="nodes that each node hears from; Ying 2018")

    def network(self, spec: TaskSizes) -> nn.Module:
        return PinSage(spec.nodes, self.width, self.layers, self.heard)


TINY_RECOMMENDER = dict(width=8, negatives=16, batch=64, lr=0.01, epochs=20)
LIGHTGCN = Card(
    "lightgcn",
    ("Take it for recommendations from who took what.", "It knows nothing of a user without items."),
    {
        "recommend": On(
            build,
            {
                "usual": LightGCNHyper(),
                "bpr": LightGCNHyper(loss="bpr", negatives=1, temperature=1.0, decay=1e-4),
                "tiny": LightGCNHyper(**TINY_RECOMMENDER, layers=2),
            },
            default=True,
        )
    },
    paper="He 2020; softmax of Wu 2022",
    equations=("graphs.networks.recommenders:LightGCN", "graphs.families.recommend"),
    variants={"bpr": "the BPR loss (Rendle 2009)"},
)
PINSAGE = Card(
    "pinsage",
    ("Take it where short random walks should choose the neighbours.", "Walks cost time in every pass."),
    {"recommend": On(build, {"usual": PinSageHyper(), "tiny": PinSageHyper(**TINY_RECOMMENDER, layers=1, heard=5)})},
    paper="Ying 2018",
    equations=("graphs.networks.recommenders:PinSage", "graphs.families.recommend"),
)
MATRIX_FACTORISATION = Baseline(
    "matrix-factorisation",
    ("Take it as the baseline of recommendations without a graph.", FLOOR),
    {"recommend": On(build, {"usual": FactorisationHyper(), "tiny": FactorisationHyper(**TINY_RECOMMENDER)})},
    paper="Koren 2009; Rendle 2009",
    equations=("graphs.networks.recommenders:LightGCN", "graphs.families.recommend"),
    near=("als", "bpr", "ncf", "svd"),
)
POPULARITY = Baseline(
    "popularity",
    ("Take it as the floor: it recommends to all what most people take.", FLOOR),
    {"recommend": on_predictor(Popularity)},
    paper="what most people take",
)
ITEM_NEIGHBOURS = Baseline(
    "item-neighbours",
    ("Take it as the baseline of recommendations that learns no vectors.", FLOOR),
    {"recommend": on_predictor(ItemNeighbours)},
    paper="Sarwar 2001",
    near=("item-knn",),
)
