"""Models of graphs whose nodes and edges have kinds: masses over all small graphs, draws, completions."""

import itertools

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
from genwright.graphs.families.pairs import Pairs
from genwright.graphs.kinds.domain import GraphSets, packed, unpacked
from genwright.graphs.kinds.plain_graphs import Kinds
from genwright.graphs.networks.graph_transformer import GraphTransformer, cycle_counts

NONE = Spec(())
ATOMS, BONDS = Kinds("atom", ("C", "N")), Kinds("bond", ("double", "single"))


def made(atoms: str, *bonds: tuple) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from((i, {"atom": atom}) for i, atom in enumerate(atoms))
    graph.add_edges_from((u, v, {"bond": bond}) for u, v, bond in bonds)
    return graph


def every_graph(size: int) -> list:
    """All graphs of so many numbered nodes of kinds."""
    pairs = list(itertools.combinations(range(size), 2))
    return [
        made("".join(atoms), *((u, v, bond) for (u, v), bond in zip(pairs, bonds) if bond))
        for atoms in itertools.product(ATOMS.values, repeat=size)
        for bonds in itertools.product((None, *BONDS.values), repeat=len(pairs))
    ]


TRAIN = [made("CCN", (0, 1, "single"), (1, 2, "single")), made("CN", (0, 1, "double")), made("C")] * 4


def the_spec() -> Spec:
    return GraphSets.fit(TRAIN, nodes=ATOMS, edges=BONDS).spec


def items_of(graphs: list) -> Items:
    return Items(packed(graphs, ATOMS, BONDS), torch.zeros(len(graphs), 0))


def score(model, graphs: list, draws: int | None = None, seed: int = 0):
    items = items_of(graphs)
    with torch.no_grad():
        return model.log_likelihood(items.x, items.given, Draws("score", seed), draws)


def diffusion(steps: int = 8, seed: int = 0, noise: str = "marginal") -> DiscreteDiffusion:
    torch.manual_seed(seed)
    spec = the_spec()
    return DiscreteDiffusion(spec, NONE, GraphTransformer(spec, NONE, 16, 8, 2, 2, 2, 0.0), steps, 16, noise)


def test_masses_of_random_graphs_sum_to_that_of_their_size():
    spec = the_spec()
    model = ErdosRenyi(spec, NONE)
    model.finish(items_of(TRAIN), Draws("finish"))
    for size in (1, 2, 3):
        nats, _ = score(model, every_graph(size))
        assert float(nats.exp().sum()) == pytest.approx(spec.leaf.sizes.probs[size - 1], rel=1e-5)
    drawn = unpacked(model.sample(400, torch.zeros(400, 0), Draws("draw")), ATOMS, BONDS)
    carbon = np.mean([told == "C" for graph in drawn for _, told in graph.nodes.data("atom")])
    assert carbon == pytest.approx(spec.leaf.each.columns[0].marginal.probs[0], abs=0.05)


@pytest.fixture(scope="module", params=first_in_short(NOISES))
def trained(request) -> DiscreteDiffusion:
    items = items_of(TRAIN)
    model = train(diffusion(noise=request.param), items.x, 220, batch=12, lr=1e-2)
    with torch.no_grad():
        model.finish(items, Draws("finish"))
    return model


@pytest.mark.long
def test_the_bound_stays_a_bound_over_all_small_graphs(trained):
    """Of bounds of all graphs of a size, the masses sum to at most that of the size; where the data are they are above
    those of independent pairs."""
    probs = trained.spec.leaf.sizes.probs
    for size in (1, 2):
        nats, se = score(trained, every_graph(size), draws=64)
        total = float((nats - se**2 / 2).exp().sum())  # exp of what is uncertain is too large on the average
        assert 0.4 * probs[size - 1] < total <= probs[size - 1] * 1.08
    nats, se = score(trained, TRAIN[:3], draws=64)
    ways = torch.tensor([6, 2, 1])  # numberings
    truth = torch.log(torch.tensor(probs)[[2, 1, 0]] / ways)
    independent = ErdosRenyi(trained.spec, NONE)
    independent.finish(items_of(TRAIN), Draws("finish"))
    assert (nats < truth + 4 * se + 1e-3).all() and (nats > score(independent, TRAIN[:3])[0]).all()


def test_draws_have_kinds_as_in_training(trained):
    with torch.no_grad():
        drawn = unpacked(trained.sample(200, torch.zeros(200, 0), Draws("draw")), ATOMS, BONDS)
    keys = GraphSets.fit(TRAIN, nodes=ATOMS, edges=BONDS).keys
    assert np.isin(keys(drawn), keys(TRAIN)).mean() > 0.4  # of independent pairs and kinds, .28


@torch.no_grad()
def test_renumbering_nodes_changes_nothing_but_their_numbers():
    model = diffusion().eval()
    for layer in (model.network.out, model.network.out_node):
        torch.nn.init.normal_(layer.weight)
    mask, order = torch.ones(1, 5, dtype=torch.bool), torch.tensor([3, 0, 4, 1, 2])
    pairs, t = Pairs(mask), torch.tensor([4])
    noise = torch.randint(3, (5, 5), generator=torch.Generator().manual_seed(0)).triu(1)
    kinds, nodes = (noise + noise.T)[None], torch.tensor([[0, 1, 1, 0, 1]])

    def say(kinds, nodes):
        found = model.clean([pairs.packed(kinds), nodes[mask]], pairs, mask, t, torch.zeros(1, 0), ~mask)
        return pairs.dense(found[0]), found[1]

    edges, members = say(kinds, nodes)
    turned, others = say(kinds[:, order][:, :, order], nodes[:, order])
    assert torch.allclose(turned, edges[:, order][:, :, order], atol=1e-5)
    assert torch.allclose(others, members[order], atol=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_cycles_are_counted(seed):
    graph, found = nx.gnp_random_graph(8, 0.5, seed=seed), np.zeros((8, 3))
    for cycle in nx.simple_cycles(graph, length_bound=5):
        found[cycle, len(cycle) - 3] += 1
    counted = cycle_counts(torch.tensor(nx.to_numpy_array(graph)).float()[None])
    assert np.array_equal(counted[0].numpy(), found)
