"""One reading of a value, whatever the door, and tables of dirty cells that come back as they were."""

from __future__ import annotations

import random
import sys
import traceback
from collections import Counter
from importlib import import_module

from bars import ROOT, Run, benchmark, plans
from common import Result

from genwright.core import domain

sys.path.append(str(ROOT / "tests" / "kinds"))
PART = 100  # tables of a part that is kept

DOORS = plans(
    {
        "differences": ("columns that some door reads otherwise than a CSV file, not written down", "columns", "<= 0"),
        "crashes": ("columns that some door answers without a sentence", "columns", "<= 0"),
        "columns": ("columns through every door", "columns", ">= 100"),
    },
    system="files", data="columns drawn by tests/kinds/made_columns.py", split="none", seeds=(), budget="none",
)  # fmt: skip


@benchmark(plans=("DOORS",), peer="polars", tiny={"columns": 4})
def every_door(run: Run, seed: int = 0, columns: int = 100) -> Result:
    """One hundred columns as people have them, drawn from a seed, through every door by which data come in.

    The doors are files (CSV, TSV with a decimal comma, JSON, workbooks, Parquet, Feather, an upload to the studio),
    memory (pandas, polars, Arrow, a dict of lists, the estimator), and columns beside other items (lines, nodes,
    answers of molecules). Each has to read the same type, missing cells, values and questions as the CSV file.
    tests/kinds/every_door.py holds the doors and the differences that are written down. About two CPU-minutes.
    """
    doors, made = import_module("every_door"), import_module("made_columns")
    domain.FAILURES_RAISE = True  # a question that fails is a fault here

    def measured(number: int) -> dict:
        column = made.draw_column(seed, number)
        with run.fresh() as folder:
            try:
                return {"column": column.maker, "differences": doors.differences(column, folder), "crash": ""}
            except Exception:
                return {"column": column.maker, "differences": {}, "crash": traceback.format_exc()[-1500:]}

    read = [run.kept(f"{seed}-{number}", lambda: measured(number)) for number in range(columns)]
    faults = {f"{number} {one['column']}": one["differences"] or one["crash"] for number, one in enumerate(read)}
    values = {"differences": sum(bool(one["differences"]) for one in read)}
    values |= {"crashes": sum(bool(one["crash"]) for one in read), "columns": len(read)}
    by_door = Counter(door for one in read for door in one["differences"])
    details = {"seed": seed, "doors": doors.available(), "by door": by_door}
    details |= {"faults": {name: fault for name, fault in faults.items() if fault}}
    return [DOORS[name].row(value) for name, value in values.items()], details


DIRTY = plans(
    {
        "failed": ("tables of dirty cells that end in a crash, or without a true sentence", "tables", "<= 0"),
        "changed": ("rows of them that come back from a file unlike they were written", "rows", "<= 0"),
        "tables": ("tables of dirty cells on their way", "tables", ">= 2,000"),
    },
    system="files", data="tables drawn by tests/kinds/dirty_tables.py", split="none", seeds=(),
    budget="50 items each, or 2 steps of the VAE",
)  # fmt: skip


@benchmark(plans=("DIRTY",), tiny={"tables": 20})
def dirty_tables(run: Run, seed: int = 0, tables: int = 2000) -> Result:
    """Two thousand tables of dirty cells: read, fitted, saved, opened, sampled, written, and read again.

    Every tenth is fitted with a tiny VAE, the others with independent columns. A table may be refused in a sentence
    where it is read, fitted or written; a file that genwright wrote may not. Samples and training rows that are read
    again must hold the same missing cells and the same values. tests/kinds/dirty_tables.py draws the tables. About ten
    CPU-minutes; it resumes after each hundred tables.
    """
    dirty = import_module("dirty_tables")
    domain.FAILURES_RAISE = True

    def measured(first: int) -> list[dict]:
        walks = []
        for number in range(first, min(first + PART, tables)):
            with run.fresh() as folder:
                walk = dirty.walk(seed, number, folder, "independent" if number % 10 else "vae")
            walks.append(walk._asdict() | {"number": number})
        return walks

    parts = [run.kept(f"{seed}-{first}-{tables}", lambda: measured(first)) for first in range(0, tables, PART)]
    walks = [walk for part in parts for walk in part]
    failed, changed = ([w for w in walks if test(w)] for test in (_has_failed, lambda walk: walk["changed"]))
    values = {"failed": len(failed), "changed": sum(walk["changed"] for walk in changed), "tables": len(walks)}
    refusals = [walk for walk in walks if walk["end"] == "refused"]
    shown = random.Random(seed).sample(refusals, min(40, len(refusals)))
    details = {"seed": seed, "ends": Counter(walk["end"] for walk in walks), "refusals": shown}
    return [DIRTY[name].row(value) for name, value in values.items()], details | {"faults": [*failed, *changed][:100]}


def _has_failed(walk: dict) -> bool:
    return walk["end"] == "failed"
