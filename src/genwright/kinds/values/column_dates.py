"""Dates and times of day of a table as whole numbers since 1970, or since midnight, and back into the form they came
in: stamps with zones, durations, text or whole numbers. `row_times` gives the time of each row, from a column of dates
or numbers.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timezone
from numbers import Number as AnyNumber

import numpy as np
import pandas as pd

from ...core.errors import DataError
from .cells import native, read_numbers, row_number
from .cells import restore as restore_cells
from .date_forms import (
    digits_of,
    find_forms,
    find_number_form,
    has_offset,
    is_clock,
    offset_of,
    read_texts,
    without_zeros,
    write_texts,
)

_OFFSET = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")  # offset of a zone, which has two if it has summer time
_TYPE_NAMES = {
    "date": "date",
    "time": "time",
    "timedelta": "duration",
    "timedelta64": "duration",
}  # by what pandas infers
_STAMPS = ("datetime", "datetime64")
NUMBERS = ("integer", "floating", "mixed-integer-float", "decimal")
_EPOCH = pd.Timestamp(0)

UNITS = {
    "day": 86_400_000_000,
    "hour": 3_600_000_000,
    "minute": 60_000_000,
    "second": 1_000_000,
    "millisecond": 1000,
    "microsecond": 1,
}


CLOCK = " since midnight"  # behind the unit of a leaf that counts times of day or durations


def show_count(count: float, unit: str) -> str:
    """Formats a count of dates, or of times of day, for the user.

    Args:
        unit: a key of `UNITS`, CLOCK behind it for a time of day; a count of anything else is shown as a number.
    """
    size = UNITS.get(unit.removesuffix(CLOCK))
    if size is None:
        return f"{count:g}"
    span = pd.Timedelta(round(count * size), "us").round("s")
    text = str(span if unit.endswith(CLOCK) else _EPOCH + span)
    return text.removeprefix("0 days ").removesuffix(":00").removesuffix(" 00:00")


@dataclass(frozen=True)
class Calendar:
    """The way in which one column writes its dates.

    Args:
        form: "stamp" (a datetime dtype), "date" and "time" (of Python), "duration" (a timedelta dtype), or the form of
            text or of whole numbers, as `date_forms` says.
        unit: key of `UNITS`.
        local: days begin at midnight of the dtype's time zone, not of UTC.
        others: further forms of text, which are read and not written.
    """

    form: str
    unit: str
    local: bool = False
    others: tuple[str, ...] = ()

    @property
    def example(self) -> str:
        """A date as the column writes it, "" where it is no text."""
        shown_time = _EPOCH + pd.Timedelta(hours=14, minutes=5) if self.is_clock else pd.Timestamp(2022, 2, 22, 14, 5)
        return write_texts(pd.Series([shown_time]), self.form)[0] if self.in_text else ""

    @property
    def in_text(self) -> bool:
        return "%" in self.form

    @property
    def leaf_unit(self) -> str:
        return self.unit + CLOCK * self.is_clock

    @property
    def is_clock(self) -> bool:
        """Whether there are times of day, or durations, and no days."""
        return is_clock(self.form) if self.in_text else self.form in ("time", "duration")

    def to_json(self) -> dict:
        return {key: value for key, value in vars(self).items() if key != "others" or value}

    @classmethod
    def from_json(cls, record: dict) -> "Calendar":
        if not record.get("padded", True):  # as records were written before forms said it
            record = record | {"form": without_zeros(record["form"])}
        return cls(record["form"], record["unit"], record.get("local", False), tuple(record.get("others", ())))

    def stamps(self, dates: pd.Series) -> pd.Series:
        """Dates as the column writes them, or timestamps already -> timestamps; times of day on the first of 1970."""
        return _stamps(dates, (self.form, *self.others), self.local)

    def plain(self, dates: pd.Series) -> pd.Series:
        """Returns the dates as timestamps, with the offset from UTC that the text has; times of day as durations."""
        stamps = self.stamps(dates)
        if self.is_clock:
            return stamps - _EPOCH
        if not self.in_text or not has_offset(self.form) or stamps.dt.tz is not None:
            return stamps
        return stamps.dt.tz_localize(timezone(offset_of(self.form).to_pytimedelta()))

    def count(self, dates: pd.Series) -> np.ndarray:
        """Dates -> (n,) float64, units since 1970, NaN where missing. ValueError for what is no such date."""
        micros, missing = _microseconds(self.stamps(dates), self.local)
        return np.where(missing, np.nan, micros / UNITS[self.unit])

    def restore(self, counts: np.ndarray, dtype) -> pd.Series:
        """Inverts `count`: maps (n,) float64, NaN where missing, to dates as the column wrote them."""
        missing = np.isnan(counts)
        micros = np.rint(np.where(missing, 0, counts)).astype(np.int64) * UNITS[self.unit]
        stamps = pd.Series(micros.astype("datetime64[us]")).mask(missing)
        zone = getattr(dtype, "tz", None)
        if zone is not None and self.local:
            stamps = stamps.dt.tz_localize(zone, ambiguous=np.ones(len(stamps), bool), nonexistent="shift_forward")
        elif zone is not None:
            stamps = stamps.dt.tz_localize("UTC").dt.tz_convert(zone)
        if self.form in ("stamp", "duration"):
            return (stamps - _EPOCH if self.is_clock else stamps).astype(dtype)
        if self.in_text:
            texts = write_texts(stamps, self.form)
        else:
            texts = stamps.dt.time if self.form == "time" else stamps.dt.date
        texts = texts.astype(object).where(~missing, None)
        if pd.api.types.is_numeric_dtype(dtype):
            wide_dtype = {"Float32": "Float64", "float32": "float64"}.get(
                str(dtype), dtype
            )  # 24 bits hold no eight digits
            return restore_cells(pd.to_numeric(texts).to_numpy(object), wide_dtype)
        return texts.astype(dtype)


def calendar_of(cells: pd.Series, kind_is_given: bool = False) -> Calendar | None:
    """Finds the calendar of a column's filled cells; None if they are not dates that it could write again.

    Args:
        cells: Cells of the column.
        kind_is_given: Whether the user called the cells dates, so that it is enough to read them.
    """
    cells = native(cells)
    kind = pd.api.types.infer_dtype(cells)
    if pd.api.types.is_datetime64_any_dtype(cells.dtype) or kind in _STAMPS:
        forms = ["stamp"]
    elif kind in _TYPE_NAMES:
        forms = [_TYPE_NAMES[kind]]
    elif pd.api.types.is_numeric_dtype(cells.dtype) or kind in NUMBERS:
        forms = [_number_form(cells, kind_is_given)]
    else:
        texts = cells.unique() if isinstance(cells.dtype, pd.StringDtype) else map(str, cells)
        forms = find_forms(list(dict.fromkeys(texts)), kind_is_given)
    if not forms or forms[0] is None:
        return None
    try:
        stamps = _stamps(cells, forms)
    except (ValueError, OverflowError):  # some have a time zone and others not, or lie beyond what a stamp holds
        return None
    local = stamps.dt.tz is not None and bool(
        (stamps.dt.tz_localize(None) == stamps.dt.tz_localize(None).dt.normalize()).all()
    )
    micros, _ = _microseconds(stamps, local)
    unit = next(unit for unit, size in UNITS.items() if (micros % size == 0).all())
    return Calendar(forms[0], unit, local, tuple(forms[1:]))


def _number_form(cells: pd.Series, kind_is_given: bool) -> str | None:
    if pd.api.types.is_bool_dtype(cells.dtype) or pd.api.types.is_complex_dtype(cells.dtype):
        return None
    return find_number_form(cells.to_numpy(np.float64, na_value=np.nan), kind_is_given)


def _as_text(cell: object, form: str) -> str:
    """A cell as text, a number as digits of that form."""
    if type(cell) is str:
        return cell
    return digits_of([cell], form)[0] if isinstance(cell, AnyNumber) and cell == int(cell) else str(cell)


def _stamps(dates: pd.Series, forms: Sequence[str], local: bool = False) -> pd.Series:
    """Dates in one of the column's own forms (or already timestamps) -> a datetime Series, by the clock of the first.
    local: as the clock of their zone shows them, where they have several offsets. ValueError for what is no date."""
    dates, form = native(dates), forms[0]
    kind = pd.api.types.infer_dtype(dates, skipna=True)
    if kind == "time":
        return pd.Series([_on_first_day(cell) for cell in dates], dates.index, "datetime64[us]")
    if kind in _TYPE_NAMES and kind != "date":
        return _EPOCH + dates.astype("timedelta64[us]")
    if pd.api.types.is_datetime64_any_dtype(dates.dtype):
        zoned = dates.dt.tz is not None and form not in ("stamp", "date")  # text has the clock of its own offset
        return (dates.dt.tz_convert("UTC").dt.tz_localize(None) + offset_of(form)) if zoned else dates
    if form == "stamp" and _have_offsets(dates):
        return _read_stamps(dates.str.replace(_OFFSET, "", regex=True) if local else dates, not local)
    if form in ("stamp", "date") or kind in ("date", *_STAMPS):
        zones = {getattr(cell, "tzinfo", None) for cell in dates.dropna()} if dates.dtype == object else set()
        if len(zones) > 1 and None in zones:
            raise ValueError("some dates have a time zone and others not")
        return _read_stamps(dates, len(zones) > 1)
    if form in ("time", "duration"):
        return _EPOCH + pd.to_timedelta(dates)
    known, cells = pd.factorize(dates)
    texts = [_as_text(cell, form) for cell in cells.tolist()]
    stamps = pd.concat([_read_any(texts, forms), pd.Series([pd.NaT], dtype="datetime64[us]")])
    return pd.Series(stamps.to_numpy()[known])  # -1, missing, is the last


def _read_stamps(dates: pd.Series, utc: bool) -> pd.Series:
    """Stamps, or their texts, of which some may have fractions of a second and others none."""
    try:
        return pd.to_datetime(dates, utc=utc)
    except ValueError:
        return pd.to_datetime(dates, utc=utc, format="ISO8601")


def _on_first_day(cell: object) -> datetime:
    return datetime.combine(datetime(1970, 1, 1), cell) if isinstance(cell, time) else pd.NaT


def _read_any(texts: list[str], forms: Sequence[str]) -> pd.Series:
    """Each by the first form that reads it."""
    stamps = read_texts(texts, forms[0])
    for form in forms[1:]:
        unread_rows = np.flatnonzero(stamps.isna())
        later_offset = offset_of(forms[0]) - offset_of(form)
        stamps.iloc[unread_rows] = (read_texts([texts[k] for k in unread_rows], form) + later_offset).to_numpy()
    if stamps.isna().any():
        raise ValueError("a text is no date in these forms")
    return stamps


def _have_offsets(dates: pd.Series) -> bool:
    """Whether they are texts that all name the offset of their zone."""
    return dates.notna().any() and all(isinstance(cell, str) and _OFFSET.search(cell) for cell in dates.dropna())


def _microseconds(stamps: pd.Series, local: bool) -> tuple[np.ndarray, np.ndarray]:
    missing = stamps.isna().to_numpy()
    if stamps.dt.tz is not None:
        stamps = stamps.dt.tz_localize(None) if local else stamps.dt.tz_convert("UTC").dt.tz_localize(None)
    return stamps.to_numpy().astype("datetime64[us]").astype(np.int64), missing


def check_dates(dates: pd.Series, calendar: Calendar, name: str) -> np.ndarray:
    """Counts dates as `calendar.count` does, with an error that names the cell.

    Args:
        dates: Cells of the column.
        calendar: Calendar of the column.
        name: Name of the column.
    """
    try:
        return calendar.count(dates)
    except (ValueError, TypeError, OverflowError):
        pass
    for row, value in dates.dropna().items():
        try:
            calendar.count(pd.Series([value], dtype=object))
        except (ValueError, TypeError, OverflowError):
            written_text = f" written like {calendar.example}" if calendar.example else ""
            raise DataError(
                f"column '{name}' holds {value!r} in row {row_number(row)}, which is no date{written_text}: "
                "correct it or leave the cell empty"
            ) from None
    raise DataError(f"column '{name}' mixes dates with and without a time zone: give all cells one kind of date")


def row_times(cells: pd.Series, name: str) -> np.ndarray:
    """Computes the time of each row, (n,) float64 for cells that are all dates, written in one way, or all numbers (a
    year, a time stamp).

    Raises DataError, naming the column, for an empty cell and for cells of any other kind.
    """
    missing = cells.isna()
    if missing.any():
        row = row_number(missing.idxmax())
        raise DataError(
            f"column '{name}', which says the time, is empty in row {row}: fill that cell or leave the row out"
        )
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        return read_numbers(cells, name)
    calendar = calendar_of(cells)
    if calendar is None:
        raise DataError(
            f"column '{name}' holds {str(cells.iloc[0])!r}, and its cells are neither numbers nor all dates written in "
            "one known way: name another column for time"
        )
    return check_dates(cells, calendar, name)
