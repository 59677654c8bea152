"""Layout of a table on a sheet or in a text file: rows above the names of its columns, names in two rows, notes and
totals below, and columns that blanks alone part. Rows are lists of cells, None for an empty one; a cell that is no text
is a number, a date or a truth value.

Totals are rows that sum up others: `Total`, `Subtotal`, `Summe`, `Mean`. The word alone proves nothing, since a shop
may be called so. A row called a total is one if at least half of its numbers, and one or more, are the sums of their
columns. A row of means must hold nothing else, and so must a row of sums without a name, where the others have one.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import zip_longest
from numbers import Real
from typing import NamedTuple

import numpy as np
import pandas as pd

from ....core.domain import Question
from ...values.reading import find_numbers, is_missing_word, is_number, is_text
from ...values.typed_cells import as_number
from ...values.written import find_written

MIN_ROWS_ABOVE = 3  # rows above the last ones, at least
CHECKED_ROWS = 5  # last rows that may sum up others
MAX_LABEL_LENGTH = 40  # letters of a cell that names a total
CLOSE, EXACT = 1e-3, 1e-9  # tolerance of a sum of numbers that were rounded after they were added, and of floats
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
    """A cell that names a total. text: of the cell that names a total. alone: whether it says nothing else."""

    text: str
    kind: str
    alone: bool = True


class Totals(NamedTuple):
    """The rows at the end of a table that sum up others. labels: of the last rows that sum up others, in their order,
    "" of one without a name. unsure: the label of the row before them, where it is called a total and is none."""

    labels: list[str]
    unsure: str = ""

    def notes(self, where: str) -> list[str]:
        """Says in sentences what was left out. where: what to call the rows."""
        called = ", ".join(f"`{label}`" for label in self.labels if label)
        sums_up = "sums up the rows above" if len(self.labels) == 1 else "sum up the rows above"
        return [f"left out: {where}{f' ({called})' * bool(called)}, which {sums_up}"] * bool(self.labels)

    def propose_deletion(self, where: str) -> list[Question]:
        """Asks whether a row is a total. where: what to call the row that may be a total."""
        return [Question(f"{where} says `{self.unsure}`: if it sums up the others, delete it")] * bool(self.unsure)


def label_of(cells: Sequence[object]) -> Label | None:
    """The first cell of a row that names a total."""
    return next((label for cell in cells if (label := _label(cell))), None)


def find_totals(columns: Sequence[pd.Series]) -> Totals:
    """Finds the totals at the end of a table. columns: of a whole table, cells that are texts or numbers, or
    missing."""
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
    """Finds rows with a cell that names a sum: (n,) bool."""
    labelled = np.zeros(len(columns[0]), bool)
    for cells in filter(is_text, columns):
        names = [cell for cell in cells.dropna().unique() if (label := _label(cell)) and label.kind == SUM]
        labelled |= cells.isin(names).to_numpy(bool)
    return labelled


def sums_up(columns: Sequence[pd.Series], row: int, labelled: np.ndarray) -> bool:
    """Whether a row that is called a sum is one. labelled: (n,) bool, the rows that are called so."""
    return _sums_up(columns, row, Label("", SUM), ~labelled)


def _label(cell: object) -> Label | None:
    if not isinstance(cell, str) or len(text := " ".join(cell.split())) > MAX_LABEL_LENGTH:
        return None
    if _IS_MEAN.fullmatch(text):
        return Label(text, MEAN)
    return Label(text, SUM, bool(_IS_SUM.fullmatch(text))) if _HOLDS_SUM.search(text) else None


def _last_labels(columns: Sequence[pd.Series], rows: int) -> list[Label]:
    """Labels of the last rows, upwards, as long as each may sum up others. A label of several rows is a category."""
    labels: list[Label] = []
    for row in range(rows - 1, max(rows - 1 - CHECKED_ROWS, MIN_ROWS_ABOVE - 1), -1):
        cells = [column.iloc[row] for column in columns]
        label = label_of(cells)
        if label is None and not labels and _lacks_its_name(columns[0], cells):
            label = Label("", UNNAMED)
        if label is None or any((column == label.text).sum() > 1 for column in filter(is_text, columns)):
            break
        labels.append(label)
    return labels


def _lacks_its_name(first: pd.Series, cells: Sequence[object]) -> bool:
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
    return [(cells, values) for cells in columns if (values := _values(cells.iloc[row]))]


def _values(cell: object) -> list[tuple[float, float]]:
    """A number, and half a unit of its last decimal: several of a text, if 1.234 may be either."""
    if isinstance(cell, str):
        ways = [(float(way.read([cell])[0]), way.decimals) for way in find_written([cell.strip()])]
        return [(value, 0.5 * 10.0 ** -(decimals or 0)) for value, decimals in ways]
    if not isinstance(cell, Real) or isinstance(cell, (bool, np.bool_)) or not np.isfinite(float(cell)):
        return []
    decimals = max(0, -Decimal(repr(float(cell))).normalize().as_tuple().exponent)
    return [(float(cell), 0.5 * 10.0**-decimals)]


TOP, MOST_ABOVE = 100, 30  # rows by which the rest is judged; rows that may stand above the names
OFTEN = 0.1  # share of filled rows below, from which a column needs a name
ENOUGH = 3  # numbers below a unit, at least
JOINED = " / "
NOTE_TEXTS, LONGEST = 3, 40  # texts that a note shows, and their letters
YEARS = 1800, 2200  # numbers in this range may be names


class Layout(NamedTuple):
    """The layout of a sheet. names: of the columns, by their place. first: the row of the first cells below them, from
    0. joined: whether several rows hold the names."""

    names: dict[int, str]
    first: int
    notes: list[str] = []
    asked: list[Question] = []
    joined: bool = False


def find_layout(rows: Sequence[list], spans: Mapping[tuple[int, int], int] | None = None) -> Layout:
    """Finds the names of the columns of a sheet. rows: the first of a sheet, at most TOP of which are looked at. spans:
    of merged cells, by row and column, how many columns each takes; None where nobody knows."""
    top = _Top(rows[:TOP], spans)
    begin = next((k for k, filled in enumerate(top.filled) if filled), 0)
    for k in range(begin, min(begin + MOST_ABOVE, len(top.rows))):
        if names := top.two_rows(k):
            return top.layout(begin, k, k + 1, names)
        if top.names_all(k) and (k == begin or top.are_names(k)):
            return top.layout(begin, k, k, top.names(k))
        if not top.is_sparse(k):
            break
    return top.layout(begin, begin, begin, top.names(begin))


def layout_below(rows: Sequence[list], header: int) -> Layout:
    """Lays out a table whose names stand in row `header`, from 0, whatever it looks like."""
    row = rows[header] if header < len(rows) else []
    return Layout({j: name_of(cell) for j, cell in enumerate(row) if cell is not None}, header + 1)


def name_of(cell: object) -> str:
    """A cell as the name of a column."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime) and cell == datetime.combine(cell.date(), datetime.min.time()):
        cell = cell.date()
    return re.sub(r"\s*\n\s*", " ", str(cell)).strip()


