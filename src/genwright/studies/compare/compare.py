"""Compare: every family that fits the data, trained under equal shares of one budget and measured with the same
metrics.

The comparison lives in a folder: results.json, report.html and one run folder a family. results.json is written after
every step, so a comparison that was stopped goes on where it stood when the same call is made again, and one that has
ended goes on with more minutes. Families are trained on one split (`turns`), then measured (`measuring`), and on
further splits where there is time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from rich.console import Console

from ...core.data import Data
from ...core.device import threads
from ...core.errors import RunError, TrainingFailed
from ...core.safe_text import visible
from ...graphs.studies.depth import depth_curve
from ...graphs.studies.label_curve import label_curve
from ...run.failures import catch_failure
from ...run.peak_memory import quick_collections
from ...run.process import LOGS, PROCESS, count_runs_beside
from ...run.tasks import resplit
from ...training.progress import duration
from ...zoo import registry
from ..report.advice import advice
from ..report.numbers import print_table
from ..report.picks import describe_left_out, in_order
from ..report.records import Results, Row
from ..report.report import report
from ..report.results import find, jsonable, path_of, read_comparison, rows
from ..report.rules import count_nouns, listed
from ..study import Study, metrics_of, study
from .compare_plan import (
    ComparePlan,
    choose_families,
    cores_for,
    equal_share,
    minutes_promised,
    settle_passes,
    suite_maker,
    unnamed_rows,
)
from .comparison import Comparison
from .course import Course
from .evidence import complete_evidence
from .measuring import Measuring, count_of, trained_row
from .pairs import level_numbers, pairs_of
from .second_trainings import train_leaders_again
from .turns import Trained, Training
from .workers import FamilyRuns, Listed, Sender, Sent, workers_of

DRAWING = 0.4  # of what is left after that, for each figure that needs fits of its own


def run_comparison(data: Data, plan: ComparePlan) -> Comparison | list[str]:
    """Train, measure and report what a plan says, in its folder; see `compare`."""
    record = None if plan.replay is None else read_comparison(plan.replay)
    if record and record.data["hash"] != data.hash:
        raise RunError(f"{plan.replay} compared other data ({record.data['name']}): replay it with those")
    folder = _folder_of(plan, data, record)
    if begun := record or (None if plan.more_minutes is None else read_comparison(folder)):
        plan = plan.settled_by(begun)
    baseline = choose_families(data, plan)
    trained = [family for family in baseline if not baseline[family]]
    count = plan.cores or 1 if plan.workers is not None else cores_for(data, plan)
    share = equal_share(plan.minutes, count, len(trained)) / 60
    suite = registry.suite_class(data)
    make = suite_maker(suite, data, plan.target)
    if plan.target is not None:
        make(data, plan.seed)  # one that does not fit is said before all else
    sender = None
    if plan.workers is not None:
        team = workers_of(plan.workers, plan.slurm, share)
        sender = FamilyRuns(Sender(team, folder / LOGS, plan.retries), plan.replay and path_of(plan.replay))
    minutes = (plan.more_minutes or 0.0) + (0.0 if plan.more_minutes and begun.finished else plan.minutes)
    asked = dict(
        minutes=plan.minutes, cores=count, share=share, seed=plan.seed, metrics=metrics_of(suite), target=plan.target
    )
    with (
        quick_collections(),
        threads(record.machine["threads"] if record else torch.get_num_threads()),
        study("compare", folder, data, trained, **asked) as done,
        Course(plan.progress, 60 * minutes_promised(minutes)) as course,
    ):
        if record and "further" in record.plan:
            done.results.plan["further"] = record.plan["further"]
        if plan.more_minutes is not None:
            _add(done, plan.more_minutes)
        if not done.results.finished:
            try:
                Work(data, plan, done, make, baseline, record, course, sender, count).finish()
            except Listed as listed_runs:
                return listed_runs.commands
        page = report(folder)  # while the folder is ours
    return _concluded(done.results, folder, data, page, plan.progress)


# ---------------------------------------------------------------------- the work


def _folder_of(plan: ComparePlan, data: Data, record: Results | None) -> Path:
    """The folder of a comparison. record: the results that it repeats, None for a new one."""
    folder = Path(plan.out or f"runs/compare-{data.name}{'-replay' if record else ''}")
    if record and (folder / "results.json").is_file() and (folder / "results.json").samefile(path_of(plan.replay)):
        raise RunError(f"{folder} holds the comparison that is to be repeated: choose another folder")
    return folder


def _concluded(results: Results, folder: Path, data: Data, page: Path, progress: bool) -> Comparison:
    """The comparison. page: its report. Raises TrainingFailed where no family could be trained."""
    if progress:
        print_table(results, Console())
        print(visible(page))
    if results.models and all(row.error for row in results.models):
        raise TrainingFailed(
            f"no family could be trained on {data.name}: {results.models[0].error}; the report is {page}"
        )
    return Comparison(results.to_json(), folder)


@dataclass
class Work:
    """The work that is left of a comparison.

    Args:
        make: a suite of (Data, seed, sizes).
        named: {family: whether it is a simple baseline}.
        record: the results that are repeated, None for a new comparison.
        sender: who trains the runs elsewhere, None where processes of this one do.
        cores: on which families train and are measured at once.
    """

    data: Data
    plan: ComparePlan
    done: Study
    make: Callable[..., object]
    named: dict[str, bool]
    record: Results | None
    course: Course
    sender: FamilyRuns | None
    cores: int
    splits: dict[int, Data] = field(init=False)

    def __post_init__(self):
        self.splits, self.results, self.folder = {0: self.data}, self.done.results, self.done.folder
        self.share = 60 * self.results.plan["share"]
        if self.results.measured is None:
            self.results.measured = _settled_as(self.record)
        self.settled = self.results.measured

    @property
    def baseline(self) -> dict[str, bool]:
        """{family that takes part: whether it is a simple baseline}; none for which the minutes do not reach."""
        return {family: simple for family, simple in self.named.items() if family not in self.results.families_left_out}

    @property
    def shares(self) -> dict[str, float]:
        """{family: seconds of training}."""
        passes = self.settled.get("passes", {})
        return {family: passes.get(family, {"share": self.share})["share"] for family in self.baseline}

    @property
    def planned(self) -> int:
        """Splits to train and measure on, each with the passes that a family needs, where there is time."""
        return self.settled["wanted"] if self.record else self.settled.get("planned", count_of(self.data, self.share))

    def finish(self) -> None:
        """Train and measure all that is left, and draw the conclusions. An interrupt reports what was measured so
        far."""
        self.results.folder = str(self.folder)
        for row in unnamed_rows(self.data, self.plan):
            if why := row.refuses(self.data.domain.given):
                self.course.tell(f"left out: {why}")
        try:
            sent = self.train()
            self.measure(bool(sent.lost))
        except KeyboardInterrupt:
            if rows(self.results):
                self.conclude()
                self.course.tell(f"stopped: {report(self.folder)} shows what was measured so far")
            raise
        if sent.lost:
            self.conclude()
            report(self.folder)
            sent.require_ended()
        on_graphs = (self.data.kind, self.data.task) in (registry.NODES, registry.GRAPHS) and self.data.domain.classes
        drawings = {"drawings": self.draw_together()} if on_graphs else {}
        self.conclude(finished=True, **drawings)

    def train(self) -> Sent:
        """Train what is not trained yet, and further what was given more minutes. Returns the outcome of runs that were
        sent, by family."""
        for family in self.baseline if self.record else ():
            row = find(self.record, family) or Row(family, error="the replayed comparison did not reach it")
            if row.error and not find(self.results, family):
                self.put_trained(family, Trained(error=row.error))
        if not self.sender and not self.record and not self.plan.named and not rows(self.results):
            self.plan_passes()
        failed = {row.family for row in self.results.models + self.results.baselines if row.error}
        families, runs = [family for family in self.baseline if family not in failed], Sent({}, {})
        untrained = [family for family in families if not find(self.results, family)]
        if untrained and self.sender:
            sent = [family for family in untrained if not self.baseline[family]]
            asked = self.planned, self.results.seed, self.share, self.plan.device
            runs = self.sender.send(self.data, sent, *asked, self.course)
            for family, error in runs.failed.items():
                self.put_trained(family, Trained(error=error))
            families = [family for family in families if family not in runs.failed | runs.lost]
            minutes = self.results.plan["minutes"]
            left = 60 * (minutes_promised(minutes) - minutes)
            self.course.seconds = self.course.announced = self.course.elapsed + left
        elif untrained:
            own = [family for family, simple in self.baseline.items() if not simple]
            spans = dict.fromkeys(duration(f([self.shares[family] for family in own])) for f in (min, max) if own)
            on = count_nouns(range(self.cores), "core", "cores")
            training = f"Training {count_nouns(own, 'family', 'families')} on {on} for {' to '.join(spans)} each"
            step = f"{training}, then measuring them" if own else "Measuring simple baselines"
            self.course.tell(f"{step}. Expected to finish by {self.course.end} if the machine is idle.")
        if untrained:
            self.train_on(range(1), families, self.put_trained)
        if takers := _hand_out(self.done):
            self.course.tell(f"Training {listed(takers)} further, then measuring all again.")
        more, known = self.settled.get("more", {}), [row.family for row in rows(self.results)]
        joined = [] if self.sender else [family for family in self.baseline if not find(self.results, family)]
        if joined or any(_seconds_added(row) < more.get(row.family, 0.0) for row in rows(self.results)):
            self.train_on(range(1), [*joined, *known], self.put_trained)
        return runs

    def plan_passes(self) -> None:
        """Measure what a pass over the data costs, and settle who trains for how long; on disk before it counts."""
        own = [family for family, simple in self.named.items() if not simple]
        self.course.step("measuring what a pass over the data takes")
        self.settled |= settle_passes(self.data, own, 60 * self.results.plan["minutes"], self.cores, self.plan.device)
        self.done.write()
        if sentence := describe_left_out(self.results, self.folder):
            self.course.tell(f"{sentence}.")

    def measure(self, lost: bool) -> None:
        """Measure what is not measured yet, on further splits too unless runs are `lost`."""
        measuring = Measuring(
            self.done, self.make, self.split, self.baseline, self.plan.device, self.course, self.record, self.cores,
            self.plan.retries,
        )  # fmt: skip
        measuring.first_look()
        measuring.more_items()
        if "sizes" in self.settled and not lost:  # further splits are measured of all families, or of none
            shares = [0.0 if self.sender else self.shares[row.family] for row in self.results.models if not row.error]
            trained = max(sum(shares) / self.cores, *shares, 0.0)  # seconds by the clock
            if "wanted" not in self.settled:
                self.settled["wanted"] = measuring.splits_in_time(self.planned, trained / self.planned)
                self.done.write()
            if self.settled["splits"] < (wanted := self.settled["wanted"]):
                families = [row.family for row in rows(self.results)]
                measuring.more_splits(wanted, self.train_on(range(1, wanted), families, lambda *_: None))
        measuring.refer()
        if self.settled["splits"] == 1 and not self.sender:  # several splits hold what training again changes
            train_leaders_again(measuring)
        complete_evidence(measuring)

    def split(self, number: int) -> Data:
        if number not in self.splits:
            self.splits[number] = resplit(self.data, self.results.seed + number)
        return self.splits[number]

    def train_on(self, numbers: range, families: list[str], ended: Callable[[str, Trained], None]) -> list[str]:
        """Train families on the splits of these numbers. Returns those that did not fail."""
        configs = {f: [row.config, *row.splits] for f in families if self.record and (row := find(self.record, f))}
        training = Training(
            {number: self.split(number) for number in numbers},
            {family: seconds / self.planned for family, seconds in self.shares.items()}, self.results.seed,
            self.folder, self.course, self.plan.device, configs, {} if self.record else self.settled.get("more", {}),
            {family: cost["each"] for family, cost in self.settled.get("passes", {}).items()}, ended, self.cores,
            self.plan.retries,
        )  # fmt: skip
        outcomes = training.train(families, self.baseline)
        return [family for family in families if not outcomes[family].error]

    def put_trained(self, family: str, trained: Trained) -> None:
        """Write the row of a family whose training is another than that on record."""
        row = find(self.results, family)
        if row is None or trained.error or row.config["outcome"] != trained.config["outcome"]:
            records = [path.parent for path in self.folder.rglob(PROCESS)] if self.sender else []
            neighbours = count_runs_beside(self.folder / family, records)  # here each has a core of its own
            row = trained_row(self.data, family, trained, self.results.seed, self.results, neighbours)
            self.done.replace_row(row, self.baseline[family])

    def conclude(self, **parts: object) -> None:
        """Write what is said of all rows together. parts: of the results, by which the words go."""
        for name, part in parts.items():
            setattr(self.results, name, part)
        self.results.pairs = pairs_of(self.results, self.folder)
        level_numbers(self.results, self.folder)
        if self.course.cpu.share is not None:
            self.results.machine["share"] = self.course.cpu.share
        decided = [jsonable(vars(pick)) for pick in in_order(self.results)]
        self.done.update(picks=decided, advice=advice(self.results))

    def draw_together(self) -> dict[str, str]:
        """Drawings that compare predictors of labels on graphs: {caption: file}, as many as there is time for."""
        self.course.step("accuracy against labels per class")
        place, seed, device = self.folder / "labels-per-class.png", self.plan.seed, self.plan.device
        seconds = (self.course.seconds - self.course.elapsed) * DRAWING
        drawings: dict[str, Path | None] = {}
        left_out = lambda why: self.course.tell(f"a drawing of all families is left out: {why}")
        with catch_failure(left_out):
            curve = label_curve(self.data, self.results, seed, place, device, seconds)
            drawings["Accuracy against labels per class"] = curve
        if (self.data.kind, self.data.task) == registry.NODES:
            self.course.step("accuracy and smoothness against layers")
            caption = "Depth: graph convolutions of more and more layers"
            with catch_failure(left_out):
                drawings[caption] = depth_curve(self.data, seed, self.folder / "depth.png", device, seconds)
        return {caption: Path(file).name for caption, file in drawings.items() if file}


def _add(done: Study, minutes: float) -> None:
    """Note minutes that are added, unless the same call was stopped before its end."""
    plan = done.results.plan
    if done.results.finished or plan.get("further", [])[-1:] != [minutes]:
        plan["further"] = [*plan.get("further", []), minutes]
        done.results.finished = False
        done.write()


def _hand_out(done: Study) -> list[str]:
    """Share minutes that were added: families that were left out get what they need, as far as it goes, and the runs
    that time ended get the rest. All are measured again. Settled on disk before anything is trained; who gets some."""
    results, settled = done.results, done.results.measured
    further, handed = results.plan.get("further", []), settled.get("handed", 0)
    takers = [row for row in results.models if not row.error and _ended_by_time(row.config)]
    if len(further) == handed:
        return []
    clock, joined = 60 * sum(further[handed:]), []
    seconds = clock * results.plan.get("cores", 1)
    for family, need in sorted(results.families_left_out.items(), key=lambda pair: pair[1]):
        if need <= min(clock, seconds):
            settled["passes"][family]["share"] = round(need * settled["planned"], 3)
            seconds -= need
            joined.append(family)
    each = min(clock, seconds / max(1, len(takers))) / settled["splits"]
    more = settled.get("more", {}) | {row.family: round(_seconds_added(row) + each, 3) for row in takers}
    settled |= {"splits": 1, "more": more, "handed": len(further)}
    for name in ("sizes", "wanted", "second"):
        settled.pop(name, None)
    results.reference = None
    for row in rows(results):
        row.measured = row.measured or "again"
    done.write()
    return [*joined, *(row.family for row in takers)]


def _seconds_added(row: Row) -> float:
    """Seconds that the first run of a row was given beyond its share."""
    return sum(stage.get("more", 0.0) for stage in row.config.get("stages", []))


def _ended_by_time(config: dict) -> bool:
    stages = config.get("stages", [])
    return bool(stages) and "minutes" in config["budget"] and not stages[-1].get("early")


def _settled_as(record: Results | None) -> dict:
    """Decisions on measuring at the start of a comparison: a repeated one takes all decisions from its record."""
    if record is None:
        return {"splits": 1}
    settled = record.measured or {"splits": 1}
    return settled | {"splits": 1, "wanted": settled["splits"], "handed": len(record.plan.get("further", []))}
