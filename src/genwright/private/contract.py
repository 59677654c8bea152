"""Small tables to learn privately, for the contract test."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import genwright
from genwright.contract.kinds import Kind
from genwright.core.data import Data

VALUES = """
[age]
from = 18
to = 97

[size]
from = 0.0
to = 2.0
step = 0.1
missing = true

[sector]
labels = ["private", "public", "other"]

[member]
labels = ["no", "yes"]
missing = true
"""


def made_rows(n: int, seed: int = 0) -> pd.DataFrame:
    """Rows of people: `sector` follows `age`, `size` follows `sector`, and some cells are missing.

    Args:
        n: number of rows.
        seed: of the law's random numbers.
    """
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 98, n)
    sector = np.where(rng.random(n) < age / 120, "public", np.where(rng.random(n) < 0.8, "private", "other"))
    size = np.round(np.clip(rng.normal(0.6 + 0.8 * (sector == "public"), 0.3), 0, 2), 1)
    member = np.where(rng.random(n) < 0.2 + 0.5 * (sector == "public"), "yes", "no").astype(object)
    size[rng.random(n) < 0.1], member[rng.random(n) < 0.05] = np.nan, None
    return pd.DataFrame({"age": age, "size": size, "sector": sector, "member": member})


class PrivateRows(Kind):
    """How the contract looks at tables that are learned privately."""

    guessed = False

    def data(self) -> Data:
        with tempfile.TemporaryDirectory() as folder:
            (values := Path(folder) / "values.toml").write_text(VALUES)
            return genwright.load_data(made_rows(3_000), epsilon=10, values=values)

    def holes(self, data: Data) -> tuple[pd.DataFrame, None]:
        """Test rows whose size is unknown."""
        return data.test[:40].assign(size=np.nan), None

    def are_equal(self, a: pd.DataFrame, b: pd.DataFrame) -> bool:
        return a.equals(b) and a.dtypes.equals(b.dtypes)

    def fits(self, drawn: pd.DataFrame, data: Data) -> bool:
        labels = set(drawn["sector"]) <= {"private", "public", "other"}
        return list(drawn.columns) == list(data.train.columns) and labels and drawn["age"].between(18, 97).all()
