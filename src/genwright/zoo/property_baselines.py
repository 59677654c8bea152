"""Simple predictors of properties of molecules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..core.errors import DataError
from ..core.hyper import Hyper, real, whole
from ..core.recipe import Recipe
from ..core.spec import Spec
from .card import FLOOR, Card, On

if TYPE_CHECKING:
    from ..families.task_data import Sizes

EQUATIONS = ("families.properties.property_baselines",)


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


def build_forest(spec: Sizes, given: Spec, hyper: ForestHyper) -> Recipe:
    from ..families.properties.property_baselines import Forest

    return Recipe(Forest(spec, hyper.trees, hyper.leaf, hyper.share), epochs=1)


def build_nearest(spec: Sizes, given: Spec, hyper: NearestHyper) -> Recipe:
    from ..families.properties.property_baselines import NearestMolecules

    return Recipe(NearestMolecules(spec, hyper.neighbours), epochs=1)


def build_linear(spec: Sizes, given: Spec) -> Recipe:
    """Raises DataError without descriptors, which are all that it sees."""
    from ..families.properties.property_baselines import Linear

    if not spec.descriptors:
        raise DataError("linear reads descriptors and there are none: leave out --descriptors none, or this family")
    return Recipe(Linear(spec), epochs=1)


def build_mean(spec: Sizes, given: Spec) -> Recipe:
    from ..families.properties.property_baselines import MeanAnswer

    return Recipe(MeanAnswer(spec), epochs=1)


def has_descriptors(domain: Any) -> bool:
    """Whether molecules have numbers of their own beside their graph."""
    return domain.spec.descriptors > 0


FOREST = Card(
    "forest",
    ("Take it for few molecules: it trains without a network.", "It has no encode."),
    {"properties": On(build_forest, {"usual": ForestHyper(), "tiny": ForestHyper(trees=10)})},
    paper="Breiman 2001",
    equations=EQUATIONS,
    near=("catboost", "lightgbm", "random-forest", "xgboost"),
    baseline=True,
)
LINEAR = Card(
    "linear",
    ("Take it for numbers that descriptors explain.", "It needs descriptors beside the molecules."),
    {"properties": On(build_linear, suits=has_descriptors)},
    paper="Hoerl & Kennard 1970",
    equations=EQUATIONS,
    baseline=True,
)
NEAREST = Card(
    "nearest",
    (
        "Take it to see what similar molecules alone predict.",
        "Its run keeps what was measured of training molecules.",
    ),
    {
        "properties": On(
            build_nearest,
            {"usual": NearestHyper(), "tiny": NearestHyper(neighbours=2)},
            keeps="what was measured of training molecules",
        )
    },
    paper="Cover & Hart 1967; Tanimoto 1958",
    equations=EQUATIONS,
    baseline=True,
)
MEAN = Card(
    "mean",
    ("Take it as the floor: it answers the same for every molecule.", FLOOR),
    {"properties": On(build_mean)},
    paper="the mean, or how frequent classes are",
    equations=EQUATIONS,
    baseline=True,
)
