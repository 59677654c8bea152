"""What training hides by: shares, shapes, and that each way of hiding is what its name says."""

import pytest
import torch
from leaves import category

from genwright.core.draws import Draws
from genwright.core.ragged import from_sets
from genwright.core.spec import Category, Ordered, Spec
from genwright.families import conditions
from genwright.families.conditions import draw_known

N = 4000
ARRAYS = {  # the leaf, and the share of the items of which something is known
    "an image": (Ordered(4, shape=(3, 6, 5), axis="grid"), 0.15),
    "tokens": (Category(7, (9,), "sequence"), 0.15),
    "sound": (Ordered(4, shape=(20,), axis="time"), 0.15),
    "a film": (Ordered(4, shape=(6, 1, 3, 2), axis="time"), 0.15),
    "numbers": (Ordered(4, shape=(8,)), 0.5),
}


def drawn(leaf, share=None):
    return draw_known(Spec((("x", leaf),)), torch.zeros(N, *leaf.shape), Draws("masks"), share)


def runs(mask):
    """(n, size) bool -> (n,): how many runs of True there are."""
    return mask[:, 0] + (mask.int().diff(dim=1) > 0).sum(1)


@pytest.mark.parametrize("name", ARRAYS)
def test_as_many_items_as_the_table_says_have_a_known_part(name):
    leaf, usual = ARRAYS[name]
    for asked, share in ((None, usual), (0.4, 0.4), (1.0, 1.0)):
        known = drawn(leaf, asked)
        assert known.shape == (N, *leaf.shape) and known.dtype == torch.bool
        some = known.flatten(1).any(1).float().mean()
        assert 0.8 * share - 0.03 < some < share + 0.03  # the mask of a chosen item may be empty


def test_a_place_of_a_grid_is_known_in_all_channels_and_a_moment_with_all_that_it_holds():
    picture, film = drawn(ARRAYS["an image"][0], 1.0), drawn(ARRAYS["a film"][0], 1.0).flatten(2)
    assert torch.equal(picture.any(1), picture.all(1)) and torch.equal(film.any(2), film.all(2))


@pytest.mark.parametrize("name", ARRAYS)
def test_every_number_has_its_turn(name):
    share = drawn(ARRAYS[name][0], 1.0).float().mean(0)
    assert 0.2 < share.min() and share.max() < 0.85


def test_an_absent_value_is_never_known():
    spec = Spec((("a", category(0.5, 0.5, absent=0.5)), ("b", category(0.5, 0.5))))
    known = draw_known(spec, torch.tensor([[torch.nan, 1.0]]).expand(N, 2), Draws("masks"), 1.0)
    assert not known[:, 0].any() and 0.4 < known[:, 1].float().mean() < 0.6


@pytest.mark.parametrize("size", [1, 2, 9])
def test_a_span_is_in_one_piece_of_any_length_and_begins_anywhere(size):
    inside = conditions._spans(N, size, Draws("spans"))
    assert (runs(inside) == 1).all()
    assert set(inside.sum(1).tolist()) == set(range(1, size + 1))
    assert set(inside.int().argmax(1).tolist()) == set(range(size))


@pytest.mark.parametrize("size", [1, 2, 9])
def test_a_beginning_is_of_any_length_and_leaves_one_place_at_least(size):
    known = conditions._beginnings(N, size, Draws("beginnings"))
    assert torch.equal(known, torch.arange(size) < known.sum(1, keepdim=True))
    assert set(known.sum(1).tolist()) == set(range(size))


def test_what_is_hidden_of_a_picture_is_a_rectangle():
    hidden = ~conditions._rectangles(N, 6, 5, Draws("rectangles"))
    rows, columns = hidden.any(2), hidden.any(1)
    assert torch.equal(hidden, rows[:, :, None] & columns[:, None, :])
    assert (runs(rows) == 1).all() and (runs(columns) == 1).all()


def test_what_is_known_of_a_picture_lies_on_one_side_of_a_line_along_either_axis():
    side = conditions._half_planes(N, 6, 5, Draws("sides"))
    rows, columns = side[:, :, 0], side[:, 0]
    across = (side == rows[:, :, None]).flatten(1).all(1)  # the line is horizontal: all columns are alike
    down = (side == columns[:, None]).flatten(1).all(1)
    assert (across | down).all() and not across.all() and not down.all()
    assert (rows.diff(dim=1).sum(1) <= 1).all() and (columns.diff(dim=1).sum(1) <= 1).all()


@pytest.mark.parametrize("name", ["tokens", "sound"])
def test_a_line_has_each_of_three_kinds_of_masks(name):
    known = drawn(ARRAYS[name][0], 1.0)
    begins = (known.int().diff(dim=1) <= 0).all(1)  # first what is known, then what is not
    hole = runs(~known) == 1  # so has every beginning one hole, at the end
    assert 1 / 3 < begins.float().mean() < 0.6
    assert 0.2 < (hole & ~begins).float().mean() < 0.5
    assert 0.15 < (~hole).float().mean() < 1 / 3  # what is scattered has many


def test_most_clips_are_asked_to_go_on():
    clip = Ordered(4, shape=(6, 1, 3, 2), axis="frames")
    begins = (drawn(clip, 1.0)[:, :, 0, 0, 0].int().diff(dim=1) <= 0).all(1)
    assert 2 / 3 < begins.float().mean() < 0.8 and 0.6 < drawn(clip).flatten(1).any(1).float().mean() < 0.75


SETS = from_sets([torch.zeros(m, 0) for m in (1, 2, 5, 9)] * 500)


@pytest.mark.parametrize("near", [False, True])
def test_one_to_all_but_one_of_the_members_of_some_sets_are_known(near):
    x = Draws("places").normal(len(SETS.item), 3)
    known = conditions.draw_known_members(SETS, Draws("members", near), x if near else None)
    counts = torch.zeros_like(SETS.sizes).index_add(0, SETS.item, known.long())
    several = SETS.sizes > 1
    assert (counts < SETS.sizes).all()
    assert abs((counts[several] > 0).float().mean() - conditions.SHARE_OF_SETS) < 0.04
    assert set(counts[SETS.sizes == 9].tolist()) == set(range(9))


def test_known_members_with_positions_are_often_neighbours():
    sets = from_sets([torch.zeros(8, 0)] * 1_000)
    x = torch.arange(8.0).repeat(1_000)[:, None]  # on a line, so that neighbours stand side by side
    known = conditions.draw_known_members(sets, Draws("near"), x).view(1_000, 8)
    some = known[known.any(1)]
    assert 0.5 < (runs(some) == 1).float().mean() < 0.9


def test_masks_of_lines_that_end_are_masks_of_their_symbols():
    line = Spec((("line", Category(9, (40,), "sequence", ends=True)),))
    symbols = 2 + torch.arange(N) % 9
    place = torch.arange(40)
    x = torch.where(place < symbols[:, None] - 1, 3, torch.where(place == symbols[:, None] - 1, 7, 8))
    known = draw_known(line, x, Draws("lines"), 1.0)
    inside = place < symbols[:, None]
    of_end = known.gather(1, symbols[:, None] - 1)
    assert torch.equal(known | inside, of_end | inside)  # all behind the end is known where the end is
    counts = (known & inside).sum(1)
    assert ((counts > 0) & (counts < symbols)).float().mean() > 0.6
    for m in (2, 6, 10):
        each = (known & inside)[symbols == m][:, :m]
        assert (each.float().mean(0) > 0.2).all() and (each.float().mean(0) < 0.9).all()
