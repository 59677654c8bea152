"""What is given, and how it is left out while a family trains."""

import torch

from genwright.core.draws import Draws
from genwright.core.spec import Category, Real, Spec
from genwright.families.conditions import drop_given

GIVEN = Spec((("label", Category(3)), ("caption", Category(9, (4,), "sequence")), ("embedding", Real((2,)))))


def test_a_variable_is_left_out_whole():
    given = torch.arange(7.0).expand(2_000, -1)
    left = drop_given(GIVEN, given, Draws("drop"), 0.25)
    gone = {name: GIVEN.part(left, name).isnan().reshape(2_000, -1) for name in GIVEN.names}
    for name, mask in gone.items():
        assert torch.equal(mask.any(1), mask.all(1)), name
        assert abs(mask[:, 0].float().mean() - 0.25) < 0.04
    alone = gone["label"][:, 0] & ~gone["caption"][:, 0]
    assert alone.any() and torch.equal(left[~left.isnan()], given[~left.isnan()])


def test_of_nothing_given_nothing_is_left_out():
    assert drop_given(Spec(()), torch.zeros(5, 0), Draws("drop")).shape == (5, 0)


def test_scalars_are_left_out_one_by_one():
    given = torch.ones(100, 2)
    left = drop_given(Spec((("a", Real()), ("b", Real()))), given, Draws("drop"), 0.5)
    assert torch.equal(left.isnan(), Draws("drop").uniform(100, 2) < 0.5)
