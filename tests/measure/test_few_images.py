# Tests measure/metrics/few_images.py
"""What a few images can tell: samples like none of them, and crops that are copied from any place of them."""

import numpy as np
import torch

from genwright.measure.metrics.few_images import copied_crops, unlike


def test_copies_and_new_items_are_alike_and_ghosts_are_not():
    rng = np.random.default_rng(0)
    train, fresh = rng.normal(size=(120, 4)), rng.normal(size=(200, 4))
    assert unlike(train[:50], train, "features").value == 0
    assert unlike(fresh, train, "features").value < 0.2
    assert unlike(fresh + 8, train, "features").value == 1


def test_crops_of_a_quilt_are_copies_and_new_ones_are_not():
    generator = torch.Generator().manual_seed(0)
    train, test, fresh = (torch.rand(n, 1, 32, 32, generator=generator) for n in (6, 5, 5))
    quilt = train.roll((5, 9), (2, 3))[:, :, 9:, 9:][:, :, :16, :16]  # no border of an image inside
    assert copied_crops(quilt.repeat(1, 1, 2, 2)[..., :32, :32], test, train, 0).value < 1
    whole = torch.cat([train[:3, :, :, 8:], train[:3, :, :, :8]], 3)
    own = copied_crops(whole, test, train, 0).value
    assert own < 0.2 and abs(copied_crops(fresh, test, train, 0).value - 1) < 0.1
