"""Subjects: the rows of each in order, one subject after another in one table."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ...core.errors import DataError, briefly


class Subjects(Sequence):
    """Items of the kind `series`. One item is the table of one subject. All items stand in one table.

    `subjects[3]` is the table of one subject. A slice, a mask (n,) or numbers (k,) give Subjects.

    Args:
        frame: Rows of all subjects, one subject after another.
        ptr: (n + 1,) int64, where the rows of each subject begin.
        seed: Seed that they were sampled with. Default: None.
        method: Method of a completion, in words. Default: None.
        kind: Kind of a completion: exact or approximate. Default: None.

    Raises DataError for a subject without rows.
    """

    def __init__(
        self, frame: pd.DataFrame, ptr: np.ndarray, seed: int | None = None, method: str | None = None,
        kind: str | None = None,
    ):  # fmt: skip
        self.frame, self.ptr = frame.reset_index(drop=True), np.asarray(ptr, np.int64)
        self.seed, self.method, self.kind = seed, method, kind
        if self.ptr[0] != 0 or self.ptr[-1] != len(frame) or (self.sizes < 1).any():
            raise DataError(f"the subjects begin at rows {self.ptr.tolist()[:8]}: give each at least one row")

    def __len__(self) -> int:
        return len(self.ptr) - 1

    def __getitem__(self, index: object) -> "pd.DataFrame | Subjects":
        if isinstance(index, (int, np.integer)):
            number = range(len(self))[index]
            return self.frame.iloc[self.ptr[number] : self.ptr[number + 1]].reset_index(drop=True)
        which = np.arange(len(self))[index]
        return self.with_rows(self.frame.iloc[rows_of(self.ptr, which)], starts(self.sizes[which]))

    def __repr__(self) -> str:
        return f"Subjects: {len(self):,} with {len(self.frame):,} rows of {briefly(', '.join(self.frame.columns), 200)}"

    @property
    def sizes(self) -> np.ndarray:
        """(n,) int64: the number of rows of each subject."""
        return np.diff(self.ptr)

    @property
    def subject(self) -> np.ndarray:
        """(N,) int64: the number of the subject of each row."""
        return np.repeat(np.arange(len(self)), self.sizes)

    @property
    def place(self) -> np.ndarray:
        """(N,) int64: the number of each row in its subject, from 0."""
        return np.arange(len(self.frame)) - np.repeat(self.ptr[:-1], self.sizes)

    @property
    def firsts(self) -> pd.DataFrame:
        """The first row of each subject."""
        return self.frame.iloc[self.ptr[:-1]].reset_index(drop=True)

    def with_rows(self, frame: pd.DataFrame, ptr: np.ndarray | None = None) -> "Subjects":
        """Other rows, with the same seed, method and kind."""
        return Subjects(frame, self.ptr if ptr is None else ptr, self.seed, self.method, self.kind)

    def copy(self) -> "Subjects":
        """The same subjects in a table of their own."""
        return self.with_rows(self.frame.copy())


def starts(sizes: np.ndarray) -> np.ndarray:
    """(n + 1,) int64: where subjects of these sizes (n,) begin."""
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def rows_of(ptr: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Numbers of the rows of some subjects, in the order of `which`."""
    sizes = np.diff(ptr)[which]
    return np.repeat(ptr[which] - starts(sizes)[:-1], sizes) + np.arange(sizes.sum())


def first_values(cells: np.ndarray, ptr: np.ndarray) -> np.ndarray:
    """(N,): the value of the first row of its subject, for each row. cells: (N,)."""
    return np.repeat(cells[ptr[:-1]], np.diff(ptr))


def join(parts: "Sequence[Subjects]") -> Subjects:
    """All subjects, part after part."""
    frame = pd.concat([part.frame for part in parts], ignore_index=True)
    return Subjects(frame, starts(np.concatenate([part.sizes for part in parts])))


def flatten_index(items: pd.DataFrame) -> pd.DataFrame:
    """A table whose index holds times or names, with these as its first columns; any other as it is."""
    index = items.index
    if isinstance(index, pd.RangeIndex) or (index.nlevels == 1 and index.name is None and index.dtype.kind in "iuO"):
        return items
    names = [name if name is not None else ("time" if k == index.nlevels - 1 else f"level_{k}")
             for k, name in enumerate(index.names)]  # fmt: skip
    return items.reset_index(names=names)
