"""The processes that train one model together; no other file knows of ranks.

Each process runs the whole training loop, on its share of each batch. After each loss the gradients are averaged, so
that all processes take the same step. Whatever looks at a clock looks at rank 0's, and rank 0 alone writes.

    World()                              one process alone: nothing below costs anything
    World(rank, size, mean, ...)         as one of several processes sees them; threads will do, for a test
    current_world(device, timeout)       of torch.distributed, which any launcher sets up by environment variables
"""

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from ..core.device import device_of
from ..core.errors import BudgetError, DeviceError, ProcessLost, RunError, Unsupported
from ..core.recipe import FULL_BATCH, Recipe
from ..core.shares import Share, sharing
from ..core.type_names import Json, Record
from .weights import digest

Result = TypeVar("Result")
SAME_FOLDER = "choose a folder that all hosts share"
WHY_UNEQUAL = "its family keeps something that each process changes by itself, or hosts have different processors"
VISIBLE_WITHIN = 10.0  # seconds in which a file that rank 0 wrote has to be seen by all
NO_STEP = 2**32 - 16  # number of a step of Slurm from which on it is a shell or a batch script
PORTS = 20_000, 40_000  # range from which a job of Slurm takes a port, by its number
LAUNCHED = "TORCHELASTIC_RUN_ID"  # set by torchrun, without which its processes stop


