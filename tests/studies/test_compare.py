# Tests studies/compare/compare.py, studies/compare/further.py
"""The comparison with families and suites that stand in for real ones: shares, failures, going on, replay, best."""

import json
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from jsonschema import Draft202012Validator
from locked import watch
from made_results import differences

from genwright.core.data import Data
from genwright.core.errors import BudgetError, DataError, RunError, TrainingFailed
from genwright.core.recipe import Recipe
from genwright.core.spec import Category, Spec
from genwright.measure.metric import Measured, Metric
from genwright.measure.sizes import Sizes
from genwright.run.peak_memory import PeakMemory
from genwright.studies import study
from genwright.studies.compare import compare as module
from genwright.studies.compare import comparison, measuring, turns
from genwright.studies.compare.compare_families import compare, plan_comparison
from genwright.studies.compare.pairs import read_per_item
from genwright.studies.compare.status import states
from genwright.studies.report.records import PassCost
from genwright.studies.report.results import schema
from genwright.zoo.card import On
from genwright.zoo.registry import Row

TITLES = {
    "bits": ("Bits", "of a test item", "bits/dim"),
    "frechet": ("Distance", "of samples", ""),
    "memorisation": ("Memorisation", "near 0: copies", "ratio"),
}
HEADLINE = {"density": "bits", "samples": "frechet"}
ROWS = {
    name: Row("toys", "generate", name, ("sample",), "exact", built=On(Recipe), baseline=name == "plain")
    for name in ("alpha", "beta", "plain")
}


class Suite:
    """Numbers that depend on the model and the seed alone."""

    TITLES, HEADLINE = TITLES, HEADLINE
    made = 0

    def __init__(self, data, seed, sizes=None):
        Suite.made += 1
        self.seed, self.sizes = seed, Sizes({}, sizes)

    def reference(self):
        return {"frechet": Metric(0.5, 0.01, "estimate", "samples", "", 200, "lower", "net")}

    def measure(self, model):
        quality = model.config["outcome"]["items"] / 1000 + self.seed
        ratio = float("nan") if model.config["family"] == "beta" else 1.0
        metrics = {
            "bits": Metric(quality, 0.01, "exact", "mass", "bits/dim", 200, "lower"),
            "frechet": Metric(quality * 2, 0.01, "estimate", "samples", "", 200, "lower", "net"),
            "memorisation": Metric(ratio, 0.01, "estimate", "samples", "ratio", 200, "near 1"),
        }
        per_item = {"bits": (np.arange(200), np.full(200, quality))}
        return Measured(metrics, {"sample": 0.01, "evaluate": 0.02}, per_item)

    def believed(self, metrics):
        return f"Bits were {metrics['bits']}."

    def plot(self, model, folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "rows.csv").write_text("a,b\n1,2\n")
        return {"rows": str(folder / "rows.csv")}

    plot_first = plot

    def plot_real(self, folder):
        return self.plot(None, folder)

    def preview(self, model, folder):
        (folder / "preview.csv").write_text("a,b\n1,2\n")
        return str(folder / "preview.csv")


class Toys:
    kind, task, given, viewed, begins_with = "toys", "generate", Spec(()), "", ""

    def describe(self):
        return ["two columns"]


@pytest.fixture
def data() -> Data:
    items = {"train": [0] * 8, "valid": [0] * 2, "test": [0] * 4}
    return Data("dots", Toys(), items, "abc", source="dots", licence="CC0")


