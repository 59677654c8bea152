# Tests cli/families.py
"""Help and lists: what they say, at once."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import genwright
from genwright.cli.commands import COMMANDS, FIRST
from genwright.cli.families import family_table
from genwright.zoo import registry


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_has_an_example_and_explains_every_option(name, do, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    entries = COMMANDS[name].entries
    rare = [one for one in entries if one.shown.rare]
    short = do([name, "--help"])
    out = do([name, "--help-all"]) if rare else short
    assert f"Example: genwright {name}" in short and len(short.splitlines()) <= 64 and short == do([name, "-h"])
    for one in entries:
        assert one.help.rstrip(".") and one.help != "None", f"{name} {one.name} has no help"
        assert (one.flags[0].partition("/")[0] if one.flags else one.metavar) in out
    assert not any(f" {one.flags[0]} " in short for one in rare)


def test_the_list_of_commands_has_whole_sentences(do, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    out = do(["--help"])
    assert out == do(["-h"])
    listed = re.findall(r"^  ([a-z][\w-]*) +(.*(?:\n {4,}.*)*)", out, re.M)
    assert [name for name, _ in listed] == [*FIRST, *(name for name in COMMANDS if name not in FIRST)]
    assert not [text for _, text in listed if text.endswith("...") or not text.endswith(".")]


@pytest.mark.parametrize(("typed", "meant"), [("train", "fit"), ("comparee", "compare"), ("generate", "sample")])
def test_another_name_of_a_command_leads_to_it(do, typed, meant):
    assert f"did you mean {meant}?" in do([typed, "digits"], code=2)


@pytest.mark.parametrize(("typed", "named"), [
    ("fit digits --famly vae", "--family"), ("fit digits --minutes x", "--minutes"), ("fit digits more", "'more'"),
    ("sample", "RUN"), ("fit digits --seed", "--seed"), ("caption runs/x digits -n 0", "-n"),
])  # fmt: skip
def test_a_word_that_is_wrong_is_named_with_the_help_to_ask_for(do, typed, named):
    said = do(typed, code=2)
    assert named in said and f"`genwright {typed.split()[0]} --help`" in said


def test_arguments_and_options_come_in_any_order():
    values = COMMANDS["measure"].read(["--seed", "3", "real.csv", "a.csv", "--quiet", "b.csv", "--out", "here"])
    assert values["samples"] == ["a.csv", "b.csv"] and values["real"] == "real.csv" and values["quiet"]
    assert values["options"] == {"seed": 3, "out": Path("here")} and values["reading"] == {}
    both = COMMANDS["screen"].read(["x.smi", "--higher", "--flag", "a=b", "--flag=c=d", "--new", "0.4"])["options"]
    assert both == {"lower": False, "flags": ["a=b", "c=d"], "new": 0.4}


def test_fit_says_which_family_it_takes_by_default(do):
    said = " ".join(do("fit --help").split("Families by default:")[1].split())
    for kind, task in registry.TASKS:
        assert registry.default_family(kind, task) in said and registry.label(kind, task) in said


def test_list_of_a_kind_has_its_families_alone(do):
    out = do("list tables")
    rows = [row for row in registry.rows() if row.kind == "tables"]
    assert [line.split()[1].rstrip("*") for line in out.splitlines()[2 : 2 + len(rows)]] == [row.family for row in rows]
    assert "images" not in out and registry.default_family("tables", rows[0].task) in out


def loaded_by(arguments: list[str], heavy: tuple[str, ...]) -> str:
    """Which of some modules a command loads, as a list is printed."""
    code = f"""
import sys
from genwright.cli.commands import main
try:
    main({arguments!r})
except SystemExit as exit:
    assert exit.code == 0
print([name for name in {heavy!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True)
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("arguments", [["--help"], ["fit", "--help"], ["list"], ["list", "vae"]])
def test_help_and_list_load_nothing_heavy(arguments):
    assert loaded_by(arguments, ("torch", "numpy", "pandas", "sklearn", "scipy", "matplotlib")) == "[]"


def test_a_table_is_described_without_torch(tmp_path):
    table = tmp_path / "people.csv"
    table.write_text("age,town\n" + "".join(f"{20 + k % 50},{'abc'[k % 3]}\n" for k in range(200)))
    assert loaded_by(["describe", str(table)], ("torch", "sklearn", "matplotlib")) == "[]"


def test_list_has_a_row_for_every_family(do):
    out = do("list")
    lines = out.splitlines()[2:]
    models = [row for row in registry.ROWS if not registry.predicts(row.task)]
    wide = max(len(row.kind) for row in models)
    for row, line in zip(models, lines):
        assert line.startswith(f"{row.kind:{wide}} {row.family}") and line.endswith(row.paper)
        marks = re.findall(r" ([x-])(?= )", line[24:])
        assert marks == ["x" if verb in row.verbs else "-" for verb in registry.LATENT], line
        assert line.index(row.paper) <= 82


def test_list_is_cut_to_the_width_of_the_terminal():
    assert max(map(len, family_table(80).splitlines())) <= 80
    models = sum(not registry.predicts(row.task) for row in registry.rows())
    assert family_table(80).count("\n") == family_table().count("\n") == 1 + models


def environment() -> dict[str, str]:
    source = os.pathsep.join(filter(None, [str(Path(genwright.__file__).parents[1]), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": source}


def test_a_reader_that_stops_early_is_no_error():
    command = f"{sys.executable} -m genwright list | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment())
    assert done.stderr == ""
