"""Objects of other libraries, as one of the forms that every reader knows: a DataFrame, an array or a list of texts.

Libraries are told by what their objects have, so that none is imported for it. Also the file of standard input.
"""

import atexit
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from math import prod
from pathlib import Path

import numpy as np
import pandas as pd

from ...core.errors import DataError
from ...core.limits import require_cells
from .forms import HEAD, form_by_content
from .images.image_files import lay_on_white
from .raw import SEEN


def convert_object(given: object) -> tuple[object, dict[str, str]]:
    """The object in a form that readers know, and the options that it stands for. Raises DataError for one that holds
    no items alike."""
    if isinstance(given, list) and given:
        return _from_list(given)
    if isinstance(given, np.ndarray) and given.dtype.names:
        return pd.DataFrame({name: list(given[name]) for name in given.dtype.names}).infer_objects(), {}
    if hasattr(given, "data_vars") or hasattr(given, "to_dataset"):
        return _from_xarray(given), {}
    if hasattr(given, "collect_schema") and hasattr(given, "collect"):  # lazy, of polars
        given = given.collect()
    if hasattr(given, "__arrow_c_stream__") and not isinstance(given, (pd.DataFrame, pd.Series)):
        from ..values.frames import from_arrow

        return from_arrow(given), {}
    return given, {}


def _from_list(given: list) -> tuple[object, dict[str, str]]:
    first = given[0]
    if all(isinstance(one, dict) for one in given):
        return pd.DataFrame(given), {}
    if hasattr(first, "getbands"):
        return _stack_pictures(given), {}
    if hasattr(first, "GetNumAtoms"):
        from rdkit.Chem import MolToSmiles

        return [MolToSmiles(one) for one in given], {"kind": "molecules"}
    if all(isinstance(one, tuple) and len(one) == 2 and all(isinstance(part, str) for part in one) for one in given):
        return [sequence for _, sequence in given], {}
    return given, {}


def are_alike(items: Sequence) -> bool:
    """Whether items are arrays of one shape and at least one axis."""
    shapes = {getattr(one, "shape", None) for one in items}
    return len(shapes) == 1 and None not in shapes and bool(shapes.pop())


def _stack_pictures(given: list) -> np.ndarray:
    """(n, H, W) or (n, H, W, C) of images of Pillow, of one mode. Raises DataError for images of several sizes."""
    sizes = {image.size for image in given}
    if len(sizes) > 1:
        shown = " and ".join(f"{width} x {height}" for width, height in sorted(sizes)[:2])
        raise DataError(f"the list holds images of several sizes, such as {shown}: resize all to one size")
    modes = {image.mode for image in given}
    form = "L" if modes <= {"1", "L"} else "RGB"
    return np.stack([np.asarray(image if modes == {"I;16"} else lay_on_white(image).convert(form)) for image in given])


def _from_xarray(given: object) -> pd.DataFrame:
    """A column for each variable and each coordinate, a row for each place of the axes. Attributes that change values
    are applied, as to those of a file."""
    from xarray import decode_cf

    if not hasattr(given, "data_vars"):
        given = given.to_dataset(name=given.name or "value")
    with suppress(ValueError):  # a calendar or a day that xarray does not know
        given = decode_cf(given, decode_timedelta=False)
    require_cells("the Dataset", prod(given.sizes.values()) * (len(given.data_vars) + len(given.coords)))
    frame = given.to_dataframe().reset_index()
    frame = frame.drop(columns=[axis for axis in given.sizes if axis not in given.coords])
    told = {"the Dataset": given.attrs} | {str(name): given[name].attrs for name in given.variables}
    frame.attrs = {SEEN: {"attributes": [f"{name}.{one}" for name, own in told.items() for one in own]}}
    return frame


def is_anndata(given: object) -> bool:
    """Whether an object has the parts of AnnData."""
    return all(hasattr(given, name) for name in ("X", "obs", "var"))


def table_of_anndata(given: object) -> pd.DataFrame:
    """A column for each variable of AnnData, and what stands beside the observations."""
    cells = given.X
    require_cells("the AnnData", prod(cells.shape))
    cells = cells.toarray() if hasattr(cells, "toarray") else np.asarray(cells)
    table = pd.DataFrame(cells, columns=list(map(str, given.var.index)))
    table = pd.concat([table, given.obs.reset_index(drop=True)], axis=1)
    beside = {part: getattr(given, part, None) for part in ("layers", "obsm", "varm", "obsp", "varp", "uns")}
    parts = [f"{part}.{name}" for part, held in beside.items() if held is not None for name in held]
    table.attrs[SEEN] = {"parts": parts, "columns of var": list(map(str, given.var.columns))}
    return table


@cache
def standard_input() -> Path:
    """A file of what comes by standard input, read once, whose suffix says what it begins as."""
    folder = Path(tempfile.mkdtemp(prefix="genwright-"))
    atexit.register(shutil.rmtree, folder, True)
    path = folder / "stdin"
    with open(path, "wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    with open(path, "rb") as file:
        start = file.read(HEAD)
    if not start.strip():
        raise DataError("standard input is empty: pipe a file into it, as in genwright describe - < people.csv")
    told = form_by_content(start)
    suffix = told.suffixes[0] if told and told.suffixes else "" if b"\0" in start else ".txt"
    return path.rename(path.with_suffix(suffix))
