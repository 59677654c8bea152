"""How a file with a table was written, so that samples and completed tables come back as such a file."""

import re
from collections import Counter
from collections.abc import Collection

import pandas as pd

from .codebook import Variable, codebook_from_json

NUMBER = re.compile(r"[+-]?(?=[.,]?\d)\d*(?:([.,])(\d*))?([eE][+-]?\d+)?")
HEAD = 65536  # characters by which a file is judged
HABIT = 0.9  # share of the delimiters that have a space behind them
STATISTICS = (".sav", ".zsav", ".por", ".dta", ".xpt", ".xport")
ENCODINGS, NEWLINES = ("utf-8", "cp1252", "utf-16-le", "utf-16-be"), ("\n", "\r\n", "\r")


class FileForm(dict):
    """A plain dict, which JSON can hold, of

    delimiter: one character; spaced: True where a space follows each. decimal: "." or ",", the mark of its numbers.
    encoding: one of ENCODINGS; bom: whether a byte order mark stands first. newline: one of NEWLINES.
    missing: the commonest missing cell, just as it stands there. suffix: of the file's name, without .gz.
    header: False where the first line is a row. quoted: True where column names stand in quotes.
    columns: {name: {decimals, exponent, missing, quoted}}, the fewest decimals that its numbers have, whether any has
    an exponent, the commonest missing cell, and whether all its filled cells stand in quotes, each where it is not 0,
    False, the file's.
    For a workbook, suffix is .xlsx, and the other keys are as for a plain .csv. sheet: its name. columns: {name:
    {format}}, the format of most numbers or dates of a column, if it has one.
    For a table of SPSS or Stata, the suffix is its own, and the other keys are as for a plain .csv. codebook: as of
    `codebook_to_json`. title: label of the file.

    It stands in the `attrs` of a DataFrame under "written". pandas copies those deeply whenever it takes a column,
    which would cost the square of the columns: a form never changes, so its copy is itself.
    """

    def __deepcopy__(self, memo: dict) -> "FileForm":
        return self

    @classmethod
    def checked(cls, record: dict) -> "FileForm":
        """A form that was kept as JSON. Raises ValueError for what is none."""
        codebook_from_json(record.get("codebook", {}))
        texts = all(
            isinstance(record.get(key, ""), str) for key in ("delimiter", "missing", "suffix", "sheet", "title")
        )
        marks = record["encoding"] in ENCODINGS and record["newline"] in NEWLINES and record["decimal"] in (".", ",")
        truths = all(isinstance(record.get(key, False), bool) for key in ("bom", "spaced", "header", "quoted"))
        columns = all(
            type(how.get("decimals", 0)) is int and 0 <= how.get("decimals", 0) < 100
            and isinstance(how.get("missing", ""), str) and isinstance(how.get("format", ""), str)
            for how in record["columns"].values()
        )  # fmt: skip
        if not (texts and marks and truths and columns and len(record["delimiter"]) == 1):
            raise ValueError("no form of a delimited file")
        return cls(record)

    @property
    def is_delimited(self) -> bool:
        return self["suffix"] not in (".xlsx", *STATISTICS)

    @property
    def codebook(self) -> dict[str, Variable]:
        return codebook_from_json(self.get("codebook", {}))

    def with_codebook_of(self, other: "FileForm | None") -> "FileForm":
        """The form, with the codebook of another one if it has none."""
        if "codebook" in self or other is None or "codebook" not in other:
            return self
        return FileForm(self | {"codebook": other["codebook"]})


PLAIN = FileForm(  # of a table that came from no file, in which a float shows that it is one
    delimiter=",", decimal=".", encoding="utf-8", bom=False, newline="\n", missing="", suffix=".csv", columns={},
    decimals=1, exponent=True,
)  # fmt: skip


def form_of(frame: pd.DataFrame) -> FileForm | None:
    """The form of the file that a DataFrame was read from, as far as that is known: a plain dict in its attrs may say
    anything."""
    form = frame.attrs.get("written")
    return form if isinstance(form, FileForm) else None


