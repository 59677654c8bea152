"""How fast graphs are drawn node after node: GRAN against GraphRNN, at the size of proteins.

    GENWRIGHT_DATA=FOLDER python benchmarks/graph_draws.py [--nodes 258] [--batch 20] [--minutes 3] [--set protein]

Both are trained on proteins for a while first, since how long a draw takes depends on how many edges it has; then they
draw graphs of so many nodes, in turns. Of GRAN a block of 1 row, and of 4.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import torch
from bars import bar, record

import genwright
from genwright.core.draws import Draws

TURNS, WANTED = 3, 5.0
MODELS = {"graph-rnn": {}, "gran": {"block": 1, "stride": 1}, "gran, blocks of 4": {"block": 4, "stride": 4}}


@torch.no_grad()
def seconds(family, nodes: int, batch: int, turn: int) -> tuple[float, float]:
    """Of a draw of a batch, and the edges a graph."""
    mask, none = torch.ones(batch, nodes, dtype=torch.bool), torch.zeros(batch, dtype=torch.long)
    empty = torch.zeros(batch, nodes, nodes, dtype=torch.bool)
    draws = Draws("turn", turn).items(batch)
    began = perf_counter()
    drawn = family.draw_rows(empty, mask, none, torch.zeros(batch, 0), draws)
    return perf_counter() - began, float(drawn.sum()) / 2 / batch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", default="protein")
    parser.add_argument("--nodes", type=int, default=258)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=3.0)
    options = parser.parse_args()
    data, families = genwright.load_data(options.set), {}
    for name, numbers in MODELS.items():
        with TemporaryDirectory() as folder:
            family, out = name.split(",")[0], Path(folder) / "run"
            model = genwright.fit(
                data, family, minutes=options.minutes, out=out, progress=False, numbers=numbers or None
            )
        families[name] = model.family
    torch.set_num_threads(1)
    found = {name: [] for name in families}
    for turn in range(TURNS):
        for name, family in families.items():
            found[name].append(seconds(family, options.nodes, options.batch, turn))
            print(name, found[name][-1], flush=True)
    took = {name: median(one[0] for one in turns) for name, turns in found.items()}
    what = f"draws of {options.batch} graphs of {options.nodes} nodes, time of GraphRNN over that of"
    bars = []
    for name in list(families)[1:]:
        ratio = took["graph-rnn"] / took[name]
        bars.append(bar("I3", f"{what} {name}", f">= {WANTED:g}", round(ratio, 2), ratio >= WANTED, "times"))
    record("graph_draws", bars, {"asked": vars(options), "seconds": took, "turns": found})


if __name__ == "__main__":
    main()
