"""Verbs of the worker on a node of a graph: what a predictor says of it, and which neighbours said so."""

from dataclasses import replace

import numpy as np
import torch

from ...core.errors import DataError, Unsupported
from ...core.graph import keep
from ...run.predictor import Predictor
from ...run.tasks import training_data_if_there
from ...studio.touch import trained, verb
from ..kinds.graph_data import GraphData

NEIGHBOURS = 12  # that a page shows, each of which costs a prediction
TINY = 1e-38  # below any probability that is not rounded to 0


@verb
def node(run: str, name: str) -> dict:
    """A node and its neighbours, at most NEIGHBOURS: {"name", "names": of the first nodes, "degree", "classes",
    "shares": probability of each, "neighbours": [{"name", "label", "effect"}]}.

    An effect is how far the log-odds of the node's label, in nats, fall without the edges between both: beside a label
    that is nearly certain, probabilities hardly move. name: "" for the first node.
    """
    model = trained(run)
    if not isinstance(model, Predictor) or model.config["task"] != "nodes":
        raise Unsupported(f"{run} predicts no labels of nodes: choose a run of that task")
    data = training_data_if_there(model)
    if data is None:
        raise DataError("the graph that this run learned from is not found: put it back where it was")
    whole = data.whole
    names = list(map(str, whole.node_names))
    name = name or names[0]
    if name not in names:
        raise DataError(f"the graph has no node {name!r}: choose one such as {', '.join(names[:5])}")
    i, shares = names.index(name), _shares(model, whole)
    source, target = whole.graph.edge_index().numpy()
    beside = np.unique(np.concatenate([source[target == i], target[source == i]]))
    beside, label = beside[beside != i], int(shares[i].argmax())
    neighbours = []
    for j in beside[:NEIGHBOURS]:
        between = ((source == i) & (target == j)) | ((source == j) & (target == i))
        without = _shares(model, replace(whole, graph=keep(whole.graph, torch.from_numpy(~between))))
        effect = round(_log_odds(shares[i], label) - _log_odds(without[i], label), 3)
        neighbours.append({"name": names[j], "label": int(shares[j].argmax()), "effect": effect})
    return {
        "name": name, "names": names[:1000], "degree": len(beside), "classes": list(map(str, model.domain.classes)),
        "shares": [float(f"{share:.4g}") for share in shares[i]], "neighbours": neighbours,
    }  # fmt: skip


def _shares(model: Predictor, whole: GraphData) -> np.ndarray:
    """(N, classes) probabilities."""
    return model.predict(whole)[[f"p({name})" for name in model.domain.classes]].to_numpy()


def _log_odds(shares: np.ndarray, label: int) -> float:
    """Log-odds of a label against all other labels."""
    return float(np.log(max(shares[label], TINY)) - np.log(max(np.delete(shares, label).sum(), TINY)))
