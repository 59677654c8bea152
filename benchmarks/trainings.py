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
from short_lines import places

import genwright
from genwright.core.data import Data
from genwright.measure.differences import (
    Difference,
    Trainings,
    by_item,
    real,
    shown_by_trainings,
    unpaired_difference,
    with_trainings,
)
from genwright.measure.intervals import widen
from genwright.measure.metric import Metric
from genwright.studies.report.results import SIGN
from genwright.zoo import registry
from genwright.zoo.card import default_spread

FAMILIES = {"vae": "nats", "flow": "nats", "gan": "two_sample_auc", "autoregressive": "nats"}  # and what ranks them
SEEDS, SCORED = (0, 1, 2, 3), 600
LONGER = 30_000  # items of trainings beside the short ones
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
    longer = {family: measured(run, family, run.small(LONGER, items)) for family in FAMILIES}
    spreads = {family: spread_of(each) for family, each in found.items()}
    called = {family: [called_better(each, r) for r in (0.0, default_spread().value)] for family, each in found.items()}
    print(json.dumps({"spreads": spreads, "called without and with": called}))
    second = {family: called_with_second(each) for family, each in found.items()}
    if not run.trial:
        write_spreads("tables", [found, longer], run.name)
    note = f"{sum(second.values())} where each has a second training beside the default"
    row = AGAIN["called"].row(sum(with_error for _, with_error in called.values()), note=note)
    found = {"spreads": spreads, "called without and with": called, "called with second trainings": second}
    return [row], found | {f"spreads by {LONGER:,} items": {family: spread_of(each) for family, each in longer.items()}}


ELSEWHERE = {  # kind: data, families and what ranks them
    "images": ("digits", {"vae": "bits_per_dim", "flow": "bits_per_dim", "gan": "frechet",
                          "flow-matching": "frechet"}),
    "sequences": ("made names of places", {"autoregressive": "bits_per_symbol", "vae": "bits_per_symbol"}),
}  # fmt: skip
LARGEST = plans(
    {kind: (f"{data}: standard deviation over trainings of the mean, in those of one item's difference",
            "largest over families", "shown", {"data": data}) for kind, (data, _) in ELSEWHERE.items()},
    system="L7", split="test", seeds=SEEDS, repeated="trainings", over_seeds="largest", budget="10,000 items each",
)  # fmt: skip


@benchmark(plans=("LARGEST",), tiny={"items": 300})
def other_spreads(run: Run, items: int = 10_000) -> Result:
    """Four trainings of each of some families of images and of lines: how far they differ. What is measured is written
    to zoo/training_spreads.json, by which `compare` allows for training again."""
    rows, details = [], {}
    for kind, (data, families) in ELSEWHERE.items():
        source = data if kind == "images" else places(np.random.default_rng(0))
        found = {family: measured(run, family, items, source, name) for family, name in families.items()}
        details[kind] = {family: spread_of(each) for family, each in found.items()}
        if not run.trial:
            write_spreads(kind, [found], run.name)
        note = ", ".join(f"{family} {spread:.3f}" for family, spread in details[kind].items())
        rows.append(LARGEST[kind].row(max(details[kind].values()), note=note))
    return rows, details


def write_spreads(kind: str, lengths: list[dict[str, list[dict]]], record: str) -> None:
    """Write how far trainings of families of a kind differ to the package. lengths: {family: its trainings} of each."""
    rows = [{"value": round(spread_of(each), 4), "family": family, "items": each[0]["trained on"],
             "minutes": round(float(np.mean([one["minutes"] for one in each])), 3), "record": record}
            for found in lengths for family, each in found.items()]  # fmt: skip
    SPREADS.write_text(json.dumps(json.loads(SPREADS.read_text()) | {kind: rows}, indent=1) + "\n")


def measured(run: Run, family: str, items: int, source: object = None, name: str = "") -> list[dict]:
    """What each training of a family reached on data, by default the table; name: of the metric that ranks."""
    data = genwright.load_data(data_folder("tables", TABLE) if source is None else source)
    training = partial(trained, run, data, family, name or FAMILIES[family], items=items)
    called = f"{data.kind}-{family}-{items}"
    return [run.kept(f"{called}-{seed}", partial(training, seed=seed)) for seed in SEEDS]


