# Tests families/two_stage/dall_e.py
"""DALL-E by each of its presets: put together, trained a step, drawn from."""

import pytest
import torch
from leaves import category

from genwright.core.draws import Draws, seeded
from genwright.core.spec import Category, Ordered, Spec
from genwright.core.trainable import Batch, Items
from genwright.families.two_stage.dall_e import GumbelCodec
from genwright.networks.raster_transformer import rules_of
from genwright.zoo import registry

ROW = registry.row("images", "generate", "dall-e")
PICTURE = Spec((("picture", Ordered(256, shape=(3, 20, 12), axis="grid")),))
GIVEN = Spec((("label", category(0.5, 0.5)), ("caption", Category(9, (4,), "sequence", ends=True))))


@pytest.mark.parametrize("preset", ["large", "gumbel", "row", "column", "local", "sparse"])
def test_each_preset_learns_and_draws(preset):
    numbers = registry.hyperparameters(ROW, PICTURE, GIVEN, 100, preset)
    with seeded(0):
        family = registry.build(ROW, PICTURE, GIVEN, numbers).family
    assert isinstance(family.codec, GumbelCodec) == (preset == "gumbel")
    network = family.priors[0].network
    kinds = sorted(set(rules_of(numbers["attention"], numbers["layers"])))
    assert [kinds[rule] for rule in network.rules] == rules_of(numbers["attention"], numbers["layers"])
    x, given = Draws("x").integers(256, (2, 3, 20, 12)), torch.tensor([[0.0, 4, 5, 7, 8], [1, *[torch.nan] * 4]])
    codec, prior = family.stages()
    items = Items(x, given)
    for stage, seen in ((codec, items), (prior, prior.inputs(items, Draws("codes")))):
        (player,) = stage.players
        loss, _ = player.loss(Batch(seen.x, seen.given, Draws("step"), 0, None, 0.1))
        loss.backward()
        assert loss.isfinite() and any(p.grad is not None and p.grad.abs().max() > 0 for p in player.parameters)
    with torch.no_grad():
        drawn = family.eval().sample(2, given, Draws("draw"), guidance=2.0)
    assert drawn.shape == x.shape and 0 <= drawn.min() and drawn.max() <= 255
