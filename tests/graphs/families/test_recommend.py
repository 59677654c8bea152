# Tests graphs/networks/recommenders.py
"""Recommendation on made interactions whose structure is known."""

import numpy as np
import pytest
import torch

import genwright
from genwright.core.draws import Draws
from genwright.core.errors import DataError
from genwright.core.graph import from_edges, undirected
from genwright.core.trainable import Batch
from genwright.families.task_data import TaskSizes
from genwright.graphs.families import recommend
from genwright.graphs.families.graph_task import TaskContext
from genwright.graphs.kinds.graph_data import Interactions
from genwright.graphs.measure.predictions_suite import RecommendationsSuite as Suite
from genwright.graphs.measure.predictions_suite import recall_and_gain
from genwright.graphs.networks.normalise import strength
from genwright.graphs.networks.recommenders import LightGCN, PinSage, most_visited
from genwright.run.tasks import task_of


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
    suite = Suite(task_of(clubs, None))
    popular, model = (
        genwright.fit(clubs, "popularity", progress=False),
        genwright.fit(clubs, family, preset="tiny", progress=False),
    )
    found, least = (suite.measure(m)[0]["recall"] for m in (model, popular))
    assert found.value - least.value > 3 * np.hypot(found.se, least.se)


def test_walks_hear_the_most_visited(clubs):
    """Of a star with one doubled ray, everybody hears the centre, and the weights of a node are shares of visits."""
    star = undirected(from_edges(torch.zeros(6, dtype=torch.long), torch.arange(1, 7), 7)).with_weight(None)
    heard = most_visited(star, 1)
    assert heard.edges == 7 and (heard.source[heard.target > 0] == 0).all() and heard.source[heard.target == 0] > 0
    graph = PinSage(220, 4, 1, 5).prepare(clubs.graph())
    assert graph.degree.max() <= 5 and torch.allclose(strength(graph)[graph.degree > 0], torch.ones(()))
    club = lambda node: torch.where(node < 120, node // 30, (node - 120) // 25)
    assert torch.equal(club(graph.source), club(graph.target))  # no walk leaves a club


def test_vectors_are_for_the_users_of_training_alone(clubs, model):
    other = Interactions("others", 121, 100, clubs.train, clubs.test)
    with pytest.raises(DataError):
        model.predict(other)


def test_lists_do_not_depend_on_how_many_users_are_scored_at_a_time(clubs, model, monkeypatch):
    whole = model.predict(clubs)
    monkeypatch.setattr(recommend, "USERS", 50)
    assert model.predict(clubs).equals(whole)


LOSSES = ["bpr", "margin", "softmax"]
PAIRS = torch.tensor([[0, 0], [1, 3], [2, 1], [0, 4]])  # of 3 users and 5 items


def recommender(loss, decay=0.0):
    torch.manual_seed(0)
    network = LightGCN(8, 4, 0)  # without layers the vectors are what is learned
    with torch.no_grad():
        network.vectors.normal_()
    made = recommend.Recommender(network, TaskSizes(3, nodes=8), loss, negatives=3, temperature=0.5, decay=decay)
    made.attach(TaskContext(from_edges(PAIRS[:, 1] + 3, PAIRS[:, 0], 8).with_weight(None), torch.zeros(0, 0)))
    return made


def loss_of(made, seed=0):
    return made.loss(Batch(PAIRS, torch.zeros(4, 0), Draws(seed), 0))[0]


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_the_papers(loss):
    """One pair at a time, as it is written down; the items at random are drawn again."""
    made, total = recommender(loss), 0.0
    users, items = np.split(made.network.vectors.detach().double().numpy(), [3])
    drawn = Draws(0).integers(5, (4 if loss == "bpr" else 3,)).tolist()
    cosine = lambda u, i: users[u] @ items[i] / np.linalg.norm(users[u]) / np.linalg.norm(items[i])
    for (u, i), j in zip(PAIRS.tolist(), [*drawn, None]):
        if loss == "bpr":
            total += np.log1p(np.exp(-(users[u] @ items[i] - users[u] @ items[j])))
        elif loss == "margin":
            hardest = max((users[u] @ items[k] for k in drawn if k != i), default=-np.inf)
            total += max(0.0, hardest - users[u] @ items[i] + recommend.MARGIN)
        else:
            others = sum(np.exp(cosine(u, k) / 0.5) for k in drawn)
            total -= np.log(np.exp(cosine(u, i) / 0.5) / (np.exp(cosine(u, i) / 0.5) + others))
    assert loss_of(made).item() == pytest.approx(total / len(PAIRS), rel=1e-5)


@pytest.mark.parametrize("loss", LOSSES)
def test_learning_lifts_what_was_taken_above_the_rest(loss):
    made = recommender(loss)
    taken = torch.zeros(3, 5, dtype=torch.bool)
    taken[PAIRS[:, 0], PAIRS[:, 1]] = True

    def lead():
        scores = made.network.vectors[:3] @ made.network.vectors[3:].T
        return (scores[taken].mean() - scores[~taken].mean()).item()

    before, optimizer = lead(), torch.optim.SGD(made.parameters(), lr=0.1)
    for seed in range(50):
        optimizer.zero_grad()
        loss_of(made, seed).backward()
        optimizer.step()
    assert lead() > before + 0.05


@pytest.mark.parametrize("loss", LOSSES)
def test_decay_weighs_half_the_squared_norm_of_the_vectors_in_a_batch(loss):
    """A vector that occurs twice counts twice; that of an item in no pair, here item 2, not at all."""
    plain, decayed = recommender(loss), recommender(loss, decay=0.3)
    vectors = plain.network.vectors.detach()
    norm = vectors[PAIRS[:, 0]].square().sum() + vectors[3 + PAIRS[:, 1]].square().sum()
    assert (loss_of(decayed) - loss_of(plain)).item() == pytest.approx(0.3 / 2 * norm.item() / len(PAIRS), rel=1e-4)


def test_recall_is_of_all_that_a_user_took_also_where_a_list_cannot_hold_it():
    """As He 2020 counts; the gain is against the best list of the same length."""
    recall, gain = recall_and_gain(np.array([[5, 6, 7]]), np.array([[0, item] for item in range(3, 8)]))
    assert recall == pytest.approx([3 / 5]) and gain == pytest.approx([1.0])


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


@pytest.mark.parametrize("pairs, words", [([[0, 5]], "item 5"), ([[3, 0]], "user 3"), ([], "")])
def test_pairs_that_cannot_be(pairs, words):
    with pytest.raises(DataError, match=words):
        Interactions("bad", 3, 5, torch.tensor(pairs).reshape(-1, 2), torch.zeros(0, 2, dtype=torch.long))
