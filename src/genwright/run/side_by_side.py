"""Work in processes side by side, each forked from this one, so that it has the data and the code already.

    train_in_turns    runs, all begun, of which as many as there are cores train at a time (`schedule`): families of a
                      comparison on their splits, members of an ensemble
    map_on_cores      what may be done in any order, such as measuring a family

A process holds a core for a slice of time. Between two steps it then hands the core back, and waits for its next turn:
that time is none of its training. If a process is lost, its work begins again, and a run goes on from its checkpoint.
All processes end with their parent, however that one ends. Where processes cannot be forked, or compute on a GPU, the
same work is done here, one after another.
"""

import os
import signal
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from pickle import PicklingError
from threading import Event, Thread, current_thread, main_thread
from typing import Any, TypeVar

import psutil
import torch

from ..core.cpu import CpuShare, limit_cores
from ..core.device import device_of
from ..core.processes import FORKS, end_with_parent
from ..training.progress import Report
from .curves import read_curves, still_falls, validations
from .failures import catch_failure, is_of_family, reason_of
from .folder import read_config
from .peak_memory import PeakMemory
from .schedule import Schedule

SLICE = 2.0  # seconds that a run holds a core, while others wait
LOOK = 0.2  # seconds between two looks at what a person should see
PATIENCE = 10.0  # seconds that a process may take to end after it was asked to
RETRIES = 5  # times that work begins again whose process was lost
USUAL_MIB, SPARE_MIB = 400.0, 500.0  # memory of a process before one has told, and what stays free
TURN, QUESTION, DONE, ENDED = "turn", "question", "done", "ended"
STOP = -1  # the number of no item
STOPPED = "it was stopped"
Item, Result = TypeVar("Item"), TypeVar("Result")


@dataclass
class Outcome:
    """Outcome of a piece of work.

    Args:
        value: what it returned.
        error: why it did not return.
        lost: how its process was lost, as in "signal 9"; "" where it was not.
        stop: an error of the machine, which ends all of the work.
        memory: MiB that it took.
        cpu: share of a core that it got, where it took turns while it held one.
    """

    value: Any = None
    error: str = ""
    lost: str = ""
    stop: Exception | None = None
    memory: float = 0.0
    cpu: CpuShare = field(default_factory=CpuShare)


def can_fork(device: str) -> bool:
    """Tells whether work for a device, as a person names it, may be done in forked processes."""
    return FORKS and device_of(device).type == "cpu"


class Seat(Report):
    """What a run in a process of its own tells its parent, and asks it."""

    asks_for_time = True

    def __init__(self, pipe: Connection):
        super().__init__(False)
        self.pipe, self.cpu, self.stopped = pipe, CpuShare(), False

    def stop(self, *_) -> None:
        """Interrupts the run: the handler of a signal. Where the exception is lost, as in a finalizer, the next wait
        raises it."""
        self.stopped = True
        raise KeyboardInterrupt

    def sit_down(self) -> None:
        """Waits for the first turn on a core."""
        self._answer()
        self._begin()

    def wait_for_turn(self) -> float:
        if self.stopped:
            raise KeyboardInterrupt
        if time.monotonic() - self.since < SLICE:
            return 0.0
        return self._paused(TURN)[1]

    def more_time(self) -> tuple[float, float]:
        return self._paused(QUESTION)

    def get_up(self) -> None:
        """Frees the core: the work is done."""
        self.cpu.__exit__()

    def _begin(self) -> None:
        self.since = time.monotonic()
        self.cpu.__enter__()

    def _paused(self, message: str) -> tuple[float, float]:
        """The answer to a message, and the seconds that it took."""
        self.cpu.__exit__()
        paused_at = time.monotonic()
        with suppress(OSError):  # the parent is gone: so are we, at once
            self.pipe.send((message, None))
        answer = self._answer()
        self._begin()
        return answer, self.since - paused_at

    def _answer(self) -> float:
        """The parent's answer. Raises KeyboardInterrupt where the parent is gone."""
        with suppress(EOFError, OSError):
            return self.pipe.recv()
        raise KeyboardInterrupt


