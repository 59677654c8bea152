"""Values that files hold beside each item, as columns by name."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..core.limits import require_cells
from .tables.frames import check_columns


def columns_beside(values: Sequence[dict[str, str]]) -> pd.DataFrame | None:
    """A row an item, NaN where it has none of a name; numbers where all that are there are. None where no item has
    any. Raises DataError for more names than a table may have."""
    what, names = "what stands beside the items", len(set().union(*values))
    check_columns(names, what)
    require_cells(what, names * len(values))
    return pd.DataFrame(list(values)).apply(_numbers) if any(values) else None


def _numbers(column: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    is_number = np.isfinite(numbers) | column.isna() | (column == "")  # 12e4567 and inf are words
    return numbers if is_number.all() else column
