"""Forty files as people have them, read as a person does: look, answer what is asked, look again.

The files, and what a person would say of each, were written before any reader was looked at.
"""

import re
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import ten_graphs
import ten_molecules_and_images
import ten_tables
import ten_texts
from expected import Expected

import genwright as gw
from genwright.core.data import Data
from genwright.kinds.load import read_items
from genwright.kinds.sequences.domain import Windows

TENS = {"tables": ten_tables, "text": ten_texts, "graphs": ten_graphs, "molecules, images": ten_molecules_and_images}
FILES = {make.__name__: make for ten in TENS.values() for make in ten.FILES}
ROUNDS = 3  # looks, each with the answers to what was asked in those before
FRESH = ("missing", "kind", "column", "windows")  # options that a written file needs as the first one did
NUMBERS = {"whole": "number", "real": "number"}
WRITTEN = (".csv", ".tsv", ".xlsx", ".parquet")
REFUSED = "refused: "


def faults_of(name: str, folder: Path) -> list[str]:
    """What of the file was understood or asked wrongly, or came back changed; none where all is right. A file that is
    refused against what was expected has one fault, which begins with REFUSED."""
    expected = FILES[name](folder)
    found, text, options, faults = _look(expected)
    if isinstance(found, gw.GenwrightError):
        right = expected.refuses and re.search(expected.refuses, str(found))
        return [] if right else [REFUSED + str(found)]
    if expected.refuses and not expected.kind:
        return ["read, though it must be refused"]
    faults += [f"not said: {pattern}" for pattern in expected.says if not re.search(pattern, text)]
    if found.kind not in expected.kind.split("|"):
        return [*faults, f"read as {found.kind}, not as {expected.kind}"]
    if not isinstance(found, Data):
        return [*faults, *_of_graph(found, expected)]
    return [*faults, *_of_items(found, expected), *_round_trip(found, expected, options, folder)]


def _look(expected: Expected) -> tuple[Any, str, dict[str, Any], list[str]]:
    """The data (or the refusal), what was said of them, the options in the end, and faults of the questions."""
    options: dict[str, Any] = {}
    unanswered, wrong, said = dict(expected.asks), [], []
    for _ in range(ROUNDS):
        try:
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                found = gw.load_data(str(expected.source), **options)
        except gw.GenwrightError as error:
            found, lines, questions = error, [str(error)], []
        else:
            lines = str(found).split("\n") if isinstance(found, Data) else found.describe()
            lines += [str(warning.message) for warning in warned]
            questions = [str(one) for one in getattr(found, "questions", [])]
        said += lines
        right = (*expected.asks, *expected.may_ask)
        wrong += [one for one in questions if not any(_has(one, words) for words in right) and one not in wrong]
        answered = [words for words in unanswered if any(_has(line, words) for line in lines)]
        if not answered:
            break
        for words in answered:
            options |= unanswered.pop(words)
        if not any(options.values()):
            break
    faults = [f"not asked: {words}" for words in unanswered] + [f"wrongly asked: {one}" for one in wrong]
    return found, "\n".join(said), options, faults


def _has(line: str, words: str) -> bool:
    return any(one in line for one in words.split("|"))


def _of_graph(graph: Any, expected: Expected) -> list[str]:
    many = graph.members is not None
    nodes = len(graph.members) - 1 if many else graph.graph.rows
    ends = zip(graph.graph.source.tolist(), graph.graph.target.tolist())
    edges = len({frozenset(pair) for pair in ends if pair[0] != pair[1]})  # whatever their direction
    found = {"items": (nodes, expected.items), "edges": (edges, expected.edges)}
    return [f"{what}: {is_}, not {be}" for what, (is_, be) in found.items() if be is not None and is_ != be]


