"""Help and lists: what they say, at once."""

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import genwright
from genwright.cli.commands import app
from genwright.cli.families import family_table
from genwright.zoo import registry

COMMANDS = typer.main.get_command(app).commands


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_has_an_example_and_explains_every_option(name, do, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    command = COMMANDS[name]
    hidden = [parameter for parameter in command.params if getattr(parameter, "hidden", False)]
    short = do([name, "--help"])
    out = do([name, "--help-all"]) if hidden else short
    assert f"Example: genwright {name}" in short and len(short.splitlines()) <= 48
    for parameter in command.params:
        assert parameter.help, f"{name} {parameter.name} has no help"
        assert (parameter.metavar or parameter.opts[0]) in out
    assert not any(f" {parameter.opts[0]} " in short for parameter in hidden)


def test_the_list_of_commands_has_whole_sentences(do, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    listed = do(["--help"]).split("Commands:")[1].strip().splitlines()
    assert len(listed) == len(COMMANDS)
    assert not [line for line in listed if line.endswith("...") or not line.endswith(".")]


def test_no_command_has_more_than_twelve_parameters_of_its_own():
    """Options that a command draws from a table are one parameter."""
    for name, command in COMMANDS.items():
        assert len(inspect.signature(inspect.unwrap(command.callback)).parameters) <= 12, name


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
