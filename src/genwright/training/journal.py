"""Record of training: lines of metrics.jsonl, progress for people, and sentences about what went wrong."""

import time

import torch
from torch import Tensor

from ..core.draws import Draws, seeded
from ..core.seeds import seed_of
from ..core.trainable import Player, Trainable
from .checkpoints import Store
from .progress import Report


class Journal:
    """Writes means of the players' logs to metrics.jsonl about once a second or every 1% of the stage.

    Args:
        store: Folder of the run.
        report: Progress shown to the user.
    """

    def __init__(self, stage: str, players: list[Player], store: Store, report: Report):
        self.stage, self.players, self.store, self.report = stage, players, store, report
        self.written, self.share, self.items = time.monotonic(), 0.0, None
        self.sums: dict[str, dict[str, list[Tensor | float]]] = {}

    def add(self, player: str, loss: Tensor, logs: dict[str, Tensor | float]) -> None:
        for name, value in {"loss": loss, **logs}.items():
            self.sums.setdefault(player, {}).setdefault(name, []).append(value)

    def write(self, items: int, seconds: float, share: float, seconds_left: float | None, last: bool = False) -> None:
        """Writes a row for each player, if a second has passed or the stage has moved on by 1%.

        Args:
            items: Items of the run.
            seconds: Seconds of the run.
            share: Share of the stage.
            seconds_left: Seconds left, None to estimate them from the speed.
            last: Whether this is the last row, which is always written.
        """
        now = time.monotonic()
        if not self.sums or not (last or now - self.written >= 1 or share - self.share >= 0.01):
            return
        losses = {}
        for player in self.players:
            if player.name in self.sums:
                means = {name: sum(map(float, values)) / len(values) for name, values in self.sums[player.name].items()}
                losses[player.name] = means["loss"]
                self.row(items, seconds, player=player.name, **means, unit=player.unit)
        passed = max(now - self.written, 1e-9)
        speed = (items - (self.items or 0)) / passed if self.items is not None else 0.0
        if seconds_left is None:
            seconds_left = (1 - share) * passed / max(share - self.share, 1e-9)
        self.report.update(self.stage, min(share, 1.0), losses, self.players[0].unit, speed, seconds_left)
        self.written, self.share, self.items, self.sums = now, share, items, {}

    def row(self, items: int, seconds: float, **values: str | float | None) -> None:
        self.store.write_metric({"items": items, "seconds": round(seconds, 3), "stage": self.stage, **values})


FEW_ITEMS = 256  # items on which a family judges itself


def health_of(family: Trainable, x: Tensor, given: Tensor, seed: int, stages: list[dict]) -> list[str]:
    """Returns warnings: the family's own, judged on a few items, and of stages where validation was best long before
    the end.

    Args:
        family: The trained family.
        x: Validation items.
        given: Their conditions.
        seed: Seed of the run.
        stages: As in config.toml: {name, end, best, ...} with `best` the items at the best validation, where there
            was one.
    """
    family.eval()
    device = family.device
    health_numbers = (
        Draws("health items", seed).permutation(len(x))[:FEW_ITEMS].to(x.device)
    )  # the first may be all of one class
    with seeded(seed_of("health layers", seed), device), torch.no_grad():
        sentences = list(
            family.health(
                x[health_numbers].to(device), given[health_numbers].to(device), Draws("health", seed, device=device)
            )
        )
    long_ago = [stage for stage in stages if "best" in stage and stage["best"] < stage["end"] / 2]
    return sentences + [past_the_best(stage) for stage in long_ago]


def past_the_best(stage: dict) -> str:
    """Warns of a stage whose validation was best long before its end. It has no numbers, so that many families share
    it; the record of the stage holds them."""
    return (
        f"stage {stage['name']}: validation was best before half of the training and the rest gained nothing; the "
        "best weights are kept"
    )
