"""Towers of images and texts: an image keeps on which side of it a feature lies."""

import torch

from genwright.core.draws import seeded
from genwright.core.spec import Ordered, Spec
from genwright.networks.two_towers import ImageTower

PICTURE = Spec((("picture", Ordered(256, shape=(3, 32, 32), axis="grid")),))


@torch.no_grad()
def test_a_feature_that_moves_changes_the_mean_that_its_direction_weighs_and_no_other():
    """One place of the grid is 4 x 4 pixels. Without learned places nothing else says where the feature is."""
    with seeded(0):
        tower = ImageTower(PICTURE, 8, 16, 1)
    tower.places.zero_()
    seen = []
    tower.out.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].unflatten(1, (3, 16))))
    x = torch.full((3, 3, 32, 32), 60.0)
    for image, (row, column) in zip(x, ((12, 12), (12, 16), (16, 12))):
        image[0, row : row + 4, column : column + 4] = 250.0
    tower(x)
    start, right, down = seen[0]
    for moved, direction, other in ((right, 2, 1), (down, 1, 2)):
        assert torch.allclose(start[[0, other]], moved[[0, other]], atol=1e-5)
        assert (start[direction] - moved[direction]).abs().max() > 1e-3
