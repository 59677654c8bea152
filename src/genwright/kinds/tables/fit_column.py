"""Rules that lead from the training cells of one column to its kind and its leaf, in the order of docs/tables.md."""

import re
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionDtype

from ...core.errors import DataError
from ...core.spec import Category, Ordered, Real
from ..values.cells import (
    EXACT,
    HUGE,
    Coded,
    Dtype,
    dtype_to_json,
    factorize,
    filled_cells,
    native,
    read_numbers,
    row_number,
)
from ..values.column_dates import NUMBERS, Calendar, calendar_of, check_dates
from ..values.reading import GLANCE, Reading, blank, explain_words, find_reading, is_text
from ..values.written import Written
from .column_marginals import (
    FREQUENT,
    LEVELS,
    Lattice,
    bend,
    category_marginal,
    count_distinct,
    find_lattice,
    fine_lattice,
    fit_whole_numbers,
    light_tails,
    median,
    merge_equal,
    ordered_marginal,
    quartiles,
    real_marginal,
    share_absent,
)
from .columns import Column, Constant, Dates, Ignored, Labels, Number

ON_REQUEST = "dropped on request"  # why a column is ignored, where a person says so
LABELS = 100  # labels of a category that have a code of their own
UNIQUE, FREE_TEXT = "unique in every row", "free text"  # why a column is ignored

_IDENTIFIER = re.compile(r"(^|[^a-z])(id|uuid|guid|key|index|idx|number|nr|no)$|^unnamed", re.IGNORECASE)
_CAMEL_ID = re.compile(r"[a-z](Id|ID)$")
_INFERRED = {  # type that pandas infers from Python objects -> kind
    **dict.fromkeys(("integer", "floating", "mixed-integer-float", "decimal"), "number"),
    **dict.fromkeys(("mixed", "mixed-integer"), "category"),
    "boolean": "boolean",
    "string": "category",
}


def fit_column(
    name: str, cells: pd.Series, kind: str | None = None, is_given: bool = False, reading: Reading = Reading(),
    sketch: bool = False, coded_cells: Coded | None = None,
) -> Column:  # fmt: skip
    """Fits one column: decides its type and its leaf. Raises DataError for cells that do not have the type the user
    named.

    Args:
        name: Name of the column.
        cells: Cells of the column.
        kind: one of `KINDS` to overrule what the cells look like.
        is_given: the column conditions the model, so that a label not seen in training has no code.
        reading: what its texts stand for.
        sketch: numbers and dates without their marginals, to know in far less time what is modelled.
        coded_cells: the cells, where they are factorized already.
    """
    if kind == "ignored":
        return Ignored(name, ON_REQUEST)
    if (plain := native(cells)) is not cells:
        column, dtype = fit_column(name, plain, kind, is_given, reading, sketch), dtype_to_json(cells.dtype)
        return column if isinstance(column, Ignored) else _of_dtype(column, dtype)
    if reading.missing:
        cells, coded_cells = blank(cells, reading.missing), None
    if coded_cells is None and not pd.api.types.is_any_real_numeric_dtype(cells.dtype):
        coded_cells = factorize(cells, name)
    filled_cells = _filled(cells, coded_cells)
    varieties = _varieties(filled_cells, coded_cells)
    if not varieties:
        return Ignored(name, "empty in every training row")
    kind_is_given = kind is not None
    kind = kind or ("number" if reading.written else "date" if reading.dates else natural_kind(filled_cells))
    are_names = kind not in ("category", "boolean", "date") and _are_names(filled_cells, coded_cells)
    if are_names and not kind_is_given:
        kind = "category"
    if kind is None:
        return Ignored(name, f"of type {_type_name(filled_cells)}, which is not modelled")
    if varieties == 1 and kind not in ("date", "boolean"):
        kind = "category"  # a number that never varies is a label
    if kind == "category":
        column = fit_labels(name, cells, coded_cells or factorize(cells, name), is_given, kind_is_given)
    elif kind == "boolean":
        column = fit_boolean(name, cells, coded_cells or factorize(cells, name))
    elif kind == "date":
        if isinstance(cells.dtype, pd.CategoricalDtype):  # new dates are no categories of old ones
            cells = cells.astype(cells.cat.categories.dtype)
        is_sketch = sketch and not kind_is_given
        column = (_sketched_dates if is_sketch else fit_dates)(name, cells, filled_cells, reading.dates)
    else:
        column = fit_number(name, cells, kind, kind_is_given, reading.written, sketch)
        if reading.written and isinstance(column, Number):
            column = replace(column, dtype=dtype_to_json(cells.dtype), written=reading.written)
        if are_names or (coded_cells and any(isinstance(value, Decimal) for value in coded_cells.distinct)):
            column = _noted(column, "numbers of more than 15 digits are rounded")
    column = _noted(column, reading.note)
    if varieties > 1 or cells.isna().any() or isinstance(column, Ignored):
        return column
    return Constant(column, 0.0 if sketch else float(column.encode(filled_cells[:1])[0]))


