# Tests studies/compare/workers.py
"""Runs of a comparison as commands: who is sent when, what is lost, and that the results are those of one process."""

import os
import shlex
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from forked import ForkedJob
from made_results import differences
from measuring_little import measure_little, tiny_presets, without_lessons

from genwright import load_data
from genwright.core.errors import BudgetError, DataError, RunError
from genwright.measure import intervals
from genwright.measure.metrics import trees
from genwright.measure.suites import tables
from genwright.run.process import COMPLETED, RUNNING, STOPPED, WAITING
from genwright.studies.compare import compare as module
from genwright.studies.compare import compare_plan, workers
from genwright.studies.compare.compare_families import compare, plan_comparison
from genwright.studies.compare.compare_plan import forecast
from genwright.studies.compare.status import states, table
from genwright.studies.compare.workers import OnSlurm, Run, Sender, workers_of
from genwright.studies.report.results import read
from genwright.zoo import registry

FAMILIES = ["vae", "flow"]
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def little(tmp_path_factory):
    """A folder with a small table, and a comparison of it that one process made, in which all is small."""
    folder = tmp_path_factory.mktemp("little")
    with pytest.MonkeyPatch.context() as patch:
        measure_little(patch)
        families = registry.families
        first = lambda kind, task, baselines=False: ["bootstrap"] if baselines else families(kind, task)
        patch.setattr(registry, "families", first)
        patch.setattr(trees, "ROUNDS", 2)
        patch.setattr(tables, "RESAMPLES", 4)
        patch.setattr(tables.Suite, "ROWS", without_lessons(tables.Suite.ROWS))
        patch.setattr(intervals.bootstrap_se, "__defaults__", (4,))
        patch.setattr(tables.Suite, "plot", lambda self, model, folder: {})
        tiny_presets(patch)
        patch.chdir(folder)
        rng = np.random.default_rng(0)
        height = rng.normal(size=200).round(3)
        tree = np.where(height > 0.3, "oak", rng.choice(["elm", "ash"], 200))
        pd.DataFrame({"height": height, "rings": rng.poisson(4, 200), "tree": tree}).to_csv("trees.csv", index=False)
        compare(load_data("trees.csv"), FAMILIES, minutes=0.01, out="one", progress=False)
        yield folder


def again(out: str, **others):
    return compare(load_data("trees.csv"), replay="one", out=out, progress=False, **others)


def as_jobs(monkeypatch, changed):
    """Let Slurm be forked processes. changed(run): the run that a job trains."""
    monkeypatch.setattr(module, "workers_of", lambda *_: OnSlurm({}))
    monkeypatch.setattr(workers, "LOOK", 0.05)
    monkeypatch.setattr(OnSlurm, "send", lambda self, run, logs: ForkedJob(changed(run), logs))


# ---------------------------------------------------------------------- the same results


@pytest.mark.long
def test_listed_commands_train_what_the_same_call_then_measures(little):
    commands = again("listed", workers="list")
    assert [shlex.split(command)[:2] for command in commands] == [["genwright", "fit"]] * 2
    assert {name: state.status for name, state in states(Path("listed")).items()} == dict.fromkeys(FAMILIES, "waiting")
    for number, command in enumerate(commands):
        run = SimpleNamespace(name=f"{number}", words=shlex.split(command)[1:])
        assert ForkedJob(run, Path("listed/logs")).process.wait(60) == 0
        left = again("listed", workers="list")
        assert left == commands[1:] if number == 0 else differences(read("one"), left.results) == []


@pytest.mark.long
def test_a_failed_run_becomes_an_error_of_its_family_and_is_not_trained_again(little, monkeypatch):
    def refuse(data, family):
        if family == "vae":
            raise DataError("these data have no codes")

    monkeypatch.setattr(workers, "require_fit", refuse)
    as_jobs(monkeypatch, lambda run: run)
    found = compare(load_data("trees.csv"), FAMILIES, minutes=0.01, out="failed", progress=False, workers="list")
    errors = {row["family"]: row["error"] for row in found.results["models"]}
    assert errors == {"vae": "these data have no codes", "flow": None}
    assert not Path("failed/vae").exists()


@pytest.mark.long
def test_a_lost_run_is_named_and_the_same_call_sends_it_again(little, monkeypatch):
    as_jobs(monkeypatch, lambda run: Run(run.name, run.folder, ["no-such-command"]))
    with pytest.raises(RunError):
        again("lost", workers="list", retries=1)
    assert not read("lost").finished and len(read("lost").baselines) == 1  # what was there is measured
    as_jobs(monkeypatch, lambda run: run)
    assert differences(read("one"), again("lost", workers="list").results) == []


@pytest.mark.long
@pytest.mark.timeout(900)
def test_jobs_killed_stopped_and_started_twice_end_with_the_same_results(little, monkeypatch):
    monkeypatch.setattr(workers, "GENWRIGHT", [sys.executable, str(HERE / "dying_command.py")])
    monkeypatch.setattr(workers, "CLUSTER", "local")
    monkeypatch.setattr(workers.shutil, "which", lambda name: name)
    monkeypatch.setattr(workers, "LOOK", 0.2)
    send = OnSlurm.send

    def twice(self, run, logs):
        send(self, run, logs)
        return send(self, run, logs)

    found = again("submitted", workers="slurm", slurm="time=60,cpus=1")
    assert all(len(Path(f"submitted/{family}-deaths.txt").read_text()) == 3 for family in FAMILIES)
    assert differences(read("one"), found.results) == []
    monkeypatch.setattr(OnSlurm, "send", twice)
    monkeypatch.setattr(workers, "GENWRIGHT", [sys.executable, "-m", "genwright"])
    assert differences(read("one"), again("doubled", workers="slurm").results) == []


