# Tests graphs/families/pairs.py
"""Discrete diffusion of graphs and the random graphs that it begins with: bounds against known densities, draws against
the distribution that they are of."""

from math import log

import networkx as nx
import numpy as np
import pytest
import torch
from cells import first_in_short
from short_training import train

from genwright.core.draws import Draws
from genwright.core.spec import Spec
from genwright.core.trainable import Items
from genwright.graphs.families.discrete_diffusion import NOISES, DiscreteDiffusion
from genwright.graphs.families.graph_baselines import ErdosRenyi
from genwright.graphs.families.pairs import PairDraws, Pairs
from genwright.graphs.kinds.domain import GraphSets, packed, unpacked
from genwright.graphs.networks.graph_transformer import GraphTransformer

NONE = Spec(())
SMALL = [nx.path_graph(3), nx.cycle_graph(3), nx.empty_graph(2), nx.path_graph(2), nx.path_graph(4), nx.empty_graph(1)]


def fitted(graphs: list) -> tuple[ErdosRenyi, Spec]:
    spec = GraphSets.fit(graphs).spec
    model = ErdosRenyi(spec, NONE)
    x = packed(graphs)
    model.finish(Items(x, torch.zeros(len(x), 0)), Draws("finish"))
    return model, spec


def score(model, graphs: list, seed: int = 0, draws: int | None = None):
    x = packed(graphs)
    with torch.no_grad():
        return model.log_likelihood(x, torch.zeros(len(x), 0), Draws("score", seed), draws)


def untrained(spec: Spec, noise: str = "marginal") -> DiscreteDiffusion:
    torch.manual_seed(0)
    return DiscreteDiffusion(spec, NONE, GraphTransformer(spec, NONE, 8, 8, 1, 2, 2, 0.0), 12, 16, noise).eval()


# ---------------------------------------------------------------------- independent pairs


def test_density_follows_the_size():
    dense, sparse = [nx.complete_graph(4)] * 30, [nx.empty_graph(6)] * 30
    model, _ = fitted(dense + sparse)
    drawn = unpacked(model.sample(200, torch.zeros(200, 0), Draws("draw")))
    share = lambda size: np.mean([nx.density(graph) for graph in drawn if len(graph) == size])
    assert share(4) > 0.9 and share(6) < 0.1
    assert score(model, [nx.complete_graph(4)])[0] > score(model, [nx.empty_graph(4)])[0] + 3


# ---------------------------------------------------------------------- diffusion


@pytest.mark.parametrize("noise", NOISES)
@torch.no_grad()
def test_before_training_the_bound_is_the_mass_of_independent_pairs(noise):
    """The network then says nothing, the chain is reversed exactly, and the bound is tight."""
    spec = GraphSets.fit(SMALL).spec
    model, graphs = (
        untrained(spec, noise),
        [nx.path_graph(4), nx.complete_graph(4), nx.empty_graph(3), nx.empty_graph(1)],
    )
    model.finish(Items(packed(SMALL), torch.zeros(len(SMALL), 0)), Draws("finish"))
    nats, se = score(model, graphs, draws=400)
    pi, sizes = spec.leaf.pairs.marginal.probs, spec.leaf.sizes.probs
    for value, error, graph in zip(nats.tolist(), se.tolist(), graphs):
        edges, pairs = graph.number_of_edges(), len(graph) * (len(graph) - 1) // 2
        exact = log(sizes[len(graph) - 1]) + edges * log(pi[1]) + (pairs - edges) * log(pi[0])
        assert value == pytest.approx(exact, abs=4 * error + 1e-3) and error < 0.5


@pytest.mark.parametrize("noise", NOISES)
@torch.no_grad()
def test_before_training_draws_are_of_independent_pairs(noise):
    spec = GraphSets.fit([nx.path_graph(5)] * 20).spec
    drawn = unpacked(untrained(spec, noise).sample(600, torch.zeros(600, 0), Draws("draw")))
    assert np.mean([nx.density(graph) for graph in drawn]) == pytest.approx(spec.leaf.pairs.marginal.probs[1], abs=0.02)
    assert np.mean([len(graph) == 5 for graph in drawn]) > 0.9


