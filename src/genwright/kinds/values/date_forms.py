"""How texts write days and times of day. The form of a text is found from its parts, and it reads and writes others.

A form has the directives of strptime. Beside them it may have `%-d` (also m, H, I), without a leading zero; `%3f`, so
many digits; `%^b` and `%~b`, JAN and jan; `%P`, am and pm; and `%E` or `%-E`, the first number of a clock that may run
beyond a day (`36:05`). An offset from UTC stands at its end, as it is written. Durations have `%D`, a number of days;
`%J` and `%J,`, which write `1 day ` and `2 days, ` and nothing for no day; or `%K` and `%KH`, as ISO 8601 has them
(`P1DT2H`), with days and with hours that run on.
"""

import calendar
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import product

import numpy as np
import pandas as pd

MOST_FORMS = 4  # of one column, whose dates may have offsets from UTC beside
MOST_OFFSETS = 40  # forms of one column that differ in their offsets too
GLANCE = 200  # texts that say whether all may be dates, and whether numbers have leading zeros
MOSTLY = 0.9  # share of the cells that make a column one of dates with odd cells
YEARS = 1700, 2300  # of days that are whole numbers
FEWEST_MONTHS = 10  # different whole numbers like 202103 that are months, of two years
ZONES = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2,
    "EEST": 3, "MSK": 3, "JST": 9, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8,
    "PDT": -7,
}  # fmt: skip
_ZONE_NAMES = "|".join(sorted(ZONES, key=len, reverse=True))
_OFFSET = (
    rf" ?(?:(?:UTC|GMT)?(?P<sign>[+-])(?P<hours>\d\d?):?(?P<minutes>\d\d)?|(?P<zone>{_ZONE_NAMES}))(?: \([\w ]+\))?"
)
_AFTER_TIME = re.compile(rf":\d\d(?:[.,]\d+)?(?: ?[AaPp][Mm])?(?P<offset>{_OFFSET})$")
_AT_END = re.compile(rf"(?:%\w+)(?P<offset>{_OFFSET})$")  # of a form
_CLOCK = re.compile(
    r"(?P<first>\d+):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?:(?P<mark>[.,])(?P<part>\d{1,9}))?"
    r"(?:(?P<gap> ?)(?P<half>[AP]M|[ap]m))?(?![\w:])"
)
_TIME = "\x02"  # in the place of a time of day
_DAYS = re.compile(r"\d+ (days?,?) ")
_TOKENS = re.compile(r"\d+|[^\W\d_]+|[\W_]+")
_PLAIN_DATE, _DIGIT = re.compile(r"[\w .,:/()+-]{4,70}"), re.compile(r"\d")
_DATE_SHAPE = re.compile(r"(?:\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{4}|\d\d?[-/]\d\d?[-/]\d\d)(?:[T ].*)?")
_NAME_DIRECTIVES = {
    name.lower(): directive
    for directive, names in (
        ("b", calendar.month_abbr), ("B", calendar.month_name), ("a", calendar.day_abbr), ("A", calendar.day_name),
    )
    for name in names if name
}  # fmt: skip
_MAY = "may"  # both a name and its own abbreviation
_LINK_WORDS = {"T", "at", "of", "um", "Uhr"}  # words between a day and a time
_ORDERS = {  # of numbers of 1, 2 or 4 digits (as `_LENGTHS` says) with a mark between, the likely one first
    ("411", "-"): ("Y m d",), ("411", "/"): ("Y m d",), ("411", "."): ("Y m d",),
    ("114", "/"): ("m d Y", "d m Y"), ("114", "-"): ("d m Y", "m d Y"), ("114", "."): ("d m Y",),
    ("111", "/"): ("m d y", "d m y"), ("111", "."): ("d m y",),
    ("41", "-"): ("Y m",), ("41", "/"): ("Y m",), ("14", "/"): ("m Y",),
    ("8", ""): ("F",), ("86", ""): ("F T",), ("84", ""): ("F R",), ("", ""): ("",),
}  # fmt: skip
_JOINED_DIRECTIVES = {"F": "%Y%m%d", "T": "%H%M%S", "R": "%H%M"}
_BY_NAME = {"14": ("d Y",), "41": ("Y d",), "4": ("Y",), "11": ("d y",)}  # beside the name of a month
_NUMBER_FORMS = {8: ("%Y%m%d", "%d%m%Y", "%m%d%Y"), 12: ("%Y%m%d%H%M",), 14: ("%Y%m%d%H%M%S",), 6: ("%Y%m",)}
_FULL_DIRECTIVES = {
    "Y": r"[1-9]\d{3}",
    "m": r"\d\d",
    "d": r"\d\d",
    "H": r"\d\d",
    "M": r"[0-5]\d",
    "S": r"[0-5]\d",
}  # padded by zeros
_PADDINGS = [("", ""), ("-", "-"), ("-", ""), ("", "-")]  # of days and months, and of hours
_RUNS_ON, _SPANS = re.compile("%-?E|%D"), re.compile("%J|%K")
_SPAN = re.compile(r"-?\d+ days?(,?) \d")
_HMS = r"(\d{1,2}):(\d\d):(\d\d(?:\.\d{1,6})?)"
_ISO_SPAN = re.compile(
    r"(-)?P(?=[\dT])(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,6})?)S)?)?"
)
_WELL_KNOWN = (  # of web servers, of Twitter, of Java and the command date, and of Japan and China
    (re.compile(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d"), "%d/%b/%Y:%H:%M:%S"),
    (re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \+0000 \d{4}"), "%a %b %d %H:%M:%S +0000 %Y"),
    (re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4}"), "%a %b %d %H:%M:%S UTC %Y"),
    (re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d GMT \d{4}"), "%a %b %d %H:%M:%S GMT %Y"),
    (re.compile(r"\d{4}年\d\d月\d\d日"), "%Y年%m月%d日"),
)
_MARKED_TEXT = re.compile(r"([-^~]|\d)\x01(\w*)\x01")  # text of a directive, and how it is to be changed
_MICROS = re.compile(r"([.,]\d{6})\d+")
_DAY_NUMBERS, _HOURS, _FRACTION = re.compile(r"%([dm])"), re.compile(r"%([HIE])"), re.compile(r"%(\d)f")


# ---------------------------------------------------------------------- forms of texts


def find_forms(texts: Sequence[str], kind_is_given: bool = False) -> list[str]:
    """Finds the date formats in which distinct texts are written, at most MOST_FORMS; first the most specific or the
    most frequent. Each reads its texts, and writes them again exactly unless `kind_is_given`, when somebody calls them
    dates. Empty where a text is read by none, or some texts have an offset from UTC and others not."""
    is_plain = lambda text: kind_is_given or _PLAIN_DATE.fullmatch(text) or _ISO_SPAN.fullmatch(text)
    if not texts or not all(is_plain(text) and _DIGIT.search(text) for text in texts):
        return []
    if form := _span_form(texts):
        return [form]
    if all(map(str.isdecimal, texts)):
        form = find_number_form(np.array(texts, float), kind_is_given)
        return [form] if form and digits_of(texts, form) == list(texts) else []
    forms = _fit_all(_spread(texts), kind_is_given)
    if len(texts) <= GLANCE or not (forms or kind_is_given):  # most texts are no dates at all
        return forms
    if len(forms) == 1 and _equal(read_texts(texts, forms[0]), forms[0], texts).all():
        return forms
    return _fit_all(texts, kind_is_given)


def _fit_all(texts: Sequence[str], kind_is_given: bool) -> list[str]:
    groups = list(by_shape(texts).values())
    has_many_forms = len({_without_offset(group[0]) for group in groups}) > MOST_FORMS or len(groups) > MOST_OFFSETS
    if has_many_forms or len({bool(find_offset(group[0])) for group in groups}) > 1:
        return []
    fitting = [[form for form, fit_mask in _fits(group, kind_is_given) if fit_mask.all()] for group in groups]
    if not all(fitting):
        return []
    sure_orders = {
        _order(forms[0]) for forms in fitting if len(forms) == 1
    }  # of day and month, which others leave open
    chosen_forms = [next((form for form in forms if _order(form) in sure_orders), forms[0]) for forms in fitting]
    if len({is_clock(form) for form in chosen_forms}) > 1:
        return []
    says_most = sorted(zip(chosen_forms, map(len, groups)), key=lambda one: (one[0].count("%"), one[1]), reverse=True)
    return list(dict.fromkeys(form for form, _ in says_most))


def _without_offset(text: str) -> str:
    """How a text is written, whatever its offset from UTC is."""
    return re.sub(r"\d+|[^\W\d]+", _shape, text.removesuffix(find_offset(text)))


def _span_form(texts: Sequence[str]) -> str:
    """The form of durations as Python, DuckDB or ISO 8601 write them, "" of other texts."""
    if texts[0].lstrip("-").startswith("P"):
        forms = ["%K", "%KH"] if all(map(_ISO_SPAN.fullmatch, texts)) else []
    else:
        marks = {match[1] for text in texts if (match := _SPAN.match(text))}
        singular = any(re.match(r"-?\d+ day\b", text) for text in texts)
        if len(marks) != 1 or not (singular or marks == {","}):
            return ""
        clocks = ("%-H:%M:%S", "%H:%M:%S")
        forms = [f"%J{mark}{clock}" for mark in marks for clock in clocks]
    for form in forms:
        stamps = read_texts(texts, form)
        if stamps.notna().all() and _equal(stamps, form, texts).all():
            return form
    return ""


def dates_among(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Finds the dates and the times of day among distinct texts, in the format that most texts of their shape have."""
    days, clocks = [], []
    for group in by_shape(texts).values():
        form, fit_mask = max(_fits(group, False), key=lambda one: one[1].sum(), default=("", np.zeros(0, bool)))
        (clocks if is_clock(form) else days).extend(text for text, fit in zip(group, fit_mask) if fit)
    return days, clocks


def look_like_dates(texts: Sequence[str]) -> bool:
    """Tells whether texts, at least one, are written as dates are, though perhaps not all in one way."""
    return all(map(_DATE_SHAPE.fullmatch, texts))


def by_shape(texts: Sequence[str]) -> dict[str, list[str]]:
    """Returns texts by how they are written: what stands between their numbers, which numbers have four digits, and the
    offset from UTC."""
    shapes: dict[str, list[str]] = {}
    for text in texts:
        offset = find_offset(text)
        shape = re.sub(r"\d+|[^\W\d]+", _shape, text.removesuffix(offset)) + offset
        shapes.setdefault(shape, []).append(text)
    return shapes


def _shape(part: re.Match) -> str:
    return ("Y" if len(part[0]) == 4 else "9") if part[0].isdigit() else "a"


def _spread(texts: Sequence[str]) -> Sequence[str]:
    return texts[:: max(1, len(texts) // GLANCE)]


def _fits(texts: list[str], kind_is_given: bool) -> list[tuple[str, np.ndarray]]:
    """Forms that texts of one shape may have, the likely one first, and (n,) bool, which of them each fits."""
    offset = find_offset(texts[0])
    texts = [text.removesuffix(offset) for text in texts]
    fitting = []
    for form in dict.fromkeys(form for text in _examples(texts) for form in _forms_of(text)):
        sample = _spread(texts)
        stamps = read_texts(sample, form)
        if stamps.isna().mean() > 1 - MOSTLY or (offset and is_clock(form)):
            continue
        if not is_clock(form) and "%d" not in form and not stamps.dropna().dt.year.between(*YEARS).all():
            continue
        form_matches = {padded_form: _equal(stamps, padded_form, sample) for padded_form in _padded_forms(form)}
        form = max(form_matches, key=lambda padded_form: form_matches[padded_form].sum())
        stamps = read_texts(texts, form)
        fit_mask = stamps.notna().to_numpy() if kind_is_given else _equal(stamps, form, texts)
        fitting.append((form + offset, fit_mask))
    return fitting


def _examples(texts: list[str]) -> list[str]:
    """Texts of one shape that differ in what a shape does not tell: the name of a month, and how long numbers are."""
    return [texts[0], max(texts, key=len)]


def _equal(stamps: pd.Series, form: str, texts: Sequence[str]) -> np.ndarray:
    """(n,) bool, texts that would be written again as they are, by what was read of them."""
    literal, *directives = re.split("%(.)", form)
    if {
        *directives[::2]
    } <= _FULL_DIRECTIVES.keys():  # all of one width, so that what is read is written so: no need to write it
        pairs = zip(directives[::2], directives[1::2])
        pattern = re.escape(literal) + "".join(
            _FULL_DIRECTIVES[name] + re.escape(between_text) for name, between_text in pairs
        )
        return pd.Series(texts, dtype="str").str.fullmatch(pattern).to_numpy(bool) & stamps.notna().to_numpy()
    written_texts, texts = write_texts(stamps, form), pd.Series(texts, dtype=object)
    if "%9f" in form or "%8f" in form or "%7f" in form:  # parts of a microsecond are left out
        written_texts, texts = (cells.str.replace(_MICROS, r"\1", regex=True) for cells in (written_texts, texts))
    return (written_texts.to_numpy(object) == texts.to_numpy(object)) & stamps.notna().to_numpy()


def _padded_forms(form: str) -> Iterator[str]:
    """A form with and without leading zeros in days and months, and in hours; 1.5.10 is a version."""
    for days, hours in _PADDINGS[:1] if "%m.%y" in form else _PADDINGS:
        yield without_zeros(form, days, hours)


def without_zeros(form: str, days: str = "-", hours: str = "-") -> str:
    return _HOURS.sub(rf"%{hours}\1", _DAY_NUMBERS.sub(rf"%{days}\1", form))


def _forms_of(text: str) -> list[str]:
    """Forms that may have written a text, the likely one first, with leading zeros."""
    if known := next((form for shape, form in _WELL_KNOWN if shape.fullmatch(text)), ""):
        return [known]
    clock = _CLOCK.search(text)
    if clock is None:
        return _day_forms(text) if _DIGIT.search(text) else []
    text_before, text_after = text[: clock.start()], text[clock.end() :]
    if (days := _DAYS.fullmatch(text_before)) and not text_after:
        text_before, form = "", f"%D {days[1]} %H:%M"
    else:
        form = ("%I" if clock["half"] else "%H" if text_before or text_after else "%E") + ":%M"
    form += ":%S" if clock["second"] else ""
    if clock["part"] and not clock["second"]:
        form = form.replace("%M", "%S")  # minutes and seconds: 3:59.25
    form += f"{clock['mark']}%{len(clock['part'])}f" if clock["part"] else ""
    form += clock["gap"] + ("%p" if clock["half"].isupper() else "%P") if clock["half"] else ""
    return [day.replace(_TIME, form) for day in _day_forms(f"{text_before}{_TIME}{text_after}")]


def _day_forms(text: str) -> list[str]:
    parts = _TOKENS.findall(text)
    choices, lengths, marks = [], "", set()
    for part, next_part in zip(parts, [*parts[1:], ""]):
        if part.isdecimal():
            lengths += {1: "1", 2: "1", 4: "4", 6: "6", 8: "8"}.get(len(part), "0")
            choices.append(["0"])  # to be filled in by the order of the numbers
            marks |= {next_part} & {"-", "/", "."}
        elif part.lower() in _NAME_DIRECTIVES:
            case = "^" if part.isupper() else "~" if part.islower() else ""
            names = ("B", "b") if part.lower() == _MAY else _NAME_DIRECTIVES[part.lower()]
            choices.append([f"%{case}{name}" for name in names])
        elif part[0].isalpha() and part not in _LINK_WORDS:
            return []
        else:
            choices.append([part.replace("%", "%%")])
    by_name = any("b" in one[0].lower() for one in choices if one[0][0] == "%")
    orders = _BY_NAME.get(lengths, ()) if by_name else _ORDERS.get((lengths, "".join(marks)), ())
    return [_filled(form, order.split()) for order in orders for form in product(*choices)]


def _filled(parts: Sequence[str], order: list[str]) -> str:
    numbers = iter(_JOINED_DIRECTIVES.get(one, f"%{one}") for one in order)
    return "".join(next(numbers) if part == "0" else part for part in parts)


def _order(form: str) -> str:
    """Whether a form has the day before the month: which is all that numbers leave open."""
    return "".join(re.findall("[dm]", form)[:2])


# ---------------------------------------------------------------------- reading and writing


def read_texts(texts: Sequence[str], form: str) -> pd.Series:
    """Parses texts as timestamps by a date format, without a zone, NaT where a text does not fit. Times of day are on
    the first day of 1970."""
    if _SPANS.match(form):
        return _read_spans(texts, form)
    if _RUNS_ON.search(form):
        return _read_clock(texts, form)
    plain = _FRACTION.sub("%f", re.sub(r"%[-^~](\w)", r"%\1", form)).replace("%P", "%p")
    stamps = pd.to_datetime(pd.Series(texts, dtype=object), format=plain, errors="coerce").astype("datetime64[us]")
    return stamps - pd.Timestamp(1900, 1, 1) + pd.Timestamp(0) if is_clock(form) else stamps


def write_texts(stamps: pd.Series, form: str) -> pd.Series:
    """Returns the inverse: texts as objects, of stamps that are there."""
    if _SPANS.match(form):
        write = lambda stamp: _write_span(stamp - pd.Timestamp(0), form)
        return stamps.astype(object).map(write, na_action="ignore")
    if _RUNS_ON.search(form):
        return _write_clock(stamps, form)
    marked_form = re.sub(r"%([-^~])(\w)", "\\1\x01%\\2\x01", form)
    marked_form = _FRACTION.sub("\\1\x01%f\x01", marked_form.replace("%P", "~\x01%p\x01"))
    texts = stamps.dt.strftime(marked_form).astype(object)
    return texts.str.replace(_MARKED_TEXT, _rewritten, regex=True) if "\x01" in marked_form else texts


def _rewritten(part: re.Match) -> str:
    directive, text = part.groups()
    if directive.isdigit():
        return f"{text:0<9}"[: int(directive)]
    return text.upper() if directive == "^" else text.lower() if directive == "~" else text.removeprefix("0")


def _read_clock(texts: Sequence[str], form: str) -> pd.Series:
    pattern = _FRACTION.sub(r"(?P<part>[0-9]{\1})", re.escape(form).replace("%\\-", "%"))
    for directive, group in (("%D", "day>[0-9]{1,5}"), ("%E", "first>[0-9]{1,5}"), ("%H", "first>[0-9]{1,2}")):
        pattern = pattern.replace(directive, f"(?P<{group})")
    pattern = pattern.replace("%M", "(?P<minute>[0-5][0-9])").replace("%S", "(?P<second>[0-5][0-9])")
    numbers = pd.Series(texts, dtype=object).str.extract(f"^{pattern}$")
    column = lambda name: numbers[name].astype(float) if name in numbers else 0.0
    minutes = column("first") * 60 + column("minute") if "minute" in numbers else column("first")
    seconds = (column("day") * 24 * 60 + minutes) * 60 + column("second")
    micros = (numbers["part"].str.ljust(6, "0").str[:6].astype(float) if "part" in numbers else 0.0) + seconds * 1e6
    return pd.Series(pd.to_datetime(micros, unit="us").astype("datetime64[us]"))


def _write_clock(stamps: pd.Series, form: str) -> pd.Series:
    part = _FRACTION.search(form)
    plain = form.replace(part[0], "{part}") if part else form
    for directive, replacement in (
        ("D", "day"),
        ("-E", "first"),
        ("E", "first:02"),
        ("-H", "first"),
        ("H", "first:02"),
    ):
        plain = plain.replace(f"%{directive}", f"{{{replacement}}}")
    plain = plain.replace("%M", "{minute:02}").replace("%S", "{second:02}")

    def write(stamp: pd.Timestamp) -> str:
        seconds, micros = divmod((stamp - pd.Timestamp(0)) // timedelta(microseconds=1), 1_000_000)
        minutes, second = divmod(seconds, 60)
        first, minute = divmod(minutes, 60) if "%M" in form else (minutes, 0)
        day, first = divmod(first, 24) if "%D" in form else (0, first)
        digits = f"{micros:06}000"[: int(part[1])] if part else ""
        return plain.format(day=day, first=first, minute=minute, second=second, part=digits)

    return stamps.astype(object).map(write, na_action="ignore")


def _read_spans(texts: Sequence[str], form: str) -> pd.Series:
    """Durations as timestamps after the first of 1970, NaT for what is not so written."""
    pattern = _ISO_SPAN.pattern if form.startswith("%K") else rf"(?:(-?\d+) days?{form[2:3].strip('%')} )?" + _HMS
    parts = pd.Series(texts, dtype=object).str.extract(f"^{pattern}$")
    if form.startswith("%K"):
        sign = np.where(parts[0] == "-", -1.0, 1.0)
        sizes, parts = (7 * 86_400, 86_400, 3_600, 60, 1), parts.iloc[:, 1:]
    else:
        sign, sizes = 1.0, (86_400, 3_600, 60, 1)
    known = parts.notna().any(axis=1).to_numpy()
    seconds = sum(parts.iloc[:, k].astype(float).fillna(0.0).to_numpy() * size for k, size in enumerate(sizes))
    micros = np.where(known, np.rint(sign * seconds * 1e6), np.nan)
    return pd.Series(pd.to_datetime(micros, unit="us").astype("datetime64[us]"))


def _write_span(span: timedelta, form: str) -> str:
    micros = round(span / timedelta(microseconds=1))
    sign, micros = ("-" if micros < 0 else "", abs(micros)) if form.startswith("%K") else ("", micros)
    seconds, part = divmod(micros, 1_000_000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = (0, hours) if form == "%KH" else divmod(hours, 24)
    fraction = f".{part:06}".rstrip("0") if part else ""
    if form.startswith("%K"):
        clock = (
            f"{hour}H" * bool(hour) + f"{minute}M" * bool(minute) + f"{second}{fraction}S" * bool(second or fraction)
        )
        text = f"{day}D" * bool(day) + f"T{clock}" * bool(clock)
        return f"{sign}P{text or 'T0S'}"
    clock = form.removeprefix("%J,").removeprefix("%J")
    clock_text = f"{hour}:{minute:02}:{second:02}" if clock.startswith("%-H") else f"{hour:02}:{minute:02}:{second:02}"
    begin = f"{day} day{'s' * (abs(day) != 1)}{form[2:3].strip('%')} " if day else ""
    return begin + clock_text + (f".{part:06}" if part else "")


def is_clock(form: str) -> bool:
    """Tells whether a form has a time of day, and no day."""
    return not re.search(r"%[-^~]?[YymdbB]", form)


# ---------------------------------------------------------------------- offsets from UTC


def find_offset(text: str) -> str:
    """Finds the offset from UTC behind the time of day in a text; "" if there is none."""
    match = _AFTER_TIME.search(text)
    return match["offset"] if match else ""


def has_offset(form: str) -> bool:
    return _AT_END.search(form) is not None


def offset_of(form: str) -> pd.Timedelta:
    """Returns the offset from UTC at the end of a date format, 0 where it has none."""
    match = _AT_END.search(form)
    if not match:
        return pd.Timedelta(0)
    if match["zone"]:
        return pd.Timedelta(hours=ZONES[match["zone"]])
    offset = pd.Timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
    return -offset if match["sign"] == "-" else offset


# ---------------------------------------------------------------------- whole numbers


def find_number_form(numbers: np.ndarray, kind_is_given: bool = False) -> str | None:
    """Returns the form of whole numbers (n,) float64, without NaN, that are all days, such as 20240320 or 31122024, or
    days with times, or months; None where they are not, or may be several."""
    sample = numbers[:GLANCE]
    if not (np.isfinite(sample) & (sample > 0)).all():
        return None
    width = len(f"{int(sample.max(initial=0))}")
    forms = [*_NUMBER_FORMS.get(width + (width == 7), ()), *["%Y"] * (kind_is_given and width == 4)]
    fitting = [form for form in forms if _are_days(sample, form, kind_is_given)]
    distinct = np.unique(numbers) if fitting else numbers
    fitting = [form for form in fitting if _are_days(distinct, form, kind_is_given)]
    if "%Y%m" in fitting and not kind_is_given:
        years = np.unique(distinct // 100)
        return "%Y%m" if len(distinct) >= FEWEST_MONTHS and len(years) > 1 else None
    if not fitting or (len(fitting) > 1 and not kind_is_given) or (len(distinct) < 2 and not kind_is_given):
        return None
    return fitting[0]


def _are_days(numbers: np.ndarray, form: str, kind_is_given: bool) -> bool:
    if not ((numbers == np.rint(numbers)) & (numbers > 0) & (numbers < 1e15)).all():
        return False
    stamps = read_texts(digits_of(numbers, form), form)
    return bool(stamps.notna().all() and (kind_is_given or stamps.dt.year.between(*YEARS).all()))


def days_among(numbers: np.ndarray) -> np.ndarray:
    """Finds which of whole numbers (n,) float64 are days, or months, in the form that most of them have: (n,) bool."""
    days = np.zeros(len(numbers), bool)
    for width, forms in _NUMBER_FORMS.items():
        minimum = 10 ** (width - 1 - (width <= 8))  # a zero before a day may be left out, and that of a month
        whole = (numbers == np.rint(numbers)) & (numbers >= minimum) & (numbers < 10**width)
        for form in forms if whole.any() else ():
            stamps = read_texts(digits_of(np.where(whole, numbers, 0), form), form)
            fit_mask = whole & stamps.dt.year.between(*YEARS).to_numpy()
            days = fit_mask if fit_mask.sum() > days.sum() else days
    return days


def digits_of(numbers: Sequence[float], form: str) -> list[str]:
    """Writes whole numbers as texts, with the leading zeros that a date format has."""
    width = 8 if form in _NUMBER_FORMS[8] else 0
    return [f"{int(number):0{width}}" for number in numbers]
