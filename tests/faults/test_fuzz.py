"""A fixed small share of the damaged files; bench.py fuzz reads twenty thousand."""

from __future__ import annotations

import shutil
from dataclasses import replace

import fuzz
import pytest

from genwright.data import read as reading
from genwright.data.kinds import formats

SEED, SHARE, REPORTS = 7, 4, 2  # files of each target; a report takes longer to draw than all else to read


WITHOUT_FILES = {
    "<lambda>",  # of named data
    "_named_tu",
    "_graph_object",
    "list of graphs",
    "texts",
    "array and labels",
    "texts and labels",
    "molecules and values",
    "of_given.<locals>.<lambda>",  # of a data set of PyTorch
    "Bunch",
    "columns",
    "DataFrame",
    "array",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return fuzz.make(tmp_path_factory.mktemp("fuzz"))


@pytest.mark.parametrize("number, target", enumerate(fuzz.TARGETS), ids=[target.name for target in fuzz.TARGETS])
def test_damaged_files_get_a_sentence(number, target, home):
    """Whole files are read; damaged ones end with a sentence and no bug, in 10 s and 1 GiB."""
    here = shutil.copytree(home / target.name, home / "whole" / target.name)
    code, said, *_ = fuzz.command(target.command, here)
    assert code == target.code, said
    results = [
        fuzz.run(home, SEED, number + len(fuzz.TARGETS) * k)
        for k in range(REPORTS if target.command.startswith("report") else SHARE)
    ]
    assert {result.target for result in results} == {target.name}
    assert [result for result in results if result.wrong] == []


def test_every_format_of_files_has_a_seed(home, monkeypatch):
    """A new row of formats needs a target; those that read objects of Python alone, or data by name, have no files."""
    used = set()

    def noted(number, row):
        return replace(row, read=lambda source: used.add(number) or row.read(source))

    rows = formats()
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
    assert [fuzz.case(home, 3, k) for k in range(60)] == [fuzz.case(home, 3, k) for k in range(60)]
    assert len({fuzz.case(home, 3, 13 + len(fuzz.TARGETS) * k)[3] for k in range(20)}) > 15


def test_what_is_wrong_is_told():
    assert fuzz.judged(70, "genwright: a bug in genwright", 1.0, 1.0) == "exit 70"
    assert fuzz.judged(2, "genwright: x is damaged: write it again", 11.0, 1.0) == "hang"
    assert fuzz.judged(4, "genwright: the memory is not enough for this", 1.0, 1.0) == "memory"
    assert fuzz.judged(0, "", 1.0, 1025.0) == "memory"
    assert fuzz.judged(2, "Traceback", 1.0, 1.0) == "no sentence"
    assert fuzz.judged(2, "genwright: \x1b[31m is damaged", 1.0, 1.0) == "control characters"
    assert fuzz.judged(2, "genwright: x is damaged: write it again", 1.0, 1.0) == ""
