"""GraphVAE on the molecules of QM9 as graphs: how many draws are molecules, each once, and new.

    GENWRIGHT_DATA=FOLDER python benchmarks/graph_vae.py [--folder runs/graph-vae]

FOLDER/qm9-smiles holds qm9.csv.gz, of which a fifth of the molecules carry charges that QM9 has not; those that RDKit
cannot neutralise are left out, and both are counted, so that published rows are of other data. Two ways to draw: kinds
drawn from p(x | z), and the likeliest ones, as in the paper; z is drawn from N(0, I) for both. Published: Simonovsky &
Komodakis 2018, table 1, for 40 latents: valid 55.7%, unique 76.0% of these, novel 61.6% of these. The baseline is of
random graphs that keep valences (`chemistry/random_molecules.py`), all of which are valid: the product alone can be had
for nothing, so the distance of FCD and the share of one piece stand beside it. The paper adds edges until all is one
piece; here draws in several pieces can be left out, which the row "drawn, kept in one piece" does (kept: of all draws).
A run that is in --folder is measured as it is, and rows of other calls stay.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from random import Random

import networkx as nx
import numpy as np
from bars import Plan, details_of, record

import genwright
from genwright.chemistry.random_molecules import census_of, random_molecule
from genwright.core.run_files import WEIGHTS
from genwright.evaluation.metrics.molecules import describe
from genwright.evaluation.metrics.moses import REFERENCE, moses

NAME, MINUTES, PRESET, N = "graph_vae", 20.0, "large", 10_000
CALLED = f"{PRESET}, {MINUTES:g} minutes"
OF = {"system": "I1", "data": "qm9-graphs", "split": "test", "seeds": (0,), "budget": f"{MINUTES:g} minutes"}
ALL = Plan(
    what=f"valid, unique, novel and in one piece, of all draws, {CALLED}",
    metric="product, of one piece",
    least=0.26,
    strict=True,
    **OF,
)
IN_PIECES = Plan(
    what=f"valid, unique and novel, several pieces allowed, of all draws, {CALLED}", metric="product", **OF
)
KEPT_WHOLE = Plan(what=f"valid, unique and novel, of the connected draws alone, {CALLED}", metric="product", **OF)
TIMES = 4  # as many draws as are looked at, of which about half are in one piece
KEPT = ("FCD/Test", "SNN/Test", "IntDiv")
PUBLISHED = {"valid": 0.557, "unique": 0.76, "novel": 0.616, "product": 0.261}


def row_of(smiles: list[str | None], train: set[str], test) -> dict:
    """smiles: of each draw, None of what is no molecule."""
    valid = [one for one in smiles if one is not None]
    unique = set(valid)
    new, pieces = unique - train, [one.count(".") + 1 for one in valid]
    share = lambda some, of: round(len(some) / max(len(of), 1), 4)
    row = {"n": len(smiles), "valid": share(valid, smiles), "unique": share(unique, valid), "novel": share(new, unique)}
    whole = [one for one, count in zip(valid, pieces) if count == 1]
    row |= {"product": share(new, smiles), "one piece": share(whole, valid)}
    row["product, of one piece"] = share([one for one in new if "." not in one], smiles)
    found = moses(describe(whole), test, train=list(train)) if len(whole) > 1 else {}
    return row | {name: found[name] for name in KEPT if name in found}


def bars_of(rows: dict) -> list[dict]:
    drawn, whole = (rows[f"{CALLED}: drawn{which}"] for which in ("", ", kept in one piece"))
    share = lambda plan, row: plan.row(row[plan.metric], (row[plan.metric] * (1 - row[plan.metric]) / row["n"]) ** 0.5)
    return [share(ALL, drawn), share(IN_PIECES, drawn), share(KEPT_WHOLE, whole)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/graph-vae"))
    options = parser.parse_args()
    data = genwright.load_data("qm9-graphs")
    out = options.folder / f"{PRESET}-{MINUTES:g}"
    if not (out / WEIGHTS).exists():
        genwright.fit(data, "graph-vae", preset=PRESET, minutes=MINUTES, out=out, progress=False)
    model = genwright.load_model(out)
    meanings = data.domain.meanings
    train, real = set(meanings(data.train)), meanings(data.test)
    test = describe(real[:N], REFERENCE)
    z = np.random.default_rng(0).standard_normal((N, model.encode(data.test[:1]).shape[1])).astype(np.float32)
    rows = details_of(NAME).get("rows", {})
    graphs = model.sample(TIMES * N, seed=0)
    whole = [graph for graph in graphs if nx.is_connected(graph)]
    rows[f"{CALLED}: drawn"] = row_of(meanings(graphs[:N]), train, test)
    kept = {"kept": round(len(whole) / len(graphs), 4)}
    rows[f"{CALLED}: drawn, kept in one piece"] = kept | row_of(meanings(whole[:N]), train, test)
    rows[f"{CALLED}: the likeliest of a drawn z"] = row_of(meanings(model.decode(z)), train, test)
    if "random graphs that keep valences" not in rows:
        census, rng = census_of(sorted(train)), Random(0)
        drawn = [random_molecule(census, rng) for _ in range(N)]
        rows["random graphs that keep valences"] = row_of(drawn, train, test)
        rows["training molecules"] = row_of(sorted(train)[:: max(1, len(train) // N)], set(), test)
    record(NAME, bars_of(rows), {"data": data.facts(), "rows": rows, "published": PUBLISHED})
    for name, row in rows.items():
        print(name, json.dumps(row))


if __name__ == "__main__":
    main()
