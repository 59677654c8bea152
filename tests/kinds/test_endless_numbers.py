"""Texts that Python reads as infinite numbers are names; a run of data that cannot be opened again is not begun."""

import random

import pytest

import genwright
from genwright.core.errors import DataError
from genwright.kinds.tables.domain import Tables
from genwright.kinds.values.frames import columns_beside
from genwright.run.process import run_state


def table(path, cells):
    draw = random.Random(0)
    path.write_text("commit,x\n" + "".join(f"{cell},{draw.random():.3f}\n" for cell in cells))
    return path


def column(path):
    return genwright.load_data(path).domain.columns[0]


def test_commits_are_labels_and_not_infinite(tmp_path):
    hashes = ["12e4567", "34e9999", "1234567"]
    path = table(tmp_path / "a.csv", hashes * 60)
    assert sorted(column(path).labels) == sorted(hashes)
    genwright.fit(path, "independent", steps=1, out=tmp_path / "run", progress=False)
    drawn = genwright.load_model(tmp_path / "run").sample(50, seed=0)
    assert set(drawn["commit"]) <= set(hashes)


def test_commits_that_are_all_different_are_no_constant(tmp_path):
    assert column(table(tmp_path / "a.csv", [f"{k}e{9999 - k}" for k in range(10, 99)])).kind == "ignored"


def test_one_number_that_is_too_large_is_asked_about(tmp_path):
    data = genwright.load_data(table(tmp_path / "a.csv", [*(f"{k / 8}" for k in range(199)), "1e400"]))
    assert [asked.answer for asked in data.questions] == [{"missing": {"commit": ["1e400"]}}]


def test_a_text_beside_items_is_a_number_as_in_a_table():
    found = columns_beside([{"a": "12e4567", "b": "inf", "c": "1.5"}, {"a": "1.5", "b": "2", "c": "2"}])
    assert found["a"].tolist() == ["12e4567", "1.5"] and found["b"].tolist() == [float("inf"), 2.0]
    assert found["c"].tolist() == [1.5, 2.0]


@pytest.mark.parametrize("damage", [{"columns": [{"kind": "number"}]}, {"rules": float("inf")}], ids=str)
def test_a_run_that_could_not_be_opened_again_is_not_begun(tmp_path, monkeypatch, damage):
    """Whatever the reason: the domain is read back before anything is trained or written."""
    data = genwright.load_data(table(tmp_path / "a.csv", ["a", "b"] * 60))
    written = Tables.to_json
    monkeypatch.setattr(Tables, "to_json", lambda self: written(self) | damage)
    with pytest.raises(DataError):
        genwright.fit(data, "independent", steps=1, out=tmp_path / "run", progress=False)
    assert run_state(tmp_path / "run").status == "waiting"
