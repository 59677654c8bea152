"""Two-dimensional toys whose density is known in closed form, so that KL(p || q) can be measured.

A toy is a sampler and a log density, both in the units of its columns x0, x1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import log, pi
from typing import TYPE_CHECKING

import numpy as np

from ...core.account import Account
from ...core.seeds import seed_of
from ..formats.raw import Raw

if TYPE_CHECKING:
    import pandas as pd

COUNTS = {"train": 50_000, "valid": 5_000, "test": 20_000}


@dataclass(frozen=True)
class Toy:
    """A made density in the plane. sample(n, rng) -> (n, 2). log_density(x (n, 2)) -> (n,) nats."""

    sample: Callable[[int, np.random.Generator], np.ndarray]
    log_density: Callable[[np.ndarray], np.ndarray]


RADIUS, SPREAD = 2 * 2**0.5, 2**-1.5  # a circle of radius 4 with sd 0.5, all divided by sqrt(2)
CENTRES = RADIUS * np.stack([np.cos(np.arange(8) * pi / 4), np.sin(np.arange(8) * pi / 4)], 1)  # (8, 2)


@dataclass(frozen=True)
class Gaussians:
    """Gaussians of one spread s about centres c (K, 2), each as often: log p(x) = log mean_k N(x; c_k, s^2 I)."""

    centres: np.ndarray
    spread: float

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return self.centres[rng.integers(len(self.centres), size=n)] + self.spread * rng.standard_normal((n, 2))

    def log_density(self, x: np.ndarray) -> np.ndarray:
        square = ((x[:, None, :] - self.centres) ** 2).sum(-1)  # (n, K)
        return _log_mean_exp(-square / (2 * self.spread**2)) - log(2 * pi * self.spread**2)


ARMS, RATE, ALONG, ACROSS, SIZE = 5, 0.25, 0.3, 0.1, 2.0
ANGLES = 2 * pi * np.arange(ARMS) / ARMS


def sample_pinwheel(n: int, rng: np.random.Generator) -> np.ndarray:
    """Samples the pinwheel: x = SIZE R(-(a_k + RATE e^|f|)) f, with f ~ N((1, 0), diag(ALONG^2, ACROSS^2)) and k
    uniform over the arms.

    After Johnson et al. 2016, where the twist is RATE e^f0. Twisting by the radius |f| looks the same and is an
    area-preserving bijection, which gives the density below without approximation.
    """
    f = rng.standard_normal((n, 2)) * [ALONG, ACROSS] + [1, 0]
    angle = ANGLES[rng.integers(ARMS, size=n)] + RATE * np.exp(np.hypot(*f.T))
    return SIZE * _rotate(f, -angle)


def pinwheel_log_density(x: np.ndarray) -> np.ndarray:
    """Computes the log density of the pinwheel: log mean_k N(R(a_k + RATE e^r) x / SIZE; (1, 0), diag(ALONG^2,
    ACROSS^2)) - 2 log SIZE, r = |x| / SIZE."""
    f = x / SIZE
    twist = RATE * np.exp(np.hypot(*f.T).clip(max=50))  # so far out, where the density is 0, exp would overflow
    rotated_back = np.stack([_rotate(f, angle + twist) for angle in ANGLES], 1)  # (n, ARMS, 2)
    square = ((rotated_back[..., 0] - 1) / ALONG) ** 2 + (rotated_back[..., 1] / ACROSS) ** 2
    return _log_mean_exp(-square / 2) - log(2 * pi * ALONG * ACROSS * SIZE**2)


def sample_checkerboard(n: int, rng: np.random.Generator) -> np.ndarray:
    """Samples points uniformly on the eight squares of side 2 in [-4, 4)^2 whose two indices are both even or both
    odd."""
    column = rng.integers(4, size=n)
    row = 2 * rng.integers(2, size=n) + column % 2
    return 2 * (np.stack([column, row], 1) + rng.random((n, 2))) - 4


def checkerboard_log_density(x: np.ndarray) -> np.ndarray:
    """Computes the log density of the checkerboard: -log 32 on the squares, minus infinity elsewhere."""
    index = np.floor((x + 4) / 2)
    is_inside = ((index >= 0) & (index < 4)).all(1) & (index.sum(1) % 2 == 0)
    return np.where(is_inside, -log(32), -np.inf)


# 25 narrow Gaussians on a grid, which GANs are asked not to drop (Dumoulin 2017, in the numbers of Srivastava 2017)
NODES = np.stack(np.meshgrid(np.arange(-4, 5, 2), np.arange(-4, 5, 2)), -1).reshape(-1, 2).astype(float)  # (25, 2)
SHARP = 0.05


TOYS = {
    "eight-gaussians": Gaussians(CENTRES, SPREAD),
    "pinwheel": Toy(sample_pinwheel, pinwheel_log_density),
    "checkerboard": Toy(sample_checkerboard, checkerboard_log_density),
    "grid-gaussians": Gaussians(NODES, SHARP),
}


def toy(name: str, seed: int) -> Raw:
    """Makes a toy data set of points in the plane: 50,000 to train, 5,000 to validate, 20,000 to test.

    Args:
        name: Name of the toy.
        seed: Seed of the random numbers.
    """
    import pandas as pd

    chosen_toy = TOYS[name]
    draws = [
        chosen_toy.sample(n, np.random.default_rng(seed_of("toy", name, seed, part))) for part, n in COUNTS.items()
    ]
    frame = pd.DataFrame(np.concatenate(draws), columns=["x0", "x1"])
    parts = np.repeat(np.array(list(COUNTS)), list(COUNTS.values()))
    return Raw("tables", name, frame, parts=parts, log_density=of_items(chosen_toy.log_density), account=Account())


def of_items(log_density: Callable[[np.ndarray], np.ndarray]) -> "Callable[[np.ndarray | pd.DataFrame], np.ndarray]":
    """Returns the density of a table with columns x0 and x1, or of an array (n, 2)."""

    def score_items(items: "np.ndarray | pd.DataFrame") -> np.ndarray:
        x = items[["x0", "x1"]] if hasattr(items, "columns") else items
        return log_density(np.asarray(x, float))

    return score_items


def _rotate(f: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """f (n, 2) turned counter-clockwise by angle (n,)."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([cos * f[:, 0] - sin * f[:, 1], sin * f[:, 0] + cos * f[:, 1]], 1)


def _log_mean_exp(values: np.ndarray) -> np.ndarray:
    """Over the last axis, without overflow."""
    top = values.max(-1, keepdims=True)
    return (top + np.log(np.exp(values - top).mean(-1, keepdims=True)))[..., 0]
