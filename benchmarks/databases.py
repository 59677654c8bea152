"""Files and databases as people have them: forms that are read, and how fast a server's table is."""

from __future__ import annotations

import csv
import resource
import sys
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import numpy as np
import pandas as pd
from bars import ROOT, Run, benchmark, plans
from common import Result, apart

import genwright
from genwright.core.errors import GenwrightError

sys.path.append(str(ROOT / "tests"))
ROWS, TURNS = 1_000_000, 3
FORMS_FOLDER = "../shared/forms"  # forms.tsv says what each of its files must become
TABLE, COLUMNS = "measured", 10
DATABASES = plans(
    {
        "forms": ("small files in forms that people have: kind and items as they should be", "share", ">= 1",
                  {"data": "62 files"}),
        "ratio": (f"PostgreSQL, {ROWS:,} rows of {COLUMNS} columns: pandas.read_sql over genwright",
                  "ratio of CPU seconds", ">= 0.8"),
        "memory": (f"PostgreSQL, {ROWS:,} rows of {COLUMNS} columns: peak memory over that of the items", "ratio",
                   "<= 3 times"),
    },
    system="people", data="a table of numbers, words and dates in a local PostgreSQL", split="none", seeds=(0,),
    budget=f"median of {TURNS} readings a side, in turns",
)  # fmt: skip


@benchmark(plans=("DATABASES",), tiny={"many": 2_000})
def databases(run: Run, many: int = ROWS, forms: str = FORMS_FOLDER) -> Result:
    """Files and databases as people have them: what is read right, how fast, and in how much memory.

    A local PostgreSQL holds a table of numbers, words and dates. genwright reads it as `describe` does before it looks
    at columns, and pandas.read_sql reads the same query, each in a process of its own, in turns. Times are CPU seconds
    of the reader. --forms names a folder with `forms.tsv` and `files`.
    """
    read = run.kept("postgres", lambda: read_in_turns(many))
    found = run.kept("forms", lambda: forms_read(ROOT / forms))
    if many != ROWS:
        return None
    seconds = {side: median(one["seconds"] for one in turns) for side, turns in read.items()}
    memory = median(one["MiB"] / one["items"] for one in read["genwright"])
    wrong = ", ".join(found["wrong"]) or "none"
    return [
        DATABASES["forms"].row(found["right"] / found["files"], note=f"{found['files']} files; not so: {wrong}"),
        DATABASES["ratio"].row(seconds["pandas"] / seconds["genwright"]),
        DATABASES["memory"].row(memory),
    ], {"forms": found, "postgres": read}


def forms_read(folder: Path) -> dict[str, object]:
    """How many files there are, how many become the kind and count of items that `forms.tsv` says, and the others."""
    with (folder / "forms.tsv").open() as file:
        wanted = list(csv.DictReader(file, delimiter="\t"))
    wrong = []
    for row in wanted:
        try:
            data = genwright.load_data(folder / "files" / row["file"])
            came = data.kind, sum(data.sizes.values()) if hasattr(data, "sizes") else len(data.x)  # a graph is whole
        except GenwrightError:
            came = "refused", 0
        if came != (row["kind"], int(row["items"])):
            wrong.append(row["file"])
    return {"files": len(wanted), "right": len(wanted) - len(wrong), "wrong": wrong}


def read_in_turns(rows: int) -> dict[str, list[dict[str, float]]]:
    """{side: a reading a turn}, each in a process of its own."""
    from local_postgres import PASSWORD, USER, running_postgres
    from sqlalchemy import URL

    with running_postgres() as port:
        url = URL.create("postgresql", USER, PASSWORD, "127.0.0.1", port, "postgres")
        address = url.render_as_string(hide_password=False)
        apart(fill, address, rows)
        sides = ("genwright", "pandas")
        turns = [{side: apart(read_once, side, address) for side in sides} for _ in range(TURNS)]
    return {side: [turn[side] for turn in turns] for side in sides}


def fill(address: str, rows: int) -> None:
    """Make the table: 4 columns of reals, 3 of whole numbers, 2 of words, 1 of dates."""
    from genwright.kinds.formats.tables.databases import make_engine

    rng = np.random.default_rng(0)
    columns = {f"x{k}": rng.normal(size=rows) for k in range(4)}
    columns |= {f"n{k}": rng.integers(100, size=rows) for k in range(3)}
    columns |= {f"w{k}": rng.choice(["red", "green", "blue"], rows) for k in range(2)}
    columns["day"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(700, size=rows), "D")
    frame, engine = pd.DataFrame(columns), make_engine(address)
    frame[:0].to_sql(TABLE, engine, index=False)
    with engine.begin() as connection, connection.connection.cursor() as cursor:
        with cursor.copy(f"COPY {TABLE} FROM STDIN (FORMAT csv)") as copy:
            copy.write(frame.to_csv(index=False, header=False))


def read_once(side: str, address: str) -> dict[str, float]:
    """CPU and clock seconds of one reading, MiB by which the peak of the process grew, and MiB of the items."""
    from genwright.kinds.formats.tables.databases import make_engine, read_database

    peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    engine, before = make_engine(address), peak()
    clock, began = perf_counter(), process_time()
    if side == "genwright":
        frame = read_database(address, TABLE, None).items
    else:
        frame = pd.read_sql(f"select * from {TABLE}", engine)
    seconds, wall = process_time() - began, perf_counter() - clock
    items = frame.memory_usage(deep=True).sum() / 2**20
    return {"seconds": seconds, "wall": wall, "MiB": peak() - before, "items": items}
