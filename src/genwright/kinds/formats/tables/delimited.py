"""Reading .csv and .csv.gz as a person wrote them: encoding, delimiter and decimal comma are found, not asked for."""

import codecs
import contextlib
import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Mapping
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from ....core.account import Account
from ....core.domain import Question
from ....core.errors import DataError
from ....core.limits import CHUNK, MAX_COLUMNS, most_bytes, read_plain, read_plain_head, require_cells
from ....core.patience import with_progress
from ....core.safe_text import unquoted
from ...values.date_forms import look_like_dates
from ...values.frames import check_columns, check_rows, frame_of
from ...values.smiles_texts import looks_like_smiles
from ...values.typed_cells import MISSING, MISSING_WORDS, NUMBER, as_number, grouping_mark, parse_texts, typed_cells
from ..forms import forms_of, name_of
from ..raw import Raw
from .c_reader import JUDGED_ROWS, is_text, layout_of
from .file_form import HEAD, FileForm, find_form, is_spaced
from .table_layout import SPACED, TOP, YEARS, Layout, Totals, are_spaced, find_layout, find_totals, part_by_tabs

DELIMITERS, RARE = (",", ";", "\t", "|"), ("^", "~", ":")  # the rare ones may stand in cells and times
NAMES = 20  # rows that show whether any cell comes again
BLANK = b" \t\r\n\v\f\0" + codecs.BOM_UTF8 + codecs.BOM_UTF16_LE  # bytes that alone make no table
LAST_LINES = 100  # in which totals may stand, beside empty ones
ALIKE = 0.9  # of the first lines of a table have as many cells as the first; the rest are mistakes to be told of

_BREAK = re.compile(r"\r\n|\n|\r")
MOST_CONTROLS = 0.02  # largest share of control characters in a text: a cell may hold one by mistake
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HINT = re.compile(rb'(?:\xef\xbb\xbf)?"?sep=[,;\t|]"?\r?\n', re.IGNORECASE)


def missing_word(usual: str, texts: Collection[str]) -> str:
    """The word by which a missing cell is written beside such texts: the usual one, unless it is one of them."""
    return usual if usual not in texts else next((word for word in MISSING_WORDS if word not in texts), usual)


def read_table(path: str | Path) -> pd.DataFrame:
    """The table of `read_delimited` alone."""
    return read_delimited(Path(path)).items


