"""Truncation: a style-based GAN's precision and recall as its styles are drawn to their mean.

    python benchmarks/gan_style.py [--data fashion-mnist] [--minutes 10] [--samples 2000] [--folder runs/gan-style]

A run that was begun in FOLDER goes on there.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bars import bar, record

import genwright
from genwright.core.draws import Draws
from genwright.evaluation.feature_net import load_features
from genwright.evaluation.metrics.frechet import frechet
from genwright.evaluation.metrics.neighbourhoods import neighbourhoods

PSI = (1.0, 0.85, 0.7, 0.5, 0.3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="fashion-mnist")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--folder", type=Path, default=Path("runs/gan-style"))
    options = parser.parse_args()
    data = genwright.load_data(options.data)
    model = genwright.fit(
        data, "gan", preset="style", minutes=options.minutes, seed=0, out=options.folder, progress=False
    )
    test = data.tensors("test").x
    pick = Draws("test").permutation(len(test))[: options.samples]
    features = load_features(test.shape[1])
    scaled = lambda x: x.float() / (data.domain.spec.leaf.levels - 1)
    real, rows = features(scaled(test[pick])), []
    for psi in PSI:
        x = model.sample(options.samples, seed=0, guidance=1 / psi)
        drawn = features(scaled(data.domain.encode(x)[0]))
        found = neighbourhoods(real, drawn, 0, features.reference)
        values = {name: found[name].value for name in ("precision", "recall", "density", "coverage")}
        rows.append({"psi": psi, "frechet": frechet(drawn, real)} | values)
        print(rows[-1], flush=True)
    precision, recall = ([row[name] for row in rows] for name in ("precision", "recall"))
    rises = all(a <= b for a, b in zip(precision, precision[1:]))
    falls = all(a >= b for a, b in zip(recall, recall[1:]))
    span = lambda values: f"{values[0]:.3f} to {values[-1]:.3f}"
    asked = f"psi {', '.join(f'{psi:g}' for psi in PSI)} on {data.name}, {options.minutes:g} minutes"
    bars = [
        bar("B4", f"truncation, precision at {asked}", "never falls", span(precision), rises),
        bar("B4", f"truncation, recall at {asked}", "never rises", span(recall), falls),
    ]
    outcome = model.config["outcome"]
    record("gan_style", bars, {"minutes": options.minutes, "items": outcome["items"], "truncation": rows})


if __name__ == "__main__":
    main()
