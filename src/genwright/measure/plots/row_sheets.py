"""A few rows for the report, as a CSV file that a person reads."""

from pathlib import Path

import numpy as np
import pandas as pd

from ...core.files import write_whole
from ...core.formulas import csv_bytes


def write_rows(rows: pd.DataFrame, path: Path) -> str:
    """Write rows with their numbers cut short; returns the path."""
    write_whole(path, csv_bytes(rows.astype(object).map(shortened)))
    return str(path)


def shortened(value: object) -> object:
    return f"{value:.7g}" if isinstance(value, float) and np.isfinite(value) else value


def percents(shares: np.ndarray) -> list[str]:
    return [f"{share:.0%}" for share in shares]
