"""Predictors of node labels from before graph convolution: their hyperparameters, and how they are put together."""

from dataclasses import dataclass

from ..core.hyper import Hyper, one_of, real, whole
from ..core.spec import Spec
from ..core.trainable import ALL, Recipe, TrainedWhole
from ..predictors.classic.deepwalk import DeepWalk
from ..predictors.classic.iterative_classification import IterativeClassification
from ..predictors.classic.label_propagation import LabelPropagation
from ..predictors.classic.manifold_regularisation import ManifoldRegularisation
from ..predictors.classic.planetoid import Planetoid
from ..predictors.classic.semi_supervised_embedding import SemiSupervisedEmbedding
from ..predictors.classic.skip_gram import SkipGram
from ..predictors.task_data import Sizes
from . import fields


@dataclass(frozen=True)
class ManifoldHyper(TrainedWhole):
    """Hyperparameters of manifold regularisation (Belkin 2006)."""

    lr: float = 0.05
    decay: float = fields.decay(1e-4)
    smoothness: float = real(10.0, least=0.0, says="weight of how far the scores of neighbours differ")


@dataclass(frozen=True)
class EmbeddingHyper(TrainedWhole):
    """Hyperparameters of semi-supervised embedding (Weston 2012)."""

    width: int = fields.units(64, "units of the hidden layer")
    dropout: float = fields.dropout(0.5)
    decay: float = fields.decay(5e-4)
    weight: float = real(3.0, least=0.0, says="weight of the loss of pairs")
    margin: float = real(2.0, least=0.0, says="distance that two nodes keep which are not joined")
    pairs: int = whole(2_000, least=1, most=2**24, says="pairs of each kind in a step")


@dataclass(frozen=True)
class IterativeHyper(Hyper):
    """Hyperparameters of iterative classification (Lu & Getoor 2003)."""

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
    """Hyperparameters of DeepWalk (Perozzi 2014; with q other than 1 node2vec, Grover & Leskovec 2016)."""

    p: float = real(1.0, above=0.0, says="1/p weighs the step back to the node before")
    q: float = real(1.0, above=0.0, says="1/q weighs steps away from the node before")
    decay: float = real(1e-2, least=0.0, says="weight decay of the classifier of vectors")


@dataclass(frozen=True)
class PlanetoidHyper(OfWalks):
    """Hyperparameters of planetoid (Yang 2016)."""

    epochs: float = 500.0
    width: int = 64
    walks: int = 8
    hidden: int = fields.units(50, "units of the hidden layers of features and of vectors")
    share: float = real(0.0005, least=0.0, most=1.0, says="share of labelled pairs in the loss of context")
    weight: float = real(1_000.0, least=0.0, says="weight of the loss of context beside that of labels")
    before: float = real(0.4, least=0.0, below=1.0, says="share of the steps that learn from context alone, at first")
    dropout: float = fields.dropout(0.5)
    decay: float = fields.decay(5e-4)


FEWER = dict(width=8, walks=1, length=10, window=3, epochs=5)
PRESETS = {
    "manifold-regularisation": {"few": ManifoldHyper(), "many": ManifoldHyper(), "tiny": ManifoldHyper(epochs=20)},
    "semi-supervised-embedding": {
        "few": EmbeddingHyper(),
        "many": EmbeddingHyper(),
        "tiny": EmbeddingHyper(width=8, epochs=20),
    },
    "iterative-classification": {"few": IterativeHyper(), "many": IterativeHyper(), "tiny": IterativeHyper(rounds=2)},
    "deepwalk": {"few": DeepWalkHyper(), "many": DeepWalkHyper(), "tiny": DeepWalkHyper(**FEWER)},
    "node2vec": {"few": DeepWalkHyper(q=0.5), "many": DeepWalkHyper(q=0.5), "tiny": DeepWalkHyper(**FEWER, q=0.5)},
    "planetoid": {
        "few": PlanetoidHyper(),
        "many": PlanetoidHyper(),
        "tiny": PlanetoidHyper(width=8, hidden=8, epochs=20),
    },
}


def label_propagation(spec: Sizes, given: Spec) -> Recipe:
    return Recipe(LabelPropagation(spec), batch=ALL)


def manifold_regularisation(spec: Sizes, given: Spec, hyper: ManifoldHyper) -> Recipe:
    return hyper.recipe(ManifoldRegularisation(spec, hyper.decay, hyper.smoothness))


def semi_supervised_embedding(spec: Sizes, given: Spec, hyper: EmbeddingHyper) -> Recipe:
    pairs = hyper.weight, hyper.margin, hyper.pairs
    return hyper.recipe(SemiSupervisedEmbedding(spec, hyper.width, hyper.dropout, hyper.decay, *pairs))


def iterative_classification(spec: Sizes, given: Spec, hyper: IterativeHyper) -> Recipe:
    family = IterativeClassification(spec, hyper.rounds, hyper.aggregate, hyper.own_decay, hyper.decay)
    return Recipe(family, batch=ALL)


def deepwalk(spec: Sizes, given: Spec, hyper: DeepWalkHyper) -> Recipe:
    family = DeepWalk(spec, hyper.width, hyper.skip_gram(spec.nodes), hyper.p, hyper.q, hyper.decay)
    return hyper.recipe(family, warmup=0, validates=False)


def planetoid(spec: Sizes, given: Spec, hyper: PlanetoidHyper) -> Recipe:
    weights = hyper.share, hyper.weight, hyper.before, hyper.dropout, hyper.decay
    return hyper.recipe(Planetoid(spec, hyper.width, hyper.hidden, hyper.skip_gram(spec.nodes), *weights), warmup=0)
