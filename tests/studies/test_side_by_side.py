# Tests run/side_by_side.py, studies/compare/turns.py
"""Work in forked processes: the same results as one after another, and nothing lost or left running."""

import errno
import os
import signal
import time
from contextlib import suppress
from types import SimpleNamespace

import numpy as np
import pandas as pd
import psutil
import pytest
import torch
from made_results import differences
from measuring_little import measure_little, tiny_presets

from genwright import load_data
from genwright.core import cpu
from genwright.core.device import threads
from genwright.core.errors import DataError
from genwright.run import side_by_side
from genwright.run.schedule import Schedule
from genwright.run.side_by_side import map_on_cores, train_in_turns
from genwright.studies.compare import turns
from genwright.studies.compare.compare_families import compare
from genwright.studies.compare.course import Course

FAMILIES = ["vae", "flow"]
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")


@pytest.fixture(autouse=True)
def forks(monkeypatch):
    monkeypatch.setattr(side_by_side, "FORKS", True)
    monkeypatch.setattr(side_by_side, "SLICE", 0.02)
    monkeypatch.setattr(cpu, "cores", lambda: 4)


@pytest.fixture
def others() -> set[psutil.Process]:
    """Processes that other tests have left."""
    return set(psutil.Process().children())


def children() -> set[psutil.Process]:
    return {child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE}


# ---------------------------------------------------------------------- runs in turns


def in_turns(works, tmp_path, cores=2, look=lambda left: None, seconds=60.0, improves=True, **others):
    outcomes, began = {}, time.monotonic()
    schedule = Schedule(dict.fromkeys(works, seconds), cores, seconds * len(works))
    clock = lambda: time.monotonic() - began
    train_in_turns(
        works, schedule, clock, lambda run: improves, outcomes.__setitem__, look, lambda run: tmp_path / run, **others
    )
    return outcomes


def steps(count, path=None):
    """Work of so many steps, which notes when it held the core."""

    def work(seat):
        spans, began = [], time.monotonic()
        for _ in range(count):
            time.sleep(0.005)
            now = time.monotonic()
            if waited := seat.wait_for_turn():
                spans.append((began, now))
                began = now + waited
        return [*spans, (began, time.monotonic())]

    return work


def test_no_more_runs_than_cores_work_at_a_time_and_all_come_to_their_end(tmp_path):
    spans = in_turns({name: steps(20) for name in "abcd"}, tmp_path)
    edges = sorted(
        [(start, 1) for outcome in spans.values() for start, _ in outcome.value]
        + [(end, -1) for outcome in spans.values() for _, end in outcome.value]
    )
    assert max(np.cumsum([step for _, step in edges])) <= 2
    assert min(len(outcome.value) for outcome in spans.values()) >= 2  # each gave its core back and got it again


def test_a_run_that_asks_hears_what_it_gets(tmp_path):
    works = {"asks": lambda seat: seat.more_time()[0], "quick": lambda seat: None}
    assert in_turns(works, tmp_path)["asks"].value > 0
    assert in_turns(works, tmp_path, improves=False)["asks"].value == 0


def fails(error):
    def work(seat):
        raise error

    return work


def test_a_run_that_fails_or_is_lost_has_its_reason_and_the_others_end(tmp_path, others):
    works = {
        "damaged": fails(DataError("these data have no codes")),
        "bug": fails(ZeroDivisionError("by nothing")),
        "killed": lambda seat: os.kill(os.getpid(), signal.SIGKILL),
        "fine": steps(3),
    }
    found = in_turns(works, tmp_path, retries=1)
    assert found["damaged"].error == "these data have no codes" and not found["fine"].error
    assert "ZeroDivisionError" in found["bug"].error and "ZeroDivisionError" in (tmp_path / "bug").read_text()
    assert "signal 9" in found["killed"].error
    assert children() <= others


def dying(times, path):
    """Work whose process is killed so many times before it comes to its end."""

    def work(*_):
        deaths = path.read_text() if path.exists() else ""
        if len(deaths) < times:
            path.write_text(deaths + "x")
            os.kill(os.getpid(), signal.SIGKILL)
        return deaths

    return work


