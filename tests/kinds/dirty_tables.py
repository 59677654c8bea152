"""Tables of dirty cells, each drawn from a seed and a number, and the way of one from its file to samples and back."""

import csv
import io
import json
import random
import traceback
import warnings
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from every_door import of_cells

import genwright
from genwright.core.errors import GenwrightError
from genwright.kinds.load import read_items
from genwright.kinds.tables.columns import Ignored, Number
from genwright.kinds.tables.domain import Tables

# ---------------------------------------------------------------------- cells

LEFTOVERS = [
    "", " ", "NA", "n/a", "None", "null", "NULL", "nan", "NaN", "-", "--", "?", ".", "inf", "-inf",
    "#N/A", "#REF!", "0", "-0", "-1", "-999", "9999", "1e400", "1e-400", "1e5", "0x1F", "1_000", "1,5",
    "1.5", "1.234,5", "1,234.5", "12345678", "00012", "+7", "٣", "½", "1/2", "3 kg", "12%", "$5", "(3)",
    "<0.1", ">100", "~4", "5*", "7?", "TRUE", "false", "yes", "2021-02-30", "2021-13-01", "31.12.1899",
    "0000-00-00", "20210230", "1900-01-00", "24:00", "12:61", "7:44 PM", "=1+1", "@sum", "+a", "-b",
    "=cmd|'/c'!A0", "'quoted", '"', '""', "a,b", "a;b", "a\tb", "line\nbreak", "cr\rhere", "\x07",
    "\u200b", "\ufeff", "\u00a0", "\u2028", "é", "e\u0301", "ß", "İ", "🙂", "نص", "中文", "\ud7ff", "\x85",
    "NULL ", " NA", "na", "TBD", "unknown", "Total", "Sum", "12 Total", "see note",
    "18446744073709551616", "-9e18", "9007199254740993", "0.1000000000000000055",
    "1.7976931348623157e308", "5e-324", "True", "1.0", "01", "1e", "e5", "[1, 2]", "{'a': 1}",
    "<b>x</b>", "\\N", "\\", "%s", "NaT", "Infinity", "x" * 300,
]  # fmt: skip
UNREADABLE = "\x00"  # no text file holds it: it comes seldom, as it ends the way of a table early
NAMES = [
    "a", "value", "Unnamed: 0", "id", "", " ", "a b", "x,y", "naïve", "1", "3.5", "2021", "NA", "None", "date", "count",
    "total", "=name", "index", "label", "weight (kg)", "line\nbreak", "split", "smiles", "source", "target", "True",
    "__index_level_0__", "given", "seed", "🙂", "level_0", "'x'", '"y"', "x" * 90, "time", "row", "class",
]  # fmt: skip


def numbers(rng: random.Random, rows: int) -> list[str]:
    scale, places = 10 ** rng.randint(-6, 9), rng.randint(0, 6)
    return [f"{rng.gauss(0, 1) * scale:.{places}f}" for _ in range(rows)]


def counts(rng: random.Random, rows: int) -> list[str]:
    high = rng.choice([0, 1, 2, 9, 1000, 2**33, 2**60])
    return [str(rng.randint(0, high)) for _ in range(rows)]


def measures(rng: random.Random, rows: int) -> list[str]:
    before, after = rng.choice([("$", ""), ("", " kg"), ("", "%"), ("<", ""), ("", "€"), ("CHF ", ""), ("", " Mio.")])
    mark = rng.choice(["", ",", ".", " ", "'"])
    return [f"{before}{rng.randint(0, 3_000_000):,}{after}".replace(",", mark) for _ in range(rows)]


def words(rng: random.Random, rows: int) -> list[str]:
    count = rng.choice([1, 2, 3, 12, 150])
    made = ["".join(rng.choices("abcÄÖ éß-_./ 0123456789", k=rng.randint(1, 9))) for _ in range(count)]
    return rng.choices(made, k=rows)


def leftovers(rng: random.Random, rows: int) -> list[str]:
    return rng.choices(rng.sample(LEFTOVERS, rng.randint(1, 12)), k=rows)


def days(rng: random.Random, rows: int) -> list[str]:
    form = rng.choice(
        ["%Y-%m-%d", "%d.%m.%y", "%m/%d/%Y", "%d/%m/%Y %H:%M", "%Y%m%d", "%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%B %Y",
         "%a %d %b %Y", "%Y-%m-%d %H:%M:%S.%f", "%Y-W%W", "%j/%Y", "%I:%M %p", "%s"]
    )  # fmt: skip
    first, span = datetime(rng.choice([1, 1677, 1899, 1970, 2023, 9990]), 1, 2), rng.choice([3, 400, 3000])
    return [(first + timedelta(minutes=rng.randint(0, span * 1440))).strftime(form) for _ in range(rows)]


def sentences(rng: random.Random, rows: int) -> list[str]:
    return [" ".join(rng.choices(LEFTOVERS + ["seen", "by", "nurse"], k=rng.randint(1, 9)))[:200] for _ in range(rows)]


