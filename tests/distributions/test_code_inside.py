"""Levels inside the bins of a margin, tails and all, through an entropy coder."""

import numpy as np
import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.entropy_coder import Reader, Stack, Writer
from genwright.core.spec import Category, Marginal, Ordered, Spec
from genwright.distributions.marginals import NEAR_LEVELS, Marginals, code_inside

EDGES, PROBS = (-800.5, -0.5, 0.5, 40.5, 41.5, 900.5), (0.1, 0.3, 0.3, 0.2, 0.1)
COUNTS = Spec((("x", Ordered(42, marginal=Marginal(EDGES, PROBS, absent=0.1), optional=True)),))


def coded(margins: Marginals, x: torch.Tensor) -> tuple[torch.Tensor, int]:
    """x as it comes back, and the bits that it took."""
    bins, stack = margins.to_bins(x[:, None])[:, 0], Stack(np.zeros(0, np.uint32))
    with Writer(stack) as writer:
        code_inside(margins, bins, writer, x)
    bits = 32 * len(stack.words)
    return code_inside(margins, bins, Reader(stack), None), bits


@pytest.mark.parametrize("far", [0, 5, NEAR_LEVELS - 1, NEAR_LEVELS, 10 * NEAR_LEVELS, 2**23, 1e30])
def test_every_level_comes_back_however_far_out(far):
    x = torch.tensor([0.0, 1, 17, 40, 41, -1 - far, 42 + far, torch.nan])
    back, _ = coded(Marginals(COUNTS), x)
    assert torch.equal(back.nan_to_num(-5), x.nan_to_num(-5))


def test_levels_cost_what_their_likelihood_says():
    margins = Marginals(COUNTS)
    x = margins.present(Draws("inside"), 5_000)
    x = x[(x > 0.5) & (x < 500)][:, None]  # an even bin, one level, and the near part of a tail
    _, bits = coded(margins, x[:, 0])
    nats = -margins.log_inside(x, margins.to_bins(x)).sum()
    assert bits == pytest.approx(float(nats) / np.log(2), rel=5e-3)


def test_categories_need_no_more_than_their_bin():
    names = Spec((("x", Category(3, marginal=Marginal((-0.5, 0.5, 1.5, 2.5), (0.2, 0.3, 0.5)))),))
    x = torch.tensor([2.0, 0, 1, 1])
    back, bits = coded(Marginals(names), x)
    assert torch.equal(back, x) and not bits
