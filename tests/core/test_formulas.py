# Tests core/safe_text.py
"""Text that a spreadsheet would run: written with a quote, said, and read as it was."""

import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import genwright
from genwright.core.safe_text import csv_bytes, unquoted
from genwright.kinds.formats.tables.delimited import read_table
from genwright.kinds.tables.domain import Tables

LEADS = ("=HYPERLINK(1)", "+cmd", "-cmd", "@SUM(1)", "\tx", "\rx", "=1", "-1 to 0")
PLAIN = ("-1", "+1.5", "-1e5", "-", "+", "a=1", "1-2", "'tis", "", "é", "-0,5", "-inf")


@pytest.mark.parametrize("text", LEADS)
def test_formulas_are_quoted_and_said(text):
    frame = pd.DataFrame({text: ["a", text], "n": [-1.5, 2]})
    with pytest.warns(UserWarning, match="2 cells that begin like a formula"):
        written = csv_bytes(frame)
    cells = pd.read_csv(io.BytesIO(written), header=None, dtype=str, keep_default_na=False, skip_blank_lines=False)
    assert cells[0].tolist() == [f"'{text}", "a", f"'{text}"] and cells[1].tolist() == ["n", "-1.5", "2.0"]


def test_numbers_signs_and_words_are_not(recwarn):
    frame = pd.DataFrame({"a": PLAIN})
    assert csv_bytes(frame) == frame.to_csv(index=False).encode() and not recwarn.list
    frame = pd.DataFrame(
        {
            "x": [1.5, None],
            "k": pd.Categorical(["a", "b"]),
            "d": pd.to_datetime(["2020-01-01", None]),
            "b": [True, False],
        }
    )
    assert csv_bytes(frame) == frame.to_csv(index=False).encode()


@given(st.text(st.sampled_from("'=+-@\t1a "), max_size=6))
@pytest.mark.filterwarnings("ignore:.*formula")
def test_what_was_written_is_read_again(text):
    (cell,) = pd.read_csv(io.BytesIO(csv_bytes(pd.DataFrame({"a": [text + "z"]}))), keep_default_na=False, dtype=str)[
        "a"
    ]
    assert unquoted(cell) == text + "z"


@pytest.mark.filterwarnings("ignore:.*formula")
def test_a_table_of_formulas_goes_through_files(tmp_path):
    frame = pd.DataFrame({"=kind": ["=1+1", "-x", "plain"] * 20, "n": range(60)})
    Tables.fit(frame).write(frame, tmp_path / "t.csv")
    assert read_table(tmp_path / "t.csv").equals(frame.astype({"=kind": "str"}))


def test_samples_are_quoted_by_the_command(tmp_path, monkeypatch, capsys):
    from genwright.cli.commands import main

    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"kind": ["=1+1", "@x"] * 30, "n": [i % 7 for i in range(60)]}).to_csv("t.csv", index=False)
    genwright.fit("t.csv", "independent", out="run", progress=False)
    with pytest.raises(SystemExit):
        main("sample run -n 20 --out s.csv".split())
    text = (tmp_path / "s.csv").read_text()
    assert "'=1+1" in text and "\n=" not in text and "\n@" not in text
    assert "cells that begin like a formula" in capsys.readouterr().err
