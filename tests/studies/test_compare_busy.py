# Tests studies/compare/course.py, studies/study.py
"""A comparison on a machine that is busy, or that is stopped: every family has its headline numbers, or a reason."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator
from killing import Killed, killed_at
from made_results import differences
from measuring_little import tiny_presets, without_lessons

from genwright import load_data
from genwright.core.errors import Unsupported
from genwright.measure import effort
from genwright.measure.metric import Measured
from genwright.measure.suites import tables
from genwright.run.model import Model
from genwright.studies.compare import compare as module
from genwright.studies.compare import measuring
from genwright.studies.compare.compare_families import compare, plan_comparison
from genwright.studies.compare.compare_plan import forecast
from genwright.studies.compare.course import Course
from genwright.studies.compare.measuring import Measuring
from genwright.studies.report.records import Row
from genwright.studies.report.results import read, schema
from genwright.studies.study import Study

FAMILIES = ["flow", "vae"]
BASELINES = ["copula", "bootstrap"]
HEADLINE = {"nats", "two_sample_auc", "imputation_error"}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    a = rng.normal(size=120).round(3)
    return load_data(pd.DataFrame({"a": a, "b": (a + rng.normal(size=120)).round(3), "c": rng.choice(["x", "y"], 120)}))


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Two baselines, one split, few items, nothing drawn, and no memory given back, which takes half a second."""
    monkeypatch.setattr(module, "count_of", lambda data, seconds: 1)
    families = module.registry.families
    baselines = lambda kind, task, baselines=False: BASELINES if baselines else families(kind, task)
    monkeypatch.setattr(module.registry, "families", baselines)
    monkeypatch.setattr(tables.Suite, "LEAST", {"samples": 24, "scored": 12, "completed": 6, "attacked": 24})
    monkeypatch.setattr(measuring, "choose_sizes", lambda suite, *_: effort.least_sizes(suite))
    monkeypatch.setattr(measuring, "look_costs", lambda *_: {})
    monkeypatch.setattr("genwright.measure.metrics.trees.ROUNDS", 2)
    monkeypatch.setattr("genwright.measure.intervals.bootstrap_se.__defaults__", (4,))
    monkeypatch.setattr(tables, "RESAMPLES", 4)
    monkeypatch.setattr(tables.Suite, "ROWS", without_lessons(tables.Suite.ROWS))
    monkeypatch.setattr(tables, "DRAWS", 2)
    tiny_presets(monkeypatch)
    monkeypatch.setattr(tables.Suite, "plot", lambda self, model, folder: {})
    monkeypatch.setattr("genwright.studies.report.pages.plots_of", lambda runs: [])
    monkeypatch.setattr("genwright.run.peak_memory.give_back", lambda: None)


@pytest.fixture
def busy(monkeypatch):
    """The time is up when training ends."""
    monkeypatch.setattr(Course, "elapsed", property(lambda self: self.seconds + 1))


def run(data, out, **others):
    call = dict(families=FAMILIES, minutes=0.005) if not {"more_minutes", "replay"} & set(others) else {}
    return compare(data, out=out, progress=False, **call, **others)


def told(results: dict) -> None:
    """Every row has its headline numbers, or a reason of its own."""
    assert results["finished"] and not list(Draft202012Validator(schema()).iter_errors(results))
    measuring = results["models"] + results["baselines"]
    assert [row["family"] for row in measuring] == FAMILIES + BASELINES
    for row in measuring:
        missing = HEADLINE - set(row["metrics"])
        assert bool(missing) == ("unmeasured" in row), row
    assert "log-prob" in measuring[-1]["unmeasured"] and "complete" in measuring[-1]["unmeasured"]
    assert all(0 < row["cpu_share"] <= 1 for row in results["models"]) and 0 < results["machine"]["share"] <= 1


@pytest.mark.long
def test_on_a_busy_machine_every_family_has_its_headline_numbers(data, tmp_path, busy):
    first = run(data, tmp_path / "c")
    told(first.results)
    assert {row["measured"] for row in first.results["models"]} == {"first look"}
    assert set(first.results["models"][0]["metrics"]) == HEADLINE | {"copies", "memorisation", "outside"}
    assert first.results["reference"]["metrics"] and (first.folder / "report.html").exists()
    assert differences(first.results, run(data, tmp_path / "r", replay=first.folder).results) == []


