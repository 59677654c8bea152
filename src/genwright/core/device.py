"""Devices and threads that compute: devices (the CPU, or a GPU), and the number of threads.

The number of threads changes the bits of a result, so a run records it and uses it again when it resumes.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import torch

from .errors import DeviceError
from .ragged import Ragged

Movable, Output = TypeVar("Movable"), TypeVar("Output")
DATA_SHARE = 0.5  # share of a GPU's free memory that data may fill; the model and its steps need the rest


def device_of(name: str) -> torch.device:
    """Returns the device of a name: "cpu", "cuda", or "auto", a GPU where there is one.

    Raises DeviceError for another name, or where there is no GPU."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise DeviceError(
            f"device 'cuda' is not there: {why_no_gpu()}, or leave the device out to compute on the processor"
        )
    if name not in ("cpu", "cuda"):
        raise DeviceError(f"device {name!r} is unknown: give auto, cpu or cuda")
    return torch.device(name)


def is_available(name: str) -> bool:
    """Tells whether the device of that name can be computed with."""
    return name == "cpu" or (name == "cuda" and torch.cuda.is_available())


def why_no_gpu() -> str:
    """Says in a sentence why there is no GPU, and what to do."""
    if not torch.backends.cuda.is_built():
        return f"this torch ({torch.__version__}) is built without it: install a build of torch for CUDA"
    return "torch finds no NVIDIA GPU: look at the driver (nvidia-smi), and at CUDA_VISIBLE_DEVICES"


@contextmanager
def deterministic(device: torch.device) -> Iterator[None]:
    """Makes computations on a GPU repeat to the bit, in full float32, within this context.

    Without it, a GPU adds in the order in which its threads end, and rounds the factors of a convolution to TF32. Only
    the plain implementation of attention repeats its sums. On a CPU, nothing changes. The previous settings return on
    exit.

    Args:
        device: Device of the computations.
    """
    if device.type != "cuda":
        yield
        return
    from torch.nn.attention import SDPBackend, sdpa_kernel

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS repeats its sums with buffers of fixed size
    fill_before = torch.utils.deterministic.fill_uninitialized_memory
    setting_before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # nothing here reads memory before it is written
    try:
        with (
            torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False),
            sdpa_kernel(SDPBackend.MATH),
        ):
            yield
    finally:
        torch.use_deterministic_algorithms(setting_before[0], warn_only=setting_before[1])
        torch.utils.deterministic.fill_uninitialized_memory = fill_before


def synchronize(device: torch.device) -> None:
    """Waits until the device has done its work, so that seconds are those of the work."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def move_if_it_fits(items: Movable, device: torch.device) -> Movable:
    """Moves items to the device where its free memory holds them; else batches travel."""
    if device.type == "cuda" and items.nbytes > DATA_SHARE * torch.cuda.mem_get_info(device)[0]:
        return items
    return items.to(device)


def to_cpu(outputs: Output) -> Output:
    """Copies tensors or sets, or a tuple of tensors and None, to the processor."""
    if isinstance(outputs, tuple):
        return tuple(map(to_cpu, outputs))
    if isinstance(outputs, Ragged):
        return outputs.to("cpu")
    return None if outputs is None else outputs.detach().cpu()


_thread_cores: ContextVar[int] = ContextVar("most_threads", default=sys.maxsize)


def use_threads(count: int) -> None:
    """Sets the number of threads that this thread of the process computes with.

    A thread takes the process's number over when it first asks for it, and has its own from then on; so it is asked.

    Args:
        count: Number of threads.
    """
    if torch.get_num_threads() != count:
        torch.set_num_threads(count)


def allowed_threads(count: int) -> int:
    """Returns this number of threads, or as many as `limit_threads` allows."""
    return min(count, _thread_cores.get())


@contextmanager
def limit_threads(count: int) -> Iterator[None]:
    """Limits torch and the libraries of models to a number of threads within this context.

    Args:
        count: Number of threads.
    """
    token = _thread_cores.set(count)
    try:
        with threads(count):
            yield
    finally:
        _thread_cores.reset(token)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Sets torch's number of threads within this context.

    Args:
        count: Number of threads.
    """
    threads_before = torch.get_num_threads()
    use_threads(count)
    try:
        yield
    finally:
        use_threads(threads_before)