@pytest.fixture(autouse=True)
def fits(monkeypatch):
    """Every call of fit. The clock decides at how many items a time budget ends; a replay reads them."""
    calls = []

    def fit(
        data, family, *, minutes=None, seed=0, out, replay=None, progress=True, device="auto", more=0.0, probe=False,
        about=None, cores=None,
    ):  # fmt: skip
        if out not in runs:
            threads = torch.get_num_threads()
            assert probe == (replay is None)  # what time decides anyway may suit how busy the machine is
            calls.append(SimpleNamespace(family=family, minutes=minutes, replay=replay, threads=threads))
            items = replay["outcome"]["items"] if replay else 1000 + time.perf_counter_ns() % 1000
            outcome = {"items": items, "seconds": 0.1}
            config = {"family": family, "seed": seed, "health": [], "outcome": outcome, "stages": [], "budget": {}}
            runs[out] = SimpleNamespace(config=config, verbs=["sample", "log_prob"], parameters=12)
        return runs[out]

    runs = {}
    monkeypatch.setattr(turns, "fit", fit)
    monkeypatch.setattr(measuring, "load_model", lambda folder, device: runs[folder])
    monkeypatch.setattr(measuring, "can_resplit", lambda data: False)
    monkeypatch.setattr(measuring, "choose_sizes", lambda *asked: {})
    families = lambda kind, task, baselines=False: [f for f, row in ROWS.items() if row.baseline == baselines]
    monkeypatch.setattr(module, "settle_passes", lambda *_: ({}, None))
    monkeypatch.setattr(module.registry, "families", families)
    monkeypatch.setattr(module.registry, "compared", families)
    monkeypatch.setattr(module.registry, "row", lambda kind, task, family: ROWS[family])
    monkeypatch.setattr(module.registry, "require_name", lambda family: ROWS[family])
    monkeypatch.setattr(module.registry, "suite_class", lambda data: Suite)
    Suite.made = 0
    return calls


def failing(fits, monkeypatch, family, error):
    sound = turns.fit

    def fit(data, name, **others):
        if name == family:
            raise error
        return sound(data, name, **others)

    monkeypatch.setattr(turns, "fit", fit)


def run(data, out, **others):
    return compare(data, minutes=2.0, out=out, progress=False, **others)


def test_every_family_gets_an_equal_share_and_stands_in_the_results(data, tmp_path, fits):
    found = run(data, tmp_path / "c")
    assert [(call.family, call.minutes) for call in fits] == [("alpha", 1.0), ("beta", 1.0), ("plain", 1.0)]
    assert [row["family"] for row in found.results["models"]] == ["alpha", "beta"]
    assert [row["family"] for row in found.results["baselines"]] == ["plain"]
    assert (found.folder / "report.html").is_file()
    stored = json.loads((found.folder / "results.json").read_text())
    assert stored == found.results and stored["finished"]
    assert not list(Draft202012Validator(schema()).iter_errors(stored))
    assert stored["models"][1]["metrics"]["memorisation"]["value"] is None
    assert stored["models"][0]["drawings"] == {"rows": "alpha/samples/rows.csv"}
    assert stored["models"][0]["preview"] == "alpha/samples/preview.csv"
    assert stored["models"][0]["believed"].startswith("Bits were 1.")
    assert stored["reference"]["drawings"] == {"rows": "real/rows.csv"}
    assert {"alpha", "beta", "plain", "real"} == set(found.table.index)
    item, value = read_per_item(found.folder / stored["models"][0]["per_item"])["bits"]
    assert item.tolist() == list(range(200))
    assert value.mean() == pytest.approx(stored["models"][0]["metrics"]["bits"]["value"])


def test_named_families_share_the_whole_budget(data, tmp_path, fits):
    run(data, tmp_path / "c", families=["beta"])
    assert [(call.family, call.minutes) for call in fits if call.family != "plain"] == [("beta", 2.0)]


def test_variants_take_part_where_they_are_named_or_all_are(data, tmp_path, fits, monkeypatch):
    monkeypatch.setattr(module.registry, "compared", lambda kind, task: ["alpha"])
    for families, trained in ((None, ["alpha"]), ("all", ["alpha", "beta"]), ("beta", ["beta"])):
        found = run(data, tmp_path / str(families), families=families)
        assert [row["family"] for row in found.results["models"]] == found.results["plan"]["families"] == trained


