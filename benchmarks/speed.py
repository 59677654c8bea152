"""Speed: ten benchmarks. Nine stand beside a peer library, on the same items at the same time; one beside the tree
before. One thread, processor time where not said otherwise, in turns, medians."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from statistics import geometric_mean, median

import numpy as np
import peers.edm as edm
import peers.lstm as lstm
import peers.pyg as pyg
import torch
from bars import ROOT, Plan, Run, benchmark, plans
from common import Result, apart, apart_command, in_turns, medians, moses_lines, peak_of
from presets import PRESETS, SAMPLED, SCORED, work

import genwright
from genwright.core.device import use_threads
from genwright.core.draws import Draws
from genwright.core.graph import Graph, from_edges, undirected
from genwright.graphs.networks.features import SparseRows, as_features, normalise_rows
from genwright.kinds.sequences.domain import Sequences
from genwright.zoo import autoregressive

DTYPES = ("float32", "bfloat16")
TIMES = "median of the ratios of processor time, one thread"
STEP = dict(split="train", seeds=(0,), budget="steps in turns")
PYTHAE = dict(data="made pictures", **STEP)
ITEMS_A_SECOND = "items a second over those of pythae 0.1.2's trainer on its own network"
CODEC = plans(
    {dtype: (f"VQ-VAE training, {dtype}: {ITEMS_A_SECOND}", TIMES, ">= 1.3 times") for dtype in DTYPES},
    system="A5", **PYTHAE,
)  # fmt: skip
VAE = plans(
    {dtype: (f"VAE training, {dtype}: {ITEMS_A_SECOND}", TIMES, ">= 1.3 times") for dtype in DTYPES},
    system="A2", **PYTHAE,
)  # fmt: skip
MOLECULES, NETWORKS = 64, {"64 x 4": (64, 4), "128 x 6": (128, 6)}  # of QM7; (width, depth)
EGNN = plans(
    {
        name: (f"a training step, {w} wide, {d} deep, 64 molecules of QM7: time of EDM's code over ours", TIMES,
               ">= 1.3 times")
        for name, (w, d) in NETWORKS.items()
    },
    system="J2", data="qm7", **STEP,
)  # fmt: skip
SIZES = {"4 layers of 192": (192, 3, 4), "6 layers of 256": (256, 8, 6)}  # width, heads, depth
TRANSFORMER = plans(
    {
        "whole": ("tokens a second in training, beside nanoGPT", TIMES, ">= 1.0 times"),
        "loop": ("the same network in our loop, beside nanoGPT's", TIMES, ">= 1.0 times"),
        **{("faster", size): (f"drawing beside transformers, {size}", TIMES, ">= 2.5 times") for size in SIZES},
        **{("cached", size): (f"with a cache beside a pass a symbol, {size}", TIMES, ">= 30 times") for size in SIZES},
        **{("apart", size): (f"logits with a cache and without, {size}", "largest difference", "<= 1e-5")
           for size in SIZES},
    },
    system="D3", data="made text", **STEP,
)  # fmt: skip
DRAWN = 30_000
SMILES = plans(
    {
        "faster": ("tokens a second in training, beside the same LSTM in plain PyTorch float32", TIMES, ">= 1.5 times"),
        "seconds": (f"{DRAWN:,} molecules drawn", "seconds of the clock, all threads", "<= 120 s"),
    },
    system="J1", data="moses, 20,000 molecules", **STEP,
)  # fmt: skip
DMPNN = Plan(
    "J6", "a training step of the D-MPNN, depth 3, width 300, 64 molecules: time of chemprop 2.3.1 over ours",
    "Lipophilicity (MoleculeNet)", metric=TIMES, least=1.5, unit="times", sides=("chemprop", "genwright"), **STEP,
)  # fmt: skip
ROWS, BLOCK, ITEMS = 4_000, 1_000, 2_000
ROW_LOG_PROB = plans(
    {preset: (f"log_prob of rows, {preset}: speed as a share of that of nflows", f"seconds for {ROWS:,} rows",
              ">= 0.6 times") for preset in ("large", "small")},
    system="D4", data="california-housing", split="test", seeds=(0,), budget=f"{ITEMS:,} items",
    sides=("ours", "nflows"),
)  # fmt: skip
FLOWS, MANY_ITEMS = ("coupling", "large"), 200_000
ROW_SAMPLES = plans(
    {
        **{(preset, "speed"): (f"rows of flow sampled, {preset}: speed over that of nflows' couplings",
                               f"seconds for {ITEMS:,} rows", ">= 1 times", {"sides": ("ours", "nflows")})
           for preset in FLOWS},
        **{(preset, "nats"): (f"test nats of flow, {preset}", "nats a row", "shown") for preset in FLOWS},
    },
    system="C1", data="california-housing", split="test", seeds=(0,), budget=f"{MANY_ITEMS:,} items",
)  # fmt: skip


def ratio(taken: dict[str, list[float]], slow: str, fast: str) -> float:
    """The median over rounds of the time of one step over that of another."""
    return median(a / b for a, b in zip(taken[slow], taken[fast]))


def beside_pythae(name: str, table: dict[str, Plan], rounds: int) -> tuple[list[dict], dict]:
    from peers import pythae

    torch.set_num_threads(1)
    found = pythae.items_a_second(name, rounds)
    speeds = medians(found)
    rows = [plan.row(speeds[dtype] / speeds["peer"], digits=2) for dtype, plan in table.items()]
    return rows, {"items a second": speeds, "rounds": found}


@benchmark(peer="pythae", plans=("VAE",), tiny={"rounds": 1})
def pythae_speed(run: Run, rounds: int = 5) -> Result:
    """Training of pythae's own networks by its trainer and by ours, in items a second.

    Same modules, batch and data, float32 on both sides; ours also in bfloat16. Both are timed over whole runs, a short
    and a long one, whose difference leaves out what a run costs once.
    """
    return beside_pythae("VAE", VAE, rounds)


@benchmark(peer="pythae", plans=("CODEC",), tiny={"rounds": 1})
def pythae_codec_speed(run: Run, rounds: int = 5) -> Result:
    """Training of pythae's VQ-VAE (its default network, moving averages) by its trainer and by ours."""
    return beside_pythae("VQ-VAE", CODEC, rounds)


