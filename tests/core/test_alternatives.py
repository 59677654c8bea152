# Tests core/trainable.py, core/type_names.py
"""Several values of a given variable: which of them a batch shows."""

import pytest
import torch

from genwright.core.ragged import Ragged, from_sets
from genwright.core.trainable import Alternatives, Items, join

SIZES = (0, 1, 3)  # values of each item beside its first
N = 30_000


def items(rates=None) -> Items:
    """Three items whose given variable of two columns, behind another one, is (10 i, 10 i) first and (10 i + k, ..)
    then. rates: how often the k-th of these is shown; by default each value of an item is as likely."""
    first = 10 * torch.arange(3.0)[:, None]
    values = from_sets([(first[i] + 1 + torch.arange(m)[:, None]).expand(m, 2) for i, m in enumerate(SIZES)])
    given = torch.cat([torch.full((3, 1), -1.0), first, first], 1)
    shares = Ragged(torch.tensor([share for m in SIZES for share in of_each(m, rates)])[:, None], values.ptr)
    return Items(torch.arange(3.0)[:, None], given, alternatives=Alternatives(values, shares, 1))


def of_each(more: int, rates) -> list[float]:
    """Shares of what stands beside the first value, where that is so many."""
    return [1 / (more + 1)] * more if rates is None else list(rates[:more])


@pytest.mark.parametrize("rates", [None, (0.0, 0.0, 0.0), (0.1, 0.6, 0.0), (1.0, 0.0, 0.0)])
def test_each_value_is_shown_at_its_rate(rates):
    which = torch.arange(3).repeat(N)
    batch = items(rates).for_batch(which, 7)
    assert batch.alternatives is None and torch.equal(batch.x[:, 0], which.float()) and (batch.given[:, 0] == -1).all()
    assert torch.equal(batch.given[:, 1], batch.given[:, 2])
    for i, more in enumerate(SIZES):
        shown = torch.bincount((batch.given[which == i, 1] - 10 * i).long(), minlength=4)[: more + 1] / N
        others = of_each(more, rates)
        expected = torch.tensor([1 - sum(others), *others])
        assert (shown - expected).abs().max() < 4 * 0.5 / N**0.5


def test_what_is_shown_is_a_function_of_the_seed():
    which = torch.arange(3).repeat(20)
    one, again, other = (items().for_batch(which, seed).given for seed in (1, 1, 2))
    assert torch.equal(one, again) and not torch.equal(one, other)


def test_alternatives_go_with_their_items():
    whole = items()
    few = whole[torch.tensor([2, 0])]
    assert few.alternatives.values.sizes.tolist() == [3, 0] and few.alternatives.values.x[:, 0].tolist() == [21, 22, 23]
    both = join([Items(whole.x, whole.given), few, whole])
    assert both.alternatives.values.sizes.tolist() == [0, 0, 0, 3, 0, *SIZES] and len(both) == 8
    assert join([Items(whole.x, whole.given)]).alternatives is None
    assert whole.nbytes > Items(whole.x, whole.given).nbytes
