"""Records of benchmarks name scripts and figures that exist, and say when and how they were measured."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"
RECORDS = {file.stem: json.loads(file.read_text()) for file in sorted((BENCHMARKS / "results").glob("*.json"))}
sys.path.insert(0, str(BENCHMARKS))

import bars  # noqa: E402
from mutants import MUTANTS  # noqa: E402
from wanted import AIM, MET, MISSED, NOT_MEASURED, WANTED, Figure, Wanted  # noqa: E402


@pytest.mark.parametrize("name", [name for name in RECORDS if not name.startswith("features-")])
def test_the_script_of_a_record_exists(name):
    assert (ROOT / RECORDS[name]["script"]).is_file()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.what)
def test_a_planted_bug_matches_the_source_once_and_its_tests_exist(mutant):
    source = (ROOT / "src" / "genwright" / mutant.file).read_text()
    assert source.count(mutant.before) == 1 and mutant.before != mutant.after
    for test in mutant.tests:
        file, *names = test.split("::")
        text = (ROOT / "tests" / file).read_text()
        assert all(f"def {name.split('[')[0]}(" in text for name in names), test


def test_every_bar_names_figures_on_record():
    """Or none at all: a figure that nobody records would stay unmeasured for ever."""
    for wanted in WANTED:
        for figure in wanted.figures:
            assert (BENCHMARKS / f"{figure.benchmark}.py").exists() or figure.benchmark in RECORDS, wanted.bar
        assert wanted.result(RECORDS) in (MET, MISSED, NOT_MEASURED, AIM)


def test_a_bar_is_judged_by_its_figures():
    records = {"speeds": {"details": {"share": 0.2}, "bars": [{"what": "ours", "measured": "0.9%", "met": True}]}}
    judged = lambda *figures, **more: Wanted("A1", "", figures, **more).result(records)
    ours = lambda **bound: Figure("speeds", "ours", **bound)
    assert judged(ours(most=1.0)) == judged(ours(least=0.9)) == judged(ours()) == MET
    assert judged(ours(least=1.0)) == judged(ours(most=1.0), Figure("speeds", ("share",), least=0.3)) == MISSED
    assert judged() == judged(ours(), Figure("speeds", "theirs")) == judged(ours(), outside="why") == NOT_MEASURED
    assert judged(ours(), aim=True) == AIM


def test_a_record_says_when_and_how_and_keeps_earlier_figures(tmp_path, monkeypatch):
    monkeypatch.setattr(bars, "RESULTS", tmp_path)
    monkeypatch.setattr(sys, "argv", [str(BENCHMARKS / "startup.py")])
    plan = bars.Plan("L1", "seconds", "none", "time", seeds=(0, 1), budget="1 CPU-minute", most=2.0, unit="s")
    for measured in (3.0, 2.5, 2.5):
        found = json.loads(bars.record("some", [plan.row(measured, se=0.1)]).read_text())
    assert found.keys() >= {"benchmark", "script", "machine", "commit", "dirty", "date"}
    assert found["machine"].keys() >= {"load", "cores"}
    (row,) = found["bars"]
    assert row["plan"]["seeds"] == [0, 1] and row["se"] == 0.1 and not row["met"] and row["bar"] == "<= 2"
    assert [attempt["measured"] for attempt in row["earlier"]] == [3.0]
