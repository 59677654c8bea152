# Tests graphs/networks/convolutions.py
"""What must hold of every convolution: symmetry under renumbering, graphs side by side, graphs with hardly anything in
them."""

import copy
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_graphs import small_graph

from genwright.core.answers import Answers
from genwright.core.draws import Draws
from genwright.core.errors import DataError
from genwright.core.graph import Graph, from_edges, is_undirected, keep, undirected
from genwright.core.trainable import Batch
from genwright.families.task_data import TaskSizes
from genwright.graphs.families.graph_task import TaskContext
from genwright.graphs.families.nodes import NodeClassifier
from genwright.graphs.networks.convolutions import GAT, GCN, GIN, SAGE, SGC, Cheb, DenseLayer, GATv2
from genwright.graphs.networks.features import FeatureLinear, SparseRows, as_features, dropout, mix, node_dropout
from genwright.graphs.networks.propagate import propagate
from genwright.graphs.package import NODES
from genwright.zoo import registry

IN, OUT, EDGE = 4, 3, 2
LAYERS = {
    "dense": lambda: DenseLayer(IN, OUT),
    "gcn": lambda: GCN(IN, OUT),
    "gcn-mean": lambda: GCN(IN, OUT, "mean"),
    "gcn-own": lambda: GCN(IN, OUT, "own"),
    "gin": lambda: GIN(IN, OUT, 5, learn_eps=True),
    "gin-edges": lambda: GIN(IN, OUT, 5, edge_features=EDGE),
    "sgc": lambda: SGC(IN, OUT, 3),
    "gat": lambda: GAT(IN, OUT, 2),
    "gat-edges": lambda: GAT(IN, OUT, 2, join=False, edge_features=EDGE),
    "gatv2": lambda: GATv2(IN, OUT, 2),
    "gatv2-edges": lambda: GATv2(IN, OUT, 2, join=False, edge_features=EDGE),
    "sage": lambda: SAGE(IN, OUT, norm=True, unit=True),
    "sage-pool": lambda: SAGE(IN, OUT, "pool"),
    "sage-lstm": lambda: SAGE(IN, OUT, "lstm"),
    "cheb": lambda: Cheb(IN, OUT, 4),
}
every_layer = pytest.mark.parametrize("name", LAYERS)
graphs = st.builds(
    small_graph,
    st.integers(0, 10_000),
    nodes=st.integers(3, 15),
    edges=st.integers(0, 40),
    weights=st.booleans(),
    features=st.just(EDGE),
    both_ways=st.just(True),
)


def layer_of(name: str):
    """In float64, in use rather than in training, and with random numbers where a new layer has zeros and ones."""
    layer = LAYERS[name]().double().eval()
    rng = Draws("layer", name)
    for t in [*layer.parameters(), *(b for b in layer.buffers() if b.is_floating_point())]:
        t.data = rng.uniform(t.shape, dtype=t.dtype) - (0.0 if t.ndim < 2 and not t.requires_grad else 0.5)
    return layer


def rows(graph: Graph, seed: int = 0) -> torch.Tensor:
    return Draws("rows", seed).normal(graph.columns, IN, dtype=torch.float64)


def at_most_one_neighbour(graph: Graph) -> Graph:
    """An LSTM hears neighbours in an order, so only a single one can be renumbered."""
    return keep(graph, torch.cat([torch.tensor([True]), graph.target.diff() > 0])[: graph.edges])


@every_layer
@settings(max_examples=8, deadline=None)
@given(graph=graphs, seed=st.integers(0, 1000))
def test_nodes_in_another_order_give_the_same_in_that_order(name, graph, seed):
    layer = layer_of(name)
    graph = at_most_one_neighbour(graph) if name == "sage-lstm" else graph
    x, order = rows(graph), Draws("order", seed).permutation(graph.rows)
    number = torch.argsort(order)  # the new number of each node
    moved = from_edges(number[graph.source], number[graph.target], graph.rows, graph.weight, graph.features)
    here, there = layer(x, layer.prepare(graph)), layer(x[order], layer.prepare(moved))
    assert torch.allclose(there, here[order], atol=1e-12)


@every_layer
@settings(max_examples=6, deadline=None)
@given(a=graphs, b=graphs)
def test_graphs_side_by_side_are_graphs_one_by_one(name, a, b):
    layer = layer_of(name)
    union = Graph(
        torch.cat([a.ptr, b.ptr[1:] + a.edges]), torch.cat([a.source, b.source + a.columns]), a.columns + b.columns,
        torch.cat([a.weight, b.weight]), torch.cat([a.features, b.features]),
    )  # fmt: skip
    x, z = rows(a, 1), rows(b, 2)
    together = layer(torch.cat([x, z]), layer.prepare(union))
    assert torch.allclose(together, torch.cat([layer(x, layer.prepare(a)), layer(z, layer.prepare(b))]), atol=1e-12)


