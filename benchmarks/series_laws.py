"""Made series whose law is known, for `series.py`: tables to learn from, and the exact nats of each series.

Each law makes one long table. The column `subject` names a series, and `t` is its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.linalg import solve_discrete_lyapunov
from scipy.special import logsumexp
from scipy.stats import gamma, multivariate_normal, norm

GROUP, TIME = "subject", "t"


def long_table(columns: dict[str, np.ndarray]) -> pd.DataFrame:
    """Rows of n series one after another. columns: {name: (n, T)}."""
    n, length = next(iter(columns.values())).shape
    subject = np.repeat([f"S{k:05}" for k in range(n)], length)
    return pd.DataFrame({GROUP: subject} | {name: cells.ravel() for name, cells in columns.items()})


def wide(frame: pd.DataFrame, name: str, length: int) -> np.ndarray:
    """A column as (n, T)."""
    return frame[name].to_numpy().reshape(-1, length)


@dataclass(frozen=True)
class Linear:
    """x_t = A x_{t-1} + e_t with e_t ~ N(0, S), from its stationary law.

    Args:
        push: A, (3, 3).
        noise: S, (3, 3).
    """

    push: tuple[tuple[float, ...], ...]
    noise: tuple[tuple[float, ...], ...]
    length: ClassVar[int] = 32

    @property
    def start(self) -> np.ndarray:
        """(3, 3) stationary covariance P = A P A' + S."""
        return solve_discrete_lyapunov(np.array(self.push), np.array(self.noise))

    def table(self, n: int, seed: int) -> pd.DataFrame:
        rng, push = np.random.default_rng(seed), np.array(self.push)
        x = [rng.multivariate_normal(np.zeros(3), self.start, n)]
        for _ in range(1, self.length):
            x.append(x[-1] @ push.T + rng.multivariate_normal(np.zeros(3), self.noise, n))
        time = np.tile(np.arange(self.length), (n, 1))
        return long_table({TIME: time} | {name: np.stack(x, 1)[..., j] for j, name in enumerate("abc")})

    def nats(self, frame: pd.DataFrame) -> np.ndarray:
        """(n,) exact log density of each series."""
        return self._nats(self._numbers(frame), np.array(self.push), np.array(self.noise), self.start)

    def shuffled_nats(self, frame: pd.DataFrame) -> np.ndarray:
        """(n,) log density of rows without an order: each by the stationary law."""
        return multivariate_normal.logpdf(self._numbers(frame), np.zeros(3), self.start).sum(1)

    def fitted_nats(self, frame: pd.DataFrame, learned: pd.DataFrame) -> np.ndarray:
        """(n,) log density by least squares on other series."""
        x = self._numbers(learned)
        before, after = x[:, :-1].reshape(-1, 3), x[:, 1:].reshape(-1, 3)
        push = np.linalg.lstsq(before, after, rcond=None)[0].T
        noise, start = np.cov((after - before @ push.T).T), np.cov(x[:, 0].T)
        return self._nats(self._numbers(frame), push, noise, start)

    def _numbers(self, frame: pd.DataFrame) -> np.ndarray:
        return np.stack([wide(frame, name, self.length) for name in "abc"], 2)

    @staticmethod
    def _nats(x: np.ndarray, push: np.ndarray, noise: np.ndarray, start: np.ndarray) -> np.ndarray:
        first = multivariate_normal.logpdf(x[:, 0], np.zeros(3), start)
        return first + multivariate_normal.logpdf(x[:, 1:] - x[:, :-1] @ push.T, np.zeros(3), noise).sum(1)


class Switch:
    """Two hidden states that last. Each row has a number, a second one that depends on it, and a symbol; a fifth of the
    numbers is missing at random."""

    length = 48
    stay, begin = np.array([[0.93, 0.07], [0.10, 0.90]]), np.array([0.59, 0.41])
    first, first_sd = np.array([0.0, 2.0]), np.array([0.3, 0.7])
    second, slope, second_sd = np.array([0.0, -1.0]), np.array([0.8, -0.4]), np.array([0.6, 0.25])
    symbols, missing = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]]), 0.2

    def table(self, n: int, seed: int) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        states = [(rng.random(n) < self.begin[1]).astype(int)]
        for _ in range(1, self.length):
            states.append((rng.random(n) < self.stay[states[-1], 1]).astype(int))
        state = np.stack(states, 1)
        a = rng.normal(self.first[state], self.first_sd[state])
        b = rng.normal(self.second[state] + self.slope[state] * a, self.second_sd[state])
        symbol = (rng.random(state.shape)[..., None] > self.symbols[state].cumsum(-1)[..., :2]).sum(-1)
        a, b = (np.where(rng.random(state.shape) < self.missing, np.nan, cells) for cells in (a, b))
        time = np.tile(np.arange(self.length), (n, 1))
        return long_table({TIME: time, "a": a, "b": b, "symbol": np.array(list("pqr"))[symbol]})

    def nats(self, frame: pd.DataFrame) -> np.ndarray:
        """(n,) exact log mass and density, by the forward algorithm."""
        rows = self._row_nats(frame)
        reached = np.log(self.begin) + rows[:, 0]
        for t in range(1, self.length):
            reached = logsumexp(reached[:, :, None] + np.log(self.stay), axis=1) + rows[:, t]
        return logsumexp(reached, axis=1)

    def shuffled_nats(self, frame: pd.DataFrame) -> np.ndarray:
        """(n,) of rows without an order: each by the mixture of both states."""
        share = np.linalg.matrix_power(self.stay, 999)[0]
        return logsumexp(np.log(share) + self._row_nats(frame), axis=2).sum(1)

    def _row_nats(self, frame: pd.DataFrame) -> np.ndarray:
        """(n, T, 2) of each row in each state, of what is missing too."""
        a, b = (wide(frame, name, self.length)[..., None] for name in "ab")
        code = pd.Series(list("pqr")).pipe(lambda letters: frame["symbol"].map({s: k for k, s in letters.items()}))
        code = code.to_numpy().reshape(-1, self.length)
        alone = self.second + self.slope * self.first, np.hypot(self.second_sd, self.slope * self.first_sd)
        behind = np.where(
            np.isnan(a), norm.logpdf(b, *alone), norm.logpdf(b, self.second + self.slope * a, self.second_sd)
        )
        cells = np.nan_to_num(norm.logpdf(a, self.first, self.first_sd)) + np.nan_to_num(behind)
        gone = sum(np.log(np.where(np.isnan(x), self.missing, 1 - self.missing)) for x in (a, b))
        return cells + gone + np.log(self.symbols.T[code])


