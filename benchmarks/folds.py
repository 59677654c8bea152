"""Structures of proteins in a made world whose law is known: what is learned of it, and by which parts (K1, K2)."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from bars import Run, benchmark, plans
from common import Result, data_folder, se_of
from proteins import PLACES, WORLD_TRAINING, scores
from scipy.stats import spearmanr

import genwright
from genwright.core.data import Data
from genwright.proteins.kinds.chain import Chain
from genwright.proteins.kinds.named import TWO_FACED, FoldableWorld, build_fold, helix_sizes
from genwright.proteins.measure import structure_scores as structures
from genwright.run.predictor import Predictor
from genwright.run.tasks import task_of

WORLD_MINUTES, WORLD_SEEDS = 7.0, (0, 1, 2)
MIRRORED = str.maketrans("LR", "RL")
NEW_CHAINS = 3  # the stream of chains that no part of the data has
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
            ("test", "folds never seen", "above mirrored", "lDDT above that of mirrored turns", "lddt", ">= 0.03", {}),
            ("test", "folds never seen", "nearest", "the true fold is the nearest of all 25", "share", ">= 0.6", {}),
        )
    },
    system="K1", data="foldable-chains", split="by fold", seeds=WORLD_SEEDS, repeated="trainings",
    minutes=WORLD_MINUTES, budget=f"{WORLD_MINUTES:g} minutes of one core",
)  # fmt: skip


def learned(
    run: Run, out: str, world: str, numbers: dict, family: str = "alphafold2", seed: int = 0, **budget: float
) -> tuple[Predictor, Data]:
    """A model of a made world with these hyperparameters, and the chains of that world."""
    data = task_of(genwright.load_data(world), "structure")
    return run.fit(data, family, f"run-{out}", seed=seed, hyperparameters=numbers, **budget), data


def scored(run: Run, model: Predictor, data: Data) -> dict[str, dict[str, float]]:
    """Scores of new chains of folds that train, and of folds that never do."""
    return {part: scores(model, data.items[part][: run.small(None, 4)]) for part in ("valid", "test")}


@benchmark(plans=("WORLD",), tiny={"seeds": (0,)})
def proteins_world(run: Run, seeds: tuple[int, ...] = WORLD_SEEDS) -> Result:
    """A made world of five helices, learned by `alphafold2`: new chains of folds that train, and folds that never do.

    --seeds: those that are measured now; the record is written once all are there.
    """
    torch.set_num_threads(1)

    def trained(seed: int) -> tuple[Predictor, Data]:
        return learned(run, f"world-{seed}", "foldable-chains", PLACES, seed=seed, minutes=WORLD_MINUTES)

    def measured(seed: int) -> dict[str, dict[str, float]]:
        model, data = trained(seed)
        return {part: scores(model, data.items[part]) | {"confidence": confidence(model, data.items[part])}
                for part in ("valid", "test")}  # fmt: skip

    def among_folds(seed: int) -> dict[str, float]:
        model, data = trained(seed)
        return against_folds(model, data.items["test"])

    found = run.pieces(
        {f"seed {seed}": {f"seed {seed}": partial(measured, seed), f"folds {seed}": partial(among_folds, seed)}
         for seed in WORLD_SEEDS},
        [f"seed {seed}" for seed in seeds],
    )  # fmt: skip
    if found is None:
        return None
    each = [found[f"seed {seed}"] | {"folds": found[f"folds {seed}"]} for seed in WORLD_SEEDS]
    each = [one | {"test": one["test"] | one["folds"]} for one in each]
    figures = {(part, key): [one[part][key] for one in each] for part, key in WORLD}
    return [plan.row(np.mean(figures[at]), se_of(figures[at])) for at, plan in WORLD.items()], found


def confidence(model: Predictor, chains: list[Chain]) -> float:
    """Spearman's rank correlation of the confidence of a residue with its lDDT."""
    folded = model.predict(chains)["folded"]
    true = [structures.lddt(one.atoms, chain.atoms, chain.has_backbone) for one, chain in zip(folded, chains)]
    return float(spearmanr(np.concatenate(true), np.concatenate([one.confidence for one in folded])).statistic)


