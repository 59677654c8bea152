"""Who trains at which moment: more runs than cores share them in turns, without a clock or a process of its own.

    turns     the runs with the most time left hold the cores, so that all come to their ends together
    question  a run that stands before its cooldown asks for more time; it waits for the answer while others use the
              cores
    answer    time that some runs left goes to those that still improve, in equal parts

McNaughton (1959): runs that may be interrupted need max(longest run, all time over the cores), and turns by the most
time left reach that.
"""

from collections.abc import Collection, Hashable
from dataclasses import dataclass, field

LEAST_MORE = 1.0, 0.02  # seconds, and share of all of the time: less than the larger is no use to a run


@dataclass
class Schedule:
    """Turns of runs on cores.

    Args:
        left: {run: seconds of training that are left of what it was given}; 0 for one that takes what it needs.
        cores: on which runs train at once.
        end: when all should have ended, by the clock of `now` in all methods.
    """

    left: dict[Hashable, float]
    cores: int
    end: float
    since: dict[Hashable, float] = field(default_factory=dict)  # {run that holds a core: from when on}
    asking: dict[Hashable, bool] = field(default_factory=dict)  # {run that asks for more: whether it improves}
    cooling: set[Hashable] = field(default_factory=set)  # that got no more

    def __post_init__(self):
        self.left, self.least = dict(self.left), max(LEAST_MORE[0], LEAST_MORE[1] * self.end)

    def next_turns(self, now: float, running: Collection[Hashable]) -> list[Hashable]:
        """Returns runs that hold a core from now on, among those that have begun."""
        ready = [run for run in running if run not in self.since and run not in self.asking]
        chosen_runs = sorted(ready, key=self.left.get, reverse=True)[: max(0, self.cores - len(self.since))]
        self.since |= dict.fromkeys(chosen_runs, now)
        return chosen_runs

    def pause(self, run: Hashable, now: float) -> None:
        """Takes the core away from a run, if it holds one.

        Args:
            run: The run.
            now: Time on the clock, in seconds.
        """
        if run in self.since:
            self.left[run] -= now - self.since.pop(run)

    def ask(self, run: Hashable, improves: bool, now: float) -> None:
        """Notes that a run is about to cool down and asks whether to train longer.

        Args:
            improves: whether more time would serve it.
        """
        self.pause(run, now)
        self.asking[run] = improves

    def withdraw(self, run: Hashable, now: float) -> None:
        """Withdraws a run whose process was lost and which starts again: frees its core and its question.

        Args:
            run: The run.
            now: Time on the clock, in seconds.
        """
        self.pause(run, now)
        self.asking.pop(run, None)

    def remove(self, run: Hashable, now: float) -> None:
        """Removes a run that has ended."""
        self.withdraw(run, now)
        self.left.pop(run, None)

    def answers(self, now: float, running: Collection[Hashable]) -> dict[Hashable, float]:
        """Returns {run that asked: seconds that it gets}; none while others that have begun use all cores, and have not
        come to their questions: they may leave some time."""
        other_runs = [run for run in running if run not in self.asking and run not in self.cooling]
        if not self.asking or len(other_runs) >= self.cores:
            return {}
        takers = [run for run, improves in self.asking.items() if improves]
        part = lambda run: self._part(run, len(takers) + len(other_runs), now)
        seconds_for = {run: part(run) if run in takers else 0.0 for run in self.asking}
        for run, seconds in seconds_for.items():
            self.left[run] += seconds
        self.cooling |= {run for run, seconds in seconds_for.items() if not seconds}
        self.asking.clear()
        return seconds_for

    def alone(self, run: Hashable, improves: bool, now: float) -> float:
        """Returns the same where runs train one after another: the seconds that this one gets."""
        self.pause(run, now)
        self.since[run] = now
        seconds_left = self._part(run, len(self.left), now) if improves else 0.0
        self.left[run] += seconds_left
        return seconds_left

    def _part(self, run: Hashable, takers: int, now: float) -> float:
        """The part of one of so many runs in the time that is left to none."""
        seconds_left = max(0.0, self.end - now)
        spare = self.cores * seconds_left - sum(max(0.0, self._seconds_left(other_run, now)) for other_run in self.left)
        seconds = min(spare / takers, seconds_left - self.left[run])
        return round(seconds, 3) if seconds >= self.least else 0.0

    def _seconds_left(self, run: Hashable, now: float) -> float:
        return self.left[run] - (now - self.since[run] if run in self.since else 0.0)
