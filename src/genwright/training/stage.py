"""One stage under training: weights, their average, the best average so far, and the optimizers."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from math import inf, isfinite

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw

from ..core.draws import Draws, seeded
from ..core.recipe import Recipe
from ..core.trainable import Batch, Items, Player, Stage
from .weights import assign, section, state_of
from .world import SINGLE_PROCESS, World

EPSILON = 1e-8
SLOWNESS = 0.1  # share of the rate at which slow weights learn


class AdamW:
    """The AdamW optimiser (Loshchilov & Hutter 2019, algorithm 2), computed by torch's fused kernel.

    `torch.optim.AdamW` computes the same, to the bit, but its construction imports torch's compiler, which takes
    seconds. `first` and `second` hold the running means of the gradient and of its square; `steps` counts the updates
    of each weight.

    Args:
        weights: Weights to update.
        betas: Decay of the two running means.
        weight_decay: Decoupled weight decay.
        slow: Weights among them that learn at a tenth of the rate.
    """

    def __init__(
        self, weights: list[nn.Parameter], betas: tuple[float, float], weight_decay: float,
        slow: list[nn.Parameter] | None = None,
    ):  # fmt: skip
        self.weights, self.betas, self.weight_decay = weights, tuple(betas), weight_decay
        tardy = {id(w) for w in slow or ()}
        self.groups = {1.0: [], SLOWNESS: []}  # numbers of weights by their share of the rate
        for number, weight in enumerate(weights):
            self.groups[SLOWNESS if id(weight) in tardy else 1.0].append(number)
        self.first = [torch.zeros_like(w, memory_format=torch.preserve_format) for w in weights]
        self.second = [torch.zeros_like(w, memory_format=torch.preserve_format) for w in weights]
        self.steps = [torch.zeros((), dtype=torch.float32, device=w.device) for w in weights]

    @torch.no_grad()
    def step(self, lr: float) -> None:
        """Steps every weight that has a gradient; the gradients are dropped."""
        for share, numbers in self.groups.items():
            moved = [i for i in numbers if self.weights[i].grad is not None]
            pick = lambda tensors, moved=moved: [tensors[i] for i in moved]
            adamw(
                pick(self.weights), [w.grad for w in pick(self.weights)], pick(self.first), pick(self.second), [],
                pick(self.steps), fused=True, amsgrad=False, beta1=self.betas[0], beta2=self.betas[1],
                lr=share * lr, weight_decay=self.weight_decay, eps=EPSILON, maximize=False,
            )  # fmt: skip
        for weight in self.weights:
            weight.grad = None

    def tensors(self) -> dict[str, Tensor]:
        """Returns the live state: {"first/0": ..., "second/0": ..., "steps/0": ..., "first/1": ...}."""
        kinds = {"first": self.first, "second": self.second, "steps": self.steps}
        return {f"{kind}/{i}": t for kind, tensors in kinds.items() for i, t in enumerate(tensors)}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        for name, t in self.tensors().items():
            t.copy_(tensors[name])


def exponent(width: float) -> float:
    """Computes the exponent gamma of a power-law average, whose profile is t^gamma. 0 means the last weights alone.

    width^2 = (gamma + 1) / ((gamma + 2)^2 (gamma + 3)) is a cubic in gamma; the largest real root is returned.

    Args:
        width: Standard deviation of the profile as a share of training, below 0.288.
    """
    if width == 0:
        return inf
    s = width**-2
    roots = np.roots([1.0, 7.0, 16.0 - s, 12.0 - s])
    return float(roots.real[np.abs(roots.imag) < 1e-6].max())


class PowerAverage:
    """A running average whose window grows with training (Karras 2024, arXiv 2312.02696, section 3.1).

    average_t = beta_t average_(t-1) + (1 - beta_t) weights_t, with beta_t = (1 - 1/t)^(gamma + 1), t = 1, 2, ...

    Args:
        parameters: Parameters by name.
        width: Width of the average as a share of training.
    """

    def __init__(self, parameters: dict[str, nn.Parameter], width: float):
        self.parameters = parameters
        self.gamma = exponent(width)
        self.values = {name: p.detach().clone() for name, p in parameters.items()}

    @torch.no_grad()
    def update(self, t: int) -> None:
        beta = (1 - 1 / t) ** (self.gamma + 1)
        torch._foreach_lerp_(list(self.values.values()), [p.detach() for p in self.parameters.values()], 1 - beta)

    @contextmanager
    def applied(self):
        """Swaps the averaged weights in within this context; the raw weights return on exit."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        for name, p in self.parameters.items():
            p.data, self.values[name] = self.values[name], p.data

    @torch.no_grad()
    def restore(self, values: dict[str, Tensor]) -> None:
        self.values = {name: torch.empty_like(p).copy_(values[name]) for name, p in self.parameters.items()}


