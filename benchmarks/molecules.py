"""Molecules: as lines, graphs and points, given properties, metrics, decorations (rows I1, J1 to J3, J5, J8, L2)."""

from __future__ import annotations

from copy import copy
from itertools import product
from pathlib import Path
from time import perf_counter

import networkx as nx
import numpy as np
import pandas as pd
from bars import Run, bar, benchmark, details_of, judge, plans
from common import Drawn, Result, moses_library, moses_lines, run_command, test_given

import genwright
from genwright.core.data import Data
from genwright.kinds.points.atoms import Atoms, molecule_of, one_molecule, smiles_of
from genwright.measure.metrics.distances import frechet
from genwright.measure.suites import points
from genwright.molecules.chemistry.fingerprints import morgan_counts, packed
from genwright.molecules.chemistry.properties import computed
from genwright.molecules.chemistry.scaffolds import scaffold_of
from genwright.molecules.chemistry.standards import quiet_rdkit
from genwright.molecules.kinds import named as named_molecules
from genwright.molecules.measure.decorations import decorate as grow
from genwright.molecules.measure.decorations import decorate_nearest as grow_nearest
from genwright.molecules.measure.decorations import r_squared
from genwright.molecules.measure.molecule_metrics import REFERENCE, describe, moses, tool
from genwright.studies.report.results import metric_json
from genwright.zoo import registry

HOUR = 60.0
COLUMNS = ("valid", "unique@1000", "unique@10000", "FCD/Test", "SNN/Test", "Frag/Test", "Scaf/Test", "IntDiv",
           "IntDiv2", "Filters", "Novelty")  # fmt: skip
PUBLISHED = {  # by COLUMNS
    "training set": (1.0, 1.0, 1.0, 0.008, 0.6419, 1.0, 0.9907, 0.8567, 0.8508, 1.0, 1.0),
    "CharRNN": (0.9748, 1.0, 0.9994, 0.0732, 0.6015, 0.9998, 0.9242, 0.8562, 0.8503, 0.9943, 0.8419),
    "VAE": (0.9767, 1.0, 0.9984, 0.099, 0.6257, 0.9994, 0.9386, 0.8558, 0.8498, 0.997, 0.6949),
    "AAE": (0.9368, 1.0, 0.9973, 0.5555, 0.6081, 0.991, 0.9022, 0.8557, 0.8499, 0.996, 0.7931),
    "JTN-VAE": (1.0, 1.0, 0.9996, 0.3954, 0.5477, 0.9965, 0.8964, 0.8551, 0.8493, 0.976, 0.9143),
    "LatentGAN": (0.8966, 1.0, 0.9968, 0.2968, 0.5371, 0.9986, 0.8867, 0.8565, 0.8505, 0.9735, 0.9498),
    "n-gram": (0.2376, 0.974, 0.9217, 5.5069, 0.5209, 0.9846, 0.5302, 0.8738, 0.8644, 0.9582, 0.9694),
}
SMILES_BARS = {"valid": ">= 0.94", "unique@10000": ">= 0.998", "FCD/Test": "<= 0.4", "SNN/Test": ">= 0.57",
               "Scaf/Test": ">= 0.88", "Filters": ">= 0.985", "Novelty": ">= 0.85"}  # fmt: skip


