# Tests families/task_data.py, graphs/networks/depth.py, graphs/zoo/nodes.py
"""Over-smoothing: its measures against their definitions, the collapse of deep plain networks, and what each remedy
is."""

import jsonschema
import networkx as nx
import numpy as np
import pytest
import torch
from locked import watch
from small_graphs import of, renumbered

import genwright
from genwright.core.draws import Draws
from genwright.families.task_data import TaskSizes
from genwright.graphs.networks.depth import PairNorm, dirichlet_energy, mean_cosine_distance, sum_walks
from genwright.graphs.studies.depth import KARATE, REMEDIES, count_undone, karate_layers, means, sweep
from genwright.graphs.zoo.nodes import DeepGCNHyper
from genwright.studies import study
from genwright.studies.report.results import schema


@pytest.fixture(scope="module")
def graph():
    return of(nx.connected_watts_strogatz_graph(60, 4, 0.3, seed=0))


def test_spread_is_the_mean_cosine_distance_of_all_pairs():
    h = torch.randn(20, 5, dtype=torch.float64)
    h[[3, 8]] = 0
    cosine = torch.nn.functional.cosine_similarity(h[:, None], h[None], dim=2)
    distance = 1 - cosine
    distance[3, 8] = distance[8, 3] = distance[3, 3] = distance[8, 8] = 0
    assert mean_cosine_distance(h) == pytest.approx(float(distance.mean()), abs=1e-12)
    assert mean_cosine_distance(torch.zeros(4, 2)) == 0
    assert mean_cosine_distance(torch.ones(6, 1) * torch.arange(1, 7)[:, None]) == pytest.approx(0, abs=1e-12)


def test_dirichlet_energy_is_the_quotient_of_networkx_laplacian_of_the_graph_with_loops(graph):
    h = torch.randn(60, 3, dtype=torch.float64)
    looped = nx.Graph(graph.edge_index().T.tolist())
    looped.add_edges_from((i, i) for i in range(60))
    adjacency = nx.to_numpy_array(looped, nodelist=range(60))
    scale = adjacency.sum(1) ** -0.5
    laplacian = np.eye(60) - scale[:, None] * adjacency * scale
    wanted = np.trace(h.numpy().T @ laplacian @ h.numpy()) / (h.numpy() ** 2).sum()
    assert dirichlet_energy(h, graph) == pytest.approx(wanted, abs=1e-6)
    assert dirichlet_energy(7 * h, graph) == pytest.approx(wanted, abs=1e-6)
    assert dirichlet_energy((graph.degree + 1.0).sqrt()[:, None], graph) == pytest.approx(0, abs=1e-6)


def random_network(remedy: str, layers: int, **numbers):
    torch.manual_seed(1)
    numbers = dict(width=32, dropout=0.0) | numbers
    return DeepGCNHyper(layers=layers, remedy=remedy, **numbers).network(TaskSizes(8), 3).double().eval()


@torch.no_grad()
def after(network, layers: int, graph, x: torch.Tensor) -> torch.Tensor:
    return network.layers(x, network.prepare(graph))[layers - 1]


def test_a_deep_plain_network_collapses_and_one_with_initial_residual_does_not(graph):
    x = Draws.from_seed(0).normal(60, 8, dtype=torch.float64)
    plain, kept = random_network("none", 64), random_network("initial", 64)
    shallow, deep, remedied = after(plain, 1, graph, x), after(plain, 64, graph, x), after(kept, 64, graph, x)
    assert mean_cosine_distance(shallow) > 0.1 > 1e-3 > mean_cosine_distance(deep)
    assert dirichlet_energy(deep, graph) < 1e-3 < 0.02 < dirichlet_energy(remedied, graph)
    assert mean_cosine_distance(remedied) > 20 * mean_cosine_distance(deep)


@pytest.mark.parametrize("remedy", ["residual", "pair-norm", "batch-norm", "layer-norm", "group-norm", "virtual-node"])
def test_every_remedy_is_equivariant_and_trains(remedy, graph):
    other, new = renumbered(graph, seed=3)
    x = torch.randn(60, 8, dtype=torch.float64)
    moved = torch.empty_like(x).index_copy_(0, new, x)
    network = random_network(remedy, 4)
    assert torch.allclose(network(moved, network.prepare(other))[new], network(x, network.prepare(graph)), atol=1e-9)
    network.train()(x, network.prepare(graph)).square().sum().backward()
    assert all(w.grad is not None and w.grad.isfinite().all() for w in network.parameters())


