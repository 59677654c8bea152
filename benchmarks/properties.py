"""Properties of molecules: against chemprop and descriptors, intervals, a library, screening (rows J6, J7)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from itertools import product
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
from bars import Run, benchmark, details_of, plans
from common import GENWRIGHT, ONE_THREAD, Result, data_folder, killed_after, moses_library, on_cores, run_command, se_of
from scipy.stats import rankdata
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.metrics import roc_auc_score

import genwright
from genwright.measure.intervals import area_influence as of_area
from genwright.measure.metrics.predictions import average_precision, enrichment
from genwright.molecules.chemistry.descriptors import descriptors
from genwright.molecules.chemistry.fingerprints import morgan_counts, nearest, packed
from genwright.molecules.chemistry.measured import find_direction
from genwright.molecules.chemistry.standards import parent_of, quiet_rdkit
from genwright.molecules.families.uncertainty import Calibration
from genwright.molecules.kinds.molecule_splits import BALANCED, split_scaffolds
from genwright.molecules.measure.properties_suite import suite
from genwright.molecules.screen.record import measured_of
from genwright.run.tasks import task_of

SETS = {  # name: file, column of SMILES, targets (None for all others), whether they are classes
    "ESOL": ("delaney-processed", "smiles", ["measured log solubility in mols per litre"], False),
    "FreeSolv": ("SAMPL", "smiles", ["expt"], False),
    "Lipophilicity": ("Lipophilicity", "smiles", ["exp"], False),
    "BBBP": ("BBBP", "smiles", ["BBBP"], True),
    "BACE": ("bace", "mol", ["Class"], True),
    "Tox21": ("tox21", "smiles", None, True),
}
FIVE = 0, 1, 2, 3, 4
SEEDS = {"ESOL": FIVE, "FreeSolv": FIVE, "Lipophilicity": FIVE[:3], "BBBP": FIVE, "BACE": FIVE, "Tox21": FIVE[:3]}
MINUTES, NETWORK, PEER, SIMPLE = 5.0, "dmpnn", "chemprop", ("forest", "linear")
SIDES = (PEER, *SIMPLE, "mean", NETWORK)
DMPNN = dict(system="J6", budget="five minutes of one core at most; chemprop 50 epochs", minutes=MINUTES)
PROPERTIES = plans(
    {
        **{name: (f"dmpnn with descriptors against chemprop, {name}: as good", "better by, share of chemprop's metric",
                  ">= 0", {"data": name, "seeds": seeds, "sides": (NETWORK, PEER)}) for name, seeds in SEEDS.items()},
        "all": ("dmpnn with descriptors against chemprop, six sets: as good",
                "better by, mean over sets of the share of chemprop's metric", ">= 0"),
        "simpler": ("dmpnn against the better of forest and linear on descriptors, six sets: as good",
                    "mean over sets of the share of the error (RMSE, 1 - AUC) that is saved", ">= 0"),
    },
    data="six sets of MoleculeNet", split="test, scaffold-balanced", seeds=FIVE, repeated="splits, a training each",
    unit="%", margin=2.0, **DMPNN,
)  # fmt: skip


@benchmark(plans=("PROPERTIES",), tiny={"sets": ("FreeSolv",), "sides": ("forest", "dmpnn")})
def properties(
    run: Run, chemprop: str | None = None, sides: tuple[str, ...] = SIDES, sets: tuple[str, ...] = tuple(SEEDS)
) -> Result:
    """Properties of molecules on six sets of MoleculeNet: D-MPNN against chemprop and against baselines on descriptors.

    --chemprop is the program of chemprop 2.3.1, by default that of runs/peers. Five `scaffold-balanced` splits of each
    set, the same for all sides; three of Lipophilicity and of Tox21, since chemprop takes 8 and 15 minutes for one of
    them. Every side trains on one core, at most five minutes. chemprop has its defaults, RDKit's descriptors and 50
    epochs. Where a side answers nothing, the training mean is scored, and counted as `lacking`. --sides and --sets
    measure a part. The record is written once all sides have every score.
    """

    def measured(name: str, seed: int, side: str) -> dict:
        (table, smiles, targets), classes, began = split_table(name, seed), SETS[name][-1], time.perf_counter()
        test, path = table[table["split"] == "test"], run.folder / f"{name}-{seed}.csv"
        table.to_csv(path, index=False)
        if side == PEER:
            from bench import environment
            from peers.chemprop import describe, of_chemprop

            program = chemprop or environment("chemprop").with_name("chemprop")
            describe(str(program), path, run.folder / f"{name}.npz", smiles)
            answers = of_chemprop(str(program), path, run.folder / f"{name}.npz", smiles, targets, classes)
        else:
            data = genwright.load_data(path, target=targets, split_column="split")
            budget = {"minutes": MINUTES} if side == NETWORK else {}
            found = run.fit(data, side, seed=seed, **budget).predict(test[smiles].tolist())
            columns = [f"p({target}=1)" for target in targets] if len(targets) > 1 else ["p(1)"]
            answers = found[columns if classes else targets].to_numpy(float)
        lacking = np.isnan(answers)
        answers = np.where(lacking, table.loc[table["split"] == "train", targets].mean().to_numpy(float), answers)
        seconds = round(time.perf_counter() - began)
        value = score(answers, test[targets].to_numpy(float), classes)
        return {"score": value, "lacking": int(lacking.sum()), "seconds": seconds}

    parts = {(name, side): {f"{name}-{seed}-{side}": partial(measured, name, seed, side) for seed in SEEDS[name]}
             for name, side in product(SEEDS, SIDES)}  # fmt: skip
    pieces = run.pieces(parts, product(sets, sides))
    if pieces is None:
        return None
    found = {name: {side: [pieces[piece] for piece in parts[name, side]] for side in SIDES} for name in SEEDS}
    return property_rows(found), found


def property_rows(found: dict[str, dict[str, list[dict]]]) -> list[dict]:
    """found: {set: {side: the score of each split}}."""
    rows, gains, saved = [], [], []
    for name in SEEDS:
        value = {side: np.array([one["score"] for one in scores]) for side, scores in found[name].items()}
        classes = SETS[name][-1]  # whose score is ROC-AUC; that of numbers is RMSE, less being better
        gain = 100 * (value[NETWORK] - value[PEER]) * (1 if classes else -1) / value[PEER].mean()
        gains.append((gain.mean(), se_of(gain)))
        means = {side: round(float(value[side].mean()), 4) for side in (NETWORK, PEER)}
        rows.append(PROPERTIES[name].row(*gains[-1], digits=2, **means))
        error = {side: (1 - one if classes else one).mean() for side, one in value.items()}
        best = min(error[side] for side in SIMPLE)
        saved.append(100 * (best - error[NETWORK]) / best)
    mean, errors = (np.array(column) for column in zip(*gains))
    every = PROPERTIES["all"].row(mean.mean(), np.linalg.norm(errors) / len(errors), digits=2)
    return [*rows, every, PROPERTIES["simpler"].row(float(np.mean(saved)), se_of(saved), digits=2)]


def score(answers: np.ndarray, measured: np.ndarray, classes: bool) -> float:
    """RMSE, or ROC-AUC; the mean over targets, of those that have both classes."""
    scores = []
    for answer, value in zip(answers.T, measured.T):
        known = ~np.isnan(value)
        if not classes:
            scores.append(float(np.sqrt(np.mean((answer[known] - value[known]) ** 2))))
        elif len(set(value[known])) == 2:
            scores.append(float(roc_auc_score(value[known], answer[known])))
    return float(np.mean(scores))


@cache
def split_table(name: str, seed: int) -> tuple[pd.DataFrame, str, list[str]]:
    """The molecules that RDKit reads, with their values and the part that they fall in: train, val or test."""
    file, smiles, targets, _ = SETS[name]
    table = pd.read_csv(data_folder("moleculenet", f"{file}.csv.gz"))
    targets = targets or [column for column in table if column not in (smiles, "mol_id")]
    with quiet_rdkit():
        from rdkit import Chem

        table = table[[Chem.MolFromSmiles(line.strip()) is not None for line in table[smiles]]]
    table = table[[smiles, *targets]].assign(**{smiles: table[smiles].str.strip()}).reset_index(drop=True)
    parts = split_scaffolds(table[smiles].tolist(), BALANCED, seed, name)
    return table.assign(split=["val" if part == "valid" else part for part in parts]), smiles, targets


# ---------------------------------------------------------------------- the default

BOOSTING, RIDGE, MEMBERS = "boosting", "linear", 5
DEFAULT_SIDES = (PEER, "forest", BOOSTING, RIDGE, NETWORK)
PASSES = {"FreeSolv": 150, "ESOL": 150, "BACE": 90, "BBBP": 90, "Lipophilicity": 60, "Tox21": 30}
SPLITS = {name: tuple(range(20 if name in ("FreeSolv", "ESOL") else 10)) for name in PASSES}
DEFAULT = plans(
    {
        **{name: (f"default against the best of {PEER}, forest, boosting and ridge, {name}: as good",
                  "better by, share of the best other's metric", ">= 0",
                  {"data": name, "seeds": seeds, "margin": 8.0 if len(seeds) == 20 else 2.0, "sides": DEFAULT_SIDES,
                   "budget": f"{PASSES[name]} passes, networks of 30 passes each; chemprop 50 epochs"})
           for name, seeds in SPLITS.items()},
        "rank": ("mean rank of the default among five sides, six sets: first",
                 "mean rank less that of the best other", "<= 0",
                 {"seeds": (0,), "margin": None, "over_seeds": "one", "repeated": "", "unit": "ranks"}),
    },
    system="J6", data="six sets of MoleculeNet", split="test, scaffold-balanced", repeated="splits, a training each",
    unit="%", budget="passes by set; chemprop 50 epochs", minutes=5.0,
)  # fmt: skip


@benchmark(plans=("DEFAULT",), tiny={"sets": ("FreeSolv",), "splits": 1})
def property_default(
    run: Run, chemprop: str | None = None, sets: tuple[str, ...] = tuple(PASSES), splits: int = 20
) -> Result:
    """The default for properties of molecules against chemprop, a forest, boosted trees and ridge, split by split.

    Ours has so many passes over the training molecules that an idle core makes in five minutes at most, and as many
    networks as passes allow. No clock decides. chemprop has as many networks, and its answer is their mean. The forest
    and ridge are our families; boosting is scikit-learn's, with its defaults, on the same descriptors. As ours does,
    the simple ones learn from validation molecules too. Small sets come first. A row has the splits that all sides have
    ended, and says how many those are. --sets and --splits measure a part; what the record has of the same protocol
    stays as it is.
    """
    sides = tuple(side for side in DEFAULT_SIDES if not (run.trial and side == PEER))

    def measured(name: str, seed: int, side: str) -> dict:
        (table, smiles, targets), classes, began = split_table(name, seed), SETS[name][-1], sum(os.times()[:4])
        test, path = table[table["split"] == "test"], run.folder / f"{name}-{seed}.csv"
        table.to_csv(path, index=False)
        if side == PEER:
            from bench import environment
            from peers.chemprop import describe, of_chemprop

            program = chemprop or environment("chemprop").with_name("chemprop")
            describe(str(program), path, run.folder / f"{name}.npz", smiles)
            paths = path, run.folder / f"{name}.npz"
            answers = of_chemprop(str(program), *paths, smiles, targets, classes, networks=MEMBERS)
        elif side == BOOSTING:
            answers = boosted(table, smiles, targets, classes, seed)
        else:
            data = genwright.load_data(path, target=targets, split_column="split")
            how = {"epochs": PASSES[name]} if side == NETWORK else {"rows": "trainval"}
            predicted = run.fit(data, side, seed=seed, **how).predict(test[smiles].tolist())
            columns = [f"p({target}=1)" for target in targets] if len(targets) > 1 else ["p(1)"]
            answers = predicted[columns if classes else targets].to_numpy(float)
        lacking = np.isnan(answers)
        answers = np.where(lacking, table.loc[table["split"] == "train", targets].mean().to_numpy(float), answers)
        value = score(answers, test[targets].to_numpy(float), classes)
        return {"score": value, "lacking": int(lacking.sum()), "seconds": round(sum(os.times()[:4]) - began)}

    before = {} if run.trial else details_of("property_default")
    before = before if before.get("networks of chemprop") == MEMBERS else {}  # earlier, peers got less than ours
    kept = {name: {int(seed): one for seed, one in before.get(name, {}).items()} for name in SPLITS}
    for name in sets:
        for seed in SPLITS[name][:splits]:
            known = kept[name].setdefault(seed, {})
            for side in sides:
                if side not in known:
                    known[side] = run.kept(f"{name}-{seed}-{side}", partial(measured, name, seed, side))["score"]
    return ([] if run.trial else list(default_rows(kept))), kept | {"networks of chemprop": MEMBERS}


def default_rows(kept: dict[str, dict[int, dict[str, float]]]) -> Iterator[dict]:
    """kept: {set: {split: {side: its score}}}. A set needs three splits for its row, the ranks need every set."""
    ranks = []
    for name, splits in kept.items():
        each = {seed: scores for seed, scores in splits.items() if len(scores) == len(DEFAULT_SIDES)}
        if len(each) < 3:
            continue
        sign = 1 if SETS[name][-1] else -1
        value = {side: np.array([scores[side] for scores in each.values()]) for side in DEFAULT_SIDES}
        means = {side: round(float(one.mean()), 4) for side, one in value.items()}
        best = max(DEFAULT_SIDES[:-1], key=lambda side: sign * value[side].mean())
        gain = 100 * sign * (value[NETWORK] - value[best]) / value[best].mean()
        how = {"note": f"best other: {best}", "so_far": so_far(len(each), name)}
        yield replace(DEFAULT[name], seeds=tuple(each)).row(gain.mean(), se_of(gain), digits=2, **how, **means)
        ranks.append(rankdata([-sign * value[side].mean() for side in DEFAULT_SIDES]))
    if len(ranks) == len(SPLITS):
        *others, ours = np.mean(ranks, 0)
        yield DEFAULT["rank"].row(float(ours - min(others)), digits=2)


def so_far(count: int, name: str) -> str:
    """The splits of a set that were measured, where more are planned."""
    planned = len(SPLITS[name])
    return f"{count} of {planned} splits" if count < planned else ""


def boosted(table: pd.DataFrame, smiles: str, targets: list[str], classes: bool, seed: int) -> np.ndarray:
    """(n, targets) answers about test molecules by scikit-learn's boosted trees on RDKit's descriptors."""
    kind, test = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor, table["split"] == "test"
    x, columns = descriptors(table[smiles].tolist()).astype(float), []
    x = np.clip(x, -1e30, 1e30)
    for target in targets:
        some = ~test & table[target].notna()
        trees = kind(random_state=seed).fit(x[some], table.loc[some, target])
        columns.append(trees.predict_proba(x[test])[:, 1] if classes else trees.predict(x[test]))
    return np.stack(columns, 1)


# ---------------------------------------------------------------------- belief

NUMBERS, CLASSES, MANY, FOREST = ("ESOL", "Lipophilicity"), ("BBBP", "BACE"), "Tox21", "forest"
RANDOM, SCAFFOLD = "random", "scaffold-balanced"
NEW = dict(split=f"test, {SCAFFOLD}", seeds=FIVE[:2])
INSIDE = "90% intervals of dmpnn: answers inside"
BELIEF = plans(
    {
        "least": (f"{INSIDE}, at least", "share", ">= 0.87"),
        "most": (f"{INSIDE}, at most", "share", "<= 0.93"),
        "scaffolds": (f"{INSIDE}, new scaffolds", "share", "shown", NEW),
        "inside": (f"{INSIDE}, new scaffolds near to training", "share", ">= 0.85", NEW),
        "better": ("calibration error of a calibrated ensemble of five below that of one network", "of six splits",
                   ">= 5", NEW | {"data": " and ".join(CLASSES), "seeds": FIVE[:3]}),
        "tox21": ("calibration error of a calibrated ensemble of five", "mean over targets", "<= 0.05",
                  NEW | {"data": MANY, "seeds": FIVE[:1]}),
        "width": ("90% intervals: mean width, dmpnn over forest", "geometric mean over sets", "< 1",
                  {"sides": (NETWORK, FOREST), "over_seeds": "mean", "seeds": FIVE}),
    },
    data=" and ".join(NUMBERS), split=f"test, {RANDOM}", seeds=FIVE, over_seeds="pooled", repeated="splits",
    system="J6", minutes=MINUTES,
    budget="five minutes of one core at most",
)  # fmt: skip


@benchmark(plans=("BELIEF",))
def property_belief(run: Run) -> Result:
    """How far predicted properties of molecules can be believed: intervals of numbers, probabilities of classes.

    Intervals: D-MPNN and forest on five random splits of ESOL and Lipophilicity (FreeSolv has too few molecules that
    validate), and, for reading, on two scaffold-balanced ones. Classes: an ensemble of five at its temperature against
    one network as it is, on three scaffold-balanced splits of BBBP and BACE; the ensemble alone on one of Tox21.
    """

    def loaded(name: str, way: str, seed: int):
        table, _, targets = split_table(name, seed)
        table, split = (table, {"split_column": "split"}) if way == SCAFFOLD else (table.drop(columns="split"), {})
        return task_of(genwright.load_data(table, target=targets, seed=seed, **split), None)

    def interval(name: str, way: str, side: str, seed: int) -> dict:
        """How many test answers lie in their interval, of how many; the same near to training; the width."""
        data = loaded(name, way, seed)
        model = run.fit(data, side, seed=seed, **({"minutes": MINUTES} if side == NETWORK else {}))
        found = suite(data)(data).measure(model).metrics
        held, near = found["coverage"], found["coverage_inside"]
        inside = {"held_inside": near.value * near.n, "n_inside": near.n}
        return {"held": held.value * held.n, "n": held.n, "width": found["width"].value} | inside

    def calibrations(name: str, sides: dict[str, int], seed: int) -> dict:
        """Calibration errors: of an "ensemble" at its temperature, and of a "single" network as it is."""
        data, found = loaded(name, SCAFFOLD, seed), {}
        for side, members in sides.items():
            model = run.fit(data, NETWORK, ensemble=members, minutes=MINUTES, seed=seed)
            if side == "single":
                model.family.calibration = Calibration.none(data.domain.targets).to_rows()
            found[side] = suite(data)(data).measure(model).metrics["calibration"].value
        return found

    one = lambda *key: run.kept("-".join(map(str, key)), lambda: interval(*key))
    each = lambda name, way, side, seeds: [one(name, way, side, seed) for seed in seeds]
    ways = {RANDOM: (FIVE, (NETWORK, FOREST)), SCAFFOLD: (FIVE[:2], (NETWORK,))}
    intervals = {
        way: {name: {side: each(name, way, side, seeds) for side in sides} for name in NUMBERS}
        for way, (seeds, sides) in ways.items()
    }
    members, errors = {"ensemble": 5, "single": 1}, {}
    for name in (*CLASSES, MANY):
        sides, seeds = (["ensemble"], FIVE[:1]) if name == MANY else (list(members), FIVE[:3])
        asked = {side: members[side] for side in sides}
        errors[name] = [run.kept(f"{name}-classes-{s}", lambda: calibrations(name, asked, s)) for s in seeds]

    def pooled(way: str, inside: str = "") -> float:
        parts = [one for name in NUMBERS for one in intervals[way][name][NETWORK]]
        return sum(part[f"held{inside}"] for part in parts) / sum(part[f"n{inside}"] for part in parts)

    values = {"least": pooled(RANDOM), "most": pooled(RANDOM), "scaffolds": pooled(SCAFFOLD)}
    values["inside"] = pooled(SCAFFOLD, "_inside")
    values["better"] = sum(one["ensemble"] < one["single"] for name in CLASSES for one in errors[name])
    values["tox21"] = float(np.mean([one["ensemble"] for one in errors[MANY]]))
    rows = [BELIEF[name].row(value, digits=3) for name, value in values.items()]
    return [*rows, width_row(intervals[RANDOM])], {"intervals": intervals, "classes": errors}


def width_row(intervals: dict[str, dict[str, list[dict]]]) -> dict:
    """intervals: {set: {side: those of each split}}."""
    width = lambda side: np.array([[one["width"] for one in intervals[name][side]] for name in NUMBERS])
    widths = {side: width(side) for side in (NETWORK, FOREST)}
    ratio = np.exp(np.log(widths[NETWORK] / widths[FOREST]).mean(0))  # of each split
    sides = {side: round(float(found.mean()), 3) for side, found in widths.items()}
    return BELIEF["width"].row(float(ratio.mean()), se_of(ratio), digits=3, **sides)


# ---------------------------------------------------------------------- a library

LONGEST, FEW, MANY_LINES, MOST, ROUNDS = 570.0, 10_000, 100_000, 1_000_000, 3  # seconds of a command; molecules
SPEED = dict(budget=f"{FEW:,} molecules, descriptors computed")
MEMORY = dict(sides=("few_MiB", "many_MiB", "many"))
PREDICT = plans(
    {
        **{name: (f"predict with descriptors, {name} core{'s' * (name == 'two')}",
                  f"median of {ROUNDS} runs, start included", f">= {least} molecules a second", SPEED)
           for name, least in (("one", 100), ("two", 200))},
        "many": (f"predict with descriptors: memory of {MANY_LINES:,} molecules over that of {FEW:,}",
                 "ratio of peak memory", "<= 1.2 times", MEMORY | {"budget": f"{MANY_LINES:,} molecules, two cores"}),
        "most": (f"predict without descriptors: memory of up to {MOST:,} molecules over that of {FEW:,}",
                 "ratio of peak memory", "<= 1.2 times",
                 MEMORY | {"budget": f"as many molecules, up to {MOST:,}, as two cores predict in ten minutes"}),
    },
    system="J6", data="MOSES, by a D-MPNN of ESOL", split="train", seeds=(0,),
)  # fmt: skip


@benchmark(plans=("PREDICT",), tiny={"few": 50, "many": 100})
def property_predict(run: Run, few: int = FEW, many: int = MANY_LINES) -> Result:
    """How fast `genwright predict` answers about a library of molecules, and how much memory it takes.

    The command runs as a person runs it, in processes of its own that may use one core or two, on distinct molecules of
    MOSES; its time holds its start. Two D-MPNNs answer, trained for a moment on ESOL: one reads RDKit's descriptors,
    which an empty cache folder makes each run compute, the other (`plain`) reads none. Memory is the sum of the peaks
    of all processes of a command. No command runs for longer than 570 seconds: the largest library is as large as that
    allows.
    """
    esol = pd.read_csv(data_folder("moleculenet", "delaney-processed.csv.gz"))
    data = genwright.load_data(esol, target="measured log solubility in mols per litre")
    for preset in ("default", "plain"):
        run.fit(data, "dmpnn", preset, preset=preset, epochs=10)

    def predicted(name: str, preset: str, count: int, cores: int) -> dict:
        """Seconds, seconds of all processors, and the sum of the peaks of memory of a command. A command that takes too
        long ends the program; the next one finds the descriptors that it computed."""
        cache_of, out = run.folder / f"cache-{name}", run.folder / f"{name}.csv"
        if count == few:  # of which a run that was stopped may have computed some
            shutil.rmtree(cache_of, ignore_errors=True)
        words = ["predict", run.folder / preset, moses_library(run.folder, count), "--out", out]
        took = run_command(words, cores, seconds=LONGEST, XDG_CACHE_HOME=str(cache_of), **ONE_THREAD)
        if not took["done"]:
            sys.exit(f"{name} took more than {LONGEST:.0f} seconds: run the same command again on idle cores")
        with out.open() as file:
            rows = sum(1 for _ in file) - 1
        assert rows == count, f"{rows} rows of {count} molecules"
        for path in (out, out.with_suffix(".columns.txt")):
            path.unlink()
        shutil.rmtree(cache_of, ignore_errors=True)
        return {"molecules": count} | took

    measured = lambda name, *how: run.kept(name, lambda: predicted(name, *how))
    turns = [{side: measured(f"{side}-{turn}", "default", few, 1 + (side == "two")) for side in ("one", "two")}
             for turn in range(run.small(ROUNDS, 1))]  # fmt: skip
    described = {side: [turn[side] for turn in turns] for side in ("one", "two")}
    speed = lambda runs: median(one["molecules"] / one["seconds"] for one in runs)
    rows = [PREDICT[side].row(speed(runs), digits=1) for side, runs in described.items()]
    both = [measured(name, "default", count, 2) for name, count in (("few", few), ("many", many))]
    plain = [measured(f"plain-{count}", "plain", count, 2) for count in (few, many)]
    affordable = int(0.9 * LONGEST * plain[-1]["molecules"] / plain[-1]["seconds"]) // few * few
    plain.append(measured("plain-most", "plain", run.small(min(affordable, MOST), 2 * many), 2))
    for name, (low, high) in (("many", both), ("most", (plain[0], plain[-1]))):
        sides = {"few_MiB": round(low["MiB"]), "many_MiB": round(high["MiB"]), "many": high["molecules"]}
        rows.append(PREDICT[name].row(high["MiB"] / low["MiB"], digits=3, **sides))
    return rows, {**described, "described": both, "plain": plain}


# ---------------------------------------------------------------------- screening

TARGET, HALICIN = "activity", "Nc1nnc(Sc2ncc([N+](=O)[O-])s2)s1"
WAYS = {RANDOM: tuple(range(10)), SCAFFOLD: FIVE}
OURS, NEAR, CONTRAST = "default", "nearest_active", "nearest_active_less_inactive"
SCREENED = OURS, FOREST, NEAR, CONTRAST
FAMILIES = {
    "beta-lactams": "O=C1CCN1",
    "fluoroquinolones": "O=c1c(C(=O)[O])cn([#6])c2[c,n][c,n]c(F)cc12",
    "tetracyclines": "NC(=O)C1~C~C~C2~C~C3~C~c4~c~c~c~c~c4~C~C~3~C~C~2~C~1",
    "nitro-heterocycles": "[O-][N+](=O)[c;r5]",
}
LARGE, PIECE = {"lines-100000": 100_000, "million": 1_000_000}, 540.0  # lines; seconds of a piece
KILLS, WINDOW = 20, (0.2, 0.9)  # shares of the time of a screen, within which it is killed
BETTER = "better by, share of the other's metric"
ON_SPLITS = {RANDOM: ("ten random", "the forest's"), SCAFFOLD: ("five scaffold-balanced",
             "the best of forest and nearest active")}  # fmt: skip
FIGURES = {"auc": "ROC-AUC", "ap": "average precision", "ef1": "enrichment at 1%"}
ONCE = dict(split="the library", over_seeds="one")
SPLIT_PASSES = 32  # which an idle core makes in two minutes
SPLIT_BUDGET = f"{SPLIT_PASSES} passes: two minutes of an idle core"
SCREENING = plans(
    {
        **{(way, key): (f"{FIGURES[key]}{' on new scaffolds' * (way == SCAFFOLD)} against {ON_SPLITS[way][1]}: as good",
                        BETTER, wanted, {"split": f"test, {ON_SPLITS[way][0]}", "seeds": WAYS[way], "sides": SCREENED,
                                 "budget": SPLIT_BUDGET,
                                 "repeated": "splits, a training each", "unit": "%", "margin": 2.0})
           for way, key, wanted in ((RANDOM, "auc", ">= 0"), (RANDOM, "ap", ">= 0"), (RANDOM, "ef1", ">= 0"),
                                    (SCAFFOLD, "auc", ">= 0"), (SCAFFOLD, "ap", "shown"))},
        "halicin": ("rank of halicin in the library without training molecules", "mean of five screens", "<= 300",
                    {"split": "the library", "seeds": FIVE, "repeated": "trainings", "sides": (OURS, FOREST, NEAR)}),
        "families": ("families left out: recall in the top 5% above the nearest active's", "of four families", ">= 3",
                     ONCE),
        "seconds": ("from the assay and the library to the page", "seconds of one core", "<= 300 s", ONCE),
        "page": ("bytes of the page", "bytes", "<= 3,000,000", ONCE | {"minutes": 0.0}),
        "memory": ("memory of 10^6 lines over that of 10^5", "ratio of peaks", "<= 1.1",
                   ONCE | {"data": "MOSES", "budget": "known actives", "minutes": 0.0}),
        "kills": ("screens that ended with another ranked.csv after 20 kills", "screens", "<= 0",
                  ONCE | {"budget": "a forest", "minutes": 0.0}),
    },
    system="J7", data="antibiotics", budget="2 minutes of one core", minutes=2.0, seeds=(0,),
)  # fmt: skip
PARTS = ("splits", "halicin", "families", "person", "million", "kills")


@benchmark(plans=("SCREENING",), tiny={"part": ("families",)})
def screening(run: Run, part: tuple[str, ...] = PARTS) -> Result:
    """Drug screening on the antibiotics of Stokes et al. 2020: splits, halicin, families left out, and a person's use.

    splits: ten random 80/10/10 splits and five scaffold-balanced ones; the default of `screen --assay` (two
    minutes of one core) beside a random forest on Morgan fingerprints, the nearest active, and the nearest active
    less the nearest inactive. halicin: its rank in the Broad library by five screens with the default; nothing was
    tuned on it. families: a family of antibiotics is left out of training; its actives are ranked among the library's
    other molecules. person: the command, from the assay and the library to the page, with no descriptor computed
    before. million: 10^6 lines of MOSES by known actives; it needs the command again until it ends. kills: a screen
    that is killed 20 times. A piece takes at most ten minutes of one core.
    """
    place, minutes = run.folder, run.small(2.0, 0.05)
    assay, drugs = (data_folder("antibiotics", name) for name in ("ecoli.csv", "broad_repurposing_library.csv.gz"))
    pieces: dict[str, dict[str, Callable[[], dict]]] = {
        "splits": {
            f"{way}-{seed}-{side}": partial(of_split, run, assay, way, seed, side)
            for way, seeds in WAYS.items()
            for side, seed in product(SCREENED, seeds)
        },
        "halicin": {f"halicin-{seed}": partial(rank_of_halicin, run, assay, drugs, minutes, seed) for seed in FIVE},
        "families": {f"family-{name}": partial(left_out, run, name, assay, drugs, minutes)
                     for name in run.small(list(FAMILIES), list(FAMILIES)[:1])},
        "person": {"person": partial(as_a_person, place, assay, drugs)},
        "million": {name: partial(screen_piece, place, name, assay, count) for name, count in LARGE.items()},
        "kills": {"kills": partial(kill_screens, place, assay, drugs)},
    }  # fmt: skip
    run.pieces(pieces, part)
    before = {} if run.trial else details_of("screening")
    found = before | {path.stem: run.part(path.stem) for path in sorted(place.glob("*.json"))}
    return list(screening_rows(found)), found


def screening_rows(found: dict[str, dict]) -> Iterator[dict]:
    """Of every part that was measured to its end."""
    for (way, key), plan in ((key, plan) for key, plan in SCREENING.items() if isinstance(key, tuple)):
        each = {side: [found.get(f"{way}-{seed}-{side}") for seed in WAYS[way]] for side in SCREENED}
        if all(one for several in each.values() for one in several):
            values = {side: np.array([one[key] for one in each[side]]) for side in SCREENED}
            best = max([FOREST] if way == RANDOM else SCREENED[1:], key=lambda side: values[side].mean())
            gain, sides = values[OURS] - values[best], {s: round(float(v.mean()), 4) for s, v in values.items()}
            gain *= 100 / values[best].mean()
            yield plan.row(gain.mean(), se_of(gain), digits=2, **sides)
    ranks = [found[name]["rank"] for seed in FIVE if (name := f"halicin-{seed}") in found]
    if len(ranks) == len(FIVE):
        simple = {side: float(np.mean([found[f"halicin-{seed}"][side] for seed in FIVE])) for side in (FOREST, NEAR)}
        yield SCREENING["halicin"].row(np.mean(ranks), se_of(ranks), digits=1, **{OURS: float(np.mean(ranks))} | simple)
    families = [found.get(f"family-{name}") for name in FAMILIES]
    if all(families):
        yield SCREENING["families"].row(sum(one[OURS] > one[NEAR] for one in families))
    if "person" in found:
        yield SCREENING["seconds"].row(found["person"]["seconds"], digits=1)
        yield SCREENING["page"].row(found["person"]["page"])
    if set(LARGE) <= set(found):
        yield SCREENING["memory"].row(found["million"]["MiB"] / found["lines-100000"]["MiB"], digits=3)
    if "kills" in found:
        yield SCREENING["kills"].row(found["kills"]["other"])


def of_split(run: Run, assay: Path, way: str, seed: int, side: str) -> dict:
    table, split = pd.read_csv(assay), {"split": SCAFFOLD} if way == SCAFFOLD else {"split_column": "split"}
    if way == RANDOM:
        place = np.random.default_rng(seed).permutation(len(table)) / len(table)
        table["split"] = np.select([place < 0.1, place < 0.2], ["test", "valid"], "train")
    data = task_of(genwright.load_data(table, target=TARGET, seed=seed, **split), None)
    smiles, direction = np.array(data.whole.smiles, object), find_direction(data.domain.targets[0])
    active = measured_of(data.whole, direction).active
    learned, test = np.flatnonzero(data.whole.parts != "test"), data.tensors("test").x.numpy()
    known, is_active, asked = smiles[learned], active[learned], smiles[test]
    near = lambda some: nearest(packed(morgan_counts(asked)), packed(morgan_counts(some)))[0]
    if side == OURS:
        model = run.fit(data, epochs=SPLIT_PASSES, seed=seed)
        score = model.predict(asked.tolist())[f"p({direction.positive})"].to_numpy(float)
    elif side == FOREST:
        bits = [morgan_counts(each) > 0 for each in (known, asked)]
        forest = RandomForestClassifier(200, class_weight="balanced", random_state=seed).fit(bits[0], is_active)
        score = forest.predict_proba(bits[1])[:, 1]
    else:
        score = near(known[is_active]) - (near(known[~is_active]) if side == CONTRAST else 0)
    y = active[test]
    found = {"auc": float(of_area(y, score).mean()), "ap": float(average_precision(y, score).mean())}
    return found | {"ef1": enrichment(y, score), "actives": int(y.sum()), "test": len(y)}


def ranked_of(done) -> pd.DataFrame:
    return pd.read_csv(done.ranked, dtype=str, keep_default_na=False)


def rank_of_halicin(run: Run, assay: Path, drugs: Path, minutes: float, seed: int) -> dict:
    how = dict(target=TARGET, minutes=minutes, seed=seed, out=run.begin(f"screen-{seed}"))
    done = genwright.screen(drugs, progress=False, assay=assay, **how)
    table = ranked_of(done)
    (row,) = table[table["smiles"] == HALICIN].to_dict("records")
    ranked = table[table["rank"] != ""]["smiles"].tolist()
    simple = {side: simple_rank(assay, ranked, side, seed) for side in (FOREST, NEAR)}
    return {"rank": float(row["rank"]), "score": float(row["score"]), "kept": done.summary["kept"]} | simple


def simple_rank(assay: Path, library: list[str], side: str, seed: int) -> float:
    """The rank of halicin among the molecules of a library by a forest on fingerprints, or by the nearest active; equal
    scores share their mean rank."""
    data = task_of(genwright.load_data(assay, target=TARGET), None)
    active = measured_of(data.whole, find_direction(data.domain.targets[0])).active
    bits, asked = (morgan_counts(each) > 0 for each in (data.whole.smiles, library))
    if side == FOREST:
        forest = RandomForestClassifier(200, class_weight="balanced", random_state=seed).fit(bits, active)
        scores = forest.predict_proba(asked)[:, 1]
    else:
        scores = nearest(packed(asked), packed(bits[active]))[0]
    return float(rankdata(-scores)[library.index(HALICIN)])


def left_out(run: Run, name: str, assay: Path, drugs: Path, minutes: float) -> dict:
    """The share of a family's actives in the top 5% of the library, by our default and by the nearest active, which
    both know no molecule of the family."""
    from rdkit import Chem

    place = run.begin(f"family-{name}-run")
    pattern, table, others = Chem.MolFromSmarts(FAMILIES[name]), pd.read_csv(assay), []
    with quiet_rdkit():
        read = [Chem.MolFromSmiles(text) for text in table["smiles"]]
        table, read = table[[mol is not None for mol in read]], [mol for mol in read if mol is not None]
        family = np.array([mol.HasSubstructMatch(pattern) for mol in read])
        measured = {parent_of(Chem.MolToSmiles(mol)) for mol in read}
        for text in pd.read_csv(drugs)["smiles"]:
            mol = Chem.MolFromSmiles(text)
            if mol and not mol.HasSubstructMatch(pattern) and parent_of(Chem.MolToSmiles(mol)) not in measured:
                others.append(text)
    sought, active = table[family & (table[TARGET] == 1)]["smiles"], table[TARGET] == 1
    place.mkdir(parents=True, exist_ok=True)
    lines = [*(f"{text} other" for text in others), *(f"{text} sought" for text in sought)]
    (place / "library.smi").write_text("\n".join(lines) + "\n")
    table[~family].to_csv(place / "assay.csv", index=False)
    table[~family & active][["smiles"]].to_csv(place / "actives.csv", index=False)
    ways = {OURS: dict(assay=place / "assay.csv", target=TARGET, minutes=minutes)}
    ways |= {NEAR: dict(actives=place / "actives.csv")}
    found: dict = {"family": int(family.sum()), "sought": len(sought), "library": len(others)}
    for side, known in ways.items():
        done = genwright.screen(place / "library.smi", progress=False, out=place / side, **known)
        table = ranked_of(done)
        ranks = pd.to_numeric(table[table["name"] == "sought"]["rank"])
        found[side] = float((ranks <= 0.05 * done.summary["kept"]).sum() / len(sought))
    return found


def screen_words(out: Path, *words: object) -> list[str]:
    return ["screen", *map(str, words), "--out", str(out), "-q"]


def as_a_person(folder: Path, assay: Path, drugs: Path) -> dict:
    out, cache_of = folder / "person-hits", folder / "person-cache"
    for old in (out, cache_of):
        shutil.rmtree(old, ignore_errors=True)
    words = screen_words(out, drugs, "--assay", assay, "--target", TARGET, "--minutes", 2.0)
    took = run_command(words, XDG_CACHE_HOME=str(cache_of), **ONE_THREAD)
    page = (out / "report.html").read_text()
    assert "Molecules to buy" in page and "How deep" in page
    return {"seconds": took["processor"], "wall": took["seconds"], "page": len(page.encode())}


def screen_piece(folder: Path, name: str, assay: Path, count: int) -> dict:
    """Screen for one piece of time, and end the program if that was not enough. The peak of memory is that of all
    pieces."""
    out, peak, actives, table = (
        folder / f"{name}-hits",
        folder / f"{name}.peak",
        folder / "actives.csv",
        pd.read_csv(assay),
    )
    table[table[TARGET] == 1][["smiles"]].to_csv(actives, index=False)
    words = screen_words(out, moses_library(folder, count), "--actives", actives)
    took = run_command(words, seconds=PIECE, **ONE_THREAD)
    most = max(took["MiB"], float(peak.read_text()) if peak.exists() else 0.0)
    peak.write_text(str(most))
    if not took["done"]:
        sys.exit(f"{name}: run the same command again to resume")
    with (out / "ranked.csv").open() as file:
        return {"MiB": most, "lines": sum(1 for _ in file) - 1}


def kill_screens(folder: Path, assay: Path, drugs: Path, target: str = TARGET, kills: int = KILLS) -> dict:
    """How many screens end with another ranked.csv than one that was left alone, after so many kills in all.

    Args:
        folder: of the screens.
        assay: table that the model is trained on.
        drugs: library that is screened.
        target: column of the assay.
        kills: in all, at random moments of a screen.
    """
    model, rng, done, other, ended = folder / "forest", np.random.default_rng(0), 0, 0, 0
    genwright.fit(genwright.load_data(assay, target=target), "forest", out=model, progress=False)
    out, environment = folder / "killed", os.environ | ONE_THREAD
    took = run_command(screen_words(folder / "alone", drugs, "--run", model), **ONE_THREAD)["seconds"]
    right = (folder / "alone" / "ranked.csv").read_bytes()
    while done < kills or not ended:
        command = [*on_cores(1), *GENWRIGHT, *screen_words(out, drugs, "--run", model)]
        process = subprocess.Popen(command, env=environment)
        if killed_after(process, took * rng.uniform(*WINDOW) if done < kills else None):
            done += 1
            continue
        ended += 1
        other += (out / "ranked.csv").read_bytes() != right
        shutil.rmtree(out)
    return {"kills": done, "ended": ended, "other": other}