@benchmark(tiny={"n": 50, "against": 50, "minutes": (0.02,)})
def smiles_models(
    run: Run, family: str = "autoregressive", preset: str = "lstm",
    minutes: tuple[float, ...] = (10.0, 20.0, 40.0, HOUR), n: int = 30_000, against: int | None = None,
) -> Result:  # fmt: skip
    """Models of SMILES on MOSES: what they draw after trainings of several lengths, beside the published models.

    The metrics are MOSES' with its conventions, against its whole test set (--against: so many test molecules). Each
    length is a training of its own, cooled down. Rows that other calls have recorded stay, so that lengths can be
    measured one by one; bars are of the longest, of an hour. The floor is of training molecules in the place of
    samples. Published: the README of MOSES (Polykovskiy 2020), means over several trainings.
    """
    data, known = genwright.load_data("moses"), details_of("smiles_models").get("rows", {})
    train, test = list(data.train), describe(list(data.test)[:against], REFERENCE)
    pick = np.random.default_rng(0).choice(len(train), n, replace=False)  # the file is in an order

    def measured(length: float) -> dict:
        model = run.fit(data, family, f"{family}-{preset}-{length:g}", preset=preset, minutes=length)
        began = perf_counter()
        samples = model.sample(n, seed=0)
        seconds, (stage,) = perf_counter() - began, model.config["stages"]
        found = {"n": n, "metrics": moses(describe(samples), test, train=train), "seconds to draw": round(seconds, 1)}
        return found | {"items": model.config["outcome"]["items"], "threads": stage["threads"]}

    for length in minutes:
        part = f"{family}-{preset}-{length:g}-{n}-drawn"
        known[f"{family} {preset}, {length:g} minutes"] = run.kept(part, lambda: measured(length))
    rows = []
    for name, one in known.items():
        if name.endswith(f"{HOUR:g} minutes"):
            for metric, wanted in SMILES_BARS.items():
                what = f"{name}, {one['n']:,} drawn: {metric}"
                rows.append(judge("J1", what, wanted, one["metrics"][metric], 4, minutes=HOUR))
            rows.append(judge("J1", f"{name}: {one['n']:,} drawn in", "<= 120 s", one["seconds to draw"], 1, "s"))
    floor = moses(describe([train[k] for k in pick]), test)
    published = {name: dict(zip(COLUMNS, row)) for name, row in PUBLISHED.items()}
    asked = {"n": n, "against": len(test), "chemistry": tool()}
    return rows, asked | {"rows": known, "floor": floor, "published": published}


# ---------------------------------------------------------------------- given


def molecules_with_logp() -> Data:
    """20,000 molecules of MOSES, with the property that everybody can compute."""
    raw = named_molecules.moses()
    train = [text for text, part in zip(raw.items, raw.parts) if not part]
    some = [train[k] for k in np.random.default_rng(0).choice(len(train), 20_000, replace=False)]
    table = pd.DataFrame({"smiles": some, "logP": describe(some, ("properties",)).property("logp")})
    return genwright.load_data(table, kind="molecules", given=["logP"])


GIVEN = {  # name -> data and family
    "moses": (molecules_with_logp, "autoregressive"),
    "graphs": (lambda: genwright.load_data("qm9-graphs", given=["edges"]), "discrete-diffusion"),
    "qm7": (lambda: genwright.load_data("qm7", given=["energy"]), "equivariant-diffusion"),
}


@benchmark(tiny={"names": ("qm7",), "samples": 20})
def given_kept(run: Run, names: tuple[str, ...] = tuple(GIVEN), minutes: float = 10.0, samples: int = 1_000) -> Result:
    """Whether samples are what was asked for: molecules by their logP, graphs by their edges, points by their energy.

    Each model is trained with the property, and asked for what training items have. How far samples are from it, as
    trees that read it from real items tell (`given_error`), stands beside what real test items reach, and beside what
    the same samples reach when they are taken for each other's. The bar is half of the way from real items to a guess.
    """
    rows, details = [], {}
    for name in names:
        make, family = GIVEN[name]
        data = make()
        suite = registry.suite_class(data)(data, sizes={"samples": samples, "scored": 0})
        model = run.fit(data, family, name, minutes=minutes)
        drawn = model.sample(samples, given=test_given(data, samples), seed=0)
        mixed = copy(drawn)
        mixed.given = {key: np.roll(values, 1, axis=0) for key, values in drawn.given.items()}
        found = {what: suite.measure(Drawn(items)).metrics for what, items in (("samples", drawn), ("mixed", mixed))}
        found = {what: metrics["given_error"] for what, metrics in (found | {"real": suite.reference()}).items()}
        details[name] = {what: metric_json(metric) for what, metric in found.items()} | {"family": family}
        (asked,), real, error = data.domain.given.names, found["real"].value, found["samples"]
        beside = f"(real {real:.2f}, samples in another order {found['mixed'].value:.2f})"
        what = f"{family} of {name}, given {asked}, {minutes:g} minutes: error of a guess that samples make {beside}"
        limit = real + 0.5 * (1 - real)
        met = error.value <= limit
        rows.append(bar("L2", what, f"<= {limit:.2f}", round(error.value, 3), met, se=round(error.se, 3)))
    return rows, {"minutes": minutes, "rows": details}


