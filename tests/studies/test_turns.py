# Tests run/schedule.py
"""Turns of runs on cores, with a clock that is only a number."""

import pytest

import genwright
from genwright.core.errors import BudgetError
from genwright.run.schedule import Schedule
from genwright.studies.compare.compare_families import plan_comparison
from genwright.studies.compare.course import Course
from genwright.studies.compare.turns import Training
from genwright.training import progress

SLICE = 2.0
COOLDOWN = 0.2


class Simulated:
    """A run that asks at the beginning of its cooldown, and then cools down. early: share of its time after which it
    ends by itself."""

    def __init__(self, seconds: float, early: float = 1.0, improves: bool = True):
        self.seconds, self.early, self.improves = seconds, early, improves
        self.trained, self.cools = 0.0, False

    @property
    def asks_at(self) -> float:
        return (1 - COOLDOWN) * self.seconds

    @property
    def ends_at(self) -> float:
        return self.seconds * self.early if self.early < 1 else self.seconds


def simulate(runs: dict[str, Simulated], cores: int, end: float) -> tuple[float, float]:
    """When the last run ends, and the share of the cores that was idle before."""
    schedule, now, work = Schedule({name: run.seconds for name, run in runs.items()}, cores, end), 0.0, 0.0
    turns: dict[str, float] = {}  # {run: when its turn ends, or it has something to say}
    while schedule.left:
        for name, more in schedule.answers(now, schedule.left).items():
            runs[name].seconds += more
            runs[name].cools = not more
        for name in schedule.next_turns(now, schedule.left):
            run = runs[name]
            stops = run.ends_at if run.cools or run.early < 1 else run.asks_at
            turns[name] = now + min(SLICE, max(stops - run.trained, 1e-9))
        name = min(turns, key=turns.get)
        now = turns.pop(name)
        run = runs[name]
        run.trained += now - schedule.since[name]
        work += now - schedule.since[name]
        if run.trained >= run.ends_at - 1e-6 and (run.cools or run.early < 1):
            schedule.remove(name, now)
        elif not run.cools and run.early == 1 and run.trained >= run.asks_at - 1e-6:
            schedule.ask(name, run.improves, now)
        else:
            schedule.pause(name, now)
    return now, 1 - work / (cores * now)


CASES = {  # what is simulated: (runs, cores)
    "nine on two": ([Simulated(240 * 2 / 9) for _ in range(9)], 2),
    "nine on eight": ([Simulated(240 * 8 / 9) for _ in range(9)], 8),
    "nine on eight, two end early": (
        [Simulated(240 * 8 / 9, early=0.3 if i < 2 else 1.0) for i in range(9)], 8),
    "five on two, of unlike needs": ([Simulated(seconds) for seconds in (240, 60, 60, 60, 60)], 2),
    "ten on eight, five do not improve": (
        [Simulated(240 * 8 / 10, improves=i < 5) for i in range(10)], 8),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_cores_are_busy_until_the_last_run_ends(case):
    runs, cores = CASES[case]
    end, idle = simulate({str(number): run for number, run in enumerate(runs)}, cores, 240.0)
    assert idle <= 0.1
    assert end <= 240 * 1.03


def test_what_a_run_leaves_goes_to_those_that_improve_alone():
    runs = {"quick": Simulated(80, early=0.25), "improves": Simulated(80), "settled": Simulated(80, improves=False)}
    end, _ = simulate(runs, 2, 120.0)
    assert runs["improves"].seconds > 105 and runs["settled"].seconds == 80 and end <= 121


def test_a_question_waits_while_others_may_leave_time():
    schedule = Schedule({"a": 50.0, "b": 50.0, "c": 50.0}, 2, 75.0)
    assert set(schedule.next_turns(0.0, schedule.left)) == {"a", "b"}
    schedule.ask("a", True, 40.0)
    assert schedule.answers(40.0, schedule.left) == {} and schedule.next_turns(40.0, schedule.left) == ["c"]
    schedule.remove("b", 41.0)  # it left 9 seconds
    assert schedule.answers(41.0, schedule.left)["a"] > 0


def test_families_draw_previews_while_they_train_and_baselines_none(tmp_path, monkeypatch, trained_on):
    trained_on(1_280)
    monkeypatch.setattr(progress, "DELAY_SECONDS", 0.0)
    monkeypatch.setattr(progress, "PREVIEW_SHARE", 1e9)
    simple = {"vae": False, "independent": True}
    data, seconds = {0: genwright.load_data("wine")}, dict.fromkeys(simple, 1.0)
    with Course(False, 60.0) as course:
        Training(
            data, seconds, 0, tmp_path, course, "cpu", {}, {}, {}, lambda *_: None, cores=1, retries=0, previews=2
        ).train([*simple], simple)
    assert [path.parent for path in tmp_path.rglob("previews/*.png")] == [tmp_path / "vae" / "previews"]


@pytest.mark.parametrize("options", [{"previews": -1}, {"previews": 10**6}, {"previews": 4, "workers": "list"}])
def test_previews_of_a_comparison_that_make_no_sense_are_refused(options):
    with pytest.raises(BudgetError):
        plan_comparison(**options)