@every_layer
@pytest.mark.parametrize(
    "nodes, edges", [(0, 0), (1, 0), (5, 0), (1, 1)], ids=["nothing", "one node", "no edges", "a loop"]
)
def test_graphs_with_hardly_anything_in_them(name, nodes, edges):
    layer = layer_of(name)
    ends = torch.zeros(edges, dtype=torch.long)
    graph = from_edges(ends, ends, nodes, features=torch.ones(edges, EDGE, dtype=torch.float64))
    x = rows(graph).requires_grad_()
    y = layer(x, layer.prepare(graph))
    assert y.shape == (nodes, y.shape[1]) and y.isfinite().all()
    for gradient in torch.autograd.grad(y.sum(), [x, *layer.parameters()], allow_unused=True):
        assert gradient is None or gradient.isfinite().all()
    if nodes == 5:  # nothing is heard, so alike nodes stay alike
        alike = layer(x[:1].detach().expand(5, -1), layer.prepare(graph))
        assert torch.allclose(alike, alike[:1].expand(5, -1), atol=1e-12)


@pytest.mark.parametrize("kind", [GAT, GATv2])
def test_shares_at_a_hub_of_many_edges_sum_to_one(kind):
    """A node far below the hub's largest logit would have no shares at all under a maximum that all nodes have in
    common."""
    leaves = 200_000
    source = torch.cat([torch.arange(1, leaves + 1), torch.tensor([0, 0])])
    target = torch.cat([torch.zeros(leaves, dtype=torch.long), torch.tensor([1, 2])])
    graph = Graph(
        torch.cat([torch.tensor([0, leaves, leaves + 1]), torch.full((leaves - 1,), leaves + 2)]), source, leaves + 1
    )
    assert torch.equal(graph.target, target)
    layer = kind(1, 1, 1)
    x = torch.cat([torch.tensor([[-300.0]]), Draws("leaves").normal(leaves, 1) * 100])
    for p in layer.parameters():
        p.data.fill_(1.0)
    with torch.no_grad():
        prepared = layer.prepare(graph)
        shares = layer.attention(x, prepared)
        sums = torch.zeros(leaves + 1, 1, dtype=torch.float64).index_add_(0, prepared.target, shares.double())
        assert shares.isfinite().all() and (sums - 1).abs().max() < 1e-4
        assert layer(x, prepared).isfinite().all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000))
def test_shares_of_every_node_sum_to_one_and_follow_weights(seed):
    graph = small_graph(seed, weights=True)
    for layer in (layer_of("gat"), layer_of("gatv2")):
        prepared = layer.prepare(graph)
        shares = layer.attention(rows(graph), prepared)
        sums = torch.zeros(graph.rows, 2, dtype=torch.float64).index_add_(0, prepared.target, shares)
        assert torch.allclose(sums, torch.ones_like(sums))
        even = layer.attention(rows(graph), layer.prepare(graph.with_weight(None)))
        told = even * prepared.weight[:, None]
        total = torch.zeros(graph.rows, 2, dtype=torch.float64).index_add_(0, prepared.target, told)
        assert torch.allclose(shares, told / total[prepared.target])


def test_graphs_that_a_layer_cannot_take_are_refused_and_the_matrix_of_chebyshev_has_no_eigenvalue_above_one():
    with pytest.raises(DataError):
        layer_of("cheb").prepare(from_edges(torch.tensor([0]), torch.tensor([1]), 2))
    with pytest.raises(DataError):  # a negative weight
        GAT(IN, OUT, 1).prepare(from_edges(torch.tensor([0, 1]), torch.tensor([1, 0]), 2, torch.tensor([1.0, -1.0])))
    graph = small_graph(5, weights=True, both_ways=True)
    matrix = layer_of("cheb").prepare(graph)
    dense = torch.zeros(graph.rows, graph.rows, dtype=torch.float64).index_put_(
        (matrix.target, matrix.source), matrix.weight
    )
    assert is_undirected(matrix) and torch.linalg.eigvalsh(dense).abs().max() <= 1 + 1e-12
    alone = Cheb(1, 1, 4).double()
    alone.linear.weight.data = torch.tensor([[0.0, 0.0, 0.0, 1.0]]).double()  # T_3 = 4 L^3 - 3 L
    cube = 4 * torch.linalg.matrix_power(dense, 3) - 3 * dense
    x = Draws("cheb").normal(graph.rows, 1, dtype=torch.float64)
    assert torch.allclose(alone(x, matrix), cube @ x)


