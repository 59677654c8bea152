"""What was typed, in the form of `load_data`."""

from genwright.cli.options import options_of


def test_no_condition_at_all_is_another_wish_than_none_that_was_typed():
    nothing = (None, None, None, None)
    assert options_of(None, *nothing) == {}
    assert options_of([], *nothing) == options_of([""], *nothing) == {"given": []}
    assert options_of(["label,size"], *nothing) == {"given": ["label", "size"]}
