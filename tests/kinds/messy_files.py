"""Fifteen tables with the faults that people's files have, each column with what a person understands of it."""

import csv
import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROWS = 240


@dataclass(frozen=True)
class Column:
    """cells: (n,) texts. kind: what a person takes it for. truth: (n,) numbers, NaN where missing, of a number; or
    whether each cell is missing, of another kind. asked: what a proposal about it says, "" where there is none. exact:
    cells come back as they are, character by character."""

    name: str
    cells: list[str]
    kind: str
    truth: np.ndarray | None = None
    asked: str = ""
    exact: bool = True


def number(
    name: str,
    write: Callable[[float], str],
    low: float,
    high: float,
    decimals: int = 0,
    words: tuple[str, ...] = (),
    share: float = 0.06,
    **more,
) -> Callable[[np.random.Generator], Column]:
    def make(rng: np.random.Generator) -> Column:
        values = rng.uniform(low, high, ROWS).round(decimals) + 0.0
        values[:2] = low, high
        cells = [write(value) for value in values]
        if words:
            gone = np.flatnonzero(rng.random(ROWS) < share)
            for k, row in enumerate(gone[gone > 1]):
                cells[row], values[row] = words[k % len(words)], np.nan
        return Column(name, cells, "number", values, exact=len(words) < 2, **more)

    return make


def labels(name: str, words: list[str], kind: str = "category", missing: tuple[str, ...] = (), **more):
    def make(rng: np.random.Generator) -> Column:
        cells = rng.choice([*words, *missing], ROWS).tolist()
        return Column(name, cells, kind, np.isin(cells, missing), exact=kind != "ignored", **more)

    return make


def every(name: str, write: Callable[[int], str], kind: str = "ignored", **more):
    return lambda rng: Column(name, [write(k) for k in range(ROWS)], kind, None, exact=kind != "ignored", **more)


def dates(name: str, form: str, words: tuple[str, ...] = ()):
    def make(rng: np.random.Generator) -> Column:
        days = np.datetime64("2021-01-01") + rng.integers(0, 700, ROWS)
        gone = rng.random(ROWS) < 0.05
        cells = [words[0] if words and g else day.astype(object).strftime(form) for day, g in zip(days, gone)]
        return Column(name, cells, "date", gone & bool(words))

    return make


def grouped(mark: str, decimal: str = ".", decimals: int = 0) -> Callable[[float], str]:
    marks = str.maketrans(",.", mark + decimal) if len(mark) == 1 else None
    return lambda value: f"{value:,.{decimals}f}".translate(marks)


def american(value: float) -> str:
    return f"{value:,.0f}"


GERMAN, FRENCH, SWISS = grouped(".", ",", 2), grouped(" ", ",", 1), grouped("'", ".", 2)
NARROW = grouped("\u202f", ",", 2)
brackets = lambda value: f"({-value:,.0f})" if value < 0 else f"{value:,.0f}"

PRICE = number("price", lambda v: f"${v:,.0f}", 900, 45_400)
PRICE_HOLES = number("price", lambda v: f"${v:,.2f}", 9, 18_000, 2, ("-",))
EURO = number("betrag", GERMAN, 2, 30_000, 2)
EURO_SIGN = number("preis", lambda v: f"{GERMAN(v)} €", 2, 30_000, 2, ("k.A.",))
EURO_BEFORE = number("cost", lambda v: f"€ {v:.0f}", 12, 400)
POUNDS = number("fee", lambda v: f"£{v:,.2f}", 0, 4000, 2, ("n/a",))
CODE = number("salary", lambda v: f"USD {v:,.0f}", 20_000, 250_000, 0, ("unknown",))
MPG = number("mpg", lambda v: f"{v:.0f} mpg", 9, 46)
WEIGHT = number("weight", lambda v: f"{v:.1f} kg", 41, 130, 1, ("missing",))
GLUED = number("length", lambda v: f"{v:.0f}cm", 2, 210)
AREA = number("area", lambda v: f"{v:,.0f} m2", 20, 14_000)
DEGREES = number("temp", lambda v: f"{v:.1f} °C", -15, 38, 1, ("--",))
PERCENT = number("rate", lambda v: f"{v:.0f}%", 0, 100)
PERCENT_HOLES = number("share", lambda v: f"{v:.1f} %", 0, 100, 1, ("-",))
SIGNED = number("change", lambda v: f"{v:+.2f}%", -4, 4.5, 2)
BOOKED = number("balance", brackets, -5200, 9100)
MINUS = number("delta", lambda v: f"{v:.1f}".replace("-", "−"), -9, 11, 1)
SPACES = number("montant", FRENCH, 1, 40_000, 1)
NARROW_SPACES = number("somme", NARROW, 1, 20_000, 2)
APOSTROPHES = number("betrag_chf", SWISS, 5, 21_000, 2)
THOUSANDS = number("people", american, 3, 900_000)
COMMA = number("wert", lambda v: f"{v:.1f}".replace(".", ","), -4, 31, 1, ("k.A.",))
WHOLE_HOLES = number("age", lambda v: f"{v:.0f}", 18, 93, 0, ("k.A.",))
MANY_WORDS = number("score", lambda v: f"{v:.1f}", 0, 10, 1, ("n/v", "-", "#DIV/0!"))
ERRORS = number("ratio", lambda v: f"{v:.3f}", 0, 2, 3, ("#DIV/0!",))
NULLS = number("income", lambda v: f"{v:.0f}", 900, 9900, 0, ("#NULL!",))
NONES = number("children", lambda v: f"{v:.0f}", 0, 9, 0, ("none",), 0.04)
DOTS = number("level", lambda v: f"{v:.2f}", 0, 20, 2, (".",), 0.3)
PLAIN = number("x", lambda v: f"{v:.2f}", -3, 3, 2)