class Sines:
    """A sine of random phase and amplitude, seen with noise at random times; a static column names its period."""

    length, noise = 40, 0.15
    periods = {"short": 3.0, "middle": 6.0, "long": 12.0}
    gaps = gamma(2.0, scale=0.5)

    def table(self, n: int, seed: int) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        period = rng.choice(list(self.periods), n)
        gaps = rng.gamma(2.0, 0.5, (n, self.length - 1))
        time = np.concatenate([np.zeros((n, 1)), gaps.cumsum(1)], 1)
        angle = 2 * np.pi * time / np.array([self.periods[name] for name in period])[:, None]
        cosine, sine = rng.normal(size=(2, n, 1))
        y = cosine * np.cos(angle) + sine * np.sin(angle) + self.noise * rng.normal(size=time.shape)
        return long_table({TIME: time, "period": np.repeat(period[:, None], self.length, 1), "y": y})

    def nats(self, frame: pd.DataFrame) -> np.ndarray:
        """(n,) exact log density, by the Gaussian process that a random phase makes; given the period."""
        time, y = wide(frame, TIME, self.length), wide(frame, "y", self.length)
        found = self.gaps.logpdf(np.diff(time)).sum(1)
        for k, name in enumerate(wide(frame, "period", self.length)[:, 0]):
            apart = 2 * np.pi * (time[k][:, None] - time[k]) / self.periods[name]
            found[k] += multivariate_normal.logpdf(y[k], None, np.cos(apart) + self.noise**2 * np.eye(self.length))
        return found

    def shuffled_nats(self, frame: pd.DataFrame) -> np.ndarray:
        """(n,) of rows without an order."""
        gaps = self.gaps.logpdf(np.diff(wide(frame, TIME, self.length))).sum(1)
        return gaps + norm.logpdf(wide(frame, "y", self.length), 0, np.hypot(1, self.noise)).sum(1)


LAWS = {
    "linear": Linear(((0.7, 0.2, 0.0), (-0.3, 0.6, 0.2), (0.0, 0.3, 0.5)),
                     ((0.5, 0.3, 0.0), (0.3, 0.6, -0.2), (0.0, -0.2, 0.4))),
    "linear-other": Linear(((0.4, -0.5, 0.1), (0.5, 0.4, 0.0), (0.3, 0.0, -0.6)),
                           ((1.0, -0.4, 0.2), (-0.4, 0.7, 0.0), (0.2, 0.0, 0.3))),
    "switch": Switch(),
    "sines": Sines(),
}  # fmt: skip


def hospital(patients: int, seed: int) -> pd.DataFrame:
    """Visits of made patients: `visit_date`, `age` and `doses_so_far` grow, and nothing follows the outcome `died`."""
    rng, rows = np.random.default_rng(seed), []
    for patient in range(patients):
        sex, born = rng.choice(["f", "m"]), rng.uniform(20, 80)
        day, doses, level = int(rng.integers(0, 700)), 0, rng.normal(0, 1)
        while True:
            level = 0.8 * level + rng.normal(0, 0.6)
            doses += int(rng.poisson(1.5))
            outcome = rng.choice(["home", "ward", "died"], p=[0.6, 0.34, 0.06] if level < 1 else [0.3, 0.5, 0.2])
            marker = np.nan if rng.random() < 0.15 else round(float(np.exp(1 + 0.5 * level)), 2)
            date = pd.Timestamp("2018-01-01") + pd.Timedelta(days=day)
            age = int(born + day / 365.25)
            rows.append((f"P{patient:05}", date.date().isoformat(), sex, age, doses, marker, outcome))
            if outcome == "died" or rng.random() < 0.12:
                break
            day += int(rng.gamma(2.0, 30)) + 1
    columns = ["patient", "visit_date", "sex", "age", "doses_so_far", "marker", "outcome"]
    return pd.DataFrame(rows, columns=columns)
