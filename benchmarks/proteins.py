"""Structures of proteins: real chains learned by heart, speed and memory (row K1)."""

from __future__ import annotations

from time import process_time

import numpy as np
import torch
from bars import Plan, Run, benchmark, plans
from common import Result, data_folder, in_turns, medians

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
