"""Twenty thousand damaged files over all readers, run folders, results and replays: no bug, no hang, no memory that
runs away.

    python benchmarks/fuzz.py --workers 16              20,000 files (about 6 minutes on 16 cores), into
                                                        results/fuzz.json
    python benchmarks/fuzz.py --seed 3 --only 1234      one of them again, with all that it says

What is damaged, and how, stands in tests/faults/fuzz.py and mutations.py. Each worker is a process of its own: one that
crashes, or does not come back, is a failure of the file that it was reading, and another takes its place.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from bars import bar, record

HERE = Path(__file__).resolve()
TESTS = HERE.parents[1] / "tests"
sys.path[:0] = [str(TESTS / "faults"), str(TESTS)]
GIVEN_UP = 40  # seconds without a word from a worker: the interpreter itself hangs
KEPT = 100  # failures that are written down


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--files", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--workers", type=int, default=os.cpu_count())
    options.add_argument("--only", type=int, help="this file of the seed, and nothing is recorded")
    options.add_argument(
        "--worker", nargs=3, help=argparse.SUPPRESS
    )  # folder, first, step: what this script starts itself with
    given = options.parse_args()
    if given.worker:
        return work(Path(given.worker[0]), given.seed, range(int(given.worker[1]), given.files, int(given.worker[2])))
    with tempfile.TemporaryDirectory() as place:
        import fuzz

        home = fuzz.make(Path(place))
        if given.only is not None:
            print(json.dumps(fuzz.run(home, given.seed, given.only)._asdict(), indent=1))
            return
        start = time.monotonic()
        results = collect(home, given.files, given.seed, given.workers)
        report(results, given, time.monotonic() - start)


def work(home: Path, seed: int, numbers: range) -> None:
    """A line of JSON before and after each file, so that a file which ends the process is known."""
    import fuzz
    import torch

    torch.set_num_threads(1)
    say = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for k in numbers:
        print(json.dumps(k), file=say)
        print(json.dumps(fuzz.run(home, seed, k)._asdict()), file=say)


class Worker:
    """A process that reads every `step`-th file from `first` on."""

    def __init__(self, home: Path, files: int, seed: int, first: int, step: int):
        self.told = home, files, seed, step
        self.results: list[dict] = []
        self.begin(first)

    def begin(self, first: int) -> None:
        home, files, seed, step = self.told
        command = [
            sys.executable,
            str(HERE),
            "--files",
            str(files),
            "--seed",
            str(seed),
            "--worker",
            str(home),
            str(first),
            str(step),
        ]
        environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.at, self.text, self.heard = None, b"", time.monotonic()

    def look(self) -> bool:
        """Take what the process has said, and start another where it died or hangs. Returns whether there is more to
        come."""
        ended = self.process.poll() is not None
        while part := self.process.stdout.read():
            self.text, self.heard = self.text + part, time.monotonic()
        *lines, self.text = self.text.split(b"\n")
        for line in lines:
            said = json.loads(line)
            if isinstance(said, int):
                self.at = said
            else:
                self.results.append({"k": self.at, **said})
                self.at = None
        hangs = time.monotonic() - self.heard > GIVEN_UP
        if not (ended or hangs):
            return True
        self.process.kill()
        self.process.wait()
        if self.at is None and not hangs:
            return False
        wrong = "hang" if hangs else f"the process died ({self.process.returncode})"
        home, files, seed, step = self.told
        if self.at is None:
            raise SystemExit("a worker could not begin: run it alone with --workers 1 to see why")
        self.results.append(
            {
                "k": self.at,
                "target": target_of(self.at),
                "mutation": "",
                "code": self.process.returncode,
                "seconds": GIVEN_UP,
                "mib": 0.0,
                "said": "",
                "wrong": wrong,
            }
        )
        if self.at + step >= files:
            return False
        self.begin(self.at + step)
        return True


def target_of(k: int) -> str:
    import fuzz

    return fuzz.TARGETS[k % len(fuzz.TARGETS)].name


def collect(home: Path, files: int, seed: int, workers: int) -> list[dict]:
    running = [Worker(home, files, seed, first, workers) for first in range(min(workers, files))]
    open_ones, told = list(running), time.monotonic()
    while open_ones:
        time.sleep(0.2)
        open_ones = [worker for worker in open_ones if worker.look()]
        if time.monotonic() - told > 30:
            told = time.monotonic()
            found = [result for worker in running for result in worker.results]
            print(
                f"{len(found):,} of {files:,} files, {sum(bool(result['wrong']) for result in found)} wrong", flush=True
            )
    return [result for worker in running for result in worker.results]


def report(results: list[dict], given: argparse.Namespace, seconds: float) -> None:
    wrong = [result for result in results if result["wrong"]]
    count = lambda *kinds: sum(result["wrong"] in kinds for result in wrong)
    others = [result for result in wrong if result["wrong"] not in ("hang", "memory")]
    bars = [
        bar(
            "files",
            f"damaged files that ended in a bug, a crash or no sentence, of {len(results):,}",
            "0",
            len(others),
            not others,
        ),
        bar("files", "damaged files that took more than 10 s", "0", count("hang"), not count("hang")),
        bar("files", "damaged files that took more than 1 GiB", "0", count("memory"), not count("memory")),
        bar("files", "files read", "20,000", len(results), len(results) >= min(20_000, given.files)),
    ]
    table = lambda key: dict(sorted(Counter(result[key] for result in results).items(), key=str))
    details = {
        "seed": given.seed,
        "files": len(results),
        "seconds": round(seconds),
        "workers": given.workers,
        "slowest": max((result["seconds"] for result in results), default=0),
        "largest MiB": max((result["mib"] for result in results), default=0),
        "exit codes": {str(code): n for code, n in table("code").items()},
        "targets": table("target"),
        "mutations": table("mutation"),
        "failures": sorted(wrong, key=lambda result: result["k"])[:KEPT],
    }
    record("fuzz", bars, details)
    for result in wrong:
        print(f"{result['wrong']}: {result['target']}, again by --seed {given.seed} --only {result['k']}")


if __name__ == "__main__":
    main()
