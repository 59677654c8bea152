"""A task of two targets on a kind of data of its own, which no file of `src` knows."""

import json
import sys
from pathlib import Path

import dials
import numpy as np
import pandas as pd
import pytest
from forked import Forked

import genwright
from genwright.cli.commands import main
from genwright.cli.families import predictor_table
from genwright.core.errors import DataError, RunError
from genwright.kinds import known_kinds as kinds
from genwright.run.predictor import Predictor
from genwright.run.tasks import task_of
from genwright.zoo import registry


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    """What is registered here is gone after each test."""
    monkeypatch.setattr(kinds, "_registered", [])
    monkeypatch.setattr(registry, "_registered", [])
    monkeypatch.setattr(registry, "TASKS", dict(registry.TASKS))
    dials.register()


def fit(data, **options) -> Predictor:
    return genwright.fit(data, epochs=100, progress=False, **options)


def test_both_targets_are_learned_where_half_of_either_is_missing(tmp_path):
    data, new = genwright.load_data(dials.made()), dials.Dials(np.random.default_rng(1).normal(size=(200, 3)))
    model = fit(data, out=tmp_path / "run")
    table = model.predict(new)
    assert ((table.side == "right") == (new.x[:, 0] > 0)).mean() > 0.95
    assert np.abs(table.level - (100 + 10 * new.x[:, 1])).mean() < 1
    assert model.encode(new).shape == (200, 16)
    opened = genwright.load_model(tmp_path / "run")
    assert opened.predict(new).equals(table) and opened.domain == data.domain


def test_its_own_data_are_answered_in_their_order():
    raw = dials.made()
    model = fit(raw)
    data = task_of(raw, "readings")
    assert task_of(data, None) is data
    alone = model.predict(dials.Dials(raw.x))
    assert model.predict(data)["level"].to_numpy() == pytest.approx(alone["level"].to_numpy())


def test_the_command_line_fits_and_predicts(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shown = lambda side, level: ("-" if np.isnan(side) else dials.SIDES[int(side)], "-" if np.isnan(level) else level)
    raw = dials.made(100)
    rows = [" ".join(map(str, [*x, *shown(*read)])) for x, read in zip(raw.x, raw.read)]
    Path("mine.dials").write_text("\n".join(rows))
    more = "encode run mine.dials --out codes.npz", "list net"
    for command in ("fit mine.dials --epochs 2 --out run", "predict run mine.dials --out p.csv", *more):
        with pytest.raises(SystemExit) as exit:
            main(command.split())
        assert exit.value.code == 0, capsys.readouterr().err
    assert list(pd.read_csv("p.csv").columns) == ["id", "side", "p", "level"] and len(pd.read_csv("p.csv")) == 100
    codes = np.load("codes.npz")
    assert codes["codes"].shape == (100, 16) and codes["id"][4] == "item 4"
    assert "readings" in predictor_table()


def test_records_are_held_against_the_schema_of_the_task(tmp_path):
    fit(dials.made(50), out=tmp_path / "run")
    path = tmp_path / "run" / "domain.json"
    record = json.loads(path.read_text())
    record["sizes"]["targets"][1]["scale"] = "large"
    path.write_text(json.dumps(record))
    with pytest.raises(RunError, match="sizes.targets.1.scale"):
        genwright.load_model(tmp_path / "run")


def test_what_it_cannot_be_asked():
    model, club = fit(dials.made(50)), genwright.load_data("karate-club")
    with pytest.raises(DataError, match="karate-club"):
        model.predict(club)
    with pytest.raises(DataError, match="dials"):
        task_of(dials.made(50), "nodes")
    with pytest.raises(DataError):
        model.predict(dials.made(50), pairs=[[0, 1]])


def test_two_kinds_have_tasks_of_two_names():
    """A task is listed under its name alone, so it must say which families are meant."""
    with pytest.raises(DataError, match="nodes"):
        registry.register_task("dials", "nodes", registry.TASKS["dials", "readings"])


@pytest.mark.long
def test_the_contract_takes_it(tmp_path):
    def work() -> None:
        sys.modules.pop("genwright.contract.test_predictors", None)  # which holds the rows of before
        sys.exit(pytest.main(["-q", "-k", "readings-net", "-p", "no:cacheprovider", str(tmp_path)]))

    output = tmp_path / "output.txt"
    (tmp_path / "test_dials.py").write_text("from genwright.contract.test_predictors import *\n")
    assert Forked(work, output, output).wait(120) == 0 and "8 passed" in output.read_text()
