"""An LSTM of SMILES in plain PyTorch, and our preset `lstm` as training runs it. A step returns the tokens it saw."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import torch
import torch.nn.functional as F
from peers.ours import our_step
from torch import Tensor, nn

from genwright.core.draws import Draws
from genwright.core.recipe import Recipe
from genwright.core.spec import Spec
from genwright.core.trainable import Items
from genwright.kinds.sequences.domain import Sequences
from genwright.run.blocks import ITEM_BLOCKS, blocks
from genwright.training.stage import Order
from genwright.zoo.autoregressive import LinesHyper

NONE = Spec(())
Step = Callable[[], int]


class Peer(nn.Module):
    """The symbols before (B, T) -> logits (B, T, k)."""

    def __init__(self, k: int, width: int, depth: int, dropout: float):
        super().__init__()
        self.symbols = nn.Embedding(k, width)
        self.lstm = nn.LSTM(width, width, depth, batch_first=True, dropout=dropout)
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, k)

    def forward(self, before: Tensor) -> Tensor:
        return self.out(self.norm(self.lstm(self.symbols(before))[0]))


def peer_step(domain: Sequences, x: Tensor, hyper: LinesHyper, batch: int) -> Step:
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


def our_tokens(domain: Sequences, x: Tensor, recipe: Recipe, batch: int, bf16: bool) -> Step:
    """As `training.loop` takes it."""
    step = our_step(recipe, Items(x, torch.zeros(len(x), 0)), batch, 0.3, bf16, recipe.family.lengths(x))
    return lambda: int((step().x != domain.leaf.pad).sum())


def drawn(recipe: Recipe, domain: Sequences, n: int) -> tuple[float, float]:
    """Seconds in which n lines are drawn in the blocks of `Model.sample`, and the mean of their symbols."""
    family, symbols, began = recipe.family.eval(), 0, perf_counter()
    for number, (start, end) in enumerate(blocks(n, ITEM_BLOCKS)):
        x = family.sample(end - start, torch.zeros(end - start, 0), Draws("sample", 0, number))
        symbols += int((x[: n - start] != domain.leaf.pad).sum())
    return perf_counter() - began, symbols / n
