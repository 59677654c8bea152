"""Write the golden run folders of the present format, once, when a format is new: python tests/golden/make.py"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd

import genwright
from genwright.data import Data
from genwright.run_folder import FORMAT

HERE = Path(__file__).parent


def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    height, kind = rng.normal(170, 10, 400).round(1), rng.choice(["ash", "elm", "oak"], 400)
    rings = pd.array(rng.poisson(height / 10), dtype="Int64")
    return pd.DataFrame({"height": np.where(rng.random(400) < 0.1, np.nan, height), "kind": kind, "rings": rings})


def make(name: str, data: Data, family: str) -> None:
    folder = HERE / f"format-{FORMAT}-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    model = genwright.fit(data, family, preset="tiny", items=12_800, progress=False)
    model.save(folder)
    items = data.test[:6]
    if isinstance(items, pd.DataFrame):
        items.to_csv(folder / "items.csv", index=False)
    else:
        np.save(folder / "items.npy", np.asarray(items), allow_pickle=False)
    nats = model.log_prob(items, given={}, seed=0, draws=1000).nats.tolist()
    expected = {"nats": nats, "kind": model.family.kind, "verbs": model.verbs}
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    make("images", genwright.load_data("digits"), "vae")
    make("tables", genwright.load_data(table()), "vae")
