# Tests graphs/kinds/plain_graphs.py
"""GraphVAE: its bound over all small graphs, its matching against every permutation, and a short fit."""

import itertools
from math import lgamma, log

import networkx as nx
import numpy as np
import pytest
import torch
from short_training import train

from genwright.core.draws import Draws
from genwright.core.spec import Spec
from genwright.core.trainable import Batch, Items
from genwright.graphs.families.graph_vae import GraphVAE, match_nodes
from genwright.graphs.kinds.domain import GraphSets, packed, unpacked
from genwright.graphs.kinds.plain_graphs import Kinds
from genwright.graphs.zoo import sets

NONE, ATOMS = Spec(()), Kinds("atom", ("C", "N"))


def ring(size: int, atoms: str) -> nx.Graph:
    graph = nx.cycle_graph(size) if size > 2 else nx.path_graph(size)
    nx.set_node_attributes(graph, {i: atoms[i % len(atoms)] for i in graph}, "atom")
    return graph


TRAIN = [ring(3, "CCN"), ring(4, "C"), ring(4, "CN"), ring(5, "NCCCC"), ring(2, "C")] * 3


def every_graph(size: int) -> list:
    pairs, found = list(itertools.combinations(range(size), 2)), []
    for atoms in itertools.product(ATOMS.values, repeat=size):
        for joined in itertools.product((False, True), repeat=len(pairs)):
            found.append(nx.Graph())
            found[-1].add_nodes_from((i, {"atom": atom}) for i, atom in enumerate(atoms))
            found[-1].add_edges_from(pair for pair, there in zip(pairs, joined) if there)
    return found


def items_of(graphs: list) -> Items:
    return Items(packed(graphs, ATOMS), torch.zeros(len(graphs), 0))


def untrained() -> GraphVAE:
    torch.manual_seed(0)
    spec = GraphSets.fit(TRAIN, nodes=ATOMS).spec
    return sets.build_graph_vae(spec, NONE, sets.GRAPH_VAE_PRESETS["tiny"]).family


@pytest.fixture(scope="module")
def trained() -> GraphVAE:
    return train(untrained(), packed(TRAIN, ATOMS), 180, batch=15, lr=8e-3)


def score(model: GraphVAE, graphs: list, draws: int) -> np.ndarray:
    items = items_of(graphs)
    with torch.no_grad():
        return model.log_likelihood(items.x, items.given, Draws("score"), draws)[0].numpy()


@pytest.mark.long
@pytest.mark.parametrize("which", ["untrained", "trained"])
def test_masses_of_all_graphs_of_up_to_four_nodes_sum_to_at_most_one(which, request):
    model = request.getfixturevalue("trained") if which == "trained" else untrained().eval()
    total = sum(np.exp(score(model, every_graph(size), 16)).sum() for size in (1, 2, 3))
    total += np.exp(score(model, every_graph(4)[::16], 16)).sum()  # a part of them, so no more than all
    assert total <= 1.0
    if which == "trained":
        assert np.exp(score(model, every_graph(3), 32)).sum() > 0.02  # of a fifth of the training graphs


def test_a_decoder_without_a_latent_has_its_mass_by_enumeration():
    """Where z says nothing, the mass is known: 1/n! times the sum over all permutations, above the bound, which has its
    largest term."""
    model, graph = untrained().eval(), ring(4, "CCN")
    torch.nn.init.zeros_(model.decoder.begin.weight)
    x, z, none = packed([graph], ATOMS), torch.zeros(1, 8), torch.zeros(1, 0)
    with torch.no_grad():
        found = float(model.log_given(x, z, none))
        sizes, nodes, pairs = model._logs(model.decoder(z, none))
    kinds = [ATOMS.codes[told] for _, told in graph.nodes.data("atom")]
    terms = []
    for places in itertools.permutations(range(4)):
        term = sum(float(nodes[0, place, kind]) for place, kind in zip(places, kinds))
        for i, j in itertools.combinations(range(4), 2):
            term += float(pairs[0, places[i], places[j], int(graph.has_edge(i, j))])
        terms.append(term + float(sizes[0, 3]) - lgamma(5))
    assert np.mean(terms) < found <= max(terms) + 1e-5
    assert found <= np.logaddexp.reduce(terms)


@pytest.mark.long
def test_beta_weighs_the_divergence_and_leaves_the_bound(trained):
    items = items_of(TRAIN)
    batch = lambda: Batch(items.x, items.given, Draws("beta", 0), 0)
    bound = lambda: trained.log_likelihood(items.x, items.given, Draws("beta", 1))[0]
    (whole, parts), before = trained.loss(batch()), bound()
    trained.beta = 0.25
    less, after = trained.loss(batch())[0], bound()
    trained.beta = 1.0
    assert parts["kl"] > 0.1
    assert torch.allclose(whole - less, 0.75 * parts["kl"], atol=1e-4)
    assert torch.equal(before, after)


def test_the_matching_finds_a_permutation_that_was_made():
    rng, hits = np.random.default_rng(0), 0
    for k in range(20):
        graph = nx.gnp_random_graph(7, 0.4, seed=k)
        adjacency = torch.tensor(nx.to_numpy_array(graph))
        order = torch.from_numpy(rng.permutation(7))
        there = adjacency[order][:, order]
        joined = torch.stack([1 - adjacency - torch.eye(7), adjacency], 2)[None].float()
        logs = torch.stack([1 - there, there], 2)[None].float() * 4 - 4
        mask = torch.ones(1, 7, dtype=torch.bool)
        place = match_nodes(torch.zeros(1, 7, 7), logs, joined, mask, 10)[0]
        hits += bool((there[place][:, place] == adjacency).all())
    assert hits >= 12


@pytest.mark.long
def test_renumbering_nodes_changes_no_bound(trained):
    graphs = [ring(5, "NCCCC"), ring(4, "CN")]
    turned = []
    for graph in graphs:
        names = dict(zip(graph, reversed(list(graph))))
        turned.append(nx.Graph())
        turned[-1].add_nodes_from((i, graph.nodes[names[i]]) for i in graph)
        turned[-1].add_edges_from((names[u], names[v]) for u, v in graph.edges)
    with torch.no_grad():
        codes = [model_code(trained, some) for some in (graphs, turned)]
    assert torch.allclose(*codes, atol=1e-5)
    assert np.allclose(score(trained, graphs, 64), score(trained, turned, 64), atol=0.5)


def model_code(model: GraphVAE, graphs: list) -> torch.Tensor:
    items = items_of(graphs)
    return model.encode(items.x, items.given)


@pytest.mark.long
@torch.no_grad()
def test_trained_graphs_come_back_and_new_ones_are_like_them(trained):
    keys = GraphSets.fit(TRAIN, nodes=ATOMS).keys
    back = unpacked(trained.decode(model_code(trained, TRAIN[:5]), torch.zeros(5, 0)), ATOMS)
    assert (keys(back) == keys(TRAIN[:5])).mean() >= 0.6
    drawn = unpacked(trained.sample(100, torch.zeros(100, 0), Draws("draw")), ATOMS)
    assert np.isin(keys(drawn), keys(TRAIN)).mean() > 0.4
    fewer = unpacked(trained.sample(7, torch.zeros(7, 0), Draws("draw")), ATOMS)
    assert np.array_equal(keys(fewer), keys(drawn[:7]))
    nats = score(trained, [ring(5, "NCCCC")], 64)[0]
    assert nats < log(1 / 5 / 60) + 0.5 and nats > score(trained, [ring(5, "NNNNN")], 64)[0] + 2
