"""Links on Cora in the protocol of Kipf 2016, and on two graphs without features of Zhang & Chen 2018; bars of row H4.

85% of the edges carry messages, 5% validate and 10% test, with as many pairs without an edge; mean of ten seeds, each
of the split and of the weights. Beside the learned ones, three scores that learn nothing: common neighbours,
Adamic-Adar, Katz.

    python links.py [SET ...]
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import scipy.sparse as sp
import torch
from sklearn.metrics import average_precision_score, roc_auc_score

sys.path.insert(0, str(Path(__file__).parents[1]))

from bars import bar, record

import genwright as gw
from genwright.graphs.features import as_features
from genwright.graphs.graph_data import GraphData
from genwright.graphs.negatives import graph_of
from genwright.predictors.links import link_data

SEEDS = 10
DAMPING = 0.001  # of Katz, as in Zhang & Chen 2018
SETS = ("cora", "USAir", "NS")
FAMILIES = ("gae", "vgae", "gcn", "sage", "gin")
BARS = {"gae": 0.91, "vgae": 0.914}


def read(name: str, seed: int) -> GraphData:
    """Nodes without features are told apart by their number."""
    if name == "cora":
        return gw.load_data(name, seed=seed)
    found = np.load(Path(os.environ["GENWRIGHT_DATA"]) / "seal-links" / f"{name}.npz")
    nodes = int(found["num_nodes"])
    graph = graph_of(torch.as_tensor(found["edges"].astype(np.int64)).T, nodes)
    return GraphData(name, graph, as_features(torch.eye(nodes)), seed=seed)


def without_learning(task) -> dict[str, np.ndarray]:
    """Scores of the test pairs, from the edges that carry messages."""
    graph = task.context.last
    a = sp.csr_matrix((np.ones(graph.edges), graph.source.numpy(), graph.ptr.numpy()), (graph.rows, graph.rows))
    degree = graph.degree.numpy()
    u, v = task.tensors("test").x.T.numpy()
    rare = sp.diags(np.where(degree > 1, 1 / np.log(np.maximum(degree, 2)), 0.0))
    katz = np.linalg.inv(np.eye(graph.rows) - DAMPING * a.toarray())
    return {
        "common neighbours": (a @ a).tocsr()[u, v].A1,
        "Adamic-Adar": (a @ rare @ a).tocsr()[u, v].A1,
        "Katz": katz[u, v],
    }


def measure(name: str, seed: int) -> dict[str, tuple[float, float]]:
    """AUC and AP of every family and score on one split."""
    task = link_data(read(name, seed))
    y = task.tensors("test").target.y[:, 0].numpy()
    scores = without_learning(task)
    for family in FAMILIES:
        scores[family] = gw.fit(task, family, seed=seed, progress=False).predict(task)["probability"].to_numpy()
    return {what: (roc_auc_score(y, score), average_precision_score(y, score)) for what, score in scores.items()}


def table(name: str, seeds: list[dict]) -> dict[str, dict]:
    """Means and standard deviations over seeds."""
    rows = {}
    for what in seeds[0]:
        pairs = [found[what] for found in seeds]
        (auc, ap), (auc_sd, ap_sd) = np.mean(pairs, 0), np.std(pairs, 0, ddof=1)
        rows[what] = {"AUC": round(auc, 4), "AUC sd": round(auc_sd, 4), "AP": round(ap, 4), "AP sd": round(ap_sd, 4)}
        print(f"{name:6} {what:18} AUC {auc:.4f} +- {auc_sd:.4f}   AP {ap:.4f} +- {ap_sd:.4f}", flush=True)
    return rows


def report(found: dict[str, list[dict]]) -> None:
    details = {name: table(name, seeds) for name, seeds in found.items()}
    bars = []
    for family, wanted in BARS.items() if "cora" in details else ():
        row = details["cora"][family]
        se = round(row["AUC sd"] / SEEDS**0.5, 4)
        bars.append(
            bar(
                "H4",
                f"{family} on Cora, test AUC, mean of {SEEDS} seeds",
                f">= {wanted}",
                row["AUC"],
                row["AUC"] >= wanted,
                "AUC",
                se,
            )
        )
    record("graph_links", bars, details)


if __name__ == "__main__":
    report({name: [measure(name, seed) for seed in range(SEEDS)] for name in sys.argv[1:] or SETS})
