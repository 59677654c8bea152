"""Second trainings of the leaders, where the time reaches: how far two trainings of one family differ.

A comparison trains each family once, and the difference of two families is more than that of two trainings only if it
exceeds what training again would change. Records say that of some families and sizes; here the two leaders of each
purpose show it on the data at hand. A second training takes as many items as the first and another seed. Nobody keeps
it: its difference from the first stands in the row.
"""

from dataclasses import replace
from functools import partial

from ...measure.metrics.classifiers import fixed_threads
from ...run.failures import catch_failure
from ...run.fit import fit
from ..report.records import Results, Row
from ..report.results import find, metric_of, ranking
from ..report.rules import listed
from .measuring import SHARE_KEPT, Measuring, seconds_measured
from .pairs import difference_json, read_per_item

LEADERS = 2  # families of each purpose


def train_leaders_again(measuring: Measuring) -> None:
    """Train leaders a second time, and write to their rows how far it lies from the first; settled on disk before it
    counts."""
    results, settled = measuring.done.results, measuring.settled
    if settled.second is None:
        seconds = SHARE_KEPT * (measuring.course.seconds - measuring.course.elapsed)
        settled.second = _leaders_in_time(results, seconds)
        measuring.done.write()
    due = [row for family in settled.second if (row := find(results, family)) and not row.error and not row.second]
    if due:
        measuring.course.step(f"training {listed([row.family for row in due])} a second time")
        for row in measuring.for_each(partial(_with_second, measuring), due):
            measuring.write_row(row)


def _leaders_in_time(results: Results, seconds: float) -> list[str]:
    """The leaders of as many purposes, the first purpose first, as train and are measured again in so many seconds by
    the clock."""
    chosen: list[str] = []
    for metric in results.metrics["headline"].values():
        order = ranking(results, metric).order
        leaders = [find(results, family) for family in order[:LEADERS]] if len(order) > 1 else []
        trained = [row.family for row in leaders if row.config.stages]
        wanted_families = list(dict.fromkeys([*chosen, *trained]))
        needs = [
            (row.seconds["train"] or 0.0) + seconds_measured(row)
            for row in map(partial(find, results), wanted_families)
        ]
        if results.clock_seconds(needs) <= seconds:
            chosen = wanted_families
    return chosen


def _with_second(measuring: Measuring, row: Row) -> Row:
    """The row with the differences of a second training from the first; as it was where that cannot be had."""
    folder, settled, second = measuring.done.folder, measuring.settled, None
    sizes = settled.first if row.measured or settled.sizes is None else settled.sizes
    headline = dict.fromkeys(measuring.done.results.metrics["headline"].values())
    numbers = {name: m for name in headline if (m := metric_of(row.metrics.get(name)))}
    with catch_failure(), fixed_threads(1):
        replayed = row.config.content | {"seed": row.config.seed + 1}
        model = fit(measuring.split(0), replay=replayed, device=measuring.device, cores=1, progress=False)
        second = measuring.suite(0, sizes).measure(model, only=[*numbers])
    if second is None:
        return row
    own_scores = read_per_item(folder / row.per_item, folder) if row.per_item else {}
    differences = {
        name: difference_json(second.metrics[name], m, second.per_item.get(name), own_scores.get(name))
        for name, m in numbers.items()
        if name in second.metrics
    }
    return replace(row, second={name: difference for name, difference in differences.items() if difference})