SHIPPED, TRUSTED = "shipped:foldable-chains", 40  # the model whose confidence is measured, and made chains of a group
NATURAL, LONGEST_NATURAL, UBIQUITIN = 30, 120, "1ubi_A"  # chains of the PDB, and residues of one at most
GROUPS = {
    "seen": "new chains of folds that train",
    "unseen": "folds that never train",
    "six": "another made world, six helices",
    "local": "another made world, another law by the same letters",
    "natural": "30 chains of the PDB",
    "random": "random letters, against those structures",
}
UNREADABLE = "local"  # a group whose letters are those of the model's own world, so that nothing tells it apart
TRUST = plans(
    {
        "rho": ("confidence of chains against their lDDT, Spearman, without the other law", "rho", ">= 0.8"),
        "error": ("confidence of chains less their lDDT, mean absolute, without the other law", "lddt", "<= 0.1"),
        "rho of all": ("confidence of chains against their lDDT, Spearman, all groups", "rho", "shown"),
        "error of all": ("confidence of chains less their lDDT, mean absolute, all groups", "lddt", "shown"),
        **{(name, key): (f"{said}: {what}", "lddt", bar)
           for name, said in GROUPS.items()
           for key, what, bar in (("lddt", "lDDT", "shown"), ("confidence", "confidence", "shown"),
                                  ("error", "mean error of the confidence", "shown"))},
        "ubiquitin": ("ubiquitin: confidence", "lddt", "shown"),
        "ubiquitin lddt": ("ubiquitin: lDDT", "lddt", "shown"),
    },
    system="K1", data="foldable-chains and chains of the PDB", split="whole groups", seeds=(0,),
    budget="the shipped model",
)  # fmt: skip


@benchmark(plans=("TRUST",), tiny={"chains": 3})
def proteins_confidence(run: Run, chains: int = TRUSTED) -> Result:
    """Whether the confidence of the shipped model means something: its weights were measured on validation chains of
    its own world alone, as they are and shuffled. Of a chain, it is the mean over residues."""
    torch.set_num_threads(1)
    model, own, six, local = (
        genwright.load_model(SHIPPED),
        FoldableWorld(),
        FoldableWorld(6, seed=1),
        FoldableWorld(seed=1, local=True),
    )
    every = genwright.load_data(data_folder("protein-chains", "chains.zip")).chains
    ubiquitin = next(chain for chain in every if chain.name == UBIQUITIN)
    short = [chain for chain in every if len(chain) <= LONGEST_NATURAL and chain is not ubiquitin]
    rng = np.random.default_rng(0)
    natural = [short[k] for k in rng.permutation(len(short))[: run.small(NATURAL, 3)]]
    letters = [rng.integers(0, 20, len(chain)).astype(np.int8) for chain in natural]
    groups = {
        "seen": own.draw(own.seen_folds, NEW_CHAINS, range(chains)),
        "unseen": own.draw(own.unseen_folds, NEW_CHAINS, range(chains)),
        "six": six.draw(six.folds, NEW_CHAINS, range(chains)),
        "local": local.draw(local.folds, NEW_CHAINS, range(chains)),
        "natural": natural,
        "random": [Chain("random", new, one.atoms, one.breaks) for new, one in zip(letters, natural)],
        "ubiquitin": [ubiquitin],
    }
    found = {name: against_truth(model, group) for name, group in groups.items()}
    rows = []
    for names, also in (([name for name in GROUPS if name != UNREADABLE], ""), ([*GROUPS], " of all")):
        true, said = (np.concatenate([found[name][key] for name in names]) for key in ("lddt", "confidence"))
        rows.append(TRUST[f"rho{also}"].row(float(spearmanr(true, said).statistic)))
        rows.append(TRUST[f"error{also}"].row(np.abs(true - said).mean()))
    for name in GROUPS:
        values = {key: np.array(one) for key, one in found[name].items()}
        values["error"] = np.abs(values["lddt"] - values["confidence"])
        rows += [TRUST[name, key].row(one.mean(), one.std() / len(one) ** 0.5) for key, one in values.items()]
    rows += [TRUST["ubiquitin"].row(found["ubiquitin"]["confidence"][0])]
    return [*rows, TRUST["ubiquitin lddt"].row(found["ubiquitin"]["lddt"][0])], found


