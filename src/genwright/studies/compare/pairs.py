"""By how much any two families differ in a metric, item by item where items are known; and the files of these items."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
from safetensors.numpy import load, save

from ...core.errors import RunError, damage
from ...core.files import write_whole
from ...core.limits import read_plain
from ...measure.differences import (
    Difference,
    PerItem,
    by_item,
    by_split,
    estimate_on_more_items,
    unpaired_difference,
)
from ...measure.metric import Metric
from ...measure.sizes import WANT, beside_size
from ..report.records import Results
from ..report.results import RUN_AGAIN, allow_for_trainings, metric_json, metric_of, names, rows, stored_pairs

PER_ITEM = "per-item.safetensors"  # beside a run, the numbers of single test items


def pairs_of(results: Results, folder: Path) -> list[dict]:
    """Lists the differences of every two families whose numbers of a metric may be ranked against each other, as
    `results.json` stores them.

    Families that were measured on different numbers of items may be ranked where they are compared on those that both
    saw. Raises RunError where a file of such numbers is damaged.

    Args:
        results: Results of the comparison.
        folder: Folder of the comparison, in which the numbers of single items are.
    """
    per_item, items, pairs = _per_item(results, folder), (results.data or {}).get("items", {}), []
    test_share = items.get("test", 0) / max(1, items.get("train", 0))
    for metric in names(results):
        known = {row.family: metric_of(row.metrics.get(metric)) for row in rows(results)}
        for a, b in combinations([family for family, m in known.items() if m and m.better != "near 1"], 2):
            of = [per_item.get(family, {}).get(metric) for family in (a, b)]
            difference = _difference(known[a], known[b], *of, test_share)
            if difference and np.isfinite(difference.value):
                difference = allow_for_trainings(results, metric, difference, a, b)
                record = {name: getattr(difference, name) for name in ("se", "n", "how")}
                record |= {"trainings": difference.trainings} if difference.trainings else {}
                pairs.append({"metric": metric, "a": a, "b": b, "difference": difference.value, **record})
    return pairs


def level_numbers(results: Results, folder: Path) -> None:
    """Estimate the numbers of families that were asked about fewer test items for as many as others were.

    The fewer may be the easier ones, and a column would then contradict the differences that decide. Of the families
    with the most items, each number is estimated from the one whose difference has the smallest error (see
    `estimate_on_more_items`).
    """
    per_item = _per_item(results, folder)
    for metric in names(results):
        known = {row.family: m for row in rows(results) if (m := metric_of(row.metrics.get(metric)))}
        most_items, pairs = max((m.n for m in known.values()), default=0), stored_pairs(results, metric)
        for row in rows(results):
            stored = {
                f: pairs[row.family, f] for f, m in known.items() if m.n == most_items and (row.family, f) in pairs
            }
            stored = {
                f: stored_difference for f, stored_difference in stored.items() if stored_difference.how == "by item"
            }
            if not stored or known[row.family].n == most_items:
                continue
            nearest = min(stored, key=lambda f: stored[f].se)
            both, own_metric = (row.family, nearest), known[row.family]
            value, se = estimate_on_more_items(*map(known.get, both), *(per_item[f][metric] for f in both))
            source = (
                f"from {stored[nearest].n:,} of {most_items:,} items, and the difference from {nearest} on these, "
                f"{WANT}"
            )
            detail = "; ".join(filter(None, [beside_size(own_metric.detail), source]))
            row.metrics[metric] = metric_json(replace(own_metric, value=value, se=se, detail=detail))


def _per_item(results: Results, folder: Path) -> dict[str, dict[str, PerItem]]:
    """{family: {metric: numbers of single items}}."""
    return {row.family: read_per_item(folder / row.per_item, folder) for row in rows(results) if row.per_item}


def _difference(a: Metric, b: Metric, of_a: PerItem | None, of_b: PerItem | None, share: float) -> Difference | None:
    """None where the two were not measured alike. A number of samples falls with how many there are, so that as many
    must have been drawn of both."""
    if not a.comparable(b) and (a.of == "samples" or not a.comparable(b, anyhow_many=True)):
        return None
    paired = by_split(a, b, share) or (by_item(a, b, of_a, of_b) if of_a and of_b else None)
    return paired or (unpaired_difference(a, b) if a.comparable(b) else None)


def difference_json(a: Metric, b: Metric, of_a: PerItem | None, of_b: PerItem | None) -> dict | None:
    """Computes the difference of two measurements as `results.json` stores it, item by item where both have items; None
    where it is not finite.

    Args:
        a: Metric of one family.
        b: Metric of the other.
        of_a: Numbers of the items behind `a`, or None.
        of_b: Numbers of the items behind `b`, or None.
    """
    difference = (by_item(a, b, of_a, of_b) if of_a and of_b else None) or unpaired_difference(a, b)
    if not np.isfinite(difference.value):
        return None
    return {"difference": difference.value} | {name: getattr(difference, name) for name in ("se", "n", "how")}


def write_per_item(per_item: dict[str, tuple[np.ndarray, np.ndarray]], path: Path) -> Path:
    """Returns numbers of single test items, as `Measured` has them, as a safetensors file: METRIC/item and
    METRIC/value, (n,) each."""
    tensors = {}
    for name, (item, value) in per_item.items():
        tensors[f"{name}/item"] = np.ascontiguousarray(item, np.int64)
        tensors[f"{name}/value"] = np.ascontiguousarray(value, np.float64)
    return write_whole(path, save(tensors))


def read_per_item(path: Path, allowed_folder: Path | None = None) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Returns the file of `write_per_item`: {metric: (item (n,), value (n,))}. Raises RunError for a file that is
    missing, damaged or not `allowed_folder` a folder."""
    with damage(path, RUN_AGAIN, RunError):
        tensors = load(bytes(read_plain(path, kind=RunError, allowed_folder=allowed_folder)))
        names = dict.fromkeys(name.rpartition("/")[0] for name in tensors)
        per_item = {name: (tensors[f"{name}/item"], tensors[f"{name}/value"]) for name in names}
    if any(item.shape != value.shape or item.ndim != 1 for item, value in per_item.values()):
        raise RunError(f"{path} is damaged (items and values are not alike): {RUN_AGAIN}")
    return per_item
