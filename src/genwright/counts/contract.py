"""Small counts for the contract test: made cells of three types in two batches."""

import numpy as np
import pandas as pd

import genwright
from genwright.contract.kinds import Kind
from genwright.core.data import Data

from .kinds.rows import CountRows

BATCHES = "a", "b"


def made_cells(cells: int, columns: int = 40, seed: int = 0) -> pd.DataFrame:
    """Counts of made cells, with their `batch` and `type`. A gene of a type is counted several times as often in its
    cells, a batch moves every gene a little, and totals differ from cell to cell.

    Args:
        cells: Number of cells.
        columns: Number of genes.
        seed: Seed of the law's random numbers.
    """
    law, rng = np.random.default_rng(0), np.random.default_rng([1, seed])
    base, marks = law.normal(0, 1, columns), law.normal(0, 1.5, (3, columns)) * (law.random((3, columns)) < 0.4)
    shift = np.stack([np.zeros(columns), law.normal(0, 0.4, columns)])
    kind, batch = rng.choice(3, cells, p=[0.5, 0.3, 0.2]), rng.integers(0, 2, cells)
    logits = base + marks[kind] + shift[batch]
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    means = np.exp(rng.normal(4.0, 0.4, cells))[:, None] * shares
    counts = rng.poisson(rng.gamma(2.0, means / 2.0))
    counts[:, 0] += counts.sum(1) == 0
    frame = pd.DataFrame(counts, columns=[f"gene{j}" for j in range(columns)])
    return frame.assign(batch=np.array(BATCHES)[batch], type=np.array(["T", "B", "NK"])[kind])


class Cells(Kind):
    """How the contract looks at counts."""

    given = "batch", BATCHES
    guessed = False

    def data(self) -> Data:
        return genwright.load_data(made_cells(600), kind="counts", given="batch")

    def holes(self, data: Data) -> tuple[CountRows, None]:
        return data.test[:40], None

    def are_equal(self, a: CountRows, b: CountRows) -> bool:
        alike = all(np.array_equal(getattr(a, part), getattr(b, part)) for part in ("counts", "columns", "ptr"))
        return type(a) is type(b) and alike and a.names == b.names and a.beside.equals(b.beside)

    def fits(self, drawn: CountRows, data: Data) -> bool:
        known = set(drawn.beside["batch"]) <= set(BATCHES)
        return super().fits(drawn, data) and drawn.names == data.train.names and known

    def junk(self, data: Data) -> CountRows:
        """Each count of another column."""
        rows = data.test.copy()
        rows.columns = (rows.columns + 17) % len(rows.names)
        return rows

    def outliers(self, data: Data) -> list[CountRows]:
        """One count, larger and larger."""
        row = data.test[np.zeros(5, int)]
        row.counts = row.counts.astype(np.int64)
        row.counts[row.ptr[:-1]] = [10**k for k in range(1, 6)]
        return [row]

    def drop_condition(self, items: CountRows, name: str) -> CountRows:
        return items.with_beside(items.beside.drop(columns=name))
