"""Delimited text by pandas' C reader, in a tenth of the time and memory that Python's takes, where both read the same.

Some cells are numbers to pandas but not to us (007, TRUE, more than 18 digits), and whole numbers beside empty cells
become fractions. So this module first looks at the lines, a block of bytes at a time: whether all have as many cells,
and which columns the two readers could read differently. It reads these columns, and all columns that hold no numbers,
as their distinct texts, for the rules of the careful reader.
"""

import csv
import io
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

Column = np.ndarray | list[pd.Series] | str | None  # result of `_joined`
CELLS = 2**19  # read at a time: pandas would hold all twice in the end
REFUSED = "refused"
BLOCK = 2**20  # bytes looked at together, few enough to stay in the cache
LONGEST = csv.field_size_limit()  # bytes of a cell, beyond which the careful reader refuses
NUMBER_LIMIT = 10.0**18  # numbers from here on have 19 digits or more
JUDGED_ROWS = 200  # rows by which columns are judged
SPACE, QUOTE, NEWLINE, RETURN, ZERO = b' "\n\r0'
SIGNS = tuple(b"+-")


@dataclass
class Layout:
    """Bytes of UTF-8 text whose lines all have `width` cells, two or more, none of them empty lines.

    Args:
        begin: of the rows, behind the line of names, `first`, where there is one.
        doubtful: (width,) bool, columns with a cell that begins with a space, a quote, a plus or a zero before another
            digit.
        spaced: whether spaces before cells belong to the way of writing, not to the cells.
        digits: column -> (rows,) uint8, where every cell is a single digit.
    """

    raw: bytes | bytearray
    delimiter: str
    first: list[str]
    begin: int
    end: int
    doubtful: np.ndarray
    rows: int = 0
    spaced: bool = False
    digits: dict[int, np.ndarray] = field(default_factory=dict)

    @property
    def width(self) -> int:
        return len(self.first)

    def head(self) -> list[list[str]]:
        """The first rows."""
        lines = bytes(self.raw[self.begin : self.begin + BLOCK]).decode("utf-8", "ignore")
        reader = csv.reader(io.StringIO(lines, newline=""), delimiter=self.delimiter, skipinitialspace=True)
        rows = [row for row, _ in zip(reader, range(JUDGED_ROWS + 1))]
        return rows[:-1] if len(rows) > 1 else rows  # the last may be cut

    def read(
        self, natural: list[int], texts: list[int], missing: Collection[str], decimal: str = "."
    ) -> dict[int, pd.Series]:
        """Columns, as numbers or texts, NaN where missing. natural: to be read as what they look like; among what is
        returned are those alone which pandas reads as we do. texts: to be read as texts."""
        if not natural and not texts:
            return {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on columns of several kinds, which are refused, and on float_precision
            pieces = pd.read_csv(
                _Bytes(self.raw, self.begin, self.end),
                sep=self.delimiter,
                header=None,
                usecols=sorted([*natural, *texts]),
                dtype=dict.fromkeys(texts, object),
                na_values=list(missing),
                keep_default_na=False,
                skipinitialspace=self.spaced,
                float_precision="round_trip",
                decimal=decimal,
                encoding="utf-8",
                engine="c",
                chunksize=max(1, CELLS // self.width),
            )
            columns, at, forced = {}, 0, set(texts)
            for piece in pieces:
                for j, cells in piece.items():
                    columns[j] = _joined(columns.get(j), cells, at, self.rows, j in forced)
                at += len(piece)
        return {
            j: pd.concat(held) if isinstance(held, list) else pd.Series(held, dtype=held.dtype, copy=False)
            for j, held in columns.items()
            if isinstance(held, list) or (held is not REFUSED and (j in forced or _is_as_ours(held)))
        }


def _joined(held: Column, cells: pd.Series, at: int, rows: int, forced: bool) -> Column:
    """One more piece of a column, from row `at` on, joined to `held`, the pieces before it (None before the first).
    Returns an array with room for all rows, for numbers and `forced` texts; a list of Series, for other texts; or
    REFUSED, if pieces are of several kinds."""
    if not forced and is_text(cells):
        is_plain = isinstance(cells.dtype, pd.StringDtype) or pd.api.types.infer_dtype(cells) == "string"
        return (
            [*held, cells] if isinstance(held, list) and is_plain else [cells] if held is None and is_plain else REFUSED
        )
    if isinstance(held, (list, str)):
        return REFUSED
    values = cells.to_numpy()
    if held is None:
        held = np.zeros(rows, values.dtype)
    elif held.dtype == np.int64 and values.dtype == np.float64:
        held = held.astype(np.float64)
    held[at : at + len(values)] = values
    return held


def is_text(cells: pd.Series) -> bool:
    return cells.dtype not in (np.int64, np.float64)


def _is_as_ours(values: np.ndarray) -> bool:
    """Whether our reader would read the same values, int64 or float64, from the cells."""
    if values.dtype == np.float64:
        is_missing = np.isnan(values)
        if is_missing.any():
            values = values[~is_missing]
            if (values == np.rint(values)).all():  # they may be whole numbers
                return False
    return bool(values.max() < NUMBER_LIMIT and values.min() > -NUMBER_LIMIT)


class _Bytes:
    """Part of some bytes as a file that pandas does not decode."""

    def __init__(self, raw: bytes | bytearray, begin: int, end: int):
        self.left = memoryview(raw)[begin:end]

    def read(self, size: int = -1) -> bytes:
        size = len(self.left) if size < 0 else size
        part, self.left = bytes(self.left[:size]), self.left[size:]
        return part

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")


# ---------------------------------------------------------------------- lines and cells


def layout_of(raw: bytes | bytearray, delimiter: str, has_names, is_spaced) -> Layout | None:
    """None where only the careful reader can tell what the bytes hold.

    Args:
        has_names: of the cells of the first line, whether they are names.
        is_spaced: whether the file is written with a space behind each delimiter.
    """
    begin = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    line = raw.find(b"\n", begin)
    end = len(raw)
    while end > begin and raw[end - 1] in (NEWLINE, RETURN):
        end -= 1
    if line < 0 or line >= end:
        return None
    try:
        first = raw[begin:line].decode().removesuffix("\r")
        (cells,) = csv.reader([first], delimiter=delimiter, skipinitialspace=True)
    except (UnicodeDecodeError, ValueError, csv.Error):
        return None
    if first.count('"') % 2 or len(cells) < 2 or not cells[-1].strip() or not _is_plain(first, delimiter):
        return None
    begin = line + 1 if has_names(cells) else begin
    layout = Layout(raw, delimiter, cells, begin, end, np.zeros(len(cells), bool))
    still, seen, spaced = np.arange(layout.width), [], False
    for block in _blocks(raw, begin, end):
        if block is None or (read := _cells(block, delimiter, layout.width)) is None:
            return None
        bytes_of, starts, sizes = read
        led = bytes_of[starts]
        layout.rows += len(starts) // layout.width
        spaced |= _doubt(layout.doubtful, bytes_of, starts, led)
        if len(still):
            led, sizes = led.reshape(-1, layout.width)[:, still] - ZERO, sizes.reshape(-1, layout.width)[:, still]
            good = ((led < 10) & (sizes == 1)).all(0)
            still, seen = still[good], [part[:, good] for part in seen] if not good.all() else seen
            seen.append(led[:, good])
    if len(still):
        layout.digits = dict(zip(still.tolist(), np.concatenate(seen).T))
    layout.spaced = spaced and is_spaced()
    return layout


def _is_plain(text: str, delimiter: str) -> bool:
    return all(character >= " " or character == delimiter for character in text)


def _blocks(raw: bytes | bytearray, begin: int, end: int) -> Iterator[bytes | None]:
    """Whole lines with a line break behind each, None where a line is too long or a quote is not closed."""
    quoted = raw.find(b'"', begin, end) >= 0
    while begin < end:
        cut = end
        if end - begin > BLOCK:
            cut = raw.rfind(b"\n", begin, begin + BLOCK) + 1
            while cut and quoted and raw.count(b'"', begin, cut) % 2:
                cut = raw.rfind(b"\n", begin, cut - 1) + 1
        if not cut:
            yield None
            return
        yield bytes(raw[begin:cut]) + b"\n" * (cut == end)
        begin = cut


def _cells(block: bytes, delimiter: str, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Bytes (m,), and where each cell begins and how many bytes it has, quotes included; None where lines have other
    cells than `width`, or hold what needs care."""
    if not block.isascii():
        try:
            block.decode()
        except UnicodeDecodeError:
            return None
    bytes_read = np.frombuffer(block, np.uint8)
    breaks = bytes_read == NEWLINE
    between = bytes_read == ord(delimiter)
    odd = np.count_nonzero(bytes_read < SPACE) - np.count_nonzero(breaks)
    odd -= np.count_nonzero(between) if delimiter == "\t" else 0
    returns = np.flatnonzero(bytes_read == RETURN) if odd else np.zeros(0, int)
    if odd != len(returns) or not breaks[returns + 1].all():
        return None
    if b'"' in block:
        quotes = bytes_read == QUOTE
        outside = ~np.bitwise_xor.accumulate(quotes)
        edges = breaks | between
        edges[returns] = True
        if not _are_whole_cells(quotes, outside, edges):
            return None
        breaks, between = breaks & outside, between & outside
    ends = np.flatnonzero(breaks | between)
    rows, rest = divmod(len(ends), width)
    if rest or not breaks[-1] or np.count_nonzero(breaks) != rows or not breaks[ends[width - 1 :: width]].all():
        return None
    starts = np.concatenate([[0], ends[:-1] + 1])
    if len(returns):
        ends = ends - (breaks[ends] & (bytes_read[ends - 1] == RETURN))
    sizes = ends - starts
    return None if sizes.max() > LONGEST else (bytes_read, starts, sizes)


def _are_whole_cells(quotes: np.ndarray, outside: np.ndarray, edges: np.ndarray) -> bool:
    """Whether every quote that opens stands behind the end of a cell, or another quote, and every one that closes
    before one. quotes, outside, edges: (m,) bool: a quote; not within quotes, behind them; where a cell may end."""
    opens, closes = np.flatnonzero(quotes & ~outside), np.flatnonzero(quotes & outside)
    led = np.concatenate([[True], (edges | quotes)[:-1]])
    return bool(led[opens].all() and (edges | quotes)[closes + 1].all())


def _doubt(doubtful: np.ndarray, bytes_read: np.ndarray, starts: np.ndarray, led: np.ndarray) -> bool:
    """Marks columns with a cell that the C reader may read as another number than we do. led: what cells begin with,
    which is a space for any if this is true."""
    digit = lambda at: bytes_read[at] - ZERO < 10
    low = np.flatnonzero(led <= ZERO)  # few, among which are all of these
    first = led[low]
    zero, spaced = low[first == ZERO], low[first == SPACE]
    signed = low[(first == SIGNS[0]) | (first == SIGNS[1])]
    signed = signed[bytes_read[starts[signed] + 1] == ZERO]
    plus = low[first == SIGNS[0]]
    for cells in (zero[digit(starts[zero] + 1)], signed[digit(starts[signed] + 2)], low[first == QUOTE], spaced, plus):
        doubtful[cells % len(doubtful)] = True
    return len(spaced) > 0