class World:
    """The processes that train one model together. Each of the three calls may raise ProcessLost.

    Args:
        rank: Number of this process.
        size: Number of processes.
        mean: A tensor, which it may overwrite -> its mean over the processes, the same bits on all of them.
        broadcast: A tensor, which it may overwrite -> rank 0's.
        barrier: Returns when all processes have called it.
    """

    def __init__(
        self, rank: int = 0, size: int = 1, mean: Callable[[Tensor], Tensor] = lambda t: t,
        broadcast: Callable[[Tensor], Tensor] = lambda t: t, barrier: Callable[[], None] = lambda: None,
    ):  # fmt: skip
        self.rank, self.size = rank, size
        self.mean, self.broadcast, self.barrier = mean, broadcast, barrier
        self.leads = rank == 0  # process 0 writes for all
        self.now = 0.0  # rank 0's clock at the last tick
        self.launcher = os.getppid() if LAUNCHED in os.environ else None

    # ------------------------------------------------------------------ a step

    def share(self, rows: Tensor) -> Tensor:
        """Returns this process's part of the rows of a batch."""
        count = len(rows) // self.size
        return rows[self.rank * count : (self.rank + 1) * count]

    def sharing(self) -> AbstractContextManager[None]:
        """Lets losses see statistics of the whole batch, over all processes, within this context."""
        return sharing(Share(self.rank, self.size, self.mean)) if self.size > 1 else nullcontext()

    def means(self, tensors: list[Tensor | None], shapes: list[Tensor]) -> tuple[list[Tensor | None], Tensor | None]:
        """Averages tensors over the processes, None where no process has a tensor. Returns also the sum of each
        process's own, which is not finite where one of them is not. like: what has their shapes. One tensor travels, in
        float32."""
        if self.size == 1:
            return tensors, None
        local = [torch.zeros_like(w) if t is None else t.detach() for t, w in zip(tensors, shapes)]
        parts = torch.cat([t.reshape(-1).float() for t in local])
        is_present = parts.new_tensor([float(t is not None) for t in tensors])
        sums = parts.new_zeros(self.size)
        sums[self.rank] = parts.sum()
        flat = self.mean(torch.cat([parts, is_present, sums]))
        parts, is_present, sums = flat.split([len(parts), len(is_present), self.size])
        means = [t.view(w.shape).to(w.dtype) for t, w in zip(parts.split([w.numel() for w in shapes]), shapes)]
        for k, t in enumerate(tensors):  # a flag is read only where it matters, since a device is waited for
            if t is None and not is_present[k]:
                means[k] = None
        return means, sums

    # ------------------------------------------------------------------ what rank 0 decides

    def tick(self, stop: bool = False) -> bool:
        """Adopts rank 0's clock; every process has to call it. Returns whether any of them was asked to stop."""
        if self.size == 1:
            return stop
        orphaned = self.launcher not in (None, os.getppid())
        local = [time.monotonic() if self.rank == 0 else 0.0, float(stop or orphaned)]
        now, stops = self.mean(torch.tensor(local, dtype=torch.float64)).tolist()
        self.now = now * self.size
        return stops > 0

    def clock(self) -> float:
        """Returns the seconds of the clock. With several processes, those of rank 0 at the last tick."""
        return time.monotonic() if self.size == 1 else self.now

    def from_rank_0(self, value: Json) -> Json:
        """Returns rank 0's value, of JSON."""
        if self.size == 1:
            return value
        text = torch.frombuffer(bytearray(json.dumps(value).encode()), dtype=torch.uint8)
        length = int(self.broadcast(torch.tensor([len(text)])))
        text = self.broadcast(text if self.rank == 0 else torch.zeros(length, dtype=torch.uint8))
        return json.loads(bytes(text.tolist()))

    @torch.no_grad()
    def copy_from_rank_0(self, tensors: Iterable[Tensor]) -> None:
        """Copies rank 0's numbers into the tensors of every process."""
        for t in tensors if self.size > 1 else ():
            numbers = self.broadcast(t.detach().contiguous().reshape(-1).view(torch.uint8).clone())
            t.copy_(numbers.view(t.dtype).view(t.shape))

    @contextmanager
    def rank_0_first(self, written: Path | None = None) -> Iterator[None]:
        """Runs the body of this context on rank 0 first, then on the other processes.

        Raises RunError on all processes where one of them does not see the file that rank 0 wrote.

        Args:
            written: File that rank 0 writes.
        """
        if self.rank == 0:
            yield
        if self.size > 1 and written is None:
            self.barrier()
        elif self.size > 1:
            self._require_seen(written)
        if self.rank:
            yield

    # ------------------------------------------------------------------ whether processes belong together

    def require_alike(self, facts: Record, remedy: str) -> None:
        """Raises RunError, on all processes, where a fact differs between a process and rank 0.

        Args:
            facts: Facts by name, such as the version of torch.
            remedy: What to do, for the message.
        """
        if self.size == 1:
            return
        theirs, ours = self.from_rank_0(facts), json.loads(json.dumps(facts))
        differing = next((k for k, name in enumerate(facts, 1) if theirs.get(name) != ours[name]), 0)
        for rank, position in enumerate(self._by_rank(differing)):
            if position:
                name = list(facts)[round(position) - 1]
                raise RunError(f"process {rank} of {self.size} has other {name} than process 0: {remedy}")

    def require_equal(self, weights: Callable[[], dict[str, Tensor]]) -> None:
        """Raises RunError, on all processes, where one of them has other tensors than rank 0."""
        if self.size > 1:
            key = digest({name: t.detach().cpu() for name, t in weights().items()}, "")
            self.require_alike({"weights": key}, WHY_UNEQUAL)

    def _require_seen(self, path: Path) -> None:
        key, end = self.from_rank_0(_key(path)), time.monotonic() + VISIBLE_WITHIN
        while (missing := _key(path) != key) and time.monotonic() < end:
            time.sleep(0.1)
        blind = [rank for rank, misses in enumerate(self._by_rank(missing)) if misses]
        if blind:
            raise RunError(
                f"process {blind[0]} of {self.size} does not see {path}, which process 0 wrote: {SAME_FOLDER}"
            )

    def _by_rank(self, number: float) -> list[float]:
        """The number that each process brings."""
        values = torch.zeros(self.size, dtype=torch.float64)
        values[self.rank] = number
        return (self.mean(values) * self.size).tolist()


SINGLE_PROCESS = World()