class _Top:
    """The first rows. filled: the columns that each fills."""

    def __init__(self, rows: Sequence[list], spans: Mapping[tuple[int, int], int] | None):
        self.rows, self.spans = rows, spans
        self.filled = [{j for j, cell in enumerate(row) if cell is not None} for row in rows]

    def names(self, k: int) -> dict[int, str]:
        return {j: name_of(self.rows[k][j]) for j in sorted(self.filled[k])}

    def body(self, k: int) -> set[int]:
        """Columns that need a name in row k: some rows below fill them, or all that there are."""
        below = [filled for filled in self.filled[k + 1 :] if filled]
        columns = set().union(*below)
        return {j for j in columns if sum(j in filled for filled in below) >= OFTEN * len(below)}

    def are_numbers(self, column: int, k: int) -> bool:
        """Whether the cells of a column below row k, enough of them, are numbers or dates."""
        below = [row[column] for row, filled in zip(self.rows[k + 1 :], self.filled[k + 1 :]) if column in filled]
        known = [cell for cell in below if not _stands_for_missing(cell)]
        return len(known) >= ENOUGH and not any(isinstance(cell, str) for cell in known)

    def names_all(self, k: int) -> bool:
        """Whether row k fills every column below it, but for an index on the left."""
        filled, body = self.filled[k], self.body(k)
        missing = body - filled
        return bool(filled & body) and 2 * len(missing) <= len(body) and all(j < min(filled) for j in missing)

    def are_names(self, k: int) -> bool:
        """Whether the cells of row k are different names."""
        cells = [self.rows[k][j] for j in self.filled[k]]
        return all(map(_is_name, cells)) and len({name_of(cell).casefold() for cell in cells}) == len(cells)

    def is_sparse(self, k: int) -> bool:
        """Whether row k may be a title or a note: a cell, or few beside those below."""
        return len(self.filled[k]) <= 1 or 2 * len(self.filled[k]) < len(self.body(k))

    def two_rows(self, k: int) -> dict[int, str]:
        """Names in rows k and k + 1, of which the upper one spans several of the lower; {} where it is not sure."""
        if k + 2 >= len(self.rows):
            return {}
        upper, lower = self.filled[k], self.filled[k + 1]
        cells = [self.rows[at][j] for at, filled in ((k, upper), (k + 1, lower)) for j in filled]
        missing = self.body(k + 1) - upper - lower
        if not upper or len(lower) < 2 or not all(map(_is_name, cells)) or any(map(_stands_for_missing, cells)):
            return {}
        if any(j > min(upper | lower) for j in missing) or not any(j > min(upper) for j in lower - upper):
            return {}
        widths = [self.spans.get((k, j), 1) for j in upper] if self.spans else [1]
        if max(widths) > 1:
            sure = len(upper) > 1 or min(upper) > min(lower)  # else it is a title
        else:
            texts = [name_of(self.rows[k + 1][j]) for j in lower]
            sure = len(upper) > 1 and (len(set(texts)) < len(texts) or not upper <= lower)
            sure = sure and any(self.are_numbers(j, k + 1) for j in lower)
        names = self._joined(k, k + 1, max(widths) > 1)
        return names if sure and len(set(names.values())) == len(names) else {}

    def _joined(self, k: int, below: int, merged: bool) -> dict[int, str]:
        """Names of two rows. merged: whether merged cells say how far each of the upper ones goes; else each goes as
        far as the next."""
        upper = self.names(k)
        spread, last = dict(upper), None
        for j in range(max(self.filled[k] | self.filled[below]) + 1):
            last = j if j in upper else last
            if last is not None and j in self.filled[below] and (
                not merged or j < last + self.spans.get((k, last), 1)
            ):  # fmt: skip
                spread[j] = upper[last]
        return _join(spread, self.names(below))

    def layout(self, begin: int, k: int, last: int, names: dict[int, str]) -> Layout:
        """Lays out the table below its names. begin: the first filled row. k, last: the first and last row of names."""
        notes = []
        index = self.filled[last + 1] if last + 1 < len(self.rows) else set()
        if last > k and index and index.isdisjoint(names) and self._are_texts(last + 1, index):  # as pandas writes
            names, last = names | self.names(last + 1), last + 1
        elif last == k and self._are_units(k + 1, index):
            units = {j: unit for j, unit in self.names(k + 1).items() if not _stands_for_missing(unit)}
            names, last = _join(names, units), k + 1
        texts = [name_of(self.rows[at][j]) for at in range(begin, k) for j in sorted(self.filled[at])[:1]]
        if texts:
            above = (
                f"left out above {'them' if last == k else 'the column names'}: {_rows(1, k)} ({_list_texts(texts)})"
            )
            notes.append(f"column names in row {k + 1}, {above}" if last == k else above)
        if last > k:
            example = next((name for name in names.values() if JOINED in name), next(iter(names.values())))
            notes.append(f"column names joined from {_rows(k + 1, last + 1)}, as in `{example}`")
        return Layout(names, last + 1, notes, self._ask(k) if last == k else [], last > k)

    def _are_texts(self, k: int, columns: set[int]) -> bool:
        return all(isinstance(self.rows[k][j], str) for j in columns)

    def _are_units(self, k: int, columns: set[int]) -> bool:
        """Whether row k holds units: texts above columns of numbers, of which some may have none (-)."""
        return (
            self._are_texts(k, columns)
            and sum(not _stands_for_missing(self.rows[k][j]) for j in columns) > 1
            and all(self.are_numbers(j, k) for j in columns)
        )

    def _ask(self, k: int) -> list[Question]:
        """A row below k whose cells are names, above columns of numbers, while row k has other cells there."""
        for at in range(k + 1, min(k + MOST_ABOVE, len(self.rows))):
            numbers = [j for j in self.filled[at] if self.are_numbers(j, at)]
            if (
                len(numbers) > 1
                and len(self.filled[at]) >= len(self.filled[k])
                and self.names_all(at)
                and self.are_names(at)
                and self._are_texts(at, set(numbers))
                and not any(_stands_for_missing(self.rows[at][j]) for j in self.filled[at])
            ):
                texts = _list_texts([name_of(self.rows[at][j]) for j in sorted(self.filled[at])])
                question = f"The column names are read from row {k + 1}: do they stand in row {at + 1} ({texts})?"
                return [Question.whether(question, header_row=at + 1)]
        return []


