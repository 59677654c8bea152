# Tests kinds/formats/tables/delimited.py
"""Reading tables as people write them, and refusing what is none with the line that is wrong."""

import gzip

import numpy as np
import pandas as pd
import pytest

from genwright.core import patience
from genwright.core.errors import DataError
from genwright.kinds.formats.tables.delimited import DELIMITERS, RARE, looks_like_a_table, read_delimited, read_table
from genwright.kinds.load import load_data, read_items


def read(folder, content, name="t.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return read_table(path)


@pytest.mark.parametrize("delimiter", [*DELIMITERS, *RARE])
def test_delimiters(tmp_path, delimiter):
    frame = read(tmp_path, "a,b,c\n1,x,2.5\n2,y,3.5\n".replace(",", delimiter))
    assert frame.to_dict("list") == {"a": [1, 2], "b": ["x", "y"], "c": [2.5, 3.5]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path, encoding):
    frame = read(tmp_path, "größe,ort\n1,Köln\n2,Zürich\n", encoding=encoding)
    assert list(frame.columns) == ["größe", "ort"] and frame["ort"].tolist() == ["Köln", "Zürich"]


def test_line_ends_and_empty_lines(tmp_path):
    assert read(tmp_path, "a,b\r\n1,2\r\n\r\n3,4\r\n")["b"].tolist() == [2, 4]
    assert read(tmp_path, "a,b\r1,2\r3,4")["b"].tolist() == [2, 4]


def test_decimal_comma(tmp_path):
    frame = read(tmp_path, "a;b;c\n1,5;2;1,2 m\n-0,25;3;1,3 m\n")
    assert frame["a"].tolist() == [1.5, -0.25] and frame["b"].tolist() == [2, 3] and frame["c"].dtype == "str"
    assert read(tmp_path, 'a,b\n"1,5",2\n"2,5",3\n')["a"].tolist() == ["1,5", "2,5"]  # may be thousands: left as text


def test_types_of_columns(tmp_path):
    frame = read(
        tmp_path,
        "w,wn,f,b,bn,t,z,id,d\n"
        "1,1,1.0,True,True,x,007,12345678901234567890,2020-01-01\n"
        "2,,2,False,,?,12,1,2020-01-02\n",
    )
    assert frame.dtypes.astype(str).tolist() == [
        "int64",
        "Int64",
        "float64",
        "bool",
        "boolean",
        "str",
        "str",
        "str",
        "str",
    ]
    assert (
        frame["z"].tolist() == ["007", "12"]
        and frame["id"][0] == "12345678901234567890"
        and frame["t"].isna().tolist() == [False, True]
    )
    assert frame["wn"].isna().tolist() == [False, True]


@pytest.mark.parametrize("cell", ["", "NA", "n/a", "NaN", "null", "?", "  "])
def test_missing_cells(tmp_path, cell):
    frame = read(tmp_path, f"a,b\n1.5,x\n{cell},{cell}\n")
    assert frame.isna().to_numpy().tolist() == [[False, False], [True, True]]


def test_zero_point_something_has_no_leading_zero(tmp_path):
    assert read(tmp_path, "a,b\n0.5,0\n-0.25,10\n")["a"].tolist() == [0.5, -0.25]
    assert read(tmp_path, "a,b\n00,0\n01,10\n")["a"].tolist() == ["00", "01"]


def test_quoted_text(tmp_path):
    frame = read(tmp_path, 'a,b\n"x, ""y""\nz",1\nw,2\n')
    assert frame["a"].tolist() == ['x, "y"\nz', "w"]


def test_compressed_whatever_its_name(tmp_path):
    packed = gzip.compress(b"a,b\n1,2\n3,4\n")
    assert read(tmp_path, packed, "t.csv.gz").equals(read(tmp_path, packed, "t.csv"))


def test_one_column(tmp_path):
    assert read(tmp_path, "a\n1.5\n2.5\n")["a"].tolist() == [1.5, 2.5]


def test_no_line_of_names(tmp_path):
    frame = read(tmp_path, "1.5,2\n2.5,3\n")
    assert list(frame.columns) == ["x0", "x1"] and len(frame) == 2
    assert list(read(tmp_path, "0,1\n5,6\n7,8\n").columns) == ["0", "1"]  # pandas' own names


def test_nameless_columns(tmp_path):
    assert list(read(tmp_path, ",a\n0,x\n1,y\n").columns) == ["Unnamed: 0", "a"]
    assert list(read(tmp_path, "a,b,\n1,2,\n3,4,\n").columns) == ["a", "b"]


def test_floats_are_the_nearest_to_their_digits(tmp_path):
    values = np.random.default_rng(0).normal(size=100)
    path = tmp_path / "t.csv"
    pd.DataFrame({"a": values}).to_csv(path, index=False)
    assert (read_table(path)["a"].to_numpy() == values).all()


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\xff\xfe", "is empty"),
        (b"\xfe\xff\0\n", "is empty"),
        (b"a,b\n", "no rows"),
        (b"a,b,a\n1,2,3\n", "more than one column named 'a'"),
        (b"a,b\n1,2\n3,4,5\n6,7\n", "line 3 of .* has 3 cells where the first line has 2"),
        (b"a,b,c\n1,2,3\n\n3,4\n", "line 4 of .* has 2 cells where the first line has 3"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is no text in UTF-8"),
        (bytes(range(256)) * 20, "is no text in UTF-8"),
        (b"PK\x03\x04" + bytes(100), "is no text in UTF-8"),
        (gzip.compress(b"a,b\n1,2\n" * 1000, mtime=0)[:-20], "cut short or damaged"),
        (b'a,b\n1,2\n3,"' + b"x" * 200_000 + b'"\n', "line 3 of .* cannot be read"),
    ],
)
def test_what_is_no_table(tmp_path, content, words):
    with pytest.raises(DataError, match=words) as caught:
        read(tmp_path, content)
    assert "t.csv" in str(caught.value)


