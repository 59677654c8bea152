"""Families that predict labels of nodes alone: those from before graph convolution, features without a graph (MLP), one
matrix after all propagation (SGC), polynomials (ChebNet), and many convolutions with a remedy against smoothing.
"""

from dataclasses import dataclass, replace

import torch.nn.functional as F
from torch import nn

from ...core.hyper import Hyper, one_of, real, whole, wholes
from ...core.limits import MOST_LAYERS
from ...core.recipe import FULL_BATCH, Recipe, TrainedWhole
from ...core.spec import Spec
from ...families.task_data import TaskSizes
from ...zoo import fields
from ...zoo.card import Baseline, Card, On
from ..families.classic.label_spreading import IterativeClassification, LabelPropagation
from ..families.classic.regularised import ManifoldRegularisation, SemiSupervisedEmbedding
from ..families.classic.walk_embeddings import DeepWalk, Planetoid, SkipGram
from ..families.nodes import DepthClassifier, NodeClassifier
from ..networks.convolutions import GCN, MAX_SMOOTHED_NUMBERS, SGC, Cheb, DenseLayer
from ..networks.depth import DeepNetwork, Perceptron, build_layer, sum_walks
from .bodies import nodes
from .bodies.nodes import choose


@dataclass(frozen=True)
class ManifoldHyper(TrainedWhole):
    lr: float = 0.05
    decay: float = fields.decay(1e-4)
    smoothness: float = real(10.0, least=0.0, says="weight of how far the scores of neighbours differ")


@dataclass(frozen=True)
class EmbeddingHyper(TrainedWhole):
    width: int = fields.units(64, "units of the hidden layer")
    dropout: float = fields.dropout(0.5)
    decay: float = fields.decay(5e-4)
    weight: float = real(3.0, least=0.0, says="weight of the loss of pairs")
    margin: float = real(2.0, least=0.0, says="distance that two nodes keep which are not joined")
    pairs: int = whole(2_000, least=1, most=2**24, says="pairs of each kind in a step")


@dataclass(frozen=True)
class IterativeHyper(Hyper):
    rounds: int = fields.chain_length(10, "times that all labels are guessed again")
    aggregate: str = one_of("mean", "sum", says="how the labels of neighbours are put together")
    own_decay: float = real(1e-2, least=0.0, says="weight decay of the classifier of features alone")
    decay: float = real(0.1, least=0.0, says="weight decay of the classifier that sees neighbours too")


@dataclass(frozen=True)
class OfWalks(TrainedWhole):
    """Hyperparameters of families that learn vectors of nodes from random walks."""

    width: int = fields.units(128, "dimensions of a node's vector")
    walks: int = whole(5, least=1, most=10_000, says="walks from each node in all, spread over the steps")
    length: int = whole(40, least=1, most=10_000, says="edges of a walk")
    window: int = whole(10, least=1, most=10_000, says="steps of a walk within which nodes are near")
    negatives: int = whole(5, least=1, most=10_000, says="random nodes for each near one")

    def skip_gram(self, nodes: int) -> SkipGram:
        return SkipGram(max(1, round(nodes * self.walks / self.epochs)), self.length, self.window, self.negatives)


@dataclass(frozen=True)
class DeepWalkHyper(OfWalks):
    p: float = real(1.0, above=0.0, says="1/p weighs the step back to the node before")
    q: float = real(1.0, above=0.0, says="1/q weighs steps away from the node before")
    decay: float = real(1e-2, least=0.0, says="weight decay of the classifier of vectors")


@dataclass(frozen=True)
class PlanetoidHyper(OfWalks):
    epochs: float = 500.0
    width: int = 64
    walks: int = 8
    hidden: int = fields.units(50, "units of the hidden layers of features and of vectors")
    share: float = real(0.0005, least=0.0, most=1.0, says="share of labelled pairs in the loss of context")
    weight: float = real(1_000.0, least=0.0, says="weight of the loss of context beside that of labels")
    before: float = real(0.4, least=0.0, below=1.0, says="share of the steps that learn from context alone, at first")
    dropout: float = fields.dropout(0.5)
    decay: float = fields.decay(5e-4)


