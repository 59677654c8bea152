# Tests graphs/families/graphs.py
"""Whole graphs: unions cut into batches, readouts, and short fits that a broken model fails."""

import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import genwright as gw
from genwright.core.draws import Draws
from genwright.core.errors import DataError
from genwright.core.graph import from_edges, pooling, subgraphs, undirected
from genwright.core.seeds import seed_of
from genwright.graphs.families.graphs import graph_data
from genwright.graphs.kinds.graph_data import GraphData
from genwright.graphs.networks.convolutions import GCN
from genwright.graphs.networks.network import GraphNetwork, Normed
from genwright.graphs.networks.readout import READOUTS, GraphReadout


def union_of(seed: int, sizes: list[int], directed: bool = False):
    """A union of random weighted graphs with features of edges, and where each begins."""
    rng, ends, begins = Draws("union", seed), [], 0
    for n in sizes:
        ends.append(torch.nonzero(rng.uniform(n, n) < 0.4).T + begins)
        begins += n
    source, target = torch.cat(ends, 1)
    weight = 0.5 + rng.uniform(len(source))
    union = from_edges(source, target, begins, weight, rng.normal(len(source), 2))
    return (union if directed else undirected(union)), torch.tensor([0, *np.cumsum(sizes)])


def dense(graph):
    return torch.zeros(graph.rows, graph.columns).index_put_((graph.target, graph.source), graph.values)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), sizes=st.lists(st.integers(0, 6), min_size=1, max_size=6), data=st.data())
def test_some_graphs_of_a_union_are_their_blocks_of_the_matrix(seed, sizes, data):
    union, members = union_of(seed, sizes, directed=True)
    ids = data.draw(st.lists(st.integers(0, len(sizes) - 1), min_size=1, max_size=5))
    part, nodes, begins = subgraphs(union, members, torch.tensor(ids))
    blocks = [dense(union)[members[i] : members[i + 1], members[i] : members[i + 1]] for i in ids]
    assert torch.equal(dense(part), torch.block_diag(*blocks).view(part.rows, part.rows))
    assert nodes.tolist() == [k for i in ids for k in range(members[i], members[i + 1])]
    assert begins.diff().tolist() == [sizes[i] for i in ids]
    from_scratch = from_edges(part.source, part.target, part.rows, part.weight, part.features)
    assert torch.equal(from_scratch.features, part.features)
    assert all(torch.equal(a, b) for a, b in zip(part.transposed, from_scratch.transposed))


@pytest.mark.parametrize("name", READOUTS)
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), sizes=st.lists(st.integers(1, 7), min_size=1, max_size=5))
def test_a_readout_knows_no_order_and_no_other_graph(name, seed, sizes):
    torch.manual_seed(seed_of("readout", seed))
    readout, h = READOUTS[name](3), torch.randn(sum(sizes), 3)
    members = torch.tensor([0, *np.cumsum(sizes)])
    read = readout(h, pooling(members))
    assert read.shape == (len(sizes), 3 * readout.widens)
    shuffled = torch.cat([a + torch.randperm(b - a) for a, b in zip(members[:-1], members[1:])])
    torch.testing.assert_close(readout(h[shuffled], pooling(members)), read, rtol=1e-5, atol=1e-5)
    alone = [readout(h[a:b], pooling(torch.tensor([0, b - a]))) for a, b in zip(members[:-1], members[1:])]
    torch.testing.assert_close(torch.cat(alone), read, rtol=1e-5, atol=1e-5)


def test_readouts_are_what_their_equations_say():
    h, pool = torch.tensor([[1.0, -2.0], [3.0, 4.0], [5.0, 0.0]]), pooling(torch.tensor([0, 2, 2, 3]))
    read = {name: READOUTS[name](2)(h, pool).tolist() for name in ("sum", "mean", "max")}
    assert read["sum"] == [[4, 2], [0, 0], [5, 0]]
    assert read["mean"] == [[2, 1], [0, 0], [5, 0]]
    assert read["max"] == [[3, 4], [0, 0], [5, 0]]
    attention = READOUTS["attention"](2)
    shares = attention.gate(h)[:2, 0].softmax(0)
    torch.testing.assert_close(attention(h, pool)[0], shares @ h[:2])


@pytest.mark.parametrize("name", ["attention", "set2set"])
def test_gradients_of_a_readout_are_right(name):
    readout, h = READOUTS[name](2).double(), Draws(2).normal(5, 2, dtype=torch.double).requires_grad_()
    assert torch.autograd.gradcheck(lambda h: readout(h, pooling(torch.tensor([0, 2, 5]))), h)


