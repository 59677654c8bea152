"""Excel workbooks, by openpyxl: the sheet and the rows in which a table stands, and cells whose types differ."""

from __future__ import annotations

import os
import re
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO

import pandas as pd

from ....core.account import Account
from ....core.domain import Question
from ....core.errors import DataError
from ....core.limits import CHUNK, SHEET_CELL, require_cells, require_size
from ...values.cells import EXACT
from ...values.frames import check_columns
from ...values.sheet_cells import as_column, look_of, plain_column
from ..raw import Raw
from .delimited import MISSING, are_numbers_alone
from .file_form import PLAIN, FileForm
from .table_layout import TOP, End, Layout, find_end, find_layout, layout_below

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

LOCKED = "EncryptedPackage".encode("utf-16-le")  # the part in which a workbook behind a password keeps its cells
EXCEL_ROWS, EXCEL_COLUMNS = 2**20, 2**14  # a sheet has no more
SHEETS, ROW = "xl/worksheets/", re.compile(rb"[<:]row")  # folder of the cells, and the begin of each row
MOST_IN_ROW = 2**20  # tags: far more than a row of so many cells has, and few enough to be held
ELEMENT = SHEET_CELL // 2  # bytes: a cell is one, and its value another
FREE_ELEMENTS = 2**19  # take seconds, even where they are packed to next to nothing
LOOKED_AT = 1000  # rows by whose formats a column is written
LONGEST = 2**15  # bytes of a formula with its cell
SENTENCE_ITEMS = 3  # sheets or cells that a sentence names

_MARK = re.compile(
    rb"""<(?:\w+:)?(?:
      (?P<hidden>row\b[^<>]*\shidden="(?:1|true)")
      |mergeCell\b[^<>]*\sref="(?P<merged>[A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"
      |c\b(?P<formula>[^<>]*[^<>/])>\s*<(?:\w+:)?f\b[^<>]*(?:/>|>[^<>]*</(?:\w+:)?f>)\s*
        (?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>
      |(?P<cell>(?:v|is|f)[\s>])
    )""",
    re.VERBOSE,
)
_ROW = re.compile(r"\d+$")  # row number of a place
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")  # how a workbook writes what XML would change
_PLACE = re.compile(rb'\br="([A-Z]{1,3}\d{1,7})"')


@dataclass
class Marks:
    """Marks of a sheet that openpyxl does not report. cells: how many are filled. hidden: rows. merged: ranges such as
    A1:C2. formulas: places of cells whose formula has no value."""

    cells: int = 0
    hidden: int = 0
    merged: list[str] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)
    _tail: bytes = b""

    def look(self, part: bytes) -> None:
        """Look at the next part of the file of a sheet."""
        text = self._tail + part
        for mark in _MARK.finditer(text):
            if mark.end() <= len(self._tail):
                continue  # seen before
            self.cells += mark["cell"] is not None
            self.hidden += mark["hidden"] is not None
            if mark["merged"]:
                self.merged.append(mark["merged"].decode())
            elif mark["formula"] and b't="str"' not in mark["formula"]:  # a formula whose value is not an empty text
                place = _PLACE.search(mark["formula"])
                self.formulas.append(place[1].decode() if place else "?")
                self.cells += 1
        self._tail = text[-LONGEST:]


