"""Text that a spreadsheet would run as a formula when it opens a CSV. Writers put a ' before it; readers remove it.

Excel, LibreOffice and Google Sheets run a cell that begins with = + - @ or a tab as a formula (OWASP: CSV injection),
which may send other cells elsewhere. Numbers (also with a currency or a unit) and a lone sign are not formulas.
"""

import csv
import re
import warnings
from typing import Any

QUOTE = "'"
_FORMULA = re.compile(r"[=+\-@\t\r].", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+|inf|infinity)([eE][+-]?\d+)?", re.IGNORECASE | re.ASCII)
# money, a measure, dashes alone: what runs has a bracket, an operator between terms, or a cell such as A1
_QUANTITY = re.compile(
    r"[+-] ?(?:[A-Z]{2,3} |[$€£¥] ?)?\d[\d.,'’ \u00a0\u202f]*(?:[%‰°$€£¥]|°?[^\W\d_]+(?:/[^\W\d_]+)?[²³]?)?|-+"
)


def csv_bytes(frame: Any, index_label: str | None = None, delimiter: str = ",") -> bytes:
    """A DataFrame as CSV, with its index where that has a label. A warning says how many cells were quoted."""
    count, quoting = 0, csv.QUOTE_MINIMAL

    def cell(value: Any) -> Any:
        nonlocal count, quoting
        if isinstance(value, str) and "\r" in value:
            quoting = csv.QUOTE_NONNUMERIC  # else Python 3.11 leaves it bare, and readers take it for the end of a line
        if not isinstance(value, str):
            return value
        safe = quoted(value)
        count += safe != value
        return safe

    names = [cell(str(name)) for name in frame.columns]
    written = frame.set_axis(range(frame.shape[1]), axis=1)
    for j in written.columns:
        if written[j].dtype.kind not in "fiubcMm":
            written[j] = written[j].astype(object).map(cell)
    if index_label is not None:
        written = written.set_axis(written.index.map(cell), axis=0)
    say_quoted(count)
    return written.to_csv(
        sep=delimiter, index=index_label is not None, index_label=index_label, header=names, quoting=quoting
    ).encode()


def quoted(text: str) -> str:
    """A cell as it is written."""
    return QUOTE + text if _is_led(text) else text


def say_quoted(count: int) -> None:
    """A warning that says how many cells were quoted, where any were."""
    if count:
        warnings.warn(
            f"{count:,} cells that begin like a formula are written with a {QUOTE} before them, so that no spreadsheet "
            "runs them",
            stacklevel=4,
        )


def unquoted(text: str) -> str:
    """A cell as it was before it was written."""
    return text[1:] if text.startswith(QUOTE) and _is_led(text[1:]) else text


def _is_led(text: str) -> bool:
    """Whether a spreadsheet would run it, or it looks as if we had written it."""
    text = text.lstrip(QUOTE)
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text) and not _QUANTITY.fullmatch(text)
