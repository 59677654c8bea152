"""Expressiveness: who tells look-alikes apart, as a table and an image. Networks of each form against pairs of graphs
and pairs of nodes that differ although averages and sums over neighbours see the same in both.

Each pair is regular of one degree, so that colour refinement gives all nodes one colour, or nearly so. The table says
how the two differ, and which feature tells them apart:

    triangles, hexagon           pieces; cycles of length 3                          closed walks
    decalin, bicyclopentyl       two rings of six sharing a bond, two of five joined by one     closed walks (Sato 2020)
    skip-links                   cycles of 11 with chords of length 2 or 3           closed walks (Murphy 2019, CSL)
    prism, K(3, 3)               triangles, squares                                  closed walks
    rook, shrikhande             strongly regular (16, 6, 2, 2)                      distances to three nodes

Every node of the last pair has the same distances and walks.

Weights are random and in double precision, and nodes know nothing but the edges. If a network of some form can separate
a pair at all, almost every network of that form separates it, by much more than rounding. No training separates any
other pair. Nodes with the same embeddings are one to a network, and so are graphs with the same sum. A position-aware
network answers for one choice of anchors, so two graphs are one to it if the answers over all choices are the same.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from scipy.sparse.csgraph import connected_components
from torch import Tensor, nn

from ...core.draws import seeded
from ...core.files import write_whole
from ...core.graph import Graph, as_scipy, from_edges, side_by_side, undirected
from ...core.seeds import seed_of
from ...measure.metric import Metric
from ...measure.plots.figures import png_as_drawn
from ...studies.report.curves import COLOURS, THEMES
from ...studies.report.records import Results
from ...studies.report.results import metric_json
from ...studies.study import blank_row, study
from ..networks.convolutions import GCN, GIN
from ..networks.marked_nodes import PGNN, Anchors, IdentityNetwork, closed_walks, closeness
from ..networks.network import GraphNetwork
from ..networks.weisfeiler_lehman import colours, distinguishes


def cycle(nodes: int, chord: int | None = None) -> Graph:
    """Makes a cycle 0 - 1 - .. - 0, and joins every node with the one `chord` further, where there is one."""
    at = torch.arange(nodes)
    steps = [1] if chord is None else [1, chord]
    return undirected(from_edges(at.repeat(len(steps)), torch.cat([(at + step) % nodes for step in steps]), nodes))


def torus(*steps: tuple[int, int]) -> Graph:
    """Makes the cells of a 4 by 4 board that wraps around, each joined with those that lie so many rows and columns
    away."""
    cell = torch.arange(16)
    row, column = cell // 4, cell % 4
    targets = [(row + down) % 4 * 4 + (column + right) % 4 for down, right in steps]
    return undirected(from_edges(cell.repeat(len(steps)), torch.cat(targets), 16))


def joined(graph: Graph, *edges: tuple[int, int]) -> Graph:
    """Adds edges in both directions to a graph."""
    source, target = torch.tensor(edges).T
    return undirected(from_edges(torch.cat([graph.source, source]), torch.cat([graph.target, target]), graph.rows))


def prism(sides: int) -> Graph:
    """Makes two cycles, each node joined with its twin."""
    return joined(side_by_side([cycle(sides), cycle(sides)]), *((i, sides + i) for i in range(sides)))


GRAPHS: dict[str, tuple[Graph, Graph]] = {
    "two triangles, a hexagon": (side_by_side([cycle(3), cycle(3)]), cycle(6)),
    "decalin, bicyclopentyl": (joined(cycle(10), (0, 5)), joined(side_by_side([cycle(5), cycle(5)]), (0, 5))),
    "prism, K(3, 3)": (prism(3), joined(cycle(6), (0, 3), (1, 4), (2, 5))),
    "skip-links 2, 3 of 11": (cycle(11, 2), cycle(11, 3)),
    "rook, Shrikhande": (
        torus((0, 1), (0, 2), (0, 3), (1, 0), (2, 0), (3, 0)), torus((0, 1), (1, 0), (1, 1)),
    ),
}  # fmt: skip
# a graph and two of its nodes: of one colour but not alike, or alike under a symmetry, where only position tells them
# apart
NODES: dict[str, tuple[Graph, int, int]] = {
    "nodes of a triangle and of a pentagon": (side_by_side([cycle(3), cycle(5)]), 0, 3),
    "nodes of a prism and of K(3, 3)": (side_by_side([prism(3), joined(cycle(6), (0, 3), (1, 4), (2, 5))]), 0, 6),
    "ends of a path": (from_edges(torch.tensor([0, 1, 1, 2, 2, 3]), torch.tensor([1, 0, 2, 1, 3, 2]), 4), 0, 3),
    "opposite nodes of a hexagon": (cycle(6), 0, 3),
}


WL = "WL test"
LAYERS, WIDTH, ANCHORS = 6, 16, 3
ROUNDING = 1e-9  # tolerance, relative to the size of what is compared


def graphs_apart(name: str, a: Graph, b: Graph, seed: int = 0) -> bool:
    """Tells whether a network tells two graphs of one size apart, by counting.

    Args:
        name: WL or one of NETWORKS.
        seed: Seed of the random numbers.
    """
    if name == WL:
        return distinguishes(a, b)
    first, second = (embeddings(name, graph, seed).sum(1).sort(0).values for graph in (a, b))
    return _differ(first, second)


def nodes_apart(name: str, graph: Graph, i: int, j: int, seed: int = 0) -> bool:
    """Tells whether a network tells two nodes apart; a position-aware network does if it does for some choice of
    anchors.

    Args:
        graph: The graph.
        seed: Seed of the random numbers.
    """
    if name == WL:
        colour = colours(graph)
        return bool(colour[i] != colour[j])
    h = embeddings(name, graph, seed)
    return _differ(h[:, i], h[:, j])


@torch.no_grad()
def embeddings(name: str, graph: Graph, seed: int) -> Tensor:
    """Computes embeddings (C, N, WIDTH) float64 by a network with the random weights of `seed`, for each choice of
    anchors; C is 1 where there are none.

    Args:
        graph: The graph.
    """
    with seeded(seed_of("tell apart", name, seed)):
        return NETWORKS[name](graph)


def _by_convolutions(layer: Callable[[int, int], nn.Module], graph: Graph) -> Tensor:
    return _embed(GraphNetwork(_layers(layer, 1), 0.0), _one_feature(graph), graph)


def _by_identities(graph: Graph) -> Tensor:
    layers = _layers(_isomorphism, 1)
    return _embed(IdentityNetwork(layers, [1, *[WIDTH] * (LAYERS - 1)], 0.0), _one_feature(graph), graph)


def _by_closed_walks(graph: Graph) -> Tensor:
    x = torch.cat([_one_feature(graph), closed_walks(graph, LAYERS).log1p()], 1)
    return _embed(GraphNetwork(_layers(_isomorphism, x.shape[1]), 0.0), x, graph)


def _by_positions(graph: Graph) -> Tensor:
    layers = [layer.double() for layer in _layers(PGNN, 1)]
    return _over_all_anchors(layers, _one_feature(graph).double(), closeness(graph).double())


def _isomorphism(a: int, b: int) -> GIN:
    return GIN(a, b, WIDTH)


def _one_feature(graph: Graph) -> Tensor:
    return torch.ones(graph.rows, 1)


def _layers(layer: Callable[[int, int], nn.Module], features: int) -> list[nn.Module]:
    return [layer(features if not i else WIDTH, WIDTH) for i in range(LAYERS)]


def _embed(network: GraphNetwork | IdentityNetwork, x: Tensor, graph: Graph) -> Tensor:
    network.double().eval()
    return network(x.double(), network.prepare(graph))[None]


def _over_all_anchors(layers: list[PGNN], x: Tensor, closeness: Tensor) -> Tensor:
    """(C, N, D): every choice of ANCHORS single nodes, each in a copy of the graph of its own."""
    nodes = len(x)
    anchor_sets = torch.tensor(list(combinations(range(nodes), ANCHORS)))  # (C, ANCHORS)
    nearest = (anchor_sets + nodes * torch.arange(len(anchor_sets))[:, None]).repeat_interleave(nodes, 0)
    anchors = Anchors(nearest, closeness[:, anchor_sets].transpose(0, 1).reshape(-1, ANCHORS))
    h = x.repeat(len(anchor_sets), 1)
    for layer in layers:
        h = layer(h, anchors).mean(1)
    return h.view(len(anchor_sets), nodes, -1)


def _differ(a: Tensor, b: Tensor) -> bool:
    return bool((a - b).abs().max() > ROUNDING * torch.maximum(a.abs().max(), b.abs().max()))


NETWORKS: dict[str, Callable[[Graph], Tensor]] = {
    "GCN": partial(_by_convolutions, GCN),
    "GIN": partial(_by_convolutions, _isomorphism),
    "ID-GNN-Fast": _by_closed_walks,
    "ID-GNN": _by_identities,
    "P-GNN": _by_positions,
}

SEEDS = 3  # random networks of each form, of which one that tells a pair apart is enough
APART_MARK, ALIKE_MARK = "apart", "."


def show(out: Path) -> Results:
    """Writes results.json, one row a form of network and one metric a pair, and expressiveness.png to `out`; returns
    the results."""
    pairs = {name: (graphs_apart, pair) for name, pair in GRAPHS.items()}
    pairs |= {name: (nodes_apart, pair) for name, pair in NODES.items()}
    titles = {name: (name, f"1 where some of {SEEDS} random networks tells the pair apart", "apart") for name in pairs}
    kinds = [WL, *NETWORKS]
    with study("expressiveness", out, None, kinds, metrics={"titles": titles, "headline": {}}) as done:
        for kind in kinds:
            if not done.row(kind):
                shares = {
                    name: any(verdict(kind, *pair, seed) for seed in range(SEEDS))
                    for name, (verdict, pair) in pairs.items()
                }
                metric_words = "exact", "pairs", "apart", SEEDS, "higher"
                metrics = {
                    name: metric_json(Metric(float(share), None, *metric_words)) for name, share in shares.items()
                }
                done.add(replace(blank_row(kind, "tell_apart"), metrics=metrics))
        done.finish(drawings={"Look-alikes": "expressiveness.png"})
        write_whole(out / "expressiveness.png", figure(table(done.results)))
    return done.results


def table(results: Results) -> dict[str, dict[str, bool]]:
    """Returns {pair: {form of network: whether it tells the pair apart}}."""
    is_solved = lambda row, name: row.metrics[name]["value"] == 1
    return {name: {row.family: is_solved(row, name) for row in results.models} for name in results.metrics["titles"]}


def as_text(found: dict[str, dict[str, bool]]) -> str:
    """Writes the table, a line a pair."""
    name_width, kinds = max(map(len, found)), list(next(iter(found.values())))
    lines = [f"{'':{name_width}}  " + "  ".join(f"{kind:>11}" for kind in kinds)]
    lines += [
        f"{name:{name_width}}  " + "  ".join(f"{APART_MARK if row[kind] else ALIKE_MARK:>11}" for kind in kinds)
        for name, row in found.items()
    ]
    return "\n".join(lines)


def figure(found: dict[str, dict[str, bool]], theme: str = "light") -> bytes:
    """Draws a PNG with one panel a pair: nodes in the colours of refinement, ringed where a pair of nodes is meant; who
    tells it apart below.

    Args:
        theme: Colours of the light or the dark page.
    """
    paper, ink, _ = THEMES[theme]
    page = Figure(figsize=(13, 9.5), dpi=110, facecolor=paper, layout="constrained")
    caption = "Look-alikes: nodes of one colour and sign are one to colour refinement"
    page.suptitle(caption, color=ink, x=0.01, ha="left", fontsize=13)
    for panel, (name, solved) in zip(page.subplots(3, 3).flat, found.items()):
        if name in GRAPHS:
            a, b = GRAPHS[name]
            _draw(panel, [a, b], [colours(a), colours(b)], (), theme)
        else:
            graph, i, j = NODES[name]
            _draw(panel, [graph], [colours(graph)], (i, j), theme)
        solvers = [kind for kind in solved if solved[kind]]
        panel.set_title(name, color=ink, loc="left", fontsize=11)
        text_place = dict(transform=panel.transAxes, va="top")
        panel.text(0, -0.01, f"told apart by {', '.join(solvers) or 'none'}", color=ink, fontsize=10, **text_place)
        panel.set_aspect("equal")
        panel.axis("off")
    return png_as_drawn(page)


def _draw(panel, graphs: list[Graph], colour: list, ringed: tuple[int, ...], theme: str) -> None:
    _, ink, grid = THEMES[theme]
    classes = {c: number for number, c in enumerate(sorted({int(c) for part in colour for c in part}))}
    left_edge = 0.0
    for graph, codes in zip(graphs, colour):
        at, right = _places(graph, left_edge)
        left_edge = right + 1.2
        for i, j in graph.edge_index().T.tolist():
            if i < j:
                panel.plot(*at[[i, j]].T, color=grid, linewidth=1.4, zorder=1)
        for node, place in enumerate(at):
            k = classes[int(codes[node])]
            panel.plot(*place, "os^Dv"[k % 5], color=COLOURS[theme][k % 6], markersize=8, zorder=2)
            if node in ringed:
                ring = dict(markerfacecolor="none", markeredgecolor=ink, markeredgewidth=1.5)
                panel.plot(*place, "o", markersize=16, zorder=3, **ring)
    panel.set(ylim=(-1.25, 1.25), xlim=(-0.25, max(left_edge - 0.95, 5.6)))


def _places(graph: Graph, left_edge: float) -> tuple[np.ndarray, float]:
    """(N, 2) places, each connected piece on a circle of its own from x = `left_edge` on; and where the last "
    "one ends."""
    pieces, piece = connected_components(as_scipy(graph), directed=False)
    places = np.zeros((graph.rows, 2))
    for number in range(pieces):
        nodes = np.flatnonzero(piece == number)
        angle = np.pi / 2 - 2 * np.pi * np.arange(len(nodes)) / len(nodes)
        places[nodes] = np.stack([left_edge + 1 + np.cos(angle), np.sin(angle)], 1)
        left_edge += 2.5
    return places, left_edge - 0.5
