"""A table at one glance: of each column its kind, example cells, its range or labels, and how much is missing."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .columns import Column, Constant, Dates, Ignored, Labels

EXAMPLES, LABELS = 3, 4  # shown of a column
WIDEST = 32  # letters of a cell of the overview


@dataclass(frozen=True)
class Seen:
    """One column. kind: what it is; typed: what a person calls it to have it so. values: its range, its labels with
    their shares, or why it is ignored. missing: share of rows."""

    name: str
    kind: str
    typed: str
    examples: tuple[str, ...]
    values: str
    missing: float


def see(column: Column, cells: pd.Series) -> Seen:
    """cells: of all rows, empty where they stand for a missing value."""
    inner = column.inner if isinstance(column, Constant) else column
    shown = cells.dropna().iloc[: 100 * EXAMPLES].drop_duplicates()[:EXAMPLES]
    examples = tuple(_date(cell, inner) if isinstance(inner, Dates) else str(cell) for cell in shown)
    return Seen(column.name, column.kind, inner.kind, examples, _values(column), float(cells.isna().mean()))


def as_text(seen: list[Seen]) -> list[str]:
    """A line a column, aligned, under a line of names."""
    rows = [("column", "kind", "cells", "range or labels", "missing")]
    for one in seen:
        missing = f"{one.missing:.1%}" if one.missing else ""
        rows.append((one.name, one.kind, ", ".join(one.examples), one.values, missing))
    rows = [tuple(_short(cell, 2 * WIDEST if j == 3 else WIDEST) for j, cell in enumerate(row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(f"{cell:{width}}" for cell, width in zip(row, widths)).rstrip() for row in rows]


def _values(column: Column) -> str:
    if isinstance(column, Ignored):
        return column.why
    if isinstance(column, Constant):
        return f"always {column.fill(1)[0]}"
    if isinstance(column, Labels):
        shares = np.array(column.leaf.margin.probs[: len(column.labels)])
        order = np.argsort(-shares, kind="stable")[:LABELS]
        shown = ", ".join(f"{column.labels[k]} {shares[k] / shares.sum():.0%}" for k in order)
        count = len(column.labels) + len(column.rare)
        return f"{count} label{'s' * (count != 1)}: {shown}{', ...' * (count > len(order))}"
    if isinstance(column, Dates):
        first, last = column.decode(column.count.to_leaf(np.array([column.count.low, column.count.high])), 0)
        return f"{_date(first, column)} to {_date(last, column)}"
    ends = np.array([column.low, column.high])
    low, high = column.written.write(ends) if column.written else (f"{end:.10g}" for end in ends)
    return f"{low} to {high}"


def _date(cell: Any, column: Dates) -> str:
    """Without the time of day, where dates have none."""
    return str(cell).removesuffix(" 00:00:00") if column.calendar.unit == "day" else str(cell)


def _short(text: str, letters: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= letters else f"{text[: letters - 3]}..."
