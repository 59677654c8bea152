# Tests kinds/named/images.py, kinds/resplit.py
"""Pictures of which some have no label: what says so, and what comes of it."""

import os

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import genwright
from genwright.kinds.named.images import few_labels

X = np.random.default_rng(0).integers(0, 256, (200, 8, 8), dtype=np.uint8)
TRUE = np.arange(200) % 3
KNOWN = np.arange(200) % 5 == 0


def without(kind):
    """Labels by which `KNOWN` have one, and what stands for none."""
    names = np.array(["ant", "bee", "cow"])[TRUE]
    return {
        "float": (np.where(KNOWN, TRUE, np.nan), None),
        "names": ([str(name) if k else None for name, k in zip(names, KNOWN)], None),
        "nullable": (pd.Series(TRUE, dtype="Int64").where(KNOWN), None),
        "categories": (pd.Series(names).where(KNOWN).astype("category"), None),
        "minus one": (np.where(KNOWN, TRUE, -1), [-1]),
        "of the label": (np.where(KNOWN, TRUE, -1), {"label": ["-1"]}),
    }[kind]


@pytest.mark.parametrize("kind", ["float", "names", "nullable", "categories", "minus one", "of the label"])
def test_some_labels_are_missing(kind):
    labels, missing = without(kind)
    data = genwright.load_data((X, labels), missing=missing)
    assert "40 of 200 images have a label" in data.describe()
    assert data.domain.labels in ([0, 1, 2], ["ant", "bee", "cow"])
    assert sum((~data.tensors(part).given.isnan()).sum().item() for part in data.items) == 40
    place = {picture.tobytes(): k for k, picture in enumerate(X)}
    for part in data.items.values():
        for picture, label in zip(np.asarray(part), part.given["label"]):
            k = place[picture.tobytes()]
            assert label == (data.domain.labels[TRUE[k]] if KNOWN[k] else None)


def test_each_part_has_its_share_of_what_is_labelled():
    data = genwright.load_data((X, without("float")[0]))
    counts = [int((~data.tensors(part).given.isnan()).sum()) for part in ("train", "valid", "test")]
    assert counts[2] == 8 and 2 <= counts[1] <= 4


def test_a_folder_may_hold_what_nobody_has_labelled(tmp_path):
    for k, picture in enumerate(X):
        place = tmp_path / "zoo" / (["ant", "bee", "cow"][TRUE[k]] if KNOWN[k] else "unlabelled") / f"{k}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(place)
    assert genwright.load_data(tmp_path / "zoo").domain.labels == ["ant", "bee", "cow", "unlabelled"]
    data = genwright.load_data(tmp_path / "zoo", missing="unlabelled")
    assert data.domain.labels == ["ant", "bee", "cow"] and "40 of 200 images have a label" in data.describe()


def test_no_label_at_all_is_no_variable():
    assert genwright.load_data((X, np.full(200, np.nan))).domain.given.names == []


def test_a_split_by_another_seed_keeps_what_is_missing():
    from genwright.kinds.resplit import resplit

    data = genwright.load_data((X, without("minus one")[0]), missing=[-1])
    again = resplit(data, 5)
    assert again.domain.labels == [0, 1, 2] and "40 of 200 images have a label" in again.describe()


@pytest.mark.long
@pytest.mark.skipif(not os.environ.get("GENWRIGHT_DATA"), reason="set GENWRIGHT_DATA to the published files")
def test_a_hundred_labels_of_mnist_by_seed():
    raws = [few_labels(seed) for seed in (0, 0, 1)]
    told = [np.array([label is not None for label in raw.labels]) for raw in raws]
    assert (told[0] == told[1]).all() and (told[0] & told[2])[:60_000].sum() < 10
    for raw, there in zip(raws, told):
        learned = np.isin(raw.parts, ["test", "valid"], invert=True)
        assert np.bincount(raw.labels[learned & there].astype(int)).tolist() == [10] * 10
        assert there[raw.parts == "test"].all() and not there[raw.parts == "valid"].any()
        assert (raw.parts == "valid").sum() == 5_000 and (raw.parts == "test").sum() == 10_000