@pytest.mark.long
def test_what_is_too_slow_for_a_first_look_is_named_and_left_out(data, tmp_path, monkeypatch, busy):
    costs = lambda suite, model, first, seconds: {
        "samples": effort.Cost(0.0, 9.0 if model.config["family"] == "vae" else 0.0, lambda n: (1, n))
    }
    monkeypatch.setattr(measuring, "look_costs", costs)
    sample, drawn = Model.sample, []
    monkeypatch.setattr(
        Model, "sample", lambda self, *n, **of: drawn.append(self.config["family"]) or sample(self, *n, **of)
    )
    first = run(data, tmp_path / "c")
    flow, vae = first.results["models"]
    assert "flow" in drawn and "vae" not in drawn
    assert "two_sample_auc" in flow["metrics"] and "two_sample_auc" not in vae["metrics"] and vae["metrics"]
    assert first.results["measured"]["slow"] == {"samples of vae": 900.0} and "15:00" in vae["unmeasured"]
    assert not list(Draft202012Validator(schema()).iter_errors(first.results))
    monkeypatch.setattr(measuring, "look_costs", None)  # a replay needs no clock
    assert differences(first.results, run(data, tmp_path / "r", replay=first.folder).results) == []


def test_a_later_end_is_announced_and_an_earlier_one_is_not(monkeypatch):
    said = []
    monkeypatch.setattr(Course, "tell", lambda self, sentence: said.append(sentence))
    monkeypatch.setattr(Course, "elapsed", 60.0)
    with Course(False, 100.0) as course:
        course.announce(40.0)
        assert not said and course.announced == 100.0
        course.announce(80.0)
        assert len(said) == 1 and course.announced == 140.0


@pytest.mark.parametrize("seen, left, announced", [(1, 9, 100.0), (5, 5, 120.0), (9, 1, 100.0), (0, 0, 100.0)])
def test_an_end_is_foretold_from_the_half_on(seen, left, announced, monkeypatch):
    monkeypatch.setattr(Course, "elapsed", 60.0)
    with Course(False, 100.0) as course:
        Measuring(Study(None, None), None, None, {}, "cpu", course, None)._announce_end(0.0, seen, left)
        assert course.announced == announced


def test_facts_of_a_first_look_stay_where_there_is_no_time_for_more_samples(tmp_path):
    look = dict.fromkeys(["two_sample_auc", "broken_rules", "pair_error"], {"value": 0.5})
    results = SimpleNamespace(metrics={"headline": {"samples": "two_sample_auc"}, "facts": {"broken_rules": "rows"}})
    row = Row("vae", metrics=look)
    found = measuring._numbers(row, Measured({}, {}, {}), tmp_path, results)["metrics"]
    assert set(found) == {"two_sample_auc", "broken_rules"}


@pytest.mark.long
def test_minutes_that_are_added_train_and_measure_further(data, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Course, "elapsed", property(lambda self: self.seconds + 1))
        run(data, tmp_path / "c")
    again = run(data, tmp_path / "c", more_minutes=0.005).results
    told(again)
    assert again["plan"]["further"] == [0.005] and again["plan"]["minutes"] == 0.005
    # items are not compared, since the machine may have become slower; a run that stopped by itself gets no more time
    assert max(row["config"]["stages"][-1].get("more", 0.0) for row in again["models"]) >= 0.15
    assert all("measured" not in row and set(row["metrics"]) > HEADLINE for row in again["models"])
    assert differences(again, run(data, tmp_path / "r", replay=tmp_path / "c").results) == []
    (tmp_path / "c" / "report.html").unlink()
    assert run(data, tmp_path / "c").results == again and (tmp_path / "c" / "report.html").exists()


@pytest.mark.long
def test_a_killed_comparison_goes_on_and_lacks_nothing(data, tmp_path, monkeypatch):
    """Killed between training and measuring, within the first look, within measuring, and before the page."""
    places = [
        (Measuring, "first_look", 0, []),
        (tables.Suite, "measure", 2, FAMILIES),
        (tables.Suite, "measure", 3, FAMILIES + BASELINES),
        (module, "report", 0, FAMILIES + BASELINES),
    ]
    for owner, name, count, measured in places:
        with killed_at(monkeypatch, owner, name, count), pytest.raises(Killed):
            run(data, tmp_path / "c")
        left = read(tmp_path / "c")
        assert [row.family for row in left.models + left.baselines if row.metrics] == measured
    done = run(data, tmp_path / "c").results
    told(done)
    assert differences(done, run(data, tmp_path / "r", replay=tmp_path / "c").results) == []
    for family in FAMILIES:
        there, here = (tmp_path / folder / family / "weights.safetensors" for folder in "cr")
        assert there.read_bytes() == here.read_bytes()


