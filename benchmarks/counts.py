"""Counts: a law of cells that is known, beside scvi-tools, and a large sparse matrix (rows M3)."""

from __future__ import annotations

import os
import time
import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import scipy.sparse
import torch
from bars import Run, benchmark, plans
from common import Result, apart, se_of
from scipy.special import gammaln

import genwright
from genwright.core.data import Data
from genwright.counts.measure.statistics import neighbours_agree, predicted_right
from genwright.kinds.formats.tables.hdf5_files import hdf5_bytes
from genwright.run.peak_memory import PeakMemory

CELLS, TESTED, GENES, MINUTES, SEEDS = 2_000, 1_000, 600, 0.5, (0, 1, 2)
TYPES = (0.34, 0.24, 0.2, 0.15, 0.06, 0.01)  # shares of the first five, and of the rare one
CLOSE = 0.5  # share of the first type that is a second type close to it
DRAWS = 256  # of the importance sampling by which both sides are scored
LAW = plans(
    {
        "above": ("vae: nats of a test cell above those of the law, which knows its latents", "nats", "<= 16 nats"),
        "types": ("vae: test cells whose nearest latents are of their own type", "share", ">= 0.95"),
        "batch": ("vae: the batch that a classifier reads from latents", "share right", "<= 0.75"),
        "ahead": ("nats of scvi-tools above the law's less ours, at as much processor time", "nats", "> 0 nats",
                  {"sides": ("ours", "scvi")}),
    },
    system="counts", data="made cells: 7 types, one of 1% and two close, 2 batches, 600 genes", split="test",
    seeds=SEEDS, repeated="trainings, each on cells of its own", budget="30 seconds of one core, each side",
    minutes=MINUTES,
)  # fmt: skip
WIDE = plans(
    {
        "rate": ("vae on 10,000 x 5,000 cells, 95% zeros: training", "items a CPU second", ">= 2000 items/s"),
        "memory": ("the same: peak memory of reading and training beyond the file's own process", "times the file",
                   "<= 3 times the file"),
    },
    system="counts", data="made counts, sparse", split="train", seeds=(0,), budget="24,000 items",
)  # fmt: skip


@benchmark(plans=("LAW",), peer="scvi", tiny={"cells": 200, "seconds": 1.0})
def counts(run: Run, cells: int = CELLS, seconds: float = 60 * MINUTES) -> Result:
    """Cells of a known law: nats, types and batches in latents of `vae`, and of scvi-tools at its defaults.

    One thread. scvi-tools trains for as many epochs as fit into the processor seconds, by those of one and three. Its
    nats know the total of a cell, ours do not. Latents of both are judged alike: the commonest type of 15 neighbours,
    and the better of a logistic regression and neighbours for the batch.
    """
    torch.set_num_threads(1)
    found = {
        side: [run.kept(f"{side}-{seed}", partial(score, run, cells, seed, seconds)) for seed in SEEDS]
        for side, score in (("ours", score_ours), ("scvi", score_scvi))
    }
    over = {side: {name: [one[name] for one in each] for name in each[0]} for side, each in found.items()}
    row = lambda name: LAW[name].row(float(np.mean(over["ours"][name])), se_of(over["ours"][name]), 3)
    ahead = np.subtract(over["scvi"]["above"], over["ours"]["above"])
    sides = {side: round(float(np.mean(each["above"])), 3) for side, each in over.items()}
    rows = [row("above"), row("types"), row("batch"), LAW["ahead"].row(float(ahead.mean()), se_of(ahead), 2, **sides)]
    return rows, {"threads": 1, "draws": DRAWS, **found}


@benchmark(plans=("WIDE",), tiny={"cells": 600, "genes": 500, "items": 256})
def wide_counts(run: Run, cells: int = 10_000, genes: int = 5_000, items: int = 24_000) -> Result:
    """A large sparse matrix: items a processor second of `vae`, and the peak of memory over the size of the file.

    One thread, in a process that has read and trained small counts before, so that libraries are loaded. The rate is
    the difference of two trainings, without what begins and ends one. The readings of memory are of the process, twenty
    milliseconds apart.
    """
    path = run.folder / f"{cells}-{genes}.h5ad"
    if not path.exists():
        path.write_bytes(large_file(cells, genes))
    found = run.kept("training", partial(apart, read_and_train, str(path), items, OMP_NUM_THREADS="1"))
    rows = [WIDE["rate"].row(found["rate"], digits=0), WIDE["memory"].row(found["peak"] / found["file"], digits=2)]
    return rows, {"threads": 1, **found}


# ---------------------------------------------------------------------- the law


class Cells(NamedTuple):
    """Counts (n, genes), type and batch of each cell (n,), and log p(counts | all latents) of each by the law."""

    counts: np.ndarray
    types: np.ndarray
    batches: np.ndarray
    nats: np.ndarray

    @property
    def frame(self) -> pd.DataFrame:
        beside = {"batch": [f"b{k}" for k in self.batches], "type": [f"t{k}" for k in self.types]}
        return pd.DataFrame(self.counts, columns=[f"g{j}" for j in range(self.counts.shape[1])]).assign(**beside)


