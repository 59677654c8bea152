"""KL(p || q) of each family on two-dimensional densities that are known in closed form, and the integral of q over a
grid.

python benchmarks/known_densities.py [--minutes 2] [--data eight-gaussians ...] [--families flow ...]
"""

from __future__ import annotations

import argparse

import numpy as np
from bars import bar, record

import genwright

BARS = {
    "eight-gaussians": {"flow": 0.03, "autoregressive": 0.03, "flow-matching": 0.08},
    "pinwheel": {"flow": 0.03, "autoregressive": 0.03, "flow-matching": 0.08},
    "checkerboard": {"flow": 0.08, "autoregressive": 0.08},
}
ROWS = {"flow": "C1", "autoregressive": "D4", "flow-matching": "C2", "vae": "A2"}


def integral(model, data, cells: int = 100) -> float:
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--data", nargs="*", default=list(BARS))
    parser.add_argument("--families", nargs="*", default=["flow", "autoregressive", "flow-matching"])
    options = parser.parse_args()
    bars, details = [], {}
    for name in options.data:
        data = genwright.load_data(name)
        x = data.test.to_numpy()
        truth = data.log_density(x)
        for family in options.families:
            model = genwright.fit(data, family, minutes=options.minutes, seed=0, progress=False)
            lp = model.log_prob(data.test)
            gap = truth - lp.nats
            kl, se = float(gap.mean()), float(gap.std(ddof=1) / len(gap) ** 0.5)
            total = integral(model, data)
            details[f"{name} {family}"] = {
                "kl": kl,
                "se": se,
                "kind": lp.kind,
                "integral": total,
                "n": len(x),
                "items": model.config["outcome"]["items"],
            }
            limit = BARS[name].get(family)
            wanted = f"<= {limit}" if limit else "shown"
            bars.append(
                bar(
                    ROWS[family],
                    f"{family}, {name}, KL(p || q)",
                    wanted,
                    round(kl, 4),
                    kl <= limit if limit else None,
                    "nats",
                    round(se, 4),
                )
            )
            bars.append(
                bar(
                    ROWS[family],
                    f"{family}, {name}, integral of q",
                    "1 +- 0.01",
                    round(total, 4),
                    abs(total - 1) <= 0.01,
                )
            )
            print(bars[-2], bars[-1], flush=True)
    record("known_densities", bars, {"minutes": options.minutes, **details})


if __name__ == "__main__":
    main()
