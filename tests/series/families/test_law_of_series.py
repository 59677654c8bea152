# Tests series/families/autoregressive.py, series/families/baselines.py, series/networks/network.py
"""Autoregressive models of series against all series there are: masses, completions and walks."""

from itertools import product

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from genwright.core.draws import Draws
from genwright.core.ragged import Ragged, from_sets
from genwright.core.spec import Category, Marginal, Members, Ordered, Real, Spec
from genwright.core.trainable import Items
from genwright.series.families.autoregressive import SeriesAutoregressive
from genwright.series.networks.network import BODIES, SeriesNetwork

LABEL = Category(2, optional=True, marginal=Marginal((-0.5, 0.5, 1.5), (0.6, 0.4), absent=0.2))
COUNT = Ordered(3, optional=True, marginal=Marginal((-0.5, 0.5, 1.5, 2.5), (0.3, 0.4, 0.3), absent=0.3))
SIZES = Marginal((0.5, 1.5, 2.5, 3.5), (0.2, 0.3, 0.5))
GIVEN = Spec((("sex", Category(2, marginal=Marginal((-0.5, 0.5, 1.5), (0.5, 0.5)))),))
STEP = Ordered(4, 1.0, 1.0, axis="time", unit="day", marginal=Marginal((-0.5, 1.5, 3.5), (0.5, 0.5)))
START = Ordered(90, 1.0, 18_000.0, axis="time", unit="day", marginal=Marginal((-0.5, 89.5), (1.0,)))


def series_spec(*leaves, sizes=SIZES, endings=()):
    """One leaf of ordered members with these columns."""
    each = Spec(tuple((name, leaf) for name, leaf in leaves))
    return Spec((("rows", Members(each, sizes, ordered=True, endings=endings)),))


def opinionated(spec, given, body="gru", std=0.6):
    """A model whose weights are far from all alike, and whose columns depend on all before them."""
    torch.manual_seed(3)
    network = SeriesNetwork(spec, given, body, 8, 1, 8)
    for weight in network.parameters():
        weight.data += std * torch.randn_like(weight)
    return SeriesAutoregressive(spec, given, network).eval()


def every_series(columns, lengths):
    """All series of these cells, as one Ragged. columns: the cells of each column."""
    rows = list(product(*columns))
    return from_sets([torch.tensor(one) for n in lengths for one in product(rows, repeat=n)])


CELLS = [(torch.nan, 0.0, 1.0), (torch.nan, 0.0, 1.0, 2.0)]


@pytest.mark.parametrize("body", sorted(BODIES))
@torch.no_grad()
def test_masses_of_all_series_sum_to_one(body):
    spec = series_spec(("label", LABEL), ("count", COUNT), endings=(("label", 1),))
    model = opinionated(spec, GIVEN, body)
    every = every_series(CELLS, (1, 2, 3))
    given = torch.ones(len(every), 1)
    nats, se = model.log_likelihood(every, given, Draws("nats"))
    assert se is None and abs(float(nats.double().exp().sum()) - 1) < 1e-5


@torch.no_grad()
def test_rows_of_a_series_add_up_to_it():
    spec = series_spec(("step", STEP), ("label", LABEL), ("count", COUNT))
    model = opinionated(spec, GIVEN)
    x = Ragged(torch.tensor([[0.0, 1, 2], [3, 0, torch.nan], [0, torch.nan, 1]]), torch.tensor([0, 2, 3]))
    given = torch.zeros(2, 1)
    each, (whole, _) = model.member_log_likelihood(x, given), model.log_likelihood(x, given, Draws("nats"))
    assert torch.allclose(torch.stack([each[:2].sum(), each[2]]), whole, atol=1e-5)
    moved = x.with_x(x.x + torch.tensor([[2.0, 0, 0], [0, 0, 0], [1, 0, 0]]))
    nats, _ = model.log_likelihood(moved, given, Draws("nats"))
    assert torch.allclose(nats[1], whole[1])  # the step of a first row costs nothing


@pytest.mark.parametrize("body", sorted(BODIES))
@torch.no_grad()
def test_samples_follow_the_masses(body):
    """Every series of two rows at most, in proportion to its mass: so the walk sees what the likelihood sees."""
    sizes = Marginal((0.5, 1.5, 2.5), (0.4, 0.6))
    spec = series_spec(("label", LABEL), ("count", COUNT), sizes=sizes)
    model, n = opinionated(spec, GIVEN, body), 20_000
    every = every_series(CELLS, (1, 2))
    nats, _ = model.log_likelihood(every, torch.ones(len(every), 1), Draws("nats"))
    drawn = model.sample(n, torch.ones(n, 1), Draws("samples"))
    code = lambda x: (x.nan_to_num(9) @ torch.tensor([10.0, 1.0])).long()
    whole = {tuple(code(one.x).tolist()): k for k, one in enumerate(every[[k]] for k in range(len(every)))}
    rows = code(drawn.x).tolist()
    ends = drawn.ptr.tolist()
    counts = np.zeros(len(every))
    for start, end in zip(ends, ends[1:]):
        counts[whole[tuple(rows[start:end])]] += 1
    expected = n * nats.double().exp().numpy()
    large = expected > 8
    seen = np.r_[counts[large], counts[~large].sum()], np.r_[expected[large], expected[~large].sum()]
    assert chisquare(seen[0], seen[1] * seen[0].sum() / seen[1].sum()).pvalue > 0.001