def read_delimited(
    path: Path,
    header_row: int | None = None,
    own_texts: Mapping[str, Collection[str]] = MappingProxyType({}),
    labels: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> Raw:
    """A delimited text file with a line of column names -> DataFrame.

    Args:
        header_row: the number of that line, from 1; by default it is found, also below a title, and where two lines
            hold the names. Blanks alone may part the columns; then a comment above them may hold the names.
        own_texts, labels: as in `Source`.

    Columns become int64 (Int64 where cells are missing), float64, bool, or text; dates stay text, numbers with leading
    zeros and of more than 18 digits too. A first line of numbers only (other than 0, 1, 2, ...) is a row, and the
    columns are then x0, x1, ... Last rows that sum up the others are left out. `.attrs["written"]` is its FileForm.
    Raises DataError for what is no such file, naming the line.
    """
    raw, above, spaced = _bytes(path), 0, []
    if are_spaced(_head(_top(raw)[0]), header_row, any(form.name == SPACED for form in forms_of(path.name))):
        encoding, (text, above, spaced) = _encoding(raw), part_by_tabs(_decode(raw, path), header_row)
        raw, header_row = ("\ufeff" * encoding.startswith("utf-16") + text).encode(encoding), None
    raw, top = _from_names(raw, path, header_row, own_texts)
    top = Above(top.lines + above, top.notes, [*spaced, *top.asked])
    texts = {**labels, **own_texts}
    frame, repeated = _frame(raw, path, top.lines, texts), 0
    if not own_texts and all(is_text(cells) for _, cells in frame.items()):  # names among cells make all of them texts
        raw, repeated = _without_repeated_names(raw)
        frame = _frame(raw, path, top.lines, texts) if repeated else frame
    if header_row is None and (names := _names_of_headless(frame, own_texts)):
        line, (text, encoding) = io.StringIO(), _top(raw)
        delimiter = sniff_delimiter(text.removeprefix("\ufeff"))
        csv.writer(line, delimiter=delimiter, lineterminator="\n").writerow(names)
        raw = _replace_start(raw, "\ufeff" * text.startswith("\ufeff"), encoding, line.getvalue())
        top = top._replace(lines=top.lines - 1, notes=[*top.notes, "the first line is a row: it names no columns"])
        frame = _frame(raw, path, top.lines, texts)
    totals = Totals([]) if own_texts else find_totals([cells for _, cells in frame.items()])
    if totals.labels:
        begin = _begin_of_last(raw, len(totals.labels), frame.shape[1])
        if begin is None:
            totals = Totals([], totals.labels[-1])
        else:
            frame = _frame(raw := raw[:begin], path, top.lines, texts)
    frame.attrs["written"] = _form(raw, path, frame)
    swallowed = _ask_rows_in_cells(frame, raw)
    if frame.attrs["written"]["encoding"] == "cp1252" and not own_texts:
        word = re.search(rb"[^\x00-\x20,;|\"]*[\x80-\xff][^\x00-\x20,;|\"]*", raw)[0].decode("cp1252", "replace")
        note = f"no UTF-8, so read as Windows-1252 (`{word}`): if letters are wrong, save the file as UTF-8"
        top = top._replace(notes=[*top.notes, note])
    count = len(totals.labels)
    notes = totals.notes(f"the last {count} rows" if count > 1 else "the last row")
    account = Account(remarks=[*top.notes, *notes])
    account.leave_out(repeated, "line", "the names of columns once more", raw.count(b"\n") + repeated)
    asked = totals.propose_deletion("The last row")
    return Raw("tables", name_of(path), frame, account=account, asked=[*top.asked, *swallowed, *asked])


def _without_repeated_names(raw: bytes | bytearray) -> tuple[bytes | bytearray, int]:
    """The file without lines that repeat the first, as files that were joined have them, and how many there were. A
    file of one column, or whose first line holds no name, is as it is."""
    end = raw.find(b"\n") + 1
    line = bytes(raw[:end])
    names = [word for word in re.split(rb"[,;\t|]", line.strip().removeprefix(b"\xef\xbb\xbf")) if word]
    if len(names) < 2 or not all(re.search(rb"[A-Za-z]", word) for word in names) or b'"' in line:
        return raw, 0
    count = 0
    while found := raw.count(b"\n" + line):
        raw, count = raw.replace(b"\n" + line, b"\n"), count + found
    return raw, count


def _names_of_headless(frame: pd.DataFrame, own: Collection[str] = ()) -> list[str]:
    """Names for the columns of a file whose first line, taken for names, is a row: a SMILES above SMILES, or numbers
    and dates above their like, and labels that come again. [] where it names columns. own: a model's columns."""
    if own:
        is_row = len(own) == frame.shape[1] and list(own) == [f"x{j}" for j in range(len(own))]
        return list(own) if is_row and not set(own) & set(frame.columns) else []
    is_smiles = [_is_smiles_above(str(name), frame[name]) for name in frame.columns]
    numeric = {name: pd.api.types.is_numeric_dtype(cells) for name, cells in frame.items()}  # no cell is a text
    is_number = [numeric[name] and bool(re.fullmatch(NUMBER, str(name))) for name in frame.columns]
    is_date = lambda name: look_like_dates([str(name), *map(str, frame[name].dropna().head(NAMES))])
    of_names = [name for name, number in zip(frame.columns, is_number) if not number]
    same = lambda name: np.zeros(len(frame), bool) if numeric[name] else frame[name].astype(object).eq(name).to_numpy()
    equal = lambda names: np.logical_and.reduce(list(map(same, names)))
    twice = 0 if any(is_number) or not equal(of_names[:1]).any() else equal(of_names).sum()  # rows that say the names
    comes_again = lambda name: equal([name]).sum() > twice or is_date(name)
    is_head = frame.shape[1] < 2 or are_counted([*frame.columns]) or not all(map(comes_again, of_names))
    if is_head and not any(is_smiles):
        return []
    first = is_smiles.index(True) if any(is_smiles) else -1
    return ["smiles" if j == first else f"x{j}" for j in range(frame.shape[1])]


def _is_smiles_above(name: str, cells: pd.Series) -> bool:
    """Whether a name and the cells below it are SMILES, which mostly differ."""
    if len(name) < 2 or pd.api.types.is_numeric_dtype(cells) or not looks_like_smiles(name):
        return False
    texts = [cell for cell in cells.dropna().head(NAMES) if isinstance(cell, str)]
    long = sum(map(len, texts)) > 3 * len(texts)
    return long and 2 * len(set(texts)) > len(texts) and sum(map(looks_like_smiles, texts)) >= ALIKE * len(texts)


def _ask_rows_in_cells(frame: pd.DataFrame, raw: bytes | bytearray) -> list[Question]:
    """Whether a cell that goes over several lines holds rows, each of as many cells as the table has columns: then a
    quote that opens or closes nothing stands in the first of them."""
    width = frame.shape[1]
    if width < 2 or raw.count(b"\n") <= len(frame) + raw.endswith(b"\n"):
        return []
    delimiter = sniff_delimiter(bytes(raw[: 4 * HEAD]).decode(_encoding(raw), "ignore").removeprefix("\ufeff"))
    for j, name in enumerate(frame.columns):
        cells = frame[name][_texts_with_breaks(frame[name])]
        for row, cell in cells.items():
            first, *middle, last = (line.count(delimiter) for line in _BREAK.split(cell))
            if first == width - 1 - j and last == j and all(count == width - 1 for count in middle):
                lines = len(middle) + 2
                question = (
                    f"The cell `{name}` in row {row + 1:,} goes over {lines:,} lines, each cut like a row: if they are "
                    "rows, remove the quote in the first"
                )
                return [Question(question)]
    return []


def _texts_with_breaks(cells: pd.Series) -> pd.Series:
    """(n,) bool, which cells are texts of several lines."""
    if pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_bool_dtype(cells):
        return pd.Series(False, cells.index)
    return cells.str.contains(_BREAK).fillna(False).astype(bool)


def _frame(raw: bytes | bytearray, path: Path, above: int, own: Mapping[str, Collection[str]]) -> pd.DataFrame:
    """The table by the fast reader, else by the careful one. above: as in `read_with_care`."""
    frame = read_by_c(raw, path, own)
    if frame is None:
        breaks, head = raw.count(b"\n"), raw[:HEAD].decode("latin-1").replace("\0", "")
        check_rows(breaks - 1, f"'{path}'")  # before millions of lines are split into cells
        require_cells(f"'{path}'", breaks + raw.count(sniff_delimiter(head).encode()))
        frame = read_with_care(_decode(raw, path, bool(own)), path, above, own)
    return frame


def read_by_c(
    raw: bytes | bytearray, path: Path, own: Mapping[str, Collection[str]] = MappingProxyType({})
) -> pd.DataFrame | None:
    """Table that `read_table` makes of a file of these bytes, or None if they need the careful reader. own: texts of
    a model's columns, as in `Source`."""
    head = bytes(raw[: 4 * HEAD + 4]).decode("utf-8-sig", "ignore")
    delimiter = sniff_delimiter(head, own)
    layout = layout_of(raw, delimiter, lambda first: _names(first, own)[1], lambda: is_spaced(head, delimiter))
    if layout is None:
        return None
    check_rows(layout.rows, f"'{path}'")
    names, named = _names(layout.first, own)
    require_cells(f"'{path}'", (layout.rows + named) * layout.width)
    if len(set(names)) < len(names) or len(names) > MAX_COLUMNS:
        return None
    natural, commas, texts, own_columns = [], [], [], []
    digits = {j: cells for j, cells in layout.digits.items() if not own.get(names[j])}
    first = list(zip(*layout.head()))
    group = grouping_mark(first, delimiter)
    for j, cells in enumerate(first):
        if own.get(names[j]):
            own_columns.append(j)
            continue
        filled = [cell for cell in map(str.strip, cells) if cell not in MISSING]
        _, dtype = parse_texts(filled, delimiter != ",", group)
        if layout.doubtful[j] or dtype is bool or (dtype is int and len(filled) < len(cells)):
            texts.append(j)
        else:
            comma = dtype is float and delimiter != "," and any("," in cell for cell in filled)
            (commas if comma else natural).append(j)
    no_digits = lambda columns: [j for j in columns if j not in digits]
    read = layout.read(no_digits(natural), no_digits(texts), MISSING) | layout.read(no_digits(commas), [], MISSING, ",")
    if group == ".":  # a number with a point may be whole
        read = {j: cells for j, cells in read.items() if j not in natural or cells.dtype.kind != "f"}
    read |= layout.read([], own_columns, ())
    read |= layout.read([], [j for j in no_digits(range(len(names))) if j not in read], MISSING)
    columns = {}
    for j in with_progress(range(len(names)), "reading columns"):
        if j in digits:
            columns[names[j]] = digits[j].astype(np.int64)
        else:
            cells = read.pop(j)
            typed = lambda: typed_cells(cells, delimiter != ",", own.get(names[j], ()), group)
            columns[names[j]] = typed() if is_text(cells) else cells
    return frame_of(columns)


def read_with_care(
    text: str, path: Path, above: int = 0, own: Mapping[str, Collection[str]] = MappingProxyType({})
) -> pd.DataFrame:
    """The same of the text of a file, or the error that says what is wrong with it. above: lines of the file that the
    text lacks. own: as in `read_by_c`."""
    delimiter = sniff_delimiter(text, own)
    rows, lines = _split(text, delimiter, path, above)
    check_columns(len(rows[0]), f"'{path}'")
    names, named = _names(rows[0], own)
    if named:
        rows, lines = rows[1:], lines[1:]
    twice = [name for j, name in enumerate(names) if name in names[:j]]
    if twice:
        raise DataError(f"'{path}' has more than one column named '{twice[0]}': rename or remove its copies")
    if not rows:
        raise DataError(f"'{path}' has a line of column names and no rows: give it at least one")
    for line, row in zip(lines, rows):
        if len(row) != len(names):
            raise DataError(
                f"line {line} of '{path}' has {len(row)} cells where the first line has {len(names)}: "
                "correct that line, or quote its text"
            )
    group = grouping_mark(zip(*rows[:JUDGED_ROWS]), delimiter)
    read = with_progress(list(zip(names, zip(*rows))), "reading columns")
    as_column = lambda cells, *how: typed_cells(pd.Series(cells, dtype=object), delimiter != ",", *how)
    return pd.DataFrame({name: as_column(cells, own.get(name, ()), group) for name, cells in read})


def _names(first: list[str], own: Collection[str] = ()) -> tuple[list[str], bool]:
    """Names of columns, without a comment sign, and whether the first line holds them. own: a model's columns."""
    names = [unquoted(name.strip()) or f"Unnamed: {j}" for j, name in enumerate(first)]
    if names[:1] and (bare := re.sub(r"^#+\s+", "", names[0])) not in names and not re.fullmatch(NUMBER, bare):
        names[0] = bare
    if are_numbers_alone(names) and not set(names).issubset(own):
        return [f"x{j}" for j in range(len(names))], False
    return names, True


def are_numbers_alone(names: list[str]) -> bool:
    """Whether names of columns are numbers, other than counted ones, and so the first row."""
    return not are_counted(names) and all(re.fullmatch(NUMBER, name) for name in names)


def are_counted(names: list[str]) -> bool:
    """Whether names of columns are 0, 1, 2, ..., or years one after the other."""
    first = int(names[0]) if names and re.fullmatch(r"\d{1,4}", names[0]) else -1
    is_year = YEARS[0] <= first <= YEARS[1] and len(names) > 1
    return (first == 0 or is_year) and names == [str(first + j) for j in range(len(names))]


# ---------------------------------------------------------------------- lines above the table


class Above(NamedTuple):
    """The lines above the names of columns. lines: how many were left out above the one of the names."""

    lines: int
    notes: list[str]
    asked: list[Question]


def _from_names(
    raw: bytes | bytearray, path: Path, header_row: int | None, own: Collection[str] = ()
) -> tuple[bytes | bytearray, Above]:
    """The bytes of a file from the line of its column names on, which are joined where two lines hold them."""
    text, encoding = _top(raw)
    if header_row is not None:
        ends = [0, *(line_break.end() for line_break in _BREAK.finditer(text))]
        if len(ends) < header_row or not text[ends[header_row - 1] :].strip():
            raise DataError(f"'{path}' has no line {header_row} with column names: name one of its first lines")
        return _replace_start(raw, text[: ends[header_row - 1]], encoding), Above(header_row - 1, [], [])
    if len(rest := _without_hint(raw)) < len(raw):
        return rest, Above(1, [], [])
    rows, delimiter = _top_rows(text)
    if not rows or set(_names(rows[0])[0]).issubset(own):
        return raw, Above(0, [], [])
    layout = find_layout([[_typed(cell) for cell in row] for row in rows])
    if not layout.notes:
        return raw, Above(0, [], layout.asked)
    if not _is_sure(rows, layout):
        return raw, Above(0, [], [])
    breaks, above = list(_BREAK.finditer(text)), layout.first - 1
    begin, names = text[: breaks[above - 1].end()], ""
    if layout.joined:
        line = io.StringIO()
        cells = [layout.names.get(j, "") for j in range(len(rows[layout.first]))]
        csv.writer(line, delimiter=delimiter, lineterminator=breaks[0][0]).writerow(cells)
        begin, names = text[: breaks[above].end()], line.getvalue()
    return _replace_start(raw, begin, encoding, names), Above(above, layout.notes, layout.asked)


def _top(raw: bytes | bytearray) -> tuple[str, str]:
    """The first lines of a file, whole, with a byte order mark where it has one, and their encoding; any bytes that are
    no UTF-8 are letters."""
    head = bytes(raw[: 4 * HEAD])
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if head.startswith(mark):
            return head.decode(encoding, "ignore"), encoding
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(head), "utf-8"
    except UnicodeDecodeError:
        return head.decode("latin-1"), "latin-1"


def _replace_start(raw: bytes | bytearray, begin: str, encoding: str, names: str = "") -> bytes | bytearray:
    """The bytes without the text that they begin with, but its byte order mark, and with other names before them."""
    mark = "\ufeff" if begin.startswith("\ufeff") else ""
    size, instead = len(begin.encode(encoding)), (mark + names).encode(encoding)
    if isinstance(raw, bytes):
        return instead + raw[size:]
    raw[:size] = instead  # a copy would take as much memory again
    return raw


def _begin_of_last(raw: bytes | bytearray, rows: int, width: int) -> int | None:
    """The byte at which so many last rows of `width` cells begin; None where it is not among the last lines."""
    encoding = _encoding(raw)
    tail = bytes(raw[-4 * HEAD :]).decode(encoding, "ignore")
    delimiter = sniff_delimiter(bytes(raw[: 4 * HEAD]).decode(encoding, "ignore").removeprefix("\ufeff"))
    for begin in [line_break.end() for line_break in _BREAK.finditer(tail)][: -rows - LAST_LINES : -1]:
        if tail.count('"', begin) % 2:
            continue  # within a cell
        reader = csv.reader(io.StringIO(tail[begin:], newline=""), delimiter=delimiter, skipinitialspace=True)
        with contextlib.suppress(csv.Error):
            widths = [len(row) for row in reader if row]
            if len(widths) == rows and set(widths) <= {width, width + 1}:  # an empty last column is no column
                return len(raw) - len(tail[begin:].encode(encoding))
    return None


def _top_rows(text: str) -> tuple[list[list[str]], str]:
    """Cells of the first lines, each row where it begins, and the delimiter that cuts most of them alike."""
    best, score = ([], ","), (0.0, 0)
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(_head(text.removeprefix("\ufeff")), newline=""), delimiter=delimiter)
        rows: list[list[str]] = []
        with contextlib.suppress(csv.Error):
            while len(rows) < TOP and (row := next(reader, None)) is not None:
                rows += [row, *([] for _ in range(reader.line_num - len(rows) - 1))]
        widths = Counter(len(row) for row in rows if row)
        width, count = widths.most_common(1)[0] if widths else (0, 0)
        if width > 1:
            score, best = max((score, best), ((round(count / sum(widths.values()), 2), width), (rows, delimiter)),
                              key=lambda pair: pair[0])  # fmt: skip
    return best


