"""Series: subjects with rows in order, or windows of a long recording."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...core.domain import Question
from ...kinds.formats.source import Source
from ...kinds.kind import Format, Kind, Widgets
from ...kinds.options import take_options
from .raw import NAME, RawSeries

if TYPE_CHECKING:
    import pandas as pd


def are_wanted(source: Source) -> bool:
    """Whether a person asks for series."""
    return source.get("kind") == NAME


def _is_indexed(source: Source) -> bool:
    from .reading import is_indexed

    return are_wanted(source) and is_indexed(source.given)


def _read_indexed(source: Source) -> RawSeries:
    from .reading import read_indexed

    return read_indexed(source.given)


def _is_array(source: Source) -> bool:
    from .reading import is_array

    return are_wanted(source) and is_array(source)


def _read_array(source: Source) -> RawSeries:
    from .reading import read_array

    return read_array(source)


def _is_folder(source: Source) -> bool:
    from .reading import is_folder

    return are_wanted(source) and is_folder(source)


def _read_folder(source: Source) -> RawSeries:
    from .reading import read_folder

    return read_folder(source)


def _read_table(source: Source) -> RawSeries:
    from .reading import read_table

    return read_table(source)


def _ask_series(columns: pd.DataFrame) -> list[Question]:
    from .recognise import ask_series

    return ask_series(columns)


KIND = Kind(
    NAME,
    "series of rows",
    "genwright.series.kinds.load",
    options=take_options("given types drop missing filter group time sheet header_row table query windows stride"),
    formats=(
        Format(_is_indexed, _read_indexed, "DataFrame with an index", asked=True),
        Format(_is_array, _read_array, "array", asked=True),
        Format(_is_folder, _read_folder, asked=True),
        Format(are_wanted, _read_table, asked=True),
    ),
    schema=Path(__file__).with_name("kind.schema.json"),
    small_data="genwright.series.contract:Visits",
    recognise=_ask_series,
    widgets=Widgets(rows=True),
)
