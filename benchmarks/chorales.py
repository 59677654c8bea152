"""A VAE of Bach's chorales, four bars at a time: what comes back through its code alone, whether the way from one piece
to another leads there, and whether what it draws is in a key.

    GENWRIGHT_DATA=FOLDER python benchmarks/chorales.py [--minutes 15] [--folder FOLDER]

FOLDER/jsb-chorales/Jsb16thSeparated.json.gz is the data set. A folder that holds the run already is opened, not trained
again. Codes are decoded symbol by symbol, each in view of those that were decoded before, not of the true ones.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from bars import bar, record

import genwright
from genwright.evaluation.intervals import numpy_generator, ratio
from genwright.evaluation.metrics.harmony import in_key, pitch_classes, shuffled
from genwright.evaluation.plots import roll_sheets
from genwright.evaluation.suites.music import Suite

PAIRS, STEPS, DRAWN = 100, 8, 300
LATENTS = 64  # of a window of 256 notes; with a latent for every other note, copying would do
DRAWING = Path(__file__).parents[1] / "docs" / "chorales-way.png"


def shares(right: np.ndarray, among: np.ndarray) -> tuple[float, float]:
    """Of the notes of each window that are among some, how many are right; its standard error over windows."""
    each = lambda mask: mask.reshape(len(mask), -1).sum(1).astype(float)
    return ratio(each(right & among), each(among), numpy_generator("chorales"))


def changes(windows: np.ndarray) -> np.ndarray:
    """(n, steps, voices) bool: notes that are not those of the step before in the window."""
    return np.pad(windows[:, 1:] != windows[:, :-1], ((0, 0), (1, 0), (0, 0)))


def ways(model, windows: list) -> tuple[np.ndarray, np.ndarray]:
    """(PAIRS, STEPS) how many notes of each step differ from those of the first, and the codes' own pieces at the ends
    from the true ones."""
    away, ends = [], []
    for k in range(PAIRS):
        a, b = windows[2 * k % len(windows)], windows[(2 * k + 1) % len(windows)]
        way = np.stack(model.interpolate([a], [b], STEPS))
        away.append((way != way[0]).sum((1, 2)))
        ends.append([(way[0] != a).mean(), (way[-1] != b).mean()])
    return np.array(away), np.array(ends)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="genwright-chorales-")) / "run"
    data = genwright.load_data("jsb-chorales")
    model = genwright.fit(data, "vae", minutes=options.minutes, hyperparameters={"latents": LATENTS}, out=folder)
    test = np.stack(data.test)
    codes = model.encode(data.test)
    right = np.stack(model.decode(codes)) == test
    again, everywhere = changes(test), np.ones(test.shape, bool)
    notes, moved = shares(right, everywhere), shares(right, again)
    later = everywhere.copy()
    later[:, 0] = False
    copied = float((~again)[later].mean())
    order = np.random.default_rng(0).permutation(len(data.test))
    pieces = [data.test[i] for i in order]
    away, ends = ways(model, pieces)
    steady = np.diff(away, axis=1) >= 0
    drawn = np.stack(model.sample(DRAWN, seed=0))
    key, real = (in_key(pitch_classes(windows)) for windows in (drawn, test))
    rng = np.random.default_rng(0)
    chance, own = (in_key(pitch_classes(shuffled(windows, rng))) for windows in (test, drawn))
    gap, se = key.mean() - own.mean(), float(np.hypot(key.std(), own.std()) / DRAWN**0.5)
    asked, active = f"{options.minutes:g} minutes, {LATENTS} latents", int((codes.var(0) > 0.01).sum())
    rows = [
        bar("A7", f"notes of test windows that come back, {asked}", ">= 90%", *_percent(notes, 90)),
        bar(
            "A7",
            f"of those that change, {asked} (copying the note before is right of {100 * copied:.0f}% of all notes, of "
            "none of these)",
            ">= 65%",
            *_percent(moved, 65),
        ),
        bar(
            "A7",
            f"steps of {PAIRS} ways between two pieces on which the notes that differ from the first grow or stay",
            ">= 95%",
            round(100 * steady.mean(), 1),
            steady.mean() >= 0.95,
            "%",
            round(float(100 * steady.mean(1).std() / PAIRS**0.5), 2),
        ),
        bar(
            "A7",
            f"notes of samples in key above those of the same notes shuffled ({key.mean():.3f} and {own.mean():.3f}; "
            f"test windows {real.mean():.3f}, shuffled {chance.mean():.3f})",
            "> 0 by two errors",
            round(float(gap), 3),
            gap > 2 * se,
            "of notes",
            round(se, 4),
        ),
    ]
    metrics = {
        name: [m.value, m.se] for name, m in Suite(data, sizes={"samples": DRAWN}).measure(model).metrics.items()
    }
    details = {
        "minutes": options.minutes,
        "items": model.config["outcome"]["items"],
        "latents": codes.shape[1],
        "active latents": active,
        "differs along ways": away.mean(0).tolist(),
        "ends of ways off their pieces": ends.mean(0).tolist(),
        "metrics": metrics,
    }
    record("chorales", rows, details)
    titles = ["from", *[""] * (STEPS - 2), "to"]
    roll_sheets.sheet(model.interpolate(pieces[:1], pieces[1:2], STEPS), titles, DRAWING)


def _percent(share: tuple[float, float], least: float) -> tuple:
    """What is measured, whether it is met, its unit and error: of `bar`."""
    value, se = share
    return round(100 * value, 1), 100 * value >= least, "%", round(100 * float(se), 2)


if __name__ == "__main__":
    main()
