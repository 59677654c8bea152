# Tests kinds/formats/tables/c_reader.py
"""What pandas' C reader reads is, cell by cell, what the careful reader would have read."""

import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genwright.core.errors import DataError
from genwright.kinds.formats.tables import c_reader, delimited
from genwright.kinds.formats.tables.delimited import read_by_c, read_table

ODD = (
    *("007", "-01", "+5", "-0", "00", "0", "-0.0", "1.", ".5", "1e5", "1E-3", "1e400", "12345678901234567890", "1e17"),
    *("123456789012345678", "1234567890123456789", "-1e18", "inf", "-Inf", "Infinity", "INF", "nan", "NaN", "NAN"),
    *("", "NA", "n/a", "null", "?", "<NA>", "None", "True", "False", "TRUE", "true", "'=1", "'x", "=1+2", " x", "x "),
    *(" 5", "5 ", " ", "  NA ", "1,5", "2,25", "1_000", "0x10", "k.A.", "\u00a05", "\u0663", "ö", '"', 'a"b', '""'),
    *('"x, y"', '"007"', '"1.5"', '"a ""b"""', '"two\nlines"', '"x"y', "\t", "2020-01-02", "5-3", "#N/A", "--5", "+"),
)
KINDS = (
    lambda rng: str(rng.randrange(10)),
    lambda rng: str(rng.randrange(-500, 500)),
    lambda rng: repr(rng.gauss(0, 1)),
    lambda rng: f"{rng.gauss(0, 100):.2f}",
    lambda rng: f"{rng.gauss(0, 100):.2f}".replace(".", ","),
    lambda rng: rng.choice(["red", "green", "blue"]),
    lambda rng: rng.choice(["True", "False"]),
    lambda rng: f"2024-0{rng.randrange(1, 10)}-1{rng.randrange(10)}",
    lambda rng: f'"{rng.choice("abc")}, {rng.randrange(9)}"',
    lambda rng: f"{rng.randrange(10**5):05}",
)


def file_of(seed: int) -> bytes:
    rng = random.Random(seed)
    delimiter, newline = rng.choice([",", ",", ";", "\t", "|"]), rng.choice(["\n", "\n", "\r\n"])
    width, rows = rng.randrange(1, 7), rng.randrange(1, 30)
    columns = []
    for _ in range(width):
        kind, missing, odd = rng.choice(KINDS), rng.choice([0, 0, 0.2]), rng.choice([0, 0, 0.1])
        cell = lambda: rng.choice(["", "NA"]) if rng.random() < missing else kind(rng)
        columns.append([rng.choice(ODD) if rng.random() < odd else cell() for _ in range(rows)])
    lines = [list(row) for row in zip(*columns)]
    if rng.random() < 0.8:
        lines.insert(0, [rng.choice(["a", "b b", '"c"', "1", "", "=d"]) + str(j) for j in range(width)])
    for fault in range(rng.choice([0, 0, 0, 1])):
        at = rng.randrange(len(lines))
        lines[at] = rng.choice([[], lines[at][:-1], [*lines[at], "more"], [" "]])
    text = newline.join(delimiter.join(line) for line in lines) + newline * rng.choice([0, 1, 1, 2])
    return rng.choice([b"", b"", b"\xef\xbb\xbf"]) + text.encode()


def carefully(raw: bytes):
    try:
        return delimited.read_with_care(delimited._decode(raw, "file"), "file")
    except DataError as refused:
        return refused


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32))
def test_both_readers_read_the_same(seed):
    check(file_of(seed))


@pytest.mark.parametrize("block", [80])
def test_both_readers_read_the_same_in_many_blocks(block, monkeypatch):
    monkeypatch.setattr(c_reader, "BLOCK", block)
    monkeypatch.setattr(c_reader, "CELLS", block)
    assert sum(check(file_of(seed)) for seed in range(100)) > 20


def test_most_files_are_read_by_the_faster():
    files = [file_of(seed) for seed in range(100)]
    assert sum(check(raw) for raw in files) > 33


def check(raw: bytes) -> bool:
    """Whether the C reader took the file; what it read must then be what the careful one reads."""
    found = read_by_c(raw, "file")
    if found is not None:
        pd.testing.assert_frame_equal(found, carefully(raw), check_exact=True)
    return found is not None


@pytest.mark.long
def test_an_odd_cell_far_behind_the_first_rows():
    """It changes the kind of a column that had been taken for another."""
    rng = np.random.default_rng(0)
    columns = {"whole": rng.integers(0, 5000, 150), "real": rng.normal(size=150), "name": rng.choice(["x", "y"], 150)}
    plain = pd.DataFrame(columns).to_csv(index=False)
    for late in ODD:
        for row in (f"{late},1.5,x", f"3,{late},y", f"3,1.5,{late}"):
            check((plain + row + "\n").encode())


@pytest.mark.parametrize(
    "content, taken",
    [
        (b"a,b\r\n1,x\r\n2,y\r\n", True),
        (b'a,b\n1,"x,\ny"\n2,"y ""z"""\n', True),
        (b"\xef\xbb\xbfa;b\n1,5;x\n2,5;y\n", True),
        ("a,b\n1,ö\n2,ä\n".encode("cp1252"), False),
        ("a,b\n1,x\n".encode("utf-16"), False),
        (b"a\n1\n2\n", False),  # lines that look empty may be missing cells
        (b"a,b\r1,x\r2,y\r", False),
        (b"a,b\n1\n2,y,z\n", False),  # as many cells as there should be, in other lines
        (b"a,a\n1,x\n2,y\n", False),
        (b"a,b,\n1,x,\n2,y,\n", False),
        (b'a,b\n1,x"y\n2,z"\n', False),
        (b"a,b\n1,\0\n2,y\n", False),
    ],
)
def test_what_the_c_reader_takes(content, taken):
    assert check(content) == taken


def test_a_column_of_many_kinds_over_the_blocks_of_pandas(tmp_path):
    """It would be numbers in some and texts in others."""
    rows = 150_000
    cells = np.arange(rows).astype(str).astype(object)
    cells[-1] = "k.A."
    reals = np.random.default_rng(0).normal(size=rows).round(3).astype(str).astype(object)
    reals[5] = "1.50"
    reals[-1] = "none"
    path = tmp_path / "t.csv"
    pd.DataFrame({"a": cells, "b": reals, "c": "x"}).to_csv(path, index=False)
    frame = read_table(path)
    assert frame["a"].tolist() == cells.tolist() and frame["b"].tolist() == reals.tolist()
