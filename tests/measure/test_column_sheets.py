# Tests measure/plots/column_sheets.py
"""Columns and pairs of a table as SVG files."""

from xml.etree import ElementTree

import numpy as np
import pytest

from genwright.core.spec import Category, Real, Spec
from genwright.measure.metrics.table_columns import column_distances, pair_distances
from genwright.measure.plots.column_sheets import columns, pairs

SPEC = Spec((("height", Real()), ("<kind> & more", Category(3)), ("weight", Real())))
LABELS = {"<kind> & more": ["<b>", "&", '"']}


def table(n: int, shift: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    height = rng.normal(shift, 1, n)
    kind = np.where(rng.random(n) < 0.1, np.nan, rng.integers(0, 3, n))
    return np.stack([height, kind, height + rng.normal(size=n)], 1)


def texts(path: str) -> list[str]:
    root = ElementTree.parse(path).getroot()
    assert not [part for part in root.iter() if part.tag.endswith(("script", "image", "use", "a"))]
    return ["".join(part.itertext()) for part in root.iter() if part.tag.endswith("}text")]


def test_the_column_that_is_furthest_off_comes_first(tmp_path):
    real, drawn = table(300, 0, 0), table(200, 1.5, 1)
    away = column_distances(real, drawn, SPEC)
    titles = [text for text in texts(columns(real, drawn, SPEC, LABELS, tmp_path / "columns.svg")) if "apart" in text]
    order = [SPEC.names[j] for j in np.argsort(-away, kind="stable")]
    assert [title.rsplit(" ", 2)[0] for title in titles] == order and f"{away.max():.0%} apart" in titles[0]


def test_a_matrix_holds_the_error_of_each_pair(tmp_path):
    real, drawn = table(300, 0, 0), table(200, 1.5, 1)
    away = pair_distances(real, drawn, SPEC)
    found = [int(text) for text in texts(pairs(real, drawn, SPEC, tmp_path / "pairs.svg")) if text.isdigit()]
    assert found == [round(100 * away[i, j]) for i in range(3) for j in range(i)]


@pytest.mark.parametrize("column", [np.full(9, np.nan), np.zeros(9)])
def test_columns_without_a_spread_are_drawn(column, tmp_path):
    rows = np.stack([column, np.zeros(9), column], 1)
    assert texts(columns(rows, rows, SPEC, LABELS, tmp_path / "c.svg"))
