"""Trainings of one family, repeated: how far they differ, and how often one of two is called really better."""

from __future__ import annotations

import json
from functools import partial
from itertools import combinations
from pathlib import Path
from time import process_time

import numpy as np
from bars import Run, benchmark, plans
from common import Result, data_folder

import genwright
from genwright.measure.differences import (
    Difference,
    by_item,
    real,
    shown_by_trainings,
    unpaired_difference,
    with_trainings,
)
from genwright.measure.intervals import widened
from genwright.measure.metric import Metric
from genwright.measure.suites.tables import Suite
from genwright.zoo import registry
from genwright.zoo.card import UNKNOWN_SPREAD

FAMILIES = {"vae": "nats", "flow": "nats", "gan": "two_sample_auc", "autoregressive": "nats"}  # and what ranks them
SEEDS, SCORED = (0, 1, 2, 3), 600
TABLE = "wine_quality_white.csv.gz"
SPREADS = Path(registry.__file__).with_name("training_spreads.json")
AGAIN = plans(
    {"called": ("white wine: pairs of trainings of one family, one called really better, of 24", "pairs",
                "<= 3 pairs")},
    system="L7", data=TABLE, split="test", seeds=SEEDS, repeated="trainings", over_seeds="count",
    budget="10,000 items each",
)  # fmt: skip


@benchmark(plans=("AGAIN",), tiny={"items": 300})
def repeated_trainings(run: Run, items: int = 10_000) -> Result:
    """Four trainings of each of four families on a table, 600 test rows: how often a comparison calls one of two
    trainings of one family really better, without its error of trainings and with it.

    The spread that judges them is the one that `compare` would take as if this record were not there. Those that are
    measured are written to zoo/training_spreads.json, for other data.
    """
    found = {family: measured(run, family, items) for family in FAMILIES}
    spreads = {family: spread_of(each) for family, each in found.items()}
    called = {family: [called_better(each, r) for r in (0.0, UNKNOWN_SPREAD.value)] for family, each in found.items()}
    print(json.dumps({"spreads": spreads, "called without and with": called}))
    if not run.trial:
        rows = [{"value": round(spreads[family], 4), "family": family, "items": each[0]["trained on"],
                 "minutes": round(float(np.mean([one["minutes"] for one in each])), 3), "record": "repeated_trainings"}
                for family, each in found.items()]  # fmt: skip
        SPREADS.write_text(json.dumps(json.loads(SPREADS.read_text()) | {"tables": rows}, indent=1) + "\n")
    row = AGAIN["called"].row(sum(with_error for _, with_error in called.values()))
    return [row], {"spreads": spreads, "called without and with": called}


def measured(run: Run, family: str, items: int) -> list[dict]:
    """What each training of a family reached on the table, by its test rows."""
    data = genwright.load_data(data_folder("tables", TABLE))

    def training(seed: int) -> dict:
        began, name = process_time(), FAMILIES[family]
        model = run.fit(data, family, items=items, seed=seed)
        minutes = (process_time() - began) / 60
        found = Suite(data, sizes={"scored": SCORED, "samples": SCORED}).measure(model, only=[name])
        metric, (keys, values) = found.metrics[name], found.per_item.get(name, ([], []))
        return {"metric": metric.to_json(), "keys": np.asarray(keys).tolist(), "values": np.asarray(values).tolist(),
                "minutes": minutes, "trained on": len(data.train)}  # fmt: skip

    return [run.kept(f"{family}-{seed}", partial(training, seed)) for seed in SEEDS]


def differences(each: list[dict]) -> list[Difference]:
    """Every two trainings, without an error of trainings."""
    found = []
    for one, other in combinations(each, 2):
        numbers = [Metric(**part["metric"]) for part in (one, other)]
        items = [(np.array(part["keys"]), np.array(part["values"])) for part in (one, other)]
        paired = by_item(*numbers, *items) if one["keys"] else None
        found.append(paired or unpaired_difference(*numbers))
    return found


def spread_of(each: list[dict]) -> float:
    """r of one family, from all its pairs. Where n items see no difference, r^2 may still be a half of what they would
    see."""
    off = differences(each)
    square = np.mean([shown_by_trainings(one) for one in off])
    return float(widened(max(square, 1 / (4 * off[0].n)), len(each) - 1))


def called_better(each: list[dict], r: float) -> int:
    """Pairs of which one is really better, each pair by itself."""
    return sum(real([with_trainings(off, r, r)])[0] for off in differences(each))
