"""Compare: every family that fits the data, trained under equal shares of one budget and measured with the same
metrics.

The comparison lives in a folder: results.json, report.html and one run folder a family. results.json is written after
every step, so a comparison that was stopped goes on where it stood when the same call is made again, and one that has
ended goes on with more minutes. Families are trained on one split (`turns`), then measured (`measuring`), and on
further splits where there is time.
"""

from collections.abc import Callable
from functools import partial
from inspect import signature
from math import ceil
from pathlib import Path
from typing import Any, Unpack

import torch
from rich.console import Console

from ...core.data import Data
from ...core.device import threads
from ...core.errors import DataError, RunError, TrainingFailed
from ...core.safe_text import visible
from ...measure.effort import first_sizes, least_sizes, seconds_of
from ...measure.metrics.classifiers import fixed_threads
from ...run.process import LOGS, PROCESS, count_runs_beside
from ...run.tasks import resplit, task_of
from ...training.progress import duration
from ...zoo import registry
from ..compare_options import CompareOptions
from ..depth import depth_curve
from ..label_curve import label_curve
from ..report.advice import advice
from ..report.records import Results, Row
from ..report.report import report
from ..report.results import find, path_of, read_comparison, rows
from ..report.rules import listed
from ..report.terminal import print_table
from ..study import Study, study
from .compare_plan import ComparePlan
from .comparison import Comparison
from .course import Course
from .measuring import Measuring, count_of, pairs_of, trained_row
from .turns import Trained, Training
from .workers import FamilyRuns, Listed, Sender, workers_of

PROMISED = 2  # times the minutes of training, and one minute, within which all is done
DRAWING = 0.4  # of what is left after that, for each figure that needs fits of its own


def compare(
    data: Any, families: str | list[str] | None = None, **options: Unpack[CompareOptions]
) -> Comparison | list[str]:
    """Train families for equal shares of `minutes`, measure them and write the report.

    data: a Data, or anything that `load_data` takes. task: as in `fit`. device: as in `fit`.
    families: their names. By default all that fit the data except variants of others; "all" includes these.
    minutes: training time of all families together. out: the folder, by default runs/compare-NAME. If it holds a
    comparison that was stopped, the call resumes it.
    replay: a results.json or its folder. It repeats that comparison with its recorded items, hyperparameters and
    decisions; minutes, seed, families and target come from there.
    target: the column of a table for which trees learn from samples. By default genwright picks one and prints it. For
    labels of a graph, pass `target` to `load_data` instead.
    more_minutes: further training for the families in `out`, from before their learning rate was cooled down. They are
    measured again; minutes, seed, families and target come from that comparison.

    workers: who trains the runs, each a `genwright fit` in a folder of its own. A number: that many processes at a time
    on this machine, which share its cores. "slurm": jobs, which `slurm` describes: "partition=cpu,time=60,cpus=4".
    "list": nobody; the call returns the commands of runs that have not ended and are not running, for any scheduler,
    until all have ended. The data need a name or a path. Each run has its share of `minutes`, and unused time is lost.
    This process measures all runs. retries: how often a run is started again whose process was lost.

    A family that fails becomes a row with its error. An interrupt writes the report of what was measured so far.

    Raises BudgetError for minutes that are not above 0 and for unknown workers, DataError for an unknown family or
    target, DeviceError for a device that is not available. Raises RunError if `out` holds something else or is in use,
    if there is no comparison to continue, if the replayed comparison was of other data, if Slurm is missing, or if some
    runs have not ended.
    """
    plan = ComparePlan(families, **options)
    return run_comparison(task_of(data, plan.task), plan)


def run_comparison(data: Data, plan: ComparePlan) -> Comparison | list[str]:
    """Train, measure and report what a plan says, in its folder; see `compare`."""
    record = None if plan.replay is None else _record(plan.replay, data)
    folder = _folder_of(plan, data, record)
    if begun := record or (None if plan.more_minutes is None else _begun_comparison(folder)):
        plan = plan.settled_by(begun)
    baseline = _chosen(data, plan)
    trained = [family for family in baseline if not baseline[family]]
    share = plan.minutes / max(1, len(trained))
    suite = registry.suite_class(data)
    make = _aimed(suite, data, plan.target)
    if plan.target is not None:
        make(data, plan.seed)  # one that does not fit is said before all else
    sender = None
    if plan.workers is not None:
        team = workers_of(plan.workers, plan.slurm, share)
        sender = FamilyRuns(Sender(team, folder / LOGS, plan.retries), plan.replay and path_of(plan.replay))
    asked = dict(minutes=plan.minutes, share=share, seed=plan.seed, metrics=_metrics(suite), target=plan.target)
    with (
        threads(record.machine["threads"] if record else torch.get_num_threads()),
        study("compare", folder, data, trained, **asked) as done,
        Course(plan.progress, 60 * (PROMISED * (plan.more_minutes or plan.minutes) + 1)) as course,
    ):
        if record and "further" in record.plan:
            done.results.plan["further"] = record.plan["further"]
        if plan.more_minutes is not None:
            _add(done, plan.more_minutes)
        if not done.results.finished:
            try:
                _finish(data, done, make, baseline, record, plan, course, sender)
            except Listed as listed_runs:
                return listed_runs.commands
        page = report(folder)  # while the folder is ours
    return _concluded(done.results, folder, data, page, plan.progress)


