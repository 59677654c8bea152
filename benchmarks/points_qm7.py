"""Small organic molecules (QM7): how stable molecules are that models draw after trainings of several lengths, beside
baselines and real ones.

    GENWRIGHT_DATA=FOLDER python benchmarks/points_qm7.py [--family equivariant-diffusion latent-diffusion]
        [--minutes 5 15 30 60] [--seeds 0 1] [--n 1000] [--smiles 10] [--folder runs/points-qm7]

FOLDER/qm7 holds qm7.npz. Each length and seed is a training of its own, cooled down. A run that is in --folder is
measured as it is, and rows that other calls have recorded stay, so that lengths can be measured one by one; bars are of
the longest, of an hour. Baselines: training molecules, the same with noise, atoms drawn apart, and a model of SMILES,
those of the training molecules, trained for --smiles minutes, whose samples RDKit embeds (ETKDG, then MMFF): what is
no molecule, or is not embedded, is counted as no sample. Published, of QM9 and after about a week of a GPU: atoms 98.7,
molecules 82.0 (Hoogeboom 2022); molecules 89.4 (Xu 2023), the tables of the papers.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from bars import bar, details_of, record

import genwright
from genwright.chemistry.atoms import Atoms
from genwright.chemistry.perceived_bonds import molecule_of, smiles_of
from genwright.chemistry.standards import quiet_rdkit
from genwright.core.run_files import WEIGHTS
from genwright.evaluation.suites.points import Suite

NAME, HOUR, SCORED = "points_qm7", 60.0, 500
EDM, GEOLDM = "equivariant-diffusion", "latent-diffusion"
BASELINES = ("bootstrap", "noisy-copies", "independent")
PUBLISHED = {EDM: {"atoms": 0.987, "molecules": 0.820}, GEOLDM: {"molecules": 0.894}}
BARS = {"stable_atoms": 0.90, "sound": 0.40, "unique": 0.90}


def row_of(suite: Suite, model) -> dict:
    found = suite.measure(model)
    return {"metrics": {name: metric.to_json() for name, metric in found.metrics.items()}, "seconds": found.seconds}


def embedded(data, minutes: float, n: int, out: Path) -> tuple[list[Atoms], int]:
    """Samples of a model of SMILES in space, and how many were none."""
    from rdkit import Chem
    from rdkit.Chem import AllChem

    lines = [smiles_of(molecule) for item in data.train if (molecule := molecule_of(item.symbols, item.positions)[0])]
    if not (out / WEIGHTS).exists():
        genwright.fit(genwright.load_data(lines, kind="molecules"), minutes=minutes, out=out, progress=False)
    found = []
    drawn = genwright.load_model(out).sample(n, seed=0)
    with quiet_rdkit():
        molecules = [Chem.MolFromSmiles(line) for line in drawn]
    for molecule in molecules:
        molecule = None if molecule is None else Chem.AddHs(molecule)
        if molecule is None or AllChem.EmbedMolecule(molecule, randomSeed=0, maxAttempts=20) < 0:
            continue
        AllChem.MMFFOptimizeMolecule(molecule)
        atoms = Atoms(
            tuple(atom.GetSymbol() for atom in molecule.GetAtoms()), np.array(molecule.GetConformer().GetPositions())
        )
        if set(atoms.symbols) <= set(data.domain.symbols):
            found.append(atoms)
    return found, n - len(found)


def value(row: dict, name: str) -> float:
    return row["metrics"][name]["value"] if name in row["metrics"] else 0.0  # of nothing that is stable, nothing is


def bars_of(rows: dict) -> list[dict]:
    """Of the trainings of an hour."""
    hours = {
        family: {key: rows[key] for key in rows if key.startswith(f"{family}, {HOUR:g} ")} for family in (EDM, GEOLDM)
    }
    found = []
    for key, row in hours[EDM].items():
        for name, wanted in BARS.items():
            measured = value(row, name)
            what, met = f"{name}, {key}", measured >= wanted
            found.append(bar("J2", what, f">= {wanted:g}", round(measured, 3), met, minutes=HOUR))
    if len(hours[EDM]) > 1 and len(hours[GEOLDM]) > 1:
        ours, theirs = (np.array([value(row, "sound") for row in hours[family].values()]) for family in (GEOLDM, EDM))
        gap, sd = ours.mean() - theirs.mean(), float(np.hypot(ours.std(ddof=1), theirs.std(ddof=1)))
        what = "stable and in one piece, above diffusion without a codec, an hour each"
        wanted, gap = f">= {-sd:.3f}, one sd of trainings", round(float(gap), 3)
        found.append(bar("J3", what, wanted, gap, gap >= -sd, "", round(sd, 3), HOUR))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--family", nargs="+", default=[EDM, GEOLDM])
    parser.add_argument("--minutes", type=float, nargs="+", default=[5.0, 15.0, 30.0, HOUR])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--n", type=int, default=1_000)
    parser.add_argument("--smiles", type=float, default=10.0, help="minutes for the model of SMILES; 0 for none")
    parser.add_argument("--folder", type=Path, default=Path("runs/points-qm7"))
    options = parser.parse_args()
    data = genwright.load_data("qm7")
    suite = Suite(data, 0, {"samples": options.n, "scored": SCORED})
    rows = details_of(NAME).get("rows", {})

    def done(name: str, row: dict) -> None:
        rows[name] = row
        record(NAME, bars_of(rows), {"n": options.n, "rows": rows, "published": PUBLISHED})

    reference = {"metrics": {name: metric.to_json() for name, metric in suite.reference().items()}}
    done("real training molecules", reference)
    for family in BASELINES:
        done(family, row_of(suite, genwright.fit(data, family, progress=False)))
    if options.smiles:
        items, lost = embedded(data, options.smiles, options.n, options.folder / f"smiles-{options.smiles:g}")
        metrics = suite.resized({"samples": len(items), "scored": SCORED})._of_samples(None, suite._read(items))
        told = {name: metric.to_json() for name, metric in metrics.items()}
        done(f"SMILES, {options.smiles:g} minutes, embedded", {"metrics": told, "drawn": options.n, "lost": lost})
    for minutes in options.minutes:
        for seed in options.seeds:
            for family in options.family:
                out = options.folder / f"{family}-{minutes:g}-{seed}"
                if not (out / WEIGHTS).exists():
                    genwright.fit(data, family, minutes=minutes, seed=seed, out=out, progress=False)
                model = genwright.load_model(out)
                row = row_of(suite, model) | {"items": model.config["outcome"]["items"]}
                done(f"{family}, {minutes:g} minutes, seed {seed}", row)


if __name__ == "__main__":
    main()
