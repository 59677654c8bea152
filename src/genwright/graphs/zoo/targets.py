"""Published figures of predictors on graphs, and the rungs of the ladder."""

from ...zoo.target import Target

KIPF, VELICKOVIC = "Kipf & Welling 2017, table 2", "Velickovic 2018, table 2"
LECTURED = "Velickovic 2018; 83.0 in its final version"
PUBLIC = "public split of Yang 2016: 20 labels a class, 500 nodes to validate, 1,000 to test"
AUTHORS = 1.5  # points below the published figure that a rung may stay


def _rung(family: str, cora: tuple[float, str], citeseer: tuple[float, str], minutes: float) -> list[Target]:
    """Accuracy on the two citation graphs; {data: (percent, source)}. Rungs of the ladder, from low to high on Cora."""
    return [
        Target(
            f"{family}-{data}", "H3", data, family, "accuracy", "%", percent, PUBLIC, source,
            bar=round(percent - AUTHORS, 1), task="nodes", minutes=minutes,
        )
        for data, (percent, source) in (("cora", cora), ("citeseer", citeseer))
    ]  # fmt: skip


TARGETS = (
    *_rung("mlp", (55.1, VELICKOVIC), (46.5, VELICKOVIC), 0.5),
    *_rung("semi-supervised-embedding", (59.0, KIPF), (59.6, KIPF), 0.5),
    *_rung("manifold-regularisation", (59.5, KIPF), (60.1, KIPF), 0.5),
    *_rung("deepwalk", (67.2, KIPF), (43.2, KIPF), 1.0),
    *_rung("label-propagation", (68.0, KIPF), (45.3, KIPF), 0.2),
    *_rung("iterative-classification", (75.1, KIPF), (69.1, KIPF), 0.2),
    *_rung("planetoid", (75.7, KIPF), (64.7, KIPF), 1.0),
    *_rung("sgc", (81.0, "Wu 2019, table 2"), (71.9, "Wu 2019, table 2"), 0.2),
    *_rung("cheb", (81.2, VELICKOVIC), (69.8, VELICKOVIC), 0.5),
    *_rung("gcn", (81.5, KIPF), (70.3, KIPF), 0.2),
    *_rung("gat", (83.3, LECTURED), (72.5, VELICKOVIC), 2.0),
    Target(
        "gae-cora", "H4", "cora", "gae", "auc", "AUC", 0.910,
        "10% of the edges to test and 5% to validate, with as many pairs without one; ten splits",
        "Kipf & Welling 2016, table 1", bar=0.910, splits=True, task="links", seeds=10, minutes=4.0,
    ),
    Target(
        "vgae-cora", "H4", "cora", "vgae", "auc", "AUC", 0.914,
        "10% of the edges to test and 5% to validate, with as many pairs without one; ten splits",
        "Kipf & Welling 2016, table 1", bar=0.910, splits=True, task="links", seeds=10, minutes=4.0,
    ),
    Target(
        "lightgcn-gowalla", "H8", "gowalla", "lightgcn", "recall", "of items", 0.18236,
        "recall@20 on the published split, items of training never recommended",
        "the authors' log of 1,000 epochs (kuandeng/LightGCN)", bar=0.157, budget={"minutes": 30}, seeds=1, minutes=32,
        differs="the authors train for 1,000 epochs on a GPU, ours for half an hour of two cores",
    ),
)  # fmt: skip
RUNGS = (  # rungs of the ladder, in order; those without a target have no published figure on this split
    "mlp", "semi-supervised-embedding", "manifold-regularisation", "deepwalk", "node2vec", "label-propagation",
    "iterative-classification", "planetoid", "gin", "sage", "sgc", "cheb", "gcn", "gat",
)  # fmt: skip