POOL = 16  # batches whose items are sorted by length together
CHECK_EVERY = 16  # steps between two checks that losses are finite, where a check waits for the device
AFTER_SCHEDULES = 10**12  # items that a validation loss is told, after every schedule, so that losses can be compared


class NotFinite(ArithmeticError):
    """Raised where a player's loss or gradient is not finite. The arguments are the player's name, what was not finite,
    the items seen before its batch, and the ranks of the processes whose shares of the batch it came from."""


class Order:
    """The order of training items: a new permutation of all n items for every (seed, stage, epoch).

    Args:
        n: Number of items.
        seed: Seed of the run.
        stage: Name of the stage.
        lengths: (n,) of items that are padded to the longest of their batch. Then every POOL batches of the
            permutation share out their items by length, so that little is padded, and the batches of an epoch come
            in random order.
    """

    def __init__(self, n: int, seed: int, stage: str, lengths: Tensor | None = None):
        self.n, self.seed, self.stage, self.lengths = n, seed, stage, lengths
        self.epoch, self.permutation = -1, torch.empty(0, dtype=torch.long)

    def batch(self, items: int, size: int) -> Tensor:
        """Returns the indices (size,) of the batch that begins after `items` items; it may reach over the end of an
        epoch."""
        parts, end = [], items + size
        while items < end:
            epoch, start = divmod(items, self.n)
            if epoch != self.epoch:
                self.epoch, self.permutation = epoch, self._permutation(epoch, size)
            parts.append(self.permutation[start : start + end - items])
            items += len(parts[-1])
        return torch.cat(parts)

    def _permutation(self, epoch: int, size: int) -> Tensor:
        rng = Draws("order", self.seed, self.stage, epoch)
        permutation = rng.permutation(self.n)
        if self.lengths is None:
            return permutation
        offset = min(-epoch * self.n % size, self.n)  # items of a batch that the epoch before began
        count = (self.n - offset) // size  # whole batches
        end = offset + count * size
        middle = permutation[offset:end]
        pool = torch.arange(len(middle)) // (POOL * size)
        by_length = (pool * (int(self.lengths.max()) + 1) + self.lengths[middle]).argsort(stable=True)
        batches = middle[by_length].reshape(count, size)[rng.permutation(count)]
        return torch.cat([permutation[:offset], batches.flatten(), permutation[end:]])


def frozen_parts(family: nn.Module, stage: Stage) -> dict[str, nn.Module]:
    """Finds the largest parts of a family none of whose weights the stage trains, by name. A module without weights
    goes with its parent."""
    trained = {id(w) for player in stage.players for w in player.parameters if w.requires_grad}
    frozen = {}

    def look(module: nn.Module, path: str) -> None:
        for name, child in module.named_children():
            weights = {id(w) for w in child.parameters()}
            if weights and weights.isdisjoint(trained):
                frozen[path + name] = child
            else:
                look(child, f"{path}{name}.")

    look(family, "")
    return frozen


