"""Signs of a run while it trains, and how to stop it: a bar or lines, previews of samples, Ctrl-C.

Previews come at fixed counts of items, as long as drawing them takes little time. A preview changes nothing of the run:
it looks at the weights between two steps, and has random numbers of its own.
"""

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn

from ..core.folder import PREVIEWS
from ..core.safe_text import visible
from ..core.terminal import console

LINE_SECONDS = 30.0  # seconds between lines where there is no terminal


class Report:
    """Writes sentences and progress to stderr. Use as a context; `update` may be called at every step that is
    logged.

    asks_for_time: whether who reads it may give a run more time at the beginning of its cooldown."""

    asks_for_time = False

    def __init__(self, show: bool):
        self.console = console(stderr=True, quiet=not show)
        columns = (TextColumn("{task.description}"), BarColumn(30), TextColumn("{task.fields[note]}"))
        live = show and self.console.is_terminal
        self.bar = Progress(*columns, console=self.console, disable=not live, transient=True)
        self.task = self.bar.add_task("", total=1.0, note="")
        self.live, self.spoke = live, time.monotonic()

    def __enter__(self) -> "Report":
        self.bar.start()
        return self

    def __exit__(self, *exc) -> None:
        self.bar.stop()

    def wait_for_turn(self) -> float:
        """Lets other runs use the core; called between two steps. Returns the seconds that passed, which are none of
        the training."""
        return 0.0

    def more_time(self) -> tuple[float, float]:
        """Returns the additional seconds for a run that should cool down, and the seconds that the answer took."""
        return 0.0, 0.0

    def say(self, sentence: str) -> None:
        self.console.print(visible(sentence), markup=False)

    def update(
        self, stage: str, share: float, losses: dict[str, float], unit: str, speed: float, seconds_left: float
    ) -> None:
        """Shows how far a stage is.

        Args:
            stage: Its name.
            share: Share that is done, 0 to 1.
            losses: Loss of each player.
            unit: Unit of the losses.
            speed: Items a second.
            seconds_left: Seconds left.
        """
        named_losses = ((name if len(losses) > 1 and name != stage else "loss", loss) for name, loss in losses.items())
        losses_text = "  ".join(f"{name} {loss:.4g}" for name, loss in named_losses)
        self.show(stage, share, f"{losses_text} {unit}   {speed:,.0f} items/s   {duration(seconds_left)} left")

    def show(self, work_name: str, share: float, note: str) -> None:
        """Shows by a bar, or now and then by a line, that a share of some work is done.

        Args:
            work_name: the work, in words.
            share: in [0, 1].
            note: words behind the bar.
        """
        if self.live:
            self.bar.update(self.task, description=work_name, completed=share, note=note, visible=True)
        elif time.monotonic() - self.spoke > LINE_SECONDS:
            self.spoke = time.monotonic()
            self.say(f"{work_name} {share:4.0%}   {note}".rstrip())


@contextmanager
def report_for(progress: bool | Report) -> Iterator[Report]:
    """Returns the report that a run writes to: a new one, or the one passed, which stays open after the run."""
    if isinstance(progress, Report):
        yield progress
        progress.bar.update(progress.task, visible=False)
        return
    with Report(progress) as report:
        yield report


def duration(seconds: float) -> str:
    """Formats seconds as text: 12 s, 3:05, 1:02:03."""
    minutes, s = divmod(int(max(seconds, 0) + 0.5), 60)
    hours, m = divmod(minutes, 60)
    return f"{hours}:{m:02}:{s:02}" if hours else f"{m}:{s:02}" if m else f"{s} s"


@contextmanager
def interruptible():
    """Defers the first Ctrl-C within this context: it sets an event, so that the current step ends whole. A second one
    interrupts."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # signals reach the main thread alone
        return
    handler_before = signal.getsignal(signal.SIGINT)

    def ask(number, frame):
        stop.set()
        signal.signal(signal.SIGINT, handler_before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, handler_before)


PREVIEW_NAME = re.compile(r"\d{9,}\.png")  # name of a file in the folder of previews
PREVIEW_SHARE = 0.04  # share of the time of training that previews may take
DELAY_SECONDS = 2.0  # seconds of training before the first, whose cost nobody knows
FIRST_COUNT = 1_000  # items
COUNT_SERIES = (1, 2, 5)  # counts are these times 1,000, 10,000, 100,000 ...


class Previews:
    """Schedules previews of samples during a run, and draws them by draw(items)."""

    def __init__(self, draw: Callable[[int], None]):
        self.drawing = draw
        self.next: int | None = None  # items of the stage at which one is due; None before the first question
        self.spent = self.dearest = 0.0  # seconds

    def due(self, items: int, seconds: float) -> bool:
        """Tells whether a preview is due after `items` items of a stage and `seconds` of training. A preview is skipped
        if drawing would take more than its share of the time."""
        if self.next is None:
            self.next = count_after(items - 1)
        if items < self.next:
            return False
        self.next = count_after(items)
        return seconds >= DELAY_SECONDS and self.spent + self.dearest <= PREVIEW_SHARE * seconds

    def draw(self, items: int) -> None:
        began = time.monotonic()
        self.drawing(items)
        cost = time.monotonic() - began
        self.spent, self.dearest = self.spent + cost, max(self.dearest, cost)


def count_after(items: int) -> int:
    """Returns the first count above `items`: 1,000, 2,000, 5,000, 10,000 and so on."""
    scale = FIRST_COUNT
    while True:
        for step in COUNT_SERIES:
            if step * scale > items:
                return step * scale
        scale *= 10


def remove_previews(folder: Path) -> None:
    """Removes the previews of a run folder, and their folder where nothing else is in it."""
    place = folder / PREVIEWS
    inside = list(place.iterdir()) if place.is_dir() else []
    mine = [path for path in inside if PREVIEW_NAME.fullmatch(path.name)]
    for path in mine:
        path.unlink()
    if mine and len(mine) == len(inside):
        place.rmdir()
