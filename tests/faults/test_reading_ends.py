# Tests kinds/formats/sequences/sequence_files.py
"""Reading has an end, and no file takes the process with it, by whatever door it comes and in whatever thread."""

import ast
import gzip
import os
import re
import sqlite3
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cache
from pathlib import Path

import fuzz
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch
from other_forms import FORMS, Form, put_form

import genwright
from genwright.core import limits
from genwright.core.errors import DataError
from genwright.core.reader_process import is_reading_process, read_in_process
from genwright.kinds import bounded_reading, known_kinds
from genwright.kinds.formats.forms import FORMS as ROWS
from genwright.kinds.formats.forms import PARSED_BY_OTHERS, rooms_of_others
from genwright.kinds.formats.sequences import sequence_files
from genwright.kinds.formats.source import Source
from genwright.kinds.formats.tables import databases
from genwright.kinds.load import load_to_compare, read_items
from genwright.sound.kinds.audio.sound_files import wav_bytes

SOURCE = Path(genwright.__file__).parent
OTHERS = {  # modules of other people in C or Rust, or that recurse
    "Bio", "av", "duckdb", "h5py", "lxml", "music21", "pillow_heif", "pydicom", "pyreadstat", "python_calamine",
    "scipy.io", "soundfile", "sqlite3",
}  # fmt: skip
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
BASE = b"SQLite format 3\0"
ALIGNED = "CLUSTAL W\n\n" + "".join(f"s{k:<9} ACGTACGT\n" for k in range(24)) + "\n"


# ---------------------------------------------------------------------- which process reads what


@cache
def _module(name: str) -> ast.Module:
    whole = name.removeprefix("genwright.") if name.startswith("genwright.") else f"kinds.{name}"
    return ast.parse((SOURCE / f"{whole.replace('.', '/')}.py").read_text())


def libraries(module: str, function: str) -> set[str]:
    """Other people's modules that a function of a reader, and those of its module that it calls, import."""
    tree, found, seen, names = _module(module), set(), set(), [function]
    functions = {node.name: node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    places = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    while names:
        if (name := names.pop()) in functions and name not in seen:
            seen.add(name)
            places.append(functions[name])
            names += [node.id for node in ast.walk(functions[name]) if isinstance(node, ast.Name)]
    for node in (node for place in places for node in ast.walk(place)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module)
        elif isinstance(node, ast.ImportFrom) and node.level == 1 and node.module == "dicom":
            found.add("pydicom")
    return {name if name in OTHERS else name.partition(".")[0] for name in found}


def test_readers_of_other_peoples_parsers_have_a_process_of_their_own():
    readers = {form.reader for form in ROWS if form.kind}
    assert set(PARSED_BY_OTHERS) <= readers
    with_others = {one for one in readers if libraries(*one.split(":")) & OTHERS}
    assert len(with_others) > 12 and not with_others - set(PARSED_BY_OTHERS)


def same(one: object, other: object) -> bool:
    """Whether two values that readers returned are equal, to the types of their cells."""
    if type(one) is not type(other):
        return False
    if isinstance(one, pd.DataFrame):
        return one.equals(other) and list(one.columns) == list(other.columns) and same(one.attrs, other.attrs)
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and all(map(same, one.flat, other.flat))
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, nx.Graph):
        return nx.utils.graphs_equal(one, other)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if hasattr(one, "__dict__") and vars(one):
        return same(vars(one), vars(other))
    return one == other or (one != one and other != other)


WAVES = {f"set/{k}.wav": wav_bytes(np.sin(np.arange(80 + k)) / 2, 8000) for k in range(9)}
ALL_FORMS = [*FORMS, Form("wav", "set", WAVES, {}, "audio")]
FIRST = {  # of each package; the others are long
    (form.kind, form.needs): form.name for form in ALL_FORMS[::-1] if rooms_of_others(list(form.files))
}
CELLS = [
    pytest.param(form, id=form.name, marks=() if form.name in FIRST.values() else pytest.mark.long)
    for form in ALL_FORMS
]


@linux_only
@pytest.mark.parametrize("form", CELLS)
def test_a_form_is_read_alike_in_both_processes(form, tmp_path):
    """The others come by threads."""
    words = form.options.split()
    options = {name[2:].replace("-", "_"): value for name, value in zip(words[::2], words[1::2])}
    source = Source(str(put_form(form, tmp_path)), options)
    here = known_kinds._read(source)
    assert same(read_in_process(source.path, 60, known_kinds._read, source), here)


# ---------------------------------------------------------------------- doors


def put(name: str, content: str | bytes) -> str:
    Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
    return name


def zipped() -> str:
    with zipfile.ZipFile("s.zip", "w") as archive:
        archive.writestr("s.aln", ALIGNED)
    return "s.zip"


