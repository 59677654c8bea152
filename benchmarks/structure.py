"""Rules of tables as structure: do samples pass for real rows, does the likelihood lose, and how fast is it?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product

import numpy as np
import pandas as pd
from bars import Run, benchmark, plans
from common import Result, in_turns, medians, se_of
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

import genwright
from genwright.core.data import Data

SEEDS = (0, 1, 2)
FAMILIES, ALL_FAMILIES = ("autoregressive", "flow"), ("autoregressive", "flow", "vae", "trees")
ROWS, FOLDS = 3_000, 5
ADULT_ROWS = 20_000


def orders(rng: np.random.Generator) -> pd.DataFrame:
    """A product with a discount, a town in its region, and a date of dispatch after that of the order."""
    town = rng.choice(24, ROWS, p=np.random.default_rng(0).dirichlet(np.full(24, 3.0)))
    ordered = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 360, ROWS), "D")
    frame = pd.DataFrame(
        {
            "Town": np.array([f"town {k}" for k in range(24)])[town],
            "Region": np.array(["north", "south", "west", "east"])[town % 4],
            "Ordered": ordered,
            "Shipped": ordered + pd.to_timedelta(rng.poisson(2 + town % 5, ROWS), "D"),
            "Units": rng.integers(1, 40, ROWS),
            "Price": rng.lognormal(3, 0.8, ROWS).round(2),
            "Discount": rng.choice([0, 0.05, 0.1, 0.2], ROWS),
        }
    )
    return frame.assign(Total=(frame["Units"] * frame["Price"] * (1 - frame["Discount"])).round(2))


def invoices(rng: np.random.Generator) -> pd.DataFrame:
    """Net, tax and gross of lines, and a currency that the country of the customer settles."""
    country, quantity = rng.choice(6, ROWS, p=[0.4, 0.2, 0.15, 0.1, 0.1, 0.05]), rng.integers(1, 9, ROWS)
    frame = pd.DataFrame(
        {
            "Country": np.array(["DE", "FR", "CH", "GB", "SE", "AT"])[country],
            "Currency": np.array(["EUR", "EUR", "CHF", "GBP", "SEK", "EUR"])[country],
            "Quantity": quantity,
            "Price": np.exp(rng.normal(2.6 + 0.2 * country, 1)).round(2),
        }
    )
    frame["Net"] = (frame["Quantity"] * frame["Price"]).round(2)
    frame["Tax"] = (0.19 * frame["Net"]).round(2)
    return frame.assign(Gross=(frame["Net"] + frame["Tax"]).round(2))


def shares(rng: np.random.Generator) -> pd.DataFrame:
    """Spending of households by its parts, and their sum."""
    size = rng.integers(1, 6, ROWS)
    parts = rng.gamma([6, 4, 2, 1.5], 1, (ROWS, 4)) * size[:, None] ** 0.6 * [120, 80, 60, 40]
    frame = pd.DataFrame(parts.round(), columns=["Rent", "Food", "Travel", "Fun"]).astype(int)
    return frame.assign(Persons=size, Spent=frame.sum(axis=1))


def stays(rng: np.random.Generator) -> pd.DataFrame:
    """Stays in a hospital: three dates in a row, the days between two of them, and a ward with its floor."""
    ward = rng.choice(5, ROWS, p=[0.3, 0.25, 0.2, 0.15, 0.1])
    admitted = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 700, ROWS), "D")
    operated = admitted + pd.to_timedelta(rng.poisson(1 + ward, ROWS), "D")
    days = 1 + rng.poisson(3 + 2 * ward)
    return pd.DataFrame(
        {
            "Ward": np.array(["heart", "bones", "skin", "eyes", "ears"])[ward],
            "Floor": np.array([1, 2, 2, 3, 3])[ward],
            "Age": rng.normal(50 + 5 * ward, 15, ROWS).round().clip(18, 99),
            "Admitted": admitted,
            "Operated": operated,
            "Days": days,
            "Discharged": operated + pd.to_timedelta(days, "D"),
        }
    )


GROUPS = (("Speed", "Gust", "Wind"), ("Job", "Wage"), ("Begun", "Ended"))
OWN_FLAGS = ["Speed", "Wind", "Job", "Begun"]  # no group has two others; what is a difference stays one


def visits(rng: np.random.Generator) -> pd.DataFrame:
    """Three groups of columns that are missing in the same rows: measurements, a job with its wage, two dates."""
    age = rng.integers(18, 90, ROWS)
    begun = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, ROWS), "D")
    speed, job = rng.gamma(2 + age / 30, 3, ROWS).round(1), rng.choice(4, ROWS, p=[0.4, 0.3, 0.2, 0.1])
    frame = pd.DataFrame(
        {
            "Age": age,
            "Speed": speed,
            "Gust": (speed + rng.exponential(4, ROWS)).round(1),
            "Wind": np.where(rng.random(ROWS) < 0.7, "west", "east"),
            "Job": np.array(["field", "shop", "office", "none"])[job],
            "Wage": rng.poisson(12 + 4 * job, ROWS).astype(float),
            "Begun": begun,
            "Ended": begun + pd.to_timedelta(rng.poisson(3, ROWS), "D"),
            "Score": rng.normal(age, 10, ROWS).round(),
        }
    )
    for names, share in zip(GROUPS, (age / 200, 0.2, 0.15)):
        frame.loc[rng.random(ROWS) < share, list(names)] = None
    frame.loc[rng.random(ROWS) < 0.2, "Score"] = np.nan
    return frame


def lonely(rng: np.random.Generator) -> pd.DataFrame:
    """200 to 5,000 rows of up to 20 columns, each missing by itself, in a share of the rows that some others have."""
    rows, shares = int(200 * 25 ** rng.random()), rng.uniform(0.01, 0.7, 3)
    columns = {f"column {k}": rng.normal(size=rows).round(rng.integers(0, 4)) for k in range(rng.integers(2, 21))}
    return pd.DataFrame(columns).where(rng.random((rows, len(columns))) > rng.choice(shares, len(columns)))


def adult(rng: np.random.Generator) -> pd.DataFrame:
    rows = pd.concat([*genwright.load_data("adult").items.values()], ignore_index=True)
    return rows.iloc[rng.choice(len(rows), ADULT_ROWS, replace=False)].reset_index(drop=True)


Features = Callable[[pd.DataFrame], dict]  # rows -> what a reader who knows the rules would look at


def _days(late: pd.Series, early: pd.Series) -> pd.Series:
    return (late - early).dt.days


def _pair(rows: pd.DataFrame, *names: str) -> pd.Series:
    return rows[list(names)].astype(str).agg(" ".join, axis=1)


MADE: dict[str, tuple[Callable, Features]] = {
    "orders": (orders, lambda rows: {
        "ratio": rows["Total"] / (rows["Units"] * rows["Price"] * (1 - rows["Discount"])),
        "lag": _days(rows["Shipped"], rows["Ordered"]), "pair": _pair(rows, "Town", "Region"),
    }),
    "invoices": (invoices, lambda rows: {
        "ratio": rows["Net"] / (rows["Quantity"] * rows["Price"]), "tax": rows["Tax"] / rows["Net"],
        "gap": rows["Gross"] - rows["Net"] - rows["Tax"], "pair": _pair(rows, "Country", "Currency"),
    }),
    "shares": (shares, lambda rows: {"gap": rows["Spent"] - rows[["Rent", "Food", "Travel", "Fun"]].sum(axis=1)}),
    "stays": (stays, lambda rows: {
        "lag": _days(rows["Operated"], rows["Admitted"]), "pair": _pair(rows, "Ward", "Floor"),
        "gap": _days(rows["Discharged"], rows["Operated"]) - rows["Days"],
    }),
}  # fmt: skip
ADULT: tuple[Callable, Features] = adult, lambda rows: {"pair": _pair(rows, "education", "education_num")}

MADE_MINUTES, ADULT_MINUTES = 5 / 60, 7 / 60
STRUCTURE = plans(
    {
        **{("auc", name, family): (
               f"{name}, {family}: AUC of boosting on all columns, ratio, lag and pair, less that of real rows",
               "difference of AUC", "<= 0.06", {"data": name, "sides": ("samples", "real")})
           for name, family in product(MADE, FAMILIES)},
        **{("kept", name): (f"{name}: rows of four families that keep every rule, without an option",
                            "least share over families and seeds", ">= 1",
                            {"data": name, "over_seeds": "least", "check": True})
           for name in MADE},
        **{("nats", name, family): (
               f"{name}, {family}: likelihood of the columns that are left, less that of a model of these alone",
               "nats of a test row", ">= 0", {"data": name, "margin": 0.1, "sides": ("structure", "alone")})
           for name, family in product(MADE, FAMILIES)},
    },
    system="rules", split="test", seeds=SEEDS, repeated="trainings", budget="items of 5 s of a core",
    minutes=MADE_MINUTES,
)  # fmt: skip
STRUCTURE |= plans(
    {
        ("adult", family): (
            f"adult, 20,000 rows, {family}: AUC of boosting on all columns and the pair, with structure less without",
            "difference of AUC", f"<= {most}", {"sides": ("structure", "without")})
        for family, most in (("autoregressive", -0.07), ("flow", -0.08))
    },
    system="rules", data="adult", split="test", seeds=SEEDS, repeated="trainings", budget="items of 7 s of a core",
    minutes=ADULT_MINUTES,
)  # fmt: skip
STRUCTURE |= plans(
    {
        ("speed", what): (f"{what} with structure over {what} without, orders, autoregressive: least of items a second",
                          "ratio of medians in turns", ">= 0.9", {"data": "orders", "sides": ("structure", "without")})
        for what in ("training", "sampling")
    },
    system="rules", split="train", seeds=(0,), budget="20,000 items",
)  # fmt: skip


FLAGS = plans(
    {
        **{("kept", family): (f"visits, {family}: rows in which three groups are missing together, without an option",
                              "share of rows", ">= 1", {"check": True})
           for family in FAMILIES},
        **{("nats", family): (f"visits, {family}: likelihood with a flag a group, less that with a flag a column",
                              "nats of a test row", ">= 0", {"margin": 0.1, "sides": ("shared", "own")})
           for family in FAMILIES},
    },
    system="rules", data="visits", split="test", seeds=(0,), budget="items of 5 s of a core", minutes=MADE_MINUTES,
)  # fmt: skip
FLAGS |= plans(
    {"false": ("groups found in 100 tables of columns that are missing by themselves", "groups", "<= 0")},
    system="rules", data="200 to 5,000 rows of independent columns", split="train", seeds=(0,), budget="none",
)  # fmt: skip


def judge_rows(real: pd.DataFrame, made: pd.DataFrame, features: Features, seed: int) -> float:
    """AUC by which boosting tells made rows from real ones, by cross-validation over all columns and the features."""
    n = min(len(real), len(made))
    both = pd.concat([part.iloc[:n] for part in (real, made)], ignore_index=True)
    both = both.assign(**features(both))
    columns = {}
    for name, cells in both.items():
        if pd.api.types.is_datetime64_any_dtype(cells):
            columns[name] = cells.astype("int64") / 8.64e13
        elif pd.api.types.is_numeric_dtype(cells):
            columns[name] = cells.astype(float)
        else:
            columns[name] = pd.factorize(cells)[0].astype(float)
    fake = np.repeat([0, 1], n)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    boosting = HistGradientBoostingClassifier(random_state=seed)
    said = cross_val_predict(boosting, pd.DataFrame(columns), fake, cv=folds, method="predict_proba")[:, 1]
    return float(roc_auc_score(fake, said))


def load(name: str, make: Callable, seed: int, **options: object) -> Data:
    data = genwright.load_data(make(np.random.default_rng(1_000 + seed)), seed=seed, **options)
    data.name = name
    return data


def keep_rules(data: Data, rows: pd.DataFrame) -> float:
    return float(1 - data.domain.broken(rows).any(1).mean())


def measure_made(run: Run, name: str, seed: int) -> dict[str, float]:
    make, features = MADE[name]
    data, found = load(name, make, seed), {}
    fresh = make(np.random.default_rng(5_000 + seed))  # other rows of the same law
    found["real"] = judge_rows(pd.concat([data.train, data.test]), fresh, features, seed)
    left = [rows.drop(columns=list(data.domain.derived)).assign(part=part) for part, rows in data.items.items()]
    alone = genwright.load_data(pd.concat(left, ignore_index=True), split_column="part", filter="*", seed=seed)
    alone.name = name  # as many items for both
    for family in ALL_FAMILIES:
        of = f"{name}-{family}-{seed}"
        budget = {} if family == "trees" else {"minutes": MADE_MINUTES}  # trees are grown to their end
        model = run.fit(data, family, out=of, seed=seed, **budget)
        rows = model.sample(run.small(ROWS, 200), seed=seed)
        found[f"{family} kept"] = keep_rules(data, rows)
        if family in FAMILIES:
            found[family] = judge_rows(pd.concat([data.train, data.test]), rows, features, seed)
            other = run.fit(alone, family, out=f"{of}-alone", minutes=MADE_MINUTES, seed=seed)
            found[f"{family} nats"] = float(model.log_prob(data.test).mean().value)
            found[f"{family} alone"] = float(other.log_prob(alone.test).mean().value)
    return found


def measure_adult(run: Run, family: str, seed: int) -> dict[str, float]:
    make, features = ADULT
    found = {}
    for side, options in (("structure", {}), ("without", {"filter": "*"})):
        data = load("adult", make, seed, **options)
        model = run.fit(data, family, out=f"adult-{family}-{side}-{seed}", minutes=ADULT_MINUTES, seed=seed)
        rows = model.sample(run.small(len(data.test), 200), seed=seed)
        found[side] = judge_rows(data.test, rows, features, seed)
        pairs = set(map(tuple, data.train[["education", "education_num"]].to_numpy().tolist()))
        found[f"{side} pairs"] = float(
            np.mean([(a, b) in pairs for a, b in zip(rows["education"], rows["education_num"])])
        )
    return found


def measure_speed(run: Run) -> dict[str, dict[str, float]]:
    """Seconds of training and of sampling, with structure and without, in turns."""
    sides = {"structure": load("orders", orders, 0), "without": load("orders", orders, 0, filter="*")}
    items, rows = run.small(20_000, 300), run.small(2_000, 100)
    models = {side: run.fit(data, "autoregressive", items=items) for side, data in sides.items()}
    steps = {
        "training": {side: partial(genwright.fit, data, "autoregressive", items=items, progress=False)
                     for side, data in sides.items()},
        "sampling": {side: partial(model.sample, rows, seed=0) for side, model in models.items()},
    }  # fmt: skip
    return {what: medians(in_turns(both, run.small(5, 1))) for what, both in steps.items()}


@benchmark(plans=("STRUCTURE",))
def table_structure(run: Run) -> Result:
    """Do samples of tables with rules pass for real rows where the rules are structure, and what does it cost?

    Made orders, invoices, sums of shares and stays, and Adult; boosting sees what a reader who knows the rules would
    look at. The likelihood is compared with that of a model of the columns that are left alone.
    """
    found = {
        name: [run.kept(f"made-{name}-{seed}", lambda of=(name, seed): measure_made(run, *of)) for seed in SEEDS]
        for name in MADE
    }
    rows = []
    gaps = lambda parts, one, other: np.array([part[one] - part[other] for part in parts])
    mean = lambda parts, key: float(np.mean([part[key] for part in parts]))
    for name, parts in found.items():
        for family in FAMILIES:
            off = gaps(parts, family, "real")
            sides = {"samples": mean(parts, family), "real": mean(parts, "real")}
            rows.append(STRUCTURE["auc", name, family].row(float(off.mean()), se_of(off), **sides))
            off = gaps(parts, f"{family} nats", f"{family} alone")
            sides = {"structure": mean(parts, f"{family} nats"), "alone": mean(parts, f"{family} alone")}
            rows.append(STRUCTURE["nats", name, family].row(float(off.mean()), se_of(off), **sides))
        least = min(part[f"{family} kept"] for part in parts for family in ALL_FAMILIES)
        rows.append(STRUCTURE["kept", name].row(least))
    for family in FAMILIES:
        parts = [
            run.kept(f"adult-{family}-{seed}-judged", lambda of=(family, seed): measure_adult(run, *of))
            for seed in SEEDS
        ]
        off = gaps(parts, "structure", "without")
        sides = {"structure": mean(parts, "structure"), "without": mean(parts, "without")}
        rows.append(STRUCTURE["adult", family].row(float(off.mean()), se_of(off), **sides))
        found[f"adult {family}"] = parts
    seconds = run.kept("speed", lambda: measure_speed(run))
    for what, each in seconds.items():
        rows.append(STRUCTURE["speed", what].row(each["without"] / each["structure"], **each))
    return rows, {"parts": found, "seconds": seconds}


def measure_flags(run: Run, family: str) -> dict[str, float]:
    """Rows that keep the groups, and the likelihood of test rows with a flag a group and with a flag a column."""
    found, nats = {}, {}
    for side, options in (("shared", {}), ("own", {"filter": OWN_FLAGS})):
        data = load("visits", visits, 0, **options)
        model = run.fit(data, family, out=f"visits-{family}-{side}", minutes=MADE_MINUTES, seed=0)
        rows = model.sample(run.small(ROWS, 200), seed=0)
        apart = np.any([rows[list(names)].isna().nunique(axis=1) > 1 for names in GROUPS], axis=0)
        found[f"{side} kept"], nats[side] = float(1 - apart.mean()), model.log_prob(data.test).nats
    gain = nats["shared"] - nats["own"]
    found |= {side: float(each.mean()) for side, each in nats.items()}
    return found | {"gain": float(gain.mean()), "se": se_of(gain)}


@benchmark(plans=("FLAGS",))
def shared_flags(run: Run) -> Result:
    """Columns that are missing together share a flag: do samples keep it, what does it cost, is it ever an accident?

    A made table with three groups, once as it is and once with a flag for each column, by one training each. Then 100
    tables of columns that are missing by themselves, of which some are missing as often as others.
    """
    rows, found = [], {}
    for family in FAMILIES:
        found[family] = part = run.kept(family, partial(measure_flags, run, family))
        rows.append(FLAGS["kept", family].row(part["shared kept"]))
        sides = {side: part[side] for side in ("shared", "own")}
        rows.append(FLAGS["nats", family].row(part["gain"], part["se"], **sides))
    count = lambda seed: len(genwright.load_data(lonely(np.random.default_rng(seed))).domain.structure.groups)
    groups = run.kept("false", lambda: [count(seed) for seed in range(run.small(100, 3))])
    return [*rows, FLAGS["false"].row(sum(groups))], {"parts": found, "groups": groups}