def build_label_propagation(spec: TaskSizes, given: Spec) -> Recipe:
    return Recipe(LabelPropagation(spec), batch=FULL_BATCH)


def build_manifold(spec: TaskSizes, given: Spec, hyper: ManifoldHyper) -> Recipe:
    return hyper.recipe(ManifoldRegularisation(spec, hyper.decay, hyper.smoothness))


def build_embedding(spec: TaskSizes, given: Spec, hyper: EmbeddingHyper) -> Recipe:
    pairs = hyper.weight, hyper.margin, hyper.pairs
    return hyper.recipe(SemiSupervisedEmbedding(spec, hyper.width, hyper.dropout, hyper.decay, *pairs))


def build_iterative(spec: TaskSizes, given: Spec, hyper: IterativeHyper) -> Recipe:
    family = IterativeClassification(spec, hyper.rounds, hyper.aggregate, hyper.own_decay, hyper.decay)
    return Recipe(family, batch=FULL_BATCH)


def build_deepwalk(spec: TaskSizes, given: Spec, hyper: DeepWalkHyper) -> Recipe:
    family = DeepWalk(spec, hyper.width, hyper.skip_gram(spec.nodes), hyper.p, hyper.q, hyper.decay)
    return hyper.recipe(family, warmup=0, validates=False)


def build_planetoid(spec: TaskSizes, given: Spec, hyper: PlanetoidHyper) -> Recipe:
    weights = hyper.share, hyper.weight, hyper.before, hyper.dropout, hyper.decay
    return hyper.recipe(Planetoid(spec, hyper.width, hyper.hidden, hyper.skip_gram(spec.nodes), *weights), warmup=0)


def presets_of(usual_preset: Hyper, tiny: Hyper) -> dict[str, Hyper]:
    """Makes the same presets for few labels as for many."""
    return {"few": usual_preset, "many": usual_preset, "tiny": tiny}


NO_FEATURES = "It reads no features of nodes, and its vectors hold for the training graph only."
FEATURES_ALONE = "Predictions read features alone, without the neighbours."
FEWER = dict(width=8, walks=1, length=10, window=3, epochs=5)
LABEL_PROPAGATION = Baseline(
    "label-propagation",
    (
        "Take it where neighbours share labels and nodes have no features.",
        "It labels nodes of the training graph only.",
    ),
    {"nodes": On(build_label_propagation)},
    paper="Zhu 2003",
    equations=("graphs.families.classic.label_spreading:LabelPropagation",),
)
MANIFOLD_REGULARISATION = Card(
    "manifold-regularisation",
    ("Take it for a linear classifier that the graph smooths.", FEATURES_ALONE),
    {"nodes": On(build_manifold, presets_of(ManifoldHyper(), ManifoldHyper(epochs=20)), choose)},
    paper="Belkin 2006",
    equations=("graphs.families.classic.regularised:ManifoldRegularisation",),
)
SEMI_SUPERVISED_EMBEDDING = Card(
    "semi-supervised-embedding",
    ("Take it for a network of features that the graph smooths.", FEATURES_ALONE),
    {"nodes": On(build_embedding, presets_of(EmbeddingHyper(), EmbeddingHyper(width=8, epochs=20)), choose)},
    paper="Weston 2012",
    equations=("graphs.families.classic.regularised:SemiSupervisedEmbedding",),
)
ITERATIVE_CLASSIFICATION = Card(
    "iterative-classification",
    ("Take it to use labels of neighbours beside the features.", "It has no encode."),
    {"nodes": On(build_iterative, presets_of(IterativeHyper(), IterativeHyper(rounds=2)), choose)},
    paper="Lu & Getoor 2003",
    equations=("graphs.families.classic.label_spreading:IterativeClassification",),
)
DEEPWALK = Card(
    "deepwalk",
    ("Take it for vectors of nodes without features.", NO_FEATURES),
    {"nodes": On(build_deepwalk, presets_of(DeepWalkHyper(), DeepWalkHyper(**FEWER)), choose)},
    paper="Perozzi 2014",
    equations=("graphs.families.classic.walk_embeddings:DeepWalk",),
)
NODE2VEC = Card(
    "node2vec",
    ("Take it for vectors of nodes, with walks that stay near or go far.", NO_FEATURES),
    {"nodes": On(build_deepwalk, presets_of(DeepWalkHyper(q=0.5), DeepWalkHyper(**FEWER, q=0.5)), choose)},
    paper="Grover & Leskovec 2016",
    equations=("graphs.families.classic.walk_embeddings:DeepWalk",),
)
PLANETOID = Card(
    "planetoid",
    (
        "Take it to learn from features and from walks together.",
        "It learns a vector for each node, so it knows nothing of another graph.",
    ),
    {"nodes": On(build_planetoid, presets_of(PlanetoidHyper(), PlanetoidHyper(width=8, hidden=8, epochs=20)), choose)},
    paper="Yang 2016",
    equations=("graphs.families.classic.walk_embeddings:Planetoid",),
)