def test_a_batch_equals_single_graphs_and_is_cut_from_what_was_prepared_once():
    union, members = union_of(5, [4, 6, 3, 5])
    x = Draws(5).normal(18, 3)
    network = GraphNetwork([Normed(GCN(3, 4), 4), Normed(GCN(4, 4), 4)], 0.0)
    model = GraphReadout(network, [3, 4, 4], "sum", 2, 0.0).eval()
    prepared = network.prepare(union)
    part, nodes, begins = subgraphs(prepared, members, torch.tensor([2, 0, 3]))
    together = model(x[nodes], part, begins)
    for row, k in zip(together, (2, 0, 3)):
        own = slice(members[k], members[k + 1])
        single, _, _ = subgraphs(union, members, torch.tensor([k]))
        torch.testing.assert_close(model(x[own], network.prepare(single), torch.tensor([0, single.rows]))[0], row)


def collection(graphs: list[nx.Graph], y, classes: tuple = ()) -> GraphData:
    """Graphs whose nodes know nothing: one feature, 1 everywhere."""
    union = nx.disjoint_union_all(graphs)
    members = torch.tensor([0, *np.cumsum([len(g) for g in graphs])])
    source, target = torch.tensor(list(union.edges)).T
    graph = undirected(from_edges(source, target, len(union)))
    return GraphData("made", graph, torch.ones(len(union), 1, dtype=torch.float64), torch.tensor(y), classes, members)


def cycles_and_others(n: int = 200) -> GraphData:
    """A cycle, or a triangle beside a path, of 6 to 14 nodes."""
    sizes = np.random.default_rng(0).integers(6, 15, n)
    broken = lambda k: nx.disjoint_union(nx.cycle_graph(3), nx.path_graph(k - 3))
    graphs = [nx.cycle_graph(k) if i % 2 else broken(k) for i, k in enumerate(sizes)]
    return collection(graphs, [i % 2 for i in range(n)], ("broken", "cycle"))


def random_graphs(n: int = 240) -> GraphData:
    """How many edges random graphs have, 1000 more for each."""
    rng = np.random.default_rng(1)
    graphs = [nx.gnp_random_graph(int(rng.integers(5, 15)), float(rng.uniform(0.2, 0.7)), seed=i) for i in range(n)]
    return collection(graphs, [1000.0 + g.number_of_edges() for g in graphs])


def test_cycles_are_told_from_triangles_with_paths():
    task = graph_data(cycles_and_others())
    model = gw.fit(task, "gin", epochs=15, progress=False)
    test, answers = task.tensors("test"), model.predict(task)
    assert len(answers) == 200 and list(answers) == ["label", "p(broken)", "p(cycle)"]
    truth = np.array(["broken", "cycle"])[test.target.y[:, 0].long()]
    assert (answers["label"].to_numpy()[test.x] == truth).mean() > 0.95


@pytest.mark.long
def test_edges_are_counted_in_the_units_of_the_person():
    data = random_graphs()
    task = graph_data(data)
    model = gw.fit(data, "gin", epochs=40, progress=False)
    test, counted = task.tensors("test").x.numpy(), model.predict(data)["value"].to_numpy()
    truth = data.y.numpy()
    assert np.mean((counted - truth)[test] ** 2) < 0.1 * truth[test].var()


@pytest.mark.parametrize("family", ["gcn", "sage", "gat"])
def test_other_convolutions_learn_from_features(family):
    """Which of two features most nodes have."""
    rng = np.random.default_rng(2)
    graphs = [nx.gnp_random_graph(int(rng.integers(5, 12)), 0.4, seed=i) for i in range(120)]
    data = collection(graphs, [i % 2 for i in range(120)], ("few", "many"))
    often = torch.repeat_interleave(torch.tensor([0.3, 0.7]).repeat(60), data.members.diff())
    data.x = (Draws(3).uniform(len(often), 1) < often[:, None]).float()
    task = graph_data(data)
    model = gw.fit(task, family, epochs=15, progress=False)
    share = np.array([data.x[a:b].mean() for a, b in zip(data.members[:-1], data.members[1:])])
    said = model.predict(task)["p(many)"].to_numpy()
    assert np.corrcoef(share, said)[0, 1] > 0.8
    assert model.encode(task).shape[0] == 120


def test_features_are_known_as_training_knew_them():
    """A binary feature stays 0 and 1, one that never varies stays as it is, others are standardised."""
    data = cycles_and_others(20)
    n = len(data.x)
    numbers = torch.linspace(3, 9, n)
    data.x = torch.stack([torch.arange(n) % 2, torch.full((n,), 7.0), numbers], 1).double()
    seen = graph_data(data).context.x
    assert seen.dtype == torch.float32 and torch.equal(seen[:, :2], data.x[:, :2].float())
    assert seen[:, 2].abs().max() < 3 and seen[:, 2].min() < -1


def test_faults_are_refused():
    data = cycles_and_others(20)
    with pytest.raises(DataError, match="karate-club"):
        gw.fit("karate-club", task="graphs", progress=False)
    with pytest.raises(DataError):  # no labels
        graph_data(GraphData("made", data.graph, data.x, members=data.members))
    with pytest.raises(DataError):
        graph_data(GraphData("made", data.graph, data.x, torch.zeros(20, dtype=torch.long), ("a", "b"), data.members))
