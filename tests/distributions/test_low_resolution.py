"""Pictures at a lower resolution: means of blocks, and pictures that are made to agree with them."""

import torch

from genwright.core.draws import Draws
from genwright.core.spec import Ordered
from genwright.distributions.low_resolution import block_means, grow, low_leaf, match_means, shrink

TOP, TIMES = 255, 4


def test_a_pixel_is_the_mean_of_its_block_also_where_the_side_cuts_it():
    x = Draws("x").integers(TOP + 1, (2, 3, 8, 10)).float()
    low = shrink(x, TIMES)
    assert low.shape[1:] == low_leaf(Ordered(TOP + 1, shape=(3, 8, 10)), TIMES).shape == (3, 2, 3)
    for i in range(2):
        for j in range(3):
            block = x[:, :, 4 * i : 4 * i + 4, 4 * j : 4 * j + 4]
            assert torch.equal(low[:, :, i, j], block.flatten(2).mean(2).round())
    assert torch.equal(block_means(grow(low, TIMES, x.shape[2:]), TIMES), low)


def test_pictures_are_moved_until_they_agree_and_those_that_do_are_left_alone():
    x = Draws("x").integers(TOP + 1, (8, 1, 10, 10)).float()
    low = Draws("low").integers(TOP + 1, (8, 1, 3, 3)).float()
    found = match_means(x, low, TIMES, TOP)
    assert found.min() >= 0 and found.max() <= TOP and torch.equal(found, found.round())
    off = (block_means(found, TIMES) - low).abs()
    assert off.max() > 0 and off.max() <= 1.0 < (block_means(x, TIMES) - low).abs().max()
    steady = block_means(x, TIMES)
    assert torch.allclose(match_means(x, steady, TIMES, TOP), x)
    assert torch.equal(match_means(x, torch.full_like(low, torch.nan), TIMES, TOP), x)