@benchmark(plans=("EGNN",), tiny={"rounds": 1})
def egnn_speed(run: Run, edm_folder: Path, rounds: int = 9) -> Result:
    """A training step of the equivariant network beside that of EDM's code, on the same molecules.

        git clone https://github.com/ehoogeboom/e3_diffusion_for_molecules EDM

    Both predict the noise of positions and kinds of 64 molecules of QM7 at once, by networks of the same width and
    depth, float32: theirs over all pairs of a padded batch with a mask, with attention and one sublayer, as its
    published settings for QM9 say; ours over the pairs that there are. A step is forward, a squared error, backward,
    and AdamW.
    """
    torch.set_num_threads(1)
    torch.manual_seed(0)
    data = genwright.load_data("qm7")
    x, _ = data.domain.encode(data.train[:MOLECULES])
    rows, details = [], {}
    for name, size in NETWORKS.items():
        theirs = edm.theirs(edm_folder, x, len(data.domain.symbols), *size)
        details[name] = in_turns({"theirs": theirs, "ours": edm.ours(x, data.domain.spec, *size)}, rounds, 4)
        rows.append(EGNN[name].row(ratio(details[name], "theirs", "ours"), digits=2))
    return rows, details


@benchmark(peer="transformers", plans=("TRANSFORMER",), tiny={"rounds": 1})
def sequence_speed(run: Run, rounds: int = 5) -> Result:
    """Causal transformers: training beside nanoGPT's loop, drawing beside `transformers`' generate, with a cache beside
    without.

    Training: bfloat16, windows of 128, 4 layers of 192. nanoGPT's side is its network (learned positions, tied ends,
    torch's fused attention) in its loop: a batch cut from the text, autocast, the norm of gradients clipped, AdamW in
    two groups. Ours is the plain network of the same form in our loop, which also averages weights and looks whether
    losses are finite; and the same network in nanoGPT's loop, so that either difference stands alone. Drawing: float32,
    784 symbols of 256, by networks of the same layers as the peer's GPT-2.
    """
    from peers import nanogpt

    torch.set_num_threads(1)
    steps = medians(in_turns(nanogpt.training_steps(), rounds, 10))
    rates = {name: round(nanogpt.BATCH * nanogpt.WINDOW / seconds) for name, seconds in steps.items()}
    mine = rates["our plain network in our loop"]
    rows = [TRANSFORMER["whole"].row(mine / rates["nanoGPT"], digits=2)]
    rows.append(TRANSFORMER["loop"].row(mine / rates["our plain network in nanoGPT's loop"], digits=2))
    details = {"tokens a second": rates}
    for name, size in SIZES.items():
        with torch.no_grad():
            calls, network = nanogpt.drawing_steps(*size)
            seconds = medians(in_turns(calls, rounds))
            difference = nanogpt.difference(network)
        rows.append(TRANSFORMER["faster", name].row(seconds["transformers"] / seconds["ours"], digits=2))
        rows.append(
            TRANSFORMER["cached", name].row(nanogpt.LENGTH * seconds["a full pass"] / seconds["ours"], digits=1)
        )
        rows.append(TRANSFORMER["apart", name].row(difference, digits=9))
        details[f"seconds of 4 sequences, {name}"] = {side: round(found, 3) for side, found in seconds.items()}
    return rows, details


