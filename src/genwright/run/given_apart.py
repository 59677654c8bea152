"""Values of items that a model cannot reproduce (names, other columns, a caption of many words), stored unchanged: JSON
of the index of the first item and {name: values}."""

import json
from typing import Any

import numpy as np
import pandas as pd

from ..core.errors import DataError, damage


def residual_conditions(items: Any, back: Any, first: int) -> bytes:
    """Conditions that `items` carry and `back` lacks or has with another value, as bytes; b"" if there are none.

    first: number of the first item. Raises DataError for a value that JSON cannot store without a change."""
    apart, themselves = {}, list(items) if isinstance(items, list) and isinstance(items[0], str) else None
    for name, values in getattr(items, "given", {}).items():
        if list(values) != themselves and not _equal(values, getattr(back, "given", {}).get(name)):
            apart[name] = [None if pd.isna(value) else value for value in np.asarray(values).tolist()]
            if apart[name] != json.loads(json.dumps(apart[name], default=str)):
                raise DataError(f"{name!r} of the items would not come back unchanged: a value is no text or number")
    return json.dumps([first, apart]).encode() if apart else b""


def restore_conditions(back: Any, parts: list[bytes], first: int) -> Any:
    """`back` with these values beside its items. Raises DataError for what is no such JSON."""
    for part in filter(None, parts):
        with damage("what the stream keeps beside items", "copy the stream again"):
            number, apart = json.loads(part)
            for name, values in apart.items():
                found = np.array(back.given.get(name, np.full(len(back), None)), object)
                found[number - first : number - first + len(values)] = values
                back.given[name] = found
    return back


def _equal(values: Any, others: Any) -> bool:
    if others is None or np.shape(values) != np.shape(others):
        return False
    return bool((pd.isna(values) & pd.isna(others) | (np.asarray(values) == np.asarray(others))).all())
