"""The checked-in indexes of cards are what the cards and the classes of families say."""

import pytest

from genwright.contract.card_index import indexes, make_index, write


@pytest.mark.parametrize("index", indexes(), ids=indexes().get)
def test_the_index_is_up_to_date(index):
    assert index.read_text() == write(make_index(index)), "run: python -m genwright.contract.card_index"
