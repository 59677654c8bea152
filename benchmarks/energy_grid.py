"""KL(p || q) of the energy model on two-dimensional densities that are known, with exp(-E) normalised on a grid.

    python benchmarks/energy_grid.py [--items 1200000] [--data eight-gaussians ...]

The items are those of about a minute of one core. The model learns the data with a little noise on them, which smooths
the edges of the checkerboard: beside each result stands KL(p || p with this noise), which no training gets below.
"""

from __future__ import annotations

import argparse

import numpy as np
from bars import bar, record
from scipy.ndimage import gaussian_filter

import genwright

MOST = 0.1  # nats
DATA = ["eight-gaussians", "pinwheel", "checkerboard"]


def box(data, cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Centres (cells^2, 2) of the cells of the box of the data, a margin of a quarter around it, and a cell's sides
    (2,)."""
    values = data.train.to_numpy()
    low, high = values.min(0), values.max(0)
    low, high = low - 0.25 * (high - low), high + 0.25 * (high - low)
    sides = (high - low) / cells
    axes = [a + side * (np.arange(cells) + 0.5) for a, side in zip(low, sides)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2), sides


def kl(log_p: np.ndarray, log_q: np.ndarray) -> float:
    """Of two densities on the cells of a grid, up to constants."""
    log_p, log_q = (nats - np.logaddexp.reduce(nats) for nats in (log_p, log_q))
    there = np.isfinite(log_p)
    return float((np.exp(log_p[there]) * (log_p[there] - log_q[there])).sum())


def divergence(model, data, cells: int = 300) -> float:
    grid, _ = box(data, cells)
    return kl(data.log_density(grid), model.log_prob(grid).nats)


def blurred(blur: float, data, cells: int = 1200) -> float:
    """KL of the density from itself with noise of `blur` standard deviations of each column."""
    grid, sides = box(data, cells)
    log_p = data.log_density(grid)
    q = gaussian_filter(
        np.exp(log_p).reshape(cells, cells), blur * data.train.to_numpy().std(0) / sides, mode="constant"
    )
    return kl(log_p, np.log(q.clip(1e-300)).ravel())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=1_200_000)
    parser.add_argument("--data", nargs="*", default=DATA)
    options = parser.parse_args()
    bars, details = [], {}
    for name in options.data:
        data = genwright.load_data(name)
        model = genwright.fit(data, "energy", items=options.items, seed=0, progress=False)
        found, least = divergence(model, data), blurred(model.family.blur, data)
        details[name] = {
            "kl": found,
            "of the noise": least,
            "seconds": model.config["outcome"]["seconds"],
            "health": model.config["health"],
        }
        bars.append(
            bar("E1", f"energy, {name}, KL(p || q) on a grid", f"< {MOST}", round(found, 4), found < MOST, "nats")
        )
        print(bars[-1], f"of the noise alone {least:.4f}", flush=True)
    record("energy_grid", bars, {"items": options.items, **details})


if __name__ == "__main__":
    main()
