"""KL(p || q) of each family on two-dimensional densities that are known in closed form, the integral of q over a grid,
and how far apart the likelihoods of a flow and of a continuous flow are.

    python benchmarks/known_densities.py [--folder runs/known-densities]

Every family trains for two minutes of one core. The script writes each part to disk as it is measured, and resumes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from bars import Plan, kept, record

import genwright
from genwright.core.data import Data
from genwright.run.model import Model

MINUTES, SEED = 2.0, 0
MOST = {  # KL(p || q) in nats
    "eight-gaussians": {"flow": 0.03, "autoregressive": 0.03, "flow-matching": 0.08},
    "pinwheel": {"flow": 0.03, "autoregressive": 0.03, "flow-matching": 0.08},
    "checkerboard": {"flow": 0.08, "autoregressive": 0.08, "flow-matching": None},
}
SYSTEMS = {"flow": "C1", "autoregressive": "D4", "flow-matching": "C2"}
FLOWS = "flow", "flow-matching"
TRAINED = dict(
    split="test", seeds=(SEED,), minutes=MINUTES, budget=f"{MINUTES:g} minutes of one core a family", unit="nats"
)
KL = {
    (name, family): Plan(
        system=SYSTEMS[family],
        what=f"{family}, {name}, KL(p || q)",
        data=name,
        metric="KL(p || q)",
        most=most,
        **TRAINED,
    )
    for name, limits in MOST.items()
    for family, most in limits.items()
}
INTEGRAL = {
    (name, family): Plan(
        system=SYSTEMS[family], what=f"{family}, {name}, integral of q less 1", data=name,
        metric="|integral of q - 1|", most=0.01, **TRAINED | {"unit": ""},
    )
    for name, family in KL
}  # fmt: skip
APART = {
    name: Plan(
        system="C2", what=f"{name}: flow and flow-matching apart", data=name,
        metric="|difference of mean log-likelihoods on the same rows|", most=0.02, sides=FLOWS, **TRAINED,
    )
    for name in MOST
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/known-densities"))
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    found = {name: {family: kept(folder, f"{name}-{family}", lambda: measured(name, family)) for family in SYSTEMS}
             for name in MOST}  # fmt: skip
    rows = []
    for (name, family), plan in KL.items():
        part = found[name][family]
        rows += [plan.row(part["kl"], part["se"]), INTEGRAL[name, family].row(abs(part["integral"] - 1))]
    for name, plan in APART.items():
        sides = {family: found[name][family]["nats"] for family in FLOWS}
        rows.append(plan.row(abs(sides["flow"] - sides["flow-matching"]), **sides))
    record("known_densities", rows, found)


def measured(name: str, family: str) -> dict:
    data = genwright.load_data(name)
    model = genwright.fit(data, family, minutes=MINUTES, seed=SEED, progress=False)
    found, x = model.log_prob(data.test), data.test.to_numpy()
    gap = data.log_density(x) - found.nats
    return {
        "kl": float(gap.mean()),
        "se": float(gap.std(ddof=1) / len(gap) ** 0.5),
        "nats": float(found.nats.mean()),
        "kind": found.kind,
        "integral": integral(model, data),
        "n": len(x),
        "items": model.config["outcome"]["items"],
    }


def integral(model: Model, data: Data, cells: int = 100) -> float:
    """Integral of q over the box of the data, a margin of a quarter around it, by the midpoint rule.

    Cells end at the edges of each column's histogram as well, since there a density may jump: on a grid that does not
    know them, a bin counts for as many midpoints as happen to fall into it.
    """
    values = data.train.to_numpy()
    low, high = values.min(0), values.max(0)
    low, high = low - 0.25 * (high - low), high + 0.25 * (high - low)
    edges = [leaf.shift + leaf.scale * np.array(leaf.margin.edges) for leaf in data.domain.spec.columns]
    ends = [np.union1d(np.linspace(a, b, cells + 1), e[(a < e) & (e < b)]) for a, b, e in zip(low, high, edges)]
    grid = np.stack(np.meshgrid(*((e[1:] + e[:-1]) / 2 for e in ends), indexing="ij"), -1).reshape(-1, 2)
    areas = np.outer(*(np.diff(e) for e in ends)).ravel()
    return float(np.exp(model.log_prob(grid).nats) @ areas)


if __name__ == "__main__":
    main()
