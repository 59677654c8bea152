"""What the package of series brings: a kind of data, its task, its families and its schema."""

from ..kinds.known_kinds import register_kind
from ..zoo import registry
from . import recipes
from .kind import KIND

VERBS = ("sample", "log_prob", "complete")
PAPERS = {
    "climatology": "training rows of the same month or hour",
    "last": "the row before",
    "seasonal": "the row one season before",
    "var": "least squares on the row before, Luetkepohl 2005",
    "shuffled-rows": "training rows in random order",
    "bootstrap": "Efron 1979",
}
COPIES = ("shuffled-rows", "bootstrap")


def register() -> None:
    """Add series to the kinds of data, and their families to the registry."""
    kind = KIND.name
    register_kind(KIND)
    registry.register_task(
        kind,
        registry.GENERATE,
        registry.Task("genwright.series.domain:Series", "genwright.series.suite:Suite"),
    )
    registry.register(
        kind, "autoregressive", recipes.build, recipes.PRESETS, VERBS, "exact",
        "rows by a GRU or a transformer, cells by MADE", default=True,
    )  # fmt: skip
    for family, paper in PAPERS.items():
        recipe = getattr(recipes, f"build_{family.replace('-', '_')}")
        verbs = ("sample",) if family in COPIES else ("sample", "complete")
        registry.register(kind, family, recipe, verbs=verbs, paper=paper, copies=family in COPIES, baseline=True)
