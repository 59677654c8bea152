# Tests graphs/zoo/targets.py
"""The ladder: what the command writes and says, on two quick rungs."""

import json

import jsonschema
import pytest
from locked import watch
from PIL import Image

from genwright.cli.commands import main
from genwright.core.errors import BudgetError, DataError
from genwright.graphs.package import NODES
from genwright.graphs.studies import ladder as module
from genwright.graphs.studies.ladder import ladder, ordered
from genwright.graphs.zoo.targets import RUNGS
from genwright.studies import study
from genwright.studies.report.records import Results
from genwright.studies.report.results import schema
from genwright.zoo import registry


@pytest.mark.long
def test_the_command_writes_results_and_a_picture_and_says_where(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    command = "ladder karate-club --family label-propagation --family gcn --seeds 2".split()
    with pytest.raises(SystemExit) as exit:
        main(command)
    out, err = capsys.readouterr()
    assert exit.value.code == 0, err
    assert (
        out.splitlines()[-1] == "2 methods: runs/ladder-karate-club/ladder.png and runs/ladder-karate-club/results.json"
    )
    assert "label-propagation" in out and "published %" in out
    folder = tmp_path / "runs/ladder-karate-club"
    results = json.loads((folder / "results.json").read_text())
    jsonschema.validate(results, schema())
    assert [row["seed"] for row in results["models"]] == [0, 1]
    rows = ordered(Results.from_json(results))
    assert results["finished"] and [row.family for row in rows] == ["label-propagation", "gcn"]
    for row in rows:
        measured = row.metrics["accuracy"]
        assert (
            50 < measured["value"] <= 100 and measured["se"] >= 0 and measured["n"] == results["data"]["items"]["test"]
        )
        assert "published" not in row.metrics and row.seconds["train"] > 0
    assert Image.open(folder / "ladder.png").width > 600
    written = (folder / "results.json").read_bytes()
    with pytest.raises(SystemExit):
        main([*command, "--quiet"])  # a finished ladder is read, not climbed again
    assert (folder / "results.json").read_bytes() == written


def test_the_folder_is_locked_from_the_first_file_to_the_picture(tmp_path, monkeypatch):
    called = watch(monkeypatch, {"write": study, "draw": module}, tmp_path)
    ladder("karate-club", ["label-propagation"], seeds=1, out=tmp_path, progress=False)
    assert called == ["write"] * 3 + ["draw"]


def test_every_rung_is_in_the_registry():
    assert all(registry.row(*NODES, family) for family in RUNGS)


def test_what_a_ladder_refuses(tmp_path):
    with pytest.raises(BudgetError):
        ladder("karate-club", seeds=0)
    with pytest.raises(DataError):
        ladder("digits", out=tmp_path / "digits")
    with pytest.raises(DataError):
        ladder("karate-club", ["ladder"], out=tmp_path / "unknown")
