"""Structures of proteins: real chains learned by heart, speed and memory (row K1)."""

from __future__ import annotations

from time import process_time

import numpy as np
import torch
from bars import Plan, Run, benchmark, plans
from common import Result, data_folder, in_turns, medians
from scipy.stats import spearmanr

import genwright
from genwright.kinds.proteins.chain import Chain
from genwright.kinds.proteins.protein_data import ProteinChains
from genwright.measure.metrics import structures
from genwright.run.predictor import Predictor
from genwright.run.tasks import task_of

PLAIN = {"sequence_layers": 0, "cropped": 0.0}  # of few chains: their windows say nothing of one another
SETS = {  # chains, minutes of training, hyperparameters
    "one": ("one chain of 60 residues", 1.0, PLAIN | {"batch": 1}),
    "eight": ("eight chains of up to 60 residues", 3.0, PLAIN),
    "forty": ("all chains of up to 80 residues", 10.0, PLAIN),
}
HEART = plans(
    {
        (name, key): (f"{SETS[name][0]}, {SETS[name][1]:g} minutes: {what}", metric, wanted,
                      {"minutes": SETS[name][1], "budget": f"{SETS[name][1]:g} minutes of one core"} | unit)
        for name, key, what, metric, wanted, unit in (
            ("one", "rmsd", "RMSD by a proper rotation", "rmsd", "<= 1", {"unit": "A"}),
            ("one", "hand", "right hand", "hand", ">= 1", {}),
            ("eight", "lddt", "lDDT", "lddt", ">= 0.95", {}),
            ("eight", "rmsd", "median RMSD", "rmsd", "<= 1", {"unit": "A"}),
            ("eight", "hand", "right hands", "hand", ">= 1", {}),
            ("forty", "lddt", "lDDT of training", "lddt", ">= 0.7", {}),
            ("forty", "hand", "right hands", "hand", "shown", {}),
        )
    },
    system="K1", data="chains of the PDB", split="train", seeds=(0,),
)  # fmt: skip
WORLD_MINUTES, WORLD_SEEDS = 7.0, (0, 1, 2)
WORLD = plans(
    {
        (part, key): (f"{said}: {what}", metric, wanted, unit)
        for part, said, key, what, metric, wanted, unit in (
            ("valid", "new chains of seen folds", "lddt", "lDDT", "lddt", ">= 0.95", {}),
            ("valid", "new chains of seen folds", "lddt apart", "lDDT, 6 residues apart", "lddt", ">= 0.94", {}),
            ("valid", "new chains of seen folds", "rmsd", "median RMSD", "rmsd", "<= 1", {"unit": "A"}),
            ("test", "folds never seen", "lddt", "lDDT", "lddt", ">= 0.8", {}),
            ("test", "folds never seen", "lddt apart", "lDDT, 6 residues apart", "lddt", ">= 0.75", {}),
            ("test", "folds never seen", "rmsd", "median RMSD", "rmsd", "shown", {"unit": "A"}),
            ("test", "folds never seen", "confidence", "confidence, Spearman", "rho", ">= 0.4", {}),
        )
    },
    system="K1", data="foldable-chains", split="by fold", seeds=WORLD_SEEDS, repeated="trainings",
    minutes=WORLD_MINUTES, budget=f"{WORLD_MINUTES:g} minutes of one core",
)  # fmt: skip
SECONDS = Plan(
    "K1", "100 residues folded", "a random sequence", "none", (0,), "none", "seconds, median of 5", most=2.0, unit="s"
)


def real_chains(name: str) -> list[Chain]:
    """Chains of the PDB that a set consists of, shortest first."""
    every = sorted(genwright.load_data(data_folder("protein-chains", "chains.zip")).chains, key=len)
    if name == "forty":
        return [chain for chain in every if len(chain) <= 80]
    near_sixty = [chain for chain in every if 50 <= len(chain) <= 60]
    return near_sixty[-1:] if name == "one" else near_sixty[:8]


def learned_by_heart(chains: list[Chain], name: str) -> ProteinChains:
    """Chains that train, validate and test."""
    return ProteinChains(name, chains * 3, np.repeat(["train", "valid", "test"], len(chains)).astype(object))


