"""Results made by hand: two families, a baseline, a reference, and enough of a folder for a report."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import numpy as np
from PIL import Image

from genwright.measure.metric import Metric
from genwright.run.run_record import RunRecord
from genwright.studies.report.records import Reference, Results, Row, StudyPlan
from genwright.studies.report.results import FORMAT, label, metric_json, write

TITLES = {
    "bits": ["Bits per dimension", "Minus log2 of the probability of a test item, by its numbers.", "bits/dim"],
    "frechet": ["Frechet distance", "Distance of two Gaussians in the features of a shipped network.", ""],
    "cas": ["Classification accuracy", "Accuracy on real test items of a judge trained on samples.", "%"],
    "memorisation": ["Memorisation", "Distance of samples to the training data over that of test items.", "ratio"],
    "coverage": ["Interval coverage", "Hidden values inside the 90% intervals.", "of cells"],
    "probe": ["Linear probe", "Accuracy of a linear classifier on the codes.", "%"],
    "copies": ["Exact copies", "Samples equal to a training item.", "of samples"],
    "copied_pairs": ["Copied pairs", "Samples with a pair that few training rows hold.", "of samples"],
    "membership_auc": ["Membership attack", "How well it tells training items from others.", "AUC"],
    "dcr_share": ["Nearer to training", "Samples nearer to a training than to a hold-out item.", "of samples"],
    "broken_rules": ["Broken rules", "Samples that break a rule which real rows keep.", "of samples"],
    "class_coverage": ["Classes seen", "Half as frequent as in real items, or more.", "of classes"],
}
HEADLINE = {"density": "bits", "samples": "frechet", "codes": "probe"}
MEANING = {
    "bits": ("mass", "lower"),
    "frechet": ("samples", "lower"),
    "cas": ("samples", "higher"),
    "memorisation": ("samples", "near 1"),
    "coverage": ("completions", "near 1"),
    "probe": ("codes", "higher"),
    "copies": ("samples", "lower"),
    "copied_pairs": ("samples", "lower"),
    "membership_auc": ("samples", "lower"),
    "dcr_share": ("samples", "lower"),
    "broken_rules": ("samples", "lower"),
    "class_coverage": ("samples", "higher"),
}


def metric(
    name: str, value: float, se=None, kind: str = "estimate", n: int = 360, reference: str = "", detail: str = ""
) -> dict:
    of, better = MEANING[name]
    return metric_json(Metric(value, se, kind, of, TITLES[name][2], n, better, reference, detail))


def row(family: str, seconds=(75.0, 1.0, 8.0), health=(), error: str | None = None, **metrics: dict) -> Row:
    return Row(
        family,
        recipe=family,
        verbs=["sample"] + ["log_prob"] * ("bits" in metrics),
        parameters=120_000,
        memory=812.5,
        items=250_000,
        seconds=dict(zip(("train", "sample", "evaluate"), seconds)),
        metrics=metrics,
        health=list(health),
        error=error,
        folder=family,
        config=RunRecord({"family": family, "seed": 0}),
    )


def measured(family: str, bits: float, frechet: float, cas: float, probe: float) -> Row:
    return row(
        family,
        bits=metric("bits", bits, 0.01, "exact"),
        frechet=metric("frechet", frechet, 0.1),
        memorisation=metric("memorisation", 1.02, 0.02),
        cas=metric("cas", cas, 0.4),
        probe=metric("probe", probe, 0.4),
    )


def pairs(share: float, fresh: float, study: str = "compare"):
    """A change of results: runs keep two look-ups, and alpha's samples hold rare pairs of one of them."""

    def change(results: Results, make) -> None:
        few, many = (
            {"holds": f"`{name}` for each of 300 values of `key`", "rows": n} for name, n in (("a", 3.0), ("b", 50.0))
        )
        results.study, results.data["keeps"] = study, [few, many]
        results.models[0].metrics["copied_pairs"] = metric("copied_pairs", share, 0.01)
        results.reference.metrics["copied_pairs"] = metric("copied_pairs", fresh, 0.01)

    return change


