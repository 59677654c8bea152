"""Edges of images and of clips: their leaf, and where they lie."""

import torch

from genwright.core.spec import Ordered
from genwright.distributions.edges import edge_leaf, edges_of


def test_edges_are_black_or_white_in_the_range_of_their_images():
    leaf = edge_leaf(Ordered(5, width=0.5, start=1.0, shape=(3, 8, 6), axis="grid"))
    assert (leaf.levels, leaf.width, leaf.start, leaf.shape) == (2, 2.0, 1.0, (1, 8, 6))
    assert edge_leaf(Ordered(5, shape=(4, 3, 8, 6), axis="grid")).shape == (4, 8, 6)


def test_a_step_is_an_edge_where_it_is_more_than_a_quarter_of_the_range():
    steep, flat = (torch.zeros(1, 6, 6).long() for _ in range(2))
    steep[..., 3:], flat[..., 3:] = 3, 2  # of levels 0 to 8
    found = edges_of(steep, 9)
    assert found[0, :, 2:4].all() and not found[0, :, :2].any() and not found[0, :, 4:].any()
    assert not edges_of(flat, 9).any()
