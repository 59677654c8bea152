"""Bars of slow operations, outside a terminal too."""

import sys
import warnings

import pytest
import rich.console

from genwright.core import patience


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(patience, "PATIENCE", -1.0)


def test_a_slow_operation_says_what_it_does(impatient, capsys):
    assert list(patience.with_progress("abc", "spelling")) == ["a", "b", "c"]
    assert "spelling" in capsys.readouterr().err


def test_a_notebook_without_ipywidgets_shows_no_bar_and_no_warning(impatient, monkeypatch, capsys):
    monkeypatch.setattr(rich.console, "_is_jupyter", lambda: True)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(patience.with_progress("abc", "spelling")) == ["a", "b", "c"]
    assert capsys.readouterr() == ("", "")