def _join(upper: Mapping[int, str], lower: Mapping[int, str]) -> dict[int, str]:
    names = {}
    for j in sorted({*upper, *lower}):
        parts = dict.fromkeys(row[j] for row in (upper, lower) if j in row)
        names[j] = JOINED.join(parts)
    return names


def _is_name(cell: object) -> bool:
    """Whether a cell may be a name: a text, a year or a date."""
    if is_number(cell):
        return YEARS[0] <= cell <= YEARS[1] and cell == int(cell)
    return isinstance(cell, (str, date))


def _stands_for_missing(cell: object) -> bool:
    return isinstance(cell, str) and is_missing_word(cell)


def _rows(first: int, last: int) -> str:
    return f"row {first}" if first == last else f"rows {first} {'and' if last == first + 1 else 'to'} {last}"


def _list_texts(texts: Sequence[str]) -> str:
    cut = [text if len(text) <= LONGEST else f"{text[:LONGEST]}..." for text in texts[:NOTE_TEXTS]]
    return ", ".join(f"`{text}`" for text in cut) + ", ..." * (len(texts) > NOTE_TEXTS)


# ---------------------------------------------------------------------- below the table


class End(NamedTuple):
    """The end of a table in a sheet. rows: how many belong to the table."""

    rows: int
    notes: list[str]
    asked: list[Question]


