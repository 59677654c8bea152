"""Generators of graphs on the sets that they are compared on: what they draw, beside real graphs and trivial models.

    GENWRIGHT_DATA=FOLDER python benchmarks/graph_generators.py [--sets planar sbm tree] [--families graph-rnn gran]
        [--preset PRESET] [--minutes 20] [--seeds 3] [--n 100] [--folder runs/graph-generators]

Each length is a training of its own, cooled down. A run that is in --folder is measured as it is, and rows that other
calls have recorded stay, so that sets, families and lengths can be measured one by one; bars are of the presets that
fit the data, and --preset names another to put beside them. Discrepancies are of as many
samples as there are test graphs, shares of --n samples. Bars are of the longest length of a family on a set, means over
its trainings. "real" are training graphs in the place of samples, means over draws of them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from time import perf_counter

import networkx as nx
import numpy as np
from bars import bar, details_of, record

import genwright
from genwright.core.draws import Draws
from genwright.core.run_files import WEIGHTS
from genwright.evaluation.metrics.graph_rules import RULES, kept_by
from genwright.evaluation.metrics.graph_statistics import histograms
from genwright.evaluation.metrics.isomorphism import classes
from genwright.evaluation.metrics.maximum_mean_discrepancy import discrepancy
from genwright.evaluation.suites.graph_sets import STATISTICS

NAME, SEEDS, REAL = "graph_generators", 3, 10
BASELINES = ("bootstrap", "erdos-renyi", "stochastic-block-model", "barabasi-albert", "rewiring")
DIFFUSION = "discrete-diffusion"
SYSTEMS = {"graph-rnn": "I2", "gran": "I3", DIFFUSION: "I4"}
AT_ONCE = 0.5  # of trees, at least, after an hour of diffusion: valid, unique and novel
NEW = 0.95  # of samples, at least: that are no training graphs, and of each kind one
CURVE = "planar"  # no bar has been set; its figures are shown by minutes
MOST = {  # of discrepancies, by set
    "sbm": {"degree": 0.05, "clustering": 0.125, "orbits": 0.08},
    "planar": {"degree": 0.01, "clustering": 0.2, "orbits": 0.14},
}
VALID = {("tree", "graph-rnn"): 0.9, ("tree", "gran"): 0.9, ("sbm", "gran"): 0.25}


def measured(graphs: list, data, n: int) -> dict[str, float]:
    """graphs: samples, of which the first n are compared with test graphs."""
    train = list(data.train)
    same = classes([*graphs, *train], data.domain.keys([*graphs, *train]))
    new = ~np.isin(same[: len(graphs)], same[len(graphs) :])
    first = same[: len(graphs)] == np.arange(len(graphs))
    valid = np.array([RULES[kept_by(train)](graph) for graph in graphs])
    shares = {"unique": first, "novel": new, "valid": valid, "valid, unique and novel": valid & first & new}
    shares["connected"] = np.array([nx.is_connected(graph) for graph in graphs])
    return apart(graphs[:n], list(data.test)) | {name: float(share.mean()) for name, share in shares.items()}


def apart(graphs: list, test: list) -> dict[str, float]:
    """Discrepancies by the kernels of GraphRNN, and GRAN's for the spectrum."""
    matrices = [nx.to_numpy_array(graph, weight=None) for graph in graphs + test]
    return {
        name: float(discrepancy(kernel(histograms(matrices, of)), len(graphs), name, 0)[0])
        for name, (of, kernel, _) in STATISTICS.items()
    }


def floor(data) -> dict[str, float]:
    """Of training graphs, as many as there are test graphs."""
    rng, train, test = Draws("real", data.name), list(data.train), list(data.test)
    pick = lambda: [train[k] for k in rng.permutation(len(train))[: len(test)].tolist()]
    draws = [apart(pick(), test) for _ in range(REAL)]
    return {name: float(np.mean([draw[name] for draw in draws])) for name in draws[0]}


def row_of(model, data, n: int) -> dict:
    began = perf_counter()
    graphs = model.sample(n, seed=0)
    seconds = perf_counter() - began
    stages = [{name: stage.get(name) for name in ("validation", "threads")} for stage in model.config["stages"]]
    items = model.config["outcome"].get("items")
    return {"metrics": measured(graphs, data, len(data.test)), "seconds to draw": round(seconds, 1), "items": items,
            "stages": stages, "n": n}  # fmt: skip


def bars_of(rows: dict) -> list[dict]:
    found = []
    for name in {row["set"]: None for row in rows.values()}:
        for family, system in SYSTEMS.items():
            mine = [r for r in rows.values() if (r["set"], r["family"], r.get("preset")) == (name, family, None)]
            if not mine:
                continue
            minutes = max(row["minutes"] for row in mine)
            last = [row["metrics"] for row in mine if row["minutes"] == minutes]
            where = f"{family} on {name}, {minutes:g} minutes, mean of {len(last)} trainings"
            if family == DIFFUSION:
                enough, wanted = True, [("valid, unique and novel", AT_ONCE, True)] if name == "tree" else []
            else:
                enough, wanted = len(last) >= SEEDS, [(share, NEW, True) for share in ("unique", "novel")]
                wanted += [(metric, most, False) for metric, most in MOST.get(name, {}).items()]
                wanted += [("valid", VALID[name, family], True)] if (name, family) in VALID else []
            for metric, limit, least in wanted:
                values = [row[metric] for row in last]
                value, several = float(np.mean(values)), len(values) > 1
                error = round(float(np.std(values, ddof=1)) / len(values) ** 0.5, 4) if several else None
                met = (value >= limit if least else value <= limit) if enough and name != CURVE else None
                told = "shown" if met is None else f"{'>=' if least else '<='} {limit:g}"
                found.append(bar(system, f"{where}: {metric}", told, round(value, 4), met, se=error, minutes=minutes))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="+", default=["tree", "planar", "sbm"])
    parser.add_argument("--families", nargs="*", default=["graph-rnn", "gran"])
    parser.add_argument("--preset")
    parser.add_argument("--minutes", type=float, nargs="+", default=[20.0])
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--folder", type=Path, default=Path("runs/graph-generators"))
    options = parser.parse_args()
    details = details_of(NAME) or {"rows": {}, "real": {}}
    rows = details["rows"]
    for name in options.sets:
        data = genwright.load_data(name)
        if name not in details["real"]:
            details["real"][name] = floor(data)
        asked = [(family, 0.0, 0) for family in BASELINES]
        asked += [(f, m, s) for m in options.minutes for f in options.families for s in range(options.seeds)]
        for family, minutes, seed in asked:
            preset = options.preset if minutes else None
            kind = f"{family} {preset}" if preset else family
            key = f"{name} {kind}, {minutes:g} minutes, seed {seed}"
            if key in rows and rows[key]["n"] == options.n:
                continue
            out = options.folder / f"{name}-{kind.replace(' ', '-')}-{minutes:g}-{seed}"
            if not (out / WEIGHTS).exists():
                budget = {"minutes": minutes} if minutes else {}
                genwright.fit(data, family, preset=preset, seed=seed, out=out, progress=False, **budget)
            row = row_of(genwright.load_model(out), data, options.n)
            rows[key] = {"set": name, "family": family, "preset": preset, "minutes": minutes, "seed": seed, **row}
            print(key, json.dumps(rows[key]["metrics"]), flush=True)
            record(NAME, bars_of(rows), details)


if __name__ == "__main__":
    main()
