"""Sparse matrices out of files.

SciPy hands their positions to C, which reads and writes wherever those point. So a matrix is checked whole first.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...core.errors import DataError, briefly
from ...core.limits import require_cells, require_size

if TYPE_CHECKING:
    from scipy.sparse import sparray, spmatrix

COMPRESSED = "csr", "csc", "bsr"
PARTS = {  # format of SciPy: names of its numbers, and of the positions that they stand at
    **dict.fromkeys(COMPRESSED, ("data", "indices", "indptr")),
    "dia": ("data", "offsets"), "coo": ("data", "row", "col"),
}  # fmt: skip
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