@torch.no_grad()
def test_edges_that_come_stay_and_each_alone_where_steps_are_short():
    """Of a graph of four edges and steps of a thousandth of the time: the network is told of all before."""
    spec = GraphSets.fit([nx.cycle_graph(4)] * 20).spec
    model, seen = untrained(spec, "nothing"), []
    model.steps, model.alpha = 1000, 1 - torch.arange(1001, dtype=torch.float64) / 1000
    model.network.register_forward_pre_hook(lambda _, told: seen.append((told[0].clone(), told[2].clone())))
    drawn = unpacked(model.sample(1, torch.zeros(1, 0), Draws("draw", 3)))
    edges = [int(kinds.sum()) // 2 for kinds, _ in seen] + [drawn[0].number_of_edges()]
    assert edges[0] == 0 and max(edges) > 1 and set(np.diff(edges)) == {0, 1}
    clock = [float(t) for _, t in seen]
    assert clock[0] == 1 and all(a / 2 - 1e-6 <= b < a for a, b in zip(clock, clock[1:])) and clock[-1] <= 1e-3


@pytest.mark.parametrize("noise", NOISES)
def test_training_shows_every_step_from_1_to_t_alike(noise):
    """Of as many graphs as steps, each has a step of its own."""
    spec = GraphSets.fit([nx.path_graph(3)] * 12).spec
    model, seen, x = untrained(spec, noise), [], packed([nx.path_graph(3)] * 12)
    model.network.register_forward_pre_hook(lambda _, told: seen.append(told[2] * model.steps))
    model.loss(Items(x, torch.zeros(12, 0)).batch(Draws("loss"), 0))
    assert sorted(torch.cat(seen).round().tolist()) == [*range(1, 13)]


@pytest.mark.long
@pytest.mark.parametrize("noise", first_in_short(NOISES))
def test_trained_on_rings_it_draws_rings(noise):
    rings = [nx.cycle_graph(3 + k % 3) for k in range(24)]
    spec, x = GraphSets.fit(rings).spec, packed(rings)
    torch.manual_seed(0)
    model = DiscreteDiffusion(spec, NONE, GraphTransformer(spec, NONE, 32, 16, 2, 2, 4, 0.0), 20, 64, noise)
    train(model, x, 150, batch=24, lr=1e-2)
    with torch.no_grad():
        model.finish(Items(x, torch.zeros(24, 0)), Draws("finish"))
        drawn = unpacked(model.sample(100, torch.zeros(100, 0), Draws("draw")))
    whole = [all(degree == 2 for _, degree in graph.degree) and nx.is_connected(graph) for graph in drawn]
    assert np.mean(whole) > 0.45
    nats, se = score(model, [nx.cycle_graph(5)] * 16)
    ways = 12  # rings of five numbered nodes
    assert log(1 / 3 / ways) - 2.5 < float(nats.mean()) < log(1 / 3 / ways) + 4 * float(se.mean()) / 4
    assert float(nats.mean()) > float(score(fitted(rings)[0], [nx.cycle_graph(5)])[0]) + 1


def test_noise_that_there_is_not_is_refused():
    with pytest.raises(ValueError):
        untrained(GraphSets.fit(SMALL).spec, "gaussian")


# ---------------------------------------------------------------------- packed pairs


def test_pairs_are_packed_and_back():
    mask = torch.tensor([[True, True, True, False], [True, False, False, False], [True, True, False, False]])
    pairs = Pairs(mask)
    assert pairs.counts.tolist() == [3, 0, 1] and pairs.item.tolist() == [0, 0, 0, 2]
    dense = pairs.dense(torch.tensor([1, 2, 3, 4]))
    assert dense[0, :3, :3].tolist() == [[0, 1, 2], [1, 0, 3], [2, 3, 0]] and int(dense[2, 0, 1]) == 4
    assert pairs.packed(dense).tolist() == [1, 2, 3, 4]
    assert pairs.sums(torch.tensor([1.0, 2, 3, 4])).tolist() == [6, 0, 4]
    assert pairs.both(torch.tensor([[True, False, True, False]] * 3)).tolist() == [False, True, False, False]


def test_pairs_are_drawn_by_their_probabilities():
    draws = PairDraws(Draws("pairs").items(2), torch.tensor([3000, 1000]))
    p = torch.tensor([[0.2, 0.5, 0.3]]).expand(4000, -1)
    shares = torch.bincount(draws.categories(p), minlength=3) / 4000
    assert torch.allclose(shares, p[0], atol=0.03)
