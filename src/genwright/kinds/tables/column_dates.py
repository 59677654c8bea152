"""Dates of a table as whole numbers since 1970, and back into the form they came in: timestamps with zones, or text.
`row_times` gives the time of each row, from a column of dates or numbers.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timezone

import numpy as np
import pandas as pd

from ...core.errors import DataError
from ..values.cells import native, read_numbers

_DAYS = (
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%Y/%m/%d",
    "%d-%m-%Y",
    "%d-%b-%Y",
    "%d %b %Y",
    "%b %d, %Y",
    "%d %B %Y",
    "%B %d, %Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%d.%m.%y",
    "%d-%b-%y",
)
MILLI = "%3f"  # as %f, with three digits
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", f" %H:%M:%S.{MILLI}", " %I:%M %p", " %I:%M:%S %p")
_ISO = (
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%f",
    f"%Y-%m-%dT%H:%M:%S.{MILLI}",
    "%Y-%m",
)
_AFTER_TIME = re.compile(r":\d\d(?::\d\d(?:\.\d+)?)?( ?(?:Z|[+-]\d\d(?::?\d\d)?))")  # an offset from UTC
_DATE_SHAPE = re.compile(r"(?:\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{4}|\d\d?[-/]\d\d?[-/]\d\d)(?:[T ].*)?")
_PLAIN, _DIGIT = re.compile(r"[\w .,:/+-]{6,40}"), re.compile(r"\d")
_SINCE_UTC = re.compile(r"([+-])(\d\d):?(\d\d)?$")  # an offset in a format, which has no other numbers
_OFFSET = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")  # offset of a zone, which has two if it has summer time
_ZERO = re.compile(r"(?<![\d:])0(?=\d)")
_SHORT_YEAR = re.compile(r"\d\d?/\d\d?/(?=\d\d(?!\d))")  # day and month before a short year
FORMATS = (
    tuple(day + time for day in _DAYS for time in _TIMES) + _ISO
)  # the first that fits every value wins: month before day
ON_REQUEST = "%Y%m%d", "%Y"  # numbers, unless somebody calls them dates
MOST_FORMS = 4  # formats of one column
GLANCE = 200  # texts that say whether all may be dates in several forms

UNITS = {
    "day": 86_400_000_000,
    "hour": 3_600_000_000,
    "minute": 60_000_000,
    "second": 1_000_000,
    "millisecond": 1000,
    "microsecond": 1,
}


@dataclass(frozen=True)
class Calendar:
    """The way in which one column writes its dates.

    Args:
        form: "stamp" (a datetime dtype), "date" (Python dates), or the strptime format of text.
        padded: whether text has leading zeros (01/05/2021, not 1/5/2021).
        local: days begin at midnight of the dtype's time zone, not of UTC.
        unit: key of `UNITS`.
        others: further formats of text, which are read and not written.
    """

    form: str
    unit: str
    padded: bool = True
    local: bool = False
    others: tuple[str, ...] = ()

    @property
    def example(self) -> str:
        """A date as the column writes it, "" where it is no text."""
        if not self.in_text:
            return ""
        (text,) = _written(pd.Series([pd.Timestamp(2022, 2, 22, 14, 5)]), self.form)
        return text if self.padded else _unpad(text)

    @property
    def in_text(self) -> bool:
        return self.form not in ("stamp", "date")

    def stamps(self, dates: pd.Series) -> pd.Series:
        """Dates as the column writes them, or timestamps already -> timestamps."""
        return _stamps(dates, (self.form, *self.others), self.local)

    def zoned(self, dates: pd.Series) -> pd.Series:
        """`stamps`, with the offset from UTC that stands in the text, where one does."""
        stamps = self.stamps(dates)
        has_offset = self.in_text and (self.form.endswith("Z") or _SINCE_UTC.search(self.form))
        if not has_offset or stamps.dt.tz is not None:
            return stamps
        return stamps.dt.tz_localize(timezone(_since_utc(self.form).to_pytimedelta()))

    def count(self, dates: pd.Series) -> np.ndarray:
        """Dates -> (n,) float64, units since 1970, NaN where missing. ValueError for what is no such date."""
        micros, missing = _microseconds(self.stamps(dates), self.local)
        return np.where(missing, np.nan, micros / UNITS[self.unit])

    def restore(self, counts: np.ndarray, dtype) -> pd.Series:
        """The inverse of `count`: (n,) float64 with NaN -> dates as the column wrote them."""
        missing = np.isnan(counts)
        micros = np.rint(np.where(missing, 0, counts)).astype(np.int64) * UNITS[self.unit]
        stamps = pd.Series(micros.astype("datetime64[us]")).mask(missing)
        zone = getattr(dtype, "tz", None)
        if zone is not None and self.local:
            stamps = stamps.dt.tz_localize(zone, ambiguous=np.ones(len(stamps), bool), nonexistent="shift_forward")
        elif zone is not None:
            stamps = stamps.dt.tz_localize("UTC").dt.tz_convert(zone)
        if self.form == "stamp":
            return stamps.astype(dtype)
        texts = stamps.dt.date if self.form == "date" else _written(stamps, self.form)
        if not self.padded:
            texts = texts.map(_unpad, na_action="ignore")
        if pd.api.types.is_numeric_dtype(dtype):
            texts = pd.to_numeric(texts)
        return texts.astype(object).where(~missing, None).astype(dtype)


def calendar_of(cells: pd.Series, asked: bool = False) -> Calendar | None:
    """The calendar of a column's filled cells, or None when they are not dates that it could write again. asked:
    whether somebody calls them dates, so that it is enough to read them."""
    cells = native(cells)
    form, padded, others = "stamp", True, ()
    kind = pd.api.types.infer_dtype(cells)
    if kind == "date":
        form = "date"
    elif not pd.api.types.is_datetime64_any_dtype(cells.dtype) and kind not in ("datetime", "datetime64"):
        written = text_formats(cells, asked)
        if not written:
            return None
        (form, padded), *rest = written
        others = tuple(other for other, _ in rest)
    try:
        stamps = _stamps(cells, (form, *others))
    except (ValueError, OverflowError):  # some have a time zone and others not, or lie beyond what a stamp holds
        return None
    local = stamps.dt.tz is not None and bool(
        (stamps.dt.tz_localize(None) == stamps.dt.tz_localize(None).dt.normalize()).all()
    )
    micros, _ = _microseconds(stamps, local)
    unit = next(unit for unit, size in UNITS.items() if (micros % size == 0).all())
    return Calendar(form, unit, padded, local, others)


def text_formats(cells: pd.Series, asked: bool = False) -> list[tuple[str, bool]]:
    """(strptime format, padded) of each way in which texts are written, at most MOST_FORMS; first the one that says
    most, or that most have. Each reads its texts, and writes them again exactly unless they are asked for. Empty where
    a text is read by none, or some texts have an offset from UTC and others not."""
    texts = list(dict.fromkeys(map(str, cells)))
    if not all((asked or _PLAIN.fullmatch(text)) and _DIGIT.search(text) for text in texts):
        return []
    offset = _offset(texts[0])
    if all(text.endswith(offset) for text in texts) and (one := _text_format(texts)):
        return [one]
    if not asked and not _formats(texts[:GLANCE]):  # most texts are no dates at all
        return []
    return _formats(texts, asked)


def _formats(texts: list[str], asked: bool = False) -> list[tuple[str, bool]]:
    alike = list(by_shape(texts).values())
    if len(alike) > MOST_FORMS or len({bool(_offset(same[0])) for same in alike}) > 1:
        return []
    formats = [(_text_format(same, asked), len(same)) for same in alike]
    if not all(format for format, _ in formats):
        return []
    return [format for format, _ in sorted(formats, key=lambda one: (one[0][0].count("%"), one[1]), reverse=True)]


def by_shape(texts: Sequence[str]) -> dict[str, list[str]]:
    """Texts by how they are written: what stands between their numbers, which numbers have four digits, and the offset
    from UTC."""
    shapes: dict[str, list[str]] = {}
    for text in texts:
        offset = _offset(text)
        shape = re.sub(r"\d+|[^\W\d]+", _shape, text.removesuffix(offset)) + offset
        shapes.setdefault(shape, []).append(text)
    return shapes


def _shape(part: re.Match) -> str:
    return ("Y" if len(part[0]) == 4 else "9") if part[0].isdigit() else "a"


def _text_format(texts: list[str], asked: bool = False) -> tuple[str, bool] | None:
    offset = _offset(texts[0])
    texts = pd.Series([text.removesuffix(offset) for text in texts], dtype=object)
    letter, time = texts[0][0].isalpha(), ":" in texts[0]
    for form in (*FORMATS, *ON_REQUEST) if asked else FORMATS:
        if (letter and form[:2] not in ("%b", "%B")) or time != (":" in form):
            continue  # a number does not begin with a letter
        if _read(texts[:20], form, "coerce").isna().any():
            continue
        stamps = _read(texts, form, "coerce")
        if stamps.isna().any():
            continue
        again = _written(stamps, form).astype(object)
        if (again == texts).all():
            return form + offset, True
        unpadded = (again.map(_unpad) == texts) & (not offset) & ("." not in form or "%Y" in form)
        if unpadded.all() or (asked and form not in ON_REQUEST):
            return form + offset, bool(unpadded.mean() < 0.5)
    return None


def look_like_dates(texts: Sequence[str]) -> bool:
    """Whether texts, at least one, are written as dates are, though perhaps not all in one way."""
    return all(_DATE_SHAPE.fullmatch(text) for text in texts)


def _offset(text: str) -> str:
    """Text behind the time of day that says how far it is from UTC; "" if there is none."""
    after = next((match for match in _AFTER_TIME.finditer(text) if match.end() == len(text)), None)
    return after[1] if after else ""


def _read(texts: pd.Series, form: str, errors: str = "raise") -> pd.Series:
    return pd.to_datetime(texts, format=form.replace(MILLI, "%f"), errors=errors)


def _written(stamps: pd.Series, form: str) -> pd.Series:
    texts = stamps.dt.strftime(form.replace(MILLI, "%f"))
    return texts.str.replace(r"(\.\d{3})\d{3}", r"\1", regex=True) if MILLI in form else texts


def _unpad(text: str) -> str:
    """01/05/2021 00:05 -> 1/5/2021 0:05; a year of two digits keeps them."""
    year = _SHORT_YEAR.match(text)
    at = year.end() if year else 0
    return _ZERO.sub("", text[:at]) + text[at : at + 2 * bool(year)] + _ZERO.sub("", text[at + 2 * bool(year) :])


def _stamps(dates: pd.Series, forms: Sequence[str], local: bool = False) -> pd.Series:
    """Dates in one of the column's own forms (or already timestamps) -> a datetime Series, by the clock of the first.
    local: as the clock of their zone shows them, where they have several offsets. ValueError for what is no date."""
    dates, form = native(dates), forms[0]
    if pd.api.types.is_datetime64_any_dtype(dates.dtype):
        zoned = dates.dt.tz is not None and form not in ("stamp", "date")  # text has the clock of its own offset
        return (dates.dt.tz_convert("UTC").dt.tz_localize(None) + _since_utc(form)) if zoned else dates
    if form == "stamp" and _have_offsets(dates):
        return pd.to_datetime(dates.str.replace(_OFFSET, "", regex=True) if local else dates, utc=not local)
    if form in ("stamp", "date"):
        zones = {getattr(cell, "tzinfo", None) for cell in dates.dropna()} if dates.dtype == object else set()
        if len(zones) > 1 and None in zones:
            raise ValueError("some dates have a time zone and others not")
        return pd.to_datetime(dates, utc=len(zones) > 1)
    known, texts = pd.factorize(dates)
    stamps = _read_any(pd.Series(texts, dtype=object).astype(str).astype(object), forms)
    return pd.Series(stamps.to_numpy()[known] if len(stamps) else np.full(len(dates), "NaT", "datetime64[us]")).mask(
        known < 0
    )


def _read_any(texts: pd.Series, forms: Sequence[str]) -> pd.Series:
    """Each by the first form that reads it."""
    stamps = _read(texts, forms[0], "coerce" if len(forms) > 1 else "raise").astype("datetime64[us]")
    for number, form in enumerate(forms[1:], 2):
        left = stamps.isna()
        later = _since_utc(forms[0]) - _since_utc(form)
        dates = _read(texts[left], form, "coerce" if number < len(forms) else "raise") + later
        stamps[left] = dates.astype("datetime64[us]")
    return stamps


def _since_utc(form: str) -> pd.Timedelta:
    """The offset that stands at the end of a form, 0 where none does."""
    match = _SINCE_UTC.search(form)
    if not match:
        return pd.Timedelta(0)
    ahead = pd.Timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    return -ahead if match[1] == "-" else ahead


def _have_offsets(dates: pd.Series) -> bool:
    """Whether they are texts that all name the offset of their zone."""
    return dates.notna().any() and all(isinstance(cell, str) and _OFFSET.search(cell) for cell in dates.dropna())


def _microseconds(stamps: pd.Series, local: bool) -> tuple[np.ndarray, np.ndarray]:
    missing = stamps.isna().to_numpy()
    if stamps.dt.tz is not None:
        stamps = stamps.dt.tz_localize(None) if local else stamps.dt.tz_convert("UTC").dt.tz_localize(None)
    return stamps.to_numpy().astype("datetime64[us]").astype(np.int64), missing


def check_dates(dates: pd.Series, calendar: Calendar, name: str) -> np.ndarray:
    """`calendar.count` with an error that names the cell."""
    try:
        return calendar.count(dates)
    except (ValueError, TypeError, OverflowError):
        pass
    for row, value in dates.dropna().items():
        try:
            calendar.count(pd.Series([value], dtype=object))
        except (ValueError, TypeError, OverflowError):
            written = f" written like {calendar.example}" if calendar.example else ""
            raise DataError(
                f"column '{name}' holds {value!r} in row {row}, which is no date{written}: "
                "correct it or leave the cell empty"
            ) from None
    raise DataError(f"column '{name}' mixes dates with and without a time zone: give all cells one kind of date")


def row_times(cells: pd.Series, name: str) -> np.ndarray:
    """(n,) float64 for cells that are all dates, written in one way, or all numbers (a year, a time stamp).

    Raises DataError, naming the column, for an empty cell and for cells of any other kind.
    """
    missing = cells.isna()
    if missing.any():
        row = missing.idxmax()
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
