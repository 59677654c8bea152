"""Results made by hand, and a folder of them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from made_results import HEADLINE, TITLES, fill_folder, made, metric, row


@pytest.fixture
def results() -> dict:
    return made()


@pytest.fixture
def folder(tmp_path, results) -> Path:
    return fill_folder(tmp_path / "compare", results)


@pytest.fixture
def make() -> SimpleNamespace:
    """The builders above, for tests that change a number."""
    return SimpleNamespace(metric=metric, row=row, results=made, titles=TITLES, headline=HEADLINE)