def test_a_family_for_which_the_minutes_do_not_reach_is_named_and_trains_with_more(data, tmp_path, fits, monkeypatch):
    passes = {"alpha": PassCost(5.0, 60.0, 120.0), "beta": PassCost(5.0, 60.0)}
    monkeypatch.setattr(module, "settle_passes", lambda *_: (passes, 1))
    first = run(data, tmp_path / "c").results
    assert [(call.family, call.minutes) for call in fits if call.family != "plain"] == [("alpha", 2.0)]
    assert [row["family"] for row in first["models"]] == ["alpha"] and list(states(tmp_path / "c")) == ["alpha"]
    assert not list(Draft202012Validator(schema()).iter_errors(first))
    assert any("beta needs about 5 min" in said and "--more-minutes 5" in said for said in first["advice"])
    assert [row["family"] for row in run(data, tmp_path / "c").results["models"]] == ["alpha"]
    again = compare(data, replay=tmp_path / "c", out=tmp_path / "r", progress=False)
    assert differences(first, again.results) == []
    longer = compare(data, out=tmp_path / "c", more_minutes=5, progress=False).results
    assert [row["family"] for row in longer["models"]] == ["alpha", "beta"]
    assert [call.minutes for call in fits if call.family == "beta"] == [5.0]


def test_a_comparison_starts_from_the_plan_that_was_kept(data, tmp_path, fits, monkeypatch):
    passes = {"alpha": PassCost(5.0, 60.0, 90.0), "beta": PassCost(5.0, 60.0, 30.0)}
    timed = []
    monkeypatch.setattr(module, "settle_passes", lambda *_: timed.append(0) or (passes, 1))
    sentences = module.keep_plan(data, plan_comparison(minutes=1.0, out=tmp_path / "c"))
    assert "alpha 1.5" in " ".join(sentences) and not fits
    found = compare(data, minutes=1.0, out=tmp_path / "c", progress=False)
    shares = {call.family: call.minutes for call in fits}
    assert found.results["finished"] and (shares["alpha"], shares["beta"]) == (1.5, 0.5) and timed == [0]


def test_families_that_what_is_given_refuses_are_left_out_with_a_reason(data, tmp_path, fits, monkeypatch):
    monkeypatch.setattr(Toys, "given", Spec((("note", Category(9, (4,), "sequence", ends=True)),)))
    monkeypatch.setitem(ROWS, "beta", replace(ROWS["beta"], conditional="label"))
    told = []
    monkeypatch.setattr(module.Course, "tell", lambda course, said: told.append(said))
    found = run(data, tmp_path / "c")
    assert found.results["plan"]["families"] == ["alpha"]
    assert [said for said in told if said.startswith("left out")] == [
        "left out: beta can be conditioned on one column of labels alone, not on note"
    ]
    told.clear()
    run(data, tmp_path / "named", families=["alpha"])
    assert not any(said.startswith("left out") for said in told)


def test_a_named_target_is_part_of_the_plan(data, tmp_path, monkeypatch):
    told = []

    class Aimed(Suite):
        def __init__(self, data, seed, sizes=None, target=None):
            super().__init__(data, seed)
            told.append(target)

    with pytest.raises(DataError):
        run(data, tmp_path / "c", target="b")
    assert not (tmp_path / "c").exists()
    monkeypatch.setattr(module.registry, "suite_class", lambda data: Aimed)
    first = run(data, tmp_path / "c", target="b")
    assert first.results["plan"]["target"] == "b"
    assert not list(Draft202012Validator(schema()).iter_errors(first.results))
    again = compare(data, replay=first.folder, out=tmp_path / "r", progress=False)
    assert set(told) == {"b"} and again.results["plan"] == first.results["plan"]
    with pytest.raises(RunError):
        run(data, tmp_path / "c", target="a")
    assert "target" not in run(data, tmp_path / "d").results["plan"]


@pytest.mark.parametrize("minutes", [0, float("nan")])
def test_a_budget_must_be_one(data, tmp_path, minutes):
    with pytest.raises(BudgetError, match="minutes"):
        compare(data, minutes=minutes, out=tmp_path / "c", progress=False)
    assert not (tmp_path / "c").exists()