def in_a_thread(work) -> object:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


DOORS = {
    "load_data": lambda: genwright.load_data(put("s.aln", ALIGNED)),
    "load_to_compare": lambda: load_to_compare(put("s.aln", ALIGNED), target="x"),
    "read_items": lambda: read_items(put("s.aln", ALIGNED), genwright.load_data(list("abcde" * 9)).domain),
    "zip": lambda: genwright.load_data(zipped()),
    "gzip": lambda: genwright.load_data(put("s.aln.gz", gzip.compress(ALIGNED.encode()))),
    "wrong suffix": lambda: genwright.load_data(put("s.csv", BASE)),
    "no suffix": lambda: genwright.load_data(put("s", ALIGNED)),
    "address": lambda: genwright.load_data(f"sqlite:///{put('t.db', BASE)}"),
    "thread": lambda: in_a_thread(lambda: genwright.load_data(put("s.aln", ALIGNED))),
}


@linux_only
@pytest.mark.parametrize("door", DOORS)
def test_a_reader_that_dies_is_a_sentence_at_every_door(door, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    process = os.getpid()

    def die(*_) -> None:
        if os.getpid() == process:
            raise AssertionError("read in the process that asked")
        os.abort()

    monkeypatch.setattr(sequence_files, "read_records", die)
    monkeypatch.setattr(databases, "_open_sqlite", die)
    with pytest.raises(DataError, match="SIGABRT"):
        DOORS[door]()


@linux_only
def test_the_command_says_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "s.aln").write_text(ALIGNED)
    monkeypatch.setattr(sequence_files, "read_records", lambda *_: os.abort())
    code, said, *_ = fuzz.command("describe s.aln", tmp_path)
    assert code == 2 and said.count("\n") == 1 and "s.aln" in said and fuzz.judged(code, said, 0, 0) == ""


def loop(*_) -> None:
    while True:
        pass


def take_memory(*_) -> None:
    np.ones(2**36)


def recurse(*_) -> None:
    recurse()


@pytest.mark.parametrize("thread", [False, True])
@pytest.mark.parametrize("fault", [loop, take_memory])
def test_a_reader_of_ours_ends_in_every_thread(fault, thread, tmp_path, monkeypatch):
    """A table as text is read in this process; in another thread, no timer could end it."""
    from genwright.kinds.formats.tables import delimited

    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    monkeypatch.setattr(bounded_reading, "FREE_SECONDS", 0.6)
    monkeypatch.setattr(delimited, "read_delimited", fault)
    monkeypatch.setattr(delimited, "read_table", fault)
    read, start = lambda: genwright.load_data(tmp_path / "t.csv"), time.process_time()
    if thread and sys.platform != "linux":
        pytest.skip("processes are forked on Linux alone")
    with pytest.raises(DataError, match=r"t\.csv.*GENWRIGHT_MAX_SIZE"):
        in_a_thread(read) if thread else read()
    assert time.process_time() - start < 3


def test_who_sets_a_size_may_wait(tmp_path, monkeypatch):
    (tmp_path / "t.csv").write_text("a,b\n" + "1,2\n3,4\n" * 9)
    monkeypatch.setattr(bounded_reading, "FREE_SECONDS", 1e-6)
    monkeypatch.setenv(limits.VARIABLE, "1G")
    assert sum(genwright.load_data(tmp_path / "t.csv").sizes.values()) == 18


def test_files_within_files_have_an_end(tmp_path):
    content = b"a,b\n1,2\n"
    for _ in range(1500):
        content = gzip.compress(content, 1)
    (tmp_path / "deep.gz").write_bytes(content)
    with pytest.raises(DataError, match=re.escape("deep")):
        genwright.load_data(tmp_path / "deep.gz")


# ---------------------------------------------------------------------- files that had no end


VIEW = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT 1 FROM c) SELECT n FROM c WHERE n > 1"


def _view_without_end(path: Path) -> None:
    with closing(sqlite3.connect(path)) as base:
        base.execute(f"CREATE VIEW v AS {VIEW}")


ENDLESS = {
    "alone.aln": (lambda path: path.write_text("CLUSTAL 2.1 multiple alignment\n\n"), "Bio"),
    "view.db": (_view_without_end, ""),
}


@linux_only
@pytest.mark.parametrize("name", ["alone.aln", pytest.param("view.db", marks=pytest.mark.long)])
def test_files_that_had_no_end(name, tmp_path, monkeypatch):
    write, needs = ENDLESS[name]
    if needs:
        pytest.importorskip(needs)
    write(tmp_path / name)
    monkeypatch.setattr(bounded_reading, "FREE_SECONDS", 1.0)
    with pytest.raises(DataError, match=name):
        genwright.load_data(tmp_path / name)
    assert not is_reading_process()
