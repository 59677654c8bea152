"""What graphs are compared by, against NetworkX, and the discrepancy against sums written out."""

import networkx as nx
import numpy as np
import pytest
from orbits_by_hand import orbits_by_hand

from genwright.graphs.measure import graph_statistics
from genwright.graphs.measure.graph_statistics import discrepancy, earth_movers, orbits, total_variation

GRAPHS = [
    nx.gnp_random_graph(9, 0.4, seed=0),
    nx.lollipop_graph(4, 3),
    nx.path_graph(2),
    nx.empty_graph(3),
    nx.disjoint_union(nx.complete_graph(4), nx.empty_graph(2)),
]


@pytest.mark.parametrize("graph", GRAPHS)
def test_statistics_are_those_of_networkx(graph):
    adjacency = nx.to_numpy_array(graph)
    counts = np.pad(nx.degree_histogram(graph), (0, len(graph)))[: len(graph)]
    assert np.allclose(graph_statistics.degrees(adjacency), counts / len(graph))
    shares = np.histogram([*nx.clustering(graph).values()], bins=100, range=(0, 1))[0]
    assert np.allclose(graph_statistics.clustering(adjacency), shares / len(graph))
    values = nx.normalized_laplacian_spectrum(graph).clip(0, 2)
    spectrum = np.histogram(values, bins=200, range=(-1e-5, 2))[0]
    assert np.abs(graph_statistics.spectrum(adjacency) - spectrum / len(graph)).sum() <= 2 / len(graph)  # at an edge


def test_histograms_of_graphs_of_other_sizes_have_one_width():
    rows = graph_statistics.histograms([nx.to_numpy_array(graph) for graph in GRAPHS], graph_statistics.degrees)
    assert rows.shape == (5, 9) and np.allclose(rows.sum(1), 1) and not rows[2, 2:].any()


def test_the_earth_movers_kernel_moves_earth():
    """All mass from bin 0 to bin 3: a distance of 3 bins."""
    p = np.eye(4)[[0, 3]]
    assert earth_movers(p, 1.0)[0, 1] == pytest.approx(np.exp(-4.5))
    assert earth_movers(p, 0.1, 0.01)[0, 1] == pytest.approx(np.exp(-(0.03**2) / 0.02))
    assert total_variation(p, 1.0)[0, 1] == pytest.approx(np.exp(-0.5))


def test_no_eigenvalue_is_lost_to_rounding():
    """Of a graph without odd rings the largest is 2, and may come out a little above."""
    for k in range(2, 30):
        found = graph_statistics.spectrum(nx.to_numpy_array(nx.random_labeled_tree(k, seed=k)))
        assert found.sum() == pytest.approx(1) and found[-1] * k >= 1 - 1e-9


@pytest.mark.parametrize("seed", range(8))
def test_orbits_are_those_found_by_looking(seed):
    graph = nx.gnp_random_graph(11, (0.15, 0.35, 0.6, 0.9)[seed % 4], seed=seed)
    assert (orbits(nx.to_numpy_array(graph)) == orbits_by_hand(graph)).all()


def test_the_discrepancy_is_the_sum_over_all_pairs():
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(5), 14)
    k = total_variation(p, 1.0)
    value, se = discrepancy(k, 6, 0)
    x, y = range(6), range(6, 14)
    mean = lambda a, b: np.mean([k[i, j] for i in a for j in b])
    assert value == pytest.approx(mean(x, x) - 2 * mean(x, y) + mean(y, y)) and se > 0
    assert discrepancy(np.ones((8, 8)), 4, 0)[0] == 0


def test_its_error_is_how_far_it_moves():
    rng, values, errors = np.random.default_rng(0), [], []
    for _ in range(60):
        p = np.concatenate([rng.dirichlet([3, 1, 1], 60), rng.dirichlet([1, 1, 3], 40)])
        value, se = discrepancy(total_variation(p, 0.5), 60, 0)
        values.append(value)
        errors.append(se)
    assert 0.7 < np.mean(errors) / np.std(values) < 1.6