def is_free_text(cells: pd.Series) -> bool:
    """Tells whether cells are texts, and too many of them are different to be labels. Texts that never come twice are
    names, unless they have two words and more on average."""
    texts = cells.dropna()
    if not is_text(cells) or not len(texts) or not all(isinstance(text, str) for text in texts):
        return False
    column = fit_column("", cells, reading=find_reading(cells, ""), sketch=True)
    reason = column.why if isinstance(column, Ignored) else ""
    return reason == FREE_TEXT or (reason == UNIQUE and np.mean([len(text.split()) for text in texts]) >= 2)


def _filled(cells: pd.Series, coded_cells: Coded | None) -> pd.Series:
    """Cells that are not missing; of texts each once, since what they are does not depend on how often they come."""
    if isinstance(cells.dtype, pd.StringDtype):
        return pd.Series(coded_cells.distinct, dtype=cells.dtype)
    return filled_cells(cells)


def _varieties(filled_cells: pd.Series, coded_cells: Coded | None) -> int:
    """Number of different values, 2 if there are more."""
    if coded_cells:
        return min(2, len(coded_cells.distinct))
    if not len(filled_cells):
        return 0
    first, last = filled_cells.iat[0], filled_cells.iat[-1]
    return 1 + int(first < last or last < first or filled_cells.min() != filled_cells.max())


def natural_kind(filled_cells: pd.Series) -> str | None:
    """Returns the kind that filled cells look like, None for types that no kind covers."""
    dtype = filled_cells.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "category"
    if pd.api.types.is_bool_dtype(dtype):
        return "boolean"
    if pd.api.types.is_datetime64_any_dtype(dtype) or dtype.kind == "m":
        return "date"
    if pd.api.types.is_numeric_dtype(dtype):
        return None if pd.api.types.is_complex_dtype(dtype) else "number"
    inferred = pd.api.types.infer_dtype(filled_cells)
    return _INFERRED.get(inferred)


def _are_names(filled_cells: pd.Series, coded_cells: Coded | None) -> bool:
    """Whether filled cells are whole numbers that float64 would round, as only names have so many digits."""
    if coded_cells:
        return all(type(value) is int for value in coded_cells.distinct) and max(map(abs, coded_cells.distinct)) > EXACT
    return (
        pd.api.types.is_integer_dtype(filled_cells.dtype)
        and max(int(filled_cells.max()), -int(filled_cells.min())) > EXACT
    )


def _of_dtype(column: Column, dtype: Dtype) -> Column:
    if isinstance(column, Constant):
        return replace(column, inner=_of_dtype(column.inner, dtype))
    return replace(column, dtype=dtype)


def _noted(column: Column, note: str) -> Column:
    """The column with a note on its texts before the note on its values."""
    if isinstance(column, Dates):
        return replace(column, count=_noted(column.count, note))
    if isinstance(column, Ignored) or not note:
        return column
    return replace(column, note="; ".join(filter(None, (note, column.note))))


# ---------------------------------------------------------------------- labels


