"""Sparse matrices: of SciPy (.npz), and Matrix Market (.mtx). A square one is the adjacency of a graph; the rows of any
other are items, such as counts of words or genes."""

from pathlib import Path
from typing import TYPE_CHECKING

from ...kinds.formats.arrays import read_array
from ...kinds.formats.forms import suffixes_of
from ...kinds.formats.numpy_arrays import holds_arrays, read_arrays
from ...kinds.formats.raw import Raw
from ...kinds.formats.sparse_matrices import read_matrix_market, sparse_of_arrays, to_dense

if TYPE_CHECKING:
    from scipy.sparse import sparray, spmatrix

MTX = suffixes_of("genwright.graphs.kinds.sparse_files")
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
    return read_matrix_market(path) if path.name.lower().endswith(MTX) else sparse_of_arrays(read_arrays(path), path)
