"""Likelihoods against the list of all items that there are: for every family of lines, windows, molecules and graphs,
the masses sum to one, and those of what is unknown are the conditionals."""

import itertools
from collections import Counter
from functools import cache
from inspect import signature

import networkx as nx
import numpy as np
import pytest
import torch
from cells import repeated_long
from counted import draws_have_masses

from genwright.core.draws import Draws
from genwright.core.ragged import Ragged
from genwright.core.spec import Category, Marginal, Spec
from genwright.core.trainable import Items
from genwright.families.baselines.bootstrap_and_independent import ByLabel
from genwright.graphs.kinds.domain import GraphSets, packed, unpacked
from genwright.kinds.sequences.domain import Sequences
from genwright.molecules.kinds.domain import Molecules
from genwright.zoo import registry

LABEL = Spec((("label", Category(2, marginal=Marginal((-0.5, 0.5, 1.5), (0.5, 0.5)))),))
LENGTH = 4
KNOWN = {  # places of a line: what comes first, or also what stands after a hole
    "nothing": [],
    "the first": [0],
    "the second": [1],
    "both sides": [0, 2],
    "all": [0, 1, 2, 3],
}
BEGINNINGS = ("nothing", "the first", "all")
TRAINED = {
    "sequences": ["aba", "b", "ab", "bba", "a"],
    "windows": [[0, 1, 1, 2], [2, 0, 1, 1], [1, 1, 1, 0]],
    "molecules": ["CO", "O", "CC", "C", "COC"],
    "graph-sets": [nx.path_graph(3), nx.cycle_graph(3), nx.empty_graph(2), nx.path_graph(4), nx.empty_graph(1)],
}
DRAWS = {"gran": 32, "graph-rnn": 32, "graph-vae": 100, "discrete-diffusion": 250}  # of each item; of other bounds 100
STRENGTH = {"autoregressive": 0.4, "gran": 0.1, "graph-rnn": 0.1}  # of the noise of weights; of others less, whose
# bounds would be far off


def line_spec(kind: str) -> Spec:
    if kind in ("sequences", "molecules"):
        return (Molecules if kind == "molecules" else Sequences).fit(TRAINED[kind]).spec
    return Spec((("window", Category(3, (LENGTH,), "sequence")),))


def every_line(leaf: Category) -> torch.Tensor:
    """All lines of one to three symbols, or all windows."""
    if not leaf.ends:
        return torch.tensor([*itertools.product(range(leaf.k), repeat=LENGTH)])
    lines = (line for n in range(1, LENGTH) for line in itertools.product(range(leaf.end), repeat=n))
    return torch.tensor([[*line, leaf.end, *[leaf.pad] * (LENGTH - 1 - len(line))] for line in lines])


def every_graph() -> Ragged:
    """All graphs of one to four numbered nodes."""
    graphs = []
    for size in range(1, 5):
        pairs = list(itertools.combinations(range(size), 2))
        for joined in itertools.product((False, True), repeat=len(pairs)):
            graphs.append(nx.empty_graph(size))
            graphs[-1].add_edges_from(itertools.compress(pairs, joined))
    return packed(graphs)


KINDS = {kind: registry.place("sequences" if kind == "windows" else kind) for kind in TRAINED}
ROWS = {
    f"{kind}-{row.family}": (kind, row)
    for kind, place in KINDS.items()
    for row in registry.rows()
    if (row.kind, row.task) == place and "log_prob" in row.verbs
}


class World:
    """A family of opinions, and every item that there is. name: of ROWS."""

    def __init__(self, name: str):
        torch.manual_seed(0)
        kind, row = ROWS[name]
        self.row, self.draws, rng = row, DRAWS.get(row.family, 100), Draws("opinions", name)
        if kind == "graph-sets":
            spec, self.every = GraphSets.fit(TRAINED[kind]).spec, every_graph()
            trained = packed(TRAINED[kind])
        else:
            spec = line_spec(kind)
            self.every = every_line(spec.leaf)
            trained = self.every[rng.integers(len(self.every), (40,))]
        given = torch.zeros(len(trained), 1) if kind == "graph-sets" else rng.integers(2, (len(trained), 1)).float()
        presets = registry.presets(row)
        numbers = registry.hyperparameters(row, spec, LABEL, len(trained), "tiny" if presets else None)
        self.family = registry.build(row, spec, LABEL, numbers).family
        with torch.no_grad():
            for p in self.family.parameters():
                p.add_(STRENGTH.get(row.family, 0.03) * rng.normal(p.shape))
            self.family.eval().finish(Items(trained, given), Draws("finish"))
        self.given = torch.ones(len(self.every), 1)
        # the histogram of sizes says a little of graphs of more than four nodes too
        own = self.family.models[0] if isinstance(self.family, ByLabel) else self.family
        self.mass = float(own.sizes.probs[:4].sum()) if hasattr(own, "sizes") else 1.0

    @torch.no_grad()
    def score(self, *known: torch.Tensor, draws: int | None = None):
        """nats and their standard error, 0 where nothing is drawn."""
        draws = draws or self.draws
        nats, se = self.family.log_likelihood(self.every, self.given, Draws("score"), draws, *known)
        return nats.double(), torch.zeros_like(nats.double()) if se is None else se.double()


