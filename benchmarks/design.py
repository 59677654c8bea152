"""Designing molecules for a goal: what does a family find within 10,000 calls of a score?

    python benchmarks/design.py --folder runs/design

Five tasks that looking at molecules does not solve: rediscovery of celecoxib and of troglitazone, perindopril and
amlodipine MPO (GuacaMol, Brown et al. 2019), and constrained penalised logP (Jin et al. 2018; the lowest molecules of
ZINC's test part, similarity of at least .4). Families start from 100 molecules of ZINC's validation part;
`best-of-data` looks at molecules of MOSES. Each (task, family, seed) stands in the folder as it is measured: run the
same command again to resume. A search ends at 10,000 calls or after ten minutes.

Then the oracle is killed 30 times, and a score that crashes, hangs or answers nonsense is tried in 24 ways.
`--calls N`, `--only TASK` and `--families A,B` try a part, and record nothing.
"""

from __future__ import annotations

import argparse
import gzip
import math
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import pandas as pd
from bars import ROOT, Plan, kept, record

import genwright
from genwright.chemistry.standards import quiet_rdkit
from genwright.designing.families import FAMILIES
from genwright.designing.limits import Limits, molecule_of
from genwright.designing.result import area, curve_of

DATA = Path(os.environ.get("GENWRIGHT_DATA", ROOT / "data"))
CALLS, EARLY, MINUTES, SEEDS = 10_000, 2_000, 10.0, (0, 1, 2)
STARTS, LOOKED_AT = 100, 10_000  # molecules that families start from, and that `best-of-data` may look at
LOWEST, LEADS, SIMILAR = 800, 20, 0.4  # of constrained penalised logP
KILLS, KILLED_CALLS = 30, 1_000
FAMILIES_MEASURED = ("genetic", "random-edits", "best-of-data", "reinvent")
LEARNED, PRIOR_MINUTES = 100_000, 10.0  # molecules of MOSES, minutes, of the string model that reinvent begins with
NAMED = {
    "celecoxib": "CC1=CC=C(C=C1)C1=CC(=NN1C1=CC=C(C=C1)S(N)(=O)=O)C(F)(F)F",
    "troglitazone": "Cc1c(C)c2OC(C)(COc3ccc(CC4SC(=O)NC4=O)cc3)CCc2c(C)c1O",
    "perindopril": "O=C(OCC)C(NC(C(=O)N1C(C(=O)O)CC2CCCCC12)C)CCC",
    "amlodipine": r"Clc1ccccc1C2C(=C(/N/C(=C2/C(=O)OCC)COCCN)C)\C(=O)OC",
}
TASKS = ("celecoxib", "troglitazone", "perindopril", "amlodipine", "penalised logP")
EARLY_BARS = {"celecoxib": 0.45, "perindopril": 0.47, "amlodipine": 0.53}  # of genetic, best-10 mean after EARLY calls
ZINC_MEANS = {"logp": (2.457, 1.434), "sa": (3.053, 0.834), "ring": (0.0486, 0.286)}


def plan(what: str, metric: str, **bar) -> Plan:
    data = f"starts: {STARTS} of ZINC's validation part; looked at: {LOOKED_AT:,} of MOSES"
    return Plan("J4", what, data, "none", SEEDS, f"{CALLS:,} calls, at most {MINUTES:g} minutes", metric, **bar)