def _typed(cell: str) -> str | float | None:
    """A cell as a number where it is one, None where it is missing."""
    cell = cell.strip()
    if cell in MISSING:
        return None
    number = as_number(cell)
    return cell if number is None else number


def _is_sure(rows: list[list[str]], layout: Layout) -> bool:
    """Whether the lines below the names are cut as they are, and into columns enough that it is no chance."""
    width = len(rows[layout.first - 1])
    below = [row for row in rows[layout.first :] if row]
    alike = sum(len(row) == width for row in below) >= ALIKE * len(below)
    numbers = any(isinstance(_typed(cell), float) for row in below for cell in row)
    return bool(below) and alike and width > 1 and (width > 2 or numbers)


# ---------------------------------------------------------------------- how the file was written


def _form(raw: bytes | bytearray, path: Path, frame: pd.DataFrame) -> FileForm:
    """Form of the file by its first lines, and by all lines where the first miss nothing."""
    encoding = _encoding(raw)
    head = _head(bytes(raw[: 4 * HEAD]).decode(encoding, "ignore").removeprefix("\ufeff"))
    bom = encoding != "cp1252" and raw.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    delimiter, suffix = sniff_delimiter(head), Path(path.name.lower().removesuffix(".gz")).suffix
    lines = io.StringIO(head, newline="")
    first = next(row for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if row)
    form = find_form(head, delimiter, list(frame.columns), MISSING, encoding, bom, suffix, _names(first)[1])
    seen = form["missing"] or any("missing" in how for how in form["columns"].values())
    if seen or len(raw) <= HEAD or not frame.isna().any(axis=None):
        return form
    row = int(frame.isna().any(axis=1).to_numpy().argmax())
    return FileForm(form | {"missing": _commonest_missing(raw, row, delimiter, form["newline"], encoding)})