world_of = cache(World)


def sums(nats: torch.Tensor, se: torch.Tensor, alike: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """exp(nats) summed over the items that are alike (n, n), and four errors of that sum, with the bias of exp."""
    p = nats.exp()
    return alike @ p, 4 * (alike @ (p * se) ** 2).sqrt() + alike @ (p * se**2) / 2 + 1e-5


@pytest.mark.parametrize("name", repeated_long(ROWS, str))
def test_the_masses_of_all_items_sum_to_one(name):
    """Of exact numbers; those of bounds to no more, beyond their error."""
    world = world_of(name)
    total, error = sums(*world.score(), torch.ones(1, len(world.every), dtype=torch.double))
    assert world.family.kind == world.row.likelihood in ("exact", "lower bound")
    assert total <= world.mass + error and error < 0.5
    if world.family.kind == "exact" or world.row.family == "vae":  # exp of whose bound has the mean p
        assert total >= world.mass - error


SCORED = [
    name
    for name, (kind, row) in ROWS.items()
    if kind != "graph-sets" and row.family in ("autoregressive", "discrete-diffusion", "vae")
]


def test_these_are_the_families_that_score_a_part():
    can = [name for name in ROWS if "known" in signature(world_of(name).family.log_likelihood).parameters]
    assert can == SCORED


@pytest.mark.parametrize("places", KNOWN)
@pytest.mark.parametrize("name", repeated_long(SCORED, str))
def test_the_masses_of_what_is_unknown_are_the_conditionals(name, places):
    """log p(x) less the log of the mass of all items with the same known part: to the last bits where what is known
    comes first, else within the error that is said. Of what is learned beside the whole, they sum to one at most."""
    world = world_of(name)
    known = torch.zeros(world.every.shape, dtype=torch.bool)
    known[:, KNOWN[places]] = True
    alike = (world.every[:, None, KNOWN[places]] == world.every[:, KNOWN[places]]).all(2).double()
    nats, se = world.score(known, draws={"autoregressive": 8}.get(world.row.family, 40))
    total, error = sums(nats, se, alike)
    assert (total <= 1 + error).all()
    if world.row.family != "autoregressive":
        assert world.family.kind_given(known) == "estimate"
        return
    whole, _ = world.score()
    truth = whole - (whole + alike.log()).logsumexp(1)
    exact = places in BEGINNINGS
    assert world.family.kind_given(known) == ("exact" if exact else "estimate")
    assert ((nats - truth).abs() <= (1e-5 if exact else 4 * se + 1e-4)).all()


COMPLETED = [name for name, (kind, row) in ROWS.items() if kind != "graph-sets" and "complete" in row.verbs]
EXACT = ("autoregressive", "n-gram")  # where what is known comes first


@torch.no_grad()
@pytest.mark.parametrize("places", KNOWN)
@pytest.mark.parametrize("name", repeated_long(COMPLETED, str))
def test_completions_that_are_called_exact_are_as_likely_as_the_masses_of_all_items_say(name, places):
    world, count = world_of(name), 1500
    known = torch.zeros(count, LENGTH, dtype=torch.bool)
    known[:, KNOWN[places]] = True
    exact = places in BEGINNINGS and world.row.family in EXACT
    assert world.family.completes_given(known) == ("exact" if exact else "approximate")
    if world.family.complete_options:
        assert world.family.completes_given(known, temperature=0.5) == "approximate"
    if not exact:
        return
    line = world.every[len(world.every) // 2]
    alike = (world.every[:, KNOWN[places]] == line[KNOWN[places]]).all(1)
    drawn = world.family.fill(line.expand(count, -1), known, torch.ones(count, 1), Draws("fill"))
    assert draws_have_masses(drawn, world.every[alike], world.score()[0][alike].softmax(0))


@torch.no_grad()
def test_graphs_are_completed_as_likely_as_the_masses_of_all_graphs_say():
    """Where the family says that it does so exactly: graphs of up to four nodes that begin with two joined ones."""
    world, count, name = world_of("graph-sets-erdos-renyi"), 3000, lambda graph: (len(graph), str(sorted(graph.edges)))
    piece, graphs = packed([nx.path_graph(2)] * count), unpacked(world.every)
    known = Ragged(torch.ones(len(piece.x), 1, dtype=torch.bool), piece.ptr)
    assert world.family.completes_given(known) == "exact"
    drawn = map(name, unpacked(world.family.fill(piece, known, torch.ones(count, 1), Draws("fill"))))
    drawn = Counter(one for one in drawn if one[0] <= 4)
    p = {name(graph): float(q) for graph, q in zip(graphs, world.score()[0].exp()) if graph.has_edge(0, 1)}
    assert set(drawn) <= set(p)
    total, found = sum(drawn.values()), np.array([drawn[one] for one in p])
    share = np.array([*p.values()]) / sum(p.values())
    assert (abs(found / total - share) < 4.5 * np.sqrt(share / total) + 1e-4).all()
