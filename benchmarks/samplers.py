"""How few calls of the network a diffusion model of digits needs: Frechet distance of each sampler over that of the
whole chain.

    python benchmarks/samplers.py [--items 190000]

The first of the cosine chain's levels lies far above the second, over which a step of Heun's method in sigma multiplies
errors: it takes the levels of Karras 2022 instead, from SIGMA_MAX. The chain's 1,000 calls take most of the time.
"""

from __future__ import annotations

import argparse
import time

from bars import bar, record

import genwright
from genwright.evaluation.metrics.frechet import frechet
from genwright.evaluation.suites.images import Suite
from genwright.families.diffusion.samplers import SAMPLERS, added, karras

CALLS = {"dpm-solver": (5, 10, 20, 50), "ddim": (5, 10, 20, 50), "heun": (5, 10, 20, 50), "ancestral": (20, 50)}
SIGMA_MAX = 80.0  # Karras 2022, table 1
DRAWN = 640
BARS = {20: 1.05, 10: 1.15}  # calls: at most so many times the distance of the whole chain


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=190_000)  # about two minutes of one core
    options = parser.parse_args()
    data = genwright.load_data("digits")
    model = genwright.fit(data, "diffusion", items=options.items, seed=0, progress=False)
    suite, family = Suite(data), model.family
    real = suite.features(suite.test)

    def distance(sampler: str, calls: int) -> dict:
        """Heun's method calls twice a level but for the last."""
        family.sampler = SAMPLERS[sampler]
        lowest = float(family.chain.sigma[0])
        levels = karras(lowest, SIGMA_MAX, (calls + 1) // 2) if sampler == "heun" else family.chain.levels(calls)
        family.path = added(levels)
        start = time.monotonic()
        x, _ = data.domain.encode(model.sample(DRAWN, seed=0))
        seconds = time.monotonic() - start
        found = float(frechet(suite.features(x.float() / (data.domain.spec.leaf.levels - 1)), real))
        print(f"{sampler}, {calls} calls: {found:.3f} in {seconds:.1f} s", flush=True)
        return {"frechet": found, "seconds": round(seconds, 2)}

    found = {(sampler, calls): distance(sampler, calls) for sampler, each in CALLS.items() for calls in each}
    whole = distance("ancestral", family.chain.steps)
    bars = []
    for calls, limit in BARS.items():
        best = min((s for s, c in found if c == calls), key=lambda s: found[s, calls]["frechet"])
        ratio = found[best, calls]["frechet"] / whole["frechet"]
        what = f"digits, {best} with {calls} calls, Frechet distance over that of {family.chain.steps} ancestral steps"
        bars.append(bar("F2", what, f"<= {limit}", round(ratio, 3), ratio <= limit))
    record(
        "samplers",
        bars,
        {"items": options.items, "pictures": DRAWN, "chain": whole}
        | {f"{s}, {c} calls": part for (s, c), part in found.items()},
    )


if __name__ == "__main__":
    main()
