"""Attribute vectors where it is known what they must do: a linear model, and pictures with a planted attribute."""

import numpy as np
import pytest

import genwright
from genwright.core.errors import DataError, Unsupported
from genwright.studies.attributes import attribute_vector, edited


@pytest.fixture(scope="module")
def pictures():
    """(800, 8, 8) of labels 0 and 1, tall or wide bars; the upper left corner of half of them is bright."""
    rng = np.random.default_rng(0)
    label, bright = rng.integers(2, size=(2, 800)).astype(bool)
    x = rng.integers(10, 60, (800, 8, 8))
    x[label, :, 4:6] += 100
    x[~label, 4:6, :] += 100
    x[bright, :3, :3] += 120
    return x.astype(np.uint8), label.astype(int), bright


@pytest.fixture(scope="module")
def pca(pictures):
    return genwright.fit(genwright.load_data(pictures[0]), "pca", progress=False)


def test_the_vector_moves_the_mean_of_one_list_to_that_of_the_other(pca, pictures):
    x, bright = pictures[0][..., None], pictures[2]
    vector = attribute_vector(pca, x[bright], x[~bright])
    moved, there = (np.asarray(items, float).mean(0) for items in (edited(pca, x[~bright], vector), x[bright]))
    assert np.abs(moved - there).max() < 3  # levels, which decoding rounds and cuts
    back = np.asarray(edited(pca, edited(pca, x[~bright], vector), vector, -1.0), float).mean(0)
    assert np.abs(back - x[~bright].mean(0)).max() < 3


def test_an_edit_changes_what_the_lists_differ_in_and_leaves_the_rest(pca, pictures):
    x, label, bright = pictures
    made = np.asarray(edited(pca, x[~bright], attribute_vector(pca, x[bright], x[~bright]))).astype(float)[..., 0]
    assert (made[:, :3, :3].mean((1, 2)) > 120).mean() > 0.99 and x[~bright][:, :3, :3].max() < 60
    tall = made[:, 6:, 4:6].mean((1, 2)) > made[:, 4:6, 6:].mean((1, 2))
    assert (tall == label[~bright]).mean() > 0.99


def test_labels_that_items_carry_are_left_to_the_codes(pictures):
    x, label, _ = pictures
    data = genwright.load_data((x, label))
    model = genwright.fit(data, "flow", preset="tiny", items=600, progress=False)
    said = np.array(data.test.given["label"])
    ones, noughts = data.test[said == 1], data.test[said == 0]
    vector = attribute_vector(model, ones, noughts)
    bare = attribute_vector(model, np.asarray(ones), np.asarray(noughts))
    assert vector.shape == model.encode(data.test[:1]).shape[1:] and np.array_equal(vector, bare)
    assert np.array_equal(edited(model, noughts, vector, 0.0), noughts)  # a flow loses nothing on the way


def test_a_family_without_a_latent_says_so_and_a_vector_of_another_model_is_refused(pca, pictures):
    x = pictures[0]
    none = genwright.fit(genwright.load_data(x), "bootstrap", progress=False)
    with pytest.raises(Unsupported):
        attribute_vector(none, x[:2], x[2:4])
    with pytest.raises(DataError):
        edited(pca, x[:2], np.zeros(3))