def test_a_family_that_fails_is_a_row_and_the_others_go_on(data, tmp_path, fits, monkeypatch):
    failing(fits, monkeypatch, "alpha", TrainingFailed("the loss became nan at step 3"))
    found = run(data, tmp_path / "c")
    alpha, beta = found.results["models"]
    assert alpha["error"] == "the loss became nan at step 3" and alpha["metrics"] == {}
    assert beta["error"] is None and beta["metrics"]
    assert any("alpha did not finish" in sentence for sentence in found.results["advice"])
    assert not list(Draft202012Validator(schema()).iter_errors(found.results))


def test_a_bug_is_a_row_that_names_its_error_and_its_place(data, tmp_path, fits, monkeypatch):
    failing(fits, monkeypatch, "alpha", ZeroDivisionError("a bug"))
    error = run(data, tmp_path / "c").results["models"][0]["error"]
    assert "ZeroDivisionError" in error and "a bug" in error and "test_compare.py" in error


def test_a_stopped_comparison_goes_on_and_measures_nothing_twice(data, tmp_path, fits, monkeypatch):
    measure = Suite.measure

    def stopped(suite, model):
        if model.config["family"] == "beta":
            raise KeyboardInterrupt
        return measure(suite, model)

    monkeypatch.setattr(Suite, "measure", stopped)
    with pytest.raises(KeyboardInterrupt):
        run(data, tmp_path / "c")
    stored = json.loads((tmp_path / "c" / "results.json").read_text())
    alpha, beta = stored["models"]
    assert not stored["finished"] and alpha["metrics"] and "measured" not in alpha
    assert (
        beta["metrics"] == {} and beta["measured"] == "not yet" and "when the same command runs" in beta["unmeasured"]
    )
    assert not list(Draft202012Validator(schema()).iter_errors(stored))
    assert "has not finished" in (tmp_path / "c" / "report.html").read_text()
    monkeypatch.setattr(Suite, "measure", measure)
    found = run(data, tmp_path / "c")
    assert [call.family for call in fits] == ["alpha", "beta", "plain"]
    assert found.results["models"][0] == stored["models"][0] and found.results["finished"]


def test_the_folder_is_locked_from_the_first_file_to_the_report(data, tmp_path, monkeypatch):
    called = watch(monkeypatch, {"write": study, "advice": module, "report": module}, tmp_path / "c")
    run(data, tmp_path / "c")
    assert called[:4] == ["write"] * 4 and called[-3:] == ["advice", "write", "report"]


def test_a_finished_comparison_is_only_read(data, tmp_path, fits):
    first = run(data, tmp_path / "c")
    made = Suite.made
    again = run(data, tmp_path / "c")
    assert len(fits) == 3 and Suite.made == made
    assert again.results == first.results


