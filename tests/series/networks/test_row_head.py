"""Cells of rows: masses that sum to one, mixtures by hand, draws of the law that is scored, and vectors of cells."""

import numpy as np
import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.spec import Category, Marginal, Ordered, Real, Spec
from genwright.series.networks.row_head import LOGISTICS, Cells, RowHead

REAL = Real(scale=2.0, marginal=Marginal((-9.0, 0.0, 1.0, 2.0, 9.0), (0.1, 0.3, 0.5, 0.1)))
LEVELS = Ordered(4, optional=True, marginal=Marginal((-0.5, 0.5, 1.5, 2.5, 3.5), (0.1, 0.4, 0.4, 0.1), absent=0.2))
LABEL = Category(3, optional=True, absent_with="level", marginal=Marginal((-0.5, 0.5, 1.5, 2.5), (0.5, 0.3, 0.2)))
EACH = Spec((("value", REAL), ("level", LEVELS), ("label", LABEL)))
HEAD = RowHead(EACH)


def parameters(rows: int) -> torch.Tensor:
    return Draws("parameters").normal(rows, 3, HEAD.size)


def logistic(x: float) -> float:
    return 1 / (1 + np.exp(-x))


def test_units_are_the_mean_and_deviation_of_the_histogram_without_its_tails():
    """Of the number, bins at .5 and 1.5 with 3 and 5 of 8; of the levels, 1 and 2 alike."""
    assert HEAD.centre.tolist() == pytest.approx([1.125, 1.5])
    assert HEAD.spread.tolist() == pytest.approx([(3 / 8 * 5 / 8) ** 0.5, 0.5])
    assert HEAD.half_level.tolist() == pytest.approx([0.0, 1.0]) and HEAD.top.tolist() == [torch.inf, 3.0]
    assert HEAD.z(torch.tensor([[1.125, 2.0, 1.0]])).tolist() == [pytest.approx([0.0, 1.0])]


def test_a_number_is_a_mixture_of_logistics_around_its_last_value():
    """p(z) = sum_k w_k logistic(z; m_k + g z', s_k), per unit of the user; a level has the mass between its ends."""
    params, last = parameters(2), torch.tensor([[0.7, -1.2], [0.0, 0.4]])
    x = torch.tensor([[0.3, 2.0, 1.0], [2.4, 0.0, 2.0]])
    found = HEAD.log_prob(params, x, last)
    for row in range(2):
        for n, half in ((0, 0.0), (1, 1.0)):
            own = params[row, n, 1:].double().numpy()
            w, means, scales = (own[k * LOGISTICS : (k + 1) * LOGISTICS] for k in range(3))
            w, means, s = np.exp(w) / np.exp(w).sum(), means + own[3 * LOGISTICS] * float(last[row, n]), np.exp(scales)
            z = float((x[row, n] - HEAD.centre[n]) / HEAD.spread[n])
            if n == 0:
                p = logistic((z - means) / s)
                wanted = (w * p * (1 - p) / s).sum() / float(HEAD.spread[0]) / 2.0
            else:
                upper = logistic((z + half - means) / s)
                wanted = (w * (upper - (logistic((z - half - means) / s) if x[row, 1] else 0.0))).sum()
                wanted *= logistic(-float(params[row, 1, 0]))  # it is present
            assert found[row, n].item() == pytest.approx(np.log(wanted), abs=1e-4)
        labels = params[row, 2, 1:4].log_softmax(0)[int(x[row, 2])].item()
        assert found[row, 2].item() == pytest.approx(labels, abs=1e-5)  # absent with the level, so never by itself


def test_masses_of_levels_and_of_absence_sum_to_one_in_a_row_and_in_a_column():
    params, last = parameters(1).expand(5, -1, -1), torch.tensor([[0.3, -0.6]]).expand(5, -1)
    rows = torch.tensor([[0.0, 0, 0], [0.0, 1, 1], [0.0, 2, 2], [0.0, 3, 0], [0.0, torch.nan, torch.nan]])
    found = HEAD.log_prob(params, rows, last)
    assert found[:, 1].exp().sum().item() == pytest.approx(1.0, abs=1e-5)
    assert found[:3, 2].exp().sum().item() == pytest.approx(1.0, abs=1e-5) and found[4, 2] == 0
    for j in range(3):
        assert torch.allclose(HEAD.column_log_prob(j, params[:, j], rows, last), found[:, j], atol=1e-6)


