"""Text cells of a file that has no types, such as CSV, as the plainest type that holds every filled one."""

import re
from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd

from ...core.safe_text import unquoted

MISSING_WORDS = ("NA", "NULL", "N/A", "<NA>", "null", "n/a", "#N/A", "NaN", "nan", "?", "")  # as we would write them
MISSING = frozenset(MISSING_WORDS)
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:inf|Inf|Infinity)"
COMMA_NUMBER = r"[+-]?(?:\d+,?\d*|,\d+)(?:[eE][+-]?\d+)?"
_NUMBER, _COMMA_NUMBER = re.compile(NUMBER), re.compile(COMMA_NUMBER)
_GROUPED = {mark: re.compile(rf"[+-]?[1-9]\d{{0,2}}(?:{re.escape(mark)}\d{{3}})+") for mark in ".,"}
_SURE_COMMA = re.compile(r"[+-]?(?:\d*,(?:\d{1,2}|\d{4,})|0?,\d+)")  # which marks no thousands
_LEADING_ZERO = re.compile(r"[+-]?0\d")
_WHOLE_NUMBER, _TOO_LONG = re.compile(r"[+-]?\d{1,18}"), re.compile(r"[+-]?\d{19,}")


def typed_cells(cells: pd.Series, decimal_comma: bool, own_labels: Collection[str] = (), group: str = "") -> pd.Series:
    """Converts text cells to the plainest type that holds every filled one.

    Args:
        cells: Cells of the column.
        decimal_comma: whether a comma may mark decimals.
        own_labels: texts of a model's column, which is text: blanks around one count only where the column has
            them.
        group: the mark that may group thousands: where it can in every cell, they stay text.
    """
    is_plain = isinstance(cells.dtype, pd.StringDtype)  # else objects, without NaN
    known, distinct = (None, cells.unique().dropna()) if is_plain else pd.factorize(cells)
    texts = [*distinct.tolist(), ""]  # the last where a cell is NaN
    stripped = [text.strip() for text in texts]
    missing = np.array(
        [stripped_text in MISSING and text not in own_labels for text, stripped_text in zip(texts, stripped)]
    )
    filled_texts = [text for text, m in zip(stripped, missing) if not m]
    typed_values, dtype = (filled_texts, str) if own_labels else parse_texts(filled_texts, decimal_comma, group)
    if dtype is str and is_plain and not own_labels and _stay(texts, missing):
        return cells
    known = pd.factorize(cells)[0] if is_plain else known
    is_missing = missing[known]
    if dtype is str:
        texts = [
            stripped_text if stripped_text in own_labels and text not in own_labels else unquoted(text)
            for text, stripped_text in zip(texts, stripped)
        ]
        unquoted_texts = np.array([np.nan if m else text for text, m in zip(texts, missing)], object)
        return pd.Series(pd.Series(unquoted_texts, dtype="str").array.take(known))
    values = np.zeros(len(texts), np.dtype(dtype))
    values[~missing] = typed_values
    column = pd.Series(values[known])
    if not is_missing.any():
        return column
    if dtype is float:
        return column.mask(is_missing)
    return column.astype("Int64" if dtype is int else "boolean").mask(is_missing)


def _stay(texts: list[str], missing: np.ndarray) -> bool:
    """Whether texts, of which the last is no cell, are kept as they are."""
    return not missing[:-1].any() and all(unquoted(text) is text for text in texts)


def grouping_mark(columns: Iterable[Iterable[str]], delimiter: str) -> str:
    """Chooses the mark that may group thousands in a file: a point where some column surely has decimal commas, else a
    comma; "" where the comma is the delimiter."""
    if delimiter == ",":
        return ""
    has_decimals = any(
        any(_SURE_COMMA.fullmatch(text) for text in filled_texts) and all(map(_COMMA_NUMBER.fullmatch, filled_texts))
        for cells in columns
        if (filled_texts := [stripped_text for text in cells if (stripped_text := text.strip()) not in MISSING])
    )
    return "." if has_decimals else ","


def parse_texts(filled_texts: list[str], decimal_comma: bool, group: str = "") -> tuple[list, type]:
    """Parses distinct filled cells: returns their values and their common type; float for a column without any.
    Arguments as in `typed_cells`.

    Args:
        filled_texts: Distinct filled cells.
        decimal_comma: As in `typed_cells`.
        group: As in `typed_cells`.
    """
    if filled_texts and all(text in ("True", "False") for text in filled_texts):
        return [text == "True" for text in filled_texts], bool
    if any(map(_LEADING_ZERO.match, filled_texts)) or _are_signed(filled_texts):
        return filled_texts, str
    if filled_texts and all(map(_WHOLE_NUMBER.fullmatch, filled_texts)):
        return [int(text) for text in filled_texts], int
    if (
        filled_texts
        and group
        and all(_GROUPED[group].fullmatch(text) or (text.isdecimal() and len(text) < 4) for text in filled_texts)
    ):
        return filled_texts, str
    if decimal_comma and all(map(_COMMA_NUMBER.fullmatch, filled_texts)):
        filled_texts = [text.replace(",", ".") for text in filled_texts]
    if all(map(_NUMBER.fullmatch, filled_texts)) and not any(map(_TOO_LONG.fullmatch, filled_texts)):
        values = [float(text) for text in filled_texts]
        if all(
            np.isfinite(value) or text[-1] in "fy" for text, value in zip(filled_texts, values)
        ):  # 12e4567 is a name
            return values, float
    return filled_texts, str


def _are_signed(filled_texts: list[str]) -> bool:
    """Whether texts write a plus before each number above zero: they stay text, or the plus would be lost."""
    return any(text[:1] == "+" for text in filled_texts) and not any(
        text[:1].isdecimal() and re.search("[1-9]", text) for text in filled_texts
    )


def as_number(text: str) -> float | None:
    """Returns a number, also one with a decimal comma; None for anything else."""
    return float(text.replace(",", ".")) if re.fullmatch(f"{NUMBER}|{COMMA_NUMBER}", text) else None


def plain_value(text: str) -> int | float | str:
    """Converts a text to a number where it is one."""
    if _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    number = as_number(text)
    return text if number is None else number
