"""Pairs of graphs, and of nodes in a graph, that differ although averages and sums over neighbours see the same in
both.

Each pair is regular of one degree, so that colour refinement gives all nodes one colour, or nearly so. The table says
how the two differ, and which feature tells them apart:

    triangles, hexagon           pieces; cycles of length 3                          closed walks
    decalin, bicyclopentyl       two rings of six sharing a bond, two of five joined by one     closed walks (Sato 2020)
    skip-links                   cycles of 11 with chords of length 2 or 3           closed walks (Murphy 2019, CSL)
    prism, K(3, 3)               triangles, squares                                  closed walks
    rook, shrikhande             strongly regular (16, 6, 2, 2)                      distances to three nodes

Every node of the last pair has the same distances and walks.
"""

import torch

from ..core.graph import Graph, from_edges, side_by_side, undirected


def cycle(nodes: int, chord: int | None = None) -> Graph:
    """0 - 1 - .. - 0, and every node with the one `chord` further, where there is one."""
    at = torch.arange(nodes)
    steps = [1] if chord is None else [1, chord]
    return undirected(from_edges(at.repeat(len(steps)), torch.cat([(at + step) % nodes for step in steps]), nodes))


def torus(*steps: tuple[int, int]) -> Graph:
    """Cells of a 4 by 4 board that wraps around, each with those that lie so many rows and columns away."""
    cell = torch.arange(16)
    row, column = cell // 4, cell % 4
    targets = [(row + down) % 4 * 4 + (column + right) % 4 for down, right in steps]
    return undirected(from_edges(cell.repeat(len(steps)), torch.cat(targets), 16))


def joined(graph: Graph, *edges: tuple[int, int]) -> Graph:
    """With these edges more, in both directions."""
    source, target = torch.tensor(edges).T
    return undirected(from_edges(torch.cat([graph.source, source]), torch.cat([graph.target, target]), graph.rows))


def prism(sides: int) -> Graph:
    """Two cycles, each node joined with its twin."""
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
