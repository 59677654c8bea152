"""Baselines of properties of molecules on MoleculeNet: what every network has to beat.

    GENWRIGHT_DATA=FOLDER python benchmarks/property_baselines.py [--sets esol bbbp] [--splits 3] [--out table.csv]

FOLDER/moleculenet holds the sets. Each split is scaffold-balanced: 80% to train, 10% to test; validation molecules are
not looked at. A row is one baseline on one split: the mean over targets of each metric, and seconds of one core.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from time import process_time
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from genwright.chemistry.descriptors import NAMES, descriptors
from genwright.chemistry.fingerprints import morgan_counts
from genwright.chemistry.standards import Standard, Unreadable, quiet_rdkit
from genwright.core.answers import EXACT, UNKNOWN, Answers, Target
from genwright.core.draws import Draws
from genwright.core.spec import Spec
from genwright.core.trainable import Items
from genwright.data.named.download import cached
from genwright.data.named.molecules import MEASURED
from genwright.data.scaffold_splits import BALANCED, split_scaffolds
from genwright.evaluation.metrics.properties import ScaledPredictions, by_target, each_target
from genwright.predictors.task_data import Sizes
from genwright.recipes import property_baselines as recipes

CLASSES = "bbbp", "bace", "tox21"
SETS = "esol", "freesolv", "lipophilicity", *CLASSES
FAMILIES = "mean", "linear", "forest", "nearest"
BITS, FARTHEST = 2048, 10.0


class Views(NamedTuple):
    descriptors: torch.Tensor
    counts: torch.Tensor


def read(name: str) -> tuple[list[str], np.ndarray, list[str]]:
    """Canonical SMILES (n,), each once, values (n, T), NaN where unknown, and names (T,)."""
    if name in MEASURED:
        file, smiles, column = MEASURED[name]
        table, columns = pd.read_csv(cached(file.path)), [column]
    else:
        table, smiles = pd.read_csv(cached(f"moleculenet/{name}.csv.gz")), "smiles"
        columns = [column for column in table if column not in ("mol_id", smiles)]
    texts, standard = [], Standard()
    with quiet_rdkit():
        for text in table[smiles]:
            try:
                texts.append(standard.smiles(text))
            except Unreadable:
                texts.append(None)
    values = table[columns].groupby(pd.Series(texts), sort=False).mean()
    values = values.round() if name in CLASSES else values
    return values.index.tolist(), values.to_numpy(float), columns


def rows_of(name: str, splits: int) -> list[dict]:
    smiles, y, columns = read(name)
    described, counts, found = descriptors(smiles), torch.from_numpy(morgan_counts(smiles, bits=BITS)), []
    for seed in range(splits):
        parts = split_scaffolds(smiles, BALANCED, seed, name)
        train, test = (torch.from_numpy(np.flatnonzero(parts == part)) for part in ("train", "test"))
        targets, scaled = zip(*(target_of(column, y[:, t], train, name) for t, column in enumerate(columns)))
        known = torch.from_numpy(np.where(np.isnan(y), UNKNOWN, EXACT).astype(np.int8))
        answers = Answers(torch.from_numpy(np.nan_to_num(np.stack(scaled, 1))).float(), known)
        views = Views(scaled_by(described, train), counts)
        for family in FAMILIES:
            start = process_time()
            said = fitted(family, targets, views, train, answers, seed).predict(views)[test].numpy().astype(float)
            nothing = np.full((len(test), len(targets)), np.nan)
            measured = each_target(
                ScaledPredictions(said, nothing, nothing), answers.y[test].numpy(), known[test].numpy(), targets
            )
            means = by_target(measured).drop(columns=["target", "tested"]).mean(numeric_only=True).dropna()
            row = {"set": name, "split": seed, "family": family, "seconds": process_time() - start}
            found.append(row | means.to_dict())
            print(
                {key: round(value, 3) if isinstance(value, float) else value for key, value in found[-1].items()},
                flush=True,
            )
    return found


def target_of(column: str, y: np.ndarray, train: torch.Tensor, name: str) -> tuple[Target, np.ndarray]:
    if name in CLASSES:
        return Target(column, ("0", "1")), y
    shift, scale = float(y[train].mean()), float(y[train].std())
    return Target(column, (), shift, scale), (y - shift) / scale


def scaled_by(described: np.ndarray, train: torch.Tensor) -> torch.Tensor:
    """As `Properties.scaled` does: by the means and deviations of training, the mean where there is no number."""
    some = described[train].astype(np.float64)
    with np.errstate(all="ignore"):
        mean, deviation = np.nanmean(some, 0), np.nanstd(some, 0)
    deviation[~(deviation > 0)] = 1.0
    found = np.nan_to_num((described - np.nan_to_num(mean)) / deviation).clip(-FARTHEST, FARTHEST)
    return torch.from_numpy(found.astype(np.float32))


def fitted(family: str, targets: tuple[Target, ...], views: Views, train: torch.Tensor, answers: Answers, seed: int):
    spec = Sizes(0, targets=targets, descriptors=len(NAMES), counts=BITS)
    presets = recipes.PRESETS.get(family)
    made = getattr(recipes, family)(spec, Spec(()), *([presets["usual"]] if presets else [])).family
    made.attach(views)
    made.finish(Items(train, torch.zeros(len(train), 0), answers[train]), Draws("baselines", seed))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    table = pd.DataFrame([row for name in options.sets for row in rows_of(name, options.splits)])
    if options.out:
        table.to_csv(options.out, index=False)
    print(table.drop(columns="split").groupby(["set", "family"], sort=False).mean().round(3).to_string())


if __name__ == "__main__":
    main()
