"""A training run in its own process, which a test kills; and the comparison with a run that was never killed.

    python killed_run.py OUT DATA FAMILY '{"items": 6400}' CHECKPOINT_SECONDS POINT

POINT: `none`, or where the process kills itself: `write:n` (half-way through the n-th checkpoint), `border` (after the
checkpoint at the end of a stage), `finish` (at the end of the family's `finish`, before anything of it is saved).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import torch

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "training"))


def load(name: str):
    """toy, or data by a name that `load_data` knows."""
    import toys

    toys.install()
    if name == "toy":
        return toys.toy_data()
    from genwright import load_data

    return load_data(name)


def start(out: Path, data: str, family: str, budget: dict, every: float, point: str = "none") -> subprocess.Popen:
    """Begin or go on with a run; its stderr is in OUT.log."""
    source = os.pathsep.join(filter(None, [str(TESTS.parent / "src"), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, __file__, str(out), data, family, json.dumps(budget), str(every), point]
    with open(f"{out}.log", "a", encoding="utf-8") as log:
        return subprocess.Popen(command, stderr=log, env={**os.environ, "PYTHONPATH": source, "COLUMNS": "200"})


def kill_after(run: subprocess.Popen, out: Path, seconds: float) -> bool:
    """SIGKILL, so long after training began (or went on); whether the run was still under way then."""
    starts = (out / "metrics.jsonl").read_text().count('"loss"') if (out / "metrics.jsonl").exists() else 0
    while run.poll() is None and not _new_losses(out, starts):
        time.sleep(0.01)
    try:
        run.wait(seconds)
    except subprocess.TimeoutExpired:
        run.kill()
        run.wait()
        return not (out / "weights.safetensors").exists()
    return False


def _new_losses(out: Path, before: int) -> bool:
    path = out / "metrics.jsonl"
    return path.exists() and path.read_text(errors="replace").count('"loss"') != before


def resumed_at(out: Path) -> list[int]:
    """Items from which the run said that it goes on, one a resume."""
    lines = Path(f"{out}.log").read_text(encoding="utf-8").splitlines()
    return [int(line.split()[3].replace(",", "")) for line in lines if line.startswith("going on at ")]


def final_state(out: Path) -> dict[str, torch.Tensor]:
    """Weights, averages, best weights and optimizer moments of the last checkpoint, and the weights of the model."""
    from genwright.training.files import unpack

    (newest,) = (out / "checkpoints").glob("*.safetensors")
    model, _ = unpack(out / "weights.safetensors")
    return unpack(newest)[0] | {f"final/{name}": t for name, t in model.items()}


def unequal(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> list[str]:
    """Names of the tensors that differ in any bit."""
    both = a.keys() & b.keys()
    same = {name for name in both if a[name].dtype == b[name].dtype and torch.equal(a[name], b[name])}
    return sorted((a.keys() | b.keys()) - same)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str) -> None:
    """Make this process kill itself at `point`."""
    from genwright.recipes import registry
    from genwright.training.stage import StageTraining

    kind, _, count = point.partition(":")
    if kind == "write":
        rename, left = os.replace, [int(count)]

        def replace(part, place):
            left[0] -= "checkpoints" in str(place)
            if left[0] == 0:
                os.truncate(part, os.path.getsize(part) // 2)
                die()
            rename(part, place)

        os.replace = replace
    elif kind == "border":
        StageTraining.settle = lambda self: die()
    elif kind == "finish":
        build = registry.build

        def armed(*arguments):
            recipe = build(*arguments)
            finish = recipe.family.finish
            recipe.family.finish = lambda *data: (finish(*data), die())
            return recipe

        registry.build = armed


if __name__ == "__main__":
    from genwright.workbench import fit

    out, name, family, budget, every, point = sys.argv[1:]
    arm(point)
    fit(load(name), family, out=out, checkpoint_seconds=float(every), **json.loads(budget))
