"""Columns as people have them, each drawn from a seed: its cells as text, and as a typed source holds them."""

import random
import string
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

ROWS = 84
SWAPPED = str.maketrans(",.", ".,")


@dataclass(frozen=True)
class Drawn:
    """A column: `texts` as a text file holds its cells, "" where one is empty; `typed` as JSON, a workbook, or memory
    does, None where one is empty. marks: whether its texts hold numbers, whose marks are others where the decimal mark
    is a comma. maker: what drew it."""

    name: str
    texts: list[str]
    typed: list
    marks: bool = False
    maker: str = ""

    def swapped(self) -> list[str]:
        """The texts with a decimal comma."""
        swap = lambda text: text.translate(SWAPPED) if self.marks and any(map(str.isdigit, text)) else text
        return [swap(text) for text in self.texts]


def in_text(name: str, texts: list[str], marks: bool = False) -> Drawn:
    """A column that every source holds as text."""
    return Drawn(name, texts, [text if text else None for text in texts], marks)


def typed(name: str, cells: list, write: Callable = str, marks: bool = False) -> Drawn:
    """A column that only text files hold as text."""
    return Drawn(name, ["" if cell is None else write(cell) for cell in cells], cells, marks)


def sprinkle(rng: random.Random, cells: list, words: list, share: float) -> list:
    """The cells with some others among them, at least two of each."""
    cells, places = list(cells), rng.sample(range(len(cells)), max(2 * len(words), round(share * len(cells))))
    for k, place in enumerate(places):
        cells[place] = words[k % len(words)]
    return cells


def numbers(rng: random.Random, decimals: int, low: float, high: float) -> list[float]:
    return [round(rng.uniform(low, high), decimals) for _ in range(ROWS)]


def decimals(rng: random.Random) -> Drawn:
    places, high = rng.randint(1, 4), 10 ** rng.randint(0, 4)
    cells = numbers(rng, places, rng.choice([0, -high]), high)
    return typed(rng.choice(["length", "x", "dose_mg", "Wert"]), cells, lambda v: f"{v:.{places}f}", True)


def whole_numbers(rng: random.Random) -> Drawn:
    high = rng.choice([1, 5, 9, 40, 900, 90_000, 40_000_000])
    return typed(rng.choice(["age", "visits", "score", "count of things"]), [rng.randint(0, high) for _ in range(ROWS)])


def numbers_with_holes(rng: random.Random) -> Drawn:
    share, places = rng.choice([0.02, 0.3, 0.8, 0.95]), rng.choice([0, 2])
    cells = numbers(rng, places, 1, 90)
    cells = [None if rng.random() < share else int(cell) if not places else cell for cell in cells]
    cells[:2] = (3, 17) if not places else (3.25, 17.5)
    return typed(rng.choice(["income", "tenure", "y"]), cells, str, True)


def thousands(rng: random.Random) -> Drawn:
    places, high = rng.choice([0, 0, 2]), rng.choice([40_000, 9_000_000])
    cells = [f"{value:,.{places}f}" for value in numbers(rng, places, 1, high)]
    return in_text(rng.choice(["price", "people", "turnover"]), cells, True)


def spaced_thousands(rng: random.Random) -> Drawn:
    mark = rng.choice([" ", "'", "\u202f"])
    cells = [f"{value:,.1f}".replace(",", mark) for value in numbers(rng, 1, 1, 90_000)]
    return in_text("montant", cells, True)


def units(rng: random.Random) -> Drawn:
    before, after = rng.choice(
        [("", " kg"), ("", "cm"), ("$", ""), ("€ ", ""), ("", " mg/L"), ("USD ", ""), ("", " °C"), ("~", ""), ("", "k")]
    )
    places = rng.randint(0, 2)
    cells = [f"{before}{value:,.{places}f}{after}" for value in numbers(rng, places, 2, rng.choice([90, 20_000]))]
    return in_text(rng.choice(["weight", "cost", "temp"]), sprinkle(rng, cells, [""], 0.05), True)


def percents(rng: random.Random) -> Drawn:
    space, places = rng.choice(["", " "]), rng.randint(0, 1)
    return in_text("rate", [f"{value:.{places}f}{space}%" for value in numbers(rng, places, 0, 100)], True)


def sentinels(rng: random.Random) -> Drawn:
    sentinel, cells = rng.choice([-999, 9999, -1, -99, 99_999]), numbers(rng, rng.choice([0, 1]), 15, 95)
    whole = all(cell == int(cell) for cell in cells)
    cells = [int(cell) for cell in cells] if whole else cells
    return typed("age", sprinkle(rng, cells, [sentinel if whole else float(sentinel)], 0.08), str, True)