def made() -> Results:
    """A comparison in which nothing is wrong and every purpose has a winner, so that no other advice is due."""
    return Results(
        format=FORMAT,
        study="compare",
        finished=True,
        data={
            "name": "dots",
            "source": "dots",
            "options": {},
            "hash": "abc",
            "licence": "CC0",
            "domain": "toys",
            "suffix": ".png",
            "described": ["8 x 8 dots", "10 labels"],
            "items": {"train": 1437, "valid": 0, "test": 360},
        },
        plan=StudyPlan(["alpha", "beta"], 1, 2.5, 1.25),
        seed=0,
        machine={
            "processor": "a chip",
            "cores": 2,
            "bfloat16": True,
            "memory": 8192,
            "system": "Linux",
            "python": "3.11",
            "torch": "2",
            "threads": 2,
        },
        metrics={"titles": deepcopy(TITLES), "headline": dict(HEADLINE)},
        reference=Reference(
            {"frechet": metric("frechet", 0.9, 0.05), "memorisation": metric("memorisation", 1.0, 0.02)}
        ),
        published={},
        baselines=[measured("plain", 2.90, 9.0, 88.0, 80.0)],
        models=[measured("alpha", 1.80, 2.0, 97.0, 90.0), measured("beta", 2.10, 4.0, 94.0, 95.0)],
        advice=[],
    )


def log(run: Path, unit: str) -> None:
    here = lambda i: {"items": 256 * i, "seconds": i / 4, "stage": "fit"}
    lines = [{**here(i), "player": "model", "loss": 90 / (1 + i) + 20, "unit": unit} for i in range(300)]
    lines += [{**here(i), "validation": 91 / (1 + i) + 21, "unit": unit} for i in (50, 150, 290)]
    (run / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)) + '\n{"half a l', encoding="utf-8")


def fill_folder(folder: Path, results: Results) -> Path:
    """results.json with a picture, a table and a training curve for every trained family."""
    results.folder = "runs/compare-dots"
    for number, found in enumerate(results.models):
        run = folder / found.folder
        run.mkdir(parents=True)
        noise = np.random.default_rng(number).integers(0, 256, (64, 160), dtype=np.uint8)
        Image.fromarray(noise).save(run / "samples.png")
        (run / "rows.csv").write_text("width,kind\n1.5,<a>\n2.5,b\n", encoding="utf-8")
        found.drawings = {"samples": f"{run.name}/samples.png", "rows": f"{run.name}/rows.csv"}
        log(run, "nats" if number % 2 == 0 else "squared error")
    write(results, folder)
    return folder


def differences(a: dict | Results, b: dict | Results) -> list[str]:
    """Numbers that differ between two comparisons, of which each is an object or what its file holds, as sentences;
    seconds, memory and machine are left out."""
    objects = (Results.from_json(results) if isinstance(results, dict) else results for results in (a, b))
    left, right = (dict(_leaves(_settled(results))) for results in objects)
    keys = list(left) + [key for key in right if key not in left]
    text = lambda side, key: json.dumps(side[key]) if key in side else "nothing"
    return [f"{k}: {text(left, k)} against {text(right, k)}" for k in keys if text(left, k) != text(right, k)]


def _settled(results: Results) -> dict:
    """The parts of results that a replay must reproduce."""
    keep = ("recipe", "verbs", "parameters", "items", "metrics", "error")
    seed = lambda row: f", seed {row.seed}" if results.plan.seeds > 1 else ""
    table = lambda rows: {label(row) + seed(row): {key: getattr(row, key) for key in keep} for row in rows}
    return {
        "data": results.data and {key: results.data[key] for key in ("name", "hash")},
        "seed": results.seed,
        "reference": results.reference and results.reference.metrics,
        "models": table(results.models),
        "baselines": table(results.baselines),
    }


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from _leaves(part, f"{path}.{key}" if path else key)
    else:
        yield path, value
