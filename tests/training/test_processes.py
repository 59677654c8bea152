# Tests cli/fit_processes.py
"""Real processes that train one model together, by gloo on this host."""

import os
import re
import signal
import socket
import sys
import time
from pathlib import Path

import pytest
import torch
from forked import Forked
from killing import Killed, killed_at
from toys import toy_data

from genwright.cli import fit_processes
from genwright.core.errors import GenwrightError, ProcessLost
from genwright.run.fit import fit
from genwright.run.folder import read_config
from genwright.training.checkpoints import Store
from genwright.training.weights import unpack
from genwright.training.world import World, current_world


def started(place, *calls):
    """What each of some processes printed: calls, a function each, run together; "SIGKILL" for one that was killed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def process(rank, call):
        def work():
            os.environ |= {"RANK": str(rank), "WORLD_SIZE": str(len(calls)), "LOCAL_RANK": str(rank)}
            os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
            try:
                print(call() or "", end="", flush=True)
            except GenwrightError as error:
                print(f"{type(error).__name__}: {error}", end="", flush=True)
            os._exit(0)  # nothing of the parent's is tidied up here

        said = place / f"said-{rank}.txt"
        said.unlink(missing_ok=True)
        return Forked(work, said, place / "errors.txt"), said

    fit_processes = [process(rank, call) for rank, call in enumerate(calls)]
    codes = [one.wait(60) for one, _ in fit_processes]
    return ["SIGKILL" if code == -signal.SIGKILL else said.read_text() for code, (_, said) in zip(codes, fit_processes)]


def call(out, family="toy-vae", **options):
    def work():
        torch.set_num_threads(1)
        settings = {"items": 640} if "replay" not in options else {"seed": 0}
        model = fit(toy_data(), family, out=out, progress=False, timeout=20, checkpoint_seconds=0, **settings | options)
        return " ".join(f"{w.detach().double().sum():.17g}" for w in model.family.parameters())

    return work


def weights(run):
    return {name: t.tolist() for name, t in unpack(run / "weights.safetensors")[0].items()}


@pytest.mark.long
@pytest.mark.parametrize("family", ["toy-vae", "toy-two-stage"])
def test_processes_have_the_same_weights_and_every_launch_and_replay_has_them(family, tmp_path):
    first, second = started(tmp_path, *[call(tmp_path / "a", family)] * 2)
    assert first == second and "Error" not in first and len(first) > 50
    started(tmp_path, *[call(tmp_path / "b", family)] * 2)
    started(tmp_path, *[call(tmp_path / "c", None, replay=tmp_path / "a")] * 2)
    assert weights(tmp_path / "a") == weights(tmp_path / "b") == weights(tmp_path / "c")
    assert read_config(tmp_path / "a")["world"] == 2


@pytest.mark.long
def test_a_killed_process_stops_the_other_and_the_run_goes_on_to_the_same_weights(tmp_path):
    started(tmp_path, *[call(tmp_path / "whole")] * 2)

    def killed_at(count):
        def work():
            sound, left = Store.save, [count]

            def save(self, state, before_cooldown=False):
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                sound(self, state, before_cooldown)

            Store.save = save
            return call(tmp_path / "run")()

        return work

    first, second = started(tmp_path, killed_at(7), call(tmp_path / "run"))
    assert first == "SIGKILL" and second.startswith("ProcessLost: another process of this run ended")
    started(tmp_path, *[call(tmp_path / "run")] * 2)
    assert weights(tmp_path / "run") == weights(tmp_path / "whole")


def test_nobody_leaves_an_interrupted_run_before_its_checkpoint_is_written(tmp_path, monkeypatch):
    """A launcher ends all when one leaves."""
    sound, tick = Store.save, World.tick

    def save(self, state, before_cooldown=False):
        time.sleep(0.3 * self.writes)
        sound(self, state, before_cooldown)

    def leave():
        try:
            call(tmp_path / "run")()
        except KeyboardInterrupt:
            return str(len(list((tmp_path / "run").glob("checkpoints/*.safetensors"))))

    monkeypatch.setattr(Store, "save", save)
    monkeypatch.setattr(World, "tick", lambda self, stop=False: tick(self, True))
    assert started(tmp_path, leave, leave) == ["1", "1"]


def test_a_run_with_another_number_of_processes_is_refused_unless_it_is_allowed(tmp_path):
    started(tmp_path, lambda: call(tmp_path / "run", items=320)() and None, call(tmp_path / "run", items=320))
    with pytest.raises(GenwrightError):
        call(tmp_path / "again", None, replay=tmp_path / "run")()
    call(tmp_path / "again", None, replay=tmp_path / "run", processes_changed=True)()
    assert read_config(tmp_path / "again")["world"] == 1


@pytest.mark.long
def test_an_interrupted_run_goes_on_with_another_number_of_processes_which_is_recorded(tmp_path, monkeypatch):
    with killed_at(monkeypatch, Store, "save", 1), pytest.raises(Killed):
        call(tmp_path / "run")()
    refused = started(tmp_path, *[call(tmp_path / "run")] * 2)
    assert "Error" in refused[0]
    started(tmp_path, *[call(tmp_path / "run", processes_changed=True)] * 2)
    config = read_config(tmp_path / "run")
    assert config["world"] == 1 and config["processes_changed"] == [{"processes": 2, "items": 32}]
    assert call(tmp_path / "run")()  # one that has ended is opened by any number


def test_two_different_commands_are_named_on_both(tmp_path):
    said = started(tmp_path, call(None), call(None, items=320))
    assert all("process 1" in one for one in said)


def test_what_each_process_changes_by_itself_is_found_at_a_checkpoint(tmp_path):
    said = started(tmp_path, *[call(tmp_path / "run", "toy-codebook")] * 2)
    assert all("process 1" in one for one in said)


def test_ray_train_starts_processes_as_the_page_says(tmp_path):
    pytest.importorskip("ray")
    page = (Path(__file__).parents[2] / "docs" / "many-machines.md").read_text()
    (code,) = re.findall(r"```python file\n(.*?)```", page, re.S)
    code = code.replace('"diffusion", minutes=30', '"flow", preset="tiny", items=2560')
    exec(code.replace("/shared/runs/x", str(tmp_path / "run")), {})
    assert read_config(tmp_path / "run")["world"] == 2


def test_one_that_stands_still_while_others_join_keeps_them_no_longer_than_the_timeout(tmp_path):
    """Process 0 holds the store through which they meet, whose waits no timeout of torch ends."""

    def stand_still(*arguments, **options):
        print(os.getpid(), end="", flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)

    def stops():
        torch.distributed.new_group = stand_still
        current_world("cpu", 20)

    def waits():
        begin = time.monotonic()
        try:
            current_world("cpu", 1)
        finally:
            os.kill(int((tmp_path / "said-0.txt").read_text()), signal.SIGKILL)
            assert time.monotonic() - begin < 5

    first, second = started(tmp_path, stops, waits)
    assert first == "SIGKILL" and second.startswith("ProcessLost")


@pytest.mark.parametrize(
    ("does", "code", "said"),
    [
        ("os.kill(os.getpid(), 9)", ProcessLost.exit_code, "process 1 of 2 ended by signal 9"),
        ("sys.exit('no such column')", 1, "process 1: no such column"),
        ("sys.exit(130)", 130, ""),
        ("sys.exit(0)", 0, ""),
    ],
)
def test_the_launcher_ends_all_when_one_fails_and_says_why(tmp_path, monkeypatch, does, code, said):
    program, errors = tmp_path / "program.py", tmp_path / "errors.txt"
    wait = "time.sleep(60)" if code else "pass"
    program.write_text(f"import os, sys, time\nif os.environ['RANK'] == '1':\n    {does}\n{wait}\n")
    monkeypatch.setattr(fit_processes, "GENWRIGHT", [sys.executable, str(program)])
    launcher = Forked(lambda: sys.exit(fit_processes.launch(2, [], "cpu")), errors, errors)
    assert launcher.wait(30) == code and errors.read_text().removeprefix("genwright: ").strip() == said
