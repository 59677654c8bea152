"""Six people's files, each compared beside two processes that keep the cores busy: does every page have an answer?

    python benchmarks/paths.py [--try NAME ...]

The files are made here, always the same: a messy table, a mixed folder of pictures, SMILES with nine values, sensor
readings, an edge list and a novel (`walks.py` shows how they are understood). `genwright compare` and two processes of
`yes` have the same two cores. About three minutes a path; one that is on record for this source is not measured again,
so a call that was stopped goes on. A try takes less time and writes nothing.

A page has an answer where each purpose has a pick, and every row has its headline numbers, an error, or a reason.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import textwrap
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from bars import Plan, details_of, record
from PIL import Image, ImageDraw

from genwright.reports.picks import picks
from genwright.reports.results import find, is_copy, metric_of, read

MINUTES, TRY = 1.0, 0.1  # of training
CORES, BESIDE = 2, 2  # cores, and processes of `yes` on them
ROOT = Path(__file__).resolve().parents[1]
WHERE = dict(
    system="L1", data="six people's files, made by the script", split="test", seeds=(0,), minutes=MINUTES,
    budget=f"{MINUTES:g} minute of training by the clock, two processes of yes on the same two cores",
)  # fmt: skip
ANSWERED = Plan(what="six files on busy cores: pages with an answer", metric="pages with all picks", least=6, **WHERE)
COPIES = Plan(what="six files on busy cores: picks that hand out training items", metric="picks", most=0, **WHERE)
SILENT = Plan(what="six files on busy cores: rows with neither number nor reason", metric="rows", most=0, **WHERE)


# Each function writes a file. It returns the file's name and a person's answers, as words of the command line.
def messy_table(folder: Path) -> tuple[str, list[str]]:
    """900 orders: an identifier, dates, money as text, words for missing, a constant, repeated rows, odd spellings."""
    rng = np.random.default_rng(0)
    n, kinds = 880, rng.choice(["basic", "plus", "family"], 880, p=[0.5, 0.35, 0.15])
    base = np.select([kinds == "basic", kinds == "plus"], [20.0, 45.0], 80.0)
    paid = base * rng.lognormal(0, 0.3, n)
    seats = np.where(kinds == "family", rng.integers(2, 7, n), 1)
    table = pd.DataFrame(
        {
            "Order No": [f"A-{k:05}" for k in range(n)],
            "ordered": pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 500, n), "D"),
            "plan": [kind.upper() if rng.random() < 0.05 else kind for kind in kinds],
            "paid": [f"${value:,.2f}" for value in paid * 20],
            "seats": seats,
            "age": np.where(rng.random(n) < 0.1, "n/a", rng.integers(18, 80, n).astype(str)),
            "discount %": np.where(rng.random(n) < 0.7, 0, rng.integers(1, 30, n)),
            "region": rng.choice(["north", "south", "east", "west", ""], n, p=[0.4, 0.3, 0.15, 0.1, 0.05]),
            "score": np.where(rng.random(n) < 0.08, -999, (paid / 10 + rng.normal(0, 1, n)).round(1)),
            "currency": "USD",
            "returned": np.where(rng.random(n) < 1 / (1 + np.exp(2 - paid / 60)), "yes", "no"),
        }
    )
    pd.concat([table, table.iloc[:20]]).to_csv(folder / "orders.csv", index=False)
    return "orders.csv", ["--missing score=-999"]


def mixed_pictures(folder: Path) -> tuple[str, list[str]]:
    """400 drawings of two labels, of several sizes, modes and formats, beside a text and a file that is cut off."""
    rng = random.Random(0)
    for label in ("disc", "square"):
        (folder / "pictures" / label).mkdir(parents=True)
    for number in range(400):
        label, side = ("disc", "square")[number % 2], rng.choice((28, 32, 40))
        picture = Image.new("RGB", (side, side), tuple(rng.randrange(40) for _ in range(3)))
        reach, x, y = rng.uniform(0.2, 0.35) * side, *(rng.uniform(0.4, 0.6) * side for _ in range(2))
        draw, ink = ImageDraw.Draw(picture), tuple(rng.randrange(120, 256) for _ in range(3))
        shape = draw.ellipse if label == "disc" else draw.rectangle
        shape((x - reach, y - reach, x + reach, y + reach), fill=ink)
        mode, suffix = rng.choice((("RGB", "png"), ("L", "png"), ("RGBA", "png"), ("RGB", "jpg")))
        picture.convert(mode).save(folder / "pictures" / label / f"{number:03}.{suffix}")
    (folder / "pictures" / "disc" / "notes.txt").write_text("taken by hand\n")
    whole = (folder / "pictures" / "square" / "001.png").with_suffix(".bad.png")
    whole.write_bytes(next((folder / "pictures" / "square").glob("*.png")).read_bytes()[:60])
    return "pictures", []


def smiles_with_values(folder: Path) -> tuple[str, list[str]]:
    """1,000 small molecules put together from a core and two groups, with logP, which depends on these, and eight
    values that do not."""
    cores = {
        "c1ccc({b})cc1": 2.0,
        "C1CCC({b})CC1": 2.5,
        "c1ccc({b})nc1": 1.0,
        "C1CCN({b})CC1": 0.8,
        "c1cc({b})sc1": 1.8,
    }
    ends = {"C": 0.5, "CC": 1.0, "O": -0.7, "N": -1.0, "F": 0.1, "Cl": 0.7, "OC": 0.0, "C(=O)O": -0.3, "C#N": -0.6}
    ends |= {"CCO": -0.2, "CCN": -0.4, "C(C)C": 1.4, "NC(C)=O": -1.0, "C(F)(F)F": 0.9, "OCC": 0.4}
    links = {"": 0.0, "C": 0.5, "CC": 1.0, "O": -0.2, "N": -0.5}
    rng, rows = random.Random(0), {}
    while len(rows) < 1000:
        core, a, link, b = (
            rng.choice(list(cores)),
            rng.choice(list(ends)),
            rng.choice(list(links)),
            rng.choice(list(ends)),
        )
        smiles = f"{a if a not in ('C(=O)O', 'NC(C)=O') else 'C'}{link}{core.format(b=b)}"
        rows[smiles] = round(cores[core] + ends[a] + links[link] + ends[b] + rng.gauss(0, 0.1), 2)
    values = np.random.default_rng(0).normal(size=(len(rows), 8)).round(2)
    table = pd.DataFrame({"structure": list(rows), "logP": list(rows.values())})
    table[[f"assay {k}" for k in range(1, 9)]] = values
    table.to_csv(folder / "measured.csv", index=False)
    return "measured.csv", ["--kind molecules", "--given logP"]


def sensor_readings(folder: Path) -> tuple[str, list[str]]:
    """4,000 readings of two machines, one a minute: a slow rhythm, noise that depends on the load, some cells empty."""
    rng = np.random.default_rng(1)
    n = 4000
    time, load = np.arange(n), rng.gamma(2.0, 1.0, n)
    table = {"load": load.round(3)}
    for k in range(10):
        wave = np.sin(2 * np.pi * time / (200 + 40 * k) + k)
        table[f"sensor {k}"] = (wave + 0.3 * load * rng.normal(size=n) + 0.2 * k * load).round(3)
    table["machine"] = np.where(load + rng.normal(size=n) > 2.5, "B", "A")
    frame = pd.DataFrame({"taken_at": pd.Timestamp("2024-03-01") + pd.to_timedelta(time, "min")} | table)
    frame["sensor 3"] = frame["sensor 3"].where(rng.random(n) > 0.05)
    frame.to_csv(folder / "readings.csv", index=False)
    return "readings.csv", ["--time taken_at"]


def edge_list(folder: Path) -> tuple[str, list[str]]:
    """3,000 edges of 500 people in five circles."""
    rng, edges = random.Random(0), set()
    while len(edges) < 3000:
        a = rng.randrange(500)
        b = rng.randrange(100) * 5 + a % 5 if rng.random() < 0.85 else rng.randrange(500)
        if a != b:
            edges.add((min(a, b), max(a, b)))
    lines = [f"person{a},person{b}" for a, b in sorted(edges)]
    (folder / "friends.csv").write_text("\n".join(["from,to", *lines]) + "\n")
    return "friends.csv", ["--task links"]


def novel(folder: Path) -> tuple[str, list[str]]:
    """About 150,000 characters of sentences put together by a small grammar, in paragraphs of wrapped lines."""
    rng = random.Random(0)
    who = ["the captain", "Anna", "her brother", "the old doctor", "a stranger", "Mr. Hale", "the girl", "nobody"]
    did = ["opened", "remembered", "painted", "had lost", "hid", "looked for", "could not forget", "carried"]
    what = [
        "the letter",
        "a lantern",
        "the last boat",
        "his name",
        "the garden gate",
        "an apple",
        "the map",
        "her coat",
    ]
    when = ["in the morning", "before the storm", "at last", "when the bells rang", "without a word", "that winter"]

    def sentence() -> str:
        said = f"{rng.choice(who)} {rng.choice(did)} {rng.choice(what)}"
        said += f" {rng.choice(when)}" if rng.random() < 0.6 else ""
        said += f", and {rng.choice(who)} {rng.choice(did)} {rng.choice(what)}" if rng.random() < 0.4 else ""
        return said[0].upper() + said[1:] + rng.choice([".", ".", ".", "!", "?"])

    text = ""
    while len(text) < 150_000:
        text += textwrap.fill(" ".join(sentence() for _ in range(rng.randrange(3, 8))), 72) + "\n\n"
    (folder / "novel.txt").write_text(text)
    return "novel.txt", ["--windows 128"]


PATHS = {
    "messy table": messy_table,
    "mixed pictures": mixed_pictures,
    "SMILES with values": smiles_with_values,
    "sensor readings": sensor_readings,
    "edge list": edge_list,
    "novel": novel,
}


@contextmanager
def busy(cores: list[int]):
    """Within, BESIDE processes keep these cores busy."""
    pin = (lambda: os.sched_setaffinity(0, cores)) if cores else None
    beside = [subprocess.Popen(["yes"], stdout=subprocess.DEVNULL, preexec_fn=pin) for _ in range(BESIDE)]
    try:
        yield pin
    finally:
        for process in beside:
            process.kill()
            process.wait()


def compared(name: str, minutes: float) -> dict:
    """The picks and the gaps of the page of one path."""
    cores = sorted(os.sched_getaffinity(0))[:CORES] if hasattr(os, "sched_setaffinity") else []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        file, answers = PATHS[name](folder)
        words = [file, *" ".join(answers).split(), "--minutes", str(minutes), "--out", "out"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        with busy(cores) as pin, (folder / "said").open("w") as said:
            start, command = time.perf_counter(), [sys.executable, "-m", "genwright", "compare", *words]
            code = subprocess.run(
                command, cwd=folder, stdout=said, stderr=said, env=environment, preexec_fn=pin
            ).returncode  # fmt: skip
            seconds = time.perf_counter() - start
        if code:
            raise SystemExit(f"{' '.join(command)} failed:\n{(folder / 'said').read_text()[-3000:]}")
        results, page = read(folder / "out"), (folder / "out" / "report.html").is_file()
    return {
        "source": source(),
        "minutes": minutes,
        "seconds": round(seconds),
        "share": results["machine"].get("share"),
        "page": page and results["finished"],
        "picks": {pick.criterion: pick.family for pick in picks(results)},
        "purposes": list(results["metrics"]["headline"]),
        "copies": [
            pick.family for pick in picks(results) if pick.family and is_copy(results, find(results, pick.family))
        ],
        "silent": [row["family"] for row in results["models"] + results["baselines"] if silent(row, results)],
        "errors": {row["family"]: row["error"] for row in results["models"] + results["baselines"] if row["error"]},
        "measured": results["measured"],
    }


def silent(row: dict, results: dict) -> bool:
    """Whether a row lacks a headline number without a reason."""
    missing = [m for m in results["metrics"]["headline"].values() if not metric_of(row["metrics"].get(m))]
    return bool(missing and not row["error"] and not row.get("unmeasured"))


def source() -> str:
    return subprocess.run(["git", "rev-parse", "HEAD:src"], cwd=ROOT, capture_output=True, text=True).stdout.strip()


def answers(found: dict) -> bool:
    return bool(found["page"] and all(found["picks"].get(purpose) for purpose in found["purposes"]))


def bars_of(found: dict[str, dict]) -> list[dict]:
    """None before all paths are measured: a row is looked at once."""
    if set(found) != set(PATHS):
        return []
    count = lambda key: sum(len(page[key]) for page in found.values())
    return [ANSWERED.row(sum(map(answers, found.values()))), COPIES.row(count("copies")), SILENT.row(count("silent"))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--try", nargs="+", metavar="NAME", dest="tried", help=f"of {', '.join(PATHS)}")
    tried = parser.parse_args().tried
    if unknown := set(tried or ()) - set(PATHS):
        parser.error(f"no path is called {', '.join(sorted(unknown))}")
    if tried:
        for name in tried:
            print(name, json.dumps(compared(name, TRY), indent=1), flush=True)
        return
    found = {name: one for name, one in details_of("paths").items() if one["source"] == source()}
    for name in [name for name in PATHS if name not in found]:
        found[name] = compared(name, MINUTES)
        print(name, json.dumps(found[name], indent=1), flush=True)
        record("paths", bars_of(found), found)


if __name__ == "__main__":
    main()
