"""Killed and started again, a run ends with the bits of a run that was never killed."""

import signal
from pathlib import Path

import killed_run
import pytest
from forked import Forked
from killed_run import final_state, kill_after, load, resumed_at, start, unequal

from genwright.core.errors import RunError
from genwright.run.fit import fit
from genwright.run.open import load_model
from genwright.training.weights import state_of


def process(out: Path, point: str, action: str, **arguments) -> Forked:
    """As `killed_run.process`, without the time that an interpreter of its own takes to import."""
    log = Path(f"{out}.log")
    return Forked(lambda: killed_run.main(point, action, {"out": str(out), **arguments}), log, log)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(killed_run, "process", process)
    monkeypatch.setenv("COLUMNS", "200")


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
        ("toy-gan", 6_400, 0.01, ["write:3"]),
        ("toy-two-stage", 6_400, 0.02, ["border", "finish"]),
        pytest.param("toy-vae", 32_000, 0.05, [0.2], marks=pytest.mark.long),
    ],
)
def test_a_killed_run_ends_with_the_same_bits(tmp_path, family, items, every, points):
    survives(tmp_path / "run", family, items, every, points)


def test_a_killed_restart_never_goes_on_with_the_run_before(tmp_path):
    run, other, budget = tmp_path / "run", load("toy-2"), {"items": 640}
    assert start(run, "toy", "toy-flow", {"items": 6400}, 0.0, "write:3").wait(120) == -signal.SIGKILL
    assert start(run, "toy-2", "toy-flow", budget | {"restart": True}, 30.0, "remove:2").wait(120) == -signal.SIGKILL
    with pytest.raises(RunError, match="holds another run"):
        fit(other, "toy-flow", **budget, out=run, progress=False)
    fit(other, "toy-flow", **budget, out=run, restart=True, progress=False)
    fit(other, "toy-flow", **budget, out=tmp_path / "alone", progress=False)
    assert (run / "weights.safetensors").read_bytes() == (tmp_path / "alone" / "weights.safetensors").read_bytes()


@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_a_killed_save_over_another_model_is_refused_or_one_of_them(tmp_path, place):
    call = {"family": "toy-vae", "items": 640, "progress": False}
    models = [fit(load("toy"), **call, seed=seed, out=tmp_path / f"{seed}") for seed in (0, 1)]
    out = models[0].save(tmp_path / "out")
    assert process(out, f"rename:{place}", "save", models=[str(tmp_path / "1")], times=1).wait(120) == -signal.SIGKILL
    assert any(path.name.endswith(".part") for path in out.iterdir())
    try:
        opened = load_model(out)
    except RunError as refused:
        assert place > 1 and "two runs" in str(refused)
    else:
        assert place == 1 and unequal(state_of(models[0].family), state_of(opened.family)) == []
    opened = load_model(models[1].save(out))
    assert unequal(state_of(models[1].family), state_of(opened.family)) == []
    assert {path.name for path in out.iterdir()} == {
        ".lock",
        "README.md",
        "config.toml",
        "domain.json",
        "weights.safetensors",
    }
