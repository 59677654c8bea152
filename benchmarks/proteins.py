"""Structures of proteins: real chains learned by heart, and chains held out; speed (row K1)."""

from __future__ import annotations

from functools import partial
from time import process_time

import numpy as np
import torch
from bars import Plan, Run, benchmark, plans
from common import Result, data_folder, in_turns, medians

import genwright
from genwright.proteins.kinds.chain import Chain
from genwright.proteins.kinds.protein_data import ProteinChains
from genwright.proteins.kinds.relatives import find_relatives
from genwright.proteins.measure import structure_scores as structures
from genwright.run.predictor import Predictor
from genwright.run.tasks import task_of

PLACES, WORLD_TRAINING = {"places": True}, "foldable-chains alphafold2 places=True"  # whose pace others take
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
FOLDS, HELD_MINUTES = 5, 2.0
RIVALS = {  # family and hyperparameters; None for one that is not trained for minutes
    "alphafold2": ("alphafold2", {}),
    "alphafold2-places": ("alphafold2", PLACES),
    "nearest": ("nearest", None),
    "mean": ("mean", None),
    "secondary-structure": ("secondary-structure", None),
    "straight-helix": ("straight-helix", None),
}
HELD_OUT = plans(
    {
        (name, key): (f"held-out chains, {name}: {what}", metric, "shown", unit)
        for name in RIVALS
        for key, what, metric, unit in (
            ("lddt", "lDDT", "lddt", {}),
            ("lddt apart", "lDDT, 6 residues apart", "lddt", {}),
            ("rmsd", "median RMSD", "rmsd", {"unit": "A"}),
        )
    },
    system="K1", data="chains of the PDB", split="five folds, no relatives on two sides", seeds=(0,),
    minutes=HELD_MINUTES, budget=f"as many chains as of the made world in {HELD_MINUTES:g} minutes of one core, a fold",
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
    """As `scores_of` the structures that the model predicts."""
    return scores_of(atoms_of(model, chains), chains)


def atoms_of(model: Predictor, chains: list[Chain]) -> list[np.ndarray]:
    return [one.atoms for one in model.predict(chains)["folded"]]


def scores_of(folded: list[np.ndarray], chains: list[Chain]) -> dict[str, float]:
    """Means over chains of lDDT, of that of pairs 6 residues apart or more, and of right hands; the median RMSD."""
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


@benchmark(plans=("HELD_OUT",))
def proteins_held_out(run: Run, families: tuple[str, ...] = tuple(RIVALS)) -> Result:
    """Real chains of up to 80 residues that a model has not seen: five folds, no relatives on two sides.

    --families: those that are measured now; the record is written once all are there.
    """
    torch.set_num_threads(1)
    chains = real_chains("forty")
    fold = find_relatives([chain.sequence for chain in chains]) % FOLDS

    def predicted(name: str, number: int) -> list[np.ndarray]:
        parts = np.select([fold == number, fold == (number + 1) % FOLDS], ["test", "valid"], "train").astype(object)
        data = task_of(ProteinChains("chains of up to 80 residues", chains, parts), "structure")
        family, numbers = RIVALS[name]
        budget = {} if numbers is None else {"items": run.items_of(WORLD_TRAINING, HELD_MINUTES)}
        model = run.fit(data, family, f"run-{name}-{number}", hyperparameters=numbers or {}, **budget)
        return atoms_of(model, data.items["test"])

    def measured(name: str) -> dict[str, float]:
        found = [atoms for number in range(FOLDS) for atoms in predicted(name, number)]
        order = [chain for number in range(FOLDS) for chain, own in zip(chains, fold) if own == number]
        return scores_of(found, order)

    found = run.pieces({name: {name: partial(measured, name)} for name in RIVALS}, families)
    if found is None:
        return None
    return [plan.row(found[name][key]) for (name, key), plan in HELD_OUT.items()], found
