"""Cutting one long table into subjects: who a row belongs to, in which order rows stand, and what never changes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ...core.errors import DataError
from ...kinds.splits import group_keys
from ...kinds.values.frames import require_column
from .clock import Clock
from .subjects import Subjects, first_values, starts

SHOWN = 3  # subjects that a sentence names
NEARLY = 0.03  # share of the subjects in which a column may change that a person may have meant as one value each
VALID_SHARE, TEST_SHARE = 0.1, 0.2  # of a recording: its last rows test, those before them validate
MOSTLY = 0.5  # share of the steps that are alike, from which on these are named
OVERLAP = 8  # windows of a recording begin this often within the length of one


@dataclass
class Cut:
    """A long table as subjects.

    Args:
        subjects: The rows of each subject in order.
        group: The column that names subjects, "" of a single recording.
        clock: The column of times; None for the order of the table.
        statics: Columns that have one value within each subject, and not the same in all.
        notes: Sentences about what was put in order.
        parts: (n,) the part of each window of a recording that is split in time; None where subjects are split.
    """

    subjects: Subjects
    group: str
    clock: Clock | None
    statics: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    parts: np.ndarray | None = None

    @property
    def columns(self) -> list[str]:
        """The columns that may change from row to row."""
        out = {self.group, *self.statics, *([self.clock.name] if self.clock else [])}
        return [name for name in map(str, self.subjects.frame.columns) if name not in out]


def cut_table(frame: pd.DataFrame, group: str, clock: Clock | None) -> Cut:
    """The subjects of a long table, in the order in which they first appear; the rows of each in the order of time.

    Args:
        frame: Rows of all subjects, in any order.
        group: The column that names subjects; "" if all rows are one recording.
        clock: The column of times; None for the order of the table.

    Raises DataError for a column that the table lacks, and for an empty cell of the group.
    """
    names = [str(name) for name in frame.columns]
    if group:
        require_column(group, names, "group")
        group_keys(frame[group], group)  # says which cell is empty
    codes = pd.factorize(frame[group])[0] if group else np.zeros(len(frame), np.int64)
    times = np.zeros(len(frame)) if clock is None else clock.read(frame[clock.name])
    order = np.lexsort((np.arange(len(frame)), _forward(times, codes), codes))
    sizes = np.bincount(codes)
    cut = Cut(Subjects(frame.iloc[order], starts(sizes)), group, clock)
    labels = frame[group].drop_duplicates().tolist() if group else []
    cut.notes = _describe_order(codes, times, order, labels, cut)
    return cut


def _forward(times: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Times (N,) by which rows are sorted: a row without a time stays behind the row before it of its subject."""
    if not np.isnan(times).any():
        return times
    return pd.Series(times).groupby(codes).ffill().fillna(-np.inf).to_numpy()


def _describe_order(codes: np.ndarray, times: np.ndarray, order: np.ndarray, labels: list, cut: Cut) -> list[str]:
    """Sentences about rows that stood out of order, apart from each other, or at one time."""
    notes, who = [], lambda which: _list_subjects(labels, which, cut.group)
    runs = 1 + int((np.diff(codes) != 0).sum())
    if runs > len(cut.subjects):
        kept = "in the order of time" if cut.clock else "in the order of the table"
        notes.append(f"rows of one `{cut.group}` stand apart in the table: they were put together {kept}")
    if cut.clock is None:
        return notes
    back = np.zeros(len(cut.subjects), bool)
    by_subject = np.argsort(codes, kind="stable")
    falls = (np.diff(times[by_subject]) < 0) & (np.diff(codes[by_subject]) == 0)
    back[codes[by_subject][1:][falls]] = True
    if back.any():
        notes.append(f"times went back{who(np.flatnonzero(back))}: rows were put in the order of `{cut.clock.name}`")
    same = (np.diff(times[order]) == 0) & (np.diff(codes[order]) == 0)
    if same.any():
        twice = np.unique(codes[order][1:][same])
        count = f"{same.sum():,} row{'s' * (int(same.sum()) != 1)}"
        notes.append(f"{count} of the same time as the row before{who(twice)}: they keep the order of the table")
    return notes


def _list_subjects(labels: list, which: np.ndarray, group: str) -> str:
    if not group:
        return ""
    shown = ", ".join(str(labels[k]) for k in which[:SHOWN]) + ", ..." * (len(which) > SHOWN)
    return f" within {len(which):,} `{group}` ({shown})"


# ---------------------------------------------------------------------- columns that never change


