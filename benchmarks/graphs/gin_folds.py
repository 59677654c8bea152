"""GIN on whole graphs in the protocol of Xu 2019, and beside its biased figure the one of nested folds. Bars of rows H2 and H4.

Protocol: ten stratified folds; four GIN-0 layers (five with the input's own readout), batch norm, sums of every layer; Adam at .01,
halved every 50 epochs of 50 batches; accuracy on the test fold after every epoch. The published figure is the mean over folds
at the one epoch where that mean is best, so it has looked at the test folds: biased upwards. Nested: a ninth of the training
graphs validates, each fold takes the epoch that is best there, and its test fold is looked at once.

    python gin_folds.py SET FOLD WAY FOLDER     one run, written to FOLDER/SET-WAY-FOLD.json; WAY: published | nested
    python gin_folds.py gather FOLDER           the table, from all the runs in FOLDER
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).parents[1]))

from genwright.graphs.graph import from_edges
from genwright.graphs.layers.gin import GIN
from genwright.graphs.network import GraphNetwork, Normed
from genwright.graphs.tasks.graphs import GraphReadout
from genwright.graphs.unions import subgraphs

FOLDS, BATCHES, HALVED = 10, 50, 50
SETS = {  # file, hidden width, batch, dropout, published mean and standard deviation of GIN-0
    "mutag": ("MUTAG", 16, 32, 0.5, 89.4, 5.6),
    "proteins": ("PROTEINS", 32, 128, 0.5, 76.2, 2.8),
    "nci1": ("NCI1", 32, 128, 0.5, 82.7, 1.7),
    "imdb-binary": ("IMDB-BINARY", 64, 32, 0.5, 75.1, 5.1),
}


def read(name: str):
    """The union, one-hot labels of its nodes (degrees where there are none), where graphs begin, labels, the fold that tests each."""
    found = np.load(Path(os.environ["GENWRIGHT_DATA"]) / "tu" / f"{SETS[name][0]}.npz")
    members = torch.as_tensor(found["graph_ptr"].astype(np.int64))
    source, target = torch.as_tensor(found["edge_index"].astype(np.int64))
    union = from_edges(source, target, int(members[-1]))
    tags = torch.as_tensor(found["node_label"].astype(np.int64))
    tags = union.degree if len(tags.unique()) == 1 else tags
    x = F.one_hot(tags.unique(return_inverse=True)[1]).float()
    return union, x, members, torch.as_tensor(found["y"].astype(np.int64)), found["test_fold"]


def inner_validation(y: np.ndarray, train: np.ndarray, fold: int) -> np.ndarray:
    """A ninth of the training graphs of each class."""
    rng = np.random.default_rng([fold, 9])
    return np.concatenate([rng.permutation(train[y[train] == k])[: (y[train] == k).sum() // 9] for k in np.unique(y)])


def run(name: str, fold: int, nested: bool, epochs: int) -> dict:
    """Accuracies after every epoch on the test fold and on the inner validation graphs (empty where there are none)."""
    _, width, size, dropout, _, _ = SETS[name]
    union, x, members, y, folds = read(name)
    train, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
    valid = inner_validation(y.numpy(), train, fold) if nested else train[:0]
    train, valid, test = (torch.as_tensor(ids) for ids in (np.setdiff1d(train, valid), valid, test))
    torch.manual_seed(fold)
    layers = [Normed(GIN(x.shape[1] if k == 0 else width, width, width), width) for k in range(4)]
    model = GraphReadout(GraphNetwork(layers, 0.0), [x.shape[1], *[width] * 4], "sum", int(y.max()) + 1, dropout)
    adam = torch.optim.Adam(model.parameters(), 0.01, fused=True)
    curves, began = {"test": [], "valid": []}, time.perf_counter()
    for epoch in range(epochs):
        adam.param_groups[0]["lr"] = 0.01 * 0.5 ** (epoch // HALVED)
        model.train()
        for _ in range(BATCHES):
            ids = train[torch.randperm(len(train))[:size]]
            graph, nodes, begins = subgraphs(union, members, ids)
            adam.zero_grad()
            F.cross_entropy(model(x[nodes], graph, begins), y[ids]).backward()
            adam.step()
        model.eval()
        for part, ids in (("test", test), ("valid", valid)):
            if len(ids):
                graph, nodes, begins = subgraphs(union, members, ids)
                with torch.no_grad():
                    curves[part].append(float((model(x[nodes], graph, begins).argmax(1) == y[ids]).double().mean()))
    return curves | {"seconds": time.perf_counter() - began}


def main(name: str, fold: str, way: str, folder: str) -> None:
    torch.set_num_threads(1)
    epochs = int(os.environ.get("GIN_EPOCHS", 350))
    done = run(name, int(fold), way == "nested", epochs)
    Path(folder, f"{name}-{way}-{fold}.json").write_text(json.dumps(done))
    print(name, way, fold, f"{done['seconds']:.0f} s, best {100 * max(done['test']):.1f}", flush=True)


if __name__ == "__main__":
    gather(sys.argv[2]) if sys.argv[1] == "gather" else main(*sys.argv[1:])
