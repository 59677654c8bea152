"""Predictors of node labels from before graph convolution: which numbers they run with when a person names a family."""

from __future__ import annotations

from ..core.spec import Spec
from ..core.trainable import ALL, Recipe
from ..predictors.classic.deepwalk import DeepWalk
from ..predictors.classic.iterative_classification import IterativeClassification
from ..predictors.classic.label_propagation import LabelPropagation
from ..predictors.classic.manifold_regularisation import ManifoldRegularisation
from ..predictors.classic.planetoid import Planetoid
from ..predictors.classic.semi_supervised_embedding import SemiSupervisedEmbedding
from ..predictors.task_data import Sizes

MANIFOLD = dict(decay=1e-4, smoothness=10.0, lr=0.05, epochs=200)
EMBEDDING = dict(width=64, dropout=0.5, decay=5e-4, weight=3.0, margin=2.0, pairs=2000, lr=0.01, epochs=200)
ITERATIVE = dict(rounds=10, aggregate="mean", own_decay=1e-2, decay=0.1)
WALKS = dict(width=128, walks=5, length=40, window=10, negatives=5, decay=1e-2, lr=0.01, epochs=200)
SIZES = {"few": {}, "many": {}, "tiny": dict(width=8, walks=1, length=10, window=3, epochs=5)}
PLANETOID = dict(
    width=64,
    hidden=50,
    walks=8,
    length=40,
    window=10,
    negatives=5,
    share=0.0005,
    weight=1000.0,
    before=0.4,
    dropout=0.5,
    decay=5e-4,
    lr=0.01,
    epochs=500,
)
# fmt: off
PRESETS = {
    "manifold-regularisation": {"few": MANIFOLD, "many": MANIFOLD, "tiny": {**MANIFOLD, "epochs": 20}},
    "semi-supervised-embedding": {"few": EMBEDDING, "many": EMBEDDING, "tiny": {**EMBEDDING, "width": 8, "epochs": 20}},
    "iterative-classification": {"few": ITERATIVE, "many": ITERATIVE, "tiny": {**ITERATIVE, "rounds": 2}},
    "deepwalk": {name: {**WALKS, **less, "p": 1.0, "q": 1.0} for name, less in SIZES.items()},
    "node2vec": {name: {**WALKS, **less, "p": 1.0, "q": 0.5} for name, less in SIZES.items()},
    "planetoid": {"few": PLANETOID, "many": PLANETOID, "tiny": {**PLANETOID, "width": 8, "hidden": 8, "epochs": 20}},
}
# fmt: on


def label_propagation(spec: Sizes, given: Spec) -> Recipe:
    return Recipe(LabelPropagation(spec), batch=ALL)


def manifold_regularisation(
    spec: Sizes, given: Spec, decay: float, smoothness: float, lr: float, epochs: float
) -> Recipe:
    return Recipe(ManifoldRegularisation(spec, decay, smoothness), batch=ALL, lr=lr, epochs=epochs)


def semi_supervised_embedding(
    spec: Sizes,
    given: Spec,
    width: int,
    dropout: float,
    decay: float,
    weight: float,
    margin: float,
    pairs: int,
    lr: float,
    epochs: float,
) -> Recipe:
    return Recipe(
        SemiSupervisedEmbedding(spec, width, dropout, decay, weight, margin, pairs), batch=ALL, lr=lr, epochs=epochs
    )


def iterative_classification(
    spec: Sizes, given: Spec, rounds: int, aggregate: str, own_decay: float, decay: float
) -> Recipe:
    return Recipe(IterativeClassification(spec, rounds, aggregate, own_decay, decay), batch=ALL)


def deepwalk(
    spec: Sizes,
    given: Spec,
    width: int,
    walks: int,
    length: int,
    window: int,
    negatives: int,
    p: float,
    q: float,
    decay: float,
    lr: float,
    epochs: float,
) -> Recipe:
    """walks: from each node in all, spread over the steps."""
    family = DeepWalk(spec, width, walks_a_step(spec, walks, epochs), length, window, negatives, p, q, decay)
    return Recipe(family, batch=ALL, lr=lr, warmup=0, epochs=epochs, validates=False)


def planetoid(
    spec: Sizes,
    given: Spec,
    width: int,
    hidden: int,
    walks: int,
    length: int,
    window: int,
    negatives: int,
    share: float,
    weight: float,
    before: float,
    dropout: float,
    decay: float,
    lr: float,
    epochs: float,
) -> Recipe:
    """walks: from each node in all, spread over the steps."""
    each = walks_a_step(spec, walks, epochs)
    family = Planetoid(spec, width, hidden, each, length, window, negatives, share, weight, before, dropout, decay)
    return Recipe(family, batch=ALL, lr=lr, warmup=0, epochs=epochs)


def walks_a_step(spec: Sizes, walks: int, steps: float) -> int:
    return max(1, round(spec.nodes * walks / steps))
