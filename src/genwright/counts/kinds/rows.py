"""Rows of counts, one after another, without their zeros."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from shlex import quote
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...core.errors import DataError
from ...kinds.formats.sparse_matrices import require_sound
from ...kinds.values.cells import mix, row_keys
from ...kinds.values.equals import content_keys

if TYPE_CHECKING:
    from scipy.sparse import csr_array, sparray, spmatrix

MOST_COUNT = 2**24 - 1  # float32, in which networks read counts, tells no larger ones apart
BLOCK = 2**18  # numbers that are looked at together, so that no copy of a matrix is made
GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class CountRows(Sequence):
    """Items of the kind `counts`: n rows over m named columns, of which only the counts above 0 are stored.

    `rows[3]` has the counts of one item, {name of a column: count}. A slice, a mask (n,) or numbers (k,) give
    CountRows.

    Args:
        counts: (N,) whole numbers above 0, row after row.
        columns: (N,) the number of the column of each.
        ptr: (n + 1,) int64, where the counts of each row begin.
        names: Names of the m columns.
        beside: n rows of what is known of items beside their counts. Default: None, nothing.
        places: (n,) names of the items. Default: None, they have none.
        seed: Seed that they were sampled with. Default: None.

    Raises DataError for columns of one name, and for another number of rows beside.
    """

    def __init__(
        self, counts: np.ndarray, columns: np.ndarray, ptr: np.ndarray, names: Sequence[str],
        beside: pd.DataFrame | None = None, places: np.ndarray | None = None, seed: int | None = None,
    ):  # fmt: skip
        self.counts, self.columns, self.ptr, self.names = counts, columns, np.asarray(ptr, np.int64), list(names)
        self.beside = pd.DataFrame(index=range(len(self.ptr) - 1)) if beside is None else beside.reset_index(drop=True)
        self.places, self.seed = places, seed
        if len(self.beside) != len(self):
            raise DataError(f"there are {len(self):,} rows of counts and {len(self.beside):,} rows beside them")

    def __len__(self) -> int:
        return len(self.ptr) - 1

    def __getitem__(self, index: object) -> dict[str, int] | CountRows:
        if isinstance(index, (int, np.integer)):
            number = range(len(self))[index]
            part = slice(self.ptr[number], self.ptr[number + 1])
            return {self.names[j]: n for j, n in zip(self.columns[part].tolist(), self.counts[part].tolist())}
        which = np.arange(len(self))[index]
        sizes = self.sizes[which]
        ptr = np.concatenate([[0], np.cumsum(sizes)])
        counts, columns = np.empty(ptr[-1], self.counts.dtype), np.empty(ptr[-1], self.columns.dtype)
        for start, stop in in_blocks(ptr):
            here = slice(ptr[start], ptr[stop])
            stored = np.repeat(self.ptr[which[start:stop]] - ptr[start:stop], sizes[start:stop])
            stored += np.arange(here.start, here.stop)
            counts[here], columns[here] = self.counts[stored], self.columns[stored]
        places = None if self.places is None else self.places[which]
        beside = self.beside.iloc[which]
        return CountRows(counts, columns, ptr, self.names, beside, places, self.seed)

    def __repr__(self) -> str:
        return f"CountRows: {len(self):,} of {len(self.names):,} columns, {len(self.counts):,} counts above 0"

    def copy(self) -> CountRows:
        """The same rows in arrays of their own."""
        return self[:]

    def with_beside(self, beside: pd.DataFrame | None) -> CountRows:
        """The same counts with another table beside them."""
        return CountRows(self.counts, self.columns, self.ptr, self.names, beside, self.places, self.seed)

    def with_places(self, places: Sequence[str]) -> CountRows:
        """The same counts with names of the items."""
        return CountRows(self.counts, self.columns, self.ptr, self.names, self.beside, np.array(places, str), self.seed)

    def with_columns(self, names: Sequence[str]) -> CountRows:
        """The counts of some columns, in the order of `names`, each of which there is."""
        at = {name: j for j, name in enumerate(self.names)}
        number = np.full(len(self.names), len(names), np.int64)
        number[[at[name] for name in names]] = np.arange(len(names))
        columns = number.astype(np.min_scalar_type(len(names)))[self.columns]
        held = columns < len(names)
        ptr = np.concatenate([[0], np.cumsum(held)])[self.ptr]
        return CountRows(self.counts[held], columns[held], ptr, names, self.beside, self.places, self.seed)

    @property
    def sizes(self) -> np.ndarray:
        """(n,) int64: how many counts of each row are above 0."""
        return np.diff(self.ptr)

    @property
    def totals(self) -> np.ndarray:
        """(n,) int64: the sum of each row."""
        totals = np.zeros(len(self), np.int64)
        for start, stop in in_blocks(self.ptr):
            part = self.counts[self.ptr[start] : self.ptr[stop]]
            totals[start:stop] = sums(part, self.ptr[start : stop + 1] - self.ptr[start])
        return totals

    @property
    def column_totals(self) -> np.ndarray:
        """(m,) float64: the sum of each column."""
        return self._over_columns(self.counts)

    @property
    def column_sizes(self) -> np.ndarray:
        """(m,) float64: how many counts of each column are above 0."""
        return self._over_columns(None)

    def _over_columns(self, values: np.ndarray | None) -> np.ndarray:
        total = np.zeros(len(self.names))
        for start in range(0, len(self.counts), BLOCK):
            part = slice(start, start + BLOCK)
            total += np.bincount(self.columns[part], None if values is None else values[part], len(self.names))
        return total

    @property
    def given(self) -> Mapping[str, np.ndarray]:
        """What is known beside the counts: {name: (n,) values}."""
        return {str(name): self.beside[name].to_numpy(object) for name in self.beside}

    @property
    def matrix(self) -> csr_array:
        """(n, m) counts as a sparse array of SciPy."""
        from scipy.sparse import csr_array

        shape = len(self), len(self.names)
        matrix = csr_array((self.counts.astype(np.int32), self.columns.astype(np.int32), self.ptr), shape=shape)
        matrix.sort_indices()
        return matrix

    @property
    def frame(self) -> pd.DataFrame:
        """A table: what is known beside the counts, then a column for each of them."""
        counts = pd.DataFrame(self.matrix.toarray(), columns=self.names)
        return pd.concat([self.beside, counts], axis=1)

    def keys(self) -> np.ndarray:
        """(n,) uint64, equal for rows of equal counts under equal names, in whatever order the columns stand."""
        own = content_keys(name.encode() for name in self.names).copy()
        keys = np.zeros(len(self), np.uint64)
        with np.errstate(over="ignore"):
            for start, stop in in_blocks(self.ptr):
                part = slice(self.ptr[start], self.ptr[stop])
                hashed = mix(own[self.columns[part]] + GOLDEN * self.counts[part].astype(np.uint64))
                keys[start:stop] = sums(hashed, self.ptr[start : stop + 1] - self.ptr[start])
        return mix(keys)

    def keys_beside(self, names: Sequence[str]) -> np.ndarray:
        """(n,) uint64 of some of what is known beside the counts."""
        return row_keys(self.beside[list(names)])


def in_blocks(ptr: np.ndarray) -> list[tuple[int, int]]:
    """(start, stop) of blocks of rows that begin at `ptr`, each of about BLOCK counts."""
    cuts = np.searchsorted(ptr, np.arange(BLOCK, ptr[-1], BLOCK))
    ends = np.unique(np.concatenate([[0], cuts, [len(ptr) - 1]])).tolist()
    return list(zip(ends, ends[1:]))


def sums(values: np.ndarray, ptr: np.ndarray) -> np.ndarray:
    """(n,) sums of the values (N,) of each row, whole numbers of 64 bits."""
    total = np.zeros(len(values) + 1, values.dtype if values.dtype == np.uint64 else np.int64)
    np.cumsum(values, out=total[1:], dtype=total.dtype)
    return total[ptr[1:]] - total[ptr[:-1]]


# ---------------------------------------------------------------------- from numbers of others


def are_whole(values: np.ndarray) -> bool:
    """Whether numbers are whole and none is below 0."""
    return values.dtype.kind in "iufb" and _find_strange(values) is None


def _find_strange(values: np.ndarray) -> int | None:
    """The number of the first value that is no count; None where all are."""
    if values.dtype.kind in "ub":
        return None
    for start in range(0, len(values), BLOCK):
        part = values[start : start + BLOCK]
        wrong = part < 0
        if part.dtype.kind == "f":
            wrong |= ~np.isfinite(part) | (part != np.rint(part))
        if wrong.any():
            return start + int(wrong.argmax())
    return None


def rows_of_matrix(matrix: spmatrix | sparray, names: Sequence[str], what: str) -> CountRows:
    """Makes rows of a sparse matrix, each number in as few bytes as hold the largest.

    Args:
        matrix: (n, m), in any format of SciPy.
        names: Names of the m columns.
        what: The matrix in words.

    Raises DataError, naming row and column, for a number that is no count, and for a matrix that points elsewhere.
    """
    require_sound(matrix, what)
    matrix = matrix.tocsr()
    if matrix.data.dtype.kind not in "iufb":
        raise DataError(f"{what} holds values of type {matrix.data.dtype}: give whole numbers")
    if (at := _find_strange(matrix.data)) is not None:
        row = int(np.searchsorted(matrix.indptr, at, "right")) - 1
        _refuse(matrix.data[at], row, str(names[matrix.indices[at]]), what)
    largest = matrix.data.max(initial=0)
    if largest > MOST_COUNT:
        at = int(matrix.data.argmax())
        row = int(np.searchsorted(matrix.indptr, at, "right")) - 1
        name = names[matrix.indices[at]]
        raise DataError(f"row {row + 1} of {what} counts {largest:,} of '{name}', and at most {MOST_COUNT:,} are taken")
    counts = matrix.data.astype(np.min_scalar_type(int(largest)), copy=False)
    columns = matrix.indices.astype(np.min_scalar_type(max(0, len(names) - 1)), copy=False)
    ptr = matrix.indptr.astype(np.int64)
    if not counts.all():
        kept = counts > 0
        ptr = np.concatenate([[0], np.cumsum(kept)])[ptr]
        counts, columns = counts[kept], columns[kept]
    return CountRows(counts, columns, ptr, unique_names(names))


def _refuse(value: float, row: int, name: str, what: str, instead: str = "") -> None:
    shown = "no number" if value != value else f"{value:g}"
    raise DataError(
        f"row {row + 1} of {what} holds {shown} for '{name}', and counts are whole numbers from 0: correct it{instead}"
    )


def rows_of_frame(frame: pd.DataFrame, beside: Sequence[str], what: str) -> CountRows:
    """Makes rows of a table.

    Args:
        frame: A column of whole numbers for each name.
        beside: Names of columns that are no counts.
        what: The table in words.

    Raises DataError, naming the column, for one that holds anything but whole numbers from 0.
    """
    from scipy.sparse import csc_array

    names = [str(name) for name in frame.columns if str(name) not in beside]
    counts, rows, ptr = [], [], [0]
    for name in names:
        cells = frame[name]
        if not pd.api.types.is_numeric_dtype(cells.dtype):
            raise DataError(f"column '{name}' of {what} holds no numbers: leave it out with --drop {quote(name)}")
        values = cells.to_numpy(np.float64, na_value=np.nan)
        if (at := _find_strange(values)) is not None:
            _refuse(values[at], at, name, what, f", or leave the column out with --drop {quote(name)}")
        held = np.flatnonzero(values)
        counts.append(values[held])
        rows.append(held.astype(np.int32))
        ptr.append(ptr[-1] + len(held))
    if not names:
        raise DataError(f"{what} has no column of counts: leave --kind out")
    parts = np.concatenate(counts), np.concatenate(rows), np.array(ptr)
    matrix = csc_array(parts, shape=(len(frame), len(names)))
    return rows_of_matrix(matrix, names, what).with_beside(frame[[name for name in frame if str(name) in beside]])


def unique_names(names: Sequence[str]) -> list[str]:
    """Names of columns as texts. One that stands there already gets a number, as NAME-1 (the way of AnnData)."""
    given = list(map(str, names))
    if len(set(given)) == len(given):
        return given
    taken, unique, copies = set(given), [], {}
    seen: set[str] = set()
    for name in given:
        if name in seen:
            number = copies.get(name, 0) + 1
            while f"{name}-{number}" in taken:
                number += 1
            copies[name], name = number, f"{name}-{number}"
            taken.add(name)
        seen.add(name)
        unique.append(name)
    return unique