def find_form(
    head: str, delimiter: str, names: list[str], missing: Collection[str], encoding: str, bom: bool, suffix: str,
    header: bool,
) -> FileForm:  # fmt: skip
    """Finds the form of a file. head: the first lines, whole. names: of the columns. missing: words for a missing cell.
    header: whether the first line holds the names."""
    rows, newlines, spaces = _cells(head, delimiter)
    first, rows = (rows[0], rows[1:]) if header and rows else ([], rows)
    rows = [row for row in rows if len(row) >= len(names)]
    columns = {name: Counter(cells) for name, cells in zip(names, zip(*rows))}
    missing_cells = {
        name: Counter({cell: count for cell, count in cells.items() if _bare(cell) in missing})
        for name, cells in columns.items()
    }
    commonest = lambda counts: counts.most_common(1)[0][0] if counts else ""
    usual = commonest(sum(missing_cells.values(), Counter()))
    forms, marks = {}, Counter()
    for name, cells in columns.items():
        filled = [cell for cell in cells if cell not in missing_cells[name]]
        numbers = _numbers([_bare(cell) for cell in filled], marks, delimiter)
        quoted = bool(filled) and all(map(_is_quoted, filled)) and not all(_needs(_bare(c), delimiter) for c in filled)
        word = commonest(missing_cells[name]) if missing_cells[name] else usual
        how = {key: value for key, value in (numbers | {"quoted": quoted}).items() if value}
        if how := how | ({"missing": word} if word != usual else {}):
            forms[name] = how
    form = {
        "delimiter": delimiter,
        "decimal": "," if marks[","] > marks["."] else ".",
        "encoding": encoding,
        "bom": bom,
        "newline": newlines.most_common(1)[0][0] if newlines else "\n",
        "missing": usual,
        "suffix": suffix,
        "columns": forms,
    }
    if spaces:
        form["spaced"] = True
    if not header:
        form["header"] = False
    elif first and all(map(_is_quoted, first)) and not all(_needs(_bare(cell), delimiter) for cell in first):
        form["quoted"] = True
    return FileForm(form)


def is_spaced(text: str, delimiter: str) -> bool:
    """Whether a space behind each delimiter is the way in which the first lines are written, not part of cells."""
    head = text[:HEAD]
    return f"{delimiter} " in head and _cells(head, delimiter)[2]


def _cells(head: str, delimiter: str) -> tuple[list[list[str]], Counter, bool]:
    """Rows of cells with the quotes that they stand in, without empty lines; how lines end; whether spaces follow
    delimiters."""
    cell = re.compile(
        rf'([ ]*)("(?:[^"]|"")*"[ ]*|[^{re.escape(delimiter)}\r\n]*)({re.escape(delimiter)}|\r\n|\n|\r|\Z)'
    )
    rows, row, newlines, spaced, between, at = [], [], Counter(), 0, 0, 0
    while at < len(head):
        match = cell.match(head, at)
        between += bool(row)
        spaced += bool(row) and bool(match[1])
        row.append(match[2].strip())
        at = match.end()
        if match[3] != delimiter or at == len(head):
            if match[3] != delimiter:
                newlines[match[3]] += bool(match[3])
            if row != [""]:
                rows.append(row)
            row = []
    return rows, +newlines, between > 0 and spaced >= HABIT * between


def _numbers(filled: list[str], marks: Counter, delimiter: str) -> dict:
    """decimals and exponent of a column of numbers. marks: gains its mark of decimals."""
    matches = [NUMBER.fullmatch(text) for text in filled]
    if not matches or None in matches:
        return {}
    own = {match[1] for match in matches} - {None}
    if len(own) > 1 or (own == {","} and delimiter == ","):
        return {}
    if not all(len(match[2] or "000") == 3 and not match[3] for match in matches):  # or it marks thousands
        marks.update(own)
    plain = [len(match[2] or "") for match in matches if not match[3]]
    fewest = min(plain, default=0)
    fixed = fewest == max(plain, default=0)  # else as many as each needs, and .0 where no number goes without
    return {"decimals": fewest if fixed else min(fewest, 1), "exponent": len(plain) < len(matches)}


def _is_quoted(cell: str) -> bool:
    return len(cell) > 1 and cell[0] == cell[-1] == '"'


def _bare(cell: str) -> str:
    return cell[1:-1].replace('""', '"').strip() if _is_quoted(cell) else cell


def _needs(text: str, delimiter: str) -> bool:
    """Whether a cell must stand in quotes."""
    return delimiter in text or '"' in text or "\n" in text or "\r" in text
