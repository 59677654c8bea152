"""Loads a table to learn privately. What becomes of the rows follows from their places, not from their cells."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pandas as pd

from ...core.data import Data
from ...core.errors import DataError
from ...core.seeds import seed_of
from ...kinds.formats.raw import Numbered, Raw, Read
from ...kinds.formats.source import Source
from ...kinds.splits import SPLIT_NAMES, require_enough
from ...kinds.values.frames import as_frame, check_rows, require_column
from ..privacy.accountant import Budget, require_budget
from .domain import PrivateTables
from .values import REMEDY, read_values

DELTA = 1e-5
TESTED, VALIDATED, MOST_VALIDATED = 0.2, 0.1, 5_000


def load(raw: Raw, text: str, options: dict, seed: int) -> Data:
    """Raises DataError for too few rows, for a budget that is none, and where nothing describes the columns."""
    require_enough(len(raw.items), text, raw.account)
    check_rows(len(raw.items), "the table")
    if "epsilon" not in options or "values" not in options:
        missing = "epsilon" if "epsilon" not in options else "values"
        raise DataError(f"a table is learned privately with --epsilon and --values, and {missing} is missing: {REMEDY}")
    budget = Budget(float(options["epsilon"]), float(options.get("delta", DELTA)))
    require_budget(budget)
    frame, columns = as_frame(raw.items), read_values(options["values"])
    for column in columns:
        require_column(column.name, [str(name) for name in frame.columns], "values")
    domain = PrivateTables(columns, budget)
    parts = place_rows(len(frame), raw.parts, seed)
    frame = frame[[column.name for column in columns]]
    items = {part: frame[parts == part].reset_index(drop=True) for part in SPLIT_NAMES}
    left = [str(name) for name in as_frame(raw.items).columns if name not in frame.columns]
    notes = [*raw.notes, *([f"left out, since the values do not describe it: {', '.join(left)}"] if left else [])]
    known = [domain.to_json(), len(frame), seed]  # all that may be on record
    content = hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:32]
    return Data(raw.name, domain, items, content, text, raw.licence, None, options, notes, raw.parts is not None)


def place_rows(n: int, settled: np.ndarray | pd.Categorical | None, seed: int) -> np.ndarray:
    """(n,) the part of each row, by its place and the seed alone: another row in its place is in the same part.

    Args:
        n: number of rows.
        settled: (n,) parts that the source settles, or None.
        seed: of the split.
    """
    order = np.random.default_rng(seed_of("private rows", seed)).random(n)
    parts = np.full(n, "train", object)
    if settled is not None:
        parts[np.asarray(settled) == "test"] = "test"
    else:
        parts[order < TESTED] = "test"
    rest = np.flatnonzero(parts == "train")
    rest = rest[np.argsort(order[rest], kind="stable")]
    parts[rest[: min(MOST_VALIDATED, int(VALIDATED * len(rest)))]] = "valid"
    return parts


def read_items(source: Source, domain: PrivateTables) -> Read:
    """Rows for a model, the first of which is row 1."""
    raw = source.read_as(domain.kind)
    return Read(raw.items, None, Numbered("row", range(1, len(raw.items) + 1)), raw.account)
