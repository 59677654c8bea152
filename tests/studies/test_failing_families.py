# Tests run/failures.py, run/fit_plan.py
"""A family or baseline that fails at any stage is a row with its reason, and the comparison ends with a report."""

import errno
import json

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator
from measuring_little import measure_little, tiny_presets, without_lessons

from genwright import load_data
from genwright.core.errors import DataError, FolderInUse, RunError
from genwright.measure.suites import tables
from genwright.run import fit_plan as fitting
from genwright.run import start
from genwright.run.failures import catch_failure
from genwright.run.model import Model
from genwright.studies.compare import compare as module
from genwright.studies.compare import measuring
from genwright.studies.compare.compare_families import compare
from genwright.studies.compare.workers import Listed
from genwright.studies.report.results import schema

STAGES = {  # {stage: (where a family passes, what names the family there, what goes wrong)}
    "build": (start, "build_recipe", lambda config, *_: config["family"], MemoryError()),
    "train": (fitting, "train", lambda start, *_: start.config["family"], ZeroDivisionError("by zero")),
    "write": (fitting, "write_model", lambda model, *_: model.config["family"], ValueError("no such dtype")),
    "open": (measuring, "load_model", lambda folder, _: folder.name, RunError("its weights are damaged")),
    "sample": (Model, "sample", lambda model, *_: model.config["family"], DataError("its draws cannot be read")),
    "log_prob": (Model, "log_prob", lambda model, *_: model.config["family"], RuntimeError("shapes differ")),
    "measure": (tables.Suite, "measure", lambda _, model: model.config["family"], LookupError("no column")),
    "draw": (tables.Suite, "plot", lambda _, model, *__: model.config["family"], TypeError("no axis")),
}
FAMILIES = {  # {stage: the family that fails there}
    "build": "vae", "train": "flow", "write": "diffusion", "open": "gan", "sample": "score-matching",
    "log_prob": "flow-matching", "measure": "autoencoder", "draw": "autoregressive",
}  # fmt: skip
BASELINES = {
    "build": "mixture", "train": "trees", "write": "pca", "open": "bootstrap", "sample": "independent",
    "log_prob": "copula",
}  # fmt: skip


@pytest.fixture
def few(monkeypatch):
    measure_little(monkeypatch)
    tiny_presets(monkeypatch)
    monkeypatch.setattr(module, "count_of", lambda data, seconds: 1)
    monkeypatch.setattr(tables.Suite, "ROWS", without_lessons(tables.Suite.ROWS))
    monkeypatch.setattr(tables, "RESAMPLES", 4)
    monkeypatch.setattr(tables.Suite, "LEAST", {"samples": 48, "scored": 24, "completed": 8, "attacked": 48})
    monkeypatch.setattr("genwright.studies.report.pages.plots_of", lambda runs: [])


def plant(monkeypatch, stage: str, family: str) -> None:
    """Let one family fail at a stage."""
    place, name, family_at, error = STAGES[stage]
    sound = getattr(place, name)

    def fails(*arguments, **options):
        if family_at(*arguments) == family:
            raise error
        return sound(*arguments, **options)

    monkeypatch.setattr(place, name, fails)


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    return load_data(pd.DataFrame({"a": rng.normal(size=120).round(3), "b": rng.choice(["x", "y"], 120)}))


def compared(monkeypatch, table, out, planted: dict[str, str], families: list[str], simple_ones: list[str]) -> None:
    """Compare with failures planted, and look for each reason in the results and on the page."""
    known = module.registry.families
    those = lambda kind, task, verb=None, simple=False: simple_ones if simple else known(kind, task, verb)
    monkeypatch.setattr(module.registry, "families", lambda *asked, baselines=False: those(*asked, simple=baselines))
    for stage, family in planted.items():
        plant(monkeypatch, stage, family)
    found = compare(table, families, minutes=0.002, out=out, progress=False)
    stored, page = json.loads((out / "results.json").read_text()), (out / "report.html").read_text()
    assert stored["finished"] and not list(Draft202012Validator(schema()).iter_errors(stored))
    rows = {row["family"]: row for row in found.results["models"] + found.results["baselines"]}
    for stage, family in planted.items():
        said = rows[family]["health"][-1] if stage == "draw" else rows[family]["error"]
        word = str(STAGES[stage][-1]) or "memory"
        assert word in said and word in page, (stage, family)
        assert bool(rows[family]["metrics"]) == (stage == "draw"), (stage, family)
    for family in rows.keys() - set(planted.values()):
        assert rows[family]["error"] is None and rows[family]["metrics"], family


@pytest.mark.usefixtures("few")
def test_families_that_fail_at_each_stage_are_rows(table, tmp_path, monkeypatch):
    compared(monkeypatch, table, tmp_path / "c", FAMILIES, [*FAMILIES.values(), "energy"], ["independent"])


@pytest.mark.usefixtures("few")
def test_baselines_that_fail_at_each_stage_are_rows(table, tmp_path, monkeypatch):
    compared(monkeypatch, table, tmp_path / "c", BASELINES, ["flow"], list(BASELINES.values()))


@pytest.mark.parametrize("error", [
    KeyboardInterrupt(), Listed([]), FolderInUse("in use"), OSError(errno.ENOSPC, "no space"),
])  # fmt: skip
def test_what_no_family_caused_is_not_caught(error):
    with pytest.raises(type(error)), catch_failure():
        raise error
    if isinstance(error, OSError):
        with pytest.raises(RunError), catch_failure():
            raise RunError("cannot write") from error
