"""Six people who know no option walk from their file to samples: is each file understood, or asked about?

    python benchmarks/walks.py

The files are those of `paths.py`. A person runs `genwright describe`, answers the questions that are right, and looks
again. Then they run `genwright fit`, and `sample` or `predict`, with what they typed. A guess is wrong where a person
would have to say something that nobody asked. About five minutes on one core.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bars import Plan, record
from paths import PATHS, ROOT

MINUTES = 0.02  # of training
FAMILIES = {  # file: a quick family, and what its model is asked to do
    "messy table": ("independent", "sample"),
    "mixed pictures": ("pca", "sample"),
    "SMILES with values": ("vae", "sample"),
    "sensor readings": ("independent", "sample"),
    "edge list": ("gae", "predict"),
    "novel": ("n-gram", "sample"),
}
HOW = dict(
    system="people", data="six people's files, made by paths.py", split="none", seeds=(0,),
    budget=f"{MINUTES:g} minutes of training by the clock",
)  # fmt: skip
SILENT = Plan(what="six people's files: wrong guesses without a question", metric="guesses", most=0, **HOW)
NEEDLESS = Plan(what="six people's files: questions about what is not so", metric="questions", most=0, **HOW)
ARRIVED = Plan(what="six people's files: walks that end with samples or predictions", metric="walks", least=6, **HOW)


def walk(name: str, folder: Path) -> dict:
    """What the person typed, which question was missing, which was needless, and what failed."""
    file, answers = PATHS[name](folder)
    typed, needless = [], []
    for _ in range(len(answers) + 1):  # an answer may lead to another question
        said = genwright(folder, "describe", file, *" ".join(typed).split()).stdout
        questions = [line for line in said.split("\n") if "If so, add " in line]
        needless += [line for line in questions if not any(words in line for words in answers) and line not in needless]
        asked = [words for words in answers if words not in typed and any(words in line for line in questions)]
        if not asked:
            break
        typed += asked
    family, verb = FAMILIES[name]
    words = [*" ".join(typed).split(), "--family", family, "--minutes", str(MINUTES), "--out", "run"]
    ends = [genwright(folder, "fit", file, *words)]
    over = [file] if verb == "predict" else ["-n", "5"]
    ends.append(genwright(folder, verb, "run", *over))
    failed = next((end.stderr[-500:] for end in ends if end.returncode), "")
    return {
        "typed": typed,
        "not asked": [words for words in answers if words not in typed],
        "asked though it is not so": needless,
        "failed": failed,
    }


def genwright(folder: Path, *words: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "genwright", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)


def main() -> None:
    found = {}
    for name in PATHS:
        with tempfile.TemporaryDirectory() as folder:
            found[name] = walk(name, Path(folder))
        print(name, found[name], flush=True)
    count = lambda key: sum(len(one[key]) for one in found.values())
    arrived = sum(not one["failed"] for one in found.values())
    bars = [SILENT.row(count("not asked")), NEEDLESS.row(count("asked though it is not so")), ARRIVED.row(arrived)]
    record("walks", bars, found)


if __name__ == "__main__":
    main()
