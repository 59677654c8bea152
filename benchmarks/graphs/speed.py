"""Seconds and memory of a training epoch beside PyTorch Geometric: the same model, dropout and optimizer, turn by turn.

    python benchmarks/graphs/speed.py [--rounds 15]

An epoch is forward, loss, backward and one step of Adam on the whole graph. All sides are timed in one process,
interleaved, and reported as medians and the median of ratios; peak memory beyond the data is measured in a process of
its own. PyG is timed with its edge lists, as most code has them, and where a layer multiplies by it, with the adjacency
as a CSR matrix, as its experts have it.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).parents[1]))
from bars import bar, record  # noqa: E402

import genwright
from genwright.core.draws import Draws
from genwright.core.graph import Graph, from_edges, undirected
from genwright.graphs.features import SparseRows, as_features, row_normalised
from genwright.recipes import convolutions

CASES = {  # name: (graph, model, numbers of ours, times as fast as PyG)
    "gcn cora": ("cora", "gcn", dict(width=16, layers=2, dropout=0.5), 8.0),
    "gcn pubmed-sized": ("pubmed-sized", "gcn", dict(width=16, layers=2, dropout=0.5), 4.0),
    "gcn 2.3 M edges": ("large", "gcn", dict(width=64, layers=2, dropout=0.5), 2.0),
    "sage cora": ("cora", "sage", dict(width=16, layers=2, dropout=0.5), 1.0),
    "sage 2.3 M edges": ("large", "sage", dict(width=64, layers=2, dropout=0.5), 2.0),
    "gat cora": ("cora", "gat", dict(width=8, layers=2, dropout=0.6), 1.2),
    "gat pubmed-sized": ("pubmed-sized", "gat", dict(width=8, layers=2, dropout=0.6), 1.2),
    "gin cora": ("cora", "gin", dict(width=16, layers=2, dropout=0.5), 1.0),
    "cheb cora": ("cora", "cheb", dict(width=16, layers=2, dropout=0.5), 1.0),
    "sgc cora": ("cora", "sgc", dict(width=16, layers=2, dropout=0.0), 1.0),
}
SIZES = (10_000, 30_000, 100_000, 300_000)  # nodes of graphs of one mean degree
GROWN = dict(width=64, layers=2, dropout=0.5)  # the GCN on them
DEGREE, EVEN = 14, 1.3  # mean; the time a node at the largest over that at the smallest, an aim
MULTIPLY = ("gcn", "sage", "gin", "sgc")  # models whose layers in PyG multiply by a matrix of edges
CSR = {"sage": 1.5}  # times as fast as PyG with that matrix, an aim; 2 of the others
EDGE = 0.5  # the time of an edge in an epoch of GCN at the largest size over that of PyG with a matrix, an aim


def graph_of(name: str) -> tuple[Graph, SparseRows | torch.Tensor, torch.Tensor, torch.Tensor, int]:
    """Graph, features, labels of all nodes, training nodes, classes."""
    if name == "cora":
        data = genwright.load_data("cora")
        train = torch.as_tensor((data.parts == "train").nonzero()[0])
        return data.graph, row_normalised(data.x), data.y, train, len(data.classes)
    nodes, edges, width, classes, share = {
        "pubmed-sized": (19_717, 44_324, 500, 3, 0.1),
        "large": (169_343, 1_166_243, 128, 40, 1.0),
        **{f"{nodes} nodes": (nodes, nodes * DEGREE // 2, 64, 40, 1.0) for nodes in SIZES},
    }[name]
    rng = Draws.from_seed(0)
    ends = (nodes * rng.uniform(2, edges) ** 2).long()  # low numbers are hubs
    ends[1] = rng.permutation(nodes)[ends[1]]
    graph = undirected(from_edges(ends[0], ends[1], nodes)).with_weight(None)
    x = rng.uniform(nodes, width)
    x = as_features(x * (rng.uniform(nodes, width) < share)) if share < 1 else x
    y = rng.integers(classes, (nodes,))
    train = rng.permutation(nodes)[: 60 if share < 1 else nodes // 2]
    return graph, x, y, train, classes


def ours(graph, x, y, train, classes, model, numbers):
    network = getattr(convolutions, model)(x.shape[1], classes, **numbers)
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


def peak(case: str, side: str) -> float:
    """MiB that three epochs add to the peak of a process that holds the data."""
    done = subprocess.run([sys.executable, __file__, "--peak", case, side], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def peak_so_far() -> float:
    """MiB of this process."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))[1]) / 1024


