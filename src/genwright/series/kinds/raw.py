"""The contents of a source of series, before they are cut."""

from dataclasses import dataclass

from ...kinds.formats.raw import Raw

NAME = "series"


@dataclass
class RawSeries(Raw):
    """The rows of series. group, time: the columns that the source itself suggests."""

    group: str = ""
    time: str = ""
