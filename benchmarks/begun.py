"""Models that begin with what ships (row M2), and samples within ranges (row M6)."""

from __future__ import annotations

import csv
import gzip
import random
import time
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from bars import Run, benchmark, plans
from common import Result, data_folder, se_of
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

import genwright
from genwright.core.data import Data
from genwright.measure.suites.captioned_images import suite as image_suite

SEEDS, MINUTES = (0, 1, 2), 1 / 6
COUNTS, TESTED = (50, 200, 1_000), 2_000  # images to learn from, and to test by
DIGITS = plans(
    {
        count: (f"{count:,} digits of another hand at 8 x 8: Frechet distance begun with shipped:digits less that from "
                "nothing", "mean of differences", "< 0" if count < 1_000 else "shown")
        for count in COUNTS
    },
    system="begun", data="mnist at 8 x 8", split="test", seeds=SEEDS, repeated="trainings",
    budget="10 seconds of one core, each side", minutes=MINUTES, sides=("begun", "anew"),
)  # fmt: skip
LISTS = {"drugs": ("BBBP", "smiles", 500, 0.65), "inhibitors": ("bace", "mol", 300, 0.5)}
FEW = plans(
    {
        (name, metric): (f"{count} {name} as they come: {said}", "share of 400 samples", f">= {bar}")
        for name, (_, _, count, least) in LISTS.items()
        for metric, said, bar in (("valid", "valid", least), ("novel", "not among the list", 0.95))
    } | {
        (name, "times"): (f"{count} {name}: valid begun, over valid from nothing in as many seconds", "ratio",
                          ">= 5 times", {"sides": ("begun", "anew")})
        for name, (_, _, count, _) in LISTS.items()
    } | {
        (name, "away"): (f"{count} {name}: fingerprints against held-out ones, less those of the untuned run", "AUC",
                         "<= 0", {"sides": ("begun", "untuned")})
        for name, (_, _, count, _) in LISTS.items()
    },
    system="begun", data="moleculenet", split="held-out molecules", seeds=(0,),
    budget="30 seconds of one core, each side", minutes=0.5,
)  # fmt: skip
WITHIN = plans(
    {
        "auc": ("adult, 1,000 rows of age>60 & sex=Female against such real rows, less 1,000 of all", "AUC", "<= 0.06"),
        "seconds": ("adult, the same: processor time over that of rejection", "ratio", "<= 0.2"),
    },
    system="begun", data="adult", split="all", seeds=(0,), budget="2 minutes of one core", minutes=2.0,
)  # fmt: skip


@benchmark(plans=("DIGITS",), tiny={"counts": (50,), "seeds": 1})
def begun_digits(run: Run, counts: tuple[int, ...] = COUNTS, seeds: int = len(SEEDS)) -> Result:
    """Digits of another hand, from a shipped run and from nothing, as many seconds each: Frechet distance to test
    images, in the shipped feature network.

    The images of MNIST are padded to 32 x 32, and the means of squares of four pixels are taken. flow-matching on both
    sides: that of the shipped run, and what its rules choose for so few images.
    """
    torch.set_num_threads(1)
    rows, details = [], {}
    for count in counts:
        found = [run.kept(f"{count}-{seed}", partial(frechet_both, run, count, seed)) for seed in range(seeds)]
        begun, anew = ([one[side] for one in found] for side in ("begun", "anew"))
        off, sides = np.subtract(begun, anew), {"begun": float(np.mean(begun)), "anew": float(np.mean(anew))}
        rows += [DIGITS[count].row(float(off.mean()), se_of(off), 3, **sides)] if seeds > 1 else []
        details[str(count)] = found
    return rows, details


@benchmark(plans=("FEW",), tiny={"samples": 20})
def begun_molecules(run: Run, samples: int = 400) -> Result:
    """Few molecules as they come, from shipped:molecules and from nothing, thirty seconds each: valid and new samples,
    and how well a logistic regression on Morgan fingerprints tells them from molecules of the set that were held out.
    """
    torch.set_num_threads(1)
    rows, details = [], {}
    for name, (file, column, count, _) in LISTS.items():
        found = run.kept(name, partial(samples_of_both, run, name, file, column, count, samples))
        begun, anew, untuned = (found[side] for side in ("begun", "anew", "untuned"))
        valid = {"begun": begun["valid"], "anew": anew["valid"]}
        away = {"begun": begun["auc"], "untuned": untuned["auc"]}
        rows += [
            FEW[name, "valid"].row(begun["valid"], digits=3),
            FEW[name, "novel"].row(begun["novel"], digits=3),
            FEW[name, "times"].row(begun["valid"] / max(anew["valid"], 1 / samples), digits=1, **valid),
            FEW[name, "away"].row(begun["auc"] - untuned["auc"], digits=3, **away),
        ]
        details[name] = found
    return rows, details


@benchmark(plans=("WITHIN",), tiny={"drawn": 50})
def within_ranges(run: Run, drawn: int = 1_000) -> Result:
    """Rows of Adult within ranges: how well boosted trees tell them from such real rows, and the time beside rejection,
    which samples whole rows until as many are within."""
    torch.set_num_threads(1)
    found = run.kept("adult", partial(rows_within, run, drawn))
    off = found["within"] - found["all"]
    seconds = found["seconds"] / found["rejection seconds"]
    return [WITHIN["auc"].row(off, digits=3), WITHIN["seconds"].row(seconds, digits=3)], found


# ---------------------------------------------------------------------- digits


