"""What the machine is, and which number of threads and which dtype suit one stage, by a short probe."""

from __future__ import annotations

import copy
import os
import platform
import time
from pathlib import Path
from statistics import median

import torch

from ..core.device import synchronize
from ..core.draws import Draws, seeded
from ..core.seeds import seed_of
from ..core.threads import use_threads
from ..core.trainable import Items, Recipe, Stage
from .stage import into_training

GAIN = 1.2  # a less simple choice must be this much faster: less is noise
STEPS = 40  # timed at most, each choice
SMALL = 0.003  # seconds of a step of small operations
SLOW = 0.5  # seconds of a step that is timed once
TRIES = 5  # a moment's interruption is not a busy machine
FEW = 8  # items are enough to compare choices by
LATE = 10**12  # items seen: a loss that changes as training goes on is timed as it ends, where most time goes


def facts() -> dict:
    """Processor, cores that this process may use, whether it multiplies in bfloat16, and the system."""
    system = platform.platform(terse=True)
    return {"processor": _processor(), "cores": cores(), "bfloat16": has_bfloat16(), "system": system}


def device_in(config: dict) -> str:
    """The device that a run is recorded to compute on. Older records say none, when there was the processor alone."""
    return config.get("machine", {}).get("device", "cpu")


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def has_bfloat16() -> bool:
    """Whether the processor multiplies in bfloat16 (AVX512-BF16, AMX, or the ARM extension)."""
    return bool({"avx512_bf16", "amx_bf16", "bf16"} & set(_cpuinfo("flags", "Features").split()))


def _processor() -> str:
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def _cpuinfo(*keys: str) -> str:
    path = Path("/proc/cpuinfo")
    for line in path.read_text().splitlines() if path.exists() else ():
        key, _, value = line.partition(":")
        if key.strip() in keys:
            return value.strip()
    return ""


def probe(recipe: Recipe, index: int, items: Items, seconds: float) -> tuple[int, bool, float]:
    """(threads, bf16, items a second) for stage `index`, timed on a copy of the family within about `seconds`.

    items: of training, of which the first batch is used, or a part of it where a step is slow. The family and its
    state stay as they are.
    """
    if not recipe.family.probed:
        return 1, False, 0.0
    family = copy.deepcopy(recipe.family)
    stage = family.stages()[index]
    into_training(family, stage)
    size, most, end = min(stage.batch or recipe.batch, len(items)), torch.get_num_threads(), time.monotonic() + seconds
    device = family.device

    def trial(threads: int, bf16: bool) -> float:
        use_threads(threads)
        return _step_seconds(stage, items[:size].to(device), bf16, min(time.monotonic() + seconds / 4, end))

    times = {(1, False): trial(1, False)}
    while times[1, False] > SLOW and size >= 4 * FEW:  # a part of the batch tells as much in less time
        size //= 4
        times = {(1, False): trial(1, False)}
    if (
        times[1, False] > SMALL or device.type != "cpu"
    ):  # else a second thread, or another dtype, costs more than it gives
        counts = (most, 1) if device.type == "cpu" and most > 1 and cores_are_free(most) else (1,)
        halves = (True, False) if family.allow_bf16 and _device_has_bfloat16(device) else (False,)
        for choice in [(count, bf16) for bf16 in halves for count in counts]:  # likeliest first, while time is left
            if choice not in times and time.monotonic() < end:
                times[choice] = trial(*choice)
    threads, bf16 = next(c for c in sorted(times) if times[c] < GAIN * min(times.values()))  # the simplest that will do
    return threads, bf16, size / times[threads, bf16]


def _device_has_bfloat16(device: torch.device) -> bool:
    return torch.cuda.is_bf16_supported(including_emulation=False) if device.type == "cuda" else has_bfloat16()


def cores_are_free(threads: int) -> bool:
    """Whether so many threads are faster than one in one of a few tries: on busy cores they can be 100 times slower."""
    x = torch.ones(1 << 18)

    def seconds(count: int) -> float:
        use_threads(count)
        x.sin()
        start = time.monotonic()
        for _ in range(10):
            x.sin()
        return time.monotonic() - start

    return any(seconds(threads) * GAIN < seconds(1) for _ in range(TRIES))


def _step_seconds(stage: Stage, items: Items, bf16: bool, end: float) -> float:
    """Median seconds of the steps that fit before `end`; the first, which fills caches, counts only when alone."""
    times, device = [], items.x.device
    while len(times) < 2 or time.monotonic() < end:
        start = time.monotonic()
        batch = items.batch(Draws("probe", len(times), device=device), LATE)
        with seeded(seed_of("probe layers", len(times)), device):
            for player in stage.players:
                with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
                    loss, _ = player.loss(batch)
                torch.autograd.grad(loss, [p for p in player.parameters if p.requires_grad], allow_unused=True)
        synchronize(device)
        times.append(time.monotonic() - start)
        if len(times) > STEPS or times[0] > SLOW:
            break
    return median(times[1:] or times)
