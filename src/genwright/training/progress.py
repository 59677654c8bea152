"""Progress of a run: a live bar on a terminal, a few lines elsewhere, nothing when asked to be quiet."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from ..core.visible import visible

LINE_SECONDS = 30.0  # seconds between lines where there is no terminal


class Report:
    """Sentences and progress on stderr. Use as a context; `update` may be called at every step that is logged."""

    def __init__(self, show: bool):
        self.console = Console(stderr=True, quiet=not show, highlight=False)
        columns = (TextColumn("{task.description}"), BarColumn(30), TextColumn("{task.fields[note]}"))
        live = show and self.console.is_terminal
        self.bar = Progress(*columns, console=self.console, disable=not live, transient=True)
        self.task = self.bar.add_task("", total=1.0, note="")
        self.live, self.spoke = live, time.monotonic()

    def __enter__(self) -> Report:
        self.bar.start()
        return self

    def __exit__(self, *exc) -> None:
        self.bar.stop()

    def say(self, sentence: str) -> None:
        self.console.print(visible(sentence), markup=False)

    def update(self, stage: str, share: float, losses: dict[str, float], unit: str, speed: float, left: float) -> None:
        """share: of the stage, 0 to 1. losses: of each player. speed: items a second. left: seconds."""
        named = ((name if len(losses) > 1 and name != stage else "loss", loss) for name, loss in losses.items())
        shown = "  ".join(f"{name} {loss:.4g}" for name, loss in named)
        note = f"{shown} {unit}   {speed:,.0f} items/s   {duration(left)} left"
        if self.live:
            self.bar.update(self.task, description=stage, completed=share, note=note, visible=True)
        elif time.monotonic() - self.spoke > LINE_SECONDS:
            self.spoke = time.monotonic()
            self.say(f"{stage} {share:4.0%}   {note}")


@contextmanager
def report_for(progress: bool | Report) -> Iterator[Report]:
    """The report that a run writes to: a new one, or the one passed, which continues after the run."""
    if isinstance(progress, Report):
        yield progress
        progress.bar.update(progress.task, visible=False)
        return
    with Report(progress) as report:
        yield report


def duration(seconds: float) -> str:
    """As text: 12 s, 3:05, 1:02:03."""
    minutes, s = divmod(int(max(seconds, 0) + 0.5), 60)
    hours, m = divmod(minutes, 60)
    return f"{hours}:{m:02}:{s:02}" if hours else f"{m}:{s:02}" if m else f"{s} s"


class Stop:
    """Whether somebody asked the run to stop."""

    asked = False


@contextmanager
def interruptible():
    """Within, the first Ctrl-C only sets `.asked`, so that the step under way ends whole; a second interrupts."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # signals reach the main thread alone
        return
    before = signal.getsignal(signal.SIGINT)

    def ask(number, frame):
        stop.asked = True
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
