"""Sparse matrices out of files.

SciPy hands their positions to C, which reads and writes wherever those point. So a matrix is checked whole first.
"""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...core.errors import DataError, briefly
from ...core.limits import most_bytes, read_plain, require_cells, require_size
from .parsing import parsing

if TYPE_CHECKING:
    from scipy.sparse import csr_array, sparray, spmatrix

COMPRESSED = "csr", "csc", "bsr"
PARTS = {  # format of SciPy: names of its numbers, and of the positions that they stand at
    **dict.fromkeys(COMPRESSED, ("data", "indices", "indptr")),
    "dia": ("data", "offsets"), "coo": ("data", "row", "col"),
}  # fmt: skip
MARK = b"%%MatrixMarket"
PARSED = 8  # times as large as its text a matrix is in memory
LINE = 64  # bytes of a row or a column that may be empty


def make_sparse(form: str | None, arrays: Mapping[str, np.ndarray], shape: Sequence[int], what: object) -> "sparray":
    """A matrix of the arrays that SciPy has for it.

    Args:
        form: name of the format.
        arrays: `PARTS` of the format.
        shape: (2,) rows and columns.
        what: the matrix, in an error.

    Raises DataError for a format that is not known, and for arrays that make no matrix.
    """
    import scipy.sparse

    names, shape = PARTS.get(form, ()), np.asarray(shape).ravel()
    if not names or not set(names) <= arrays.keys() or shape.dtype.kind not in "iu" or len(shape) != 2:
        raise DataError(f"{what} is no sparse matrix that SciPy knows ({form}): write it again with SciPy")
    require_size(what, LINE * int(max(0, shape.max())))
    data, *positions = (arrays[name] for name in names)
    if any(each.dtype.kind not in "iu" for each in positions):
        raise DataError(f"{what} has positions that are no whole numbers: write it again")
    parts = (data, tuple(positions)) if form == "coo" else (data, *positions)
    try:
        matrix = getattr(scipy.sparse, f"{form}_array")(parts, shape=tuple(map(int, shape)))
    except (ValueError, TypeError, ArithmeticError) as error:
        raise _no_matrix(what, error) from error
    require_sound(matrix, what)
    if form in COMPRESSED:
        if matrix.nnz != data.size:
            raise DataError(f"{what} holds {data.size:,} numbers and places for {matrix.nnz:,}: write it again")
        matrix.sum_duplicates()
        if matrix.nnz != data.size:
            raise DataError(f"{what} holds several numbers for one cell: add them (sum_duplicates) and write it again")
    return matrix


def require_sound(matrix: "sparray | spmatrix", what: object) -> None:
    """Raises DataError for a compressed matrix whose positions lie outside of it."""
    if matrix.format in COMPRESSED:
        try:
            matrix.check_format(full_check=True)
        except ValueError as error:
            raise _no_matrix(what, error) from error


def to_dense(matrix: "sparray | spmatrix", what: object) -> np.ndarray:
    """Converts a sparse matrix to a dense one. (rows, columns), zeros included. Raises DataError for more cells than
    are taken, and as `require_sound` does."""
    require_cells(what, matrix.shape[0] * matrix.shape[1])
    require_sound(matrix, what)
    return matrix.toarray()


def _no_matrix(what: object, error: Exception) -> DataError:
    return DataError(f"{what} is no sparse matrix ({briefly(error)}): write it again")


# ---------------------------------------------------------------------- files


def sparse_of_arrays(arrays: Mapping[str, np.ndarray], path: Path) -> "csr_array":
    """The matrix of the arrays that SciPy saves in an .npz. Raises DataError as `make_sparse` does."""
    form = arrays["format"].item() if arrays["format"].ndim == 0 else None
    form = form.decode("ascii", "replace") if isinstance(form, bytes) else form
    with parsing(path, "save it again with scipy.sparse.save_npz"):
        return make_sparse(form, arrays, arrays["shape"], path).tocsr()


def _numbers_of(text: bytes) -> np.ndarray:
    """The numbers (N,) of a text with blanks between them, without lines of comments; fewer if something is none."""
    if b"%" in text:
        text = b"\n".join(line for line in text.splitlines() if not line.startswith(b"%"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # what an older NumPy says of what is no number
        try:
            return np.fromstring(text, np.float64, sep=" ")
        except ValueError:
            return np.empty(0)


def read_matrix_market(path: Path) -> "sparray":
    """Reads a matrix of Matrix Market: header, comments, sizes, then a line for each entry, or, of an array, all
    numbers column by column. SciPy's own reader ends the process on some damaged files.

    Raises DataError for a file that is damaged or holds no real numbers, and for more than is taken.
    """
    import scipy.sparse

    source_name = f"'{path}'"
    head, _, body = bytes(read_plain(path, maximum=most_bytes() // PARSED)).partition(b"\n")
    _, matrix, form, field, symmetry = [*head.decode("latin-1").lower().split(), *[""] * 5][:5]
    if not head.startswith(MARK) or matrix != "matrix" or form not in ("coordinate", "array"):
        raise DataError(
            f"{source_name} is no Matrix Market file, which begins with {MARK.decode()} matrix: write it again"
        )
    if field not in ("real", "integer", "pattern", "double"):
        raise DataError(f"{source_name} holds {field or 'no'} numbers, not real ones: write their real part")
    with parsing(source_name):
        start = 0
        while body.startswith((b"%", b"\n", b"\r"), start):
            start = body.find(b"\n", start) + 1 or len(body)
        first, _, numbers = body[start:].partition(b"\n")
        sizes = list(map(int, first.split()))
        if len(sizes) < 2 + (form == "coordinate"):
            raise DataError(f"{source_name} ends before the sizes of its matrix: it is cut or damaged")
        rows, columns = sizes[:2]
        cells, cell_columns = _numbers_of(numbers), 2 + (field != "pattern")
        require_size(path, LINE * (rows + columns))
        if form == "array":
            require_cells(path, rows * columns)
            is_full = symmetry in ("", "general")
            column, row = np.nonzero(np.ones((columns, rows), bool) if is_full else np.tri(rows, dtype=bool).T)
            entries, announced = cells, len(row)
        else:
            announced = cell_columns * sizes[2]
        if len(cells) != announced:
            raise DataError(
                f"{source_name} announces {announced:,} numbers and has others: it is cut short, or damaged"
            )
        if form != "array":
            cells = cells.reshape(-1, cell_columns)
            if (cells[:, :2] != np.rint(cells[:, :2])).any():
                raise DataError(f"{source_name} has positions that are no whole numbers: write it again")
            row, column = cells[:, :2].astype(np.int64).T - 1
            entries = cells[:, 2] if cell_columns > 2 else np.ones(len(cells))
        if symmetry in ("symmetric", "skew-symmetric"):
            is_off_diagonal, sign = row != column, -1 if symmetry.startswith("skew") else 1
            row, column = np.concatenate([row, column[is_off_diagonal]]), np.concatenate([column, row[is_off_diagonal]])
            entries = np.concatenate([entries, sign * entries[is_off_diagonal]])
        entries = entries.astype(np.int64) if field in ("integer", "pattern") else entries
        return scipy.sparse.coo_array((entries, (row, column)), shape=(rows, columns)).tocsr()
