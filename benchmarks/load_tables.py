"""How long `load_data` takes and how much memory, beside pandas' read_csv of the same file, and what large tables take.

python benchmarks/load_tables.py [--only csv array wide nodes rows]

Each measurement is a process of its own, in turns with pandas' where the two are compared. It loads a small table
first, so that imports do not count; then its processor time is taken, and its peak memory beyond what it held before.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bars import bar, details_of, record

TURNS = 3
ROWS = 10_000_000

MAKE = """
import numpy as np, pandas as pd, sys
rng = np.random.default_rng(0)
folder = sys.argv[1]

def holes(values, share):
    return pd.Series(values).mask(rng.random(len(values)) < share)

def mixed(n):
    day = np.datetime64("2015-01-01") + rng.integers(0, 3650, n)
    town = rng.choice([f"town {k}" for k in range(200)], n)
    return pd.DataFrame({
        "age": rng.integers(18, 95, n), "visits": holes(rng.poisson(4, n), 0.05).astype("Int64"),
        "account": rng.integers(10**8, 10**9, n), "price": rng.lognormal(4, 1, n).round(2),
        "score": holes(rng.normal(size=n), 0.02), "grade": rng.choice(list("ABCDE"), n), "town": holes(town, 0.03),
        "day": day.astype(str)})
"""
FILES = {
    "csv": "mixed(1_000_000).to_csv(f'{folder}/csv.csv', index=False)",
    "array": "np.save(f'{folder}/array.npy', rng.normal(size=(1_000_000, 10)))",
    "wide": """
pd.DataFrame(rng.normal(size=(40, 4000)).round(3)).add_prefix("c").to_csv(f"{folder}/wide.csv", index=False)
""",
    "nodes": """
x = pd.DataFrame((rng.random((2995, 2879)) < 0.02).astype(int)).add_prefix("w")
x.insert(0, "id", [f"p{k}" for k in range(2995)])
x["class"] = rng.choice(list("abcdefg"), 2995)
x.to_csv(f"{folder}/nodes.csv", index=False)
ends = rng.integers(0, 2995, (8000, 2))
pd.DataFrame({"source": [f"p{k}" for k in ends[:, 0]], "target": [f"p{k}" for k in ends[:, 1]]}).to_csv(
    f"{folder}/edges.csv", index=False)
""",
    "rows": f"""
for i in range(20):
    n = {ROWS} // 20
    part = pd.DataFrame({{
        "age": rng.integers(18, 95, n), "price": rng.lognormal(4, 1, n).round(2), "score": rng.normal(size=n).round(6),
        "grade": rng.choice(list("ABCDE"), n), "count": rng.poisson(300, n), "share": rng.beta(2, 5, n).round(7)}})
    part.to_csv(f"{{folder}}/rows.csv", index=False, mode="a", header=i == 0)
""",
}
MEASURE = """
import json, sys, time
from pathlib import Path
folder = sys.argv[1]
{before}
Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
status = lambda: Path("/proc/self/status").read_text().splitlines()
peak = lambda name: int(next(line for line in status() if line.startswith(name)).split()[1])
held, start, wall = peak("VmRSS"), time.process_time(), time.perf_counter()
{work}
seconds, wall = time.process_time() - start, time.perf_counter() - wall
print(json.dumps({{"seconds": seconds, "wall": wall, "bytes": 1024 * (peak("VmHWM") - held)}}))
"""
PANDAS = """import pandas as pd
Path(f"{folder}/small.csv").write_text("a,b\\n1,x\\n2,y\\n")
pd.read_csv(f"{folder}/small.csv")
"""
OURS = """import pandas as pd, torch, genwright
genwright.load_data(pd.DataFrame({"a": range(40), "b": list("xyzw") * 10}))
table = pd.DataFrame({"id": list("abcd"), "x": [1, 2, 1, 3], "y": list("abab")})
edges = pd.DataFrame({"source": list("abc"), "target": list("bcd")})
genwright.load_data(edges, nodes=table, target="y")
"""
FIT = (
    OURS
    + """
