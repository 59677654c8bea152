# Tests kinds/known_kinds.py
"""A kind of data and an option that no file of `src` knows: everything that ours have, they get by being registered."""

from pathlib import Path

import pytest
import strands
from forked import contract
from installed import entry_points_of

import genwright
from genwright.cli.commands import main
from genwright.cli.families import family_table
from genwright.core import packages
from genwright.kinds import known_kinds as kinds
from genwright.zoo import registry


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    """What is registered here is gone after each test."""
    monkeypatch.setattr(kinds, "_registered", [])
    monkeypatch.setattr(registry, "_registered", [])
    monkeypatch.setattr(registry, "TASKS", dict(registry.TASKS))
    strands.register()


@pytest.fixture
def file(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "my.strands"
    path.write_text("\n".join(strands.made(200)))
    return path


def do(command: str, capsys) -> str:
    with pytest.raises(SystemExit) as exit:
        main(command.split())
    out, err = capsys.readouterr()
    assert exit.value.code == 0, err
    return out


def test_its_files_and_objects_are_read_by_its_option(file):
    forward, backward = genwright.load_data(file), genwright.load_data(file, direction="backward")
    assert forward.kind == "strands" and backward.options == {"direction": "backward"}
    everything = lambda data: sorted(strand for part in data.items.values() for strand in part)
    assert everything(backward) == sorted(strand[::-1] for strand in everything(forward))
    assert genwright.load_data(strands.made(200)).kind == "strands"


def test_the_command_line_has_its_option_and_records_it(file, capsys):
    assert "--direction forward|backward" in do("fit --help", capsys)
    do(f"fit {file} --direction backward --items 600 --out run", capsys)
    model = genwright.load_model("run")
    assert model.config["data"]["options"] == {"direction": "backward"}
    do("fit --replay run --out again", capsys)
    assert Path("run/weights.safetensors").read_bytes() == Path("again/weights.safetensors").read_bytes()
    do(f"log-prob run {file} --out lp.csv", capsys)
    assert "strands    letters" in family_table()


@pytest.mark.long
def test_a_comparison_measures_it_and_writes_its_report(file, capsys):
    do(f"compare {file} --minutes 0.01 --direction backward --out study", capsys)
    assert "letters" in Path("study/report.html").read_text()
    data = genwright.load_comparison("study").results["data"]
    assert data["domain"] == "strands" and data["options"] == {"direction": "backward"}


@pytest.mark.long
def test_the_contract_takes_it(tmp_path):
    code, said = contract(tmp_path, "", "strands-letters")
    assert code == 0 and " passed" in said, said


def test_a_package_brings_it_by_its_entry_point(monkeypatch, file, capsys):
    class Entry:
        value = "strands:register"

        def load(self):
            return strands.register

    monkeypatch.setattr(kinds, "_registered", [])
    monkeypatch.setattr(registry, "_registered", [])
    monkeypatch.setattr(
        registry, "TASKS", {place: of for place, of in registry.TASKS.items() if "strands" not in place}
    )
    monkeypatch.setattr(packages, "entry_points", entry_points_of(Entry()))
    packages.load_plugins.cache_clear()
    assert "strands of DNA" in str(kinds.kinds()) and "--direction" in do("fit --help", capsys)
    assert registry.find("strands", registry.GENERATE, "letters")