def _key(path: Path) -> str:
    """A digest of what stands in a file, "" where there is none."""
    try:
        return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    except OSError:
        return ""


def require_divisible(recipe: Recipe, family: str, size: int) -> None:
    """Raises Unsupported for a family that several processes cannot train, BudgetError for a batch that they cannot
    share out evenly.

    Args:
        recipe: Recipe of the family.
        family: its name.
        size: number of processes.
    """
    if size == 1:
        return
    is_alone = any(getattr(part, "parallel", "") == "alone" for part in recipe.family.modules())
    if is_alone or recipe.family.full_batch or recipe.batch == FULL_BATCH:
        raise Unsupported(
            f"{family} cannot be trained by {size} processes: its steps look at more than the items of a batch. Start "
            "one process, or choose another family"
        )
    for stage in recipe.family.stages():
        batch = stage.batch or recipe.batch
        if batch % size:
            nearest = max(size, round(batch / size) * size)
            raise BudgetError(
                f"stage {stage.name} takes {batch} items a step, which {size} processes cannot share evenly: set the "
                f"batch to {nearest}"
            )


# ---------------------------------------------------------------------- of torch.distributed


def current_world(device: str, timeout: float) -> World:
    """Returns the processes that this one was started with, from an existing group of torch.distributed, else from the
    environment variables of torchrun or srun. Without either, it is one process alone.

    Raises BudgetError for a timeout or variables that make no sense, DeviceError for more processes than GPUs,
    ProcessLost where the others do not come within `timeout` seconds.
    """
    if not timeout > 0:
        raise BudgetError(f"timeout must be above 0 seconds, not {timeout}")
    if not dist.is_initialized():
        place = _place_in(os.environ)
        if place is None:
            return SINGLE_PROCESS
        _join(*place, device, timeout)
    rank, size = dist.get_rank(), dist.get_world_size()
    if size == 1:
        return SINGLE_PROCESS
    with _lost(timeout):  # a group of its own for the processor's tensors, with our timeout
        group = _call_in_time(timeout, lambda: dist.new_group(backend="gloo", timeout=timedelta(seconds=timeout)))
    group_of = lambda t: group if t.device.type == "cpu" else None

    def mean(t: Tensor) -> Tensor:
        total = t.contiguous()
        with _lost(timeout):
            dist.all_reduce(total, group=group_of(t))
        return total.div_(size)

    def broadcast(t: Tensor) -> Tensor:
        with _lost(timeout):
            dist.broadcast(t, 0, group=group_of(t))
        return t

    def barrier() -> None:
        with _lost(timeout):
            dist.barrier(group=group)

    return World(rank, size, mean, broadcast, barrier)


def is_started_alone() -> bool:
    """Tells whether nobody has started this process as one of several."""
    return not dist.is_initialized() and "RANK" not in os.environ and _place_in(os.environ) is None


@contextmanager
def _lost(timeout: float) -> Iterator[None]:
    """Within, an error of torch.distributed is a process that is gone."""
    try:
        yield
    except RuntimeError as error:
        raise ProcessLost(
            f"another process of this run ended, or did not answer for {timeout:g} s: see what it printed, then give "
            "the same command again to resume"
        ) from error


def _place_in(environment: dict[str, str]) -> tuple[int, int, int] | None:
    """(rank, size, rank on this host) as torchrun or srun says; None for a process alone."""
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK")
    if "RANK" not in environment or "WORLD_SIZE" not in environment:
        tasks = "SLURM_STEP_NUM_TASKS" if "SLURM_STEP_NUM_TASKS" in environment else "SLURM_NTASKS"
        names = ("SLURM_PROCID", tasks, "SLURM_LOCALID")
        if not _is_task_of_slurm(environment) or "SLURM_PROCID" not in environment or tasks not in environment:
            return None
    values = {name: environment.get(name, "0") for name in names}
    if not all(value.isdecimal() for value in values.values()) or int(values[names[0]]) >= int(values[names[1]]):
        assignments = ", ".join(f"{name}={value}" for name, value in values.items())
        raise BudgetError(f"{assignments} in the environment makes no sense: start with torchrun, or unset {names[1]}")
    rank, size, local = map(int, values.values())
    return (rank, size, local) if size > 1 else None