def small_digits() -> tuple[np.ndarray, np.ndarray]:
    """MNIST at 8 x 8: images (n, 8, 8, 1) uint8, and labels (n,)."""
    read = lambda name, skip: np.frombuffer(gzip.open(data_folder("mnist", name)).read(), np.uint8, offset=skip)
    images = read("train-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28)[:10_000]
    labels = read("train-labels-idx1-ubyte.gz", 8)[:10_000]
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2))).reshape(-1, 8, 4, 8, 4)
    return padded.mean((2, 4)).round().astype(np.uint8)[..., None], labels


def frechet_both(run: Run, count: int, seed: int) -> dict[str, float]:
    images, labels = small_digits()
    order = np.random.default_rng(seed).permutation(len(images))
    mine, others = order[: round(count / 0.8)], order[-TESTED:]
    data = replace(genwright.load_data((images[mine], labels[mine]), seed=seed), name=f"digits-{count}")
    test = genwright.load_data((images[others], labels[others]), seed=seed).train
    judged = image_suite(data)(replace(data, items=data.items | {"test": test}, encoded={}), seed)
    score = lambda model: float(judged.measure(model, only=["frechet"]).metrics["frechet"].value)
    return {
        side: score(run.fit(data, family, minutes=MINUTES, seed=seed))
        for side, family in (("begun", "flow-matching-from-digits"), ("anew", "flow-matching"))
    }


# ---------------------------------------------------------------------- molecules


def samples_of_both(run: Run, name: str, file: str, column: str, count: int, samples: int) -> dict[str, Any]:
    with gzip.open(data_folder("moleculenet", f"{file}.csv.gz"), "rt") as lines:
        smiles = [line[column] for line in csv.DictReader(lines) if line.get("Class", "1") == "1"]
    random.Random(0).shuffle(smiles)
    data = replace(genwright.load_data(smiles[:count], kind="molecules"), name=name)
    look = partial(look_at, data=data, held=smiles[count:], samples=samples)
    begun = run.fit(data, "autoregressive-from-molecules", minutes=0.5, seed=0)
    anew = run.fit(data, "autoregressive", minutes=0.5, seed=0)
    return {
        "read": sum(data.sizes.values()),
        "begun": look(begun),
        "anew": look(anew),
        "untuned": look(genwright.load_model("shipped:molecules")),
    }


def look_at(model: Any, data: Data, held: list[str], samples: int) -> dict[str, float]:
    """Shares of samples that are molecules, and of these that are new; the AUC of fingerprints, 1 where few are."""
    from genwright.molecules.chemistry.standards import canonical, quiet_rdkit

    with quiet_rdkit():
        drawn = {one for one in map(canonical, model.sample(samples, seed=1)) if one}
        kept = [one for one in map(canonical, held) if one]
        count = sum(canonical(one) is not None for one in model.sample(samples, seed=1))
    known = {one for part in data.items.values() for one in part}
    size = min(len(drawn), len(kept), 300)
    rng, side = np.random.default_rng(0), np.repeat([0, 1], size)
    x = fingerprints([*rng.permutation(sorted(drawn))[:size], *rng.permutation(kept)[:size]]) if size >= 30 else None
    judge = LogisticRegression(C=0.05, max_iter=300)
    told = None if x is None else cross_val_predict(judge, x, side, cv=5, method="predict_proba")[:, 1]
    auc = 1.0 if told is None else float(roc_auc_score(side, told))
    return {"valid": count / samples, "novel": float(np.mean([one not in known for one in drawn] or [0])), "auc": auc}


def fingerprints(smiles: list[str]) -> np.ndarray:
    from rdkit import Chem
    from rdkit.Chem import rdFingerprintGenerator

    make = rdFingerprintGenerator.GetMorganGenerator(2, fpSize=1024)
    return np.array([make.GetFingerprintAsNumPy(Chem.MolFromSmiles(str(one))) for one in smiles], float)


# ---------------------------------------------------------------------- ranges


def rows_within(run: Run, rows: int) -> dict[str, float]:
    data, ranges = genwright.load_data("adult"), "age>60 & sex=Female"
    model = run.fit(data, "autoregressive", minutes=2.0, seed=0)
    real = pd.concat(data.items.values(), ignore_index=True)
    inside = real[(real["age"] > 60) & (real["sex"] == "Female")]
    model.sample(20, ranges, seed=1)  # what is done once
    began = time.process_time()
    drawn = model.sample(rows, ranges, seed=0)
    seconds = time.process_time() - began
    began, count, seed = time.process_time(), 0, 1
    while count < rows:
        some = model.sample(8_192, seed=seed)
        count, seed = count + int(((some["age"] > 60) & (some["sex"] == "Female")).sum()), seed + 1
    rejection = (time.process_time() - began) * rows / count
    some = partial(pd.DataFrame.sample, random_state=0)
    return {
        "within": told_apart(some(inside, n=min(rows, len(inside))), drawn),
        "all": told_apart(some(real, n=rows), model.sample(rows, seed=5)),
        "seconds": seconds,
        "rejection seconds": rejection,
    }


def told_apart(real: pd.DataFrame, drawn: pd.DataFrame) -> float:
    both = pd.concat([real, drawn[list(real)]], ignore_index=True)
    for name in both:
        if not pd.api.types.is_numeric_dtype(both[name]):
            both[name] = pd.factorize(both[name])[0]
    side = np.repeat([0, 1], [len(real), len(drawn)])
    judge = HistGradientBoostingClassifier(max_iter=60)
    return float(roc_auc_score(side, cross_val_predict(judge, both, side, cv=5, method="predict_proba")[:, 1]))
