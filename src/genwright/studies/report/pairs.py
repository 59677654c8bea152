"""The pairs of a comparison: by how much any two families differ in a metric, item by item where items are known."""

from itertools import combinations
from pathlib import Path

import numpy as np

from ...measure.differences import Difference, PerItem, by_item, by_split, unpaired_difference
from ...measure.metric import Metric
from .records import Results
from .results import metric_of, names, read_per_item, rows


def pairs_of(results: Results, folder: Path) -> list[dict]:
    """Every two families whose numbers of a metric may be ranked against each other, as `results.json` keeps them.

    folder: of the comparison, in which the numbers of single items are. Families that were measured on different
    numbers of items may be ranked where they are compared on those that both saw. Raises RunError where a file of such
    numbers is damaged.
    """
    per_item = {row.family: read_per_item(folder / row.per_item) for row in rows(results) if row.per_item}
    items, found = (results.data or {}).get("items", {}), []
    test_share = items.get("test", 0) / max(1, items.get("train", 0))
    for metric in names(results):
        known = {row.family: metric_of(row.metrics.get(metric)) for row in rows(results)}
        for a, b in combinations([family for family, m in known.items() if m and m.better != "near 1"], 2):
            of = [per_item.get(family, {}).get(metric) for family in (a, b)]
            difference = _difference(known[a], known[b], *of, test_share)
            if difference and np.isfinite(difference.value):
                off = {name: getattr(difference, name) for name in ("se", "n", "how")}
                found.append({"metric": metric, "a": a, "b": b, "difference": difference.value, **off})
    return found


def _difference(a: Metric, b: Metric, of_a: PerItem | None, of_b: PerItem | None, share: float) -> Difference | None:
    """None where the two were not measured alike. A number of samples falls with how many there are, so that as many
    must have been drawn of both."""
    if not a.comparable(b) and (a.of == "samples" or not a.comparable(b, anyhow_many=True)):
        return None
    paired = by_split(a, b, share) or (by_item(a, b, of_a, of_b) if of_a and of_b else None)
    return paired or (unpaired_difference(a, b) if a.comparable(b) else None)
