"""Tables of many columns: what a step costs as columns grow, and the likelihood with and without shared hidden units.

    GENWRIGHT_DATA=... python benchmarks/wide_tables.py

Steps: `autoregressive` and `flow` on made tables of 2,520 rows, sizes in turns. Likelihood: `autoregressive` as it is,
whose columns share hidden units above a width, and with units of their own for each column, as many minutes for each,
in turns; both are scored on the same test rows. A table on which the two are the same network is not trained twice.
The wide tables are the numbers that come with the molecules of BACE, and RDKit's descriptors of Lipophilicity.
"""

from __future__ import annotations

import os
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import torch
from bars import Plan, record

import genwright
from genwright.recipes.tables import PRESETS, choose

COLUMNS, ROWS, ROUNDS, STEPS = (30, 100, 300), 2_520, 5, 30
MINUTES = 2.0  # of training, each side
OWN = 50_000  # hidden units, more than any table here takes: each column has its own
BACE, LIPOPHILICITY = "bace's numbers", "descriptors of lipophilicity"
TABLES = ("adult", "diamonds", "california-housing", BACE, LIPOPHILICITY)
STEP = {
    family: Plan(
        system,
        f"{family}: a step at {COLUMNS[-1]} columns over one at {COLUMNS[0]}",
        data=f"made tables of {ROWS:,} rows",
        split="train",
        seeds=(0,),
        metric="median seconds of training a step",
        budget=f"{ROUNDS} rounds of {STEPS} steps",
        most=12.0,
        unit="times",
        sides=tuple(f"at_{columns}" for columns in COLUMNS),
    )
    for system, family in (("D4", "autoregressive"), ("C1", "flow"))
}
GAIN = {
    name: Plan(
        "D4",
        f"{name}: nats a row gained by shared hidden units, in standard errors",
        data=name,
        split="test",
        seeds=(0,),
        metric="mean of differences by test row over its standard error",
        budget=f"{MINUTES:g} minutes of one core, each side",
        minutes=MINUTES,
        least=-1.0,
        unit="standard errors",
    )
    for name in TABLES
}


def made(columns: int) -> pd.DataFrame:
    """Rows about a plane of four dimensions."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, 4)) @ rng.normal(size=(4, columns)) + rng.normal(size=(ROWS, columns))
    return pd.DataFrame(x.round(2)).add_prefix("c")


def seconds_a_step() -> dict[str, dict[int, float]]:
    data = {columns: genwright.load_data(made(columns)) for columns in COLUMNS}
    times = {family: {columns: [] for columns in COLUMNS} for family in ("autoregressive", "flow")}
    for _ in range(ROUNDS):
        for family, found in times.items():
            for columns in COLUMNS:
                model = genwright.fit(data[columns], family, preset="small", steps=STEPS, progress=False)
                outcome = model.config["outcome"]
                found[columns].append(outcome["seconds"] / STEPS)
    return {family: {c: round(median(each), 4) for c, each in found.items()} for family, found in times.items()}


def table(name: str):
    if name not in (BACE, LIPOPHILICITY):
        return genwright.load_data(name)
    folder = Path(os.environ["GENWRIGHT_DATA"]) / "moleculenet"
    if name == BACE:
        return genwright.load_data(pd.read_csv(folder / "bace.csv.gz").select_dtypes("number"))
    from rdkit import Chem
    from rdkit.Chem import Descriptors

    molecules = map(Chem.MolFromSmiles, pd.read_csv(folder / "Lipophilicity.csv.gz").smiles)
    return genwright.load_data(pd.DataFrame([Descriptors.CalcMolDescriptors(molecule) for molecule in molecules]))


def compared(name: str) -> dict:
    """Nats a test row by either network, and their difference by rows, with its standard error."""
    data = table(name)
    spec = data.domain.spec
    hyper = PRESETS["autoregressive"][choose("autoregressive", spec, data.domain.given, len(data.train))]
    found = {"columns": len(spec.columns), "rows": len(data.train)}
    if len(spec.columns) * hyper.units <= hyper.hidden:
        return found | {"the same network": True}
    nats = {}
    for side, numbers in (("shared", {}), ("own", {"hidden": OWN})):
        model = genwright.fit(data, "autoregressive", minutes=MINUTES, hyperparameters=numbers, progress=False)
        nats[side] = model.log_prob(data.test).nats
        found[side] = {
            "nats": round(float(nats[side].mean()), 2),
            "items": model.config["outcome"]["items"],
            "parameters": model.config["outcome"]["parameters"],
        }
    by_row = nats["shared"] - nats["own"]
    se = by_row.std(ddof=1) / len(by_row) ** 0.5
    return found | {"gain": round(float(by_row.mean()), 2), "se": round(float(se), 2)}


def main() -> None:
    torch.set_num_threads(1)
    steps = seconds_a_step()
    print(steps, flush=True)
    bars = [
        STEP[family].row(found[COLUMNS[-1]] / found[COLUMNS[0]], digits=1, **{f"at_{c}": s for c, s in found.items()})
        for family, found in steps.items()
    ]
    details = {"seconds a step": steps, "tables": {}}
    for name in TABLES:
        found = details["tables"][name] = compared(name)
        print(name, found, flush=True)
        same = "the same network" in found
        bars.append(GAIN[name].row(0.0 if same else found["gain"] / found["se"], digits=2))
    record("wide_tables", bars, details | {"threads": 1})


if __name__ == "__main__":
    main()