def fit_labels(name: str, cells: pd.Series, coded_cells: Coded, is_given: bool, kind_is_given: bool) -> Column:
    distinct, counts = coded_cells.distinct, coded_cells.rows.tolist()
    order = sorted(range(len(distinct)), key=lambda k: (-counts[k], str(distinct[k])))
    rows = {distinct[k]: counts[k] for k in order}  # commonest first
    is_declared = isinstance(cells.dtype, pd.CategoricalDtype)
    declared = dtype_to_json(cells.dtype)["categories"] if is_declared else []
    unknown_type = next((type(v).__name__ for v in [*rows, *declared] if not isinstance(v, (str, int, float))), None)
    if unknown_type and kind_is_given:
        raise DataError(
            f"column '{name}' holds a {unknown_type}, which is no label: turn its values into text, or drop it"
        )
    if unknown_type:
        remedy = ": turn it into text with .astype(str)" if is_declared else ""
        return Ignored(name, f"of type {unknown_type}, which is not modelled{remedy}")
    if endless := [value for value in [*rows, *declared] if _is_beyond(value)]:
        raise DataError(f"column '{name}' holds {endless[0]}, which is no label: correct it or leave the cell empty")
    total = sum(rows.values())
    if not kind_is_given and not is_declared:
        if len(rows) == total and total >= 10:
            return Ignored(name, UNIQUE)
        length = np.mean([len(str(label)) for label in rows])
        if len(rows) > total / 2 and (len(rows) > LABELS or length > 30):
            return Ignored(name, FREE_TEXT)
    common = list(rows) if len(rows) <= LABELS + 1 else list(rows)[:LABELS]  # a single rare label is no pool
    rare = list(rows)[len(common) :]
    if is_declared and len(declared) <= LABELS:
        common = declared  # in the user's order, with those that no row has
    notes = [f"{len(rare)} labels beyond the {LABELS} commonest are pooled"] if rare else []
    if any(re.fullmatch(r"0\d+", str(label)) for label in rows):
        notes.append("kept as text because of its leading zeros")
    if any(type(label) is int and abs(label) > EXACT for label in rows):
        notes.append("whole numbers of more than 15 digits are names")
    has_other = bool(rare) or not is_given
    leaf_counts = [rows.get(label, 0) for label in common] + [sum(rows[label] for label in rare)] * has_other
    leaf, categories = _category(leaf_counts, len(cells)), (tuple(common), has_other, tuple(rare))
    return Labels(
        name, dtype_to_json(cells.dtype), leaf, *categories, tuple(map(rows.get, rare)), note="; ".join(notes)
    )


def _is_beyond(value: object) -> bool:
    """Whether a label is a number that no record holds."""
    return isinstance(value, (int, float)) and not abs(value) <= HUGE


def fit_boolean(name: str, cells: pd.Series, coded_cells: Coded) -> Labels:
    rows = dict(zip(coded_cells.distinct, coded_cells.rows.tolist()))
    truths = all(isinstance(label, bool) for label in rows)
    labels = (False, True) if truths else tuple(sorted(rows, key=str))
    if len(labels) != 2:
        raise DataError(
            f"column '{name}' holds {len(labels)} different values and cannot be boolean: make it a category"
        )
    counts = [rows.get(label, 0) for label in labels]
    return Labels(name, dtype_to_json(cells.dtype), _category(counts, len(cells)), labels, other=False, kind="boolean")


def _category(row_counts: list[int], rows: int) -> Category:
    missing_share = share_absent(rows - sum(row_counts), rows)
    return Category(
        len(row_counts),
        optional=missing_share > 0,
        marginal=category_marginal(np.array(row_counts, float), missing_share),
    )


# ---------------------------------------------------------------------- numbers and dates