def relations(rng: random.Random) -> Drawn:
    cells = [f"{value:.1f}" for value in numbers(rng, 1, 0.5, 60)]
    share = rng.choice([0.1, 0.35])
    signs = rng.choice([["<"], [">"], ["<", ">"], ["≤", "≥"], ["< "], [">="]])
    return in_text("IC50", [rng.choice(signs) + cell if rng.random() < share else cell for cell in cells], True)


def footnotes(rng: random.Random) -> Drawn:
    cells, mark = (
        [f"{value:.1f}" for value in numbers(rng, 1, 0, 90)],
        rng.choice(["*", "**", " a", " (1)", "[2]", "†"]),
    )
    return in_text("yield", [cell + mark * (rng.random() < 0.06) for cell in cells], True)


def words_for_missing(rng: random.Random) -> Drawn:
    words = rng.sample(["n/a", "NA", "-", "k.A.", "unknown", "?", "NULL", "None", "#DIV/0!", "."], rng.randint(1, 2))
    places = rng.choice([0, 1])
    cells = [f"{value:.{places}f}" for value in numbers(rng, places, 0, 500)]
    return in_text("level", sprinkle(rng, cells, words, rng.choice([0.05, 0.3])), True)


def numbers_beside_words(rng: random.Random) -> Drawn:
    """Numbers that have a type, and words, in one column."""
    words = rng.choice([["closed"], ["n/a"], ["-"], ["low", "high"], ["***"]])
    cells = sprinkle(rng, [int(value) for value in numbers(rng, 0, 0, 500)], words, rng.choice([0.05, 0.3]))
    return typed("visits", cells)


FORMS = [
    "%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%d %b %Y", "%B %d, %Y", "%Y/%m/%d", "%d-%b-%y", "%Y-%m", "%d.%m.%y"
]  # fmt: skip
STAMPS = [
    "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y, %H:%M", "%m/%d/%Y %H:%M", "%Y-%m-%d %H:%M:%S UTC",
    "%Y-%m-%dT%H:%M:%SZ", "%Y/%m/%d %I:%M:%S %p", "%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M:%S.%f",
]  # fmt: skip


def moments(rng: random.Random, days: int) -> list[datetime]:
    first = datetime(rng.randint(1990, 2023), rng.randint(1, 12), rng.randint(1, 28))
    return [first + timedelta(days=rng.randint(0, days), seconds=rng.randint(0, 86_399)) for _ in range(ROWS)]


def dates(rng: random.Random) -> Drawn:
    form = rng.choice(FORMS)
    cells = [moment.strftime(form) for moment in moments(rng, rng.choice([40, 900, 9000]))]
    words = rng.choice([[], [], [""], ["-"], ["unknown"]])
    return in_text(rng.choice(["day", "born", "since"]), sprinkle(rng, cells, words, 0.06) if words else cells)


def stamps(rng: random.Random) -> Drawn:
    form = rng.choice(STAMPS)
    return in_text(rng.choice(["seen", "created_at"]), [moment.strftime(form) for moment in moments(rng, 300)])


def typed_days(rng: random.Random) -> Drawn:
    cells = [moment.replace(hour=0, minute=0, second=0) for moment in moments(rng, 900)]
    if rng.random() < 0.5:
        cells = sprinkle(rng, cells, [None], 0.1)
    return typed("day", cells, lambda cell: f"{cell:%Y-%m-%d}")


def days_as_numbers(rng: random.Random) -> Drawn:
    cells = [int(f"{moment:%Y%m%d}") for moment in moments(rng, rng.choice([60, 3000]))]
    return typed(
        rng.choice(["date", "day", "visit"]), sprinkle(rng, cells, [None], 0.1) if rng.random() < 0.5 else cells
    )


def clock_times(rng: random.Random) -> Drawn:
    form = rng.choice(["%H:%M", "%I:%M %p", "%H:%M:%S", "%H.%M"])
    return in_text("time", [moment.strftime(form) for moment in moments(rng, 1)])


def years(rng: random.Random) -> Drawn:
    return typed("year", [rng.randint(1950, 2024) for _ in range(ROWS)])


def booleans_in_words(rng: random.Random) -> Drawn:
    words = rng.choice(
        ["yes no", "ja nein", "Y N", "true false", "TRUE FALSE", "on off", "t f", "oui non", "x o", "True False"]
    ).split()
    cells = [rng.choice(words) for _ in range(ROWS)]
    more = rng.choice([[], [""], ["unknown"], ["n/a"]])
    return in_text("smoker", sprinkle(rng, cells, more, 0.08) if more else cells)


def truth_values(rng: random.Random) -> Drawn:
    cells = [rng.random() < 0.4 for _ in range(ROWS)]
    return typed("alive", sprinkle(rng, cells, [None], 0.1) if rng.random() < 0.5 else cells)


def labels(rng: random.Random) -> Drawn:
    words = rng.choice([["red", "green", "blue"], ["A12", "B7", "C01"], ["Köln", "Łódź", "São Paulo"], ["0-9", "10+"]])
    return in_text("colour", [rng.choice(words) for _ in range(ROWS)])


