"""Molecules in space as PoseBusters judges them (Buttenschoen 2024), beside what is called valid here.

    GENWRIGHT_DATA=FOLDER python benchmarks/pose_busters.py --peers FOLDER [--n 200] [--runs runs/points-qm7/*-60-0]

The peer is PoseBusters with its checks of a molecule alone:

    pip install posebusters pyyaml --no-deps --target FOLDER

FOLDER/qm7 holds qm7.npz. Judged are real test molecules, training molecules with noise, and draws of the trained RUNS;
rows of other runs that are on record stay. PoseBusters is given the bonds that are perceived here (a file of positions
has none), so a sample for which none fit is none of its molecules. It looks at lengths, angles, clashes, flat parts and
energy too, which `valid` does not: how many of the valid ones pass each of them stands in the details.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from bars import bar, details_of, record

import genwright
from genwright.chemistry.perceived_bonds import molecule_of, one_molecule
from genwright.chemistry.standards import quiet_rdkit

NAME, AGREE = "pose_busters", 0.99  # of samples, at least, that both call chemistry or both do not
CHEMISTRY = ("sanitization", "inchi_convertible", "all_atoms_connected", "no_radicals")


def judged(items) -> dict:
    """valid: by us. chemistry, passed: by PoseBusters, of all samples; checks: of those that are valid by us."""
    from posebusters import PoseBusters

    molecules = [molecule_of(item.symbols, item.positions)[0] for item in items]
    found = np.array([molecule is not None for molecule in molecules])
    whole = np.array([one_molecule(molecule) for molecule in molecules])
    with quiet_rdkit():
        table = PoseBusters("mol").bust([molecule for molecule in molecules if molecule is not None])
    chemistry, passed = np.zeros((2, len(items)), bool)
    chemistry[found], passed[found] = table[list(CHEMISTRY)].all(axis=1), table.all(axis=1)
    return {
        "n": len(items),
        "valid": float(whole.mean()),
        "chemistry": float(chemistry.mean()),
        "agree": float((whole == chemistry).mean()),
        "passed": float(passed.mean()),
        "checks": {check: float(table[check][whole[found]].mean()) for check in table},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", type=Path, required=True)
    parser.add_argument("--runs", type=Path, nargs="*", default=[])
    parser.add_argument("--n", type=int, default=200)
    options = parser.parse_args()
    sys.path.append(str(options.peers))
    data = genwright.load_data("qm7")
    asked = {"real test molecules": lambda: [data.test[k] for k in range(options.n)]}
    asked["noisy-copies"] = lambda: genwright.fit(data, "noisy-copies", progress=False).sample(options.n, seed=0)
    asked |= {run.name: lambda run=run: genwright.load_model(run).sample(options.n, seed=0) for run in options.runs}
    rows = (details_of(NAME) or {"rows": {}})["rows"]
    for name, draw in asked.items():
        rows[name] = judged(draw())
        what = "valid here, and chemistry by PoseBusters: both or neither"
        told = [(f"{key}: {what}", row["agree"]) for key, row in rows.items()]
        bars = [bar("J2", text, f">= {AGREE:g}", agree, agree >= AGREE, "of samples") for text, agree in told]
        record(NAME, bars, {"rows": rows})


if __name__ == "__main__":
    main()
