"""Verbs of the worker on a row of a table: some cells are locked, and a model fills in the others."""

import numpy as np
import pandas as pd

from ..core.errors import DataError, GivenError, Unsupported
from ..kinds.tables.columns import Column, Labels, Number
from ..kinds.tables.domain import Tables
from .touch import LABELS, opened, text_cells, verb


@verb
def columns_of_row(run: str) -> list[dict]:
    """The columns of a table that may be locked: {"name", "given": whether the model is only conditioned on it,
    "labels": of a category, "low" and "high" of a number}."""
    domain = _table_of(run)
    return [_describe(column, column in domain.givens) for column in _lockable(domain)]


def _describe(column: Column, is_given: bool) -> dict:
    told = {"name": column.name, "given": is_given}
    if isinstance(column, Labels):
        return told | {"labels": [str(label) for label in column.labels[:LABELS]]}
    if isinstance(column, Number):
        return told | {"low": column.low, "high": column.high}
    return told


@verb
def complete_row(run: str, locked: dict[str, str], n: int, seed: int) -> dict:
    """{"columns": names, "rows": n rows of text, which have the locked cells}. locked: {column: cell}; a column that is
    only given is open to the model if it is not locked."""
    model, domain = opened(run).model, _table_of(run)
    columns = {column.name: column for column in _lockable(domain)}
    if strange := sorted(set(locked) - set(columns)):
        raise GivenError(f"the model has no column '{strange[0]}': lock one of {', '.join(columns)}")
    if all(column.name in locked for column in domain.generated):
        raise DataError("every cell is locked: open one for the model to fill in")
    empty = pd.Series([None] * n, dtype=object)
    cells = {
        name: column.decode(np.full(n, column.code(locked[name])), seed) if name in locked else empty
        for name, column in columns.items()
    }
    rows = domain.as_table(model.complete(pd.DataFrame(cells), seed=seed))
    return {"columns": list(map(str, rows.columns)), "rows": text_cells(rows)}


def _table_of(run: str) -> Tables:
    model = opened(run).model
    if not isinstance(model.domain, Tables):
        raise Unsupported("only a model of a table has cells to lock: sample from this one")
    return model.domain


def _lockable(domain: Tables) -> list[Column]:
    return domain.variables
