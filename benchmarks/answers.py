"""The answer that people get on files of their own, within minutes and on a busy machine (row answers)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from answer_files import FILES
from bars import ROOT, Run, benchmark, plans
from common import GENWRIGHT, Result, genwright_in, on_cores
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import genwright
from genwright.run.open import load_model, untrained_model
from genwright.studies.report.decision import facts_of, tied_families, unlearned
from genwright.studies.report.picks import Pick, in_order
from genwright.studies.report.records import Results
from genwright.studies.report.results import find, metric_of, ranking, read

CORES = 2
FIVE = ("orders", "photos", "book")  # files that have five minutes as well
BUSY = (*FIVE, "links")  # files with one minute beside two busy processes
RUNS = [(name, 1.0, 0) for name in FILES] + [(name, 5.0, 0) for name in FIVE] + [(name, 1.0, 2) for name in BUSY]
BESIDE = [(name, 1.0, 1) for name in FILES]  # of which the end is timed
SHOWN, FRESH, OTHERS = 128, 200, 3  # samples told from real ones; samples held against fresh items; tied families
TOLD, UNTOLD = 0.99, 0.6  # AUC from which samples are told from real ones, and below which from an untrained network's
ANNOUNCED = re.compile(r"(?:finish by|until about) (\d\d:\d\d:\d\d)")

ANSWERS = plans(
    {
        "worse": ("17 comparisons: picks with worse hard facts than a tied family", "picks", "<= 0"),
        "noise": ("17 comparisons: picks whose samples are noise", "picks", "<= 0"),
        "unlike": ("17 comparisons: picks worse than a tied family on fresh items", "picks", "<= 0"),
        "failed": ("27 comparisons: without a page, or whose commands fail", "comparisons", "<= 0"),
        "open": ("ten files at one minute: no pick yet", "files", "<= 4"),
        "open at five": ("three files at five minutes: no pick yet", "files", "<= 0"),
        "end": ("ten files beside a busy process: longest wall clock over the last announced", "ratio", "<= 1.3"),
    },
    system="L1", data=f"ten people's files, made by the benchmark: {', '.join(FILES)}", split="test, and fresh items",
    seeds=(0,), minutes=5.0,
    budget="1 minute of training by the clock; three files also 5; four also 1 beside two processes of yes",
)  # fmt: skip
DIGITS = plans(
    {
        "seconds": ("compare digits --minutes 4: wall clock", "seconds", "<= 480 s"),
        "ratio": ("compare digits --minutes 4: time that is not training over training", "ratio", "<= 1"),
        "scored": ("compare digits --minutes 4: test items of the fewest likelihood", "items", ">= 128"),
    },
    system="L1", data="digits", split="test", seeds=(0,), minutes=4.0, budget="4 minutes of training by the clock",
)  # fmt: skip


@benchmark(plans=("ANSWERS", "DIGITS"), tiny={"names": ("survey",)})
def answers(
    run: Run, names: tuple[str, ...] = (), parts: tuple[str, ...] = ("idle", "busy", "ends", "digits")
) -> Result:
    """The answer that people get on ten files of their own: is the pick sound, and does a comparison end when it says?

    Three files also have five minutes, and four a minute beside two processes that keep both cores busy. Each of ten
    further comparisons has one such process beside it, for its end. Last is digits with four minutes. By default all
    are measured, which takes about three hours on two cores with nothing else to do; --names and --parts measure some.

    A pick has worse hard facts than a tied family where it breaks more of them, or has a clearly larger share of bad
    samples by one and a clearly smaller by none. Its samples are noise where a logistic classifier of simple statistics
    tells 128 of them from real items (AUC >= .99), and not from an untrained network's (AUC < .6). It is worse on fresh
    items, which no comparison saw, where `measure` of 200 samples does not name it among the best; of links, by the AUC
    of fresh edges. A page without a pick for the purpose that most people come for has no pick yet.
    """
    groups = {"idle": [one for one in RUNS if not one[2]], "busy": [one for one in RUNS if one[2]], "ends": BESIDE}
    for part in parts:
        for name, minutes, beside in groups.get(part, ()):
            if not names or name in names:
                measure = lambda: _answer(run, name, run.small(minutes, 0.05), beside, part == "ends")
                run.kept(_part(name, minutes, beside), measure)
    if "digits" in parts and not (run.trial or names):
        run.kept("digits", lambda: _clock(run))
    every = [_part(*one) for one in [*RUNS, *BESIDE]]
    if not all(run.has(part) for part in [*every, "digits"]):
        return None
    known = {part: run.part(part) for part in every}
    sound = [known[_part(*one)] for one in RUNS]
    picked = [pick for page in sound for pick in page["picks"]]
    count = lambda key: sum(bool(pick.get(key)) for pick in picked)
    is_open = lambda one: not known[_part(*one)]["answered"]
    values = {key: count(key) for key in ("worse", "noise", "unlike")}
    values |= {"failed": sum(bool(page["failed"]) for page in known.values())}
    values |= {"open": sum(is_open(one) for one in RUNS if one[1:] == (1.0, 0))}
    values |= {"open at five": sum(is_open(one) for one in RUNS if one[1] == 5.0)}
    values |= {"end": max(known[_part(*one)]["late"] for one in BESIDE)}
    clock = run.part("digits")
    rows = [ANSWERS[key].row(value) for key, value in values.items()]
    return [*rows, *(DIGITS[key].row(clock[key]) for key in DIGITS)], known | {"digits": clock}


class CommandFailed(Exception):
    """A command of genwright ended with an error."""


def _part(name: str, minutes: float, beside: int) -> str:
    return f"{name}-{minutes:g}-beside-{beside}"


# ---------------------------------------------------------------------- one comparison


def _answer(run: Run, name: str, minutes: float, beside: int, is_clocked: bool) -> dict:
    """What a person sees of one comparison, and what is true of its picks; where it is clocked, of the clock alone."""
    with run.fresh() as folder:
        file = FILES[name].make(folder, False)
        clock, said = clock_comparison(folder, [file, *FILES[name].words, "--minutes", minutes], beside)
        if not (folder / "out" / "report.html").is_file():
            return clock | {"failed": said[-800:] or "no page", "answered": False, "picks": []}
        results = read(folder / "out")
        shutil.copy(folder / "out" / "report.html", run.folder / f"{_part(name, minutes, beside)}.html")
        told, failed = [], ""
        for pick in in_order(results):
            settled = isinstance(pick, Pick)
            said = {"purpose": pick.purpose, "family": pick.family, "settled": settled, "sentence": pick.sentence}
            if settled and not is_clocked:
                try:
                    said |= _proved(folder, results, pick, file, name)
                except CommandFailed as error:
                    failed = str(error)
            told.append(said)
        errors = {row.family: row.error for row in results.models + results.baselines if row.error}
        answered = bool(told) and told[0]["settled"]
        return clock | {
            "failed": failed,
            "answered": answered,
            "picks": told,
            "errors": errors,
            "advice": results.advice,
        }


def clock_comparison(folder: Path, words: list, beside: int) -> tuple[dict, str]:
    """The clock of `genwright compare` on two cores beside busy processes, and what it said."""
    load = round(os.getloadavg()[0], 2)
    busy = [subprocess.Popen([*on_cores(CORES), "yes"], stdout=subprocess.DEVNULL) for _ in range(beside)]
    command = [*on_cores(CORES), *GENWRIGHT, "compare", *map(str, words), "--out", "out"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "COLUMNS": "200"}
    began, clock = datetime.now(), time.monotonic()
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    finally:
        for process in busy:
            process.kill()
            process.wait()
    seconds, said = time.monotonic() - clock, done.stdout + done.stderr
    ends = [datetime.combine(began, datetime.strptime(hour, "%H:%M:%S").time()) for hour in ANNOUNCED.findall(said)]
    announced = [round((end - began).total_seconds() % 86_400, 1) for end in ends]
    late = seconds / announced[-1] if announced else 0.0
    return {"load": load, "seconds": seconds, "announced": announced, "late": late, "code": done.returncode}, said


def _clock(run: Run) -> dict:
    """The clock of `compare digits`, by what it was spent on, and the items of its likelihoods."""
    with run.fresh() as folder:
        clock, said = clock_comparison(folder, ["digits", "--minutes", 4], 0)
        if clock["code"]:
            sys.exit(said[-3000:])
        results = read(folder / "out")
    training = sum(row.seconds["train"] or 0.0 for row in results.models)
    metric = results.metrics["headline"]["density"]
    items = {row.family: number.n for row in results.models if (number := metric_of(row.metrics.get(metric)))}
    return clock | {
        "training": training,
        "ratio": (clock["seconds"] - training) / training,
        "scored": min(items.values(), default=0),
        "items": items,
    }


# ---------------------------------------------------------------------- what is true of a pick


def _proved(folder: Path, results: Results, pick: Pick, file: str, name: str) -> dict:
    """Whether the hard facts of a pick are worse than a tied family's, its samples noise, and its number worse on fresh
    items; of a pick by another number than that of samples or of predicted links, the tied families alone."""
    rivals = [f for f in tied_families(results, ranking(results, pick.metric)) if f != pick.family]
    rivals = [family for family in rivals if not unlearned(results, family, pick.metric)]
    runs = {f: folder / "out" / find(results, f).folder for f in (pick.family, *rivals[:OTHERS])}
    if name == "links":
        return {"tied": rivals} | _fresh_links(folder, file, name, runs)
    if metric_of(find(results, pick.family).metrics[pick.metric]).of != "samples":
        return {"tied": rivals}
    shares = {family: _shares(results, family) for family in (pick.family, *rivals)}
    worse = [family for family in rivals if _is_worse(results, pick.family, family)]
    noise = _noise(runs[pick.family], genwright.load_data(folder / file, **FILES[name].options))
    return {"tied": rivals, "facts": shares, "worse": worse, **noise} | _fresh_items(
        folder, file, name, runs, pick.metric
    )


def _shares(results: Results, family: str) -> dict[str, float | None]:
    return {metric: fact.number and round(fact.bad.value, 4) for metric, fact in facts_of(results, family).items()}


def _is_worse(results: Results, family: str, other: str) -> bool:
    """Whether the hard facts of a family are worse than those of another."""
    mine, theirs = facts_of(results, family), facts_of(results, other)
    broken = lambda facts: sum(fact.broken for fact in facts.values())
    clearly = lambda a, b: a.bad.value > b.bad.value and a.bad.differs_from(b.bad)
    both = [(mine[metric], theirs[metric]) for metric in mine.keys() & theirs.keys()]
    dominated = any(clearly(a, b) for a, b in both) and not any(clearly(b, a) for a, b in both)
    return broken(mine) > broken(theirs) or dominated


def _noise(run: Path, data: object) -> dict:
    """AUC of samples of a pick against real items and against an untrained network's samples."""
    model = load_model(run, "cpu")
    if not model.config.get("stages"):  # it has no network
        return {"noise": False}
    sides = {"real": data.train[:SHOWN], "untrained": untrained_model(run, "cpu").sample(SHOWN, seed=0)}
    samples = model.sample(SHOWN, seed=1)
    auc = {side: _told_apart(data.kind, samples, items) for side, items in sides.items()}
    return {"told from": auc, "noise": auc["real"] >= TOLD and auc["untrained"] < UNTOLD}