def read_workbook(
    file: BinaryIO,
    path: Path,
    sheet: str | None = None,
    header_row: int | None = None,
    usual_sheet: str | None = None,
    own_texts: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> Raw:
    """The table of a sheet. Text stays text, so that 007 keeps its zeros; an error is a missing cell.

    Raises DataError for a sheet that is missing or holds no table.

    Args:
        sheet: its name or its number from 1; by default the first with cells.
        header_row: the row of the column names, from 1; by default it is found.
        usual_sheet: as in `Source`; of items for a model, a sheet is never guessed.
        own_texts: as in `Source`.
    """
    import openpyxl

    with zipfile.ZipFile(file) as archive:
        marks = _marks(archive, os.fstat(file.fileno()).st_size, path)
    book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    of = lambda one: marks.get(one._worksheet_path.lstrip("/"), Marks())  # nothing public names the file of a sheet
    filled = sorted((one for one in book.worksheets if of(one).cells), key=lambda one: of(one).cells, reverse=True)
    chosen, notes = _choose(book.worksheets, filled, sheet, usual_sheet, path)
    others = [one for one in filled if one is not chosen]
    asked = _ask_sheet(chosen.title, others) if sheet is None and usual_sheet is None else []
    what, titles = f"sheet '{chosen.title}' of {path}", [one.title for one in others]
    frame, more, questions = _table(_Cells(chosen, path, own_texts), of(chosen), what, header_row, titles)
    frame.attrs["written"] = FileForm(frame.attrs["written"] | {"sheet": chosen.title})
    return Raw(
        "tables", path.stem, frame, account=Account(remarks=[*notes, *more]), asked=[*asked, *questions],
        sheet=chosen.title if others else "",
    )  # fmt: skip


def _marks(archive: zipfile.ZipFile, packed: int, path: Path) -> dict[str, Marks]:
    """Marks of each sheet, by its file. openpyxl holds every element and every row, even an empty one, so that this
    function counts them first."""
    require_size(path, sum(member.file_size for member in archive.infolist()), packed)
    elements, marks = 0, {}
    for member in archive.infolist():
        in_row, is_sheet = 0, member.filename.startswith(SHEETS)
        with archive.open(member) as file:
            while part := file.read(CHUNK):
                elements += part.count(b"<") - part.count(b"</")
                require_size(path, ELEMENT * elements, packed, free=FREE_ELEMENTS * ELEMENT)
                for begins, row in enumerate(ROW.split(part) if is_sheet else ()):
                    in_row = row.count(b"<") + (0 if begins else in_row)
                    if in_row > MOST_IN_ROW:
                        raise DataError(f"{path} has a row of more than {EXCEL_COLUMNS:,} cells: write it again")
                if is_sheet:
                    marks.setdefault(member.filename, Marks()).look(part)
    return marks


def _choose(
    sheets: Sequence[Worksheet], filled: list[Worksheet], named: str | None, usual: str | None, path: Path
) -> tuple[Worksheet, list[str]]:
    """A sheet, and what to say of it. filled: those with cells. named, usual: `sheet` and `usual_sheet` of
    `read_workbook`."""
    if not filled:
        raise DataError(f"{path} has no sheet with cells: give a workbook with a table")
    numbered = {str(number): one for number, one in enumerate(sheets, 1)}
    called = {**numbered, **{one.title: one for one in sheets}}
    if named is not None:
        if named not in called:
            raise DataError(f"{path} has no sheet '{named}': name one of {_titles(sheets)}, or its number from 1")
        return called[named], []
    there = [one for one in sheets if one in filled]
    shown = [one for one in there if one.sheet_state == "visible"] or there
    if usual is None or len(there) == 1:
        return shown[0], []
    if called.get(usual) in there:
        return called[usual], [f"only sheet `{called[usual].title}` is read, as in training"]
    if len(shown) == 1:
        return shown[0], [f"only sheet `{shown[0].title}` is read, since the others are hidden"]
    trained = f", and none is called '{usual}' as in training" if usual else ""
    raise DataError(
        f"{path} has {len(shown)} sheets with cells{trained}: name one of {_titles(shown)} with --sheet, or save that "
        "sheet as .csv"
    )


def _titles(sheets: Sequence) -> str:
    return ", ".join(f"'{one.title}'" for one in sheets)


def _ask_sheet(chosen: str, others: list) -> list[Question]:
    if not others:
        return []
    first, names = others[0].title, [f"`{one.title}`" for one in others]
    more = f"{len(names) - SENTENCE_ITEMS:,} more sheets" if len(names) > SENTENCE_ITEMS else names.pop()
    unread = f"{', '.join(names[:SENTENCE_ITEMS])} and {more} are" if names else f"{more} is"
    question = f"Sheet `{chosen}` is read, {unread} not: is `{first}` the table?"
    return [Question.whether(question, sheet=first)]


class _Cells:
    """The cells of a sheet: rows, those that hold anything, up to their last filled cell, None where one is empty.
    numbers: of these rows. errors: the places of cells that hold the error of a formula, by their columns. words: those
    for missing in each column, whose cells are None, by their rows. looks: the formats of numbers and dates in each
    column, by their rows. own_texts: of the columns of a model, as in `Source`."""

    def __init__(self, sheet: Worksheet, path: Path, own_texts: Mapping[str, Collection[str]]):
        self.own_texts, self.keeps_words = own_texts, any(map(_is_missing, chain.from_iterable(own_texts.values())))
        self.rows: list[list] = []
        self.numbers: list[int] = []
        self.errors: dict[int, list[str]] = {}
        self.words: dict[int, dict[int, str]] = {}
        self.looks: dict[int, dict[int, str]] = {}
        self.epoch = sheet.parent.epoch
        for number, row in self._read(sheet, path):
            cells = [None if cell.value is None else self._value(cell, number) for cell in row]
            while cells and cells[-1] is None:
                cells.pop()
            if cells or (own_texts and any(cell.value is not None for cell in row)):  # a row that misses every cell
                self.rows.append(cells)
                self.numbers.append(number)

    def _read(self, sheet: Worksheet, path: Path) -> Iterator[tuple[int, tuple]]:
        sheet.reset_dimensions()  # the size that a file states may be wrong
        seen = 0
        for number, row in enumerate(sheet.rows, 1):
            seen += len(row) + 1
            require_cells(path, seen, SHEET_CELL)
            if number > EXCEL_ROWS:
                raise DataError(f"{path} has a cell beyond row {EXCEL_ROWS:,}, where a sheet ends: write it again")
            yield number, row

    def _value(self, cell: Cell, number: int) -> object:
        value, column = cell.value, cell.column - 1
        if cell.data_type == "e":
            self.errors.setdefault(column, []).append(f"{cell.coordinate} ({value})")
            self.words.setdefault(column, {})[number] = value
            return None
        if isinstance(value, str):
            value = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)
            if self.keeps_words or (number == 1 and value in self.own_texts) or not _is_missing(value):
                return value
            self.words.setdefault(column, {})[number] = value
            return None
        if number <= LOOKED_AT and not isinstance(value, bool):
            self.looks.setdefault(column, {})[number] = cell.number_format
        whole = cell.data_type == "n" and value % 1 == 0 and abs(value) <= EXACT
        return int(value) if whole else value