def _commonest_missing(raw: bytes | bytearray, row: int, delimiter: str, end: str, encoding: str) -> str:
    """The commonest missing cell of the first part of a file that has any, "" where none has. row: the first that
    misses a cell; no fewer lines stand before it."""
    around = ((delimiter, delimiter), (delimiter, end), (end, delimiter))
    texts = {word: [f"{one}{word}{other}".encode(encoding) for one, other in around] for word in sorted(MISSING)}
    lines = 0
    for begin in range(0, len(raw), HEAD):
        lines += raw.count(end[-1].encode(), begin, begin + 2 * HEAD)
        if lines < row:
            continue
        part = raw[begin : begin + 2 * HEAD]  # cells may stand between two parts
        counts = {word: sum(map(part.count, forms)) for word, forms in texts.items()}
        if any(counts.values()):
            return max(counts, key=counts.get)
    return ""


def _encoding(raw: bytes | bytearray) -> str:
    """Encoding of bytes that are text, as `_decode` finds it."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if raw.startswith(mark):
            return encoding
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for begin in range(0, 0 if raw.isascii() else len(raw), CHUNK):
            decoder.decode(raw[begin : begin + CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


# ---------------------------------------------------------------------- bytes and characters


def _bytes(path: Path) -> bytes | bytearray:
    raw = read_plain(path, f"'{path}'", maximum=most_bytes() // 2)  # it is held twice, as bytes and as text
    if not raw[:HEAD].strip(BLANK) and not raw.strip(BLANK):
        raise DataError(f"'{path}' is empty: give a table with a line of column names and rows")
    return raw


def _without_hint(raw: bytes | bytearray) -> bytes | bytearray:
    """The bytes without a first line "sep=;", which is for spreadsheets."""
    hint = _HINT.match(raw)
    return raw[hint.end() :] if hint else raw


def _decode(raw: bytes | bytearray, path: Path, is_own: bool = False) -> str:
    """The text of a file. is_own: it may hold whatever cells a model has, control characters among them."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif b"\0" in raw[:HEAD]:
        encodings = []
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if is_own or len(_CONTROLS.findall(text[:HEAD])) <= MOST_CONTROLS * len(text[:HEAD]):
            return text
    raise DataError(f"'{path}' is no text in UTF-8, UTF-16 or Windows-1252: save it as UTF-8 (a spreadsheet as .csv)")


