# Tests core/domain.py, core/limits.py, kinds/formats/folders.py
"""A process that reads: whatever its reader does, this process gets a value, an error or a sentence, and no process is
left behind."""

import ctypes
import os
import signal
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
import torch
from forked import Forked

from genwright.core import limits, reader_process
from genwright.core.domain import OpenQuestions, Question
from genwright.core.errors import DataError, ItemError
from genwright.core.reader_process import read_in_process
from genwright.kinds.formats.folders import Damaged

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
FILE = Path("planted.bin")


class Command:
    """A value that runs a command where anything unpickles it."""

    def __init__(self, place: Path):
        self.place = place

    def __reduce__(self):
        return os.mkdir, (str(self.place),)


class Strange:
    """A class that no reader returns."""


def without_end() -> None:
    sum(range(10**15))  # in C, which no signal interrupts


def answer_garbage() -> None:
    os.write(next(n for n in range(3, 64) if "memfd" in os.path.realpath(f"/proc/self/fd/{n}")), b"\x01" * 99)
    os._exit(0)


FAULTS = {
    "no end": (without_end, "processor time"),
    "abort": (os.abort, "SIGABRT"),
    "segmentation fault": (lambda: ctypes.string_at(0), "SIGSEGV"),
    "exit": (lambda: os._exit(3), "code 3"),
    "killed": (lambda: os.kill(os.getpid(), signal.SIGKILL), "SIGKILL"),
    "garbage": (answer_garbage, "planted.bin"),
    "strange class": (Strange, "Strange"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_reader_is_a_sentence(fault):
    function, said = FAULTS[fault]
    before = set(psutil.Process().children())
    with pytest.raises(DataError, match=said) as caught:
        read_in_process(FILE, 1, function)
    assert "planted.bin" in str(caught.value)
    assert read_in_process(FILE, 1, lambda: 3) == 3
    assert set(psutil.Process().children()) <= before


def test_an_answer_runs_nothing(tmp_path):
    with pytest.raises(DataError, match="mkdir"):
        read_in_process(FILE, 5, Command, tmp_path / "made")
    assert not (tmp_path / "made").exists()


def raise_system_error() -> None:
    try:
        raise OSError(28, "No space left")
    except OSError as error:
        raise DataError("full") from error


ERRORS = [
    ItemError(3, "line 4:", "no number"),
    OpenQuestions("two tables", [Question.whether("Is it `a`?", table="a")]),
    Damaged("cut short"),
    FileNotFoundError(2, "No such file", "x.bin"),
    KeyError("name"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_comes_back_as_itself(error):
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        read_in_process(FILE, 5, fail)
    found = vars(caught.value).copy()
    notes = found.pop("__notes__", [])
    assert type(caught.value) is type(error) and found == vars(error)
    assert str(caught.value) == str(error) or "in fail" in notes[0]  # a bug, with its traceback


def test_the_cause_and_the_warnings_of_an_error_come_back():
    with pytest.raises(DataError, match="full") as caught:
        read_in_process(FILE, 5, raise_system_error)
    assert caught.value.__cause__.errno == 28
    with pytest.warns(UserWarning, match="skipped"):
        read_in_process(FILE, 5, warnings.warn, "1 file skipped")


def test_large_values_are_not_copied_and_are_the_readers_own():
    numbers, names = np.ones((2000, 2000)), pd.DataFrame({"x": np.arange(9.0), "name": list("abcdefghi")})
    start = time.process_time()
    found, frame = read_in_process(FILE, 20, lambda: (numbers, names))
    assert time.process_time() - start < 0.05  # 32 MB would take that long to unpickle
    pd.testing.assert_frame_equal(frame, names)
    found[0], frame.loc[0, "x"] = 2, -1  # writable, and nobody else's
    assert found.sum() == 2001 * 2000 and numbers.sum() == 2000**2 and names["x"][0] == 0


def read_for_ever(pid_file: Path, function) -> None:
    """Within a forked process: a reader that notes its number and does not end."""

    def read() -> None:
        pid_file.write_text(str(os.getpid()))
        function()

    try:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as the command line has it
        read_in_process(FILE, 60, read)
    except KeyboardInterrupt:
        os._exit(7)


TENSORS = {
    "floats": torch.arange(12.0).reshape(3, 4),
    "halves": torch.arange(4, dtype=torch.bfloat16),
    "truths": torch.tensor([True, False]),
    "a number": torch.tensor(7),
    "none": torch.zeros(0, 3, dtype=torch.int32),
    "columns": torch.arange(6).reshape(2, 3).T,
    "complex": torch.tensor([1 + 2j]),
}


def test_tensors_come_back_as_plain_bytes(monkeypatch):
    monkeypatch.setattr(torch, "load", None)
    found = read_in_process(FILE, 5, lambda: TENSORS)
    for name, tensor in TENSORS.items():
        assert found[name].dtype == tensor.dtype and torch.equal(found[name], tensor), name
    found["floats"][0, 0] = 5.0  # it is the reader's own


def test_a_tensor_of_a_dtype_that_is_none_is_refused():
    with pytest.raises(ValueError):
        reader_process.tensor_of(np.zeros(8, np.uint8), "load", (8,))


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 7), (signal.SIGINT, 7), (signal.SIGKILL, -9)])
def test_a_signal_ends_reader_and_process_at_once(number, code, tmp_path):
    pid_file = tmp_path / "pid"
    parent = Forked(lambda: read_for_ever(pid_file, without_end), tmp_path / "out", tmp_path / "out")
    while not (pid_file.exists() and pid_file.read_text()):
        time.sleep(0.01)
    reader, start = psutil.Process(int(pid_file.read_text())), time.monotonic()
    os.kill(parent.pid, number)
    assert parent.wait(20) == code
    assert psutil.wait_procs([reader], 20)[1] == []
    assert time.monotonic() - start < 5  # 10 ms where nothing else runs


def test_a_process_with_busy_threads_may_fork():
    """As those of a studio or a notebook: locks of their libraries are held, threads of torch wait for work."""
    before, done = torch.get_num_threads(), threading.Event()
    torch.set_num_threads(2)
    torch.ones(300, 300) @ torch.ones(300, 300)

    def work() -> None:
        while not done.is_set():
            np.linalg.svd(np.random.default_rng(0).normal(size=(20, 20)))
            pd.DataFrame({"x": [str(k) for k in range(100)]}).to_csv(os.devnull)

    def read(k: int) -> float:
        return float(torch.full((200, 200), k).double().matmul(torch.ones(200, 200).double()).sum() + np.ones(9).sum())

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda k: read_in_process(FILE, 20, read, k), range(12)))
    finally:
        done.set()
        torch.set_num_threads(before)
    assert found == [k * 200**3 + 9 for k in range(12)]


