# Tests kinds/values/written.py
"""Numbers as a person writes them: what was written is read, what is read is written again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genwright.kinds.values.written import MARKS, Written, find_written

WAYS = st.builds(
    Written,
    prefix=st.sampled_from(["", "$", "€ ", "USD ", "R$ ", "kr "]),
    suffix=st.sampled_from(["", "%", " mpg", " km/h", " €", " m2", "°C"]),
    thousands=st.sampled_from([mark for mark in MARKS if mark != "."]),
    decimal=st.just("."),
    decimals=st.none() | st.integers(0, 4),
    short=st.booleans(),
    minus=st.sampled_from(["-", "−", "()"]),
    inside=st.booleans(),
    plus=st.booleans(),
) | st.builds(
    Written,
    thousands=st.sampled_from(["", ".", " ", "'"]),
    decimal=st.just(","),
    decimals=st.none() | st.integers(0, 4),
)


def rounded(way: Written, values: list[float]) -> np.ndarray:
    values = np.array(values, float) + 0.0
    return values if way.decimals is None else np.array([float(f"{v:.{way.decimals}f}") for v in values], float)


@given(WAYS, st.lists(st.floats(-1e12, 1e12), max_size=20))
def test_what_is_written_is_read(way, values):
    texts = way.write(values)
    assert np.array_equal(way.read(texts), rounded(way, values))
    assert np.array_equal(way.write(way.read(texts)), texts)


@given(WAYS, st.lists(st.integers(-(10**7), 10**7), min_size=30, max_size=60, unique=True), st.integers(0, 3))
def test_the_way_is_found_from_the_texts_alone(way, whole, shift):
    texts = way.write(np.array(whole) / 10**shift)
    found = find_written(sorted(set(texts)))
    assert found and any(np.array_equal(other.write(other.read(texts)), texts) for other in found)


@given(WAYS)
def test_json_says_what_differs_from_the_default(way):
    assert Written(**way.to_json()) == way
    assert Written().to_json() == {}


def test_missing_is_missing():
    assert Written(suffix=" kg").write([1, np.nan]).tolist() == ["1 kg", None]
    assert np.isnan(Written(suffix=" kg").read(["k.A.", None, np.nan, "1 g", "(1 kg", "--1 kg"])).all()


@pytest.mark.parametrize(
    "texts, values",
    [
        (["1.169,00", "12,50", "-3,75"], [1169, 12.5, -3.75]),
        (["$5", "$7.50", "$1,200"], [5, 7.5, 1200]),
        (["€ 12", "€ 7,50"], [12, 7.5]),
        (["1.234 €", "2.345 €"], [1234, 2345]),
        (["6%", "7.5%"], [6, 7.5]),
        (["+1.5 %", "-0.3 %", "0.0 %"], [1.5, -0.3, 0]),
        (["(1,200)", "300"], [-1200, 300]),
        (["1 234,5", "2,5"], [1234.5, 2.5]),
        (["1\u202f234", "12"], [1234, 12]),
        (["1'234.50", "99.00"], [1234.5, 99]),
        (["1.234.567", "12"], [1234567, 12]),
        (["-$5", "$6"], [-5, 6]),
        (["$-5", "$6"], [-5, 6]),
        (["−5", "6"], [-5, 6]),
        (["12 m2", "1 m2"], [12, 1]),
        (["1.234", "2.345"], [1.234, 2.345]),
    ],
)
def test_one_reading(texts, values):
    (way,) = find_written(texts)
    assert way.read(texts).tolist() == values
    assert way.write(values).tolist() == texts


@pytest.mark.parametrize(
    "texts, marks",
    [
        (["1,234", "2,345"], [",.", ","]),  # nothing says which
        (["1,234", "950"], [",."]),  # three decimals would have stood there too
        (["1,234", "0,950"], [","]),
        (["1,234", "2,5"], [","]),
        (["1,234", "1234"], [",.", ","]),
        (["1,234", "1,234,567"], [",."]),
        (["1,234 kg", "2,345 kg"], [",.", ","]),
        (["1.234 kg", "2.345 kg"], [".", ".,"]),
        (["$1,234", "$2,345"], [",."]),  # money has no three decimals
    ],
)
def test_a_mark_is_decided_by_the_whole_column(texts, marks):
    assert [way.thousands + way.decimal for way in find_written(texts)] == marks


@pytest.mark.parametrize(
    "texts",
    [
        ["5 kg", "300 g"],
        ["$5", "€5"],
        ["007", "12"],
        ["A12", "A13"],
        ["12:30", "13:30"],
        ["10-20", "20-30"],
        ["<5", "7"],
        ["1234567890123456", "12"],
        ["192.168.1.20", "10.0.0.1"],
        ["(5", "6"],
        ["12,34,567", "1"],
        [],
    ],
)
def test_what_is_no_number_is_left(texts):
    assert find_written(texts) == []


@pytest.mark.parametrize("texts", [["12e4567", "34e9999"], ["1.5", "1e400"], ["$59e7916", "$12"], ["1,200", "-1e999"]])
def test_a_number_that_float64_cannot_hold_is_a_name(texts):
    """Such as a commit: it would be read as infinite."""
    assert find_written(texts) == []
    assert find_written(["1.5e10", "2e100"])
