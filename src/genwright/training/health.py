"""Sentences about a run that went wrong."""

import torch
from torch import Tensor

from ..core.draws import Draws, seeded
from ..core.seeds import seed_of
from ..core.trainable import Trainable

ITEMS = 256  # on which a family judges itself


def health_of(family: Trainable, x: Tensor, given: Tensor, seed: int, stages: list[dict]) -> list[str]:
    """Sentences about problems: from the family, judged on a few items, and about stages where validation was best long
    before the end.

    stages: as in config.toml: {name, end, best, ...} with `best` the items at the best validation, where there was one.
    """
    family.eval()
    device = family.device
    few = Draws("health items", seed).permutation(len(x))[:ITEMS].to(x.device)  # the first may be all of one class
    with seeded(seed_of("health layers", seed), device), torch.no_grad():
        sentences = list(family.health(x[few].to(device), given[few].to(device), Draws("health", seed, device=device)))
    long_ago = [stage for stage in stages if "best" in stage and stage["best"] < stage["end"] / 2]
    return sentences + [past_the_best(stage) for stage in long_ago]


def past_the_best(stage: dict) -> str:
    """Without numbers, which the record of the stage holds, so that it is said once of many families."""
    return (
        f"stage {stage['name']}: validation was best before half of the training and the rest gained nothing; the "
        "best weights are kept"
    )