# ---------------------------------------------------------------------- graphs

N, CALLED = 10_000, "large, 20 minutes"
GRAPH_VAE = plans(
    {
        "": (f"valid, unique, novel and in one piece, of all draws, {CALLED}", "product, of one piece", "> 0.26"),
        " ": (f"valid, unique and novel, several pieces allowed, of all draws, {CALLED}", "product", "shown"),
        ", kept in one piece": (f"valid, unique and novel, of the connected draws alone, {CALLED}", "product", "shown"),
    },
    system="I1", data="qm9-graphs", split="test", seeds=(0,), budget="20 minutes",
)  # fmt: skip


@benchmark(plans=("GRAPH_VAE",), tiny={"n": 50})
def graph_vae(run: Run, n: int = N) -> Result:
    """GraphVAE on the molecules of QM9 as graphs: how many draws are molecules, each once, and new.

    A fifth of the molecules of qm9.csv.gz carry charges that QM9 has not; those that RDKit cannot neutralise are left
    out, so that published rows are of other data. z is drawn from N(0, I), and kinds from p(x | z). Published:
    Simonovsky & Komodakis 2018, table 1, for 40 latents: valid 55.7%, unique 76.0% of these, novel 61.6% of these. The
    product alone can be had for nothing, by random graphs that keep valences, so the share of one piece stands beside
    it. The paper adds edges until all is one piece; here draws in several pieces can be left out, which the row "kept
    in one piece" does.
    """
    data = genwright.load_data("qm9-graphs")
    model, meanings = run.fit(data, "graph-vae", "run", preset="large", minutes=20.0), data.domain.meanings
    train = set(meanings(data.train))

    def row_of(smiles: list[str | None]) -> dict:
        """smiles: of each draw, None of what is no molecule."""
        valid = [one for one in smiles if one is not None]
        unique, share = set(valid), lambda some, of: round(len(some) / max(len(of), 1), 4)
        new, whole = unique - train, [one for one in valid if "." not in one]
        row = {"n": len(smiles), "valid": share(valid, smiles), "unique": share(unique, valid)}
        row |= {"novel": share(new, unique), "product": share(new, smiles), "one piece": share(whole, valid)}
        return row | {"product, of one piece": share([one for one in new if "." not in one], smiles)}

    graphs = model.sample(4 * n, seed=0)  # of which about half are in one piece
    whole, rows = [graph for graph in graphs if nx.is_connected(graph)], []
    found = {"": row_of(meanings(graphs[:n])), ", kept in one piece": row_of(meanings(whole[:n]))}
    for which, plan in GRAPH_VAE.items():
        row = found[which.strip()]
        value = row[plan.metric]
        rows.append(plan.row(value, (value * (1 - value) / max(row["n"], 1)) ** 0.5))
    return rows, {"data": data.facts(), "rows": found}


# ---------------------------------------------------------------------- points

EDM, GEOLDM = "equivariant-diffusion", "latent-diffusion"
POINT_BARS = {"stable_atoms": 0.90, "sound": 0.40, "unique": 0.90}


