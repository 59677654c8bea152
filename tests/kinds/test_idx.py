# Tests kinds/formats/images/idx.py
"""IDX files as people have them: by their names, packed or not, with labels beside."""

import gzip

import numpy as np
import pytest

from genwright.core.errors import DataError
from genwright.kinds.formats.images.idx import TYPES, is_idx, read_idx
from genwright.kinds.load import load_data, read_items


def idx(array, code=0x08):
    header = bytes([0, 0, code, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return header + array.astype(TYPES[code]).tobytes()


@pytest.fixture
def pictures():
    return np.random.default_rng(0).integers(0, 256, (60, 9, 9), dtype=np.uint8)


@pytest.mark.parametrize("code", TYPES)
def test_every_type_of_number(code):
    array = np.arange(24).reshape(2, 3, 4)
    found = read_idx(idx(array, code))
    assert (found == array).all() and found.shape == array.shape and found.dtype.isnative
    with pytest.raises(DataError, match="cut short"):
        read_idx(idx(array, code)[:-1])


@pytest.mark.parametrize(
    "name, beside",
    [
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
        ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte.gz"),
        ("images.idx", "labels.idx"),
    ],
)
def test_pictures_with_labels_beside(name, beside, tmp_path, pictures):
    labels = np.arange(60) % 3
    for file, array in ((name, pictures), (beside, labels)):
        content = idx(array)
        (tmp_path / file).write_bytes(gzip.compress(content) if file.endswith(".gz") else content)
    data = load_data(tmp_path / name)
    assert data.domain.labels == [0, 1, 2] and data.domain.size == (9, 9, 1) and data.domain.spec.leaf.levels == 256
    where = {picture.tobytes(): label for picture, label in zip(pictures, labels)}
    for part in data.items.values():
        assert [where[p.tobytes()] for p in np.asarray(part)] == part.given["label"].tolist()
    items, known, *_ = read_items(tmp_path / name, data.domain)
    assert (np.asarray(items) == pictures).all() and items.given["label"].tolist() == labels.tolist() and known is None
    assert data.domain.encode(items)[0].shape == (60, 1, 9, 9)


def test_pictures_without_labels_and_rows(tmp_path, pictures):
    (tmp_path / "x.idx3").write_bytes(idx(pictures))
    assert load_data(tmp_path / "x.idx3").domain.given.names == []
    (tmp_path / "rows.idx").write_bytes(idx(np.random.default_rng(0).normal(size=(60, 4)), 0x0D))
    assert list(load_data(tmp_path / "rows.idx").train.columns) == ["x0", "x1", "x2", "x3"]


def test_names(tmp_path):
    for name in ("a-ubyte", "a.IDX.gz", "a.idx2", "idx", "cubyte", "a.idxs"):
        (tmp_path / name).write_bytes(b"")
        assert is_idx(tmp_path / name) is (name in ("a-ubyte", "a.IDX.gz", "a.idx2")), name
