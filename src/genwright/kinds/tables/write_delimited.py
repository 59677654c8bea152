"""A DataFrame as a delimited file in a given form: its delimiter, decimal mark, decimals, quotes, missing cells, lines
and encoding."""

import math
import warnings
from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from ...core.formulas import quoted, say_quoted
from ...core.patience import with_progress
from .file_form import FileForm

ROWS = 2**16  # written at a time: their texts take far more memory than the file
LONGEST = 1e15  # beyond it, digits are not all the number's own


def delimited_parts(frame: pd.DataFrame, form: FileForm, delimiter: str) -> Iterator[bytes]:
    """The file, block of rows after block. Text that a spreadsheet would run is quoted, with a warning (see
    core.formulas); another warning says where the form's encoding lacks a letter, and UTF-8 is written."""
    by = delimiter + " " * form.get("spaced", False)
    names = ["" if name == f"Unnamed: {j}" else name for j, name in enumerate(map(str, frame.columns))]
    safe = [quoted(name) for name in names]
    count = sum(name != other for name, other in zip(names, safe))
    encoding = _encoding(frame, form)
    if form["bom"] and encoding == form["encoding"]:
        yield "\ufeff".encode(encoding)
    if form.get("header", True):
        head = by.join(_in_quotes(name, delimiter, form.get("quoted", False)) for name in safe)
        yield (head + form["newline"]).encode(encoding)
    for begin in with_progress(range(0, len(frame), ROWS), "writing rows"):
        block, columns = frame.iloc[begin : begin + ROWS], []
        for j, name in enumerate(frame.columns):
            cells, guarded = _texts(block.iloc[:, j], form["columns"].get(str(name), {}), form, delimiter)
            columns.append(cells)
            count += guarded
        if len(columns) == 1:
            columns = [[cell or '""' for cell in columns[0]]]  # an empty line would be no row
        yield form["newline"].join([*map(by.join, zip(*columns)), ""]).encode(encoding)
    say_quoted(count)


def _texts(cells: pd.Series, how: dict, form: FileForm, delimiter: str) -> tuple[list[str], int]:
    """The cells of a column as they stand in the file, and how many of them were quoted as formulas."""
    missing, always = how.get("missing", form["missing"]), how.get("quoted", False)
    if cells.dtype.kind == "f" or str(cells.dtype) in ("Float64", "Float32"):
        values = cells.to_numpy(np.float64, na_value=np.nan)
        texts = number_texts(values, how.get("decimals", 0), how.get("exponent", False), form["decimal"])
        return [missing if text is None else f'"{text}"' if always else text for text in texts], 0
    codes, distinct = pd.factorize(cells)
    texts = (
        pd.Series(distinct).astype(str).tolist() if distinct.dtype.kind in "Mm" else [str(value) for value in distinct]
    )
    safe = texts if _is_plain(cells.dtype) else [quoted(text) for text in texts]
    guarded = np.array([text != other for text, other in zip(texts, safe)] + [False])
    written = np.array([*(_in_quotes(text, delimiter, always) for text in safe), missing], object)
    return written[codes].tolist(), int(guarded[codes].sum())


def number_texts(values: np.ndarray, decimals: int, exponent: bool, mark: str) -> list[str | None]:
    """(n,) float64 -> digits that read back as the very number, with at least so many decimals, and an exponent where a
    number is small or large and others have one too; None for NaN."""
    values = values + 0.0  # no -0
    if decimals and (np.isnan(values) | (np.round(values, decimals) == values)).all() and np.nanmax(
        np.abs(values), initial=0
    ) < LONGEST:  # fmt: skip
        texts = [None if math.isnan(v) else f"{v:.{decimals}f}" for v in values.tolist()]
    else:
        texts = [_shortest(v, decimals, exponent) for v in values.tolist()]
    return texts if mark == "." else [text and text.replace(".", mark) for text in texts]


def _shortest(value: float, decimals: int, exponent: bool) -> str | None:
    if math.isnan(value):
        return None
    text = repr(value)
    if "e" in text and not exponent and abs(value) < LONGEST:
        text = np.format_float_positional(value, trim="0")
    whole, _, part = text.partition(".")
    if not part or "e" in part:
        return text
    part = "" if part == "0" else part
    return f"{whole}.{part:0<{decimals}}" if part or decimals else whole


def _in_quotes(text: str, delimiter: str, always: bool) -> str:
    if always or text[:1].isspace() or any(mark in text for mark in (delimiter, '"', "\n", "\r")):
        return '"' + text.replace('"', '""') + '"'
    return text


def _encoding(frame: pd.DataFrame, form: FileForm) -> str:
    """The form's, or UTF-8, with a warning, where that lacks a letter of the names or of the text in columns."""
    if form["encoding"].startswith("utf"):
        return form["encoding"]
    columns = (frame.iloc[:, j] for j in range(frame.shape[1]))
    texts = (cells.unique() for cells in columns if not _is_plain(cells.dtype) and cells.dtype.kind not in "Mm")
    try:
        for text in chain(frame.columns, *texts):
            str(text).encode(form["encoding"])
    except UnicodeEncodeError as lacking:
        warnings.warn(
            f"{lacking.object[lacking.start]!r} cannot be written in {form['encoding']}, in which the data were: the "
            "file is written in UTF-8",
            stacklevel=4,
        )
        return "utf-8"
    return form["encoding"]


def _is_plain(dtype: Any) -> bool:
    """Whether cells are numbers or truth values, whose texts are nothing but digits, marks and a few letters."""
    return dtype.kind in "iub" or pd.api.types.is_numeric_dtype(dtype)
