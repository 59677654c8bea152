import re
from importlib.resources import files

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits

from genwright.core.draws import Draws
from genwright.measure.feature_net import load_features
from genwright.measure.metrics.distances import frechet


def blurred(x):
    return F.avg_pool2d(F.pad(x, (1, 1, 1, 1), "replicate"), 3, 1)


def noisy(x):
    return (x + 0.1 * Draws.from_seed(0).normal(x.shape)).clamp(0, 1)


@pytest.fixture(scope="module")
def digits():
    """(1797, 1, 8, 8), in a random order, and their classes."""
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    return torch.tensor(x[order].reshape(-1, 1, 8, 8) / 16).float(), y[order]


@pytest.mark.parametrize("name", ["grey-1", "colour-1"])
def test_the_files_are_small(name):
    content = files("genwright.measure").joinpath("features", f"{name}.safetensors").read_bytes()
    assert 100_000 < len(content) < 1_000_000


def test_a_picture_twice_as_large_has_the_same_features():
    small = Draws.from_seed(0).uniform(4, 3, 32, 32)
    features = load_features(3)
    large = small.repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert np.allclose(features(large), features(small), atol=1e-5)
    assert features(torch.rand(2, 3, 47, 47)).shape == (2, 128)


@pytest.mark.parametrize("channels, name", [(1, "grey-1"), (3, "colour-1")])
def test_every_number_can_name_its_network(channels, name):
    features = load_features(channels)
    assert re.fullmatch(rf"features {name} sha256:[0-9a-f]{{8}}", features.reference)
    assert features(torch.rand(3, channels, 20, 28)).shape == (3, 128)


def test_other_numbers_of_channels_are_refused():
    with pytest.raises(ValueError):
        load_features(2)


def test_a_picture_keeps_its_features_in_any_company(digits):
    x, _ = digits
    features = load_features(1)
    whole = features(x[:300])
    assert whole.dtype == np.float64
    assert features(x[290:300]) == pytest.approx(whole[290:], abs=1e-4)
    assert (features(x[:300]) == whole).all()


@pytest.mark.long
def test_grey_features_see_damage_and_a_missing_class(digits):
    x, y = digits
    features = load_features(1)
    real, other = features(x[:900]), features(x[900:])
    floor = frechet(real, other)
    assert frechet(features(blurred(x[:900])), other) > 20 * floor
    assert frechet(features(noisy(x[:900])), other) > 20 * floor
    assert frechet(real[y[:900] != 3], other) > 1.5 * floor
    assert frechet(real[y[:900] < 5], other) > 5 * floor


def test_colour_features_see_damage_and_a_lost_colour():
    rng = Draws.from_seed(0)
    spots = rng.uniform(800, 3, 5, 5)
    x = (F.interpolate(spots, size=(32, 32), mode="bicubic") * 1.4 - 0.2).clamp(0, 1)
    middle = x[:, :, 8:24, 8:24]
    x[:, :, 8:24, 8:24] = torch.where(rng.uniform(800, 1, 1, 1) < 0.5, 1 - middle, middle)
    features = load_features(3)
    real, other = features(x[:400]), features(x[400:])
    floor = frechet(real, other)
    for change in (blurred, noisy, lambda x: x.mean(1, keepdim=True).expand(-1, 3, -1, -1)):
        assert frechet(features(change(x[:400])), other) > 3 * floor
