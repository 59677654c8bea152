"""Whether samples are what was asked for: molecules by their logP, graphs by their edges, points by their energy.

    python benchmarks/given_kept.py [moses graphs qm7 ..] [--minutes 10] [--folder runs/given-kept]

Each model is trained with the property, and asked for what training items have. How far samples are from it, as trees
that read it from real items tell (`given_error`), stands beside what real test items reach, and beside what the same
samples reach when they are taken for each other's. A run that is in FOLDER is measured as it is.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from bars import bar, record

import genwright
from genwright.core.data import Data
from genwright.data.named.molecules import moses
from genwright.evaluation.metrics.molecules import describe
from genwright.recipes import registry
from genwright.reports.results import metric_json

MOLECULES, SAMPLES = 20_000, 1_000
HALF = 0.5  # of the way from what real items reach to a guess


def logp() -> Data:
    """Molecules of MOSES, with the property that everybody can compute."""
    raw = moses()
    train = [text for text, part in zip(raw.items, raw.parts) if not part]
    some = [train[k] for k in np.random.default_rng(0).choice(len(train), MOLECULES, replace=False)]
    table = pd.DataFrame({"smiles": some, "logP": describe(some, ("properties",)).property("logp")})
    return genwright.load_data(table, kind="molecules", given=["logP"])


SETS = {  # name -> data and family
    "moses": (logp, "autoregressive"),
    "graphs": (lambda: genwright.load_data("qm9-graphs", given=["edges"]), "discrete-diffusion"),
    "qm7": (lambda: genwright.load_data("qm7", given=["energy"]), "equivariant-diffusion"),
}


class Mixed:
    """A model's samples, each said to be what the one before it was asked for."""

    def __init__(self, model):
        self.model, self.config = model, model.config
        self.sizes, self.scored_sizes = model.sizes, model.scored_sizes

    def has(self, verb: str) -> bool:
        return verb == "sample"

    def sample(self, n: int, seed: int):
        drawn = self.model.sample(n, seed=seed)
        drawn.given = {name: np.roll(values, 1, axis=0) for name, values in drawn.given.items()}
        return drawn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(SETS))
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--folder", type=Path, default=Path("runs/given-kept"))
    options = parser.parse_args()
    bars, rows = [], {}
    for name in options.names:
        make, family = SETS[name]
        data = make()
        model = genwright.fit(data, family, minutes=options.minutes, out=options.folder / name, progress=False)
        suite = registry.suite_class(data)(data, sizes={"samples": SAMPLES, "scored": 0})
        found = {"samples": suite.measure(model), "mixed": suite.measure(Mixed(model))}
        found = {what: measured.metrics["given_error"] for what, measured in found.items()}
        found["real"] = suite.reference()["given_error"]
        rows[name] = {what: metric_json(metric) for what, metric in found.items()} | {"family": family}
        print(name, {what: round(metric.value, 3) for what, metric in found.items()}, flush=True)
        (asked,), limit = data.domain.given.names, found["real"].value + HALF * (1 - found["real"].value)
        what = (
            f"{family} of {name}, given {asked}, {options.minutes:g} minutes: error of a guess that samples make "
            f"(real {found['real'].value:.2f}, samples in another order {found['mixed'].value:.2f})"
        )
        error = found["samples"]
        bars.append(
            bar("L2", what, f"<= {limit:.2f}", round(error.value, 3), error.value <= limit, se=round(error.se, 3))
        )
    record("given_kept", bars, {"minutes": options.minutes, "rows": rows})


if __name__ == "__main__":
    main()
