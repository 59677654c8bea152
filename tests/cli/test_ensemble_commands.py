# Tests cli/studies.py, molecules/zoo/bodies.py, run/members.py
"""The members of an ensemble as commands: the whole is what one process trains, whatever happened to them."""

import json
import os
import shlex
import shutil
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
import torch
from killing import Killed, killed_at
from made_molecules import molecules

import genwright
from genwright.cli.commands import main
from genwright.core import cpu, schemas
from genwright.core.device import threads
from genwright.core.errors import RunError
from genwright.core.folder import CONFIG, WEIGHTS
from genwright.kinds.known_kinds import config_schema
from genwright.molecules.families.properties import PropertyPredictor
from genwright.molecules.zoo.bodies import MOST_MEMBERS
from genwright.run import fit_plan as fitting
from genwright.run import side_by_side
from genwright.run.folder import read_config
from genwright.run.members import member_of
from genwright.studies.compare import workers
from genwright.studies.compare.status import states
from genwright.training import machine
from genwright.training.checkpoints import METRICS, Store
from genwright.training.loop import Trainer
from genwright.training.stage import StageTraining
from genwright.training.weights import state_of

pytest.importorskip("rdkit")
FIT = "fit assay.csv --target y --family fingerprint --preset tiny --descriptors none --quiet"
ENSEMBLE = f"{FIT} --ensemble 3 --epochs 6"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with a table, and `one`, the ensemble of it that one process trained."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(side_by_side, "FORKS", hasattr(os, "fork"))
        smiles = molecules(90)
        y = [len(text) + noise for text, noise in zip(smiles, np.random.default_rng(0).normal(size=90))]
        pd.DataFrame({"smiles": smiles, "y": y}).to_csv("assay.csv", index=False)
        with pytest.raises(SystemExit):
            main(shlex.split(f"{ENSEMBLE} --out one --cores 1"))
        yield folder


def words_of(folder: str) -> dict[str, str]:
    return {name: state.status for name, state in states(Path(folder)).items()}


def require_same(folder: str) -> None:
    """The run folder of one process, but for its times."""
    one, other = Path("one"), Path(folder)
    files = [{path.name for path in run.iterdir()} for run in (one, other)]
    assert files[0] == files[1] and len([*(other / "checkpoints").iterdir()]) == 1
    assert (one / WEIGHTS).read_bytes() == (other / WEIGHTS).read_bytes()
    timed = ("outcome", "origin", "machine")
    configs = [{key: value for key, value in read_config(run).items() if key not in timed} for run in (one, other)]
    assert configs[0] == configs[1]
    rows = [json.loads(line) for line in (other / METRICS).read_text().splitlines()]
    rows = [row for row in rows if "stage" in row]
    assert list(dict.fromkeys(row["stage"] for row in rows)) == ["member-1", "member-2", "member-3"]
    for name in ("items", "seconds"):
        assert [row[name] for row in rows] == sorted(row[name] for row in rows)
    assert rows[-1]["items"] == read_config(one)["outcome"]["items"] == read_config(other)["outcome"]["items"]


# ---------------------------------------------------------------------- the same run


@pytest.mark.parametrize(
    "words",
    [ENSEMBLE, pytest.param(f"{FIT.replace(' --preset tiny', '')} --replay one", marks=pytest.mark.long)],
    ids=["fit", "replay"],
)
def test_members_side_by_side_write_the_run_folder_of_one_process(words, do):
    out = "by-two" if words == ENSEMBLE else "repeated"
    assert do(f"{words} --cores 2 --out {out}") == f"model: {out}\n"
    require_same(out)
    assert words_of(out) == {".": "done"}


def test_a_member_whose_process_is_killed_goes_on_and_changes_no_bit(do, monkeypatch):
    save = Store.save

    def dying(store, *arguments):
        save(store, *arguments)
        if "002" in str(store.folder) and not Path("killed-once").exists():
            Path("killed-once").touch()
            os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(Store, "save", dying)
    do(f"{ENSEMBLE} --out after-a-kill --cores 2")
    assert Path("killed-once").exists()
    require_same("after-a-kill")


def test_an_interrupt_stops_members_at_checkpoints_and_the_same_call_resumes(do, monkeypatch):
    step, test = StageTraining.step, os.getpid()

    def interrupting(training, batch, number, *others):
        if number == 1 and os.getpid() != test:
            os.kill(test, signal.SIGINT)
        return step(training, batch, number, *others)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background ignore it
    others = psutil.Process().children()  # of other tests
    with monkeypatch.context() as patch:
        patch.setattr(StageTraining, "step", interrupting)
        do(f"{ENSEMBLE} --out stopped --cores 2", code=130)
    signal.signal(signal.SIGINT, before)
    assert set(psutil.Process().children()) <= set(others) and "stopped" in words_of("stopped").values()
    assert list(Path("stopped/members").glob("*/checkpoints/*"))
    do(f"{ENSEMBLE} --out stopped --cores 1")
    require_same("stopped")


