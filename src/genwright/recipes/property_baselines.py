"""Simple predictors of properties of molecules, and the numbers that they are fitted with."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.errors import DataError
from ..core.hyper import Hyper, real, whole
from ..core.spec import Spec
from ..core.trainable import Recipe
from ..predictors.property_baselines import Forest, Linear, MeanAnswer, NearestMolecules
from ..predictors.task_data import Sizes


@dataclass(frozen=True)
class ForestHyper(Hyper):
    """Hyperparameters of random forests (Breiman 2001, who looks at a third of the inputs of a number)."""

    trees: int = whole(200, least=1, most=5_000, says="trees for each target")
    leaf: int = whole(1, least=1, says="training molecules in a leaf, at least")
    share: float = real(1 / 3, above=0.0, most=1.0, says="share of the inputs that a split of numbers chooses among")


@dataclass(frozen=True)
class NearestHyper(Hyper):
    """Hyperparameters of nearest neighbours (Cover & Hart 1967)."""

    neighbours: int = whole(5, least=1, most=1_000, says="nearest training molecules whose answers are averaged")


PRESETS = {
    "forest": {"usual": ForestHyper(), "tiny": ForestHyper(trees=10)},
    "nearest": {"usual": NearestHyper(), "tiny": NearestHyper(neighbours=2)},
}


def forest(spec: Sizes, given: Spec, hyper: ForestHyper) -> Recipe:
    return Recipe(Forest(spec, hyper.trees, hyper.leaf, hyper.share), epochs=1)


def nearest(spec: Sizes, given: Spec, hyper: NearestHyper) -> Recipe:
    return Recipe(NearestMolecules(spec, hyper.neighbours), epochs=1)


def linear(spec: Sizes, given: Spec) -> Recipe:
    """Raises DataError without descriptors, which are all that it sees."""
    if not spec.descriptors:
        raise DataError("linear reads descriptors and there are none: leave out --descriptors none, or this family")
    return Recipe(Linear(spec), epochs=1)


def mean(spec: Sizes, given: Spec) -> Recipe:
    return Recipe(MeanAnswer(spec), epochs=1)