def _of_items(data: Data, expected: Expected) -> list[str]:
    faults, n = [], sum(data.sizes.values())
    right = expected.items if isinstance(expected.items, tuple) else (expected.items,)
    if expected.items is not None and n not in right:
        faults.append(f"{n} items, not {expected.items}")
    if expected.types:
        types = {seen.name: NUMBERS.get(seen.typed, seen.typed) for seen in data.domain.overview(data.items)}
        faults += [
            f"`{column}` is {types.get(column)}, not {kind}"
            for column, kind in expected.types.items()
            if types.get(column) not in kind.split("|")
        ]
    if expected.cells is not None:
        faults += _unlike(_plain(data), expected)
    if expected.lines is not None and Counter(_items(data)) != Counter(expected.lines):
        faults.append("the lines are others")
    if expected.shape and np.shape(data.train)[1:] != expected.shape:
        faults.append(f"images are {np.shape(data.train)[1:]}, not {expected.shape}")
    if (
        expected.labels
        and {str(label) for part in data.items for label in data.values(part, "label")} != expected.labels
    ):
        faults.append("the labels are others")
    if expected.bright_on_top:
        brightness = np.asarray(data.train, float).mean((0, 2, 3))
        height = len(brightness)
        if brightness[: height // 4].mean() < 1.5 * brightness[height // 2 :].mean():
            faults.append("the images lie on their side")
    return faults


def _items(data: Data) -> list:
    return [item for part in data.items.values() for item in part]


def _plain(data: Data) -> pd.DataFrame:
    """All rows, in which numbers are numbers, dates are dates, and cells that stand for a missing value are empty."""
    rows = pd.concat(list(data.items.values()), ignore_index=True)
    plain, domain = data.domain.plain(rows), data.domain
    return plain.apply(lambda cells: cells.astype(object).mask(domain.cells(rows, cells.name).isna().to_numpy()))


def _unlike(rows: pd.DataFrame, expected: Expected) -> list[str]:
    """Columns that are absent, and whether the rows are those that are meant, whatever their order."""
    modelled = [column for column in expected.cells if expected.types.get(column) != "ignored"]
    missing = [column for column in modelled if column not in rows]
    if missing:
        return [f"no column {column}" for column in missing]
    for column in modelled:
        if Counter(map(_cell, rows[column])) != Counter(map(_cell, expected.cells[column])):
            return [f"the cells of `{column}` are others: {_others(rows[column], expected.cells[column])}"]
    alike = [Counter(zip(*(map(_cell, frame[column]) for column in modelled))) for frame in (rows, expected.cells)]
    return [] if alike[0] == alike[1] else ["the rows are others"]


def _others(found: pd.Series, meant: pd.Series) -> str:
    is_, be = (Counter(map(_cell, cells)) for cells in (found, meant))
    return f"{list(is_ - be)[:3]}, not {list(be - is_)[:3]}"


def _cell(value: Any) -> str:
    """A cell in words that are equal where it means the same."""
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return ""
    if isinstance(value, pd.Timestamp):
        return str(value.tz_convert("UTC") if value.tzinfo else value)
    if isinstance(value, (str, bool, np.bool_)):
        return str(value)
    return f"{float(value) + 0:.9g}"  # -0 is 0


def _round_trip(data: Data, expected: Expected, options: dict[str, Any], folder: Path) -> list[str]:
    """Faults of a file that is written of all items, and read again."""
    options = {name: value for name, value in options.items() if name in FRESH}
    if data.kind == "tables":
        return _table_again(data, expected, options, folder)
    if data.kind in ("sequences", "molecules"):
        path = data.domain.write(_items(data), folder / f"again{'.smi' if data.kind == 'molecules' else '.txt'}")
        if isinstance(data.domain, Windows):  # of one text: those that are written are read for a model alone
            again = list(read_items(str(path), data.domain).items)
        else:
            again = _items(gw.load_data(str(path), kind=data.kind))
        return [] if Counter(again) == Counter(_items(data)) else ["round trip: the lines are others"]
    if data.kind == "images":
        path = data.domain.write(np.concatenate(list(data.items.values())), folder / "again.npz")
        again = gw.load_data(str(path))
        bytes_of = lambda data: Counter(np.asarray(item).tobytes() for item in _items(data))
        return [] if bytes_of(again) == bytes_of(data) else ["round trip: the images are others"]
    return []


def _table_again(data: Data, expected: Expected, options: dict[str, Any], folder: Path) -> list[str]:
    rows = pd.concat(list(data.items.values()), ignore_index=True)
    suffix = "".join(expected.source.suffixes)
    suffix = suffix if suffix in WRITTEN else ".parquet"  # JSON and .feather are read alone
    path = data.domain.write(rows, folder / f"again{suffix}")
    again = gw.load_data(str(path), **options)
    faults = [f"round trip: {fault}" for fault in _unlike(_plain(again), expected)]
    if suffix == ".parquet":
        was, now = (pd.concat(list(one.items.values())).dtypes.astype(str).to_dict() for one in (data, again))
        faults += [f"round trip: `{name}` was {was[name]}, is {now[name]}" for name in now if was[name] != now[name]]
    if expected.texts is not None:
        faults += _written_unlike(path, expected.texts)
    return faults


def _written_unlike(path: Path, texts: pd.DataFrame) -> list[str]:
    """Columns of a written file with a cell that does not stand so in the first one."""
    delimiter = "\t" if path.suffix == ".tsv" else ","
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            head = content.decode(encoding).splitlines()
            break
        except UnicodeDecodeError:
            continue
    skipped = next(k for k, line in enumerate(head) if str(texts.columns[-1]) in line)
    if ";" in head[skipped]:
        delimiter = ";"
    again = pd.read_csv(
        path, sep=delimiter, encoding=encoding, skiprows=skipped, dtype=str, keep_default_na=False, na_filter=False
    )
    return [
        f"round trip: `{column}` is written otherwise: {sorted(odd)[:3]}"
        for column in again
        if (odd := set(again[column]) - set(texts[column].fillna("").astype(str)))
    ]
