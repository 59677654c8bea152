"""The measuring of a comparison, in the order in which a person misses it most.

    first look      the headline metric of every purpose and the facts, of every family, on the fewest items
    more items      every metric, on as many items as there is time for; what takes little comes first
    more splits     the same on further splits of few data, where there is time to train and to measure on them

Rows are on disk after each step, so a comparison that was stopped goes on where it stood.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ...core.cpu_time import CpuShare
from ...core.data import Data
from ...measure.effort import choose_sizes, first_sizes, least_sizes
from ...measure.metric import Measured
from ...measure.metrics.classifiers import fixed_threads
from ...measure.sizes import beside_size
from ...run.open import load_model
from ..report.records import Results, Row
from ..report.results import find, rows
from ..study import Study
from .course import Course
from .rows import first_row, measured_row, reference_of

SHARE_KEPT = 0.8  # of the time that is left, for what comes next; the rest is a margin, and the page
LEAST_SPLITS = 3  # numbers on fewer are hardly better than on one


@dataclass
class Measuring:
    """Measures trained families, on as many items and splits as there is time for.

    make: a suite of (Data, seed, sizes). split: the Data of the split of this number, from 0. repeated: the results to
    measure again as they were, without a clock.
    """

    done: Study
    make: Callable[..., Any]
    split: Callable[[int], Data]
    baseline: dict[str, bool]
    device: str
    course: Course
    repeated: Results | None
    cpu: CpuShare = field(default_factory=CpuShare)
    known: dict[str, dict[int, Measured]] = field(default_factory=dict)  # {family: {split: what was measured}}

    @property
    def settled(self) -> dict:
        return self.done.results.measured

    def first_look(self) -> None:
        """The headline metrics and facts of each family that is not measured yet, whatever that takes."""
        results = self.done.results
        if "first" not in self.settled:
            if self.repeated:  # it was stopped before its first look
                return
            self.settled["first"] = first_sizes(self._suite(0), results.metrics["headline"])
            self.done.write()
        to_see = [row for row in rows(results) if row.measured == "not yet"]
        if not self.settled["first"] or not to_see:
            return
        suite = self._suite(0, self.settled["first"])
        for number, row in enumerate(to_see, 1):
            with self._timed(f"a first look at {row.family}, {number} of {len(to_see)}"):
                self._put(first_row(row, suite, self.done.folder, self.device, results))

    def more_items(self) -> None:
        """All metrics of each family, on as many items as there is time for, if there is any."""
        results = self.done.results
        to_measure = [row for row in rows(results) if row.measured and self._is_due(row)]
        if not to_measure:
            return
        if "sizes" not in self.settled:
            seconds = SHARE_KEPT * max(0.0, self.course.seconds - self.course.gone) * (self.cpu.share or 1.0)
            if self.repeated or (self.settled["first"] and seconds <= self.cpu.cpu):
                return  # a first look is all that there is time for
            with self._timed("trying how long measuring takes"), fixed_threads(1):
                openers = [partial(load_model, self.done.folder / row.folder, self.device) for row in rows(results)]
                self.settled["sizes"] = choose_sizes(self._suite(0), openers, seconds)
            self.done.write()
        suite = self._suite(0, self.settled["sizes"])
        if not results.reference:
            self._refer([suite])
        for number, row in enumerate(sorted(to_measure, key=_took), 1):
            if self._is_late and row.measured == "first look":
                return
            with self._timed(f"measuring {row.family}, {number} of {len(to_measure)}"):
                self._put(self._measured(row, [suite]))

    def splits_in_time(self, planned: int, training: float) -> int:
        """On how many of the splits that were planned there is time to train and measure. training: seconds of training
        a split."""
        each = training + sum(map(_took, rows(self.done.results)))
        left = SHARE_KEPT * (self.course.seconds - self.course.gone)
        count = min(planned, 1 + int(max(0.0, left) / max(each, 1e-9)))
        return count if count >= LEAST_SPLITS else 1

    def more_splits(self, count: int, families: list[str]) -> None:
        """All metrics of families on so many splits, on each of which they were trained."""
        suites = [self._suite(number, self.settled["sizes"]) for number in range(count)]
        self._refer(suites)
        for number, family in enumerate(families, 1):
            row = find(self.done.results, family)
            if len(row.splits) + 1 < count:
                with self._timed(f"measuring {family} on {count} splits, {number} of {len(families)}"):
                    self._put(self._measured(row, suites))
        self.settled["splits"] = count
        self.done.write()

    def refer(self) -> None:
        """The reference, where there was no time for more than a first look."""
        if not self.done.results.reference:
            self._refer([self._suite(0, least_sizes(self._suite(0)))])

    # ------------------------------------------------------------------ inside

    def _suite(self, number: int, sizes: dict[str, int] | None = None) -> Any:
        return self.make(self.split(number), self.done.results.seed, sizes)

    def _measured(self, row: Row, suites: list[Any]) -> Row:
        known = self.known.setdefault(row.family, {})
        return measured_row(row, suites, known, self.done.folder, self.device, self.done.results)

    def _refer(self, suites: list[Any]) -> None:
        with self._timed("measuring real data against real data, the reference"):
            results = self.done.results
            results.reference = reference_of(suites, results.data["items"], self.done.folder)
            self.done.write()
        if said := results.reference.metrics.get("tstr", {}).get("detail"):
            self.course.tell(beside_size(said))

    def _is_due(self, row: Row) -> bool:
        """Whether all of a row is to be measured: not where the results that are repeated had a first look alone."""
        record = self.repeated and find(self.repeated, row.family)
        return not record or record.measured != "first look"

    @property
    def _is_late(self) -> bool:
        return not self.repeated and self.course.gone > self.course.seconds

    def _put(self, row: Row) -> None:
        self.done.put(row, self.baseline[row.family])

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        self.course.step(step)
        with self.cpu, self.course.cpu:
            yield


def _took(row: Row) -> float:
    """Seconds that a row was measured in."""
    return sum(row.seconds[part] or 0.0 for part in ("sample", "evaluate"))
