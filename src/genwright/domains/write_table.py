"""Writing a table to a file that is there whole or not at all."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from ..core.errors import DataError
from ..core.files import write_whole
from ..core.formulas import csv_bytes


def write_table(frame: pd.DataFrame, path: Path) -> Path:
    """.csv, .csv.gz, or .npz: one array a column, dates in UTC, missing numbers NaN, missing text empty."""
    writers = {".csv": _csv, ".csv.gz": _csv_gz, ".npz": _npz}
    kind = next((suffix for suffix in (".csv.gz", ".csv", ".npz") if path.name.lower().endswith(suffix)), None)
    if kind is None:
        raise DataError(f"cannot write a table to '{path}': let its name end in {', '.join(writers)}")
    if not path.parent.is_dir():
        raise DataError(
            f"cannot write '{path}', since there is no folder '{path.parent}': make it, or choose another place"
        )
    return write_whole(path, writers[kind](frame))


def _csv(frame: pd.DataFrame) -> bytes:
    return csv_bytes(frame)


def _csv_gz(frame: pd.DataFrame) -> bytes:
    return gzip.compress(_csv(frame), mtime=0)  # no time stamp: the same table gives the same bytes


def _npz(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in frame.columns:
            part = io.BytesIO()
            np.lib.format.write_array(part, _array(frame[name]), allow_pickle=False)
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), part.getvalue(), zipfile.ZIP_DEFLATED
            )
    return buffer.getvalue()


def _array(cells: pd.Series) -> np.ndarray:
    """A column as an array without objects."""
    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = cells.astype(cells.cat.categories.dtype)
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        cells = cells.dt.tz_convert("UTC").dt.tz_localize(None) if cells.dt.tz is not None else cells
        return cells.to_numpy()
    if isinstance(cells.dtype, np.dtype) and cells.dtype.kind in "fiub":
        return cells.to_numpy()
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return cells.to_numpy(float, na_value=np.nan) if cells.isna().any() else cells.to_numpy(cells.dtype.numpy_dtype)
    return np.array(["" if missing else str(value) for value, missing in zip(cells, cells.isna())], dtype=str)
