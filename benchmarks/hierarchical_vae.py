"""The hierarchical VAE on binarised MNIST: its bound on the test pictures against the aim of 82 nats.

    python benchmarks/hierarchical_vae.py [--items 12000000] [--draws 1000]

On two cores a quarter of an hour to train and about as long to measure. A run that was stopped goes on. Writes
results/hierarchical_vae.json.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bars import bar, record

import genwright

AIM = 82.0  # nats


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=12_000_000)
    parser.add_argument("--draws", type=int, default=1_000)
    parser.add_argument("--out", type=Path, default=Path("runs/hierarchical-binarised"))
    options = parser.parse_args()
    data = genwright.load_data("binarised-mnist")
    model = genwright.fit(data, "hierarchical-vae", preset="dense", items=options.items, out=options.out)
    found = model.log_prob(data.test, draws=options.draws).mean()
    nats, se = -found.value, found.se
    what = f"-log p(x) of binarised MNIST by {options.draws:,} importance-weighted draws, hierarchical VAE"
    record(
        "hierarchical_vae",
        [bar("A2", what, f"<= {AIM:g}", round(nats, 2), nats <= AIM, "nats", round(se, 2))],
        {"items": options.items, "seconds": model.config["outcome"]["seconds"], "parameters": model.parameters},
    )


if __name__ == "__main__":
    main()