def test_large_networks_share_the_threads_and_have_the_same_bits_side_by_side_and_in_turn(home, monkeypatch):
    monkeypatch.setattr(machine, "LARGE_STEP", 0.0)
    monkeypatch.setattr(cpu, "cores", lambda: 4)
    data = genwright.load_data("assay.csv", target="y", descriptors="none")
    numbers = dict(preset="tiny", ensemble=2, items=128, progress=False)
    with threads(4):
        models = [genwright.fit(data, "fingerprint", **numbers, cores=cores) for cores in (1, 4)]
    assert [stage["threads"] for stage in models[1].config["stages"]] == [2, 2]
    first, second = (state_of(model.family) for model in models)
    same = lambda a, b: torch.equal(a.nan_to_num(), b.nan_to_num())
    assert first.keys() == second.keys() and all(same(first[name], second[name]) for name in first)
    assert not list(Path().glob("*/members"))  # without a folder, they train in a temporary one


def test_minutes_are_by_the_clock_on_any_number_of_cores():
    config = {"recipe": {"members": 4}, "training": {"batch": 16}, "stages": [], "budget": {"minutes": 2.0}}
    minutes = lambda **others: member_of(config | others, 1, 100, {})["budget"]["minutes"]
    assert [minutes(), *(minutes(members_at_a_time=count) for count in (2, 4, 9))] == [0.5, 1.0, 2.0, 2.0]


def test_listed_commands_train_members_that_the_same_call_gathers(do):
    call = f"{ENSEMBLE} --out listed --workers=list --retries 2 --restart"
    commands = do(call).splitlines()
    assert commands == [f"genwright {ENSEMBLE} --out listed --member {number}" for number in (1, 2, 3)]
    call = call.removesuffix(" --restart")
    assert do(call).splitlines() == commands
    assert words_of("listed") == {".": "stopped", **{f"members/00{number}": "waiting" for number in (1, 2, 3)}}
    for number in (2, 1, 1):  # one of them twice
        assert do(commands[number - 1].removeprefix("genwright ")) == f"model: listed/members/00{number}\n"
    assert do("predict listed/members/001 assay.csv --out alone.csv").startswith("90 predicted")
    assert do(call).splitlines() == commands[2:]
    assert words_of("listed")["members/001"] == "done"
    do(commands[2].removeprefix("genwright "))
    assert do(call) == "model: listed\n"
    do(commands[1].removeprefix("genwright "))  # a job that was requeued after all had ended
    require_same("listed")


def test_kills_of_a_member_and_of_the_whole_change_no_bit(home, monkeypatch):
    data = genwright.load_data("assay.csv", target="y", descriptors="none")
    numbers = dict(preset="tiny", ensemble=3, epochs=6.0, out="killed", progress=False, checkpoint_seconds=0)
    fit = lambda **others: genwright.fit(data, "fingerprint", **numbers, **others)
    with pytest.raises(RunError):
        fit(member=2)
    with pytest.raises(KeyError):
        fit(train_members=lambda folders, say: {}["stopped"])
    with killed_at(monkeypatch, Store, "save", 2), pytest.raises(Killed):
        fit(member=2)
    for number in (1, 2, 3):
        fit(member=number)
    for owner, name in ((Trainer, "_take_stages"), (Trainer, "_finish"), (fitting, "write_model")):
        with killed_at(monkeypatch, owner, name, 0), pytest.raises(Killed):
            fit(train_members=lambda folders, say: None)
    fit(train_members=lambda folders, say: None)
    require_same("killed")


def test_a_member_has_its_share_of_the_budget():
    config = {"recipe": {"members": 4}, "training": {"batch": 16}, "stages": [{"name": name} for name in "abcd"]}
    budgets = {"minutes": 2.0, "items": 700, "epochs": 10}
    found = [member_of(config | {"budget": {unit: number}}, 3, 100, {}) for unit, number in budgets.items()]
    assert [record["budget"] for record in found] == [{"minutes": 0.5}, {"items": 160}, {"items": 240}]
    assert found[0]["stages"] == [{"name": "c"}]
    assert found[0]["digest"] != member_of(config | {"budget": {"minutes": 2.0}}, 2, 100, {})["digest"]


def test_records_hold_as_many_stages_as_an_ensemble_may_have():
    checkpoint = json.loads((Path(schemas.__file__).parent / "checkpoint.schema.json").read_text())
    assert config_schema()["properties"]["stages"]["maxItems"] == MOST_MEMBERS
    assert checkpoint["properties"]["stage"]["maximum"] == MOST_MEMBERS - 1


