"""The core stands alone: its tests pass where nothing that packages need is installed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ABSENT = ("rdkit", "selfies", "networkx", "gemmi", "Bio", "soundfile", "mido", "music21", "av", "starlette", "uvicorn")
BLOCKED = f"""
import sys
from functools import partial
from importlib.machinery import PathFinder

find = PathFinder.find_spec

def find_others(name, path=None, target=None):
    return None if name.partition(".")[0] in {ABSENT!r} else find(name, path, target)

PathFinder.find_spec = partial(find_others)  # which pytest keeps in a class of its own, and is no method
"""
FAST = (
    "core distributions networks kinds/test_tables.py kinds/test_images.py kinds/test_sequences.py "
    "kinds/test_lattices.py zoo/test_registry.py families/test_vae.py families/test_flow.py"
)

OF_PACKAGES = "core/test_folder.py", "core/test_started_processes.py", "networks/test_perceptual.py"


def run_without(program: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", BLOCKED + program], capture_output=True, text=True, cwd=HERE.parent)


def test_the_core_is_used_without_what_packages_need(tmp_path):
    done = run_without(
        f"import genwright, os; os.chdir({os.fspath(tmp_path)!r}); "
        "model = genwright.fit('iris', 'copula', progress=False); print(len(model.sample(3)))"
    )
    assert done.returncode == 0 and done.stdout.split() == ["3"], done.stderr


@pytest.mark.parametrize("source, extra", [("m.smi", "mol"), ("g.gml", "graphs")])
def test_what_a_package_reads_names_its_extra(source, extra, tmp_path):
    (tmp_path / source).write_text("CCO\n" if extra == "mol" else "graph [ node [ id 0 ] ]\n")
    done = run_without(f"import genwright; genwright.load_data({os.fspath(tmp_path / source)!r})")
    assert done.returncode and f"genwright[{extra}]" in done.stderr.splitlines()[-1]


@pytest.mark.long
def test_the_tests_of_the_core_pass_without_what_packages_need():
    chosen = [os.fspath(HERE / name) for name in FAST.split()]
    chosen += [f"--deselect={HERE / name}" for name in OF_PACKAGES] + [
        f"--ignore={HERE / name}" for name in OF_PACKAGES
    ]
    done = run_without(f"import pytest; sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', *{chosen!r}]))")
    assert done.returncode == 0, done.stdout[-3000:]