def _is_missing(text: object) -> bool:
    return isinstance(text, str) and (text in MISSING or not text.strip())


def _table(
    cells: _Cells, marks: Marks, what: str, header_row: int | None, others: list[str]
) -> tuple[pd.DataFrame, list[str], list[Question]]:
    """The rows below the column names, notes, and questions."""
    rows, numbers = cells.rows, cells.numbers
    width = max(map(len, rows), default=0)
    require_cells(what, width * len(rows), SHEET_CELL)
    ranges = _boundaries(marks.merged)
    spans = {(top - 1, left - 1): right - left + 1 for left, top, right, _ in ranges}
    if header_row is not None and header_row > (last := numbers[-1] if rows else 0):
        raise DataError(f"{what} ends with row {last}: name a row of column names before it, not {header_row}")
    at = {number: row for number, row in zip(numbers, rows) if number <= max(TOP, header_row or 0)}
    top = [at.get(number, []) for number in range(1, max(at, default=0) + 1)]
    is_own = header_row is None and bool(top and top[0]) and set(top[0]).issubset(cells.own_texts)
    layout = layout_below(top, header_row - 1) if header_row else find_layout(top, spans)
    if is_own:
        layout = Layout(dict(enumerate(top[0])), 1)
    names, first = layout.names, layout.first
    if header_row is None and names and not is_own and are_numbers_alone(list(names.values())):
        names, first = {j: f"x{place}" for place, j in enumerate(names)}, first - 1
    notes = _fill_merged(cells, ranges, first, what)
    keep = [k for k, number in enumerate(numbers) if number > first]
    computed = {int(_ROW.search(place)[0]) for place in marks.formulas if place != "?"}
    below = [rows[k] for k in keep]
    end = End(len(keep), [], []) if is_own else find_end(below, [numbers[k] for k in keep], len(names), computed)
    body = below[: end.rows]
    filled = sorted({j for row in body for j, cell in enumerate(row) if cell is not None} | set(names))
    if not body or not filled:
        instead = f", or name another sheet ({', '.join(others[:SENTENCE_ITEMS])}) with --sheet" if others else ""
        raise DataError(f"{what} needs a row of column names and rows below it: write it again{instead}")
    check_columns(len(filled), what)
    called = [names.get(j, f"Unnamed: {place}") for place, j in enumerate(filled)]
    errors = {j: cells.errors[j] for j in filled if j in cells.errors}
    notes = [*layout.notes, *notes, *end.notes, *_about_rows(marks, errors, numbers)]
    below = {numbers[k] for k in keep[end.rows :]}
    formulas = [place for place in marks.formulas if place == "?" or int(_ROW.search(place)[0]) not in below]
    asked = [*layout.asked, *end.asked, *_ask_beside(body, filled, called), *_ask_formulas(formulas)]
    columns, looks, within = [], {}, {numbers[k] for k in keep[: end.rows]}
    for name, j in zip(called, filled):
        column, own = [row[j] if j < len(row) else None for row in body], cells.own_texts.get(name, ())
        if cells.keeps_words:
            column = ["" if cell is None and "" in own else None if _is_missing(cell) and cell not in own else cell
                      for cell in column]  # fmt: skip
        look = look_of(name, column, Counter(shown for row, shown in cells.looks.get(j, {}).items() if row in within))
        column = look.shown(column)
        taken = {} if name in cells.own_texts else cells.words.get(j, {})  # a run knows what its texts are
        words = [taken.get(numbers[k], "").strip() for k in keep[: end.rows]]
        made = plain_column(column) if own else as_column(name, column, cells.epoch, look, words)
        columns.append(made.cells)
        notes += [*look.notes, *made.notes]
        asked += [*look.asked, *made.asked]
        usual = Counter(filter(None, words)).most_common(1)
        how = {"format": look.format, "missing": usual[0][0] if usual else ""}
        looks |= {name: shown} if (shown := {key: text for key, text in how.items() if text}) else {}
    frame = pd.DataFrame(dict(enumerate(columns))).set_axis(called, axis=1)
    frame.attrs["written"] = _form(looks)
    return frame, notes, asked


