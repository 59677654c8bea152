"""A column of a table as lines of text, and the other columns beside it, which may be given."""

import numpy as np
import pandas as pd

from ...core.account import Account
from ...core.errors import DataError
from ..formats.raw import Numbered
from ..formats.sequences.text_lines import BREAKS, Lines, read_texts
from ..values.frames import as_frame, require_column


def text_column(table: pd.DataFrame, column: str, source_name: str) -> tuple[Lines, pd.DataFrame]:
    """Returns the texts of a column, with their rows, and these rows without them.

    Raises DataError for a column that is missing or holds no text.

    Args:
        table: The table.
        column: Name of the column.
        source_name: what to call the table.
    """
    frame = as_frame(table)
    require_column(column, list(frame.columns), "the text")
    cells, account = frame[column], Account(len(frame))
    is_filled = cells.notna() & (cells.astype(str).str.strip() != "")
    account.leave_out(int((~is_filled).sum()), "row", "no text")
    cells, frame = cells[is_filled], frame[is_filled]
    if not len(cells) or not all(isinstance(cell, str) for cell in cells):
        raise DataError(f"column '{column}' of {source_name} holds no texts: name another")
    has_breaks = cells.str.contains(BREAKS)
    if count := int(has_breaks.sum()):
        account.remarks.append(f"{count:,} text{'s' if count > 1 else ''} of more than one line made one, by spaces")
    lines = read_texts(cells.str.replace(BREAKS, " ", regex=True)).kept
    rows = Numbered("row", 1 + np.flatnonzero(is_filled))
    return Lines(lines, rows, account), frame.drop(columns=column).reset_index(drop=True)
