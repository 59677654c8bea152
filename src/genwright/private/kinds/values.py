"""The file of values, by which a person describes columns without looking at the rows:

    [age]
    from = 17
    to = 90

    [income]  # a year, in steps of 500
    from = 0
    to = 200_000
    step = 500

    [sector]
    labels = ["private", "public", "self-employed"]
    missing = true  # cells may be empty

A column that it does not name is left out. Nothing here is read from the rows, so that none of it tells of them.
"""

from decimal import Decimal
from pathlib import Path

from ...core.errors import DataError
from ...core.schemas import read_record
from ...core.spec import Category, Marginal, Ordered
from ...kinds.tables.column_marginals import Lattice
from ...kinds.tables.columns import Labels, Number

REMEDY = "docs/private.md shows how to write it"
MOST_COLUMNS, MOST_LABELS, MOST_LEVELS = 500, 1_000, 2**20
NUMBER, LABELS = ("from", "to", "step", "missing"), ("labels", "missing")
ABSENT = 0.1  # share of missing cells, of a column that may miss some, before anything is learned


def read_values(path: str | Path) -> list[Number | Labels]:
    """The columns that a file of values describes. Raises DataError for what is no such file."""
    record = read_record(Path(path), REMEDY, DataError)
    if not 1 <= len(record) <= MOST_COLUMNS:
        raise DataError(f"the file of values '{path}' has {len(record)} columns, of 1 to {MOST_COLUMNS}: {REMEDY}")
    return [_column(str(path), name, told) for name, told in record.items()]


def _column(path: str, name: str, told: object) -> Number | Labels:
    wrong = lambda why: DataError(f"column '{name}' of the file of values '{path}' {why}: {REMEDY}")
    if not isinstance(told, dict):
        raise wrong(f"is {told!r}, not a table such as [{name}]")
    if not isinstance(told.get("missing", False), bool):
        raise wrong("has a `missing` that is neither true nor false")
    known = LABELS if "labels" in told else NUMBER
    if strange := [key for key in told if key not in known]:
        raise wrong(f"has '{strange[0]}', and knows {', '.join(known)}")
    optional = told.get("missing", False)
    if "labels" in told:
        labels = told["labels"]
        texts = isinstance(labels, list) and all(isinstance(label, str) and label for label in labels)
        if not texts or len(set(labels)) < len(labels) or not 2 <= len(labels) <= MOST_LABELS:
            raise wrong(f"needs 2 to {MOST_LABELS:,} different labels, each a text")
        return labels_of(name, tuple(labels), optional)
    numbers = [told.get("from"), told.get("to"), told.get("step", 1)]
    if not all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in numbers):
        raise wrong("needs labels, or a number from and one to")
    low, high, step = (Decimal(str(one)) for one in numbers)
    if not all(one.is_finite() for one in (low, high, step)) or step <= 0 or high <= low:
        raise wrong("needs finite numbers, a `to` above its `from`, and a step above 0")
    if (levels := int((high - low) / step) + 1) > MOST_LEVELS:
        raise wrong(f"has {levels:,} values, at most {MOST_LEVELS:,}: write a larger step")
    return number_of(name, low, step, levels, optional)


def labels_of(name: str, labels: tuple[str, ...], optional: bool) -> Labels:
    """A column of labels, each as likely before anything is learned."""
    leaf = Category(len(labels), optional=optional, marginal=_flat(len(labels), optional))
    return Labels(name, "str", leaf, labels, other=False)


def number_of(name: str, low: Decimal, step: Decimal, levels: int, optional: bool) -> Number:
    """A column of numbers low, low + step, ..., each as likely before anything is learned."""
    decimals = max(0, -min(low.as_tuple().exponent, step.as_tuple().exponent))
    lattice = Lattice(decimals, float(step.scaleb(decimals)), float(low.scaleb(decimals)))
    leaf = Ordered(
        levels,
        width=float(step),
        start=float(low),
        optional=optional,
        marginal=_flat(min(levels, 64), optional, levels),
    )
    dtype = "int64" if decimals == 0 and not optional else "float64"
    return Number(name, dtype, leaf, float(low), float(low + step * (levels - 1)), float(levels // 2), lattice=lattice)


def _flat(bins: int, optional: bool, levels: int = 0) -> Marginal:
    """A histogram in which every code is as likely."""
    levels = levels or bins
    inner = [round(levels * k / bins) - 0.5 for k in range(bins + 1)]
    return Marginal(tuple(inner), tuple(1 / bins for _ in range(bins)), ABSENT if optional else 0.0)
