"""Sparse matrices in files: the .npz of SciPy, Matrix Market, and folders as 10x Genomics writes them.

    matrix.mtx       columns x rows: a gene a line of features, a cell a line of barcodes
    features.tsv     id, name and type of each column; genes.tsv in older folders
    barcodes.tsv     the name of each row
    obs.csv          what is known of each row beside its counts (ours)

Each may be packed (.gz), and its name may begin with that of a sample.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ...core.account import Account
from ...core.errors import DataError
from ...core.limits import lines_of
from ...kinds.formats.folders import list_files
from ...kinds.formats.forms import name_of
from ...kinds.formats.numpy_arrays import holds_arrays, read_arrays
from ...kinds.formats.source import Source
from ...kinds.formats.sparse_matrices import read_matrix_market, sparse_of_arrays
from .layers import FEW_COLUMNS, GLANCE, number_names
from .raw import NAME, RawCounts, read_table
from .rows import are_whole, rows_of_matrix

MARKET = (".mtx", ".mtx.gz")
FEATURES, BARCODES, BESIDE = ("features.tsv", "genes.tsv"), ("barcodes.tsv",), ("obs.csv",)
OBS = "obs."  # begins the names of arrays that stand beside the counts
NAMES, PLACES = "names", "places"  # arrays of an .npz: names of columns, and of rows
LISTED = tuple(suffix + packed for suffix in (".mtx", ".tsv", ".csv") for packed in ("", ".gz"))
LONGEST_LINE = 2**16


# ---------------------------------------------------------------------- .npz and single matrices


def is_matrix_file(source: Source) -> bool:
    """Whether a file is a sparse matrix: of a person who asks for counts any, else an .npz that is not square and holds
    whole numbers in at least FEW_COLUMNS columns."""
    if source.path is None or source.is_folder:
        return False
    is_npz = source.ends(".npz") and holds_arrays(source.path, ("format", "shape", "data"))
    if source.get("kind") == NAME:
        return is_npz or source.ends(*MARKET)
    if not is_npz or holds_arrays(source.path, (NAMES,)):  # only counts have names
        return is_npz
    try:
        arrays = read_arrays(source.path)
        shape = np.ravel(arrays["shape"]).tolist()
        fits = len(shape) == 2 and shape[0] != shape[1] and shape[1] >= FEW_COLUMNS
        return fits and are_whole(np.ravel(arrays["data"])[:GLANCE])
    except DataError:  # whoever reads it says what is wrong
        return False


def read_matrix_file(source: Source) -> RawCounts:
    """Reads a sparse matrix whose rows are items. Raises DataError for one that is damaged or holds no counts."""
    path, account, beside, places = source.path, Account(), None, None
    if source.ends(*MARKET):
        matrix = read_matrix_market(path)
        names = number_names(matrix.shape[1])
    else:
        arrays = read_arrays(path)
        matrix = sparse_of_arrays(arrays, path)
        named = arrays.get(NAMES)
        names = number_names(matrix.shape[1]) if named is None else [str(name) for name in np.ravel(named)]
        if len(names) != matrix.shape[1]:
            raise DataError(f"{path} names {len(names):,} of {matrix.shape[1]:,} columns: write it again")
        held = {name.removeprefix(OBS): array for name, array in arrays.items() if name.startswith(OBS)}
        if any(array.shape != (matrix.shape[0],) for array in held.values()):
            raise DataError(f"{path} holds other than {matrix.shape[0]:,} values beside its rows: write it again")
        beside = pd.DataFrame(held) if held else None
        account.see("columns of obs", list(held))
        if PLACES in arrays and arrays[PLACES].shape == (matrix.shape[0],):
            places = arrays[PLACES].astype(str)
    rows = rows_of_matrix(matrix, names, str(path))
    rows.places = places
    return RawCounts(NAME, name_of(path), rows, account=account, beside=beside)


# ---------------------------------------------------------------------- folders


def find_parts(folder: Path) -> dict[str, Path] | None:
    """{"matrix", "features", "barcodes", "obs": file} of a folder of one matrix with its names; None of another."""
    if not any(name.lower().endswith(MARKET) for name in os.listdir(folder)):
        return None
    files = list_files(folder, LISTED)[0]
    ends = {"matrix": (".mtx",), "features": FEATURES, "barcodes": BARCODES, "obs": BESIDE}
    found = {
        part: [file for file in files if file.name.lower().removesuffix(".gz").endswith(suffixes)]
        for part, suffixes in ends.items()
    }
    if not all(len(found[part]) == 1 for part in ("matrix", "features", "barcodes")):
        return None
    return {part: some[0] for part, some in found.items() if some}


def is_folder(source: Source) -> bool:
    """Whether it is a folder of one Matrix Market file with the names of its rows and columns."""
    return source.is_folder and find_parts(source.path) is not None


def read_folder(source: Source) -> RawCounts:
    """Reads a folder. Raises DataError for a file that is damaged or cut short, and for counts that are none."""
    parts, account = find_parts(source.path), Account()
    features = [line.split("\t") for line in _lines(parts["features"])]
    barcodes = [line.split("\t")[0] for line in _lines(parts["barcodes"])]
    matrix = read_matrix_market(parts["matrix"])
    if matrix.shape != (len(features), len(barcodes)):
        raise DataError(
            f"'{parts['matrix']}' has shape {matrix.shape} for {len(features):,} features and {len(barcodes):,} "
            "barcodes: one of the three is cut short"
        )
    names = [cells[1] if len(cells) > 1 and cells[1] else cells[0] for cells in features]
    rows = rows_of_matrix(matrix.T, names, f"'{parts['matrix']}'")
    rows.places = np.array(barcodes)
    beside = None
    if "obs" in parts:
        beside = read_table(Source(str(parts["obs"]), reader=source.reader)).items
        account.see("columns of obs", list(beside))
    files, others = list_files(source.path, LISTED)
    account.see("files", [*(file.name for file in files if file not in parts.values()), *others])
    return RawCounts(NAME, name_of(source.path), rows, account=account, beside=beside)


def _lines(path: Path) -> Sequence[str]:
    return [line.rstrip("\r\n") for line in lines_of(path, f"'{path}'", LONGEST_LINE) if line.strip()]
