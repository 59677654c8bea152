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
from genwright.graphs.families.label_baselines import count_colours
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
