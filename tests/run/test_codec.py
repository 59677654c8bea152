"""A run that takes the codec of another and learns its codes alone."""

import numpy as np
import pytest
import torch

import genwright
from genwright.contract.small_data import digits
from genwright.core.errors import DataError, RunError
from genwright.training.weights import state_of

RNG = np.random.default_rng(0)
FEW = {"preset": "tiny", "items": 256, "progress": False}


def same(one, other) -> bool:
    a, b = state_of(one), state_of(other)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    folder = tmp_path_factory.mktemp("codec") / "run"
    return genwright.fit(digits(), "dall-e", out=folder, **FEW), folder


@pytest.mark.long
def test_the_codec_stays_as_it_is_and_is_lent_again(first, tmp_path):
    """A chain of three: dall-e lends its codec to vq-vae, and that to dall-e. Each opens without the others."""
    model, folder = first
    second = genwright.fit(digits(), "vq-vae", codec=folder, out=tmp_path / "b", **FEW)
    third = genwright.fit(digits(), "dall-e", codec=tmp_path / "b", out=tmp_path / "c", **FEW)
    for later in (second, third):
        assert same(later.family.codec, model.family.codec)
        assert [stage["name"] for stage in later.config["stages"]] == ["prior"]
        assert later.config["recipe"]["beta"] == model.config["recipe"]["beta"]
    assert not same(third.family.priors, model.family.priors)
    x = digits().test[:4]
    (tmp_path / "b").rename(tmp_path / "away")
    opened = genwright.load_model(tmp_path / "c")
    assert np.array_equal(opened.encode(x), model.encode(x)) and len(opened.sample(2, seed=0)) == 2
    with pytest.raises(RunError):
        genwright.fit(digits(), "dall-e", codec=tmp_path / "b", **FEW)


def test_it_opens_is_repeated_and_begun_from(first, tmp_path):
    _, folder = first
    run = genwright.fit(digits(), "vq-vae", codec=folder, out=tmp_path / "a", **FEW)
    again = genwright.fit(digits(), "vq-vae", codec=folder, out=tmp_path / "a", **FEW)
    gone = run.config | {"codec": run.config["codec"] | {"run": "gone"}}
    for replay, moved in ((tmp_path / "a", {}), (gone, {"codec": folder})):
        replayed = genwright.fit(digits(), replay=replay, **moved, progress=False)
        assert same(run.family, again.family) and same(run.family, replayed.family)
    with pytest.raises(RunError, match="did not begin with"):
        genwright.fit(digits(), replay=gone, match=folder, progress=False)
    child = genwright.fit(digits(), parent=tmp_path / "a", items=64, progress=False)
    assert same(child.family.codec, run.family.codec) and not same(child.family.priors, run.family.priors)
    with pytest.raises(RunError):
        genwright.fit(digits(), "vq-vae", out=tmp_path / "a", **FEW)


def test_a_codec_of_real_codes_is_tuned_to_images_of_another_size(tmp_path):
    small, large = (RNG.integers(0, 256, (40, side, side, 3), dtype=np.uint8) for side in (16, 24))
    run = genwright.fit(genwright.load_data(small), "latent-diffusion", out=tmp_path / "small", **FEW)
    begun = genwright.fit(genwright.load_data(large), "latent-diffusion", codec=tmp_path / "small", **FEW)
    before, after = run.family.codec.state_dict(), begun.family.codec.state_dict()
    assert all(before[name].shape == after[name].shape for name in before)
    assert begun.config["stages"][0]["name"] == "codec" and np.asarray(begun.sample(2)).shape == (2, 24, 24, 3)
    with pytest.raises(DataError, match="latent-diffusion"):
        genwright.fit(genwright.load_data(small), "vq-vae", codec=tmp_path / "small", **FEW)
    grey = genwright.load_data(small[..., :1])
    with pytest.raises(RunError, match="small"):
        genwright.fit(grey, "latent-diffusion", codec=tmp_path / "small", **FEW)
