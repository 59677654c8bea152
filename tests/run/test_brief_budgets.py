"""A budget of few training items takes a smaller network with larger steps, by a rule that no clock moves."""

import json
from pathlib import Path

import numpy as np
import pytest

from genwright import fit, load_data
from genwright.run import start
from genwright.run.fit import plan_and_place
from genwright.run.folder import read_config
from genwright.zoo import registry

BRIEF = registry.row("images", "generate", "vae").construction.brief["small"]
BRIEFS = [(row, name, brief) for row in registry.rows() for name, brief in row.construction.brief.items()]
RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"


@pytest.fixture(scope="module")
def data():
    return load_data(np.random.default_rng(0).integers(0, 4, (80, 8, 8), dtype=np.uint8))


def recipe(model) -> dict:
    return {name: model.config["recipe"][name] for name in BRIEF.values}


def test_few_items_take_what_suits_them_and_a_named_preset_stays(data):
    preset = registry.presets(registry.row("images", "generate", "vae"))["small"].values()
    few = fit(data, "vae", items=128, progress=False)
    assert recipe(few) == dict(BRIEF.values) and few.config["brief"]["about"] == 128
    named = fit(data, "vae", items=128, preset="small", progress=False)
    assert recipe(named) == {name: preset[name] for name in BRIEF.values} and "brief" not in named.config
    chosen = fit(data, "vae", items=128, hyperparameters={"lr": 0.003}, progress=False)
    assert recipe(chosen) == {**BRIEF.values, "lr": 0.003}


def test_minutes_are_judged_once_and_a_run_that_resumes_looks_at_no_clock(data, tmp_path, monkeypatch):
    monkeypatch.setattr(start, "pass_seconds", lambda recipe, items, seconds: 1.0)
    model = fit(data, "vae", minutes=0.01, out=tmp_path, progress=False)
    assert model.config["brief"]["about"] <= 0.6 * len(data.train) and recipe(model) == dict(BRIEF.values)
    monkeypatch.delattr(start, "pass_seconds")
    fit(data, "vae", minutes=0.01, out=tmp_path, progress=False)  # opens what has ended
    again = fit(data, replay=tmp_path, progress=False)
    assert again.config["recipe"] == read_config(tmp_path)["recipe"]


def test_many_items_take_the_preset(data):
    plan, place = plan_and_place(family="vae", items=BRIEF.below)
    start_of = start.start_of(data, plan, (), place, start.Report(False))
    assert start_of.config["recipe"]["dropout"] > 0


@pytest.mark.parametrize(("row", "name", "brief"), BRIEFS, ids=[f"{row.kind}-{row.family}-{n}" for row, n, _ in BRIEFS])
def test_what_suits_few_items_holds_below_its_bound_and_was_better_on_record(row, name, brief):
    preset = registry.presets(row)[name]
    suits = lambda about, chosen=(): preset.fit_to_budget({}, 100, chosen, about, brief)
    assert suits(brief.below - 1) == preset.changed(brief.values, row.family) != preset
    assert suits(brief.below) == suits(None) == suits(0, brief.values) == preset
    record = json.loads((RESULTS / f"{brief.record}.json").read_text())
    gaps = [bar["interval"] for bar in record["bars"] if f", {row.family}, " in bar["what"]]
    assert any(low + high < 0 for low, high in gaps) and not any(low > 0 for low, _ in gaps)
