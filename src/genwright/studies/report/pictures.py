"""Pictures, sound and tables of a folder as parts of a page: data URIs, and rows of text.

What lies in a folder may come from anywhere. A file that is damaged, too large, outside the folder or not what it says
is left out.
"""

import csv
import io
import json
import os
from base64 import b64encode
from itertools import accumulate, islice
from math import isfinite
from pathlib import Path

from ...core.errors import DataError
from ...core.limits import lies_inside, read_plain
from ...core.schemas import parsed
from .frame import Frame
from .numbers import by_use
from .records import Results, Row
from .results import names, predicts, ranking

MOST_DRAWING = 2**26  # bytes of a drawing that a page holds
BESIDE, PADDING = 58, 2  # characters of a table beside the answer, and of them those around a cell
CSV_ROWS = 24  # of a table that a page shows
MOST_SHEET = 500_000  # bytes of a contact sheet, as text: further rows are in the fold below
MOST_PICTURES = 700_000  # bytes of all pictures of a page beside its curves, as text
CELL = 10  # bytes around the text of a cell
SHOWN_PREDICTIONS = 2  # pictures of a predictor that are not folded
HEARD = 2  # rows of it that can be heard: real items, and the pick
LINES = 4  # of text that a family shows there
KINDS = {".png": "image/png", ".svg": "image/svg+xml"}  # of pictures
WIDE, SMALL_PICTURE = 700, 300  # pixels: figures, which want a row of their own, and images whose pixels are to be seen
REAL = "real test items"


def drawings(results: Results, folder: Path, room: int = MOST_PICTURES) -> dict | None:
    """Drawings of all rows gathered under their captions, those of real items first, then the best family and the best
    baseline, and the others behind: {groups, left_out}; None where nothing was drawn. A file that is gone is left out.

    Args:
        results: of the study.
        folder: that holds them.
        room: bytes. Families whose drawings have no room are left out by name; the first one is not.
    """
    real = (results.reference and results.reference.drawings) or {}
    order = ranking(results, by_use(results)[0]).order if names(results) else ()
    best = lambda row: order.index(row.family) if row.family in order else len(order)
    parts = [sorted(part, key=best) for part in (results.models, results.baselines)]
    leads = sorted([part[0] for part in parts if part and part[0].family in order], key=best)
    others = [row for part in parts for row in part if row not in leads]
    drawn, left_out = [], []
    for row in [Row("", drawings=results.drawings or {}), Row(REAL, drawings=real), *leads, *others]:
        if not (figures := _figures(folder, row)):
            continue
        room -= sum(map(weigh, figures.values()))
        if room < 0 and any(family not in ("", REAL) for family, _ in drawn):
            left_out.append(row.family)
        else:
            drawn.append((row.family, figures))
    return dict(groups=_by_caption(drawn), left_out=left_out) if drawn else None


def gathered(folder: Path, rows: list[Row]) -> list[dict]:
    """[{caption, figures, size}] of rows that have a family and drawings."""
    return _by_caption([(row.family, _figures(folder, row)) for row in rows])


def _figures(folder: Path, row: Row) -> dict[str, dict]:
    """{caption: figure} of a row."""
    return {caption: drawing for caption, name in row.drawings.items() if (drawing := figure(folder, name))}


def _by_caption(rows: list[tuple[str, dict[str, dict]]]) -> list[dict]:
    """[{caption, figures, size}] of (family, its figures)."""
    captions: dict[str, list[dict]] = {}
    for family, figures in rows:
        for caption, drawing in figures.items():
            said = {"family": family, "alt": f"{caption}: {family or 'all families'}"}
            captions.setdefault(caption, []).append(said | drawing)
    return [dict(caption=caption, figures=figures, size=_size(figures)) for caption, figures in captions.items()]


def weigh(part: dict) -> int:
    """The bytes that a figure, or a row of a contact sheet, adds to a page."""
    told = sum(len(part.get(name) or "") for name in ("src", "sound", "turned", "film"))
    return told + sum(len(text) + CELL for row in part.get("rows") or () for text, _ in row)


