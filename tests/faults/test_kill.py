"""Killed and started again, a run ends with the bits of a run that was never killed."""

import signal
from pathlib import Path

import pytest
from killed_run import final_state, kill_after, load, resumed_at, start, unequal

from genwright.workbench import fit


def survives(out: Path, family: str, items: int, every: float, points: list[str | float]) -> None:
    """Kill at every point in turn (a moment in seconds, or a place), go on to the end, compare."""
    same_call = (out, "toy", family, {"items": items}, every)
    for point in points:
        if isinstance(point, str):
            assert start(*same_call, point).wait(120) == -signal.SIGKILL
        else:
            assert kill_after(start(*same_call), out, point), "it ended before the kill"
    assert start(*same_call).wait(120) == 0
    fit(load("toy"), replay=out, out=Path(f"{out}-whole"), progress=False)
    there, here = final_state(Path(f"{out}-whole")), final_state(out)
    assert {name.split("/")[0] for name in here} >= {"model", "average", "optimizer", "final"}
    assert unequal(there, here) == []
    assert len(resumed_at(out)) == len(points) and resumed_at(out)[-1] > 0


@pytest.mark.parametrize(
    "family, items, every, points",
    [
        ("toy-gan", 16_000, 0.05, ["write:3"]),
        ("toy-two-stage", 9_600, 0.05, ["border", "finish"]),
        ("toy-vae", 64_000, 0.2, [0.5]),
    ],
)
def test_a_killed_run_ends_with_the_same_bits(tmp_path, family, items, every, points):
    survives(tmp_path / "run", family, items, every, points)
