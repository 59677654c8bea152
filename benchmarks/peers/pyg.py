"""PyTorch Geometric: an epoch of its layers and of ours on the same graph."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import torch
import torch.nn.functional as F

from genwright.families.task_data import TaskSizes
from genwright.graphs.networks.features import SparseRows
from genwright.graphs.package import NODES
from genwright.zoo import registry


def ours(graph, x, y, train, classes, model, numbers):
    numbers = {"hops": numbers["layers"]} if model == "sgc" else numbers
    preset = registry.presets(registry.row(*NODES, model))["few"]
    network = replace(preset, **numbers).network(TaskSizes(x.shape[1]), classes)
    prepared = network.prepare(graph)
    return stepper(network, lambda: network(x, prepared), y, train)


def theirs(graph, x, y, train, classes, model, numbers, csr: bool = False):
    """Layers of PyG in the same order, with dense features as its users have them. csr: with the adjacency as a CSR
    matrix (transposed, as PyG takes it), not an edge list."""
    import torch_geometric.nn as pyg

    x = x.dense() if isinstance(x, SparseRows) else x
    width, rate, edges = numbers["width"], numbers["dropout"], graph.edge_index()
    if csr:
        ones, size = torch.ones(len(graph.source)), (graph.rows, graph.columns)
        edges = torch.sparse_csr_tensor(graph.ptr, graph.source, ones, size)
    mlp = lambda a, b: torch.nn.Sequential(
        torch.nn.Linear(a, width), torch.nn.BatchNorm1d(width), torch.nn.ReLU(), torch.nn.Linear(width, b)
    )
    layers = {
        "gcn": lambda a, b, last: pyg.GCNConv(a, b, cached=True),
        "sage": lambda a, b, last: pyg.SAGEConv(a, b),
        "gat": lambda a, b, last: pyg.GATConv(a, b, heads=1 if last else 8, concat=not last, dropout=rate),
        "gin": lambda a, b, last: pyg.GINConv(mlp(a, b)),
        "cheb": lambda a, b, last: pyg.ChebConv(a, b, 3),
        "sgc": lambda a, b, last: pyg.SGConv(a, b, K=2, cached=True),
    }
    if model == "sgc":
        network = torch.nn.ModuleList([layers["sgc"](x.shape[1], classes, True)])
    else:
        between = width * (8 if model == "gat" else 1)
        network = torch.nn.ModuleList([layers[model](x.shape[1], width, False), layers[model](between, classes, True)])
    act = F.elu if model == "gat" else F.relu

    def forward():
        h = x
        for number, layer in enumerate(network):
            h = layer(F.dropout(h if number == 0 else act(h), rate), edges)
        return h

    return stepper(network, forward, y, train)


SIDES = {"ours": ours, "theirs": theirs, "csr": partial(theirs, csr=True)}


def stepper(network, forward, y, train):
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01, fused=True)

    def step():
        loss = F.cross_entropy(forward()[train], y[train])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step