def test_an_lstm_hears_neighbours_in_random_order_in_training_and_by_number_afterwards():
    graph, layer = small_graph(6), layer_of("sage-lstm")
    x = rows(graph)
    energy_l2 = layer(x, graph)
    assert torch.equal(energy_l2, layer(x, graph))
    layer.train()
    heard = torch.stack([layer(x, graph) for _ in range(4)])
    several = graph.degree > 1
    assert (heard[0] != heard[1])[several].any() and torch.allclose(
        heard[:, ~several], energy_l2[~several].expand(4, -1, -1)
    )
    alike = x[:1].expand(graph.columns, -1)
    assert torch.allclose(layer(alike, graph), layer.eval()(alike, graph))


@pytest.mark.parametrize("outputs", [2, 9])
@pytest.mark.parametrize("nodes", [6, 40])
def test_the_cheaper_order_of_products_gives_the_same_with_its_gradients(outputs, nodes):
    """Wider or narrower features, and the first 6 rows of a graph or all of it, take one order or the other."""
    whole = small_graph(3, nodes=40, edges=90, both_ways=True)
    graph = keep(whole, whole.target < nodes)
    graph = Graph(graph.ptr[: nodes + 1], graph.source, 40, graph.weight)
    x = Draws("mixed").normal(40, 5, dtype=torch.float64).requires_grad_()
    linear = FeatureLinear(5, outputs, bias=False).double()
    found, wanted = mix(graph, x, linear), propagate(graph, x @ linear.weight)
    assert found.shape == (nodes, outputs) and torch.allclose(found, wanted)
    for a, b in zip(*(torch.autograd.grad((y**2).sum(), [x, linear.weight]) for y in (found, wanted))):
        assert torch.allclose(a, b)


@pytest.mark.parametrize("drop", [dropout, node_dropout])
def test_dropout_keeps_the_mean_and_is_the_same_of_sparse_rows(drop):
    x = (Draws("drop").uniform(4000, 30) < 0.05).float()
    x[:, 0] = 1.0
    sparse = as_features(x)
    assert isinstance(sparse, SparseRows)
    for rows in (x, sparse):
        kept = drop(rows, 0.4, True)
        kept = kept if isinstance(kept, torch.Tensor) else kept.dense()
        # 0.4 in whole 256ths: 102 are dropped, 154 stay
        assert torch.allclose(kept[x > 0].unique(), torch.tensor([0.0, 256 / 154])) and (kept[x == 0] == 0).all()
        assert kept[:, 0].mean() == pytest.approx(1.0, abs=0.06)
        whole = [len(set(row[there].tolist())) == 1 for row, there in zip(kept, x > 0)]
        assert all(whole) == (drop is node_dropout)
        assert drop(rows, 0.4, False) is rows and drop(rows, 0.0, True) is rows


def small_network(name: str, layers: int):
    sizes = {"hops": layers} if name == "sgc" else {"width": 16, "layers": layers}
    return replace(registry.presets(registry.row(*NODES, name))["few"], **sizes).network(TaskSizes(IN), OUT).eval()


@pytest.mark.parametrize("name", ["mlp", "gcn", "gin", "sgc", "gat", "gatv2", "sage", "cheb"])
def test_what_is_made_once_for_training_gives_what_the_whole_graph_gives(name):
    """Networks that need no neighbours once features are smoothed (SGC), or never (an MLP), see labelled nodes
    alone."""
    graph = small_graph(7, nodes=20, both_ways=True, dtype=torch.float32)
    x = rows(graph).float()
    network = small_network(name, 2)
    attached, prepared = network.attach(x, graph)
    assert (prepared is None) == (name in ("mlp", "sgc"))
    assert torch.allclose(network(attached, prepared), network(x, network.prepare(graph)), atol=1e-6)
    nodes = torch.tensor([0, 3, 5])
    classifier = NodeClassifier(network, [], 0.0)
    classifier.attach(TaskContext(graph, x))
    labels = torch.tensor([[0.0], [2.0], [1.0]])
    loss, _ = classifier.loss(Batch(nodes, torch.zeros(3, 0), Draws(0), 0, Answers.exact(labels)))
    shares = classifier.eval().predict(TaskContext(graph, x))[nodes, labels[:, 0].long()]
    assert torch.allclose(loss, -shares.log().mean(), atol=1e-6)


def test_depth_of_a_network_is_how_far_it_sees():
    path = undirected(from_edges(torch.arange(9), torch.arange(1, 10), 10))
    x = torch.zeros(10, IN)
    far = copy.deepcopy(x)
    far[0] = 1.0
    for name, layers, reach in (
        ("gcn", 2, 2),
        ("gat", 3, 3),
        ("sgc", 4, 4),
        ("gin", 1, 1),
        ("mlp", 2, 0),
        ("sage", 2, 2),
        ("cheb", 2, 4),
    ):
        torch.manual_seed(1)
        network = small_network(name, layers)
        graph = network.prepare(path)
        moved = (network(far, graph) - network(x, graph)).abs().amax(1) > 0
        assert moved.nonzero().max() == reach, name
