"""How fast rows of a table are scored, beside nflows.

    pip install nflows==0.14          (in an environment of its own: no other part of the library needs it)
    GENWRIGHT_DATA=... python benchmarks/row_log_prob.py

Ours is `autoregressive small`, which averages over four orders of the columns and scores cells that are missing or
discrete as well; nflows has its autoregressive neural spline flow on as many numbers (Durkan 2019: five layers, eight
bins, 64 units). One core, in turns; neither is trained to its end, since a step costs what it costs whatever the
weights.
"""

from __future__ import annotations

import time
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
PLAN = Plan(
    "D4",
    "log_prob of rows: speed as a share of that of nflows",
    data="california-housing",
    split="test",
    seeds=(0,),
    metric=f"seconds for {ROWS:,} rows, medians of {ROUNDS} rounds in turns",
    budget=f"{ITEMS:,} items",
    least=0.6,
    unit="times",
    sides=("ours", "nflows"),
)


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
        model = genwright.fit(data, "autoregressive", preset="small", items=ITEMS, progress=False)
    rows = data.test[:ROWS]
    flow, x = peer(rows.shape[1]), torch.randn(ROWS, rows.shape[1])
    sides = {
        "ours": lambda: model.log_prob(rows),
        "nflows": lambda: [flow.log_prob(block) for block in x.split(BLOCK)],
    }
    seconds = {name: [] for name in sides}
    for _ in range(ROUNDS + 1):  # the first fills caches
        for name, score in sides.items():
            seconds[name].append(seconds_of(score))
    took = {name: median(each[1:]) for name, each in seconds.items()}
    record("row_log_prob", [PLAN.row(took["nflows"] / took["ours"], **took)])


if __name__ == "__main__":
    main()
