"""One reading of a value: what a column is does not depend on the door by which it comes in."""

import pytest
from every_door import differences
from made_columns import MAKERS, draw_column

SEED = 5


@pytest.mark.parametrize("number", range(0, len(MAKERS), 3))
def test_a_column_is_the_same_through_every_door(number, tmp_path):
    column = draw_column(SEED, number)
    assert differences(column, tmp_path) == {}, column.maker
