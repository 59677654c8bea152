"""Messages on bonds: reverse bonds without a graph of bonds, gradients of the dense definition, and what must not
come back."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_graphs import small_graph
from torch import nn

from genwright.core.draws import Draws
from genwright.core.errors import DataError
from genwright.core.graph import Graph, from_edges, subgraphs, undirected
from genwright.molecules.networks.bond_messages import BondMessages

ATOM, BOND, WIDTH = 5, 3, 7


def union_of(seed: int, sizes: list[int]) -> tuple[Graph, torch.Tensor]:
    """Molecules of any shape side by side, with features of bonds, and where each begins."""
    parts, begins = [], torch.tensor([0, *sizes]).cumsum(0)
    for number, (first, n) in enumerate(zip(begins.tolist(), sizes)):
        graph = small_graph(seed + number, n, 3 * n, both_ways=True, loops=False)
        parts.append(graph.edge_index() + first)
    graph = from_edges(*torch.cat(parts, 1), int(begins[-1]))
    features = Draws("bonds", seed).normal(int(begins[-1]) ** 2, BOND, dtype=torch.float64)
    pair = torch.minimum(graph.source, graph.target) * graph.rows + torch.maximum(graph.source, graph.target)
    return Graph(graph.ptr, graph.source, graph.columns, None, features[pair]), begins


def network(depth: int = 3, seed: int = 0) -> BondMessages:
    torch.manual_seed(seed)
    made = BondMessages(ATOM, BOND, WIDTH, depth).double()
    nn.init.normal_(made.last.bias)
    return made


def by_definition(network: BondMessages, x: torch.Tensor, graph: Graph) -> torch.Tensor:
    """With a matrix of which bond hears which."""
    source, target = graph.source, graph.target
    arrives = source[:, None] == target[None]
    back = arrives & (target[:, None] == source[None])
    hears = (arrives & ~back).double()
    begun = torch.cat([x[source], graph.features], 1) @ network.first.weight
    h = begun.relu()
    for _ in range(network.depth - 1):
        h = (begun + hears @ h @ network.between.weight).relu()
    sums = (torch.arange(graph.rows)[:, None] == target[None]).double() @ h
    return (torch.cat([x, sums], 1) @ network.last.weight + network.last.bias).relu()


def atoms(graph: Graph, seed: int = 0) -> torch.Tensor:
    return Draws("atoms", seed).normal(graph.rows, ATOM, dtype=torch.float64)


sizes = st.lists(st.integers(1, 8), min_size=1, max_size=5)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), sizes=sizes, data=st.data())
def test_the_transpose_holds_the_reverse_of_every_bond_of_a_union_and_of_what_is_cut_out_of_it(seed, sizes, data):
    union, members = union_of(seed, sizes)
    ids = data.draw(st.lists(st.integers(0, len(sizes) - 1), min_size=1, max_size=6))
    for graph in (union, subgraphs(union, members, torch.tensor(ids))[0]):
        reverse = graph.transposed[2]
        assert torch.equal(graph.source[reverse], graph.target)
        assert torch.equal(graph.target[reverse], graph.source)
        assert torch.equal(graph.features[reverse], graph.features)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), sizes=sizes, depth=st.integers(1, 4))
def test_answers_and_gradients_are_those_of_the_definition(seed, sizes, depth):
    union, members = union_of(seed, sizes)
    model, x = network(depth, seed), atoms(union, seed).requires_grad_()
    asked = [x, *model.parameters()]
    weigh = Draws("weigh", seed).normal(union.rows, WIDTH, dtype=torch.float64)
    found, expected = model(x, model.prepare(union)), by_definition(model, x, union)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)
    pairs = [torch.autograd.grad((y * weigh).sum(), asked, allow_unused=depth == 1) for y in (found, expected)]
    for mine, theirs in zip(*pairs):
        if theirs is not None:
            torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-9)


def test_nothing_comes_back_over_the_bond_it_went():
    """On a chain of n atoms nothing is left to hear after n - 1 bonds, so more rounds change nothing."""
    n = 4
    chain = undirected(from_edges(torch.arange(n - 1), torch.arange(1, n), n)).with_weight(None)
    chain = Graph(chain.ptr, chain.source, n, None, torch.ones(chain.edges, BOND, dtype=torch.float64))
    x, deep, deeper = atoms(chain), network(n - 1), network(n + 4)
    deeper.load_state_dict(deep.state_dict())
    torch.testing.assert_close(deep(x, chain), deeper(x, chain))
    shallow = network(n - 2)
    shallow.load_state_dict(deep.state_dict())
    assert not torch.allclose(shallow(x, chain), deep(x, chain)), "the ends of the chain hear of each other"


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), sizes=sizes)
def test_the_order_of_atoms_and_what_else_is_computed_change_no_answer(seed, sizes):
    union, members = union_of(seed, sizes)
    model, x = network(seed=seed), atoms(union, seed)
    found = model(x, union)
    new = Draws("order", seed).permutation(union.rows)
    moved = from_edges(new[union.source], new[union.target], union.rows, features=union.features)
    torch.testing.assert_close(model(torch.empty_like(x).index_copy(0, new, x), moved)[new], found)
    for number in range(len(sizes)):
        alone, nodes, _ = subgraphs(union, members, torch.tensor([number]))
        torch.testing.assert_close(model(x[nodes], alone), found[nodes])


def test_an_atom_without_bonds_answers_for_itself():
    alone = from_edges(*torch.zeros(2, 0, dtype=torch.long), 1, features=torch.zeros(0, BOND, dtype=torch.float64))
    model, x = network(), atoms(alone)
    expected = (x @ model.last.weight[:ATOM] + model.last.bias).relu()
    found = model(x, model.prepare(alone))
    torch.testing.assert_close(found, expected)
    assert all(
        g is None or g.isfinite().all() for g in torch.autograd.grad(found.sum(), model.parameters(), allow_unused=True)
    )


def test_bonds_that_run_one_way_are_refused():
    with pytest.raises(DataError):
        network().prepare(from_edges(torch.tensor([0]), torch.tensor([1]), 2))
