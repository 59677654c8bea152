"""Recommendation on made interactions whose structure is known."""

import numpy as np
import pytest
import torch

import genwright
from genwright.errors import DataError
from genwright.evaluation.recommendations import Rulers, recall_and_gain
from genwright.graphs.graph import from_edges, undirected
from genwright.graphs.interactions import Interactions
from genwright.graphs.normalise import strength
from genwright.graphs.recommend.lightgcn import LightGCN
from genwright.graphs.recommend.pinsage import PinSage, most_visited
from genwright.workbench import task_of


@pytest.fixture(scope="module")
def clubs():
    """Four clubs of 30 users and 25 items; everyone takes 6 items of the club's to learn from, and 3 to test."""
    rng, train, test = np.random.default_rng(0), [], []
    for user in range(120):
        items = 25 * (user // 30) + rng.choice(25, 9, replace=False)
        train += [(user, item) for item in items[:6]]
        test += [(user, item) for item in items[6:]]
    return Interactions("clubs", 120, 100, torch.tensor(train), torch.tensor(test))


@pytest.fixture(scope="module")
def model(clubs):
    return genwright.fit(clubs, preset="tiny", progress=False)


def test_lists_stay_in_the_club_and_leave_out_what_was_taken(clubs, model):
    table = model.predict(clubs)
    assert len(table) == 120 * 20 and (table.groupby("user")["rank"].max() == 20).all()
    taken = set(map(tuple, clubs.train.tolist()))
    assert not taken & set(zip(table.user, table.item))
    first = table[table["rank"] <= 15]  # 19 items of the club are left
    assert (first.item // 25 == first.user // 30).mean() > 0.75  # by chance a fifth


@pytest.mark.parametrize("family", ["lightgcn", "pinsage"])
def test_it_beats_popularity(clubs, family):
    rulers = Rulers(task_of(clubs, None))
    popular, model = genwright.fit(clubs, "popularity", progress=False), genwright.fit(clubs, family, preset="tiny", progress=False)
    assert rulers.measure(model)[0]["recall"].value > 2 * rulers.measure(popular)[0]["recall"].value


def test_walks_hear_the_most_visited(clubs):
    """Of a star with one doubled ray, everybody hears the centre, and the weights of a node are shares of visits."""
    star = undirected(from_edges(torch.zeros(6, dtype=torch.long), torch.arange(1, 7), 7)).with_weight(None)
    heard = most_visited(star, 1)
    assert heard.edges == 7 and (heard.source[heard.target > 0] == 0).all() and heard.source[heard.target == 0] > 0
    graph = PinSage(220, 4, 1, 5).prepare(clubs.graph())
    assert graph.degree.max() <= 5 and torch.allclose(strength(graph)[graph.degree > 0], torch.ones(()))
    club = lambda node: torch.where(node < 120, node // 30, (node - 120) // 25)
    assert torch.equal(club(graph.source), club(graph.target))  # no walk leaves a club


def test_save_and_open(clubs, model, tmp_path):
    opened = genwright.load_model(model.save(tmp_path / "run"))
    assert opened.predict(clubs).equals(model.predict(clubs))
    assert model.encode(clubs).shape == (220, 8)


def test_vectors_are_for_the_users_of_training_alone(clubs, model):
    other = Interactions("others", 121, 100, clubs.train, clubs.test)
    with pytest.raises(DataError, match="others has 121 users and 100 items, and training had 120"):
        model.predict(other)


def test_recall_and_gain_by_hand():
    lists = np.array([[0, 1, 2], [3, 4, 5], [0, 1, 2]])
    recall, gain = recall_and_gain(lists, np.array([[0, 1], [0, 7], [1, 3]]))
    ideal = 1 + 1 / np.log2(3)
    assert recall == pytest.approx([0.5, 1.0]) and gain == pytest.approx([1 / np.log2(3) / ideal, 1.0])


def test_without_layers_it_is_matrix_factorisation_and_layers_average_neighbourhoods(clubs):
    network = LightGCN(220, 4, 0)
    graph = network.prepare(clubs.graph())
    assert torch.equal(network(graph), network.vectors)
    deep = LightGCN(220, 4, 2)
    a = torch.zeros(220, 220)
    a[graph.target, graph.source] = graph.values
    e = deep.vectors
    torch.testing.assert_close(deep(graph), (e + a @ e + a @ a @ e) / 3)


@pytest.mark.parametrize("pairs, words", [([[0, 5]], "item 5"), ([[3, 0]], "user 3"), ([], "no pairs")])
def test_pairs_that_cannot_be(pairs, words):
    with pytest.raises(DataError, match=words):
        Interactions("bad", 3, 5, torch.tensor(pairs).reshape(-1, 2), torch.zeros(0, 2, dtype=torch.long))


def test_a_graph_of_other_nodes_has_no_users():
    with pytest.raises(DataError, match="who took what"):
        genwright.fit("karate-club", task="recommend", progress=False)
