"""An oracle that counts: a different molecule costs one call, which is written down before its score is used.

    calls.csv     number, smiles, score, what the objective says beside it, family, seed, parent, yours, seconds, error

A search that was stopped is repeated from its beginning, and the recorded calls answer it: so no recorded call is made
again, and the end has the bits of a search that was never stopped.
"""

import csv
import io
import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from ...core.errors import RunError, TrainingFailed, remedy
from ...core.files import read_beside, require_no_device
from ...core.limits import most_bytes
from ...core.safe_text import quoted, unquoted
from ...core.schemas import LARGEST
from ..chemistry.standards import Unreadable, parsed, quiet_rdkit
from .families import FAMILIES, Proposal

CALLS = "calls.csv"
FIRST_COLUMNS, LAST_COLUMNS = ("number", "smiles", "score"), ("family", "seed", "parent", "yours", "seconds", "error")
YOURS = "yes"  # in the column `yours` of a molecule that is the person's own; "" for another
MOST_FAILURES = 20  # failures in a row, after which a search stops
ERROR_LETTERS = 200  # letters of a failure that are recorded
BYTES_OF_CALLS = 32  # bytes of memory that a byte of calls.csv may take
Cell = str | float | int | None
Row = dict[str, Cell]  # a call, by the names of its columns


@dataclass(frozen=True)
class Answer:
    """An objective's answer for one molecule.

    Args:
        score: higher is better, None where it could not be scored, and then `error` says why.
        beside: further columns by name.
    """

    score: float | None
    beside: dict[str, float] = field(default_factory=dict)
    error: str = ""


class Spent(Exception):
    """Raised where the budget allows no further call."""


class ScoreFailed(TrainingFailed):
    """Raised where the score answers nothing that a search could go by."""

    exit_code = 2


class Unanswered(Exception):
    """Raised where nobody is there to score molecules: these wait for a laboratory."""

    def __init__(self, proposals: list[Proposal]):
        super().__init__()
        self.proposals = proposals


class CallsFile:
    """The file of the calls of a design, one row a call, for the process that holds its folder.

    Raises RunError where the file holds anything but calls with these columns. What is not ours stays as it is.

    Args:
        folder: Folder of the design.
        columns: names of what stands beside scores.
        is_own: whether a molecule, as canonical SMILES, is one of the person's. Default: none is.
    """

    def __init__(self, folder: Path, columns: Sequence[str], is_own: Callable[[str], bool] = lambda smiles: False):
        self._is_own = is_own
        self.path, self.columns = folder / CALLS, all_columns(columns)
        self.rows = read_calls(self.path, self.columns)
        self._first_end = 0  # size of the file once the first rows are appended
        try:
            folder.mkdir(parents=True, exist_ok=True)
            require_no_device(self.path)
            self._file: BinaryIO = open(self.path, "ab")
            whole = read_beside(self.path).rfind(b"\n") + 1 if self.rows else 0
            self._file.truncate(whole)  # a last call that was cut short is made again
            if not self.rows:
                self._write([self.columns])
        except OSError as error:
            raise self._refusal(error) from error

    def __enter__(self) -> "CallsFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, rows: list[Row]) -> None:
        """Appends rows to the file, each with whether its molecule is the person's: molecules that they tell are.
        Raises RunError where the system refuses."""
        if not rows:
            return
        for row in rows:
            row["yours"] = YOURS * (row.get("family") == TOLD_FAMILY or self._is_own(row["smiles"]))
        try:
            self._write([[row.get(name, "") for name in self.columns] for row in rows])
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._refusal(error) from error
        self.rows += rows
        self._first_end = self._first_end or self._file.tell()

    def withdraw_later(self) -> None:
        """Removes what was appended since the file was opened, but for the first batch."""
        if self._first_end:
            self._file.truncate(self._first_end)

    def table(self) -> pd.DataFrame:
        """Returns all calls in the order in which they were made."""
        return pd.DataFrame(self.rows, columns=self.columns)

    def _write(self, rows: Sequence[Sequence[Cell]]) -> None:
        self._file.write(_lines(rows))
        self._file.flush()

    def _refusal(self, error: OSError) -> RunError:
        return RunError(f"cannot write {self.path}: {error.strerror or error}; {remedy(error)}")