def find_end(rows: Sequence[list], numbers: Sequence[int], width: int, computed: Collection[int] = ()) -> End:
    """Finds the end of a table in a sheet. rows: below the names, those that are filled. numbers: their places, from 1.
    width: columns of the table. computed: places of rows with formulas whose values are not known."""
    if k := _begin_of_another(rows, numbers):
        end, texts = find_end(rows[:k], numbers[:k], width, computed), [cell for cell in rows[k] if cell is not None]
        question = (
            f"Row {numbers[k]} and those below it are left out, since {_list_texts(texts)} seem to name a new table"
        )
        question += ": if it does, move it to a sheet of its own; else remove the empty row above"
        return End(end.rows, end.notes, [*end.asked, Question(question)])
    count, notes = _without_notes(rows, numbers, width), []
    if count < len(rows):
        texts = [name_of(next(cell for cell in row if cell is not None)) for row in rows[count:]]
        notes.append(f"left out below the table: {_rows(numbers[count], numbers[-1])} ({_list_texts(texts)})")
    if not count:
        return End(count, notes, [])
    last, totals = rows[count - 1], Totals([])
    if label_of(last) or not any(isinstance(cell, str) for cell in last):
        totals = find_totals([pd.Series(cells, dtype=object) for cells in zip_longest(*rows[:count])])
    end = count - len(totals.labels)
    notes += totals.notes(_rows(numbers[end], numbers[count - 1])) if end < count else []
    label, number = label_of(rows[end - 1]), numbers[end - 1]
    if label is not None and number in computed and not any(map(is_number, rows[end - 1])):
        return End(end - 1, [*notes, f"left out: row {number} (`{label.text}`), whose cells are formulas"], [])
    return End(end, notes, totals.propose_deletion(f"Row {number}, the last,"))


