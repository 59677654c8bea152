"""Small specs and data that every test may use."""

import gc
import os
import shutil
from pathlib import Path

import pytest
import torch
from leaves import category

from genwright.core import domain
from genwright.core.spec import Marginal, Ordered, Real, Spec
from genwright.training import loop, machine

pytest_plugins = ["ledger"]
os.environ.pop("COLUMNS", None)  # by which commands would break their lines
torch.set_num_threads(1)
domain.FAILURES_RAISE = True
loop.PROBE_SECONDS = 0.0  # longer than such a fit itself
FAULTS = Path(__file__).with_name("faults")  # tests of what a disk keeps
MEMORY, ENOUGH = "/dev/shm", 2**32  # a folder in memory, and the free bytes that it needs for the folders of tests

if os.path.isdir(MEMORY) and shutil.disk_usage(MEMORY).free > ENOUGH:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", MEMORY)


def pytest_collection():
    """Nothing of what is imported and collected goes away: looking for it takes a third of the time."""
    gc.disable()


def pytest_collection_finish():
    """Spare the garbage collector the thousands of collected tests: it takes half a second to look through them. It
    looks at all else rarely, since that took a tenth of the time."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(10_000, 10, 100)


@pytest.fixture(autouse=True)
def no_wait_for_the_disk(request, monkeypatch):
    """Only tests of kills and full disks need files to be flushed."""
    if FAULTS not in request.path.parents:
        monkeypatch.setattr(os, "fsync", lambda handle: None)


@pytest.fixture(autouse=True)
def one_dtype(monkeypatch):
    """Tests say the same on every processor."""
    monkeypatch.setattr(machine, "has_bfloat16", lambda: False)


@pytest.fixture
def mixed():
    """A real, an ordered and a category column, the last two sometimes absent."""
    count = Ordered(
        10,
        optional=True,
        marginal=Marginal((-80.5, -0.5, 0.5, 3.5, 9.5, 89.5), (1e-3, 0.5, 0.3, 0.198, 1e-3), absent=0.2),
    )
    heavy = Real(scale=2.0, marginal=Marginal((-3.0, -1.0, 0.0, 1.0, 3.0), (0.1, 0.4, 0.4, 0.1)))
    return Spec((("heavy", heavy), ("count", count), ("class", category(0.2, 0.3, 0.5, absent=0.1))))


@pytest.fixture
def pictures():
    return Spec((("picture", Ordered(17, shape=(1, 8, 8), axis="grid")),))


@pytest.fixture
def nothing():
    """No given variables."""
    return Spec(())