def test_work_whose_process_is_lost_begins_again(tmp_path, others):
    works = {"a": dying(2, tmp_path / "deaths"), "b": steps(3)}
    found = in_turns(works, tmp_path, retries=2)
    assert found["a"].value == "xx" and not found["a"].error and not found["b"].error
    again = dying(1, tmp_path / "deaths-of-an-item")
    outcomes = dict(map_on_cores(lambda item: item if item else again(), range(3), 2, "cpu", retries=1))
    assert [outcomes[number].value for number in range(3)] == ["x", 1, 2]
    assert children() <= others


def test_a_process_computes_with_threads_of_its_own_where_its_parent_has_used_some(tmp_path):
    """OpenMP's threads do not come along, and waiting for them has no end."""
    x = torch.ones(1 << 20)
    with threads(2):
        x.sin()
        work = lambda seat: (x.sin().sum().item(), len(os.listdir(f"/proc/{os.getpid()}/task")))
        found = in_turns({"a": work}, tmp_path, threads=2)["a"].value
    assert found[0] == pytest.approx(x.sin().sum().item()) and found[1] > 2  # the one that looks at memory, too


def test_an_error_of_the_machine_ends_all(tmp_path, others):
    works = {"full": fails(OSError(errno.ENOSPC, "no space left")), "endless": steps(10**6)}
    with pytest.raises(OSError, match="no space"):
        in_turns(works, tmp_path)
    assert children() <= others


def test_an_interrupt_stops_all_at_once_and_leaves_nothing_running(tmp_path, others):
    stopped = []

    def look(left):
        if (tmp_path / "begun").exists():
            stopped.append(time.monotonic())
            raise KeyboardInterrupt

    def endless(seat):
        (tmp_path / "begun").touch()
        with suppress(KeyboardInterrupt):
            while True:
                time.sleep(0.01)
                seat.wait_for_turn()
        (tmp_path / "checkpoint").touch()

    with pytest.raises(KeyboardInterrupt):
        in_turns({name: endless for name in "abc"}, tmp_path, look=look)
    assert time.monotonic() - stopped[0] < 9 and (tmp_path / "checkpoint").exists()
    assert children() <= others


class Slow:
    """Takes its time to go; what is raised meanwhile is lost."""

    def __del__(self):
        time.sleep(0.5)


def test_an_interrupt_that_a_finalizer_swallows_is_heard_at_the_next_turn(tmp_path, others):
    def look(left):
        if (tmp_path / "begun").exists():
            raise KeyboardInterrupt

    def endless(seat):
        slow = Slow()
        (tmp_path / "begun").touch()
        del slow
        while True:
            time.sleep(0.01)
            seat.wait_for_turn()

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        in_turns({"a": endless}, tmp_path, look=look)
    assert time.monotonic() - began < 9
    assert children() <= others


def test_a_second_interrupt_kills_what_does_not_end(tmp_path, others, monkeypatch):
    monkeypatch.setattr(side_by_side, "PATIENCE", 60.0)
    test = os.getpid()

    def deaf(seat):
        signal.signal(signal.SIGINT, lambda *_: os.kill(test, signal.SIGINT))
        (tmp_path / "begun").touch()
        while True:
            time.sleep(0.01)

    def look(left):
        if (tmp_path / "begun").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_turns({name: deaf for name in "ab"}, tmp_path, look=look)
    assert children() <= others


SLOW_FORKS = []
os.register_at_fork(after_in_child=lambda: SLOW_FORKS and time.sleep(0.5))


def test_an_interrupt_at_the_moment_of_a_fork_is_heard(tmp_path, monkeypatch):
    def endless(seat):
        while True:
            time.sleep(0.01)
            seat.wait_for_turn()

    monkeypatch.setattr(side_by_side, "SLICE", 60.0)
    SLOW_FORKS.append(True)
    child = side_by_side.Child(endless, None)
    SLOW_FORKS.clear()
    child.interrupt()
    child.tell(0.0)
    child.process.join(5)
    assert not child.process.is_alive()
    child.end()


