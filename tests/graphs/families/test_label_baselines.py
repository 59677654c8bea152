# Tests graphs/contract.py, graphs/families/graph_task.py
"""Baselines of labels, recommendations and matching: what they answer on data where the answer is known."""

import networkx as nx
import numpy as np
import pytest
import torch

import genwright
from genwright.contract.small_data import halves
from genwright.core.graph import from_edges, side_by_side, undirected
from genwright.graphs.contract import clubs, rings_and_stars
from genwright.graphs.families.graph_task import TaskContext
from genwright.graphs.families.label_baselines import BINS, WeisfeilerLehman, count_colours
from genwright.run.tasks import task_of


def test_mean_answers_how_frequent_classes_are():
    data = genwright.load_data("karate-club")
    task = task_of(data, "nodes")
    y = task.tensors("train").target.y[:, 0].numpy()
    table = genwright.fit(data, "mean", task="nodes", progress=False).predict(data)
    assert np.allclose(table.iloc[:, 1:], [[np.mean(y == 0), np.mean(y == 1)]])


def test_colours_tell_rings_from_stars():
    data = rings_and_stars()
    task = task_of(data, "graphs")
    model = genwright.fit(data, "weisfeiler-lehman", task="graphs", progress=False)
    test = task.tensors("test")
    named = model.predict(data).iloc[:, 1:].to_numpy()[test.x].argmax(1)
    assert (named == test.target.y[:, 0].numpy()).mean() > 0.9


def test_colours_do_not_depend_on_the_numbers_of_nodes():
    ends = torch.tensor([*nx.gnp_random_graph(12, 0.3, seed=0).edges])
    other = torch.from_numpy(np.random.default_rng(0).permutation(12))[ends]
    union = side_by_side([undirected(from_edges(*pairs.T, 12)) for pairs in (ends, other)])
    around = TaskContext(union, torch.ones(24, 1), members=torch.tensor([0, 12, 24]))
    counts = count_colours(around, torch.ones(1, dtype=torch.bool))
    assert torch.equal(counts[0], counts[1])


def test_the_features_of_a_graph_are_counts_of_colours_sizes_and_mean_features():
    """A triangle, whose nodes are alike in every round, and a path, whose middle parts from its ends after one."""
    ends = torch.tensor([[0, 1, 0, 3, 4], [1, 2, 2, 4, 5]])
    x = torch.tensor([[1.0, 4.0]] * 3 + [[1.0, 1.0], [1.0, 2.0], [1.0, 6.0]])
    around = TaskContext(undirected(from_edges(*ends, 6)), x, members=torch.tensor([0, 3, 6]))
    counts = count_colours(around, torch.tensor([True, False]))
    bins = counts[:, : 4 * BINS].expm1().unflatten(1, (4, BINS))
    sizes = lambda graph, k: sorted(bins[graph, k][bins[graph, k] > 0.5].round().tolist())
    assert [sizes(0, k) for k in range(4)] == [[3]] * 4 and [sizes(1, k) for k in range(4)] == [[3], *[[1, 2]] * 3]
    wanted = [[np.log(4), np.log(7), 1.0, 4.0], [np.log(4), np.log(5), 1.0, 3.0]]  # degrees sum up to 6 and to 4
    assert np.allclose(counts[:, 4 * BINS :], wanted)


def test_colours_are_scaled_to_mean_0_and_deviation_1_of_training():
    data = rings_and_stars()
    task = task_of(data, "graphs")
    family = genwright.fit(data, "weisfeiler-lehman", task="graphs", progress=False).family
    found = family.encode(task.context)[task.tensors("train").x]
    assert found.mean(0).abs().max() < 1e-4
    varies = found.std(0, correction=0)
    assert torch.allclose(varies[varies > 0], torch.ones(()), atol=1e-4) and (varies > 0).any()
    fresh = WeisfeilerLehman(task.domain.spec)
    assert {name: part.shape for name, part in fresh.state_dict().items()} == {
        name: part.shape for name, part in family.state_dict().items()
    }


def test_item_neighbours_are_those_of_dense_cosines():
    data = clubs()
    graph = task_of(data, "recommend").context.graph
    taken = np.zeros((data.users, data.items))
    taken[tuple(data.train.numpy().T)] = 1
    scaled = taken / np.sqrt(np.maximum(taken.sum(0), 1))
    scores = np.where(taken > 0, -np.inf, taken @ (scaled.T @ scaled))
    table = genwright.fit(data, "item-neighbours", progress=False).predict(data)
    best = table[np.isfinite(table.score)]
    assert graph.rows == data.users + data.items
    assert np.allclose(best.score, scores[best.user, best.item])
    assert np.allclose(best[best["rank"] == 1].score, scores.max(1)[best[best["rank"] == 1].user])


@pytest.mark.parametrize("family, least, most", [("linear-map", 0.9, 1.0), ("chance", 0.0, 0.9)])
def test_a_linear_map_finds_captions_of_bright_halves(family, least, most):
    data = halves()
    model = genwright.fit(data, family, task="match", progress=False)
    captions = np.array(data.test.given["caption"])
    table = model.predict(data.test, among=sorted(set(captions)))
    assert least <= (table.label.to_numpy() == captions).mean() <= most