class MLPHyper(nodes.OfNodes):
    """Hyperparameters of a perceptron that reads the features of each node alone, without a graph."""

    equations = "graphs.networks.convolutions:DenseLayer"

    def layer(self, inputs: int, outputs: int, last: bool, spec: TaskSizes) -> nn.Module:
        return DenseLayer(inputs, outputs)


@dataclass(frozen=True)
class SGCHyper(nodes.OfLabels):
    """Hyperparameters of SGC (Wu 2019): `hops` propagations and one matrix. With `farther`, validation nodes choose
    among several numbers of hops."""

    lr: float = 0.2
    epochs: float = 150.0
    hops: int = fields.layers(2, "averages over neighbours, before the one matrix; Wu 2019", least=0)
    farther: tuple[int, ...] = wholes(
        (),
        least=1,
        most=MOST_LAYERS,
        fewest=0,
        says="other values of hops, of which validation nodes choose one, unless the graph is large",
    )
    decay: float = fields.decay(5e-5)
    equations = "graphs.networks.convolutions:SGC"
    width, layers, dropout, decays = 0, 1, 0.0, True

    def build(self, spec: TaskSizes) -> Recipe:
        networks = 1 + len(self.farther)
        if networks == 1 or networks * spec.nodes * spec.inputs > MAX_SMOOTHED_NUMBERS:  # each keeps smoothed features
            return super().build(spec)
        reaches = [replace(self, hops=hops) for hops in (self.hops, *self.farther)]
        networks = [hyper.network(spec, spec.outputs) for hyper in reaches]
        return self.recipe(DepthClassifier(networks, self.decay))

    def layer(self, inputs: int, outputs: int, last: bool, spec: TaskSizes) -> nn.Module:
        return SGC(inputs, outputs, self.hops)


@dataclass(frozen=True)
class ChebHyper(nodes.OfNodes):
    dropout: float = 0.8
    decay: float = 1e-3
    terms: int = whole(3, least=1, most=1_000, says="terms of the polynomial; Defferrard 2016")
    equations = "graphs.networks.convolutions:Cheb"

    def layer(self, inputs: int, outputs: int, last: bool, spec: TaskSizes) -> nn.Module:
        return Cheb(inputs, outputs, self.terms)


