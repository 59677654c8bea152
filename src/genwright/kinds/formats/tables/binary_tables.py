"""Tables that another package reads: Parquet and Feather by pyarrow, Excel workbooks by openpyxl."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pandas as pd

from ....core.account import Account
from ....core.errors import DataError
from ....core.limits import open_plain, require_size
from ...values.frames import check_columns, check_rows, names_of_index
from ..forms import EXCEL, HEAD, find_form
from ..parsing import parsing
from ..raw import SEEN, Raw
from . import workbooks
from .write_table import readable

if TYPE_CHECKING:
    from pandas.api.extensions import ExtensionDtype
    from pyarrow import DataType, Field, Schema, Table

OF_WRITERS = (b"pandas", b"ARROW:schema", b"huggingface", b"org.apache.spark.version")  # metadata of no meaning
NUMBER = 8  # bytes of a value in a column
MAX_BATCHES = 2**16  # of rows in a Feather file


def read_parquet(file: BinaryIO, path: Path) -> pd.DataFrame:
    """Reads a Parquet file as a table. A named index is a column."""
    from pyarrow.parquet import ParquetFile

    parquet = ParquetFile(file)
    shape = parquet.metadata  # before anything is unpacked
    check_rows(shape.num_rows, str(path))
    check_columns(shape.num_columns, str(path))
    require_size(path, sum(shape.row_group(i).total_byte_size for i in range(shape.num_row_groups)))
    require_size(path, NUMBER * shape.num_rows * shape.num_columns)
    file.seek(0)
    try:
        frame = pd.read_parquet(file, engine="pyarrow")
    except (TypeError, NotImplementedError):
        if b"[pyarrow]" not in (shape.metadata or {}).get(b"pandas", b""):
            raise
        frame = parquet.read().replace_schema_metadata(readable(shape.metadata)).to_pandas()
    return _restore_types(frame, parquet.schema_arrow, lambda names: parquet.read(columns=names))


def _restore_types(frame: pd.DataFrame, schema: "Schema", read: "Callable[[list[str]], Table]") -> pd.DataFrame:
    """The frame with the types that pandas would lose, and a named index as columns. read: some columns, in Arrow."""
    restored = _kept_types(frame, schema, read)
    own = [key.decode("utf-8", "replace") for key in schema.metadata or {} if key not in OF_WRITERS]
    if all(name is None for name in frame.index.names):
        labels = names_of_index(frame)
        frame = frame.assign(**restored).reset_index(drop=True)
        frame.attrs[SEEN] = {"metadata": own, "row labels": labels}
    else:
        frame = frame.assign(**restored).reset_index()
        frame.attrs[SEEN] = {"metadata": own}
    return frame


def _kept_types(frame: pd.DataFrame, schema: "Schema", read: "Callable[[list[str]], Table]") -> dict[str, pd.Series]:
    """Columns whose type pandas would lose: decimals, and whole numbers with missing cells."""
    from pyarrow import types

    def lost(field: "Field") -> bool:
        if not isinstance(field.name, str) or field.name not in frame.columns or not frame.columns.is_unique:
            return False
        whole = types.is_integer(field.type) and frame[field.name].dtype.kind == "f"
        return whole or types.is_decimal(field.type)

    def map_type(kind: "DataType") -> "ExtensionDtype | np.dtype":
        if types.is_decimal(kind):
            return pd.ArrowDtype(kind)
        return pd.api.types.pandas_dtype(str(kind).replace("int", "Int").replace("u", "U"))  # uint8 -> UInt8

    names = [field.name for field in schema if lost(field)]
    columns = read(names).to_pandas(types_mapper=map_type, ignore_metadata=True) if names else {}
    return {name: columns[name].set_axis(frame.index) for name in names}


def read_feather(file: BinaryIO, path: Path) -> pd.DataFrame:
    """The table of a file of Feather, version 2, packed or not."""
    from pyarrow import ipc, types

    reader = ipc.open_file(file)
    schema = reader.schema
    check_columns(len(schema.names), str(path))
    if reader.num_record_batches > MAX_BATCHES:
        raise DataError(f"{path} has more than {MAX_BATCHES:,} batches of rows: write it again in larger ones")
    views = [field.name for field in schema if types.is_string_view(field.type) or types.is_binary_view(field.type)]
    if views:
        raise DataError(f"{path} holds column '{views[0]}' as views of texts: write it as plain text")
    return from_arrow_table(reader.read_all(), path)


def from_arrow_table(table: "Table", path: Path) -> pd.DataFrame:
    """A table in memory of Arrow, with the types that pandas would lose. Raises DataError for one that is too big."""
    check_rows(len(table), str(path))
    schema, metadata = table.schema, table.schema.metadata or {}
    require_size(path, NUMBER * table.num_rows * table.num_columns)
    table.validate(full=True)
    if b"pandas" in metadata:
        table = table.replace_schema_metadata(readable(metadata))
    return _restore_types(table.to_pandas(), schema, table.select)


def read_binary_table(path: Path, **where: object) -> Raw:
    """A file whose name ends in one of BINARY_TABLES, as a table. where: arguments of `read_workbook`.

    Raises DataError for a file that is of another format, damaged or too big, and where the package is not installed.
    """
    suffix = path.suffix.lower()
    with open_plain(path) as file:
        if form := find_form(path, file.peek(HEAD)[:HEAD]):
            raise DataError(f"{path} is {form.called}, despite its name: rename it, or save it as .csv")
        require_size(path, os.fstat(file.fileno()).st_size)
        with parsing(path):
            if suffix in EXCEL:
                return workbooks.read_workbook(file, path, **where)
            read = read_parquet if suffix == ".parquet" else read_feather
            return Raw("tables", path.stem, read(file, path), account=Account())
