"""The evidence that picks still lack when all is measured: hard facts of families that are tied, on a few samples, and
how far the number of a pick lies from that of its own network before training.

Only families that could be picked are looked at, each once: what was learned of them stands in their rows, so that a
comparison that was stopped, or is repeated, comes to the same picks.
"""

from dataclasses import replace
from pathlib import Path

from ...measure.metric import Measured
from ...measure.metrics.classifiers import fixed_threads
from ...run.failures import catch_failure
from ...run.open import load_model, untrained_model
from ..report.decision import missing_facts, tied_families
from ..report.picks import Decision, picks
from ..report.records import Results, Row
from ..report.results import find, metric_json, metric_of, ranking
from .measuring import Measuring, Suite
from .pairs import difference_json, pairs_of, read_per_item

MOST_SAMPLES = 1_000  # of a family, for facts and for its network before training


def complete_evidence(measuring: Measuring) -> None:
    """Measure what picks still lack, and write it to the rows."""
    results, folder = measuring.done.results, measuring.done.folder
    results.pairs = pairs_of(results, folder)
    for metric in results.metrics["headline"].values():
        ranked = ranking(results, metric)
        of_samples = ranked.order and metric_of(find(results, ranked.order[0]).metrics[metric]).of == "samples"
        for family in tied_families(results, ranked) if of_samples else ():
            if missing := missing_facts(results, family):
                with measuring.timed(f"counting bad samples of {family}"):
                    measuring.write_row(_count_facts(measuring, find(results, family), missing))
    while due := next(filter(None, (_unproven(results, pick) for pick in picks(results))), None):
        row, metric = due
        with measuring.timed(f"looking at {row.family} before training"):
            measuring.write_row(replace(row, gains=row.gains | {metric: _gain(measuring, row, metric)}))


def _count_facts(measuring: Measuring, row: Row, missing: list[str]) -> Row:
    """The row with hard facts that it lacked. They stay missing where they cannot be measured."""
    metrics = None
    with catch_failure(), fixed_threads(1):
        model = load_model(measuring.done.folder / row.folder, measuring.device)
        metrics = _small_suite(measuring, row).measure(model, only=missing).metrics
    if metrics is None:
        return row
    records = {name: metric_json(metric) for name, metric in metrics.items()}
    missing_facts = [name for name in missing if name not in records]
    return replace(row, metrics=row.metrics | records, no_value=[*row.no_value, *missing_facts])


def _unproven(results: Results, pick: Decision) -> tuple[Row, str] | None:
    """The row of a trained pick that was not compared with its network before training, and the headline metric."""
    row = find(results, pick.family) if pick.family else None
    is_due = row is not None and row.config.stages and pick.metric not in row.gains
    return (row, pick.metric) if is_due else None


def _gain(measuring: Measuring, row: Row, metric: str) -> dict | None:
    """How far a metric of a row lies from that of its network before training; None where that has none."""
    folder = measuring.done.folder
    untrained = _measure_untrained(_small_suite(measuring, row), folder / row.folder, measuring.device, metric)
    if untrained is None or metric not in untrained.metrics:
        return None
    own_scores = read_per_item(folder / row.per_item, folder) if row.per_item else {}
    numbers = metric_of(row.metrics[metric]), untrained.metrics[metric]
    return difference_json(*numbers, own_scores.get(metric), untrained.per_item.get(metric))


def _measure_untrained(suite: Suite, run: Path, device: str, metric: str) -> Measured | None:
    """A metric of the network of a run before training. None where that cannot be measured, which may fail in any way
    since nobody trained it."""
    with catch_failure(), fixed_threads(1):
        return suite.measure(untrained_model(run, device), only=[metric])
    return None


def _small_suite(measuring: Measuring, row: Row) -> Suite:
    """A suite of the sizes with which a row was measured, but of few samples."""
    settled = measuring.settled
    first = settled.first or {}
    suite = measuring.suite(0, first if row.measured or settled.sizes is None else settled.sizes)
    sizes = {name: suite.sizes.size_for_family(row.family, name) or first.get(name, 0) for name in suite.sizes.full}
    small_sizes = {"samples": min(MOST_SAMPLES, sizes["samples"])} if "samples" in sizes else {}
    return measuring.suite(0, sizes | small_sizes)