def forecast(data: Any, families: str | list[str] | None = None, **options: Unpack[CompareOptions]) -> list[str]:
    """Sentences about what `compare` would do with these arguments. Nothing is trained or written."""
    plan = ComparePlan(families, **options)
    data = task_of(data, plan.task)
    baseline = _chosen(data, plan)
    trained = [family for family in baseline if not baseline[family]]
    simple = [family for family in baseline if baseline[family]]
    at_once = 1 if plan.workers is None else getattr(workers_of(plan.workers, plan.slurm), "count", len(trained))
    made, share = registry.suite_class(data), 60 * plan.minutes / max(1, len(trained))
    suite = _aimed(made, data, plan.target)(data, plan.seed)
    splits, first = count_of(data, share), first_sizes(suite, made.HEADLINE)
    on = f", {duration(share / splits)} on each of {splits} splits as far as the time allows" if splits > 1 else ""
    sentences = [f"{_count(trained, 'family', 'families')}, {duration(share)} of training each{on}: {listed(trained)}"]
    if simple:
        sentences.append(f"{_count(simple, 'simple baseline', 'simple baselines')}: {listed(simple)}")
    if first:
        with fixed_threads(1):
            judging = len(baseline) * seconds_of(suite.resized(least_sizes(suite)).reference)
        sentences.append(
            f"first look at all of them, on {first['samples']:,} samples each: about {duration(judging)}, and the time "
            "that their samples take"
        )
    training, measuring = share * ceil(len(trained) / max(1, at_once)), 60 * ((PROMISED - 1) * plan.minutes + 1)
    return [
        *sentences,
        f"{duration(training)} of training, {duration(measuring)} of measuring at most: done in "
        f"{duration(training + measuring)} on idle cores",
    ]


# ---------------------------------------------------------------------- the work


def _folder_of(plan: ComparePlan, data: Data, record: Results | None) -> Path:
    """The folder of a comparison. record: the results that it repeats, None for a new one."""
    folder = Path(plan.out or f"runs/compare-{data.name}{'-replay' if record else ''}")
    if record and (folder / "results.json").is_file() and (folder / "results.json").samefile(path_of(plan.replay)):
        raise RunError(f"{folder} holds the comparison that is to be repeated: choose another folder")
    return folder


def _finish(
    data: Data, done: Study, make: Any, baseline: dict[str, bool], record: Results | None, plan: ComparePlan,
    course: Course, sender: FamilyRuns | None,
) -> None:  # fmt: skip
    """Train and measure all that is left, and draw the conclusions. An interrupt reports what was measured so far."""
    results, folder = done.results, done.folder
    results.folder = str(folder)
    for row in _unnamed(data, plan):
        if why := row.refuses(data.domain.given):
            course.tell(f"left out: {why}")
    try:
        lost = _work(data, done, make, baseline, record, plan.device, course, sender)
    except KeyboardInterrupt:
        if rows(results):
            _conclude(done, course)
            course.tell(f"stopped: {report(folder)} shows what was measured so far")
        raise
    if lost:
        _conclude(done, course)
        report(folder)
        raise RunError(f"{'; '.join(lost)}: the same command sends what has not ended again")
    on_graphs = (data.kind, data.task) in (registry.NODES, registry.GRAPHS) and data.domain.classes
    drawings = {"drawings": _together(data, results, plan.seed, folder, course, plan.device)} if on_graphs else {}
    _conclude(done, course, finished=True, **drawings)


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