def keys(rng: random.Random, rows: int) -> list[str]:
    prefix, width, first = rng.choice(["", "P", "#", "id-", "0"]), rng.choice([0, 3, 9]), rng.randint(-3, 99_999)
    return [f"{prefix}{first + k:0{width}}" for k in range(rows)]


CELLS = [numbers, numbers, counts, measures, words, words, leftovers, days, days, sentences, keys]


def draw_cells(rng: random.Random, rows: int) -> list[str]:
    cells, share = rng.choice(CELLS)(rng, rows), rng.choice([0, 0, 0.02, 0.1, 0.5, 0.97])
    dirt = rng.sample(LEFTOVERS, rng.randint(1, 4)) + [UNREADABLE] * (rng.random() < 0.01)
    return [rng.choice(dirt) if rng.random() < share else cell for cell in cells]


# ---------------------------------------------------------------------- sources


def typed(rng: random.Random, cell: str) -> object:
    """A cell as a source of types may hold it: the number, truth value, day or nothing that its text says."""
    if cell in ("", "None", "null"):
        return None
    if cell.lower() in ("true", "false"):
        return cell.lower() == "true"
    for read in (int, float, date.fromisoformat, datetime.fromisoformat):
        try:
            return read(cell)
        except (ValueError, OverflowError):
            continue
    return cell


def text_file(rng: random.Random, names: list[str], columns: list[list[str]], folder: Path) -> Path:
    delimiter, buffer = rng.choice([",", ",", ";", "\t", "|"]), io.StringIO()
    quoting = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    writer = csv.writer(buffer, delimiter=delimiter, quoting=quoting, lineterminator=rng.choice(["\n", "\r\n", "\r"]))
    if rng.random() < 0.9:
        writer.writerow(names)
    writer.writerows(zip(*columns))
    text = buffer.getvalue()
    text = rng.choice(["", "", "", "# made by a device\n", "\n\n", "Report of May\n\n"]) + text
    text += rng.choice(["", "", "", "\n\n", "* preliminary\n", f"Total{delimiter}12\n", "\x1a"])
    path = folder / f"t{rng.choice(['.csv', '.csv', '.tsv', '.txt', '.CSV'])}"
    encoding = rng.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
    path.write_bytes(text.encode(encoding, errors="replace"))
    return path


def json_file(rng: random.Random, names: list[str], columns: list[list[str]], folder: Path) -> Path:
    rows = [dict(zip(names, (_json(typed(rng, cell)) for cell in row))) for row in zip(*columns)]
    rows = [{name: cell for name, cell in row.items() if cell is not None or rng.random() < 0.5} for row in rows]
    if rng.random() < 0.5:
        path, text = folder / "t.jsonl", "\n".join(map(json.dumps, rows))
    else:
        path, text = folder / "t.json", json.dumps(rows, indent=rng.choice([None, 1]))
    path.write_text(text)
    return path


def _json(cell: object) -> object:
    return cell if cell is None or isinstance(cell, (str, int, float)) else str(cell)


def workbook(rng: random.Random, names: list[str], columns: list[list[str]], folder: Path) -> Path:
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book, keep_text = Workbook(), rng.random() < 0.3
    clean = lambda text: ILLEGAL_CHARACTERS_RE.sub("", text)
    book.active.append([clean(name) for name in names])
    for row in zip(*columns):
        cells = [clean(cell) if keep_text else typed(rng, cell) for cell in row]
        book.active.append([_in_book(clean(cell) if isinstance(cell, str) else cell) for cell in cells])
    book.save(folder / "t.xlsx")
    return folder / "t.xlsx"


def _in_book(cell: object) -> object:
    """A cell as a workbook can hold it."""
    if isinstance(cell, float) and not np.isfinite(cell) or isinstance(cell, int) and abs(cell) > 1e300:
        return str(cell)
    if isinstance(cell, (date, datetime)) and (cell.year < 1900 or getattr(cell, "tzinfo", None)):
        return str(cell)
    return f"'{cell}" if isinstance(cell, str) and cell[:1] == "=" else cell


def in_memory(rng: random.Random, names: list[str], columns: list[list[str]], folder: Path) -> pd.DataFrame:
    names, made = list(dict.fromkeys(names)), {}
    for name, cells in zip(names, columns):
        cells = cells if rng.random() < 0.3 else [typed(rng, cell) for cell in cells]
        made[name] = pd.Series(cells, dtype=rng.choice([None, object]) if cells else object)
        for dtype in rng.sample(
            ["string", "category", "Int64", "Float32", "boolean", "str", "int8", "datetime64[ns]"], 3
        ):
            try:
                made[name] = made[name].astype(dtype)
                break
            except Exception:  # the type does not hold the cells
                continue
    return pd.DataFrame(made, index=rng.choice([None, range(5, 5 + len(columns[0]))]))


