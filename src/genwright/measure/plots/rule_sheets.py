"""The rules of a table for the report, each with the shares of real rows and of samples that break it."""

from pathlib import Path
from typing import Any

import pandas as pd

from ...core.files import write_whole
from ...core.formulas import csv_bytes

MOST_RULES = 30  # rules


def write_rules(domain: Any, test: pd.DataFrame, samples: pd.DataFrame, path: Path) -> str:
    """Write the rules, those that most samples break first; returns the path."""
    real, drawn = (domain.broken(rows).mean(0) for rows in (test, samples))
    order = (-drawn).argsort(kind="stable")[:MOST_RULES]
    held = lambda support: f"{support.rows - support.breaks:,} of {support.rows:,}"
    table = {
        "rule": [str(domain.rules[k]) for k in order],
        "held": [held(domain.rules[k].support) for k in order],
        "test rows that break it": [f"{real[k]:.1%}" for k in order],
        "samples that break it": [f"{drawn[k]:.1%}" for k in order],
    }
    write_whole(path, csv_bytes(pd.DataFrame(table)))
    return str(path)