class Child:
    """A forked process that does `work(seat)`, and tells its outcome.

    It is forked in a new thread. OpenMP keeps for each thread what it started for it, and a process that was forked in
    one that has computed would wait for threads that it does not have. The kernel ends the process with the thread that
    forked it, so that thread waits for its end.

    Args:
        threads: that it may compute with.
    """

    def __init__(self, work: Callable[[Seat], object], log: Path | None, threads: int = 1):
        context = get_context("fork")
        self.pipe, theirs = context.Pipe()
        words = work, theirs, self.pipe, log, threads, os.getpid()
        self.process = context.Process(target=_do, args=words, daemon=False)
        self.begun, self.ended, self.refused = Event(), Event(), None
        Thread(target=copy_context().run, args=(self._fork,), daemon=True).start()
        try:
            self.begun.wait()
        except BaseException:
            self.begun.wait()
            if not self.refused:
                self.interrupt()
                self.end()
            raise
        theirs.close()
        if self.refused:
            raise self.refused

    def _fork(self) -> None:
        # an interrupt before the child can hear it would be lost: Python drops signals of the moment of a fork
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 and later warn of other threads
                self.process.start()
        except Exception as error:
            self.refused = error
        self.begun.set()
        self.ended.wait()

    def tell(self, answer: float) -> None:
        with suppress(OSError):  # it has ended, which the next look shows
            self.pipe.send(answer)

    def hear(self) -> tuple[str, Any]:
        """Its next message; an outcome with an error where it ended without a word. Raises an error of the machine."""
        try:
            message, value = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join()
            code = self.process.exitcode or 0
            exit_words = f"signal {-code}" if code < 0 else f"exit code {code}"
            loss_text = f"its process was lost ({exit_words}): free some memory, and begin in a new folder"
            return ENDED, Outcome(error=loss_text, lost=exit_words)
        if isinstance(value, Outcome) and value.stop:
            raise value.stop
        return message, value

    def interrupt(self) -> None:
        if self.process.is_alive():
            os.kill(self.process.pid, signal.SIGINT)

    def end(self, patience: float = PATIENCE) -> None:
        """Waits for the process to end; kills it after `patience` seconds."""
        self.process.join(patience)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.pipe.close()
        self.ended.set()


def _do(
    work: Callable[[Seat], object], pipe: Connection, parents: Connection, log: Path | None, threads: int, parent: int
) -> None:
    """Main function of a child. parent: its process."""
    os.setpgid(0, 0)  # Ctrl-C reaches the parent alone, which passes it on
    end_with_parent(parent)
    seat, outcome = Seat(pipe), Outcome(error=STOPPED)
    signal.signal(signal.SIGINT, seat.stop)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parents.close()
    sys.stdout = sys.stderr = output = open(log or os.devnull, "a", buffering=1, encoding="utf-8")
    for number in (1, 2):
        os.dup2(output.fileno(), number)
    torch.set_num_threads(threads)
    limit_cores(threads)
    with suppress(KeyboardInterrupt):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        seat.sit_down()
        outcome = outcome_of(lambda: work(seat))
        seat.get_up()
    outcome.cpu = seat.cpu
    with suppress(OSError):
        pipe.send((ENDED, outcome))
    os._exit(0)


def outcome_of(work: Callable[[], object]) -> Outcome:
    """Runs work and returns its result, or the reason of its failure."""
    outcome, memory = Outcome(), PeakMemory()
    try:
        with memory, outcome.cpu:
            outcome.value = work()
    except KeyboardInterrupt:
        outcome.error = STOPPED
    except Exception as error:
        if is_of_family(error):
            traceback.print_exc()
            outcome.error = reason_of(error)
        else:
            outcome.stop = error
    outcome.memory = memory.mib
    return outcome


def train_in_turns(
    runs: dict[Item, Callable[[Seat], object]],
    schedule: Schedule,
    clock: Callable[[], float],
    improves: Callable[[Item], bool],
    on_end: Callable[[Item, Outcome], None],
    look: Callable[[dict[Item, float]], None],
    log_of: Callable[[Item], Path],
    threads: int = 1,
    retries: int = RETRIES,
) -> None:
    """Trains all runs, taking turns on the cores by the schedule. On an interrupt, all end at a checkpoint within
    seconds. On an interrupt all end at a checkpoint within seconds.

    Args:
        runs: {run: its work}.
        schedule: Schedule of these runs, which it changes.
        clock: whose seconds the schedule is in.
        improves: whether a run that stands before its cooldown still improves.
        on_end: is called with each run and its outcome.
        look: is called a few times a second with the seconds left of each run that has not ended.
        log_of: file for what a run prints.
        threads: that each run may compute with.
        retries: how often a run begins again whose process was lost.
    """
    children: dict[Item, Child] = {}
    losses: Counter[Item] = Counter()
    granted: dict[Item, float] = {}  # what was asked for, which a run hears with its next turn
    needed = USUAL_MIB
    try:
        while schedule.left:
            for run, work in runs.items():
                if run in schedule.left and run not in children and (not children or _memory_for(needed)):
                    children[run] = Child(work, log_of(run), threads)
            granted |= schedule.answers(clock(), children)
            for run in schedule.next_turns(clock(), children):
                children[run].tell(granted.pop(run, 0.0))
            by_pipe = {child.pipe: run for run, child in children.items()}
            for pipe in wait(list(by_pipe), LOOK):
                run = by_pipe[pipe]
                message, value = children[run].hear()
                if message == ENDED and value.lost and losses[run] < retries:
                    losses[run] += 1
                    schedule.withdraw(run, clock())
                    children.pop(run).end()
                elif message == ENDED:
                    schedule.remove(run, clock())
                    children.pop(run).end()
                    needed = max(needed, value.memory)
                    on_end(run, value)
                elif message == QUESTION:
                    schedule.ask(run, improves(run), clock())
                else:
                    schedule.pause(run, clock())
            look(schedule.left)
    except BaseException:
        _stop_all({child: run not in schedule.since for run, child in children.items()})
        raise


