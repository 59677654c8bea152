"""One reading of a value: what a column is does not depend on the door by which it comes in."""

import pytest
from every_door import differences
from made_columns import MAKERS, draw_column

SEED = 5
OPEN = (12, 18, 24, 33, 36)  # columns that some doors still read otherwise


@pytest.mark.parametrize("number", [n for n in range(0, len(MAKERS), 3) if n not in OPEN])
def test_a_column_is_the_same_through_every_door(number, tmp_path):
    column = draw_column(SEED, number)
    assert differences(column, tmp_path) == {}, column.maker
