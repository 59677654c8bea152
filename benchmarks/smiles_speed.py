"""An LSTM of SMILES: training beside the same LSTM in plain PyTorch, and how long 30,000 molecules take to be drawn.

    python benchmarks/smiles_speed.py [--rounds 9] [--batch 128] [--molecules 30000]

One thread, processor time, in turns, medians; the first 20,000 molecules of $GENWRIGHT_DATA/moses/train.csv.gz, by
letters. The peer is an embedding, `nn.LSTM`, a norm and a linear layer of the sizes of our preset `lstm` in float32, on
batches padded to their longest line, with fused AdamW and gradients clipped. Ours is that preset as training runs it:
in bfloat16, batches of lines of like length, with known parts of lines, running averages of weights, and looks whether
losses are finite. Tokens are symbols and ends; PAD counts for neither. Drawing is timed on the clock, by all threads
there are, of a network that was trained for the turns alone: its lines are longer than those of a good one.
"""

from __future__ import annotations

import argparse
import gzip
import os
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import torch
import torch.nn.functional as F
from bars import bar, record
from torch import Tensor, nn

from genwright.core.draws import Draws, seeded
from genwright.core.seeds import seed_of
from genwright.core.spec import Spec
from genwright.core.threads import use_threads
from genwright.core.trainable import Items, Recipe
from genwright.domains.sequences import Sequences
from genwright.recipes import sequences
from genwright.run.blocks import OTHERS, blocks
from genwright.training.stage import Order, StageTraining, into_training

LINES = 20_000
STEPS = 4  # of training, a turn
NONE = Spec(())
FASTER, SECONDS = 1.5, 120
Step = Callable[[], int]  # takes a step, and says how many tokens it saw


def molecules() -> list[str]:
    with gzip.open(Path(os.environ["GENWRIGHT_DATA"]) / "moses" / "train.csv.gz", "rt") as file:
        return [line.strip() for line in islice(file, 1, LINES + 1)]


class Peer(nn.Module):
    """The symbols before (B, T) -> logits (B, T, k)."""

    def __init__(self, k: int, width: int, depth: int, dropout: float):
        super().__init__()
        self.symbols, self.lstm = (
            nn.Embedding(k, width),
            nn.LSTM(width, width, depth, batch_first=True, dropout=dropout),
        )
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, k)

    def forward(self, before: Tensor) -> Tensor:
        return self.out(self.norm(self.lstm(self.symbols(before))[0]))


def peer_step(domain: Sequences, x: Tensor, hyper: sequences.AutoregressiveHyper, batch: int) -> Step:
    leaf, order, seen = domain.leaf, Order(len(x), 0, "fit"), [0]
    network = Peer(leaf.k, hyper.width, hyper.depth, hyper.dropout).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=True)

    def step() -> int:
        lines = x[order.batch(seen[0], batch)].long()
        there = lines != leaf.pad
        lines = lines[:, : int(there.sum(1).max())]
        before = F.pad(lines[:, :-1], (1, 0), value=leaf.end)
        loss = F.cross_entropy(network(before).flatten(0, 1), lines.flatten(), ignore_index=leaf.pad)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        seen[0] += batch
        return int(there.sum())

    return step


def our_step(domain: Sequences, x: Tensor, recipe: Recipe, batch: int, bf16: bool) -> Step:
    """As `training.loop` takes it."""
    items, stage = Items(x, torch.zeros(len(x), 0)), recipe.family.stages()[0]
    training, seen = StageTraining(recipe, stage), [0]
    order = Order(len(x), 0, stage.name, recipe.family.lengths(x))
    into_training(recipe.family, stage)

    def step() -> int:
        now, rng = seen[0], Draws("step", 0, stage.name, seen[0])
        part = items[order.batch(now, batch)]
        with seeded(seed_of("layers", 0, stage.name, now)):
            training.step(part.batch(rng, now), now // batch, 0.3, bf16)
        seen[0] += batch
        return int((part.x != domain.leaf.pad).sum())

    return step


def in_turns(steps: dict[str, Step], rounds: int) -> dict[str, float]:
    """Tokens a second of each, the median of `rounds` turns."""
    rates: dict[str, list[float]] = {name: [] for name in steps}
    for step in steps.values():
        step()
    for _ in range(rounds):
        for name, step in steps.items():
            began = process_time()
            tokens = sum(step() for _ in range(STEPS))
            rates[name].append(tokens / (process_time() - began))
    return {name: median(found) for name, found in rates.items()}


def drawn(recipe: Recipe, domain: Sequences, n: int) -> tuple[float, float]:
    """Seconds in which n lines are drawn in the blocks of `Model.sample`, and the mean of their symbols."""
    family, symbols, began = recipe.family.eval(), 0, perf_counter()
    for number, (start, end) in enumerate(blocks(n, OTHERS)):
        x = family.sample(end - start, torch.zeros(end - start, 0), Draws("sample", 0, number))
        symbols += int((x[: n - start] != domain.leaf.pad).sum())
    return perf_counter() - began, symbols / n


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--molecules", type=int, default=30_000)
    options = parser.parse_args()
    lines, hyper, most = molecules(), sequences.PRESETS["autoregressive"]["lstm"], torch.get_num_threads()
    domain = Sequences.fit(lines)
    x, _ = domain.encode(lines)
    torch.manual_seed(0)
    ours, single = (sequences.autoregressive(domain.spec, NONE, hyper) for _ in range(2))
    use_threads(1)
    rates = in_turns(
        {
            "plain PyTorch, float32": peer_step(domain, x, hyper, options.batch),
            "ours": our_step(domain, x, ours, options.batch, True),
            "ours, float32": our_step(domain, x, single, options.batch, False),
        },
        options.rounds,
    )
    use_threads(most)
    seconds, symbols = drawn(ours, domain, options.molecules)
    faster = rates["ours"] / rates["plain PyTorch, float32"]
    rows = [
        bar("J1", "tokens a second in training, beside the same LSTM in plain PyTorch float32", f">= {FASTER}x",
            round(faster, 2), faster >= FASTER, "times"),
        bar("J1", f"{options.molecules:,} molecules drawn", f"<= {SECONDS} s", round(seconds, 1), seconds <= SECONDS,
            "s"),
    ]  # fmt: skip
    details = {"tokens a second": {name: round(rate) for name, rate in rates.items()}, "symbols a line": symbols}
    record("smiles_speed", rows, details | {"batch": options.batch, "threads of drawing": most})


if __name__ == "__main__":
    main()
