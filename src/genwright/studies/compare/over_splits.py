"""Numbers that were measured on several splits of the same items, as one number whose error covers the split.

Tests on splits of the same items are not independent, since their training parts share most items. The variance of a
mean over J splits is (1 / J + n_test / n_train) times that between splits (Nadeau & Bengio 2003, section 3), of J - 1
degrees of freedom.
"""

from dataclasses import replace

import numpy as np

from ...core.data import Data
from ...measure.intervals import widened
from ...measure.metric import Measured, Metric
from ...run.resplit import can_resplit
from ...zoo import registry

FEW, SPLITS = 1_000, 5  # items, or training labels, below which the split matters; splits
SECONDS = 5.0  # of training a run: fewer splits where they would have less, and one where fewer than three are left
LARGE = 100_000  # edges of a graph that is split once, as there each split costs much


def count_of(data: Data, share: float) -> int:
    """On how many splits a comparison measures. share: seconds of training a family."""
    if not can_resplit(data):
        return 1
    nodes = (data.kind, data.task) == registry.NODES
    items = data.sizes["train"] if nodes else sum(data.sizes.values())
    if items >= FEW or (nodes and data.whole.graph.edges > LARGE):
        return 1
    count = min(SPLITS, int(share / SECONDS))
    return count if count > 2 else 1


def over_splits(measured: list[Measured], sizes: dict[str, int]) -> Measured:
    """One for several splits, `sizes` their items a part: means of metrics, sums of seconds, all items. A metric that
    is not there on each of them is left out.
    """
    if len(measured) == 1:
        return measured[0]
    first = measured[0]
    alike = [name for name in first.metrics if all(name in m.metrics for m in measured)]
    ratio = sizes["test"] / sizes["train"]
    items = {name: [m.per_item[name] for m in measured] for name in first.per_item if name in alike}
    return Measured(
        {name: _mean([m.metrics[name] for m in measured], ratio) for name in alike},
        {part: sum(m.seconds[part] for m in measured) for part in first.seconds},
        {name: tuple(map(np.concatenate, zip(*found))) for name, found in items.items()},
    )


def _mean(metrics: list[Metric], ratio: float) -> Metric:
    values, count = np.array([metric.value for metric in metrics]), len(metrics)
    se = float(widened((1 / count + ratio) * values.var(ddof=1), count - 1))
    said = "; ".join([f"mean of {count} splits", *([metrics[0].detail] if metrics[0].detail else [])])
    n, survived = sum(metric.n for metric in metrics), float(np.mean([metric.survived for metric in metrics]))
    own = dict(own=0.0, splits=tuple(values.tolist()), survived=survived, items=None)
    return replace(metrics[0], value=float(values.mean()), se=se, n=n, detail=said, **own)