def sentinel(name: str, value: int, low: float, high: float):
    """Numbers, among them one that stands for missing, as it is asked."""

    def make(rng: np.random.Generator) -> Column:
        values = rng.uniform(low, high, ROWS).round()
        values[rng.random(ROWS) < 0.05] = value
        return Column(name, [f"{v:.0f}" for v in values], "number", values, f"--missing {name}={value}")

    return make


def asked(column: Callable, kind: str) -> Callable:
    """A column that is left as it is, and asked about."""

    def make(rng: np.random.Generator) -> Column:
        made = column(rng)
        return Column(made.name, made.cells, kind, None, made.asked, exact=kind != "ignored")

    return make


CLOSED = asked(
    number("visits", lambda v: f"{v:.0f}", 0, 90, 0, ("closed",), asked="--missing visits=closed"), "category"
)
STARS = asked(number("hits", lambda v: f"{v:.0f}", 0, 800, 0, ("***",), asked="--missing 'hits=***'"), "ignored")
UNITS = asked(
    number("size", lambda v: f"{v:.0f} kg" if v > 40 else f"{v * 1000:.0f} g", 1, 90, asked="several units"), "category"
)
AMBIGUOUS = asked(number("units", american, 1000, 1099, asked="--types units=number"), "category")
DASHES = labels("class", ["a", "b", "-"], asked="--missing class=-")

SEX = labels("sex", ["male", "female"])
COLOUR = labels("colour", ["red", "green", "blue"], missing=("k.A.",))
STATE = labels("state", ["open", "closed"], missing=("n/v",))
YES = labels("answer", ["yes", "no", "unknown"])
NONE = labels("extra", ["none", "garden", "pool"])
DRIVE = labels("drive", ["2WD", "4WD"])
RANK = labels("rank", ["1st", "2nd", "3rd"])
BAND = labels("band", ["0-9", "10-19", "20+"])
CENSORED = labels("dose", ["<5", "5", "10", ">10"])
ZIP = labels("zip", ["01067", "80331", "04109", "10115"])
CODES = labels("code", ["A12", "B7", "C01"])
GRADES = labels("grade", ["1a", "1b", "2a"])
PHONES = every("phone", lambda k: f"030 {1000 + 7 * k}")
TEXT = every("note", lambda k: f"seen on row {k} by somebody who had {k % 7} things to say")
SERIAL = every("id", lambda k: str(1000 + k))
ADDRESS = every("ip", lambda k: f"192.168.{k % 250}.{k % 11}")
DAY = dates("day", "%d.%m.%Y")
DAY_HOLES = dates("since", "%Y-%m-%d", ("-",))
DAY_WORD = dates("until", "%d.%m.%Y", ("k.A.",))
MISSING_AGE = sentinel("age", -999, 18, 95)
MISSING_DAYS = sentinel("days", 9999, 0, 400)
MISSING_ONE = sentinel("tenure", -1, 0, 60)

FILES = [  # name, delimiter, encoding, columns
    ("cars", ",", "utf-8", [PRICE, MPG, DRIVE, SEX]),
    ("rechnungen", ";", "utf-8", [EURO, WHOLE_HOLES, DAY, COLOUR]),
    ("umfrage", ";", "cp1252", [COMMA, EURO_SIGN, ZIP, SEX]),
    ("hotels", ",", "utf-8-sig", [EURO_BEFORE, PERCENT, STATE, SERIAL]),
    ("comptes", "\t", "utf-8", [SPACES, PERCENT_HOLES, YES]),
    ("comptes-etroits", ";", "utf-16", [NARROW_SPACES, DAY_WORD, COLOUR]),
    ("konten", "|", "utf-8", [APOSTROPHES, BOOKED, CODES]),
    ("census", ",", "utf-8", [THOUSANDS, AREA, BAND, DAY_HOLES]),
    ("spss", ",", "utf-8", [NULLS, MANY_WORDS, NONE, PHONES]),
    ("clinic", ";", "utf-8", [WEIGHT, DEGREES, CENSORED, ERRORS]),
    ("stocks", ",", "utf-8", [SIGNED, MINUS, DOTS, DASHES]),
    ("garage", "\t", "utf-8", [GLUED, POUNDS, NONES, RANK, GRADES]),
    ("sentinels", ",", "utf-8", [MISSING_AGE, MISSING_DAYS, MISSING_ONE, ADDRESS]),
    ("asked", ",", "utf-8", [CLOSED, UNITS, AMBIGUOUS, STARS, PLAIN]),
    ("packed", ",", "utf-8", [PRICE_HOLES, CODE, TEXT]),
]


def messy_files() -> dict[str, list[Column]]:
    """{name: columns}, the same at every call."""
    return {
        name: [make(np.random.default_rng([k, j])) for j, make in enumerate(made)]
        for k, (name, *_, made) in enumerate(FILES)
    }


def write_file(name: str, folder: Path) -> Path:
    """One of the files as a person has it; the last one is packed."""
    delimiter, encoding = next((d, e) for n, d, e, _ in FILES if n == name)
    columns, path = messy_files()[name], folder / f"{name}.csv"
    with open(path, "w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow([column.name for column in columns])
        writer.writerows(zip(*[column.cells for column in columns]))
    if name != "packed":
        return path
    packed = folder / f"{name}.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    return packed
