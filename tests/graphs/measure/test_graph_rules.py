# Tests graphs/networks/samplers/subgraphs.py
"""Rules that graphs keep, on graphs made by each and on those that just break it."""

import networkx as nx
import numpy as np
import pytest

from genwright.graphs.measure.graph_rules import (
    EDGE_BETWEEN_BLOCKS,
    EDGE_WITHIN_BLOCK,
    RULES,
    blocks,
    find_rule,
    partition,
)


def made(rule: str, seed: int) -> nx.Graph:
    rng = np.random.default_rng(seed)
    if rule == "tree":
        return nx.random_labeled_tree(int(rng.integers(2, 40)), seed=seed)
    if rule == "grid":
        return nx.convert_node_labels_to_integers(nx.grid_2d_graph(*map(int, rng.integers(2, 9, 2))))
    if rule == "planar":
        return nx.triangular_lattice_graph(int(rng.integers(1, 6)), 4)
    if rule == "blocks":
        return of_blocks([30, 25, 38], seed)
    return nx.complete_graph(int(rng.integers(5, 9)))


def of_blocks(sizes: list[int], seed: int, between: float = EDGE_BETWEEN_BLOCKS) -> nx.Graph:
    chances = np.where(np.eye(len(sizes), dtype=bool), EDGE_WITHIN_BLOCK, between)
    return nx.stochastic_block_model(sizes, chances, seed=seed)


@pytest.mark.parametrize("rule", ["tree", "grid", "planar", "connected"])
def test_graphs_made_by_a_rule_keep_it(rule):
    graphs = [made(rule, seed) for seed in range(20)]
    assert all(map(RULES[rule], graphs)) and find_rule(graphs) == rule


def test_one_edge_more_or_less_breaks_it():
    tree, grid = nx.random_labeled_tree(20, seed=0), nx.grid_2d_graph(4, 5)
    assert not RULES["tree"](nx.compose(tree, nx.cycle_graph(20)))
    tree.remove_edge(*next(iter(tree.edges)))
    assert not RULES["tree"](tree) and not RULES["connected"](tree) and not RULES["planar"](tree)
    turned = grid.copy()  # as many nodes, edges and corners, but no grid
    turned.remove_edges_from([((1, 1), (1, 2)), ((2, 1), (2, 2))])
    turned.add_edges_from([((1, 1), (2, 2)), ((2, 1), (1, 2))])
    assert RULES["grid"](grid) and not RULES["grid"](turned)
    assert not RULES["planar"](nx.complete_bipartite_graph(3, 3)) and RULES["connected"](
        nx.complete_bipartite_graph(3, 3)
    )


def test_blocks_are_found_as_they_were_drawn():
    truth = np.repeat([0, 1, 2, 3], [22, 31, 40, 25])
    found = partition(nx.to_numpy_array(of_blocks([22, 31, 40, 25], 1)), 6)
    together = lambda block: block[:, None] == block
    assert (together(truth) == together(found)).mean() > 0.98


@pytest.mark.long
def test_blocks_of_other_kinds_are_told_apart():
    real = np.mean([blocks(of_blocks([30, 25, 38, 33], seed)) for seed in range(20)])
    assert real > 0.7
    for other in (
        [of_blocks([30, 25, 38, 33], seed, between=0.08) for seed in range(5)],
        [of_blocks([63, 63], seed) for seed in range(5)],
        [nx.gnp_random_graph(120, 0.1, seed=seed) for seed in range(5)],
    ):
        assert not any(map(blocks, other))


def test_a_set_of_all_kinds_keeps_no_rule():
    assert find_rule([nx.empty_graph(4), nx.complete_graph(5), nx.path_graph(3)]) is None
