# Tests networks/discriminator.py, networks/generators.py
"""Generators and discriminators that draw and read patches: any size of picture, and the known part in its place."""

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.networks.discriminator import PictureDiscriminator
from genwright.networks.generators import PictureGenerator, StyleGenerator

NOTHING = Spec(())


@pytest.mark.parametrize("make", [PictureGenerator, StyleGenerator])
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 9, 14)], ids=str)
def test_pictures_of_any_size_are_drawn_and_read_by_patches(make, shape):
    torch.manual_seed(0)
    spec = Spec((("x", Ordered(256, shape=shape, axis="grid")),))
    generator, discriminator = make(spec, NOTHING, 6, 8, 16, 2), PictureDiscriminator(spec, NOTHING, 8, 16, 0.0, 2)
    z = Draws(0).normal(3, getattr(generator, "latents", 6))
    x, known, given = torch.zeros(3, *shape), torch.zeros(3, *shape, dtype=torch.bool), torch.zeros(3, 0)
    drawn = generator(z, x, known, given)
    assert drawn.shape == (3, *shape) and drawn.abs().max() <= 1
    assert discriminator(drawn, known, given).shape == (3,)
    known[:, :, -1, -1] = True
    assert not torch.equal(
        generator(z, x + 200, known, given), generator(z, x, known, given)
    )  # a padded corner is seen
    far = drawn.clone()
    far[:, :, -1, -1] += 1
    assert not torch.equal(discriminator(far, known, given), discriminator(drawn, known, given))
