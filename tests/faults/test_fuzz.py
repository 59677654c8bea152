# Tests kinds/bounded_reading.py
"""A fixed small share of the damaged files; bench.py fuzz reads twenty thousand."""

import shutil
from dataclasses import replace

import fuzz
import pytest
from damage import FRAMES

from genwright.core.errors import DataError
from genwright.kinds import bounded_reading
from genwright.kinds import known_kinds as reading
from genwright.kinds.known_kinds import formats

EACH = 3  # of so many targets `make test` damages one
SEED, REPORTS = 7, 1  # damaged files of a target that draws a report: that takes longer than all else to read


WITHOUT_FILES = {
    "<lambda>",  # of named data
    "_named_tu",
    "_planetoid",  # of published files alone
    "_graph_object",
    "list of graphs",
    "texts",
    "array and labels",
    "texts and labels",
    "molecules and values",
    "call_on_object.<locals>.<lambda>",  # of a data set of PyTorch
    "Bunch",
    "columns",
    "DataFrame",
    "DataFrame with an index",
    "items and labels",
    "list of images",
    "array",
    "AnnData",
    "an array of clips",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return fuzz.make(tmp_path_factory.mktemp("fuzz"))


CELLS = [
    pytest.param(share, number, id=f"{target.name}-{share}", marks=pytest.mark.long if share > 1 else ())
    for number, target in enumerate(fuzz.TARGETS)
    for share in ((8,) if number % EACH else (1, 8))
]


@pytest.mark.parametrize("share, number", CELLS)
def test_damaged_files_get_a_sentence(share, number, home):
    """Whole files are read; damaged ones end with a sentence and no bug, in 10 s and 1 GiB."""
    target = fuzz.TARGETS[number]
    here = shutil.copytree(home / target.name, home / "whole" / target.name, dirs_exist_ok=True)
    code, said, *_ = fuzz.command(target.command, here)
    assert code == target.code, said
    results = [
        fuzz.run(home, SEED, number + len(fuzz.TARGETS) * k)
        for k in range(REPORTS if target.command.startswith("report") else share)
    ]
    assert {result.target for result in results} == {target.name}
    assert [result for result in results if result.wrong] == []


def test_every_format_of_files_has_a_seed(home, monkeypatch):
    """A new row of formats needs a target; those that read objects of Python alone, or data by name, have no files."""
    used = set()

    def noted(number, row):
        """The row, which notes that it is asked to read and goes no further."""

        def read(source):
            used.add(number)
            raise DataError("the row is noted: read no more")

        return replace(row, read=read)

    rows = formats()
    monkeypatch.setattr(bounded_reading, "FORKS", False)  # another process would note it for itself alone
    monkeypatch.setattr(reading, "formats", lambda: [noted(number, row) for number, row in enumerate(rows)])
    for target in fuzz.TARGETS:
        verb, *words = target.command.partition(" --out")[0].split()
        if verb == "fit" and "--replay" not in words:
            at = words.index("--family")
            fuzz.command(" ".join(["describe", *words[:at], *words[at + 2 :]]), home / target.name)
    unread = [row.called or row.read.__qualname__ for number, row in enumerate(rows) if number not in used]
    assert set(unread) == WITHOUT_FILES


def test_a_case_is_the_same_for_ever(home):
    """Else what a benchmark found could not be repeated."""
    drawn = [fuzz.damaged_files.__wrapped__(home, 13, seed) for seed in ("3 0", "3 0", "3 1")]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(set(drawn[0] + drawn[2])) > 5


@pytest.mark.parametrize("target", [target for target in fuzz.TARGETS if FRAMES.keys() & target.damaged.values()])
def test_a_frame_that_is_not_damaged_stays_as_it_was(target, home):
    for file, kind in target.damaged.items():
        if kind in FRAMES:
            split, join = FRAMES[kind]
            whole = (home / target.name / file).read_bytes()
            assert join(split(whole)) == whole and len(split(whole)) > 1


def test_what_is_wrong_is_told():
    assert fuzz.judged(70, "genwright: a bug in genwright", 1.0, 1.0) == "exit 70"
    assert fuzz.judged(2, "genwright: x is damaged: write it again", 11.0, 1.0) == "hang"
    assert fuzz.judged(4, "genwright: the memory is not enough for this", 1.0, 1.0) == "memory"
    assert fuzz.judged(0, "", 1.0, 1025.0) == "memory"
    assert fuzz.judged(2, "Traceback", 1.0, 1.0) == "no sentence"
    assert fuzz.judged(2, "genwright: \x1b[31m is damaged", 1.0, 1.0) == "control characters"
    assert fuzz.judged(2, "genwright: x is damaged: write it again", 1.0, 1.0) == ""