def arrow_file(suffix: str, rng: random.Random, names: list[str], columns: list[list[str]], folder: Path) -> Path:
    frame = in_memory(rng, names, columns, folder)
    for name in frame.columns:
        kinds = {type(cell) for cell in frame[name].astype(object) if not pd.isna(cell)}
        if len(kinds) > 1 or kinds & {int} or frame[name].dtype == "category":
            frame[name] = [None if pd.isna(cell) else str(cell) for cell in frame[name].astype(object)]
    path = folder / f"t{suffix}"
    frame = frame.reset_index(drop=True)
    frame.to_parquet(path, index=rng.random() < 0.3) if suffix == ".parquet" else frame.to_feather(path)
    return path


SOURCES = [
    text_file, text_file, text_file, json_file, workbook, in_memory, partial(arrow_file, ".parquet"),
    partial(arrow_file, ".feather"),
]  # fmt: skip


def draw_table(seed: int, number: int, folder: Path) -> object:
    """A file, or a DataFrame, that `load_data` is given."""
    rng = random.Random(f"{seed}-{number}")
    rows, count = rng.choice([12, 30, 60, 90]), rng.choice([1, 2, 3, 4, 6])
    names = rng.sample(NAMES, count) if rng.random() < 0.9 else rng.choices(NAMES, k=count)
    columns = [draw_cells(rng, rows) for _ in range(count)]
    return rng.choice(SOURCES)(rng, names, columns, folder)


# ---------------------------------------------------------------------- its way

SUFFIXES = (".csv", ".csv", ".tsv", ".xlsx", ".parquet", ".feather", ".csv.gz")
ANSWERS = ("read", "fit", "write")  # where a refusal is an answer: not of what genwright itself has written


class Walk(NamedTuple):
    """The way of a table. end: "arrived", "refused", "another kind" or "failed". said: a refusal, or what failed, and
    where. changed: rows that came back unlike they were written."""

    end: str
    said: str = ""
    changed: int = 0


def walk(seed: int, number: int, folder: Path, family: str = "independent") -> Walk:
    """Read, fit, save, open, sample, write and read again."""
    stage = "made"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            source, stage = draw_table(seed, number, folder), "read"
            data = genwright.load_data(source)
            if not isinstance(getattr(data, "domain", None), Tables):
                return Walk("another kind", data.kind)
            stage, how = "fit", {"items": 50} if family == "independent" else {"steps": 2, "preset": "tiny"}
            model = genwright.fit(data, family, progress=False, seed=0, device="cpu", **how)
            stage = "open"
            model.save(folder / "run")
            opened = genwright.load_model(folder / "run")
            stage, samples = "sample", opened.sample(40, seed=1)
            pd.testing.assert_frame_equal(samples, model.sample(40, seed=1))
            suffix = random.Random(number).choice(SUFFIXES)
            changed, what = 0, []
            for name, rows in (("samples", samples), ("items", data.train[:60])):
                stage = "write"
                try:
                    path = opened.domain.write(rows, folder / f"{name}{suffix}")
                except GenwrightError as error:
                    what.append(f"{name} not written: {error}")
                    continue
                stage = "read again"
                columns = changed_cells(opened.domain, rows, read_items(path, opened.domain).items)
                changed += len(set().union(*columns.values()))
                told = (f"{n!r} {len(at)} rows, {next(iter(at.values()))}" for n, at in columns.items())
                what += [f"{name}{suffix}: {', '.join(told)}"] * bool(columns)
            return Walk("arrived", "; ".join(what), changed)
    except GenwrightError as error:
        return Walk("refused" if stage in ANSWERS else "failed", f"{stage}: {error}")
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return Walk("failed", f"{stage}: {type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})")


def changed_cells(domain: Tables, rows: pd.DataFrame, back: pd.DataFrame) -> dict[str, dict[int, str]]:
    """{column: {row that came back unlike it was: how}}."""
    if len(rows) != len(back):
        return {"all": dict.fromkeys(range(max(len(rows), len(back))), f"{len(rows)} rows as {len(back)}")}
    found = {}
    for column in domain.columns:
        if column.name not in rows:
            continue
        one, other = (_cells(domain, column, frame) for frame in (rows, back))
        apart = [row for row in range(len(rows)) if one.get(row) != other.get(row)]
        if apart:
            found[column.name] = {row: f"{one.get(row)!r:.60} as {other.get(row)!r:.60}" for row in apart}
    return found


def _cells(domain: Tables, column: object, frame: pd.DataFrame) -> dict[int, object]:
    """{row: the value of its cell}, of rows whose cell is not missing."""
    cells = domain.cells(frame, column.name).reset_index(drop=True)
    if isinstance(column, Ignored):  # of such a column nobody knows whether a blank cell is a text
        cells = cells.mask(cells.map(lambda cell: isinstance(cell, str) and not cell.strip()).astype(bool))
    values = of_cells(column, cells).values
    if isinstance(column, Number) and "float32" in str(column.dtype).lower():
        values = map(np.float32, values)
    return dict(zip(np.flatnonzero(cells.notna()), values))
