"""Memory of `genwright score` for a hundred thousand molecules and for a million.

    GENWRIGHT_DATA=FOLDER python benchmarks/score_molecules.py [--molecules 100000 1000000]

The first lines of FOLDER/moses/train.csv.gz, scored by an n-gram model of a thousand of them: nats, properties, filters
and the nearest of these thousand. Peaks are of the command and its processes together, resident, looked at ten times a
second. Half an hour on two cores. Writes results/score_molecules.json.
"""

from __future__ import annotations

import argparse
import gzip
import os
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import psutil
from bars import bar, record

import genwright

TRAIN, EVERY = 1_000, 0.1  # molecules that the model learns; seconds between two looks
MORE = 1.2  # times the memory, for ten times the molecules


def lines(n: int) -> list[str]:
    with gzip.open(Path(os.environ["GENWRIGHT_DATA"]) / "moses" / "train.csv.gz", "rt") as file:
        return list(islice(file, 1, n + 1))


def scored(run: Path, file: Path) -> dict[str, float]:
    """Peak in MiB and seconds of the command."""
    began, peak = time.perf_counter(), 0
    command = [sys.executable, "-m", "genwright", "score", str(run), str(file), "--out", str(file.with_suffix(".csv"))]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    whole = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            peak = max(peak, sum(one.memory_info().rss for one in (whole, *whole.children(recursive=True))))
        except psutil.NoSuchProcess:  # one that ended between the two calls
            pass
        time.sleep(EVERY)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return {"MiB": round(peak / 2**20), "seconds": round(time.perf_counter() - began)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--molecules", type=int, nargs=2, default=[100_000, 1_000_000])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file, known, run, found = Path(folder) / "molecules.smi", Path(folder) / "known.smi", Path(folder) / "run", {}
        known.write_text("".join(lines(TRAIN)))
        genwright.fit(str(known), "n-gram", out=run, progress=False)
        for n in options.molecules:
            file.write_text("".join(lines(n)))
            found[n] = scored(run, file)
    few, many = options.molecules
    times = found[many]["MiB"] / found[few]["MiB"]
    what = f"memory of `score` for {many:,} molecules over that for {few:,}"
    record("score_molecules", [bar("J8", what, f"<= {MORE:g} times", round(times, 2), times <= MORE, "times")], found)


if __name__ == "__main__":
    main()