def find_statics(cut: Cut, wanted: list[str]) -> None:
    """Let `statics` of a cut be the columns that have one value within each subject, and not the same in all.

    Args:
        cut: The subjects, whose notes get a sentence about columns that change in few subjects.
        wanted: Columns that a person wants as conditions.

    Raises DataError for a wanted column that changes within a subject, with the subjects.
    """
    subjects = cut.subjects
    several = subjects.sizes > 1
    for name in [*wanted, *(name for name in cut.columns if name not in wanted)]:
        require_column(name, [str(column) for column in subjects.frame.columns], "given")
        codes = pd.factorize(subjects.frame[name])[0]
        moves = codes != first_values(codes, subjects.ptr)
        changes = np.bincount(subjects.subject, moves, len(subjects)) > 0
        if not changes.any():
            if several.any() and len(np.unique(codes[subjects.ptr[:-1]])) > 1:
                cut.statics.append(name)
            continue
        labels = subjects.firsts[cut.group].tolist() if cut.group else ["the recording"]
        where = _list_subjects(labels, np.flatnonzero(changes), cut.group) or " within the recording"
        if name in wanted:
            raise DataError(
                f"column '{name}', named by given, changes{where}: correct these rows, or leave it out of given"
            )
        if cut.group and changes.sum() <= NEARLY * several.sum():
            cut.notes.append(
                f"`{name}` changes{where} and nowhere else, so it is no static column: correct these rows if it should "
                "be one"
            )


# ---------------------------------------------------------------------- windows


def cut_windows(cut: Cut, size: int, stride: int | None, split_in_time: bool) -> Cut:
    """Windows of `size` rows of each subject. Windows of a recording are split in time: no row is in windows of two
    parts, and as many rows as a window has lie between training and the rest.

    Args:
        cut: The recordings.
        size: Rows of a window.
        stride: Rows from one window to the next; by default an eighth of a window.
        split_in_time: Whether windows of one recording are dealt to the parts by time.

    Raises DataError for a window that is longer than every recording, or than a part of it.
    """
    longest = int(cut.subjects.sizes.max())
    if size < 2:
        raise DataError(f"windows of {size} row hold no order: pass --windows 2 or more")
    if size > longest:
        raise DataError(
            f"windows of {size:,} rows are longer than the recording of {longest:,} rows: pass --windows {longest} or "
            "fewer"
        )
    stride = max(1, size // OVERLAP) if stride is None else stride
    if stride < 1:
        raise DataError(f"stride {stride} leads to no new window: pass --stride 1 or more")
    begins, parts = [], []
    for begin, end in zip(cut.subjects.ptr[:-1], cut.subjects.ptr[1:]):
        for part, first, last in _spans(int(begin), int(end), size) if split_in_time else [("", begin, end)]:
            here = np.arange(first, last - size + 1, stride)
            begins.append(here)
            parts += [part] * len(here)
    rows = np.concatenate(begins).astype(np.int64)
    taken = (rows[:, None] + np.arange(size)).ravel()
    windows = Subjects(cut.subjects.frame.iloc[taken], np.arange(len(rows) + 1) * size)
    short = int((cut.subjects.sizes < size).sum())
    notes = [
        f"{len(rows):,} windows of {size:,} rows, a new one every {f'{stride:,} rows' if stride > 1 else 'row'}",
        *cut.notes,
    ]
    if short:
        notes.append(f"{short:,} of {len(cut.subjects):,} recordings are shorter than a window, and left out")
    if split_in_time:
        notes.append(f"split in time, with a gap of {size:,} rows before validation and before test")
    return Cut(windows, cut.group, cut.clock, cut.statics, notes, np.array(parts) if split_in_time else None)


def _spans(begin: int, end: int, size: int) -> list[tuple[str, int, int]]:
    """(part, first row, row after the last) of a recording: the last rows test, those before them validate."""
    rows = end - begin
    test = max(size, round(TEST_SHARE * rows))
    valid = max(size, round(VALID_SHARE * rows))
    train = rows - test - valid - 2 * size
    if train < size:
        most = max(2, rows // 6)
        raise DataError(
            f"windows of {size:,} rows leave nothing of a recording of {rows:,} rows to train, validate and test "
            f"apart: pass --windows {most} or fewer"
        )
    after = begin + train + size
    return [("train", begin, begin + train), ("valid", after, after + valid), ("test", end - test, end)]


def describe_steps(times: np.ndarray, subjects: Subjects, clock: Clock) -> tuple[np.ndarray, list[str]]:
    """The step (N,) to each row from the row before it, 0 in first rows; and what to say of irregular steps.

    Args:
        times: (N,) of the rows.
        subjects: The rows.
        clock: The column of times.
    """
    steps = np.diff(times, prepend=times[:1])
    steps[subjects.ptr[:-1]] = 0.0
    inner = np.delete(steps, subjects.ptr[:-1])
    inner = inner[~np.isnan(inner)]
    if not len(inner):
        return steps, []
    values, counts = np.unique(inner, return_counts=True)
    unit = f" {clock.unit}s" if clock.unit else ""
    if len(values) == 1:
        return steps, [f"every step of `{clock.name}` is {values[0]:g}{unit}"]
    usual, share = values[counts.argmax()], counts.max() / counts.sum()
    mostly = f", {min(share, 0.99):.0%} of them {usual:g}" if share > MOSTLY else ""
    return steps, [
        f"steps of `{clock.name}` lie between {values[0]:g} and {values[-1]:g}{unit}{mostly}: they are learned as a "
        "column, and rows are not resampled"
    ]