from genwright.run.fit import fit
small = pd.DataFrame({"a": [k / 7 % 1 for k in range(400)], "b": list("xyzw") * 100})
small = fit(small, FAMILY, items=512, progress=False)
small.sample(300)
"""
)
WHOLE = """
data = genwright.load_data(f"{folder}/rows.csv")
model = fit(data, FAMILY, minutes=0.5, progress=False, seed=0)
del data
model.domain.write(model.sample(ROWS, seed=0), Path(f"{folder}/drawn.csv"))
"""


def measured(folder: Path, before: str, work: str) -> dict:
    code = MEASURE.format(before=before, work=work)
    allowed = os.environ | {"GENWRIGHT_MAX_SIZE": "8G"}
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, env=allowed)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def in_turns(folder: Path, runs: dict[str, tuple[str, str]]) -> dict[str, dict]:
    """Medians of TURNS processes of each, one after another."""
    found = {name: [] for name in runs}
    for _ in range(TURNS):
        for name, (before, work) in runs.items():
            found[name].append(measured(folder, before, work))
    return {name: {key: statistics.median(run[key] for run in each) for key in each[0]} for name, each in found.items()}


def csv(folder: Path) -> tuple[list[dict], dict]:
    found = in_turns(
        folder,
        {
            "pandas": (PANDAS, "frame = pd.read_csv(f'{folder}/csv.csv')"),
            "genwright": (OURS, "data = genwright.load_data(f'{folder}/csv.csv')"),
        },
    )
    ratio = {key: round(found["genwright"][key] / found["pandas"][key], 2) for key in ("seconds", "bytes")}
    what = "load_data of a CSV of 10^6 x 8"
    return [
        bar("loading", f"{what}: time", "<= 4 times pandas.read_csv", ratio["seconds"], ratio["seconds"] <= 4, "times"),
        bar("loading", f"{what}: memory", "<= 3 times pandas.read_csv", ratio["bytes"], ratio["bytes"] <= 3, "times"),
    ], found


def within(folder: Path, name: str, what: str, work: str, limit: float) -> tuple[list[dict], dict]:
    found = in_turns(folder, {name: (OURS, work)})[name]
    seconds = round(found["seconds"], 2)
    return [bar("loading", f"load_data of {what}", f"<= {limit:g} s", seconds, seconds <= limit, "s")], found


def rows(folder: Path) -> tuple[list[dict], dict]:
    size, bars, details = (folder / "rows.csv").stat().st_size, [], {"file": (folder / "rows.csv").stat().st_size}
    for family in ("copula", "vae"):
        said = f"FAMILY, ROWS = {family!r}, {ROWS}\n"
        details[family] = measured(folder, said + FIT, WHOLE)
        ratio = round(details[family]["bytes"] / size, 2)
        what = f"10^7 rows loaded, {family} fitted for half a minute, 10^7 drawn and written: peak memory"
        bars.append(bar("loading", what, "< 3 times the file", ratio, ratio < 3, "times"))
    return bars, details


RUNS = {
    "csv": csv,
    "array": lambda folder: within(
        folder, "array", "an array of 10^6 x 10", "genwright.load_data(f'{folder}/array.npy')", 4
    ),
    "wide": lambda folder: within(
        folder, "wide", "4,000 columns x 40 rows", "genwright.load_data(f'{folder}/wide.csv')", 3
    ),
    "nodes": lambda folder: within(
        folder,
        "nodes",
        "2,995 nodes x 2,879 columns of 0 and 1",
        "genwright.load_data(f'{folder}/edges.csv', nodes=f'{folder}/nodes.csv', target='class')",
        3,
    ),
    "rows": rows,
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*", choices=RUNS, default=list(RUNS))
    details = details_of("load_tables")  # of those not measured now
    for name in parser.parse_args().only:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, "-c", MAKE + FILES[name], folder], check=True)
            bars, measures = RUNS[name](Path(folder))
            details[name] = {"bars": bars, "measured": measures}
    record("load_tables", [row for name in RUNS for row in details.get(name, {"bars": []})["bars"]], details)


if __name__ == "__main__":
    main()
