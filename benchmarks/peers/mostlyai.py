"""TabularARGN of MOSTLY AI's engine (Apache licence), by its estimator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
from mostlyai.engine import TabularARGN


def row_sampler(frame: pd.DataFrame, rows: int, folder: Path) -> Callable[[], None]:
    """A function that samples so many rows of a model of default size. One pass over the rows trains it: a sample costs
    what it costs."""
    model = TabularARGN(max_epochs=1, device="cpu", workspace_dir=folder, random_state=0)
    model.fit(frame)

    def sample() -> None:
        assert len(model.sample(n_samples=rows)) == rows

    return sample
