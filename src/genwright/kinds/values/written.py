"""The form in which one column of text writes its numbers: `$13,495`, `21 mpg`, `1.169,00`, `6%`, `(1,200)`."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cache, cached_property

import numpy as np

SPACES, APOSTROPHES = " \u00a0\u202f\u2009", "'’"  # also no-break, narrow and thin spaces
MARKS = ("", ",", ".", *SPACES, *APOSTROPHES)  # between groups of three digits
MINUSES = ("-", "−", "()")
CONVENTIONS = (  # marks of thousands and of decimals, the English ones first
    ("", "."), (",", "."), ("", ","), (".", ","),
    *((mark, decimal) for mark in (*SPACES, *APOSTROPHES) for decimal in ".,"),
)  # fmt: skip

_SIGNS = "$€£¥₹₽₩₺₫₴₦฿₱₪"
_CODES = (
    "USD EUR GBP CHF JPY CNY RMB AUD CAD NZD SEK NOK DKK ISK PLN CZK HUF RON RUB INR BRL ZAR MXN SGD HKD KRW TRY ILS "
    "THB Rs\\.? kr\\.? Fr\\.? zł Kč"
)
_CURRENCY = rf"(?:[A-Z]{{0,3}}[{_SIGNS}]|(?:{'|'.join(_CODES.split())})(?![A-Za-z]))"
_UNIT = rf"[^\W\d_%][^\d(),;]{{0,30}}[23]?|[%‰°'\"′″{_SIGNS}][^\d(),;]{{0,30}}[23]?"  # also m2 and km3
_DIGITS = rf"\d(?:[\d.,{SPACES}{APOSTROPHES}]*\d)?(?:[eE][+-]?\d+)?|[.,]\d+(?:[eE][+-]?\d+)?"
_NUMBER = re.compile(
    rf"(?P<open>\()?(?P<outer>[-−+])?\s*(?P<prefix>{_CURRENCY}\s*)?(?P<inner>[-−+])?\s*"
    rf"(?P<digits>{_DIGITS})(?P<suffix>\s*(?:{_UNIT}))?(?P<close>\))?"
)


@dataclass(frozen=True)
class Written:
    """How numbers are written.

    Args:
        prefix, suffix: what stands before and after, with its space.
        thousands: the mark between groups of three digits, or "".
        decimal: "." or ",".
        decimals: how many there are, None for as many as a number needs.
        short: whole numbers have none.
        minus: "-", "−", or "()" for brackets.
        inside: the sign stands behind the prefix.
        plus: positive numbers have a sign too.
    """

    prefix: str = ""
    suffix: str = ""
    thousands: str = ""
    decimal: str = "."
    decimals: int | None = None
    short: bool = False
    minus: str = "-"
    inside: bool = False
    plus: bool = False

    def __post_init__(self):
        if self.thousands not in MARKS or self.decimal not in (".", ",") or self.thousands == self.decimal:
            raise ValueError(f"{self.thousands!r} and {self.decimal!r} are no marks of thousands and decimals")
        if self.minus not in MINUSES:
            raise ValueError(f"{self.minus!r} is no way to write a minus")

    def read(self, texts: Iterable) -> np.ndarray:
        """Parses texts as numbers (n,) float64, NaN where one does not fit this way of writing."""
        return np.array([self._value(text) if isinstance(text, str) else np.nan for text in texts], np.float64)

    def write(self, values: Iterable[float]) -> np.ndarray:
        """Writes numbers (n,) as texts (n,), as the column wrote them; None for NaN."""
        distinct, value_numbers = np.unique(np.asarray(values, np.float64), return_inverse=True)
        return np.array([*map(self._text, distinct), None], object)[:-1][value_numbers]

    def to_json(self) -> dict:
        """Returns the fields that differ from the defaults."""
        return {part.name: value for part in fields(self) if (value := getattr(self, part.name)) != part.default}

    @property
    def is_plain(self) -> bool:
        """Whether any reader of numbers understands it."""
        return not (self.prefix or self.suffix or self.thousands or self.plus or self.inside) and (
            self.decimal == "." and self.minus == "-"
        )

    def _value(self, text: str) -> float:
        match = self._number_pattern.fullmatch(text.strip())
        if not match or bool(match["open"]) != bool(match["close"]) or len(signs := _signs(match)) > 1:
            return np.nan
        value = _size(match)
        return -value if signs not in ("", "+") else value

    @cached_property
    def _number_pattern(self) -> re.Pattern:
        prefix, suffix = (rf"(?:\s*{re.escape(affix.strip())}\s*)?" for affix in (self.prefix, self.suffix))
        return re.compile(
            rf"(?P<open>\()?(?P<outer>[-−+])?{prefix}(?P<inner>[-−+])?\s*{_digits(self.thousands, self.decimal)}"
            rf"{suffix}(?P<close>\))?"
        )

    def _text(self, value: float) -> str | None:
        if np.isnan(value):
            return None
        digits = repr(abs(float(value))) if self.decimals is None else f"{abs(value):.{self.decimals}f}"
        if "e" not in digits:
            whole, _, part = digits.partition(".")
            if (self.decimals is None or self.short) and not part.strip("0"):
                part = ""
            digits = f"{int(whole):,}".replace(",", self.thousands) + (self.decimal + part if part else "")
        else:
            digits = digits.replace(".", self.decimal)
        sign = "" if not re.search("[1-9]", digits) else "-" if value < 0 else "+" * self.plus
        if sign == "-" and self.minus == "()":
            return f"({self.prefix}{digits}{self.suffix})"
        sign = self.minus if sign == "-" else sign
        return (
            f"{self.prefix}{sign}{digits}{self.suffix}" if self.inside else f"{sign}{self.prefix}{digits}{self.suffix}"
        )


def numbers_among(texts: Sequence[str]) -> list[str]:
    """Finds the numbers among distinct texts, in the unit and with the marks that most of them have."""
    matches = {text: match for text in texts if (match := _match(text))}
    if not matches:
        return []
    units = Counter(_unit(match) for match in matches.values())
    (unit, _), *_ = units.most_common(1)
    matches = {text: match["digits"] for text, match in matches.items() if _unit(match) in (unit, ("", ""))}
    conventions = _conventions(list(matches.values()))
    return max(([text for text, digits in matches.items() if _read(digits, *marks)] for marks in conventions), key=len)


def is_too_large(text: str) -> bool:
    """Tells whether a text is written like a number that float64 cannot hold, such as `12e4567`."""
    match = _match(text)
    with suppress(ValueError):  # marks of thousands and decimals that float does not know
        return match is not None and bool(np.isinf(float(match["digits"])))
    return False


def find_written(texts: Sequence[str], decimal: str = "") -> list[Written]:
    """Finds every way of writing numbers that reads all of the distinct texts. Returns none where one text is no number
    or units differ, and two where the texts do not say which mark is which (`1,234` alone).

    Numbers with leading zeros, of more than 15 digits, or too large for float64 (`12e4567`) are names.

    Args:
        texts: The texts.
        decimal: the mark of decimals in the file, which says it then.
    """
    matches = [_match(text) for text in texts]
    if not matches or not all(matches) or not _has_one_unit(matches):
        return []
    prefix, suffix = (_commonest(match[side] or "" for match in matches) for side in ("prefix", "suffix"))
    digits = [match["digits"] for match in matches]
    signs = Counter(sign for match in matches for sign in (match["outer"], match["inner"], match["open"]) if sign)
    nonzero_matches = [match for match in matches if re.search("[1-9]", match["digits"]) and not _signs(match)]
    unnamed_texts = {
        "minus": next((minus for minus in MINUSES if signs[minus[0]]), "-"),
        "inside": bool(prefix) and any(match["inner"] for match in matches),
        "plus": bool(signs["+"]) and not nonzero_matches,
    }
    ways = []
    for marks in _conventions(digits):
        read = [_read(text, *marks) for text in digits]
        if all(read):
            ways.append(Written(prefix, suffix, *marks, *_decimals(read), **unnamed_texts))
    if len(ways) > 1:
        ways = [way for way in ways if way.decimal == decimal] or ways
    if len(ways) < 2:
        return ways
    money = re.search(_CURRENCY, prefix + suffix) is not None  # amounts have no three decimals
    short = [len(text) <= 3 for text in digits if text.isdecimal()]
    if money or (short and all(short)):
        return [way for way in ways if way.thousands]
    if ways[0].decimal == "." and not (ways[0].thousands or prefix or suffix):
        return [way for way in ways if not way.thousands]  # as every reader of numbers takes them
    return sorted(ways, key=lambda way: way.decimal == ",")


def _conventions(digits: list[str]) -> list[tuple[str, str]]:
    """Marks that the texts have, of thousands and of decimals."""
    marks_used = {mark for text in digits for mark in text if mark in MARKS}
    pairs = [pair for pair in CONVENTIONS if set(pair) - {"", "," if pair[0] == "." else "."} <= marks_used]
    return list(
        {(_equal_marks(thousands), decimal): (thousands, decimal) for thousands, decimal in pairs[::-1]}.values()
    )[::-1]


def _equal_marks(mark: str) -> str:
    """All marks that mean the same as this one: every kind of space or of apostrophe, or the mark alone."""
    return next((marks for marks in (SPACES, APOSTROPHES) if mark and mark in marks), mark)


def _match(text: str) -> re.Match | None:
    match = _NUMBER.fullmatch(text.strip())
    return match if match and bool(match["open"]) == bool(match["close"]) and len(_signs(match)) < 2 else None


def _signs(match: re.Match) -> str:
    return (match["open"] or "") + (match["outer"] or "") + (match["inner"] or "")


def _unit(match: re.Match) -> tuple[str, str]:
    return (match["prefix"] or "").strip(), (match["suffix"] or "").strip()


def _has_one_unit(matches: list[re.Match]) -> bool:
    """One unit, or none, which may be left out where most have one."""
    units = Counter(map(_unit, matches))
    return not units.keys() - {units.most_common(1)[0][0], ("", "")}


def _read(digits: str, thousands: str, decimal: str) -> re.Match | None:
    """None for names: numbers with leading zeros, or of more than 15 digits or a size that float64 does not hold."""
    match = _pattern(thousands, decimal).fullmatch(digits)
    if not match:
        return None
    whole = match["whole"]
    if len(digits) > 15 and len(re.sub(r"\D", "", whole)) > 15:
        return None
    if match["power"] and np.isinf(_size(match)):
        return None
    return match if whole[:1] != "0" or len(whole) == 1 else None


def _size(match: re.Match) -> float:
    """The number of a match of `_digits`, without its sign."""
    whole = match["whole"]
    whole = whole if whole.isdecimal() else re.sub(r"\D", "", whole)
    return float(f"{whole or 0}.{match['part'] or 0}{match['power'] or ''}")


@cache
def _pattern(thousands: str, decimal: str) -> re.Pattern:
    return re.compile(_digits(thousands, decimal))


def _digits(thousands: str, decimal: str) -> str:
    """The pattern of numbers without a sign: whole, part, power."""
    grouped = rf"\d{{1,3}}(?:[{re.escape(_equal_marks(thousands))}]\d{{3}})+|" if thousands else ""
    point = re.escape(decimal)
    return rf"(?P<whole>{grouped}\d+|(?={point}))(?:{point}(?P<part>\d+))?(?P<power>[eE][+-]?\d+)?"


def _decimals(read: list[re.Match]) -> tuple[int | None, bool]:
    """`decimals` and `short` of a `Written`."""
    counts = {len(match["part"] or "") for match in read}
    if any(match["power"] for match in read) or len(counts - {0}) > 1:
        return None, False
    return max(counts), len(counts) > 1


def _commonest(affixes: Iterable[str]) -> str:
    """The commonest form of the one prefix or suffix, with its space; "" for none."""
    counts = Counter(affix for affix in affixes if affix)
    return counts.most_common(1)[0][0] if counts else ""
