"""Tables as business and science have them at their worst: zeros, tails, constants, giants, dust and holes."""

from collections.abc import Callable

import numpy as np
import pandas as pd


def spiked(rng: np.random.Generator, values: np.ndarray) -> np.ndarray:
    """Numbers of which 2 to 60% are 0."""
    return np.where(rng.random(len(values)) < rng.uniform(0.02, 0.6), 0.0, values)


def holed(rng: np.random.Generator, values: np.ndarray) -> pd.Series:
    return pd.Series(values, dtype=object).where(rng.random(len(values)) > rng.uniform(0.02, 0.95))


def log_normal(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.exp(rng.normal(rng.uniform(0, 10), rng.uniform(1, 4), n))


def pareto(rng: np.random.Generator, n: int) -> np.ndarray:
    return 50 * (1 + rng.pareto(rng.uniform(0.5, 2), n))


def near_constant(rng: np.random.Generator, n: int) -> np.ndarray:
    values = np.full(n, rng.integers(0, 100), float)
    values[rng.integers(0, n, rng.integers(1, 4))] += 1
    return values


COLUMNS: dict[str, Callable[[np.random.Generator, int], object]] = {
    "amounts with zeros": lambda rng, n: spiked(rng, log_normal(rng, n).round(2)),
    "full precision with zeros": lambda rng, n: spiked(rng, log_normal(rng, n)),
    "losses and gains": lambda rng, n: spiked(rng, (1e4 * rng.standard_cauchy(n)).round(4)),
    "one frequent price": lambda rng, n: np.where(rng.random(n) < 0.1, 49999.99, log_normal(rng, n).round(2)),
    "pareto": lambda rng, n: pareto(rng, n).round(2),
    "pareto with holes": lambda rng, n: holed(rng, spiked(rng, pareto(rng, n).round(2))),
    "normal": lambda rng, n: rng.normal(size=n),
    "constant": lambda rng, n: np.full(n, rng.choice([0, 1.5, -1e12])),
    "near constant": near_constant,
    "giant whole numbers": lambda rng, n: rng.integers(10**12, 10**15, n),
    "giant numbers with zeros": lambda rng, n: spiked(rng, 1e30 * log_normal(rng, n)),
    "dust": lambda rng, n: 1e-12 * rng.normal(size=n),
    "dust with zeros": lambda rng, n: spiked(rng, 1e-9 * log_normal(rng, n)),
    "tiny decimals": lambda rng, n: rng.uniform(size=n).round(9),
    "an offset": lambda rng, n: 1e9 + rng.normal(size=n),
    "all missing": lambda rng, n: np.full(n, np.nan),
    "mostly missing": lambda rng, n: holed(rng, rng.normal(size=n).round(3)),
    "counts": lambda rng, n: rng.poisson(rng.uniform(0.1, 50), n),
    "labels": lambda rng, n: rng.choice([f"l{i}" for i in range(rng.integers(2, 150))], n),
    "labels with holes": lambda rng, n: holed(rng, rng.choice(list("abcde"), n)),
    "truth values": lambda rng, n: rng.random(n) < rng.uniform(0.001, 0.5),
    "dates": lambda rng, n: pd.Timestamp("2001-02-03")
        + pd.to_timedelta(rng.integers(0, 10 ** rng.integers(2, 9), n), "s"),
    "numbers and words": lambda rng, n: pd.Series(rng.normal(size=n).round(2), dtype=object).where(
        rng.random(n) > 0.1, "none"
    ),
}  # fmt: skip


def odd_table(seed: int, columns: int | None = None, rows: int = 300) -> pd.DataFrame:
    """A table of these kinds of columns, each at least once where there are as many columns: 10 to 120 where nobody
    says how many. One column is plain, so that something is there to model."""
    rng = np.random.default_rng(seed)
    count = int(columns or round(10 * 12 ** rng.random()))
    names = list(rng.permutation(list(COLUMNS)))
    chosen = [names[j % len(names)] for j in range(count - 1)]
    cells = {f"{j} {name}": COLUMNS[name](rng, rows) for j, name in enumerate(chosen)}
    return pd.DataFrame({**cells, "plain": rng.normal(size=rows).round(2)})
