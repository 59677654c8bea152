# Tests graphs/families/gran.py, graphs/networks/graph_decoders.py
"""Graphs drawn node after node: masses that sum to one, draws that are of them, a bound against the sum over all
orders, orders with the chance of having been drawn."""

import itertools
from collections import Counter
from math import factorial, log

import networkx as nx
import numpy as np
import pytest
import torch
from short_training import train

from genwright.core.draws import Draws
from genwright.core.ragged import Ragged
from genwright.core.spec import Spec
from genwright.graphs.families.gran import GRAN, Union
from genwright.graphs.families.ordered_graphs import (
    ORDERS,
    GraphRNN,
    core_numbers,
    draw_order,
    first_neighbours,
    permute,
)
from genwright.graphs.kinds.domain import GraphSets, packed, unpacked
from genwright.graphs.networks.graph_decoders import GraphAttention, GraphRecurrence

NONE = Spec(())
SMALL = [nx.path_graph(3), nx.cycle_graph(3), nx.empty_graph(2), nx.path_graph(2), nx.path_graph(4), nx.empty_graph(1)]
QUEUED = "gran-1-1", "gran-2-2", "gran-3-2"  # block and stride
MODELS = "graph-rnn", *QUEUED, "gran-1-1-degree", "gran-3-1-degree"


def model_of(name: str, graphs: list = SMALL, width: int = 8, blocks: int = 99):
    """Not trained, with weights that are not small."""
    torch.manual_seed(0)
    spec = GraphSets.fit(graphs).spec
    if name == "graph-rnn":
        made = GraphRNN(spec, NONE, GraphRecurrence(spec, NONE, width, 2, width), 4)
    else:
        block, stride = map(int, name.split("-")[1:3])
        network = GraphAttention(spec, NONE, width, 2, 2, block, 3)
        made = GRAN(spec, NONE, network, name[9:] or "breadth-first", block, stride, blocks, 4)
    for weight in made.parameters():
        weight.data *= 2
    return made.eval()


def adjacency(graphs: list) -> torch.Tensor:
    return torch.stack([torch.tensor(nx.to_numpy_array(graph, nodelist=sorted(graph))) > 0 for graph in graphs])


def every_adjacency(size: int) -> torch.Tensor:
    pairs = list(itertools.combinations(range(size), 2))
    found = torch.zeros(2 ** len(pairs), size, size, dtype=torch.bool)
    for number, joined in enumerate(itertools.product((False, True), repeat=len(pairs))):
        for (i, j), there in zip(pairs, joined):
            found[number, i, j] = found[number, j, i] = there
    return found


