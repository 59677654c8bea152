"""Rules of tables: are planted and known ones found, and nothing else; do samples keep them; how long does it take?"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import product

import numpy as np
import pandas as pd
from bars import Run, benchmark, judge, plans
from common import Result, se_of

import genwright
from genwright.core.errors import GivenError
from genwright.kinds.formats.download import cached
from genwright.kinds.named import tables
from genwright.measure.metrics.classifiers import two_sample_auc
from genwright.measure.metrics.trees import telling_apart

SIZES = (400, 2_000, 20_000)
MISTAKES = 1 / 4_000  # share of rows with a mistake; in tables of 2,000 one
WORLDS = range(100, 105)  # others than those that the limits of find_rules.py were chosen on
FRESH, BROKEN = 300_000, 0.002  # fresh rows of which no rule is broken by a larger share


def kind_and_columns(rule) -> tuple[str, frozenset]:
    """By which a rule is known here."""
    return rule.kind, frozenset(rule.columns)


def listed(*rules: tuple) -> set:
    return {("formula" if kind in ("order", "sum") else kind, frozenset(columns)) for kind, *columns in rules}


def journeys(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Orders of numbers and dates; a duration that is their difference."""
    city = rng.normal(17, 4, n).round().clip(9)
    start = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 700, n), "D")
    days = rng.integers(0, 40, n)
    low = rng.gamma(4, 5, n)
    return pd.DataFrame(
        {
            "city": city.astype(int),
            "highway": (city + rng.gamma(6, 1, n).round()).astype(int),
            "booked": start - pd.to_timedelta(rng.integers(0, 60, n), "D"),
            "start": start,
            "end": start + pd.to_timedelta(days, "D"),
            "days": days,
            "cheapest": low,
            "dearest": low + rng.exponential(8, n),
            "fuel": rng.choice(["diesel", "petrol"], n),
            "noise": rng.normal(20, 6, n).round(1),
        }
    )


JOURNEYS = listed(
    ("order", "city", "highway"), ("order", "booked", "start"), ("sum", "start", "end", "days"),
    ("order", "cheapest", "dearest"),
)  # fmt: skip


