# Tests studies/compare/status.py
"""How a run stands, by the files in its folder alone."""

import json
import os
import shutil
import subprocess
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

import genwright
from genwright.core.errors import RunError, TrainingFailed
from genwright.run import process
from genwright.run.process import PROCESS, count_runs_beside, run_state, training_in
from genwright.studies.compare import status
from genwright.studies.compare.status import table

OTHER = {"host": "other", "process": 7, "began": time.time()}


def note(folder, **process):
    folder.mkdir(exist_ok=True)
    (folder / PROCESS).write_text(json.dumps(OTHER | process))
    return folder


def test_a_run_stands_as_its_last_process_left_it(tmp_path):
    folder = tmp_path / "run"
    assert run_state(folder).status == "waiting"
    folder.mkdir()
    with training_in(folder):
        assert run_state(folder).status == "running"
    assert run_state(folder).status == "stopped"
    with pytest.raises(TrainingFailed), training_in(folder):
        raise TrainingFailed("a loss is not finite")
    assert (run_state(folder).status, run_state(folder).error) == ("failed", "a loss is not finite")
    with pytest.raises(KeyboardInterrupt), training_in(folder):
        raise KeyboardInterrupt
    assert run_state(folder).status == "stopped"
    (folder / "config.toml").write_text("[outcome]\nitems = 3\n")
    assert run_state(folder).status == "stopped"  # its weights are still to come
    (folder / "weights.safetensors").touch()
    assert run_state(folder).status == "done"


def test_a_process_that_is_gone_from_this_host_is_stale_at_once(tmp_path):
    gone = subprocess.Popen(["true"])
    gone.wait()
    here = {"host": process.gethostname()}
    assert run_state(note(tmp_path / "a", **here, process=gone.pid)).status == "stale"
    killed = subprocess.Popen(["sleep", "60"])
    killed.kill()
    os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)  # it is dead, and still a zombie
    assert run_state(note(tmp_path / "d", **here, process=killed.pid)).status == "stale"
    assert killed.wait() < 0
    assert run_state(note(tmp_path / "b", **here, process=os.getpid())).status == "running"
    reused = note(tmp_path / "c", **here, process=os.getpid(), began=1.0)  # by a process that began later
    assert run_state(reused).status == "stale"


@pytest.mark.parametrize("skew", [-3600, 3600])
def test_clocks_of_hosts_may_differ_by_an_hour(tmp_path, skew):
    run = note(tmp_path / "run", began=time.time() + skew)
    assert run_state(run).status == "running" and run_state(run).host == "other"
    silent = time.time() - process.SILENT - 1
    os.utime(run / PROCESS, (silent, silent))
    assert run_state(run).status == "stale"


def test_a_second_host_is_refused_while_the_first_shows_that_it_lives(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "BEAT", 0.05)
    run, ended = note(tmp_path / "run"), threading.Event()
    beating = threading.Thread(target=process._beat, args=(run / PROCESS, ended))
    beating.start()
    with pytest.raises(RunError):
        with training_in(run):
            pass
    ended.set()
    beating.join()
    with training_in(run):  # its file is fresh, but nobody touches it
        assert run_state(run).host == process.gethostname()


@pytest.mark.parametrize("text", ["", "[]", '{"host": 3}'])
def test_a_damaged_record_of_a_process_is_as_none(tmp_path, text):
    (tmp_path / PROCESS).write_text(text)
    assert run_state(tmp_path).status == "waiting"


@pytest.mark.parametrize(
    "budget, last, left",
    [("minutes = 2.0", {"items": 10, "seconds": 30.0}, 2.0), ("items = 400", {"items": 100, "seconds": 60.0}, 3.0)],
)
def test_minutes_left_follow_from_the_budget(tmp_path, budget, last, left):
    config = f"[budget]\n{budget}\n[data]\nitems = 50\n[training]\nbatch = 10\n[[stages]]\nmore = 30.0\n"
    (note(tmp_path) / "config.toml").write_text(config)
    (tmp_path / "metrics.jsonl").write_text('{"items": 1}\n' + json.dumps(last) + "\n")
    assert run_state(tmp_path).minutes_left == pytest.approx(left)


