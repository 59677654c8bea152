"""chemprop: the step of its D-MPNN beside the step of ours, and its program's answers about a table."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from common import data_folder
from peers.ours import our_step

from genwright.core.answers import Answers, Target
from genwright.core.trainable import Items
from genwright.families.task_data import TaskSizes
from genwright.molecules.chemistry.molecule_graphs import ATOM_FEATURES, BOND_FEATURES, molecule_graphs
from genwright.molecules.families.properties import MoleculesContext
from genwright.molecules.zoo import properties
from genwright.training.machine import choose_by_rule
from genwright.training.stage import Order

BATCH, MOLECULES = 64, 2_048
EPOCHS = 50
DESCRIPTORS = """
import sys
import numpy as np, pandas as pd
from chemprop.featurizers.molecule import V1RDKit2DNormalizedFeaturizer
from rdkit import Chem
describe = V1RDKit2DNormalizedFeaturizer()
rows = [describe(Chem.MolFromSmiles(line)) for line in pd.read_csv(sys.argv[1])[sys.argv[2]]]
np.savez(sys.argv[3], np.nan_to_num(np.array(rows, float)))
"""


def measured() -> tuple[list[str], torch.Tensor]:
    """SMILES, and scaled numbers (n, 1)."""
    table = pd.read_csv(data_folder("moleculenet", "Lipophilicity.csv.gz"))[:MOLECULES]
    y = torch.tensor(table["exp"].to_numpy()).float()
    return table["smiles"].tolist(), ((y - y.mean()) / y.std())[:, None]


def theirs(smiles: list[str], y: torch.Tensor) -> Callable[[], None]:
    """A function that takes the next step, of the same molecules as ours."""
    from chemprop.data import MoleculeDatapoint, MoleculeDataset, collate_batch
    from chemprop.models import MPNN
    from chemprop.nn import BondMessagePassing, NormAggregation, RegressionFFN

    points = [MoleculeDatapoint.from_smi(text, number.numpy()) for text, number in zip(smiles, y)]
    data = MoleculeDataset(points)
    data.cache = True
    network = MPNN(BondMessagePassing(), NormAggregation(), RegressionFFN())
    network.train()
    optimizer, order, seen = torch.optim.Adam(network.parameters(), 1e-4), Order(len(y), 0, "fit"), [0]

    def step() -> None:
        batch = collate_batch([data[number] for number in order.batch(seen[0], BATCH).tolist()])
        seen[0] += BATCH
        known = batch.Y.isfinite()
        found = network.predictor.train_step(network.fingerprint(batch.bmg, batch.V_d, batch.X_d))
        loss = network.criterion(found, batch.Y.nan_to_num(0.0), known, batch.w, batch.lt_mask, batch.gt_mask)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def ours(smiles: list[str], y: torch.Tensor) -> tuple[Callable[[], Items], bool]:
    """A function that takes the next step, and whether it is in bfloat16."""
    spec = TaskSizes(inputs=ATOM_FEATURES, edge_features=BOND_FEATURES, targets=(Target("exp"),))
    recipe = properties.DMPNN_PRESETS["plain"].build(spec)
    recipe.family.attach(MoleculesContext(*molecule_graphs(smiles)))
    items = Items(torch.arange(len(y)), torch.zeros(len(y), 0), Answers.exact(y))
    _, bf16 = choose_by_rule(recipe, 0, items, 1)
    return our_step(recipe, items, BATCH, bf16=bf16), bf16


def of_chemprop(
    program: str, path: Path, described: Path, smiles: str, targets: list[str], classes: bool, networks: int = 1
) -> np.ndarray:
    """Answers about the test molecules of a table, the mean of so many networks. described: a file of `describe`."""
    out = path.with_suffix(".chemprop")
    told = [program, "train", "--data-path", path, "--smiles-columns", smiles, "--target-columns", *targets]
    told += ["--task-type", "classification" if classes else "regression", "--splits-column", "split"]
    told += ["--epochs", str(EPOCHS), "--descriptors-path", described, "--no-descriptor-scaling"]
    told += ["--output-dir", out, "--accelerator", "cpu", "--num-workers", "0"]
    told += ["--ensemble-size", str(networks)] if networks > 1 else []
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([str(word) for word in told], check=True, env=environment, capture_output=True)
    predicted = [pd.read_csv(file)[targets].to_numpy(float) for file in sorted(out.rglob("test_predictions.csv"))]
    assert len(predicted) >= networks, f"{len(predicted)} files of predictions of {networks} networks"
    return np.mean(predicted, 0)


def describe(program: str, path: Path, described: Path, smiles: str) -> None:
    """Descriptors of a table's molecules as chemprop's documentation recommends them, `v1_rdkit_2d_normalized`: each
    as its place in a known distribution, 0 where it has no value.

    Plain `rdkit_2d`, scaled by mean and deviation, misleads chemprop where one descriptor (`Ipc`) of a molecule lies
    millions of deviations away: errors of 35 and 122 on two splits of ESOL."""
    if not described.exists():
        told = [Path(program).parent / "python", "-c", DESCRIPTORS, path, smiles, described]
        subprocess.run([str(word) for word in told], check=True, stderr=subprocess.DEVNULL)


def from_texts(smiles: list[str]) -> Callable[[], None]:
    """A function that reads molecules and predicts a number of each, in batches of 64, as its command does by default.
    It does so without its trainer, which takes longer."""
    from chemprop.data import MoleculeDatapoint, MoleculeDataset, build_dataloader
    from chemprop.models import MPNN
    from chemprop.nn import BondMessagePassing, NormAggregation, RegressionFFN

    network = MPNN(BondMessagePassing(), NormAggregation(), RegressionFFN()).eval()

    @torch.inference_mode()
    def predict() -> None:
        points = [MoleculeDatapoint.from_smi(text) for text in smiles]
        batches = build_dataloader(MoleculeDataset(points), BATCH, shuffle=False)
        found = torch.cat([network(batch.bmg, batch.V_d, batch.X_d) for batch in batches])
        assert len(found) == len(smiles)

    return predict
