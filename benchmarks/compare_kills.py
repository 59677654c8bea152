"""`genwright compare` killed at ten moments and called again: the weights of each replay, and no number less.

    python benchmarks/compare_kills.py

A small table, two families and the baselines, half a minute of training. Kills: at random moments of training and
measuring, in the middle of a checkpoint's write, and before the renaming of a file. Then the same call ends it; each
family's run is repeated by `fit --replay` from its own folder, and its weights are compared byte for byte, as are all
numbers with those of `compare --replay`. About ten minutes on two cores.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
from pathlib import Path
from subprocess import TimeoutExpired

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "faults")]

from bars import Plan, record  # noqa: E402
from killed_run import process  # noqa: E402

from genwright.reports.results import differences, metric_of, read, rows  # noqa: E402

FAMILIES, MINUTES = ["flow", "vae"], 0.5
MOMENTS = [*range(6)]  # random
PLACES = ["write:1", "write:3", "rename:15", "rename:30"]
MOST = 25.0  # seconds until a random kill
LIMIT = 900  # seconds, of any process
ATTEMPTS = 8  # comparisons, at most
WHERE = dict(
    system="training", data="300 trees, made by the tests", split="test", seeds=(0,), minutes=MINUTES,
    budget=f"{MINUTES:g} minutes of training by the clock",
)  # fmt: skip
PLANS = {
    "kills": Plan(what="comparisons killed: SIGKILLs", metric="kills", least=len(MOMENTS) + len(PLACES), **WHERE),
    "unlike": Plan(what="comparisons killed: weights and numbers unlike their replay", metric="files", most=0, **WHERE),
    "missing": Plan(what="comparisons killed: rows with neither number nor reason", metric="rows", most=0, **WHERE),
}


def weights(run: Path) -> bytes:
    return (run / "weights.safetensors").read_bytes()


def killed(out: Path, call: dict, point: str | int, rng: random.Random) -> bool:
    """Whether the kill hit a running call. point: a place, or the number of a random moment."""
    running = process(out, point if isinstance(point, str) else "none", "compare", **call)
    try:
        running.wait(LIMIT if isinstance(point, str) else rng.uniform(4.0, MOST))
    except TimeoutExpired:
        running.kill()
    return running.wait() == -signal.SIGKILL


def survive(folder: Path) -> dict:
    call, rng = {"data": "trees", "families": FAMILIES, "minutes": MINUTES}, random.Random(0)
    kills, unlike, compared, missing = [], [], 0, []
    points: list = [*MOMENTS, *PLACES]
    rng.shuffle(points)
    attempt = 0
    while points and attempt < ATTEMPTS:  # a comparison that ended before a kill leaves the rest to another
        out = folder / f"comparison-{attempt}"
        attempt += 1
        while points:
            point = points.pop()
            if not killed(out, call, point, rng):
                points.append(point)
                break
            kills.append(point)
        assert process(out, "none", "compare", **call).wait(LIMIT) == 0
        results = read(out)
        missing += missing_of(results)
        for run in sorted(path.parent for path in out.rglob("weights.safetensors")):
            if run.parent == out:  # further splits are other data, which the whole comparison repeats
                again = folder / f"{out.name}-{run.name}"
                fit = process(again, "none", "fit", data="trees", family=None, replay=str(run))
                assert fit.wait(LIMIT) == 0
                compared += 1
                unlike += [run.name] * (weights(run) != weights(again))
        whole = folder / f"{out.name}-whole"
        assert process(whole, "none", "compare", data="trees", replay=str(out)).wait(LIMIT) == 0
        unlike += differences(results, read(whole))
    return {"kills": kills, "comparisons": attempt, "runs": compared, "unlike": unlike, "missing": missing}


def missing_of(results: dict) -> list[str]:
    """Families that lack a headline number without a reason."""
    headline = results["metrics"]["headline"].values()
    lacks = lambda row: not all(metric_of(row["metrics"].get(metric)) for metric in headline)
    return [row["family"] for row in rows(results) if lacks(row) and not row.get("unmeasured")]


def main() -> None:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as folder:
        found = survive(Path(folder))
    rows = [plan.row(len(found[key])) for key, plan in PLANS.items()]
    record("compare_kills", rows, found)


if __name__ == "__main__":
    main()
