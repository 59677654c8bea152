"""Whether what a design finds can exist: molecules that RDKit cannot embed in space (row J4)."""

from __future__ import annotations

import gzip
import math
import os
import sys
import tempfile
from itertools import product
from pathlib import Path
from statistics import mean

from bars import Run, benchmark, plans
from common import Result, apart, data_folder, se_of
from design import STARTS, within

import genwright
from genwright.molecules.chemistry.standards import first_of_parents
from genwright.molecules.design.result import area, curve_of

CALLS, SEEDS, BEST, TRIES = 500, tuple(range(10)), 30, 10
NEAR = 0.03
SCORES = ("three descriptors", "similarity and logP", "own program")
BOTH = ("here", "before")
DRUG = "CC1=CC=C(C=C1)C1=CC(=NN1C1=CC=C(C=C1)S(N)(=O)=O)C(F)(F)F"  # celecoxib
PROGRAM = """from rdkit import Chem
from rdkit.Chem import QED, rdMolDescriptors as of


def score(smiles):
    molecules = map(Chem.MolFromSmiles, smiles)
    return [QED.qed(m) / (1 + abs(of.CalcNumRings(m) - 4)) / (1 + abs(of.CalcNumHBD(m) - 2)) for m in molecules]
"""
SHAPES = plans(
    {
        **{(score, "flat"): (f"{score}: best {BEST} molecules that RDKit cannot embed", "molecules", "<= 1")
           for score in SCORES},
        **{(score, "never"): (f"{score}: those that RDKit cannot embed from random coordinates either", "molecules",
                              "<= 1") for score in SCORES},
        "most": (f"the search with most of them, of all scores and seeds: best {BEST}", "molecules", "<= 1",
                 {"over_seeds": "the most of all seeds"}),
        "area": ("area under the best-10 mean, less that of the tree before", "mean of three scores", ">= 0",
                 {"margin": NEAR, "sides": BOTH}),
        **{(score, "area"): (f"{score}: area under the best-10 mean, less that of the tree before", "area", "shown",
                             {"sides": BOTH}) for score in SCORES},
        **{(score, "before"): (f"{score}, the tree before: best {BEST} that RDKit cannot embed", "molecules", "shown")
           for score in SCORES},
    },
    system="J4", data=f"starts: {STARTS} drugs of the Broad Institute's library", split="none", seeds=SEEDS,
    repeated="searches", budget=f"{CALLS} calls of genetic",
)  # fmt: skip


@benchmark(plans=("SHAPES",), tiny={"calls": 120, "seeds": (0,)})
def design_shapes(run: Run, against: Path | None = None, calls: int = CALLS, seeds: tuple[int, ...] = SEEDS) -> Result:
    """How many of a search's best thirty molecules cannot be embedded in space, and what refusing them costs.

    `genetic` searches by three scores from 100 drugs, ten seeds each, in this tree and in --against ROOT, the tree
    before. A molecule counts where RDKit finds no coordinates in ten attempts, from one seed. RDKit misses some
    flexible chains by chance. So rows of their own count those that twenty attempts from random coordinates miss too. A
    search is a part, and its pair follows it. Without --against, and with other calls or seeds, it records nothing.
    """
    roots = {"here": None} | ({"before": against} if against else {})
    drugs = gzip.open(data_folder("antibiotics", "broad_repurposing_library.csv.gz"), "rt").read().split()[1:]
    start, found = within(drugs, STARTS, 0), {}
    for seed, score, (side, root) in product(seeds, SCORES, roots.items()):
        path = {} if root is None else {"PYTHONPATH": os.pathsep.join([str(Path(root) / "src"), *sys.path])}
        measure = lambda: apart(search, score, start, seed, calls, **path)
        found[score, side, seed] = run.kept(f"{score.replace(' ', '-')}-{side}-{seed}", measure)
    if against is None or (calls, seeds) != (CALLS, SEEDS):
        return None
    each = lambda score, side, key: [found[score, side, seed][key] for seed in seeds]
    gaps = {score: [a - b for a, b in zip(*(each(score, side, "area") for side in BOTH))] for score in SCORES}
    areas = {score: {side: round(mean(each(score, side, "area")), 4) for side in BOTH} for score in SCORES}
    pooled = [mean(values) for values in zip(*gaps.values())]
    rows = [SHAPES[s, "flat"].row(mean(each(s, "here", "flat")), se_of(each(s, "here", "flat"))) for s in SCORES]
    rows += [SHAPES[s, "never"].row(mean(each(s, "here", "never")), se_of(each(s, "here", "never"))) for s in SCORES]
    rows.append(SHAPES["most"].row(max(max(each(score, "here", "flat")) for score in SCORES)))
    means = {side: round(mean(areas[score][side] for score in SCORES), 4) for side in BOTH}
    rows.append(SHAPES["area"].row(mean(pooled), se_of(pooled), **means))
    rows += [SHAPES[s, "area"].row(mean(gaps[s]), se_of(gaps[s]), **areas[s]) for s in SCORES]
    rows += [SHAPES[s, "before"].row(mean(each(s, "before", "flat")), se_of(each(s, "before", "flat"))) for s in SCORES]
    return rows, {" ".join(map(str, key)): one for key, one in found.items()}