def labels_like_missing(rng: random.Random) -> Drawn:
    words = rng.choice([["DE", "NA", "US"], ["None", "garden", "pool"], ["null", "one"], ["nan", "roti"], ["N/A", "a"]])
    return in_text("region", [rng.choice(words) for _ in range(ROWS)])


def labels_with_holes(rng: random.Random) -> Drawn:
    cells = [rng.choice(["open", "closed", "in work"]) for _ in range(ROWS)]
    return in_text("state", sprinkle(rng, cells, [rng.choice(["", "-", "k.A.", "?", "missing"])], 0.1))


def labels_of_several_spellings(rng: random.Random) -> Drawn:
    return in_text("sex", [rng.choice(["male", "Male", "female", "female ", " male"]) for _ in range(ROWS)])


def mixed(rng: random.Random) -> Drawn:
    cells = [rng.choice(["12", "7.5", "high", "low", "2021-03-04", "yes", ""]) for _ in range(ROWS)]
    return in_text("result", cells)


def running_numbers(rng: random.Random) -> Drawn:
    first = rng.randint(1, 90_000)
    return typed(rng.choice(["id", "customer_id", "No"]), [first + k for k in range(ROWS)])


def names_of_rows(rng: random.Random) -> Drawn:
    prefix, width = rng.choice([("P", 4), ("S-", 3), ("2024/", 5)])
    return in_text("sample", [f"{prefix}{k + 1:0{width}}" for k in range(ROWS)])


def codes_with_zeros(rng: random.Random) -> Drawn:
    codes = [f"{rng.randint(0, 99_999):05}" for _ in range(rng.choice([6, 60]))]
    return in_text("zip", ["01067", *(rng.choice(codes) for _ in range(ROWS - 1))])


def large_numbers(rng: random.Random) -> Drawn:
    return typed("account", [rng.randint(2**53 + 1, 2**62) for _ in range(ROWS)])


def nearly_constant(rng: random.Random) -> Drawn:
    common, rare = rng.choice([(0, 1), (0.0, 2.5), ("ok", "broken"), (12, 13), (100, None)])
    cells = [common] * ROWS
    for place in rng.sample(range(ROWS), rng.choice([0, 1, 3])):
        cells[place] = rare
    return typed("flag", cells, str, isinstance(common, float))


def free_text(rng: random.Random) -> Drawn:
    words = ["seen", "by", "the", "nurse", "again", "late", "he", "said", "no", "pain", "since", "Monday"]
    return in_text("note", [f"{' '.join(rng.choices(words, k=rng.randint(3, 9)))} {k}" for k in range(ROWS)])


def exponents(rng: random.Random) -> Drawn:
    cells = [float(f"{rng.uniform(1, 9):.3g}e{rng.randint(-9, -5)}") for _ in range(ROWS)]
    return typed("p", cells, lambda value: f"{value:.2e}", True)


def booked(rng: random.Random) -> Drawn:
    minus = rng.choice(["-", "−", "("])
    write = lambda v: f"({-v:.2f})" if minus == "(" and v < 0 else f"{v:.2f}".replace("-", minus)
    return in_text("balance", [write(value) for value in numbers(rng, 2, -50, 90)], True)


def padded(rng: random.Random) -> Drawn:
    cells = [f"{' ' * rng.randint(0, 2)}{value:.1f}{' ' * rng.randint(0, 1)}" for value in numbers(rng, 1, 0, 90)]
    return in_text("reading", cells, True)


def letters(rng: random.Random) -> Drawn:
    return in_text("grade", [rng.choice(string.ascii_uppercase[:5]) for _ in range(ROWS)])


def ratings(rng: random.Random) -> Drawn:
    return in_text("rank", [rng.choice(["1st", "2nd", "3rd", "10th"]) for _ in range(ROWS)])


MAKERS = [
    decimals, whole_numbers, numbers_with_holes, thousands, spaced_thousands, units, percents, sentinels, relations,
    footnotes, words_for_missing, numbers_beside_words, dates, dates, stamps, typed_days, days_as_numbers, clock_times,
    years, booleans_in_words, truth_values, labels, labels_like_missing, labels_with_holes, labels_of_several_spellings,
    mixed, running_numbers, names_of_rows, codes_with_zeros, large_numbers, nearly_constant, free_text, exponents,
    booked, padded, letters, ratings,
]  # fmt: skip


def draw_column(seed: int, number: int) -> Drawn:
    """The column of a number: every maker comes before one comes again."""
    order = random.Random(f"{seed} {number // len(MAKERS)}")
    maker = order.sample(MAKERS, len(MAKERS))[number % len(MAKERS)]
    return replace(maker(random.Random(f"{seed}-{number}")), maker=maker.__name__)
