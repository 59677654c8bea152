"""Tables of dirty cells are answered in a sentence, or come back from a file as they were written."""

import pytest
from dirty_tables import walk

SEED = 11


@pytest.mark.parametrize("number", range(12))
def test_a_dirty_table_comes_back(number, tmp_path):
    way = walk(SEED, number, tmp_path)
    assert way.end != "failed" and not way.changed, way.said
