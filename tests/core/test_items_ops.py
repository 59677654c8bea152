"""What is asked of items, tensors and sets alike."""

import torch

from genwright.core.ragged import Ragged, from_sets, join_items, keep_known, repeat_last

SETS = from_sets([torch.ones(2, 1), torch.full((3, 1), 2.0)])
ROWS = torch.tensor([[1.0, 2.0], [3.0, 4.0]])


def test_parts_join_to_the_whole():
    assert torch.equal(join_items([ROWS[:1], ROWS[1:]]), ROWS)
    joined = join_items([SETS[:1], SETS[1:]])
    assert torch.equal(joined.x, SETS.x) and torch.equal(joined.ptr, SETS.ptr)


def test_the_last_is_repeated():
    assert repeat_last(ROWS, 2)[1:].tolist() == [[3, 4]] * 3
    assert repeat_last(SETS, 2).sizes.tolist() == [2, 3, 3, 3]


def test_what_is_known_stays():
    drawn = torch.full((2, 2), 9.0)
    assert keep_known(ROWS, torch.tensor([[True, False], [False, True]]), drawn).tolist() == [[1, 9], [9, 4]]
    known = Ragged(torch.tensor([[True], [False], [True], [True], [False]]), SETS.ptr)
    filled = keep_known(SETS, known, SETS.with_x(torch.full((5, 1), 9.0)))
    assert filled.x[:, 0].tolist() == [1, 9, 2, 2, 9]
