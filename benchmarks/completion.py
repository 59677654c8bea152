"""Completion of a five-dimensional Gaussian: draws of each family against the exact conditional, for three masks.

python benchmarks/completion.py

Every family of tables has the same minute, and no call leaves one out.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from bars import bar, record

import genwright
from genwright.recipes import registry

MASKS = {"first two known": [1, 1, 0, 0, 0], "one known": [0, 0, 1, 0, 0], "alternate": [1, 0, 1, 0, 1]}
DRAWS, MINUTES = 20_000, 1.0
FAMILIES = [*registry.families(*registry.TABLES), "copula"]


def gaussian(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    root = rng.normal(size=(5, 10))
    return rng.normal(size=5), root @ root.T / 10  # a Wishart draw


def conditional(mean, cov, known: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of the unknown part given x[known] = value."""
    k, u = known, ~known
    weights = np.linalg.solve(cov[np.ix_(k, k)], cov[np.ix_(k, u)]).T
    return mean[u] + weights @ (value - mean[k]), cov[np.ix_(u, u)] - weights @ cov[np.ix_(k, u)]


def errors(model, mean, cov, mask, value, ignore_known: bool = False) -> dict[str, float]:
    """Largest deviations of mean (in sds), sd (share) and correlation over the unknown coordinates."""
    known = np.array(mask, bool)
    row = np.full(5, np.nan)
    row[known] = value
    frame = pd.DataFrame(np.tile(row, (DRAWS, 1)), columns=[f"x{j}" for j in range(5)])
    if ignore_known:
        filled = model.sample(DRAWS, seed=1).to_numpy()
    else:
        filled = model.complete(frame, seed=1).to_numpy()
    drawn = filled[:, ~known]
    want, spread = conditional(mean, cov, known, value)
    sd = np.sqrt(np.diag(spread))
    off = np.corrcoef(drawn.T) - spread / np.outer(sd, sd) if drawn.shape[1] > 1 else np.zeros(1)
    return {
        "mean": float(np.abs((drawn.mean(0) - want) / sd).max()),
        "sd": float(np.abs(drawn.std(0) / sd - 1).max()),
        "correlation": float(np.abs(off).max()),
    }


def passes(e: dict[str, float]) -> bool:
    return e["mean"] <= 0.1 and e["sd"] <= 0.1 and e["correlation"] <= 0.1


def main() -> None:
    rng = np.random.default_rng(0)
    mean, cov = gaussian(rng)
    data = genwright.load_data(rng.multivariate_normal(mean, cov, size=100_000))
    value = mean + rng.multivariate_normal(np.zeros(5), cov)
    bars, details = [], {}
    for family in FAMILIES:
        model = genwright.fit(data, family, minutes=MINUTES, seed=0, progress=False)
        for name, mask in MASKS.items():
            known = np.array(mask, bool)
            e = errors(model, mean, cov, mask, value[known])
            blind = errors(model, mean, cov, mask, value[known], ignore_known=True)
            details[f"{family}, {name}"] = {"completed": e, "known ignored": blind}
            text = f"mean {e['mean']:.3f} sd, sd {100 * e['sd']:.1f}%, correlation {e['correlation']:.3f}"
            bars.append(
                bar(
                    "L3",
                    f"{family}, {name}",
                    "0.1 sd, 10%, 0.1; fails when known is ignored",
                    text,
                    passes(e) and not passes(blind),
                )
            )
            print(bars[-1], flush=True)
    record("completion", bars, {"minutes": MINUTES, **details})


if __name__ == "__main__":
    main()
