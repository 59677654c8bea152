"""Signals by which schedulers end a job."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

STOPS = ("SIGTERM", "SIGUSR1", "SIGUSR2")  # before its time is over, Slurm sends one of them


@contextmanager
def stops() -> Iterator[None]:
    """Within, these signals end a run as Ctrl-C does: at a checkpoint, from which the same command goes on."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread alone
        return
    numbers = [getattr(signal, name) for name in STOPS if hasattr(signal, name)]
    before = {number: signal.signal(number, _interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame) -> None:
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler):  # a shell in the background lets its commands ignore Ctrl-C
        raise KeyboardInterrupt
    handler(signal.SIGINT, frame)