def test_a_person_does_not_wait_for_many_columns_without_a_word(tmp_path, monkeypatch, capsys):
    rng = np.random.default_rng(0)
    pd.DataFrame(rng.normal(size=(40, 30)).round(3)).add_prefix("c").to_csv(tmp_path / "t.csv", index=False)
    load_data(tmp_path / "t.csv")
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(patience, "PATIENCE", -1.0)
    load_data(tmp_path / "t.csv")
    said = capsys.readouterr().err
    assert "reading columns" in said and "looking at columns" in said


@pytest.mark.parametrize(
    "text, labels",
    [
        ("a,sex\n1, male\n2,male\n3,male\n", [" male", "male", "male"]),
        ("a, sex\n1, male\n2, male\n3, male\n", ["male", "male", "male"]),  # a blank behind every delimiter
        ('a,sex\n1,"male"\n2, "x, y"\n3,male\n', ["male", "x, y", "male"]),
        ("a,sex\r1, male\r2,male\r3,male\r", [" male", "male", "male"]),  # the careful reader
    ],
)
def test_blanks_belong_to_a_label_unless_all_delimiters_have_one(tmp_path, text, labels):
    (tmp_path / "t.csv").write_text(text)
    assert read_table(tmp_path / "t.csv")["sex"].tolist() == labels


@pytest.mark.parametrize(
    "cells, others, value",
    [
        (["24.240", "1.500", "7"], ["100,25", "3,5", "1,0"], 24240),
        (["24.240", "1.5", "7"], ["100,25", "3,5", "1,0"], 24.24),
        (["24,240", "1,500", "7"], ["100.25", "3.5", "1.0"], 24240),  # an English table behind tabs
        (["24,240", "1,500", "7,5"], ["100,25", "3,5", "1,0"], 24.24),
        (["24,240", "0,500", "7"], ["a", "b", "c"], 24.24),
        (["1.234.567", "24.240", "7"], ["a", "b", "c"], 1234567),
    ],
)
def test_the_file_says_which_mark_groups_thousands(tmp_path, cells, others, value):
    rows = [f"{cells[k % 3]}\t{others[k % 3]}\t{k % 9}" for k in range(45)]
    (tmp_path / "t.tsv").write_text("\n".join(["price\tother\tk", *rows]))
    data = load_data(tmp_path / "t.tsv")
    assert data.domain.columns[0].identify(data.domain.cells(data.train, "price")).max() == value


