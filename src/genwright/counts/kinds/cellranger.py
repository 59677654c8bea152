"""The HDF5 of CellRanger: a group that holds a sparse matrix, a cell in each of its compressed columns.

matrix/   data, indices, indptr, shape, barcodes, features/id, features/name      since version 3
GENOME/   data, indices, indptr, shape, barcodes, genes, gene_names               before, a group for each genome
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...core.account import Account
from ...core.errors import DataError
from ...core.limits import require_size
from ...kinds.formats.forms import name_of
from ...kinds.formats.source import Source
from ...kinds.formats.sparse_matrices import make_sparse
from ...kinds.formats.tables.hdf5_files import open_hdf5
from .layers import FEW_COLUMNS, PARTS, choose_layer, glance_of, note_choice, read_parts
from .raw import NAME, RawCounts
from .rows import are_whole, rows_of_matrix

if TYPE_CHECKING:
    import h5py

WHAT = "counts of CellRanger"
SUFFIXES = (".h5", ".hdf5")
MATRIX = {*PARTS, "shape", "barcodes"}
NAMES = ("features/name", "features/id", "gene_names", "genes")  # of columns; the first that is there
USED = {*MATRIX, *NAMES}


def holds_counts(source: Source) -> bool:
    """Whether a file of HDF5 is one of CellRanger, of at least FEW_COLUMNS columns unless a person asks for counts."""
    if not _is_hdf5(source):
        return False
    asked = source.get("kind") == NAME or source.get("layer") is not None
    try:
        with open_hdf5(source.path, WHAT) as file:
            found = matrices_of(file).values()
            return any(asked or _shape_of(held)[0] >= FEW_COLUMNS and are_whole(glance_of(held)) for held in found)
    except DataError:  # whoever reads it says what is wrong
        return False


def find_matrices(source: Source) -> list[str]:
    """Names of the matrices of a file of CellRanger; [] of any other source."""
    if not _is_hdf5(source):
        return []
    with open_hdf5(source.path, WHAT) as file:
        return list(matrices_of(file))


def _is_hdf5(source: Source) -> bool:
    return source.ends(*SUFFIXES) and not source.is_folder


def matrices_of(file: h5py.File) -> dict[str, h5py.Group]:
    """{name: group} of each sparse matrix with names of its rows and columns."""
    import h5py

    groups = {name: held for name, held in file.items() if isinstance(held, h5py.Group)}
    return {name: held for name, held in groups.items() if set(held) >= MATRIX and any(part in held for part in NAMES)}


def read_cellranger(source: Source) -> RawCounts:
    """Reads such a file. Raises DataError for one that is damaged, whose parts do not fit, or that holds no counts."""
    path, account = source.path, Account()
    with open_hdf5(path, WHAT) as file:
        matrices = matrices_of(file)
        glances = {name: glance_of(held) for name, held in matrices.items()}
        chosen, others = choose_layer(glances, source.get("layer"), str(path))
        held, what = matrices[chosen], f"`{chosen}` of {path}"
        names, barcodes = _texts_of(next(held[part] for part in NAMES if part in held)), _texts_of(held["barcodes"])
        shape = _shape_of(held)
        if shape != (len(names), len(barcodes)):
            raise DataError(f"{what} has shape {shape} for {len(names):,} features and {len(barcodes):,} barcodes")
        matrix = make_sparse("csr", read_parts(held, path), shape[::-1], what)  # cells x features
        account.see("parts", _parts_of(held), USED)
    rows = rows_of_matrix(matrix, names, what)
    rows.places = np.array(barcodes, str)
    raw = RawCounts(NAME, name_of(path), rows, account=account)
    if len(matrices) > 1:
        note_choice(raw, glances, chosen, others)
    return raw


def _shape_of(held: h5py.Group) -> tuple[int, int]:
    """(features, cells). Raises ValueError for another count of numbers."""
    features, cells = map(int, held["shape"][:3])
    return features, cells


def _texts_of(held: h5py.Dataset) -> list[str]:
    require_size(held.file.filename, held.size * held.dtype.itemsize)
    return held.asstr()[()].tolist()


def _parts_of(held: h5py.Group) -> list[str]:
    """Names of all arrays of a group and of its groups."""
    names: list[str] = []
    held.visititems(lambda name, part: names.append(name) if hasattr(part, "shape") else None)
    return names
