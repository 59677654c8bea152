"""Molecules without a run of one's own: scored, wished for, and begun from what ships."""

import pandas as pd
import pytest
from made_molecules import molecules

pytest.importorskip("rdkit")

import genwright  # noqa: E402
from genwright.cli.commands import main  # noqa: E402
from genwright.core import packages  # noqa: E402
from genwright.core.errors import GivenError  # noqa: E402
from genwright.molecules.library_tables import score  # noqa: E402
from genwright.studies.compare import compare_plan  # noqa: E402
from genwright.studies.compare.compare_families import plan_comparison  # noqa: E402


def run(*words: object) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([*map(str, words)])


def test_molecules_are_scored_without_a_run_and_by_a_shipped_one(tmp_path):
    (tmp_path / "few.smi").write_text("\n".join([*molecules(5), "C1CC"]) + "\n")
    plain, shipped = tmp_path / "plain.csv", tmp_path / "shipped.csv"
    run("score", tmp_path / "few.smi", "--out", plain)
    run("score", "shipped:molecules", tmp_path / "few.smi", "--out", shipped)
    plain, shipped = pd.read_csv(plain), pd.read_csv(shipped)
    assert {"qed", "logp", "alerts"} <= {*plain} and {"nats", "nearest"}.isdisjoint(plain)
    assert {*shipped} - {*plain} == {"nats"} and plain["valid"].tolist() == [True] * 5 + [False]


def test_molecules_are_sampled_by_wishes():
    data = genwright.load_data(molecules(120), kind="molecules")
    model = genwright.fit(data, "bootstrap", progress=False)
    drawn = model.sample(20, "logp<2 & rings>=1", seed=0)
    properties = score(list(drawn))
    assert (properties["logp"] < 2).all() and (properties["rings"] >= 1).all() and "logp<2" in drawn.method
    with pytest.raises(GivenError, match="'logp'"):
        model.sample(2, "logpp<2")


BEGUN = "autoregressive-from-molecules"


def test_few_molecules_have_a_row_that_begins_with_the_shipped_run(monkeypatch):
    data = genwright.load_data(molecules(40), kind="molecules")
    plan = plan_comparison(data=data, minutes=1.0)
    assert compare_plan.choose_families(data, plan)[BEGUN] is False
    named = plan_comparison(data=data, families=["vae", BEGUN], minutes=1.0)
    assert list(compare_plan.choose_families(data, named))[:2] == ["vae", BEGUN]
    other = genwright.load_data(molecules(40), kind="molecules", notation="selfies")
    assert compare_plan.begun_family(other, plan) == ("", "")  # no run of its notation ships
    frame = pd.DataFrame({"smiles": molecules(40), "p": [*range(5)] * 8})
    measured = genwright.load_data(frame, given="p", column="smiles")
    assert "nothing" in compare_plan.begun_family(measured, plan)[1]
    monkeypatch.setattr(packages, "find_models", lambda: None)
    assert BEGUN not in compare_plan.choose_families(data, plan)
    assert "genwright-models" in compare_plan.begun_family(data, plan)[1]


def test_a_run_that_begins_with_the_shipped_one_says_so(tmp_path, capsys):
    path = tmp_path / "few.smi"
    path.write_text("\n".join(molecules(40)) + "\n")
    run("fit", path, "--from", "shipped:molecules", "--items", 64, "--out", tmp_path / "run")
    assert "Few passes" in capsys.readouterr().err
    record = genwright.load_model(tmp_path / "run").config["parent"]
    assert record["licence"] and "under" in (tmp_path / "run" / "README.md").read_text()