# ---------------------------------------------------------------------- a bound within this process


def test_a_loop_of_python_ends_and_the_timer_of_others_goes_on():
    rang = []
    before = signal.signal(signal.SIGPROF, lambda *_: rang.append(1))
    signal.setitimer(signal.ITIMER_PROF, 1)
    try:
        start = time.process_time()
        with pytest.raises(DataError, match=r"planted.bin.*GENWRIGHT_MAX_SIZE"), limits.bounded_time(FILE, 0.1):
            while True:
                pass
        assert time.process_time() - start < 0.5 and not rang
        assert 0 < signal.getitimer(signal.ITIMER_PROF)[0] <= 0.95
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def test_a_source_in_another_one_adds_its_time(monkeypatch):
    monkeypatch.setattr(limits, "FREE_SECONDS", 1.0)
    with limits.bounded_time(FILE, 2.0):
        with limits.bounded_time(FILE, 4.0):
            left = signal.getitimer(signal.ITIMER_PROF)[0]
    assert 4.5 < left <= 5.1
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_a_reading_process_is_one():
    assert read_in_process(FILE, 5, reader_process.is_reading_process) and not reader_process.is_reading_process()


def test_a_small_array_keeps_no_large_one_in_memory():
    shared = lambda: Path("/proc/self/maps").read_text().count("memfd:genwright")
    others = shared()  # of other tests
    whole, small = read_in_process(FILE, 5, lambda: (np.arange(10**6), np.arange(4)))
    assert shared() > others and whole[-1] == 10**6 - 1
    small[0] = 7  # it is the caller's own
    del whole
    assert shared() <= others and small.tolist() == [7, 1, 2, 3]
