"""The command of the benchmarks: options from a function's parameters, trials that record elsewhere."""

import sys
import types

import bars
import bench
import pytest


@pytest.fixture
def call(tmp_path, monkeypatch):
    """call(words) -> what a benchmark was called with; it plans one row, and has one."""
    plan = bars.Plan("Z1", "error", "digits", "test", (0,), "1 item", "error", most=2.0)
    heard = []

    @bars.benchmark(tiny={"n": 1}, plans=("PLAN",))
    def made(run, n: int = 100, names: tuple[str, ...] = ("a",), fast: bool = False, share: float | None = None):
        heard.append({"n": n, "names": names, "fast": fast, "share": share, "trial": run.trial})
        return [plan.row(1.5)], {"n": n}

    module = types.ModuleType("made")
    module.PLAN, module.made, made.__module__ = plan, made, "made"
    monkeypatch.setitem(sys.modules, "made", module)
    monkeypatch.setattr(bars, "benchmarks", lambda: {"made": ("made", "what it measures")})
    monkeypatch.setattr(bars, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(bars, "_stamps", {})

    def once(*words):
        monkeypatch.setattr(
            sys, "argv", ["bench.py", *words, "--folder", str(tmp_path / "runs")][: None if words else 1]
        )
        bench.main()
        return heard

    return once


def test_parameters_are_options(call, tmp_path):
    (heard,) = call("made", "--names", "b", "c", "--fast", "--share", "0.5")
    assert heard == {"n": 100, "names": ["b", "c"], "fast": True, "share": 0.5, "trial": False}
    assert (tmp_path / "results" / "made.json").exists()


def test_a_trial_is_small_but_for_what_is_named_and_records_elsewhere(call, tmp_path):
    call("made", "--try")
    heard = call("made", "--n", "50", "--try")
    assert [(one["n"], one["trial"]) for one in heard] == [(1, True), (50, True)]
    assert not (tmp_path / "results").exists()


def test_rows_and_names_are_listed_without_measuring(call, capsys):
    assert call("made", "--rows") == [] and "error: <= 2" in capsys.readouterr().out
    assert call() == [] and "what it measures" in capsys.readouterr().out


def test_an_unknown_name_is_refused(call):
    with pytest.raises(SystemExit, match="no benchmark is called digit"):
        call("digit")