AREAS = {
    (task, family): plan(f"{task}, {family}: best ten over {CALLS:,} calls", "area under the best-10 mean")
    for task in TASKS
    for family in FAMILIES_MEASURED
}
EARLIES = {
    task: plan(f"{task}, genetic: best ten after {EARLY:,} calls", "best-10 mean", least=bar)
    for task, bar in EARLY_BARS.items()
}
AHEAD = plan(
    "genetic above best-of-data and random-edits by 2 sd", "tasks of five", least=4,
    over_seeds="tasks whose mean area is ahead by two standard deviations of seeds",
)  # fmt: skip
NEAR = plan(
    "reinvent at least genetic less 10%", "tasks of five", least=2, over_seeds="tasks by the mean area over seeds"
)
WITHIN = plan("all families: best 100 valid and within the limits", "share", least=1.0, over_seeds="all of all seeds")
OWN = {
    "genetic": plan("genetic: own time a call", "ms, mean over tasks", most=5.0, unit="ms", over_seeds="all seeds"),
    "reinvent": plan("reinvent: own time a call", "ms, mean over tasks", most=20.0, unit="ms", over_seeds="all seeds"),
}
KILLED = Plan(
    "J4", f"killed {KILLS} times: no recorded call again, the same end", "QED", "none", (0,), "1,000 calls",
    "searches that end otherwise", most=0,
)  # fmt: skip
FAULTS = Plan(
    "J4", "a score that crashes, hangs or answers nonsense: 24 ways", "faults", "none", (0,), "none",
    "cases handled", least=24,
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/design"))
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--only", choices=[*TASKS, "kills", "faults"])
    parser.add_argument("--families", default=",".join(FAMILIES_MEASURED))
    given = parser.parse_args()
    folder, calls, families = given.folder, given.calls, given.families.split(",")
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for task in [task for task in TASKS if given.only in (None, task)]:
        for seed in SEEDS:
            for family in families:
                name = f"{task.replace(' ', '-')}-{family}-{seed}"
                found[task, family, seed] = kept(folder, name, lambda: measure(task, family, seed, calls, folder, name))
    kills = faults = {}
    if given.only in (None, "kills"):
        kills = kept(folder, "kills", lambda: killed(folder / "killed"))
    if given.only in (None, "faults"):
        faults = kept(folder, "faults", lambda: tried(folder / "faults"))
    if given.only is None and families == list(FAMILIES_MEASURED) and calls == CALLS:
        record("design", rows_of(found, families, kills, faults), {"kills": kills, "faults": faults} | details(found))


# ---------------------------------------------------------------------- tasks


def goal_of(task: str) -> Callable[[list[str]], list[float]]:
    """The score of a task, from RDKit alone."""
    from rdkit import Chem
    from rdkit.Chem import rdMolDescriptors

    target = NAMED[task]
    like = similar_to(target)
    rings = {
        "perindopril": (rdMolDescriptors.CalcNumAromaticRings, 2),
        "amlodipine": (rdMolDescriptors.CalcNumRings, 3),
    }

    def score(smiles: list[str]) -> list[float]:
        found = []
        for molecule in map(Chem.MolFromSmiles, smiles):
            value = like(molecule)
            if task in rings:
                count, wanted = rings[task]
                value = math.sqrt(value * math.exp(-0.5 * ((count(molecule) - wanted) / 0.5) ** 2))
            found.append(value)
        return found

    return score


def similar_to(smiles: str) -> Callable:
    """Tanimoto similarity of counted Morgan circles of radius 2, not folded."""
    from rdkit import Chem, DataStructs
    from rdkit.Chem import rdFingerprintGenerator

    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2)
    own = generator.GetSparseCountFingerprint(Chem.MolFromSmiles(smiles))
    return lambda molecule: DataStructs.TanimotoSimilarity(own, generator.GetSparseCountFingerprint(molecule))


def penalised_logp(smiles: list[str]) -> list[float]:
    """logP less the difficulty of synthesis and the largest ring above six, each normalised by ZINC."""
    from rdkit import Chem
    from rdkit.Chem import Crippen

    from genwright.chemistry.sa import synthetic_accessibility

    found = []
    for molecule in map(Chem.MolFromSmiles, smiles):
        largest = max((len(ring) for ring in molecule.GetRingInfo().AtomRings()), default=0)
        parts = {
            "logp": Crippen.MolLogP(molecule),
            "sa": -synthetic_accessibility(molecule),
            "ring": -max(0, largest - 6),
        }
        signs = {"logp": 1, "sa": -1, "ring": -1}
        found.append(sum((parts[name] - signs[name] * m) / sd for name, (m, sd) in ZINC_MEANS.items()))
    return found


@cache
def zinc(part: str) -> list[str]:
    return gzip.open(DATA / "zinc250k" / f"{part}.txt.gz", "rt").read().split()


@cache
def moses() -> list[str]:
    lines = gzip.open(DATA / "moses" / "train.csv.gz", "rt").read().split()[1:]
    return [line.split(",")[0] for line in lines]


def within(smiles: list[str], count: int, seed: int) -> list[str]:
    """As many molecules within the limits, at random."""
    limits, kept_, order = Limits(None), [], random.Random(seed).sample(smiles, len(smiles))
    with quiet_rdkit():
        for text in order:
            if not limits.broken(molecule_of(text)):
                kept_.append(text)
            if len(kept_) == count:
                break
    return kept_


@cache
def leads() -> list[str]:
    """Of the LOWEST molecules of ZINC's test part by penalised logP, LEADS within the limits at random."""
    test = zinc("test")
    order = sorted(zip(penalised_logp(test), test))
    return within([smiles for _, smiles in order[:LOWEST]], LEADS, 0)


# ---------------------------------------------------------------------- one search