def looks_like_a_table(path: Path) -> bool:
    """Whether the first lines of a text are those of a table: one delimiter cuts nine of ten alike, into two cells or
    more, of which some hold digits or come again, or all but the first are numbers. Raises DataError for what cannot be
    read."""
    raw = _without_hint(read_plain_head(path, HEAD))
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    lines = [line for line in raw.decode("utf-16" if wide else "latin-1", "ignore").split("\n") if line.strip()]
    lines = lines[:-1] if len(raw) == HEAD else lines  # the last is cut
    text = "\n".join(lines)
    if are_spaced(text):
        return True
    delimiter = sniff_delimiter(text)
    with contextlib.suppress(csv.Error):
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True))
        alike = [row for row in rows if len(row) == len(rows[0])]
        if rows and len(rows[0]) > 1 and len(alike) >= ALIKE * len(rows):
            return not _are_names(alike[1:])
    cells = [unquoted(line.strip()) for line in lines[1:]]
    return bool(cells) and all(cell in MISSING or re.fullmatch(NUMBER, cell) for cell in cells)


def _are_names(rows: list[list[str]]) -> bool:
    """Whether rows, enough of them, hold nothing but words of which none stands twice in its column: a person's last
    and first name, of which a table has nothing to learn."""
    words = not any(letter.isdigit() for row in rows for cell in row for letter in cell)
    return len(rows) >= NAMES and words and all(len(set(column)) == len(rows) for column in zip(*rows))


