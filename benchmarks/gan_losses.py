"""The losses of a GAN: the same networks and minutes each, one table of Frechet distance and classification accuracy
score.

    python benchmarks/gan_losses.py [LOSS ...] [--data fashion-mnist] [--minutes 5] [--folder runs/gan-losses]

Rows that are in FOLDER are kept, so a table that was stopped goes on, loss by loss, and several losses may run at once;
the one that ends last writes the table. A loss counts as trained where its
samples teach both classifiers `LEAST` of what real pictures do, and training ended without a number that is not finite;
what went wrong on the way is told in its row.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from bars import bar, record

import genwright
from genwright.core.errors import TrainingFailed
from genwright.evaluation.suites.images import Suite
from genwright.families.adversarial.gan_losses import LOSSES
from genwright.reports.results import metric_json

SHOWN = ("frechet", "cas_cnn", "cas_svc", "precision", "recall", "class_coverage")
UNASKED = {f"{thing} of gan": 0 for thing in ("attacked", "completed", "coded")}
LEAST = 0.7  # of what real pictures teach


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("losses", nargs="*", default=list(LOSSES))
    parser.add_argument("--data", default="fashion-mnist")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--folder", type=Path, default=Path("runs/gan-losses"))
    options = parser.parse_args()
    data = genwright.load_data(options.data)
    suite = Suite(data, sizes=UNASKED)
    for loss in options.losses:
        if not kept(options.folder, loss).exists():
            found = row(data, suite, loss, options.minutes, options.folder / loss)
            kept(options.folder, loss).write_text(json.dumps(found, indent=1) + "\n")
            print(loss, json.dumps(found), flush=True)
    rows = {name: kept(options.folder, name) for name in LOSSES}
    if not all(path.exists() for path in rows.values()):
        return
    rows = {name: json.loads(path.read_text()) for name, path in rows.items()}
    count, of = sum(trains(found) for found in rows.values()), len(LOSSES)
    what = (
        f"GAN losses whose {options.data} samples teach both judges {LEAST} of what real ones do, {options.minutes:g}"
    )
    bars = [bar("B2", f"{what} minutes each", f"{of} of {of}", count, count == of)]
    record("gan_losses", bars, {"data": options.data, "minutes": options.minutes, "losses": rows})


def kept(folder: Path, loss: str) -> Path:
    return folder / f"{loss}.json"


def row(data, suite: Suite, loss: str, minutes: float, folder: Path) -> dict:
    """metrics: as results.json holds them. items: seen. health: what went wrong, in sentences; the only one where
    training stopped."""
    try:
        model = genwright.fit(data, "gan", preset=loss, minutes=minutes, seed=0, out=folder, progress=False)
    except TrainingFailed as error:
        return {"metrics": {}, "items": None, "health": [str(error)]}
    found, *_ = suite.measure(model)
    metrics = {name: metric_json(found[name]) for name in SHOWN if name in found}
    return {"metrics": metrics, "items": model.config["outcome"]["items"], "health": model.config["health"]}


def trains(found: dict) -> bool:
    judges = [found["metrics"][name]["value"] for name in ("cas_cnn", "cas_svc") if name in found["metrics"]]
    return len(judges) == 2 and min(judges) >= LEAST


if __name__ == "__main__":
    main()
