# Tests kinds/formats/sequences/text_folders.py, kinds/formats/sequences/text_lines.py, kinds/sequences/text_column.py
"""Lines of text: which .txt they are, what is read of them, and what is refused."""

import gzip

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.core.errors import DataError
from genwright.kinds.domain import Drawn
from genwright.kinds.formats.sequences.text_lines import read_lines
from genwright.kinds.formats.source import Source
from genwright.kinds.formats.tables.delimited import looks_like_a_table
from genwright.kinds.known_kinds import read

NAMES = ["Anna", "Bert", "Cora", "Dora", "Emil", "Fritz", "Gerda", "Hugo", "Ida", "Jo", "Karl", "Lea"]
PROSE = ["First Citizen:", "Before we proceed any further, hear me speak.", "All:", "Speak, speak.", "Who, me?", "No."]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "names.txt"


WORDS = [f"{a}{b}{c}" for a in "BDFGKLM" for b in "aeiou" for c in "nr"]


@pytest.mark.parametrize(
    "text, table",
    [
        ("\n".join(NAMES), False),
        ("\n".join(PROSE), False),
        ("CC(=O)O\nc1ccccc1\n", False),
        ("a;b\n1,5;2\n", True),
        ("a\tb\nx y\tz\n", True),
        ("a,b\n" + "1,2\n" * 20 + "3\n", True),  # whose faulty line the reader of tables names
        ('"a","b"\n"x, y","z"\n', True),
        ("height\n1.5\n\nNA\n-2e3\n", True),
        ("1\n2\nthree\n", False),
        ("\n".join(f"{a}, {b}" for a, b in zip(WORDS, WORDS[5:])), False),  # last, first
        ("\n".join(f"{a}\t{b}" for a, b in zip(WORDS, WORDS[5:])), False),
        ("\n".join(f"{a},{k}" for k, a in enumerate(WORDS)), True),
        ("name,town\n" + "\n".join(f"{a},{'Bonn Rome'.split()[k % 2]}" for k, a in enumerate(WORDS)), True),
    ],
)
def test_a_text_is_a_table_where_its_lines_are_cut_alike(text, table, path):
    for code in ("utf-16", "utf-8-sig", "utf-8"):
        path.write_bytes(text.encode(code))
        assert looks_like_a_table(path) == table
    if "3\n" not in text:
        assert read(Source(path))[0].kind == ("tables" if table else "sequences")


def test_a_text_is_lines_where_it_is_asked_to_be(path):
    lines = [f"{word},{'Bonn Rome'.split()[k % 2]}" for k, word in enumerate(WORDS)]
    path.write_text("\n".join(lines))
    data = genwright.load_data(path)
    assert data.kind == "tables" and any("--kind sequences (kind=) learns lines of text" in line for line in data.notes)
    data = genwright.load_data(path, kind="sequences")
    assert data.kind == "sequences" and sorted([*data.train, *data.valid, *data.test]) == sorted(lines)
    path.write_text("\n".join(f"{a}, {b}" for a, b in zip(WORDS, WORDS[5:])))
    assert genwright.load_data(path).kind == "sequences"
    path.write_text("\n".join([f"{word},Bonn" for word in WORDS]))
    with pytest.raises(DataError):
        genwright.load_data(path)


def test_a_long_text_is_judged_by_whole_lines(path):
    path.write_text("a,b\n" + "11,22\n" * 20_000)
    assert looks_like_a_table(path)
    path.write_text("some words\n" * 20_000 + "1,2\n" * 9)
    assert not looks_like_a_table(path)


@pytest.mark.parametrize("break_, packed", [("\n", False), ("\r\n", True), ("\r", False)])
def test_lines_are_what_stands_in_the_file(break_, packed, path):
    lines = [" naïve ", "\ttab", "日本", "a\u2028b", "x"]
    raw = break_.join(["\ufeff" + lines[0], *lines[1:3], "", "  ", *lines[3:], ""]).encode()
    path.write_bytes(gzip.compress(raw) if packed else raw)
    kept, places, notes = read_lines(path)
    assert (kept, notes.sentences()) == (lines, ["2 of 7 lines left out (empty)"])
    assert list(places) == ["line 1", "line 2", "line 3", "line 6", "line 7"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_utf_16_is_known_by_its_mark(encoding, path):
    path.write_bytes(("\ufeff" * (encoding == "utf-16-be") + "лес\r\nволк\r\n").encode(encoding))
    assert read_lines(path).kept == ["лес", "волк"]


def test_a_file_a_list_and_a_series_are_the_same_data(path):
    path.write_text("\n".join(NAMES))
    found = [genwright.load_data(source) for source in (path, str(path), NAMES, Drawn(NAMES), pd.Series(NAMES))]
    assert [data.kind for data in found] == ["sequences"] * 5
    assert [data.name for data in found[::2]] == ["names", "texts", "texts"]
    assert len({data.hash for data in found}) == 1
    parts = [line for part in ("train", "valid", "test") for line in found[0].items[part]]
    assert sorted(parts) == NAMES and isinstance(found[0].train, Drawn)


def test_equal_lines_stand_on_one_side():
    data = genwright.load_data([*NAMES, *NAMES[:5]])
    sides = [set(data.items[part]) for part in ("train", "valid", "test")]
    assert sum(map(len, sides)) == len(NAMES)
    again = genwright.load_data([*NAMES[:5], *NAMES][::-1])
    assert [set(again.items[part]) for part in ("train", "valid", "test")] == sides


def test_long_lines_are_cut_with_a_note_unless_most_of_the_text_would_be_lost():
    data = genwright.load_data([*["abc" * 100] * 12, "x" * 600])
    assert "1 line of more than 511 symbols was cut there" in data.describe()
    assert data.domain.spec.shape == (512,) and max(len(line) for part in data.items.values() for line in part) == 511
    with pytest.raises(DataError):
        genwright.load_data([*NAMES, "x" * 60_000])


def test_items_for_a_model_are_lines_whatever_they_look_like(path):
    domain = genwright.load_data([*NAMES, "1,2", "3,4"]).domain
    path.write_text("1,2\n3,4\n")
    lines, known, *_ = genwright.kinds.load.read_items(path, domain)
    assert lines == ["1,2", "3,4"] and known is None
    with pytest.raises(DataError):
        genwright.kinds.load.read_items(pd.DataFrame({"a": np.arange(3)}), domain)