def test_a_folder_of_another_comparison_or_of_other_things_is_refused(data, tmp_path):
    run(data, tmp_path / "c")
    before = (tmp_path / "c" / "results.json").read_bytes()
    with pytest.raises(RunError):
        run(data, tmp_path / "c", seed=1)
    assert (tmp_path / "c" / "results.json").read_bytes() == before
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("...")
    with pytest.raises(RunError, match="thesis.tex"):
        run(data, tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.tex"]


def test_replay_repeats_every_number_from_the_results_file_alone(data, tmp_path, fits):
    first = run(data, tmp_path / "c", seed=3)
    moved = tmp_path / "results.json"
    moved.write_text((first.folder / "results.json").read_text())
    again = compare(data, replay=moved, out=tmp_path / "r", progress=False)
    assert differences(first.results, again.results) == []
    assert all(call.replay["family"] == call.family and call.minutes is None for call in fits[3:])
    assert again.results["plan"] == first.results["plan"] and again.results["seed"] == 3
    other = run(data, tmp_path / "o", seed=3)
    assert differences(first.results, other.results)


def test_replay_repeats_a_failure_and_uses_the_recorded_threads(data, tmp_path, fits, monkeypatch):
    failing(fits, monkeypatch, "alpha", TrainingFailed("the loss became nan at step 3"))
    first = run(data, tmp_path / "c")
    record = json.loads((first.folder / "results.json").read_text())
    before = torch.get_num_threads()
    record["machine"]["threads"] = before + 1
    (first.folder / "results.json").write_text(json.dumps(record))
    again = compare(data, replay=first.folder, out=tmp_path / "r", progress=False)
    assert differences(first.results, again.results) == []
    assert fits[-1].threads == before + 1 and torch.get_num_threads() == before


def test_replay_needs_the_same_data_and_another_folder(data, tmp_path):
    first = run(data, tmp_path / "c")
    with pytest.raises(RunError):
        compare(data, replay=first.folder, out=first.folder, progress=False)
    data.hash = "other"
    with pytest.raises(RunError):
        compare(data, replay=first.folder, out=tmp_path / "r", progress=False)


def test_best_opens_the_best_and_says_when_it_is_close(data, tmp_path, monkeypatch, capsys):
    found = run(data, tmp_path / "c")
    monkeypatch.setattr(comparison, "load_model", lambda folder: Path(folder).name)
    del found.results["pairs"]  # of the numbers before they are changed here
    for row, value in zip([*found.results["models"], *found.results["baselines"]], (2.0, 1.0, 3.0)):
        row["metrics"]["bits"]["value"] = value
    assert found.best("density") == "beta"
    assert capsys.readouterr().err == ""
    found.results["models"][0]["metrics"]["bits"]["value"] = 1.01
    assert found.best("density") == "beta"
    assert "too close to call; using beta" in capsys.readouterr().err
    with pytest.raises(DataError):
        found.best("codes")
    found.results["models"][1]["items"] = 1
    found.best("density")
    assert "saw only 1 of" in capsys.readouterr().err
    del found.results["models"][0]["metrics"]["bits"]
    assert found.best("density") == "beta"  # what was measured is an answer


def test_memory_is_what_a_family_took_and_not_what_an_earlier_one_did(data, tmp_path, monkeypatch):
    sound = turns.fit

    def fit(data, family, **others):
        held = np.ones((200 if family == "alpha" else 40) * 2**17)  # MiB of float64; from 32 on always fresh pages
        time.sleep(0.1)
        return sound(data, family, **others), held.sum()

    monkeypatch.setattr(turns, "fit", lambda *args, **others: fit(*args, **others)[0])
    found = {row["family"]: row["memory"] for row in run(data, tmp_path / "c").results["models"]}
    assert 190 < found["alpha"] < 230 and 35 < found["beta"] < 70


def test_memory_of_what_a_signal_stopped_before_it_began_is_none(monkeypatch):
    def stop():
        raise KeyboardInterrupt

    monkeypatch.setattr("genwright.run.peak_memory.give_back", stop)
    memory = PeakMemory()
    with pytest.raises(KeyboardInterrupt), memory:
        pass
    assert memory.mib == 0


@pytest.mark.long
def test_memory_counts_again_what_was_freed_before():
    """In small blocks, which the C library keeps for later: the last one holds the heap open."""

    def work():
        with PeakMemory() as memory:
            blocks = [np.ones(2**13) for _ in range(1600)]  # 100 MiB
            time.sleep(0.1)
        return memory.mib, blocks[-1]

    (first, kept), (again, _) = work(), work()
    assert 90 < first < 120 and 90 < again < 120 and len(kept)


def test_when_every_family_fails_the_comparison_says_so(data, tmp_path, fits, monkeypatch):
    for family in ("alpha", "beta"):
        failing(fits, monkeypatch, family, TrainingFailed("the loss became nan at step 3"))
    with pytest.raises(TrainingFailed):
        compare(data, minutes=1, out=tmp_path / "c", progress=False)
    assert (tmp_path / "c" / "report.html").exists()


def test_a_comparison_is_opened_again_from_its_folder(data, tmp_path, fits):
    found = run(data, tmp_path / "c")
    for path in (tmp_path / "c", tmp_path / "c" / "results.json"):
        again = comparison.load_comparison(path)
        assert (again.results, again.folder) == (found.results, found.folder)
        assert again.table.equals(found.table)
    with pytest.raises(RunError):
        comparison.load_comparison(tmp_path)
