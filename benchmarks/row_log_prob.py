"""How fast rows of a table are scored, beside nflows.

    pip install nflows==0.14          (in an environment of its own: no other part of the library needs it)
    GENWRIGHT_DATA=... python benchmarks/row_log_prob.py

Ours is `autoregressive`, with the preset that this table gets and with the one that fewer rows get; it averages over
four orders of the columns and scores cells that are missing or discrete as well. nflows has its autoregressive neural
spline flow on as many numbers (Durkan 2019: five layers, eight bins, 64 units). One core, in turns; neither is trained
to its end, since a step costs what it costs whatever the weights.
"""

from __future__ import annotations

import time
from functools import partial
from statistics import median

import torch
from bars import Plan, record
from nflows.distributions.normal import StandardNormal
from nflows.flows.base import Flow
from nflows.transforms.autoregressive import MaskedPiecewiseRationalQuadraticAutoregressiveTransform as Spline
from nflows.transforms.base import CompositeTransform
from nflows.transforms.permutations import RandomPermutation

import genwright

ROWS, BLOCK, ROUNDS, ITEMS = 4_000, 1_000, 5, 2_000
LAYERS, BINS, UNITS, REACH = 5, 8, 64, 5.0
PLANS = {
    preset: Plan(
        "D4",
        f"log_prob of rows, {preset}: speed as a share of that of nflows",
        data="california-housing",
        split="test",
        seeds=(0,),
        metric=f"seconds for {ROWS:,} rows, medians of {ROUNDS} rounds in turns",
        budget=f"{ITEMS:,} items",
        least=0.6,
        unit="times",
        sides=("ours", "nflows"),
    )
    for preset in ("large", "small")
}


def peer(columns: int) -> Flow:
    layers = []
    for _ in range(LAYERS):
        spline = Spline(columns, UNITS, num_bins=BINS, tails="linear", tail_bound=REACH, num_blocks=2)
        layers += [RandomPermutation(columns), spline]
    return Flow(CompositeTransform(layers), StandardNormal([columns])).eval()


def seconds_of(score) -> float:
    begun = time.process_time()
    score()
    return time.process_time() - begun


@torch.no_grad()
def main() -> None:
    torch.set_num_threads(1)
    data = genwright.load_data("california-housing")
    with torch.enable_grad():
        fit = lambda preset: genwright.fit(data, "autoregressive", preset=preset, items=ITEMS, progress=False)
        models = {preset: fit(preset) for preset in PLANS}
    rows = data.test[:ROWS]
    flow, x = peer(rows.shape[1]), torch.randn(ROWS, rows.shape[1])
    sides = {preset: partial(model.log_prob, rows) for preset, model in models.items()}
    sides["nflows"] = lambda: [flow.log_prob(block) for block in x.split(BLOCK)]
    seconds = {name: [] for name in sides}
    for _ in range(ROUNDS + 1):  # the first fills caches
        for name, score in sides.items():
            seconds[name].append(seconds_of(score))
    took = {name: median(each[1:]) for name, each in seconds.items()}
    theirs = took["nflows"]
    row = lambda preset, plan: plan.row(theirs / took[preset], ours=took[preset], nflows=theirs)
    record("row_log_prob", [row(preset, plan) for preset, plan in PLANS.items()])


if __name__ == "__main__":
    main()
