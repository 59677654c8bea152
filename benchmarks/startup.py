"""How long a person waits for `--help`, `list` and `import genwright`, and for a table to be described: median of
several processes.

python benchmarks/startup.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from bars import bar, record

COMMANDS = {
    "genwright --help": (["-m", "genwright", "--help"], 0.2),
    "genwright fit --help": (["-m", "genwright", "fit", "--help"], 0.2),
    "genwright list": (["-m", "genwright", "list"], 0.5),
    "import genwright": (["-c", "import genwright"], 0.3),
}


DESCRIBED = 1.0  # seconds of processor for a table of 1,000 rows


def described() -> float:
    """Seconds of processor that `genwright describe` takes for a table of 1,000 rows and eight columns."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(1000, 5)).round(2)
    words = rng.choice(["north", "south", "east", "west"], (1000, 3))
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table.csv"
        rows = (",".join([*map(str, row), *texts]) for row, texts in zip(numbers, words))
        table.write_text("\n".join(["a,b,c,d,e,f,g,h", *rows]))
        before = os.times()
        subprocess.run([sys.executable, "-m", "genwright", "describe", str(table)], check=True, capture_output=True)
        after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    bars = []
    for name, (arguments, limit) in COMMANDS.items():
        seconds = []
        for _ in range(11):
            start = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
            seconds.append(time.perf_counter() - start)
        median = round(statistics.median(seconds), 3)
        bars.append(bar("L1", name, f"<= {limit} s", median, median <= limit, "s"))
    seconds = round(statistics.median(described() for _ in range(5)), 3)
    what = "genwright describe of 1,000 rows, seconds of processor"
    bars.append(bar("L1", what, f"<= {DESCRIBED} s", seconds, seconds <= DESCRIBED, "s"))
    record("startup", bars)


if __name__ == "__main__":
    main()
