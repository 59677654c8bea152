"""How fast graphs are drawn node after node: GRAN against GraphRNN, at the size of proteins.

    GENWRIGHT_DATA=FOLDER python benchmarks/graph_draws.py [--set protein] [--nodes 258] [--batch 20] [--threads 1]

Without training: weights do not change what a step costs, but the graph that is drawn does. So GraphRNN draws rows of
training graphs of about so many nodes, in breadth-first order: each pair is computed as in any draw, and then the known
one is taken, so that its queue is as wide as those of real graphs. GRAN begins with pairs joined as often as training
graphs have them. In turns; the numbers of presets `small`, of GRAN with blocks of 1 row and more.
"""

from __future__ import annotations

import argparse
from statistics import median
from time import perf_counter

import torch
from bars import bar, record

import genwright
from genwright.core.draws import Draws
from genwright.families.node_orders import draw_order, turned
from genwright.recipes import graph_sets

TURNS, WANTED, BLOCKS = 3, 5.0, (1, 4, 8)


def families_of(spec, given) -> dict:
    numbers = graph_sets.PRESETS["gran"]["small"]
    found = {"graph-rnn": graph_sets.graph_rnn(spec, given, **graph_sets.PRESETS["graph-rnn"]["small"]).family}
    for block in BLOCKS:
        changed = numbers | {"block": block, "stride": block}
        found[f"gran, blocks of {block}"] = graph_sets.gran(spec, given, **changed).family
    return {name: family.eval() for name, family in found.items()}


@torch.no_grad()
def seconds(family, a: torch.Tensor, mask: torch.Tensor, known: torch.Tensor, turn: int) -> tuple[float, float]:
    """Of a draw of all graphs, and the edges of one."""
    given, draws = torch.zeros(len(a), 0), Draws("turn", turn).items(len(a))
    began = perf_counter()
    drawn = family.draw_rows(a, mask, known, given, draws)
    return perf_counter() - began, float(drawn.sum()) / 2 / len(a)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", default="protein")
    parser.add_argument("--nodes", type=int, default=258)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    data = genwright.load_data(options.set)
    x = data.tensors("train").x
    x = x[(x.sizes - options.nodes).abs().argsort()[: options.batch]]
    _, _, mask, kinds = next(x.padded((int(x.sizes.max()),)))
    order, _ = draw_order("breadth-first", kinds > 0, mask, Draws("order").uniform(*kinds.shape))
    rows = turned(kinds > 0, order)
    families, none = families_of(data.domain.spec, data.domain.given), torch.zeros_like(x.sizes)
    found = {name: [] for name in families}
    for turn in range(TURNS):
        for name, family in families.items():
            known = name == "graph-rnn"
            a, count = (rows, x.sizes) if known else (torch.zeros_like(rows), none)
            found[name].append(seconds(family, a, mask, count, turn))
            print(name, found[name][-1], flush=True)
    took = {name: median(one[0] for one in turns) for name, turns in found.items()}
    sizes = f"{int(x.sizes.min())} to {int(x.sizes.max())} nodes"
    bars = []
    for name in list(families)[1:]:
        ratio = took["graph-rnn"] / took[name]
        what = f"draws of {len(x)} graphs of {sizes}: time of graph-rnn over that of {name}"
        bars.append(bar("I3", what, f">= {WANTED:g}", round(ratio, 2), ratio >= WANTED, "times"))
    record("graph_draws", bars, {"asked": vars(options), "seconds": took, "turns": found})


if __name__ == "__main__":
    main()
