# Tests families/guidance.py
"""What is given, and how it is left out while a family trains."""

import torch

from genwright.core.draws import Draws
from genwright.core.spec import Category, Real, Spec
from genwright.families.conditions import _distance_to, drop_given, fill_present
from genwright.families.guidance import Guidance
from genwright.kinds.fields.captions import Captions

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


def test_guidance_of_1_is_the_condition_alone_and_more_moves_away_from_the_other():
    found, away, given = torch.tensor([2.0, 1.0]), torch.tensor([0.5, 1.0]), torch.zeros(1, 1)
    assert len(Guidance(given).conditions) == 1 and torch.equal(Guidance(given)(found), found)
    assert Guidance(given, 3.0).conditions[1].isnan().all() and Guidance(given, 3.0)(found, away).tolist() == [5.0, 1.0]


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


def nearest_given(spec, given, values):
    """(B, N) bool: which of values (N, G) are nearest to each of given (B, G), all of them that are as near."""
    away = _distance_to(spec, values)(given)
    return away <= away.amin(1, keepdim=True) + 1e-6


TEXTS = ["a large red star on a grey ground", "a blue circle", "a large red ring", None]


def test_the_nearest_text_has_most_words_in_common():
    captions = Captions.fit([text for text in TEXTS if text] * 2)
    spec, values = Spec((("caption", captions.leaf),)), captions.encode(TEXTS)
    asked = ["a red star", "the circle", "ring", None, "xyz"]
    found = nearest_given(spec, captions.encode(asked), values)
    assert found.tolist() == [
        [True, False, False, False],
        [False, True, False, False],
        [False, False, True, False],
        [True] * 4,
        [True] * 4,
    ]
    repeated = captions.encode(["a red red red star a a"])
    assert torch.equal(nearest_given(spec, repeated, values), found[:1])


def test_a_label_weighs_as_much_as_a_text():
    captions = Captions.fit(["red star", "blue ring"] * 2)
    spec = Spec((("label", Category(3)), ("caption", captions.leaf), ("size", Real())))
    rows = lambda labels, texts, sizes: torch.cat(
        [torch.tensor(labels)[:, None].float(), captions.encode(texts), torch.tensor(sizes)[:, None]], 1
    )
    values = rows([0, 1, 1], ["red star", "red ring", "blue ring"], [0.0, 0.0, 1.0])
    assert nearest_given(spec, rows([1], ["red star"], [0.0]), values).tolist() == [[False, True, False]]


def test_without_texts_the_nearest_are_those_at_the_least_sum_of_differences():
    spec, draws = Spec((("label", Category(3)), ("a", Real()), ("b", Real()))), Draws("nearest")
    given, values = draws.uniform(9, 3), draws.uniform(30, 3)
    given[:, 0], values[:, 0] = draws.integers(3, (9,)), draws.integers(3, (30,))
    gap = (given[:, None] - values).abs()
    spread = values.amax(0) - values.amin(0)
    away = (gap[..., 0] != 0) + (gap[..., 1:] / spread[1:]).clamp(max=1).sum(2)
    assert torch.equal(nearest_given(spec, given, values), away <= away.amin(1, keepdim=True) + 1e-6)
