# Tests families/baselines/bootstrap_and_independent.py
"""Baselines of sets: a density that is one, and completions that follow from it."""

import networkx as nx
import numpy as np
import pytest
import torch
from made_sets import sets_of, spec_of
from scipy.stats import multivariate_normal

from genwright.core.draws import Draws
from genwright.core.spec import Category, Spec
from genwright.core.trainable import Items
from genwright.families.baselines.bootstrap_and_independent import BootstrapSets, IndependentMembers, NoisyCopies
from genwright.graphs.kinds.domain import GraphSets, packed, unpacked

NOTHING = Spec(())
SPREAD = (1.0, 0.3)


@pytest.fixture
def fitted():
    train = sets_of(4000, spread=SPREAD)
    model = IndependentMembers(spec_of(), NOTHING)
    model.finish(Items(train, torch.zeros(4000, 0)), Draws("finish"))
    return model


def test_it_finds_which_kind_is_spread_wider(fitted):
    """Not by how much: the centre of the members, which is all that is seen, is no fixed point."""
    wide, narrow = fitted.spread.tolist()
    assert wide == pytest.approx(1.0, rel=0.15) and 0.3 < narrow < 0.6


def test_its_density_is_that_of_the_gaussian_on_the_space_of_zero_centre(fitted):
    """Against SciPy, in an orthonormal basis of that space; scale 2 in the user's units."""
    test = sets_of(50, spread=SPREAD, seed=3)
    nats, se = fitted.log_likelihood(test, torch.zeros(50, 0), Draws("score"))
    assert se is None
    for k, rows in enumerate(test.x.double().split(test.sizes.tolist())):
        m, kinds, x = len(rows), rows[:, 0].long(), rows[:, 1:].numpy()
        expected = np.log([0.1, 0.2, 0.3, 0.4][m - 1]) + m * np.log(0.5)
        if m > 1:
            basis = np.linalg.svd(np.ones((1, m)))[2][1:]  # (m - 1, m)
            covariance = basis @ np.diag(fitted.spread[kinds].double().numpy() ** 2) @ basis.T
            inside = [multivariate_normal.logpdf(basis @ x[:, axis], np.zeros(m - 1), covariance) for axis in range(3)]
            expected += sum(inside) - 3 * (m - 1) * np.log(2.0)
        assert float(nats[k]) == pytest.approx(expected, abs=1e-4)


def test_completions_have_the_moments_of_the_conditional(fitted):
    """Two known members of kind 0 at -1 and 1: others lie about a point whose variance is s^2 / 2."""
    sets = sets_of(1, sizes=(0.0, 1.0))
    rows = torch.tensor([[0.0, -1.0, 0, 0], [0.0, 1.0, 0, 0]])
    sets = sets.with_x(rows)[[0] * 4000]
    known = sets.with_x(torch.ones_like(sets.x, dtype=torch.bool))
    filled = sets.filled(known, fitted.fill(sets, known, torch.zeros(4000, 0), Draws("fill")))
    assert torch.equal(filled.x[filled.place < 2], sets.x)
    new = filled.x[filled.place >= 2]
    s = fitted.spread
    for kind in (0, 1):
        x = new[new[:, 0] == kind][:, 1:]
        assert float(x.mean()) == pytest.approx(0.0, abs=0.05)
        assert float(x.var()) == pytest.approx(float(s[kind] ** 2 + s[0] ** 2 / 2), rel=0.06)
    assert set(filled.sizes.tolist()) == {2, 3, 4}


def test_a_bootstrap_draws_what_agrees_with_what_is_given():
    train, values = sets_of(30), torch.arange(30.0)[:, None] % 3
    given = Spec((("label", Category(3)),))
    model = BootstrapSets(spec_of(), given)
    model.finish(Items(train, values), Draws("finish"))
    keys = [rows.numpy().tobytes() for rows in train.x.split(train.sizes.tolist())]
    drawn = model.sample(60, torch.full((60, 1), 2.0), Draws("draw"))
    found = {keys.index(rows.numpy().tobytes()) for rows in drawn.x.split(drawn.sizes.tolist())}
    assert found == set(range(2, 30, 3))
    anything = model.sample(60, torch.full((60, 1), torch.nan), Draws("draw"))
    assert len({rows.numpy().tobytes() for rows in anything.x.split(anything.sizes.tolist())}) > 10


def test_noisy_copies_are_training_sets_moved_so_far():
    """By as much as was asked, in the user's units, and never as a whole."""
    train = sets_of(1, sizes=(0.0, 0.0, 0.0, 1.0))
    model = NoisyCopies(spec_of(scale=2.0), NOTHING, noise=0.1)
    model.finish(Items(train, torch.zeros(1, 0)), Draws("finish"))
    drawn = model.sample(2000, torch.zeros(2000, 0), Draws("draw"))
    off = drawn.x.view(2000, 4, 4) - train.x
    assert not off[..., 0].any() and off[..., 1:].mean(1).abs().max() < 1e-6
    assert float(2.0 * (off[..., 1:] ** 2).sum((1, 2)).mean().div(9).sqrt()) == pytest.approx(0.1, rel=0.02)


def test_a_bootstrap_of_graphs_keeps_their_pairs():
    graphs = [nx.cycle_graph(5), nx.star_graph(3), nx.empty_graph(2)]
    spec = GraphSets.fit(graphs).spec
    model = BootstrapSets(spec, NOTHING)
    model.finish(Items(packed(graphs), torch.zeros(3, 0)), Draws("finish"))
    drawn = unpacked(model.sample(60, torch.zeros(60, 0), Draws("draw")))
    counts = [sum(nx.utils.graphs_equal(graph, other) for other in drawn) for graph in graphs]
    assert sum(counts) == 60 and min(counts) > 8