def trained(run: Run, data: Data, family: str, name: str, **options: object) -> dict:
    """A metric of a family that was trained with options of `fit`, and its numbers of single test items."""
    began = process_time()
    model = run.fit(data, family, **options)
    minutes = (process_time() - began) / 60
    suite = registry.suite_class(data)(data, 0, {"scored": SCORED, "samples": SCORED})
    found = suite.measure(model, only=[name])
    metric, (keys, values) = found.metrics[name], found.per_item.get(name, ([], []))
    return {"metric": metric.to_json(), "keys": np.asarray(keys).tolist(), "values": np.asarray(values).tolist(),
            "minutes": minutes, "trained on": len(data.train)}  # fmt: skip


def difference(one: dict, other: dict) -> Difference:
    """The difference of two trainings, without an error of trainings."""
    numbers = [Metric(**part["metric"]) for part in (one, other)]
    items = [(np.array(part["keys"]), np.array(part["values"])) for part in (one, other)]
    paired = by_item(*numbers, *items) if one["keys"] else None
    return paired or unpaired_difference(*numbers)


def differences(each: list[dict]) -> list[Difference]:
    """Every two trainings."""
    return [difference(one, other) for one, other in combinations(each, 2)]


PAIRS, LATENTS = 10, (4, 64)
NAMED = plans(
    {"named": (f"white wine: vae of {LATENTS[0]} and of {LATENTS[1]} latents, pairs of {PAIRS} of which the better one "
               "is called really better", "pairs", ">= 7 pairs")},
    system="L7", data=TABLE, split="test", seeds=tuple(range(PAIRS)), repeated="trainings", over_seeds="count",
    budget=f"{LONGER:,} items each",
)  # fmt: skip


@benchmark(plans=("NAMED",), tiny={"pairs": 2, "items": 300})
def better_size(run: Run, pairs: int = PAIRS, items: int = LONGER) -> Result:
    """Pairs of a small and a large VAE on a table: how often a comparison calls the better one really better, or the
    worse one.

    Each pair is judged as `compare` does: item by item, with a second training of both, beside the spread on record,
    which is of the default size. The better one has the better mean over all trainings.
    """
    data = genwright.load_data(data_folder("tables", TABLE))
    training = partial(trained, run, data, "vae", FAMILIES["vae"], items=items)
    each = {
        width: [
            run.kept(f"{TABLE}-{width}-{seed}", partial(training, hyperparameters={"latents": width}, seed=seed))
            for seed in range(2 * pairs)
        ]
        for width in LATENTS
    }
    small, large = each.values()
    means = [float(np.mean([one["metric"]["value"] for one in found])) for found in (small, large)]
    called = [really_better(data, (small[k], small[k + pairs]), (large[k], large[k + pairs])) for k in range(pairs)]
    better = LATENTS[SIGN[small[0]["metric"]["better"]] * (means[0] - means[1]) > 0]
    wrong = sum(one not in (None, better) for one in called)
    spreads = {str(width): spread_of(found) for width, found in each.items()}
    note = f"the worse one in {wrong}; means {means[0]:.4g} and {means[1]:.4g}"
    row = NAMED["named"].row(called.count(better), note=note)
    return [row], {"means": means, "called": called, "better": better, "spreads": spreads}


def really_better(data: Data, small: tuple[dict, dict], large: tuple[dict, dict]) -> int | None:
    """The latents of the size that is really better; None where neither is. small, large: two trainings each."""
    known = []
    for first, second in (small, large):
        number = Metric(**first["metric"])
        spread = registry.training_spread(data.kind, data.task, "vae", first["trained on"], first["minutes"]).value
        known.append(Trainings(spread, (2 * number.n) ** 0.5 * number.se, difference(second, first)))
    off = with_trainings(difference(small[0], large[0]), *known)
    return LATENTS[SIGN[number.better] * off.value > 0] if real([off])[0] else None


def spread_of(each: list[dict]) -> float:
    """r of one family, from all its pairs. Where n items see no difference, r^2 may still be a half of what they would
    see."""
    off = differences(each)
    square = np.mean([shown_by_trainings(one) for one in off])
    return float(widen(max(square, 1 / (4 * off[0].n)), len(each) - 1))


def called_with_second(each: list[dict]) -> int:
    """Pairs of which one is really better, where each has a second training: the first two that are left."""
    called = 0
    for a, b in combinations(range(len(each)), 2):
        others = [k for k in range(len(each)) if k not in (a, b)]
        seconds = [difference(each[k], each[one]) for k, one in zip(others, (a, b))]
        known = [Trainings(default_spread().value, second=second) for second in seconds]
        called += real([with_trainings(difference(each[a], each[b]), *known)])[0]
    return called


def called_better(each: list[dict], r: float) -> int:
    """Pairs of which one is really better, each pair by itself."""
    return sum(real([with_trainings(off, Trainings(r), Trainings(r))])[0] for off in differences(each))
