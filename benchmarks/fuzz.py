"""Twenty thousand damaged files over all readers, run folders, results and replays: no bug, no hang, no memory that
runs away.

    python benchmarks/fuzz.py --workers 2               20,000 files (about 20 CPU-minutes), into results/fuzz.json
    python benchmarks/fuzz.py --seed 3 --only 1234      one of them again, with all that it says

tests/faults/fuzz.py and mutations.py hold the files and the ways to damage them. Each worker is a process that reads
one file after another. A worker that crashes, or does not come back, is a failure of the file that it was reading, and
another takes its place. The same command resumes a run that was stopped: what was read stands in a log, which belongs
to this seed and to the sources as they are.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from bars import Plan, record

HERE = Path(__file__).resolve()
TESTS = HERE.parents[1] / "tests"
sys.path[:0] = [str(TESTS / "faults"), str(TESTS)]
GIVEN_UP = 60  # seconds without a word from a worker: the interpreter itself hangs
KEPT = 100  # failures that are written down
FILES, DATA = 20_000, "small whole files of every format, run folders, results and replays, damaged"
HOW = dict(data=DATA, split="none", seeds=(0,), budget=f"{FILES:,} files", metric="files")
TOO_LONG, TOO_LARGE, FAILED = (
    Plan("files", f"damaged files that {what}", most=0, **HOW)
    for what in (
        "took more than 10 s of the processor",
        "took more than 1 GiB",
        f"ended in a bug, a crash or no sentence, of {FILES:,}",
    )
)
READ = Plan("files", "damaged files read", least=FILES, **HOW)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--files", type=int, default=FILES, help="fewer are not recorded")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--workers", type=int, default=os.cpu_count())
    options.add_argument("--only", type=int, help="this file of the seed, and nothing is recorded")
    options.add_argument(
        "--worker", nargs=4, help=argparse.SUPPRESS
    )  # folder, log, first, step: what this script starts itself with
    given = options.parse_args()
    if given.worker:
        home, log, first, step = given.worker
        return work(Path(home), Path(log), given.seed, range(int(first), given.files, int(step)))
    with tempfile.TemporaryDirectory() as place:
        import fuzz

        home = fuzz.make(Path(place))
        if given.only is not None:
            print(json.dumps(fuzz.run(home, given.seed, given.only)._asdict(), indent=1))
            return
        log = Path(tempfile.gettempdir(), f"genwright-fuzz-{sources()}-{given.seed}.jsonl")
        results = collect(home, log, given.files, given.seed, given.workers)
        report(results, given)
        log.unlink()


def sources() -> str:
    """A digest of what is tested and what tests it."""
    files = [*(TESTS.parent / "src").rglob("*.py"), *(TESTS / "faults").glob("*.py")]
    return hashlib.blake2b(b"".join(file.read_bytes() for file in sorted(files)), digest_size=8).hexdigest()


def logged(log: Path, files: int) -> list[dict]:
    """Results of earlier runs; a line that was cut is none."""
    found = []
    for line in log.read_text().splitlines() if log.exists() else ():
        with contextlib.suppress(ValueError):
            found.append(json.loads(line))
    return [result for result in found if result["k"] < files]


def work(home: Path, log: Path, seed: int, numbers: range) -> None:
    """A line of JSON before and after each file, so that a file which ends the process is known."""
    import fuzz
    import torch

    torch.set_num_threads(1)
    say = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    done = {result["k"] for result in logged(log, numbers.stop)}
    for k in (k for k in numbers if k not in done):
        print(json.dumps(k), file=say)
        print(json.dumps(fuzz.run(home, seed, k)._asdict()), file=say)


class Worker:
    """A process that reads every `step`-th file from `first` on."""

    def __init__(self, home: Path, log: Path, files: int, seed: int, first: int, step: int):
        self.told = home, log, files, seed, step
        self.results: list[dict] = []
        self.begin(first)

    def begin(self, first: int) -> None:
        home, log, files, seed, step = self.told
        command = [
            sys.executable,
            str(HERE),
            "--files",
            str(files),
            "--seed",
            str(seed),
            "--worker",
            str(home),
            str(log),
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
                self.note(said)
        hangs = time.monotonic() - self.heard > GIVEN_UP
        if not (ended or hangs):
            return True
        self.process.kill()
        self.process.wait()
        if self.at is None and not hangs:
            return False
        wrong = "hang" if hangs else f"the process died ({self.process.returncode})"
        if self.at is None:
            raise SystemExit("a worker could not begin: run it alone with --workers 1 to see why")
        _, log, files, _, step = self.told
        after = self.at + step
        seconds = GIVEN_UP if hangs else 0.0
        self.note(without_a_word(self.at, self.process.returncode, seconds, wrong))
        if after < files:
            self.begin(after)
        return after < files

    def note(self, said: dict) -> None:
        """Into the log as well, so that it need not be read again."""
        self.results.append({"k": self.at, **said})
        with open(self.told[1], "a", encoding="utf-8") as log:
            log.write(json.dumps(self.results[-1]) + "\n")
        self.at = None


def without_a_word(k: int, code: int, seconds: float, wrong: str) -> dict:
    """The result of a file whose reader did not live to tell."""
    import fuzz

    return fuzz.Result(fuzz.TARGETS[k % len(fuzz.TARGETS)].name, "", "", code, seconds, 0.0, "", wrong)._asdict()


def collect(home: Path, log: Path, files: int, seed: int, workers: int) -> list[dict]:
    before = logged(log, files)
    running = [Worker(home, log, files, seed, first, workers) for first in range(min(workers, files))]
    open_ones, told = list(running), time.monotonic()
    while open_ones:
        time.sleep(0.2)
        open_ones = [worker for worker in open_ones if worker.look()]
        if time.monotonic() - told > 30:
            told = time.monotonic()
            found = before + [result for worker in running for result in worker.results]
            print(
                f"{len(found):,} of {files:,} files, {sum(bool(result['wrong']) for result in found)} wrong", flush=True
            )
    return before + [result for worker in running for result in worker.results]


def report(results: list[dict], given: argparse.Namespace) -> None:
    wrong = [result for result in results if result["wrong"]]
    kinds = Counter(result["wrong"] for result in wrong)
    hangs, large = kinds["hang"], kinds["memory"]
    rows = [
        FAILED.row(len(wrong) - hangs - large),
        TOO_LONG.row(hangs),
        TOO_LARGE.row(large),
        READ.row(len(results)),
    ]
    table = lambda key: dict(sorted(Counter(result[key] for result in results).items(), key=str))
    details = {
        "seed": given.seed,
        "files": len(results),
        "CPU-seconds": round(sum(result["seconds"] for result in results)),
        "slowest": max((result["seconds"] for result in results), default=0),
        "largest MiB": max((result["mib"] for result in results), default=0),
        "exit codes": {str(code): n for code, n in table("code").items()},
        "targets": table("target"),
        "mutations": table("mutation"),
        "failures": sorted(wrong, key=lambda result: result["k"])[:KEPT],
    }
    if given.files >= FILES:
        record("fuzz", rows, details)
    else:
        print(f"{len(results):,} files read, {len(wrong)} wrong")
    for result in wrong:
        print(f"{result['wrong']}: {result['target']}, again by --seed {given.seed} --only {result['k']}")


if __name__ == "__main__":
    main()