def against_truth(model: Predictor, chains: list[Chain]) -> dict[str, list[float]]:
    """The lDDT of each chain, and the mean confidence of its residues."""
    folded = model.predict(chains)["folded"]
    lddt = [np.nanmean(structures.lddt(one.atoms, of.atoms, of.has_backbone)) for one, of in zip(folded, chains)]
    return {"lddt": [*map(float, lddt)], "confidence": [float(one.confidence.mean()) for one in folded]}


def against_folds(model: Predictor, chains: list[Chain]) -> dict[str, float]:
    """How far the mean lDDT is above that of the chains with every turn mirrored, and the share of predictions that lie
    nearest to the true one of all folds, by RMSD."""
    folds, above, nearest = FoldableWorld().folds, [], []
    for one, chain in zip(model.predict(chains)["folded"], chains):
        turns, sizes, known = chain.name.split("-")[0], helix_sizes(chain.sequence), chain.has_backbone
        score = lambda atoms, chain=chain: np.nanmean(structures.lddt(atoms, chain.atoms, chain.has_backbone))
        above.append(score(one.atoms) - score(build_fold(turns.translate(MIRRORED), sizes)))
        away = {fold: structures.rmsd(one.atoms, build_fold(fold, sizes), known) for fold in folds}
        nearest.append(min(away, key=away.get) == turns)
    return {"above mirrored": float(np.mean(above)), "nearest": float(np.mean(nearest))}


CUTS = {  # hyperparameters that take a part away, or add one
    "whole": ("as in the other rows", {}),
    "clamped": ("FAPE clamped from the first step", {"clamp_from": 0.0}),
    "convolutions": ("no convolutions", {"convolutions": 0}),
    "triangles": ("no triangles", {"triangles": False}),
    "invariant": ("no invariant attention", {"invariant": False}),
    "recycled": ("one pass of recycling", {"recycles": 1}),
    "uncropped": ("no crops", {"cropped": 0.0}),
    "placeless": ("no numbers of residues", {"places": False}),
}
CUT_MINUTES = 4.0
ABLATIONS = plans(
    {
        (name, part): (f"{said}, {where}: lDDT, 6 residues apart", "lddt", "shown")
        for name, (said, _) in CUTS.items()
        for part, where in (("valid", "seen folds"), ("test", "folds never seen"))
    },
    system="K1", data="foldable-chains", split="by fold", seeds=(0,), minutes=CUT_MINUTES,
    budget=f"the chains that the whole sees in {CUT_MINUTES:g} minutes of one core",
)  # fmt: skip


@benchmark(plans=("ABLATIONS",))
def proteins_ablations(run: Run, cuts: tuple[str, ...] = tuple(CUTS)) -> Result:
    """What each part of `alphafold2` brings in the made world: trainings without it, on as many chains each.

    --cuts: those that are measured now; the record is written once all are there.
    """
    torch.set_num_threads(1)

    def measured(name: str) -> dict[str, dict[str, float]]:
        items = run.items_of(WORLD_TRAINING, CUT_MINUTES)
        return scored(run, *learned(run, name, "foldable-chains", PLACES | CUTS[name][1], items=items))

    found = run.pieces({name: {name: partial(measured, name)} for name in CUTS}, cuts)
    if found is None:
        return None
    return [plan.row(found[name][part]["lddt apart"]) for (name, part), plan in ABLATIONS.items()], found


HIDDEN_SIDES = {"with": PLACES, "without": PLACES | {"alignment": False}}
ALIGNED = plans(
    {
        part: (f"a third of the turns hidden, {where}: lDDT, 6 residues apart, with alignments less without", "lddt",
               ">= 0.05")
        for part, where in (("valid", "seen folds"), ("test", "folds never seen"))
    },
    system="K1", data="foldable-chains-hidden", split="by fold", seeds=(0,), minutes=WORLD_MINUTES,
    sides=tuple(HIDDEN_SIDES), budget=f"as many chains as without alignments in {WORLD_MINUTES:g} minutes of one core",
)  # fmt: skip