def all_columns(other_columns: Sequence[str]) -> list[str]:
    """Lists the columns of calls.csv.

    Args:
        other_columns: names of what stands beside scores.
    """
    return [*FIRST_COLUMNS, *other_columns, *LAST_COLUMNS]


def read_calls(path: Path, columns: Sequence[str]) -> list[Row]:
    """Reads the calls in a file with these columns, without a last one that was cut short; none where there is no file.

    Raises RunError where it holds anything else.
    """
    if not os.path.lexists(path):
        return []
    try:
        return list(_parse_calls(read_beside(path, most_bytes() // BYTES_OF_CALLS), tuple(columns)))
    except (ValueError, csv.Error) as error:
        raise RunError(
            f"{path} is damaged, or no record of this design ({brief(str(error))}): restore it, or choose another "
            "folder"
        ) from None


@lru_cache(maxsize=1)
def _parse_calls(data: bytes, columns: tuple[str, ...]) -> tuple[Row, ...]:
    """Raises ValueError, or csv.Error, for what are no calls."""
    lines = list(csv.reader(io.StringIO(data[: data.rfind(b"\n") + 1].decode(), newline="")))
    if _has_no_calls(data, lines, columns):
        return ()
    if lines[:1] != [[*columns]] or any(len(line) != len(columns) for line in lines):
        raise ValueError("of another design")
    rows = tuple(_row(dict(zip(columns, line))) for line in lines[1:])
    if flaw := find_flaw(rows):
        raise ValueError(flaw)
    return rows


def _has_no_calls(data: bytes, lines: list[list[str]], columns: tuple[str, ...]) -> bool:
    """Whether a file holds at most column names, which we wrote or began to write for a design without calls."""
    if not lines:
        return _lines([columns]).startswith(data)
    begin, end = lines[0][: len(FIRST_COLUMNS)], lines[0][-len(LAST_COLUMNS) :]
    return len(lines) == 1 and (*begin, *end) == (*FIRST_COLUMNS, *LAST_COLUMNS)


def _row(row: dict[str, str]) -> Row:
    """A row with its numbers. Raises ValueError for a cell that holds none."""
    value_names = [name for name in row if name not in (*FIRST_COLUMNS, *LAST_COLUMNS)]
    numbers = {name: float(row[name]) if row[name] else None for name in ("score", *value_names, "seconds")}
    if not all(is_score(numbers[name] or 0.0) for name in ("score", "seconds")):
        raise ValueError("a score or a time that no call has")
    return {**row, **numbers, **{name: int(row[name]) for name in ("number", "seed")}, "error": unquoted(row["error"])}


def is_score(number: float) -> bool:
    """Tells whether a number can be compared and averaged with others."""
    return abs(number) <= LARGEST


def find_flaw(rows: Sequence[Row]) -> str:
    """Finds the flaw that makes calls unusable, "" if there is none: a number above their count, an unknown family, a
    seed that no search has, a molecule or parent that cannot be read, or a molecule that descends from itself."""
    if not all(0 <= row["number"] <= len(rows) for row in rows):
        return f"a number is not one of {len(rows):,} calls"
    if unknown_families := [row["family"] for row in rows if row["family"] not in ("", TOLD_FAMILY, *FAMILIES)]:
        return f"{brief(unknown_families[0])} is no family"
    if any(abs(row["seed"]) >= 2**63 for row in rows):
        return "a seed of more than 63 bits"
    with quiet_rdkit():
        for text in dict.fromkeys(text for row in rows for text in (row["smiles"], row["parent"] or row["smiles"])):
            try:
                parsed(text)
                if text != text.strip() or len(text.split()) > 1:
                    raise Unreadable("more stands beside it")
            except Unreadable as why:
                return f"{brief(text)} is no molecule: {why}"
    parents: dict[tuple[str, int], dict[str, list[str]]] = {}
    for row in rows:
        row_parents = parents.setdefault((row["family"], row["seed"]), {})
        row_parents[row["smiles"]] = [row["parent"]] * bool(row["parent"])
    for row_parents in parents.values():
        try:
            TopologicalSorter(row_parents).prepare()
        except CycleError as error:
            return f"{error.args[1][0]} descends from itself"
    return ""


class Oracle:
    """Scores the molecules of one search, of a family and a seed, and counts the calls.

    Args:
        objective: scores molecules, None where a laboratory does.
        calls, minutes: the budget, None for no limit; time before a restart counts as recorded scores took it.
        batch: most molecules that are scored together.

    Attributes:
        count: calls so far.
        news: whether the last proposals held a molecule that the search had not proposed before.
    """

    def __init__(
        self, file: CallsFile, objective: Callable[[list[str]], list[Answer]] | None, family: str, seed: int,
        calls: int | None = None, minutes: float | None = None, batch: int = 64,
    ):  # fmt: skip
        self.file, self.objective, self.calls, self.minutes = file, objective, calls, minutes
        self.batch = batch
        self._is = {"family": family, "seed": seed}
        own_rows = [row for row in file.rows if row["family"] == family and row["seed"] == seed]
        measured_rows = [row for row in file.rows if row["family"] == TOLD_FAMILY]
        self._known = {row["smiles"]: row for row in [*measured_rows, *own_rows]}
        self.count, self.news = len(own_rows), False
        self._before, self._began = sum(row["seconds"] or 0.0 for row in own_rows), time.monotonic()
        self._failures, self._lowest_score = 0, math.inf
        self._heard_lines: set[str] = set()

    def __call__(self, proposals: list[Proposal]) -> list[float]:
        """A score for each; those that could not be scored are worth the lowest score seen.

        Raises Spent when the budget ends before all have one, Unanswered where a laboratory is to score some,
        TrainingFailed after MOST_FAILURES failures in a row.
        """
        new = list({proposal.smiles: proposal for proposal in proposals if proposal.smiles not in self._known}.values())
        self.news = any(proposal.smiles not in self._heard_lines for proposal in proposals)
        self._heard_lines.update(proposal.smiles for proposal in proposals)
        allowed_smiles = new if self.calls is None else new[: max(0, self.calls - self.count)]
        if new and self._is_late():
            allowed_smiles = []
        if allowed_smiles:
            if self.objective is None:
                raise Unanswered(allowed_smiles)
            for begin in range(0, len(allowed_smiles), self.batch):
                self._ask(allowed_smiles[begin : begin + self.batch])
        if len(allowed_smiles) < len(new):
            raise Spent
        scores = [self._known[proposal.smiles]["score"] for proposal in proposals]
        self._lowest_score = min([self._lowest_score, *(score for score in scores if score is not None)])
        worst = self._lowest_score if math.isfinite(self._lowest_score) else 0.0
        return [worst if score is None else score for score in scores]

    def _is_late(self) -> bool:
        seconds_spent = self._before + time.monotonic() - self._began
        return self.minutes is not None and seconds_spent >= 60 * self.minutes

    def _ask(self, proposals: list[Proposal]) -> None:
        start = time.monotonic()
        answers = self.objective([one.smiles for one in proposals])
        seconds = (time.monotonic() - start) / len(answers)
        rows = []
        for proposal, answer in zip(proposals, answers):
            self.count += 1
            row = {"number": self.count, "smiles": proposal.smiles, "score": answer.score, **answer.beside, **self._is}
            row |= {"parent": proposal.parent, "seconds": round(seconds, 6), "error": brief(answer.error)}
            rows.append(row)
        self.file.append(rows)
        self._known.update({row["smiles"]: row for row in rows})
        for answer in answers:
            self._failures = self._failures + 1 if answer.score is None else 0
            if self._failures >= MOST_FAILURES:
                raise ScoreFailed(
                    f"the score failed for {MOST_FAILURES} molecules in a row, at last for this reason: "
                    f"{brief(answer.error)}; mend it, then run the same command again to resume"
                )


TOLD_FAMILY = "told"  # family of measured molecules that no search asked for


def brief(text: str) -> str:
    """Shortens a failure to one line."""
    line = " ".join(text.split())
    return line if len(line) <= ERROR_LETTERS else f"{line[:ERROR_LETTERS]}..."


def _lines(rows: Sequence[Sequence[Cell]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([["" if cell is None else _cell(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8", "replace")


def _cell(value: Cell) -> Cell:
    return repr(float(value)) if isinstance(value, float) else quoted(value) if isinstance(value, str) else value