def test_runs_are_neighbours_where_they_shared_a_host_and_a_time(tmp_path):
    times = {"a": (0, 10), "b": (5, 15), "c": (10, 20), "d": (0, 30)}
    runs = [note(tmp_path / name, began=first, ended=last) for name, (first, last) in times.items()]
    elsewhere = note(tmp_path / "e", host="third", began=0, ended=30)
    assert [count_runs_beside(run, [*runs, elsewhere]) for run in runs] == [2, 3, 2, 3]
    assert count_runs_beside(elsewhere, runs) == 0


def test_a_run_that_is_copied_elsewhere_opens_there(tmp_path):
    data = genwright.load_data(np.random.default_rng(0).normal(size=(60, 2)).round(3))
    made = genwright.fit(data, "vae", preset="tiny", steps=2, out=tmp_path / "here", progress=False)
    said = json.loads((tmp_path / "here" / PROCESS).read_text())
    assert said["ended"] >= said["began"] and said["wall"] > 0 and said["memory"] >= 0
    (tmp_path / "far").mkdir()
    moved = shutil.move(tmp_path / "here", tmp_path / "far" / "away")
    assert run_state(moved).status == "done"
    assert genwright.load_model(moved).config == made.config


@pytest.mark.parametrize(
    "files",
    [
        {"config.toml": "a=" + "[" * 100_000},
        {"config.toml": os.mkfifo},
        {"config.toml": 'family = "vae"', PROCESS: "[" * 200_000},
        {"config.toml": 'family = "vae"', PROCESS: "/dev/zero"},
        *({"config.toml": 'family = "vae"', PROCESS: json.dumps(OTHER | wrong)} for wrong in (
            {"process": -5}, {"process": 2**70}, {"ended": 1, "error": [1]})),
    ],
    ids=range(7),
)  # fmt: skip
def test_a_damaged_record_is_a_sentence(tmp_path, files):
    for name, content in files.items():
        if content is os.mkfifo:
            os.mkfifo(tmp_path / name)
        elif content.startswith("/"):
            (tmp_path / name).symlink_to(content)
        else:
            (tmp_path / name).write_text(content)
    state = run_state(tmp_path)
    assert str(tmp_path / list(files)[-1]) in state.error and state.status in ("failed", "stopped")
    assert any(state.error in line for line in table(tmp_path))


@pytest.mark.parametrize("line", ["[" * 200_000, '{"items": 1, "seconds": NaN}', '{"items": 0, "seconds": 1}', "5"])
def test_nobody_knows_when_a_run_ends_whose_metrics_are_damaged(tmp_path, line):
    config = "[budget]\nsteps = 5\n[data]\nitems = 9\n[training]\nbatch = 2\n"
    note(tmp_path, host=process.gethostname(), process=os.getpid())
    (tmp_path / "config.toml").write_text(config)
    (tmp_path / "metrics.jsonl").write_text(f"{line}\n")
    assert (run_state(tmp_path).status, run_state(tmp_path).minutes_left) == ("running", None)
    (tmp_path / "metrics.jsonl").write_text('{"items": 5, "seconds": 60}\n')
    assert run_state(tmp_path).minutes_left == 1


def test_a_status_lists_no_folder_elsewhere_and_no_members_without_end(tmp_path, monkeypatch):
    results = tmp_path / "compared" / "results.json"
    results.parent.mkdir()
    results.write_text("{}")
    plan = SimpleNamespace(families=["vae", "../../elsewhere", "/etc"])
    known = SimpleNamespace(plan=plan, families_left_out=())
    monkeypatch.setattr(status, "read", lambda _: known)
    run = tmp_path / "ensemble"
    genwright.fit("karate-club", "gcn", preset="tiny", steps=1, out=run, progress=False)
    (run / "members").mkdir()
    config = (run / "config.toml").read_text()
    (run / "config.toml").write_text(config.replace("[recipe]\n", "[recipe]\nmembers = 1000000000\n"))
    assert set(status.states(tmp_path)) == {"compared/vae", "ensemble"}
