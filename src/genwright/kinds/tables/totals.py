"""Rows that sum up others: `Total`, `Subtotal`, `Summe`, `Mean`.

The word alone proves nothing, since a shop may be called so. A row called a total is one if at least half of its
numbers, and one or more, are the sums of their columns. A row of means must hold nothing else, and so must a row of
sums without a name, where the others have one.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ...core.proposal import Proposal
from .reading import find_numbers, is_text
from .written import find_written

ENOUGH = 3  # rows above the last ones, at least
CHECKED_ROWS = 5  # last rows that may sum up others
LONGEST = 40  # letters of a cell that names a total
CLOSE, EXACT = 1e-3, 1e-9  # of a sum: whose numbers were rounded after they were added, and in floats
SUM, MEAN, UNNAMED = "sum", "mean", "unnamed"
_SUM = (
    r"(?:(?:sub|sous)[- ]?)?totals?|sums?|(?:gesamt|zwischen)?summe|gesamt|insgesamt|somme|totale|totaal|suma|summa|"
    "итого|всего|合计|合計|总计|總計"
)
_HOLDS_SUM = re.compile(rf"\b(?:{_SUM})\b", re.IGNORECASE)
_IS_SUM = re.compile(rf"(?:grand[- ])?(?:{_SUM})(?: g[eé]n[eé]ral)?[ :]*", re.IGNORECASE)
_MEAN = "mean|average|avg|mittelwert|durchschnitt|moyenne|promedio|media|gemiddelde|平均"
_IS_MEAN = re.compile(rf"(?:{_MEAN})[ .:]*", re.IGNORECASE)


class Label(NamedTuple):
    """text: of the cell that names a total. alone: whether it says nothing else."""

    text: str
    kind: str
    alone: bool = True


class Totals(NamedTuple):
    """labels: of the last rows that sum up others, in their order, "" of one without a name. unsure: the label of the
    row before them, where it is called a total and is none."""

    labels: list[str]
    unsure: str = ""

    def notes(self, where: str) -> list[str]:
        """where: what to call the rows."""
        called = ", ".join(f"`{label}`" for label in self.labels if label)
        sums_up = "sums up the rows above" if len(self.labels) == 1 else "sum up the rows above"
        return [f"left out: {where}{f' ({called})' * bool(called)}, which {sums_up}"] * bool(self.labels)

    def propose_deletion(self, where: str) -> list[Proposal]:
        """where: what to call the row that may be a total."""
        return [Proposal(f"{where} says `{self.unsure}`: if it sums up the others, delete it")] * bool(self.unsure)


def label_of(cells: Sequence[Any]) -> Label | None:
    """The first cell of a row that names a total."""
    return next((label for cell in cells if (label := _label(cell))), None)


def find_totals(columns: Sequence[pd.Series]) -> Totals:
    """columns: of a whole table, cells that are texts or numbers, or missing."""
    rows = len(columns[0])
    labels = _last_labels(columns, rows) if any(map(is_text, columns)) else []
    if not labels:
        return Totals([])
    plain = ~labelled_rows(columns)
    plain[rows - len(labels) :] = False
    count = 0
    while count < len(labels) and _sums_up(columns, rows - 1 - count, labels[count], plain):
        count += 1
    unsure = labels[count] if count < len(labels) else Label("", UNNAMED)
    is_asked = unsure.kind == SUM and unsure.alone and len(_numbers_in(columns, rows - 1 - count)) > 0
    return Totals([label.text for label in reversed(labels[:count])], unsure.text if is_asked else "")


def labelled_rows(columns: Sequence[pd.Series]) -> np.ndarray:
    """(n,) bool: rows with a cell that names a sum."""
    labelled = np.zeros(len(columns[0]), bool)
    for cells in filter(is_text, columns):
        names = [cell for cell in cells.dropna().unique() if (label := _label(cell)) and label.kind == SUM]
        labelled |= cells.isin(names).to_numpy(bool)
    return labelled


def sums_up(columns: Sequence[pd.Series], row: int, labelled: np.ndarray) -> bool:
    """Whether a row that is called a sum is one. labelled: (n,) bool, the rows that are called so."""
    return _sums_up(columns, row, Label("", SUM), ~labelled)


def _label(cell: Any) -> Label | None:
    if not isinstance(cell, str) or len(text := " ".join(cell.split())) > LONGEST:
        return None
    if _IS_MEAN.fullmatch(text):
        return Label(text, MEAN)
    return Label(text, SUM, bool(_IS_SUM.fullmatch(text))) if _HOLDS_SUM.search(text) else None


def _last_labels(columns: Sequence[pd.Series], rows: int) -> list[Label]:
    """Labels of the last rows, upwards, as long as each may sum up others. A label of several rows is a category."""
    labels: list[Label] = []
    for row in range(rows - 1, max(rows - 1 - CHECKED_ROWS, ENOUGH - 1), -1):
        cells = [column.iloc[row] for column in columns]
        label = label_of(cells)
        if label is None and not labels and _lacks_its_name(columns[0], cells):
            label = Label("", UNNAMED)
        if label is None or any((column == label.text).sum() > 1 for column in filter(is_text, columns)):
            break
        labels.append(label)
    return labels


def _lacks_its_name(first: pd.Series, cells: Sequence[Any]) -> bool:
    """Whether a row of numbers alone has nothing in the first column, where others have texts."""
    texts = first.dropna() if is_text(first) and pd.isna(cells[0]) else ()
    return len(texts) > 0 and isinstance(texts.iloc[0], str) and not any(isinstance(cell, str) for cell in cells)


def _sums_up(columns: Sequence[pd.Series], row: int, label: Label, plain: np.ndarray) -> bool:
    """Whether a row sums up the rows above, or those since the total before. plain: (n,) bool, rows that are none."""
    above, totals = np.flatnonzero(plain[:row]), np.flatnonzero(~plain[:row])
    since = above[above > totals[-1]] if len(totals) else above
    return _are_totals(columns, row, label, above) or (
        len(since) < len(above) and _are_totals(columns, row, label, since)
    )


def _are_totals(columns: Sequence[pd.Series], row: int, label: Label, rows: np.ndarray) -> bool:
    """Whether the numbers of a row are totals of other rows."""
    close = CLOSE if label.kind == SUM else EXACT
    totals = means = others = 0
    for cells, values in _numbers_in(columns, row):
        numbers = find_numbers(cells.iloc[rows])
        known = numbers[~np.isnan(numbers)] if numbers is not None else ()
        if np.count_nonzero(known) < 2:
            continue  # a sum of one number proves nothing
        is_near = lambda right: any(abs(value - right) <= half + close * abs(right) for value, half in values)
        is_total = is_near(known.mean() if label.kind == MEAN else known.sum())
        is_mean = not is_total and label.kind == SUM and is_near(known.mean())  # such as a price between sums
        totals, means, others = totals + is_total, means + is_mean, others + (not is_total and not is_mean)
    return totals > 0 and (totals + means >= others if label.kind == SUM else others == 0)


def _numbers_in(columns: Sequence[pd.Series], row: int) -> list[tuple[pd.Series, list[tuple[float, float]]]]:
    """Columns with a number in a row, and what it may be, as in `_values`."""
    return [(cells, found) for cells in columns if (found := _values(cells.iloc[row]))]


def _values(cell: Any) -> list[tuple[float, float]]:
    """A number, and half a unit of its last decimal: several of a text, if 1.234 may be either."""
    if isinstance(cell, str):
        ways = [(float(way.read([cell])[0]), way.decimals) for way in find_written([cell.strip()])]
        return [(value, 0.5 * 10.0 ** -(decimals or 0)) for value, decimals in ways]
    if not isinstance(cell, Real) or isinstance(cell, (bool, np.bool_)) or not np.isfinite(float(cell)):
        return []
    decimals = max(0, -Decimal(repr(float(cell))).normalize().as_tuple().exponent)
    return [(float(cell), 0.5 * 10.0**-decimals)]
