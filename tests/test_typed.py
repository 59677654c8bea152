"""A checker of types, and an editor, know the public surface."""

import subprocess
import sys
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest

import genwright as gw

SOURCE = Path(gw.__file__).parents[1]
SKIPPED = ("torch", "sklearn", "scipy", "matplotlib", "networkx", "rdkit", "rich", "jinja2", "pandas")  # of others
WRONG = """import genwright as gw

gw.fit("digits", minutes="2")
gw.compare("digits", minuts=2)
gw.load_data("digits", givn=["label"])
gw.load_data("digits", windows="5")
gw.measure("digits", "other", typs={})
"""


@pytest.mark.long
def test_a_program_over_the_public_surface_is_strictly_typed(tmp_path):
    """Modules of other libraries are not followed, and ours only as far as the program calls them."""
    parts = [f"[mypy-{name}.*]\nfollow_imports = skip\nignore_missing_imports = True\n" for name in SKIPPED]
    config = tmp_path / "mypy.ini"
    config.write_text("\n".join([f"[mypy]\nmypy_path = {SOURCE}\nstrict = True\nfollow_imports = silent\n", *parts]))
    command = [sys.executable, "-m", "mypy", "--config-file", str(config), "--cache-dir", str(tmp_path / "cache")]
    program = Path(__file__).with_name("typed_program.py")
    done = subprocess.run([*command, str(program)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = tmp_path / "wrong.py"
    wrong.write_text(WRONG)
    done = subprocess.run([*command, str(wrong)], capture_output=True, text=True)
    assert done.stdout.count("error:") == WRONG.count("gw.") == 5, done.stdout


@pytest.mark.parametrize("name", ["fit", "compare", "design", "screen", "measure", "load_data"])
def test_an_editor_shows_every_option(name):
    jedi = pytest.importorskip("jedi")
    script = jedi.Script(f"import genwright as gw\ngw.{name}(", environment=jedi.InterpreterEnvironment(),
                         project=jedi.Project(SOURCE))  # fmt: skip
    (shown,) = script.get_signatures()
    names = [one.name for one in shown.params if one.name != "*"]
    assert names == [*signature(getattr(import_module(gw._WHERE[name], "genwright"), name)).parameters]
    assert "Args:" in shown.docstring()


def test_the_surface_is_where_its_stub_says():
    assert all(getattr(gw, name).__name__.rpartition(".")[2] == name for name in gw.__all__)