@benchmark(plans=("ALIGNED",))
def proteins_aligned(run: Run, sides: tuple[str, ...] = tuple(HIDDEN_SIDES)) -> Result:
    """What alignments of 16 sequences bring where a third of the turns cannot be read in the sequence.

    --sides: those that are measured now; the record is written once both are there.
    """
    torch.set_num_threads(1)

    def measured(side: str) -> dict[str, dict[str, float]]:
        items = run.items_of(WORLD_TRAINING, WORLD_MINUTES)
        return scored(run, *learned(run, side, "foldable-chains-hidden", HIDDEN_SIDES[side], items=items))

    found = run.pieces({side: {side: partial(measured, side)} for side in HIDDEN_SIDES}, sides)
    if found is None:
        return None
    apart = {part: {side: found[side][part]["lddt apart"] for side in found} for part in ALIGNED}
    return [
        plan.row(apart[part]["with"] - apart[part]["without"], **apart[part]) for part, plan in ALIGNED.items()
    ], found


SAMPLED_MINUTES, TRUNK_SHARE, RANKED = 15.0, 0.65, 5
PACED_MINUTES = {"alphafold2": SAMPLED_MINUTES, "alphafold3": 10.5}  # by alphafold2's pace: a head takes twice as long
SAMPLED = plans(
    {
        (part, key): (f"{where}: lDDT, {what}", "lddt", bar if part == "test" else "shown", more)
        for part, where in (("valid", "seen folds"), ("test", "folds never seen"))
        for key, what, bar, more in (
            ("best", f"the best of {RANKED} samples less alphafold2", ">= 0.02", {}),
            ("first", "the surest sample less alphafold2", ">= 0", {"margin": 0.01}),
        )
    },
    system="K2", data="foldable-chains", split="by fold", seeds=(0,), minutes=SAMPLED_MINUTES,
    sides=("alphafold3", "alphafold2"), budget=f"{SAMPLED_MINUTES:g} minutes of one core each, at most",
)  # fmt: skip


@benchmark(plans=("SAMPLED",))
def proteins_sampled(run: Run, families: tuple[str, ...] = ("alphafold2", "alphafold3")) -> Result:
    """Samples of `alphafold3` in the made world, beside the one answer that `alphafold2` learns in the same time.

    --families: those that are measured now; the record is written once both are there.
    """
    torch.set_num_threads(1)
    asked = {"alphafold2": PLACES, "alphafold3": PLACES | {"share": TRUNK_SHARE}}

    def measured(family: str) -> dict[str, dict[str, list[float]]]:
        items = run.items_of(WORLD_TRAINING, PACED_MINUTES[family])
        model, data = learned(run, family, "foldable-chains", asked[family], family, items=items)
        count = RANKED if family == "alphafold3" else 1
        return {part: ranked_scores(model, data.items[part][: run.small(None, 4)], count) for part in ("valid", "test")}

    found = run.pieces({family: {family: partial(measured, family)} for family in asked}, families)
    if found is None:
        return None
    rows = []
    for (part, key), plan in SAMPLED.items():
        ours, theirs = (np.array(found[family][part]["lddt"]) for family in ("alphafold3", "alphafold2"))
        ours = ours.max(1) if key == "best" else ours[:, 0]
        gain = ours - theirs[:, 0]
        rows.append(plan.row(gain.mean(), se_of(gain), alphafold3=ours.mean(), alphafold2=theirs.mean()))
    return rows, found


def ranked_scores(model: Predictor, chains: list[Chain], count: int) -> dict[str, list]:
    """For each chain, lDDT, RMSD and right hand of each of its structures, the surest first."""
    table = model.predict(chains, samples=count) if count > 1 else model.predict(chains)
    pairs = [(one.atoms, chain.atoms, chain.has_backbone)
             for one, chain in zip(table["folded"], [chain for chain in chains for _ in range(count)])]  # fmt: skip
    score = {"lddt": lambda *pair: np.nanmean(structures.lddt(*pair)), "rmsd": structures.rmsd,
             "hand": structures.has_right_hand}  # fmt: skip
    return {
        key: np.array([of(*pair) for pair in pairs], float).reshape(-1, count).tolist() for key, of in score.items()
    }


