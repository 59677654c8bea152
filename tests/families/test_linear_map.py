"""Images matched with texts by ridge regression: its solution, its features, and what it says of texts."""

import numpy as np
import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.spec import Category, Ordered, Spec
from genwright.core.trainable import Items
from genwright.families.match.linear_map import PULL, SCALE, LinearMap
from genwright.families.match.matching import CaptionedImages

PICTURE = Spec((("picture", Ordered(256, shape=(1, 2, 2), axis="grid")),))
TEXTS = torch.tensor([[0, 1, 4], [2, 4, 4], [0, 0, 3], [1, 2, 3]])  # tokens 0 .. 4


def captioned(images, texts=TEXTS, asked=(0, 1, 2, 3)) -> CaptionedImages:
    captions = torch.tensor([[0], [1], [2], [3], [0], [1]])
    return CaptionedImages(images, texts, captions, None, torch.tensor(asked), None)


@pytest.fixture
def context():
    return captioned(Draws("images").integers(256, (6, 1, 2, 2)))


def learned(context, learns: bool = True) -> LinearMap:
    family = LinearMap(PICTURE, Category(5, (3,), "sequence"), learns)
    family.attach(context)
    family.finish(Items(torch.arange(6), torch.zeros(6, 0)), Draws("finish"))
    return family


def test_the_map_is_ridge_regression_of_rare_tokens_on_pixels(context):
    """(f^T f / n + .1 I) W = f^T v / n, with f of mean 0 and deviation 1 and v weighed by log(n / texts with it)."""
    family = learned(context)
    x = context.images.flatten(1).numpy().astype(float)
    f = (x - x.mean(0)) / x.std(0)
    held = np.array([[t in set(TEXTS[c].tolist()) for t in range(5)] for c in (0, 1, 2, 3, 0, 1)], float)
    rarity = np.log(6 / held.sum(0))
    v = held * rarity
    v = v - v.mean(0)
    wanted = np.linalg.solve(f.T @ f / 6 + PULL * np.eye(4), f.T @ v / 6)
    assert np.allclose(family.weight, wanted, atol=1e-5) and np.allclose(family.rarity, rarity, atol=1e-6)
    u = f @ wanted
    asked = np.array([[t in set(text) for t in range(5)] for text in TEXTS.tolist()], float) * rarity
    asked = asked - (held * rarity).mean(0)
    unit = lambda vectors: vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = unit(u) @ unit(asked).T
    p = np.exp(SCALE * scores)
    assert np.allclose(family.predict(context), p / p.sum(1, keepdims=True), atol=1e-4)
    text = family.encode(captioned(None, asked=[2]))[0]
    assert np.allclose(family.search(family.encode(context), text), scores[:, 2], atol=1e-5)


def test_chance_joins_nothing(context):
    family = learned(context, learns=False)
    assert family.weight.shape == (4, 8) and family.turn.shape == (5, 8)
    assert torch.allclose(family.encode(context).norm(dim=1), torch.ones(6))
    again = learned(captioned(context.images, TEXTS.flip(0)), learns=False)
    assert torch.equal(again.weight, family.weight)  # whatever the captions are