def search(score: str, start: list[str], seed: int, calls: int) -> dict:
    """The area of one search, how many of its best cannot be embedded, and which these are."""
    with tempfile.TemporaryDirectory() as folder:
        goal = goal_of(score, Path(folder))
        out = Path(folder) / "design"
        designed = genwright.design(start, score=goal, calls=calls, seed=seed, out=out, progress=False)
        best = first_of_parents(designed.calls.sort_values("score", ascending=False, kind="stable"), BEST)
        flat = [smiles for smiles in best["smiles"] if not embeds(smiles)]
        never = sum(not embeds(smiles, useRandomCoords=True, maxAttempts=2 * TRIES) for smiles in flat)
        reached = area(curve_of(designed.calls["score"]), calls)
        return {"area": reached, "flat": len(flat), "never": never, "molecules": flat}


def embeds(smiles: str, maxAttempts: int = TRIES, **how: bool) -> bool:
    from rdkit import Chem
    from rdkit.Chem import AllChem

    molecule = Chem.AddHs(Chem.MolFromSmiles(smiles))
    return AllChem.EmbedMolecule(molecule, randomSeed=1, maxAttempts=maxAttempts, **how) == 0


def goal_of(score: str, folder: Path):
    """A score in [0, 1] of a list of SMILES: a function, or the path of a program."""
    from rdkit import Chem, DataStructs
    from rdkit.Chem import Crippen, rdFingerprintGenerator, rdMolDescriptors

    if score == SCORES[2]:
        program = folder / "program.py"
        program.write_text(PROGRAM)
        return program
    circles = rdFingerprintGenerator.GetMorganGenerator(radius=2).GetCountFingerprint
    own = circles(Chem.MolFromSmiles(DRUG))

    def close(molecule) -> float:
        """Closeness to a weight of 330, a logP of 2.5 and a polar surface of 75 square angstrom."""
        weight, surface = rdMolDescriptors.CalcExactMolWt(molecule), rdMolDescriptors.CalcTPSA(molecule)
        away = ((weight - 330) / 25, (Crippen.MolLogP(molecule) - 2.5) / 0.4, (surface - 75) / 10)
        return math.exp(-math.hypot(*away) / 2)

    def alike(molecule) -> float:
        share = min(max(Crippen.MolLogP(molecule), 0.0), 5.0) / 5
        return share * DataStructs.TanimotoSimilarity(own, circles(molecule))

    one = close if score == SCORES[0] else alike
    return lambda smiles: [one(Chem.MolFromSmiles(text)) for text in smiles]
