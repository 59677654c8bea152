"""Rows on disk: what is read is what was written, whatever befalls the file."""

import multiprocessing
import sqlite3

import numpy as np
import pytest

from genwright.molecules.chemistry import descriptors
from genwright.molecules.chemistry.descriptors import RowCache

TEXTS = [f"text {i}" for i in range(1_200)]  # more than one question asks for
ROWS = np.random.default_rng(0).normal(size=(len(TEXTS), 5)).astype(np.float32)


@pytest.fixture
def cache(tmp_path):
    cache = RowCache(tmp_path / "new folder" / "rows.sqlite", 5)
    cache.write(TEXTS, ROWS)
    return cache


def equal(found, rows=ROWS):
    return len(found) == len(rows) and all((found[text] == row).all() for text, row in zip(TEXTS, rows))


def test_what_is_read_is_what_was_written(cache):
    assert equal(cache.read([*TEXTS, "another"])) and cache.read([]) == {}


def test_rows_without_numbers_stay_so(cache):
    cache.write(["gaps"], np.full((1, 5), np.nan))
    assert np.isnan(cache.read(["gaps"])["gaps"]).all()


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"no database" * 1_000,
        lambda data: data[: len(data) // 2],
        lambda data: data[:2_000] + b"\xff" * 3_000 + data[5_000:],
        lambda data: b"",
    ],
    ids=["other", "cut", "overwritten", "empty"],
)
def test_a_damaged_file_gives_no_wrong_row_and_serves_again(cache, damage):
    cache.path.write_bytes(damage(cache.path.read_bytes()))
    found = cache.read(TEXTS)
    assert all((found[text] == ROWS[TEXTS.index(text)]).all() for text in found)
    cache.write(TEXTS, ROWS)
    again = cache.read(TEXTS)
    assert equal(again) or all((again[text] == ROWS[TEXTS.index(text)]).all() for text in again)


@pytest.mark.parametrize("row", [b"", b"short", ROWS[0].tobytes(), ROWS[1].tobytes() + b"0" * 16])
def test_a_row_that_was_changed_is_not_believed(cache, row):
    with sqlite3.connect(cache.path) as table:
        table.execute("UPDATE rows SET row = ?", (row,))
    assert cache.read(TEXTS) == {}
    cache.write(TEXTS, ROWS)
    assert equal(cache.read(TEXTS))


def test_rows_of_another_width_are_not_believed(cache):
    assert RowCache(cache.path, 4).read(TEXTS) == {}


def test_nothing_is_kept_where_nothing_can_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way")
    for path in (tmp_path / "file" / "rows.sqlite", tmp_path):
        cache = RowCache(path, 5)
        cache.write(TEXTS, ROWS)
        assert cache.read(TEXTS) == {}


def test_who_waits_too_long_goes_on_without(cache, monkeypatch):
    monkeypatch.setattr(descriptors, "WAIT", 0.01)
    other = sqlite3.connect(cache.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    cache.write(["more"], ROWS[:1])
    assert cache.read(TEXTS) == {}
    other.execute("ROLLBACK")
    other.close()
    assert equal(cache.read(TEXTS))


def _write(path, part):
    cache = RowCache(path, 5)
    for i in range(part, len(TEXTS), 40):
        cache.write(TEXTS[i : i + 1], ROWS[i : i + 1])


def test_processes_share_a_file(tmp_path):
    path, fork = tmp_path / "rows.sqlite", multiprocessing.get_context("fork")
    processes = [fork.Process(target=_write, args=(path, part)) for part in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    found = RowCache(path, 5).read(TEXTS)
    wanted = [text for i, text in enumerate(TEXTS) if i % 40 < 4]
    assert sorted(found) == sorted(wanted)
    assert all((found[text] == ROWS[TEXTS.index(text)]).all() for text in wanted)
