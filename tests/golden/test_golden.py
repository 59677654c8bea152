"""Run folders of every format ever written open for ever."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genwright.workbench import load_model

FOLDERS = sorted(Path(__file__).parent.glob("format-*"))


def test_there_is_a_folder_of_each_kind_of_data():
    assert {folder.name for folder in FOLDERS} >= {"format-1-images", "format-1-tables"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_golden_folder_opens_and_means_the_same(folder):
    model = load_model(folder)
    expected = json.loads((folder / "expected.json").read_text())
    table = (folder / "items.csv").exists()
    items = pd.read_csv(folder / "items.csv") if table else np.load(folder / "items.npy", allow_pickle=False)
    assert set(expected["verbs"]) <= set(model.verbs) and model.family.kind == expected["kind"]
    nats = model.log_prob(items, given={}, seed=1, draws=1000).nats  # a bound: the same but for the noise of its draws
    assert nats == pytest.approx(expected["nats"], rel=3e-3, abs=0.05)
    drawn = model.sample(5, seed=0)
    assert list(drawn.columns) == list(items.columns) if table else np.asarray(drawn).shape[1:] == items.shape[1:]