def _size(figures: list[dict]) -> str:
    """The size class of the drawings under one caption, as report.css names it."""
    widest = max(figure["width"] for figure in figures)
    return "wide" if widest > WIDE else "small" if widest < SMALL_PICTURE else ""


def figure(folder: Path, name: str) -> dict | None:
    """Returns a picture, or sound, as a data URI, or the first rows of a table; with a picture what of it can be
    turned, as JSON, and its film, where these lie beside it. None for anything else, what is damaged, or outside the
    folder."""
    try:
        path = Path(os.path.realpath(folder / name))
        if not lies_inside(path, folder) or path.suffix not in (*KINDS, ".wav", ".csv") or not path.is_file():
            return None
        data = read_plain(path, maximum=MOST_DRAWING)
        if path.suffix == ".png":
            width = int.from_bytes(data[16:20], "big")  # of the header chunk, which always comes first
            points, film = animation(path.with_suffix(".json")), path.with_suffix(".film.png")
            film = _uri("image/png", read_plain(film, maximum=MOST_DRAWING)) if film.is_file() else ""
            return dict(src=_uri("image/png", data), sound=None, table=None, width=width, turned=points, film=film)
        if path.suffix == ".svg":  # as an image, whose scripts no browser runs
            return dict(src=_uri("image/svg+xml", data), sound=None, table=None, width=WIDE + 1, turned="", film="")
        if path.suffix == ".wav":
            return dict(src=None, sound=_uri("audio/wav", data), table=None, width=WIDE)
        lines = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
        table, remaining_rows = list(islice(lines, CSV_ROWS + 1)), sum(1 for _ in lines)
        marked = marks(path.with_suffix(".marks.json"))
        rows = [[(text, (i, j) in marked) for j, text in enumerate(row)] for i, row in enumerate(table[1:])]
        return (
            dict(src=None, sound=None, table=table, rows=rows, more=remaining_rows, width=WIDE + 1) if table else None
        )
    except (OSError, ValueError, csv.Error):  # a sentence about it would cost the report; ValueError: a zero in a name
        return None


def marks(path: Path) -> set[tuple[int, int]]:
    """Returns {(row, column)} of the cells of a table that break a rule, as `table_sheets.write_preview` writes them;
    none where there is no such file, or it holds anything else."""
    try:
        cells = parsed(read_plain(path, maximum=MOST_DRAWING).decode("utf-8"))["cells"] if path.is_file() else []
        return {(int(row), int(column)) for row, column in cells}
    except (OSError, DataError, ValueError, KeyError, TypeError, OverflowError):
        return set()


def animation(path: Path) -> str:
    """Returns points that a reader may turn, as `measure.plots.point_sheets` writes them; "" where there is no such
    file, or it holds anything else."""
    try:
        record = parsed(read_plain(path, maximum=MOST_DRAWING).decode("utf-8"))
        kinds, sets = len(record["symbols"]), []
        for one in record["sets"]:
            m = len(one["kinds"])
            at = [[round(float(x), 2) for x in place] for place in one["at"]]
            joined = [[int(i), int(j)] for i, j in one["joined"]]
            inside = all(0 <= i < m for pair in joined for i in pair) and all(0 <= k < kinds for k in one["kinds"])
            if not inside or len(at) != m or any(len(place) != 3 or not all(map(isfinite, place)) for place in at):
                return ""
            sets.append({"kinds": list(map(int, one["kinds"])), "at": at, "joined": joined})
        whole = {name: list(map(str, record[name])) for name in ("symbols", "colours")}
        if len(whole["colours"]) != kinds or not sets:
            return ""
        return json.dumps({"columns": max(1, int(record["columns"])), **whole, "sets": sets}, separators=(",", ":"))
    except (OSError, DataError, ValueError, KeyError, TypeError, OverflowError):
        return ""


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{b64encode(data).decode('ascii')}"


