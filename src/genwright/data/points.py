"""Sets of points in space: split by content, and understood by their domain."""

from __future__ import annotations

from typing import Any

from ..core.data import Data
from ..core.errors import DataError
from ..domains.drawn import Drawn
from ..domains.points import Points, points_keys
from .formats import read_of_kind
from .options import OF_TABLES, first_given
from .raw import Raw
from .splits import PARTS, content_digest, far_from_share, require_enough, split


def load(raw: Raw, text: str, options: dict, seed: int) -> Data:
    """Raises DataError for too few sets, options that are for tables, or anything to condition on, of which there is
    none."""
    require_enough(raw, text)
    if wrong := first_given(options, OF_TABLES):
        raise DataError(f"{raw.name} holds points in space, and {wrong} is for columns of a table: leave it out")
    if options.get("given"):
        raise DataError(f"{raw.name} has no variable {options['given'][0]!r} to condition on: leave given out")
    keys = points_keys(raw.items)
    parts = split(keys, None, raw.parts, seed)
    items = {part: Drawn(raw.items)[parts == part] for part in PARTS}
    domain = Points.fit(items["train"], raw.notes, len(keys))
    notes = far_from_share(parts, raw.parts, keys, "sets", "are equal")
    return Data(raw.name, domain, items, content_digest(keys, None, parts), text, raw.licence, None, options, notes)


def read_items(given: Any, domain: Points) -> tuple[Drawn, None]:
    """Sets of points for a model; which of them are to be completed, and how far, the model is told."""
    return Drawn(read_of_kind(given, domain.kind).items), None
