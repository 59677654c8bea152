# Tests kinds/sequences/domain.py, kinds/sequences/kind.py
"""Lines of text: what goes in comes out, holes are read as they are written, and bad input is told in a sentence."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from genwright.core.errors import DataError, GivenError
from genwright.kinds.domain import Drawn
from genwright.kinds.sequences.domain import Sequences

LINES = ["ab", "ba c", "d", "ab"]


@pytest.fixture
def domain():
    return Sequences.fit(LINES, ["a note"])


def test_the_spec_counts_symbols_and_ends(domain):
    x, given = domain.encode(LINES)
    leaf = domain.spec.leaf
    assert domain.symbols == " abcd" and leaf.k == 7 and leaf.shape == (5,) and leaf.axis == "sequence" and leaf.ends
    assert x.dtype == torch.int16 and given.shape == (4, 0)
    assert x[0].tolist() == [1, 2, leaf.end, leaf.pad, leaf.pad] and x[1, -1] == leaf.end
    assert domain.spec.numbers(x).tolist() == [3, 5, 2, 3]


@given(st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=9), min_size=1))
def test_decode_is_the_inverse_of_encode(lines):
    domain = Sequences.fit(lines)
    x, given = domain.encode(lines)
    back = domain.decode(x.float() + 0.3, given, 7)
    assert isinstance(back, Drawn) and back == lines and back.seed == 7
    again = Sequences.from_json(json.loads(json.dumps(domain.to_json())))
    assert (again.encode(lines)[0] == x).all() and again.describe() == domain.describe()


def test_what_is_behind_an_end_is_not_looked_at(domain):
    x = torch.tensor([[1, 5, 2, 2, 2], [1, 6, 2, 5, 2], [1, 2, 1, 2, 1]])
    assert domain.decode(x, torch.zeros(3, 0), None) == ["a", "a", "ababa"]


def test_there_is_nothing_to_condition_on(domain):
    assert domain.encode_given({}, 3).shape == (3, 0)
    with pytest.raises(GivenError):
        domain.encode_given({"label": 1}, 3)


def test_holes_are_read_as_they_are_written(domain):
    end, pad = domain.leaf.end, domain.leaf.pad
    x, _, known = domain.encode_holes(["a_", "_b*", "*", "b*", "abba"], None, None)
    assert known.int().tolist() == [[1, 0, 1, 1, 1], [0, 1, 0, 0, 0], [0] * 5, [1, 0, 0, 0, 0], [1] * 5]
    assert x[0].tolist() == [1, pad, end, pad, pad] and x[1, 1] == 2
    mask = [np.array([True, False]), np.array([False, True, False]), np.array([True, True, True])]
    x, _, known = domain.encode_holes(["ad", "bb", "ab"], mask, None)
    assert known.int().tolist() == [[1, 0, 1, 1, 1], [0, 1, 0, 0, 0], [1] * 5] and x[0, 0] == 1


def test_marks_of_holes_are_no_symbols_of_the_lines():
    domain = Sequences.fit(["snake_case", "a*b"])
    assert (domain.one, domain.rest) == ("?", "%") and any("write ? for" in line for line in domain.describe())
    assert domain.encode_holes(["a_?%"[:3]], None, None)[2][0, :4].tolist() == [True, True, False, True]


def test_lines_are_written_whole(domain, tmp_path):
    path = tmp_path / "new.txt"
    assert domain.write(Drawn(["ab", "ü"]), path) == path and path.read_text(encoding="utf-8") == "ab\nü\n"
    domain.write(domain.stack([Drawn(["a"]), Drawn(["b"])]), path)
    assert path.read_text() == "a\nb\n"
    with pytest.raises(DataError, match="end in .txt"):
        domain.write(Drawn(["ab"]), tmp_path / "new.csv")


@pytest.mark.parametrize("change", [{"symbols": "ab"}, {"symbols": "aabcd"}, {"symbols": "abcdefg"}])
def test_a_record_that_does_not_fit_is_refused(domain, change):
    with pytest.raises(ValueError):
        Sequences.from_json(domain.to_json() | change)
