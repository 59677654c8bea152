"""How fast `genwright predict` answers about a library of molecules, and how much memory it takes.

    GENWRIGHT_DATA=FOLDER python benchmarks/property_predict.py [--folder runs/property-predict]

The command runs as a person runs it, in processes of its own that may use one core or two, on distinct molecules of
MOSES; its time holds its start. Two D-MPNNs answer, trained for a moment on ESOL: one reads RDKit's descriptors, which
an empty cache folder makes each run compute, the other (`plain`) reads none. Memory is the sum of the peaks of all
processes of a command. No command runs for longer than LONGEST seconds: the largest library is as large as that allows.
Each part is on disk as it is measured; the same command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from statistics import median

from bars import Plan, kept, record

LONGEST = 570.0  # seconds of a command
EVERY = 0.1  # seconds from one look at memory to the next
FEW, MANY, MOST = 10_000, 100_000, 1_000_000  # molecules
ROUNDS = 3
DESCRIBED, PLAIN = "default", "plain"  # presets
TARGET = "measured log solubility in mols per litre"
WHERE = dict(system="J6", data="MOSES, by a D-MPNN of ESOL", split="train", seeds=(0,))
SPEED = dict(
    metric=f"median of {ROUNDS} runs, start included", budget=f"{FEW:,} molecules, descriptors computed",
    unit="molecules a second", **WHERE,
)  # fmt: skip
MEMORY = dict(metric="ratio of peak memory", most=1.2, unit="times", sides=("few_MiB", "many_MiB", "many"), **WHERE)
PLANS = {
    "one": Plan(what="predict with descriptors, one core", least=100.0, **SPEED),
    "two": Plan(what="predict with descriptors, two cores", least=200.0, **SPEED),
    "many": Plan(
        what=f"predict with descriptors: memory of {MANY:,} molecules over that of {FEW:,}",
        budget=f"{MANY:,} molecules, two cores", **MEMORY,
    ),
    "most": Plan(
        what=f"predict without descriptors: memory of up to {MOST:,} molecules over that of {FEW:,}",
        budget=f"as many molecules, up to {MOST:,}, as two cores predict in ten minutes", **MEMORY,
    ),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/property-predict"))
    folder = parser.parse_args().folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for preset in (DESCRIBED, PLAIN):
        train(folder, preset)
    described = {"one": [], "two": []}
    for turn in range(ROUNDS):
        for cores, name in enumerate(described, 1):
            described[name].append(measured(folder, f"{name}-{turn}", DESCRIBED, FEW, cores))
    rows = [
        PLANS[name].row(median(run["molecules"] / run["seconds"] for run in runs), digits=1)
        for name, runs in described.items()
    ]
    record("property_predict", rows, described)  # what follows takes half an hour
    few, many = (measured(folder, name, DESCRIBED, count, 2) for name, count in (("few", FEW), ("many", MANY)))
    plain = [measured(folder, f"plain-{count}", PLAIN, count, 2) for count in (FEW, MANY)]
    affordable = int(0.9 * LONGEST * plain[-1]["molecules"] / plain[-1]["seconds"]) // FEW * FEW
    most = measured(folder, "plain-most", PLAIN, min(affordable, MOST), 2)
    rows.append(memory(PLANS["many"], few, many))
    rows.append(memory(PLANS["most"], plain[0], most))
    record("property_predict", rows, {**described, "described": [few, many], "plain": [*plain, most]})


def memory(plan: Plan, few: dict, many: dict) -> dict:
    sides = {"few_MiB": round(few["MiB"]), "many_MiB": round(many["MiB"]), "many": many["molecules"]}
    return plan.row(many["MiB"] / few["MiB"], digits=3, **sides)


def measured(folder: Path, name: str, preset: str, count: int, cores: int) -> dict:
    return kept(folder, name, lambda: predicted(folder, name, preset, count, cores))


def train(folder: Path, preset: str) -> None:
    """A run in the folder of the preset's name, where there is none yet."""
    if (folder / preset / "weights.safetensors").exists():
        return
    source = Path(os.environ["GENWRIGHT_DATA"]) / "moleculenet" / "delaney-processed.csv.gz"
    (folder / "esol.csv").write_bytes(gzip.decompress(source.read_bytes()))
    options = ["--target", TARGET, "--family", "dmpnn", "--preset", preset, "--epochs", "10", "--out", folder / preset]
    subprocess.run([*genwright(1), "fit", folder / "esol.csv", *options], check=True)


def predicted(folder: Path, name: str, preset: str, count: int, cores: int) -> dict:
    """Seconds, seconds of all processors, and the sum of the peaks of memory of a command. A command that takes too
    long ends the program; the next one finds the descriptors that it computed."""
    cache, out = folder / f"cache-{name}", folder / f"{name}.csv"
    command = [*genwright(cores), "predict", folder / preset, library(folder, count), "--out", out]
    if count == FEW:  # of which a run that was stopped may have computed some
        shutil.rmtree(cache, ignore_errors=True)
    peaks: dict[int, int] = {}
    with (folder / f"{name}.log").open("w") as log:
        began = time.monotonic()
        process = subprocess.Popen(
            command, env=os.environ | {"XDG_CACHE_HOME": str(cache)}, stdout=log, stderr=log, start_new_session=True
        )
        ended = 0
        try:
            while not ended:
                if time.monotonic() - began > LONGEST:
                    sys.exit(f"{name} took more than {LONGEST:.0f} seconds: run the same command again on idle cores")
                peaks |= peaks_of(process.pid)
                time.sleep(EVERY)
                ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        finally:
            if not ended:
                os.killpg(process.pid, 9)
        seconds = time.monotonic() - began
    if status:
        sys.exit(f"{name} failed: see {log.name}")
    with out.open() as file:
        rows = sum(1 for _ in file) - 1
    assert rows == count, f"{rows} rows of {count} molecules"
    for path in (out, out.with_suffix(".columns.txt")):
        path.unlink()
    shutil.rmtree(cache, ignore_errors=True)
    spent = usage.ru_utime + usage.ru_stime
    return {"molecules": count, "seconds": seconds, "processor": spent, "MiB": sum(peaks.values()) / 1024}


def genwright(cores: int) -> list[str]:
    """The command, bound to so many cores, with one thread in each process."""
    these = sorted(os.sched_getaffinity(0))[:cores]
    if len(these) < cores:
        sys.exit(f"{cores} cores are needed")
    return ["taskset", "-c", ",".join(map(str, these)), "env", "OMP_NUM_THREADS=1", sys.executable, "-m", "genwright"]


def library(folder: Path, count: int) -> Path:
    """A file of the first molecules of MOSES, a SMILES a line."""
    path = folder / f"{count}.smi"
    if not path.exists():
        with gzip.open(Path(os.environ["GENWRIGHT_DATA"]) / "moses" / "train.csv.gz", "rt") as file:
            path.write_text("".join(line.split(",")[0].strip() + "\n" for line in islice(file, 1, count + 1)))
    return path


def peaks_of(session: int) -> dict[int, int]:
    """The peak so far, in KiB, of each process of a session."""
    peaks = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                words = (folder / "status").read_text().split()
                peaks[int(folder.name)] = int(words[words.index("VmHWM:") + 1])
        except (OSError, ValueError):  # it has ended
            continue
    return peaks


if __name__ == "__main__":
    main()