def _begin_of_another(rows: Sequence[list], numbers: Sequence[int]) -> int:
    """The first row below an empty one that seems to name the columns of another table, 0 where there is none: texts
    alone, of which some stand below numbers or below nothing, above another row."""
    for k in range(1, len(rows) - 1):
        cells = {j: cell for j, cell in enumerate(rows[k]) if cell is not None}
        if numbers[k] == numbers[k - 1] + 1 or len(cells) < 2 or label_of(rows[k]):
            continue
        above = lambda j: (row[j] for row in rows[:k] if j < len(row))
        is_text = all(isinstance(cell, str) and not is_missing_word(cell) for cell in cells.values())
        if is_text and any(not any(isinstance(cell, str) for cell in above(j)) for j in cells):
            return k
    return 0


def _without_notes(rows: Sequence[list], numbers: Sequence[int], width: int) -> int:
    """Number of rows above single texts that an empty row sets apart."""
    count = len(rows)
    while count and width > 2 and [type(cell) for cell in rows[count - 1] if cell is not None] == [str]:
        count -= 1
    for end in range(max(count, 1), len(rows)):
        if numbers[end] > numbers[end - 1] + 1:
            return end
    return len(rows)


# ---------------------------------------------------------------------- columns between blanks

_WORD, _WIDE = re.compile(r'"(?:[^"]|"")*"|\S+'), re.compile(r" {2,}|\s*\t\s*")
_COMMENT, _RULE = re.compile(r"\s*[#%]\s*"), re.compile(r"[-=+ ]{3,}")
SPACED = "blanks"  # name of the form of such files
_DELIMITED = re.compile(r"[;|]|(?<! )\t(?! )|(?<!\d),|,(?!\d)")  # as words are not


def are_spaced(head: str, header_row: int | None = None, is_named: bool = False) -> bool:
    """Whether a text with these first lines has columns with only blanks between them: most lines have two blanks
    together, or two columns hold numbers. is_named: the name of its file says so already."""
    _, lines, rows, _ = _spaced(head, header_row)
    if len(lines) < 3 - is_named or _DELIMITED.search(lines[0]):
        return False
    wide = 2 * sum(bool(_WIDE.search(line.strip())) for line in lines) > len(lines)
    numbers = sum(map(_are_numbers, zip(*rows[1:])))
    is_sure = wide or (numbers > 1 and not any("" in row for row in rows[1:]))
    return (is_sure and bool(rows)) or (is_named and len(lines[-1].split()) > 1)


def part_by_tabs(text: str, header_row: int | None) -> tuple[str, int, list[Question]]:
    """A text of which `are_spaced` holds, with tabs between its columns; how many lines are left out above; and a
    question about empty cells. Lines that are cut into unequal numbers of cells are left to the reader, who names one.
    """
    numbers, lines, rows, names = _spaced(text, header_row)
    rows = rows or [_WORD.findall(line) for line in lines]
    above, first = len(lines) - len(rows), names[:1] or rows[:1]
    written = dict(zip(numbers, [*lines[:above], *map("\t".join, rows)]))
    written |= {numbers[above] - 1: "\t".join(names[0])} if names else {}
    begin, asked = min(written), []
    empty = [(k, row.index("")) for k, row in enumerate(rows, above) if "" in row and (names or k > above)]
    if empty:
        (k, j), more = empty[0], f", nor have {len(empty) - 1:,} more" if empty[1:] else ""
        question = f"Line {numbers[k]:,} has no cell below `{first[0][j]}`{more}"
        asked = [Question(f"{question}: if that is wrong, write commas between the cells of all lines")]
    return "".join(written.get(k, "") + "\n" for k in range(begin, numbers[-1] + 1)), begin - 1, asked


