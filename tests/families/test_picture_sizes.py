"""Every family of pictures can be built and trained at the largest size, in colour, and at sides that 4 does not
divide."""

import pytest
import torch
from leaves import category

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.core.trainable import Items
from genwright.kinds.formats.images.pictures import LARGEST
from genwright.zoo import registry

ROWS = [registry.row(*registry.IMAGES, family) for family in registry.families(*registry.IMAGES)]


@pytest.mark.parametrize("side", [LARGEST, 47])
@pytest.mark.parametrize("family", [row.family for row in ROWS if not row.needs])  # test_unclip.py draws large images
def test_a_step_in_colour(family, side):
    spec = Spec((("picture", Ordered(16, shape=(3, side, side), axis="grid")),))
    given = Spec((("label", category(0.5, 0.5)),))
    row = registry.row(*registry.IMAGES, family)
    largest = "huge" if "huge" in registry.presets(row) else "large"
    numbers = lambda preset=None: registry.hyperparameters(row, spec, given, 1000, preset)
    assert numbers() == numbers(largest)
    model = registry.build(row, spec, given, numbers("tiny")).family
    x = Draws("x").integers(16, (2, 3, side, side)).to(torch.uint8)
    for stage in model.stages():
        items = Items(x, torch.tensor([[0.0], [1.0]]))
        items = items if stage.inputs is None else stage.inputs(items, Draws("inputs"))
        for player in stage.players:
            loss, _ = player.loss(items.batch(Draws("step"), 0))
            gradients = torch.autograd.grad(loss, player.parameters, allow_unused=True)
            assert loss.isfinite() and any(g is not None and g.abs().sum() > 0 for g in gradients), player.name
