"""Labels that a table gains: columns that know further ones, and how the codes of all columns grow."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from ...core.errors import list_some
from ...core.growth import Growth, GrowthOfColumns
from ...core.spec import Marginal
from ..values.cells import factorize
from .columns import Column, Labels

LEAST = 5  # cells of a label that gets a code of its own
SHARE = 1e-6  # of a new label in the marginal, so that those of others stay
SHOWN = 10


def new_labels(column: Column, cells: pd.Series) -> list:
    """The labels that a column of categories lacks, each with `LEAST` cells or more."""
    if not isinstance(column, Labels) or column.kind != "category":
        return []
    known, distinct = factorize(cells, column.name)
    rows, seen = Counter(known.tolist()), {*map(str, column.known)}
    return [label for k, label in enumerate(distinct) if rows[k] >= LEAST and str(label) not in seen]


def with_labels(column: Labels, new: Sequence) -> Labels:
    """The column with further labels behind its own, before the code of all others."""
    marginal, at = column.leaf.marginal, len(column.labels)
    probs = (*marginal.probs[:at], *[SHARE] * len(new), *marginal.probs[at:])
    edges = tuple(k - 0.5 for k in range(len(probs) + 1))
    leaf = replace(column.leaf, k=len(probs), marginal=Marginal(edges, probs, marginal.absent, marginal.plain))
    return replace(column, labels=(*column.labels, *new), leaf=leaf)


def note_on(column: Column, new: Sequence) -> str:
    shown = list_some(list(map(str, new)), SHOWN)
    return f"learns {len(new):,} new label{'s' * (len(new) > 1)} of {column.name!r}: {shown}"


def growth_of(before: Sequence[Column], after: Sequence[Column], hidden: int = 0) -> GrowthOfColumns | None:
    """How bins grow of columns side by side, the bin of missing values in front; None where none does. hidden: bins
    behind all others. A new label begins as the mean of the labels."""
    old, new = (1 + max(_bins(column) for column in columns) for columns in (before, after)) if before else (0, 0)
    if all(_bins(a) == _bins(b) for a, b in zip(before, after)):
        return None
    each = []
    for column, grown in zip(before, after):
        gained = _bins(grown) - _bins(column)
        sources = [(bin,) for bin in range(1 + _bins(column))]
        if gained:
            at = 1 + len(column.labels)
            sources[at:at] = [tuple(range(1, at))] * gained
        sources += [sources[-1]] * (new - len(sources)) + [(old + k,) for k in range(hidden)]
        each.append(Growth(old + hidden, tuple(sources)))
    return GrowthOfColumns(tuple(each))


def _bins(column: Column) -> int:
    return len(column.leaf.marginal.probs)
