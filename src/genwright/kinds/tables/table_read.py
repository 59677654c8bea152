"""The contents of a file, as a reader of tables returns them."""

from typing import NamedTuple

import pandas as pd

from ...core.proposal import Proposal


class TableRead(NamedTuple):
    """notes: what was left out or changed. asked: what a person should be asked of the file. sheet: the one that was
    read of a workbook with several."""

    frame: pd.DataFrame
    notes: list[str]
    asked: list[Proposal]
    sheet: str = ""
