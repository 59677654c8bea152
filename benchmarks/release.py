"""Twelve rows that each take less than two minutes, repeated at each release with other seeds (row L7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from bars import Plan, Run, benchmark, details_of, interval_of
from common import Result, data_folder, moses_lines, se_of
from repeats import agree
from short_lines import places
from trainings import trained

import genwright
from genwright.core.data import Data
from genwright.run.tasks import task_of

REPEATS = 3  # trainings of each row


@dataclass(frozen=True)
class Repeated:
    """A family on small data, by one metric on test items. task: of data that have several, None for the first."""

    system: str
    what: str
    data: Callable[[], object]
    family: str
    metric: str
    unit: str
    budget: dict[str, float]
    options: dict[str, object] = field(default_factory=dict)
    task: str | None = None


def free_solv() -> Data:
    return genwright.load_data(data_folder("moleculenet", "SAMPL.csv.gz"), target="expt")


def few_places() -> list[str]:
    return places(np.random.default_rng(0))


wine = partial(data_folder, "tables", "wine_quality_white.csv.gz")
ROWS = {
    "vae": Repeated("A2", "vae on digits", lambda: "digits", "vae", "bits_per_dim", "bits", {"items": 10_000}),
    "pixels": Repeated("D1", "autoregressive on digits, preset tiny", lambda: "digits", "autoregressive",
                       "bits_per_dim", "bits", {"items": 5_000}, {"preset": "tiny"}),
    "glow": Repeated("C1", "flow on white wine", wine, "flow", "nats", "nats", {"items": 20_000}),
    "ode": Repeated("C2", "flow matching on pinwheel", lambda: "pinwheel", "flow-matching", "two_sample_auc", "AUC",
                    {"items": 30_000}),
    "made": Repeated("D4", "autoregressive on white wine", wine, "autoregressive", "nats", "nats", {"items": 20_000}),
    "gan": Repeated("B1", "gan on digits", lambda: "digits", "gan", "frechet", "FD", {"items": 10_000}),
    "ddpm": Repeated("F1", "diffusion on digits, preset tiny", lambda: "digits", "diffusion", "frechet", "FD",
                     {"items": 10_000}, {"preset": "tiny"}),
    "lines": Repeated("D3", "autoregressive on made names of places", few_places, "autoregressive", "bits_per_symbol",
                      "bits", {"items": 10_000}),
    "smiles": Repeated("J1", "autoregressive on 2,000 molecules of MOSES", partial(moses_lines, "train", 2_000),
                       "autoregressive", "bits_per_symbol", "bits", {"items": 4_000}),
    "gcn": Repeated("H1", "gcn on Cora", lambda: "cora", "gcn", "accuracy", "%", {"epochs": 100}, task="nodes"),
    "links": Repeated("H4", "gae on links of Cora", lambda: "cora", "gae", "auc", "AUC", {"epochs": 50}, task="links"),
    "dmpnn": Repeated("J6", "dmpnn on FreeSolv", free_solv, "dmpnn", "rmse", "", {"epochs": 20},
                      {"ensemble": 1}),
}  # fmt: skip
PLANS = {
    name: Plan(row.system, f"{row.what}, repeated at each release", row.what.partition(" on ")[2], "test",
               tuple(range(REPEATS)), " ".join(f"{n:,g} {unit}" for unit, n in row.budget.items()), row.metric,
               unit=row.unit, repeated="trainings")
    for name, row in ROWS.items()
}  # fmt: skip
AGREEMENT = Plan(
    "L7", f"of {len(ROWS)} rows repeated at each release by other seeds: within both 90% intervals", "as of each row",
    "test", (0,), "as of each row", "rows", least=len(ROWS) - 2, unit="rows",
)  # fmt: skip


@benchmark(plans=("PLANS", "AGREEMENT"), tiny={"only": ("glow", "gcn")})
def release_rows(run: Run, only: tuple[str, ...] = tuple(ROWS)) -> Result:
    """Twelve rows on small data, by three trainings each, beside what the release before measured with other seeds.

    The first call measures both. Two rows that agree differ by no more than both 90% intervals allow. --only measures
    some rows, and records nothing.
    """
    before = {} if run.trial else details_of("release_rows")
    looks = {name: before.get(name, []) for name in only}
    for name in only:
        while len(looks[name]) < 2 or len(looks[name]) <= len(before.get(name, [])):
            seeds = range(100 * len(looks[name]), 100 * len(looks[name]) + run.small(REPEATS, 1))
            values = [run.kept(f"{name}-{seed}", partial(value_of, run, ROWS[name], seed)) for seed in seeds]
            looks[name] = [*looks[name], look_at(values)]
    if run.trial or set(only) != set(ROWS):
        return None
    found = [PLANS[name].row(one[-1]["measured"], one[-1]["se"]) for name, one in looks.items()]
    agreed = sum(agree(*one[-2:]) for one in looks.values())
    return [AGREEMENT.row(agreed), *found], looks


def value_of(run: Run, row: Repeated, seed: int) -> float:
    """What one training reaches."""
    data = task_of(row.data(), row.task)
    found = trained(run, data, row.family, row.metric, **row.budget, **row.options, seed=seed)
    return float(found["metric"]["value"])


def look_at(values: list[float]) -> dict[str, object]:
    """One measurement of a row: its mean, error and interval over trainings."""
    mean, se = float(np.mean(values)), se_of(values)
    return {"measured": mean, "se": se, "interval": list(interval_of(mean, se, len(values))), "values": values}
