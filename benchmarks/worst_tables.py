"""Tables at their worst, compared by everything that fits tables: does every comparison end with a report?"""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from contextlib import suppress
from functools import partial
from pathlib import Path

from bars import ROOT, Run, benchmark, plans
from common import Result, apart_command, silent_rows

import genwright
from genwright.core.errors import TrainingFailed
from genwright.studies.report.results import read
from genwright.zoo import registry

sys.path[:0] = [str(ROOT / "tests")]
from odd_tables import odd_table  # noqa: E402

TABLES = range(5, 45)  # as in tests/families/test_odd_tables.py
MINUTES = 0.2  # for all families together
LIMIT = 3_600  # seconds of a comparison by the clock

WORST = plans(
    {
        "ended": ("forty tables at their worst: comparisons that end with a report", "tables", ">= 40"),
        "failed": ("forty tables at their worst: families and baselines that fail, with a reason", "rows", "<= 0"),
        "silent": ("forty tables at their worst: rows with neither a headline number nor a reason", "rows", "<= 0"),
    },
    system="rules", data="forty tables of 300 rows with zeros, tails, 10 to 120 columns, made by the tests",
    split="test", seeds=(0,), minutes=MINUTES, budget="0.2 minutes of training by the clock, one core, all families",
)  # fmt: skip


def compare_table(number: int, minutes: float, families: list[str] | None, folder: str) -> dict:
    """What a comparison of one table says of each row: why it failed, or that it is silent.

    families: those that are trained; None for all that fit. They are named, so that none is left out for its time.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = genwright.load_data(odd_table(number))
        if families is None:
            own = (registry.row("tables", "generate", name) for name in registry.families("tables", "generate"))
            fitting = (row for row in own if row.construction.suits(data.domain))
            families = [row.family for row in fitting if not row.refuses(data.domain.given)]
        with suppress(TrainingFailed):  # said after the report
            genwright.compare(data, families, minutes=minutes, cores=1, seed=0, progress=False, out=folder)
    results = read(folder)
    every = results.models + results.baselines
    return {
        "columns": len(data.domain.columns),
        "report": results.finished and (Path(folder) / "report.html").is_file(),
        "rows": len(every),
        "failed": {row.family: row.error for row in every if row.error},
        "silent": silent_rows(results),
    }


def measure_table(run: Run, number: int) -> dict:
    """`compare_table` in a process of its own; where that dies, the last line that it said."""
    families = run.small(None, ["flow"])
    call = apart_command(compare_table, number, run.small(MINUTES, 0.02), families, str(run.begin(f"compare-{number}")))
    try:
        done = subprocess.run(call, capture_output=True, text=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return {"report": False, "died": f"after {LIMIT:,} s"}
    if done.returncode:
        *_, said = done.stderr.strip().splitlines() or [""]
        return {"report": False, "died": f"exit code {done.returncode}: {said}"}
    return json.loads(done.stdout.splitlines()[-1])


@benchmark(plans=("WORST",))
def worst_tables(run: Run) -> Result:
    """Forty tables at their worst, compared by all families and baselines: does every comparison end with a report?

    tests/odd_tables.py makes them: amounts with zeros, tails, constants, giants, dust and holes, 10 to 120 columns. A
    comparison runs in a process of its own, on one core. A call that was stopped resumes with the next table.
    """
    numbers = run.small(list(TABLES), [TABLES[0]])
    found = {number: run.kept(f"table-{number}", partial(measure_table, run, number)) for number in numbers}
    count = lambda key: sum(len(one.get(key, ())) for one in found.values())
    return [
        WORST["ended"].row(sum(one["report"] for one in found.values())),
        WORST["failed"].row(count("failed")),
        WORST["silent"].row(count("silent")),
    ], {"tables": found}