def into_training(family: nn.Module, stage: Stage) -> None:
    """Sets training mode for what the stage trains, and eval mode for the rest of the family. So no dropout disturbs
    what a stage takes as given, and no running mean moves."""
    family.train()
    for module in frozen_parts(family, stage).values():
        module.eval()


class StageTraining:
    """The training of `recipe.family` in stage `stage`. After each step the state is a function of (config, seed, items
    seen), the same on all processes of the world."""

    def __init__(self, recipe: Recipe, stage: Stage, world: World = SINGLE_PROCESS):
        self.recipe, self.family, self.stage, self.world = recipe, recipe.family, stage, world
        self.batch = stage.batch or recipe.batch
        self.players = [(p, [w for w in p.parameters if w.requires_grad]) for p in stage.players]
        self.optims = [player.optim or recipe.optim for player in stage.players]
        pairs = list(zip(self.players, self.optims))
        self.optimizers = [
            AdamW(weights, optim.betas, optim.weight_decay, player.slow) for (player, weights), optim in pairs
        ]
        self.averages, unassigned = [], dict(self.family.named_parameters())
        for (_, weights), optim in pairs:  # a weight of two players is averaged as the first of them says
            mine = {id(w) for w in weights}
            own_weights = {name: w for name, w in unassigned.items() if id(w) in mine}
            unassigned = {name: w for name, w in unassigned.items() if name not in own_weights}
            self.averages.append(PowerAverage(own_weights, optim.average))
        self.frozen = tuple(f"{name}." for name in frozen_parts(self.family, stage))
        self.best: dict[str, Tensor] = {}  # average weights and buffers at the best validation
        self.device, self.unchecked = self.family.device, []  # numbers to check, each with NotFinite's arguments

    def step(self, batch: Batch, number: int, rate: float, bf16: bool) -> dict[str, tuple[Tensor, dict[str, Tensor]]]:
        """Lets every player whose turn it is take one step. Returns {player: (loss, logs)}, the logs of this process's
        share.

        Args:
            batch: This process's share.
            number: Of the step, from 0.
            rate: Factor on the learning rate.
            bf16: Whether losses are computed in bfloat16.

        Raises NotFinite, on a processor before the weights have moved; elsewhere `check_finite` raises it, every so
        many steps and before anything is kept.
        """
        played = {}
        for (player, weights), optim, optimizer in zip(self.players, self.optims, self.optimizers):
            if number % player.every:
                continue
            with self.world.sharing():
                with torch.autocast(self.device.type, torch.bfloat16, enabled=bf16):
                    loss, logs = player.loss(batch)
                gradients = torch.autograd.grad(loss, weights, allow_unused=True)
            (loss, *gradients), sums = self.world.means([loss.detach(), *gradients], [loss, *weights])
            self._expect_finite(loss, player, "loss", batch, sums)
            for weight, gradient in zip(weights, gradients):
                # the fused optimizer reads memory in order, so a gradient must lie in memory as its weight does
                weight.grad = None if gradient is None else gradient.contiguous()
            norm = torch.nn.utils.clip_grad_norm_(weights, optim.clip, foreach=True)
            self._expect_finite(norm, player, "gradient's norm", batch, sums)
            optimizer.step(optim.lr * rate)
            played[player.name] = (loss, logs)
        for average in self.averages:
            average.update(number + 1)
        if number % CHECK_EVERY == CHECK_EVERY - 1:
            self.check_finite()
        return played

    def _expect_finite(self, number: Tensor, player: Player, noun: str, batch: Batch, sums: Tensor | None) -> None:
        """sums: of each process's loss and gradient; None where it trains alone."""
        self.unchecked.append((number, player.name, noun, batch.items, sums))
        if self.device.type == "cpu":
            self.check_finite()

    def check_finite(self) -> None:
        """Raises NotFinite for the first loss or gradient since the last check that is not finite."""
        numbers = [float(number) for number, *_ in self.unchecked]
        unchecked, self.unchecked = self.unchecked, []
        for number, (_, player, problem_name, items, sums) in zip(numbers, unchecked):
            if not isfinite(number):
                ranks = [] if sums is None else [rank for rank, s in enumerate(sums.tolist()) if not isfinite(s)]
                raise NotFinite(player, f"{problem_name} is {number}", items, ranks)

    @torch.no_grad()
    def validate(self, items: Items, seed: int, bf16: bool) -> tuple[float, float]:
        """Validates the average weights on items: means of the losses, summed over players, and the number that judges.
        Random numbers are always the same. Processes take blocks of items in turn.

        Args:
            items: validation items.
            seed: Seed of the random numbers.
            bf16: whether to compute in bfloat16.
        """
        total = torch.zeros(2, dtype=torch.double, device=self.device)
        size = len(items) if self.family.full_batch else self.batch
        with self.judged():
            for start in range(size * self.world.rank, len(items), size * self.world.size):
                part = items[start : start + size]
                rng = Draws("validate", seed, self.stage.name, start, device=self.device)
                batch = part.batch(rng, AFTER_SCHEDULES)
                with seeded(rng.seed, self.device), torch.autocast(self.device.type, torch.bfloat16, enabled=bf16):
                    for player, _ in self.players:
                        loss, logs = player.loss(batch)
                        numbers = {"loss": loss, **logs}
                        pair = numbers["loss"], numbers[player.monitor]
                        pair = [torch.as_tensor(number, dtype=torch.double, device=self.device) for number in pair]
                        total += torch.stack(pair) * len(part)
        total = self.world.mean(total) * self.world.size
        loss, judged = (total / len(items)).tolist() if total.isfinite().all() else (inf, inf)
        return loss, judged

    @contextmanager
    def judged(self) -> Iterator[None]:
        """Puts the family into eval mode with its averaged weights, within this context."""
        self.family.eval()
        with self._averaged():
            yield
        into_training(self.family, self.stage)

    def keep_best(self) -> None:
        with self._averaged():
            self.best = {name: t.detach().clone() for name, t in self._stage_tensors().items()}

    @torch.no_grad()
    def use_best_weights(self) -> None:
        """Sets the family's final weights: the best average where validation chose one, else the last average."""
        assign(self.family, {**state_of(self.family), **(self.best or self._average_tensors)}, "the best weights")

    def _stage_tensors(self) -> dict[str, Tensor]:
        """The tensors that this stage decides: its players' parameters, and every buffer but those of frozen parts."""
        frozen = {name for name, _ in self.family.named_parameters()}.difference(self._average_tensors)
        state = state_of(self.family)
        return {name: t for name, t in state.items() if name not in frozen and not name.startswith(self.frozen)}

    @property
    def _average_tensors(self) -> dict[str, Tensor]:
        return {name: t for average in self.averages for name, t in average.values.items()}

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """Within, the family holds the averages of the weights that this stage trains."""
        with ExitStack() as contexts:
            for average in self.averages:
                contexts.enter_context(average.applied())
            yield

    # ------------------------------------------------------------------ into a checkpoint and back

    def tensors(self) -> dict[str, Tensor]:
        state = {f"average/{name}": t for name, t in self._average_tensors.items()}
        state |= {f"best/{name}": t for name, t in self.best.items()}
        for (player, _), optimizer in zip(self.players, self.optimizers):
            state |= {f"optimizer/{player.name}/{name}": t for name, t in optimizer.tensors().items()}
        return state

    def restore(self, tensors: dict[str, Tensor]) -> None:
        for average in self.averages:
            average.restore(section(tensors, "average/"))
        self.best = section(tensors, "best/")
        for (player, _), optimizer in zip(self.players, self.optimizers):
            optimizer.restore(section(tensors, f"optimizer/{player.name}/"))