def scores(model: Predictor, chains: list[Chain]) -> dict[str, float]:
    """Means over chains of lDDT, of that of pairs 6 residues apart or more, and of right hands; the median RMSD."""
    folded = [one.atoms for one in model.predict(chains)["folded"]]
    each = {"lddt": [], "lddt apart": [], "hand": [], "rmsd": []}
    for atoms, chain in zip(folded, chains):
        truth = chain.atoms, chain.has_backbone
        each["lddt"].append(np.nanmean(structures.lddt(atoms, *truth)))
        each["lddt apart"].append(np.nanmean(structures.lddt(atoms, *truth, structures.SEPARATION)))
        each["hand"].append(structures.has_right_hand(atoms, *truth))
        each["rmsd"].append(structures.rmsd(atoms, *truth))
    return {key: float(np.median(values) if key == "rmsd" else np.mean(values)) for key, values in each.items()}


@benchmark(plans=("HEART", "SECONDS"), tiny={"sets": ("one",)})
def proteins_by_heart(run: Run, sets: tuple[str, ...] = tuple(SETS)) -> Result:
    """Real chains learned by heart by `alphafold2`: one, eight, and all of up to 80 residues; and its speed.

    --sets: those that are measured now; the record is written once all are there.
    """
    torch.set_num_threads(1)

    def measured(name: str) -> dict[str, float]:
        _, minutes, numbers = SETS[name]
        chains = real_chains(name)
        data = task_of(learned_by_heart(chains, SETS[name][0]), "structure")
        model = run.fit(data, "alphafold2", f"run-{name}", minutes=minutes, hyperparameters=numbers)
        return scores(model, chains) | {"chains": len(chains), "items": model.config["outcome"]["items"]}

    def speed() -> dict[str, float]:
        data = task_of(learned_by_heart(real_chains("one"), "one chain"), "structure")
        model = run.fit(data, "alphafold2", "run-speed", items=16)
        letters = "".join(np.random.default_rng(0).choice(list("ARNDCQEGHILKMFPSTWYV"), 100))
        return medians(in_turns({"seconds": lambda: model.predict([letters])}, 5, clock=process_time))

    parts = {name: {name: lambda name=name: measured(name)} for name in SETS} | {"speed": {"speed": speed}}
    found = run.pieces(parts, [*sets, "speed"])
    if found is None:
        return None
    rows = [plan.row(found[name][key]) for (name, key), plan in HEART.items()]
    return [*rows, SECONDS.row(found["speed"]["seconds"])], found


@benchmark(plans=("WORLD",), tiny={"seeds": (0,)})
def proteins_world(run: Run, seeds: tuple[int, ...] = WORLD_SEEDS) -> Result:
    """A made world of five helices, learned by `alphafold2`: new chains of folds that train, and folds that never do.

    --seeds: those that are measured now; the record is written once all are there.
    """
    torch.set_num_threads(1)

    def measured(seed: int) -> dict[str, dict[str, float]]:
        data = task_of(genwright.load_data("foldable-chains"), "structure")
        model = run.fit(
            data, "alphafold2", f"run-world-{seed}", minutes=WORLD_MINUTES, seed=seed, hyperparameters={"places": True}
        )
        return {part: scores(model, data.items[part]) | {"confidence": confidence(model, data.items[part])}
                for part in ("valid", "test")}  # fmt: skip

    found = run.pieces({f"seed {seed}": {f"seed {seed}": lambda seed=seed: measured(seed)} for seed in WORLD_SEEDS},
                       [f"seed {seed}" for seed in seeds])  # fmt: skip
    if found is None:
        return None
    figures = {(part, key): [one[part][key] for one in found.values()] for part, key in WORLD}
    error = len(WORLD_SEEDS) ** 0.5
    return [plan.row(np.mean(figures[at]), np.std(figures[at], ddof=1) / error) for at, plan in WORLD.items()], found


def confidence(model: Predictor, chains: list[Chain]) -> float:
    """Spearman's rank correlation of the confidence of a residue with its lDDT."""
    folded = model.predict(chains)["folded"]
    true = [structures.lddt(one.atoms, chain.atoms, chain.has_backbone) for one, chain in zip(folded, chains)]
    return float(spearmanr(np.concatenate(true), np.concatenate([one.confidence for one in folded])).statistic)
