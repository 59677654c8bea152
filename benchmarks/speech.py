"""Spoken digits (FSDD): what a WaveNet of twenty minutes says of test clips, and whether what it says can be
understood.

    GENWRIGHT_DATA=FOLDER python benchmarks/speech.py [--minutes 20] [--folder FOLDER]

FOLDER/fsdd/recordings.zip is the data set. A folder that holds the run already is opened, not trained again.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from time import perf_counter

import torch
from bars import bar, record

import genwright
from genwright.core.draws import Draws
from genwright.evaluation.suites.audio import Suite

CLIPS, SECONDS = 64, 0.5  # of the timed draw
BASELINES = ("linear-prediction", "n-gram")


@torch.no_grad()
def drawing_seconds(model, data) -> float:
    """Of CLIPS clips of SECONDS each, sample by sample."""
    family, rng = model.family, Draws("speech", 0)
    x, given = torch.zeros(CLIPS, *model.spec.shape), data.tensors("test").given[:CLIPS]
    last, start = int(SECONDS * model.domain.rate) - 1, perf_counter()
    for (t,), logits in family.network.walk(x, given):
        x[:, t] = family.head.sample(logits[:, : model.spec.leaf.levels], rng)  # none ends
        if t == last:
            return perf_counter() - start
    raise AssertionError("clips ended before that")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="genwright-speech-")) / "run"
    data = genwright.load_data("fsdd")
    model = genwright.fit(data, "autoregressive", minutes=options.minutes, out=folder)
    suite = Suite(data)
    found, seconds = suite.measure(model), drawing_seconds(model, data)
    simple = {
        name: suite.measure(genwright.fit(data, name, progress=False)).metrics["bits_per_sample"] for name in BASELINES
    }
    bits, right, loud = (found.metrics[name] for name in ("bits_per_sample", "right_label", "loudness_error"))
    real = suite.reference()["right_label"].value
    asked = f"{options.minutes:g} minutes"
    beside = ", ".join(f"{name} {metric.value:.2f}" for name, metric in simple.items())
    what = f"bits a sample of all test clips, {asked} ({beside})"
    rows = [
        bar("D2", what, "<= 4.15", round(bits.value, 3), bits.value <= 4.15, "bits", bits.se, options.minutes),
        bar(
            "D2",
            f"samples whose digit a network taught by real speech names, {asked} (real test clips: {real:.2f})",
            ">= 0.5, aim 0.8",
            round(right.value, 3),
            right.value >= 0.5,
            "of samples",
            right.se,
            options.minutes,
        ),
        bar("D2", f"{CLIPS} clips of half a second drawn", "<= 30 s", round(seconds, 1), seconds <= 30, "s"),
        bar(
            "D2",
            "loudness of samples off that of test clips",
            "<= 20%",
            round(loud.value, 1),
            loud.value <= 20,
            "%",
            loud.se,
            options.minutes,
        ),
    ]
    metrics = {name: [metric.value, metric.se] for name, metric in found.metrics.items()}
    record("speech", rows, {"minutes": options.minutes, "metrics": metrics, "stages": model.config["stages"]})


if __name__ == "__main__":
    main()
