"""KL(p || q) of the energy model on two-dimensional densities that are known, with exp(-E) normalised on a grid.

    python benchmarks/energy_grid.py [--minutes 1] [--data eight-gaussians ...]
"""

from __future__ import annotations

import argparse

import numpy as np
from bars import bar, record

import genwright

MOST = 0.1  # nats
DATA = ["eight-gaussians", "pinwheel", "checkerboard"]


def divergence(model, data, cells: int = 300) -> float:
    """Sum over the cells of the box of the data, a margin of a quarter around it."""
    values = data.train.to_numpy()
    low, high = values.min(0), values.max(0)
    low, high = low - 0.25 * (high - low), high + 0.25 * (high - low)
    axes = [np.linspace(a, b, cells, endpoint=False) + (b - a) / cells / 2 for a, b in zip(low, high)]
    grid = np.stack(np.meshgrid(*axes), -1).reshape(-1, 2)
    log_p, log_q = data.log_density(grid), model.log_prob(grid).nats
    log_p, log_q = (nats - np.logaddexp.reduce(nats) for nats in (log_p, log_q))
    p = np.exp(log_p)
    return float((p * (log_p - log_q))[p > 0].sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--data", nargs="*", default=DATA)
    options = parser.parse_args()
    bars, details = [], {}
    for name in options.data:
        data = genwright.load_data(name)
        model = genwright.fit(data, "energy", minutes=options.minutes, seed=0, progress=False)
        kl = divergence(model, data)
        details[name] = {"kl": kl, "items": model.config["outcome"]["items"], "health": model.config["health"]}
        bars.append(bar("E1", f"energy, {name}, KL(p || q) on a grid", f"< {MOST}", round(kl, 4), kl < MOST, "nats"))
        print(bars[-1], flush=True)
    record("energy_grid", bars, {"minutes": options.minutes, **details})


if __name__ == "__main__":
    main()
