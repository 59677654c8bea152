"""How fast graphs are drawn node after node: GRAN against GraphRNN, at the size of proteins.

    GENWRIGHT_DATA=FOLDER python benchmarks/graph_draws.py [--set protein] [--nodes 258] [--batch 20] [--minutes 5]
        [--threads 1] [--folder runs/graph-draws]

What a step costs depends on the graph that is drawn, so each model learns the set for a few minutes first, in the
numbers of presets `small`, GRAN with blocks of 1 row and more; a run that is in FOLDER is measured as it is. Then they
draw, in turns, as many graphs at once, of the sizes of those training graphs that are nearest to --nodes. How many
edges the graphs have stands beside the real ones'. How well they are drawn is not measured here, so the times are
shown: the bar is of equal discrepancy.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import median
from time import perf_counter

import torch
from bars import bar, record

import genwright
from genwright.core.draws import Draws
from genwright.core.run_files import WEIGHTS

TURNS, BLOCKS = 5, (1, 4, 8, 16)
MODELS = {"graph-rnn": ("graph-rnn", {})} | {
    f"gran, blocks of {block}": ("gran", {"block": block, "stride": block}) for block in BLOCKS
}


@torch.no_grad()
def seconds(family, mask: torch.Tensor, turn: int) -> tuple[float, float]:
    """Of a draw of all graphs, and the edges of one."""
    b, m = mask.shape
    none, given = torch.zeros(b, m, m, dtype=torch.bool), torch.zeros(b, 0)
    began = perf_counter()
    drawn = family.draw_rows(none, mask, torch.zeros(b, dtype=torch.long), given, Draws("turn", turn).items(b))
    return perf_counter() - began, float(drawn.sum()) / 2 / b


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", default="protein")
    parser.add_argument("--nodes", type=int, default=258)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("runs/graph-draws"))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    data, families = genwright.load_data(options.set), {}
    for name, (family, numbers) in MODELS.items():
        out = options.folder / name.replace(", ", "-").replace(" ", "-")
        if not (out / WEIGHTS).exists():
            how = {"preset": "small", "hyperparameters": numbers, "minutes": options.minutes}
            genwright.fit(data, family, **how, out=out, progress=False)
        families[name] = genwright.load_model(out).family
    x = data.tensors("train").x
    x = x[(x.sizes - options.nodes).abs().argsort()[: options.batch]]
    _, _, mask, kinds = next(x.padded((int(x.sizes.max()),)))
    found = {name: [] for name in families}
    for turn in range(TURNS):
        for name, family in families.items():
            found[name].append(seconds(family, mask, turn))
            print(name, found[name][-1], flush=True)
    took = {name: median(one[0] for one in turns) for name, turns in found.items()}
    edges = {name: median(one[1] for one in turns) for name, turns in found.items()}
    edges["real"] = float((kinds > 0).sum()) / 2 / len(x)
    sizes = f"{int(x.sizes.min())} to {int(x.sizes.max())} nodes"
    bars = []
    for name in list(families)[1:]:
        ratio = took["graph-rnn"] / took[name]
        what = f"draws of {len(x)} graphs of {sizes}: time of graph-rnn over that of {name}"
        bars.append(bar("I3", what, "shown", round(ratio, 2), None, "times"))
    asked = {name: value for name, value in vars(options).items() if name != "folder"}
    record("graph_draws", bars, {"asked": asked, "seconds": took, "edges of a graph": edges, "turns": found})


if __name__ == "__main__":
    main()