def _stop_all(children: dict[Child, bool]) -> None:
    """Let processes end at a checkpoint within PATIENCE; a second interrupt ends them at once. children: {process:
    whether it waits for an answer}."""
    with _notice_interrupts() as interrupted:
        for child, waits in children.items():
            child.interrupt()
            if waits:
                child.tell(0.0)
        end = time.monotonic() + PATIENCE
        sentinels = [child.process.sentinel for child in children]
        while sentinels and not interrupted.is_set() and time.monotonic() < end:
            sentinels = [sentinel for sentinel in sentinels if sentinel not in wait(sentinels, LOOK)]
        for child in children:
            child.end(0.0)


@contextmanager
def _notice_interrupts() -> Iterator[Event]:
    """An event that an interrupt sets, which raises nothing within: raised anew while children are stopped, it would
    leave some. Only the main thread hears one."""
    interrupted, handlers_before = Event(), {}
    if current_thread() is main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            handlers_before[number] = signal.signal(number, lambda *_: interrupted.set())
    try:
        yield interrupted
    finally:
        for number, handler in handlers_before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


def may_improve(folder: Path) -> bool:
    """Tells whether a run that stands before its cooldown has not come to its end by its validation, as far as that
    tells."""
    with catch_failure():
        points = validations(read_config(folder), read_curves({"": folder}))
        return points is None or still_falls(points)
    return False


def _memory_for(mib: float) -> bool:
    """Whether there is memory for one more process that takes so many MiB."""
    return psutil.virtual_memory().available / 2**20 >= mib + SPARE_MIB


def require_not_stopped(outcome: Outcome) -> Outcome:
    """Raises KeyboardInterrupt for work here that was stopped by one, and an error of the machine."""
    if outcome.error == STOPPED:
        raise KeyboardInterrupt
    if outcome.stop:
        raise outcome.stop
    return outcome


# ---------------------------------------------------------------------- in any order


def map_on_cores(
    function: Callable[[Item], Result], items: Sequence[Item], cores: int, device: str, log: Path | None = None,
    threads: int = 1, retries: int = RETRIES,
) -> Iterator[tuple[int, Outcome]]:  # fmt: skip
    """Yields (number of an item, outcome of function(item)) as they come, so many at a time.

    Args:
        function: what is done; what it changes stays in its process.
        items: Items of which each process takes the next one.
        cores: processes.
        device: that the function computes on.
        log: file for what they print.
        threads: that each process may compute with.
        retries: how often an item is done again whose process was lost.
    """
    unstarted, doing, losses = list(range(len(items))), {}, Counter()

    def hand_out(child: Child) -> None:
        doing[child.pipe] = child, unstarted[0]
        child.tell(unstarted.pop(0))

    if not can_fork(device):
        for number, item in enumerate(items):
            yield number, require_not_stopped(outcome_of(lambda item=item: function(item)))
        return
    try:
        while unstarted or doing:
            while unstarted and len(doing) < cores:
                child = Child(lambda seat: _serve(seat, function, items), log, threads)
                child.tell(0.0)
                hand_out(child)
            for pipe in wait(list(doing)):
                child, number = doing[pipe]
                message, outcome = child.hear()
                del doing[pipe]
                if is_retried := outcome.lost and losses[number] < retries:
                    losses[number] += 1
                    unstarted.insert(0, number)
                if unstarted and message != ENDED:
                    hand_out(child)
                else:
                    child.tell(STOP)
                    child.end()
                if not is_retried:
                    yield number, outcome
    finally:
        _stop_all({child: False for child, _ in doing.values()})


def _serve(seat: Seat, function: Callable[[Item], object], items: Sequence[Item]) -> None:
    while (number := seat.pipe.recv()) != STOP:
        outcome = outcome_of(lambda: function(items[number]))
        try:
            seat.pipe.send((DONE, outcome))
        except (TypeError, AttributeError, PicklingError) as error:  # its value is no plain data
            seat.pipe.send((DONE, replace(outcome, value=None, error=f"a bug in genwright ({error})")))
