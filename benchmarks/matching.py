"""Images matched with texts: is the right text found, and told apart from another of the same words?

    python benchmarks/matching.py [--folder runs/matching]

`clip` trains on `shapes-two` for five and for ten minutes of one core, with and without swapped captions, and on
`shapes` for five. Every test image shows a (shape, colour) pair that no training image shows. The script writes each
part to disk as it is measured, and so does each training: run the same command again to resume.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import torch
from bars import Plan, kept, record

import genwright
from genwright.data.named.shapes import SHAPES, parse_captions, with_article
from genwright.evaluation.suites.match import Suite
from genwright.run.image_index import ImageIndex, nearest
from genwright.run.tasks import task_of

TWO, ONE = "shapes-two", "shapes"
SHORT, LONG = 5.0, 10.0  # minutes
IMAGES, TIMES = 100_000, 20  # of an index, searches
RUNS = {  # name: data, minutes, preset
    "short": (TWO, SHORT, "default"),
    "long": (TWO, LONG, "default"),
    "plain": (TWO, LONG, "plain"),
    "single": (ONE, SHORT, "default"),
}


def plan(run: str, what: str, metric: str, least: float | None = None) -> Plan:
    """A row of one of RUNS, on test scenes."""
    data, minutes, preset = RUNS[run]
    how = f"{minutes:g} minutes of one core"
    return Plan(
        "G1",
        f"clip on {data}, {minutes:g} minutes, preset {preset}: {what}",
        data,
        "test",
        (0,),
        how,
        metric,
        minutes,
        least,
    )


PLANS = {
    ("short", "recall"): plan("short", "text found, of 100", "share of images", 0.9),
    ("long", "colours"): plan("long", "colours not swapped", "share of images", 0.8),
    ("long", "relation"): plan("long", "relation not reversed", "share of images", 0.8),
    ("long", "recall"): plan("long", "text found, of 100", "share of images"),
    ("plain", "colours"): plan("plain", "colours not swapped", "share of images"),
    ("plain", "relation"): plan("plain", "relation not reversed", "share of images"),
    ("plain", "recall"): plan("plain", "text found, of 100", "share of images"),
    ("single", "zero shot"): plan("single", "shape named, of six texts", "share of images"),
}
SPEED = Plan(
    "G1", f"clip: search of {IMAGES:,} images once encoded", "random vectors", "none", (0,), "none",
    f"seconds, median of {TIMES}", most=0.2, unit="s",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/matching"))
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    found = {run: kept(folder, run, lambda: scores(folder, run)) for run in RUNS}
    found["speed"] = kept(folder, "speed", lambda: {"seconds": speed(trained(folder, "short"))})
    rows = [PLANS[run, name].row(found[run][name], found[run][f"{name} se"]) for run, name in PLANS]
    record("matching", [*rows, SPEED.row(found["speed"]["seconds"])], found)


def data_of(run: str):
    return task_of(genwright.load_data(RUNS[run][0], task="match"), "match")


def trained(folder: Path, run: str):
    """The fit of a run in the folder, which goes on there."""
    _, minutes, preset = RUNS[run]
    out = folder / f"run-{run}"
    return genwright.fit(data_of(run), task="match", preset=preset, minutes=minutes, out=out, progress=False)


def scores(folder: Path, run: str) -> dict[str, float]:
    """Metrics of test images, with their standard errors; of single shapes, how often the shape is named."""
    model, data = trained(folder, run), data_of(run)
    metrics = Suite(data).measure(model).metrics
    found = {name: metric.value for name, metric in metrics.items()}
    found |= {f"{name} se": metric.se for name, metric in metrics.items()}
    if run == "single":
        named = model.predict(data.test, among=[with_article(shape) for shape in SHAPES])["label"]
        shapes = parse_captions(data.test.given["caption"])[:, 0]
        right = np.array([with_article(SHAPES[shape]) for shape in shapes]) == named
        found |= {"zero shot": float(right.mean()), "zero shot se": float(right.std() / len(right) ** 0.5)}
    return found


def speed(model) -> float:
    """Median seconds of a search in an index at hand."""
    vectors = np.random.default_rng(0).normal(size=(IMAGES, model.encode(["a star"]).shape[1])).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    nothing = np.zeros(IMAGES, np.int64)
    index, seconds = ImageIndex(np.arange(IMAGES).astype(object), vectors, nothing, nothing), []
    for _ in range(TIMES):
        start = perf_counter()
        nearest(model, index, "a red star left of a blue circle", 12)
        seconds.append(perf_counter() - start)
    return median(seconds)


if __name__ == "__main__":
    main()
