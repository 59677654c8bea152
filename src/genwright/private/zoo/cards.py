"""Families whose models protect the rows that they learned from."""

from dataclasses import dataclass

from ...core.hyper import Hyper, whole
from ...core.recipe import Recipe
from ...core.spec import Spec
from ...zoo.card import FLOOR, Baseline, Card, On
from ..families.marginals import PrivateMarginals


@dataclass(frozen=True)
class MarginalsHyper(Hyper):
    """Hyperparameters of a private Bayesian network."""

    parents: int = whole(3, least=1, most=4, says="columns that a column depends on, at most")
    groups: int = whole(24, least=2, most=64, says="groups of values that tables tell apart in a column")


def build(spec: Spec, given: Spec, hyper: MarginalsHyper) -> Recipe:
    return Recipe(PrivateMarginals(spec, given, hyper.parents, hyper.groups), validates=False)


def build_apart(spec: Spec, given: Spec) -> Recipe:
    return Recipe(PrivateMarginals(spec, given, 0, 24), validates=False)


PRIVATE_MARGINALS = Card(
    "private-marginals",
    (
        "Take it to share rows under a promise about each of them: its samples are as private as its model.",
        "Noise hides what few rows show, so it needs thousands of rows.",
    ),
    {
        "private": On(
            build, {"usual": MarginalsHyper(), "tiny": MarginalsHyper(parents=1, groups=4)},
            paper="PrivBayes, Zhang 2017, with Gaussian noise", equations=("private.families.tables",), default=True,
        )
    },
)  # fmt: skip
PRIVATE_INDEPENDENT = Baseline(
    "private-independent",
    ("Take it as the floor: it ignores every dependence.", FLOOR),
    {"private": On(build_apart)},
    paper="noisy margins of columns",
    equations=("private.families.tables",),
)