# ---------------------------------------------------------------------- what goes wrong


@pytest.mark.long
def test_a_member_that_fails_is_named_with_its_last_message(do, monkeypatch):
    sound = PropertyPredictor.loss

    def loss(member, batch):
        found, logs = sound(member, batch)
        return found * float("nan" if member.fold[0] == 1 else 1), logs

    monkeypatch.setattr(PropertyPredictor, "loss", loss)
    for _ in range(2):
        said = do(f"{ENSEMBLE} --cores 2 --out failed", code=3)
        assert "member-2: training stopped at step 1 of stage member-2" in said and "lower learning rate" in said
    assert words_of("failed") == {
        ".": "failed", "members/001": "done", "members/002": "failed", "members/003": "done",
    }  # fmt: skip
    do(f"{ENSEMBLE} --workers list --out failed --restart")
    assert words_of("failed")["members/001"] == "waiting"


@pytest.mark.long
def test_a_member_that_is_lost_again_and_again_is_named_and_the_same_call_resumes(do, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(StageTraining, "step", lambda *arguments: os.kill(os.getpid(), signal.SIGKILL))
        said = do(f"{ENSEMBLE} --cores 2 --out lost", code=4)
    assert "member-1 (signal 9)" in said and words_of("lost")["members/003"] == "stale"
    do(f"{ENSEMBLE} --cores 2 --out lost")
    require_same("lost")


def test_the_run_of_another_member_is_not_taken(do):
    commands = do(f"{ENSEMBLE} --out mixed --workers list").splitlines()
    do(commands[0].removeprefix("genwright "))
    for number in (2, 3):
        shutil.copytree("mixed/members/001", f"mixed/members/00{number}")
    said = do(f"{ENSEMBLE} --out mixed --workers list", code=2)
    assert "mixed/members/002 holds another run than member 2 of mixed: begin anew with restart" in said


@pytest.mark.long
def test_a_run_goes_on_in_the_way_in_which_it_began(do, monkeypatch):
    with killed_at(monkeypatch, Trainer, "_finish", 0), pytest.raises(Killed):
        main(shlex.split(f"{ENSEMBLE} --out begun --cores 1"))
    assert "begun was begun in one process: leave --workers out" in do(f"{ENSEMBLE} --out begun --workers list", code=2)
    do(f"{ENSEMBLE} --out begun --cores 2")
    require_same("begun")
    do(f"{ENSEMBLE} --out apart --workers list")
    do(f"{ENSEMBLE} --out apart --cores 1")
    require_same("apart")


def test_members_that_train_are_not_removed(do, monkeypatch):
    commands = do(f"{ENSEMBLE} --out running --workers list").splitlines()
    with killed_at(monkeypatch, Trainer, "_finish", 0), pytest.raises(Killed):
        main(shlex.split(commands[0].removeprefix("genwright ")))
    record = Path("running/members/001/.process.json")
    said = json.loads(record.read_text())
    record.write_text(json.dumps({key: said[key] for key in ("host", "process", "began")}))  # as before its end
    assert "a process trains in running/members/001" in do(f"{ENSEMBLE} --out running --restart", code=2)
    assert Path("running/members/001", CONFIG).exists()


@pytest.mark.parametrize(
    "words, says",
    [
        (f"{FIT} --workers list", "this is one fingerprint: add --ensemble 5 to train five, or leave --workers out"),
        (f"{ENSEMBLE} --workers 2", "pass --cores"),
        (f"{ENSEMBLE} --cores 1000000", "try --cores 1"),
        (f"{ENSEMBLE} --workers slurm", "only minutes say how long a job takes"),
        (f"{ENSEMBLE} --workers slurm --slurm time=9", "there is no Slurm on this machine"),
        (f"{FIT} --ensemble 3 --minutes 1 --workers slurm", "there is no Slurm on this machine"),
        (f"{ENSEMBLE} --slurm time=9", "add --workers slurm, or leave --slurm out"),
        (f"{ENSEMBLE} --workers list --retries -1", "retries must be 0 or more"),
        (f"{ENSEMBLE} --workers list --processes 2", "leave --processes out"),
        (f"{ENSEMBLE} --workers list --member 1", "leave --member out"),
        (f"{ENSEMBLE} --member 4", "member must be from 1 to 3, not 4"),
        (f"{FIT} --member 1", "has one network, and so no members: leave member out"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_written(words, says, do, monkeypatch):
    monkeypatch.setattr(workers.shutil, "which", lambda name: None)
    assert says in do(f"{words} --out refused", code=2)
    assert not Path("refused").exists()
