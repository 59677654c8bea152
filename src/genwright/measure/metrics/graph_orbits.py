"""How often each node takes each part in a small connected subgraph: the 15 orbits of graphs of two to four nodes
(Przulj 2007), counted exactly from products of the adjacency matrix.

     0            an edge
     1,  2        path of three: end, middle
     3            triangle
     4,  5        path of four: end, middle
     6,  7        star of four: leaf, centre
     8            ring of four
     9, 10, 11    triangle with a tail: end of the tail, of the base, where the tail hangs
    12, 13        two triangles on an edge: tip, end of that edge
    14            four nodes, all joined

All subgraphs of a kind are counted first, with whatever other edges there are among their nodes; then, the densest
first, those that are part of a denser kind are taken away, as many times as one is in the other.
"""

import numpy as np

ORBITS = 15


def orbits(adjacency: np.ndarray) -> np.ndarray:
    """adjacency: (m, m) of 0 and 1, symmetric, without a diagonal -> (m, 15) counts, whole numbers in float64."""
    a = adjacency.astype(np.float64)
    d = a.sum(1)
    paths = a @ a  # of two edges, between two nodes
    closing = a * paths  # triangles on an edge
    t = closing.sum(1) / 2  # triangles at a node
    pairs = lambda n: n * (n - 1) / 2
    onward = a @ (d - 1)

    o = np.zeros((len(a), ORBITS))
    o[:, 0], o[:, 3] = d, t
    o[:, 1], o[:, 2] = onward - 2 * t, pairs(d) - t
    o[:, 14] = k = _all_joined(a)
    o[:, 13] = (a * pairs(paths)).sum(1) - 3 * k
    o[:, 12] = ((a @ (a * (paths - 1))) * a).sum(1) / 2 - 3 * k
    apart = pairs(paths)
    np.fill_diagonal(apart, 0)
    o[:, 8] = apart.sum(1) - o[:, 12] - o[:, 13] - 3 * k
    o[:, 11] = t * (d - 2) - 2 * o[:, 13] - 3 * k
    o[:, 10] = closing @ (d - 2) - 2 * o[:, 13] - 2 * o[:, 12] - 6 * k
    o[:, 9] = a @ t - 2 * t - 2 * o[:, 12] - 3 * k
    o[:, 7] = d * (d - 1) * (d - 2) / 6 - o[:, 11] - o[:, 13] - k
    o[:, 6] = a @ pairs(d - 1) - o[:, 9] - o[:, 10] - 2 * o[:, 12] - o[:, 13] - 3 * k
    within = (d - 1) * onward - 2 * t
    o[:, 5] = _subtract_denser(within, o, {8: 2, 10: 1, 11: 2, 12: 2, 13: 4, 14: 6})
    o[:, 4] = _subtract_denser(a @ onward - d * (d - 1) - 2 * t, o, {8: 2, 9: 2, 10: 1, 12: 4, 13: 2, 14: 6})
    return o


def _all_joined(a: np.ndarray) -> np.ndarray:
    """(m,) triangles among the neighbours of each node."""
    found = np.zeros(len(a))
    for node, joined in enumerate(a.astype(bool)):
        among = a[np.ix_(joined, joined)]
        found[node] = ((among @ among) * among).sum() / 6
    return found


def _subtract_denser(count: np.ndarray, o: np.ndarray, denser: dict[int, int]) -> np.ndarray:
    return count - sum(times * o[:, orbit] for orbit, times in denser.items())