@benchmark(tiny={"minutes": (0.02,), "seeds": (0,), "n": 20, "smiles": 0.02})
def points_qm7(
    run: Run, family: tuple[str, ...] = (EDM, GEOLDM), minutes: tuple[float, ...] = (5.0, 15.0, 30.0, HOUR),
    seeds: tuple[int, ...] = (0, 1), n: int = 1_000, smiles: float = 10.0,
) -> Result:  # fmt: skip
    """Small organic molecules (QM7): how stable molecules are that models draw after trainings of several lengths,
    beside baselines and real ones.

    Each length and seed is a training of its own, cooled down. Rows that other calls have recorded stay, so that
    lengths can be measured one by one; bars are of the longest, of an hour. Baselines: training molecules, the same
    with noise, atoms drawn apart, and a model of SMILES, those of the training molecules, trained for --smiles minutes
    (0 for none), whose samples RDKit embeds (ETKDG, then MMFF): what is no molecule, or is not embedded, is counted as
    no sample. Published, of QM9 and after about a week of a GPU: atoms 98.7, molecules 82.0 (Hoogeboom 2022); molecules
    89.4 (Xu 2023), the tables of the papers.
    """
    data = genwright.load_data("qm7")
    suite, rows = (
        points.Suite(data, 0, {"samples": n, "scored": run.small(500, 10)}),
        details_of(run.name).get("rows", {}),
    )
    as_json = lambda found: {name: metric.to_json() for name, metric in found.items()}

    def measured(model) -> dict:
        found = suite.measure(model)
        return {"metrics": as_json(found.metrics), "seconds": found.seconds}

    def done(name: str, row: dict) -> None:
        rows[name] = row
        run.record(point_rows(rows), {"n": n, "rows": rows})

    done("real training molecules", {"metrics": as_json(suite.reference())})
    for baseline in ("bootstrap", "noisy-copies", "independent"):
        done(baseline, measured(run.fit(data, baseline)))
    if smiles:
        items = embedded(run, data, smiles, n)
        metrics = suite.resized({"samples": len(items), "scored": 0}).measure(Drawn(items)).metrics if items else {}
        done(f"SMILES, {smiles:g} minutes, embedded", {"metrics": as_json(metrics)})
    for length, seed, name in product(minutes, seeds, family):
        fit = lambda: run.fit(data, name, f"{name}-{length:g}-{seed}", minutes=length, seed=seed)
        items = lambda model: {"items": model.config["outcome"]["items"]}
        one = run.kept(f"{name}-{length:g}-{seed}-{n}", lambda: measured(fit()) | items(fit()))
        done(f"{name}, {length:g} minutes, seed {seed}", one)


def embedded(run: Run, data: Data, minutes: float, n: int) -> list[Atoms]:
    """Samples of a model of SMILES in space, without those that are none."""
    from rdkit import Chem
    from rdkit.Chem import AllChem

    lines = [smiles_of(molecule) for item in data.train if (molecule := molecule_of(item.symbols, item.positions)[0])]
    model, found = run.fit(genwright.load_data(lines, kind="molecules"), out=f"smiles-{minutes:g}", minutes=minutes), []
    with quiet_rdkit():
        molecules = [Chem.MolFromSmiles(line) for line in model.sample(n, seed=0)]
    for molecule in (Chem.AddHs(molecule) for molecule in molecules if molecule is not None):
        if AllChem.EmbedMolecule(molecule, randomSeed=0, maxAttempts=20) >= 0:
            AllChem.MMFFOptimizeMolecule(molecule)
            symbols, places = (atom.GetSymbol() for atom in molecule.GetAtoms()), molecule.GetConformer().GetPositions()
            found.append(Atoms(tuple(symbols), np.array(places)))
    return [atoms for atoms in found if set(atoms.symbols) <= set(data.domain.symbols)]


def point_rows(rows: dict) -> list[dict]:
    """Of the trainings of an hour."""
    value = lambda row, name: row["metrics"].get(name, {"value": 0.0})["value"]  # of nothing that is stable: nothing
    hours = {name: {k: row for k, row in rows.items() if k.startswith(f"{name}, {HOUR:g} ")} for name in (EDM, GEOLDM)}
    found = [
        judge("J2", f"{name}, {key}", f">= {wanted:g}", value(row, name), 3, minutes=HOUR)
        for key, row in hours[EDM].items()
        for name, wanted in POINT_BARS.items()
    ]
    if min(map(len, hours.values())) > 1:
        ours, theirs = (np.array([value(row, "sound") for row in hours[name].values()]) for name in (GEOLDM, EDM))
        gap, sd = float(ours.mean() - theirs.mean()), float(np.hypot(ours.std(ddof=1), theirs.std(ddof=1)))
        what = "stable and in one piece, above diffusion without a codec, an hour each"
        wanted = f">= {-sd:.3f}, one sd of trainings"
        found.append(bar("J3", what, wanted, round(gap, 3), gap >= -sd, "", round(sd, 3), HOUR))
    return found