def fit_number(
    name: str, cells: pd.Series, kind: str, kind_is_given: bool, written_form: Written | None, sketch: bool
) -> Column:
    try:
        values = read_numbers(cells, name, written_form)
    except DataError:
        if pd.api.types.is_string_dtype(cells.dtype):
            explain_words(cells, name)
        raise
    known = _drop_missing(values)
    precision = _precision(cells.dtype)
    distinct = rows = grid = None
    if sketch:
        whole = kind != "real" and fit_whole_numbers(known, precision)
    else:
        distinct, rows = count_distinct(known)
        grid = None if kind == "real" else find_lattice(distinct, precision)
        if grid is None and not known.std() > 0:
            raise DataError(
                f"column '{name}' holds numbers whose differences double precision cannot tell from 0: subtract what "
                "they have in common, rescale them, or make it a category"
            )
        whole = grid is not None and grid.decimals == 0
    if kind == "whole" and not whole:
        if (known == np.rint(known)).all():
            raise DataError(
                f"column '{name}' holds whole numbers up to {known.max():g}, which have more than 15 digits: make it a "
                "category, or a 'number', which rounds them"
            )
        at = int(np.flatnonzero(values != np.rint(np.nan_to_num(values, nan=0)))[0])
        raise DataError(
            f"column '{name}' holds {values[at]:g} in row {row_number(cells.index[at])}, which is no whole number: "
            "call its kind 'number'"
        )
    has_unit = written_form is not None and bool(written_form.prefix or written_form.suffix)
    if whole and not kind_is_given and not has_unit and _is_identifier(name, known, distinct):
        return Ignored(name, UNIQUE)
    missing = len(values) - len(known)
    dtype = str(cells.dtype)
    if not pd.api.types.is_numeric_dtype(cells.dtype) or isinstance(
        cells.dtype, pd.CategoricalDtype
    ):  # numbers held as something else
        dtype = ("Int64" if missing else "int64") if whole else "float64"
    if sketch:
        return _sketched(name, dtype)
    if _is_coarse(grid, distinct):
        return on_lattice(name, dtype, distinct, rows, missing, grid)
    if kind != "real" and rows.max() >= max(2, FREQUENT * len(known)):
        fine_grid, digits = grid or fine_lattice(distinct, rows), "six"
        if not _is_coarse(fine_grid, distinct):
            fine_grid, digits = bend(fine_grid, distinct, rows), "five"
        note = f"one value is frequent among numbers of many digits, about {digits} of which are kept"
        return on_lattice(name, dtype, distinct, rows, missing, fine_grid, note=note)
    return off_lattice(name, dtype, known, distinct, rows, missing, grid)


def fit_dates(name: str, cells: pd.Series, filled_cells: pd.Series, calendar: Calendar | None = None) -> Dates:
    """Fits a column of dates.

    Args:
        name: Name of the column.
        cells: Cells of the column.
        filled_cells: the cells that are filled, of texts each once.
        calendar: how they are written, where that is known.
    """
    calendar = calendar or calendar_of(filled_cells, kind_is_given=True)
    if calendar is None:
        unreadable = (
            cell
            for cell in filled_cells[:GLANCE]
            if calendar_of(filled_cells[filled_cells == cell], kind_is_given=True) is None
        )
        cell = next(unreadable, filled_cells.iloc[0])
        raise DataError(
            f"column '{name}' holds {str(cell)!r}, and its cells are not all dates in known formats, such as "
            "2022-02-22 or 22.02.2022. Convert it with pandas.to_datetime, or make it a category"
        )
    counts = check_dates(cells, calendar, name)
    known = _drop_missing(counts)
    distinct, rows = np.unique(known, return_counts=True)
    missing, grid = len(counts) - len(known), find_lattice(distinct, np.finfo(float).eps)
    written_text = f", {'written ' * bool(calendar.others)}like {calendar.example}" if calendar.example else ""
    noun = "times of day" if calendar.is_clock else "dates"
    leaf_unit = (
        calendar.leaf_unit,
        f"{noun} by the {calendar.unit}{written_text}{', finer parts left out' * _are_finer(filled_cells)}",
    )
    if _is_coarse(grid, distinct):
        count = on_lattice(name, "float64", distinct, rows, missing, grid, *leaf_unit)
    else:
        count = off_lattice(name, "float64", known, distinct, rows, missing, grid, *leaf_unit)
    dtype = dtype_to_json(cells.dtype)
    if cells.dtype == object and pd.api.types.infer_dtype(filled_cells) in NUMBERS:
        dtype = "Int64" if missing else "int64"
    return Dates(dtype, calendar, count)


def _are_finer(filled_cells: pd.Series) -> bool:
    """Whether stamps have parts of a microsecond, which none of our units counts."""
    filled_cells = native(filled_cells)
    if not pd.api.types.is_datetime64_any_dtype(filled_cells.dtype) or getattr(filled_cells.dt, "unit", "us") != "ns":
        return False
    return bool((filled_cells.dt.nanosecond != 0).any())


