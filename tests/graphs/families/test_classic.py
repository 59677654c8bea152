# Tests graphs/families/classic/label_spreading.py, graphs/families/classic/regularised.py,
#   graphs/families/classic/walk_embeddings.py
"""The rungs before graph convolution: closed forms, what a broken one would fail, and what each refuses."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

import genwright
from genwright.core.answers import Answers, Target
from genwright.core.draws import Draws
from genwright.core.errors import DataError
from genwright.core.graph import Graph, as_scipy, from_edges, undirected
from genwright.core.trainable import Batch
from genwright.families.task_data import TaskSizes
from genwright.graphs.families.classic.label_spreading import harmonic, logistic_regression
from genwright.graphs.families.classic.regularised import ManifoldRegularisation, SemiSupervisedEmbedding, roughness
from genwright.graphs.families.classic.walk_embeddings import noise_of, skip_gram
from genwright.graphs.families.graph_task import TaskContext
from genwright.graphs.kinds.graph_data import GraphData
from genwright.graphs.networks.normalise import strength
from genwright.run.tasks import task_of

TRANSDUCTIVE = ("label-propagation", "deepwalk", "node2vec", "planetoid")


def random_graph(nodes: int, edges: int, weighted: bool = False) -> Graph:
    rng = Draws("graph", nodes, edges)
    source, target = rng.integers(nodes, (2, edges))
    return undirected(from_edges(source, target, nodes, rng.uniform(edges) + 0.1 if weighted else None))


def blocks(
    size: int = 120, classes: int = 3, inside: float = 0.12, between: float = 0.012, words: int = 60
) -> GraphData:
    """A stochastic block model whose features tell little: noise, with one number shifted for each class."""
    rng = Draws("blocks")
    y = torch.arange(classes).repeat_interleave(size)
    share = torch.where(y[:, None] == y, inside, between)
    source, target = torch.nonzero(torch.triu(rng.uniform(len(y), len(y)) < share, 1), as_tuple=True)
    x = rng.normal(len(y), words) + 2 * torch.nn.functional.one_hot(y, words)
    parts = np.full(len(y), "test", dtype="<U5")
    for k in range(classes):
        parts[k * size : k * size + 8], parts[k * size + 8 : k * size + 30] = "train", "valid"
    return GraphData("blocks", undirected(from_edges(source, target, len(y))), x, y, tuple("abc"), parts=parts)


BLOCKS = blocks()


def accuracy(data: GraphData, family: str, **options) -> float:
    model = genwright.fit(data, family, progress=False, **options)
    named = model.predict(data)["label"].to_numpy()
    return float((named == np.array(data.classes)[data.y])[data.parts == "test"].mean())


# ---------------------------------------------------------------------- closed forms


def test_manifold_regularisation_pays_half_its_decay_and_its_share_of_roughness():
    """Two nodes, one edge in both directions: tr(f^T L f) / 2 is half the squared distance of their scores."""
    family = ManifoldRegularisation(TaskSizes(2, (Target("label", ("a", "b")),)), decay=0.6, smoothness=0.8)
    graph, x = undirected(from_edges(torch.tensor([0]), torch.tensor([1]), 2)), torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    family.attach(TaskContext(graph, x))
    with torch.no_grad():
        family.linear.weight.copy_(torch.tensor([[1.0, -0.5], [2.0, 0.3]]))
        family.linear.bias.zero_()
    batch = Batch(torch.tensor([0]), torch.zeros(1, 0), Draws("fit"), 0, Answers.exact(torch.tensor([[1.0]])))
    losses = [float(family.train(way).loss(batch)[0].detach()) for way in (True, False)]
    scores = family.linear(x).detach()
    squares = float((family.linear.weight.detach() ** 2).sum())
    rough = float(((scores[0] - scores[1]) ** 2).sum()) / 2
    assert losses[0] - losses[1] == pytest.approx(0.3 * squares + 0.8 * rough, rel=1e-5)


@pytest.mark.parametrize("weighted", [False, True])
def test_label_propagation_solves_the_harmonic_equation(weighted):
    """Against the dense closed form, on a graph with a piece that no label reaches."""
    graph = random_graph(30, 70, weighted)
    graph = from_edges(
        torch.cat([graph.source, torch.tensor([30, 31])]),
        torch.cat([graph.target, torch.tensor([31, 30])]),
        33,
        torch.cat([graph.values, torch.ones(2)]) if weighted else None,
    )
    labelled, y = torch.tensor([0, 7, 12, 20]), torch.eye(3, dtype=torch.float64)[[0, 1, 2, 1]]
    f = harmonic(graph, labelled, y)
    w = torch.as_tensor(as_scipy(graph).toarray()).double()
    open = torch.tensor([i for i in range(30) if i not in labelled.tolist()])
    laplacian = torch.diag(w.sum(1)) - w
    reached = torch.linalg.lstsq(laplacian[open][:, open], w[open][:, labelled] @ y, driver="gelsd").solution
    torch.testing.assert_close(f[open], reached, atol=1e-6, rtol=0)
    torch.testing.assert_close(f[labelled], y)
    torch.testing.assert_close(f[30:], y.mean(0).expand(3, -1))


def test_label_propagation_keeps_the_labels_and_weighs_classes_by_their_mass():
    data = genwright.load_data("karate-club", seed=4)
    model = genwright.fit(data, "label-propagation", progress=False)
    p = model.predict(data).iloc[:, 1:].to_numpy()
    task = task_of(data, None)
    nodes, y = task.tensors("train").x.numpy(), task.tensors("train").target.y.numpy()
    assert (p[nodes].argmax(1) == y[:, 0]).all() and np.allclose(p[nodes].max(1), 1)
    right = p.argmax(1) == data.y.numpy()
    assert right[task.tensors("test").x.numpy()].mean() > 0.85  # 0.5 without the masses


def test_hidden_features_of_neighbours_are_drawn_together_and_those_of_others_apart():
    """Two nodes at 0 and 3: an edge costs 9; of two random ends, which may be one node, max(0, 5 - distance)^2."""
    spec = TaskSizes(2, (Target("label", ("a", "b")),))
    family = SemiSupervisedEmbedding(spec, 1, dropout=0.0, decay=0.4, weight=0.7, margin=5.0, pairs=50)
    graph = undirected(from_edges(torch.tensor([0]), torch.tensor([1]), 2))
    h, (first, second) = torch.tensor([[0.0], [3.0]]), Draws("pairs").integers(2, (2, 50))
    unjoined = (5.0 - 3.0 * (first != second)).square().mean()
    for edges, wanted in ((graph, (9 + unjoined) / 2), (from_edges(*torch.zeros(2, 0).long(), 2), unjoined)):
        family.attach(TaskContext(edges, torch.eye(2)))
        assert family._pair_loss(h, Draws("pairs")).item() == pytest.approx(wanted.item(), rel=1e-5)
    family.attach(TaskContext(graph, torch.eye(2)))
    batch = lambda: Batch(torch.tensor([0]), torch.zeros(1, 0), Draws("a"), 0, Answers.exact(torch.tensor([[1.0]])))
    losses = [family.train(way).loss(batch())[0].item() for way in (True, False)]
    squares = family.first.weight.square().sum() + family.last.weight.square().sum()
    pairs = family._pair_loss(family.encode(TaskContext(graph, torch.eye(2))), Draws("a"))
    assert losses[0] - losses[1] == pytest.approx((0.2 * squares + 0.7 * pairs).item(), rel=1e-4)


def test_roughness_is_the_sum_over_edges():
    graph, f = random_graph(20, 50, weighted=True), Draws("f").normal(20, 3)
    each = graph.values * ((f[graph.target] - f[graph.source]) ** 2).sum(1)
    torch.testing.assert_close(roughness(f, graph, strength(graph)), each.sum() / 2 / graph.edges, rtol=1e-4, atol=1e-5)


def test_skip_gram_is_the_mean_over_pairs_within_the_window():
    """Against the sum written out; one node is all the noise there is, so that the negative draws are known."""
    rng = Draws("skip-gram")
    e, u = rng.normal(5, 4), rng.normal(5, 4)
    walks, noise = (
        torch.tensor([[0, 1, 2, 3], [4, 4, 1, 0]]),
        torch.tensor([0.0, 0.0, 1.0, 1.0, 1.0], dtype=torch.float64),
    )
    terms = []
    for walk in walks.tolist():
        for a, i in enumerate(walk):
            for b, c in enumerate(walk):
                if 0 < abs(a - b) <= 2:
                    pull, push = torch.sigmoid(u[c] @ e[i]), torch.sigmoid(-u[2] @ e[i])
                    terms.append(-pull.log() - 3 * push.log())
    found = skip_gram(e, u, walks, window=2, negatives=3, noise=noise, rng=rng)
    torch.testing.assert_close(found, torch.stack(terms).mean())


def test_negative_nodes_are_drawn_by_the_power_of_their_degree():
    graph = random_graph(12, 30)
    shares = (1.0 + graph.degree.double()) ** 0.75
    torch.testing.assert_close(noise_of(graph).diff(prepend=torch.zeros(1, dtype=torch.float64)), shares / shares.sum())


@pytest.mark.parametrize("seen", [[0, 1, 2], [0, 2], [1]])
def test_logistic_regression_never_names_a_class_that_it_has_not_seen(seen):
    rng = Draws("logistic")
    y = torch.tensor(seen * 10)
    x = rng.normal(len(y), 4) + y[:, None]
    weight, bias = logistic_regression([x[:, :1], x[:, 1:]], y, 3, 0.01)
    p = (x @ weight + bias).softmax(1)
    assert p[:, [k for k in range(3) if k not in seen]].sum() < 1e-6
    if len(seen) > 1:
        rows = x.double().numpy()
        wanted = LogisticRegression(C=1 / (0.01 * len(y)), max_iter=1000).fit(rows, y.numpy()).predict_proba(rows)
        np.testing.assert_allclose(p[:, seen], wanted, atol=1e-4)


# ---------------------------------------------------------------------- short fits


@pytest.fixture(scope="module")
def without_graph():
    return accuracy(BLOCKS, "mlp")


EPOCHS = {"deepwalk": 60, "node2vec": 60, "planetoid": 150, "semi-supervised-embedding": 100}  # enough for so few
AHEAD = {family: 0.3 for family in (*TRANSDUCTIVE, "iterative-classification")} | {
    "semi-supervised-embedding": 0.1,
    "manifold-regularisation": 0.02,
}


@pytest.mark.parametrize("family, ahead", AHEAD.items())
def test_a_rung_learns_from_the_graph_what_features_do_not_tell(family, ahead, without_graph):
    assert 0.4 < without_graph < 0.75
    assert accuracy(BLOCKS, family, epochs=EPOCHS.get(family)) > without_graph + ahead


@pytest.mark.long
@pytest.mark.parametrize("family", ["manifold-regularisation", "semi-supervised-embedding"])
def test_a_rung_that_reads_features_alone_still_learns_from_the_edges(family):
    """With the same edges between other nodes it does worse, so the edges were what helped."""
    graph, order = BLOCKS.graph, Draws("shuffled").permutation(BLOCKS.graph.rows)
    mixed = replace(BLOCKS, graph=from_edges(order[graph.source], order[graph.target], graph.rows))
    true, shuffled = (accuracy(data, family, epochs=EPOCHS.get(family)) for data in (BLOCKS, mixed))
    assert true > shuffled + 0.1


# ---------------------------------------------------------------------- what they refuse


@pytest.mark.parametrize("family", TRANSDUCTIVE)
def test_a_transductive_predictor_refuses_another_graph(family):
    preset = None if family == "label-propagation" else "tiny"
    model = genwright.fit("karate-club", family, preset=preset, progress=False)
    data = genwright.load_data("karate-club")
    graph = data.graph
    other = replace(data, graph=from_edges(graph.source[2:], graph.target[2:], graph.rows))
    with pytest.raises(DataError):
        model.predict(other)


@pytest.mark.parametrize("family", ["manifold-regularisation", "label-propagation", "deepwalk"])
def test_a_directed_graph_or_no_labelled_training_node_is_refused(family):
    data = genwright.load_data("karate-club")
    one_way = replace(data, graph=from_edges(data.graph.source[:40], data.graph.target[:40], data.graph.rows))
    with pytest.raises(DataError):
        genwright.fit(replace(data, parts=np.full(34, "test")) if family == "deepwalk" else one_way, family)


def test_iterative_classification_predicts_for_a_graph_without_labels():
    model = genwright.fit(BLOCKS, "iterative-classification", progress=False)
    named = model.predict(replace(BLOCKS, y=None, parts=None))["label"].to_numpy()
    assert (named == np.array(BLOCKS.classes)[BLOCKS.y])[BLOCKS.parts == "test"].mean() > 0.75
