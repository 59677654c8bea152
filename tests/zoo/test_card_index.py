"""The checked-in index of cards is what the cards and the classes of families say."""

from genwright.contract.card_index import FILE, make_index, write


def test_the_index_is_up_to_date():
    assert FILE.read_text() == write(make_index()), "run: python -m genwright.contract.card_index"
