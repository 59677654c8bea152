"""Tables that are learned privately: they are asked for by an epsilon, and described by a file of values."""

from pathlib import Path

from ...core.errors import DataError
from ...kinds.formats.raw import Raw
from ...kinds.formats.source import Held, Source
from ...kinds.kind import Kind
from ...kinds.options import take_options

NAME = "private"
PROTECTED = (
    "Differential privacy protects one row: with this model, nobody tells by a factor above exp(epsilon) whether a row "
    "was in the table or another one in its place. A person with several rows is protected less."
)
UNPROTECTED = (
    "Not protected: the number of rows, the file of values, and all that was made of the rows by other means, such as "
    "a report that measures the model on real rows. Every further model of the same rows adds its own epsilon."
)


def _take(raw: Held, source: Source) -> Held:
    """A table, where an epsilon or a model of this kind asks for it."""
    asked = source.get("epsilon") is not None or source.get("kind") == NAME
    if not (asked and isinstance(raw, Raw) and raw.kind == "tables"):
        return raw
    raw.kind = NAME
    return raw


def _check(source: Source) -> None:
    for name in ("delta", "values"):
        if source.get(name) is not None and source.get("epsilon") is None:
            raise DataError(f"{name} is for tables that are learned privately: add --epsilon 1 (epsilon=1)")


KIND = Kind(
    NAME,
    "tables to learn privately",
    "genwright.private.kinds.load",
    options=take_options("epsilon delta values sheet header_row table query"),
    schema=Path(__file__).with_suffix(".schema.json"),
    small_data="genwright.private.contract:PrivateRows",
    take=_take,
    check=_check,
    privacy=(PROTECTED, UNPROTECTED),
)
