"""What is understood of clean data, and how it is split, stays as it is in this format: to the last bit."""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest

from genwright.kinds.load import load_data

STAYS = {  # digest of the columns, digest of the content and its parts, rows of each part
    "frame": ("97a5409bb56211c8", "534f516bdbb3a03a1e329eebf28c4ee3", {"train": 2160, "valid": 240, "test": 600}),
    "array": ("ea86732ea84298a8", "ade56ae23922900d94539f68ac029f67", {"train": 1440, "valid": 160, "test": 400}),
    "whole array": ("7489a4242f112a97", "607d5f4e8834bed40f465ae23e7a07af", {"train": 1440, "valid": 160, "test": 400}),
    "float32 array": (
        "91abbc349fd65da6",
        "109139ba2e8215249c58f13dd21cf1a9",
        {"train": 1440, "valid": 160, "test": 400},
    ),
    "repeated": ("0aed76276360d97e", "f68444681826d9fee1bc26e9e218ff10", {"train": 648, "valid": 72, "test": 180}),
    "csv": ("512cf39c2e37120f", "534f516bdbb3a03a1e329eebf28c4ee3", {"train": 2160, "valid": 240, "test": 600}),
    "semicolons": ("512cf39c2e37120f", "534f516bdbb3a03a1e329eebf28c4ee3", {"train": 2160, "valid": 240, "test": 600}),
}


def mixed(rows=3000, seed=0) -> pd.DataFrame:
    """Every kind of column, with and without missing cells."""
    rng = np.random.default_rng(seed)
    start = np.datetime64("2015-01-01")
    income = rng.lognormal(8, 1, rows)
    income[rng.random(rows) < 0.3] = 0.0
    frame = pd.DataFrame(
        {
            "id": np.arange(rows),
            "age": rng.integers(18, 90, rows),
            "income": income.round(2),
            "real": rng.normal(size=rows),
            "heavy": rng.standard_cauchy(rows),
            "spiked": np.where(rng.random(rows) < 0.1, 0.0, rng.normal(size=rows)),
            "many": rng.integers(0, 10**9, rows),
            "tens": rng.integers(0, 400, rows) * 25,
            "grade": rng.choice(["a", "b", "c"], rows, p=[0.7, 0.2, 0.1]),
            "town": [f"t{k}" for k in rng.zipf(1.6, rows).clip(max=500)],
            "yes": rng.random(rows) < 0.4,
            "day": (start + rng.integers(0, 2000, rows)).astype(str),
            "minute": pd.Series(start + rng.integers(0, 10**6, rows).astype("timedelta64[m]")).dt.strftime(
                "%d.%m.%Y %H:%M"
            ),
            "zip": [f"{k:05}" for k in rng.integers(0, 60, rows)],
            "same": "x",
        }
    )
    for name, share in (("income", 0.05), ("many", 0.1), ("grade", 0.02), ("day", 0.01), ("heavy", 0.1)):
        frame.loc[rng.random(rows) < share, name] = None
    frame.loc[rng.choice(rows, 7, replace=False), "tens"] = None
    frame["many"] = frame["many"].astype("Int64")
    frame["tens"] = frame["tens"].astype("Int64")
    return frame


def source(name: str, folder):
    rng = np.random.default_rng(1)
    if name == "frame":
        return mixed()
    if name == "array":
        return rng.normal(size=(2000, 3)) * [1, 100, 0.01]
    if name == "whole array":
        return rng.poisson(3, size=(2000, 3))
    if name == "float32 array":
        return rng.normal(size=(2000, 2)).astype(np.float32)
    if name == "repeated":
        return pd.DataFrame({"a": rng.integers(0, 4, 900), "b": rng.choice(list("xyz"), 900)})
    path, options = folder / "t.csv", {"csv": {}, "semicolons": {"sep": ";", "decimal": ","}}[name]
    mixed().to_csv(path, index=False, **options)
    return path


@pytest.mark.parametrize("name", ["frame", "array", "whole array", "float32 array", "repeated", "csv", "semicolons"])
def test_loading_stays(name, tmp_path):
    assert told(name, tmp_path) == STAYS[name]


def told(name, folder) -> tuple[str, str, dict]:
    options = {"given": ["grade"], "types": {"age": "real"}} if name == "frame" else {}
    data = load_data(source(name, folder), **options)
    columns = json.dumps(data.domain.to_json()["columns"])
    return hashlib.blake2b(columns.encode(), digest_size=8).hexdigest(), data.hash, data.sizes
