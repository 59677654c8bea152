"""The tutorials' blocks, run one after the other as a reader would."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"


def run(page: str, kinds: str) -> int:
    """Run the blocks of these kinds, a regular expression of what follows ```python; how many there were."""
    blocks = re.findall(rf"```python({kinds})\n(.*?)```", (DOCS / page).read_text(), re.S)
    names: dict = {}
    for number, (_, block) in enumerate(blocks, 1):
        try:
            exec(compile(block, f"{page} block {number}", "exec"), names)
        except Exception as error:
            pytest.fail(f"block {number}: {type(error).__name__}: {error}\n{block}")
    return len(blocks)


def test_every_block_of_the_tutorial_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("tutorial.md", "") >= 8
    assert (tmp_path / "trees" / "report.html").exists()


def test_every_block_about_convolutions_runs():
    at_hand = (Path(os.environ.get("GENWRIGHT_DATA", "")) / "planetoid" / "cora.npz").exists()
    assert run("convolution.md", "| cora" if at_hand else "") >= 7


def test_a_family_of_ones_own_is_trained_listed_compared_and_opened(tmp_path):
    """In processes of their own, since what is registered stays."""
    (block,) = re.findall(r"```python\n(.*?)```", (DOCS / "your-family.md").read_text(), re.S)
    (tmp_path / "my_family.py").write_text(block)
    (tmp_path / "test_it.py").write_text("import my_family\nfrom genwright.contract.test_models import *\n")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}

    def run(*words: str) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, *words], cwd=tmp_path, env=environment, capture_output=True, text=True)

    contract = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "shifted-gaussian", "test_it.py")
    assert re.search(r"^\d\d passed", contract.stdout, re.M) and "failed" not in contract.stdout, contract.stdout[
        -3000:
    ]
    code = """
import my_family, genwright
from genwright.cli.family_table import family_table
assert "shifted-gaussian" in family_table()
genwright.fit("iris", "shifted-gaussian", items=640, out="run", progress=False)
assert len(genwright.load_model("run").sample(3)) == 3
done = genwright.compare("iris", minutes=0.05, families=["shifted-gaussian"], out="comparison", progress=False)
assert [row["family"] for row in done.results["models"]] == ["shifted-gaussian"]
"""
    done = run("-c", code)
    assert done.returncode == 0, done.stderr[-3000:]
    opened = run("-c", "import genwright; genwright.load_model('run')")
    assert "'shifted-gaussian' on 'tables', which is unknown here: register the family first" in opened.stderr
