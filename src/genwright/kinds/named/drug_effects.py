"""A made graph like that of drugs, proteins and side effects (Zitnik 2018), whose law is known.

Proteins come in groups and touch mostly within their own. A drug binds proteins of two groups. Each side effect has two
groups, and two drugs that bind one each have it together four times out of five, any others almost never.
"""

import numpy as np
import torch

from ...core.graph import Graph, from_edges, undirected
from ...networks.graph.features import as_features
from ..graphs.graph_data import GraphData

DRUGS, PROTEINS, GROUPS, EFFECTS = 150, 90, 6, 5


def drug_effects(seed: int) -> GraphData:
    """Edges of 7 kinds among 240 nodes: `binds`, `touches`, and five side effects."""
    rng = np.random.default_rng(seed)
    group = np.arange(PROTEINS) % GROUPS
    within = (group[:, None] == group) & (rng.random((PROTEINS, PROTEINS)) < 0.35)
    touches = np.triu(within | (rng.random((PROTEINS, PROTEINS)) < 0.01), 1)
    bound = np.stack([rng.permutation(GROUPS)[:2] for _ in range(DRUGS)])
    hits = np.zeros((DRUGS, GROUPS), dtype=bool)
    hits[np.arange(DRUGS)[:, None], bound] = True
    binds = hits[:, group] & (rng.random((DRUGS, PROTEINS)) < 0.15)
    relations = {"binds": _directed(np.argwhere(binds) + [0, DRUGS]), "touches": _both(np.argwhere(touches) + DRUGS)}
    for effect in range(EFFECTS):
        a, b = rng.permutation(GROUPS)[:2]
        meets = np.outer(hits[:, a], hits[:, b]) | np.outer(hits[:, b], hits[:, a])
        have = np.triu((meets & (rng.random((DRUGS, DRUGS)) < 0.8)) | (rng.random((DRUGS, DRUGS)) < 0.005), 1)
        relations[f"effect {effect + 1}"] = _both(np.argwhere(have))
    ends = torch.cat([graph.edge_index() for graph in relations.values()], 1)
    whole = undirected(from_edges(*ends, DRUGS + PROTEINS)).with_weight(None)
    names = [f"drug {i + 1}" for i in range(DRUGS)] + [f"protein {i + 1}" for i in range(PROTEINS)]
    x = as_features(torch.eye(DRUGS + PROTEINS))
    return GraphData("drug-effects", whole, x, names=names, relations=relations)


def _directed(pairs: np.ndarray) -> Graph:
    return from_edges(*torch.as_tensor(pairs).T, DRUGS + PROTEINS)


def _both(pairs: np.ndarray) -> Graph:
    return undirected(_directed(pairs)).with_weight(None)