def test_before_training_columns_follow_their_histograms():
    bias, last = HEAD.bias().expand(5, -1, -1), torch.tensor([[5.0, -5.0]]).expand(5, -1)  # whatever came before
    rows = torch.tensor([[0.0, 0, 0], [0.0, 1, 1], [0.0, 2, 2], [0.0, 3, 0], [0.0, torch.nan, torch.nan]])
    found = HEAD.log_prob(bias, rows, last).exp()
    assert found[4, 1].item() == pytest.approx(0.2, abs=1e-5)
    assert found[:3, 2].tolist() == pytest.approx([0.5, 0.3, 0.2], abs=1e-5)
    assert found[1, 1].item() == pytest.approx(found[2, 1].item(), abs=1e-4) and (found[1, 1] > 2 * found[0, 1])


def test_draws_are_of_the_law_that_is_scored():
    params, n = parameters(1), 20_000
    last, rows = torch.tensor([[0.3, -0.6]]).expand(n, -1), torch.full((n, 3), torch.nan)
    rows[: n // 2, 1] = 1.0
    column = lambda j: params[:, j].expand(n, -1)
    levels = HEAD.sample_column(1, column(1), rows, last, Draws("level"))
    values = torch.tensor([0.0, 1, 2, 3, torch.nan])
    every = torch.stack([torch.zeros(5), values, torch.zeros(5)], 1)
    mass = HEAD.column_log_prob(1, params[:, 1].expand(5, -1), every, last[:5]).exp()
    counts = torch.stack([*((levels == k).float().mean() for k in range(4)), levels.isnan().float().mean()])
    assert (counts - mass).abs().max() < 0.015
    assert not HEAD.sample_column(1, column(1), rows, last, Draws("level"), present=True).isnan().any()
    labels = HEAD.sample_column(2, column(2), rows, last, Draws("label"))
    assert labels[n // 2 :].isnan().all() and not labels[: n // 2].isnan().any()  # with the level
    shares = torch.bincount(labels[: n // 2].long(), minlength=3) / (n // 2)
    assert (shares - params[0, 2, 1:4].softmax(0)).abs().max() < 0.02
    drawn = HEAD.sample_column(0, column(0), rows, last, Draws("value"))
    assert drawn.min() >= -9 and drawn.max() <= 9
    middle, grid = (drawn.abs() < 2).float().mean(), torch.linspace(-2, 2, 801)
    each = torch.stack([grid, torch.zeros(801), torch.zeros(801)], 1)
    density = HEAD.column_log_prob(0, params[:, 0].expand(801, -1), each, last[:801]).exp()
    assert middle.item() == pytest.approx(torch.trapezoid(density, grid).item() * 2.0, abs=0.02)  # 2 units of the user


def test_a_cell_is_a_vector_of_its_value_and_waves_or_of_its_label_or_of_its_absence():
    torch.manual_seed(0)
    cells, x = Cells(HEAD, 4), torch.tensor([[1.8, 2.0, 1.0], [-90.0, torch.nan, torch.nan]])
    found = cells(x)
    for row, z in ((0, (1.8 - 1.125) / HEAD.spread[0].item()), (1, -8.0)):
        waves = torch.tensor([z, np.sin(z), np.cos(z), np.sin(2 * z), np.cos(2 * z)]).float()
        assert torch.allclose(found[row, 0], waves @ cells.weight[0], atol=1e-5)
    assert torch.equal(found[0, 2], cells.table[0, 1])
    assert torch.equal(found[1, 1:], cells.absent[1:])
    for j in range(3):
        assert torch.allclose(cells.column(j, x[:, j]), found[:, j], atol=1e-6)