def _work(
    data: Data,
    done: Study,
    make: Any,
    baseline: dict[str, bool],
    record: Results | None,
    device: str,
    course: Course,
    sender: FamilyRuns | None,
) -> list[str]:
    """Train and measure what is not trained and measured yet. Returns why runs that were sent have not ended."""
    results, seed, share = done.results, done.results.seed, 60 * done.results.plan["share"]
    settled = results.measured = _settled_as(record) if results.measured is None else results.measured
    planned = count_of(data, share) if record is None else settled["wanted"]
    known = {0: data}

    def split(number: int) -> Data:
        if number not in known:
            known[number] = resplit(data, seed + number)
        return known[number]

    def train(families: list[str], numbers: range, ended: Callable[[str, Trained], None]) -> list[str]:
        """Train families on the splits of these numbers; those that did not fail."""
        configs = {f: [row.config, *row.splits] for f in families if record and (row := find(record, f))}
        how = (share / planned, seed, done.folder, course, device, configs, {} if record else settled.get("more", {}))
        training = Training({number: split(number) for number in numbers}, *how, ended)
        found: dict[str, Trained] = {}
        for simple in (False, True):  # baselines take no part of the time
            found |= training.in_turns([family for family in families if baseline[family] == simple], not simple)
        training.further()
        return [family for family in families if not found[family].error]

    def put(family: str, trained: Trained) -> None:
        row = find(results, family)
        if row is None or trained.error or row.config["outcome"] != trained.config["outcome"]:
            neighbours = count_runs_beside(done.folder / family, [path.parent for path in done.folder.rglob(PROCESS)])
            done.put(trained_row(data, family, trained, seed, results, neighbours), baseline[family])

    for family in baseline if record else ():
        if not find(results, family) and (why := _why_untrained(record, family)):
            put(family, Trained(error=why))
    failed = {row.family for row in results.models + results.baselines if row.error}
    families, lost = [family for family in baseline if family not in failed], {}
    untrained = [family for family in families if not find(results, family)]
    if untrained and sender:
        runs = sender.send(data, [f for f in untrained if not baseline[f]], planned, seed, share, device, course)
        for family, error in runs.failed.items():
            put(family, Trained(error=error))
        lost = runs.lost
        families = [family for family in families if family not in runs.failed | lost]
        course.seconds = course.gone + 60 * (PROMISED - 1) * results.plan["minutes"] + 60
    elif untrained:
        own = results.plan["families"]
        training = f"Training {_count(own, 'family', 'families')} for {duration(share)} each, then measuring them"
        plan = training if own else "Measuring simple baselines"
        course.tell(f"{plan}. Expected to finish by {course.end} if the machine is idle.")
    if untrained:
        train(families, range(1), put)
    if _hand_out(done):
        course.tell(f"Training {listed(list(settled['more']))} further, then measuring all again.")
    if any(_seconds_added(row) < settled.get("more", {}).get(row.family, 0.0) for row in rows(results)):
        train([row.family for row in rows(results)], range(1), put)
    measuring = Measuring(done, make, split, baseline, device, course, record)
    measuring.first_look()
    measuring.more_items()
    if "sizes" in settled and not lost:  # further splits are measured of all families, or of none
        trained = 0 if sender else len([row for row in results.models if not row.error])
        if "wanted" not in settled:
            settled["wanted"] = measuring.splits_in_time(planned, trained * share / planned)
            done.write()
        if settled["splits"] < settled["wanted"]:
            numbers, families = range(1, settled["wanted"]), [row.family for row in rows(results)]
            measuring.more_splits(settled["wanted"], train(families, numbers, lambda *_: None))
    measuring.refer()
    return list(lost.values())


def _conclude(done: Study, course: Course, **parts: Any) -> None:
    """Write what is said of all rows together. parts: of the results."""
    results = done.results
    results.pairs = pairs_of(results, done.folder)
    if course.cpu.share is not None:
        results.machine["share"] = course.cpu.share
    done.update(**parts, advice=advice(results))


def _begun_comparison(folder: Path) -> Results:
    """The comparison in a folder that minutes are added to."""
    if not path_of(folder).is_file():
        raise RunError(f"{folder} holds no comparison to add minutes to: leave more minutes out, or name its folder")
    return read_comparison(folder)


def _add(done: Study, minutes: float) -> None:
    """Note minutes that are added, unless the same call was stopped before its end."""
    plan = done.results.plan
    if done.results.finished or plan.get("further", [])[-1:] != [minutes]:
        plan["further"] = [*plan.get("further", []), minutes]
        done.results.finished = False
        done.write()


