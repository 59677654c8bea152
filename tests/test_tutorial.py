"""The tutorials' blocks, run one after the other as a reader would."""

import os
import re
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
