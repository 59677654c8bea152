"""Sparse matrices: of SciPy (.npz), and Matrix Market (.mtx). A square one is the adjacency of a graph; the rows of any
other are items, such as counts of words or genes."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...core.errors import DataError
from ...core.limits import most_bytes, read_plain, require_cells, require_size
from ...kinds.formats.arrays import read_array
from ...kinds.formats.forms import suffixes_of
from ...kinds.formats.numpy_arrays import holds_arrays, read_arrays
from ...kinds.formats.parsing import parsing
from ...kinds.formats.raw import Raw
from ...kinds.formats.sparse_matrices import LINE, make_sparse, to_dense

if TYPE_CHECKING:
    from scipy.sparse import sparray, spmatrix

MTX = suffixes_of("genwright.graphs.kinds.sparse_files")
MARK = b"%%MatrixMarket"
PARSED = 16  # times as large as its text a list of numbers is in memory
IS_GRAPH = "a square matrix is the adjacency of a graph: --kind tables (kind=) reads its rows"


def is_sparse(path: Path) -> bool:
    """Tells whether a file is Matrix Market by its suffix, or an .npz file as SciPy saves it."""
    return path.name.lower().endswith(MTX) or holds_arrays(path, ("format", "shape", "data"))


def are_rows(matrix: object, kind: str | None) -> bool:
    """Tells whether a sparse matrix holds rows of a table: it is not square, or the user asked for a table.

    Args:
        matrix: The matrix.
        kind: Kind of data that the user asked for, or None.
    """
    shape = getattr(matrix, "shape", ())
    return hasattr(matrix, "tocoo") and len(shape) == 2 and (shape[0] != shape[1] or kind == "tables")


def rows_of_matrix(matrix: "spmatrix | sparray", source_name: str, name: str) -> Raw:
    """Converts the rows of a matrix to those of a table. Raises DataError for more cells than are taken.

    Args:
        matrix: sparse.
        source_name: name of the source, for messages.
        name: Name of the data.
    """
    return read_array(to_dense(matrix, source_name), source_name, name=name)


def read_sparse(path: Path) -> "spmatrix | sparray":
    """Reads a sparse matrix. Raises DataError for a file that is damaged, holds no plain numbers, or announces more
    than is taken."""
    return _read_mtx(path) if path.name.lower().endswith(MTX) else _read_npz(path)


def _read_npz(path: Path) -> "spmatrix | sparray":
    arrays = read_arrays(path)
    form = arrays["format"].item() if arrays["format"].ndim == 0 else None
    form = form.decode("ascii", "replace") if isinstance(form, bytes) else form
    with parsing(path, "save it again with scipy.sparse.save_npz"):
        return make_sparse(form, arrays, arrays["shape"], path).tocsr()


def _read_mtx(path: Path) -> "sparray":
    """Header, comments, sizes, then a line for each entry, or, of an array, all numbers column by column. SciPy's own
    reader ends the process on some damaged files."""
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
        lines = [line for line in body.splitlines() if line.strip() and not line.startswith(b"%")]
        rows, columns, *_ = sizes = list(map(int, lines[0].split()))
        cells, cell_columns = np.array(b" ".join(lines[1:]).split(), np.float64), 2 + (field != "pattern")
        require_size(path, LINE * (rows + columns))
        if form == "array":
            require_cells(path, rows * columns)
            is_full = symmetry in ("", "general")
            column, row = np.nonzero(np.ones((columns, rows), bool) if is_full else np.tri(rows, dtype=bool).T)
            entries = cells
        else:
            if len(cells) != cell_columns * sizes[2]:
                raise DataError(
                    f"{source_name} announces {sizes[2]:,} entries and has others: it is cut short, or damaged"
                )
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
