"""The metrics of MOSES beside MOSES' own code on the same molecules: how equal they are, and how long each takes.

    GENWRIGHT_DATA=FOLDER python benchmarks/moses_metrics.py --peers FOLDER [--n 30000] [--against 10000]

FOLDER/moses holds train.csv.gz, test.csv.gz and test_scaffolds.csv.gz. The peers are molsets and fcd_torch:

    pip install molsets fcd_torch --no-deps --target FOLDER

molsets is of before pandas 2 and NumPy 2: what it misses is put in their place in memory, in a process of its own, as
are its forks. Samples are training molecules, of which a tenth have a letter changed, so that some cannot be read, and
a twentieth are drawn twice. Two processes and two threads measure, and their turns change. Test sets are measured once
for all samples, as MOSES ships what it found of its own, and stand apart. Seconds of the clock stand beside those of
the processor, start and test sets included, which a busy machine leaves as they are. A number above 1 may be off by
1e-6 of itself: activations are single precision.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import perf_counter

import numpy as np
import pandas as pd
import torch
from bars import bar, record

CORES = 2
FLOORS = {500: 2.96, 1_000: 1.58, 2_000: 1.00}  # FCD of so many training molecules against 3,000 of the test set
FLOOR_TEST = 3_000
LETTERS = "CNOcnos()=#123F"


def molecules(part: str, n: int, rng: np.random.Generator) -> list[str]:
    table = pd.read_csv(Path(os.environ["GENWRIGHT_DATA"]) / "moses" / f"{part}.csv.gz", usecols=[0])
    return table.iloc[:, 0].sample(n, random_state=rng).tolist()


def as_sampled(smiles: list[str], rng: np.random.Generator) -> list[str]:
    """A tenth with a letter changed, and a twentieth in place of which others stand twice."""
    drawn = list(smiles)
    for k in rng.choice(len(drawn), len(drawn) // 10, replace=False):
        at = rng.integers(len(drawn[k]))
        drawn[k] = drawn[k][:at] + str(rng.choice(list(LETTERS))) + drawn[k][at + 1 :]
    for k, other in rng.integers(len(drawn), size=(len(drawn) // 20, 2)):
        drawn[k] = drawn[other]
    return drawn


def by_moses(work: dict) -> dict:
    """In a process of its own: what get_all_metrics finds, and its seconds."""
    import types

    pd.DataFrame.append = lambda self, other, **how: pd.concat([self, other], **how)
    np.NaN, np.row_stack = np.nan, np.vstack
    sys.modules["rdkit.six"] = types.SimpleNamespace(iteritems=lambda found: found.items())
    sys.path[:0] = work["peers"]
    from moses.metrics import compute_intermediate_statistics, get_all_metrics

    torch.set_num_threads(CORES)
    begun = perf_counter()
    known = [compute_intermediate_statistics(work[part], n_jobs=CORES) for part in ("test", "scaffolds")]
    before = perf_counter()
    found = get_all_metrics(
        work["samples"],
        n_jobs=CORES,
        test=work["test"],
        ptest=known[0],
        test_scaffolds=work["scaffolds"],
        ptest_scaffolds=known[1],
        train=work["train"],
    )
    seconds = {"test sets": before - begun, "samples": perf_counter() - before}
    return {"metrics": {name: float(value) for name, value in found.items()}, "seconds": seconds}


def by_us(work: dict) -> dict:
    from genwright.evaluation.metrics.molecules import describe
    from genwright.evaluation.metrics.moses import REFERENCE, moses

    torch.set_num_threads(CORES)
    begun = perf_counter()
    test, scaffolds = (describe(work[part], REFERENCE, processes=CORES) for part in ("test", "scaffolds"))
    test.activations, scaffolds.activations  # found once
    before = perf_counter()
    found = moses(describe(work["samples"], processes=CORES), test, scaffolds, work["train"])
    return {"metrics": found, "seconds": {"test sets": before - begun, "samples": perf_counter() - before}}


WAYS = {"moses": by_moses, "ours": by_us}


def run(way: str, work: dict, folder: Path) -> dict:
    (folder / "work.json").write_text(json.dumps(work))
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run([sys.executable, __file__, "--way", way, "--folder", folder], check=True, stderr=subprocess.DEVNULL)
    after = getrusage(RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads((folder / "found.json").read_text()) | {"processor": processor}


def floors(rng: np.random.Generator) -> dict[int, float]:
    from genwright.evaluation.metrics.frechet import frechet
    from genwright.evaluation.metrics.molecules import describe

    train, test = describe(molecules("train", max(FLOORS), rng), ()), describe(molecules("test", FLOOR_TEST, rng), ())
    return {n: frechet(train.activations[:n], test.activations) for n in FLOORS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", action="append", default=[])
    parser.add_argument("--n", type=int, default=30_000)
    parser.add_argument("--against", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=1)
    parser.add_argument("--way", choices=WAYS, help="Of a process of its own.")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.way:
        found = WAYS[options.way](json.loads((options.folder / "work.json").read_text()))
        (options.folder / "found.json").write_text(json.dumps(found))
        return
    rng = np.random.default_rng(0)
    train = molecules("train", 2 * options.n, rng)
    test, scaffolds = (molecules(part, options.against, rng) for part in ("test", "test_scaffolds"))
    work = {"samples": as_sampled(train[: options.n], rng), "train": train[options.n // 2 :]}
    work |= {"test": test, "scaffolds": scaffolds, "peers": options.peers}
    seconds: dict[str, list[dict]] = {way: [] for way in WAYS}
    processor: dict[str, list[float]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(options.turns):
            for way in list(WAYS)[:: 1 if turn % 2 else -1]:
                found = run(way, work, Path(folder))
                seconds[way].append(found["seconds"])
                processor[way].append(found["processor"])
                work[way] = found["metrics"]
    theirs, ours = work.pop("moses"), work.pop("ours")
    off = {name: abs(ours[name] - value) / max(1.0, abs(value)) for name, value in theirs.items()}
    worst = max(off, key=off.get)
    quickest = {way: min(each["samples"] for each in found) for way, found in seconds.items()}
    ratio = quickest["moses"] / quickest["ours"]
    floor = floors(rng)
    near = max(abs(floor[n] / value - 1) for n, value in FLOORS.items())
    count = f"{options.n:,} samples against 2 x {options.against:,}"
    bars = [
        bar(
            "J8", f"metrics off MOSES' own, {len(off)} of them, {count}", "1e-6", off[worst], off[worst] <= 1e-6, worst
        ),
        bar(
            "J8",
            f"samples measured faster than MOSES' own way, {CORES} processes, {count}",
            "3",
            round(ratio, 2),
            ratio >= 3,
            "times",
        ),
        bar("J8", "FCD of training molecules, off what it was at 500, 1,000, 2,000", "10%", round(near, 3), near < 0.1),
    ]
    details = {"moses": theirs, "ours": ours, "seconds": seconds, "processor seconds": processor, "floors": floor}
    record("moses_metrics", bars, details)


if __name__ == "__main__":
    main()
