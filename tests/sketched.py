"""Figures are sketched: tests here look at what is drawn, hardly at how it looks."""

import pytest
from measuring_little import sketch

from genwright.measure.plots import figures


@pytest.fixture(autouse=True)
def sketched(monkeypatch):
    monkeypatch.setattr(figures, "png", sketch)