def _sketched_dates(name: str, cells: pd.Series, filled_cells: pd.Series, calendar: Calendar | None) -> Dates:
    return Dates(dtype_to_json(cells.dtype), calendar or Calendar("stamp", "day"), _sketched(name, "float64"))


def _sketched(name: str, dtype: Dtype) -> Number:
    return Number(name, dtype, Real(), 0.0, 0.0, 0.0, None)


def on_lattice(
    name: str, dtype: Dtype, distinct: np.ndarray, rows: np.ndarray, missing: int, grid: Lattice, unit: str = "",
    note: str = "",
) -> Number:  # fmt: skip
    """Makes the column of values on a lattice, with an `Ordered` leaf.

    Args:
        name: Name of the column.
        dtype: Type of the numbers.
        distinct: (m,) filled values, increasing, each in rows (m,) rows.
        rows: Numbers of the rows.
        unit: Unit in words.
        note: Remark for the user.
    """
    levels, row_counts = merge_equal(grid.index(distinct), rows)
    missing_share = share_absent(missing, int(rows.sum()) + missing)
    size = 10.0**grid.decimals
    marginal = ordered_marginal(levels, row_counts, missing_share)
    width, start, curve = grid.step / size, grid.first / size, ()
    if grid.curve:
        width, start, curve = grid.curve.width, grid.curve.first * grid.curve.width, grid.curve[:2]
    leaf = Ordered(int(levels[-1]) + 1, width, start, (), "none", missing_share > 0, unit, marginal, curve=curve)
    typical = float(np.rint(median(levels, row_counts)))
    return Number(name, dtype, leaf, float(distinct[0]), float(distinct[-1]), typical, grid, note)


def off_lattice(
    name: str, dtype: Dtype, known: np.ndarray, distinct: np.ndarray, rows: np.ndarray, missing: int,
    grid: Lattice | None, unit: str = "", note: str = "",
) -> Number:  # fmt: skip
    """Returns the column with a `Real` leaf, standardised by mean and deviation, or median and quartiles if tails are
    heavy.

    Args:
        name: Name of the column.
        dtype: Type of the numbers.
        known: (n,) the values of all rows, in their order.
        rows: Numbers of the rows.
        unit: Unit in words.
        note: Remark for the user.
    """
    missing_share = share_absent(missing, len(known) + missing)
    shift, scale = float(known.mean()), float(known.std())
    plain = not missing_share and light_tails((known - shift) / scale)
    centre, value_spread = median(distinct, rows), float(np.diff(quartiles(distinct, rows))[0]) / 1.349
    if not plain and value_spread > 0:
        shift, scale = centre, value_spread
    marginal = real_marginal((distinct - shift) / scale, rows, missing_share, plain)
    leaf = Real((), "none", missing_share > 0, unit, shift, scale, marginal)
    return Number(name, dtype, leaf, float(distinct[0]), float(distinct[-1]), (centre - shift) / scale, grid, note)


def _drop_missing(values: np.ndarray) -> np.ndarray:
    missing = np.isnan(values)
    return values[~missing] if missing.any() else values


def _is_coarse(grid: Lattice | None, distinct: np.ndarray) -> bool:
    return grid is not None and grid.index(distinct[-1]) < LEVELS


def _is_identifier(name: str, known: np.ndarray, distinct: np.ndarray | None) -> bool:
    """Whole numbers, all different, although chance would have repeated one, or under a name that says so. distinct:
    the different ones, where they are known."""
    rows, span = len(known), known.max() - known.min() + 1
    if rows < 20 or span < rows or len(np.unique(known) if distinct is None else distinct) < rows:
        return False
    by_name = _IDENTIFIER.search(name) or _CAMEL_ID.search(name)
    return bool(by_name) or rows**2 > 10 * span


def _precision(dtype: np.dtype | ExtensionDtype) -> float:
    """Relative rounding of the numbers of a dtype."""
    plain = str(getattr(dtype, "numpy_dtype", dtype))  # also of pandas' own types and of Arrow's
    return float(np.finfo(np.float32 if plain in ("float32", "float16") else np.float64).eps)


def _type_name(filled_cells: pd.Series) -> str:
    return type(filled_cells.iloc[0]).__name__ if filled_cells.dtype == object else str(filled_cells.dtype)