def preview(results: Results, row: Row, folder: Path) -> dict | None:
    """Returns a few samples of a row beside real items: {parts: [{title, src, alt}]} of pictures, or {heads, parts:
    [{title, rows}], more} of tables, each cell its text and whether it breaks a rule, and how many columns did not fit;
    None where nothing was drawn. Columns of real rows stand in the order of the samples', by name.

    Args:
        results: Results of the comparison.
        row: Row of the results, one family.
        folder: Folder to read or write.
    """
    real = results.reference and results.reference.preview
    verb = "predicts" if predicts(row) else "samples"
    named_previews = (f"{row.family} {verb}", row.preview), ("real", real)
    shown_parts = [(title, part) for title, name in named_previews if name and (part := figure(folder, name))]
    if not shown_parts:
        return None
    if any(part["src"] for _, part in shown_parts):
        parts = [
            dict(title=title, src=part["src"], alt=f"A few items: {title}", pixels=part["width"] < WIDE)
            for title, part in shown_parts
        ]
        return dict(heads=None, parts=[part for part in parts if part["src"]])
    heads = [name for name in shown_parts[0][1]["table"][0] if all(name in part["table"][0] for _, part in shown_parts)]
    parts = [dict(title=title, rows=_cells(part, heads)) for title, part in shown_parts]
    if len(heads) == 1 and len(parts) == 2:  # lines stand side by side
        rows = [[a, b] for (a,), (b,) in zip(*(part["rows"][:LINES] for part in parts))]
        return dict(heads=[part["title"] for part in parts], parts=[dict(title="", rows=rows)], more=0)
    fitting = _fitting(heads, parts)
    parts = [part | dict(rows=[row[:fitting] for row in part["rows"]]) for part in parts]
    return dict(heads=heads[:fitting], parts=parts, more=len(heads) - fitting)


def _fitting(heads: list[str], parts: list[dict]) -> int:
    """Returns how many columns, at least two, stand whole beside the answer: they share BESIDE characters."""
    rows = [[text for text, _ in row] for part in parts for row in part["rows"]]
    ends = accumulate(max(map(len, column)) + PADDING for column in zip(heads, *rows))
    return max(sum(end <= BESIDE for end in ends), min(2, len(heads)))


def _cells(part: dict, heads: list[str]) -> list[list[tuple[str, bool]]]:
    """Rows of a table by the columns that are named: (text, whether it is marked)."""
    columns = [part["table"][0].index(name) for name in heads]
    return [[row[column] if column < len(row) else ("", False) for column in columns] for row in part["rows"]]


def contact_sheet(results: Results, frame: Frame, folder: Path) -> list[dict]:
    """Returns a few items of each family, a row a family, best first, real items on top: [{family, src, alt, lines}].
    Empty where items are rows of a table with several columns, and of predictors, whose items are all the same.

    Args:
        results: Results of the comparison.
        folder: Folder to read or write.
    """
    reference = results.reference
    real = Row("real", preview=reference.preview or "", drawings=reference.drawings or {}) if reference else Row("real")
    sheet, weight = [], 0
    for row in [real, *(line.row for line in frame.lines)]:
        part = figure(folder, row.preview) if row.preview and not predicts(row) else None
        if part is None or (part["table"] and len(part["table"][0]) > 1):
            continue
        weight += weigh(part)
        if weight > MOST_SHEET:
            break
        lines = [line for (line,) in part["table"][1 : LINES + 1]] if part["table"] else []
        sound = next((name for name in row.drawings.values() if name.endswith(".wav")), "")
        heard = figure(folder, sound) if sound and len(sheet) < HEARD else None
        sheet.append(
            dict(family=row.family, src=part["src"], alt=f"A few items: {row.family}", lines=lines,
                sound=heard and heard["sound"], pixels=part["width"] < WIDE)
        )  # fmt: skip
    return sheet


def close_look(row: Row | None, folder: Path) -> list[dict]:
    """Collects what the page shows of a pick at once: columns real against sampled, or predictions against the
    truth."""
    drawings = row.drawings if row else {}
    svg_drawings = {caption: name for caption, name in drawings.items() if name.endswith(".svg")}
    if row and predicts(row):
        pictures = [pair for pair in drawings.items() if Path(pair[1]).suffix in KINDS]
        svg_drawings = dict(pictures[:SHOWN_PREDICTIONS])
    return gathered(folder, [Row(row.family, drawings=svg_drawings)]) if svg_drawings else []
