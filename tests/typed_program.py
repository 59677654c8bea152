"""A program of a person, over the public surface; `mypy --strict` checks it, and nobody runs it."""

from pathlib import Path

import numpy as np

import genwright as gw


def train(table: Path) -> gw.Model:
    data = gw.load_data(table, seed=1, task=None, given=["label"], types={"zip": "category"}, missing=["?"], windows=8)
    model = gw.fit(data, "vae", minutes=2, hyperparameters={"free_bits": 2.0}, out=Path("runs/mine"), progress=False)
    assert isinstance(model, gw.Model)
    return model


def use(model: gw.Model, rows: np.ndarray) -> list[float]:
    new = model.sample(16, {"label": 3}, seed=0, unique=True, temperature=0.7)
    print(len(new), model.sample_options[0].name, model.verbs, model.device)
    likelihood: gw.Likelihood = model.log_prob(rows, draws=8)
    codes = model.encode(rows)
    back = model.decode(codes)
    filled = model.complete(rows, estimate="mean", seed=2)
    print(len(back), len(filled), len(model.interpolate(rows[:1], rows[1:2], steps=4)))
    return [float(nats) for nats in likelihood.nats]


def choose(table: Path) -> None:
    done = gw.compare(table, ["vae", "flow"], minutes=1.5, cores=2, workers=None)
    assert not isinstance(done, list)
    best = done.best("samples")
    print(best.verbs, done.table, done.folder / "report.html")
    measured = gw.measure(table, ["ours.csv", "theirs.csv"], test="unseen.csv", target="rings")
    print(measured.best, gw.load_comparison(done.folder).table)


def find(library: Path) -> None:
    designed = gw.design(library, want=["qed>=0.8"], calls=100, rings=(5, 6), seed=3)
    screened = gw.screen(library, actives="known.smi", top=20, without=["pains"])
    print(designed.best, designed.folder, screened.best, screened.describe())
    opened = gw.load_model(Path("runs/mine"), device="cpu")
    print(gw.list_families("tables"), opened.parameters, gw.plot(opened, library, "codes", "codes.png", seed=1))
