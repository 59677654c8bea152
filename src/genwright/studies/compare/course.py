"""The progress of a comparison, shown while it runs: the current step, and how much of the time is gone."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from ...core.cpu import CpuShare
from ...training.progress import Report, duration

LATER = 1.1  # times the announced length, beyond which another end is announced


class Course(Report):
    """A bar over a whole comparison beneath the bar of the current run.

    Sentences of single runs are left out: the report tells them. grant: seconds that a run gets which should cool down,
    where runs train here, one after another.

    Args:
        seconds: time that the comparison may take. announced: seconds after which it was said to end. cpu: the
            share of a core that training and measuring got so far.
    """

    asks_for_time = True

    def __init__(self, show: bool, seconds: float):
        super().__init__(show)
        self.began, self.seconds, self.announced, self.cpu = time.monotonic(), seconds, seconds, CpuShare()
        self.bar.update(self.task, visible=False)
        self.grant: Callable[[], float] = lambda: 0.0
        self.whole = self.bar.add_task("", total=seconds, note=self)

    def __str__(self) -> str:
        return f"{duration(self.elapsed)} of about {duration(self.announced)}"

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.began

    @property
    def end(self) -> str:
        """The time of day at which all is expected to be done."""
        return f"{datetime.now() + timedelta(seconds=max(0.0, self.announced - self.elapsed)):%H:%M:%S}"

    def announce(self, seconds: float) -> None:
        """Prints when the comparison ends, if the seconds left lead to a later end than announced before."""
        if self.elapsed + seconds > LATER * self.announced:
            self.announced = self.elapsed + seconds
            self.bar.update(self.whole, total=self.announced)
            self.tell(f"This takes longer than expected: now until about {self.end}.")

    def more_time(self) -> tuple[float, float]:
        return self.grant(), 0.0

    def say(self, sentence: str) -> None:
        """Ignores a sentence about a single run."""

    def tell(self, sentence: str) -> None:
        """Show a sentence on the comparison."""
        super().say(sentence)

    def step(self, sentence: str) -> None:
        """Show the step that begins now."""
        self.watch(sentence)
        if not self.live:
            self.tell(f"{sentence} ({self})")

    def watch(self, sentence: str) -> None:
        """Show what is going on, where somebody looks at a bar."""
        self.bar.update(self.task, visible=False)
        self.bar.update(self.whole, description=sentence, completed=self.elapsed)

    def update(self, *step, **more) -> None:
        super().update(*step, **more)
        self.bar.update(self.whole, completed=self.elapsed)
