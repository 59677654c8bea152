# Tests zoo/diffusion.py
"""Which families of images take a caption, and that their samples follow it."""

import numpy as np
import pytest

import genwright
from genwright.core.errors import Unsupported
from genwright.networks.conditioning import TextEncoder
from genwright.networks.raster_transformer import TextTrack
from genwright.zoo import registry

WORDS = {"dark": 0, "light": 200}
FAMILIES = registry.families("images", registry.GENERATE)
REFUSED = {"semi-supervised-vae": "can be conditioned on one column of labels alone, not on caption"}
TAKEN = [family for family in FAMILIES if family not in REFUSED]
FOLLOWED = {"flow-matching": 2560, "vae": 1920}  # items to train on


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    words = [*WORDS] * 200
    x = [WORDS[word] + 8 * rng.integers(0, 7, (8, 8)) for word in words]
    texts = [f"a {word} picture" if k % 10 else None for k, word in enumerate(words)]
    return genwright.load_data((np.array(x, np.uint8), {"caption": texts}), given="caption")


def brightness(model, word: str, n: int = 16) -> float:
    return np.asarray(model.sample(n, given={"caption": f"a {word} picture"}, seed=1)).mean()


@pytest.mark.parametrize(
    "family", [*FOLLOWED, *(pytest.param(name, marks=pytest.mark.long) for name in TAKEN if name not in FOLLOWED)]
)
def test_a_trained_family_takes_captions(family, data):
    items = FOLLOWED.get(family, 16)
    model = genwright.fit(data, family, items=items, preset="tiny", progress=False)
    reads = getattr(model.family, "priors", model.family)  # a codec is told of nothing, its prior of the text
    assert any(isinstance(module, (TextEncoder, TextTrack)) for module in reads.modules())
    dark, light = (brightness(model, word) for word in WORDS)
    if family in FOLLOWED:
        assert light - dark > 40
    assert model.sample(2, given={"caption": ["a light picture", None]}, seed=0).shape == (2, 8, 8, 1)


@pytest.mark.parametrize("family", REFUSED)
def test_the_registry_says_why_others_do_not(family, data):
    assert registry.row("images", registry.GENERATE, family).refuses(data.domain.given).endswith(REFUSED[family])
    with pytest.raises(Unsupported, match=REFUSED[family]):
        genwright.fit(data, family, items=10, progress=False)
