"""Tables and pictures in the forms of other libraries: dicts of columns, scikit-learn's Bunch, PyTorch's data sets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.utils import Bunch
from torch.utils.data import Dataset, IterableDataset, Subset, TensorDataset

import genwright as gw
from genwright.core.errors import DataError

RNG = np.random.default_rng(0)


class Listed(Dataset):
    """A list as a data set."""

    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


class Endless(IterableDataset):
    def __iter__(self):
        yield 1


def whole(data) -> pd.DataFrame:
    return pd.concat(list(data.items.values()))


def test_a_dict_of_columns_is_a_table():
    data = gw.load_data({"size": range(40), "kind": ["a", "b"] * 20, "when": pd.Series([1.5] * 40)})
    assert sorted(whole(data)["size"]) == list(range(40)) and list(data.train) == ["size", "kind", "when"]


def test_a_bunch_is_a_table_whose_classes_are_given_by_their_names():
    for bunch in (load_iris(), load_iris(as_frame=True)):
        data = gw.load_data(bunch)
        assert data.domain.given.names == ["target"] and set(whole(data)["target"]) == set(load_iris().target_names)
        assert "petal length (cm)" in data.train
    numbers = gw.load_data(load_diabetes())
    assert numbers.domain.given.names == [] and "target" in numbers.domain.spec.names
    assert gw.load_data(load_iris(), given=[]).domain.given.names == []


def test_a_bunch_of_pictures_is_pictures():
    bunch = load_digits()
    data = gw.load_data(bunch)
    assert data.kind == "images" and data.domain.given.names == ["label"]
    assert sum(data.sizes.values()) == 1797 and data.train.shape[1:] == (8, 8, 1)


def test_a_data_set_of_torch_is_rows_or_pictures():
    x, y = torch.randn(60, 3), torch.arange(60) % 2
    rows = gw.load_data(TensorDataset(x, y))
    assert rows.domain.given.names == ["label"] and np.allclose(np.sort(whole(rows)["x0"]), np.sort(x[:, 0]))
    assert gw.load_data(TensorDataset(x)).domain.given.names == []
    coloured = (torch.rand(30, 3, 8, 8) * 255).to(torch.uint8)
    assert gw.load_data(TensorDataset(coloured, y[:30])).train.shape[1:] == (8, 8, 3)
    grey = [(Image.fromarray(RNG.integers(0, 256, (8, 8)).astype(np.uint8)), "ab"[k % 2]) for k in range(30)]
    pictures = gw.load_data(Subset(Listed(grey), range(20)))
    assert sum(pictures.sizes.values()) == 20 and set(pictures.train.given["label"]) == {"a", "b"}


@pytest.mark.parametrize(
    "source, words",
    [
        ({}, "the dict is empty"),
        ({"a": [1, 2], "b": [1]}, "2 values under 'a' and 1 under 'b'"),
        ({"a": 3}, "type int under 'a'"),
        ({"a": "text"}, "type str under 'a'"),
        ({"a": np.zeros((20, 2))}, r"shape \(20, 2\) under 'a'"),
        (Bunch(data=np.zeros((20, 2)), target=np.zeros((20, 2))), r"a target of shape \(20, 2\)"),
        (Bunch(data=np.zeros(20), target=None), "data of type ndarray, not rows"),
        (Endless(), "the Endless has no length"),
        (Listed([]), "the Listed is empty"),
        (Listed([np.zeros(3)] * 20 + [np.zeros(4)]), r"\(3,\) in item 0 and \(4,\) in item 20"),
        (Listed([(np.zeros(3), 1)] * 20 + [np.zeros(3)]), "a label in some items and none in item 20"),
        (Listed([{"x": 1}] * 20), "a dict as item 0: give x or"),
        (Listed([(np.zeros(3), np.zeros(2))] * 20), r"a label of shape \(2,\) in item 0"),
        (Listed([np.zeros((2, 2, 2, 2))] * 20), r"x of shape \(2, 2, 2, 2\): pass rows"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_does_not_fit_is_said(source, words):
    with pytest.raises(DataError, match=words):
        gw.load_data(source)
