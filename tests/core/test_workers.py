"""Work in several processes: its results keep their order, and errors reach whoever asked."""

import pytest

from genwright.core.cpu import in_order


def items(count):
    yield from range(count)
    raise FileNotFoundError("cut short")


@pytest.mark.parametrize("processes", [1, 2])
def test_results_keep_their_order_and_errors_of_items_are_not_lost(processes):
    results = in_order(abs, items(9), processes)
    assert [next(results) for _ in range(9)] == [*range(9)]
    with pytest.raises(FileNotFoundError, match="cut short"):
        next(results)


@pytest.mark.parametrize("processes", [1, pytest.param(2, marks=pytest.mark.long)])
def test_an_error_of_the_work_is_not_lost(processes):
    with pytest.raises(TypeError, match="bad operand"):
        list(in_order(abs, ["a", 1], processes))
