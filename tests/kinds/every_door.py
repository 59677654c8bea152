"""One column through every door by which data come in, and what each door makes of it.

A door writes the column as a person would hand it over, beside a column `factor` by which its rows are put in order
again, and returns a `Reading`. The CSV file is the door that all others are compared with.
"""

import json
import re
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from made_columns import ROWS, SWAPPED, Drawn

import genwright
from genwright.core.answers import UNKNOWN
from genwright.core.data import Data
from genwright.core.errors import GenwrightError
from genwright.graphs.kinds.node_tables import nodes_of
from genwright.kinds.tables.columns import Column, Constant, Dates, Number
from genwright.kinds.tables.domain import Tables
from genwright.kinds.values.cells import read_numbers
from genwright.run.generator import Generator
from genwright.studio.shelf import UPLOAD, Shelf

ORDER = [(37 * k + 11) % ROWS for k in range(ROWS)]  # rows are in the order of no column
WEIGHTS = [100.25 + 0.25 * at for at in ORDER]
ROW_OF = {weight: row for row, weight in enumerate(WEIGHTS)}
REFUSED, ORDERED_BY = "refused", "factor"


class Difference(NamedTuple):
    """What a door may read otherwise than a CSV file: of columns that the file reads as one of `kinds`, and that one of
    `makers` drew, the door may make one of `others`, anything where they are none. reason: why it cannot be, or should
    not be, the same."""

    doors: tuple[str, ...]
    kinds: tuple[str, ...]
    others: tuple[str, ...]
    reason: str
    makers: tuple[str, ...] = ()


TYPED = (
    "JSON records",
    "JSON lines",
    "Parquet",
    "Feather",
    "pandas",
    "polars",
    "Arrow",
    "dict",
    "scikit-learn",
    "target",
)
IGNORED, CONSTANT = ("ignored",), ("constant number", "constant category", "constant date", "constant boolean")
DIFFERENCES = [
    Difference(("target",), CONSTANT, (REFUSED,), "an answer that never varies cannot be learned"),
    Difference(("target",), IGNORED, (REFUSED, "number"), "numbers that name rows may be answers, texts may not"),
    Difference(("target",), ("date",), (REFUSED,), "a date is no answer"),
    Difference(("target",), ("category",), (REFUSED,), "different in too many cells to be classes"),
    Difference(("target",), ("boolean", "category", "number"), ("two classes",), "two values are two classes"),
    Difference(("target",), (), (), "answers may be bounds, which a table has no type for", ("relations",)),
    Difference(
        TYPED,
        (),
        (),
        "a source with missing cells holds the word as a label, and asks",
        ("labels_like_missing", "labels_with_holes"),
    ),
    Difference(("beside lines",), CONSTANT, (REFUSED,), "nothing depends on what never varies"),
    Difference(
        ("target",), ("number",), (REFUSED,), "fewer than ten molecules have an answer", ("numbers_with_holes",)
    ),
    Difference(
        ("scikit-learn", "beside lines", "nodes", "target"),
        (),
        (),
        "other rows are for training, among which it may vary or not",
        ("nearly_constant",),
    ),
    Difference(("beside lines",), IGNORED, (REFUSED,), "nothing depends on names of rows"),
    Difference(("nodes",), CONSTANT, IGNORED, "what never varies is no feature"),
    Difference(("nodes",), ("boolean",), ("category",), "a feature that is there or not"),
    Difference(("HTML",), (), (), "blanks around a cell are the layout's", ("labels_of_several_spellings",)),
    Difference(("Excel",), (), (), "a workbook holds 15 digits of a number", ("large_numbers",)),
]


class Reading(NamedTuple):
    """kind: of the column, or REFUSED. missing: rows. values: of the rows that are filled; () where they are kept as
    they are. questions: about the column, without its cells. None is what a door does not tell."""

    kind: str
    missing: tuple | None = ()
    values: tuple | None = ()
    questions: tuple | None = ()


