# Tests families/adversarial/style_gan.py, zoo/gan.py
"""A style-based generator: what truncation, mixing and noise do, on networks as they are drawn first."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from leaves import category

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.families.adversarial.style_gan import StyleGAN
from genwright.networks.generators import ModulatedConv
from genwright.zoo import gan

LABEL = Spec((("label", category(0.3, 0.3, 0.4)),))
SPEC = Spec((("picture", Ordered(256, shape=(1, 12, 12), axis="grid")),))


@pytest.fixture(scope="module")
def family():
    torch.manual_seed(0)
    hyper = replace(gan.IMAGES["tiny"], variant="style")
    found = gan.build(SPEC, LABEL, hyper).family.eval()
    with torch.no_grad():
        for layer in found.generator.grow:
            layer.strength.fill_(0.1)
    return found


def given(n, label=1.0):
    return torch.full((n, 1), label)


def test_guidance_draws_styles_to_their_mean_until_one_is_left(family):
    assert isinstance(family, StyleGAN)
    with torch.no_grad():
        wide, narrow, narrowest = (family.sample(64, given(64), Draws(0), g) for g in (1.0, 2.0, 1e6))
        assert torch.equal(wide, family.decode(Draws(0).normal(64, family.latents), given(64)))
        z, middle = Draws(0).normal(64, family.latents), family.mean_styles(given(64))
        half = middle + (family.styles(z, given(64)) - middle) / 2
        layers = half[:, None].expand(-1, family.generator.layers, -1)
        assert torch.equal(narrow, family._draw(layers, z))
    spread = [float(x.std(0).mean()) for x in (wide, narrow, narrowest)]
    assert spread[0] > spread[1] > spread[2] > 0  # what is left is the noise


def test_the_middle_is_each_labels_own_mean_style(family):
    labels = torch.tensor([[2.0], [0.0], [torch.nan], [2.0]])
    with torch.no_grad():
        middle = family.mean_styles(labels)
        drawn = family.styles(Draws(7).normal(40_000, family.latents), labels[:1].expand(40_000, -1))
        error = drawn.std(0) * (1 / 10_000 + 1 / 40_000) ** 0.5
    assert torch.equal(middle[0], middle[3]) and not torch.allclose(middle[0], middle[1])
    assert ((middle[0] - drawn.mean(0)).abs() < 5 * error + 1e-6).all()


def test_a_mixture_is_coarse_from_one_and_fine_from_the_other(family):
    one, two = Draws(1).normal(2, 8, family.latents)
    layers = family.generator.layers
    with torch.no_grad():
        mixed = lambda k: family.mix(one, two, given(8), k)
        assert torch.equal(mixed(layers), family.decode(one, given(8)))
        same_noise = torch.cat([two[:, : family.generator.codes], one[:, family.generator.codes :]], 1)
        assert torch.equal(mixed(0), family.decode(same_noise, given(8)))
        away = [float((mixed(k) - mixed(layers)).abs().mean()) for k in (layers, layers - 1, 0)]
    assert away[0] == 0 < away[1] < away[2]


def test_training_mixes_some_of_the_samples(family):
    x, nothing = torch.zeros(400, 1, 12, 12), torch.zeros(400, 1, 12, 12, dtype=torch.bool)
    with torch.no_grad():
        fake = family._fake(x, nothing, given(400), Draws(0))
        z, _ = Draws(0).normal(2, 400, family.latents)
        pure = (fake - family.generator(z, x, nothing, given(400))).abs().flatten(1).max(1).values < 1e-5
    assert 0.4 < float(pure.float().mean()) < 0.6


def test_modulated_channels_come_out_at_unit_size():
    torch.manual_seed(0)
    conv, style = ModulatedConv(16, 8, 5), 3 * Draws(0).normal(300, 5)
    with torch.no_grad():
        out = conv(Draws(1).normal(300, 16, 9, 9), style)[:, :, 1:-1, 1:-1]
    sizes = out.square().mean((2, 3)).sqrt().numpy()
    assert sizes.mean() == pytest.approx(1.0, abs=0.05) and np.quantile(sizes, [0.05, 0.95]) == pytest.approx(
        [1, 1], abs=0.3
    )


def test_styles_vary_with_latents_from_the_start(family):
    with torch.no_grad():
        styles = family.styles(Draws(0).normal(500, family.latents), given(500))
    assert float(styles.std(0).mean()) > 0.5
