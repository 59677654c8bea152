"""The measuring of a comparison, in the order in which a person misses it most.

    first look      the headline metric of every purpose and the facts, of every family, on the fewest items
    more items      every metric, on as many items as there is time for; what takes little comes first
    more splits     the same on further splits of few data, where there is time to train and to measure on them
    trainings       a second training of the leaders, where there is time (`second_trainings`)
    pairs           by how much any two families differ in a metric, item by item where items are known
    picks           hard facts that tied families lack, and how far a pick lies from its network before training

Rows are on disk after each step, so a comparison that was stopped goes on where it stood.

Tests on splits of the same items are not independent, since their training parts share most items. The variance of a
mean over J splits is (1 / J + n_test / n_train) times that between splits (Nadeau & Bengio 2003, section 3), of J - 1
degrees of freedom.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from ...core.cpu import CpuShare
from ...core.data import Data
from ...measure.effort import Cost, choose_sizes, first_sizes, least_sizes, look_costs, settles
from ...measure.intervals import widen
from ...measure.metric import Measured, Metric, Role, with_role
from ...measure.metrics.classifiers import fixed_threads
from ...measure.sample_suite import SampleSuite
from ...measure.sizes import Sizes, beside_size, family_size_name, list_omissions
from ...measure.suite import PredictionSuite
from ...run.curves import improves, read_curves
from ...run.failures import catch_failure
from ...run.open import load_model
from ...run.peak_memory import PeakMemory
from ...run.process import LOGS
from ...run.run_record import RunRecord
from ...run.side_by_side import RETRIES, map_on_cores
from ...run.tasks import can_resplit
from ...training.progress import duration
from ...zoo import registry
from ..report.records import Reference, Results, Row, Settled
from ..report.results import find, jsonable, metric_json, metric_of, rows, title
from ..study import Study, blank_row, fitted, write_drawings, write_first_drawings
from .course import Course
from .pairs import PER_ITEM, read_per_item, write_per_item
from .turns import Trained, folder_of

LOOKS, LEAST_LOOK = 0.5, 5.0  # of the time that is left after training, for first looks; seconds of each at least
CODES = 0.25  # of a first look, for codes: those that take many steps leave it
SHARE_KEPT = 0.8  # of the time that is left, for what comes next; the rest is a margin, and the page
LEAST_SPLITS, SPLITS = 3, 5  # numbers on fewer are hardly better than on one; splits where there is time
FEW_ITEMS = 1_000  # items, or training labels, below which the split matters
SPLIT_SECONDS = 5.0  # of training a run: fewer splits where they would have less
TO_COME = "it is trained, and will be measured when the same command runs again"
Suite = SampleSuite | PredictionSuite
Found = TypeVar("Found")


@dataclass
class Measuring:
    """Measures trained families, on as many items and splits as there is time for.

    Args:
        make: a suite of (Data, seed, sizes).
        split: the Data of the split of this number, from 0.
        device: Device to compute on.
        repeated: the results to measure again as they were, without a clock.
        cores: on which families are measured side by side.
        retries: how often a family is measured again whose process was lost.
    """

    done: Study
    make: Callable[..., Suite]
    split: Callable[[int], Data]
    baseline: dict[str, bool]
    device: str
    course: Course
    repeated: Results | None
    cores: int = 1
    retries: int = RETRIES
    cpu: CpuShare = field(default_factory=CpuShare)
    known: dict[str, dict[int, Measured]] = field(default_factory=dict)  # {family: {split: what was measured}}
    costs: dict[str, dict[str, Cost]] = field(default_factory=dict)  # of first looks, as `choose_sizes` takes them

    @property
    def settled(self) -> Settled:
        """Decisions on record."""
        return self.done.results.measured

    def first_look(self) -> None:
        """Measures the headline metrics and facts of each unmeasured family, on as few items as fit into its part of
        the time for first looks."""
        results = self.done.results
        if self.settled.first is None:
            if self.repeated:  # it was stopped before its first look
                return
            self.settled.first = first_sizes(self.suite(0), results.metrics["headline"])
            self.done.write()
        to_see = [row for row in rows(results) if row.measured == "not yet"]
        if not self.settled.first or not to_see:
            return
        began, end = self.course.elapsed, self.course.elapsed + LOOKS * (self.course.seconds - self.course.elapsed)
        suite = self.suite(0, self.settled.first)  # one, which reads real items once

        def look(number: int) -> tuple[Row, dict, dict, dict]:
            """A row after its first look, and what was settled and learned by it."""
            row = to_see[number]
            if not self.repeated:
                seconds_left = end - self.course.elapsed
                seconds = max(LEAST_LOOK, min(seconds_left, self.cores * seconds_left / (1 + len(to_see) - number)))
                self._leave_out_slow(suite, row, seconds * (self.cpu.part_on("cpu")))
            unmeasured_row = replace(row, metrics={}, per_item="")
            row = measured_row(unmeasured_row, [suite], {}, self.done.folder, self.device, results, only=suite.LOOKED)
            return row, self.settled.first, self.settled.slow, self.costs.get(row.family, {})

        for position, number, found in self.side_by_side("a first look at", to_see, look):
            row, first, slow, costs = found
            name = row.family
            self.settled.first |= {size: n for size, n in first.items() if size not in self.settled.first}
            self.settled.slow |= slow
            self.costs[name] = costs
            self.write_row(row)
            self._announce_end(began, position, len(to_see) - position)

    def more_items(self) -> None:
        """Measures all metrics of each family, on as many items as there is time for."""
        results = self.done.results
        to_measure = [row for row in rows(results) if row.measured and self._is_due(row)]
        if not to_measure:
            return
        if self.settled.sizes is None:
            seconds_left = max(0.0, self.course.seconds - self.course.elapsed)
            seconds = SHARE_KEPT * self.cores * seconds_left * (self.cpu.part_on("cpu"))
            if self.repeated or (self.settled.first and seconds <= self.cpu.cpu):
                return  # a first look is all that there is time for
            with self.timed("trying how long measuring takes"), fixed_threads(1):
                openers = [partial(load_model, self.done.folder / row.folder, self.device) for row in rows(results)]
                self.settled.sizes = choose_sizes(self.suite(0), openers, seconds, self.costs, self.for_each)
            self.done.write()
        suite = self.suite(0, self.settled.sizes)
        if not results.reference:
            self._refer([suite])
        to_measure = sorted(to_measure, key=seconds_measured)
        if self.cores > 1:  # the slowest would run alone at the end
            to_measure = [*to_measure[-1:], *to_measure[:-1]]
        looks = [seconds_measured(row) for row in to_measure]  # the longer a look, the longer what follows
        began = self.course.elapsed

        def measure(number: int) -> tuple[Row, dict[int, Measured]] | None:
            late = not self.repeated and self.course.elapsed > self.course.seconds
            if late and to_measure[number].measured != "not yet":
                return None
            return self._measured(to_measure[number], [suite])

        looks_ended = set()
        for _, number, found in self.side_by_side("measuring", to_measure, measure):
            looks_ended.add(number)
            if found is not None:
                row, self.known[row.family] = found[0], found[1]
                self.write_row(row)
            ended_looks = [looks[number] for number in looks_ended]
            self._announce_end(began, sum(ended_looks), sum(looks) - sum(ended_looks))

    def splits_in_time(self, planned: int, training: float) -> int:
        """Count of the planned splits for which there is time to train and measure.

        Args:
            training: seconds of training a split.
        """
        seconds_each = training + sum(map(seconds_measured, rows(self.done.results))) / self.cores
        seconds_left = SHARE_KEPT * (self.course.seconds - self.course.elapsed)
        count = min(planned, 1 + int(max(0.0, seconds_left) / max(seconds_each, 1e-9)))
        return count if count >= LEAST_SPLITS else 1

    def more_splits(self, count: int, families: list[str]) -> None:
        """Measures all metrics of families on several splits, on each of which they were trained.

        Args:
            count: Number of splits.
        """
        suites = [self.suite(number, self.settled.sizes) for number in range(count)]
        self._refer(suites)
        families_to_repeat = [
            row for row in map(partial(find, self.done.results), families) if len(row.splits) + 1 < count
        ]
        measure = lambda number: self._measured(families_to_repeat[number], suites)
        for _, _, (row, known) in self.side_by_side(f"measuring on {count} splits:", families_to_repeat, measure):
            self.known[row.family] = known
            self.write_row(row)
        self.settled.splits = count
        self.done.write()

    def refer(self) -> None:
        """Measures the reference on real items, if there was no time for more than a first look."""
        if not self.done.results.reference:
            self._refer([self.suite(0, least_sizes(self.suite(0)))])

    # ------------------------------------------------------------------ inside

    def _announce_end(self, began: float, seconds_seen: float, seconds_left: float) -> None:
        """Announce a later end where what is `seconds_left` leads to one, by what was `seconds_seen` since `began`.
        Less than half says nothing of the rest."""
        if seconds_seen and seconds_seen >= seconds_left:
            self.course.announce((self.course.elapsed - began) * seconds_left / seconds_seen)

    def _leave_out_slow(self, suite: Suite, row: Row, seconds: float) -> None:
        """Settle what of a first look a family is not asked, since too few CPU `seconds` are left for it, and note the
        seconds that 100 items would take."""
        first, slow = self.settled.first, self.settled.slow
        with catch_failure():  # measuring it tells why
            model = load_model(self.done.folder / row.folder, self.device)
            self.costs[row.family] = look_costs(suite, model, first, seconds)
            size_limits = {"coded": CODES * seconds}
            for name, cost in self.costs[row.family].items():
                if (took := cost(first[name])) > min(seconds, size_limits.get(name, seconds)):
                    size_name = family_size_name(name, row.family)
                    first[size_name], slow[size_name] = 0, took * 100 / first[name]
                else:
                    seconds -= took
        suite.sizes = Sizes(suite.sizes.full, first)
        self.done.write()

    def suite(self, number: int, sizes: dict[str, int] | None = None) -> Suite:
        return self.make(self.split(number), self.done.results.seed, sizes)

    def side_by_side(
        self, activity: str, requested_rows: list[Row], do: Callable[[int], Found]
    ) -> Iterator[tuple[int, int, Found]]:
        """Yields (how many are done, number of a row, do(number)) as they come, on the cores of the comparison. A row
        whose process was lost says so, and is left out.

        Args:
            activity: is done, before the name of a family.
            requested_rows: rows.
            do: takes the number of a row. What it changes beside files may stay in its process.
        """
        if not requested_rows:
            return
        self.course.step(f"{activity} {requested_rows[0].family}, 1 of {len(requested_rows)}")
        log = self.done.folder / LOGS / "measuring.txt"
        log.parent.mkdir(exist_ok=True)
        outcomes = map_on_cores(do, range(len(requested_rows)), self.cores, self.device, log, retries=self.retries)
        for position, (number, outcome) in enumerate(outcomes, 1):
            for share in (self.cpu, self.course.cpu):
                share.add(outcome.cpu)
            if position < len(requested_rows):
                self.course.step(
                    f"{activity} {requested_rows[position].family}, {position + 1} of {len(requested_rows)}"
                )
            if outcome.error:
                self.write_row(
                    unmeasurable(requested_rows[number], self.done.results, self.suite(0).sizes.full, outcome.error)
                )
            else:
                yield position, number, outcome.value

    def for_each(self, function: Callable, things: Collection) -> list:
        """Maps a function over things on the cores of the comparison, in any order; failures are left out.

        Args:
            function: Function of a thing.
            things: What to map it over.
        """
        outcomes = map_on_cores(function, list(things), self.cores, self.device)
        return [outcome.value for _, outcome in outcomes if not outcome.error]

    def _measured(self, row: Row, suites: list[Suite]) -> tuple[Row, dict[int, Measured]]:
        """The row measured, and the numbers on each split."""
        known = self.known.setdefault(row.family, {})
        return measured_row(row, suites, known, self.done.folder, self.device, self.done.results), known

    def _refer(self, suites: list[Suite]) -> None:
        with self.timed("measuring real data against real data, the reference"):
            results = self.done.results
            with fixed_threads(1):  # real data against real data; what is drawn is of the first split
                measured = over_splits([Measured(suite.reference(), {}, {}) for suite in suites], results.data["items"])
                drawings = write_drawings(suites[0], None, self.done.folder, "real")
            metrics = {name: metric_json(metric) for name, metric in measured.metrics.items()}
            chance = {name: metric_json(metric) for name, metric in getattr(suites[0], "chance", dict)().items()}
            results.reference = Reference(metrics, **drawings, chance=chance)
            self.done.write()
        for name in with_role(Role.LEARNED, results.reference.metrics):
            if picked := beside_size(results.reference.metrics[name]["detail"]):
                self.course.tell(picked)

    def _is_due(self, row: Row) -> bool:
        """Whether all of a row is to be measured: not where the results that are repeated had a first look alone."""
        record = self.repeated and find(self.repeated, row.family)
        return not record or record.measured != "first look"

    def write_row(self, row: Row) -> None:
        self.done.replace_row(row, self.baseline[row.family])

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        self.course.step(step)
        with self.cpu, self.course.cpu:
            yield


def seconds_measured(row: Row) -> float:
    """Returns seconds that a row was measured in."""
    return sum(row.seconds[part] or 0.0 for part in ("sample", "evaluate"))


def trained_row(data: Data, family: str, trained: Trained, seed: int, results: Results, neighbours: int) -> Row:
    """Makes the row of a trained family before anything is measured, or of a family that failed.

    Args:
        data: The data set, in its parts.
        family: Name of the family.
        seed: Seed of the random numbers.
        results: Results of the comparison.
        neighbours: runs that trained on its host at the same time.
    """
    known = registry.row(data.kind, data.task, family)
    row = blank_row(family, known.recipe, known.verbs, family, seed=seed)
    if trained.error:
        return replace(row, error=trained.error)
    run = RunRecord(jsonable(trained.run.content))
    row = replace(
        row,
        memory=trained.memory,
        items=run.items,
        seconds=row.seconds | {"train": run.seconds},
        config=run,
        measured="not yet",
        cpu_share=None if known.baseline else trained.cpu.share,
        neighbours=neighbours,
    )
    return replace(row, unmeasured=unmeasured(row, results, {}, TO_COME))


def measured_row(
    row: Row, suites: list[Suite], known: dict[int, Measured], folder: Path, device: str, results: Results,
    **look: Collection[str],
) -> Row:  # fmt: skip
    """Returns the row with what suites measure, one a split; what is drawn is of the first.

    A headline metric or fact that they leave out stays as the first look found it.

    Args:
        row: Row of a family that is trained.
        suites: one a split.
        known: {number of a split: what was measured of it}, which grows.
        folder: Folder of the comparison.
        device: on which models measure.
        results: Results of the comparison.
        look: only=names of metrics for a first look, which measures headline metrics and facts alone, and draws
            nothing of a family that is too slow to sample.
    """
    family, failures, health, measured = row.family, [], [], Measured({}, {}, {})
    runs: list[RunRecord] = []
    if undrawn := bool(look) and family_size_name("samples", family) in results.settled.slow:
        look["only"] = [name for name in look["only"] if suites[0].ROWS[name].size != "samples"]
    with PeakMemory() as memory, fixed_threads(1):
        with catch_failure(failures.append):
            for number, suite in enumerate(suites):
                model = load_model(folder_of(folder, family, number), device)
                runs.append(RunRecord(jsonable(model.config)))
                if number not in known:
                    known[number] = suite.measure(model, **look)
                    if number == 0:
                        row = fitted(row, model, row.memory)
                        with catch_failure(lambda reason: health.append(f"its samples could not be drawn: {reason}")):
                            show = write_first_drawings if look else write_drawings
                            pictures = {} if undrawn else show(suite, model, folder, f"{family}/samples")
                            row = replace(row, **pictures)
            measured = over_splits([known[number] for number in range(len(suites))], results.data["items"])
    sizes, first = suites[0].sizes, results.settled.first or {}
    if failures:
        return unmeasurable(row, results, sizes.full, failures[0])
    row = replace(
        row,
        memory=max(row.memory or 0.0, memory.mib),
        health=runs[0].health + health + ([] if look else list_omissions(sizes.chosen, family, first)),
        seconds=row.seconds | measured.seconds | {"train": sum(run.seconds for run in runs)},
        improving=bool(runs[0].by_the_clock and improves(runs[0].content, read_curves({family: folder / family}))),
        splits=runs[1:],
        believed=suites[0].believed(measured.metrics),
        measured="first look" if look else "",
        gains={},
        second={},
        **_numbers(row, measured, folder, results),
    )
    return replace(row, no_value=_without_value(row, sizes, results), unmeasured=unmeasured(row, results, sizes.full))


def unmeasurable(row: Row, results: Results, full_sizes: dict[str, int], reason: str) -> Row:
    """Returns the row of a family that could not be measured.

    Args:
        row: Row of the results, one family.
        results: Results of the comparison.
        full_sizes: sizes of the suite.
    """
    reason = f"measuring it failed: {reason}"
    unmeasured_row = replace(
        row, error=reason, metrics={}, per_item="", drawings={}, preview="", measured="", gains={}, second={}
    )
    return replace(unmeasured_row, unmeasured=unmeasured(unmeasured_row, results, full_sizes, reason))


def _numbers(row: Row, measured: Measured, folder: Path, results: Results) -> dict:
    """Metrics and the file of single items of a row: those measured, beside what a first look found already."""
    looked = {*results.metrics["headline"].values(), *results.metrics.get("facts", ())}
    records = {name: record for name, record in row.metrics.items() if name in looked and name not in measured.metrics}
    per_item, place = measured.per_item, f"{row.family}/{PER_ITEM}"
    if records and row.per_item:
        scores_before = read_per_item(folder / row.per_item, folder)
        per_item = {name: items for name, items in scores_before.items() if name in records} | per_item
    if per_item:
        write_per_item(per_item, folder / place)
    metrics = records | {name: metric_json(metric) for name, metric in measured.metrics.items()}
    return {"metrics": metrics, "per_item": place if per_item else ""}


def _without_value(row: Row, sizes: Sizes, results: Results) -> list[str]:
    """Hard facts and headline metrics that a family lacks though it was asked for what settles them."""
    required_verbs = {fact: ("samples", "sample") for fact in results.metrics.get("facts", ())}
    required_verbs |= {name: settles(purpose, sizes.full) for purpose, name in results.metrics["headline"].items()}
    lacks_value = lambda size, verb: (
        verb in row.verbs and (size not in sizes.full or sizes.size_for_family(row.family, size))
    )
    return [name for name, way in required_verbs.items() if name not in row.metrics and lacks_value(*way)]


def unmeasured(row: Row, results: Results, full_sizes: dict[str, int], reason: str = "") -> str:
    """Returns a reason for each headline metric that a row lacks; "" where it lacks none.

    Args:
        row: Row of the results, one family.
        results: Results of the comparison.
        full_sizes: sizes of the suite.
        reason: what kept it from being measured.
    """
    reasons = []
    for purpose, metric in results.metrics["headline"].items():
        size, verb = settles(purpose, full_sizes)
        record, name = row.metrics.get(metric), title(results, metric)
        slow = results.settled.slow.get(family_size_name(size, row.family))
        if metric_of(record):
            continue
        if record:
            reasons.append(f"{name} is {record['note']}")
        elif slow and not reason:
            reasons.append(f"{name}: {verb.replace('_', '-')} is too slow here, {duration(slow)} for 100 items")
        elif verb not in row.verbs:
            reasons.append(f"{name} needs {verb.replace('_', '-')}, which {row.family} lacks")
        else:
            reasons.append(f"{name}: {reason or 'it has no value on these data'}")
    return "; ".join(reasons)


def count_of(data: Data, share: float, runs: float = SPLITS) -> int:
    """Count of the splits that a comparison measures on.

    Args:
        data: The data set, in its parts.
        share: seconds of training a family, at least.
        runs: Runs of a family for which its share suffices.
    """
    if not can_resplit(data):
        return 1
    if data.domain.weigh_for_splits(data.sizes, data.whole) >= FEW_ITEMS:
        return 1
    count = min(SPLITS, int(share / SPLIT_SECONDS), int(runs))
    return count if count >= LEAST_SPLITS else 1


def over_splits(measured: list[Measured], sizes: dict[str, int]) -> Measured:
    """Joins the measurements on several splits into one: means of metrics, sums of seconds, all items. A metric that is
    not there on each of them is left out."""
    if len(measured) == 1:
        return measured[0]
    first = measured[0]
    shared_metrics = [name for name in first.metrics if all(name in m.metrics for m in measured)]
    ratio = sizes["test"] / sizes["train"]
    items = {name: [m.per_item[name] for m in measured] for name in first.per_item if name in shared_metrics}
    return Measured(
        {name: _mean([m.metrics[name] for m in measured], ratio) for name in shared_metrics},
        {part: sum(m.seconds[part] for m in measured) for part in first.seconds},
        {name: tuple(map(np.concatenate, zip(*parts))) for name, parts in items.items()},
    )


def _mean(metrics: list[Metric], ratio: float) -> Metric:
    values, count = np.array([metric.value for metric in metrics]), len(metrics)
    se = float(widen((1 / count + ratio) * values.var(ddof=1), count - 1))
    detail = "; ".join([f"mean of {count} splits", *([metrics[0].detail] if metrics[0].detail else [])])
    n, survived = sum(metric.n for metric in metrics), float(np.mean([metric.survived for metric in metrics]))
    mean_fields = dict(own=0.0, splits=tuple(values.tolist()), survived=survived, items=None)
    return replace(metrics[0], value=float(values.mean()), se=se, n=n, detail=detail, **mean_fields)