@benchmark(peer="posebusters", tiny={"n": 4})
def pose_busters(run: Run, runs: tuple[Path, ...] = (), n: int = 200) -> Result:
    """Molecules in space as PoseBusters judges them (Buttenschoen 2024), beside what is called valid here.

    Judged are real test molecules, training molecules with noise, and draws of the trained --runs; rows of other runs
    that are on record stay. PoseBusters is given the bonds that are perceived here (a file of positions has none), so a
    sample for which none fit is none of its molecules. It looks at lengths, angles, clashes, flat parts and energy too,
    which `valid` does not.
    """
    data, rows = genwright.load_data("qm7"), details_of("pose_busters").get("rows", {})
    rows["real test molecules"] = busted([data.test[k] for k in range(n)])
    rows["noisy-copies"] = busted(run.fit(data, "noisy-copies").sample(n, seed=0))
    rows |= {one.name: busted(genwright.load_model(one).sample(n, seed=0)) for one in runs}
    what = "valid here, and chemistry by PoseBusters: both or neither"
    row = lambda name, agree: judge("J2", f"{name}: {what}", ">= 0.99", agree, None, "of samples")
    return [row(name, one["agree"]) for name, one in rows.items()], {"rows": rows}


CHEMISTRY = ("sanitization", "inchi_convertible", "all_atoms_connected", "no_radicals")


def busted(items) -> dict:
    """valid: by us. chemistry, passed: by PoseBusters, of all samples."""
    from posebusters import PoseBusters

    molecules = [molecule_of(item.symbols, item.positions)[0] for item in items]
    found = np.array([molecule is not None for molecule in molecules])
    whole = np.array([one_molecule(molecule) for molecule in molecules])
    with quiet_rdkit():
        table = PoseBusters("mol").bust([molecule for molecule in molecules if molecule is not None])
    chemistry, passed = np.zeros((2, len(items)), bool)
    chemistry[found], passed[found] = table[list(CHEMISTRY)].all(axis=1), table.all(axis=1)
    shares = {"valid": whole, "chemistry": chemistry, "agree": whole == chemistry, "passed": passed}
    return {"n": len(items)} | {name: float(share.mean()) for name, share in shares.items()}


# ---------------------------------------------------------------------- memory


@benchmark(tiny={"molecules": (100, 200)})
def score_molecules(run: Run, molecules: tuple[int, ...] = (100_000, 1_000_000)) -> Result:
    """Memory of `genwright score` for a hundred thousand molecules and for a million.

    The first molecules of MOSES, scored by an n-gram model of a thousand of them: nats, properties, filters and the
    nearest of these thousand. Memory is the sum of the peaks of the command and its processes. Half an hour on two
    cores.
    """
    found = {}
    run.fit(str(moses_library(run.folder, 1_000)), "n-gram", "run")
    for n in molecules:
        file = moses_library(run.folder, n)
        found[n] = run_command(["score", run.folder / "run", file, "--out", file.with_suffix(".csv")], 2)
    few, many = molecules
    what = f"memory of `score` for {many:,} molecules over that for {few:,}"
    return [judge("J8", what, "<= 1.2 times", found[many]["MiB"] / found[few]["MiB"], 2, "times")], found


# ---------------------------------------------------------------------- decorations