def test_what_a_residual_passes_on_is_not_dropped(graph):
    network = random_network("residual", 12, dropout=0.5).train()
    with torch.no_grad():
        for step in network.steps:
            step.convolution.linear.weight.zero_()
        first, *_, last = network.layers(torch.randn(60, 8, dtype=torch.float64), network.prepare(graph))
    assert torch.equal(first, last) and first.abs().max() > 0


def test_pair_norm_holds_the_mean_squared_distance_of_rows_at_two():
    h = PairNorm()(3 + 0.2 * torch.randn(50, 7, dtype=torch.float64))
    assert float(torch.cdist(h, h).square().mean()) == pytest.approx(2, rel=1e-4)


def test_jumping_reads_all_layers(graph):
    x = torch.randn(60, 8, dtype=torch.float64)
    for jump, join in (
        ("concatenate", lambda found: torch.cat(found, 1)),
        ("maximum", lambda found: torch.stack(found).amax(0)),
    ):
        network = random_network("none", 5, jump=jump)
        prepared = network.prepare(graph)
        assert torch.equal(network.hidden(x, prepared), join(network.layers(x, prepared)))


def test_a_virtual_node_carries_what_no_path_could(graph):
    apart = of(nx.disjoint_union(nx.path_graph(4), nx.path_graph(4)))
    x = torch.randn(8, 8, dtype=torch.float64)
    changed = x.clone()
    changed[7] += 1
    for remedy, hears in (("none", False), ("virtual-node", True)):
        network = random_network(remedy, 2)
        first, second = (network(h, network.prepare(apart))[0] for h in (x, changed))
        assert torch.equal(first, second) != hears


def test_edges_to_neighbours_of_neighbours_weigh_the_walks_between(graph):
    a = torch.zeros(60, 60).index_put_((graph.target, graph.source), torch.tensor(1.0))
    for hops, wanted in ((1, a), (2, a + a @ a), (3, a + a @ a + a @ a @ a)):
        found = sum_walks(graph, hops)
        wanted = wanted.clone().fill_diagonal_(0)
        assert torch.equal(torch.zeros(60, 60).index_put_((found.target, found.source), found.values), wanted)


def test_the_karate_club_collapses_in_the_panels_without_a_remedy_only():
    data = genwright.load_data("karate-club")
    sizes = {
        remedy: [np.linalg.norm(h, axis=1).mean() for h in karate_layers(data, remedy)]
        for remedy in ("none", "initial")
    }
    assert sizes["none"][0] > 3 * sizes["none"][-1]
    assert sizes["initial"][-1] > 0.5 * sizes["initial"][0]
    assert len(sizes["none"]) == len(KARATE)


@pytest.mark.long
def test_a_sweep_goes_on_where_it_stood_and_draws(tmp_path, monkeypatch):
    from genwright.graphs.studies import depth

    monkeypatch.setattr(depth, "LAYERS", (1, 2))
    monkeypatch.setattr(depth, "REMEDIES", {name: REMEDIES[name] for name in list(REMEDIES)[:2]})
    short = lambda *given, hyperparameters, **named: genwright.fit(
        *given, hyperparameters=hyperparameters | {"width": 8}, epochs=3, **named
    )
    monkeypatch.setattr(depth, "fit", short)
    called = watch(monkeypatch, {"write": study, "write_whole": depth}, tmp_path)
    first = sweep("karate-club", tmp_path, seeds=1, minutes=1e-9, progress=False)
    assert (len(first.models), count_undone(first), first.finished) == (0, 4, False)
    assert called == ["write", "write_whole"]
    second = sweep("karate-club", tmp_path, seeds=1, minutes=5, progress=False)
    jsonschema.validate(second.to_json(), schema())
    assert (len(second.models), count_undone(second), second.finished) == (4, 0, True)
    again = sweep("karate-club", tmp_path, seeds=1, minutes=5, progress=False)
    assert again.models == second.models
    assert {name: set(line) for name, line in means(again, "accuracy").items()} == {
        name: {1, 2} for name in depth.REMEDIES
    }
    assert (tmp_path / "depth.png").read_bytes()[:4] == b"\x89PNG"