def _spaced(text: str, header_row: int | None) -> tuple[list[int], list[str], list[list[str]], list[list[str]]]:
    """Numbers and lines of what is neither empty nor a comment or a rule; the rows of cells that they are, or the last
    of them, below the first empty line; and names that a comment gives rows without. Decimal commas in a first row
    would look like delimiters, so that names stand above them."""
    several = enumerate(re.split(r"\r\n|\n|\r", text.removeprefix("\ufeff")), 1)
    filled = [(k, line) for k, line in several if k >= (header_row or 1) and line.strip() and not _RULE.fullmatch(line)]
    plain = [(k, line) for k, line in filled if not _COMMENT.match(line)]
    numbers, lines = [k for k, _ in plain], [line for _, line in plain]
    below = next((k for k in range(1, len(lines) - 2) if numbers[k] > numbers[k - 1] + 1), 0)
    rows = _cut(lines) or (_cut(lines[below:]) if below else [])
    said = _COMMENT.sub("", "".join([line for k, line in filled if plain and k < numbers[0]][-1:]), count=1)
    names, width = [name.strip() for name in (said.split(",") if "," in said else said.split())], len(rows and rows[0])
    if len(set(names)) < len(names) or len(names) != width or _are_numbers(names):
        names = [f"x{j}" for j in range(width)] if rows and _are_numbers(rows[0]) and "," in "".join(rows[0]) else []
    return numbers, lines, rows, [names] if names and any(map(_are_numbers, zip(*rows))) else []


def _cut(lines: Sequence[str]) -> list[list[str]]:
    """Cells of lines that blanks part into two columns or more, "" for an empty one; [] where that is not sure. Two
    blanks part cells of several words, one parts words. Else a column ends where all lines have a blank. The first
    line may lack a name for its first column."""
    if len(lines) < 2 or _DELIMITED.search(lines[0]):
        return []
    at_positions = lambda: _cut_at_positions([line.expandtabs() for line in lines])
    for parts in (_WIDE.split, _WORD.findall):
        first, *rows = [parts(line.strip()) for line in lines]
        width = len(rows[-1])
        if width > 1 and len(first) in (width - 1, width) and all(len(row) == width for row in rows):
            rows = [[""] * (width - len(first)) + first, *rows]
            if not _are_joined(rows):
                return rows if len(first) == width else at_positions() or rows
    return at_positions()


def _are_numbers(cells: Sequence[str]) -> bool:
    return all(is_missing_word(cell) or as_number(cell) is not None for cell in cells)


def _are_joined(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a column seems to hold two: cells of several numbers, or as many words in most cells as in the name."""
    words = [[_WORD.findall(cell) for cell in cells] for cells in zip(*rows)]
    several = any(len(cell) > 1 and _are_numbers(cell) for cells in words for cell in cells)
    alike = lambda cells: sum(len(cell) == len(cells[0]) for cell in cells[1:])
    return several or any(len(cells[0]) > 1 and 2 * alike(cells) >= len(cells) for cells in words)


def _cut_at_positions(lines: Sequence[str]) -> list[list[str]]:
    filled = np.zeros((2, max(map(len, lines)) + 1), bool)  # by the first line, and by those below
    for k, line in enumerate(lines):
        filled[min(k, 1), : len(line)] |= np.frombuffer(line.encode("utf-32-le"), np.uint32) != ord(" ")
    headless, columns = _are_numbers(lines[0].split()), []
    below = lambda begin, end: _are_numbers([line[begin:end].strip() for line in lines[1:]])
    for begin, end in np.flatnonzero(np.diff(filled.any(0).astype(np.int8), prepend=0)).reshape(-1, 2):
        has = filled[:, begin:end].any(1)
        before = filled[:, slice(*columns[-1])].any(1) if columns else has
        is_word = columns and begin == columns[-1][1] + 1 and not (has.all() and before.all())
        is_word = is_word and (has[0] or below(begin, end) or not below(*columns[-1]))  # else of the column behind it
        if not headless and (is_word or (has != before).all()):  # a word of a name or cell, or cells beside their name
            columns[-1] = columns[-1][0], end
        else:
            columns.append((begin, end))
    rows = [[line[begin:end].strip() for begin, end in columns] for line in lines]
    return [] if len(columns) < 2 or "" in rows[0][1:] or _are_joined(rows) else rows