def _is_task_of_slurm(environment: dict[str, str]) -> bool:
    """Whether a step of Slurm runs this program: neither a batch script nor a shell that a person types in, although
    these have the variables of the allocation."""
    step = environment.get("SLURM_STEP_ID", "" if "SLURM_JOB_ID" in environment else "0")
    return step.isdecimal() and int(step) < NO_STEP and "SLURM_PTY_PORT" not in environment


def _join(rank: int, size: int, local: int, device: str, timeout: float) -> None:
    """Become process `rank` of `size`."""
    gpus = torch.cuda.device_count() if device_of(device).type == "cuda" else 0
    if gpus > 1 and local >= gpus:
        raise DeviceError(f"process {local} of this host finds {gpus} GPUs: start at most one process a GPU")
    if gpus:
        torch.cuda.set_device(local % gpus)
    host, port = _meeting_place(os.environ)
    os.environ |= {"MASTER_ADDR": host, "MASTER_PORT": str(port)}  # torch reads them there
    try:
        backend, wait = "nccl" if gpus else "gloo", timedelta(seconds=timeout)
        _call_in_time(timeout, lambda: dist.init_process_group(backend, rank=rank, world_size=size, timeout=wait))
    except RuntimeError as error:
        if "EADDRINUSE" in str(error) or "already in use" in str(error):
            raise ProcessLost(f"port {port} of {host} is in use: set MASTER_PORT to a free one") from error
        raise ProcessLost(
            f"process {rank} of {size} did not meet the others at {host}:{port} within {timeout:g} s. Start them all. "
            "If hosts have several networks, set GLOO_SOCKET_IFNAME to the interface to use"
        ) from error


def _call_in_time(seconds: float, call: Callable[[], Result]) -> Result:
    """The result of a call, which may wait for other processes. torch has waits that no timeout of its own ends, as for
    a process that stands still. So this process waits in another thread, and a signal ends it meanwhile.

    Raises RuntimeError where the call has not returned after so many seconds.
    """
    outcome: list[Result | Exception] = []

    def wait() -> None:
        try:
            outcome.append(call())
        except Exception as error:
            outcome.append(error)

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    waiting.join(seconds)
    if not outcome:
        raise RuntimeError(f"nothing came for {seconds:g} s")
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0]


def _meeting_place(environment: dict[str, str]) -> tuple[str, int]:
    """Host and port of rank 0. Raises BudgetError where the environment does not say."""
    port = environment.get("MASTER_PORT", "29500")
    if "MASTER_PORT" not in environment and environment.get("SLURM_JOB_ID", "").isdecimal():
        first, end = PORTS
        port = str(first + int(environment["SLURM_JOB_ID"]) % (end - first))
    if not port.isdecimal() or not 0 < int(port) < 2**16:
        raise BudgetError(f"MASTER_PORT is {port!r}: set it to a number from 1 to 65535")
    nodes = environment.get("SLURM_STEP_NODELIST", environment.get("SLURM_JOB_NODELIST"))
    host = environment.get("MASTER_ADDR") or (first_host(nodes) if nodes else None)
    if host is None:
        raise BudgetError("the environment has a rank, and no host of rank 0: set MASTER_ADDR, or start with torchrun")
    return host, int(port)


def first_host(nodes: str) -> str:
    """Returns the first host of a list in Slurm's form: node[03-05,9],other -> node03."""
    name, bracket, numbers = nodes.partition("[")
    if not bracket or "," in name:
        return name.split(",")[0]
    number, _, following = numbers.partition("]")
    return name + number.replace("-", ",").split(",")[0] + following.split(",")[0]