def test_children_end_with_a_parent_that_was_killed(tmp_path):
    pid = os.fork()
    if pid == 0:
        with suppress(BaseException):
            in_turns({"a": steps(10**6)}, tmp_path, look=lambda left: _note(tmp_path / "child"))
        os._exit(0)
    while not (tmp_path / "child").exists():
        time.sleep(0.02)
    child = int((tmp_path / "child").read_text())
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    for _ in range(500):
        with suppress(psutil.NoSuchProcess):
            if psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.02)
                continue
        return
    raise AssertionError("an orphan is left")


def _note(path):
    if not path.exists() and (found := psutil.Process().children()):
        path.with_suffix(".part").write_text(str(found[0].pid))
        os.replace(path.with_suffix(".part"), path)


def test_a_run_begins_only_where_there_is_memory_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr(side_by_side, "_memory_for", lambda mib: False)
    spans = [outcome.value for outcome in in_turns({name: steps(4) for name in "abc"}, tmp_path).values()]
    spans = sorted((run[0][0], run[-1][1]) for run in spans)
    assert all(end <= start for (_, end), (start, _) in zip(spans, spans[1:]))  # one after another


# ---------------------------------------------------------------------- work in any order


def test_items_are_done_on_cores_and_one_that_is_lost_says_so(others):
    def do(item):
        if item == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return item**2

    outcomes = dict(map_on_cores(do, range(8), 2, "cpu", retries=0))
    assert {number: outcome.value for number, outcome in outcomes.items() if number != 3} == {
        number: number**2 for number in range(8) if number != 3
    }
    assert "signal 9" in outcomes[3].error and children() <= others


def test_what_cannot_be_sent_back_is_an_error_of_its_item():
    outcomes = dict(map_on_cores(lambda item: (lambda: item) if item else item, range(2), 2, "cpu"))
    assert outcomes[0].value == 0 and outcomes[1].error


# ---------------------------------------------------------------------- a whole comparison


@pytest.mark.parametrize("families, threads", [(["vae"], 4), (["vae", "flow"], 2), (["vae", "flow", "gan"], 1)])
def test_fewer_families_than_cores_may_compute_with_several_threads_each(families, threads, tmp_path, monkeypatch):
    used = lambda data, family, **options: SimpleNamespace(config={"threads": torch.get_num_threads()})
    monkeypatch.setattr(turns, "fit", used)
    seconds, simple = dict.fromkeys(families, 9.0), dict.fromkeys(families, False) | {"bootstrap": True}
    training = turns.Training(
        {0: None}, seconds | {"bootstrap": 9.0}, 0, tmp_path, Course(False, 9.0), "cpu", {}, {}, {},
        lambda *_: None, 4, 0,
    )  # fmt: skip
    found = training.train([*families, "bootstrap"], simple)
    assert [found[family].run.content["threads"] for family in families] == [threads] * len(families)


@pytest.mark.long
def test_any_number_of_cores_gives_the_same_results(tmp_path, monkeypatch):
    measure_little(monkeypatch)
    tiny_presets(monkeypatch)
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    height = rng.normal(size=200).round(3)
    pd.DataFrame({"height": height, "rings": rng.poisson(4 + (height > 0), 200)}).to_csv("trees.csv", index=False)
    data = load_data("trees.csv")
    first = compare(data, FAMILIES, minutes=0.05, out="two", progress=False, cores=2)
    assert not any(row["error"] for row in first.results["models"])
    monkeypatch.setattr(side_by_side, "FORKS", False)
    again = compare(data, replay="two", out="one", progress=False)
    assert differences(first.results, again.results) == []


@pytest.mark.long
def test_a_family_whose_process_is_killed_is_a_row_and_the_rest_is_measured(tmp_path, monkeypatch):
    measure_little(monkeypatch)
    tiny_presets(monkeypatch)
    fit = turns.fit

    def dying(data, family, **options):
        if family == "vae":
            os.kill(os.getpid(), signal.SIGKILL)
        return fit(data, family, **options)

    monkeypatch.setattr(turns, "fit", dying)
    frame = pd.DataFrame({"a": np.random.default_rng(0).normal(size=300).round(2), "b": np.arange(300) % 7})
    found = compare(
        load_data(frame), FAMILIES, minutes=0.03, out=tmp_path / "c", progress=False, cores=2, retries=0
    ).results
    errors = {row["family"]: row["error"] for row in found["models"]}
    assert "signal 9" in errors["vae"] and not errors["flow"] and found["finished"]
