"""Short texts: whether a comparison picks a model whose samples are as long as real lines (row L7)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from bars import Run, benchmark, plans
from common import Result, budget_in_items

import genwright
from genwright.studies.compare.compare_families import compare
from genwright.studies.report.picks import picks
from genwright.studies.report.results import find, metric_of, ranking, read
from genwright.zoo import registry

LINES, ITEMS, SAMPLES = 640, 20_000, "samples"


def peptides(rng: np.random.Generator) -> list[str]:
    """Helices with two faces: every third or fourth residue from the greasy ones, a cap at each end, 12 to 28 long."""
    greasy, others = list("LIVFA"), list("KREDQNST")
    faces = (1, 0, 0, 1, 1, 0, 0)
    lines = []
    for length in rng.integers(9, 26, LINES):
        turn = int(rng.integers(7))
        body = [rng.choice(greasy if faces[(turn + k) % 7] else others) for k in range(length)]
        lines.append("".join([*rng.choice(["GS", "GD", "MS"], 1), *body, "G"]))
    return lines


def places(rng: np.random.Generator) -> list[str]:
    """Made names of places: two or three syllables and an ending."""
    first, last = ["kar", "lin", "mo", "ste", "bru", "wal", "os", "en", "tri", "ga"], ["burg", "dorf", "stadt", "au"]
    return ["".join([*rng.choice(first, rng.integers(2, 4)), *rng.choice(last, 1)]).title() for _ in range(LINES)]


def orders(rng: np.random.Generator) -> list[str]:
    """Short orders: how many, of what, and a code of fixed form."""
    colours, things = ["red", "blue", "green", "black"], ["cups", "lamps", "chairs", "desks", "shelves"]
    lines = []
    for _ in range(LINES):
        count, code = rng.integers(1, 40), f"{rng.choice(list('ABC'))}-{rng.integers(1_000, 9_999)}"
        lines.append(f"{count} {rng.choice(colours)} {rng.choice(things)}, {code}")
    return lines


SETS: dict[str, Callable[[np.random.Generator], list[str]]] = {"peptides": peptides, "places": places, "orders": orders}
PICKED = plans(
    {name: (f"{name}: samples of the pick of `compare` outside the lengths of training lines", "of samples", "<= 0.03",
            {"data": f"{name}, {LINES} made lines"}) for name in SETS},
    system="L7", split="train and test", seeds=(0,), budget=f"{ITEMS:,} lines a family",
)  # fmt: skip


@benchmark(plans=("PICKED",), tiny={"items": 300})
def short_lines(run: Run, items: int = ITEMS) -> Result:
    """Lengths of the samples that the pick of a comparison draws, on a set of made peptides and two of made short
    texts. Every family of text takes part, each with so many lines."""
    rows, details = [], {}
    for name in SETS:
        found = details[name] = run.kept(name, partial(pick_of, run, name, items))
        note = f"pick: {found['pick']}" + f", of {len(found['odd'])} families"
        rows.append(PICKED[name].row(found["odd"][found["pick"]], found["se"], note=note))
    return rows, details


def pick_of(run: Run, name: str, items: int) -> dict[str, object]:
    """The pick to sample of a comparison; {family: the share of its samples that have odd lengths}."""
    data = genwright.load_data(SETS[name](np.random.default_rng(0)))
    families = [*registry.compared(data.kind, data.task), *registry.families(data.kind, data.task, baselines=True)]
    with run.fresh() as folder, budget_in_items(items):
        compare(data, families, minutes=1.0, cores=1, out=folder / "compare", progress=False)
        results = read(folder / "compare")
    pick = next((pick for pick in picks(results) if pick.criterion == SAMPLES), None)
    first = pick.family if pick else ranking(results, results.metrics["headline"][SAMPLES]).order[0]
    odd = {
        row.family: m for row in results.models + results.baselines if (m := metric_of(row.metrics.get("odd_lengths")))
    }
    return {"pick": first, "se": odd[first].se, "odd": {family: m.value for family, m in odd.items()},
            "sentence": pick.sentence if pick else "", "seconds": find(results, first).seconds}  # fmt: skip
