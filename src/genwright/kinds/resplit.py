"""Data split by another seed."""

from dataclasses import replace

from ..core.data import Data
from .known_kinds import READER, kinds


def can_resplit(data: Data) -> bool:
    """Tells whether `resplit` knows the kind of data, and neither their source nor time says who tests."""
    return kinds()[data.kind].function("raw_of") is not None and not data.settled


def resplit(data: Data, seed: int) -> Data:
    """Returns items of `data`, of which `can_resplit` holds, split by another seed and described by their new training
    part."""
    kind, kept_options = kinds()[data.kind], ("given", "types", "missing", "rules", "group")
    options = {name: value for name, value in data.options.items() if name in kept_options}
    raw = replace(kind.function("raw_of")(data), reader=READER)
    return replace(kind.function("load")(raw, data.source, options, seed), options=data.options, account=data.account)
