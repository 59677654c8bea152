"""The known part of an item is a condition and no part of any loss."""

import sys

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.spec import Spec
from genwright.core.trainable import Batch
from genwright.zoo import registry

FAMILIES = ["vae", "flow", "autoregressive", "flow-matching", "diffusion", "score-matching"]


@pytest.fixture(params=[registry.IMAGES, registry.TABLES], ids=["pictures", "rows"])
def batch_of(request, mixed, pictures):
    """batch_of(family) -> the family in its tiny preset, and a few items."""

    def make(name):
        spec, rng = pictures if request.param == registry.IMAGES else mixed, Draws("batch")
        torch.manual_seed(0)
        row = registry.row(*request.param, name)
        numbers = registry.hyperparameters(row, spec, Spec(()), 6, "tiny")
        recipe = registry.build(row, spec, Spec(()), numbers)
        if spec.is_array:
            x = rng.integers(17, (6, *spec.shape)).to(torch.uint8)
        else:
            x = torch.tensor([[0.5, 3.0, 1.0], [-1.5, 0.0, 2.0], [2.5, 9.0, 0.0]]).repeat(2, 1)
        return recipe.family.eval(), x

    return make


@pytest.mark.parametrize("name", FAMILIES)
def test_where_all_is_known_there_is_nothing_to_pay(batch_of, name, monkeypatch):
    family, x = batch_of(name)
    module = sys.modules[type(family).__module__]

    def cost(known):
        monkeypatch.setattr(module, "draw_known", lambda spec, x, rng, *_: torch.full(x.shape, known))
        loss, logs = family.loss(Batch(x, torch.zeros(len(x), 0), Draws("cost"), 0))
        return abs(logs.get("reconstruction", loss.item()))  # a VAE still pays for its posterior

    assert cost(True) < 1e-5 < 0.1 < cost(False)
