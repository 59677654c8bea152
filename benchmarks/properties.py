"""Properties of molecules on six sets of MoleculeNet: D-MPNN against chemprop and against baselines on descriptors.

    python benchmarks/properties.py --chemprop VENV/bin/chemprop [--folder FOLDER] [--sides NAME ...] [--sets NAME ...]

Five `scaffold-balanced` splits of each set, the same for all sides; three of Lipophilicity and of Tox21, since chemprop
takes 8 and 15 minutes for one of them. Every side trains on one core, at most five minutes. chemprop (2.3.1, in an
environment of its own) has its defaults, RDKit's descriptors and 50 epochs. The script writes each score to disk as it
is measured, and resumes. Where a side answers nothing, the training mean is scored, and counted as `lacking`. --sides
and --sets measure a part. The record is written once all sides have every score.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from bars import Plan, record
from sklearn.metrics import roc_auc_score

import genwright
from genwright.chemistry.standards import quiet_rdkit
from genwright.data.scaffold_splits import BALANCED, split_scaffolds

SETS = {  # name: file, column of SMILES, targets (None for all others), whether they are classes
    "ESOL": ("delaney-processed", "smiles", ["measured log solubility in mols per litre"], False),
    "FreeSolv": ("SAMPL", "smiles", ["expt"], False),
    "Lipophilicity": ("Lipophilicity", "smiles", ["exp"], False),
    "BBBP": ("BBBP", "smiles", ["BBBP"], True),
    "BACE": ("bace", "mol", ["Class"], True),
    "Tox21": ("tox21", "smiles", None, True),
}
FIVE = 0, 1, 2, 3, 4
SEEDS = {"ESOL": FIVE, "FreeSolv": FIVE, "Lipophilicity": FIVE[:3], "BBBP": FIVE, "BACE": FIVE, "Tox21": FIVE[:3]}
MINUTES, EPOCHS = 5.0, 50
OURS, PEER, SIMPLE = "dmpnn", "chemprop", ("forest", "linear")
SIDES = (PEER, *SIMPLE, "mean", OURS)
WHERE = dict(
    system="J6", split="test, scaffold-balanced", seeds=FIVE, minutes=MINUTES,
    budget="five minutes of one core at most; chemprop 50 epochs",
)  # fmt: skip
EACH = Plan(
    what="dmpnn with descriptors against chemprop", data="", metric="(ours better by) / standard error over splits",
    least=-2.0, sides=(OURS, PEER), over_seeds="ratio", **WHERE,
)  # fmt: skip
ALL = Plan(
    what="dmpnn with descriptors against chemprop, six sets", data="six sets of MoleculeNet",
    metric="mean over sets of (ours better by) / standard error", least=-1.0, over_seeds="ratio", **WHERE,
)  # fmt: skip
DESCRIPTORS = """
import sys
import numpy as np, pandas as pd
from chemprop.featurizers.molecule import RDKit2DFeaturizer
from rdkit import Chem
describe, most = RDKit2DFeaturizer(), np.finfo(np.float32).max
rows = [describe(Chem.MolFromSmiles(line)) for line in pd.read_csv(sys.argv[1])[sys.argv[2]]]
np.savez(sys.argv[3], np.clip(np.array(rows, float), -most, most))
"""
SIMPLER = Plan(
    what="dmpnn against the better of forest and linear on descriptors, six sets", data="six sets of MoleculeNet",
    metric="mean over sets of the share of the error (RMSE, 1 - AUC) that is saved, plus its standard error", least=0.0,
    over_seeds="ratio", **WHERE,
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chemprop", help="the program")
    parser.add_argument("--folder", type=Path, default=Path("runs/properties"))
    parser.add_argument("--sides", nargs="*", default=SIDES, choices=SIDES)
    parser.add_argument("--sets", nargs="*", default=SEEDS, choices=SEEDS)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for seed, name, side in product(FIVE, options.sets, options.sides):
        if seed in SEEDS[name] and measured(options.folder, name, seed, side) is None:
            measure(options.folder, name, seed, side, options.chemprop)
    found = {
        name: {side: [measured(options.folder, name, seed, side) for seed in SEEDS[name]] for side in SIDES}
        for name in SEEDS
    }
    if all(score for sides in found.values() for scores in sides.values() for score in scores):
        record("properties", bars(found), found)


def bars(found: dict) -> list[dict]:
    """Scores are RMSE, less being better, or ROC-AUC."""
    rows, distances, saved = [], [], []
    for name in SEEDS:
        classes = SETS[name][-1]
        score = {side: np.array([one["score"] for one in scores]) for side, scores in found[name].items()}
        gain = (score[OURS] - score[PEER]) * (1 if classes else -1)
        distances.append(gain.mean() / (gain.std(ddof=1) / np.sqrt(len(gain))))
        sides = {side: round(float(score[side].mean()), 4) for side in (OURS, PEER)}
        rows.append(
            replace(EACH, what=f"{EACH.what}, {name}", data=name, seeds=SEEDS[name]).row(
                distances[-1], digits=2, **sides
            )
        )
        error = {side: (1 - found if classes else found).mean() for side, found in score.items()}
        best = min(error[side] for side in SIMPLE)
        saved.append((best - error[OURS]) / best)
    se = float(np.std(saved, ddof=1) / np.sqrt(len(saved)))
    return [*rows, ALL.row(float(np.mean(distances)), digits=2), SIMPLER.row(float(np.mean(saved)) + se, digits=3)]


def measured(folder: Path, name: str, seed: int, side: str) -> dict | None:
    path = folder / f"{name}-{seed}-{side}.json"
    return json.loads(path.read_text()) if path.exists() else None


def measure(folder: Path, name: str, seed: int, side: str, chemprop: str | None) -> None:
    table, smiles, targets = split_table(name, seed)
    test, began = table[table["split"] == "test"], time.perf_counter()
    path = folder / f"{name}-{seed}.csv"
    table.to_csv(path, index=False)
    if side == PEER:
        answers = of_chemprop(chemprop, path, smiles, targets, SETS[name][-1])
    else:
        answers = of_ours(side, path, targets, test[smiles].tolist(), seed, SETS[name][-1])
    lacking = np.isnan(answers)  # chemprop answers nothing where a descriptor has no value
    answers = np.where(lacking, table.loc[table["split"] == "train", targets].mean().to_numpy(float), answers)
    found = {"score": score(answers, test[targets].to_numpy(float), SETS[name][-1]), "lacking": int(lacking.sum())}
    found |= {"seconds": round(time.perf_counter() - began), "source": source(), "load": os.getloadavg()[0]}
    (folder / f"{name}-{seed}-{side}.json").write_text(json.dumps(found))
    print(name, seed, side, found, flush=True)


def of_ours(side: str, path: Path, targets: list[str], smiles: list[str], seed: int, classes: bool) -> np.ndarray:
    """(n, targets) numbers, or probabilities of 1."""
    data = genwright.load_data(path, target=targets, split_column="split")
    budget = {"minutes": MINUTES} if side == OURS else {}
    table = genwright.fit(data, side, seed=seed, progress=False, **budget).predict(smiles)
    if not classes:
        return table[targets].to_numpy(float)
    columns = [f"p({target}=1)" for target in targets] if len(targets) > 1 else ["p(1)"]
    return table[columns].to_numpy(float)


def of_chemprop(program: str, path: Path, smiles: str, targets: list[str], classes: bool) -> np.ndarray:
    out = path.with_suffix(".chemprop")
    told = [program, "train", "--data-path", path, "--smiles-columns", smiles, "--target-columns", *targets]
    told += ["--task-type", "classification" if classes else "regression", "--splits-column", "split"]
    told += ["--epochs", str(EPOCHS), "--descriptors-path", descriptors_of_chemprop(program, path, smiles)]
    told += ["--output-dir", out, "--accelerator", "cpu", "--num-workers", "0"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(
        [str(word) for word in told], check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    (predicted,) = out.rglob("test_predictions.csv")
    return pd.read_csv(predicted)[targets].to_numpy(float)


def descriptors_of_chemprop(program: str, path: Path, smiles: str) -> Path:
    """chemprop's own `rdkit_2d`, held within the range of float32. `Ipc` of some molecules of Tox21 lies beyond, where
    chemprop stops."""
    out = path.with_suffix(".npz")
    told = [Path(program).parent / "python", "-c", DESCRIPTORS, path, smiles, out]
    subprocess.run([str(word) for word in told], check=True, stderr=subprocess.DEVNULL)
    return out


def score(answers: np.ndarray, measured: np.ndarray, classes: bool) -> float:
    """RMSE, or ROC-AUC; the mean over targets, of those that have both classes."""
    scores = []
    for answer, value in zip(answers.T, measured.T):
        known = ~np.isnan(value)
        if not classes:
            scores.append(float(np.sqrt(np.mean((answer[known] - value[known]) ** 2))))
        elif len(set(value[known])) == 2:
            scores.append(float(roc_auc_score(value[known], answer[known])))
    return float(np.mean(scores))


@cache
def split_table(name: str, seed: int) -> tuple[pd.DataFrame, str, list[str]]:
    """The molecules that RDKit reads, with their values and the part that they fall in: train, val or test."""
    file, smiles, targets, _ = SETS[name]
    folder = Path(os.environ["GENWRIGHT_DATA"]) / "moleculenet"
    with gzip.open(folder / f"{file}.csv.gz", "rt") as opened:
        table = pd.read_csv(opened)
    targets = targets or [column for column in table if column not in (smiles, "mol_id")]
    with quiet_rdkit():
        from rdkit import Chem

        table = table[[Chem.MolFromSmiles(line.strip()) is not None for line in table[smiles]]]
    table = table[[smiles, *targets]].assign(**{smiles: table[smiles].str.strip()}).reset_index(drop=True)
    parts = split_scaffolds(table[smiles].tolist(), BALANCED, seed, name)
    return table.assign(split=["val" if part == "valid" else part for part in parts]), smiles, targets


@cache
def source() -> str:
    told = subprocess.run(["git", "rev-parse", "HEAD:src"], capture_output=True, text=True)
    return told.stdout.strip() or sys.exit("run it within the repository")


if __name__ == "__main__":
    main()