def test_a_run_reads_numbers_by_the_marks_of_its_own(tmp_path):
    """None of them is so large that it would show."""
    (tmp_path / "t.csv").write_text("\n".join(["price;n", *(f"{k}.{100 + k}.000;{k}" for k in range(1, 40))]))
    domain = load_data(tmp_path / "t.csv").domain
    (tmp_path / "few.csv").write_text("price;n\n24.240;1\n7.500;2\n")
    rows = read_items(tmp_path / "few.csv", domain).items
    assert domain.columns[0].identify(domain.cells(rows, "price")).tolist() == [24240, 7500]


SPACED = {
    "city": ["New York", "Oslo", "San Jose", "Bern"],
    "body mass": [51.5, None, 70.25, 8.0],
    "n": [5, 33, 7, 120],
}


def padded(index: bool = False, empty: str = "", **how) -> str:
    return pd.DataFrame(SPACED).astype(object).fillna(empty).to_string(index=index, **how)


@pytest.mark.parametrize("name", ["t.dat", "t.txt"])
@pytest.mark.parametrize(
    ("content", "line"),
    [
        (padded(), 3),
        (padded(justify="left"), 3),
        (f"Visits in May\n\n{padded()}", 5),
        (padded().replace("\n", f"\n{'=' * 30}\n", 1), 4),
        (padded(empty="NA"), 0),
        (f"# city, body mass, n\n{padded(header=False).replace(' York', '-York').replace(' Jose', '-Jose')}", 3),
        ("city  body mass  n\nNew York  51.5  5\nOslo  ?  33\nSan Jose  70.25  7\nBern  8.0  120\n", 0),
    ],
)
def test_blanks_part_columns(tmp_path, content, line, name):
    (tmp_path / name).write_text(content)
    table = read_delimited(tmp_path / name)
    table.items["city"] = table.items["city"].str.replace("-", " ")
    pd.testing.assert_frame_equal(table.items, pd.DataFrame(SPACED), check_dtype=False)
    assert [f"Line {line} " in str(question) for question in table.asked] == [True] * bool(line)


def test_words_below_no_name_belong_to_the_texts_beside_them(tmp_path):
    table = pd.DataFrame({"who": ["Ann", "Bo Li"] * 4, "n": [20, 7] * 4, "city": ["New York", "Rome"] * 4})
    pd.testing.assert_frame_equal(read(tmp_path, table.to_string(index=False), "t.dat"), table)


def test_a_line_without_a_cell_is_an_error_where_columns_stand_nowhere(tmp_path):
    with pytest.raises(DataError, match="line 4 "):
        read(tmp_path, "# made in May\nx y z\n1 2 3\n44.5 6\n7 8 9\n", "t.dat")


@pytest.mark.parametrize(
    "words", ["the cat sat\nthe dog", "1 5 3\n2 4\n1 1", "12 Main St\n3 High Rd", "Zond 3\nZond 5\nX 1"]
)
def test_words_of_lines_are_no_columns(tmp_path, words):
    (tmp_path / "t.txt").write_text(f"{words}\n{words}")
    assert not looks_like_a_table(tmp_path / "t.txt")


@pytest.mark.parametrize(
    "lines", ["12:30:00\n12:31:00\n", "aa:bb:cc\nff:00:11\naa:dd:ee\n", "http://a:1\nhttp://b:2\n"]
)
def test_colons_within_cells_part_no_columns(tmp_path, lines):
    assert read(tmp_path, "at\n" + lines).shape[1] == read(tmp_path, lines).shape[1] == 1