@benchmark(plans=("SMILES",), tiny={"rounds": 1, "molecules": 64})
def smiles_speed(run: Run, rounds: int = 9, batch: int = 128, molecules: int = DRAWN) -> Result:
    """An LSTM of SMILES: training beside the same LSTM in plain PyTorch, and how long 30,000 molecules take to draw.

    The first 20,000 molecules of MOSES, by letters. The peer is an embedding, `nn.LSTM`, a norm and a linear layer of
    the sizes of our preset `lstm` in float32, on batches padded to their longest line, with fused AdamW and gradients
    clipped. Ours is that preset as training runs it: in bfloat16, batches of lines of like length, with known parts of
    lines, averages of weights, and looks whether losses are finite. Tokens are symbols and ends; PAD counts for
    neither. Drawing is timed on the clock, by all threads, of a network that was trained for the turns alone: its lines
    are longer than those of a good one.
    """
    lines, hyper, most = moses_lines(n=20_000), autoregressive.LINES["lstm"], torch.get_num_threads()
    domain = Sequences.fit(lines)
    x, _ = domain.encode(lines)
    torch.manual_seed(0)
    ours, single = (autoregressive.build(domain.spec, lstm.NONE, hyper) for _ in range(2))
    use_threads(1)
    steps = {
        "plain PyTorch, float32": lstm.peer_step(domain, x, hyper, batch),
        "ours": lstm.our_tokens(domain, x, ours, batch, True),
        "ours, float32": lstm.our_tokens(domain, x, single, batch, False),
    }
    seconds = medians(in_turns(steps, rounds, 4))
    use_threads(most)
    took, symbols = lstm.drawn(ours, domain, molecules)
    faster = seconds["plain PyTorch, float32"] / seconds["ours"]
    rows = [SMILES["faster"].row(faster, digits=2), SMILES["seconds"].row(took, digits=1)]
    rates = {name: round(1 / each) for name, each in seconds.items()}
    return rows, {"tokens a second": rates, "symbols a line": symbols, "batch": batch, "threads of drawing": most}


