"""Results made by hand, and a folder of them."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from made_results import HEADLINE, TITLES, fill_folder, made, metric, row

from genwright.studies.report import curves
from genwright.studies.report.records import Results

PLOTS: dict[tuple, str] = {}  # by what they show


@pytest.fixture(autouse=True)
def each_plot_once(monkeypatch):
    """Most of the time of a page is that of its plots, which `test_curves.py` tests."""
    plot = curves.plot

    def once(found, unit, theme):
        key = repr(found), unit, theme
        PLOTS[key] = PLOTS.get(key) or plot(found, unit, theme)
        return PLOTS[key]

    monkeypatch.setattr(curves, "plot", once)


@pytest.fixture
def results() -> Results:
    return made()


@pytest.fixture
def folder(tmp_path, results) -> Path:
    return fill_folder(tmp_path / "compare", results)


@pytest.fixture
def make() -> SimpleNamespace:
    """The builders above, for tests that change a number."""
    return SimpleNamespace(metric=metric, row=row, results=made, titles=TITLES, headline=HEADLINE)
