"""One reading of a value: what a column is does not depend on the door by which it comes in."""

import pytest
from every_door import differences
from made_columns import MAKERS, draw_column

SEED = 5


NUMBERS = range(0, len(MAKERS), 3)


@pytest.mark.parametrize(
    "number", [*NUMBERS[::3], *(pytest.param(n, marks=pytest.mark.long) for n in NUMBERS if n % 9)]
)
def test_a_column_is_the_same_through_every_door(number, tmp_path):
    column = draw_column(SEED, number)
    assert differences(column, tmp_path) == {}, column.maker
