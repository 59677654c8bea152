"""The command line as people use it: files, clocks, start, pages, targets (rows L1, L7, people)."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import textwrap
import time
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import torch
from bars import ROOT, Run, bar, benchmark, details_of, judge, plans
from common import Result, data_folder, genwright_in, in_turns, on_cores, run_command, silent_rows
from PIL import Image, ImageDraw
from systems import SYSTEMS

import genwright
from genwright.contract.small_data import small_data
from genwright.studies import reproduce as study
from genwright.studies.report.picks import picks
from genwright.studies.report.records import Results
from genwright.studies.report.results import find, is_copy, read
from genwright.studies.report.results import rows as all_rows
from genwright.zoo import registry
from genwright.zoo.targets import TARGETS, target

CORES = 2
FILES = dict(split="none", seeds=(0,))


def compared(folder: Path, words: list[str]) -> tuple[Results, dict]:
    """results.json of `genwright compare` on two cores, and what the process took."""
    took = run_command(["compare", *words, "--out", "out"], CORES, folder)
    return read(folder / "out"), took | {"seconds": round(took["seconds"], 1)}


# ---------------------------------------------------------------------- clocks


def breast_cancer(folder: Path) -> list[str]:
    from sklearn.datasets import load_breast_cancer

    found = load_breast_cancer(as_frame=True)
    table = found.data.iloc[:, :25].assign(diagnosis=found.target_names[found.target])
    table.sample(200, random_state=0).to_csv(folder / "breast-cancer-cut.csv", index=False)
    return ["breast-cancer-cut.csv"]


def bace(folder: Path) -> list[str]:
    table = pd.read_csv(data_folder("moleculenet", "bace.csv.gz")).drop(columns=["mol", "CID", "Model"])
    table["Class"] = np.where(table["Class"] == 1, "active", "inactive")
    varied = [name for name in table if table[name].nunique() > 1][:18]
    table[varied].sample(1000, random_state=0).to_csv(folder / "bace.csv", index=False)
    return ["bace.csv"]


def fashion(folder: Path) -> list[str]:
    from genwright.kinds.formats.images.idx import read_idx_pictures

    x, y = read_idx_pictures(data_folder("fashion-mnist", "train-images-idx3-ubyte.gz"))
    rows = np.random.default_rng(0).permutation(len(x))[:5000]
    np.savez(folder / "fashion-cut.npz", x=x[rows], y=y[rows])
    return ["fashion-cut.npz"]


def blocks(folder: Path, nodes: int = 20_000, edges: int = 500_000, classes: int = 8) -> list[str]:
    """Four of five edges join nodes of one community."""
    rng = np.random.default_rng(0)
    label = np.arange(nodes) % classes
    a = rng.integers(0, nodes, 2 * edges)
    far = rng.integers(0, nodes, 2 * edges)
    near = rng.integers(0, nodes // classes, 2 * edges) * classes + label[a]
    b = np.where(rng.random(2 * edges) < 0.8, near, far)
    pairs = np.unique(np.sort(np.stack([a, b], 1)[a != b], 1), axis=0)
    pairs = pairs[rng.permutation(len(pairs))[:edges]]
    pd.DataFrame(pairs, columns=["source", "target"]).to_csv(folder / "blocks.csv", index=False)
    features = rng.normal(0, 1, (classes, 16))[label] + rng.normal(0, 3, (nodes, 16))
    table = pd.DataFrame(features.round(3), columns=[f"x{k}" for k in range(16)])
    table.insert(0, "id", np.arange(nodes))
    table.assign(label=np.array([f"c{k}" for k in range(classes)])[label]).to_csv(folder / "nodes.csv", index=False)
    return ["blocks.csv", "--nodes", "nodes.csv", "--target", "label"]


def named(*words: str):
    return lambda folder: list(words)


CLOCKED = {  # name -> what it is, what writes its files and gives the words of the command
    "digits": ("digits, 1,797 pictures of 8x8", named("digits")),
    "adult": ("Adult, 48,842 rows x 15 columns", named("adult")),
    "breast-cancer-cut": ("200 rows x 26 columns of breast cancer", breast_cancer),
    "bace": ("1,000 rows x 18 columns of BACE", bace),
    "fashion-cut": ("5,000 pictures of 28x28 of Fashion-MNIST", fashion),
    "cora": ("Cora", named("cora")),
    "coauthor-physics": ("Coauthor physics, 247,962 edges", named("coauthor-physics")),
    "blocks": ("a made graph of 500,000 edges", blocks),
    "tiny-shakespeare": ("tiny Shakespeare, 8,713 pieces of 128 characters", named("tiny-shakespeare")),
    "qm9-smiles": ("QM9, lines of up to 37 characters", named("qm9-smiles", "--kind", "sequences")),
    "jsb-chorales": ("382 chorales of four voices", named("jsb-chorales")),
    "fsdd": ("3,000 clips of spoken digits", named("fsdd")),
    "make-compare": ("make compare: digits", named("digits")),
}


@benchmark(tiny={"names": ("breast-cancer-cut",)})
def compare_clock(run: Run, names: tuple[str, ...] = tuple(CLOCKED)) -> Result:
    """A budget is a promise: wall clock of `genwright compare DATA --minutes 2` on data of every size, until it is
    measured and its report is written, and of `make compare` (four minutes).

    Each is a process of its own on two cores, which must have nothing else to do; the load before it is on record. All
    take about an hour; with --names the others keep what is on record. breast-cancer-cut: scikit-learn's breast cancer,
    200 drawn rows, the first 25 measurements and the diagnosis. bace: inhibitors of MoleculeNet's BACE, 1,000 drawn
    rows, 18 columns of 595, a table on which nothing here was tuned. fashion-cut: 5,000 drawn pictures of
    Fashion-MNIST's training part. coauthor-physics: 247,962 edges, 495,924 as PyG counts them, in both directions.
    blocks: made, 500,000 edges in one direction, of 20,000 nodes in 8 communities, with 16 numbers of noise around the
    community's mean and labels.
    """
    found, rows = details_of("compare_clock"), []
    limits = lambda name: (4.0, 480) if name == "make-compare" else (2.0, 300)
    for name in names:
        minutes, load = run.small(limits(name)[0], 0.05), os.getloadavg()[0]
        with run.fresh() as folder:
            results, took = compared(folder, [*CLOCKED[name][1](folder), "--minutes", str(minutes)])
        models = results.models + results.baselines
        found[name] = took | {"load_before": round(load, 2), "measured": sum(bool(row.metrics) for row in models)}
        found[name]["errors"] = {row.family: row.error for row in models if row.error}
    for name, took in ((name, found[name]) for name in CLOCKED if name in found):
        (minutes, most), failed = limits(name), f", {len(took['errors'])} failed" if took["errors"] else ""
        what = f"compare --minutes {minutes:g}, {CLOCKED[name][0]} ({took['measured']} rows measured{failed})"
        rows.append(bar("L1", what, f"<= {most} s", took["seconds"], took["seconds"] <= most and not failed, "s"))
    return rows, found


# ---------------------------------------------------------------------- six people's files


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
    cores = {"c1ccc({b})cc1": 2.0, "C1CCC({b})CC1": 2.5, "c1ccc({b})nc1": 1.0, "C1CCN({b})CC1": 0.8}
    cores |= {"c1cc({b})sc1": 1.8}
    ends = {"C": 0.5, "CC": 1.0, "O": -0.7, "N": -1.0, "F": 0.1, "Cl": 0.7, "OC": 0.0, "C(=O)O": -0.3, "C#N": -0.6}
    ends |= {"CCO": -0.2, "CCN": -0.4, "C(C)C": 1.4, "NC(C)=O": -1.0, "C(F)(F)F": 0.9, "OCC": 0.4}
    links = {"": 0.0, "C": 0.5, "CC": 1.0, "O": -0.2, "N": -0.5}
    rng, rows = random.Random(0), {}
    while len(rows) < 1000:
        core, a, link, b = (rng.choice(list(some)) for some in (cores, ends, links, ends))
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
    what = ["the letter", "a lantern", "the last boat", "his name", "the garden gate", "an apple", "the map"]
    what += ["her coat"]
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

BUSY = plans(
    {
        "answered": ("six files on busy cores: pages with an answer", "pages with all picks", ">= 6"),
        "copies": ("six files on busy cores: picks that hand out training items", "picks", "<= 0"),
        "silent": ("six files on busy cores: rows with neither number nor reason", "rows", "<= 0"),
    },
    system="L1", data="six people's files, made by the benchmark", split="test", seeds=(0,), minutes=1.0,
    budget="1 minute of training by the clock, two processes of yes on the same two cores",
)  # fmt: skip


@benchmark(plans=("BUSY",), tiny={"names": ("edge list",)})
def paths(run: Run, names: tuple[str, ...] = tuple(PATHS)) -> Result:
    """Six people's files, each compared beside two processes that keep the cores busy: does every page have an answer?

    The files are made here, always the same: a messy table, a mixed folder of pictures, SMILES with nine values, sensor
    readings, an edge list and a novel (`walks` shows how they are understood). `genwright compare` and two processes of
    `yes` have the same two cores. About three minutes a path. A page has an answer where each purpose has a pick, and
    every row has its headline numbers, an error, or a reason.
    """

    def measured(name: str) -> dict:
        """The picks and the gaps of the page of one path."""
        with run.fresh() as folder:
            file, answers = PATHS[name](folder)
            beside = [subprocess.Popen([*on_cores(CORES), "yes"], stdout=subprocess.DEVNULL) for _ in range(2)]
            try:
                words = [file, *" ".join(answers).split(), "--minutes", str(run.small(1.0, 0.1))]
                results, took = compared(folder, words)
            finally:
                for process in beside:
                    process.kill()
                    process.wait()
            page = (folder / "out" / "report.html").is_file() and results.finished
        found, purposes = {pick.criterion: pick.family for pick in picks(results)}, results.metrics["headline"]
        copied = [one for one in found.values() if one and is_copy(results, find(results, one))]
        answered = bool(page and all(found.get(purpose) for purpose in purposes))
        return took | {"answered": answered, "picks": found, "copies": copied, "silent": silent_rows(results)}

    found = {name: run.kept(name.replace(" ", "-"), lambda: measured(name)) for name in names}
    count = lambda key: sum(len(page[key]) for page in found.values())
    values = {"answered": sum(page["answered"] for page in found.values())}
    values |= {"copies": count("copies"), "silent": count("silent")}
    return ([BUSY[name].row(value) for name, value in values.items()], found) if set(found) == set(PATHS) else None


WALKED = {  # file: a quick family, and what its model is asked to do
    "messy table": ("independent", "sample"),
    "mixed pictures": ("pca", "sample"),
    "SMILES with values": ("vae", "sample"),
    "sensor readings": ("independent", "sample"),
    "edge list": ("gae", "predict"),
    "novel": ("n-gram", "sample"),
}
WALKS = plans(
    {
        "not asked": ("six people's files: wrong guesses without a question", "guesses", "<= 0"),
        "asked though it is not so": ("six people's files: questions about what is not so", "questions", "<= 0"),
        "arrived": ("six people's files: walks that end with samples or predictions", "walks", ">= 6"),
    },
    system="people", data="six people's files, made by `paths`", budget="0.02 minutes of training by the clock",
    **FILES,
)  # fmt: skip


@benchmark(plans=("WALKS",), tiny={"names": ("edge list",)})
def walks(run: Run, names: tuple[str, ...] = tuple(PATHS)) -> Result:
    """Six people who know no option walk from their file to samples: is each file understood, or asked about?

    The files are those of `paths`. A person runs `genwright describe`, answers the questions that are right, and looks
    again. Then they run `genwright fit`, and `sample` or `predict`, with what they typed. A guess is wrong where a
    person would have to say something that nobody asked. About five minutes on one core.
    """

    def walk(name: str, folder: Path) -> dict:
        """What the person typed, which question was missing, which was needless, and what failed."""
        file, answers = PATHS[name](folder)
        typed, needless, (family, verb) = [], [], WALKED[name]
        for _ in range(len(answers) + 1):  # an answer may lead to another question
            said = genwright_in(folder, "describe", file, *" ".join(typed).split()).stdout
            asked = [line for line in said.split("\n") if "If so, add " in line]
            needless += [line for line in asked if not any(w in line for w in answers) and line not in needless]
            more = [words for words in answers if words not in typed and any(words in line for line in asked)]
            if not more:
                break
            typed += more
        words = [*" ".join(typed).split(), "--family", family, "--minutes", 0.02, "--out", "run"]
        ends = [genwright_in(folder, "fit", file, *words)]
        ends.append(genwright_in(folder, verb, "run", *([file] if verb == "predict" else ["-n", "5"])))
        failed = next((end.stderr[-500:] for end in ends if end.returncode), "")
        missing = [words for words in answers if words not in typed]
        return {"typed": typed, "not asked": missing, "asked though it is not so": needless, "failed": failed}

    found = {}
    for name in names:
        with run.fresh() as folder:
            found[name] = walk(name, folder)
        print(name, found[name], flush=True)
    values = {key: sum(len(one[key]) for one in found.values()) for key in list(WALKS)[:2]}
    values["arrived"] = sum(not one["failed"] for one in found.values())
    return [WALKS[name].row(value) for name, value in values.items()], found


FORTY = plans(
    {
        "right": ("files of people, of 40, that are understood and asked about rightly", "files", ">= 38"),
        "wrong": ("files of people, of 40, that are guessed wrongly without a refusal", "files", "<= 0"),
    },
    system="people", data="forty files, made by tests/people", budget="none", **FILES,
)  # fmt: skip


@benchmark(plans=("FORTY",))
def forty_files(run: Run) -> Result:
    """Forty files as people have them: of how many is all understood, and asked, rightly?

    tests/people makes the files, ten each of tables, text, graphs, and molecules and images, and holds what a person
    would say of each. A file is right where its kind, its items, its columns and its questions are, and where it is the
    same once it was written and read again. A file that is refused is no wrong guess, but it is not right either.
    """
    sys.path.insert(0, str(ROOT / "tests" / "people"))
    forty = import_module("forty_files")
    faults = {}
    for name in run.small(list(forty.FILES), list(forty.FILES)[:2]):
        with run.fresh() as folder:
            faults[name] = forty.faults_of(name, folder)
    right = [name for name in faults if not faults[name]]
    refused = [name for name, one in faults.items() if one and all(text.startswith(forty.REFUSED) for text in one)]
    tens = {ten: sum(make.__name__ in right for make in module.FILES) for ten, module in forty.TENS.items()}
    rows = [FORTY["right"].row(len(right)), FORTY["wrong"].row(len(faults) - len(right) - len(refused))]
    return rows, {"right, of ten": tens, "faults": {name: one for name, one in faults.items() if one}}


# ---------------------------------------------------------------------- processes

COMMANDS = {
    "genwright --help": (["-m", "genwright", "--help"], 0.2),
    "genwright fit --help": (["-m", "genwright", "fit", "--help"], 0.2),
    "genwright list": (["-m", "genwright", "list"], 0.5),
    "import genwright": (["-c", "import genwright"], 0.3),
}


@benchmark(tiny={"times": 1})
def startup(run: Run, times: int = 11) -> Result:
    """How long a person waits for `--help`, `list` and `import genwright`, and for a table to be described: median of
    several processes."""
    rows, rng = [], np.random.default_rng(0)
    for name, (arguments, limit) in COMMANDS.items():
        start = partial(subprocess.run, [sys.executable, *arguments], check=True, capture_output=True)
        seconds = median(in_turns({name: start}, times, clock=time.perf_counter, untimed=0)[name])
        rows.append(judge("L1", name, f"<= {limit} s", seconds, 3, "s"))
    numbers, words = rng.normal(size=(1000, 5)).round(2), rng.choice(["north", "south", "east", "west"], (1000, 3))
    with run.fresh() as folder:
        lines = (",".join([*map(str, row), *texts]) for row, texts in zip(numbers, words))
        (folder / "table.csv").write_text("\n".join(["a,b,c,d,e,f,g,h", *lines]))
        spent = [run_command(["describe", "table.csv"], folder=folder)["processor"] for _ in range(min(5, times))]
    what = "genwright describe of 1,000 rows, seconds of processor"
    return [*rows, judge("L1", what, "<= 1.0 s", median(spent), 3, "s")], {}


SIDES = ("one core", "two cores")
MANY_CORES = plans(
    {
        "rows": ("two cores: rows that only one side has", "rows", "<= 0"),
        "items": ("two cores: items that all families saw, over those of one core", "ratio", ">= 1.8"),
        "clock": ("two cores: minutes from the command to the page", "minutes", "<= 7"),
    },
    system="L4", data="digits", split="validation", seeds=(0,), minutes=4.0, sides=SIDES,
    budget="4 minutes of training by the clock",
)  # fmt: skip


@benchmark(plans=("MANY_CORES",))
def many_cores(run: Run) -> Result:
    """`genwright compare digits --minutes 4` on two cores against one: rows, items, and minutes until it ends.

    On two cores that have nothing else to do; the load before it is on record. About fourteen minutes.
    """
    results, clocks = [], []
    with run.fresh() as folder:
        for count in range(1, CORES + 1):
            out = f"cores-{count}"
            words = [
                "compare",
                "digits",
                "--minutes",
                run.small(4, 0.2),
                "--cores",
                str(count),
                "--out",
                out,
                "--quiet",
            ]
            clocks.append(run_command(words, CORES, folder)["seconds"] / 60)
            results.append(read(folder / out))
    items = [{row.family: row.items for row in side.models if not row.error} for side in results]
    families = [{row.family for row in all_rows(side) if not row.error} for side in results]
    seen = [sum(side.values()) for side in items]
    found = {  # the figure, and what it is made of on each side
        "rows": (len(families[0] ^ families[1]), map(len, families)),
        "items": (seen[1] / seen[0], seen),
        "clock": (clocks[1], clocks),
    }
    rows = [MANY_CORES[key].row(value, **dict(zip(SIDES, sides))) for key, (value, sides) in found.items()]
    return rows, {"items": dict(zip(SIDES, items))}


@benchmark()
def same_bits(run: Run, out: Path | None = None, against: Path | None = None) -> Result:
    """Whether short trainings end with the same bits as they did before a change; it records nothing.

    --out before.json in the tree before, --against before.json in the tree after: a line for each row that differs.
    Each row of the registry is fitted once on the contract's small data, on one thread; the digest is of all tensors
    that its family keeps. A row that only one of the trees has is listed as different.
    """
    torch.set_num_threads(1)
    found = {}
    for row in registry.ROWS:
        options = {"task": row.label} if registry.predicts(row.task) else {"items": 400}
        preset, digest = "tiny" if registry.presets(row) else None, hashlib.blake2b(digest_size=8)
        try:
            model = genwright.fit(small_data(row.label), row.family, preset=preset, progress=False, **options)
            for name, tensor in sorted(model.family.state_dict().items()):
                values = tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy()
                digest.update(name.encode() + values.tobytes())
            found[f"{row.label} {row.family}"] = digest.hexdigest()
        except genwright.GenwrightError as error:
            found[f"{row.label} {row.family}"] = f"refused: {error}"
    if out:
        out.write_text(json.dumps(found, indent=1) + "\n")
    if against:
        before = json.loads(against.read_text())
        other = [name for name in before | found if before.get(name) != found.get(name)]
        print(*other, f"{len(found) - len(other)} of {len(found)} trainings end with the same bits", sep="\n")


# ---------------------------------------------------------------------- pages and targets


@benchmark(tiny={"names": ("gan-mnist-classes",)})
def reproduce(run: Run, names: tuple[str, ...] = tuple(goal.name for goal in TARGETS if goal.minutes <= 3.0)) -> Result:
    """Targets, measured: each published figure beside ours, and how many of our bars are met.

    By default all that take at most three minutes; `genwright reproduce` has no smaller form, so a trial takes as long
    as its target.
    """
    details, rows = details_of("reproduce"), []
    for name in names:
        results = study.reproduce(name, out=run.begin(name), progress=False)
        metric, models = study.ours(results), results.models
        spent = lambda part: sum(row.seconds[part] for row in models)
        details[name] = {"ours": metric.value, "se": metric.se, "seeds": len(models)}
        details[name] |= {"seconds": spent("train"), "evaluate": spent("evaluate")}
    details = {goal.name: details[goal.name] for goal in TARGETS if goal.name in details}
    for name, found in details.items():
        goal, minutes = target(name), found["seconds"] / found["seeds"] / 60  # of each training
        what = f"`genwright reproduce {name}` ({goal.published:g} {goal.unit} in {goal.source})"
        wanted, se = f"{'>=' if goal.better == 'higher' else '<='} {goal.bar:g}", found["se"] and round(found["se"], 4)
        met = goal.met(found["ours"])
        rows.append(bar(goal.system, what, wanted, round(found["ours"], 4), met, goal.unit, se, minutes))
        if goal.metric == "importance_bound" and "evaluate" in found:
            what = f"5,000 draws of each of the 10,000 test pictures, `genwright reproduce {name}`"
            rows.append(judge(goal.system, what, "<= 10 minutes", found["evaluate"] / 60, 2, "minutes"))
    count = len({target(name).system for name in details})
    what = "systems with a target on record"
    return [*rows, bar("L7", what, f"all {len(SYSTEMS)}", count, count == len(SYSTEMS))], details
