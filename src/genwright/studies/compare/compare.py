"""Compare: every family that fits the data, trained under equal shares of one budget and measured with the same
metrics.

The comparison lives in a folder: results.json, report.html and one run folder a family. results.json is written after
every step, so a comparison that was stopped goes on where it stood when the same call is made again, and one that has
ended goes on with more minutes. Its four steps are functions over what is on record (`Work`): `plan` settles who trains
for how long, `train` trains on one split (`turns`), `measure` measures (`measuring`), on further splits too where there
is time, and `conclude` writes what is said of all families together.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from ...core.data import Data
from ...core.device import threads
from ...core.errors import RunError, TrainingFailed
from ...core.manifest import load_place
from ...core.safe_text import visible
from ...core.terminal import console
from ...run.failures import catch_failure
from ...run.peak_memory import quick_collections
from ...run.process import LOGS, PROCESS, count_runs_beside
from ...run.tasks import resplit
from ...training.progress import duration
from ...zoo import registry
from ..report.advice import advice
from ..report.numbers import print_table
from ..report.picks import describe_left_out, in_order
from ..report.records import Results, Row, Settled
from ..report.report import report
from ..report.results import find, jsonable, path_of, read_comparison, rows
from ..report.rules import count_nouns, listed
from ..study import Study, metrics_of, study
from .compare_plan import (
    ComparePlan,
    begun_family,
    choose_families,
    cores_for,
    equal_share,
    forecast,
    minutes_promised,
    settle_passes,
    suite_maker,
    unnamed_rows,
)
from .comparison import Comparison
from .course import Course
from .evidence import complete_evidence
from .further import add_minutes, hand_out
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
    if resumed_record := record or (None if plan.more_minutes is None else read_comparison(folder)):
        plan = plan.settled_by(resumed_record)
    baseline = choose_families(data, plan)
    trained, settings = _settings_of(data, plan, baseline)
    make = suite_maker(registry.suite_class(data), data, plan.target)
    if plan.target is not None:
        make(data, plan.seed)  # one that does not fit is said before all else
    sender = None
    if plan.workers is not None:
        team = workers_of(plan.workers, plan.slurm, settings["share"])
        sender = FamilyRuns(Sender(team, folder / LOGS, plan.retries), plan.replay and path_of(plan.replay))
    minutes = (plan.more_minutes or 0.0) + (0.0 if plan.more_minutes and resumed_record.finished else plan.minutes)
    with (
        quick_collections(),
        threads(record.machine["threads"] if record else torch.get_num_threads()),
        study("compare", folder, data, trained, **settings) as done,
        Course(plan.progress, 60 * minutes_promised(minutes)) as course,
    ):
        if record:
            done.results.plan.further = record.plan.further
        if plan.more_minutes is not None:
            add_minutes(done, plan.more_minutes)
        if not done.results.finished:
            try:
                finish(Work(data, plan, done, make, baseline, record, course, sender, settings["cores"]))
            except Listed as listed_runs:
                return listed_runs.commands
        page = report(folder)  # while the folder is ours
    return _concluded(done.results, folder, data, page, plan.progress)


def keep_plan(data: Data, plan: ComparePlan) -> list[str]:
    """Write which families train for how long into the folder of a plan, from which the same comparison starts. Returns
    the sentences of `forecast`."""
    baseline = choose_families(data, plan)
    trained, settings = _settings_of(data, plan, baseline)
    with study("compare", Path(plan.out), data, trained, **settings) as done:
        if done.results.measured is None and not plan.named and plan.workers is None:
            passes, planned = settle_passes(data, trained, 60 * plan.minutes, settings["cores"], plan.device)
            done.results.measured = Settled(passes=passes, planned=planned)
            done.write()
    return forecast(data, plan, done.results.measured)


# ---------------------------------------------------------------------- the work


def _settings_of(data: Data, plan: ComparePlan, baseline: dict[str, bool]) -> tuple[list[str], dict]:
    """The families that train, and the settings of the study of a comparison."""
    trained = [family for family in baseline if not baseline[family]]
    count = plan.cores or 1 if plan.workers is not None else cores_for(data, plan)
    share = equal_share(plan.minutes, count, len(trained)) / 60
    metrics = metrics_of(registry.suite_class(data))
    return trained, dict(
        minutes=plan.minutes, cores=count, share=share, seed=plan.seed, metrics=metrics, target=plan.target
    )


def _folder_of(plan: ComparePlan, data: Data, record: Results | None) -> Path:
    """The folder of a comparison. record: the results that it repeats, None for a new one."""
    folder = Path(plan.out or f"runs/compare-{data.name}{'-replay' if record else ''}")
    if record and (folder / "results.json").is_file() and (folder / "results.json").samefile(path_of(plan.replay)):
        raise RunError(f"{folder} holds the comparison that is to be repeated: choose another folder")
    return folder


def _concluded(results: Results, folder: Path, data: Data, page: Path, progress: bool) -> Comparison:
    """The comparison. page: its report. Raises TrainingFailed where no family could be trained."""
    if progress:
        print_table(results, console())
        print(visible(page))
    if results.models and all(row.error for row in results.models):
        raise TrainingFailed(
            f"no family could be trained on {data.name}: {results.models[0].error}; the report is {page}"
        )
    return Comparison(results.to_json(), folder)


@dataclass
class Work:
    """A comparison that has not ended: what it was asked for, and what of it is on record.

    Args:
        data: The data set, in its parts.
        plan: Plan of the study.
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
        self.splits = {0: self.data}
        if self.results.measured is None:
            self.results.measured = _settled_as(self.record)

    @property
    def results(self) -> Results:
        return self.done.results

    @property
    def settled(self) -> Settled:
        """Decisions on record."""
        return self.results.measured

    @property
    def folder(self) -> Path:
        return self.done.folder

    @property
    def share(self) -> float:
        """Seconds of one core that each family trains where all share the time equally."""
        return 60 * self.results.plan.share

    @property
    def baseline(self) -> dict[str, bool]:
        """{family that takes part: whether it is a simple baseline}; none for which the minutes do not reach."""
        return {family: simple for family, simple in self.named.items() if family not in self.results.families_left_out}

    @property
    def shares(self) -> dict[str, float]:
        """{family: seconds of training}."""
        passes = self.settled.passes
        return {family: passes[family].share if family in passes else self.share for family in self.baseline}

    @property
    def planned_splits(self) -> int:
        """Splits to train and measure on, each with the passes that a family needs, where there is time."""
        if self.record:
            return self.settled.wanted
        return count_of(self.data, self.share) if self.settled.planned is None else self.settled.planned

    def split(self, number: int) -> Data:
        """Returns the data as split of this number, from 0."""
        if number not in self.splits:
            self.splits[number] = resplit(self.data, self.results.seed + number)
        return self.splits[number]

    def put_trained(self, family: str, trained: Trained) -> None:
        """Write the row of a family whose training is another than that on record."""
        row = find(self.results, family)
        if row is None or trained.error or row.config.outcome != trained.run.outcome:
            records = [path.parent for path in self.folder.rglob(PROCESS)] if self.sender else []
            neighbours = count_runs_beside(self.folder / family, records)  # here each has a core of its own
            row = trained_row(self.data, family, trained, self.results.seed, self.results, neighbours)
            self.done.replace_row(row, self.baseline[family])

    def train_on(self, numbers: range, families: list[str], on_end: Callable[[str, Trained], None]) -> list[str]:
        """Train families on the splits of these numbers. Returns those that did not fail."""
        repeated = {f: row for f in families if self.record and (row := find(self.record, f))}
        training = Training(
            {number: self.split(number) for number in numbers},
            {family: seconds / self.planned_splits for family, seconds in self.shares.items()}, self.results.seed,
            self.folder, self.course, self.plan.device,
            {family: [row.config, *row.splits] for family, row in repeated.items()},
            {} if self.record else self.settled.more,
            {family: cost.each for family, cost in self.settled.passes.items()}, on_end, self.cores, self.plan.retries,
            self.plan.previews,
        )  # fmt: skip
        outcomes = training.train(families, self.baseline)
        return [family for family in families if not outcomes[family].error]


