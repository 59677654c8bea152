"""Tables and pictures in the forms of other libraries: dicts of columns, scikit-learn's Bunch, PyTorch's data sets."""

import numpy as np
import pandas as pd
import torch
from PIL import Image
from sklearn.datasets import load_diabetes, load_digits, load_iris
from torch.utils.data import Dataset, Subset, TensorDataset

import genwright as gw

RNG = np.random.default_rng(0)


class Listed(Dataset):
    """A list as a data set."""

    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


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