def known_cells(x, hidden):
    """A mask of everything but the hidden (row, column) pairs."""
    mask = torch.ones_like(x.x, dtype=torch.bool)
    for row, column in hidden:
        mask[row, column] = False
    return x.with_x(mask)


@pytest.mark.parametrize(
    "hidden, kind",
    [([(1, 1), (2, 0), (2, 1)], "exact"), ([(0, 1), (1, 0)], "estimate")],
    ids=["the rest of a series", "a hole before known rows"],
)
@torch.no_grad()
def test_completions_follow_the_likelihood_of_the_rest(hidden, kind):
    """Of columns that are never absent: all fillings of the hole, against log_likelihood(known=)."""
    label, count = Category(2, marginal=LABEL.marginal), Ordered(3, marginal=COUNT.marginal)
    label, count = (type(leaf)(**{**vars(leaf), "optional": False}) for leaf in (label, count))
    spec = series_spec(("label", label), ("count", count))
    model, n = opinionated(spec, GIVEN, std=0.25), 3_000
    one = Ragged(torch.tensor([[0.0, 2], [1, 1], [0, 0]]), torch.tensor([0, 3]))
    known = known_cells(one, hidden)
    fillings = list(product(*(range((2, 3)[column]) for _, column in hidden)))
    filled = []
    for values in fillings:
        x = one.x.clone()
        for (row, column), value in zip(hidden, values):
            x[row, column] = value
        filled.append(x)
    every = from_sets(filled)
    masks = from_sets([known.x] * len(every))
    given = torch.zeros(len(every), 1)
    nats, se = model.log_likelihood(every, given, Draws("rest"), draws=100, known=masks)
    assert model.kind_given(masks) == kind and (se is None) == (kind == "exact")
    mass = nats.double().exp()
    assert abs(float(mass.sum()) - 1) < (1e-5 if kind == "exact" else 0.05)
    many = one[torch.zeros(n, dtype=torch.long)]
    drawn = model.fill(many, from_sets([known.x] * n), torch.zeros(n, 1), Draws("fill")).x.view(n, 3, 2)
    assert torch.equal(drawn[:, known.x], one.x[known.x].expand(n, -1))
    keys = [tuple(int(drawn[k, row, column]) for row, column in hidden) for k in range(n)]
    counts = np.array([keys.count(values) for values in fillings])
    expected = n * (mass / mass.sum()).numpy()
    large = expected > 5
    seen = np.r_[counts[large], counts[~large].sum()], np.r_[expected[large], expected[~large].sum()]
    held = seen[1] > 0
    assert chisquare(seen[0][held], seen[1][held] * n / seen[1][held].sum()).pvalue > 0.01


@pytest.mark.parametrize("body", sorted(BODIES))
@torch.no_grad()
def test_the_walk_has_the_states_of_whole_series(body):
    """With dates, steps, absences and conditions."""
    from genwright.series.families.autoregressive import Walk, padded

    number = Real(optional=True, marginal=Marginal((-9.0, -1, 0, 1, 9), (0.1, 0.4, 0.4, 0.1), absent=0.1))
    spec = series_spec(("step", STEP), ("number", number), ("label", LABEL))
    given = Spec((*GIVEN.leaves, ("visit", START)))
    model = opinionated(spec, given, body)
    rows = torch.tensor([[0.0, 0.3, 1], [2, torch.nan, 0], [1, -0.7, torch.nan], [0, 1.2, 0], [3, 0.1, 1]])
    x = Ragged(rows, torch.tensor([0, 3, 5]))
    condition = torch.tensor([[0.0, 12], [1, 80]])
    states = model.network.states(padded(x).x, condition)
    walk, whole = Walk(model.network, condition, 3), padded(x).x
    for t in range(3):
        assert torch.allclose(walk.state, states[:, t], atol=1e-5)
        walk.advance(whole[:, t])
    assert torch.allclose(walk.state[:1], states[:1, 3], atol=1e-5)


