"""Run folders of every format ever written open for ever and say the same: on the machine that made them to the bit,
or to 1e-5 where the order of a family's sums has changed since; elsewhere within what sums of floats differ by.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from said import machine, said

from genwright.contract.small_data import small_data
from genwright.recipes import registry
from genwright.run.folder import KEPT, WEIGHTS
from genwright.run.open import load_model
from genwright.training.files import unpack

HERE = Path(__file__).parent
FORMATS = ("format-1", "format-2")
FOLDERS = sorted(folder for name in FORMATS for folder in (HERE / name).iterdir())
LABELS = {f"{row.label}-{row.family}": row.label for row in registry.ROWS}  # of folders, by their names
# of families: of those by one denoiser, and of those that look at pairs of nodes once, which came after these were made
REORDERED = ("diffusion", "flow-matching", "score-matching", "graph-vae")
FIRST = sorted(HERE.glob("format-1-*"))  # of the first version, whose files did not say of which run they are


@pytest.fixture(scope="module")
def data_of():
    made = {}
    return lambda domain: made.setdefault(domain, small_data(domain))


def test_there_is_a_folder_of_every_row():
    """Of the present format; earlier ones know nothing of rows that came later."""
    there = [{folder.name for folder in (HERE / name).iterdir()} for name in FORMATS]
    rows = {f"{row.label}-{row.family}" for row in registry.ROWS}
    assert all(names <= rows for names in there) and there[-1] == rows


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}, {folder.name}")
def test_a_golden_folder_says_what_it_said(folder, data_of):
    before = json.loads((folder / "said.json").read_text())
    now = json.loads(json.dumps(said(load_model(folder), data_of(LABELS[folder.name]))))
    if KEPT in (tensors := unpack(folder / WEIGHTS)[0]) and tensors[KEPT].numel():
        before["sample"] = now["sample"]  # it was of conditions of training items, which runs keep no more
    verbs = now.pop("verbs", [])
    assert set(before.pop("verbs", [])) <= set(verbs)  # it may have learned more of them
    if before["machine"] == machine():
        assert same(now, before) if folder.name.endswith(REORDERED) else now == before
        return
    assert now.keys() == before.keys()
    for verb in ("log_prob", "encode", "predict"):  # a draw may turn at the last bit, and all that comes after it
        if verb in before:
            assert near(now[verb], before[verb]), verb


def same(a, b, verb="") -> bool:
    """Equal, floats to 1e-5. A completion's rare labels are drawn by the bits of its numbers, and may be others."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key], verb or key) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(same(x, y, verb) for x, y in zip(a, b))
    if isinstance(a, str) and verb == "complete":
        return isinstance(b, str)
    return a == pytest.approx(b, rel=1e-5, abs=1e-5) if isinstance(a, float) else a == b


def near(a, b) -> bool:
    if not isinstance(a, dict):
        return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-2, atol=1e-2)
    numbers = [name for name, values in a.items() if all(isinstance(value, float) for value in values)]
    return a.keys() == b.keys() and all(near(a[name], b[name]) for name in numbers)


@pytest.mark.parametrize("folder", FIRST, ids=lambda folder: folder.name)
def test_a_folder_of_the_first_version_opens_and_means_the_same(folder):
    model = load_model(folder)
    expected = json.loads((folder / "expected.json").read_text())
    table = (folder / "items.csv").exists()
    items = pd.read_csv(folder / "items.csv") if table else np.load(folder / "items.npy", allow_pickle=False)
    assert set(expected["verbs"]) <= set(model.verbs) and model.family.kind == expected["kind"]
    nats = model.log_prob(items, given={}, seed=1, draws=1000).nats  # a bound: the same but for the noise of its draws
    assert nats == pytest.approx(expected["nats"], rel=3e-3, abs=0.05)
    drawn = model.sample(5, seed=0)
    assert list(drawn.columns) == list(items.columns) if table else np.asarray(drawn).shape[1:] == items.shape[1:]
