"""Scaffolds that no training molecule has, grown to three properties asked together (Lim et al. 2019), in one draw.

    GENWRIGHT_DATA=FOLDER python benchmarks/decorate.py [--folder runs/decorate] [--minutes 10] [--requests 400]

The string model learns from molecules of MOSES, written scaffold first, with their weight, TPSA and logP. A request is
the scaffold of a molecule of MOSES' scaffold test part, unmarked, and the properties of that molecule. Beside it stand
the same model with the request hidden, R-groups of training molecules swapped in at random, and the nearest of 60 such
swaps, which looks 60 times at a formula and knows where the real molecule carries its R-groups. The script writes each
piece to disk as it is measured, and resumes.
"""

from __future__ import annotations

import argparse
import gzip
import os
from pathlib import Path

import numpy as np
import pandas as pd
from bars import Plan, kept, record

import genwright
from genwright.chemistry.fingerprints import morgan_counts, packed
from genwright.chemistry.properties import computed
from genwright.chemistry.scaffolds import scaffold_of
from genwright.chemistry.standards import quiet_rdkit
from genwright.evaluation.decorations import decorate, r_squared
from genwright.evaluation.metrics.frechet import frechet
from genwright.evaluation.metrics.molecules import describe

ASKED = "weight", "tpsa", "logp"
TRAINED, POOL, SWAPS = 100_000, 800, 60  # training molecules, those whose R-groups are swapped in, looks at a formula
MANY_SCAFFOLDS, DRAWS = 20, 100  # whose draws are to be different
OURS, HIDDEN, SWAP, NEAREST = "model", "hidden", "swap", "nearest_of_60"
SIDES = OURS, HIDDEN, SWAP, NEAREST
WHERE = dict(
    system="J5", data="MOSES", split="scaffold test part", seeds=(0,), over_seeds="one", minutes=10.0,
    budget="ten minutes of one core",
)  # fmt: skip
R2 = dict(metric="R^2 asked against obtained, one draw", sides=SIDES, **WHERE)
PLANS = {
    "kept": Plan(what="scaffold kept, of molecules", metric="share", least=1.0, **WHERE),
    "same": Plan(what="Murcko scaffold equal, of molecules", metric="share", **WHERE),
    "valid": Plan(what="valid, of what is written", metric="share", least=0.95, **WHERE),
    "unique": Plan(what="unique of 100 draws a scaffold", metric="share of what is written", least=0.8, **WHERE),
    "weight": Plan(what="weight asked against obtained", least=0.85, **R2),
    "tpsa": Plan(what="TPSA asked against obtained", least=0.8, **R2),
    "logp": Plan(what="logP asked against obtained", least=0.7, **R2),
    "fcd": Plan(
        what="FCD to real decorations over that of the nearest of 60 swaps", metric="ratio", most=0.8, sides=SIDES,
        **WHERE,
    ),
    "similarity": Plan(what="similarity to the real decoration", metric="mean Tanimoto", sides=SIDES, **WHERE),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/decorate"))
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--requests", type=int, default=400)
    options = parser.parse_args()
    folder, n = options.folder, options.requests
    folder.mkdir(parents=True, exist_ok=True)
    train(folder, options.minutes)
    found = {side: kept(folder, f"one-draw-{side}", lambda: measured(folder, side, n)) for side in SIDES}
    found["unique"] = kept(folder, "unique", lambda: several(folder))
    rows = [PLANS[name].row(found[OURS][name]) for name in ("kept", "same", "valid")]
    rows.append(PLANS["unique"].row(found["unique"]["unique"]))
    each = lambda name: {side: round(found[side][name], 3) for side in SIDES}
    rows += [PLANS[name].row(found[OURS][name], digits=3, **each(name)) for name in (*ASKED, "similarity")]
    rows.append(PLANS["fcd"].row(found[OURS]["fcd"] / found[NEAREST]["fcd"], digits=3, **each("fcd")))
    record("decorate", rows, found)


def moses(part: str) -> list[str]:
    with gzip.open(Path(os.environ["GENWRIGHT_DATA"]) / "moses" / f"{part}.csv.gz", "rt") as file:
        return [line.split(",")[0].strip() for line in file][1:]


def chosen(lines: list[str], count: int, seed: int) -> list[str]:
    return [lines[k] for k in np.random.default_rng(seed).choice(len(lines), min(count, len(lines)), replace=False)]


def train(folder: Path, minutes: float):
    """The model, trained where it is not there yet."""
    run, table = folder / "model", folder / "train.csv"
    if (run / "weights.safetensors").exists():
        return genwright.load_model(run)
    if not table.exists():
        smiles = chosen(moses("train"), TRAINED, 0)
        pd.DataFrame({"smiles": smiles} | computed(smiles, ASKED)).to_csv(table, index=False)
    data = genwright.load_data(table, kind="molecules", notation="scaffold-first", given=list(ASKED))
    return genwright.fit(data, "autoregressive", minutes=minutes, out=run, progress=False)


def requests(n: int) -> pd.DataFrame:
    """Real molecules of new scaffolds, with these and what is asked."""
    smiles = chosen(moses("test_scaffolds"), 3 * n, 1)
    table = pd.DataFrame({"smiles": smiles, "scaffold": [scaffold_of(text) for text in smiles]})
    table = table[(table["scaffold"] != "") & (table["scaffold"] != table["smiles"])][:n].reset_index(drop=True)
    return table.assign(**computed(table["smiles"], ASKED))


def measured(folder: Path, side: str, n: int) -> dict:
    asked = requests(n)
    if side in (OURS, HIDDEN):
        given = {name: asked[name].to_numpy() for name in ASKED} if side == OURS else None
        table = decorate(genwright.load_model(folder / "model"), asked["scaffold"], given, seed=0)
    else:
        table = swapped(asked, SWAPS if side == NEAREST else 1)
    read = table["valid"].to_numpy(bool)
    done, of_real = table[read], asked[read]
    found = {name: r_squared(of_real[name].to_numpy(), done[name].to_numpy()) for name in ASKED}
    clouds = [describe(list(smiles), ()).activations for smiles in (done["smiles"], asked["smiles"])]
    bits = [np.unpackbits(packed(morgan_counts(list(each["smiles"]))), axis=1) for each in (done, of_real)]
    alike = (bits[0] & bits[1]).sum(1) / np.maximum(1, (bits[0] | bits[1]).sum(1))
    return found | {
        "kept": float(done["kept"].mean()), "same": float(done["same_scaffold"].mean()), "valid": float(read.mean()),
        "fcd": float(frechet(*clouds)), "similarity": float(alike.mean()), "n": len(table),
    }  # fmt: skip


def several(folder: Path) -> dict:
    """Many draws of a few scaffolds, each with one request."""
    asked, model = requests(MANY_SCAFFOLDS), genwright.load_model(folder / "model")
    given = {name: asked[name].to_numpy() for name in ASKED}
    table = decorate(model, asked["scaffold"], given, samples=DRAWS, seed=1)
    return {"unique": float(table["unique"].eq(True).mean()), "valid": float(table["valid"].mean())}


# ---------------------------------------------------------------------- swaps


def swapped(asked: pd.DataFrame, looks: int) -> pd.DataFrame:
    """R-groups of training molecules at the places where the real molecule has its own; of so many looks the one whose
    properties, in deviations over requests, are nearest to what is asked."""
    from rdkit import Chem

    with quiet_rdkit():
        pool, rng = groups(chosen(moses("train"), POOL, 2)), np.random.default_rng(0)
        scale, rows = asked[list(ASKED)].std().to_numpy(), []
        for row in asked.to_dict("records"):
            scaffold = Chem.MolFromSmiles(row["scaffold"])
            core = Chem.ReplaceSidechains(Chem.MolFromSmiles(row["smiles"]), scaffold)
            made = [text for _ in range(looks) if (text := joined(core, pool, rng))]
            values = computed(made, ASKED)
            off = sum(((values[name] - row[name]) / s) ** 2 for name, s in zip(ASKED, scale))
            best = int(np.argmin(off)) if made else None
            if best is None:
                rows.append({"smiles": "", "valid": False, "kept": False, "same_scaffold": False})
                continue
            held = Chem.MolFromSmiles(made[best]).HasSubstructMatch(scaffold)
            same = scaffold_of(made[best]) == row["scaffold"]
            own = {name: values[name][best] for name in ASKED}
            rows.append({"smiles": made[best], "valid": True, "kept": held, "same_scaffold": same} | own)
    return pd.DataFrame(rows)


def groups(smiles: list[str]) -> list:
    """The R-groups of molecules that are bound at one place."""
    from rdkit import Chem

    found = []
    for text in smiles:
        core = scaffold_of(text)
        sides = core and Chem.ReplaceCore(Chem.MolFromSmiles(text), Chem.MolFromSmiles(core))
        for side in Chem.GetMolFrags(sides, asMols=True) if sides else ():
            if sum(not atom.GetAtomicNum() for atom in side.GetAtoms()) == 1:
                found.append(side)
    return found


def joined(core, pool: list, rng: np.random.Generator) -> str | None:
    """A core with an R-group at each of its places; None where that is no molecule."""
    from rdkit import Chem

    whole = Chem.RWMol(core)
    for place in [atom.GetIdx() for atom in core.GetAtoms() if not atom.GetAtomicNum()]:
        side, first = pool[rng.integers(len(pool))], whole.GetNumAtoms()
        whole = Chem.RWMol(Chem.CombineMols(whole, side))
        end = next(first + atom.GetIdx() for atom in side.GetAtoms() if not atom.GetAtomicNum())
        near = [whole.GetAtomWithIdx(at).GetNeighbors()[0].GetIdx() for at in (place, end)]
        whole.AddBond(*near, Chem.BondType.SINGLE)
    for atom in sorted((atom.GetIdx() for atom in whole.GetAtoms() if not atom.GetAtomicNum()), reverse=True):
        whole.RemoveAtom(atom)
    if Chem.SanitizeMol(whole, catchErrors=True):
        return None
    text = Chem.MolToSmiles(whole)
    return None if "." in text or Chem.MolFromSmiles(text) is None else text


if __name__ == "__main__":
    main()