def read_through(door: str, column: Drawn, folder: Path) -> Reading:
    """What a door makes of a column. Errors that are no sentences pass through."""
    folder = folder / door.replace(" ", "-")
    folder.mkdir(parents=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return DOORS[door](column, folder)
    except GenwrightError as error:
        return Reading(REFUSED, None, (str(error),), None)


def differences(column: Drawn, folder: Path) -> dict[str, list[str]]:
    """{door: what is not as it is of a CSV file}: "kind", "missing", "values", "questions"."""
    first, found = read_through("csv", column, folder), {}
    for door in available():
        other = read_through(door, column, folder) if door != "csv" else first
        if (apart := compare(first, other)) and not is_expected(door, column, first, other):
            found[door] = apart
    return found


def is_expected(door: str, column: Drawn, first: Reading, other: Reading) -> bool:
    """Whether a difference is written down."""
    return any(
        door in one.doors
        and (not one.makers or column.maker in one.makers)
        and (not one.kinds or first.kind in one.kinds)
        and (not one.others or other.kind in one.others)
        for one in DIFFERENCES
    )


def compare(first: Reading, other: Reading) -> list[str]:
    """Which parts of two readings differ."""
    if REFUSED in (first.kind, other.kind):
        return ["kind"] * (first.kind != other.kind)
    apart = [
        name for name in ("missing", "values", "questions") if not _same(*(getattr(r, name) for r in (first, other)))
    ]
    return ["kind"] * (first.kind != other.kind) + apart


def _same(one: tuple | None, other: tuple | None) -> bool:
    if one is None or other is None:
        return True
    numbers = all(isinstance(value, float) for value in (*one, *other))
    if numbers:
        return len(one) == len(other) and np.allclose(one, other, rtol=1e-9, atol=0)
    return one == other


def of_table(data: Data, name: str, swapped: bool = False) -> Reading:
    frame = pd.concat([part for part in data.items.values() if len(part)], ignore_index=True)
    asked = [p for p in data.questions if f"`{name}`" in p.text or name in str(p.answer)]
    questions = tuple(sorted(_question(p.text, p.answer, swapped) for p in asked))
    return of_frame(data.domain, frame, name, swapped)._replace(questions=questions)


def _question(text: str, answer: dict, swapped: bool) -> str:
    """A question without examples and numbers; what it offers in one way of writing numbers."""
    if not answer:
        return re.sub(r"`[^`]*`|[\d.,%]+", "", text)
    ((option, value),) = answer.items()
    words = next(iter(value.values())) if isinstance(value, dict) else value
    answers = [str(word) for word in (words if isinstance(words, list) else [words])]
    answers = [answer.translate(SWAPPED) if swapped else answer for answer in answers]
    return f"{option} {[re.sub(r'(?<=[0-9])[.]0(?![0-9])', '', answer) for answer in answers]}"


def of_frame(domain: Tables, frame: pd.DataFrame, name: str, swapped: bool = False) -> Reading:
    """The reading of a column whose rows are known by their weights."""
    by_name = {column.name: column for column in domain.columns}
    weights = numbers_of(by_name[ORDERED_BY], domain.cells(frame, ORDERED_BY))
    frame = frame.set_axis([ROW_OF[weight] for weight in weights], axis=0).sort_index()
    return of_cells(by_name[name], domain.cells(frame, name), swapped)


def of_cells(column: Column, cells: pd.Series, swapped: bool = False) -> Reading:
    inner = column.inner if isinstance(column, Constant) else column
    missing, filled = tuple(np.flatnonzero(cells.isna())), cells.dropna()
    if isinstance(inner, Number):
        values = tuple(numbers_of(inner, filled).tolist())
    elif isinstance(inner, Dates):
        moments = inner.plain(filled)
        values = tuple((moments if moments.dtype.kind == "m" else pd.to_datetime(moments, utc=True)).map(str))
    else:
        swap = lambda cell: cell.translate(SWAPPED) if swapped and isinstance(cell, str) else cell
        values = tuple(_as_text(swap(cell)) for cell in filled)
    return Reading("constant " * isinstance(column, Constant) + inner.kind, missing, values)


def _as_text(cell: object) -> str:
    """A cell as labels are compared: 1 and 1.0 are one."""
    whole = isinstance(cell, (float, np.floating)) and float(cell).is_integer() and abs(cell) < 1e15
    text = str(int(cell)) if whole else re.sub(r"^(-?\d+)\.0$", r"\1", str(cell))
    return "0" if text == "-0" else text


def numbers_of(column: Number, cells: pd.Series) -> np.ndarray:
    return read_numbers(cells, column.name, column.written)


# ---------------------------------------------------------------------- files


def csv(column: Drawn, folder: Path) -> Reading:
    return of_table(genwright.load_data(_delimited(column, folder / "t.csv", ",")), column.name)


def decimal_comma(column: Drawn, folder: Path) -> Reading:
    data = genwright.load_data(_delimited(column, folder / "t.tsv", "\t", swapped=True))
    return of_table(data, column.name, column.marks)


def _delimited(column: Drawn, path: Path, delimiter: str, swapped: bool = False) -> Path:
    texts = column.swapped() if swapped else column.texts
    weights = [str(weight).replace(".", "," if swapped else ".") for weight in WEIGHTS]
    pd.DataFrame({column.name: texts, ORDERED_BY: weights}).to_csv(path, sep=delimiter, index=False)
    return path


def html_page(column: Drawn, folder: Path) -> Reading:
    pd.DataFrame({column.name: column.texts, ORDERED_BY: WEIGHTS}).to_html(folder / "t.html", index=False)
    return of_table(genwright.load_data(folder / "t.html"), column.name)


def quoted_between_blanks(column: Drawn, folder: Path) -> Reading:
    lines = ['"{}"  "{}"'.format(*(cell.replace('"', '""') for cell in row)) for row in _texts(column)]
    (folder / "t.dat").write_text("\n".join(lines))
    return of_table(genwright.load_data(folder / "t.dat"), column.name)


def _texts(column: Drawn) -> list[tuple[str, str]]:
    return [(column.name, ORDERED_BY), *zip(column.texts, map(str, WEIGHTS))]


def json_records(column: Drawn, folder: Path) -> Reading:
    (folder / "t.json").write_text(json.dumps(_records(column), default=_stamp))
    return of_table(genwright.load_data(folder / "t.json"), column.name)


def json_lines(column: Drawn, folder: Path) -> Reading:
    (folder / "t.jsonl").write_text("\n".join(json.dumps(record, default=_stamp) for record in _records(column)))
    return of_table(genwright.load_data(folder / "t.jsonl"), column.name)


def _records(column: Drawn) -> list[dict]:
    return [{column.name: cell, ORDERED_BY: weight} for cell, weight in zip(column.typed, WEIGHTS)]


def _stamp(moment: object) -> str:
    return f"{moment:%Y-%m-%d}"


def excel(column: Drawn, folder: Path) -> Reading:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append([column.name, ORDERED_BY])
    for row in zip(column.typed, WEIGHTS):
        book.active.append(row)
    book.save(folder / "t.xlsx")
    return of_table(genwright.load_data(folder / "t.xlsx"), column.name)


def parquet(column: Drawn, folder: Path) -> Reading:
    _plain_frame(column).to_parquet(folder / "t.parquet", index=False)
    return of_table(genwright.load_data(folder / "t.parquet"), column.name)


def feather(column: Drawn, folder: Path) -> Reading:
    _plain_frame(column).to_feather(folder / "t.feather")
    return of_table(genwright.load_data(folder / "t.feather"), column.name)


def studio(column: Drawn, folder: Path) -> Reading:
    shelf = Shelf(folder.resolve(), dict)
    upload = shelf.new_upload()
    _delimited(column, upload / "t.csv", ",")
    path, options = shelf.source_of({"source": shelf.entry_of(upload, UPLOAD).id})
    return of_table(genwright.load_data(folder / path, **options), column.name)


# ---------------------------------------------------------------------- memory


def _frame(column: Drawn) -> pd.DataFrame:
    return pd.DataFrame({column.name: column.typed, ORDERED_BY: WEIGHTS})


def _plain_frame(column: Drawn) -> pd.DataFrame:
    """The column in a type that all its cells have: as text, where they have several."""
    if len({type(cell) for cell in column.typed if cell is not None}) <= 1:
        return _frame(column)
    return pd.DataFrame({column.name: [text or None for text in column.texts], ORDERED_BY: WEIGHTS})


def pandas_frame(column: Drawn, folder: Path) -> Reading:
    return of_table(genwright.load_data(_frame(column)), column.name)


def polars_frame(column: Drawn, folder: Path) -> Reading:
    import polars

    plain = _plain_frame(column)
    cells = [None if pd.isna(cell) else cell for cell in plain[column.name].astype(object)]
    whole = all(isinstance(cell, int) for cell in column.typed if cell is not None)
    cells = column.typed if whole else cells
    return of_table(genwright.load_data(polars.DataFrame({column.name: cells, ORDERED_BY: WEIGHTS})), column.name)


def arrow_table(column: Drawn, folder: Path) -> Reading:
    return of_table(genwright.load_data(pa.Table.from_pandas(_plain_frame(column), preserve_index=False)), column.name)


def dict_of_lists(column: Drawn, folder: Path) -> Reading:
    return of_table(genwright.load_data({column.name: column.typed, ORDERED_BY: WEIGHTS}), column.name)


def estimator(column: Drawn, folder: Path) -> Reading:
    frame = _frame(column)
    domain = Generator("independent", items=100, random_state=0).fit(frame).model_.domain
    return of_frame(domain, frame, column.name)._replace(questions=None)


# ---------------------------------------------------------------------- beside other items


def beside_lines(column: Drawn, folder: Path) -> Reading:
    """A column that lines of text are given with."""
    frame = pd.DataFrame(
        {"line": [f"line {chr(97 + row % 26)} {row}" for row in range(ROWS)], column.name: column.texts}
    )
    frame.to_csv(folder / "t.csv", index=False)
    data = genwright.load_data(folder / "t.csv", column="line", given=column.name)
    lines, cells = zip(*[pair for part in data.items.values() for pair in zip(part, part.given[column.name])])
    values = pd.Series(cells, [int(line.split()[-1]) for line in lines], object).sort_index()
    field = data.domain.fields.get(column.name)
    if not hasattr(field, "table"):
        return Reading("ignored", tuple(np.flatnonzero(values.isna())), None, None)
    frame = values.infer_objects().to_frame(column.name)
    (inner,) = field.table.columns
    return of_cells(inner, field.table.cells(frame, column.name))._replace(questions=None)


def nodes(column: Drawn, folder: Path) -> Reading:
    """A column of a table of nodes, of which only its kind and whether cells are missing are compared."""
    table = nodes_of(_frame(column))
    names = {made.name: made for made in table.columns.columns}
    if column.name not in names:
        (why,) = [name for name in table.account.unused["columns"] if name.startswith(f"`{column.name}`, ")]
        return Reading("date" if "a date" in why else "ignored", None, None, None)
    return Reading("category" if names[column.name].labels else "number", None, None, None)


def target(column: Drawn, folder: Path) -> Reading:
    """A column of values of molecules, which are to be predicted. The spelling of classes is not compared, since
    those that differ in case alone are one."""
    smiles = ["C" * (row + 1) for row in range(ROWS)]
    measured = genwright.load_data((smiles, _frame(column)[[column.name]]), target=column.name, descriptors="none")
    (answers,) = measured.columns
    at = np.array([len(molecule) - 1 for molecule in measured.smiles])
    missing = sorted({*range(ROWS)} - {*at[answers.known != UNKNOWN].tolist()})
    known = np.argsort(at)[: len(at)]
    known = known[answers.known[known] != UNKNOWN]
    if answers.classes:
        return Reading("two classes" if len(answers.classes) == 2 else "category", tuple(missing), None, None)
    return Reading("number", tuple(missing), tuple(answers.y[known].tolist()), None)


DOORS: dict[str, Callable[[Drawn, Path], Reading]] = {
    "csv": csv, "HTML": html_page, "blanks": quoted_between_blanks,
    "decimal comma": decimal_comma, "JSON records": json_records, "JSON lines": json_lines, "Excel": excel,
    "Parquet": parquet, "Feather": feather, "pandas": pandas_frame, "polars": polars_frame, "Arrow": arrow_table,
    "dict": dict_of_lists, "scikit-learn": estimator, "studio": studio, "beside lines": beside_lines, "nodes": nodes,
    "target": target,
}  # fmt: skip


@cache
def available() -> tuple[str, ...]:
    """Doors whose library is installed."""
    try:
        import polars  # noqa: F401
    except ImportError:
        return tuple(door for door in DOORS if door != "polars")
    return tuple(DOORS)
