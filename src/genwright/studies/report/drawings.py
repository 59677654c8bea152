"""The drawings that results name, as parts of the page: pictures and sound as data URIs, tables as rows of text."""

import csv
import io
import json
import os
from base64 import b64encode
from itertools import islice
from math import isfinite
from pathlib import Path

from ...core.errors import DataError
from ...core.limits import read_plain
from ...core.schemas import parsed
from .numbers import by_use
from .records import Results, Row
from .results import names, predicts, ranking

MOST_DRAWING = 2**26  # bytes of a drawing that a page holds
CSV_ROWS = 24  # of a table that a page shows
WIDE, SMALL_PICTURE = 700, 300  # pixels: drawings that want a row of their own, and those whose pixels are to be seen
REAL = "real test items"


def drawings(results: Results, folder: Path) -> list[dict]:
    """Drawings of all rows gathered under their captions, those of real items first, then the best family and the best
    baseline, and the others behind; a file that is gone is left out."""
    real = (results.reference and results.reference.drawings) or {}
    order = ranking(results, by_use(results)[0]).order if names(results) else ()
    best = lambda row: order.index(row.family) if row.family in order else len(order)
    parts = [sorted(part, key=best) for part in (results.models, results.baselines)]
    leads = sorted([part[0] for part in parts if part and part[0].family in order], key=best)
    others = [row for part in parts for row in part if row not in leads]
    every = [Row("", drawings=results.drawings or {}), Row(REAL, drawings=real)]
    return gathered(folder, [*every, *leads, *others])


def gathered(folder: Path, rows: list[Row]) -> list[dict]:
    """[{caption, figures, size}] of rows that have a family and drawings."""
    captions: dict[str, list[dict]] = {}
    for row in rows:
        for caption, name in row.drawings.items():
            if found := figure(folder, name):
                said = {"family": row.family, "alt": f"{caption}: {row.family or 'all families'}"}
                captions.setdefault(caption, []).append({**said, **found})
    return [dict(caption=caption, figures=figures, size=_size(figures)) for caption, figures in captions.items()]


def _size(figures: list[dict]) -> str:
    """How much room the drawings under one caption want."""
    widest = max(figure["width"] for figure in figures)
    return "wide" if widest > WIDE else "small" if widest < SMALL_PICTURE else ""


def figure(folder: Path, name: str) -> dict | None:
    """A picture, or sound, as a data URI, or the first rows of a table; with a picture what of it can be turned, as
    JSON, where that lies beside it. None for anything else, what is damaged, or
    outside the folder."""
    try:
        path = Path(os.path.realpath(folder / name))
        inside = path.is_relative_to(os.path.realpath(folder))
        if not inside or path.suffix not in (".png", ".wav", ".csv") or not path.is_file():
            return None
        data = read_plain(path, most=MOST_DRAWING)
        if path.suffix == ".png":
            width = int.from_bytes(data[16:20], "big")  # of the header chunk, which always comes first
            found = animation(path.with_suffix(".json"))
            return dict(src=_uri("image/png", data), sound=None, table=None, width=width, turned=found)
        if path.suffix == ".wav":
            return dict(src=None, sound=_uri("audio/wav", data), table=None, width=WIDE)
        lines = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
        table, more = list(islice(lines, CSV_ROWS + 1)), sum(1 for _ in lines)
        return dict(src=None, sound=None, table=table, more=more, width=WIDE + 1) if table else None
    except (OSError, ValueError, csv.Error):  # a sentence about it would cost the report; ValueError: a zero in a name
        return None


def animation(path: Path) -> str:
    """Points that a reader may turn, as `measure.plots.point_sheets` writes them; "" where there is no such file, or
    it holds anything else."""
    try:
        record = parsed(read_plain(path, most=MOST_DRAWING).decode("utf-8"))
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
    """A few samples of a row beside real items: {parts: [{title, src, alt}]} of pictures, or {heads, parts: [{title,
    rows}]} of tables; None where nothing was drawn."""
    real = results.reference and results.reference.preview
    verb = "predicts" if predicts(row) else "samples"
    named = (f"{row.family} {verb}", row.preview), ("real", real)
    found = [(title, figure(folder, name)) for title, name in named if name]
    found = [(title, part) for title, part in found if part]
    if not found:
        return None
    if any(part["src"] for _, part in found):
        parts = [dict(title=title, src=part["src"], alt=f"A few items: {title}") for title, part in found]
        return dict(heads=None, parts=parts)
    heads = found[0][1]["table"][0]
    parts = [dict(title=title, rows=part["table"][1:]) for title, part in found if part["table"][0] == heads]
    if len(heads) == 1 and len(parts) == 2:  # lines stand side by side
        rows = [[a, b] for (a,), (b,) in zip(*(part["rows"] for part in parts))]
        return dict(heads=[part["title"] for part in parts], parts=[dict(title="", rows=rows)])
    return dict(heads=heads, parts=parts)
