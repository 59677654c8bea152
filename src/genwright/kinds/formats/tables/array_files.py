"""Readers of files that hold arrays by name: Matlab, HDF5, NetCDF and AnnData.

A stack of images is images, and labels beside it are theirs. Otherwise, the arrays of most rows are the columns of a
table. Attributes that change values are applied: the scale, offset and fill values of NetCDF, and times that count from
a day. The account names all else that a file holds.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ....core.account import Account
from ....core.domain import Question
from ....core.errors import DataError
from ....core.limits import open_plain, require_size
from ...values.frames import check_columns
from ..arrays import find_stack, read_named
from ..images.depth import named_range
from ..raw import Raw
from ..source import Source
from ..sparse_matrices import make_sparse, to_dense
from .hdf5_files import open_hdf5

if TYPE_CHECKING:
    import h5py

NUMBER = 8  # bytes of a value in a column
MISSING, SCALES = ("_FillValue", "missing_value"), ("scale_factor", "add_offset")
UNSIGNED, RANGE = "_Unsigned", ("valid_range", "valid_min", "valid_max")
SINCE = re.compile(r"(day|hour|minute|second|millisecond)s? since (.+)", re.IGNORECASE)
PLAIN_CALENDARS = ("", "standard", "gregorian", "proleptic_gregorian")
BOOKKEEPING = frozenset(  # attributes by which libraries find their way
    "CLASS NAME TITLE VERSION FLAVOR DIMENSION_LIST REFERENCE_LIST DIMENSION_LABELS H5PATH MATLAB_class MATLAB_fields "
    "MATLAB_int_decode MATLAB_empty MATLAB_sparse MATLAB_object_decode encoding-type encoding-version _index "
    "column-order _NCProperties _Netcdf4Dimid _Netcdf4Coordinates _nc3_strict _NCCOPY ordered shape".split()
)
PYTABLES = "PYTABLES_FORMAT_VERSION"  # attribute of a file in which all attributes are of PyTables or pandas
BESIDE = ("layers", "obsm", "varm", "obsp", "varp", "uns", "raw")  # parts of AnnData that no column is made of
Arrays = dict[str, np.ndarray]


def read_array_file(source: Source, arrays: Arrays, account: Account) -> Raw:
    """Images with their labels, or the columns of a table. A person is asked where the arrays may be either."""
    path, kind, stack = source.path, source.get("kind"), find_stack(arrays)
    are_images = stack is not None and (kind == "images" or (kind is None and stack.bytes))
    asked = []
    if stack is not None and kind is None:
        names, size = " and ".join(f"`{name}`" for name in stack.names), " x ".join(map(str, stack.shape))
        labels = " with labels" * (len(stack.names) > 1)
        read_as, other = (f"images{labels}", "a table") if are_images else ("a table", f"images{labels}")
        question = f"{names}, {size} numbers an item, are read as {read_as}. Are they {other}?"
        asked = [Question.whether(question, kind="tables" if are_images else "images")]
    if are_images:
        raw = read_named(stack.arrays, path, brightness=named_range(source.get("range")))
        return replace(raw, account=account + raw.account, asked=asked)
    return Raw("tables", path.stem, columns_of(arrays, path, account), account=account, asked=asked)


def read_matlab(path: Path) -> tuple[Arrays, Account]:
    """The arrays of a file, and those in the fields of its structures. Version 7.3 is HDF5."""
    from scipy.io import loadmat

    try:
        held = loadmat(path)
    except NotImplementedError:
        return read_hdf5(path, "a file of Matlab 7.3", turned=True)
    arrays = {
        name: to_dense(values, path) if hasattr(values, "tocoo") else values
        for name, values in held.items()
        if not name.startswith("__")
    }
    return dict(_fields(arrays)), Account()


def read_hdf5(path: Path, what: str = "arrays in HDF5", turned: bool = False) -> tuple[Arrays, Account]:
    """Every array of the file.

    Args:
        path: of the file.
        what: it is, in an error without h5py.
        turned: whether its arrays lie column by column, as Matlab writes them.
    """
    account = Account()
    with open_hdf5(path, what) as file:
        arrays, size = {}, 0
        of_pytables = PYTABLES in file.attrs
        for name, group in _groups(file, ""):
            account.see("attributes", [] if of_pytables else _told(group, name or "the file"))
        for name, held in _datasets(file, ""):
            size += held.size * held.dtype.itemsize
            require_size(path, size)
            values = _values_of(held, file)
            if values is None:
                account.see("arrays", [name])
                continue
            values = values.T if turned else values
            if not of_pytables:
                values = _unpack(name, values, dict(held.attrs), account)
            arrays |= _fields({name: values})
    return arrays, account


def read_netcdf(path: Path) -> tuple[Arrays, Account]:
    with open_plain(path) as file:
        classic = file.read(3) == b"CDF"
    if not classic:
        return read_hdf5(path, "a file of NetCDF 4")
    from scipy.io import netcdf_file

    account = Account()
    with netcdf_file(path, "r", mmap=False, maskandscale=False) as file:
        account.see("attributes", _names_of("the file", file._attributes))
        held = {name: (values[()] if not values.shape else values[:].copy(), values._attributes) for name, values in
                file.variables.items()}  # fmt: skip
    arrays = {name: _unpack(name, _joined(values), told, account) for name, (values, told) in held.items()}
    return arrays, account


def _groups(group: "h5py.Group", above: str) -> "Iterator[tuple[str, h5py.Group]]":
    import h5py

    yield above, group
    for name, held in group.items():
        if isinstance(held, h5py.Group) and not name.startswith("#"):
            yield from _groups(held, f"{above}.{name}" if above else name)


def _datasets(group: "h5py.Group", above: str) -> "Iterator[tuple[str, h5py.Dataset]]":
    import h5py

    for name, held in group.items():
        if isinstance(held, h5py.Dataset):
            yield f"{above}{name}", held
        elif isinstance(held, h5py.Group) and not name.startswith("#"):
            yield from _datasets(held, f"{above}{name}.")


def _values_of(held: "h5py.Dataset", file: "h5py.File") -> np.ndarray | None:
    """The values of an array of HDF5, the texts of a cell array of Matlab; None of what is neither."""
    import h5py

    if not held.shape or 0 in held.shape:
        return None
    kind = held.attrs.get("MATLAB_class", b"")
    if h5py.check_ref_dtype(held.dtype) is not None:
        cells = [file[one] for one in held[()].ravel()] if kind == b"cell" else []
        texts = [_text_of(cell) for cell in cells]
        return np.array(texts, object).reshape(held.shape) if texts and None not in texts else None
    if kind == b"char":
        return None
    if h5py.check_string_dtype(held.dtype):
        return held.asstr()[()]
    if codes := h5py.check_enum_dtype(held.dtype):
        labels = {code: label for label, code in codes.items()}
        return np.array([labels.get(code, str(code)) for code in held[()].ravel().tolist()], object).reshape(held.shape)
    return held[()] if held.dtype.kind in "biufSOV" else None


def _text_of(cell: "h5py.Dataset") -> str | float | None:
    """The text, or the one number, of a cell of Matlab; None of what is neither."""
    if cell.attrs.get("MATLAB_empty"):
        return ""
    if cell.attrs.get("MATLAB_class") == b"char":
        return "".join(map(chr, cell[()].ravel(order="F")))
    return cell[()].item() if cell.size == 1 and cell.dtype.kind in "biuf" else None


def _told(held: "h5py.Group | h5py.Dataset", name: str) -> list[str]:
    return _names_of(name, held.attrs)


def _names_of(name: str, attributes: Iterable[str]) -> list[str]:
    return [f"{name}.{attribute}" for attribute in attributes if attribute not in BOOKKEEPING]


def _joined(values: np.ndarray) -> np.ndarray:
    """Rows of single letters as texts."""
    if values.dtype == "S1" and values.ndim == 2:
        return np.ascontiguousarray(values).view(f"S{values.shape[1]}").ravel()
    return values


def _unpack(name: str, values: np.ndarray, told: Mapping[str, object], account: Account) -> np.ndarray:
    """Values as the attributes beside them say: missing, scaled, moved, or as times. The account gets the others."""
    used: list[str] = []
    if values.dtype.kind in "iuf":
        if values.dtype.kind == "i" and _word(told, UNSIGNED).lower() == "true":
            values, used = values.view(f"{values.dtype.byteorder}u{values.dtype.itemsize}"), [UNSIGNED]
        gone = np.zeros(values.shape, bool)
        for one in RANGE:
            if one in told and np.asarray(told[one]).dtype.kind in "iuf":
                least, most = np.ravel(told[one])[[0, -1]]
                gone |= ((values < least) & (one != RANGE[2])) | ((values > most) & (one != RANGE[1]))
                used.append(one)
        for one in MISSING:
            if one in told and np.asarray(told[one]).dtype.kind in "iuf":
                gone |= np.isin(values, np.ravel(told[one]))
                used.append(one)
        scale, offset = (_number(told.get(one), usual) for one, usual in zip(SCALES, (1.0, 0.0)))
        used += [one for one in SCALES if one in told]
        if (scale, offset) != (1.0, 0.0):
            decimals = max(len(repr(one).partition(".")[2]) for one in (scale, offset))
            values = (values * scale + offset).round(decimals)  # without the dust of floating point
        if gone.any():
            values = np.where(gone, np.nan, values)
        if (times := _times(values, told)) is not None:
            values, used = times, [*used, "units", "calendar"]
    account.see("attributes", _names_of(name, told), [f"{name}.{one}" for one in used])
    return values


def _number(value: object, usual: float) -> float:
    """A number of an attribute, also of one of single precision, as it was typed."""
    if value is None:
        return usual
    number = float(str(np.ravel(value)[0]))
    return number if isfinite(number) else usual


def _word(told: Mapping[str, object], name: str) -> str:
    """An attribute as text, "" where there is none."""
    return told[name].decode() if isinstance(told.get(name), bytes) else str(told.get(name, ""))


def _times(values: np.ndarray, told: Mapping[str, object]) -> np.ndarray | None:
    """Times that are counted from a day; None of other numbers."""
    since = SINCE.fullmatch(_word(told, "units").strip())
    if since is None or _word(told, "calendar").lower() not in PLAIN_CALENDARS:
        return None
    try:
        begin = pd.Timestamp(since[2])
        begin = begin.tz_convert("UTC").tz_localize(None) if begin.tz is not None else begin
        return (begin + pd.to_timedelta(values.ravel(), unit=since[1].lower())).to_numpy().reshape(values.shape)
    except (ValueError, OverflowError):  # a day that no calendar of ours has
        return None


def _fields(arrays: Arrays, above: str = "") -> Iterator[tuple[str, np.ndarray]]:
    """Arrays, and those in the fields of structures: of one record each its own, of several a column for each field."""
    for name, values in arrays.items():
        if not values.dtype.names:
            yield f"{above}{name}", values
        elif values.size == 1:
            record = values.reshape(-1)[0]
            yield from _fields({field: np.asarray(record[field]) for field in values.dtype.names}, f"{above}{name}.")
        else:
            yield from _fields({field: values.reshape(-1)[field] for field in values.dtype.names}, f"{above}{name}.")


def columns_of(arrays: Arrays, path: Path, account: Account) -> pd.DataFrame:
    """Columns of all arrays that have as many rows as most do; one of several dimensions has a column for each
    number of a row. The account gets the names of all, and of those that are used."""
    usable = {name: _flat(values) for name, values in arrays.items()}
    usable = {name: values for name, values in usable.items() if values is not None and values.size > 1}
    account.see("arrays", arrays)
    if not usable:
        raise DataError(f"{path} holds no arrays of numbers or texts: save the table as .csv")
    lengths = [len(values) for values in usable.values()]
    rows = max(dict.fromkeys(lengths), key=lambda n: (lengths.count(n) * (n > 1), n))
    columns = {}
    for name, values in usable.items():
        values = values.T if values.ndim == 2 and len(values) != rows and values.shape[1] == rows else values
        if len(values) != rows:
            continue
        account.use("arrays", [name])
        if values.ndim == 1:
            columns[name] = values
        else:
            check_columns(len(columns) + values.shape[1], str(path))
            columns |= {f"{name}{j + 1}": values[:, j] for j in range(values.shape[1])}
    native = lambda values: values.astype(values.dtype.newbyteorder("=")) if values.dtype.kind in "iuf" else values
    return pd.DataFrame({name: native(values) for name, values in columns.items()})


def _flat(values: object) -> np.ndarray | None:
    """(n,) or (n, d) numbers, times or texts; None of anything else."""
    values = np.asarray(values)
    if values.dtype.kind == "O" and values.size:
        cells = [cell.item() if isinstance(cell, np.ndarray) and cell.size == 1 else cell for cell in values.ravel()]
        if not all(isinstance(cell, (str, int, float, bytes)) for cell in cells):
            return None
        values = np.array(cells, object).reshape(values.shape)
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8", "replace")
    if values.dtype.kind not in "biufUOM" or not values.size or not values.ndim:
        return None
    if values.ndim == 2 and 1 in values.shape:
        values = values.ravel()
    return values.reshape(len(values), -1).squeeze() if values.ndim > 1 else values


# ---------------------------------------------------------------------- AnnData


def read_anndata(path: Path) -> tuple[pd.DataFrame, Account]:
    """Counts of genes, and the columns beside them."""
    account = Account()
    with open_hdf5(path, "counts of AnnData") as file:
        beside = read_anndata_frame(file["obs"], "obs", account)
        names = read_anndata_frame(file["var"], "var", account).index if "var" in file else []
        x = _counts_of(file["X"], path) if "X" in file else None
        for part in BESIDE:
            if part in file and len(file[part]):
                account.see("parts", [f"{part}.{name}" for name in file[part]])
        account.see("parts", [name for name in file if name not in ("X", "obs", "var", *BESIDE)])
    account.use("columns of obs", beside.columns)
    if x is None:
        account.remarks.append("there is no X: the columns of obs are the table")
        return beside.reset_index(drop=True), account
    if x.shape != (len(beside), len(names)):
        raise DataError(
            f"{path} holds X of shape {x.shape} for {len(beside):,} cells (obs) and {len(names):,} genes (var): write "
            "it again"
        )
    counts = pd.DataFrame(x, columns=list(map(str, names)), index=beside.index)
    return pd.concat([counts, beside], axis=1).reset_index(drop=True), account


def _counts_of(held: "h5py.Group | h5py.Dataset", path: Path) -> np.ndarray:
    """X of AnnData, which is an array or a sparse matrix, as an array."""
    import h5py

    if isinstance(held, h5py.Dataset):
        require_size(path, NUMBER * held.size)
        return held[()]
    form = held.attrs.get("encoding-type", "csr_matrix").removesuffix("_matrix")
    parts = {name: held[name] for name in ("data", "indices", "indptr")}
    require_size(path, NUMBER * sum(part.size for part in parts.values()))
    parts = {name: part[()] for name, part in parts.items()}
    return to_dense(make_sparse(form, parts, held.attrs["shape"], f"X of {path}"), path)


def read_anndata_frame(group: "h5py.Group", what: str, account: Account) -> pd.DataFrame:
    """Reads a data frame as AnnData writes it. The account gets its columns, none of them used yet."""
    index, columns = group.attrs["_index"], {}
    for name in group:
        if name != "__categories":
            columns[name] = _column_of(group[name], group)
    account.see(f"columns of {what}", [name for name in columns if name != index])
    frame = pd.DataFrame(columns)
    return frame.set_index(index) if index in frame else frame


def _column_of(held: "h5py.Group | h5py.Dataset", frame: "h5py.Group") -> pd.Series:
    """Numbers, texts, codes with their categories, or values with a mask of those that are missing."""
    import h5py

    plain = lambda part: part.asstr()[()] if h5py.check_string_dtype(part.dtype) else part[()]
    if isinstance(held, h5py.Dataset):
        if isinstance(names := held.attrs.get("categories"), h5py.Reference):  # as AnnData 0.7 wrote them
            return _labels(held[()], plain(frame[names]))
        return pd.Series(plain(held))
    if "mask" in held:
        values, gone = pd.Series(plain(held["values"])), held["mask"][()].astype(bool)
        if values.dtype.kind in "iub":
            values = values.astype("boolean" if values.dtype.kind == "b" else "Int64")
        return values.mask(gone)
    return _labels(held["codes"][()], plain(held["categories"]))


def _labels(codes: np.ndarray, names: np.ndarray) -> pd.Series:
    """Categories, also those that are numbers, as labels; None where a code says that there is none."""
    texts = np.array([*map(str, names), None], object)
    return pd.Series(texts[np.where(codes >= 0, codes, -1)])