def sniff_delimiter(text: str, own: Collection[str] = ()) -> str:
    """The delimiter that splits the first lines most alike, then into the most cells; a comma for a single column.
    One of RARE needs names in the first line.
    own: names of a model's columns: one that makes such names of the first line comes first."""
    head = _head(text)
    best, score = ",", (0.0, 1)
    for delimiter in DELIMITERS if own else ():
        with contextlib.suppress(csv.Error):
            first = next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, skipinitialspace=True), [])
            if len(first) > 1 and {*own}.issuperset(_names(first, own)[0]):
                return delimiter
    for delimiter in (*DELIMITERS, *RARE):
        rows = []
        with contextlib.suppress(csv.Error):
            rows = list(filter(None, csv.reader(io.StringIO(head), delimiter=delimiter, skipinitialspace=True)))
        if not rows or len(rows[0]) < 2 or (delimiter in RARE and (score[0] >= ALIKE or not _have_names(rows))):
            continue
        alike = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
        score, best = max((score, best), ((round(alike, 2), len(rows[0])), delimiter), key=lambda pair: pair[0])
    return best


def _have_names(rows: list[list[str]]) -> bool:
    """Whether the first row has three cells or more, all begin with a letter, and no column repeats its first cell."""
    columns = list(zip(*rows))
    return len(columns) > 2 and all(re.match(r"[^\W\d]", name) and name not in cells for name, *cells in columns)


