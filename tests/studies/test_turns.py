"""Who trains for how long, by runs that only say how long they took."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from genwright.studies.compare import turns
from genwright.training.loop import AwaitingTime

SHARE = 60.0  # seconds of a run


@pytest.fixture
def given(monkeypatch, tmp_path):
    """given(seconds, more) -> seconds beyond its share that a waiting run gets beside one that ended so."""

    def second_turn(seconds, more):
        found = {}

        def fit(data, family, minutes, seed, more, probe, out, progress, device):
            if family == "ended":
                stages = [{"more": had}] if had else [{}]
                return SimpleNamespace(config={"outcome": {"seconds": seconds}, "stages": stages})
            if more is None:
                raise AwaitingTime
            found[family] = more
            return SimpleNamespace(config={"outcome": {"seconds": SHARE}, "stages": [{}]})

        had = more
        monkeypatch.setattr(turns, "fit", fit)
        monkeypatch.setattr(turns, "_improves", lambda run: True)
        course = SimpleNamespace(step=lambda what: None, tell=lambda what: None, cpu=nullcontext())
        training = turns.Training(
            splits={0: None}, seconds={"ended": SHARE, "waits": SHARE}, seed=0, folder=tmp_path, course=course,
            device="cpu", recorded={}, more={}, ended=lambda family, trained: None,
        )  # fmt: skip
        training.in_turns(["ended", "waits"])
        return found["waits"]

    return second_turn


def test_time_that_a_run_leaves_goes_to_one_that_improves(given):
    assert given(seconds=20.0, more=0.0) == 40.0


def test_time_that_was_given_on_is_not_given_again(given):
    """A comparison that was stopped in its second turn meets runs that had their part of what others left."""
    assert given(seconds=20.0, more=30.0) == 10.0
    assert given(seconds=80.0, more=20.0) == 0.0