def invoices(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Sums: rounded, of many parts, of shares; a temperature in two units."""
    net = rng.lognormal(4, 1, n).round(2)
    tax = (0.19 * net).round(2)
    parts = rng.poisson([3, 5, 8, 2], (n, 4))
    celsius = rng.normal(12, 8, n).round(1)
    return pd.DataFrame(
        {
            "net": net,
            "tax": tax,
            "price": (net + tax).round(2),
            **{name: parts[:, j] for j, name in enumerate(("north", "east", "south", "west"))},
            "sold": parts.sum(1),
            "celsius": celsius,
            "fahrenheit": (1.8 * celsius + 32).round(2),
            "shop": rng.choice(list("abcdef"), n),
            "hours": rng.normal(40, 9, n).round(1),
        }
    )


INVOICES = listed(
    ("sum", "tax", "net"), ("sum", "price", "net", "tax"), ("sum", "sold", "north", "east", "south", "west"),
    ("sum", "celsius", "fahrenheit"),
)  # fmt: skip


def people(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Impossible pairs, and cells that are there only where another has a value."""
    sex = rng.choice(["Female", "Male"], n)
    married = rng.random(n) < 0.5
    spouse = np.where(sex == "Male", "Husband", "Wife")
    age = rng.normal(45, 15, n).round().clip(18)
    gain = np.where(rng.random(n) < 0.4, rng.integers(100, 5000, n), 0)
    frame = pd.DataFrame(
        {
            "sex": sex,
            "relationship": np.where(married, spouse, rng.choice(["Single", "Parent"], n)),
            "age": age,
            "pregnancies": np.where(sex == "Female", rng.poisson(1.5, n), np.nan),
            "wedding": np.where(married, rng.integers(1960, 2020, n), np.nan),
            "gain": gain,
            "loss": np.where((gain == 0) & (rng.random(n) < 0.6), rng.integers(100, 5000, n), 0),
            "region": rng.choice(["north", "south", "west"], n, p=[0.5, 0.3, 0.2]),
            "height": rng.normal(170, 10, n).round(),
        }
    )
    frame.loc[rng.random(n) < 0.1, "height"] = np.nan
    return frame


PEOPLE = listed(
    ("impossible", "sex", "relationship"), ("impossible", "sex", "pregnancies"),
    ("impossible", "relationship", "wedding"), ("impossible", "gain", "loss"),
)  # fmt: skip


def addresses(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Columns that another one settles: in a chain, the two of a pair each other, and by bands of a number."""
    zips = np.arange(60) + 1000
    place = rng.choice(60, n, p=rng.dirichlet(np.full(60, 5.0)))
    score = rng.normal(70, 12, n).round(1)
    product = rng.choice(8, n)
    return pd.DataFrame(
        {
            "zip": pd.Series(zips[place]).astype(str),
            "town": np.array([f"town {k // 3}" for k in range(60)])[place],
            "state": np.array([f"state {k // 12}" for k in range(60)])[place],
            "code": np.array(list("ABCDEFGH"))[product],
            "product": np.array(["apple", "bean", "corn", "date", "egg", "fig", "grape", "ham"])[product],
            "score": score,
            "grade": np.select([score < 60, score < 75], ["poor", "fair"], "good"),
            "weight": rng.gamma(3, 2, n),
        }
    )


ADDRESSES = listed(
    ("dependency", "zip", "town"), ("dependency", "town", "state"), ("dependency", "code", "product"),
    ("bands", "score", "grade"),
)  # fmt: skip


def everything(rng: np.random.Generator, n: int) -> pd.DataFrame:
    made = (journeys(rng, n), invoices(rng, n), people(rng, n), addresses(rng, n))
    return pd.concat(
        [part.sample(frac=1, random_state=k).reset_index(drop=True) for k, part in enumerate(made)], axis=1
    )


MADE: dict[str, tuple[Callable, set]] = {
    "journeys": (journeys, JOURNEYS),
    "invoices": (invoices, INVOICES),
    "people": (people, PEOPLE),
    "addresses": (addresses, ADDRESSES),
    "everything": (everything, JOURNEYS | INVOICES | PEOPLE | ADDRESSES),
}


def with_mistakes(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """In a few rows every cell is taken from another row."""
    frame = frame.copy()
    rows = rng.choice(len(frame), round(len(frame) * MISTAKES + 0.1), replace=False)
    for name in frame.columns:
        frame.loc[rows, name] = frame[name].sample(len(rows), random_state=int(rng.integers(2**31))).to_numpy()
    return frame


# ---------------------------------------------------------------------- tables without rules


def independent(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Columns of every kind, with holes."""
    frame = pd.DataFrame(
        {
            **{f"count {k}": rng.poisson(rng.gamma(2, 4), n) for k in range(4)},
            **{f"number {k}": rng.normal(rng.normal(10, 3), rng.gamma(2, 2), n).round(2) for k in range(4)},
            **{f"real {k}": rng.lognormal(rng.normal(), 0.8, n) for k in range(3)},
            **{f"day {k}": pd.Timestamp("2020") + pd.to_timedelta(rng.integers(0, 900, n), "D") for k in range(2)},
            **{f"kind {k}": rng.choice(list("abcdefghij"), n, p=rng.dirichlet(np.full(10, 0.7))) for k in range(4)},
            **{f"place {k}": rng.integers(0, 150, n).astype(str) for k in range(2)},
            **{f"flag {k}": rng.random(n) < rng.random() for k in range(3)},
        }
    )
    for name in frame.columns[::3]:
        frame[name] = frame[name].mask(rng.random(n) < 0.15)
    return frame


def correlated(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Numbers of two common causes, on scales of their own, and categories that depend on them with some noise."""
    scale = np.random.default_rng(rng.integers(10**6))
    causes = rng.normal(size=(n, 2))
    load = scale.normal(size=(2, 10)) * 1.2
    x = causes @ load + rng.normal(size=(n, 10))
    x = scale.normal(50, 8, 10) + scale.gamma(4, 2, 10) * x
    frame = pd.DataFrame(x.round(scale.integers(0, 3)), columns=[f"x{k}" for k in range(10)])
    for k in range(4):
        hidden = causes @ scale.normal(size=2) * 1.5 + rng.normal(size=n)
        frame[f"kind {k}"] = pd.Series(np.digitize(hidden, np.sort(scale.normal(0, 1.5, 4)))).map(lambda c: f"k{c}")
    return frame


# ---------------------------------------------------------------------- real tables


def energy() -> pd.DataFrame:
    """Shapes of buildings: twelve of them, whose surface is that of the walls and twice that of the roof."""
    with np.load(cached("uci-regression/energy.npz")) as file:
        names = ("compactness", "surface", "wall", "roof", "height", "orientation", "glazing", "spread")
        return pd.DataFrame(file["x"], columns=names).assign(heating=file["y"])


CELLS = [f"{side}_{what}" for what in (
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave_points",
    "fractal_dimension",
) for side in ("mean", "worst")]  # fmt: skip
# Of each real table: what was known of it before, and what else is so by what the columns mean. Known rules that chance
# would break in fewer than 20 rows are not asked for: the symmetry of cells, and sulfur dioxide in white wine.
REAL: dict[str, tuple[Callable, set, set]] = {
    "adult": (
        lambda: "adult",
        listed(
            ("dependency", "education", "education_num"), ("impossible", "relationship", "sex"),
            ("impossible", "marital_status", "relationship"), ("impossible", "workclass", "occupation"),
            ("impossible", "capital_gain", "capital_loss"),
        ),
        set(),
    ),
    "titanic with its repeated columns": (
        lambda: tables.table("titanic").items,
        listed(
            ("dependency", "survived", "alive"), ("dependency", "pclass", "class"),
            ("dependency", "embarked", "embark_town"), ("dependency", "who", "adult_male"),
            ("impossible", "sex", "adult_male"), ("impossible", "sex", "who"), ("impossible", "sibsp", "alone"),
            ("impossible", "parch", "alone"),
        ),
        set(),
    ),
    "breast-cancer": (
        lambda: "breast-cancer",
        listed(*(("order", *pair) for pair in zip(CELLS[::2], CELLS[1::2]))),
        listed(*(("order", f"{what}_error", f"mean_{what}") for what in ("concavity", "concave_points"))),
    ),
    "energy": (
        energy,
        listed(("sum", "surface", "wall", "roof")),
        listed(
            *(("dependency", "compactness", of) for of in ("surface", "wall", "roof", "height")),
            *(("dependency", "surface", of) for of in ("compactness", "wall", "roof", "height")),
            ("dependency", "roof", "height"), ("bands", "roof", "height"), ("bands", "surface", "height"),
            ("bands", "compactness", "height"), ("impossible", "glazing", "spread"),
        ),
    ),
    "diamonds": (lambda: "diamonds", listed(("order", "z", "x"), ("order", "z", "y")), set()),
}  # fmt: skip


# ---------------------------------------------------------------------- measuring


def find(source) -> tuple:
    """Data, their rules, and the processor's seconds that finding them took."""
    data = genwright.load_data(source)
    start = time.process_time()
    rules = data.domain.rules
    return data, rules, time.process_time() - start


@benchmark(tiny={"sizes": (400,)})
def table_rules(run: Run, sizes: tuple[int, ...] = SIZES) -> Result:
    """Rules of tables: are planted and known ones found, and nothing else; do samples keep them; how long does it take?

    Five made tables, with and without mistakes, in five worlds each; tables of independent and of correlated columns,
    which have no rules; five real tables.
    """
    missed, false = {}, {}

    def compare(key: str, rules: list, known: set, also: set = frozenset()) -> None:
        found = set(map(kind_and_columns, rules))
        missed[key] = [" ".join([kind, *sorted(columns)]) for kind, columns in known - found]
        false[key] = [str(rule) for rule in rules if kind_and_columns(rule) not in known | also]

    for name, (make, known) in MADE.items():
        for n, world in product(sizes, WORLDS):
            rng = np.random.default_rng(world)
            frame = make(rng, n)
            for what, rows in (("clean", frame), ("with mistakes", with_mistakes(frame, rng))):
                compare(f"{name}, {n:,} rows, {what}, world {world}", find(rows)[1], known)
    for name, (source, known, also) in REAL.items():
        compare(name, find(source())[1], known, also)

    def without(make: Callable) -> dict:
        """Rules in tables that have none, with the share of fresh rows that break them."""
        found = {}
        for n, world in product((100, *sizes), WORLDS):
            data, rules, _ = find(make(np.random.default_rng(world), n))
            fresh = data.domain.broken(make(np.random.default_rng(world), run.small(FRESH, 1_000))).mean(0)
            found[f"{n:,} rows, world {world}"] = [(str(rule), float(share)) for rule, share in zip(rules, fresh)]
        return found

    independents, correlateds, samples = without(independent), without(correlated), {}
    for name, source in ({name: make for name, (make, _) in MADE.items()} | {"adult": lambda *_: "adult"}).items():
        model = run.fit(genwright.load_data(source(np.random.default_rng(0), 2_000)), "independent", items=1)
        samples[name] = [float(model.domain.broken(model.sample(1_000, seed=0)).any(1).mean())]
        try:
            rows = model.sample(1_000, seed=0, keep_rules=True)
            samples[name] += [float(model.domain.broken(rows).any(1).mean()), rows.attrs["kept"][-1]]
        except GivenError as error:
            samples[name] += [0.0, str(error)]
    wide = np.random.default_rng(0).integers(0, 5, (40, 4000))
    wide = pd.DataFrame(wide, columns=[f"x{k}" for k in range(4000)])
    took = {name: find(source)[2] for name, source in (("adult", "adult"), ("40 x 4,000", wide))}
    count, most = lambda found: sum(map(len, found.values())), lambda found: max(map(len, found.values()))
    wrong = {key: [rule for rule, share in rules if share > BROKEN] for key, rules in correlateds.items()}
    tables = f"{len(MADE)} made tables at {len(sizes)} sizes, with and without mistakes, and {len(REAL)} real ones"
    false_of, still = (
        f"false rules in {len(correlateds)} tables of correlated columns without rules, most in one",
        max(share for _, share, _ in samples.values()),
    )
    some = lambda found: {key: rules for key, rules in found.items() if rules}
    return [
        judge("rules", f"planted and known rules not found, {tables}", "0", count(missed)),
        judge("rules", f"false rules, most in a table, {tables}", "<= 1", most(false)),
        judge("rules", f"rules in {len(independents)} tables of independent columns", "0", count(independents)),
        judge("rules", false_of, "<= 1", most(wrong)),
        judge("rules", "samples of columns drawn apart that break a rule, with keep_rules", "0", still),
        judge("rules", "finding the rules of adult, 48,842 x 15", "<= 2", took["adult"], 2, "s"),
        judge("rules", "and of 40 x 4,000", "<= 2", took["40 x 4,000"], 2, "s"),
    ], {"missed": some(missed), "false": some(false), "correlated": some(correlateds), "kept": samples,
        "seconds": took}  # fmt: skip


# ---------------------------------------------------------------------- arithmetic, to the last digit


def orders(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """A workbook of orders: a product with a discount, a tax, a sum, and a date plus days."""
    ordered, days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 360, n), "D"), rng.integers(1, 30, n)
    frame = pd.DataFrame(
        {
            "Units": rng.integers(1, 40, n), "Price": rng.lognormal(3, 0.8, n).round(2),
            "Discount": rng.choice([0, 0.05, 0.1, 0.2], n), "Region": rng.choice(["north", "south", "west"], n),
            "Ordered": ordered, "Days": days, "Delivered": ordered + pd.to_timedelta(days, "D"),
            "Freight": rng.gamma(3, 4, n).round(2),
        }
    )  # fmt: skip
    frame["Total"] = (frame["Units"] * frame["Price"] * (1 - frame["Discount"])).round(2)
    frame["Tax"] = (frame["Total"] * 0.19).round(2)
    return frame.assign(Due=(frame["Total"] + frame["Tax"] + frame["Freight"]).round(2))


def keeps_orders(rows: pd.DataFrame) -> pd.Series:
    cents = lambda name: (100 * rows[name]).round()
    return (
        (rows["Total"] == (rows["Units"] * rows["Price"] * (1 - rows["Discount"])).round(2))
        & (rows["Tax"] == (rows["Total"] * 0.19).round(2))
        & (cents("Due") == cents("Total") + cents("Tax") + cents("Freight"))
        & (rows["Delivered"] == rows["Ordered"] + pd.to_timedelta(rows["Days"], "D"))
    )


def keeps_energy(rows: pd.DataFrame) -> pd.Series:
    return (100 * rows["surface"]).round() == (100 * (rows["wall"] + 2 * rows["roof"])).round()


ARITHMETIC: dict[str, tuple[Callable, Callable]] = {
    "orders": (lambda: orders(np.random.default_rng(0), 2_000), keeps_orders),
    "energy": (energy, keeps_energy),
}
KEPT_SEEDS, KEPT_FAMILIES = (0, 1, 2), ("trees", "flow")
KEPT = plans(
    {
        **{("kept", name): (f"{name}: sampled rows that keep every sum, product and date to the last digit, keep_rules",
                            "least share over families and seeds", ">= 1", {"data": name, "over_seeds": "least"})
           for name in ARITHMETIC},
        **{("auc", name, family): (
               f"{name}, {family}: two-sample AUC with keep_rules less that without: as good", "difference of AUC",
               "<= 0", {"data": name, "sides": ("with_rules", "without"), "margin": 0.02})
           for name in ARITHMETIC for family in KEPT_FAMILIES},
    },
    system="rules", split="test", seeds=KEPT_SEEDS, repeated="trainings",
    budget="20,000 items, at most 0.3 CPU-minutes", minutes=0.3,
)  # fmt: skip


@benchmark(tiny={"items": 300}, plans=("KEPT",))
def kept_rules(run: Run, items: int = 20_000) -> Result:
    """Do samples keep the arithmetic of their table to the last digit, and does that cost any likeness?

    Rows are sampled with and without `keep_rules`, and judged by pandas alone. Trees tell both from test rows.
    """

    def measure(name: str, family: str, seed: int) -> dict[str, float]:
        source, keeps = ARITHMETIC[name]
        data = genwright.load_data(source(), seed=seed)
        whole = data.domain.whole
        model = run.fit(data, family, out=f"{name}-{family}-{seed}", items=items, seed=seed)
        shares = {}
        for way, is_kept in (("without", False), ("with_rules", True)):
            rows = model.sample(len(data.test), seed=seed, keep_rules=is_kept)
            both = np.concatenate([np.asarray(whole.encode(part)[0], float) for part in (data.test, rows)])
            fake = np.repeat([0, 1], [len(data.test), len(rows)])
            test = two_sample_auc(both, fake, telling_apart(both, whole.spec, seed), seed)
            shares |= {way: float(keeps(rows).mean()), f"{way} auc": test.value}
        return shares

    parts = {
        (name, family): [
            run.kept(f"{name}-{family}-{seed}-kept", lambda of=(name, family, seed): measure(*of))
            for seed in KEPT_SEEDS
        ]
        for name in ARITHMETIC for family in KEPT_FAMILIES
    }  # fmt: skip
    return kept_rows(parts), {"parts": {f"{name}, {family}": found for (name, family), found in parts.items()}}


def kept_rows(parts: dict[tuple[str, str], list[dict[str, float]]]) -> list[dict]:
    """parts: {(table, family): what each seed reached}."""
    rows = []
    for name in ARITHMETIC:
        shares = [part["with_rules"] for (of, _), found in parts.items() if of == name for part in found]
        rows.append(KEPT["kept", name].row(min(shares)))
        for family in KEPT_FAMILIES:
            with_rules, without = (
                np.array([part[f"{way} auc"] for part in parts[name, family]]) for way in ("with_rules", "without")
            )
            gaps = with_rules - without
            sides = {"with_rules": float(with_rules.mean()), "without": float(without.mean())}
            rows.append(KEPT["auc", name, family].row(float(gaps.mean()), se_of(gaps), **sides))
    return rows