@benchmark(peer="chemprop", plans=("DMPNN",), tiny={"rounds": 1})
def property_speed(run: Run, rounds: int = 15) -> Result:
    """A training step of the D-MPNN beside that of chemprop, on the same molecules.

    Both are three messages of 300 over the bonds of 64 molecules of Lipophilicity, without descriptors, and one layer
    of 300 before the number. Theirs is the step of its trainer without the trainer: batches put together of molecules
    that were read once, forward, loss, backward, Adam, in float32, its default. Ours is the step of our loop, which
    also cuts its batch out of the molecules, clips gradients, averages weights and looks whether the loss is finite, in
    the dtype that the rule chooses.
    """
    from peers import chemprop

    torch.set_num_threads(1)
    torch.manual_seed(0)
    smiles, y = chemprop.measured()
    step, bf16 = chemprop.ours(smiles, y)
    steps = {"chemprop": chemprop.theirs(smiles, y), "genwright": step}
    taken = in_turns(steps, rounds, 8, untimed=len(y) // chemprop.BATCH // 8)  # every molecule is read once before
    speeds = {side: chemprop.BATCH / seconds for side, seconds in medians(taken).items()}
    row = DMPNN.row(ratio(taken, "chemprop", "genwright"), digits=2, **speeds)
    return [row], {"seconds a step": taken, "molecules a second": speeds, "bfloat16": bf16}


@benchmark(peer="nflows", plans=("ROW_LOG_PROB",), tiny={"rounds": 1})
def row_log_prob(run: Run, rounds: int = 5) -> Result:
    """How fast rows of a table are scored, beside nflows.

    Ours is `autoregressive`, with the preset that this table gets and with the one that fewer rows get; it averages
    over four orders of the columns and scores cells that are missing or discrete as well. nflows has its autoregressive
    neural spline flow on as many numbers. Neither is trained to its end, since a step costs what it costs whatever the
    weights.
    """
    from peers.nflows import spline_flow

    torch.set_num_threads(1)
    data = genwright.load_data("california-housing")
    models = {preset: run.fit(data, "autoregressive", preset=preset, items=ITEMS) for preset in ROW_LOG_PROB}
    rows = data.test[:ROWS]
    flow, x = spline_flow(rows.shape[1]), torch.randn(ROWS, rows.shape[1])
    sides = {preset: partial(model.log_prob, rows) for preset, model in models.items()}
    sides["nflows"] = lambda: [flow.log_prob(block) for block in x.split(BLOCK)] and None
    with torch.no_grad():
        took = medians(in_turns(sides, rounds))
    row = lambda preset: ROW_LOG_PROB[preset].row(
        took["nflows"] / took[preset], ours=took[preset], nflows=took["nflows"]
    )
    return [row(preset) for preset in ROW_LOG_PROB], {}


@benchmark(peer="nflows", plans=("ROW_SAMPLES",), tiny={"rounds": 1})
def row_samples(run: Run, rounds: int = 5) -> Result:
    """How fast rows of a table are sampled by two presets of `flow`, beside the coupling flow of nflows.

    One preset has couplings, which sample in one pass a layer; the other has autoregressive layers, which take one a
    column. Both are trained on as many items, and their test nats stand beside. nflows has a flow of as many numbers,
    and samples no missing or discrete cell; it is not trained, since a sample costs what it costs.
    """
    from peers.nflows import coupling_flow

    torch.set_num_threads(1)
    data = genwright.load_data("california-housing")
    models = {preset: run.fit(data, "flow", preset=preset, items=MANY_ITEMS) for preset in FLOWS}
    peer = coupling_flow(data.test.shape[1])
    sides = {preset: partial(sample_rows, model) for preset, model in models.items()}
    with torch.no_grad():
        taken = in_turns(sides | {"nflows": partial(sample_peer, peer)}, rounds)
    took = medians(taken)
    rows = [
        ROW_SAMPLES[preset, "speed"].row(
            ratio(taken, "nflows", preset), digits=2, ours=took[preset], nflows=took["nflows"]
        )
        for preset in FLOWS
    ]
    for preset, model in models.items():
        nats = -np.asarray(model.log_prob(data.test[:ITEMS], seed=0).nats)
        rows.append(ROW_SAMPLES[preset, "nats"].row(nats.mean(), nats.std() / len(nats) ** 0.5, digits=2))
    return rows, {"seconds": taken}


def sample_rows(model: genwright.Model) -> None:
    model.sample(ITEMS, seed=0)


def sample_peer(flow: torch.nn.Module) -> None:
    flow.sample(ITEMS)


# ---------------------------------------------------------------------- graphs

CASES = {  # name: (graph, model, numbers of ours, times as fast as PyG)
    "gcn cora": ("cora", "gcn", dict(width=16, layers=2, dropout=0.5), 8.0),
    "gcn pubmed-sized": ("pubmed-sized", "gcn", dict(width=16, layers=2, dropout=0.5), 4.0),
    "gcn 2.3 M edges": ("large", "gcn", dict(width=64, layers=2, dropout=0.5), 2.0),
    "sage cora": ("cora", "sage", dict(width=16, layers=2, dropout=0.5), 1.0),
    "sage 2.3 M edges": ("large", "sage", dict(width=64, layers=2, dropout=0.5), 2.0),
    "gat cora": ("cora", "gat", dict(width=8, layers=2, dropout=0.6), 1.2),
    "gat pubmed-sized": ("pubmed-sized", "gat", dict(width=8, layers=2, dropout=0.6), 1.2),
    "gin cora": ("cora", "gin", dict(width=16, layers=2, dropout=0.5), 1.0),
    "cheb cora": ("cora", "cheb", dict(width=16, layers=2, dropout=0.5), 1.0),
    "sgc cora": ("cora", "sgc", dict(width=16, layers=2, dropout=0.0), 1.0),
}
NODES = (10_000, 30_000, 100_000, 300_000)  # nodes of graphs of one mean degree
GROWN = dict(width=64, layers=2, dropout=0.5)  # the GCN on them
DEGREE, EVEN = 14, 1.3  # mean; the time a node at the largest over that at the smallest, an aim
MULTIPLY = ("gcn", "sage", "gin", "sgc")  # models whose layers in PyG multiply by a matrix of edges
CSR = {"sage": 1.5}  # times as fast as PyG with that matrix, an aim; 2 of the others
EDGE = 0.5  # the time of an edge in an epoch of GCN at the largest size over that of PyG with a matrix, an aim
EPOCH = plans(
    {
        (case, what): (f"{case}: {words}", metric, f"{wanted}", {"system": "H1" if model == "gcn" else "H2"})
        for case, (_, model, _, least) in CASES.items()
        for what, words, metric, wanted in (
            ("theirs", "epoch, times as fast as PyG", "ratio", f">= {least:g} x"),
            ("csr", "epoch, times as fast as PyG with a CSR adjacency", "ratio", f">= {CSR.get(model, 2):g} x"),
            ("memory", "peak memory beyond the data, over PyG's", "peak of a process", "<= 1 x"),
        )
        if what != "csr" or model in MULTIPLY
    } | {
        "node": (f"gcn: time of an epoch a node, {NODES[-1]:,} nodes over {NODES[0]:,}", "ratio", f"<= {EVEN} x",
                 {"system": "H1"}),
        "edge": (f"gcn: time of an edge at {NODES[-1]:,} nodes over that of PyG with a CSR adjacency", "ratio",
                 f"<= {EDGE} x", {"system": "H5"}),
    },
    data="cora and made graphs", **STEP,
)  # fmt: skip


@benchmark(plans=("EPOCH",), tiny={"rounds": 1, "cases": ("gcn cora",)})
def graph_speed(run: Run, rounds: int = 15, cases: tuple[str, ...] = tuple(CASES)) -> Result:
    """Seconds and memory of a training epoch beside PyTorch Geometric: the same model, dropout and optimizer.

    An epoch is forward, loss, backward and one step of Adam on the whole graph. All sides are timed on the clock in one
    process; peak memory beyond the data is measured in a process of its own. PyG is timed with its edge lists, as most
    code has them, and where a layer multiplies by it, with the adjacency as a CSR matrix, as its experts have it.
    """
    torch.set_num_threads(1)
    rows, details = [], {}
    timed = partial(in_turns, rounds=rounds, clock=time.perf_counter)
    for case in cases:
        name, model, numbers, _ = CASES[case]
        data, sides = graph_of(name), [side for side in pyg.SIDES if side != "csr" or model in MULTIPLY]
        times = timed({side: pyg.SIDES[side](*data, model, numbers) for side in sides}, untimed=2)
        ratios = {side: ratio(times, side, "ours") for side in sides[1:]}
        memory = {side: round(apart(epoch_peak, case, side), 1) for side in sides}
        ms = {side: round(1e3 * each, 2) for side, each in medians(times).items()}
        details[case] = {"ms": ms, "ratio": {side: round(each, 2) for side, each in ratios.items()}, "mib": memory}
        print(case, json.dumps(details[case]), flush=True)
        rows += [EPOCH[case, side].row(each, digits=2) for side, each in ratios.items()]
        rows.append(EPOCH[case, "memory"].row(memory["ours"] / memory["theirs"], digits=3))
    sizes = run.small(NODES, NODES[:2])
    data = {nodes: graph_of(f"{nodes} nodes") for nodes in sizes}
    steps = {str(nodes): pyg.ours(*data[nodes], "gcn", GROWN) for nodes in sizes}
    each = {name: round(1e6 * seconds / int(name), 3) for name, seconds in medians(timed(steps)).items()}
    rows.append(EPOCH["node"].row(each[str(sizes[-1])] / each[str(sizes[0])], digits=2))
    steps = {side: pyg.SIDES[side](*data[sizes[-1]], "gcn", GROWN) for side in ("ours", "csr")}
    edge = {side: round(1e9 * s / data[sizes[-1]][0].edges, 1) for side, s in medians(timed(steps)).items()}
    rows.append(EPOCH["edge"].row(edge["ours"] / edge["csr"], digits=2))
    return rows, {"cases": details, "microseconds a node": each, "nanoseconds an edge": edge, "threads": 1}


def graph_of(name: str) -> tuple[Graph, SparseRows | torch.Tensor, torch.Tensor, torch.Tensor, int]:
    """Graph, features, labels of all nodes, training nodes, classes."""
    if name == "cora":
        data = genwright.load_data("cora")
        train = torch.as_tensor((data.parts == "train").nonzero()[0])
        return data.graph, normalise_rows(data.x), data.y, train, len(data.classes)
    sizes = {"pubmed-sized": (19_717, 44_324, 500, 3, 0.1), "large": (169_343, 1_166_243, 128, 40, 1.0)}
    if name.endswith(" nodes"):
        count = int(name.removesuffix(" nodes"))
        sizes[name] = count, count * DEGREE // 2, 64, 40, 1.0
    nodes, edges, width, classes, share = sizes[name]
    rng = Draws.from_seed(0)
    ends = (nodes * rng.uniform(2, edges) ** 2).long()  # low numbers are hubs
    ends[1] = rng.permutation(nodes)[ends[1]]
    graph = undirected(from_edges(ends[0], ends[1], nodes)).with_weight(None)
    x = rng.uniform(nodes, width)
    x = as_features(x * (rng.uniform(nodes, width) < share)) if share < 1 else x
    y = rng.integers(classes, (nodes,))
    train = rng.permutation(nodes)[: 60 if share < 1 else nodes // 2]
    return graph, x, y, train, classes


def epoch_peak(case: str, side: str) -> float:
    """MiB that three epochs add to the peak of a process that holds the data."""
    torch.set_num_threads(1)
    name, model, numbers, _ = CASES[case]
    data = graph_of(name)

    def train() -> None:
        step = pyg.SIDES[side](*data, model, numbers)
        for _ in range(3):
            step()

    return peak_of(train)


# ---------------------------------------------------------------------- presets

EACH, POOLED = 0.9, 0.97  # ratios of speed that are met
PRESET_SPEEDS = plans(
    {
        "pooled": ("nine presets against the tree before: pooled ratio of speeds", "geometric mean", f">= {POOLED}"),
        "least": ("the slowest of them", "least ratio of speeds", f">= {EACH}"),
        "shown": ("training of nine presets, geometric mean", "seconds", "shown", {"unit": "s"}),
    },
    system="speed", data="digits, made pictures, tables and graphs", **STEP,
)  # fmt: skip


@benchmark(plans=("PRESET_SPEEDS",), tiny={"rounds": 1, "presets": ("tables, small",)})
def preset_speeds(
    run: Run, against: Path | None = None, rounds: int = 7, presets: tuple[str, ...] = tuple(PRESETS)
) -> Result:
    """How fast nine presets train, draw, and score or predict: three kinds of data, three sizes each.

    --against ROOT: paired ratios with another tree of this project. Each tree works in a process of its own, of one
    thread unless the run says otherwise. It fits each preset once, and then replays that run, in turns with the other
    tree. Both must have chosen the same threads and dtypes, and a budget of items makes their steps as many.
    """
    roots = {"here": ROOT} | ({"there": against} if against else {})
    with run.fresh() as place:
        trees = {tree: Worker(root, str(place / tree)) for tree, root in roots.items()}
        for name in presets:
            chosen = [worker.ask("fit", name) for worker in trees.values()]
            if chosen[0] != chosen[-1]:
                sys.exit(f"{name}: threads and dtypes are not the same in both trees: {chosen}")
        seconds = {tree: {name: [] for name in presets} for tree in trees}
        for k, name in product(range(rounds + 1), presets):
            for tree in list(trees)[:: 1 if k % 2 else -1]:
                seconds[tree][name].append(trees[tree].ask("time", name))
    seconds = {tree: {name: each[1:] for name, each in found.items()} for tree, found in seconds.items()}
    middle = lambda what, name: median(row[what] for row in seconds["here"][name])
    speeds = {name: {what: middle(what, name) for what in each[0]} for name, each in seconds["here"].items()}
    details = {"rounds": rounds, "drawn": SAMPLED, "scored": SCORED, "seconds": speeds}
    if len(trees) == 1:
        mean = geometric_mean(row["train"] for row in speeds.values())
        return [PRESET_SPEEDS["shown"].row(mean, digits=3)], details
    ratios = {
        f"{name}: {what}": median(a[what] / b[what] for a, b in zip(seconds["there"][name], each))
        for name, each in seconds["here"].items()
        for what in each[0]
    }
    pooled, least = geometric_mean(ratios.values()), min(ratios, key=ratios.get)
    slowest = replace(PRESET_SPEEDS["least"], what=f"the slowest of them ({least})").row(ratios[least], digits=3)
    return [PRESET_SPEEDS["pooled"].row(pooled, digits=3), slowest], details | {"ratios": ratios}


class Worker:
    """A process that imports the library of one tree."""

    def __init__(self, root: Path, folder: str):
        path = os.pathsep.join([str(root / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = os.environ | {"PYTHONPATH": path, "PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1"}
        environment |= {"CUDA_VISIBLE_DEVICES": ""}
        pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        self.process = subprocess.Popen(apart_command(work, folder), **pipes)

    def ask(self, *words: str):
        print(json.dumps(words), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())