# ---------------------------------------------------------------------- who is sent when


class Play:
    """Runs and jobs of which a script says how they stand at each look. script: {run: words, one a look}; a word
    "over" is a job that ended though its run did not, "cancelled" one that a person ended."""

    def __init__(self, monkeypatch, tmp_path, script):
        self.script, self.sent, self.most = {name: list(words) for name, words in script.items()}, [], 0
        monkeypatch.setattr(
            workers, "run_state", lambda folder: SimpleNamespace(status=self.word(folder.name), error="")
        )
        monkeypatch.setattr(workers.time, "sleep", lambda seconds: None)
        monkeypatch.setattr(OnSlurm, "send", self.send)
        self.runs, self.told = [Run(name, tmp_path / name, []) for name in script], []
        self.tmp_path = tmp_path

    def word(self, name):
        words = self.script[name]
        said = words[0] if len(words) == 1 else words.pop(0)
        return STOPPED if said in ("over", "cancelled") else said

    def send(self, run, logs):
        self.sent.append(run.name)
        log = self.tmp_path / f"{run.name}.txt"
        log.write_text("no disk\n")
        over = lambda word: word == STOPPED
        cancelled = lambda: self.script[run.name][0] == "cancelled"
        return SimpleNamespace(name="12", log=log, has_ended=over, was_cancelled=cancelled)

    def act(self, retries=5):
        """{run that is lost: why}."""
        sent = Sender(OnSlurm({}), self.tmp_path / "logs", retries).send(self.runs, lambda what: None, self.told.append)
        return {run.name: why for run, why in sent.lost.items()}


def test_runs_that_somebody_else_trains_are_not_sent(monkeypatch, tmp_path):
    script = {"theirs": [RUNNING] * 4 + [COMPLETED], "a": [WAITING, WAITING, COMPLETED]}
    play = Play(monkeypatch, tmp_path, script)
    assert play.act() == {} and play.sent == ["a"]


def test_a_run_is_sent_again_as_often_as_was_asked_and_then_named(monkeypatch, tmp_path):
    play = Play(monkeypatch, tmp_path, {"a": ["over"]})
    lost = play.act(retries=2)
    assert play.sent == ["a"] * 3
    assert lost["a"] == f"a has not ended: its process ended 3 times before it did (no disk; see {tmp_path}/a.txt)"


def test_a_job_that_a_person_cancelled_is_not_sent_again(monkeypatch, tmp_path):
    play = Play(monkeypatch, tmp_path, {"a": [WAITING, "cancelled"], "b": [WAITING, WAITING, COMPLETED]})
    lost = play.act()
    assert play.sent == ["a", "b"] and lost == {"a": "a has not ended: its job 12 was cancelled"}


# ---------------------------------------------------------------------- what was asked for


@pytest.mark.parametrize("asked", [0, 2, "two", "1.5"])
def test_workers_that_make_no_sense_are_refused(asked):
    with pytest.raises(BudgetError):
        workers_of(asked)


@pytest.mark.parametrize(
    "typed, named", [("queue=cpu", "queue"), ("time=0", "time"), ("mem=inf", "mem"), ("partition=", "partition")]
)
def test_what_slurm_does_not_know_is_refused(typed, named):
    with pytest.raises(BudgetError, match=named):
        workers_of("slurm", typed)


def test_slurm_that_is_not_there_and_options_of_it_without_it_are_refused(monkeypatch):
    monkeypatch.setattr(workers.shutil, "which", lambda name: None)
    with pytest.raises(RunError):
        workers_of("slurm", "partition=cpu")
    for named in (None, "list"):
        with pytest.raises(BudgetError):
            workers_of(named, "partition=cpu")


def test_a_partition_that_does_not_exist_is_said_as_slurm_says_it(monkeypatch, tmp_path):
    for name, text in {"srun": "", "sbatch": "echo 'error: invalid partition specified: nope' >&2; exit 1"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    team = workers_of("slurm", "partition=nope,time=60,cpus=4,mem=8,gpus=1,account=a,qos=b,constraint=c")
    with pytest.raises(RunError):
        team.send(Run("vae", tmp_path / "vae", ["list"]), tmp_path / "logs")


def test_data_that_no_command_reads_alike_are_refused(little):
    frame = pd.read_csv("trees.csv")
    with pytest.raises(DataError):
        compare(load_data(frame), FAMILIES, minutes=0.01, out="frame", progress=False, workers="list")
    with pytest.raises(DataError):
        compare(load_data("trees.csv", seed=1), FAMILIES, minutes=0.01, out="seed", progress=False, workers="list")


def test_a_forecast_divides_time_among_cores(little, monkeypatch):
    data = load_data("trees.csv")
    monkeypatch.setattr(compare_plan, "settle_passes", lambda *_: ({}, None))
    assert forecast(data, plan_comparison(families=FAMILIES, minutes=2))[-1].startswith(
        "2:00 of training"
    )  # of one core
    monkeypatch.setattr(compare_plan, "can_fork", lambda device: True)
    assert "2:00 of training each" in forecast(data, plan_comparison(families=FAMILIES, minutes=2, cores=2))[0]
    with pytest.raises(BudgetError):
        forecast(data, plan_comparison(families=FAMILIES, minutes=2, cores=1_000_000))


# ---------------------------------------------------------------------- status


def test_status_is_a_table_of_runs(little):
    lines = table(Path("one"))
    assert lines[0].split() == ["run", "state", "host", "minutes", "left"]
    assert any(line.split()[:2] == ["vae", "done"] for line in lines[1:])
    assert table(Path("one/vae"))[1].split()[:2] == ["vae", "done"]
    with pytest.raises(RunError):
        table(little / "nowhere")
