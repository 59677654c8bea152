"""Properties of molecules: the default beside each of its parts, and how often it predicts a rare class (row J6)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from bars import Run, benchmark, plans
from common import Result, data_folder, se_of
from properties import BOOSTING, NETWORK, boosted, split_table
from sklearn.metrics import roc_auc_score

import genwright
from genwright.run.tasks import task_of

SETS = {  # name: set of MoleculeNet, target, passes over the training molecules
    "BBBP": ("BBBP", "BBBP", 30),
    "BACE": ("BACE", "Class", 30),
    "SR-ARE": ("Tox21", "SR-ARE", 10),
}
SIMPLE, SPLITS, MARGIN = ("forest", "linear"), (0, 1, 2, 3, 4), 0.02
PARTS = plans(
    {name: (f"{name}: the default less the part of it that validation would choose: as good", "difference of ROC-AUC",
            ">= 0", {"data": name, "budget": f"{passes} passes", "sides": ("default", "part")})
     for name, (_, _, passes) in SETS.items()},
    system="J6", split="test, scaffold-balanced", seeds=SPLITS, repeated="splits, a training each", margin=MARGIN,
)  # fmt: skip


@benchmark(plans=("PARTS",), tiny={"sets": ("BACE",)})
def property_parts(run: Run, sets: tuple[str, ...] = tuple(SETS)) -> Result:
    """The default for properties of molecules beside the one of its parts that validation molecules would choose.

    The parts are a network alone, a forest, boosted trees and a linear model, as families of their own that learn from
    training molecules. The best on validation molecules is chosen; a simple one then learns from these too, as inside
    the default. --sets measures a part; the record is written once all sets are there.
    """
    seeds = run.small(SPLITS, SPLITS[:1])
    parts = {name: {f"{name}-{seed}": partial(parts_of, run, name, seed) for seed in seeds} for name in SETS}
    pieces = run.pieces(parts, sets) if not run.trial else {k: run.kept(k, m) for k, m in parts[sets[0]].items()}
    if pieces is None or run.trial:
        return None if pieces is None else ([], pieces)
    rows = []
    for name in SETS:
        found = [pieces[piece] for piece in parts[name]]
        gains = [one["default"] - one["part"] for one in found]
        means = {side: round(float(np.mean([one[side] for one in found])), 4) for side in ("default", "part")}
        chosen = ", ".join(one["chosen"] for one in found)
        rows.append(PARTS[name].row(float(np.mean(gains)), se_of(gains), note=f"chosen: {chosen}", **means))
    return rows, pieces


def parts_of(run: Run, name: str, seed: int) -> dict[str, object]:
    """Test ROC-AUC of the default and of the part that validation chooses."""
    kind, target, passes = SETS[name]
    table, smiles, _ = split_table(kind, seed)
    table = table.loc[table[target].notna(), [smiles, target, "split"]].reset_index(drop=True)
    path = run.folder / f"{name}-{seed}.csv"
    table.to_csv(path, index=False)
    data = genwright.load_data(path, target=target, split_column="split")
    part_of = {part: table[table["split"] == part] for part in ("val", "test")}

    def area(answer: Callable[[list[str]], np.ndarray], part: str) -> float:
        some = part_of[part]
        return float(roc_auc_score(some[target], answer(some[smiles].tolist())))

    def fitted(family: str, **options: object) -> Callable[[list[str]], np.ndarray]:
        model = run.fit(data, family, seed=seed, **options)
        return lambda texts: model.predict(texts)["p(1)"].to_numpy(float)

    def trees(learned: tuple[str, ...], part: str) -> float:
        asked = table.assign(split=np.where(table["split"] == part, "test", table["split"]))
        asked = asked[asked["split"].isin([*learned, "test"]) & ((asked["split"] != "test") | (table["split"] == part))]
        answers = boosted(asked.reset_index(drop=True), smiles, [target], True, seed)[:, 0]
        return float(roc_auc_score(part_of[part][target], answers))

    alone = fitted(NETWORK, epochs=passes, ensemble=1, hyperparameters={"beside": False})
    valid = {NETWORK: area(alone, "val"), BOOSTING: trees(("train",), "val")}
    valid |= {family: area(fitted(family), "val") for family in SIMPLE}
    chosen = max(valid, key=valid.get)
    if chosen == NETWORK:
        part = area(alone, "test")
    elif chosen == BOOSTING:
        part = trees(("train", "val"), "test")
    else:
        part = area(fitted(chosen, rows="trainval"), "test")
    default = area(fitted(NETWORK, epochs=passes), "test")
    return {"default": default, "part": part, "chosen": chosen, "validation": valid}


RARE = {"NR-AR-LBD": "Tox21", "SR-ATAD5": "Tox21"}  # target: its set
DRAWN, WORLDS = 1_000, tuple(range(10))
SHARES = plans(
    {
        "least": ("predicted share of a rare class over the true one, pooled: at least", "ratio", ">= 0.8"),
        "most": ("predicted share of a rare class over the true one, pooled: at most", "ratio", "<= 1.25"),
    },
    system="J6", data=f"{' and '.join(RARE)} of Tox21, {DRAWN:,} molecules each", split="test, random", seeds=WORLDS,
    repeated="splits, a training each", over_seeds="pooled", budget="10 passes",
)  # fmt: skip


@benchmark(plans=("SHARES",), tiny={"worlds": 1})
def rare_shares(run: Run, worlds: int = len(WORLDS)) -> Result:
    """How often the default predicts a rare class, over how often it is there: sums over test molecules of ten random
    splits of each of two sets."""
    found = {
        f"{target}-{seed}": run.kept(f"{target}-{seed}", partial(shares_of, run, target, seed))
        for target in RARE
        for seed in WORLDS[:worlds]
    }
    predicted, true = (sum(one[name] for one in found.values()) for name in ("predicted", "true"))
    note = f"{predicted:.1f} predicted, {true:.0f} there"
    return [SHARES[end].row(predicted / true, note=note) for end in SHARES], found


def shares_of(run: Run, target: str, seed: int) -> dict[str, float]:
    """The sum of the probabilities of the rare class over test molecules, and how many have it."""
    table = pd.read_csv(data_folder("moleculenet", "tox21.csv.gz"))[["smiles", target]].dropna()
    table = table.sample(DRAWN, random_state=seed).reset_index(drop=True)
    table = table.assign(**{target: table[target].astype(int)})
    data = task_of(genwright.load_data(table, target=target, seed=seed), None)
    test = data.tensors("test")
    answers = run.fit(data, NETWORK, epochs=10, seed=seed).predict([data.whole.smiles[k] for k in test.x.tolist()])
    return {"predicted": float(answers["p(1)"].sum()), "true": float(test.target.y[:, 0].sum())}
