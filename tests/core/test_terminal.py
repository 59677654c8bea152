"""What commands print: no line wider than the terminal, whole sentences where there is none, and colours only where
they are wanted."""

import io
import sys

import pytest

from genwright.core import terminal
from genwright.core.terminal import console, fill, fit_widths, join_paragraphs, mark_error, tell


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_columns_fit_and_the_narrow_ones_stay():
    assert fit_widths([5, 40, 60, 8], 80) == [5, 30, 31, 8]
    assert fit_widths([5, 40], None) == [5, 40] and fit_widths([5, 40], 80) == [5, 40]
    assert fit_widths([99, 99, 99], 10) == [terminal.NARROWEST] * 3  # a cell tells nothing with less


def test_a_long_line_breaks_between_words_and_keeps_its_indent():
    line = "  name  " + "a-long-word and more " * 6
    filled = fill(line, 40).split("\n")
    assert max(map(len, filled)) <= 40 and filled[0].startswith("  name") and filled[1].startswith(" " * 6)
    assert " ".join(" ".join(filled).split()) == " ".join(line.split())
    assert fill("short", 40) == "short" and fill("x" * 99, 40).strip() == "x" * 99


@pytest.mark.parametrize(
    ("columns", "stream", "wraps"), [("", io.StringIO, False), ("40", io.StringIO, True), ("40", Terminal, True)]
)
def test_lines_wrap_at_a_terminal_and_nowhere_else(columns, stream, wraps, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    out = stream()
    tell(["a sentence of words " * 5], out)
    assert (out.getvalue().count("\n") > 1) == wraps


@pytest.mark.parametrize("switched_off", ["NO_COLOR", "TERM", None])
def test_an_error_is_marked_where_colours_are_wanted(switched_off, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    if switched_off:
        monkeypatch.setenv(switched_off, {"NO_COLOR": "1", "TERM": "dumb"}[switched_off])
    assert ("\x1b" in mark_error("genwright: no such file")) == (switched_off is None)


def test_sentences_that_a_docstring_broke_are_joined_and_equations_stay():
    long = "  " + "word " * 22
    lines = ["  A title", f"{long}end", "  and its rest", "", "    y = f(x),  " + "x " * 50, "    z = y"]
    assert join_paragraphs(lines) == ["  A title", f"{long}end and its rest", *lines[3:]]


def test_a_console_leaves_sentences_whole_where_nothing_shows_them(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    console().print("a sentence of words " * 9)
    assert capsys.readouterr().out.count("\n") == 1
    monkeypatch.setenv("COLUMNS", "60")
    console().print("a sentence of words " * 9)
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 60
