"""The contents of a source of counts, before they are split."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ...kinds.formats.raw import Raw
from ...kinds.formats.source import Source

NAME = "counts"


@dataclass
class RawCounts(Raw):
    """Rows of counts: `items` are CountRows, or a table of which a person says which columns are none."""


def read_table(source: Source) -> RawCounts:
    """Reads any source that holds a table."""
    raw = source.but(kind="tables", layer=None).read()
    held = {part.name: getattr(raw, part.name) for part in fields(Raw)}
    return RawCounts(**held | {"kind": NAME})