def measure_peak(case: str, side: str) -> None:
    name, model, numbers, _ = CASES[case]
    data = graph_of(name)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the kernel counts the peak anew
    before = peak_so_far()
    step = SIDES[side](*data, model, numbers)
    for _ in range(3):
        step()
    print(peak_so_far() - before)


def in_turns(steps: dict, rounds: int, untimed: int = 1) -> dict:
    """{name: seconds of its step in each round}, the steps taking turns; `untimed` rounds come first."""
    times = {name: [] for name in steps}
    for turn in range(untimed + rounds):
        for name, step in steps.items():
            start = perf_counter()
            step()
            if turn >= untimed:
                times[name].append(perf_counter() - start)
    return times


def time_a_node(rounds: int) -> dict[int, float]:
    """{nodes: microseconds of an epoch of GCN a node}, the sizes taking turns."""
    steps = {nodes: ours(*graph_of(f"{nodes} nodes"), "gcn", GROWN) for nodes in SIZES}
    return {nodes: round(1e6 * median(found) / nodes, 3) for nodes, found in in_turns(steps, rounds).items()}


def time_an_edge(rounds: int) -> dict[str, float]:
    """{side: nanoseconds of an epoch of GCN an edge} at the largest size, ours and PyG's with a matrix in turns."""
    data = graph_of(f"{SIZES[-1]} nodes")
    steps = {side: SIDES[side](*data, "gcn", GROWN) for side in ("ours", "csr")}
    return {side: round(1e9 * median(found) / data[0].edges, 1) for side, found in in_turns(steps, rounds).items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--peak", nargs=2)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.peak:
        return measure_peak(*options.peak)
    bars, details = [], {}
    for case, (name, model, numbers, wanted) in CASES.items():
        data = graph_of(name)
        sides = [side for side in SIDES if side != "csr" or model in MULTIPLY]
        times = in_turns({side: SIDES[side](*data, model, numbers) for side in sides}, options.rounds, untimed=2)
        ratios = {side: median(b / a for a, b in zip(times["ours"], times[side])) for side in sides[1:]}
        ratio = ratios["theirs"]
        memory = {side: round(peak(case, side), 1) for side in sides}
        details[case] = {
            "ms": {side: round(1e3 * median(times[side]), 2) for side in sides},
            "ratio": {side: round(ratios[side], 2) for side in ratios},
            "mib": memory,
        }
        print(case, json.dumps(details[case]), flush=True)
        bars.append(
            bar(
                "H1" if model == "gcn" else "H2",
                f"{case}: epoch, times as fast as PyG",
                f">= {wanted:g}",
                round(ratio, 2),
                ratio >= wanted,
                "x",
            )
        )
        if "csr" in ratios:
            what = f"{case}: epoch, times as fast as PyG with a CSR adjacency"
            found, least = ratios["csr"], CSR.get(model, 2.0)
            bars.append(
                bar("H1" if model == "gcn" else "H2", what, f">= {least:g}", round(found, 2), found >= least, "x")
            )
        more = memory["ours"] <= memory["theirs"]
        bars.append(
            bar(
                "H1" if model == "gcn" else "H2",
                f"{case}: peak memory beyond the data",
                f"<= {memory['theirs']} MiB of PyG",
                memory["ours"],
                more,
                "MiB",
            )
        )
    each = time_a_node(options.rounds)
    growth = each[SIZES[-1]] / each[SIZES[0]]
    what = f"gcn: time of an epoch a node, {SIZES[-1]:,} nodes over {SIZES[0]:,}"
    bars.append(bar("H1", what, f"<= {EVEN}", round(growth, 2), growth <= EVEN, "x"))
    edge = time_an_edge(options.rounds)
    share = edge["ours"] / edge["csr"]
    what = f"gcn: time of an edge at {SIZES[-1]:,} nodes over that of PyG with a CSR adjacency"
    bars.append(bar("H5", what, f"<= {EDGE}", round(share, 2), share <= EDGE, "x"))
    details = {"cases": details, "microseconds a node": each, "nanoseconds an edge": edge, "threads": 1}
    record("graph_speed", bars, details)


if __name__ == "__main__":
    main()