def breadth_first(a: torch.Tensor, stride: int = 1) -> torch.Tensor:
    """(n,) bool: whether the nodes of graphs came in breadth-first order: no row begins before the one above it; of
    blocks, before the one above its block."""
    first, place = first_neighbours(a.tril(-1)), torch.arange(a.shape[1])
    queue = first[:, (place // stride * stride - 1).clamp(min=0)]
    return (first >= queue).all(1)


def possible(model, a: torch.Tensor) -> torch.Tensor:
    """(n,) bool: whether all pairs that are joined are ones that the model draws."""
    if isinstance(model, GraphRNN):
        return breadth_first(a)
    return breadth_first(a, model.stride) if model.queued else torch.ones(len(a), dtype=torch.bool)


@torch.no_grad()
def row_nats(model, a: torch.Tensor, wider: int = 0, seed: int = 0) -> torch.Tensor:
    """log p(A | n), among nodes that are not there; -inf where a pair is none that the model draws."""
    size = a.shape[1]
    a = torch.nn.functional.pad(a, (0, wider, 0, wider))
    mask = (torch.arange(size + wider) < size).expand(len(a), -1)
    nats = model.rows_log_prob(a, mask, torch.zeros(len(a), 0), Draws("rows", seed).items(len(a)))
    return nats.masked_fill(~possible(model, a[:, :size, :size]), -torch.inf)


# ---------------------------------------------------------------------- orders


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_is_drawn_as_often_as_it_says(name):
    graphs = [nx.lollipop_graph(3, 2), nx.disjoint_union(nx.path_graph(3), nx.path_graph(2)), nx.star_graph(4)]
    draws = 2000
    for graph in graphs:
        a, mask = adjacency([graph]).expand(draws, -1, -1), torch.ones(draws, 5, dtype=torch.bool)
        order, log_q = draw_order(name, a, mask, Draws(name).uniform(draws, 5, 5))
        seen = {tuple(one): float(q.exp()) for one, q in zip(order.tolist(), log_q)}
        counts = Counter(map(tuple, order.tolist()))
        assert sum(seen.values()) == pytest.approx(1, abs=0.02)
        for one, q in seen.items():
            assert sorted(one) == [0, 1, 2, 3, 4]
            assert counts[one] / draws == pytest.approx(q, abs=4 * (q / draws) ** 0.5)


def test_orders_are_what_they_are_called():
    graphs = [nx.gnp_random_graph(9, 0.3, seed=k) for k in range(30)]
    a, mask = adjacency(graphs), torch.ones(30, 9, dtype=torch.bool)
    drawn = {name: permute(a, draw_order(name, a, mask, Draws(name).uniform(30, 9, 9))[0]) for name in ORDERS}
    assert breadth_first(drawn["breadth-first"]).all() and not breadth_first(drawn["depth-first"]).all()
    assert (drawn["degree"].sum(2).diff(dim=1) <= 0).all()
    cores = torch.tensor([[number for _, number in sorted(nx.core_number(graph).items())] for graph in graphs])
    assert torch.equal(core_numbers(a, mask), cores)
    assert (core_numbers(drawn["core"], mask).diff(dim=1) <= 0).all()
    for graph in unpacked_dense(drawn["depth-first"]):
        for component in nx.connected_components(graph):
            tree = nx.dfs_tree(graph.subgraph(component), min(component), sort_neighbors=sorted)
            assert list(tree) == sorted(component)


def unpacked_dense(a: torch.Tensor) -> list:
    return [nx.from_numpy_array(one.numpy()) for one in a]


@pytest.mark.parametrize("name", ORDERS)
def test_nodes_that_are_not_there_come_last_and_cost_nothing(name):
    a = torch.nn.functional.pad(adjacency([nx.star_graph(3)]), (0, 2, 0, 2)).expand(2, -1, -1)
    mask = torch.tensor([[True] * 4 + [False] * 2] * 2)
    chance = Draws(name).uniform(2, 6, 6)
    order, log_q = draw_order(name, a, mask, chance)
    inner, same = draw_order(name, a[:, :4, :4], mask[:, :4], chance[:, :4, :4])
    assert torch.equal(order[:, :4], inner) and order[:, 4:].tolist() == [[4, 5]] * 2 and torch.equal(log_q, same)


# ---------------------------------------------------------------------- masses


@pytest.mark.parametrize("name", MODELS)
def test_the_mass_of_all_graphs_in_order_is_one(name):
    model = model_of(name)
    for size in (1, 2, 3, 4):
        a = every_adjacency(size)
        nats = row_nats(model, a)
        assert float(nats.exp().sum()) == pytest.approx(1, abs=1e-5)
        assert torch.allclose(nats.exp(), row_nats(model, a, wider=3).exp(), atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
@torch.no_grad()
def test_draws_are_as_frequent_as_their_mass(name):
    model, n = model_of(name, [nx.path_graph(4)] * 9), 4000
    drawn = model.sample(n, torch.zeros(n, 0), Draws("draw"))
    kinds = [kinds[mask.sum(1) == 4][:, :4, :4] > 0 for _, _, mask, kinds in drawn.padded()][0]
    counts = Counter(map(str, kinds.flatten(1).int().tolist()))
    a = every_adjacency(4)
    for key, p in zip(map(str, a.flatten(1).int().tolist()), row_nats(model, a).exp().tolist()):
        assert counts[key] / len(kinds) == pytest.approx(p, abs=4.5 * (p * (1 - p) / len(kinds)) ** 0.5 + 1e-4)


@pytest.mark.parametrize("name", ["graph-rnn", "gran-2-2"])
@torch.no_grad()
def test_the_bound_is_below_the_sum_over_all_orders_and_its_terms_average_to_that_over_theirs(name):
    """exp of a term of the bound, p / (n! q), has the mean of p over the orders that q draws; GraphRNN gives no mass to
    others."""
    model = model_of(name)
    for graph in (nx.path_graph(4), nx.star_graph(3), nx.empty_graph(4), nx.cycle_graph(4), nx.path_graph(3)):
        orders = torch.tensor(list(itertools.permutations(range(len(graph)))))
        a = permute(adjacency([graph]).expand(len(orders), -1, -1), orders)
        size, every = model.spec.leaf.sizes.probs[len(graph) - 1], row_nats(model, a)
        theirs = every.masked_fill(~breadth_first(a), -torch.inf)
        exact, kept = (float(nats.logsumexp(0)) + log(size / factorial(len(graph))) for nats in (every, theirs))
        x, given = packed([graph] * 1000), torch.zeros(1000, 0)
        terms, _ = model.log_likelihood(x, given, Draws("terms"), 1)
        assert float(terms.exp().mean().log()) == pytest.approx(kept, abs=0.08)
        value, se = model.log_likelihood(x[:50], given[:50], Draws("bound"))
        assert float(value.mean()) < exact + float(se.mean()) + 1e-4 and kept <= exact + 1e-6
        assert float(value.mean()) == pytest.approx(float(terms.mean()), abs=4 * float(se.mean()) / 50**0.5 + 1e-3)


@pytest.mark.parametrize("name", ["gran-2-1", "gran-2-1-degree"])
@torch.no_grad()
def test_some_blocks_stand_for_all_without_bias(name):
    model, some = model_of(name), model_of(name, blocks=2)
    a = every_adjacency(4)[::7]
    a = a[possible(model, a)]
    each = torch.stack([row_nats(some, a, seed=seed) for seed in range(144)])
    off = (each.mean(0) - row_nats(model, a)).abs()
    assert (each.std(0) > 1e-4).any() and (off < 4 * each.std(0) / 12 + 1e-4).all()


@pytest.mark.parametrize("name", QUEUED)
@torch.no_grad()
def test_nodes_too_far_behind_the_queue_say_nothing(name):
    class Whole(GRAN):
        def _union(self, item, begin, sizes, first):
            found = super()._union(item, begin, sizes, first)
            ends.append(int(found.ptr[-1]))
            return Union(item, begin, found.ptr.diff() + found.ptr[:-1] - found.shift, found.first, 0 * begin, True)

    ends, model = [], model_of(name, [nx.random_labeled_tree(40, seed=k) for k in range(20)])
    draws, mask = Draws("rows").items(20), torch.ones(20, 40, dtype=torch.bool)
    drawn = model.draw_rows(torch.zeros(20, 40, 40, dtype=torch.bool), mask, torch.zeros(20), torch.zeros(20, 0), draws)
    nats = model.rows_log_prob(drawn, mask, torch.zeros(20, 0), draws)
    model.__class__ = Whole
    assert torch.allclose(model.rows_log_prob(drawn, mask, torch.zeros(20, 0), draws), nats, atol=1e-3)
    assert ends[-1] < 20 * 40 * 41 / 2


# ---------------------------------------------------------------------- draws


@pytest.mark.parametrize("name", ["graph-rnn", "gran-1-1", "gran-2-2-degree"])
@torch.no_grad()
def test_completions_are_as_frequent_as_the_masses_of_all_graphs_that_begin_so(name):
    """Of two joined nodes, which come first in either order, among all graphs of four nodes."""
    model, n = model_of(name, [nx.path_graph(4)] * 9), 4000
    x = packed([nx.path_graph(2)] * n)
    filled = model.fill(x, Ragged(torch.ones(2 * n, 1, dtype=torch.bool), x.ptr), torch.zeros(n, 0), Draws("fill"))
    kinds = [kinds[mask.sum(1) == 4][:, :4, :4] > 0 for _, _, mask, kinds in filled.padded()][0]
    counts = Counter(map(str, kinds.flatten(1).int().tolist()))
    a = every_adjacency(4)
    begun = a[a[:, 0, 1]]
    other = torch.tensor([1, 0, 2, 3])
    mass = (row_nats(model, begun).softmax(0) + row_nats(model, begun[:, other][:, :, other]).softmax(0)) / 2
    for key, p in zip(map(str, begun.flatten(1).int().tolist()), mass.tolist()):
        assert counts[key] / len(kinds) == pytest.approx(p, abs=4.5 * (p * (1 - p) / len(kinds)) ** 0.5 + 1e-4)


# ---------------------------------------------------------------------- learning


def random_tree(size: int, rng: Draws) -> nx.Graph:
    return nx.from_prufer_sequence(rng.integers(size, (size - 2,)).tolist())


@pytest.mark.long
def test_trained_on_trees_it_draws_new_trees():
    rng = Draws("trees")
    trees, other = ([random_tree(6 + k % 3, rng) for k in range(150)] for _ in range(2))
    spec = GraphSets.fit(trees).spec
    torch.manual_seed(0)
    model = GraphRNN(spec, NONE, GraphRecurrence(spec, NONE, 48, 1, 24), 8)
    train(model, packed(trees), 130, batch=48, lr=2e-2)
    with torch.no_grad():
        drawn = unpacked(model.sample(100, torch.zeros(100, 0), Draws("draw")))
        nats, _ = model.log_likelihood(packed(other), torch.zeros(150, 0), Draws("score"))
    assert np.mean([nx.is_tree(graph) for graph in drawn]) > 0.8
    most = np.mean([log(1 / 3) - (len(tree) - 2) * log(len(tree)) for tree in other])  # of all trees alike
    assert most - 1.5 < float(nats.mean()) < most + 0.1


@pytest.mark.long
def test_trained_on_two_cliques_blocks_are_joined_as_one():
    cliques = [nx.disjoint_union(nx.complete_graph(3 + k % 2), nx.complete_graph(3)) for k in range(60)]
    spec = GraphSets.fit(cliques).spec
    torch.manual_seed(0)
    model = GRAN(spec, NONE, GraphAttention(spec, NONE, 32, 2, 4, 2, 4), "breadth-first", 2, 2, 4, 8)
    train(model, packed(cliques), 100, batch=24, lr=2e-2)
    with torch.no_grad():
        drawn = unpacked(model.sample(100, torch.zeros(100, 0), Draws("draw")))
    whole = [
        nx.number_connected_components(graph) == 2
        and all(nx.density(graph.subgraph(part)) == 1 for part in nx.connected_components(graph))
        for graph in drawn
    ]
    assert np.mean(whole) > 0.8
