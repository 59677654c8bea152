"""Facts about the machine, and the threads and dtype that suit a stage. A rule gives the same answer however busy the
machine is; a short probe measures instead.
"""

import copy
import platform
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from ..core.cpu import cores
from ..core.device import synchronize, use_threads
from ..core.draws import Draws, seeded
from ..core.recipe import Recipe
from ..core.seeds import seed_of
from ..core.trainable import Items, Stage, Trainable
from . import budget
from .stage import AFTER_SCHEDULES, into_training

LARGE_STEP = 6e8  # floating-point operations of a step from which on more threads and bfloat16 pay
MIN_SPEEDUP = 1.2  # several threads must be this much faster than one: less is noise
MAX_TIMED_STEPS = 40  # steps of each choice
SHORT_STEP = 0.003  # seconds of a step of small operations
SLOW_STEP = 0.5  # seconds of a step that is timed once
TRIES = 5  # a moment's interruption is not a busy machine
FEW_ITEMS = 8  # enough to compare choices by
RECURRENT_FLOPS = {  # a weight and place
    torch.ops.aten.mkldnn_rnn_layer: 2,
    torch.ops.aten.mkldnn_rnn_layer_backward: 4,
}


def machine_facts() -> dict:
    """Describes the machine: processor, cores that this process may use, whether it multiplies in bfloat16, and the
    system."""
    system = platform.platform(terse=True)
    processor = _cpuinfo("model name") or platform.processor() or platform.machine()
    return {"processor": processor, "cores": cores(), "bfloat16": has_bfloat16(), "system": system}


def device_in(config: dict) -> str:
    """Returns the device that a run's record names."""
    return config["machine"]["device"]


def has_bfloat16() -> bool:
    """Tells whether the processor multiplies in bfloat16 (AVX512-BF16, AMX, or the ARM extension)."""
    return bool({"avx512_bf16", "amx_bf16", "bf16"} & set(_cpuinfo("flags", "Features").split()))


def _cpuinfo(*keys: str) -> str:
    path = Path("/proc/cpuinfo")
    for line in path.read_text().splitlines() if path.exists() else ():
        key, _, value = line.partition(":")
        if key.strip() in keys:
            return value.strip()
    return ""


def choose_by_rule(recipe: Recipe, index: int, items: Items, threads: int) -> tuple[int, bool]:
    """Chooses (threads, bf16) for stage `index`, whatever the clock says: one thread and float32 below `LARGE_STEP`;
    else all threads of the processor. bfloat16 is chosen where the device has it and the family allows it.

    Args:
        recipe: Its family and state stay as they are.
        index: Number of the stage.
        items: Items of training, the first few of which are counted on.
        threads: Threads of the processor.
    """
    family, simplest = recipe.family, (1, False)
    most_threads = (
        threads if family.device.type == "cpu" else 1,
        family.allow_bf16 and _device_has_bfloat16(family.device),
    )
    if most_threads == simplest or not family.probed or step_flops(recipe, index, items) < LARGE_STEP:
        return simplest
    return most_threads


def step_flops(recipe: Recipe, index: int, items: Items) -> float:
    """Counts the floating-point operations of one step of stage `index` in products and convolutions, which take most
    of the time of a large step.

    Args:
        recipe: Recipe of the family.
        index: Index of the stage.
        items: training items.
    """
    family, stage, size = _stage_copy(recipe, index, items)
    batch_size = size if family.full_batch else min(size, FEW_ITEMS)
    with _FlopCounter() as counted:
        _differentiate(stage, items[:batch_size].to(family.device), 0, False)
    return counted.total * size / batch_size


def items_per_second(recipe: Recipe, index: int, items: Items, choice: tuple[int, bool], seconds: float) -> float:
    """Times stage `index` and returns its items a second.

    Args:
        recipe: Recipe of the family.
        index: Index of the stage.
        items: training items.
        choice: threads, and whether in bfloat16.
        seconds: about how long to measure.
    """
    if not recipe.family.probed:
        return 0.0
    family, stage, size = _stage_copy(recipe, index, items)
    threads, bf16 = choice
    use_threads(threads)
    return size / _step_seconds(stage, items[:size].to(family.device), bf16, time.monotonic() + seconds)


def probe(recipe: Recipe, index: int, items: Items, seconds: float) -> tuple[int, bool, float]:
    """Measures the best (threads, bf16, items a second) for stage `index`: the dtype by the rule, the threads timed on
    a copy of the family. The seconds of one thread are of processor time, so that a busy machine tells the same.

    Args:
        recipe: Its family and state stay as they are.
        index: Number of the stage.
        items: Items of training, of which the first batch is used, or a part of it where a step is slow.
        seconds: Time that this takes, about.
    """
    if not recipe.family.probed:
        return 1, False, 0.0
    _, bf16 = choose_by_rule(recipe, index, items, 1)
    family, stage, size = _stage_copy(recipe, index, items)
    most_threads, end, device = torch.get_num_threads(), time.monotonic() + seconds, family.device

    def trial(threads: int) -> float:
        use_threads(threads)
        return _step_seconds(stage, items[:size].to(device), bf16, min(time.monotonic() + seconds / 4, end))

    single = trial(1)
    while single > SLOW_STEP and size >= 4 * FEW_ITEMS:  # a part of the batch tells as much in less time
        size //= 4
        single = trial(1)
    # a second thread costs a short step more than it gives
    if (
        device.type == "cpu"
        and most_threads > 1
        and single > SHORT_STEP
        and time.monotonic() < end
        and cores_are_free(most_threads)
    ):
        seconds_of_all = trial(most_threads)
        if single > MIN_SPEEDUP * seconds_of_all:
            return most_threads, bf16, size / seconds_of_all
    return 1, bf16, size / single


