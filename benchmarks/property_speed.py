"""A training step of the D-MPNN beside that of chemprop, on the same molecules.

    pip install chemprop==2.3.1        (in an environment of its own: it needs an RDKit of its own)
    GENWRIGHT_DATA=FOLDER python benchmarks/property_speed.py [--rounds 15]

One thread, processor time, in turns, medians. Both are three messages of 300 over the bonds of 64 molecules of
Lipophilicity, the same ones at the same time, without descriptors, and one layer of 300 before the number. Theirs is
the step of its trainer without the trainer: batches put together of molecules that were read once, forward, loss,
backward, Adam, in float32, its default. Ours is the step of our loop, which also cuts its batch out of the molecules,
clips gradients, averages weights and looks whether the loss is finite, in the dtype that the rule chooses.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time

import torch
from bars import Plan, record

from genwright.chemistry.molecule_features import ATOM_FEATURES, BOND_FEATURES, molecule_graphs
from genwright.core.answers import Answers, Target
from genwright.core.draws import Draws, seeded
from genwright.core.seeds import seed_of
from genwright.core.spec import Spec
from genwright.core.trainable import Items
from genwright.predictors.properties import MoleculesContext
from genwright.predictors.task_data import Sizes
from genwright.recipes import properties
from genwright.training.machine import choose_by_rule
from genwright.training.stage import Order, StageTraining, into_training

BATCH, MOLECULES = 64, 2_048
STEPS = 8  # a turn
PLAN = Plan(
    system="J6",
    what="a training step of the D-MPNN, depth 3, width 300, 64 molecules: time of chemprop 2.3.1 over ours",
    data="Lipophilicity (MoleculeNet)",
    split="train",
    seeds=(0,),
    budget="steps of 64 molecules, in turns",
    metric="median of the ratios of processor time, one thread",
    least=1.5,
    unit="times",
    sides=("chemprop", "genwright"),
)


def measured() -> tuple[list[str], torch.Tensor]:
    """SMILES, and scaled numbers (n, 1)."""
    path = Path(os.environ["GENWRIGHT_DATA"]) / "moleculenet" / "Lipophilicity.csv.gz"
    with gzip.open(path, "rt") as file:
        rows = list(csv.DictReader(file))[:MOLECULES]
    y = torch.tensor([float(row["exp"]) for row in rows])
    return [row["smiles"] for row in rows], ((y - y.mean()) / y.std())[:, None]


def theirs(smiles: list[str], y: torch.Tensor, order: Order) -> Callable[[int], None]:
    """A function that takes the step after so many items."""
    from chemprop.data import MoleculeDatapoint, MoleculeDataset, collate_batch
    from chemprop.models import MPNN
    from chemprop.nn import BondMessagePassing, NormAggregation, RegressionFFN

    points = [MoleculeDatapoint.from_smi(text, number.numpy()) for text, number in zip(smiles, y)]
    data = MoleculeDataset(points)
    data.cache = True
    network = MPNN(BondMessagePassing(), NormAggregation(), RegressionFFN())
    network.train()
    optimizer = torch.optim.Adam(network.parameters(), 1e-4)

    def step(items: int) -> None:
        batch = collate_batch([data[number] for number in order.batch(items, BATCH).tolist()])
        known = batch.Y.isfinite()
        found = network.predictor.train_step(network.fingerprint(batch.bmg, batch.V_d, batch.X_d))
        loss = network.criterion(found, batch.Y.nan_to_num(0.0), known, batch.w, batch.lt_mask, batch.gt_mask)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def ours(smiles: list[str], y: torch.Tensor, order: Order) -> tuple[Callable[[int], None], bool]:
    """The same, and whether it is in bfloat16."""
    spec = Sizes(inputs=ATOM_FEATURES, edge_features=BOND_FEATURES, targets=(Target("exp"),))
    recipe = properties.dmpnn(spec, Spec(()), properties.PRESETS["dmpnn"]["plain"])
    recipe.family.attach(MoleculesContext(*molecule_graphs(smiles)))
    items, stage = Items(torch.arange(len(y)), torch.zeros(len(y), 0), Answers.exact(y)), recipe.family.stages()[0]
    _, bf16 = choose_by_rule(recipe, 0, items, 1)
    training = StageTraining(recipe, stage)
    into_training(recipe.family, stage)

    def step(seen: int) -> None:
        rng = Draws("step", 0, stage.name, seen)
        with seeded(seed_of("layers", 0, stage.name, seen)):
            training.step(items[order.batch(seen, BATCH)].batch(rng, seen), seen // BATCH, 1.0, bf16)

    return step, bf16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    smiles, y = measured()
    order, ours_step, bf16 = Order(len(y), 0, "fit"), *ours(smiles, y, Order(len(y), 0, "fit"))
    steps = {"chemprop": theirs(smiles, y, order), "genwright": ours_step}
    taken = {side: [] for side in steps}
    for step in steps.values():
        for seen in range(0, len(y), BATCH):  # every molecule is read once before
            step(seen)
    for turn in range(options.rounds):
        for side, step in steps.items():
            began = process_time()
            for number in range(STEPS):
                step((turn * STEPS + number) * BATCH)
            taken[side].append((process_time() - began) / STEPS)
    ratio = median(a / b for a, b in zip(*taken.values()))
    speeds = {side: BATCH / median(seconds) for side, seconds in taken.items()}
    details = {"seconds a step": taken, "molecules a second": speeds, "bfloat16": bf16}
    record("property_speed", [PLAN.row(ratio, digits=2, **speeds)], details)


if __name__ == "__main__":
    main()