def _told_apart(kind: str, samples: object, others: object) -> float:
    """AUC over five folds of a logistic classifier of simple statistics."""
    if kind == "tables":
        x = pd.get_dummies(pd.concat([samples, others]), dummy_na=True)
        x = x.apply(lambda column: pd.to_numeric(column).astype(float)).fillna(x.median(numeric_only=True)).to_numpy()
    else:
        x = np.stack([STATISTICS[kind](item) for item in [*samples, *others]])
    y = np.repeat([1, 0], [len(samples), len(others)])
    judge = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=2_000))
    return round(float(roc_auc_score(y, cross_val_predict(judge, x, y, cv=5, method="predict_proba")[:, 1])), 4)


def _of_image(image: np.ndarray) -> np.ndarray:
    """Means over 16 fields, and how large pixels, their spread and their differences to neighbours are."""
    x = np.asarray(image, float).mean(-1)
    fields = [part.mean() for rows in np.array_split(x, 4) for part in np.array_split(rows, 4, axis=1)]
    return np.array([*fields, x.std(), np.abs(np.diff(x, axis=0)).mean(), np.abs(np.diff(x, axis=1)).mean()])


def _of_sound(clip: np.ndarray) -> np.ndarray:
    """Loudness, peak, and the share of sixteen bands of frequency."""
    clip = np.asarray(clip, float)
    bands = np.array([band.sum() for band in np.array_split(np.abs(np.fft.rfft(clip, max(64, len(clip)))) ** 2, 16)])
    return np.array([clip.std(), np.abs(clip).max(), *np.log(bands / (bands.sum() + 1e-12) + 1e-9)])


