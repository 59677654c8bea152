"""Do standard errors tell how far a number moves? Small worlds whose sampler is known, drawn afresh again and again."""

from __future__ import annotations

import multiprocessing
import os
import warnings
from collections import defaultdict
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import torch
from bars import Run, bar, benchmark
from common import Result
from scipy.special import logsumexp, softmax
from scipy.stats import norm

from genwright.core.data import Data
from genwright.core.likelihood import Likelihood
from genwright.kinds.formats.images.pictures import Pictures
from genwright.kinds.images.domain import Images
from genwright.kinds.tables.domain import Tables
from genwright.measure.suites import images, tables

HELD = 0.90, 0.99  # of intervals, where 0.95 are meant to
SETTLED = 0.2  # of replicates with the very same value: the number hardly moves, and no interval is asked of it
SIZES = {"train": 400, "valid": 50, "test": 200}
SIDE, LEVELS = 8, 17  # of pictures
LETTERS, CASE = "abcdefgh", ("world", "model", "metric")
SHIFTS = ((0, 0), (0, 1), (1, 0), (0, -1), (-1, 0))


@dataclass(frozen=True)
class Law:
    """A mixture whose columns are independent in each component: numbers are Gaussian, categories come from a table.

    weights: (K,). mean, sd: (K, D). shares: {column number: (K, k)} of the columns that are categories.
    """

    weights: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    shares: dict[int, np.ndarray]

    def given(self, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Components z: (n,) -> rows (n, D)."""
        x = rng.normal(self.mean[z], self.sd[z])
        for j, share in self.shares.items():
            x[:, j] = (rng.random((len(z), 1)) > share[z].cumsum(1)[:, :-1]).sum(1)
        return x

    def draw(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Rows (n, D) and their components (n,)."""
        z = rng.choice(len(self.weights), n, p=self.weights)
        return self.given(z, rng), z

    def joint(self, x: np.ndarray) -> np.ndarray:
        """(n, D) -> (n, K): log density of the known cells with each component; NaN cells are left out."""
        numbers = [j for j in range(x.shape[1]) if j not in self.shares]
        total = np.log(self.weights) + np.nansum(
            norm.logpdf(x[:, None, numbers], self.mean[:, numbers], self.sd[:, numbers]), 2
        )
        for j, share in self.shares.items():
            known = ~np.isnan(x[:, j])
            total[known] += np.log(share[:, x[known, j].astype(int)].T)
        return total

    def fill(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A draw of the NaN cells from what the law says of them, given the others."""
        posterior = softmax(self.joint(x), 1)
        z = (rng.random((len(x), 1)) > posterior.cumsum(1)[:, :-1]).sum(1)
        return np.where(np.isnan(x), self.given(z, rng), x)


def table_laws(numbers: int, kinds: tuple[int, ...], components: int = 4) -> dict[str, Law]:
    """numbers: how many columns of numbers; kinds: of the categories that follow. The poor law has nearly lost the
    first component; all is shifted and blurred, categories are half as telling."""
    rng, dims = np.random.default_rng(7), numbers + len(kinds)
    mean, sd = rng.normal(0, 2.0, (components, dims)), rng.uniform(0.5, 1.2, (components, dims))
    shares = {numbers + j: rng.dirichlet(np.full(k, 0.4), components) * 0.9 + 0.1 / k for j, k in enumerate(kinds)}
    right = Law(rng.dirichlet(np.full(components, 5.0)), mean, sd, shares)
    half = {j: (share + share.mean(0)) / 2 for j, share in shares.items()}
    return {"right": right, "poor": Law(less_of(right, 1), mean + 0.3, 1.4 * sd, half)}


def less_of(law: Law, components: int) -> np.ndarray:
    """Weights of which the first few are nearly lost."""
    weights = law.weights * np.where(np.arange(len(law.weights)) < components, 0.2, 1)
    return weights / weights.sum()


class TableModel:
    """Rows of a law as a data frame. It has the verbs that the metrics call."""

    verbs = ("sample", "log_prob", "complete")

    def __init__(self, law: Law, data: Data | None = None):
        self.law, self.data = law, data

    def has(self, verb: str) -> bool:
        return verb in self.verbs

    def items(self, x: np.ndarray, z: np.ndarray | None = None) -> pd.DataFrame:
        """Rows (n, D) in the user's form. z: their components."""
        letter = lambda j: np.array([*LETTERS], dtype=object)[x[:, j].astype(int)]
        return pd.DataFrame({f"x{j}": letter(j) if j in self.law.shares else x[:, j] for j in range(x.shape[1])})

    def matrix(self, items: pd.DataFrame) -> np.ndarray:
        column = lambda j: (
            items[f"x{j}"].map(LETTERS.index, na_action="ignore") if j in self.law.shares else items[f"x{j}"]
        )
        return np.stack([column(j).to_numpy(float) for j in range(items.shape[1])], 1)

    def density(self, items) -> np.ndarray:
        return logsumexp(self.law.joint(self.matrix(items)), 1)

    def sample(self, n: int, seed: int, **asked):
        """asked: the labels of test pictures, as which those of the samples are distributed: they are not looked at."""
        return self.items(*self.law.draw(n, np.random.default_rng([seed, 1])))

    def log_prob(self, items: pd.DataFrame, seed: int) -> Likelihood:
        return Likelihood(self.density(items), "exact", self.data.domain.spec.of, items.shape[1])

    def complete(self, items: pd.DataFrame, seed: int) -> pd.DataFrame:
        return self.items(self.law.fill(self.matrix(items), np.random.default_rng([seed, 2])))


class PictureModel(TableModel):
    """Pictures of a law whose components are a class and a shift; pixels are rounded to levels."""

    verbs = ("sample", "log_prob", "complete", "encode")

    def items(self, x: np.ndarray, z: np.ndarray | None = None) -> Pictures:
        levels = x.round().clip(0, LEVELS - 1).astype(np.uint8).reshape(-1, SIDE, SIDE, 1)
        return Pictures(levels, {} if z is None else {"label": z // len(SHIFTS)})

    def matrix(self, items: Pictures) -> np.ndarray:
        return np.asarray(items).reshape(len(items), -1).astype(float)

    def log_prob(self, items: Pictures, seed: int) -> Likelihood:
        return Likelihood(self.density(items), "estimate", "mass", SIDE**2)

    def encode(self, items: Pictures, given: dict) -> np.ndarray:
        return self.matrix(items) @ np.random.default_rng(3).normal(size=(SIDE**2, 16))

    def complete(self, items: Pictures, known: np.ndarray, seed: int) -> Pictures:
        x = np.where(known.reshape(-1), self.matrix(items), np.nan)
        return self.items(self.law.fill(x, np.random.default_rng([seed, 2])))


def picture_laws(classes: int = 6, noise: float = 4.0) -> dict[str, Law]:
    """Smooth random pictures, one a class, each at five places under noise. The poor law has nearly lost the first
    class; the rest is blurred."""
    rng, near = np.random.default_rng(7), torch.nn.functional.interpolate
    coarse = torch.from_numpy(rng.uniform(0, LEVELS - 1, (classes, 1, 4, 4)))
    whole = near(coarse, size=(SIDE, SIDE), mode="bilinear")[:, 0].numpy()
    means = np.stack([np.roll(picture, by, (0, 1)) for picture in whole for by in SHIFTS]).reshape(-1, SIDE**2)
    right, middle = Law(np.full(len(means), 1 / len(means)), means, np.full(means.shape, noise), {}), means.mean(0)
    blurred = Law(less_of(right, len(SHIFTS)), middle + 0.7 * (means - middle), 1.2 * right.sd, {})
    return {"right": right, "poor": blurred}


WORLDS = {
    "two kinds": partial(table_laws, 3, (3, 2)),  # the last column is the target: ROC-AUC
    "three kinds": partial(table_laws, 2, (3,)),  # accuracy
    "numbers": partial(table_laws, 4, ()),  # R^2
    "density": partial(table_laws, 3, ()),  # log p is known
    "answers": partial(table_laws, 0, (3, 3, 3, 2)),  # rows repeat
    "pictures": picture_laws,
}


def fresh(world: str, replicate: int) -> tuple[Data, dict]:
    """A new data set of a world, and the models of it whose laws are known."""
    laws, maker = WORLDS[world](), PictureModel if world == "pictures" else TableModel
    rng, truth = np.random.default_rng([replicate, 0]), maker(laws["right"])
    items, score = {part: truth.items(*laws["right"].draw(n, rng)) for part, n in SIZES.items()}, None
    if maker is TableModel:
        domain, score = Tables.fit(items["train"]), truth.density if world == "density" else None
    else:
        names = list(range(len(laws["right"].weights) // len(SHIFTS)))
        domain = Images.fit(items["train"], items["train"].given["label"], names, levels=LEVELS, width=1)
    data = Data(world, domain, items, f"{replicate}", log_density=score)
    return data, {name: maker(law, data) for name, law in laws.items()}


def measure(job: tuple[str, int]) -> dict:
    """One replicate of one world: every metric of every model."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    world, replicate = job
    data, models = fresh(world, replicate)
    suite = (images if world == "pictures" else tables).Suite(data, seed=replicate)
    found = {"reference": suite.reference()} | {name: suite.measure(model)[0] for name, model in models.items()}
    numbers = {name: {key: [m.value, m.se] for key, m in metrics.items()} for name, metrics in found.items()}
    return {"world": world, "replicate": replicate, "metrics": numbers}


def coverage(rows: list[dict]) -> list[dict]:
    """For each world, model and metric that moves: how many intervals hold the mean over replicates."""
    numbers, found = defaultdict(list), []
    for row, (model, metrics) in ((row, part) for row in rows for part in row["metrics"].items()):
        for metric, pair in metrics.items():
            numbers[row["world"], model, metric].append(pair)
    for case, pairs in numbers.items():
        value, se = np.array(pairs, dtype=float).T
        if np.unique(value, return_counts=True)[1].max() <= max(1, SETTLED * len(pairs)):
            held = float((abs(value - value.mean()) <= 1.96 * se).mean())
            found.append(dict(zip(CASE, case)) | {"replicates": len(pairs), "held": held})
    return found


@benchmark(tiny={"replicates": 2, "worlds": ("density",)})
def interval_coverage(
    run: Run, replicates: int = 200, workers: int = 1, worlds: tuple[str, ...] = tuple(WORLDS)
) -> Result:
    """Do standard errors tell how far a number moves? Over all replicates of a metric, the share of intervals, value
    +- 1.96 standard errors, that hold its mean should be 95%.

    A replicate is a new training, validation and test set of one world, and new samples of a sampler that is known: the
    world's own (right), or one that drops, shifts and blurs (poor). The metrics that users get measure both, and the
    reference. About 40 seconds a replicate on one core; each is a part that is kept.
    """
    jobs = [(world, k) for k in range(replicates) for world in worlds]
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # of the processes that start now
    part = lambda world, k: f"{world.replace(' ', '-')}-{k}"
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for row in pool.imap_unordered(measure, [job for job in jobs if not run.has(part(*job))]):
            run.kept(part(row["world"], row["replicate"]), lambda: row)
    found, rows = coverage([run.part(part(*job)) for job in jobs]), []
    for one in found:
        case = ", ".join(one[key] for key in CASE)
        what = f"{case}: intervals that hold the mean of {one['replicates']} replicates"
        met = HELD[0] <= one["held"] <= HELD[1]
        rows.append(bar("metrics", what, "0.90 to 0.99", round(one["held"], 3), met, "of intervals"))
    return rows, {"sizes": SIZES, "metrics": found}
