# Tests studies/compare/evidence.py
"""What a comparison picks from end to end: no family whose samples are worse, and none that learned nothing."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator
from killing import Killed, killed_at
from made_results import differences
from measuring_little import measure_little, tiny_presets

from genwright import load_data
from genwright.run.model import Model
from genwright.studies.compare import compare as module
from genwright.studies.compare import evidence
from genwright.studies.compare.compare_families import compare
from genwright.studies.report.report import report
from genwright.studies.report.results import read, schema, write


@pytest.fixture(autouse=True)
def little(monkeypatch):
    """No baselines, one split, tiny models, and nothing drawn."""
    measure_little(monkeypatch)
    tiny_presets(monkeypatch)
    families = module.registry.families
    none = lambda kind, task, baselines=False: [] if baselines else families(kind, task)
    monkeypatch.setattr(module.registry, "families", none)
    monkeypatch.setattr(module, "count_of", lambda data, seconds: 1)
    monkeypatch.setattr(
        "genwright.studies.compare.measuring.write_drawings", lambda *_: {"drawings": {}, "preview": ""}
    )
    monkeypatch.setattr("genwright.studies.report.pages.plots_of", lambda runs: [])


def ordered_rows(n, spread=0.3):
    """Rows whose `low` is at most `high`."""
    rng = np.random.default_rng(n)
    low = rng.normal(size=n).round(3)
    high = (low + rng.exponential(spread, n)).round(3)
    return pd.DataFrame({"low": low, "high": high, "kind": rng.choice(["x", "y"], n)})


def decided(comparison, criterion="samples"):
    stored = read(comparison.folder)
    assert not list(Draft202012Validator(schema()).iter_errors(comparison.results))
    return next(pick for pick in stored.picks if pick["criterion"] == criterion)


@pytest.mark.long
def test_a_family_that_breaks_a_rule_is_not_picked_over_a_tied_one_that_keeps_it(tmp_path, monkeypatch, trained_on):
    """Both draw rows as they are; flow swaps two numbers in an eighth of them, which trees hardly notice."""

    def sample(self, n, *_, **options):
        rows = ordered_rows(n, 0.02)
        if self.config["family"] == "flow":
            first = rows.index < n // 8
            rows["low"], rows["high"] = rows.low.where(~first, rows.high), rows.high.where(~first, rows.low)
        return rows

    trained_on(64)
    monkeypatch.setattr(Model, "sample", sample)
    monkeypatch.setattr(evidence, "_measure_untrained", lambda *_: None)
    data = load_data(ordered_rows(600, 0.02))
    assert data.domain.rules
    found = compare(data, ["flow", "vae"], minutes=1, out=tmp_path / "c", progress=False)
    pick = decided(found)
    assert (pick["family"], pick["tied"]) == ("vae", ["flow"]) and "break a rule" in pick["decided"]
    alone = compare(data, ["flow"], minutes=1, out=tmp_path / "d", progress=False)
    assert decided(alone)["fact"].startswith("1") and "--keep-rules" in decided(alone)["cures"]
    assert "--keep-rules" in report(tmp_path / "d").read_text(encoding="utf-8")


@pytest.mark.long
def test_what_tied_families_lack_is_counted_before_the_pick(tmp_path, trained_on):
    """As where there was no time for it."""
    trained_on(64)
    data = load_data(ordered_rows(200))
    found = compare(data, ["vae"], minutes=1, out=tmp_path / "c", progress=False)
    results = read(found.folder)
    del results.models[0].metrics["broken_rules"]
    results.finished = False
    write(results, found.folder)
    again = compare(data, ["vae"], minutes=1, out=tmp_path / "c", progress=False)
    assert "broken_rules" in again.results["models"][0]["metrics"]


def bright_squares(n):
    """(n, 8, 8) uint8: a bright square anywhere on a grey ground."""
    rng = np.random.default_rng(n)
    images = rng.integers(100, 130, (n, 8, 8))
    for image, (i, j) in zip(images, rng.integers(0, 5, (n, 2))):
        image[i : i + 3, j : j + 3] = rng.integers(150, 170)
    return images.astype(np.uint8)


@pytest.mark.long
def test_images_of_which_nothing_was_learned_get_no_pick_and_a_kill_changes_nothing(tmp_path, monkeypatch, trained_on):
    trained_on(16)
    data = load_data(bright_squares(160))
    run = partial(compare, data, ["vae"], minutes=1, progress=False)
    with killed_at(monkeypatch, evidence, "_measure_untrained", 0), pytest.raises(Killed):
        run(out=tmp_path / "c")
    found = run(out=tmp_path / "c")
    pick = decided(found)
    assert pick["family"] is None and pick["why"] == "unlearned" and pick["minutes"] > 0
    assert "these images need about" in pick["lead"] and pick["lead"] in (found.folder / "report.html").read_text()
    gains = found.results["models"][0]["gains"]
    assert set(gains) == {"bits_per_dim"} and gains["bits_per_dim"]["se"] > 0  # noise has the better distance anyway
    replayed = compare(data, replay=found.folder, out=tmp_path / "r", progress=False)
    assert differences(found.results, replayed.results) == [] and replayed.results["models"][0]["gains"] == gains


def test_easy_data_get_a_pick(tmp_path, trained_on):
    trained_on(6_000)
    rng = np.random.default_rng(0)
    lines = ["".join(rng.choice(["ab", "cd", "efg"], rng.integers(3, 9))) for _ in range(400)]
    found = compare(load_data(lines), ["autoregressive"], minutes=1, out=tmp_path / "c", progress=False)
    assert decided(found)["family"] == "autoregressive" == decided(found, "density")["family"]
    gains = found.results["models"][0]["gains"]
    assert gains["two_sample_auc"]["difference"] < 0 and gains["bits_per_symbol"]["difference"] < 0


@pytest.fixture
def compared_twice(tmp_path, trained_on):
    """A comparison on one split, whose leaders train a second time."""
    trained_on(64)
    return partial(compare, load_data(ordered_rows(1_010)), minutes=1, progress=False)


def test_the_leaders_train_a_second_time_and_the_page_says_so(tmp_path, compared_twice):
    found = compared_twice(families=["flow", "vae"], out=tmp_path / "c")
    results = read(found.folder)
    second = {row.family: row.second for row in results.models}
    assert results.settled.second and set(results.settled.second) == set(second)
    number = next(iter(results.metrics["headline"].values()))
    assert all(one[number]["difference"] != 0 and one[number]["how"] == "by item" for one in second.values())
    assert "by a second training for" in (found.folder / "report.html").read_text()
    assert not list(Draft202012Validator(schema()).iter_errors(found.results))


@pytest.mark.long
def test_a_replay_trains_the_same_leaders_again_to_the_same_differences(tmp_path, compared_twice):
    found = compared_twice(families=["flow", "vae", "autoregressive"], out=tmp_path / "c")
    replayed = compared_twice(replay=found.folder, out=tmp_path / "r")
    second = [{row["family"]: row.get("second") for row in one.results["models"]} for one in (found, replayed)]
    assert second[0] == second[1] and sum(map(bool, second[0].values())) >= 2