@pytest.mark.long
def test_ctrl_c_writes_the_page_of_what_was_measured(data, tmp_path, monkeypatch, capsys):
    put, measuring = Study.replace_row, []

    def stopped(self, row, baseline=False):
        put(self, row, baseline)
        measuring.append(row)
        if len(measuring) == 5:  # four were trained
            raise KeyboardInterrupt

    monkeypatch.setattr(Study, "replace_row", stopped)
    with pytest.raises(KeyboardInterrupt):
        run(data, tmp_path / "c")
    page = (tmp_path / "c" / "report.html").read_text()
    assert "has not finished" in page and "flow" in page
    stored = json.loads((tmp_path / "c" / "results.json").read_text())
    assert not stored["finished"] and not list(Draft202012Validator(schema()).iter_errors(stored))
    monkeypatch.setattr(Study, "replace_row", put)
    told(run(data, tmp_path / "c").results)


@pytest.mark.long
def test_a_family_that_cannot_be_measured_says_why(data, tmp_path, monkeypatch, busy):
    sample = Model.sample

    def fails(self, *arguments, **options):
        if self.config["family"] == "vae":
            raise Unsupported("its draws cannot be read")
        return sample(self, *arguments, **options)

    monkeypatch.setattr(Model, "sample", fails)
    found = run(data, tmp_path / "c").results
    assert found["finished"] and found["models"][0]["metrics"]
    assert "Two-sample AUC: measuring it failed: its draws cannot be read" in found["models"][1]["unmeasured"]


def test_a_forecast_trains_and_writes_nothing(data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("genwright.studies.compare.turns.fit", None)
    assert "done in 3:00" in forecast(data, plan_comparison(families=FAMILIES, minutes=1.0))[-1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_what_takes_little_is_measured_first(data, tmp_path, monkeypatch):
    measured, measure = [], tables.Suite.measure

    def counted(self, model, only=None):
        measured.append((model.config["family"], only is not None))
        found = measure(self, model, only=only)
        seconds = {"vae": 1.0, "flow": 2.0}.get(model.config["family"], 0.0)
        return found._replace(seconds={"sample": seconds, "evaluate": 0.0})

    monkeypatch.setattr(tables.Suite, "measure", counted)
    run(data, tmp_path / "c")
    looks = [family for family, headline in measured if headline][: len(FAMILIES + BASELINES)]  # then before training
    assert looks == FAMILIES + BASELINES and measured[: len(looks)] == [(family, True) for family in looks]
    assert [family for family, headline in measured if not headline] == [*BASELINES, "vae", "flow"]


@pytest.mark.long
def test_further_splits_come_last_and_where_there_is_time(data, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "count_of", lambda data, seconds: 3)
    monkeypatch.setattr(module.registry, "families", lambda kind, task, baselines=False: ["copula"])
    found = compare(data, "flow", minutes=0.005, out=tmp_path / "c", progress=False).results
    assert found["measured"]["splits"] == found["measured"]["wanted"] == 3
    assert all(len(row["metrics"]["nats"]["splits"]) == 3 for row in found["models"])
    assert {len(row["splits"]) for row in found["models"]} == {2}
    assert differences(found, run(data, tmp_path / "r", replay=tmp_path / "c").results) == []


@pytest.mark.parametrize("left, count", [(500.0, 5), (120.0, 4), (60.0, 1), (-1.0, 1)])
def test_splits_are_as_many_as_time_allows_and_no_two(left, count, monkeypatch):
    monkeypatch.setattr(Course, "elapsed", property(lambda self: self.seconds - left))
    row = Row("vae", seconds={"sample": 10.0, "evaluate": 5.0})
    done = Study(SimpleNamespace(models=[row], baselines=[]), None)
    with Course(False, 1000.0) as course:
        assert Measuring(done, None, None, {}, "cpu", course, None).splits_in_time(5, 15.0) == count
