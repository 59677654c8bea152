"""How few calls of the network a draw needs: Frechet distance of the samplers with 20 and 10 calls over that of a long
chain, for `diffusion` and `flow-matching`.

    GENWRIGHT_DATA=FOLDER python benchmarks/samplers.py [--dataset digits ...] [--folder runs/samplers]

The chain is the sampler `ancestral`. Every sampler draws 2,000 digits, or 500 images of Fashion-MNIST: 2,000 would take
a core five hours. `diffusion` of digits takes its whole chain. Of its 1,000 steps 12 are cut off, as their noise does
not change a pixel. `flow-matching`, which has no chain of its own, and Fashion-MNIST take 200 steps.

The sampler is chosen by its distance from validation images, and its ratio measured on test images. Samples are drawn
again with replacement 500 times; the interval of the logarithm of the ratio is that of the basic bootstrap, which takes
off the bias that repeated samples bring. Heun's method takes part at 20 calls alone: with fewer its steps are too long
to be of use.

Set OMP_NUM_THREADS=1. The script writes each part to disk as it is measured, and resumes. Each of two processes may
take a data set of its own; the one that ends last, or a call without --dataset, writes the record. Models train on the
processor and draw on a GPU if there is one; the record names the device.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import numpy as np
from bars import Plan, kept, record
from kept_samples import draw, drawn

import genwright
from genwright.evaluation.metrics.frechet import gaussian_distance, moments
from genwright.evaluation.suites.images import Suite


@dataclass(frozen=True)
class Setting:
    """A data set: minutes of training, samples drawn, steps of the chain of each family."""

    minutes: float
    samples: int
    chain: dict[str, int]


SETTINGS = {
    "digits": Setting(4.0, 2_000, {"diffusion": 988, "flow-matching": 200}),
    "fashion-mnist": Setting(3.0, 500, {"diffusion": 200, "flow-matching": 200}),
}
SAMPLERS = {20: ("dpm-solver", "ddim", "heun", "ancestral"), 10: ("dpm-solver", "ddim", "ancestral")}
MOST = {20: 1.10, 10: 1.20}
CHAIN, SEED, RESAMPLES = "ancestral", 0, 500
PLANS = {
    (name, family, calls): Plan(
        system="F2",
        what=f"{name}, {family}, best sampler with {calls} calls: Frechet distance over that of {steps:,} steps",
        data=name,
        split="test; the sampler is chosen on validation images",
        seeds=(SEED,),
        budget=f"{of.minutes:g} minutes of one core, {of.samples:,} samples",
        metric="upper end of the 95% interval of the ratio, bootstrap over samples",
        minutes=of.minutes,
        most=MOST[calls] if name == "digits" else None,
        sides=("ratio", "low", "high"),
    )
    for name, of in SETTINGS.items()
    for family, steps in of.chain.items()
    for calls in MOST
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/samplers"))
    parser.add_argument("--dataset", nargs="*", choices=list(SETTINGS), default=list(SETTINGS))
    options = parser.parse_args()
    for name in options.dataset:
        bench = Bench(name, options.folder / name)
        kept(bench.folder, "measured", bench.ratios)
    measured = {name: options.folder / name / "measured.json" for name in SETTINGS}
    if missing := [name for name, path in measured.items() if not path.exists()]:
        print(f"not recorded yet: measure {', '.join(missing)} in {options.folder} too")
        return
    found = {name: json.loads(path.read_text()) for name, path in measured.items()}
    rows = []
    for (name, family, calls), plan in PLANS.items():
        part = found[name][f"{family}-{calls}"]
        rows.append(plan.row(part["high"], digits=3, **{side: part[side] for side in plan.sides}))
    record("samplers", rows, found)


class Bench:
    """The models of one data set, their samples, and how far these are from validation and test images."""

    def __init__(self, name: str, folder: Path):
        self.setting, self.folder = SETTINGS[name], folder
        self.data = genwright.load_data(name)
        self.suite = Suite(self.data)
        self.levels = self.data.domain.spec.leaf.levels
        self.devices: set[str] = set()  # that drew the samples
        folder.mkdir(parents=True, exist_ok=True)

    def ratios(self) -> dict:
        pairs = [(family, calls) for family in self.setting.chain for calls in MOST]
        return {f"{family}-{calls}": self.ratio(family, calls) for family, calls in pairs}

    def ratio(self, family: str, calls: int) -> dict:
        validation = moments(self._read(self.data.valid))
        samples = {sampler: self.samples(family, sampler, calls) for sampler in SAMPLERS[calls]}
        distances = {
            sampler: gaussian_distance(*moments(features), *validation) for sampler, features in samples.items()
        }
        best = min(distances, key=distances.get)
        chain = self.samples(family, CHAIN, self.setting.chain[family])
        test = moments(self.suite.features(self.suite.test))
        found = {"sampler": best, "validation": distances, "devices": sorted(self.devices)}
        return found | interval(samples[best], chain, test)

    def samples(self, family: str, sampler: str, calls: int) -> np.ndarray:
        """Features (n, d) of samples with so many calls of the network at most."""
        path = self.folder / f"{family}-{sampler}-{calls}.npz"
        if not path.exists():
            budget = dict(minutes=self.setting.minutes, seed=SEED, device="cpu", progress=False)
            model = genwright.fit(self.data, family, out=self.folder / family, **budget)
            start, steps = monotonic(), (calls + 1) // 2 if sampler == "heun" else calls
            assert model.effort(steps=steps, sampler=sampler).network_calls <= calls
            draw(path, self.folder / family, self.setting.samples, seed=SEED, sampler=sampler, steps=steps)
            print(f"{path}: {monotonic() - start:.0f} s", flush=True)
        images, device = drawn(path)
        self.devices.add(device)
        return self._read(images)

    def _read(self, images) -> np.ndarray:
        x, _ = self.data.domain.encode(images)
        return self.suite.features(x.float() / (self.levels - 1))


def interval(few: np.ndarray, chain: np.ndarray, real: tuple[np.ndarray, np.ndarray]) -> dict:
    """The distance of samples `few` from `real` (moments) over that of `chain`, and its 95% interval."""
    rng = np.random.default_rng(SEED)
    again = lambda features: features[rng.integers(len(features), size=len(features))]
    log_ratio = lambda a, b: np.log(gaussian_distance(*moments(a), *real) / gaussian_distance(*moments(b), *real))
    centre = log_ratio(few, chain)
    low, high = np.quantile([log_ratio(again(few), again(chain)) for _ in range(RESAMPLES)], [0.025, 0.975])
    ends = {"ratio": centre, "low": 2 * centre - high, "high": 2 * centre - low}
    return {name: float(np.exp(value)) for name, value in ends.items()}


if __name__ == "__main__":
    main()
