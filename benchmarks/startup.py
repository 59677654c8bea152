"""How long a person waits for `--help`, `list` and `import genwright`: median of several processes.

python benchmarks/startup.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from bars import bar, record

COMMANDS = {
    "genwright --help": (["-m", "genwright", "--help"], 0.5),
    "genwright list": (["-m", "genwright", "list"], 0.5),
    "import genwright": (["-c", "import genwright"], 0.3),
}


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
    record("startup", bars)


if __name__ == "__main__":
    main()