def _settled_as(record: Results | None) -> Settled:
    """Decisions at the start of a comparison: a repeated one takes all decisions from its record."""
    if record is None:
        return Settled()
    known = record.settled
    return replace(known, splits=1, wanted=known.splits, handed=len(record.plan.further))


def finish(work: Work) -> None:
    """Trains, measures and writes all that is left of a comparison. An interrupt reports what was measured so far. An
    interrupt reports what was measured so far."""
    work.results.folder = str(work.folder)
    try:
        plan(work)
        sent = train(work)
        measure(work, bool(sent.lost))
    except KeyboardInterrupt:
        if rows(work.results):
            conclude(work)
            work.course.tell(f"stopped: {report(work.folder)} shows what was measured so far")
        raise
    if sent.lost:
        conclude(work)
        report(work.folder)
        sent.require_ended()
    work.results.drawings = draw_together(work) or work.results.drawings
    work.results.finished = True
    conclude(work)


def plan(work: Work) -> None:
    """Decides which families are left out and how long each other family trains, by the time of a pass over the data.
    The decision is on disk before training starts."""
    for row in unnamed_rows(work.data, work.plan):
        if reason := row.refuses(work.data.domain.given):
            work.course.tell(f"left out: {reason}")
    if reason := begun_family(work.data, work.plan)[1]:
        work.course.tell(f"left out: {reason}")
    for family in work.baseline if work.record else ():
        row = find(work.record, family) or Row(family, error="the replayed comparison did not reach it")
        if row.error and not find(work.results, family):
            work.put_trained(family, Trained(error=row.error))
    if work.sender or work.record or work.plan.named or rows(work.results) or work.settled.passes:
        return
    own_families = [family for family, simple in work.named.items() if not simple]
    work.course.step("timing one pass over the data")
    seconds = 60 * work.results.plan.minutes
    passes, planned = settle_passes(work.data, own_families, seconds, work.cores, work.plan.device)
    work.settled.passes, work.settled.planned = passes, planned
    work.done.write()
    if sentence := describe_left_out(work.results, work.folder):
        work.course.tell(f"{sentence}.")


