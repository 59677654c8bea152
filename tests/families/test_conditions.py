"""What is given, and how it is left out while a family trains."""

import torch

from genwright.core.draws import Draws
from genwright.core.spec import Category, Real, Spec
from genwright.families.conditions import drop_given, fill_present

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


def test_only_rows_that_lack_a_value_are_drawn_again_with_the_numbers_of_their_place():
    """A row's first value that is there comes of its own numbers, whichever rows lack theirs."""
    n, asked = 300, []

    def draw(rows, rng):
        asked.append(len(rows))
        z = rng.normal(len(rows), 2)
        return z.where(z > -1, torch.nan)

    x, known = torch.zeros(n, 2), torch.zeros(n, 2, dtype=torch.bool)
    drawn = fill_present(draw, x, known, None, Draws("fill"))
    rng = Draws("fill")
    rounds = torch.stack([rng.normal(n, 2) for _ in asked])
    first = (rounds > -1).all(2).float().argmax(0)
    assert torch.equal(drawn, rounds[first, torch.arange(n)])
    assert asked[0] == n and asked[-1] == 16 and sum(asked) < 3 * n


def test_a_cell_that_is_known_to_be_absent_is_no_reason_to_draw_again():
    x, known, asked = torch.full((20, 2), torch.nan), torch.tensor([True, False]).expand(20, 2), []

    def draw(rows, rng):
        asked.append(len(rows))
        return rng.normal(len(rows), 2)

    drawn = fill_present(draw, x, known, None, Draws("fill"))
    assert asked == [20] and drawn[:, 0].isnan().all() and not drawn[:, 1].isnan().any()