def made_cells(cells: int, seed: int) -> tuple[Cells, Cells]:
    """Cells to train and to test, of one law; the seed is that of the cells.

    log rate = base + type + place on a line + batch; counts are negative binomials whose means are rates in shares of
    a lognormal total. The seventh type differs from the first in one gene of twenty.
    """
    law = np.random.default_rng(7)
    base, dispersion = law.normal(-8, 1.5, GENES), np.exp(law.normal(0.7, 0.7, GENES))
    marks = law.normal(0, 1, (len(TYPES) + 1, GENES)) * (law.random((len(TYPES) + 1, GENES)) < 0.25)
    marks[-1] = marks[0] + law.normal(0, 1.5, GENES) * (law.random(GENES) < 0.05)
    line, batch = law.normal(0, 1.8, GENES) * (law.random(GENES) < 0.2), law.normal(0, 0.5, (2, GENES))

    def draw(n: int, rng: np.random.Generator) -> Cells:
        types = rng.choice(len(TYPES), n, p=TYPES)
        types[(types == 0) & (rng.random(n) < CLOSE)] = len(TYPES)
        place, batches, totals = rng.random(n), rng.integers(0, 2, n), np.exp(rng.normal(7.3, 0.4, n))
        rates = np.exp(base + marks[types] + place[:, None] * line + batch[batches])
        means = totals[:, None] * rates / rates.sum(1, keepdims=True)
        x = rng.poisson(rng.gamma(dispersion, means / dispersion))
        nats = gammaln(x + dispersion) - gammaln(dispersion) - gammaln(x + 1)
        nats += dispersion * np.log(dispersion / (dispersion + means)) + x * np.log(means / (dispersion + means))
        return Cells(x.astype(np.int32), types, batches, nats.sum(1))

    return draw(cells, np.random.default_rng([seed, 0])), draw(cells // 2, np.random.default_rng([seed, 1]))


def judged(test: Cells, nats: float, latents: np.ndarray, **more: Any) -> dict[str, Any]:
    return {
        "above": float(test.nats.mean()) - nats,
        "types": float(neighbours_agree(latents, test.types).mean()),
        "batch": float(predicted_right(latents, test.batches, 0).mean()),
    } | more


def score_ours(run: Run, cells: int, seed: int, seconds: float) -> dict[str, Any]:
    train, test = made_cells(cells, seed)
    data = replace(genwright.load_data(train.frame, kind="counts", given="batch"), name="made-cells")
    began = time.process_time()
    model = run.fit(data, "vae", minutes=seconds / 60, seed=seed)
    spent = time.process_time() - began
    nats = float(model.log_prob(test.frame, draws=DRAWS).nats.mean())
    latents = model.encode(test.frame)[:, :-1]  # without the total
    return judged(test, nats, latents, seconds=spent)


def score_scvi(run: Run, cells: int, seed: int, seconds: float) -> dict[str, Any]:
    warnings.filterwarnings("ignore")
    import anndata
    import scvi

    def as_anndata(part: Cells) -> Any:
        obs = pd.DataFrame({"batch": [f"b{k}" for k in part.batches]}, index=[str(k) for k in range(len(part.types))])
        return anndata.AnnData(part.counts.astype(np.float32), obs=obs)

    cells_to_train, cells_to_test = made_cells(cells, seed)
    train, test = map(as_anndata, (cells_to_train, cells_to_test))
    scvi.settings.seed, scvi.settings.verbosity = seed, 30
    scvi.model.SCVI.setup_anndata(train, batch_key="batch")

    def trained(epochs: int) -> tuple[Any, float]:
        model, began = scvi.model.SCVI(train, gene_likelihood="nb"), time.process_time()
        model.train(max_epochs=epochs, accelerator="cpu", enable_progress_bar=False, logger=False)
        return model, time.process_time() - began

    few, more = 2, 6
    (_, low), (_, high) = trained(few), trained(more)
    epochs = max(1, round(few + (seconds - low) * (more - few) / max(1e-9, high - low)))
    model, spent = trained(epochs)
    nats = float(model.get_marginal_ll(test, n_mc_samples=DRAWS, return_mean=True))
    return judged(cells_to_test, nats, model.get_latent_representation(test), seconds=spent, epochs=epochs)


# ---------------------------------------------------------------------- a large matrix


def large_file(cells: int, genes: int) -> bytes:
    """An .h5ad of counts, 95% of them 0, as AnnData writes it: float32 numbers and whole positions, not packed."""
    rng = np.random.default_rng(0)
    profiles = np.exp(rng.normal(0, 1.5, (4, genes)))
    profiles /= profiles.sum(1, keepdims=True)
    types, blocks = rng.integers(0, 4, cells), []
    for start in range(0, cells, 500):
        part = types[start : start + 500]
        means = 0.068 * genes * np.exp(rng.normal(0, 0.3, (len(part), 1))) * profiles[part]
        blocks.append(scipy.sparse.csr_array(rng.poisson(rng.gamma(2, means / 2)).astype(np.float32)))
    matrix = scipy.sparse.vstack(blocks)

    def fill(file: Any) -> None:
        group = file.create_group("X")
        group.attrs["encoding-type"], group.attrs["shape"] = "csr_matrix", matrix.shape
        for name in ("data", "indices", "indptr"):
            group[name] = getattr(matrix, name)
        for part, count in zip(("obs", "var"), matrix.shape):
            held = file.create_group(part)
            held.attrs["_index"] = "_index"
            held["_index"] = np.array([f"{part}{k}" for k in range(count)], "S")

    return hdf5_bytes(fill)


def read_and_train(path: str, items: int) -> dict[str, float]:
    """Items a CPU second, MiB of the peak beyond what the process held before, and MiB of the file."""
    from genwright.counts.contract import made_cells as small_cells

    torch.set_num_threads(1)

    def seconds_of(data: Data, n: int) -> float:
        began = time.process_time()
        genwright.fit(data, "vae", items=n, progress=False)
        return time.process_time() - began

    seconds_of(genwright.load_data(small_cells(300), kind="counts"), 256)
    with PeakMemory() as memory:
        data = genwright.load_data(Path(path))
        seconds = seconds_of(data, items)
    rate = (items - items // 4) / (seconds - seconds_of(data, items // 4))
    return {"rate": rate, "peak": memory.mib, "file": os.path.getsize(path) / 2**20, "seconds": seconds}