def train(work: Work) -> Sent:
    """Train what is not trained yet, and further what was given more minutes. Returns the outcome of runs that were
    sent, by family."""
    results = work.results
    failed = {row.family for row in results.models + results.baselines if row.error}
    families, runs = [family for family in work.baseline if family not in failed], Sent({}, {})
    untrained = [family for family in families if not find(results, family)]
    if untrained and work.sender:
        runs = _send(work, untrained)
        families = [family for family in families if family not in runs.failed | runs.lost]
    elif untrained:
        work.course.tell(_announcement(work))
    if untrained:
        work.train_on(range(1), families, work.put_trained)
    if takers := hand_out(work.done):
        work.course.tell(f"Training {listed(takers)} further, then measuring all again.")
    extra_seconds, known = work.settled.more, [row.family for row in rows(results)]
    joined = [] if work.sender else [family for family in work.baseline if not find(results, family)]
    if joined or any(row.config.seconds_added < extra_seconds.get(row.family, 0.0) for row in rows(results)):
        work.train_on(range(1), [*joined, *known], work.put_trained)
    return runs


def _send(work: Work, untrained: list[str]) -> Sent:
    """Send the runs of families to the workers, and write down which failed there."""
    sent = [family for family in untrained if not work.baseline[family]]
    settings = work.planned_splits, work.results.seed, work.share, work.plan.device
    runs = work.sender.send(work.data, sent, *settings, work.course)
    for family, error in runs.failed.items():
        work.put_trained(family, Trained(error=error))
    minutes = work.results.plan.minutes
    seconds_left = 60 * (minutes_promised(minutes) - minutes)
    work.course.seconds = work.course.announced = work.course.elapsed + seconds_left
    return runs


def _announcement(work: Work) -> str:
    """Sentences on what is trained, for how long, and when all is done."""
    own_families = [family for family, simple in work.baseline.items() if not simple]
    spans = dict.fromkeys(
        duration(f([work.shares[family] for family in own_families])) for f in (min, max) if own_families
    )
    on = count_nouns(range(work.cores), "core", "cores")
    training = f"Training {count_nouns(own_families, 'family', 'families')} on {on} for {' to '.join(spans)} each"
    step = f"{training}, then measuring them" if own_families else "Measuring simple baselines"
    return f"{step}. Expected to finish by {work.course.end} if the machine is idle."


def measure(work: Work, lost: bool) -> None:
    """Measure what is not measured yet, on further splits too unless runs are `lost`."""
    settled = work.settled
    measuring = Measuring(
        work.done, work.make, work.split, work.baseline, work.plan.device, work.course, work.record, work.cores,
        work.plan.retries,
    )  # fmt: skip
    measuring.first_look()
    measuring.more_items()
    if settled.sizes is not None and not lost:  # further splits are measured of all families, or of none
        shares = [0.0 if work.sender else work.shares[row.family] for row in work.results.models if not row.error]
        trained = max(sum(shares) / work.cores, *shares, 0.0)  # seconds by the clock
        if settled.wanted is None:
            settled.wanted = measuring.splits_in_time(work.planned_splits, trained / work.planned_splits)
            work.done.write()
        if settled.splits < settled.wanted:
            families = [row.family for row in rows(work.results)]
            trained_anew = work.train_on(range(1, settled.wanted), families, lambda *_: None)
            measuring.more_splits(settled.wanted, trained_anew)
    measuring.refer()
    if settled.splits == 1 and not work.sender:  # several splits hold what training again changes
        train_leaders_again(measuring)
    complete_evidence(measuring)


def conclude(work: Work) -> None:
    """Write what is said of all rows together: differences, picks and advice."""
    results = work.results
    results.pairs = pairs_of(results, work.folder)
    level_numbers(results, work.folder)
    if work.course.cpu.share is not None:
        results.machine["share"] = work.course.cpu.share
    results.picks = [jsonable(vars(pick)) for pick in in_order(results)]
    results.advice = advice(results)
    work.done.write()


def draw_together(work: Work) -> dict[str, str]:
    """Drawings that compare the families of a task (`figures` of its row): {caption: file}, as many as there is time
    for."""
    drawings: dict[str, str] = {}
    seconds = (work.course.seconds - work.course.elapsed) * DRAWING
    task = registry.TASKS.get((work.data.kind, work.data.task))
    figures = task.figures if task else {}
    for caption, place in figures.items():
        work.course.step(caption)
        with catch_failure(lambda reason: work.course.tell(f"a drawing of all families is left out: {reason}")):
            draw = load_place(place)
            if file := draw(work.data, work.results, work.folder, work.plan.seed, work.plan.device, seconds):
                drawings[caption] = Path(file).name
    return drawings