def _of_text(text: str) -> np.ndarray:
    """Its length, and how often each letter comes."""
    return np.array(
        [len(text), *np.bincount([ord(letter) % 128 for letter in text], minlength=128) / max(1, len(text))]
    )


def _of_music(piece: np.ndarray) -> np.ndarray:
    """How often each pitch class comes, rests, the pitch, and how often notes change."""
    piece, sounds = np.asarray(piece, int), np.asarray(piece)[np.asarray(piece) >= 0]
    classes = np.bincount(sounds % 12, minlength=12) / max(1, len(sounds))
    return np.array(
        [*classes, len(sounds) / piece.size, sounds.mean() if len(sounds) else 0, (piece[1:] != piece[:-1]).mean()]
    )


STATISTICS: dict[str, Callable[[object], np.ndarray]] = {
    "images": _of_image, "audio": _of_sound, "sequences": _of_text, "music": _of_music,
}  # fmt: skip


def _fresh_items(folder: Path, file: str, name: str, runs: dict[str, Path], metric: str) -> dict:
    """The number of each family's samples, measured with items that no comparison saw, and whether the first family is
    clearly worse than another."""
    (folder / "fresh").mkdir()
    fresh = FILES[name].make(folder / "fresh", True)
    samples = [f"{family}{FILES[name].suffix}" for family in runs]
    for written, run in zip(samples, runs.values()):
        _require_done(genwright_in(folder, "sample", run, "-n", FRESH, "--out", written))
    words = ["--test", f"fresh/{fresh}", *FILES[name].words, "--out", "measured"]
    _require_done(genwright_in(folder, "measure", file, *samples, *words))
    results = read(folder / "measured")
    ranked = ranking(results, metric)
    best = tied_families(results, ranked)
    numbers = {row.family: row.metrics[metric]["value"] for row in results.models}
    return {"fresh": numbers, "unlike": samples[0] not in best}


