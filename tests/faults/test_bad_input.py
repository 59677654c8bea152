"""What a person can get wrong: one sentence on stderr with the input's name, and nothing written.

The table of cases is `bad_inputs.py`; here are the runner and what needs a hand of its own.
"""

import builtins
import errno
import importlib.util
import io
import os
import re
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
from bad_files import graph, npy, pets, png, put
from bad_inputs import CASES, GOOD, Case
from filelock import FileLock
from forked import Forked

import genwright
from genwright.cli.commands import main
from genwright.contract.small_data import halves
from genwright.core import packages, patience
from genwright.core.errors import GenwrightError

TINY = "fit digits --family vae --preset tiny --out new"


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A folder with tiny runs, a baseline, a predictor, and a table."""
    home = tmp_path_factory.mktemp("trained")
    (home / "seen.csv").write_text(GOOD)
    table = genwright.load_data(home / "seen.csv", given=["side"])
    digits = genwright.load_data("digits")
    genwright.fit(digits, "vae", preset="tiny", items=600, out=home / "pictures", progress=False)
    genwright.fit(table, "copula", out=home / "table", progress=False)
    genwright.fit(table, "bootstrap", out=home / "copies", progress=False)
    put(graph(), home / "of-graph")
    nodes = genwright.load_data(home / "of-graph/edges.csv", nodes=home / "of-graph/nodes.csv", target="kind")
    genwright.fit(nodes, "gcn", preset="tiny", out=home / "graph", progress=False)
    genwright.fit(halves(), task="match", preset="tiny", epochs=1, out=home / "matched", progress=False)
    told = {"caption": ["dark", "bright"] * 20, "answers": ["which half? left", "which half? upper"] * 20}
    noise = np.random.default_rng(0).integers(0, 256, (40, 8, 8), np.uint8)
    words = genwright.load_data((noise, told), given=["caption", "answers"])
    genwright.fit(words, "words-and-images", preset="tiny", items=64, out=home / "words", progress=False)
    return home


@pytest.fixture
def here(trained, tmp_path, monkeypatch):
    """A fresh copy of that folder, in which the command runs, without a bar where a slow machine would show one."""
    monkeypatch.setattr(patience, "PATIENCE", float("inf"))
    place = tmp_path / "here"
    shutil.copytree(trained, place)
    monkeypatch.chdir(place)
    return place


def listing(place: Path) -> dict[str, bytes | None]:
    """Every file with its bytes, and every folder."""
    return {str(p.relative_to(place)): p.read_bytes() if p.is_file() else None for p in sorted(place.rglob("*"))}


def run(command: list[str], capsys) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command in this process."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as exit:
        main(command)
    out, err = capsys.readouterr()
    return exit.value.code, out, err


def one_sentence(err: str) -> str:
    """The sentence that a failed command leaves on stderr, the last line there; all before it are notes."""
    *notes, last = err.splitlines()
    assert "Traceback" not in err and last.startswith("genwright: ") and not last.startswith("genwright: note: "), err
    assert len(last) < 500, f"{len(last)} characters are no clear sentence: {last}"
    return last


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what.replace(" ", "-"))
def test_one_sentence_and_nothing_written(case: Case, here, capsys):
    put(case.files, here)
    before = listing(here)
    code, out, err = run([*case.command.split(), *["--quiet"] * case.command.startswith(("fit", "compare"))], capsys)
    sentence = one_sentence(err)
    assert err.count("\n") == 1, f"more than a sentence: {err}"
    assert [name for name in case.names.split("|") if name not in sentence] == [], sentence
    assert (code, out) == (2, "") and listing(here) == before, sentence


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.files and re.fullmatch(r"fit \S+", case.command)],
    ids=lambda case: case.what.replace(" ", "-"),
)
def test_a_call_refuses_the_same_files(case: Case, tmp_path, monkeypatch):
    put(case.files, tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(GenwrightError):
        genwright.fit(case.command.removeprefix("fit "), minutes=0.01, progress=False)


# ---------------------------------------------------------------------- what the system refuses


def refuse(monkeypatch, name: str) -> None:
    """No permission to read files of this name (root would have it, so that rights alone prove nothing)."""

    def opener(true):
        def opened(path, mode="r", *rest, **named):
            if str(path).endswith(name) and "r" in mode:
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return true(path, mode, *rest, **named)

        return opened

    monkeypatch.setattr(builtins, "open", opener(open))
    monkeypatch.setattr(io, "open", opener(io.open))


@pytest.mark.parametrize(
    "files, command, name",
    [
        ({"t.csv": GOOD}, "fit t.csv", "t.csv"),
        ({"x.npy": npy([[[0.0] * 8] * 8] * 20)}, "fit x.npy", "x.npy"),
        (pets("shut.png", png(12, 12)), "fit pets", "shut.png"),
        ({}, "sample pictures", "config.toml"),
        ({}, "sample pictures", "domain.json"),
        ({}, "sample pictures", "weights.safetensors"),
    ],
)
def test_no_permission(files, command, name, here, capsys, monkeypatch):
    put(files, here)
    before = listing(here)
    with monkeypatch.context() as patch:
        refuse(patch, name)
        code, _, err = run(command.split(), capsys)
    sentence = one_sentence(err)
    assert code == 4 and name in sentence and "ermission" in sentence, sentence
    assert listing(here) == before


@pytest.fixture
def full_disk(monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    for name in ("fsync", "replace", "rename"):
        monkeypatch.setattr(os, name, full)


@pytest.mark.parametrize(
    "command",
    ["sample pictures --out new.png", "sample pictures --out new", "sample table --out new.csv"]
    + ["log-prob pictures digits", "complete table seen.csv", "report pictures"],
)
def test_a_full_disk(command, here, capsys, full_disk):
    before = listing(here)
    code, out, err = run(command.split(), capsys)
    assert code == 4 and "No space left" in one_sentence(err) and out == ""
    assert listing(here) == before


@pytest.mark.parametrize(
    "command", [f"{TINY} --items 600 -q", "compare seen.csv --family vae --minutes 0.1 --out new -q"]
)
def test_a_full_disk_while_training(command, here, capsys, full_disk):
    code, _, err = run(command.split(), capsys)
    assert code == 4 and "new" in one_sentence(err)
    assert not list((here / "new").rglob("*.part"))


@pytest.mark.parametrize(
    "folder, command",
    [("pictures", f"{TINY.replace('new', 'pictures')} --items 600 -q")]
    + [("c", "compare seen.csv --family vae --minutes 0.01 --out c -q")],
)
def test_a_folder_in_use(folder, command, here, capsys):
    (here / folder).mkdir(exist_ok=True)
    with FileLock(here / folder / ".lock"):
        before = listing(here)
        code, _, err = run(command.split(), capsys)
        assert code == 2 and folder in one_sentence(err) and listing(here) == before


@pytest.mark.long
def test_two_processes_in_one_folder(here, capsys):
    command = f"{TINY} --items 50000000"
    first = start(command, here)
    try:
        wait_for(lambda: '"loss"' in (here / "new" / "metrics.jsonl").read_text(), first)
        code, _, err = run(command.split(), capsys)
        assert code == 2 and "new" in err.splitlines()[-1]
        assert first.poll() is None  # and goes on
    finally:
        first.kill()
        first.wait()


@pytest.mark.parametrize(
    "name, content, engine, extra",
    [("m.smi", b"CCO\nCCN\n", "rdkit", "mol"), ("g.edges", b"a b\nb c\n", "networkx", "graphs")],
)
def test_a_package_that_is_not_installed(name, content, engine, extra, here, capsys, monkeypatch):
    put({name: content}, here)
    find = importlib.util.find_spec
    monkeypatch.setattr(packages, "find_spec", lambda package: None if package == engine else find(package))
    before = listing(here)
    code, _, err = run(["fit", name, "--quiet"], capsys)
    assert code == 2 and name in one_sentence(err) and engine in err and f"genwright[{extra}]" in err
    assert listing(here) == before


# ---------------------------------------------------------------------- training that fails, bugs, and Ctrl-C


def test_a_loss_that_is_not_finite(here, capsys, monkeypatch):
    from genwright.families.latent.vae import VAE

    broken = lambda self, batch: (sum(p.sum() for p in self.parameters()) * torch.nan, {})
    monkeypatch.setattr(VAE, "loss", broken)
    code, _, err = run(f"{TINY} --items 600 --quiet".split(), capsys)
    sentence = one_sentence(err)
    assert code == 3 and "step 1" in sentence, sentence
    assert not (here / "new" / "weights.safetensors").exists()


def test_a_bug_is_a_bug_with_a_report(here, tmp_path, capsys, monkeypatch):
    def sample(*_, **__):
        raise ZeroDivisionError("planted")

    (tmp_path / "bugs").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "bugs"))
    monkeypatch.setattr(genwright.Model, "sample", sample)
    before = listing(here)
    code, _, err = run(["sample", "pictures", "-n", "3"], capsys)
    (report,) = (tmp_path / "bugs").iterdir()
    assert code == 70 and str(report) in one_sentence(err) and listing(here) == before
    text = report.read_text()
    assert text.startswith("genwright sample pictures -n 3\n") and 'raise ZeroDivisionError("planted")' in text


@pytest.mark.parametrize(
    "stopped, code", [(MemoryError, 4), (ZeroDivisionError, 70), (SystemExit(0), 70), (KeyboardInterrupt, 130)]
)
def test_what_ends_a_command_is_not_silent(stopped, code, here, capsys, monkeypatch):
    def sample(*_, **__):
        raise stopped

    monkeypatch.setattr("tempfile.tempdir", str(here / "nowhere"))  # without room for the report of a bug
    monkeypatch.setattr(genwright.Model, "sample", sample)
    before = listing(here)
    found, _, err = run(["sample", "pictures"], capsys)
    assert found == code and one_sentence(err) and listing(here) == before


def start(command: str, place: Path) -> Forked:
    """The command in a process of its own, whose output goes to files beside the place."""
    return Forked(lambda: main(command.split()), place.with_suffix(".out"), place.with_suffix(".err"))


def wait_for(ready, process: Forked) -> None:
    """Until `ready` of files that appear, the process has ended, or a minute has gone."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(FileNotFoundError):
            if ready():
                return
        time.sleep(0.05)


def test_ctrl_c_while_training_and_going_on(here):
    command = f"{TINY} --items 50000000"
    metrics, out, err = here / "new" / "metrics.jsonl", here.with_suffix(".out"), here.with_suffix(".err")
    training = start(command, here)
    wait_for(lambda: '"loss"' in metrics.read_text(), training)
    os.kill(training.pid, signal.SIGINT)
    assert training.wait(30) == 130 and one_sentence(err.read_text())
    assert out.read_text() == "" and list((here / "new" / "checkpoints").glob("*.safetensors"))
    again = start(command, here)
    resumed = lambda: re.search(r"going on at ([\d,]+) items", err.read_text())
    wait_for(resumed, again)
    os.kill(again.pid, signal.SIGINT)
    assert again.wait(30) == 130
    assert int(resumed()[1].replace(",", "")) > 0