ASKED = "weight", "tpsa", "logp"
SIDES = OURS, ONE, HIDDEN, SWAP, NEAREST = "model", "one_draw", "hidden", "swap", "nearest_of_60"
R2 = "R^2 asked against obtained, the nearest of 30 draws"
TRAINED, LEARNED, REQUESTED = 30_000, 120_000, 200  # molecules, items that training sees, requests
DECORATE = plans(
    {
        "kept": ("scaffold kept, of molecules", "share", ">= 1", {"check": True}),  # a line begins with it
        "same": ("Murcko scaffold equal, of molecules", "share", "shown"),
        "valid": ("valid, of what is written", "share", ">= 0.95"),
        "unique": ("unique of 100 kept a scaffold, of 400 draws", "share of what is written", ">= 0.8"),
        "weight": ("weight asked against obtained", R2, ">= 0.85", {"sides": SIDES}),
        "tpsa": ("TPSA asked against obtained", R2, ">= 0.8", {"sides": SIDES}),
        "logp": ("logP asked against obtained", R2, ">= 0.7", {"sides": SIDES}),
        "similarity": ("similarity to the real decoration", "mean Tanimoto", "shown", {"sides": SIDES}),
        "fcd": ("FCD to real decorations over that of the nearest of 60 swaps", "ratio", "<= 0.8", {"sides": SIDES}),
    },
    system="J5", data=f"MOSES, {TRAINED:,} molecules", split="scaffold test part", seeds=(0,), over_seeds="one",
    minutes=10.0, budget=f"{LEARNED:,} items",
)  # fmt: skip


DECORATE_GRAPHS = plans(
    {
        "kept": ("decorator: scaffold kept", "share", ">= 1", {"check": True}),
        "same": ("decorator: Murcko scaffold equal", "share", ">= 1", {"check": True}),
        "valid": ("decorator: valid", "share", ">= 0.99"),
        "unique": ("decorator: unique of 100 kept a scaffold, of 400 draws", "share", ">= 0.8"),
        **{(name, ONE): (f"decorator: {name} asked against obtained", "R^2, one draw", "shown") for name in ASKED},
        **{(name, OURS): (f"decorator: {name} asked against obtained", R2, f">= {least}", {"sides": SIDES})
           for name, least in zip(ASKED, (0.85, 0.8, 0.7))},
    },
    system="J5", data=f"MOSES, {TRAINED:,} molecules", split="scaffold test part", seeds=(0,), over_seeds="one",
    minutes=10.0, budget=f"{LEARNED:,} items",
)  # fmt: skip


@benchmark(plans=("DECORATE",), tiny={"requests": 10, "trained": 1_000})
def decorate(run: Run, items: int = LEARNED, requests: int = REQUESTED, trained: int = TRAINED) -> Result:
    """Scaffolds that no training molecule has, grown to three properties asked together (Lim et al. 2019).

    The string model learns from molecules of MOSES, written scaffold first, with their weight, TPSA and logP. A request
    is the scaffold of a molecule of MOSES' scaffold test part, unmarked, and the properties of that molecule. The model
    answers as `genwright complete` does, with the nearest of 30 draws. Beside it stand one draw of the same model, one
    with the request hidden, R-groups of training molecules swapped in at random, and the nearest of 60 such swaps,
    which knows where the real molecule carries its R-groups.
    """
    found, rows = decorations_of(run, "autoregressive", items, requests, trained), []
    for name, plan in DECORATE.items():
        value = found["unique" if name == "unique" else OURS][name]
        value = value / found[NEAREST]["fcd"] if name == "fcd" else value
        sides = {side: round(found[side][name], 3) for side in plan.sides}
        rows.append(plan.row(value, digits=3 if sides else 4, **sides))
    return rows, found


@benchmark(plans=("DECORATE_GRAPHS",), tiny={"requests": 10, "trained": 1_000})
def decorate_graphs(run: Run, items: int = LEARNED, requests: int = REQUESTED, trained: int = TRAINED) -> Result:
    """As `decorate`, by the decorator of graphs: a policy that begins at the scaffold (Lim et al. 2019).

    It sees as many molecules as the string model does. One draw stands beside the nearest of 30.
    """
    found, rows = decorations_of(run, "decorator", items, requests, trained), []
    for key, plan in DECORATE_GRAPHS.items():
        name, side = key if isinstance(key, tuple) else (key, "unique" if key == "unique" else OURS)
        sides = {each: round(found[each][name], 3) for each in plan.sides}
        rows.append(plan.row(found[side][name], digits=3 if sides else 4, **sides))
    return rows, found


