"""A fit, a save or a comparison in its own process, which a test kills; and how it differs from one never killed.

    python killed_run.py POINT ACTION '{"out": "runs/mine", ...}'

ACTION: fit, save or compare, with its arguments. Exit code 2: it was refused in a sentence.
POINT: `none`, or where the process kills itself: `write:n` (half-way through the n-th checkpoint), `border` (after the
checkpoint at the end of a stage), `finish` (at the end of the family's `finish`, before anything of it is saved),
`remove:n` (before the n-th removal of a restart), `rename:n` (before the n-th file gets its name).
"""

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


REFUSED = 2


def load(name: str):
    """toy, toy-2 (others of its kind), trees (a small table), small KIND (of the contract), or data by a name that
    `load_data` knows."""
    import toys

    toys.install()
    if name.startswith("toy"):
        return toys.toy_data() if name == "toy" else toys.toy_data(500, hash=name)
    from genwright import load_data
    from genwright.contract.small_data import small_data

    if name.startswith("small "):
        return small_data(name.removeprefix("small "))
    return load_data(trees(), given=["tree"]) if name == "trees" else load_data(name)


def trees():
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    height = rng.normal(size=300).round(3)
    tree = np.where(height > 0.3, "oak", rng.choice(["elm", "ash"], 300))
    return pd.DataFrame({"height": height, "rings": rng.poisson(4, 300), "tree": tree})


def start(out: Path, data: str, family: str | None, budget: dict, every: float, point: str = "none"):
    """Begin or go on with a run; its stderr is in OUT.log. budget: and all else that `fit` is to be told."""
    return process(out, point, "fit", data=data, family=family, checkpoint_seconds=every, **budget)


def process(out: Path, point: str, action: str, **arguments) -> subprocess.Popen:
    source = os.pathsep.join(filter(None, [str(TESTS.parent / "src"), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, __file__, point, action, json.dumps({"out": str(out), **arguments})]
    with open(f"{out}.log", "a", encoding="utf-8") as log:
        environment = {**os.environ, "PYTHONPATH": source, "COLUMNS": "200"}
        return subprocess.Popen(command, stdout=log, stderr=log, env=environment)


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
    from genwright.training.weights import unpack

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
    from genwright.training.stage import StageTraining
    from genwright.zoo import registry

    kind, _, count = point.partition(":")
    if kind in ("write", "rename"):
        rename, left = os.replace, [int(count)]

        def replace(part, place):
            left[0] -= kind == "rename" or "checkpoints" in str(place)
            if left[0] == 0:
                if kind == "write":
                    os.truncate(part, os.path.getsize(part) // 2)
                die()
            rename(part, place)

        os.replace = replace
    elif kind == "remove":
        arm_removals(int(count))
    elif kind == "border":
        StageTraining.use_best_weights = lambda self: die()
    elif kind == "finish":
        build = registry.build

        def armed(*arguments):
            recipe = build(*arguments)
            finish = recipe.family.finish
            recipe.family.finish = lambda *data: (finish(*data), die())
            return recipe

        registry.build = armed


def arm_removals(count: int) -> None:
    """Make this process kill itself before the `count`-th file or folder that a restart removes."""
    from genwright.run import start

    left, remove = [count], start.remove_run_files

    def counted(remove):
        def call(*arguments, **options):
            left[0] -= 1
            if left[0] == 0:
                die()
            return remove(*arguments, **options)

        return call

    def armed(folder):
        sound = os.unlink, os.rmdir
        os.unlink, os.rmdir = map(counted, sound)
        remove(folder)
        os.unlink, os.rmdir = sound

    start.remove_run_files = armed


def do(action: str, out: str, **arguments) -> None:
    if action == "fit":
        from genwright.run.fit import fit

        fit(load(arguments.pop("data")), arguments.pop("family"), out=out, **arguments)
    elif action == "compare":
        from genwright.studies.compare.compare_families import compare

        torch.set_num_threads(1)
        compare(load(arguments.pop("data")), out=out, progress=False, **arguments)
    else:  # models in turn, so many times
        from genwright.run.open import load_model

        load("toy")
        models = [load_model(source) for source in arguments["models"]]
        Path(f"{out}.ready").touch()
        for model in models * arguments["times"]:
            model.save(out)


def main(point: str, action: str, arguments: dict) -> None:
    from genwright.core.errors import RunError

    arm(point)
    try:
        do(action, **arguments)
    except RunError as refused:
        print(refused, file=sys.stderr)
        sys.exit(REFUSED)


if __name__ == "__main__":
    main(*sys.argv[1:3], json.loads(sys.argv[3]))
