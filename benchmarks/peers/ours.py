"""A training step as `training.loop` takes it, to be timed beside that of a peer."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from genwright.core.draws import Draws, seeded
from genwright.core.recipe import Recipe
from genwright.core.seeds import seed_of
from genwright.core.trainable import Items
from genwright.training.stage import Order, StageTraining, into_training


def our_step(
    recipe: Recipe, items: Items, batch: int, scale: float = 1.0, bf16: bool = True, lengths: Tensor | None = None
) -> Callable[[], Items]:
    """A function that takes the next step, and returns the items it saw. scale: of the learning rate."""
    stage, seen = recipe.family.stages()[0], [0]
    training, order = StageTraining(recipe, stage), Order(len(items), 0, stage.name, lengths)
    into_training(recipe.family, stage)

    def step() -> Items:
        now, rng = seen[0], Draws("step", 0, stage.name, seen[0])
        part = items[order.batch(now, batch)]
        with seeded(seed_of("layers", 0, stage.name, now)):
            training.step(part.batch(rng, now), now // batch, scale, bf16)
        seen[0] += batch
        return part

    return step
