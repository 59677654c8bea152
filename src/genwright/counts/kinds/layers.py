"""AnnData: which of its matrices holds counts, and how it is read from a file or an object.

A matrix is X, a layer, or `raw`. X is taken where it holds whole numbers, else the layer `counts`, else the first layer
that does. A person chooses another by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...core.account import Account
from ...core.domain import Question
from ...core.errors import DataError
from ...core.limits import require_cells, require_size
from ...kinds.formats.forms import name_of
from ...kinds.formats.objects import is_anndata
from ...kinds.formats.source import Source
from ...kinds.formats.sparse_matrices import make_sparse
from ...kinds.formats.tables.array_files import read_anndata_frame
from ...kinds.formats.tables.hdf5_files import open_hdf5
from .raw import NAME, RawCounts
from .rows import are_whole, rows_of_matrix

if TYPE_CHECKING:
    import h5py
    from scipy.sparse import csr_array, sparray, spmatrix

X, RAW, USUAL = "X", "raw", "counts"  # names of matrices, and of the layer that is taken first
GLANCE = 2**16  # numbers of a matrix that say whether it holds counts
FEW_COLUMNS = 32  # a matrix of fewer is a table, unless a person says that it holds counts
DENSE_ROWS = 2**22  # numbers of a dense matrix that are read together
PARTS = ("data", "indices", "indptr")


def choose_layer(glances: Mapping[str, np.ndarray], asked: str | None, what: str) -> tuple[str, list[str]]:
    """The matrix that is read, and the others that hold whole numbers too.

    Args:
        glances: {name of a matrix: some of its numbers}.
        asked: The name that a person chose, None for none.
        what: The source in words.

    Raises DataError for a name that is not there, and where no matrix holds counts.
    """
    whole = [name for name, numbers in glances.items() if are_whole(numbers)]
    if asked is not None:
        if asked not in glances:
            raise DataError(f"{what} has no layer '{asked}': choose one of {', '.join(glances)}")
        return asked, []
    if not whole:
        raise DataError(f"no matrix of {what} ({', '.join(glances) or 'none'}) holds whole numbers: leave --kind out")
    first = next((name for name in (X, USUAL) if name in whole), whole[0])
    return first, [name for name in whole if name != first]


def ask_layers(chosen: str, others: list[str]) -> list[Question]:
    """Whether another matrix of whole numbers is the one to learn."""
    return [
        Question.whether(f"`{other}` holds whole numbers as `{chosen}` does: learn it instead?", layer=other)
        for other in others
    ]


def note_choice(raw: RawCounts, glances: Mapping[str, np.ndarray], chosen: str, others: list[str]) -> None:
    """Notes which of several matrices was read, and asks about the others."""
    raw.asked = ask_layers(chosen, others)
    if chosen != X:
        why = "" if X not in glances or are_whole(glances[X]) else ", since X holds other numbers than counts"
        raw.account.remarks.append(f"counts are those of `{chosen}`{why}")
    raw.account.see("matrices", glances, [chosen, *others])


def find_layers(source: Source) -> list[str]:
    """Names of the matrices of an AnnData, in a file or in memory; [] of any other source."""
    if source.path is None:
        return list_layers(source.given) if is_anndata(source.given) else []
    if not source.ends(".h5ad") or source.is_folder:
        return []
    with open_hdf5(source.path, "counts of AnnData") as file:
        return list(_matrices_of(file))


def list_layers(given: Any) -> list[str]:
    """Names of the matrices of an AnnData in memory."""
    return list(_matrices_of_object(given))


# ---------------------------------------------------------------------- files


def holds_counts(source: Source) -> bool:
    """Whether an .h5ad holds whole numbers in at least FEW_COLUMNS columns, or a person asks for counts."""
    if not source.ends(".h5ad") or source.is_folder:
        return False
    if source.get("kind") == NAME or source.get("layer") is not None:
        return True
    try:
        with open_hdf5(source.path, "counts of AnnData") as file:
            wide = [held for held in _matrices_of(file).values() if _shape_of(held)[1] >= FEW_COLUMNS]
            return any(are_whole(glance_of(held)) for held in wide)
    except DataError:  # whoever reads it says what is wrong
        return False


def read_h5ad(source: Source) -> RawCounts:
    """Reads an .h5ad. Raises DataError for one that is damaged, whose parts do not fit, or that holds no counts."""
    path, account = source.path, Account()
    with open_hdf5(path, "counts of AnnData") as file:
        matrices = _matrices_of(file)
        glances = {name: glance_of(held) for name, held in matrices.items()}
        chosen, others = choose_layer(glances, source.get("layer"), str(path))
        obs = read_anndata_frame(file["obs"], "obs", account)
        var = read_anndata_frame(file["raw/var" if chosen == RAW else "var"], "var", account)
        shape = _shape_of(matrices[chosen])
        _require_shape(shape, (len(obs), len(var)), f"`{chosen}` of {path}")
        names = list(map(str, var.index))
        rows = rows_of_matrix(_read_matrix(matrices[chosen], path), names, f"`{chosen}` of {path}")
        account.see("parts", [f"{part}.{name}" for part in ("obsm", "varm", "obsp", "varp", "uns") if part in file
                              for name in file[part]])  # fmt: skip
    rows.places = obs.index.to_numpy(str)
    raw = RawCounts(NAME, name_of(path), rows, account=account, beside=obs.reset_index(drop=True))
    note_choice(raw, glances, chosen, others)
    return raw


def _matrices_of(file: h5py.File) -> dict[str, h5py.Group | h5py.Dataset]:
    """{name: matrix of numbers} of X, each layer, and raw."""
    import h5py

    found = {X: file.get(X), **dict(file.get("layers", {})), RAW: file.get("raw/X")}
    is_matrix = lambda held: len(held.shape) == 2 if isinstance(held, h5py.Dataset) else set(PARTS) <= set(held)
    return {name: held for name, held in found.items() if held is not None and is_matrix(held)}


def _shape_of(held: h5py.Group | h5py.Dataset) -> tuple[int, int]:
    shape = held.shape if hasattr(held, "shape") else held.attrs["shape"]
    rows, columns = map(int, shape)
    return rows, columns


def glance_of(held: h5py.Group | h5py.Dataset) -> np.ndarray:
    """Some numbers of a matrix."""
    if not hasattr(held, "shape"):
        return held["data"][:GLANCE]
    return held[: max(1, GLANCE // max(1, held.shape[1]))].ravel()


def _require_shape(shape: tuple[int, int], wanted: tuple[int, int], what: str) -> None:
    if tuple(shape) != wanted:
        raise DataError(
            f"{what} has shape {shape} for {wanted[0]:,} rows (obs) and {wanted[1]:,} columns (var): write it again"
        )


def _read_matrix(held: h5py.Group | h5py.Dataset, path: Path) -> csr_array:
    """Reads a matrix, sparse or dense, without its zeros."""
    if hasattr(held, "shape"):
        require_size(path, held.size * held.dtype.itemsize)
        return _sparse_of_dense(lambda start, stop: held[start:stop], held.shape)
    form = str(held.attrs.get("encoding-type", "csr_matrix")).removesuffix("_matrix")
    return make_sparse(form, read_parts(held, path), held.attrs["shape"], f"a matrix of {path}").tocsr()


def read_parts(held: h5py.Group, path: Path) -> dict[str, np.ndarray]:
    """The arrays of a compressed matrix. Raises DataError where they take more than is allowed."""
    parts = {name: held[name] for name in PARTS}
    require_size(path, sum(part.size * part.dtype.itemsize for part in parts.values()))
    return {name: part[()] for name, part in parts.items()}


def _sparse_of_dense(part: Callable[[int, int], np.ndarray], shape: tuple[int, int]) -> csr_array:
    """The matrix of which `part` gives some rows. A number that is none stays, for whoever checks them."""
    from scipy.sparse import csr_array, vstack

    step = max(1, DENSE_ROWS // max(1, shape[1]))
    blocks = [csr_array(part(start, start + step)) for start in range(0, shape[0], step)]
    return csr_array(vstack(blocks, format="csr")) if blocks else csr_array(shape)


# ---------------------------------------------------------------------- objects


def _matrices_of_object(given: Any) -> dict[str, spmatrix | sparray | np.ndarray]:
    raw = getattr(given, "raw", None)
    layers = {name: held for name, held in dict(getattr(given, "layers", None) or {}).items() if isinstance(name, str)}
    found = {X: given.X, **layers, RAW: getattr(raw, "X", None)}
    return {name: held for name, held in found.items() if held is not None and len(held.shape) == 2}


def _numbers_of(held: spmatrix | sparray | np.ndarray) -> np.ndarray:
    return held.data if hasattr(held, "tocoo") else np.asarray(held).ravel()


def object_holds_counts(given: object) -> bool:
    """Whether an AnnData, or a sparse matrix that is not square, holds whole numbers in at least FEW_COLUMNS
    columns."""
    if is_anndata(given):
        matrices = _matrices_of_object(given).values()
    elif hasattr(given, "tocoo") and len(getattr(given, "shape", ())) == 2 and given.shape[0] != given.shape[1]:
        matrices = [given]
    else:
        return False
    return any(held.shape[1] >= FEW_COLUMNS and are_whole(_numbers_of(held)[:GLANCE]) for held in matrices)


def is_object(given: object) -> bool:
    """Whether an object is an AnnData or a sparse matrix."""
    return is_anndata(given) or (hasattr(given, "tocoo") and len(getattr(given, "shape", ())) == 2)


def read_object(given: Any, asked: str | None) -> RawCounts:
    """Reads an AnnData or a sparse matrix in memory. Raises DataError as `read_h5ad` does."""
    if not is_anndata(given):
        if asked is not None:
            raise DataError("layer is for AnnData, and a sparse matrix has none: leave layer out")
        return RawCounts(NAME, "matrix", rows_of_matrix(given, number_names(given.shape[1]), "the matrix"),
                         account=Account())  # fmt: skip
    matrices, account = _matrices_of_object(given), Account()
    glances = {name: _numbers_of(held)[:GLANCE] for name, held in matrices.items()}
    chosen, others = choose_layer(glances, asked, "the AnnData")
    held, var = matrices[chosen], given.raw.var if chosen == RAW else given.var
    _require_shape(held.shape, (len(given.obs), len(var)), f"`{chosen}` of the AnnData")
    if not hasattr(held, "tocoo"):
        dense = np.asarray(held)
        require_cells("the AnnData", dense.size, dense.itemsize)
        held = _sparse_of_dense(lambda start, stop: dense[start:stop], dense.shape)
    rows = rows_of_matrix(held, list(map(str, var.index)), f"`{chosen}` of the AnnData")
    rows.places = given.obs.index.to_numpy().astype(str)
    obs = pd.DataFrame(given.obs).reset_index(drop=True)
    account.see("columns of obs", list(obs))
    parts = {part: getattr(given, part, None) for part in ("obsm", "varm", "obsp", "varp", "uns")}
    account.see("parts", [f"{part}.{name}" for part, names in parts.items() for name in names or ()])
    account.see("columns of var", list(var.columns))
    raw = RawCounts(NAME, "AnnData", rows, account=account, beside=obs)
    note_choice(raw, glances, chosen, others)
    return raw


def number_names(count: int) -> list[str]:
    """Names of columns that have none: x0, x1, ..."""
    return [f"x{j}" for j in range(count)]
