"""A folder of files that are parts of one table: texts with one header, or Parquet, ORC and Arrow, also in sub-folders
that are called column=value."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ....core.account import Account
from ....core.errors import DataError, briefly
from ....core.limits import read_plain, read_plain_head, require_size, size_on_disk
from ....core.packages import require_package
from ...values.frames import check_rows
from ...values.typed_cells import typed_cells
from ..folders import list_files
from ..forms import name_of
from ..parsing import parsing
from ..raw import Raw
from .binary_tables import from_arrow_table
from .delimited import read_delimited

if TYPE_CHECKING:
    from pyarrow import Schema
    from pyarrow.dataset import Dataset

TEXTS = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
ARROW = {".parquet": "parquet", ".orc": "orc", ".arrow": "ipc", ".feather": "ipc"}
HEADER = 2**16  # bytes in which a line of names ends
NO_DATA = "_", "."  # names that begin so are marks of the program that wrote the parts


def list_parts(root: Path) -> list[Path]:
    """Several files of a folder, of one of these forms and with one header; [] where there are others among them."""
    files, others = list_files(root, (*TEXTS, *ARROW))
    files = [file for file in files if not file.name.startswith(NO_DATA)]
    strange = [name for name in others if not name.rpartition("/")[2].startswith(NO_DATA)]
    if strange or len(files) < 2 or len({_form(file) for file in files}) > 1:
        return []
    return files if _form(files[0]) in ARROW or len(set(map(_header, files))) == 1 else []


def _form(file: Path) -> str:
    return next(suffix for suffix in sorted((*TEXTS, *ARROW), key=len, reverse=True) if file.name.endswith(suffix))


def _header(file: Path) -> bytes:
    return read_plain_head(file, HEADER).removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].strip()


def read_parts(root: Path, files: list[Path]) -> Raw:
    """The rows of all files of a folder, as `list_parts` gives them."""
    form, notes = _form(files[0]), [f"{len(files):,} files are parts of one table"]
    if form in TEXTS:
        return _read_texts(root, files, form.removesuffix(".gz"), notes)
    require_package("pyarrow", subject=f"{root} is a folder of {form} files")
    from pyarrow import dataset, schema, string, types

    names = [part.partition("=")[0] for file in files for part in file.relative_to(root).parts[:-1] if "=" in part]
    told = dataset.partitioning(schema([(name, string()) for name in dict.fromkeys(names)]), flavor="hive")
    with parsing(root):
        how = {"format": ARROW[form], "partitioning": told, "exclude_invalid_files": False}
        held = dataset.dataset(str(root), _schema_of_all(dataset.dataset(str(root), **how), root), **how)
        check_rows(held.count_rows(), str(root))
        require_size(root, 8 * held.count_rows() * len(held.schema), max(1, size_on_disk(root)))
        frame = from_arrow_table(held.to_table(), root)
    for field in held.schema:
        if types.is_dictionary(field.type):
            frame[field.name] = frame[field.name].astype("str")
    for name in dict.fromkeys(names):  # texts of folders are read as those of a file are: 01 stays so
        frame[name] = typed_cells(frame[name].astype(object), decimal_comma=False)
    return Raw("tables", name_of(root), frame, account=Account(remarks=notes))


def _schema_of_all(held: "Dataset", root: Path) -> "Schema":
    """The columns of all parts, each of the type that holds the cells of every part. Raises DataError for a column
    without such a type."""
    from pyarrow import ArrowException, unify_schemas

    try:
        return unify_schemas([held.schema, *(part.physical_schema for part in held.get_fragments())],
                             promote_options="permissive")  # fmt: skip
    except ArrowException as error:
        raise DataError(
            f"{root} holds parts of one table with columns of several types ({briefly(error)}): write all parts alike"
        ) from error


def _read_texts(root: Path, files: list[Path], suffix: str, notes: list[str]) -> Raw:
    with tempfile.TemporaryDirectory(prefix="genwright-") as folder:
        whole, size = Path(folder) / f"{root.name or 'table'}{suffix}", 0
        with open(whole, "wb") as out:
            for number, file in enumerate(files):
                text = bytes(read_plain(file)).lstrip(b"\xef\xbb\xbf")
                text = text if number == 0 else text.partition(b"\n")[2]
                size += len(text)
                require_size(root, size)
                out.write(text if not text or text.endswith(b"\n") else text + b"\n")
        try:
            read = read_delimited(whole)
        except DataError as error:
            raise DataError(str(error).replace(str(whole), str(root))) from None
    return replace(read, name=name_of(root), account=Account(remarks=notes) + read.account)