MLP = Baseline(
    "mlp",
    ("Take it to see what the graph is worth: it reads features alone.", "It ignores every edge."),
    {
        "nodes": nodes.make_on(
            {"few": MLPHyper(), "many": MLPHyper(**nodes.LONG_TRAINING), "tiny": MLPHyper(**nodes.TINY)}
        )
    },
    paper="no graph: features of each node alone",
)
FARTHER = (4, 8, 16, 32)
SGC_PRESETS = {
    "few": SGCHyper(farther=FARTHER),  # decay: the best on validation nodes of Cora and Citeseer together
    "many": SGCHyper(epochs=100, farther=FARTHER),
    "tiny": SGCHyper(epochs=20),
}
SGC_CARD = Card(
    "sgc",
    (
        "Take it where features tell little, or training must be fast: it smooths them over 2 to 32 hops.",
        "It has nothing that is not linear.",
    ),
    {"nodes": nodes.make_on(SGC_PRESETS)},
    paper="Wu 2019",
)
CHEB = Card(
    "cheb",
    ("Take it for filters that reach several hops in one layer.", "It has a matrix for each hop."),
    {
        "nodes": nodes.make_on(
            {
                "few": ChebHyper(),
                "many": ChebHyper(**nodes.LONG_TRAINING, **nodes.PLAIN, terms=2),
                "tiny": ChebHyper(**nodes.TINY, **nodes.PLAIN),
            }
        )
    },
    paper="Defferrard 2016",
)


REMEDIES = "initial", "none", "pair-norm", "group-norm", "batch-norm", "layer-norm", "residual", "virtual-node"
JUMPS = "last", "concatenate", "maximum"


@dataclass(frozen=True)
class DeepGCNHyper(nodes.OfNodes):
    """Hyperparameters of deep GCN (Chen 2020 (GCNII); other remedies of Xu 2018, Zhao 2020, Zhou 2020)."""

    lr: float = 0.02
    epochs: float = 300.0
    width: int = 64
    layers: int = 32
    dropout: float = 0.6
    decay: float = real(5e-4, least=0.0, says="weight of half the squared weights before and after the convolutions")
    decay_between: float = real(0.01, least=0.0, says="weight of half the squared weights of the convolutions")
    norm: str = nodes.norm()
    remedy: str = one_of(*REMEDIES, says="what keeps deep networks from smoothing; initial: Chen 2020")
    jump: str = one_of(*JUMPS, says="layers that the classifier reads: the last alone, or all; Xu 2018")
    hops: int = whole(1, least=1, most=32, says="edges that each convolution reaches: A + A^2 + .. in place of A")
    before: int = fields.layers(1, "linear layers before the convolutions")
    after: int = fields.layers(1, "linear layers after the convolutions")
    alpha: float = real(0.1, least=0.0, most=1.0, says="share of the first layer in every other; Chen 2020")
    beta: float = real(0.5, least=0.0, says="strength of the convolutions' weights, which falls with depth; Chen 2020")

    equations = "graphs.networks.depth"

    def network(self, spec: TaskSizes, outputs: int) -> DeepNetwork:
        """Builds linear layers on either side of convolutions with a remedy, as in graphs/networks/depth.py."""
        width, numbers = self.width, range(1, self.layers + 1)
        between_layers = [GCN(width, width, self.norm) for _ in numbers]
        steps = [
            build_layer(self.remedy, layer, width, k, self.alpha, self.beta)
            for k, layer in zip(numbers, between_layers)
        ]
        jump_width = self.layers * width if self.jump == "concatenate" else width
        first = Perceptron([spec.inputs, *[width] * self.before], self.dropout, F.relu)
        last = Perceptron([jump_width, *[width] * (self.after - 1), outputs], self.dropout)
        prepare = lambda graph: between_layers[0].prepare(sum_walks(graph, self.hops))
        return DeepNetwork(first, steps, last, self.dropout, prepare, self.jump)

    def classifier(self, network: DeepNetwork, spec: TaskSizes) -> NodeClassifier:
        ends = nodes.matrices(network.before) + nodes.matrices(network.after)
        return NodeClassifier(network, ends, self.decay, (nodes.matrices(network.steps), self.decay_between))


DEEP_GCN_PRESETS = {"few": DeepGCNHyper(), "many": DeepGCNHyper(), "tiny": DeepGCNHyper(**nodes.TINY, layers=4)}
DEEP_GCN = Card(
    "deep-gcn",
    ("Take it for networks of many layers.", "A few layers of gcn are enough for many graphs."),
    {"nodes": nodes.make_on(DEEP_GCN_PRESETS)},
    paper="Chen 2020; remedies of Xu 2018, Zhao 2020, Zhou 2020",
)
