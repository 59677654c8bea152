# Tests training/progress.py
"""Families say whether several processes can train them. Those that lie are found: gradients of two shares of a batch,
each with its part of the same random numbers, averaged, are the gradient of the batch, and buffers move alike."""

import copy
import sys
from dataclasses import replace
from functools import cache

import pytest
import torch
import torch.nn.functional as F
from cells import repeated_long
from test_world import in_threads
from torch import nn

from genwright.contract.small_data import small_data, small_label
from genwright.core.draws import Draws, ItemDraws
from genwright.core.errors import Unsupported
from genwright.core.family import Family
from genwright.core.trainable import Batch
from genwright.families import conditions
from genwright.graphs.networks import features
from genwright.networks.causal import BlankedEmbedding
from genwright.networks.dropout import Dropout
from genwright.run.fit import plan_and_place
from genwright.run.start import start_of
from genwright.run.tasks import task_of
from genwright.training.progress import Report
from genwright.training.stage import into_training
from genwright.training.world import World, require_divisible
from genwright.zoo import registry

HALF = 6  # items of a share
ROWS = [row for row in registry.ROWS if registry.presets(row) and row.kind != "toy"]
name_of = lambda row: f"{row.label}-{row.family}"
ALONE = ("nodes", "links", "relations")  # tasks whose families look at a whole graph in each step


class Recorded(Draws):
    """Keeps what is drawn for a whole batch."""

    def __init__(self):
        super().__init__("together")
        self.drawn = []

    def take(self, numbers):
        self.drawn.append(numbers)
        return numbers

    def uniform(self, *shape, **kind):
        return self.take(super().uniform(*shape, **kind))

    def normal(self, *shape, **kind):
        return self.take(super().normal(*shape, **kind))

    def integers(self, high, *arguments, **kind):
        return self.take(super().integers(high, *arguments, **kind)) % high

    def number(self, high):
        return int(self.take(torch.tensor(super().number(high))))

    def categories(self, *arguments, **kind):
        return self.take(super().categories(*arguments, **kind))

    def permutation(self, n):
        return self.take(super().permutation(n))


class Replayed(Recorded):
    """Gives one share its part of what was drawn for the batch: along the first axis that differs in length, the first
    or the last numbers, and along others, to which a batch is padded, the first."""

    def __init__(self, batch, share):
        super().__init__()
        self.left, self.share = list(batch.drawn), share

    def take(self, numbers):
        found, cut = self.left.pop(0), False
        for axis, (whole, part) in enumerate(zip(found.shape, numbers.shape)):
            if whole != part:
                found = found.narrow(axis, whole - part if self.share and not cut else 0, part)
                cut = True
        return found

    def items(self, n):
        return super().items(2 * n)[torch.arange(n) + self.share * n]


def stratified(n, rng, plain=conditions.draw_stratified):
    """As one draw, whose part a share has."""
    return rng.take(plain(n, Draws("levels"))) if isinstance(rng, Recorded) else plain(n, rng)


@cache
def data_of(label, task):
    return task_of(small_data(label), task)


def doubled(part):
    """Tensors of a batch, or of what a family was told of its data, in float64."""
    if isinstance(part, torch.Tensor):
        return part.double() if part.dtype == torch.float32 else part
    if hasattr(part, "__dict__") and not isinstance(part, (type, nn.Module)):
        for name, value in vars(part).items():
            object.__setattr__(part, name, doubled(value))
    return part


@pytest.fixture
def exact(monkeypatch):
    """float64 throughout, and no dropout."""
    before = torch.get_default_dtype()
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    monkeypatch.setattr(F, "dropout", lambda x, *_, **__: x)
    for layer in (nn.Dropout, Dropout):
        monkeypatch.setattr(layer, "forward", lambda self, x: x)
    monkeypatch.setattr(features, "dropout_factors", lambda x, rate: 1.0)
    for name in ("uniform", "normal"):
        plain = getattr(ItemDraws, name)
        monkeypatch.setattr(ItemDraws, name, lambda *shape, plain=plain: plain(*shape).double())
    monkeypatch.setattr(BlankedEmbedding, "forward", nn.Embedding.forward)
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("genwright") and hasattr(module, "draw_stratified"):
            monkeypatch.setattr(module, "draw_stratified", stratified)
    yield lambda: torch.set_default_dtype(torch.float64)
    torch.set_default_dtype(before)


def gradients(family, index, items, rngs, world=None):
    """Of each player of a stage, and the buffers afterwards. rngs: {player: draws}."""
    family = copy.deepcopy(family)
    stage, found = family.stages()[index], {}
    into_training(family, stage)
    for player in stage.players:
        weights = [w for w in player.parameters if w.requires_grad]
        batch = Batch(items.x, items.given, rngs[player.name], 0, items.target, 0.5)
        with (world or World()).sharing():
            loss, _ = player.loss(batch)
            own = torch.autograd.grad(loss, weights, allow_unused=True)
        found[player.name] = [torch.zeros_like(w) if g is None else g for g, w in zip(own, weights)]
    return found, {name: t.double() for name, t in family.named_buffers()}


def untrained(row):
    """The recipe of a row, with what its family was told of the data."""
    data = data_of(small_label(row), row.task)
    plan, place = plan_and_place(family=row.family, preset="tiny", items=100, device="cpu")
    return start_of(data, plan, (), place, Report(False)).move_to("cpu").recipe


@pytest.mark.parametrize("row", repeated_long(ROWS, name_of), ids=name_of)
def test_two_shares_of_a_batch_make_its_gradient_and_its_averages(row, exact):
    recipe = untrained(row)
    if not recipe.family.stages():
        return
    if row.label in ALONE or row.family in ("energy", "clip", "unclip"):
        with pytest.raises(Unsupported):
            require_divisible(recipe, row.family, 2)
        return
    require_divisible(replace(recipe, batch=2), row.family, 1)
    exact()
    family = copy.deepcopy(recipe.family).double()
    for module in family.modules():
        for name, value in vars(module).items():
            if not name.startswith("_"):
                setattr(module, name, doubled(value))
    items = data_of(small_label(row), row.task).tensors("train")
    lengths = family.lengths(items.x) if isinstance(family, Family) else None
    longest = torch.arange(len(items)) if lengths is None else lengths.argsort(descending=True, stable=True)
    batch = items[longest[: 2 * HALF]]._map_tensors(doubled)  # both shares are padded to the same length
    for index, stage in enumerate(family.stages()):
        items = batch
        if stage.inputs is not None:
            family.eval()
            with torch.no_grad():
                items = stage.inputs(batch, Draws("inputs"))._map_tensors(doubled)
        rngs = {player.name: Recorded() for player in stage.players}
        whole, moved = gradients(family, index, items, rngs)

        def share(world):
            part = items[HALF * world.rank : HALF * (world.rank + 1)]
            own = {name: Replayed(rng, world.rank) for name, rng in rngs.items()}
            return gradients(family, index, part, own, world if family.parallel == "gather" else World())

        (first, own), (second, other) = in_threads(2, share)
        for player, expected in whole.items():
            scale = max(g.abs().max() for g in expected)
            for g, a, b in zip(expected, first[player], second[player]):
                assert (g - (a + b) / 2).abs().max() <= 1e-10 * scale, (stage.name, player)
        for name, t in moved.items():
            assert torch.equal(own[name].nan_to_num(), other[name].nan_to_num()), name
            drawn_anew = ("counts", "sums")  # of a codebook: entries that nothing chose, put at vectors of a share
            assert name.endswith(drawn_anew) or torch.allclose(own[name], t, 1e-9, 1e-12, equal_nan=True), name
