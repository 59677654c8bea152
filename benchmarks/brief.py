"""Networks by what a budget allows: few training items suit a smaller network with larger steps."""

from __future__ import annotations

from itertools import product

import numpy as np
from bars import Run, benchmark, plans
from common import Result

import genwright
from genwright.core.data import Data
from genwright.measure.suites.images import Suite
from genwright.zoo import registry

MINUTES = 0.5
ITEMS = 12_000
SETS = ("mnist",)  # at half its side; the values were chosen on digits
FAMILIES = "autoregressive", "diffusion", "flow-matching", "vae"
BRIEF = plans(
    {
        (name, family): (
            f"{name} at half its side, {family}, 30 s of a core: Frechet distance, few items less preset",
            "difference of distances", "shown", {"data": f"{name} at half its side", "sides": ("few items", "preset")})
        for name, family in product(SETS, FAMILIES)
    }
    | {
        "better": ("what suits few items is better than the preset, of four families", "of 4", ">= 3",
                   {"data": "mnist at half its side"}),
        "worse": ("what suits few items is worse than the preset, by more than the error of samples", "of 4", "<= 0",
                  {"data": "mnist at half its side"}),
    },
    system="speed", split="test", seeds=(0,), budget="items of 30 s of a core, one training each", minutes=MINUTES,
)  # fmt: skip


def load(name: str) -> Data:
    """Images of a named set, each pixel the mean of four."""
    whole = genwright.load_data(name)
    pixels = np.concatenate([np.asarray(whole.train)[:ITEMS], np.asarray(whole.test)[: ITEMS // 4]])
    n, side = pixels.shape[:2]
    small = pixels.reshape(n, side // 2, 2, side // 2, 2, -1).mean((2, 4)).round().astype(np.uint8)
    data = genwright.load_data(small)
    data.name = f"{name}-half"
    return data


@benchmark(plans=("BRIEF",))
def brief_networks(run: Run) -> Result:
    """Frechet distances of images after 30 s of a core, by presets and by what suits so few items."""
    rows, better, worse = [], 0, 0
    for name, family in product(SETS, FAMILIES):
        brief = registry.row("images", "generate", family).construction.brief["small"]

        def measure(name: str = name, family: str = family, values: dict = dict(brief.values)) -> dict[str, float]:
            data, found = load(name), {}
            suite = Suite(data, 0)
            for side, changed in (("few items", values), ("preset", {})):
                out = f"{name}-{family}-{side.replace(' ', '-')}"
                options = dict(preset="small", hyperparameters=changed, minutes=MINUTES)
                model = run.fit(data, family, out=out, **options)
                metric = suite.measure(model, only=["frechet"]).metrics["frechet"]
                found |= {side: metric.value, f"{side} se": metric.se}
            return found

        found = run.kept(f"{name}-{family}", measure)
        difference = found["few items"] - found["preset"]
        se = float(np.hypot(found["few items se"], found["preset se"]))
        better, worse = better + (difference < 0), worse + (difference > 1.645 * se)
        sides = {side: found[side] for side in ("few items", "preset")}
        rows.append(BRIEF[name, family].row(difference, se, **sides))
    return [*rows, BRIEF["better"].row(better), BRIEF["worse"].row(worse)], {}