def _fresh_links(folder: Path, file: str, name: str, runs: dict[str, Path]) -> dict:
    """AUC of each family on edges that no comparison saw, and whether the first is clearly worse than another: by more
    than two standard errors of the difference, over 200 draws of the edges with replacement."""
    (folder / "fresh").mkdir()
    read_pairs = lambda path: pd.read_csv(path).to_numpy()
    known, fresh = read_pairs(folder / file), read_pairs(folder / "fresh" / FILES[name].make(folder / "fresh", True))
    rng, people = np.random.default_rng(0), np.unique(known)
    edges = {frozenset(pair) for pair in [*known, *fresh]}
    apart = [
        pair for pair in rng.choice(people, (4 * len(fresh), 2)) if len({*pair}) == 2 and frozenset(pair) not in edges
    ]
    y = np.repeat([1, 0], [len(fresh), len(fresh)])
    pairs = np.concatenate([fresh, apart[: len(fresh)]])
    data = genwright.load_data(folder / file, **FILES[name].options)
    score = {
        family: load_model(run, "cpu").predict(data, pairs)["probability"].to_numpy() for family, run in runs.items()
    }
    draws = [
        rng.permutation(np.r_[rng.choice(len(fresh), len(fresh)), len(fresh) + rng.choice(len(fresh), len(fresh))])
        for _ in range(200)
    ]
    auc = {family: np.array([roc_auc_score(y[rows], p[rows]) for rows in draws]) for family, p in score.items()}
    (_, first), *others = auc.items()
    worse = [(other - first).mean() > 2 * (other - first).std() for _, other in others]
    return {"fresh": {family: round(roc_auc_score(y, p), 4) for family, p in score.items()}, "unlike": any(worse)}


def _require_done(done: subprocess.CompletedProcess) -> None:
    if done.returncode:
        raise CommandFailed(f"{' '.join(map(str, done.args[3:]))} failed: {done.stderr[-800:]}")
