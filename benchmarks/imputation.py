"""Holes in tables and halves of images: models that remove noise against what people use (row F5).

    GENWRIGHT_DATA=FOLDER python benchmarks/imputation.py [--folder runs/imputation]

Tables: 30% of the cells of test rows are hidden, and `complete(estimate="mean")` fills them. The mean, the nearest
neighbours (scikit-learn's KNNImputer) and an iterative forest (missForest) fill the same cells. Images: the lower half
of test images, by the mean of 50 samples, the mean training image, and the lower half of the nearest training image.
Labels are left out on all sides. `resample` completes the images a second time, for reading.

All of it takes about an hour of one core. So each table has 1,024 test rows, and 100 test images are completed, 5 by
`resample`, which makes ten times the calls. All sides learn from all training rows. The script writes each part to disk
as it is measured, and so does each training: run the same command again to resume.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from bars import Plan, kept, record

import genwright
from genwright.core.data import Data
from genwright.evaluation.drawn_order import in_drawn_order
from genwright.evaluation.metrics import imputation
from genwright.evaluation.metrics.holes import make_holes

FAMILIES = ("flow-matching", "diffusion")
TABLES = ("adult", "diamonds", "california-housing")
PEERS = ("mean", "neighbours", "forest")
MINUTES = 5.0
DRAWS, ROWS = 50, 1_024
IMAGES, RESAMPLED = 100, 5  # images completed as trained, and by resampling

OF = dict(system="F5", split="test", seeds=(0,), minutes=MINUTES, budget=f"{MINUTES:g} minutes of one core")
ON_MNIST = dict(data="mnist", metric="ratio of squared errors of lower halves", **OF)
PLANS = {
    "tables": Plan(
        what="families whose imputation error is below mean, neighbours and forest on all three tables",
        data=", ".join(TABLES), metric="families", least=1, sides=FAMILIES, **OF,
    ),
    **{
        f"{name} {family}": Plan(
            what=f"{name}, {family}: imputation error over the least of mean, neighbours and forest", data=name,
            metric="ratio", sides=(family, *PEERS), **OF,
        )
        for name in TABLES
        for family in FAMILIES
    },
    **{
        f"mnist {family} {peer}": Plan(
            what=f"mnist halves, {family}: squared error of the mean of {DRAWS} samples over that of {peer}",
            most=1.0, strict=True, sides=(family, peer), **ON_MNIST,
        )
        for family in FAMILIES
        for peer in ("the mean image", "the nearest image")
    },
    **{
        f"mnist {family} resample": Plan(
            what=f"mnist halves, {family}: squared error of resample over trained", sides=("resample", "trained"),
            **ON_MNIST,
        )
        for family in FAMILIES
    },
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/imputation"))
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    errors = {}
    for name in TABLES:
        parts = [(family, family_on_table) for family in FAMILIES] + [("peers", peers_on_table)]
        errors[name] = [kept(folder, f"{name}-{part}", lambda: of(name, part, folder)) for part, of in parts]
    halves = [kept(folder, f"mnist-{part}", lambda: on_images(part, folder)) for part in (*FAMILIES, "peers")]
    tables = {name: {side: error for part in parts for side, error in part.items()} for name, parts in errors.items()}
    images = {side: error for part in halves for side, error in part.items()}
    record("imputation", rows(tables, images), {"tables": tables, "images": images})


def rows(tables: dict, images: dict) -> list[dict]:
    """tables: {name: {side: error}}. images: {side: squared errors, one an image}."""
    below = lambda family: all(error[family] < min(error[peer] for peer in PEERS) for error in tables.values())
    wins = {family: int(below(family)) for family in FAMILIES}
    found = [PLANS["tables"].row(sum(wins.values()), **wins)]
    for name, error in tables.items():
        least = min(error[peer] for peer in PEERS)
        for family in FAMILIES:
            sides = {side: round(error[side], 4) for side in (family, *PEERS)}
            found.append(PLANS[f"{name} {family}"].row(error[family] / least, **sides))
    for family in FAMILIES:
        for peer in ("the mean image", "the nearest image"):
            found.append(ratio(f"mnist {family} {peer}", **{side: images[side] for side in (family, peer)}))
        again = images[f"{family} resample"]
        found.append(ratio(f"mnist {family} resample", resample=again, trained=images[family][: len(again)]))
    return found


def ratio(plan: str, **sides: list[float]) -> dict:
    """The mean over images of the first side over that of the second, with its standard error by image."""
    first, second = (np.array(errors) for errors in sides.values())
    value = first.mean() / second.mean()
    se = (first - value * second).std(ddof=1) / len(first) ** 0.5 / second.mean()
    return PLANS[plan].row(value, se, **{side: round(float(np.mean(errors)), 4) for side, errors in sides.items()})


# ---------------------------------------------------------------------- tables


def table_and_holes(name: str) -> tuple:
    """The data in drawn order, encoded training rows, and test rows with holes."""
    data = in_drawn_order(genwright.load_data(name), None, 0)
    train, test = (data.tensors(part).x.double().numpy() for part in ("train", "test"))
    return data, train, make_holes(data, test, data.domain.spec, 0, ROWS)


def family_on_table(name: str, family: str, folder: Path) -> dict:
    data, train, holes = table_and_holes(name)
    model = fit(data, family, folder)
    filled = model.complete(holes.items, estimate="mean", draws=DRAWS, seed=0)
    guess = data.domain.encode(filled)[0].double().numpy()
    return {family: holes.error(guess, train, 0).value}


def peers_on_table(name: str, part: str, folder: Path) -> dict:
    _, train, holes = table_and_holes(name)
    guesses = {
        "mean": imputation.fill_typical(holes.x, train, holes.spec),
        "neighbours": imputation.fill_neighbours(holes.x, train, holes.spec),
        "forest": imputation.fill_forest(holes.x, train, holes.spec, 0),
    }
    return {peer: holes.error(guess, train, 0).value for peer, guess in guesses.items()}


# ---------------------------------------------------------------------- images


def on_images(part: str, folder: Path) -> dict:
    """Squared errors of the lower halves of test images, pixels from 0 to 1, one an image; by family, or by peer."""
    data = genwright.load_data("mnist")
    chosen = np.random.default_rng(0).permutation(len(data.test))[:IMAGES]
    x, train = np.asarray(data.test)[chosen], np.asarray(data.train)
    half = x.shape[1] // 2
    error = lambda guess, x: (((guess - x[:, half:].astype(float)) / 255) ** 2).mean((1, 2, 3)).tolist()
    if part == "peers":
        flat = lambda images: images[:, :half].reshape(len(images), -1).astype(np.float32)
        squares = (flat(train) ** 2).sum(1) - 2 * flat(x) @ flat(train).T
        guesses = {"the mean image": train[:, half:].mean(0), "the nearest image": train[squares.argmin(1), half:]}
        return {peer: error(guess.astype(float), x) for peer, guess in guesses.items()}
    model, known = fit(data, part, folder), np.zeros(x.shape[1:3], bool)
    known[:half] = True
    found = {}
    for method, name, items in (("trained", part, x), ("resample", f"{part} resample", x[:RESAMPLED])):
        drawn = model.complete(items, known, draws=DRAWS, given={}, seed=0, method=method)
        found[name] = error(np.asarray(drawn)[:, :, half:].mean(0), items)
    return found


def fit(data: Data, family: str, folder: Path) -> genwright.Model:
    """The run in the folder, which goes on there."""
    return genwright.fit(data, family, minutes=MINUTES, seed=0, out=folder / f"{data.name}-{family}", progress=False)


if __name__ == "__main__":
    main()
