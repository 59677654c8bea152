"""Small organic molecules (QM7): what equivariant diffusion reaches in a few minutes, beside real ones and atoms drawn
apart.

    GENWRIGHT_DATA=FOLDER python benchmarks/points_qm7.py [--minutes 6] [--folder FOLDER]

FOLDER/qm7/qm7.npz holds charges (N,), positions (N, 3) in angstrom and mol_ptr (n + 1,).
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np
from bars import bar, record, summary

import genwright
from genwright.data.readers.elements import ELEMENTS
from genwright.reports.results import read

OURS, APART = "equivariant-diffusion", "independent"


def molecules() -> list[tuple[list[str], np.ndarray]]:
    with np.load(Path(os.environ["GENWRIGHT_DATA"]) / "qm7" / "qm7.npz", allow_pickle=False) as found:
        ends, charges, positions = found["mol_ptr"], found["charges"], found["positions"]
    cut = [slice(start, end) for start, end in zip(ends, ends[1:])]
    return [([ELEMENTS[charge - 1] for charge in charges[part]], positions[part]) for part in cut]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=6.0)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="genwright-qm7-"))
    data = genwright.load_data(molecules())
    genwright.compare(data, minutes=options.minutes, out=folder)
    results = read(folder / "results.json")
    ours, apart = (
        next(row for row in results["models"] + results["baselines"] if row["family"] == f) for f in (OURS, APART)
    )
    real = results["reference"]["metrics"]
    of = lambda row, name: row["metrics"][name]
    asked = f"{options.minutes:g} minutes"
    gap = of(ours, "nats")["value"] - of(apart, "nats")["value"]
    plausible, points, far = (of(ours, name) for name in ("plausible", "plausible_points", "distance_error"))
    bars = [
        bar("J2", f"nats above atoms drawn apart, {asked}", "more than 10", round(gap, 1), gap > 10, "nats"),
        bar(
            "J2",
            f"samples without clashes or loose atoms, {asked} (training molecules: {real['plausible']['value']:.3f})",
            "0.3",
            round(plausible["value"], 3),
            plausible["value"] >= 0.3,
            "of samples",
            plausible["se"],
        ),
        bar(
            "J2",
            f"atoms in place, {asked} (drawn apart: {of(apart, 'plausible_points')['value']:.3f})",
            "0.9",
            round(points["value"], 3),
            points["value"] >= 0.9,
            "of atoms",
            points["se"],
        ),
        bar(
            "J2",
            f"distances from test molecules', {asked} (training molecules: {real['distance_error']['value']:.3f})",
            "0.1",
            round(far["value"], 3),
            far["value"] <= 0.1,
            "angstrom",
            far["se"],
        ),
    ]
    record("points_qm7", bars, summary(results))


if __name__ == "__main__":
    main()