def _ask_beside(rows: list[list], filled: list[int], called: list[str]) -> list[Question]:
    """About columns behind an empty one that begin or end at another row than those before it."""
    filled_in = lambda columns: [k for k, row in enumerate(rows) if any(cell is not None for cell in row[columns])]
    for k in (k for k in range(1, len(filled)) if filled[k] > filled[k - 1] + 1):
        before, behind = filled_in(slice(filled[k])), filled_in(slice(filled[k], None))
        if before and behind and (before[0], before[-1]) != (behind[0], behind[-1]):
            question = (
                f"An empty column stands before `{called[k]}`, and other rows are filled behind it than before it"
            )
            return [Question(f"{question}: if another table begins there, move it to a sheet of its own")]
    return []


def _form(looks: dict[str, dict]) -> FileForm:
    return FileForm({**PLAIN, "suffix": ".xlsx", "columns": looks})


def _boundaries(ranges: list[str]) -> list[tuple[int, int, int, int]]:
    """Left, top, right and bottom of each range of merged cells, from 1."""
    from openpyxl.utils.cell import range_boundaries

    return [range_boundaries(text) for text in ranges]


def _fill_merged(cells: _Cells, ranges: list[tuple[int, int, int, int]], first: int, what: str) -> list[str]:
    """Give merged cells of one column, below row `first`, the value that they show. Returns a note if any was empty."""
    at, filled, area = {number: k for k, number in enumerate(cells.numbers)}, 0, 0
    for left, top, right, bottom in ranges:
        if top not in at or top <= first or left != right or left > len(cells.rows[at[top]]):
            continue
        value = cells.rows[at[top]][left - 1]
        area += bottom - top
        if area > len(cells.rows) + EXCEL_ROWS:
            raise DataError(f"{what} has merged cells that overlap: write it again")
        for number in range(top + 1, bottom + 1):
            if value is None or number not in at:
                continue
            row = cells.rows[at[number]]
            row += [None] * (left - len(row))
            if row[left - 1] is None:
                row[left - 1], filled = value, filled + 1
    return [f"merged cells: {filled:,} empty cells take the value of their range"] * bool(filled)


def _about_rows(marks: Marks, errors: dict[int, list[str]], numbers: list[int]) -> list[str]:
    notes = [f"{marks.hidden:,} hidden row{'s are' * (marks.hidden > 1) or ' is'} read like the others"]
    notes *= bool(marks.hidden)
    if places := [place for column in errors.values() for place in column]:
        more = f" and {len(places) - 1:,} more" if len(places) > 1 else ""
        notes.append(f"errors of formulas are missing cells: {places[0]}{more}")
    return notes


def _ask_formulas(places: list[str]) -> list[Question]:
    if not places:
        return []
    cells = (
        f"{places[0]} and {len(places) - 1:,} more cells hold formulas"
        if places[1:]
        else f"{places[0]} holds a formula"
    )
    question = (
        f"{cells}, whose values the workbook lacks: they are missing cells. Open it in Excel or LibreOffice, save it, "
        "and read it again"
    )
    return [Question(question)]