def decorations_of(run: Run, family: str, items: int, requests: int, trained: int) -> dict[str, dict]:
    """What a family, and what stands beside it, makes of the requests: {side: its figures}. Each side is a part."""
    table = run.folder / "train.csv"
    if not table.exists():
        smiles = some_molecules("train", trained, 0)
        pd.DataFrame({"smiles": smiles} | computed(smiles, ASKED)).to_csv(table, index=False)
    data = genwright.load_data(table, kind="molecules", notation="scaffold-first", given=list(ASKED))
    model = run.fit(data, family, "run", items=items)
    conditions = lambda asked: {name: asked[name].to_numpy() for name in ASKED}

    def measured(side: str) -> dict:
        asked = requests_of(requests)
        if side == OURS:
            table = grow_nearest(model, asked["scaffold"], conditions(asked), seed=0)
        elif side in (ONE, HIDDEN):
            table = grow(model, asked["scaffold"], conditions(asked) if side == ONE else None, seed=0)
        else:
            table = swapped(asked, run.small(60, 3) if side == NEAREST else 1)
        read = table["valid"].to_numpy(bool)
        done, of_real = table[read], asked[read]
        found = {name: r_squared(of_real[name].to_numpy(), done[name].to_numpy()) for name in ASKED}
        clouds = [describe(list(smiles), ()).activations for smiles in (done["smiles"], asked["smiles"])]
        bits = [np.unpackbits(packed(morgan_counts(list(each["smiles"]))), axis=1) for each in (done, of_real)]
        alike = (bits[0] & bits[1]).sum(1) / np.maximum(1, (bits[0] | bits[1]).sum(1))
        means = {"kept": done["kept"], "same": done["same_scaffold"], "valid": read, "similarity": alike}
        found |= {name: float(each.mean()) for name, each in means.items()}
        return found | {"fcd": float(frechet(*clouds))}

    def several() -> dict:
        """100 completions of a few scaffolds, each with one request."""
        asked = requests_of(run.small(10, 2))
        table = grow_nearest(model, asked["scaffold"], conditions(asked), samples=run.small(100, 3), seed=1)
        return {"unique": float(table["unique"].eq(True).mean()), "valid": float(table["valid"].mean())}

    found = {side: run.kept(side, lambda: measured(side)) for side in SIDES}
    return found | {"unique": run.kept("unique", several)}


def some_molecules(part: str, count: int, seed: int) -> list[str]:
    lines = moses_lines(part)
    return [lines[k] for k in np.random.default_rng(seed).choice(len(lines), min(count, len(lines)), replace=False)]


def requests_of(n: int) -> pd.DataFrame:
    """Real molecules of new scaffolds, with these and what is asked."""
    smiles = some_molecules("test_scaffolds", 3 * n, 1)
    table = pd.DataFrame({"smiles": smiles, "scaffold": [scaffold_of(text) for text in smiles]})
    table = table[(table["scaffold"] != "") & (table["scaffold"] != table["smiles"])][:n].reset_index(drop=True)
    return table.assign(**computed(table["smiles"], ASKED))


def swapped(asked: pd.DataFrame, looks: int) -> pd.DataFrame:
    """R-groups of training molecules at the places where the real molecule has its own; of so many looks the one whose
    properties, in deviations over requests, are nearest to what is asked."""
    from rdkit import Chem

    with quiet_rdkit():
        pool, rng = groups(some_molecules("train", 800, 2)), np.random.default_rng(0)
        scale, rows = asked[list(ASKED)].std().to_numpy(), []
        for row in asked.to_dict("records"):
            scaffold = Chem.MolFromSmiles(row["scaffold"])
            core = Chem.ReplaceSidechains(Chem.MolFromSmiles(row["smiles"]), scaffold)
            made = [text for _ in range(looks) if (text := joined(core, pool, rng))]
            told = {"smiles": "", "valid": bool(made), "kept": False, "same_scaffold": False}
            if made:
                values = computed(made, ASKED)
                best = int(np.argmin(sum(((values[name] - row[name]) / s) ** 2 for name, s in zip(ASKED, scale))))
                told |= {name: values[name][best] for name in ASKED} | {"smiles": made[best]}
                told["kept"] = Chem.MolFromSmiles(made[best]).HasSubstructMatch(scaffold)
                told["same_scaffold"] = scaffold_of(made[best]) == row["scaffold"]
            rows.append(told)
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
