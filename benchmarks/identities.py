"""What is equal: parents of molecules beside ChEMBL's, and equal items in two parts of a split (What is equal)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import cache
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from bars import Run, benchmark, plans
from common import Result, data_folder
from peers.chembl import parents_by_chembl
from PIL import Image

import genwright
from genwright.kinds.points.atoms import Atoms
from genwright.kinds.splits import SPLIT_NAMES
from genwright.molecules.chemistry.standards import neutral_parent, quiet_rdkit
from genwright.sound.kinds.audio.clips import Clips

FILES = {  # of molecules: file -> column of SMILES, "" of a list
    "moleculenet/BBBP.csv.gz": "smiles",
    "moleculenet/HIV.csv.gz": "smiles",
    "moleculenet/Lipophilicity.csv.gz": "smiles",
    "moleculenet/SAMPL.csv.gz": "smiles",
    "moleculenet/bace.csv.gz": "mol",
    "moleculenet/delaney-processed.csv.gz": "smiles",
    "moleculenet/tox21.csv.gz": "smiles",
    "antibiotics/ecoli.csv": "smiles",
    "antibiotics/broad_repurposing_library.csv.gz": "smiles",
    "moses/train.csv.gz": "",
    "moses/test.csv.gz": "",
    "zinc250k/valid.txt.gz": "",
    "zinc250k/test.txt.gz": "",
    "qm9-smiles/qm9.csv.gz": "",
}
NAMED = (  # data whose split is ours
    "digits iris wine breast-cancer diabetes abalone california-housing diamonds horse-colic mpg penguins titanic "
    "wine-quality-red wine-quality-white qm9-smiles bbbp bace esol freesolv lipophilicity antibiotics qm7"
).split()
GRAPHS = "mutag enzymes imdb-binary".split()  # modelled whole
BASES, COPIES, SEEDS = 40, 3, (0, 1, 2)
MADE = ("tables", "sequences", "points", "graph-sets", "molecules", "images", "audio", "music")

COMMON = {"system": "equal", "seeds": (0,), "budget": "none"}
ROWS = {"data": "MoleculeNet, antibiotics, MOSES, ZINC, QM9", "split": "all rows of several fragments"}
PARENTS = plans(
    {
        "one": ("parents equal to ChEMBL's, where it keeps one fragment", "share", ">= 0.99 of rows"),
        "all": ("parents among the fragments that ChEMBL keeps", "share", ">= 0.99 of rows"),
        "excluded": ("rows for which ChEMBL has no parent", "rows", "shown"),
        "seconds": ("10,000 rows of several fragments", "seconds", "shown", {"unit": "CPU-s"}),
    },
    **COMMON,
    **ROWS,
)
SPLITS = plans(
    {
        "made": ("made copies of each kind in two parts", "items", "<= 0", {"data": f"{BASES} items, {COPIES} copies"}),
        "named": ("equal items of named data in two parts", "items", "<= 0", {"data": "named data without a split"}),
    },
    **COMMON | {"seeds": SEEDS},
    split="all parts",
    over_seeds="sum",
    repeated="splits",
)


@benchmark(tiny={"most": 60}, peer="chembl", plans=("PARENTS",))
def parents(run: Run, most: int = 10**9) -> Result:
    """Parents of molecules of several fragments, beside those of the ChEMBL structure pipeline.

    Where the pipeline keeps several fragments, it chooses none: ours agrees if each fragment of ours is among them.
    Isotopes, which the pipeline drops, and charges that hydrogens can balance do not count.
    """
    with quiet_rdkit():
        rows = run.kept("rows", lambda: several_fragments(most))
        theirs = run.kept("chembl", lambda: parents_by_chembl(rows))
        began = process_time()
        ours = [neutral_parent(text) for text in rows]
        seconds = process_time() - began
        compared = [pair for pair in zip(rows, ours, map(bare, ours), map(bare, theirs)) if pair[-1]]
    one = [mine == other for *_, mine, other in compared if len(other) == 1]
    every = [mine <= other for *_, mine, other in compared]
    apart = [(text, parent, sorted(other)) for text, parent, mine, other in compared if not mine <= other]
    values = {
        "one": np.mean(one),
        "all": np.mean(every),
        "excluded": len(rows) - len(compared),
        "seconds": seconds / len(rows) * 10_000,
    }
    details = {"rows": len(rows), "one fragment": len(one), "compared": len(compared), "disagreements": apart}
    return [PARENTS[key].row(float(value)) for key, value in values.items()], details


def several_fragments(most: int) -> list[str]:
    """The first rows of several fragments of all files, canonical, each once."""
    from rdkit import Chem

    found: dict[str, None] = {}
    for name, column in FILES.items():
        path = data_folder(*name.split("/"))
        table = pd.read_csv(path, header="infer" if column else None, dtype=str, keep_default_na=False)
        cells = table[column] if column else table.iloc[:, 0]
        for cell in cells[cells.str.contains(".", regex=False)]:
            if (molecule := Chem.MolFromSmiles(cell)) and len(Chem.GetMolFrags(molecule)) > 1:
                found.setdefault(Chem.MolToSmiles(molecule))
    return list(found)[:most]


def bare(smiles: str | None) -> set[str]:
    """The fragments of a molecule, each neutral and without isotopes."""
    from rdkit import Chem

    molecule = smiles and Chem.MolFromSmiles(smiles)
    if not molecule:
        return {smiles} if smiles else set()
    for atom in molecule.GetAtoms():
        atom.SetIsotope(0)
    fragments = Chem.GetMolFrags(Chem.RemoveHs(molecule), asMols=True)
    return {neutral_parent(Chem.MolToSmiles(fragment)) for fragment in fragments}


@benchmark(tiny={"names": ("iris",), "graphs": ()}, plans=("SPLITS",))
def equal_items(
    run: Run,
    names: tuple[str, ...] = tuple(NAMED),
    graphs: tuple[str, ...] = tuple(GRAPHS),
    kinds: tuple[str, ...] = MADE,
) -> Result:
    """Items in two parts that are copies of each other, of made copies of each kind and of named data.

    Made copies are known by the number of the item that they copy, named ones by the rule of the kind.
    """
    made = {kind: sum(leaks_of_made(run, kind, seed) for seed in SEEDS) for kind in kinds}
    named = {}
    for name in (*names, *graphs):
        options = {"kind": "graph-sets"} if name in graphs else {}
        named[name] = run.kept(name, lambda: [leaks_of_named(name, seed, options) for seed in SEEDS])
    total = sum(sum(found["in two parts"] for found in each) for each in named.values())
    details = {"made": made, "named": named}
    return [SPLITS["made"].row(sum(made.values())), SPLITS["named"].row(total)], details


def leaks_of_named(name: str, seed: int, options: dict[str, str]) -> dict[str, float]:
    """Validation and test items with an equal item in another part; equal items, and the seconds to number them."""
    data = genwright.load_data(name, seed=seed, **options)
    equals, began = data.domain.equals(), perf_counter()
    numbers = {part: equals.number(data.items[part]) for part in SPLIT_NAMES}
    seconds = perf_counter() - began
    every = np.concatenate(list(numbers.values()))
    found = {"items": len(every), "copies": len(every) - len(np.unique(every)), "seconds": round(seconds, 2)}
    return found | {"in two parts": count_leaks(numbers)}


def count_leaks(numbers: dict[str, Sequence[Hashable]]) -> int:
    """Items of a part that are in a part before it too."""
    sets = [set(np.asarray(numbers[part]).tolist()) for part in SPLIT_NAMES]
    return len(sets[0] & sets[1]) + len((sets[0] | sets[1]) & sets[2])


def leaks_of_made(run: Run, kind: str, seed: int) -> int:
    with run.fresh() as folder:
        rng = np.random.default_rng(seed)
        source, number_of, options = copies_of(kind, rng, folder)
        data = genwright.load_data(source, seed=seed, **options)
        return count_leaks({part: list(map(number_of, as_list(data.items[part]))) for part in SPLIT_NAMES})


def as_list(items: Any) -> list:
    return items.to_dict("records") if isinstance(items, pd.DataFrame) else list(items)


def copies_of(kind: str, rng: np.random.Generator, folder: Path) -> tuple[Any, Callable[[Any], Hashable], dict]:
    """Data that hold each item several times, written differently, a function that says which item one is a copy of,
    and options."""
    number = np.repeat(np.arange(BASES), COPIES)
    if kind == "tables":
        rows = pd.DataFrame({"x": rng.normal(size=BASES), "y": rng.integers(0, 9, BASES)}).iloc[number]
        return rows.assign(id=[f"n{k}" for k in range(len(rows))]).reset_index(drop=True), lambda row: row["x"], {}
    if kind == "sequences":
        lines = ["".join(rng.choice(list("abcdefgh"), 12)) for _ in range(BASES)]
        return [lines[k] for k in number], str, {}
    if kind == "points":
        sets = [Atoms(tuple("CCNOHH"), 2 * rng.normal(size=(6, 3))) for _ in range(BASES)]
        sizes = np.array(list(map(radii, sets)))
        nearest = lambda item: int(np.abs(sizes - radii(item)).max(1).argmin())
        return [turned(sets[k], rng) for k in number], nearest, {"kind": "points"}
    if kind == "graph-sets":
        graphs = [nx.gnp_random_graph(12, 0.3, seed=int(rng.integers(2**31))) for _ in range(BASES)]
        shuffled = [nx.relabel_nodes(graphs[k], dict(enumerate(rng.permutation(12).tolist()))) for k in number]
        return shuffled, nx.weisfeiler_lehman_graph_hash, {}
    if kind == "molecules":
        forms = list(salts_of())
        (folder / "m.smi").write_text("\n".join(text for texts in forms for text in texts))
        known = canonical_forms(forms)
        return folder / "m.smi", known.__getitem__, {}
    if kind == "images":
        for k in range(BASES):
            picture = Image.fromarray(rng.integers(0, 256, (16, 16, 3), np.uint8))
            for suffix, how in ((".png", {}), (".bmp", {}), (".webp", {"lossless": True})):
                picture.save(folder / f"{k}-{suffix[1:]}{suffix}", **how)
        return folder, lambda image: np.asarray(image).tobytes(), {}
    if kind == "audio":
        clips = [rng.normal(0, 0.2, 900).clip(-1, 1).astype(np.float32) for _ in range(BASES)]
        return Clips([clips[k] for k in number], {}, rate=8_000), lambda clip: np.round(clip[:9], 3).tobytes(), {}
    pieces = [rng.integers(50, 70, (80, 2)) for _ in range(BASES)]
    other = [pieces[k] + step for k, step in zip(number, np.resize([0, 2, 5], len(number)))]
    return other, lambda window: (np.diff(window[:4].ravel())).tobytes(), {"kind": "music"}


def radii(item: Atoms) -> np.ndarray:
    """Distances of points from their mean, from the least."""
    return np.sort(np.linalg.norm(item.positions - item.positions.mean(0), axis=1))


def turned(item: Atoms, rng: np.random.Generator) -> Atoms:
    """The same set, mirrored perhaps, turned, moved and renumbered, and rounded as files are."""
    turn, order = np.linalg.qr(rng.normal(size=(3, 3)))[0], rng.permutation(len(item))
    positions = (item.positions @ turn + rng.normal(size=3)).round(4)[order]
    return Atoms(tuple(item.symbols[k] for k in order), positions)


def salts_of() -> Iterator[tuple[str, ...]]:
    """Bases with a salt and a solvate each."""
    for k in range(BASES):
        base = f"{'C' * (1 + k % 8)}c1ccc({'C' * (1 + k // 8)}c2ccncc2)cc1"
        yield base, base.replace("ncc2", "[nH+]cc2") + ".[Cl-]", base + ".O.OS(C)(=O)=O"


@cache
def _canonical(text: str) -> str:
    from rdkit import Chem

    return Chem.MolToSmiles(Chem.MolFromSmiles(text))


def canonical_forms(forms: Sequence[tuple[str, ...]]) -> dict[str, int]:
    """The number of the base of each form, as it is read: without counterions, with its charges."""
    return {_canonical(text.split(".")[0]): k for k, texts in enumerate(forms) for text in texts}
