"""Classes drawn: one that is left out is named; noise, which a classifier takes for one class or none, adds none."""

from functools import partial

import numpy as np
import pytest

import genwright
from genwright.measure.metrics.classifiers import train_net
from genwright.studies.measures import drawn_classes


class Drawer:
    """A model that draws real pictures, none of which is of the class that it lacks."""

    def __init__(self, data, lacks=None, noise=0.0):
        label = data.values("train", "label")
        self.x = np.array(data.train[label != lacks])
        self.noise = noise

    def sample(self, n, given, seed):
        assert given == {}
        rng = np.random.default_rng(seed)
        x, noise = (
            self.x[rng.integers(len(self.x), size=n)],
            rng.integers(17, size=(n, *self.x.shape[1:]), dtype=np.uint8),
        )
        return np.where(rng.random((n, 1, 1, 1)) < self.noise, noise, x)


@pytest.fixture(autouse=True)
def soon_taught(monkeypatch):
    monkeypatch.setattr("genwright.studies.measures.train_net", partial(train_net, items_seen=6000))


@pytest.fixture(scope="module")
def digits():
    return genwright.load_data("digits")


@pytest.mark.long
def test_real_pictures_have_all_classes_and_a_missing_one_is_named(digits):
    whole = drawn_classes(Drawer(digits), digits)
    assert whole.value == 10 and whole.detail.endswith("are not recognised")
    part = drawn_classes(Drawer(digits, lacks=4), digits)
    assert part.value == 9 and "(4)" in part.detail


def test_noise_counts_for_one_class_at_most(digits):
    assert drawn_classes(Drawer(digits, noise=0.9), digits).value <= 1
