"""Text from outside (labels, cells, names of files), made safe for terminals, spreadsheets and file systems.

Excel, LibreOffice and Google Sheets run a cell that begins with = + - @ or a tab as a formula (OWASP: CSV injection),
which may send other cells elsewhere. Writers put a ' before such a cell; readers remove it. Numbers (also with a
currency or a unit) and a lone sign are not formulas. Characters that the name of a file cannot hold are escaped (/ as
%2F), so that no two labels share a folder.
"""

import csv
import json
import re
import warnings
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from .errors import DataError

if TYPE_CHECKING:
    import pandas as pd

# C0 and C1 controls, line separators, marks of writing direction, and bytes of file names that are not UTF-8
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def parse_json(text: str | bytes | bytearray, subject: str, strict: bool = False) -> object:
    """Parses JSON. Raises DataError where an object has a key twice, of which one value would be lost, and ValueError
    (json.JSONDecodeError) for what is no JSON.

    Args:
        text: the JSON.
        subject: what to call it.
        strict: whether NaN and Infinity, which JSON lacks and pandas writes, are no JSON. Default: False.
    """

    def pair(pairs: list[tuple[str, object]]) -> dict[str, object]:
        record = dict(pairs)
        if len(record) < len(pairs):
            names = [name for name, _ in pairs]
            repeated_name = next(name for name in names if names.count(name) > 1)
            raise DataError(
                f"{subject} has the key {visible(repr(repeated_name))} twice in one object: rename or remove one"
            )
        return record

    return json.loads(text, object_pairs_hook=pair, parse_constant=_refuse_constant if strict else None)


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is no number of JSON")


def visible(text: object) -> str:
    r"""Writes control characters of a text out, as in \x1b."""
    return _UNSEEN.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), str(text))


QUOTE = "'"
PLAIN_DTYPES = "fiubcMm"  # kinds of NumPy that hold no text
_FORMULA = re.compile(r"[=+\-@\t\r].", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+|inf|infinity)([eE][+-]?\d+)?", re.IGNORECASE | re.ASCII)
# money, a measure, dashes alone: what runs has a bracket, an operator between terms, or a cell such as A1
_QUANTITY = re.compile(
    r"[+-] ?(?:[A-Z]{2,3} |[$€£¥] ?)?\d[\d.,'’ \u00a0\u202f]*(?:[%‰°$€£¥]|°?[^\W\d_]+(?:/[^\W\d_]+)?[²³]?)?|-+"
)


def csv_bytes(frame: "pd.DataFrame") -> bytes:
    """Writes a DataFrame as CSV, without its index. A warning says how many cells were quoted."""
    count, quoting = 0, csv.QUOTE_MINIMAL

    def cell(value: object) -> object:
        nonlocal count, quoting
        if isinstance(value, str) and ("\r" in value or value[:1].isspace()):
            quoting = csv.QUOTE_NONNUMERIC  # Python 3.11 leaves \r bare; readers end a line there, and strip blanks
        if not isinstance(value, str):
            return value
        safe = quoted(value)
        count += safe != value
        return safe

    names = [cell(str(name)) for name in frame.columns]
    written_bytes = frame.set_axis(range(frame.shape[1]), axis=1)
    for j in written_bytes.columns:
        if written_bytes[j].dtype.kind not in PLAIN_DTYPES:
            written_bytes[j] = written_bytes[j].astype(object).map(cell)
    say_quoted(count)
    return written_bytes.to_csv(index=False, header=names, quoting=quoting).encode()


def quoted(text: str) -> str:
    """Quotes a cell that a spreadsheet would take for a formula."""
    return QUOTE + text if _is_led(text) else text


def say_quoted(count: int) -> None:
    """Warns how many cells were quoted, where any were."""
    if count:
        warnings.warn(
            f"{count:,} cells that begin like a formula are written with a {QUOTE} before them, so that no spreadsheet "
            "runs them",
            stacklevel=4,
        )


def unquoted(text: str) -> str:
    """Removes the quoting of `quoted` from a cell."""
    return text[1:] if text.startswith(QUOTE) and _is_led(text[1:]) else text


def _is_led(text: str) -> bool:
    """Whether a spreadsheet would run it, or it looks as if we had written it."""
    text = text.lstrip(QUOTE)
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text) and not _QUANTITY.fullmatch(text)


# What some system does not take in a name; a dot in front, which hides; a dot or a blank at the end, which gets lost.
_UNSAFE_CHARACTERS = re.compile(r'[/\\:*?"<>|%\x00-\x1f\x7f]|^\.|[. ]$')
_WRITTEN_BYTE = re.compile(r"%[0-9A-F]{2}")


NO_LABEL = "%none"  # folder of items whose label is missing: no label is written so


def folder_name(label: object) -> str:
    """Returns the folder name for items of a label, None or NaN for one that is missing."""
    if label is None or label != label:
        return NO_LABEL
    return _UNSAFE_CHARACTERS.sub(lambda match: f"%{ord(match[0]):02X}", str(label)) or "%"


def label_of(name: str) -> str | None:
    """Returns the label of a folder that `folder_name` named; another name is a label as it is."""
    if name in ("%", NO_LABEL):
        return "" if name == "%" else None
    label = _WRITTEN_BYTE.sub(lambda match: unquote(match[0]), name)
    return label if folder_name(label) == name else name


def file_names(names: Sequence[str], count: int, suffix: str) -> list[str]:
    """Names `count` files: by the files that their items are from, if there is one for each, otherwise by number.

    Args:
        names: Names of the items' files, or None.
        count: Count of the files.
        suffix: Suffix of the files.
    """
    if len(names) != count:
        return [f"{number:05d}{suffix}" for number in range(count)]
    stems = [str(PurePosixPath(name.removesuffix(".gz")).with_suffix("")) for name in names]
    return [f"{stem}{suffix}" for stem in (stems if len(set(stems)) == count else names)]
