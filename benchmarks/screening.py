"""Drug screening on the antibiotics of Stokes et al. 2020: splits, halicin, families left out, and a person's use.

    GENWRIGHT_DATA=FOLDER python benchmarks/screening.py [--folder runs/screening] [--part NAME ...]

splits: ten random 80/10/10 splits and five scaffold-balanced ones; the default of `screen --assay` (five D-MPNNs, two
minutes of one core) beside a random forest on Morgan fingerprints, the nearest active, and the nearest active less the
nearest inactive. halicin: its rank in the Broad library by five screens with the default; nothing was tuned on it.
families: a family of antibiotics is left out of training; its actives are ranked among the library's other molecules.
person: the command, from the assay and the library to the page, with no descriptor computed before. million: 10^6 lines
of MOSES by known actives. kills: a screen that is killed 20 times. The script writes each piece to disk as it is
measured, and resumes. A piece takes at most ten minutes of one core; `million` needs the command again until it ends.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from bars import Plan, kept, record
from property_predict import library, peaks_of
from sklearn.ensemble import RandomForestClassifier

import genwright
from genwright.chemistry.direction import find_direction
from genwright.chemistry.fingerprints import morgan_counts, nearest, packed
from genwright.chemistry.standards import parent_of, quiet_rdkit
from genwright.evaluation.influence import of_area
from genwright.evaluation.metrics.properties import average_precision, enrichment
from genwright.run.tasks import task_of
from genwright.screening.known import measured_of

TARGET, HALICIN = "activity", "Nc1nnc(Sc2ncc([N+](=O)[O-])s2)s1"
RANDOM, SCAFFOLD = "random", "scaffold-balanced"
SPLITS = {RANDOM: tuple(range(10)), SCAFFOLD: tuple(range(5))}
OURS, FOREST, NEAR, CONTRAST = "default", "forest", "nearest_active", "nearest_active_less_inactive"
SIDES = OURS, FOREST, NEAR, CONTRAST
FIGURES = "auc", "ap", "ef1"
MINUTES, MEMBERS, TREES = 2.0, 5, 200
SCREENS = 0, 1, 2, 3, 4
FAMILIES = {
    "beta-lactams": "O=C1CCN1",
    "fluoroquinolones": "O=c1c(C(=O)[O])cn([#6])c2[c,n][c,n]c(F)cc12",
    "tetracyclines": "NC(=O)C1~C~C~C2~C~C3~C~c4~c~c~c~c~c4~C~C~3~C~C~2~C~1",
    "nitro-heterocycles": "[O-][N+](=O)[c;r5]",
}
DEEP = 0.05  # of the library, in which a family is looked for
LONGEST, LARGEST = 300.0, 3_000_000  # seconds of one core, bytes of the page
FEW, MANY, PIECE = 100_000, 1_000_000, 540.0  # lines; seconds of a piece
KILLS, WINDOW = 20, (5.0, 15.0)  # seconds after which a screen is killed
ALL = dict(system="J7", data="antibiotics", budget=f"{MINUTES:g} minutes of one core, five networks", minutes=MINUTES)
TEN = dict(split="test, ten random", seeds=SPLITS[RANDOM], sides=SIDES, over_seeds="ratio", **ALL)
FIVE = dict(split="test, five scaffold-balanced", seeds=SPLITS[SCAFFOLD], sides=SIDES, over_seeds="ratio", **ALL)
BETTER = "(default - the other) / standard error of the difference over splits"
ONCE = dict(system="J7", split="the library", seeds=(0,), over_seeds="one")
PLANS = {
    f"auc-{RANDOM}": Plan(what="ROC-AUC against the forest's", metric=BETTER, least=-1.0, **TEN),
    f"ap-{RANDOM}": Plan(what="average precision against the forest's", metric=BETTER, least=-1.0, **TEN),
    f"ef1-{RANDOM}": Plan(what="enrichment at 1% against the forest's", metric=BETTER, least=-1.0, **TEN),
    f"auc-{SCAFFOLD}": Plan(
        what="ROC-AUC on new scaffolds against the best of forest and nearest active", metric=BETTER, least=-1.0, **FIVE
    ),
    f"ap-{SCAFFOLD}": Plan(
        what="average precision on new scaffolds against the best of forest and nearest active", metric=BETTER, **FIVE
    ),
    "halicin": Plan(
        what="rank of halicin in the library without training molecules", split="the library", seeds=SCREENS,
        metric="mean of five screens", most=300, **ALL,
    ),
    "families": Plan(
        what="families left out: recall in the top 5% above the nearest active's", split="the library", seeds=(0,),
        metric="of four families", least=3, over_seeds="one", **ALL,
    ),
    "seconds": Plan(
        what="from the assay and the library to the page", metric="seconds of one core", most=LONGEST, unit="s",
        data="antibiotics", budget=ALL["budget"], minutes=MINUTES, **ONCE,
    ),
    "page": Plan(
        what="bytes of the page", metric="bytes", most=LARGEST, data="antibiotics", budget=ALL["budget"], **ONCE
    ),
    "memory": Plan(
        what="memory of 10^6 lines over that of 10^5", metric="ratio of peaks", most=1.1, data="MOSES",
        budget="known actives", **ONCE,
    ),
    "kills": Plan(
        what="screens that ended with another ranked.csv after 20 kills", metric="screens", most=0, data="antibiotics",
        budget="a forest", **ONCE,
    ),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/screening"))
    parser.add_argument("--part", nargs="*", default=list(PARTS), choices=PARTS)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for part in options.part:
        PARTS[part](options.folder)
    found = {path.stem: json.loads(path.read_text()) for path in sorted(options.folder.glob("*.json"))}
    if done := list(rows(found)):
        record("screening", done, found)


def rows(found: dict[str, dict]) -> Iterator[dict]:
    """Of every part that was measured to its end."""
    for way, seeds in SPLITS.items():
        each = {side: [found.get(f"{way}-{seed}-{side}") for seed in seeds] for side in SIDES}
        if not all(one for several in each.values() for one in several):
            continue
        for figure in FIGURES:
            if (name := f"{figure}-{way}") in PLANS:
                yield compared(PLANS[name], {side: np.array([one[figure] for one in each[side]]) for side in SIDES})
    ranks = [found[name]["rank"] for seed in SCREENS if (name := f"halicin-{seed}") in found]
    if len(ranks) == len(SCREENS):
        yield PLANS["halicin"].row(np.mean(ranks), np.std(ranks, ddof=1) / len(ranks) ** 0.5, digits=1)
    families = [found.get(f"family-{name}") for name in FAMILIES]
    if all(families):
        yield PLANS["families"].row(sum(one[OURS] > one[NEAR] for one in families))
    if "person" in found:
        yield PLANS["seconds"].row(found["person"]["seconds"], digits=1)
        yield PLANS["page"].row(found["person"]["page"])
    if "million" in found and "lines-100000" in found:
        yield PLANS["memory"].row(found["million"]["MiB"] / found["lines-100000"]["MiB"], digits=3)
    if "kills" in found:
        yield PLANS["kills"].row(found["kills"]["other"])


def compared(plan: Plan, each: dict[str, np.ndarray]) -> dict:
    """By how many standard errors ours is above the forest, on new scaffolds above the best of the others."""
    others = [FOREST] if "random" in plan.split else [FOREST, NEAR, CONTRAST]
    best = max(others, key=lambda side: each[side].mean())
    gain = each[OURS] - each[best]
    sides = {side: round(float(values.mean()), 4) for side, values in each.items()}
    return plan.row(gain.mean() / (gain.std(ddof=1) / len(gain) ** 0.5), digits=2, **sides)


# ---------------------------------------------------------------------- splits


def assay() -> Path:
    return Path(os.environ["GENWRIGHT_DATA"]) / "antibiotics" / "ecoli.csv"


def drugs() -> Path:
    return Path(os.environ["GENWRIGHT_DATA"]) / "antibiotics" / "broad_repurposing_library.csv.gz"


def loaded(way: str, seed: int):
    if way == SCAFFOLD:
        return task_of(genwright.load_data(assay(), target=TARGET, split=SCAFFOLD, seed=seed), None)
    table = pd.read_csv(assay())
    place = np.random.default_rng(seed).permutation(len(table)) / len(table)
    table["split"] = np.select([place < 0.1, place < 0.2], ["test", "valid"], "train")
    return task_of(genwright.load_data(table, target=TARGET, split_column="split", seed=seed), None)


def splits(folder: Path) -> None:
    for way, seeds in SPLITS.items():
        for seed in seeds:
            for side in SIDES:
                kept(folder, f"{way}-{seed}-{side}", lambda: of_split(way, seed, side))


def of_split(way: str, seed: int, side: str) -> dict:
    data = loaded(way, seed)
    smiles, direction = np.array(data.whole.smiles, object), find_direction(data.domain.targets[0])
    active = measured_of(data.whole, direction).active
    part = {name: data.tensors(name).x.numpy() for name in ("train", "test")}
    learned = np.flatnonzero(data.whole.parts != "test")
    test = part["test"]
    if side == OURS:
        model = genwright.fit(data, minutes=MINUTES, ensemble=MEMBERS, seed=seed, progress=False)
        score = model.predict(smiles[test].tolist())[f"p({direction.positive})"].to_numpy(float)
    else:
        score = SIMPLE[side](smiles[learned], active[learned], smiles[test], seed)
    y = active[test]
    return {
        "auc": float(of_area(y, score).mean()), "ap": float(average_precision(y, score).mean()),
        "ef1": enrichment(y, score), "actives": int(y.sum()), "test": len(y),
    }  # fmt: skip


def by_forest(known: np.ndarray, active: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
    bits = [morgan_counts(each) > 0 for each in (known, asked)]
    forest = RandomForestClassifier(TREES, class_weight="balanced", random_state=seed).fit(bits[0], active)
    return forest.predict_proba(bits[1])[:, 1]


def by_nearest(known: np.ndarray, active: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
    return nearest(packed(morgan_counts(asked)), packed(morgan_counts(known[active])))[0]


def by_contrast(known: np.ndarray, active: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
    return by_nearest(known, active, asked, seed) - by_nearest(known, ~active, asked, seed)


SIMPLE = {FOREST: by_forest, NEAR: by_nearest, CONTRAST: by_contrast}


# ---------------------------------------------------------------------- a library


def halicin(folder: Path) -> None:
    for seed in SCREENS:
        kept(folder, f"halicin-{seed}", lambda: rank_of_halicin(folder / f"screen-{seed}", seed))


def rank_of_halicin(out: Path, seed: int) -> dict:
    done = genwright.screen(drugs(), assay=assay(), target=TARGET, minutes=MINUTES, seed=seed, out=out, progress=False)
    table = pd.read_csv(done.ranked, dtype=str, keep_default_na=False)
    (row,) = table[table["smiles"] == HALICIN].to_dict("records")
    said = {name: done.summary["figures"][name][0] for name in ("ROC-AUC", "Average precision")}
    return {"rank": float(row["rank"]), "score": float(row["score"]), "kept": done.summary["kept"]} | said


def families(folder: Path) -> None:
    for name in FAMILIES:
        kept(folder, f"family-{name}", lambda: left_out(folder / f"family-{name}", name))


def left_out(place: Path, name: str) -> dict:
    """The share of a family's actives in the top of the library, by our default and by the nearest active, which both
    know no molecule of the family."""
    from rdkit import Chem

    pattern, table = Chem.MolFromSmarts(FAMILIES[name]), pd.read_csv(assay())
    with quiet_rdkit():
        read = [Chem.MolFromSmiles(text) for text in table["smiles"]]
        table, read = table[[mol is not None for mol in read]], [mol for mol in read if mol is not None]
        family = np.array([mol.HasSubstructMatch(pattern) for mol in read])
        measured = {parent_of(Chem.MolToSmiles(mol)) for mol in read}
        others = []
        for text in pd.read_csv(drugs())["smiles"]:
            mol = Chem.MolFromSmiles(text)
            if mol and not mol.HasSubstructMatch(pattern) and parent_of(Chem.MolToSmiles(mol)) not in measured:
                others.append(text)
    sought = table[family & (table[TARGET] == 1)]["smiles"]
    place.mkdir(parents=True, exist_ok=True)
    lines = [*(f"{text} other" for text in others), *(f"{text} sought" for text in sought)]
    (place / "library.smi").write_text("\n".join(lines) + "\n")
    table[~family].to_csv(place / "assay.csv", index=False)
    table[~family & (table[TARGET] == 1)][["smiles"]].to_csv(place / "actives.csv", index=False)
    ask = dict(library=place / "library.smi", progress=False)
    ways = {
        OURS: dict(assay=place / "assay.csv", target=TARGET, minutes=MINUTES),
        NEAR: dict(actives=place / "actives.csv"),
    }
    found: dict = {"family": int(family.sum()), "sought": len(sought), "library": len(others)}
    for side, known in ways.items():
        done = genwright.screen(**ask, **known, out=place / side)
        ranked = pd.read_csv(done.ranked, dtype=str, keep_default_na=False)
        ranks = pd.to_numeric(ranked[ranked["name"] == "sought"]["rank"])
        found[side] = float((ranks <= DEEP * done.summary["kept"]).sum() / len(sought))
    return found


# ---------------------------------------------------------------------- a person


def command(out: Path, *words: object) -> list[str]:
    core = str(min(os.sched_getaffinity(0)))
    program = ["taskset", "-c", core, "env", "OMP_NUM_THREADS=1", sys.executable, "-m", "genwright", "screen"]
    return [*program, *map(str, words), "--out", str(out), "-q"]


def person(folder: Path) -> None:
    kept(folder, "person", lambda: as_a_person(folder))


def as_a_person(folder: Path) -> dict:
    out, cache = folder / "person-hits", folder / "person-cache"
    for old in (out, cache):
        shutil.rmtree(old, ignore_errors=True)
    words = [drugs(), "--assay", assay(), "--target", TARGET, "--minutes", MINUTES]
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command(out, *words), check=True, env=os.environ | {"XDG_CACHE_HOME": str(cache)})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    page = (out / "report.html").read_text()
    assert "Molecules to buy" in page and "How deep" in page
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": spent, "wall": time.monotonic() - began, "page": len(page.encode())}


def million(folder: Path) -> None:
    actives = folder / "actives.csv"
    table = pd.read_csv(assay())
    table[table[TARGET] == 1][["smiles"]].to_csv(actives, index=False)
    for count, name in ((FEW, f"lines-{FEW}"), (MANY, "million")):
        if not (folder / f"{name}.json").exists() and not screened(folder, name, library(folder, count), actives):
            sys.exit(f"{name}: run the same command again to resume")


def screened(folder: Path, name: str, source: Path, actives: Path) -> bool:
    """Screen for one piece of time; whether it ended. The peak of memory is that of all pieces."""
    out, peak = folder / f"{name}-hits", folder / f"{name}.peak"
    began = time.monotonic()
    words = command(out, source, "--actives", actives)
    process = subprocess.Popen(words, start_new_session=True)
    most = float(peak.read_text()) if peak.exists() else 0.0
    while process.poll() is None and time.monotonic() - began < PIECE:
        most = max(most, sum(peaks_of(process.pid).values()) / 1024)
        time.sleep(0.2)
    if process.poll() is None:
        os.killpg(process.pid, 9)
    process.wait()
    peak.write_text(str(most))
    if process.returncode == -9:
        return False
    if process.returncode:
        sys.exit(f"{name} failed")
    with (out / "ranked.csv").open() as file:
        count = sum(1 for _ in file) - 1
    kept(folder, name, lambda: {"MiB": most, "lines": count})
    return True


def kills(folder: Path) -> None:
    kept(folder, "kills", lambda: killed(folder))


def killed(folder: Path) -> dict:
    """How many screens end with another ranked.csv than one that was left alone, after so many kills in all."""
    run, rng = folder / "forest", np.random.default_rng(0)
    if not (run / "weights.safetensors").exists():
        genwright.fit(genwright.load_data(assay(), target=TARGET), "forest", out=run, progress=False)
    words = [drugs(), "--run", run]
    subprocess.run(command(folder / "alone", *words), check=True)
    right, out = (folder / "alone" / "ranked.csv").read_bytes(), folder / "killed"
    done, other, ended = 0, 0, 0
    while done < KILLS or not ended:
        process = subprocess.Popen(command(out, *words))
        try:
            process.wait(rng.uniform(*WINDOW) if done < KILLS else None)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            done += 1
            continue
        ended += 1
        other += (out / "ranked.csv").read_bytes() != right
        shutil.rmtree(out)
    return {"kills": done, "ended": ended, "other": other}


PARTS = {
    "splits": splits, "halicin": halicin, "families": families, "person": person, "million": million, "kills": kills,
}  # fmt: skip


if __name__ == "__main__":
    main()