def measure(task: str, family: str, seed: int, calls: int, home: Path, name: str) -> dict:
    """The curve of one search, with its own time a call, and how many of its best are beyond a limit."""
    folder, prior = home / name, trained(home) if FAMILIES[family].prior else None
    if task == TASKS[-1]:
        found = constrained(family, seed, calls, folder, prior)
    else:
        data = (
            within(moses(), min(LOOKED_AT, calls), seed)
            if family == "best-of-data"
            else within(zinc("valid"), STARTS, seed)
        )
        timed = Timed(goal_of(task))
        designed = genwright.design(data, score=timed, **settings(family, seed, calls, folder, prior, MINUTES))
        found = {"curve": curve_of(designed.calls["score"]), "calls": len(designed.calls), "own": timed.between}
        found["beyond"] = beyond(designed.best["smiles"], data)
    spent, curve = found.pop("own"), found.pop("curve")
    every = max(1, len(curve) // 200)
    early = curve[min(EARLY, len(curve)) - 1]
    return found | {
        "area": area(curve, calls), "end": float(curve[-1]), "early": float(early),
        "own_ms": 1000 * spent / max(1, found["calls"]), "curve": [float(value) for value in curve[::every]],
    }  # fmt: skip


def constrained(family: str, seed: int, calls: int, folder: Path, prior: Path | None) -> dict:
    """Penalised logP from each of the leads in turn, at equal shares of the calls; the curve is of improvements, the
    mean over leads."""
    share, curves, count, own_seconds, bad = calls // LEADS, [], 0, 0.0, 0
    for number, lead in enumerate(leads()):
        before = penalised_logp([lead])[0]
        timed = Timed(lambda smiles: [value - before for value in penalised_logp(smiles)])
        data = [lead] if family != "best-of-data" else [lead, *alike(lead)]
        options = settings(family, seed, share, folder / str(number), prior, MINUTES / LEADS)
        designed = genwright.design(
            data, score=timed, like=[lead], similar=SIMILAR, elements="C,N,O,S,F,Cl,Br", **options
        )
        own = curve_of(designed.calls["score"])
        curves.append([*own, *[own[-1]] * (share - len(own))])
        count += len(designed.calls)
        own_seconds += timed.between
        bad += beyond(designed.best["smiles"], data)
    mean_curve = [mean(values) for values in zip(*curves) for _ in range(LEADS)]
    return {"curve": np.array(mean_curve), "calls": count, "own": own_seconds, "beyond": bad}


def alike(lead: str) -> list[str]:
    """Molecules of ZINC's validation part that are similar enough."""
    from genwright.chemistry.fingerprints import nearest
    from genwright.evaluation.metrics.molecules import describe

    own = describe([lead], ("fingerprints",)).parts["fingerprints"]
    return [text for text, value in zip(zinc("valid"), nearest(fingerprints(), own)[0]) if value >= SIMILAR]


@cache
def fingerprints():
    from genwright.evaluation.metrics.molecules import describe

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


def settings(family: str, seed: int, calls: int, out: Path, prior: Path | None, minutes: float) -> dict:
    return dict(family=family, seed=seed, calls=calls, minutes=minutes, out=out, prior=prior, progress=False)


@cache
def trained(home: Path) -> Path:
    """The string model that some families begin with; it trains once."""
    data = genwright.load_data(moses()[:LEARNED], kind="molecules")
    genwright.fit(data, minutes=PRIOR_MINUTES, out=home / "prior", progress=False)
    return home / "prior"


def beyond(smiles, data: list[str]) -> int:
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


def killed(folder: Path) -> dict:
    """A search killed at random moments and started again, beside one that runs through. again: calls that were made
    although they were recorded."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mols.smi").write_text("\n".join(within(zinc("valid"), STARTS, 0)))
    for name in ("whole", "killed"):
        (folder / f"{name}.py").write_text(SCORE.replace("LOG", repr(str(folder / f"{name}.log"))))
    begun = time.monotonic()
    subprocess.run(command(folder, "whole"), check=True, capture_output=True)
    took, rng, done, again, ended = time.monotonic() - begun, random.Random(0), 0, 0, 0
    while done < KILLS:
        recorded, heard = recorded_in(folder), len(asked_in(folder))
        process = subprocess.Popen(command(folder, "killed"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(rng.uniform(0.1, 0.6) * took)
            ended += 1
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            done += 1
        again += len(set(recorded) & set(asked_in(folder)[heard:]))
        if len(recorded_in(folder)) == KILLED_CALLS and done < KILLS:  # to its end: begin anew, with fewer calls
            (folder / "killed" / "calls.csv").unlink()
    subprocess.run(command(folder, "killed"), check=True, capture_output=True)
    calls, other = (pd.read_csv(folder / name / "calls.csv").drop(columns="seconds") for name in ("whole", "killed"))
    best, other_best = ((folder / name / "best.csv").read_bytes() for name in ("whole", "killed"))
    return {"kills": done, "ended": ended, "again": again, "same": calls.equals(other) and best == other_best}


def command(folder: Path, name: str) -> list[str]:
    words = ["design", folder / "mols.smi", "--score", folder / f"{name}.py", "--calls", KILLED_CALLS]
    return [sys.executable, "-m", "genwright", *map(str, words), "--out", str(folder / name), "--quiet"]


def recorded_in(folder: Path) -> list[str]:
    path = folder / "killed" / "calls.csv"
    return [line.split(",")[1] for line in path.read_text().split("\n")[1:-1]] if path.exists() else []


def asked_in(folder: Path) -> list[str]:
    path = folder / "killed.log"
    return path.read_text().split() if path.exists() else []


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
    "exits for some": (
        f"import os\n    if any(s.count('N') == 3 for s in smiles): os._exit(1)\n    return {GOOD}",
        "ends",
    ),
    "hangs for some": (
        f"import time\n    if any('Br' in s for s in smiles): time.sleep(1000)\n    return {GOOD}",
        "ends",
    ),
    "NaN for some": ("return [float('nan') if 'S' in s else 1.0 * len(s) for s in smiles]", "ends"),
    "None for some": ("return [None if 'S' in s else 1.0 * len(s) for s in smiles]", "ends"),
    "prints": (f"print('x' * 100000); return {GOOD}", "ends"),
    "writes to fd 1": (f"import os; os.write(1, b'[1, 2]\\n'); return {GOOD}", "ends"),
    "a constant": ("return [0.5] * len(smiles)", "ends"),
    "numpy": (f"import numpy; return numpy.array({GOOD})", "ends"),
}
FILES = {"no score": "def points(smiles): return []\n", "syntax error": "def score(smiles)\n"}


def tried(folder: Path) -> dict:
    """What came of each fault: handled where a search ends, stops or is refused as it must."""
    folder.mkdir(parents=True, exist_ok=True)
    data, found = within(zinc("valid"), STARTS, 0), {}
    cases = {name: (f"def score(smiles):\n    {body}\n", must) for name, (body, must) in BODIES.items()}
    cases |= {name: (text, "refused") for name, text in FILES.items()}
    for number, (name, (text, must)) in enumerate(cases.items()):
        path = folder / f"score_{number}.py"
        path.write_text(text)
        try:
            out = genwright.design(
                data, score=path, calls=200, out=folder / str(number), score_seconds=2.0, progress=False
            )
            came = "ends" if len(out.calls) == 200 else f"{len(out.calls)} calls"
        except genwright.GenwrightError as error:
            came = "stops" if "in a row" in str(error) else "refused"
        found[name] = {"must": must, "came": came}
    return found


# ---------------------------------------------------------------------- rows


def rows_of(found: dict, families: list[str], kills: dict, faults: dict) -> list[dict]:
    areas = {(t, f): [found[t, f, seed]["area"] for seed in SEEDS] for t in TASKS for f in families}
    rows = [AREAS[key].row(mean(values), se_of(values)) for key, values in areas.items()]
    for task, one in EARLIES.items():
        values = [found[task, "genetic", seed]["early"] for seed in SEEDS]
        rows.append(one.row(mean(values), se_of(values)))
    floors = ("random-edits", "best-of-data")
    gap = lambda a, b: (mean(a) - mean(b)) / max(1e-12, stdev(a), stdev(b))
    ahead = sum(all(gap(areas[t, "genetic"], areas[t, floor]) >= 2 for floor in floors) for t in TASKS)
    rows.append(AHEAD.row(ahead))
    if "reinvent" in families:
        rows.append(NEAR.row(sum(mean(areas[t, "reinvent"]) >= 0.9 * mean(areas[t, "genetic"]) for t in TASKS)))
    rows.append(WITHIN.row(float(all(one["beyond"] == 0 for one in found.values()))))
    for family in set(OWN) & set(families):
        each = [one["own_ms"] for (_, own, _), one in found.items() if own == family]
        rows.append(OWN[family].row(mean(each)))
    rows.append(KILLED.row(int(not kills["same"]) + kills["again"]))
    rows.append(FAULTS.row(sum(one["must"] == one["came"] for one in faults.values())))
    return rows


def se_of(values: list[float]) -> float:
    return stdev(values) / len(values) ** 0.5


def details(found: dict) -> dict:
    return {" ".join(map(str, key)): one for key, one in found.items()}


if __name__ == "__main__":
    main()