def pass_seconds(recipe: Recipe, items: Items, seconds: float) -> float:
    """Estimates the seconds of training on an idle machine until every stage has seen each item once, by the speed of a
    few steps. Returns 0.0 for a family whose steps are not timed.

    Args:
        recipe: Its family and state stay as they are.
        items: Items of training.
        seconds: Time that this takes, about.
    """
    family, stages = recipe.family, recipe.family.stages()
    if not family.probed or not stages:
        return 0.0
    longest = 0.0
    for index, stage in enumerate(stages):
        size = min(stage.batch or recipe.batch, len(items))
        batch = replace(items[:size], alternatives=None).to(family.device)
        if stage.inputs:
            family.eval()
            with torch.no_grad():
                batch = stage.inputs(batch, Draws("pass", stage.name, device=family.device))
        batch_subset = batch if family.full_batch else batch[: 2 * FEW_ITEMS]
        share = stage.share / sum(s.share for s in stages)
        speed = probe(recipe, index, batch_subset, seconds / len(stages))[2]
        if len(batch_subset) < size <= 2 * SLOW_STEP * speed:
            speed = probe(recipe, index, batch, seconds / len(stages))[2]
        longest = max(longest, len(items) / speed / share)
    return longest / share_of_stages(family)


def share_of_stages(family: Trainable) -> float:
    """Returns the share of a budget of time for the stages of a family; closing work takes the rest."""
    finishes = type(family).finish is not Trainable.finish and not family.quick_finish
    return 1 - budget.CLOSING_SHARE - family.finish_share * finishes


def _stage_copy(recipe: Recipe, index: int, items: Items) -> tuple[Trainable, Stage, int]:
    """A copy of the family, in which stage `index` is about to be trained, that stage, and the items of a step."""
    family = copy.deepcopy(recipe.family)
    stage = family.stages()[index]
    into_training(family, stage)
    return family, stage, min(stage.batch or recipe.batch, len(items))


class _FlopCounter(TorchDispatchMode):
    """Within, floating-point operations are added up: of products and convolutions as torch counts them, and of
    recurrent layers, which it leaves out."""

    def __init__(self):
        super().__init__()
        self.total = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Nothing is compiled here: torch else imports its compiler to say so, which takes a second."""
        return False

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        out, name = function(*args, **(kwargs or {})), function._overloadpacket
        if name in flop_registry:
            self.total += flop_registry[name](*args, **(kwargs or {}), out_val=out)
        elif name in RECURRENT_FLOPS:
            x, *weights = args[:3]
            self.total += RECURRENT_FLOPS[name] * x.shape[:2].numel() * sum(weight.numel() for weight in weights)
        return out


def _device_has_bfloat16(device: torch.device) -> bool:
    return torch.cuda.is_bf16_supported(including_emulation=False) if device.type == "cuda" else has_bfloat16()


def cores_are_free(threads: int) -> bool:
    """Tells whether `threads` threads are faster than one in most of a few tries: on busy cores they can be slower."""
    x = torch.ones(1 << 18)

    def seconds(count: int) -> float:
        use_threads(count)
        x.sin()
        start = time.monotonic()
        for _ in range(10):
            x.sin()
        return time.monotonic() - start

    return sum(seconds(threads) * MIN_SPEEDUP < seconds(1) for _ in range(TRIES)) > TRIES / 2


def _step_seconds(stage: Stage, items: Items, bf16: bool, end: float) -> float:
    """Median seconds of the steps that fit before `end`; the first, which fills caches, counts only when alone. On one
    thread of a processor they are those that it computes, not those that it waits for others."""
    times, device = [], items.x.device
    clock = time.thread_time if device.type == "cpu" and torch.get_num_threads() == 1 else time.monotonic
    while len(times) < 2 or time.monotonic() < end:
        start = clock()
        _differentiate(stage, items, len(times), bf16)
        synchronize(device)
        times.append(clock() - start)
        if len(times) > MAX_TIMED_STEPS or times[0] > SLOW_STEP:
            break
    return median(times[1:] or times)


def _differentiate(stage: Stage, items: Items, number: int, bf16: bool) -> None:
    """Losses and gradients of the step of this number, as training takes it when it ends."""
    device = items.x.device
    batch = items.batch(Draws("probe", number, device=device), AFTER_SCHEDULES)  # most time goes into the loss
    with seeded(seed_of("probe layers", number), device):
        for player in stage.players:
            with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
                loss, _ = player.loss(batch)
            torch.autograd.grad(loss, [p for p in player.parameters if p.requires_grad], allow_unused=True)
