# Tests zoo/fields.py
"""Diffusion in codes, by each of its presets: put together, trained a step, drawn from."""

import pytest
import torch
from leaves import category

from genwright.core.draws import Draws, seeded
from genwright.core.spec import Category, Ordered, Spec
from genwright.core.trainable import Batch, Items
from genwright.zoo import registry

ROW = registry.row("images", "generate", "latent-diffusion")
PICTURE = Spec((("picture", Ordered(256, shape=(3, 36, 20), axis="grid")),))
GIVEN = Spec((("label", category(0.5, 0.5)), ("caption", Category(9, (4,), "sequence", ends=True))))


@pytest.mark.parametrize("preset", ["large", "huge", "quantised", "transformer"])
def test_each_preset_learns_and_draws_pictures_of_any_size(preset):
    with seeded(0):
        family = registry.build(ROW, PICTURE, GIVEN, registry.hyperparameters(ROW, PICTURE, GIVEN, 100, preset)).family
    x, given = Draws("x").integers(256, (2, 3, 36, 20)), torch.tensor([[0.0, 4, 5, 7, 8], [1, *[torch.nan] * 4]])
    codec, prior = family.stages()
    items = Items(x, given)
    coded = prior.inputs(items, Draws("codes"))
    side = 8 if preset == "huge" else 4
    assert coded.x.shape[2:] == (-(-36 // side), -(-20 // side)) and coded.x.isfinite().all()
    for stage, seen in ((codec, items), (prior, coded)):
        (player,) = stage.players
        loss, _ = player.loss(Batch(seen.x, seen.given, Draws("step"), torch.arange(2), None))
        loss.backward()
        assert loss.isfinite() and any(p.grad is not None and p.grad.abs().max() > 0 for p in player.parameters)
    family.eval()
    with torch.no_grad():
        drawn = family.sample(2, given, Draws("draw"))
    assert drawn.shape == x.shape and 0 <= drawn.min() and drawn.max() <= 255


@pytest.mark.parametrize("side, preset", [(16, "small"), (32, "large"), (33, "huge"), (64, "huge")])
def test_large_pictures_are_halved_more_often(side, preset):
    spec = Spec((("picture", Ordered(256, shape=(3, side, side), axis="grid")),))
    numbers = lambda row, preset=None: registry.hyperparameters(row, spec, Spec(()), 100, preset)
    assert numbers(ROW) == numbers(ROW, preset)
    other = registry.row("images", "generate", "flow-matching")  # which has no such numbers
    assert numbers(other) == numbers(other, "small" if side == 16 else "large")
    captioned = registry.hyperparameters(other, spec, GIVEN, 100)
    assert captioned == numbers(other, "small" if side == 16 else "captioned")


def test_flow_matching_of_pixels_by_a_transformer():
    row = registry.row("images", "generate", "flow-matching")
    numbers = registry.hyperparameters(row, PICTURE, GIVEN, 100, "large", {"heads": 4, "patch": 4})
    with seeded(0):
        family = registry.build(row, PICTURE, GIVEN, numbers).family
    given = torch.tensor([[0.0, 4, 5, 7, 8], [1, *[torch.nan] * 4]])
    known = torch.zeros(2, 3, 36, 20, dtype=torch.bool)
    known[:, :, :18] = True
    with torch.no_grad():
        x = family.sample(2, given, Draws("draw"))
        filled = family.fill(x, known, given, Draws("fill"))
    assert x.shape == filled.shape == (2, 3, 36, 20) and torch.equal(filled[known], x[known])
