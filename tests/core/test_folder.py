"""The doors to a folder: each resumes the same call there, and refuses every other one."""

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from filelock import FileLock
from forked import Forked

import genwright as gw
from genwright.cli.commands import main
from genwright.core.errors import FolderInUse, RunError
from genwright.core.folder import Folder, name_differences
from genwright.studies import reproduce as reproduction
from genwright.studies.compare import compare as comparison
from genwright.studies.compare.workers import Listed
from genwright.studies.study import blank_row
from genwright.studio import trainings

pytest.importorskip("rdkit")
SMILES = ["CCO", "CCN", "CCC", "CCOC", "CC(=O)O", "c1ccccc1O", "CCCN", "NCCO", "CC(C)O", "c1ccncc1"]
TABLE = pd.DataFrame({"a": range(40), "b": [k * k % 7 for k in range(40)]})


def fit(folder: Path, seed: int) -> None:
    gw.fit(TABLE, "bootstrap", seed=seed, out=folder, progress=False)


def compare(folder: Path, seed: int) -> None:
    gw.compare(gw.load_data(TABLE), "pca", minutes=1.0 + seed, out=folder, progress=False)


def screen(folder: Path, seed: int) -> None:
    gw.screen(SMILES, actives=["CCF", "CCCO"][: 2 - seed], out=folder, progress=False)


def design(folder: Path, seed: int) -> None:
    limits = {"filters": False, "diverse": bool(seed)}
    gw.design(SMILES, score=count_letters, family="best-of-data", calls=4, out=folder, progress=False, **limits)


def count_letters(smiles: list[str]) -> list[float]:
    return [float(len(text)) for text in smiles]


def reproduce(folder: Path, seed: int) -> None:
    reproduction.reproduce("gcn-cora", seeds=1 + seed, out=folder, progress=False)


def train_in_studio(folder: Path, seed: int) -> None:
    TABLE.to_csv(folder.parent / "t.csv", index=False)
    words = ["fit", "t.csv", "--family", "bootstrap", "--seed", str(seed), "--out", folder.name]
    training = trainings.Trainings(folder.parent).begin(words)
    training.process.wait(60)
    if training.error:
        raise RunError(training.error)


DOORS = {  # door: (its call, what differs with another seed)
    "fit": (fit, "seed"),
    "compare": (compare, "minutes"),
    "screen": (screen, "known molecules"),
    "design": (design, "diverse"),
    "reproduce": (reproduce, "seeds"),
    "studio": (train_in_studio, "seed"),
}


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A folder with one of each door, {door: folder}. What takes time, and reads no folder, is left out."""

    def list_runs(*arguments):
        raise Listed([])

    def fork(command, cwd, stdout, **options):
        def work():
            os.chdir(cwd)
            main(command[len(trainings.GENWRIGHT) :])

        return Forked(work, stdout.name, stdout.name)

    root = tmp_path_factory.mktemp("doors")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "finish", list_runs)
        patch.setattr(reproduction, "_data", lambda goal, seed: None)
        patch.setattr(reproduction, "_row", lambda goal, seed, *_: blank_row(goal.family, "m:f", seed=seed))
        patch.setattr(trainings, "subprocess", SimpleNamespace(Popen=fork, DEVNULL=None))
        for door, (call, _) in DOORS.items():
            call(root / door, 0)
        yield {door: root / door for door in DOORS}


def content(folder: Path) -> dict[str, bytes]:
    """The files that a call which is refused, or finds all done, leaves as they are."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name[0] != "."}


@pytest.mark.parametrize("door", DOORS)
def test_the_same_call_resumes_and_another_is_refused_by_what_differs(begun, door):
    (call, differing), before = DOORS[door], content(begun[door])
    call(begun[door], 0)
    assert content(begun[door]) == before
    with pytest.raises(RunError, match=f"[(; .]{differing}:"):
        call(begun[door], 1)
    assert content(begun[door]) == before


@pytest.mark.parametrize("door", DOORS)
def test_a_folder_in_use_by_another_process_is_refused(begun, door):
    with FileLock(begun[door] / ".lock"), pytest.raises(RunError, match="another process"):
        DOORS[door][0](begun[door], 0)


@pytest.mark.parametrize("door", DOORS)
def test_a_folder_of_another_kind_of_thing_or_of_a_person_is_refused_and_kept(begun, door, tmp_path):
    kinds = {"studio": "fit"}
    for other in ("fit", "reproduce", "design") if door == "studio" else begun:
        if kinds.get(other, other) != kinds.get(door, door):
            folder = shutil.copytree(begun[other], tmp_path / other)
            before = content(folder)
            with pytest.raises(RunError):
                DOORS[door][0](folder, 0)
            assert content(folder) == before
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("...")
    with pytest.raises(RunError, match="thesis.tex"):
        DOORS[door][0](tmp_path / "mine", 0)
    assert os.listdir(tmp_path / "mine") == ["thesis.tex"]


def test_a_folder_is_held_by_one_at_a_time_and_made_where_it_is_missing(tmp_path):
    folder = Folder(tmp_path / "new", "a.json", "thing", "makes")
    with folder.hold(), pytest.raises(FolderInUse), folder.hold():
        pass
    with folder.hold():
        assert folder.read() is None
        folder.write({"a": 1})
    assert folder.read() == {"a": 1}


def test_differences_are_named_with_their_values_where_these_are_short():
    there, here = {"a": {"b": 1, "c": 2}, "d": "x" * 99}, {"a": {"b": 3, "c": 2}, "d": "y", "e": None, "f": 0}
    assert name_differences(there, here) == ["a.b: 1 there, 3 now", "d: differs", "f: none there, 0 now"]
