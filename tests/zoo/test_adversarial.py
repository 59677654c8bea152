"""The variants of a GAN of pictures, from a fit to a run folder that is opened again."""

import numpy as np
import pytest

import genwright
from genwright.core.errors import DataError, Unsupported

KNOWN = np.repeat([True, False], 4)[:, None] & np.ones(8, bool)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    label = rng.integers(2, size=120)
    x = rng.integers(200, size=(120, 8, 8)).astype(np.uint8) // 2 + (60 * label[:, None, None]).astype(np.uint8)
    return genwright.load_data((x, label))


@pytest.mark.long
@pytest.mark.parametrize("other", [{"augment": True}, {"variant": "bidirectional"}, {"variant": "style"}], ids=str)
def test_each_variant_has_every_verb_and_opens_to_the_same_bits(data, other, tmp_path):
    model = genwright.fit(
        data, "gan", preset="tiny", hyperparameters=other, steps=3, seed=0, out=tmp_path / "run", progress=False
    )
    again = genwright.load_model(tmp_path / "run")
    for verb in (
        lambda m: m.sample(5, given={"label": 1}, seed=0),
        lambda m: m.encode(data.test[:3]),
        lambda m: m.decode(m.encode(data.test[:3])),
        lambda m: m.complete(data.test[:3], KNOWN, seed=0),
    ):
        assert np.array_equal(verb(model), verb(again))
    assert np.array_equal(np.asarray(model.complete(data.test[:3], KNOWN, seed=0))[:, :4], data.test[:3][:, :4])


def test_guidance_is_truncation_where_there_are_styles_and_refused_elsewhere(data):
    fit = lambda **numbers: genwright.fit(
        data, "gan", preset="tiny", hyperparameters=numbers, steps=3, seed=0, progress=False
    )
    style = fit(variant="style")
    drawn = [style.sample(64, seed=0, guidance=g).astype(float).std(0).mean() for g in (1.0, 4.0)]
    assert drawn[1] < drawn[0]
    with pytest.raises(Unsupported):
        fit().sample(2, guidance=2.0)
    with pytest.raises(DataError):
        fit(variant="progressive")
