"""The tutorial's blocks, run one after the other as a reader would."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent / "docs" / "tutorial.md"


def test_every_block_of_the_tutorial_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)
    assert len(blocks) >= 8
    names: dict = {}
    for number, block in enumerate(blocks, 1):
        try:
            exec(compile(block, f"tutorial block {number}", "exec"), names)
        except Exception as error:
            pytest.fail(f"block {number}: {type(error).__name__}: {error}\n{block}")
    assert (tmp_path / "trees" / "report.html").exists()