def _hand_out(done: Study) -> bool:
    """Share minutes that were added among the runs that time ended, and let all be measured again. Settled on disk
    before anything is trained; whether there were any."""
    results, settled = done.results, done.results.measured
    further, handed = results.plan.get("further", []), settled.get("handed", 0)
    takers = [row for row in results.models if not row.error and _ended_by_time(row.config)]
    if len(further) == handed:
        return False
    each = 60 * sum(further[handed:]) / max(1, len(takers)) / settled["splits"]
    more = settled.get("more", {}) | {row.family: round(_seconds_added(row) + each, 3) for row in takers}
    settled |= {"splits": 1, "more": more, "handed": len(further)}
    for name in ("sizes", "wanted"):
        settled.pop(name, None)
    results.reference = None
    for row in rows(results):
        row.measured = row.measured or "first look"
    done.write()
    return bool(takers)


def _seconds_added(row: Row) -> float:
    """Seconds that the first run of a row was given beyond its share."""
    return sum(stage.get("more", 0.0) for stage in row.config.get("stages", []))


def _ended_by_time(config: dict) -> bool:
    stages = config.get("stages", [])
    return bool(stages) and "minutes" in config["budget"] and not stages[-1].get("early")


def _chosen(data: Data, plan: ComparePlan) -> dict[str, bool]:
    """{family that takes part: whether it is a simple baseline}; see `compare`."""
    of = data.kind, data.task
    meant = {name: registry.family_and_preset(*of, name) for name in plan.named}
    rows = [registry.row(*of, name if preset else family) for name, (family, preset) in meant.items()]
    rows += [
        row
        for row in _unnamed(data, plan)
        if row.construction.suits(data.domain) and not row.refuses(data.domain.given)
    ]
    return {row.family: row.baseline for row in rows}


def _unnamed(data: Data, plan: ComparePlan) -> list[registry.Row]:
    """Rows of the families that take part where they fit the data, though nobody named them."""
    of = data.kind, data.task
    everything = registry.families(*of) if plan.families == "all" else [] if plan.families else registry.compared(*of)
    return [registry.row(*of, family) for family in [*everything, *registry.families(*of, baselines=True)]]


def _count(names: list[str], one: str, many: str) -> str:
    return f"{len(names)} {one if len(names) == 1 else many}"


def _record(replay: str | Path, data: Data) -> Results:
    record = read_comparison(replay)
    if record.data["hash"] != data.hash:
        raise RunError(f"{replay} compared other data ({record.data['name']}): replay it with those")
    return record


def _settled_as(record: Results | None) -> dict:
    """Decisions on measuring at the start of a comparison: a repeated one takes all decisions from its record."""
    if record is None:
        return {"splits": 1}
    settled = record.measured or {"splits": 1}
    return settled | {"splits": 1, "wanted": settled["splits"], "handed": len(record.plan.get("further", []))}


def _why_untrained(record: Results, family: str) -> str | None:
    """Why a family that is repeated has no model."""
    row = find(record, family)
    return row.error if row else "the replayed comparison did not reach it"


def _aimed(suite: Any, data: Data, target: str | None) -> Any:
    """The maker of a suite, with the target set. Raises DataError for a target where none is learned from samples."""
    if target is None:
        return suite
    if "target" not in signature(suite).parameters:
        raise DataError(
            f"target '{target}' names a column of a table, for trees that learn from samples, and {data.name} is none: "
            "leave target out"
        )
    return partial(suite, target=target)


def _metrics(suite: Any) -> dict:
    """Names, meanings and purposes of the metrics, stored so that a report needs no suite."""
    named = {"titles": suite.TITLES, "headline": suite.HEADLINE}
    others = {name: getattr(suite, name.upper(), {}) for name in ("beside", "facts")}  # suites of others may have none
    return named | {name: found for name, found in others.items() if found}


def _together(data: Data, results: Results, seed: int, folder: Path, course: Course, device: str) -> dict[str, str]:
    """Drawings that compare predictors of labels on graphs: {caption: file}, as many as there is time for."""
    course.step("accuracy against labels per class")
    path, seconds = folder / "labels-per-class.png", (course.seconds - course.gone) * DRAWING
    drawings = {"Accuracy against labels per class": label_curve(data, results, seed, path, device, seconds)}
    if (data.kind, data.task) == registry.NODES:
        course.step("accuracy and smoothness against layers")
        path, caption = folder / "depth.png", "Depth: graph convolutions of more and more layers"
        drawings[caption] = depth_curve(data, seed, path, device, seconds)
    return {caption: Path(file).name for caption, file in drawings.items() if file}