FACED_MINUTES, DRAWN, NEAR, FACED_CHAINS = 10.0, 16, 2.5, 32  # minutes; samples of a sequence; angstrom; sequences
FACED_TRAINING = "foldable-chains-two-faced alphafold3 places=True"
HEADS = {"hands": ("", {}), "plain": ("without the trunk's structure in view, ", {"hands": False})}
FACES = plans(
    {
        (head, key): (f"{HEADS[head][0]}{what}", metric, bar if head == "hands" else "shown", unit)
        for head in HEADS
        for key, what, metric, bar, unit in (
            ("both", f"sequences with two folds of which {DRAWN} samples have both, RMSD < {NEAR} A", "share", ">= 0.9",
             {}),
            ("hand", "samples with the right hand", "share", ">= 0.9", {}),
            ("rmsd", "median RMSD of a sample to the nearer fold", "rmsd", "<= 1", {"unit": "A"}),
        )
    },
    system="K2", data="foldable-chains-two-faced", split="new chains whose two folds train", seeds=(0,),
    minutes=FACED_MINUTES,
    budget=f"{FACED_MINUTES:g} minutes of one core, of which the trunk has about two; as many chains without",
)  # fmt: skip


@benchmark(plans=("FACES",))
def proteins_two_faced(run: Run, heads: tuple[str, ...] = tuple(HEADS)) -> Result:
    """Samples of `alphafold3` for sequences that have two folds, with and without the trunk's structure in
    view of the denoiser.

    --heads: those that are measured now; the record is written once both are there.
    """
    torch.set_num_threads(1)
    world = FoldableWorld(4, two_faced=True)
    seen = [fold for fold in world.seen_folds if {fold[:-1] + turn for turn in "LR"} <= {*world.seen_folds}]
    drawn = world.draw([fold for fold in seen if fold[-1] != "S"], NEW_CHAINS, range(4 * FACED_CHAINS))
    chains = [chain for chain in drawn if f"G{TWO_FACED}G" in chain.sequence][: run.small(FACED_CHAINS, 2)]

    def measured(head: str) -> dict[str, float]:
        hands = head == "hands"
        budget = {"minutes": FACED_MINUTES} if hands else {"items": run.items_of(FACED_TRAINING, FACED_MINUTES)}
        numbers = PLACES | HEADS[head][1]
        model, _ = learned(run, head, "foldable-chains-two-faced", numbers, "alphafold3", **budget)
        return faces(model, chains, run.small(DRAWN, 2))

    found = run.pieces({head: {head: partial(measured, head)} for head in HEADS}, heads)
    if found is None:
        return None
    return [plan.row(found[head][key]) for (head, key), plan in FACES.items()], found


def faces(model: Predictor, chains: list[Chain], count: int) -> dict[str, float]:
    """The share of chains both of whose folds are among `count` samples, that of samples with the right hand, and the
    median RMSD of a sample to the nearer fold."""
    folded = model.predict(chains, samples=count)["folded"].tolist()
    both, hands, away = [], [], []
    for number, chain in enumerate(chains):
        begins, sizes = chain.name.split("-")[0][:-1], helix_sizes(chain.sequence)
        known, folds = chain.has_backbone, [build_fold(begins + turn, sizes) for turn in "LR"]
        samples = [one.atoms for one in folded[number * count : (number + 1) * count]]
        distances = np.array([[structures.rmsd(atoms, fold, known) for fold in folds] for atoms in samples])
        both.append((distances.min(0) < NEAR).all())
        away += distances.min(1).tolist()
        hands += [structures.has_right_hand(atoms, folds[nearer], known)
                  for atoms, nearer in zip(samples, distances.argmin(1))]  # fmt: skip
    return {"both": float(np.mean(both)), "hand": float(np.mean(hands)), "rmsd": float(np.median(away))}
