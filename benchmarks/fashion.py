"""Fashion-MNIST: four families under twenty minutes together, 5,000 samples each.

    python benchmarks/fashion.py [--minutes 20] [--folder FOLDER]

A comparison that was begun in FOLDER goes on there, a finished one is judged as it is.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bars import bar, record, summary

import genwright

FAMILIES = ["vae", "flow", "autoregressive", "flow-matching"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="genwright-fashion-")) / "compare"
    results = genwright.compare("fashion-mnist", FAMILIES, minutes=options.minutes, out=folder).results
    value = lambda model, name: model["metrics"][name]["value"]
    models = {m["family"]: m for m in results["models"] if not m["error"]}
    flow = models["flow-matching"]
    cas = min(value(flow, "cas_cnn"), value(flow, "cas_svc"))
    others = min(value(m, "frechet") for f, m in models.items() if f != "flow-matching")
    proven = {
        f: value(m, "bits_per_dim") for f, m in models.items() if m["metrics"]["bits_per_dim"]["kind"] != "estimate"
    }
    bars = [
        bar(
            "C2",
            "flow-matching, Fashion-MNIST, CAS by the harsher judge, n = 5,000",
            ">= 0.96 of real",
            round(cas, 4),
            cas >= 0.96,
        ),
        bar(
            "C2",
            "flow-matching, Frechet distance over the next best family's",
            "<= 0.5",
            round(value(flow, "frechet") / others, 3),
            value(flow, "frechet") <= 0.5 * others,
        ),
        bar(
            "D1",
            "autoregressive, bits per dimension of mass",
            "least of all proven",
            round(proven["autoregressive"], 4),
            proven["autoregressive"] == min(proven.values()),
            "bits/dim",
        ),
    ]
    record("fashion", bars, {"comparison": summary(results)})


if __name__ == "__main__":
    main()
