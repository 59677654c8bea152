"""Run folders open and say the same as when they were written: on the machine that made them to the bit, elsewhere
within what sums of floats differ by. Those of another format are refused.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from cells import repeated_long
from said import machine, said

from genwright.contract.small_data import small_data, small_label
from genwright.run.folder import FORMAT
from genwright.run.open import load_model
from genwright.zoo import registry

HERE = Path(__file__).parent / f"format-{FORMAT}"
FOLDERS = sorted(HERE.iterdir())
LABELS = {f"{row.label}-{row.family}": small_label(row) for row in registry.ROWS}  # of folders, by their names


@pytest.fixture(scope="module")
def data_of():
    made = {}
    return lambda domain: made.setdefault(domain, small_data(domain))


def test_there_is_a_folder_of_every_row():
    assert {folder.name for folder in FOLDERS} == LABELS.keys()


@pytest.mark.parametrize("folder", repeated_long(FOLDERS, lambda folder: folder.name), ids=lambda folder: folder.name)
def test_a_golden_folder_says_what_it_said(folder, data_of):
    before = json.loads((folder / "said.json").read_text())
    now = json.loads(json.dumps(said(load_model(folder), data_of(LABELS[folder.name]))))
    verbs = now.pop("verbs", [])
    assert set(before.pop("verbs", [])) <= set(verbs)  # it may have learned more of them
    if before["machine"] == machine():
        assert now == before
        return
    assert now.keys() == before.keys()
    for verb in ("log_prob", "encode", "predict"):  # a draw may turn at the last bit, and all that comes after it
        if verb in before:
            assert near(now[verb], before[verb]), verb


def near(a, b) -> bool:
    if not isinstance(a, dict):
        return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-2, atol=1e-2)
    numbers = [name for name, values in a.items() if all(isinstance(value, float) for value in values)]
    return a.keys() == b.keys() and all(near(a[name], b[name]) for name in numbers)
