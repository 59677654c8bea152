"""One pass over a library, part by part, and its parts merged in the order of scores.

A part is written whole, so a screen that was killed goes on behind the last one. The merge holds one row of each part,
and of at most FAN files at once: memory does not grow with the library.
"""

import csv
import heapq
import io
from collections.abc import Iterable, Iterator, Set
from functools import partial
from itertools import groupby
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np

from ...core.files import write_whole
from ...core.formulas import quoted
from ...core.patience import progress_bar
from ...core.workers import cores, in_order
from ...kinds.kind import Source
from ...kinds.library import Molecule, read_in_batches
from .rows import UNREADABLE, screener
from .settings import WORK

PART_SIZE = 1_000  # molecules of a part
FAN = 64  # files that are open at once
LINES_SHOWN = 20  # lines that cannot be read, which the page names
PARALLEL_FROM = 4_000  # molecules that are worth the start of processes
Row = list[str]  # of a part: the number of the molecule, then the screen's columns


def pass_over(folder: Path, call: str, source: Source, reading: Any, total: int) -> list[Path]:
    """The parts of a library, of which those that are missing are made, in as many processes as it is worth. call: as
    in `screener`."""
    work = folder / WORK
    paths = [work / f"{number:06}.csv" for number in range(-(-total // PART_SIZE))]
    missing = ((path, *part) for path, part in zip(paths, _numbered(source, reading)) if not path.exists())
    left = sum(not path.exists() for path in paths)
    with progress_bar(left * PART_SIZE, "molecules screened") as done:
        processes = min(cores(), left * PART_SIZE // PARALLEL_FROM) or 1
        for _ in in_order(partial(_write_part, str(folder), call), missing, processes):
            done(PART_SIZE)
    return paths


def _numbered(source: Source, reading: Any) -> Iterator[tuple[int, list[Molecule]]]:
    """(number of the first, molecules) of each part."""
    held: list[Molecule] = []
    first = 0
    for more in read_in_batches(source, reading):
        held += more
        while len(held) >= PART_SIZE:
            yield first, held[:PART_SIZE]
            first, held = first + PART_SIZE, held[PART_SIZE:]
    if held:
        yield first, held


def _write_part(folder: str, call: str, task: tuple[Path, int, list[Molecule]]) -> None:
    path, first, molecules = task
    screening = screener(folder, call)
    table, sign = screening.rows(first, molecules), screening.settings.direction.sign
    cells = table.astype(object).where(table.notna(), "").astype(str).to_numpy().tolist()
    place = {name: k for k, name in enumerate(table)}
    _write(path, sorted(cells, key=partial(order, place, sign)))


def order(place: dict[str, int], sign: int, row: Row) -> tuple:
    """What rows are sorted by: kept molecules first, the best score first, equal scores by SMILES.

    Args:
        place: {column: its place in a row}.
        sign: of the direction of scores.
        row: of a part.
    """
    score = float(row[place["score"]] or "nan")
    return bool(row[place["removed"]]), 0.0 if isnan(score) else -sign * score, row[place["smiles"]], int(row[0])


def merged(paths: list[Path], columns: list[str], work: Path, sign: int) -> Iterator[Row]:
    """The rows of all parts in their order (see `order`)."""
    key, level = partial(order, {name: k for k, name in enumerate(["number", *columns])}, sign), 0
    while len(paths) > FAN:
        level += 1
        groups = [paths[k : k + FAN] for k in range(0, len(paths), FAN)]
        paths = [
            _write(work / f"merged-{level}-{k:06}.csv", heapq.merge(*map(_rows, group), key=key))
            for k, group in enumerate(groups)
        ]
    return heapq.merge(*map(_rows, paths), key=key)


def write_ranked(
    paths: list[Path], columns: list[str], folder: Path, held: np.ndarray, decoys: Set[str], sign: int = 1
) -> dict:
    """Write ranked.csv, and count on the way.

    Two walks: the first writes the rows in their order and how many of each score there are, the second their ranks.

    Args:
        paths: the parts.
        columns: of ranked.csv.
        folder: of the screen.
        held: (h,) scores of held-out actives, whose ranks among the molecules that are kept are counted too.
        decoys: SMILES of molecules that these ranks leave out, since a model learned to rank them low.
        sign: of the direction of scores.

    Returns:
        The counts; `among` says how many molecules stay beside the held-out actives.
    """
    place = {name: k for k, name in enumerate(["number", *columns])}
    work, held = folder / WORK, np.asarray(held, np.float64)
    above, equal, sizes = np.zeros(len(held)), np.zeros(len(held)), work / "ties"
    counts = {"kept": 0, "among": 0, "tied": 0, "repeated": 0}

    def groups() -> Iterator[bytes]:
        by_score = lambda row: (bool(row[place["removed"]]), row[place["score"]])
        for (removed, score), rows in groupby(_rows(work / "sorted.csv"), by_score):
            size, among, repeated, last = 0, 0, 0, None
            for row in rows:
                size += 1
                among += row[place["smiles"]] not in decoys
                repeated += row[place["smiles"]] == last
                last = row[place["smiles"]]
            if not removed:
                counts["kept"] += size
                counts["tied"] += size * (size > 1)
                counts["repeated"] += repeated
                counts["among"] += among
                above[sign * held < sign * float(score)] += among
                equal[held == float(score)] += among
            yield np.int64(size).tobytes()

    _write(work / "sorted.csv", merged(paths, columns, work, sign))
    write_whole(sizes, groups())
    removed: dict[str, int] = {}
    unreadable: list[str] = []

    def ranked() -> Iterator[Row]:
        yield columns
        before = 0
        with open(sizes, "rb") as file:
            rows = _rows(work / "sorted.csv")
            while data := file.read(8):
                size = int(np.frombuffer(data, np.int64)[0])
                for _ in range(size):
                    row = next(rows)
                    why = row[place["removed"]].split(":", 1)[0]
                    if why:
                        removed[why] = removed.get(why, 0) + 1
                        if why == UNREADABLE and len(unreadable) < LINES_SHOWN:
                            unreadable.append(f"{row[place['place']]}: {row[place['removed']].split(': ', 1)[1]}")
                    else:
                        row[place["rank"]] = _rank(before, size)
                    yield list(map(quoted, row[1:]))
                before += size

    _write(folder / "ranked.csv", ranked())
    ranks = (above + equal / 2 + 1)[: len(held) if counts["among"] else 0]
    return {**counts, "removed": removed, "unreadable": unreadable, "ranks": np.sort(ranks).tolist()}


def _rank(before: int, size: int) -> str:
    """The mean rank of so many molecules behind others."""
    twice = 2 * before + size + 1
    return f"{twice // 2}.5" if twice % 2 else str(twice // 2)


def _write(path: Path, rows: Iterable[Row]) -> Path:
    return write_whole(path, _lines(rows))


def _lines(rows: Iterable[Row]) -> Iterator[bytes]:
    for row in rows:
        text, breaks = io.StringIO(), any("\r" in cell for cell in row)
        quoting = csv.QUOTE_ALL if breaks else csv.QUOTE_MINIMAL  # as in core/formulas.py: readers end a line there
        csv.writer(text, lineterminator="\n", quoting=quoting).writerow(row)
        yield text.getvalue().encode()


def _rows(path: Path) -> Iterator[Row]:
    with open(path, newline="", encoding="utf-8") as file:
        yield from csv.reader(file)