def _head(text: str) -> str:
    """The first lines, whole."""
    head = text[:HEAD]
    return head if len(head) == len(text) else head[: head.rfind("\n") + 1] or head


def _split(text: str, delimiter: str, path: Path, above: int) -> tuple[list[list[str]], list[int]]:
    """Rows of cells, and the line of the file on which each ends; without a nameless, empty last column, and empty
    lines, but those between the cells of a single column, which are empty cells."""
    rows, lines, before = [], [], 0
    empty = [""]  # an empty line, which is no row at the end, as "" in quotes is
    spaced = bool(re.search(rf'(^|[{re.escape(delimiter)}]) +"(?!")', text, re.MULTILINE)) or is_spaced(text, delimiter)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=spaced)
    try:
        for row in reader:
            if reader.line_num > before + 1:
                _require_closed_quotes(text, delimiter, before, reader.line_num, path, above)
            before = reader.line_num
            if row or (rows and len(rows[0]) == 1):
                rows.append(row or empty)
                lines.append(above + reader.line_num)
    except csv.Error as wrong:
        raise DataError(
            f"line {above + reader.line_num} of '{path}' cannot be read ({wrong}): correct that line"
        ) from None
    while rows[-1] is empty:
        rows.pop()
    if (
        len(rows[0]) > 1
        and not rows[0][-1].strip()
        and not any("".join(row[len(rows[0]) - 1 :]).strip() for row in rows)
    ):
        rows = [row[: len(rows[0]) - 1] for row in rows]
    return rows, lines


def _require_closed_quotes(text: str, delimiter: str, begin: int, end: int, path: Path, above: int) -> None:
    """Raises DataError where a row that goes over several lines does so by a quote that does not close, or that closes
    within a cell: it would swallow the rows below it. begin, end: its lines, from 0."""
    lines = "".join(islice(io.StringIO(text, newline=""), begin, end))
    try:
        list(csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error:
        raise DataError(
            f"a quote opens in line {above + begin + 1:,} of '{path}' and does not close before line "
            f"{above + end:,}: close it, or remove it"
        ) from None