@torch.no_grad()
def test_a_model_that_learned_nothing_has_the_margins():
    """Before training, every column follows its histogram, and lengths follow theirs."""
    spec = series_spec(("label", LABEL), ("count", COUNT))
    torch.manual_seed(0)
    model = SeriesAutoregressive(spec, GIVEN, SeriesNetwork(spec, GIVEN, "gru", 8, 1, 8)).eval()
    n = 4_000
    drawn = model.sample(n, torch.zeros(n, 1), Draws("marginals"))
    lengths = torch.bincount(drawn.sizes, minlength=4)[1:] / n
    assert torch.allclose(lengths, torch.tensor(SIZES.probs), atol=0.03)
    absent = drawn.x.isnan().float().mean(0)
    assert torch.allclose(absent, torch.tensor([0.2, 0.3]), atol=0.02)
    label = drawn.x[:, 0]
    assert abs(float((label == 1).float().sum() / (~label.isnan()).sum()) - 0.4) < 0.03


GROWS = Ordered(4, optional=True, marginal=Marginal((-0.5, 0.5, 1.5, 2.5, 3.5), (0.3, 0.3, 0.2, 0.2), absent=0.2))


def growing_spec(sign, lengths=SIZES):
    each = Spec((("count", GROWS), ("label", LABEL)))
    return Spec((("rows", Members(each, lengths, ordered=True, growing=(("count", sign),))),))


def moves_back(x, sign):
    """(B,) bool: whether the first column goes against the sign, absent cells left out."""
    wrong = []
    for start, end in zip(x.ptr.tolist(), x.ptr.tolist()[1:]):
        cells = x.x[start:end, 0]
        wrong.append(bool((sign * cells[~cells.isnan()].diff() < 0).any()))
    return torch.tensor(wrong)


@pytest.mark.parametrize("sign", [1, -1])
@torch.no_grad()
def test_a_number_that_never_turns_back_has_all_mass_there(sign):
    model = opinionated(growing_spec(sign), GIVEN)
    every = every_series([(torch.nan, 0.0, 1.0, 2.0, 3.0), (torch.nan, 0.0, 1.0)], (1, 2, 3))
    nats, _ = model.log_likelihood(every, torch.ones(len(every), 1), Draws("nats"))
    mass, wrong = nats.double().exp(), moves_back(every, sign)
    assert abs(float(mass.sum()) - 1) < 1e-5 and 0 < float(mass[wrong].sum()) < 1e-6
    drawn = model.sample(500, torch.ones(500, 1), Draws("samples"))
    assert not moves_back(drawn, sign).any()
    assert torch.unique(drawn.x[:, 0][~drawn.x[:, 0].isnan()]).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("sign", [1, -1])
@torch.no_grad()
def test_filled_numbers_lie_between_their_known_neighbours(sign):
    """All fillings of a hole, against log_likelihood(known=): the limit changes the proposal alone."""
    count = Ordered(4, marginal=GROWS.marginal)
    sizes = Marginal((2.5, 3.5), (1.0,))
    each = Spec((("count", count), ("label", Category(2, marginal=LABEL.marginal))))
    spec = Spec((("rows", Members(each, sizes, ordered=True, growing=(("count", sign),))),))
    model, n = opinionated(spec, GIVEN, std=0.1), 2_000
    ends = (0.0, 2.0) if sign > 0 else (3.0, 1.0)
    one = Ragged(torch.tensor([[ends[0], 0], [1.0, 1], [ends[1], 0]]), torch.tensor([0, 3]))
    known = known_cells(one, [(1, 0)])
    fillings = [one.x.clone().index_put((torch.tensor(1), torch.tensor(0)), torch.tensor(float(k))) for k in range(4)]
    every = from_sets(fillings)
    nats, _ = model.log_likelihood(every, torch.zeros(4, 1), Draws("rest"), draws=40, known=from_sets([known.x] * 4))
    mass = nats.double().exp()
    assert abs(float(mass.sum()) - 1) < 0.05
    filled = model.fill(one[torch.zeros(n, dtype=torch.long)], from_sets([known.x] * n), torch.zeros(n, 1), Draws("f"))
    counts = torch.bincount(filled.x.view(n, 3, 2)[:, 1, 0].long(), minlength=4)
    between = torch.arange(4) <= 2 if sign > 0 else torch.arange(4) >= 1
    assert counts[~between].sum() == 0 and mass[~between].sum() < 1e-5
    expected = n * mass / mass.sum()
    common = expected > 5
    assert common.sum() > 1
    seen = counts[common].double()
    assert chisquare(seen.numpy(), (expected[common] * seen.sum() / expected[common].sum()).numpy()).pvalue > 0.001


@torch.no_grad()
def test_the_first_network_stays_unless_another_is_clearly_better():
    spec = series_spec(("label", LABEL), ("count", COUNT))
    truth, other = opinionated(spec, GIVEN).network, opinionated(spec, GIVEN, std=0.1).network
    given = torch.zeros(400, 1)
    items = Items(SeriesAutoregressive(spec, GIVEN, truth).eval().sample(400, given, Draws("items")), given)
    for networks, chosen in (((truth, truth), 0), ((truth, other), 0), ((other, truth), 1)):
        model = SeriesAutoregressive(spec, GIVEN, *networks).eval()
        model._choose(items, Draws("choice"))
        assert int(model.chosen) == chosen
