"""Published accuracies of methods that label nodes, in percent, on the public split of Yang 2016. Plain data, from low
to high on Cora.

The classic rungs stand as Kipf & Welling 2017 and Velickovic 2018 quote them in their tables.
"""

from __future__ import annotations

from dataclasses import dataclass

KIPF, VELICKOVIC = "Kipf & Welling 2017, table 2", "Velickovic 2018, table 2"
LECTURED = "Velickovic 2018; 83.0 in its final version"


@dataclass(frozen=True)
class Rung:
    """published: {data: (percent, where it stands)}; nothing where no paper has measured it on this split."""

    family: str
    published: dict[str, tuple[float, str]]


RUNGS = (
    Rung("mlp", {"cora": (55.1, VELICKOVIC), "citeseer": (46.5, VELICKOVIC)}),
    Rung("semi-supervised-embedding", {"cora": (59.0, KIPF), "citeseer": (59.6, KIPF)}),
    Rung("manifold-regularisation", {"cora": (59.5, KIPF), "citeseer": (60.1, KIPF)}),
    Rung("deepwalk", {"cora": (67.2, KIPF), "citeseer": (43.2, KIPF)}),
    Rung("node2vec", {}),
    Rung("label-propagation", {"cora": (68.0, KIPF), "citeseer": (45.3, KIPF)}),
    Rung("iterative-classification", {"cora": (75.1, KIPF), "citeseer": (69.1, KIPF)}),
    Rung("planetoid", {"cora": (75.7, KIPF), "citeseer": (64.7, KIPF)}),
    Rung("gin", {}),
    Rung("sage", {}),
    Rung("sgc", {"cora": (81.0, "Wu 2019, table 2"), "citeseer": (71.9, "Wu 2019, table 2")}),
    Rung("cheb", {"cora": (81.2, VELICKOVIC), "citeseer": (69.8, VELICKOVIC)}),
    Rung("gcn", {"cora": (81.5, KIPF), "citeseer": (70.3, KIPF)}),
    Rung("gat", {"cora": (83.3, LECTURED), "citeseer": (72.5, VELICKOVIC)}),
)


def published(family: str, data: str) -> tuple[float, str] | None:
    """Percent and where it stands; None where it is not known."""
    return next((rung.published.get(data) for rung in RUNGS if rung.family == family), None)
