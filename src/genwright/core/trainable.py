"""The interface of everything that the training loop trains.

A Trainable is an `nn.Module` with an objective. It trains in stages; in each stage, players minimise their losses. A
Recipe (`core/recipe.py`) is a Trainable with its hyperparameters of training. Generative families (`core/family.py`)
and predictors, as in `graphs/families/`, are Trainables.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from . import answers
from .answers import Answers
from .draws import Draws
from .errors import Unsupported
from .ragged import Ragged, X, join_items
from .ragged import join as join_sets
from .recipe import Optim

if TYPE_CHECKING:
    from .domain import BaseDomain


@dataclass(frozen=True)
class Alternatives:
    """Further values of a condition that n items have beside the first, which stands in their `given` (n, G).

    Args:
        values: A set of rows (w,) for each item, empty where it has its first value alone.
        shares: A set of numbers (1,) for each item, how often a batch shows each of these values; else it shows the
            first.
        column: Where the variable begins among the G columns.
    """

    values: Ragged
    shares: Ragged
    column: int

    def __getitem__(self, index: Tensor | slice) -> "Alternatives":
        return replace(self, values=self.values[index], shares=self.shares[index])

    def move_to(self, device: torch.device | str) -> "Alternatives":
        return replace(self, values=self.values.to(device), shares=self.shares.to(device))

    to = move_to  # as a tensor calls it

    @property
    def nbytes(self) -> int:
        return self.values.nbytes + self.shares.nbytes

    def chosen(self, given: Tensor, index: Tensor, seed: int) -> Tensor:
        """Chooses one value of the condition for each item, a function of the seed and k.

        Args:
            given: (k, G) of the items.
            index: (k,) numbers of the items.
            seed: Seed of the choice.
        """
        rows, first, counts = self.values.x, self.values.ptr[index], self.values.sizes[index]
        uniforms = Draws("alternatives", seed).uniform(len(index)).to(given.device)
        number = torch.arange(int(counts.max()), device=given.device)
        shares = self.shares.x[(first[:, None] + number).clamp(max=len(rows) - 1), 0] * (number < counts[:, None])
        chosen_values = (uniforms[:, None] >= shares.cumsum(1)).sum(1)  # the first value where it is none of the others
        alternative = rows[(first + chosen_values).clamp(max=len(rows) - 1)]
        given, own_columns = given.clone(), slice(self.column, self.column + rows.shape[1])
        given[:, own_columns] = torch.where((chosen_values < counts)[:, None], alternative, given[:, own_columns])
        return given


def join_alternatives(parts: Sequence[Alternatives | None], sizes: Sequence[int]) -> Alternatives | None:
    """Joins the alternatives of all parts; None where no part has any.

    Args:
        sizes: items of each part.
    """
    first = next((part for part in parts if part is not None), None)
    if first is None:
        return None
    none = lambda example, size: Ragged(example.x[:0], example.ptr.new_zeros(size + 1))
    joined_choices = {
        name: join_sets(
            [
                none(getattr(first, name), size) if part is None else getattr(part, name)
                for part, size in zip(parts, sizes)
            ]
        )
        for name in ("values", "shares")
    }
    return replace(first, **joined_choices)


@dataclass(frozen=True)
class Items:
    """Items as tensors.

    Args:
        x: (n, ...) what is modelled, or asked about; of sets a Ragged.
        given: (n, G) conditions; G may be 0.
        target: What predictors learn to answer. Default: None, for models.
        running: Whether items (n, T) follow each other in one text, so that others begin between them. Default: False.
        alternatives: Further values of a given variable, of which a batch shows one. Default: None.
        afresh: Items of any numbers (k,), where code draws them: those below n are the ones here, and each later pass
            has others. Default: None, every pass has the same.
    """

    x: X
    given: Tensor
    target: Answers | None = None
    running: bool = False
    alternatives: Alternatives | None = None
    afresh: Callable[[Tensor], "Items"] | None = field(default=None, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: Tensor | slice) -> "Items":
        return self._map_tensors(lambda t: t[index])

    def for_batch(self, index: Tensor, seed: int, passes: int = 0) -> "Items":
        """Selects items (k,) for a training batch. Running text begins at a random place; a condition with several
        values gets one of them; items drawn by code differ in each pass. If they are running, each begins at a random
        place between its own beginning and that of the next item. If items have several values of a condition, each has
        one of them. If code draws them, each pass over the data has items of its own.

        Args:
            index: (k,) int64 numbers of the items.
            seed: Seed of what is drawn for this batch.
            passes: over the data that were made before. Default: 0.
        """
        if self.afresh is not None and passes:
            return self.afresh(index + passes * len(self))
        one = replace(self, alternatives=None)[index]
        if self.alternatives is not None:
            one = replace(one, given=self.alternatives.chosen(one.given, index, seed))
        if not self.running:
            return one
        text, length = self.x.flatten(), self.x.shape[1]
        start = index * length + Draws(seed, device=index.device).integers(length, index.shape)
        place = start.clamp(max=len(text) - length)[:, None] + torch.arange(length, device=index.device)
        return replace(one, x=text[place])

    def move_to(self, device: torch.device | str) -> "Items":
        return replace(self._map_tensors(lambda t: t.to(device)), running=self.running, afresh=self.afresh)

    to = move_to  # as a tensor calls it

    @property
    def nbytes(self) -> int:
        return sum(part.nbytes for part in (self.x, self.given, self.target, self.alternatives) if part is not None)

    def batch(self, rng: Draws, items: int, progress: float = 1.0) -> "Batch":
        """Makes one batch of all items, on the device of its draws.

        Args:
            rng: random numbers of the loss.
            items: Items that training saw before this batch.
            progress: Share of training that is done, in [0, 1].
        """
        on_device = self.to(rng.device)
        return Batch(on_device.x, on_device.given, rng, items, on_device.target, progress)

    def _map_tensors(self, change: Callable[[X], X]) -> "Items":
        target, alternatives = (None if part is None else change(part) for part in (self.target, self.alternatives))
        return Items(change(self.x), change(self.given), target, alternatives=alternatives)


def join(parts: list[Items]) -> Items:
    """Joins items one after another."""
    target = None if parts[0].target is None else answers.join([part.target for part in parts])
    running = all(part.running for part in parts)
    alternatives = join_alternatives([part.alternatives for part in parts], [len(part) for part in parts])
    given = torch.cat([part.given for part in parts])
    return Items(join_items([part.x for part in parts]), given, target, running, alternatives, parts[0].afresh)


@dataclass(frozen=True)
class Batch:
    """A batch of `Items` for a loss, all on the device of `rng`.

    A schedule reads one of two clocks, `items` or `progress`. In validation both say that every schedule is over.

    Args:
        x: (B, ...) as in `Items`.
        given: (B, G) conditions.
        rng: Random numbers of the step.
        items: Training items seen before this batch.
        target: As in `Items`. Default: None.
        progress: Share of the stage's items that was seen before it, in [0, 1]. Default: 1.
    """

    x: X
    given: Tensor
    rng: Draws
    items: int
    target: Answers | None = None
    progress: float = 1.0


@dataclass(frozen=True)
class Player:
    """The parameters of one optimiser and the loss that they minimise.

    Args:
        name: Name of the player.
        parameters: What it trains.
        loss: loss(batch) -> scalar, {name: what to log}: detached scalars (numbers of Python are taken too), so that no
            step waits for the device to tell a number.
        every: It plays in every k-th step only. Default: 1.
        unit: Unit of the loss. Default: nats.
        monitor: What validation wants small, the loss or a number that it logs. Default: the loss.
        optim: Settings of its optimizer. Default: None, the recipe's.
        slow: Those of its parameters that learn at a tenth of its rate. Default: None.
    """

    name: str
    parameters: list[nn.Parameter]
    loss: Callable[[Batch], tuple[Tensor, dict[str, Tensor]]]
    every: int = 1  # plays in every k-th step only
    unit: str = "nats"
    monitor: str = "loss"
    optim: Optim | None = None
    slow: list[nn.Parameter] | None = None


@dataclass(frozen=True)
class Stage:
    """A part of a run with its own players.

    Args:
        name: Name of the stage.
        players: Who trains in it.
        share: Share of the budget. Default: 1.
        batch: Items a step. Default: None, the recipe's.
        inputs: inputs(items, draws) -> items: what the stage learns from and is validated on, such as the codes of
            a codec that an earlier stage has trained. It is asked once as the stage begins, and again on resume, in
            eval mode and float32, block by block, so it must depend on nothing that the stage trains. Its `given`
            begins with that of the items, whose alternatives it keeps. Default: None, the items.
        labelled: Share of each batch that is drawn from the items which carry every given variable, where some do
            not. Default: 0.
        fold: (k, count) where items to learn from and to validate on are dealt anew, see training/orders.py.
            Default: None.
        classes: classes(items) -> (n,) int64: what folds and halves hold in its share. Default: None, all are
            alike.
        weighed: Whether half of the items to validate on are kept to weigh the family by. Default: False.
    """

    name: str
    players: list[Player]
    share: float = 1.0
    batch: int | None = None
    inputs: Callable[[Items, Draws], Items] | None = None
    labelled: float = 0.0
    fold: tuple[int, int] | None = None
    classes: Callable[[Items], Tensor] | None = None
    weighed: bool = False


@dataclass(frozen=True)
class HeldOut:
    """The items of a stage that it does not train on.

    Args:
        learned: Items that it trains on.
        validated: Items that it validates on.
        unseen: Items that no part of its training looks at, half of those held out if the stage is `weighed`.
    """

    learned: Items
    validated: Items
    unseen: Items

    @property
    def held_out(self) -> Items:
        """Returns all that the stage did not train on, `unseen` first."""
        return join([self.unseen, self.validated])

    def move_to(self, device: torch.device | str) -> "HeldOut":
        """Copies the items to a device."""
        return HeldOut(*(items.to(device) for items in (self.learned, self.validated, self.unseen)))


class Trainable(nn.Module):
    """Base of everything that the training loop trains: a family of generative models, or a predictor.

    Args:
        views: Views of the family, `Trainable.views`.
    """

    allow_bf16 = True  # may train and draw in bfloat16
    full_batch = False  # a loss looks at all the data, however few items it is asked for
    finish_share = 0.1  # of a budget of time, kept for `finish` of a family that has one
    quick_finish = False  # no time has to be kept for `finish`
    probed = True  # threads and dtype are chosen, by a rule or a short probe; else one thread and float32
    gaps: tuple[str, ...] = ()  # buffers in which numbers that are not finite mean something: that a value is absent
    grows: ClassVar[dict[str, int]] = {}  # buffers, and the axis along which data decide how long they are
    # "mean": several processes train it by the mean of the losses of their shares of a batch. "gather": also by
    # statistics over all shares (core/shares.py). "alone": only one process can
    parallel = "mean"
    unit = "nats"  # unit of the loss, per item
    monitor = "loss"  # number that validation wants small: the loss, or one that it logs
    views: tuple[str, ...] = ()  # parts of items that it reads, if each costs time to compute (see `TaskDomain.around`)

    @property
    def device(self) -> torch.device:
        """The device of its parameters and buffers."""
        return next((t.device for t in chain(self.parameters(), self.buffers())), torch.device("cpu"))

    def attach(self, context: object) -> None:
        """Receives what the loss needs besides the items of a batch. By default it does nothing.

        Args:
            context: as the task's data hold it, such as the graph around the items.
        """

    def attach_domain(self, domain: "BaseDomain") -> None:
        """Receives the domain, for families that make items in the user's form. By default it does nothing.

        Args:
            domain: Domain of the items, with `encode` and `decode`.
        """

    def lengths(self, x: X) -> Tensor | None:
        """Returns lengths (n,) int64 of items that are padded to the longest of their batch; None for items of one
        length.

        Args:
            x: (n, ...) items.
        """
        return None

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss of a family with one player and one stage: its mean over the batch, and numbers to log.

        Args:
            batch: items to learn from, their conditions and the random numbers of the step.
        """
        raise Unsupported(f"{type(self).__name__} has no loss of its own: it defines stages() or is fitted in finish()")

    def stages(self) -> list[Stage]:
        """Returns the stages of training, in order. By default there is one, in which `loss` trains every parameter;
        none for a class without `loss` that is fitted in `finish`."""
        if type(self).loss is Trainable.loss and type(self).finish is not Trainable.finish:
            return []
        return [
            Stage("fit", [Player("model", list(self.parameters()), self.loss, unit=self.unit, monitor=self.monitor)])
        ]

    def finish(self, items: Items, rng: Draws) -> None:
        """Fits what needs no gradient, after the last stage. By default it does nothing.

        Args:
            items: Items of training.
            rng: source of random numbers.
        """

    def weigh(self, splits: list[HeldOut], rng: Draws) -> None:
        """Weighs the parts of the model after `finish`, before it is measured. By default it does nothing.

        Args:
            splits: the items of each stage that has a fold or is `weighed`. It is not called where there is none.
            rng: source of random numbers.
        """

    def calibrate(self, items: Items, rng: Draws) -> None:
        """Measures after `finish` how far its answers can be believed. By default it does nothing.

        Args:
            items: Items of validation, at least one, which may have stopped the training.
            rng: source of random numbers.
        """

    def judge(self, items: Items) -> None:
        """Measures the model after `finish`, if there are items that had no part in its training. By default it does
        nothing.

        Args:
            items: those which neither trained the model nor stopped its training.
        """

    def judge_by_folds(self, folds: list[Items]) -> None:
        """Measures the model after `finish`, if no items had no part in its training but stages have folds. By default
        it does nothing.

        Args:
            folds: for each of these stages, the items that it did not learn from, in random order. They may have
                stopped it.
        """

    def judge_by_refits(self, items: Items, rng: Draws) -> None:
        """Measures the model after `finish`, if neither items nor folds are left to measure it on. By default it does
        nothing.

        Args:
            items: those that it learned from.
            rng: source of random numbers.
        """

    def flaw(self) -> str:
        """Describes values in its buffers that no training can produce, such as the number of a row that does not
        exist; "" for none. It is called for the model and each module in it when weights are read from a file."""
        return ""

    def health(self, x: Tensor, given: Tensor, rng: Draws) -> list[str]:
        """Describes in sentences what went wrong, judged on a few validation items; empty if nothing did.

        Args:
            x: (n, ...) items.
            given: (n, G) their conditions.
            rng: source of random numbers.
        """
        return []
