"""Writing rows of counts: as AnnData, as a sparse matrix of SciPy, and as a folder of Matrix Market."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...core.errors import DataError
from ...core.files import npz_bytes
from ...core.safe_text import csv_bytes
from ...kinds.formats.tables.hdf5_files import hdf5_bytes
from .matrices import NAMES, OBS, PLACES
from .rows import CountRows

if TYPE_CHECKING:
    import h5py

ENCODING = "encoding-type", "encoding-version"  # attributes by which AnnData knows what a part is
LATENTS = "X_genwright"  # the array of `obsm` that holds latents


def write_h5ad(rows: CountRows, latents: Mapping[str, np.ndarray] = MappingProxyType({})) -> bytes:
    """The content of an .h5ad.

    Args:
        rows: The rows.
        latents: {name in `obsm`: (n, D)}. Default: none.
    """

    def fill(file: h5py.File) -> None:
        _mark(file, "anndata", "0.1.0")
        _write_matrix(file, rows)
        _write_frame(file, "obs", rows.beside, _places_of(rows))
        _write_frame(file, "var", pd.DataFrame(index=range(len(rows.names))), rows.names)
        for name in ("layers", "obsm", "obsp", "uns", "varm", "varp"):
            _mark(file.create_group(name), "dict", "0.1.0")
        for name, array in latents.items():
            _mark(file["obsm"].create_dataset(name, data=array), "array", "0.2.0")

    return hdf5_bytes(fill)


def _places_of(rows: CountRows) -> list[str]:
    return [str(number) for number in range(len(rows))] if rows.places is None else list(map(str, rows.places))


def _mark(held: h5py.Group | h5py.Dataset, kind: str, version: str) -> None:
    for name, value in zip(ENCODING, (kind, version)):
        held.attrs[name] = value


def _write_matrix(file: h5py.File, rows: CountRows) -> None:
    group, matrix = file.create_group("X"), rows.matrix
    _mark(group, "csr_matrix", "0.1.0")
    group.attrs["shape"] = np.array(matrix.shape)
    for name in ("data", "indices", "indptr"):
        values = getattr(matrix, name)
        group.create_dataset(name, data=values, compression="gzip" if len(values) else None, compression_opts=1)


def _write_frame(file: h5py.File, name: str, frame: pd.DataFrame, index: list[str]) -> None:
    group = file.create_group(name)
    _mark(group, "dataframe", "0.2.0")
    group.attrs["_index"], group.attrs["column-order"] = "_index", _texts(list(map(str, frame.columns)))
    _write_texts(group, "_index", index)
    for column in map(str, frame):
        if "/" in column:
            raise DataError(f"an .h5ad has no room for the name '{column}': rename that column without /")
        _write_column(group, column, frame[column])


def _write_column(group: h5py.Group, name: str, cells: pd.Series) -> None:
    """Numbers as they are; all else as categories, with -1 for a missing cell."""
    if pd.api.types.is_bool_dtype(cells.dtype) and not cells.isna().any():
        _mark(group.create_dataset(name, data=cells.to_numpy(bool)), "array", "0.2.0")
    elif pd.api.types.is_numeric_dtype(cells.dtype):
        whole = pd.api.types.is_integer_dtype(cells.dtype) and not cells.isna().any()
        values = cells.to_numpy(np.int64) if whole else cells.to_numpy(np.float64, na_value=np.nan)
        _mark(group.create_dataset(name, data=values), "array", "0.2.0")
    else:
        codes, labels = pd.factorize(cells)
        held = group.create_group(name)
        _mark(held, "categorical", "0.2.0")
        held.attrs["ordered"] = False
        _mark(held.create_dataset("codes", data=codes.astype(np.int32)), "array", "0.2.0")
        _write_texts(held, "categories", list(map(str, labels)))


def _write_texts(group: h5py.Group, name: str, texts: list[str]) -> None:
    _mark(group.create_dataset(name, data=_texts(texts)), "string-array", "0.2.0")


def _texts(texts: list[str]) -> np.ndarray:
    import h5py

    return np.array(texts, dtype=h5py.string_dtype())


def write_npz(rows: CountRows) -> bytes:
    """The content of an .npz as SciPy reads it, with the names of columns and rows, and what is known beside them."""
    matrix = rows.matrix
    beside = {f"{OBS}{name}": _plain(cells) for name, cells in rows.beside.items()}
    named = {} if rows.places is None else {PLACES: np.array(rows.places, str)}
    arrays = {"format": np.array("csr"), "shape": np.array(matrix.shape), "data": matrix.data}
    arrays |= {"indices": matrix.indices, "indptr": matrix.indptr.astype(np.int64), NAMES: np.array(rows.names, str)}
    return npz_bytes(arrays | named | beside)


def _plain(cells: pd.Series) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return cells.to_numpy(np.float64, na_value=np.nan) if cells.isna().any() else cells.to_numpy()
    return cells.astype(object).where(cells.notna(), "").to_numpy(str)


def write_folder(rows: CountRows) -> Iterator[tuple[str, bytes]]:
    """(name, content) of the files of a folder as 10x Genomics writes it, with obs.csv for what is known beside the
    counts."""
    from scipy.io import mmwrite

    pack = lambda content: gzip.compress(content, 1, mtime=0)
    lines = lambda texts: pack("".join(f"{text}\n" for text in texts).encode())
    market = io.BytesIO()
    mmwrite(market, rows.matrix.T.tocoo(), field="integer", symmetry="general")
    yield "matrix.mtx.gz", pack(market.getvalue())
    yield "features.tsv.gz", lines(f"{name}\t{name}\tGene Expression" for name in rows.names)
    yield "barcodes.tsv.gz", lines(_places_of(rows))
    if rows.beside.shape[1]:
        yield "obs.csv", csv_bytes(rows.beside)
